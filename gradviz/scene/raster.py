"""Arrays as pixels: the means of blocks, and numbers as brightness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, Final

DARK: Final = 255 / 8
"""Numbers of 0 to 255 none of which is greater would hardly be seen."""


def means(xp: Any, matrix: Any, rows: int, columns: int) -> list[list[Any]]:
    """A matrix reduced to at most `rows` rows and `columns` columns, as lists of plain numbers.

    Each number is the mean of a block; blocks differ by at most one in height and in width. A
    matrix that is small enough is returned unreduced.
    """
    heights, widths = (
        _cuts(size, most) for size, most in zip(xp.shape(matrix), (rows, columns), strict=True)
    )
    with xp.quiet():
        if rows < xp.shape(matrix)[0]:
            matrix = xp.stack(
                [
                    xp.average(matrix[i:j], lambda v: xp.sum(v, axis=0), j - i)
                    for i, j in pairwise(heights)
                ]
            )
        if columns < xp.shape(matrix)[1]:
            matrix = xp.stack(
                [
                    xp.average(matrix[:, i:j], lambda v: xp.sum(v, axis=1), j - i)
                    for i, j in pairwise(widths)
                ],
                axis=1,
            )
    found: list[list[Any]] = xp.plain(matrix)
    return found


def _cuts(count: int, most: int) -> list[int]:
    parts = min(count, most)
    return [count * k // parts for k in range(parts + 1)]


def brightness(values: Iterable[float]) -> Callable[[float], int]:
    """A function from a number of an image to a brightness from 0 to 255, given all its numbers.

    Numbers from 0 to 1, or from 0 to 255, are taken as they are. If none is greater than an eighth
    of 255, they are taken from 0 to the greatest, as pixels of 16 levels are or what a pool gives;
    others are stretched from the least to the greatest. Numbers that are not finite are black.
    """
    shown = [value for value in values if abs(value) < float("inf")]
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    if low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 else high if high <= DARK else 255.0
    scale = 255 / (high - low) if high > low else 0.0

    def bright(value: float) -> int:
        if not abs(value) < float("inf"):
            return 0
        return max(0, min(255, round((value - low) * scale)))

    return bright
