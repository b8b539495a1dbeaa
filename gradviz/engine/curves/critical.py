"""Minima, maxima and saddles: Newton's method on exact gradients, told apart by the Hessian."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from gradviz.engine.curves.cut import Cut, Values
from gradviz.trace.plots.curves import Kind
from gradviz.trace.plots.surface import Critical

STEP: Final = 1e-5
"""The Hessian's entries are central differences of exact slopes over such a step."""
ITERATIONS: Final = 40
MOST_STARTS: Final = 48
MOST_FOUND: Final = 8
SINGULAR: Final = 1e-6
"""Below this share of the larger eigenvalue, the smaller one counts as 0: a valley, no point."""
APART: Final = 1e-3
"""Points nearer to each other than this share of the window are one."""


def critical(cut: Cut, xs: Any, ys: Any, grid: Values) -> tuple[Critical, ...]:
    """The points in the window where both slopes are 0, the lowest first.

    grid   the values and slopes at every (x, y), row by row, a row for each of `ys`.

    Where the function is not smooth, or a whole line of points is flat, nothing is found.
    """
    size = np.array([xs[-1] - xs[0], ys[-1] - ys[0]])
    found: list[Critical] = []
    for start in _starts(xs, ys, grid.slopes):
        point = _newton(cut, start, size)
        if point is None or not _inside(point, xs, ys, size):
            continue
        if any(np.all(np.abs(point - (c.x, c.y)) < APART * size) for c in found):
            continue
        kind, eigenvalues = _kind(_hessian(cut, point))
        if kind is not None and math.isfinite(cut.at(*point)[0]):
            x, y = (_clean(float(v), float(s)) for v, s in zip(point, size, strict=True))
            value, _ = cut.at(*point)
            value = 0.0 if abs(value) < 1e-12 * _height(grid) else value
            found.append(Critical(kind, x, y, value, eigenvalues))
    return tuple(sorted(found, key=lambda c: c.value)[:MOST_FOUND])


def _height(grid: Values) -> float:
    """How far apart the values on the grid are."""
    there = grid.values[np.isfinite(grid.values)]
    return float(there.max() - there.min()) if len(there) else 0.0


def _starts(xs: Any, ys: Any, slopes: Any) -> list[Any]:
    """The middles of the cells of the grid in which both slopes change their sign."""
    across, down = (slopes[:, k].reshape(len(ys), len(xs)) for k in (0, 1))
    with np.errstate(all="ignore"):
        both = _changes(across) & _changes(down)
    rows, columns = np.nonzero(both)
    every = max(1, math.ceil(len(rows) / MOST_STARTS))
    return [
        np.array([(xs[j] + xs[j + 1]) / 2, (ys[i] + ys[i + 1]) / 2])
        for i, j in zip(rows[::every], columns[::every], strict=True)
    ]


def _changes(slope: Any) -> Any:
    corners = np.stack([slope[:-1, :-1], slope[:-1, 1:], slope[1:, :-1], slope[1:, 1:]])
    return (corners.min(axis=0) <= 0) & (corners.max(axis=0) >= 0)


def _newton(cut: Cut, point: Any, size: Any) -> Any:
    """The zero of the slopes near a point; None where Newton's steps do not lead to one."""
    with np.errstate(all="ignore"):
        for _ in range(ITERATIONS):
            _, slopes = cut.at(*point)
            hessian = _hessian(cut, point)
            if not (np.all(np.isfinite(slopes)) and np.all(np.isfinite(hessian))):
                return None
            try:
                step = np.linalg.solve(hessian, np.asarray(slopes))
            except np.linalg.LinAlgError:
                return None
            if not np.all(np.abs(step) < size):
                return None
            point = point - step
            if np.all(np.abs(step) <= 1e-10 * size):
                return point
    return None


def _hessian(cut: Cut, point: Any) -> Any:
    steps = STEP * np.maximum(1.0, np.abs(point))
    moved = [point + sign * steps * unit for unit in np.eye(2) for sign in (1, -1)]
    slopes = cut.many(moved).slopes
    with np.errstate(all="ignore"):
        rows = (slopes[0::2] - slopes[1::2]) / (2 * steps[:, None])
    return (rows + rows.T) / 2


def _kind(hessian: Any) -> tuple[Kind | None, tuple[float, float]]:
    low, high = map(float, np.linalg.eigvalsh(hessian))
    if min(abs(low), abs(high)) <= SINGULAR * max(abs(low), abs(high)):
        return None, (low, high)
    if low > 0:
        return "minimum", (low, high)
    return ("maximum" if high < 0 else "saddle"), (low, high)


def _inside(point: Any, xs: Any, ys: Any, size: Any) -> bool:
    room = 1e-9 * size
    return bool(
        xs[0] - room[0] <= point[0] <= xs[-1] + room[0]
        and ys[0] - room[1] <= point[1] <= ys[-1] + room[1]
    )


def _clean(value: float, size: float) -> float:
    """A coordinate without what rounding left of a short decimal."""
    near = round(value, 9)
    return near + 0.0 if abs(near - value) <= 1e-9 * size else value
