"""Contours of a grid of numbers by marching squares: lines of one level, and what lies above it.

Numbers between the points of the grid are taken as linear along its edges. Where a number is
missing (NaN) nothing is above anything, so that a region ends there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

Point = TypeVar("Point")
Grid = Sequence[Sequence[float]]
Cut = tuple[tuple[int, int], tuple[int, int]]
"""An edge of the grid that a level crosses: its two ends, as row and column."""


def lines(grid: Grid, level: float, place: Callable[[float, float], Point]) -> list[list[Point]]:
    """The lines of a level. `place` takes a column and a row, fractions included, to a point."""
    return [[_cross(grid, cut, level, place) for cut in chain] for chain in chains(grid, level)]


def chains(grid: Grid, level: float) -> list[list[Cut]]:
    """The edges of the grid that each line of a level crosses, in order."""
    return _chains(grid, level, missing=True)


def above(
    grid: Grid, level: float, place: Callable[[float, float], Point]
) -> list[tuple[Point, ...]]:
    """The borders of the region above a level, as closed loops; at the edges of the grid they run
    along these.
    """
    rows, columns = len(grid), len(grid[0])
    edge = [-math.inf] * (columns + 2)
    padded = [edge, *([-math.inf, *row, -math.inf] for row in grid), edge]

    def inner(column: float, row: float) -> Point:
        return place(min(max(column - 1, 0), columns - 1), min(max(row - 1, 0), rows - 1))

    return [
        tuple(_cross(padded, cut, level, inner) for cut in chain)
        for chain in _chains(padded, level, missing=False)
        if len(chain) > 2
    ]


def _cross(grid: Grid, cut: Cut, level: float, place: Callable[[float, float], Point]) -> Point:
    """Where a level crosses an edge of the grid."""
    (i, j), (k, m) = cut
    a, b = grid[i][j], grid[k][m]
    t = (level - a) / (b - a) if math.isfinite(a) and math.isfinite(b) else 0.5
    if not (math.isfinite(a) and math.isfinite(b)):  # at the number that is there
        t = 0.0 if math.isfinite(a) else 1.0
    return place(j + t * (m - j), i + t * (k - i))


def _chains(grid: Grid, level: float, *, missing: bool) -> list[list[Cut]]:
    """The cuts of a level, joined from cell to cell.

    missing  leave out cells with a missing number.
    """
    segments: list[tuple[Cut, Cut]] = []
    higher = [[v > level for v in row] for row in grid]
    for i, (first, second) in enumerate(pairwise(higher)):
        if first == second and (all(first) or not any(first)):
            continue
        upper, lower = grid[i], grid[i + 1]
        for j, over in enumerate(zip(first, first[1:], second[1:], second, strict=False)):
            if over[0] is over[1] is over[2] is over[3]:
                continue
            values = upper[j], upper[j + 1], lower[j + 1], lower[j]
            if not (missing and any(map(math.isnan, values))):
                segments += _segments(i, j, values, over, level)
    return _joined(segments)


def _segments(
    i: int, j: int, values: Sequence[float], over: Sequence[bool], level: float
) -> list[tuple[Cut, Cut]]:
    """The segments within one cell; where two corners that face each other are above, the middle
    decides which of them belong together.
    """
    corners = (i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j)
    around = [*range(4), 0]
    cuts: list[Cut] = [
        (min(corners[a], corners[b]), max(corners[a], corners[b]))
        for a, b in pairwise(around)
        if over[a] != over[b]
    ]
    if len(cuts) == 2:
        return [(cuts[0], cuts[1])]
    middle = sum(values) / 4
    joined = (middle > level) == over[0]
    first, second, third, fourth = cuts  # the top, right, bottom and left edge
    if joined:
        return [(first, second), (third, fourth)]
    return [(first, fourth), (second, third)]


def _joined(segments: list[tuple[Cut, Cut]]) -> list[list[Cut]]:
    """Segments as chains, each as long as it can be; one that closes ends where it began."""
    ends: dict[Cut, list[int]] = defaultdict(list)
    for k, segment in enumerate(segments):
        for cut in segment:
            ends[cut].append(k)
    used = [False] * len(segments)

    def follow(tip: Cut) -> list[Cut]:
        found = []
        while (k := next((k for k in ends[tip] if not used[k]), None)) is not None:
            used[k] = True
            first, second = segments[k]
            tip = second if first == tip else first
            found.append(tip)
        return found

    chains = []
    for k, (first, second) in enumerate(segments):
        if not used[k]:
            used[k] = True
            forth = follow(second)
            chains.append([*reversed(follow(first)), first, second, *forth])
    return chains
