"""What papers are written as, one file a format; the files of the folder are all there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from gradviz import plugins
from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.exam.paper.paper import Paper

Files = Mapping[str, bytes]
"""Content by path inside the output folder."""


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A format.

    name    as `--format` calls it.
    title   one line for people.
    write   `(paper)`: its files, each named by the student's id.
    check   `(path, content)`: raises ValueInputError for a file that is not as the format wants it.
    lacks   what of a paper it cannot carry, in a sentence; empty where it carries everything.
    """

    name: str
    title: str
    write: Callable[[Paper], Files]
    check: Callable[[PurePosixPath, bytes], None]
    lacks: str = ""


@cache
def every() -> Mapping[str, PaperFormat]:
    """All formats by name."""
    found = plugins.declared(__name__, "FORMAT")
    return {f.name: f for f in sorted(found, key=lambda f: f.name)}


def get(name: str) -> PaperFormat:
    """The format of this name. Raises UnknownNameError with the nearest one."""
    known = every()
    if name not in known:
        raise UnknownNameError(
            f"there is no format {name!r:.40} for papers",
            expected=", ".join(known),
            hint=did_you_mean(name, known),
        )
    return known[name]
