"""The room for a picture, and the size that its numbers have in it."""

from __future__ import annotations

from typing import NamedTuple


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
