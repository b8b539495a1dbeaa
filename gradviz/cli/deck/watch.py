"""Building a deck again whenever a file changes that it depends on."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final

PAUSE: Final = 0.3
"""Seconds between two looks at the files."""

Stamps = dict[Path, tuple[int, int] | None]


def changes(
    files: Callable[[], Collection[Path]], wait: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Once at the beginning, and again after each change of the files, which are looked up before
    each turn: a change during it is a change too.
    """
    while True:
        seen = _stamps(files())
        yield
        while _stamps(seen) == seen:
            wait(PAUSE)


def _stamps(files: Collection[Path]) -> Stamps:
    """When each file was changed, and its size; None where there is none."""
    return {file: _stamp(file) for file in files}


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
