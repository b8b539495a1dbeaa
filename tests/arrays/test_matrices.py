"""Products of matrices are the sums they stand for, in whichever order they are multiplied."""

from __future__ import annotations

import numpy as np
import pytest

from gradviz.arrays import for_backend
from gradviz.arrays.kernels import matrices
from tests.sampled import sampled

RNG = np.random.default_rng(0)


def whole(*shape: int) -> np.ndarray:
    """Whole numbers so small that single precision adds them up exactly."""
    return RNG.integers(-8, 9, shape)


@sampled("dtype", ["float64", "float32"], few=1)
@pytest.mark.parametrize(
    ("rows", "summed", "columns"),
    [
        (1, 512, 600),
        (2, 512, 1000),
        (16, 400, 120),
        (64, 64, 200),
        (65, 512, 100),
        (16, 63, 900),
        (2100, 1, 2100),
        (2100, 2, 2100),
        (2100, 32, 2001),
        (2100, 33, 2001),
        (0, 5, 3),
        (3, 0, 5),
        (5, 3, 0),
    ],
)
def test_every_order_of_multiplying(rows: int, summed: int, columns: int, dtype: str) -> None:
    xp = for_backend("numpy", dtype)
    a, b = whole(rows, summed), whole(summed, columns)
    expected = a @ b  # of whole numbers
    for first in (a.astype(dtype), a.T.astype(dtype, order="C").T):
        for second in (b.astype(dtype), b.T.astype(dtype, order="C").T):
            np.testing.assert_array_equal(xp.matmul(first, second), expected)
            out = np.full((columns, rows), np.nan, dtype).T
            assert xp.matmul(first, second, out=out) is out
            np.testing.assert_array_equal(out, expected)


def test_few_rows_meet_a_transposed_matrix_turned() -> None:
    single, double = (for_backend("numpy", dtype) for dtype in ("float32", "float64"))
    x, w = np.ones((16, 512), "float32"), np.ones((600, 512), "float32")
    assert matrices.is_turned(single, x, w.T)
    assert not matrices.is_turned(single, x, np.ascontiguousarray(w.T))
    assert not matrices.is_turned(double, x.astype(float), w.astype(float).T)
    assert not matrices.is_turned(single, x[:1], w.T)
    assert not matrices.is_turned(single, x[:, :8], w[:, :8].T)
