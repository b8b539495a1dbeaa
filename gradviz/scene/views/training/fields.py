"""Small pictures of numbers over the plane: even levels of a tint on each side of 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from gradviz.arrays import contours
from gradviz.layout.curves import Box, Point
from gradviz.scene.model import Area, Item, Line, Rect
from gradviz.scene.themes import FIELDS
from gradviz.scene.views.plot.axes import Axes
from gradviz.trace.plots import Span
from gradviz.trace.training import Grid

THIN = 0.9
BOLD = 1.6


def placed(grid: Grid, box: Box) -> Callable[[float, float], Point]:
    """From a column and a row of a grid, the lowest row first, to the place in a box."""
    across, up = max(len(grid[0]) - 1, 1), max(len(grid) - 1, 1)
    return lambda column, row: Point(box.x + box.w * column / across, box.bottom - box.h * row / up)


@lru_cache(maxsize=32)
def kept(key: str, grids: tuple[tuple[str, Grid], ...], box: Box) -> tuple[Item, ...]:
    """The same as `tinted`, kept for a picture that stands in many frames."""
    return tuple(tinted(key, grids, box))


def tinted(key: str, grids: Sequence[tuple[str, Grid]], box: Box) -> Iterator[Item]:
    """Where the numbers of each grid are positive, in the tint of its series: the farther from 0,
    the darker, and their zero lines; two grids are the two sides of one number and share theirs.
    """
    yield Rect(f"{key}-ground", "plate", box.x, box.y, box.w, box.h)
    every = (abs(v) for _, grid in grids for row in grid for v in row)
    most = max((v for v in every if math.isfinite(v)), default=0.0)
    for n, (series, grid) in enumerate(grids):
        for tone in range(FIELDS):
            loops = contours.above(grid, most * tone / FIELDS, placed(grid, box))
            if loops:
                yield Area(f"{key}-{n}-{tone}", f"field {series} {tone}", tuple(loops))
    for n, (_, grid) in enumerate(grids[:1] if len(grids) == 2 else grids):
        for k, line in enumerate(contours.lines(grid, 0.0, placed(grid, box))):
            if len(line) > 1:
                yield Line(f"{key}-zero-{n}-{k}", "border", tuple(line), THIN)


def curve(key: str, values: Grid, box: Box, heights: Span | None = None) -> Iterator[Item]:
    """Numbers over one feature as a curve, with the line at 0; without heights from as far below 0
    as the largest is above.
    """
    yield Rect(f"{key}-ground", "plate", box.x, box.y, box.w, box.h)
    most = 1.1 * max((abs(v) for v in values[0] if math.isfinite(v)), default=0.0) or 1.0
    axes = Axes(key, box, Span(0.0, len(values[0]) - 1.0), heights or Span(-most, most))
    if axes.up.holds(0.0):
        yield axes.across_at(f"{key}-zero", "zero line", axes.y(0.0))
    pairs = ((float(k), v) for k, v in enumerate(values[0]))
    for n, stroke in enumerate(axes.strokes(pairs)):
        yield Line(f"{key}-{n}", "curve value", stroke, BOLD)


def negative(grid: Grid) -> Grid:
    """The numbers of a grid with the other sign."""
    return tuple(tuple(-v for v in row) for row in grid)
