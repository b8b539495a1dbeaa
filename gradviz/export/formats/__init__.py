"""The file formats: what each can hold, and how it is written. To add one, add a file here.

Every module of this folder declares a `FORMAT` and is named after the usual suffix of its files;
`of(path)` finds it by that suffix.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from gradviz import plugins
from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.export.look import Group, Look

if TYPE_CHECKING:
    from gradviz.export.drawing import Drawing
    from gradviz.files import Data

FIRST: Final = ("svg", "png", "pdf", "dot", "txt")
"""The order in which help lists formats; others follow."""

Holds = Literal["frame", "either", "frames", "run"]
PICTURE: Final[tuple[Group, ...]] = (
    "colours",
    "fonts",
    "size",
    "numbers",
    "names",
    "classes",
    "page",
    "graph",
    "marks",
    "said",
)
"""What pictures draw."""

Write = Callable[["Drawing", Sequence[int]], "Data"]


@dataclass(frozen=True)
class Format:
    """One kind of file.

    suffixes  the endings of its files' names, the usual one first.
    holds     frame: one frame per file; either: one, or several if several are asked for; frames:
              any number, all by default; run: always the whole run.
    draws     what it draws, by the groups of `gradviz.export.look`: it respects their options.
    write     `(drawing, frames)`: the content of one file; the frames are steps, none for a bare
              graph.
    is_ours   whether the content of a file was written by `write`, so that it may be replaced.
    bare      whether it can show a graph without values.
    inside    whether it can show what is inside a node, such as an op cell by cell.
    alone     whether it shows the figure alone, unless an option says what stands around it.
    embeds    whether another page can show its files in a frame.
    windows   whether it shows a graph that is too large for one picture in windows, one after
              another.
    follows   whether its pictures can be light or dark as their viewer prefers.
    """

    suffixes: tuple[str, ...]
    holds: Holds
    draws: Collection[Group]
    write: Write
    is_ours: Callable[[bytes], bool]
    bare: bool = True
    inside: bool = True
    alone: bool = False
    embeds: bool = False
    windows: bool = False
    follows: bool = False

    @property
    def suffix(self) -> str:
        """The usual suffix."""
        return self.suffixes[0]

    @property
    def options(self) -> list[str]:
        """The names of the options that it respects."""
        return Look.of(*self.draws, "language")

    def files(self, drawing: Drawing, frames: Sequence[int], path: Path) -> Mapping[Path, Data]:
        """The content of the file at `path`, and of files that go with it."""
        return {path: self.write(drawing, frames)}

    def check(self, drawing: Drawing) -> None:
        """Raise GradvizError if it cannot draw this, before anything is drawn."""


def suffixes() -> list[str]:
    """The usual suffix of every format, without loading any, in the order of help."""
    return [f".{name}" for name in plugins.names(__name__)]


@cache
def every() -> tuple[Format, ...]:
    """Every format, by its usual suffix."""
    found: tuple[Format, ...] = plugins.declared(__name__, "FORMAT")
    return tuple(sorted(found, key=lambda form: form.suffix))


def of(path: Path) -> Format:
    """The format of a file, by its suffix.

    Raises UnknownNameError for a suffix that no format has.
    """
    suffix = path.suffix.lower()
    known = {s: form for form in every() for s in form.suffixes}
    if suffix in known:
        return known[suffix]
    raise UnknownNameError(
        (
            f"no format has the suffix {suffix}"
            if suffix
            else f"{path.name!r:.60} has no suffix that names a format"
        ),
        where=str(path),
        expected=", ".join(known),
        got=suffix or "none",
        hint=did_you_mean(suffix, known) or f"{path.stem[:60] or 'figure'}.svg",
    )
