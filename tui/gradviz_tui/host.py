"""What the program is started with: how to open a source, which to offer, who is at the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gradviz.sources import EVERYTHING, NOTHING, Allowed
from gradviz_tui.walk.opened import Opened

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground

WITHHELD = frozenset({"export", "command"})
"""The actions that a visitor does not have: they write files, or tell the owner's command line."""


class Offer(NamedTuple):
    """A source to open: its name, its origin, what it shows, and its command-line words."""

    name: str
    origin: str
    line: str
    words: tuple[str, ...]


class Host(NamedTuple):
    """How a command line becomes a run, and the examples to start with.

    open    runs SOURCE, NAME=VALUE … and options, or begins its training. Raises GradvizError.
    split   splits a typed line into such words.
    offers  the examples.
    visited whether a visitor is at the keys, not the user who started the program. A visitor saves
            nothing, reads no files, runs no code and sees no names of files.
    """

    open: Callable[[Sequence[str]], Opened | Playground]
    split: Callable[[str], tuple[str, ...]]
    offers: tuple[Offer, ...] = ()
    visited: bool = False

    @property
    def allowed(self) -> Allowed:
        """What sources and values that are typed may do."""
        return NOTHING if self.visited else EVERYTHING

    @property
    def withheld(self) -> frozenset[str]:
        """The actions that do nothing here."""
        return WITHHELD if self.visited else frozenset()
