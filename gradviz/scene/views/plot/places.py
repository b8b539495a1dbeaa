"""Where numbers and labels stand in a panel of curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.views.plot.axes import BESIDE, SIZE, Axes, said

HEAD: Final = 26.0
"""Above a panel: its name and its formula."""
FOOT: Final = 26.0
"""Below a panel: the numbers of its axis."""
LEFT: Final = 46.0
"""At the left of a panel, at least, for the numbers of its axis."""
GAP: Final = Point(40.0, 26.0)
"""Between panels."""
NUMBERS: Final = 15.0


def beside_of(places: Sequence[float]) -> float:
    """The room that the numbers of a vertical axis need."""
    return max(LEFT, max((wide(said(t), SIZE) for t in places), default=0.0) + BESIDE + 4)


def apart(axes: Axes, places: Sequence[float], at: float | None, told: str) -> list[float]:
    """The ticks whose numbers keep clear of that of the point that is told."""
    if at is None:
        return list(places)
    x, own = axes.x(at), wide(told, NUMBERS)
    return [t for t in places if abs(axes.x(t) - x) > (own + wide(said(t), SIZE)) / 2 + 4]


def outwards(points: Sequence[Point]) -> list[Point]:
    """Points of a curve, those a quarter from its ends first: there a label is read most easily."""
    count = len(points)
    return [
        points[k]
        for k in sorted(
            range(count), key=lambda k: min(abs(k - 0.22 * count), abs(k - 0.78 * count))
        )
    ]


def spread(stroke: Sequence[Point]) -> list[Point]:
    """Points along a line that are near each other, straight parts included."""
    found = list(stroke[:1])
    for a, b in pairwise(stroke):
        count = max(1, math.ceil(math.dist(a, b) / 6))
        found += [
            Point(a.x + (b.x - a.x) * n / count, a.y + (b.y - a.y) * n / count)
            for n in range(1, count + 1)
        ]
    return found


def around(at: Point, radius: float) -> Box:
    """The square around a circle."""
    return Box(at.x - radius, at.y - radius, 2 * radius, 2 * radius)
