"""What the program is started with: how a source is opened, and what there is to open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from gradviz_tui.walk.opened import Opened


class Offer(NamedTuple):
    """Something to open: its name, where it is from, what it shows, and its words on the command
    line.
    """

    name: str
    origin: str
    line: str
    words: tuple[str, ...]


class Host(NamedTuple):
    """How a command line becomes a run, and the examples to begin with.

    open    SOURCE, NAME=VALUE … and options to a run. Raises GradvizError.
    split   a typed line to such words.
    offers  the examples.
    """

    open: Callable[[Sequence[str]], Opened]
    split: Callable[[str], tuple[str, ...]]
    offers: tuple[Offer, ...] = ()
