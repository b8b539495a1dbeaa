"""Wires as cubic Bezier curves: 3k + 1 points, every third on the curve, the rest handles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

BEND: Final = 8.0
"""The radius of a rounded corner."""
ROUND: Final = 0.5523
"""The length of the handles of a quarter circle of radius 1."""


class Point(NamedTuple):
    """A place in the picture: x to the right, y downwards."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle by its top left corner, its width and its height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The x of the right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The y of the lower edge."""
        return self.y + self.h

    def grown(self, by: float) -> Box:
        """The box with each edge moved outwards; inwards where `by` is negative."""
        return Box(self.x - by, self.y - by, max(0.0, self.w + 2 * by), max(0.0, self.h + 2 * by))

    def meets(self, other: Box) -> bool:
        """Whether the two share more than an edge."""
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


Curve = tuple[Point, ...]
Piece = tuple[Point, Point, Point, Point]


def pieces(curve: Curve) -> Iterator[Piece]:
    """The single cubic curves that a curve is made of."""
    for i in range(0, len(curve) - 3, 3):
        yield curve[i], curve[i + 1], curve[i + 2], curve[i + 3]


def halves(piece: Piece) -> tuple[Piece, Piece]:
    """A cubic curve cut at the middle of its parameter, by de Casteljau's construction."""
    a, b, c, d = piece
    ab, bc, cd = _middle(a, b), _middle(b, c), _middle(c, d)
    abc, bcd = _middle(ab, bc), _middle(bc, cd)
    centre = _middle(abc, bcd)
    return (a, ab, abc, centre), (centre, bcd, cd, d)


def hull(points: Iterable[Point]) -> Box:
    """The smallest box around points; around a curve's points it holds the curve."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def crosses(curve: Curve, box: Box, *, tolerance: float = 0.25) -> bool:
    """Whether a curve enters the inside of a box, decided by halving, so that no corner is missed.

    A stretch shorter than `tolerance` units whose hull still meets the box counts as inside.
    """
    waiting = list(pieces(curve))
    while waiting:
        piece = waiting.pop()
        around = hull(piece)
        # The hull of a horizontal or vertical stretch has no interior: give it one.
        if not around.grown(1e-9).meets(box):
            continue
        if max(around.w, around.h) < tolerance:
            return True
        waiting.extend(halves(piece))
    return False


def extent(curve: Curve, *, tolerance: float = 0.5) -> Box:
    """The box around a curve, too large by less than `tolerance` on each side."""
    tight: list[Point] = []
    waiting = list(pieces(curve))
    while waiting:
        piece = waiting.pop()
        ends, around = hull((piece[0], piece[3])), hull(piece)
        if ends.grown(tolerance / 2).w >= around.w and ends.grown(tolerance / 2).h >= around.h:
            tight.extend(piece)
        else:
            waiting.extend(halves(piece))
    return hull(tight)


def _middle(a: Point, b: Point) -> Point:
    return Point((a.x + b.x) / 2, (a.y + b.y) / 2)


def rounded(corners: Sequence[Point], bend: float = BEND) -> Curve:
    """A line through corners, each rounded with a radius of at most `bend`."""
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(bend, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        first, second = _towards(corner, before, radius), _towards(corner, after, radius)
        _line(points, first)
        points += [
            _towards(first, corner, radius * ROUND),
            _towards(second, corner, radius * ROUND),
            second,
        ]
    _line(points, corners[-1])
    return tuple(points)


def _line(points: list[Point], there: Point) -> None:
    here = points[-1]
    third = Point((there.x - here.x) / 3, (there.y - here.y) / 3)
    points += [
        Point(here.x + third.x, here.y + third.y),
        Point(there.x - third.x, there.y - third.y),
        there,
    ]


def _towards(here: Point, there: Point, distance: float) -> Point:
    length = math.dist(here, there) or 1.0
    return Point(
        here.x + (there.x - here.x) * distance / length,
        here.y + (there.y - here.y) * distance / length,
    )
