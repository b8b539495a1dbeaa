"""An arrow from one cell to another that crosses no number.

It runs in right angles with round corners: through the gaps between grids, in the lines between
cells, or over cells that are still empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gradviz.layout.curves import Box, Curve, Point, crosses, hull, rounded
from gradviz.scene.shapes import with_arrow

CLEAR = 2.6
"""How far the middle of the line stays away from numbers."""
GAP = 1.5
"""The gap between the arrow's tip and the cell."""
PASSING = 20.0
"""How far below or above a grid the arrow passes it."""
NEAR = 10.0
"""It is never nearer to a grid that it passes."""
CORNER = 40.0
"""The way that one corner is worth."""
AT_CORNER = 400.0
"""The way that an end at the corner of a box is worth."""
OVER_CELLS = 1.5
"""How much longer the way over cells counts."""


@dataclass(frozen=True, slots=True)
class End:
    """Where an arrow leaves or arrives: a box of cells in its grid.

    cell  the width and height of one cell; the whole box if there are no lines between.
    """

    box: Box
    grid: Box
    cell: tuple[float, float]

    def levels(self) -> Iterator[float]:
        """The heights at which a horizontal line meets its sides: its middle, then the lines
        between its cells, then its lower and its upper edge.
        """
        return _between(self.box.y, self.box.h, self.cell[1])

    def columns(self) -> Iterator[float]:
        """The same for a vertical line, from left to right."""
        return _between(self.box.x, self.box.w, self.cell[0])


def _between(start: float, length: float, step: float) -> Iterator[float]:
    yield start + length / 2
    count = round(length / step)
    lines = sorted(range(1, count), key=lambda i: (abs(i - count / 2), i))
    yield from (start + i * step for i in (*lines, count, 0))


def arrow(start: End, end: End, obstacles: Sequence[Box]) -> tuple[Curve, tuple[Point, ...]]:
    """The line and the head of an arrow from `start` to `end`, which stands further right.

    Both avoid all obstacles; of the ways that do, the shortest with few corners is taken.
    """
    grown = [o.grown(CLEAR) for o in obstacles]
    ways = sorted(_ways(start, end), key=lambda way: _cost(way, start, end))
    drawn: tuple[Curve, tuple[Point, ...]] | None = None
    for way in ways:
        drawn = with_arrow(rounded(way), GAP)
        if not any(crosses(drawn[0], o) or hull(drawn[1]).meets(o) for o in grown):
            return drawn
    assert drawn is not None
    return with_arrow(rounded(ways[0]), GAP)


def _ways(start: End, end: End) -> Iterator[tuple[Point, ...]]:
    """The ways from one box to another, as corners."""
    leave, enter = max(start.grid.right, start.box.right), min(end.grid.x, end.box.x)
    middle = (leave + enter) / 2
    for begin in _exits(start, middle):
        for finish in _entries(end, middle, begin[-1].y):
            yield _straightened((*_levelled(begin, finish[0].y, start.grid), *finish))


def _levelled(begin: tuple[Point, ...], y: float, grid: Box) -> tuple[Point, ...]:
    """The way out of a grid at the height at which it arrives, where that is almost its own."""
    if len(begin) < 3 or abs(begin[-1].y - y) > PASSING or grid.y - NEAR < y < grid.bottom + NEAR:
        return begin
    return begin[0], Point(begin[1].x, y), Point(begin[2].x, y)


def _exits(start: End, middle: float) -> Iterator[tuple[Point, ...]]:
    """From the box to the gap: to its right, below its grid or above it."""
    box, grid = start.box, start.grid
    for y in start.levels():
        yield Point(box.right, y), Point(middle, y)
    below, above = grid.bottom + PASSING, grid.y - PASSING
    for x in start.columns():
        yield Point(x, box.bottom), Point(x, below), Point(middle, below)
        yield Point(x, box.y), Point(x, above), Point(middle, above)


def _entries(end: End, middle: float, level: float) -> Iterator[tuple[Point, ...]]:
    """From the gap, at some level, to the box: from its left, from below its grid or from above."""
    box, grid = end.box, end.grid
    for y in end.levels():
        yield Point(middle, y), Point(box.x, y)
    below, above = max(grid.bottom + PASSING, level), min(grid.y - PASSING, level)
    for x in end.columns():
        yield Point(middle, below), Point(x, below), Point(x, box.bottom)
        yield Point(middle, above), Point(x, above), Point(x, box.y)


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """The corners of a way without those at which it goes straight on, or does not go on."""
    kept: list[Point] = []
    for point in points:
        if kept and math.dist(kept[-1], point) < 0.5:
            continue
        if len(kept) > 1 and _in_line(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return a.x == b.x == c.x or a.y == b.y == c.y


def _cost(way: Sequence[Point], start: End, end: End) -> float:
    """The length of a way, with its corners and what lies over cells."""
    cost = CORNER * (len(way) - 2)
    cost += AT_CORNER * (_is_corner(way[0], start.box) + _is_corner(way[-1], end.box))
    for a, b in pairwise(way):
        run = hull((a, b))
        over = sum(_shared(run, end.grid.grown(-1)) for end in (start, end))
        cost += math.dist(a, b) + OVER_CELLS * over
    return cost


def _is_corner(point: Point, box: Box) -> bool:
    return point.x in (box.x, box.right) and point.y in (box.y, box.bottom)


def _shared(run: Box, grid: Box) -> float:
    """How much of a straight line lies over a grid."""
    across = min(run.right, grid.right) - max(run.x, grid.x)
    down = min(run.bottom, grid.bottom) - max(run.y, grid.y)
    return max(across, down) if across >= 0 and down >= 0 else 0.0
