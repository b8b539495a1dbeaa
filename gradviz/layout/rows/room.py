"""The room for a picture, and the size that its numbers have in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from gradviz.layout.engines import Card

WANTED: Final = ((8, 20.0), (14, 16.0), (18, 14.0), (22, 12.0))
FEWEST: Final = 10.0
"""The points that numbers should have in a picture of at most so many cards, and of more."""
ORDINARY: Final = 75.0
"""The most height of the card of a single number; one that is higher counts for more."""


class Room(NamedTuple):
    """The room for a picture in points, and the size of its numbers in its own units.

    largest   the points that numbers have at most.
    above     what stands above the picture, in its units.
    """

    width: float
    height: float
    number: float
    largest: float = 22.0
    above: float = 0.0

    def points(self, width: float, height: float) -> float:
        """The size in points of the numbers of a picture that fills the room."""
        fits = min(self.width / max(width, 1.0), self.height / max(height + self.above, 1.0))
        return min(self.number * fits, self.largest)


def wanted(cards: Iterable[Card]) -> float:
    """The points that numbers should have in a picture of these cards."""
    count = sum(max(1.0, card.height / ORDINARY) for card in cards)
    return next((points for most, points in WANTED if count <= most), FEWEST)
