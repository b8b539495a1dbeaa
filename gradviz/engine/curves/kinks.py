"""Minima and maxima where the slopes of a surface jump, as of |x| + |y|: no slope is 0 there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, get_args

import numpy as np

from gradviz.engine.curves.cut import Cut, Values
from gradviz.trace.plots.curves import Kind
from gradviz.trace.plots.surface import Critical

AROUND: Final = 3
"""So many cells of the grid to each side of a lowest point are looked at first."""
POINTS: Final = 9
"""Points each way of the grids that close in on a place."""
ROUNDS: Final = 32
CLOSE: Final = 1e-12
"""The half side at which they end, as a part of the window."""
SHRINK: Final = 0.3
RADIUS: Final = 1e-4
"""Of the circle on which a place must be lower than all around, as a part of the window."""
ANGLES: Final = 36
LOWEST: Final = 3
"""So many of its lowest places are looked at more closely."""
NEARER: Final = 8.0
JUMPS: Final = 0.5
"""Slopes that shrink to less than this on a circle so much nearer are smooth: they go to 0."""
LOWER: Final = 1e-11
ROUGH: Final = 1e-4
SETTLING: Final = 80
NONE: Final = 1e-9
"""A value below this part of all is 0."""
MOST_STARTS: Final = 5
ALONG: Final = 12
"""So often a valley is followed down."""
APART: Final = 1e-3


def kinked(cut: Cut, xs: Any, ys: Any, grid: Values, known: Sequence[Critical]) -> list[Critical]:
    """The isolated minima and maxima in the window at which the slopes jump, and which are not
    `known`; none where no op of the function has a kink.

    grid   the values and slopes at every (x, y), row by row, a row for each of `ys`.
    """
    there = grid.values[np.isfinite(grid.values)]
    if not cut.kinked or not len(there):
        return []
    values, height = grid.values.reshape(len(ys), len(xs)), float(there.max() - there.min())
    found: list[Critical] = []
    for kind, sign in zip(get_args(Kind), (1.0, -1.0), strict=False):  # minimum, maximum
        field = _Field(cut, xs, ys, sign, height)
        for start in _starts(sign * values, xs, ys):
            others = [*known, *found]
            if _is_near(start, others, field.size, 2 * APART):
                continue
            point, value = field.lowest(start)
            if not field.holds(point) or _is_near(point, others, field.size, APART):
                continue
            if field.is_kink(point, value):
                x, y, value = field.short(*field.settled(point, value))
                found.append(Critical(kind, x, y, value, None))
    return found


def _starts(values: Any, xs: Any, ys: Any) -> list[Any]:
    """The points of the grid that are lower than the eight around them, or as low, the lowest
    first; those at the edges are none.
    """
    inner = values[1:-1, 1:-1]
    with np.errstate(all="ignore"):
        low = np.isfinite(inner)
        strict = np.zeros_like(low)
        for i in range(3):
            for j in range(3):
                if (i, j) != (1, 1):
                    other = values[i : i + inner.shape[0], j : j + inner.shape[1]]
                    low &= inner <= other
                    strict |= inner < other
    rows, columns = np.nonzero(low & strict)
    order = np.argsort(inner[rows, columns], kind="stable")[:MOST_STARTS]
    return [np.array([xs[columns[k] + 1], ys[rows[k] + 1]]) for k in order]


def _is_near(point: Any, others: Sequence[Critical], size: Any, apart: float) -> bool:
    return any(np.all(np.abs(point - (c.x, c.y)) < apart * size) for c in others)


class _Field:
    """The function, or its negative (`sign` −1), in a window."""

    def __init__(self, cut: Cut, xs: Any, ys: Any, sign: float, height: float) -> None:
        self.cut, self.sign, self.height = cut, sign, height
        self.low, self.high = np.array([xs[0], ys[0]]), np.array([xs[-1], ys[-1]])
        self.size = self.high - self.low
        self.cell = self.size / (np.array([len(xs), len(ys)]) - 1)

    def holds(self, point: Any) -> bool:
        """Whether a point is inside the window."""
        return bool((self.low < point).all() and (point < self.high).all())

    def at(self, points: Any) -> Any:
        """The values at points, infinite where there is none."""
        with np.errstate(all="ignore"):
            values = self.sign * self.cut.many(points).values
        return np.where(np.isfinite(values), values, np.inf)

    def lowest(self, start: Any) -> tuple[Any, float]:
        """The lowest place that is reached from a start: by grids that close in on one, and from
        there down the valley that it lies in, if it does.
        """
        point, value = self._closed_in(start, AROUND * self.cell)
        for _ in range(ALONG):
            way, below = self._around(point)
            if below >= value - LOWER * self.height or not self.holds(point):
                break
            step = way
            while (further := float(self.at([point + 2 * step])[0])) < below:
                step, below = 2 * step, further
                if not self.holds(point + step):
                    break
            point, value = self._closed_in(point + step, np.full(2, np.abs(step).max() / 4))
        return point, value

    def short(self, point: Any, value: float) -> tuple[float, float, float]:
        """A place and the value there, as short decimals where these are as low."""
        near = np.round(point, 8) + 0.0
        if self.at([near])[0] <= value + LOWER * self.height:
            point = near
        found, _ = self.cut.at(*map(float, point))
        return float(point[0]), float(point[1]), 0.0 if abs(found) < NONE * self.height else found

    def _closed_in(self, start: Any, half: Any) -> tuple[Any, float]:
        """The lowest place near a start, by grids that shrink about the lowest of their points."""
        steps = np.linspace(-1.0, 1.0, POINTS)
        across, up = np.meshgrid(steps, steps)
        offsets = np.stack([across.ravel(), up.ravel()], axis=1)
        middle = len(offsets) // 2
        point, best = start, math.inf
        for _ in range(ROUNDS):
            values = self.at(point + offsets * half)
            k = int(np.argmin(values))
            k = middle if values[middle] <= values[k] else k
            point, best = point + offsets[k] * half, float(values[k])
            if np.abs(offsets[k]).max() < 1:
                half = half * SHRINK
            if (half < CLOSE * self.size).all():
                break
        return point, best

    def settled(self, point: Any, value: float) -> tuple[Any, float]:
        """The place itself near one that is on its circle or within: steps to the lowest place on
        a circle, which shrinks where none is lower.
        """
        radius = RADIUS
        for _ in range(SETTLING):
            way, below = self._around(point, radius, ROUGH)
            if below < value:
                point, value = point + way, below
            else:
                radius *= SHRINK
            if radius < CLOSE:
                break
        return point, value

    def _around(
        self, point: Any, radius: float = RADIUS, close: float = CLOSE
    ) -> tuple[Any, float]:
        """The way to the lowest place on a small circle, its angle as close as this, and the value
        there.
        """
        angles = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
        values = self.at(point + self._circle(angles, radius))
        is_low = (values <= np.roll(values, 1)) & (values <= np.roll(values, -1))
        best = [angles[k] for k in np.argsort(np.where(is_low, values, np.inf))[:LOWEST]]
        half = 2 * np.pi / ANGLES
        middles, steps = np.array(best), np.linspace(-1, 1, POINTS)
        while half > close:
            tried = middles[:, None] + steps * half
            values = self.at(point + self._circle(tried.ravel(), radius)).reshape(tried.shape)
            middles = tried[np.arange(len(middles)), values.argmin(axis=1)]
            half *= SHRINK
        values = self.at(point + self._circle(middles, radius))
        k = int(values.argmin())
        return self._circle(middles[k : k + 1], radius)[0], float(values[k])

    def _circle(self, angles: Any, radius: float = RADIUS) -> Any:
        return np.stack([np.cos(angles), np.sin(angles)], axis=1) * self.size * radius

    def is_kink(self, point: Any, value: float) -> bool:
        """Whether it is lower than all around, and the slopes about it do not go to 0."""
        if not self._around(point)[1] > value + LOWER * self.height:
            return False
        circle = self._circle(np.linspace(0, 2 * np.pi, ANGLES, endpoint=False) + 0.05)
        norms = []
        for nearer in (1.0, NEARER):
            with np.errstate(all="ignore"):
                slopes = self.cut.many(point + circle / nearer).slopes * self.size
            norms.append(float(np.linalg.norm(slopes, axis=1).max()))
        return all(map(math.isfinite, norms)) and norms[1] > JUMPS * norms[0] > 0
