"""The interface of layout engines: a request and an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata

from gradviz.errors import LayoutError
from gradviz.layout.curves import Box, Point

Wire = tuple[int, int, int]
"""A value, the card that uses it, and the slot: which operand port of that card.

A value is known by the card that makes it; a card that several leave has a key for each of them
(`Card.outs`).
"""


@dataclass(frozen=True, slots=True)
class Card:
    """A box to place: its size, the heights of operand ports (left) and output port (right).

    Heights are counted from the card's top, all in user units.

    outs   where other values than its own leave the card, by their keys.
    swaps  whether its two wires may arrive in either order.
    """

    width: float
    height: float
    ports: tuple[float, ...]
    out: float
    outs: Mapping[int, float] = field(default_factory=dict)
    swaps: bool = False

    def leaves(self, value: int) -> float:
        """The height at which a value leaves the card."""
        return self.outs.get(value, self.out)


def holders(cards: Mapping[int, Card]) -> dict[int, int]:
    """The card that each value leaves."""
    return {value: key for key, card in cards.items() for value in (key, *card.outs)}


@dataclass(frozen=True, slots=True)
class Request:
    """The cards to place, from left to right, and the wires between them.

    first, last  cards that belong in the leftmost and in the rightmost column.
    gap          the distance between cards of a column; `channel` that between columns, for wires.
    timeout      seconds.
    """

    cards: Mapping[int, Card]
    wires: Sequence[Wire]
    first: Collection[int]
    last: Collection[int]
    gap: float
    channel: float
    timeout: float

    @property
    def holders(self) -> dict[int, int]:
        """The card that each value leaves."""
        return holders(self.cards)


@dataclass(frozen=True, slots=True)
class Answer:
    """Where an engine puts the cards, y downwards, and how it runs the wires.

    A wire's points are those of a cubic Bezier curve, roughly from port to port; a wire that is not
    in `wires` is routed by `gradviz.layout.detour`.
    """

    boxes: Mapping[int, Box]
    wires: Mapping[Wire, Sequence[Point]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Engine:
    """One layout engine of this machine.

    name     its name for `--engine`.
    place    lays out a request; raises FailureError.
    version  returns its version, in its own words; empty if it does not say.
    path     the executable, if it is a program.
    package  the Python package that it comes in, if any.
    """

    name: str
    place: Callable[[Request], Answer]
    version: Callable[[], str]
    path: str = ""
    package: str = ""

    @property
    def title(self) -> str:
        """Its name and version, as a picture records them."""
        if self.package:
            return f"{self.package} {metadata.version(self.package)}"
        return self.version() or self.path or self.name


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of `--engine`.

    name   as it is typed.
    turn   its place in the order that "auto" tries, lowest first.
    found  returns its engine, if this machine has it.
    needs  what must be installed for it.
    """

    name: str
    turn: int
    found: Callable[[], list[Engine]]
    needs: str


class FailureError(Exception):
    """One engine's failure, in its own words."""

    def __init__(self, said: str, *, timed_out: bool = False) -> None:
        super().__init__(said)
        self.timed_out = timed_out


class LayoutTimeoutError(LayoutError):
    """An engine ran out of time and no other succeeded: the graph is too large."""
