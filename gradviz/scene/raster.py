"""An array as points on a grid: the means of its blocks, and from a number to a brightness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any


def means(xp: Any, matrix: Any, rows: int, columns: int) -> list[list[Any]]:
    """A matrix as lists of its backend's plain numbers: so many rows and columns of means of
    blocks, which differ by at most one in height and in width; itself where it is no larger.
    """
    heights, widths = (
        _cuts(size, most) for size, most in zip(xp.shape(matrix), (rows, columns), strict=True)
    )
    with xp.quiet():
        if rows < xp.shape(matrix)[0]:
            matrix = xp.stack([xp.sum(matrix[i:j], axis=0) / (j - i) for i, j in pairwise(heights)])
        if columns < xp.shape(matrix)[1]:
            matrix = xp.stack(
                [xp.sum(matrix[:, i:j], axis=1) / (j - i) for i, j in pairwise(widths)], axis=1
            )
    found: list[list[Any]] = xp.plain(matrix)
    return found


def _cuts(count: int, most: int) -> list[int]:
    parts = min(count, most)
    return [count * k // parts for k in range(parts + 1)]


def brightness(values: Iterable[float]) -> Callable[[float], int]:
    """From a number of an image to a brightness from 0 to 255, by all the numbers in it.

    Numbers from 0 to 1, or from 0 to 255, are taken as they are; others are stretched from the
    least to the greatest. What is not finite is black.
    """
    shown = [value for value in values if abs(value) < float("inf")]
    low, high = min(shown, default=0.0), max(shown, default=0.0)
    if low >= 0 and high <= 255:
        low, high = 0.0, 1.0 if high <= 1 else 255.0
    scale = 255 / (high - low) if high > low else 0.0

    def bright(value: float) -> int:
        if not abs(value) < float("inf"):
            return 0
        return max(0, min(255, round((value - low) * scale)))

    return bright
