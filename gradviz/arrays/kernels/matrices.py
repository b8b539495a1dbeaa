"""Products of matrices in the order that the library multiplies fastest."""

from __future__ import annotations

import math
from typing import Any

from gradviz.arrays.kernels.scratch import LARGE, fresh

FEW = 64
"""Rows so few that multiplying a transposed matrix takes longer than reading it."""
SUMMED = 64
"""Factors of a sum so few that this does not hold."""
WORK = 1 << 19
"""Products that make a turned product worth its copy."""
THIN, BLOCK, WIDE = 32, 192, 1 << 22
"""Where sums have at most THIN factors and the result more than WIDE elements, it is made BLOCK
columns at a time, which stay in the cache.
"""


def product(xp: Any, a: Any, b: Any, out: Any = None) -> Any:
    """The product of two matrices of floats of one type and sizes that fit."""
    if out is None:
        out = fresh(xp, (a.shape[0], b.shape[1]), a.dtype)
    module = xp.module
    if a.shape[1] == 1:  # nothing is summed, and matmul is slow at that
        return module.multiply(a, b, out=out)
    if is_turned(xp, a, b):
        out[...] = module.matmul(b.T, a.T).T
        return out
    if _is_thin(xp, a, b):
        for start in range(0, b.shape[1], BLOCK):
            block = slice(start, start + BLOCK)
            module.matmul(a, b[:, block], out=out[:, block])
        return out
    return module.matmul(a, b, out=out)


def is_plain(xp: Any, a: Any, b: Any) -> bool:
    """Whether the library's own product of two matrices, into new memory, is as good."""
    size = a.shape[0] * b.shape[1] * a.itemsize
    return size < LARGE and a.shape[1] != 1 and not is_turned(xp, a, b)


def is_turned(xp: Any, a: Any, b: Any) -> bool:
    """Whether b's rows are few and lie side by side, so that bᵀ aᵀ is faster: in single precision
    BLAS takes half the time.
    """
    return (
        1 < a.shape[0] <= FEW
        and a.shape[1] >= SUMMED
        and math.prod((*a.shape, b.shape[1])) >= WORK
        and _is_single(xp, a)
        and bool(b.flags.f_contiguous)
    )


def _is_thin(xp: Any, a: Any, b: Any) -> bool:
    return a.shape[1] <= THIN and a.shape[0] * b.shape[1] > WIDE and _is_single(xp, a)


def _is_single(xp: Any, a: Any) -> bool:
    return xp.name == "numpy" and bool(a.dtype == "float32")
