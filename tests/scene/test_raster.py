"""Arrays as points: means of blocks, and brightness."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradviz.arrays import for_backend
from gradviz.scene.raster import brightness, means

XP = for_backend("numpy")


def test_small_ones_are_means_of_blocks() -> None:
    """Blocks of 2×2 in 0 … 23 by rows of 6: (0+1+6+7)/4 = 3.5, and so on."""
    matrix = np.arange(24.0).reshape(4, 6)
    assert means(XP, matrix, 2, 3) == [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]
    assert means(XP, matrix, 4, 6) == means(XP, matrix, 9, 9) == matrix.tolist()


def test_blocks_that_do_not_fit_differ_by_one() -> None:
    assert means(XP, np.arange(5.0).reshape(1, 5), 1, 2) == [[0.5, 3.0]]  # 0 1 | 2 3 4


def test_exact_numbers_stay_exact() -> None:
    exact = for_backend("exact")
    assert means(exact, exact.asreal([["1/2", "1/3"]]), 1, 1) == [["5/12"]]


@pytest.mark.parametrize(
    ("values", "bright"),
    [
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 128, 255], [0, 128, 255]),
        ([0, 40, 100], [0, 40, 100]),  # a dark photograph stays dark
        ([0, 8, 16], [0, 128, 255]),  # 16 levels
        ([0, 1, 2], [0, 128, 255]),
        ([5, 5, 2], [255, 255, 102]),  # from 0, as pooled features: 255·2/5
        ([-1, 0, 1], [0, 128, 255]),  # stretched: 0 is half way, 127.5
        ([0, 300], [0, 255]),
        ([0, math.nan, 1, math.inf], [0, 0, 255, 0]),
        ([-2, -2], [0, 0]),
    ],
)
def test_brightness(values: list[float], bright: list[int]) -> None:
    assert list(map(brightness(values), values)) == bright
