"""A wire that avoids every card by construction, for when the engine's own wire does not.

Cards stand in columns with free channels between them. The wire crosses each channel in an S-curve
and each column on a horizontal line through a gap between two cards, so it cannot meet any.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from gradviz.layout.curves import Box, Curve, Point, crosses, extent

CLEARANCE = 8.0
SHORTEST = 1e-6
"""A shorter level piece has no direction."""


class Column(NamedTuple):
    """Cards one above the other, from the top, and the range of x that they cover."""

    left: float
    right: float
    cards: list[Box]


def columns(boxes: Iterable[Box]) -> list[Column]:
    """The cards grouped into columns, from the left: cards that share any x share the column."""
    grouped: list[Column] = []
    for box in sorted(boxes):
        if grouped and box.x < grouped[-1].right:
            last = grouped.pop()
            grouped.append(Column(last.left, max(last.right, box.right), [*last.cards, box]))
        else:
            grouped.append(Column(box.x, box.right, [box]))
    return [Column(left, right, sorted(cards, key=lambda b: b.y)) for left, right, cards in grouped]


def detour(
    start: Point, end: Point, between: list[Column], lean: float = 0.5, shift: float = 0.0
) -> Curve:
    """A wire from `start` to `end`, horizontal at both, through gaps of the columns `between`.

    `between` holds the columns of both ends too, first and last. `lean` is where in a channel the
    wire bends, from 0 at its left to 1 at its right; `shift` moves the gaps that it seeks down.
    """
    first, *middle, last = between
    points = [start]
    _level(points, first.right)
    for column in middle:
        share = (column.left - start.x) / (end.x - start.x)
        y = _gap(column, start.y + share * (end.y - start.y) + shift)
        _bend(points, Point(column.left, y), lean)
        _level(points, column.right)
    _bend(points, Point(last.left, end.y), lean)
    _level(points, end.x)
    return tuple(points)


def _gap(column: Column, y: float) -> float:
    """The height nearest to `y` at which a horizontal line passes through the column."""
    tops = [card.y for card in column.cards] + [float("inf")]
    bottoms = [float("-inf")] + [card.bottom for card in column.cards]
    found = []
    for above, below in zip(bottoms, tops, strict=True):
        clear = min(CLEARANCE, (below - above) / 2)
        if clear > 1:
            found.append(min(max(y, above + clear), below - clear))
    return min(found, key=lambda height: (abs(height - y), height))


def _level(points: list[Point], x: float) -> None:
    here = points[-1]
    if x > here.x + SHORTEST:
        third = (x - here.x) / 3
        points += [Point(here.x + third, here.y), Point(x - third, here.y), Point(x, here.y)]


def _bend(points: list[Point], there: Point, lean: float) -> None:
    here = points[-1]
    middle = here.x + (there.x - here.x) * lean
    points += [Point(middle, here.y), Point(middle, there.y), there]


def clear(curve: Curve, standing: list[Column], lefts: list[float]) -> bool:
    """Whether a curve passes no card of the columns, whose left edges are `lefts`."""
    around = extent(curve)
    first, last = bisect_left(lefts, around.x), bisect_right(lefts, around.right)
    near = [card for column in standing[max(0, first - 1) : last] for card in column.cards]
    # A wire touches its own two cards at their edges, which are not inside them.
    return not any(crosses(curve, card.grown(-0.5)) for card in near if card.meets(around))
