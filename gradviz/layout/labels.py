"""Labels of a plot: each beside what it names, clear of all lines and of each other.

What is drawn is entered into a fine raster; a label may stand where its box covers no cell of it.
Cells are entered generously, so a place found clear is clear.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from gradviz.layout.curves import Box, Point

CELL: Final = 3.0
"""The side of a cell of the raster."""
GAPS: Final = (5.0, 10.0, 17.0, 27.0, 40.0, 60.0)
"""How far from what it names a label stands, the best first."""
SIDES: Final = (
    (0.0, -1.0), (0.0, 1.0), (1.0, 0.0), (-1.0, 0.0),
    (1.0, -1.0), (-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0),
)  # fmt: skip
"""On which side of its point a label stands: above, below, right, left, and between."""
MOST_POINTS: Final = 40
"""So many points of a line are tried."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A label: how wide and high it is, and the points of what it names, the best first."""

    width: float
    height: float
    points: Sequence[Point]


@dataclass
class Room:
    """The room for labels within a box, and what stands in it already."""

    within: Box
    _taken: set[tuple[int, int]] = field(default_factory=set)

    def line(self, points: Sequence[Point], width: float = 2.0) -> None:
        """Enter a line of straight strokes."""
        reach = width / 2 + 0.75 * CELL
        for a, b in pairwise(points):
            count = max(1, math.ceil(math.dist(a, b) / (0.75 * CELL)))
            for k in range(count + 1):
                t = k / count
                x, y = a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)
                self.box(Box(x - reach, y - reach, 2 * reach, 2 * reach))

    def box(self, box: Box) -> None:
        """Enter a box: a mark, or text that stands already."""
        self._taken.update(_cells(box))

    def is_clear(self, box: Box) -> bool:
        """Whether nothing is in a box, and it is within the room."""
        inside = (
            self.within.x <= box.x
            and box.right <= self.within.right
            and self.within.y <= box.y
            and box.bottom <= self.within.bottom
        )
        return inside and self._taken.isdisjoint(_cells(box))

    def place(
        self, wish: Wish, others: Sequence[Point] = (), farthest: float = GAPS[-1]
    ) -> Box | None:
        """The nearest clear place for a label, which it then takes; None if there is none.

        others    points of what it does not name: it stands nearer to its own.
        farthest  how far from its own it may stand.
        """
        for gap in GAPS:
            if gap > farthest:
                break
            for box in self._around(wish, gap):
                if self.is_clear(box) and self._is_nearest(box, wish, others):
                    self.box(box)
                    return box
        return None

    @staticmethod
    def _is_nearest(box: Box, wish: Wish, others: Sequence[Point]) -> bool:
        if not others:
            return True
        own = min(distance(box, p) for p in wish.points)
        return all(distance(box, p) > own + CELL for p in others)

    @staticmethod
    def _around(wish: Wish, gap: float) -> Iterator[Box]:
        every = max(1, math.ceil(len(wish.points) / MOST_POINTS))
        for x, y in wish.points[::every]:
            for across, down in SIDES:
                left = x + across * gap - (1 - across) / 2 * wish.width
                top = y + down * gap - (1 - down) / 2 * wish.height
                yield Box(left, top, wish.width, wish.height)


def distance(box: Box, point: Point) -> float:
    """How far a point is from a box; 0 within it."""
    across = max(box.x - point.x, 0.0, point.x - box.right)
    return math.hypot(across, max(box.y - point.y, 0.0, point.y - box.bottom))


def _cells(box: Box) -> Iterable[tuple[int, int]]:
    """The cells that a box touches."""
    across = range(math.floor(box.x / CELL), math.floor(box.right / CELL) + 1)
    down = range(math.floor(box.y / CELL), math.floor(box.bottom / CELL) + 1)
    return ((i, j) for i in across for j in down)
