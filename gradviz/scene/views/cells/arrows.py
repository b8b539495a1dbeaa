"""An arrow from one cell to another that crosses no number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gradviz.layout.curves import Box, Curve, Point, crosses, extent, hull
from gradviz.scene.shapes import with_arrow

STEEP = 0.75
"""How far the slanting starts and ends go up or down for a unit across."""
BENDS = (0.42, 0.6)
CLEAR = 3.0


GAP = 1.5
"""The gap between the arrow's tip and the cell."""


def arrow(
    start: Box, end: Box, grids: tuple[Box, Box], obstacles: Sequence[Box], room: Box
) -> tuple[Curve, tuple[Point, ...]]:
    """The line and the head of an arrow from the box `start` to the box `end`, which lie side by
    side.

    Both avoid all obstacles and stay within `room`. If no simple curve is clear the arrow runs in
    the lines of the two grids, which no number touches.
    """
    grown = [o.grown(CLEAR) for o in obstacles]
    for curve in _curves(start, end):
        around = extent(curve)
        inside = (
            room.x <= around.x
            and around.right <= room.right
            and room.y <= around.y
            and around.bottom <= room.bottom
        )
        if not inside or any(crosses(curve, o) for o in grown):
            continue
        drawn = with_arrow(curve, GAP)
        head = hull(drawn[1])
        if not any(head.meets(o) for o in grown):
            return drawn
    return with_arrow(_in_the_lines(start, end, grids), GAP)


def _curves(start: Box, end: Box) -> Iterator[Curve]:
    """Simple curves, the plainest first."""
    way = 1 if end.x + end.w / 2 > start.x + start.w / 2 else -1
    for bend in BENDS:
        for (a, out), (b, into) in _pairs(start, end, way):
            reach = bend * math.dist(a, b)
            yield (
                a,
                Point(a.x + out.x * reach, a.y + out.y * reach),
                Point(b.x - into.x * reach, b.y - into.y * reach),
                b,
            )


def _pairs(
    start: Box, end: Box, way: int
) -> Iterator[tuple[tuple[Point, Point], tuple[Point, Point]]]:
    """Where the curve may leave and arrive, each a point and a direction."""
    level = Point(way, 0)
    leave, arrive = (start.right, end.x) if way == 1 else (start.x, end.right)
    down, up = _unit(way, STEEP), _unit(way, -STEEP)
    starts = [
        (Point(leave, start.y + start.h / 2), level),
        (Point(leave, start.bottom - 0.2 * start.h), down),
        (Point(leave, start.y + 0.2 * start.h), up),
        (Point(start.x + start.w / 2, start.bottom), Point(0, 1)),
        (Point(start.x + start.w / 2, start.y), Point(0, -1)),
    ]
    ends = [
        (Point(arrive, end.y + end.h / 2), level),
        (Point(arrive, end.bottom - 0.2 * end.h), up),
        (Point(arrive, end.y + 0.2 * end.h), down),
        (Point(end.x + end.w / 2, end.bottom), Point(0, -1)),
        (Point(end.x + end.w / 2, end.y), Point(0, 1)),
    ]
    order = sorted((i + j, i, j) for i in range(len(starts)) for j in range(len(ends)))
    return ((starts[i], ends[j]) for _, i, j in order)


def _unit(x: float, y: float) -> Point:
    length = math.hypot(x, y)
    return Point(x / length, y / length)


def _in_the_lines(start: Box, end: Box, grids: tuple[Box, Box]) -> Curve:
    """Along the line below the start, across the gap between the grids, along the line below or
    above the end.
    """
    way = 1 if end.x > start.x else -1
    leave, enter = (grids[0].right, grids[1].x) if way == 1 else (grids[0].x, grids[1].right)
    a, d = (
        Point(start.right if way == 1 else start.x, start.bottom),
        Point(end.x if way == 1 else end.right, end.bottom),
    )
    b, c = Point(leave, a.y), Point(enter, d.y)
    third = (c.x - b.x) / 2
    return (
        a,
        _part(a, b, 1 / 3),
        _part(a, b, 2 / 3),
        b,
        Point(b.x + third, b.y),
        Point(c.x - third, c.y),
        c,
        _part(c, d, 1 / 3),
        _part(c, d, 2 / 3),
        d,
    )


def _part(a: Point, b: Point, t: float) -> Point:
    return Point(a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t)
