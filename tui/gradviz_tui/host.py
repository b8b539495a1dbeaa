"""What the program is started with: how to open a source, and which sources to offer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradviz_tui.walk.opened import Opened


class Offer(NamedTuple):
    """A source to open: its name, its origin, what it shows, and its command-line words."""

    name: str
    origin: str
    line: str
    words: tuple[str, ...]


class Host(NamedTuple):
    """How a command line becomes a run, and the examples to start with.

    open    runs SOURCE, NAME=VALUE … and options. Raises GradvizError.
    split   splits a typed line into such words.
    offers  the examples.
    """

    open: Callable[[Sequence[str]], Opened]
    split: Callable[[str], tuple[str, ...]]
    offers: tuple[Offer, ...] = ()
