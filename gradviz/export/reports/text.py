"""Reports as lines of text: each a list of (text, role), so that they can be printed in colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradviz.layout.grid import Run, wrap

Line = list[Run]
HEADING, HOT, MUTED, WARNING = "heading", "hot", "muted", "warning"
WIDTH = 100


def wrapped(text: str, width: int, role: str = "") -> Iterator[Line]:
    """A paragraph broken into lines."""
    for line in wrap(text, max(20, width)) or [""]:
        yield [(line, role)]


def plain(lines: Iterable[Line]) -> Iterator[str]:
    """The lines as text without roles."""
    for line in lines:
        yield "".join(part for part, _ in line).rstrip()
