"""Convolution by 3×3 weights with 36 instead of 144 products for every 4×4 cells of the output.

Winograd's F(4×4, 3×3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
(2015), at the points 0, ±5/8, ±3/2 and ∞, as oneDNN does it: they round a third to a quarter as
much as 0, ±1, ±2 and ∞, and every factor but those of the weights is a float. Still results are
less accurate than those of `winograd`, which has the same functions, and of plain sums: `GROWTH`.
Cells beyond a 28th of the largest float overflow, and an infinity or NaN reaches its whole block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from gradviz.arrays.kernels.columns import Tile, tiles
from gradviz.arrays.kernels.scratch import scratch
from gradviz.arrays.kernels.windows import Sliding, take_apart
from gradviz.arrays.kernels.winograd import Pads, is_plain
from gradviz.arrays.namespace import ArrayNamespace, Value

CHANNELS, WIDTH, PLACES = 64, 40, 128
"""With fewer channels, shorter rows, or fewer 4×4 blocks in all, smaller blocks are faster."""
BLOCKS = 256
"""About how many blocks are transformed at once."""
GROWTH = 176
"""A result is right to GROWTH · ε · (|b| + Σ the largest |x| of a channel · the sum of its |w|), ε
being the float's precision, where plain sums of products have 1 and `winograd` 36: GROWTH is the
square of the largest Σᵢ |Aᵢₖ| · Σⱼ |Bᵢⱼ| · |Gᵢₜ| for a cell k of the output and a weight t, 13.25;
roundings are up to that much larger, since the terms are that much larger than their sum. Gradients
of weights are right to GROWTH · ε · (the largest |x| of a channel · the sum of |g| of another). Of
the bound no more than 26 ε was found on numbers made to be bad, 5 ε of `winograd`'s.
"""
INPUT = (
    (225 / 256, 0, -169 / 64, 0, 1, 0),
    (0, -45 / 32, -9 / 4, 5 / 8, 1, 0),
    (0, 45 / 32, -9 / 4, -5 / 8, 1, 0),
    (0, -75 / 128, -25 / 64, 3 / 2, 1, 0),
    (0, 75 / 128, -25 / 64, -3 / 2, 1, 0),
    (0, 225 / 256, 0, -169 / 64, 0, 1),
)
"""The matrix B that transforms six cells of a row or a column."""
KERNEL = (
    (256 / 225, 0, 0),
    (-2048 / 2975, -256 / 595, -32 / 119),
    (-2048 / 2975, 256 / 595, -32 / 119),
    (128 / 1071, 64 / 357, 32 / 119),
    (128 / 1071, -64 / 357, 32 / 119),
    (0, 0, 1),
)
"""The matrix G that transforms three weights into six."""
OUTPUT = (
    (1, 0, 0, 0),
    (1, 5 / 8, 25 / 64, 125 / 512),
    (1, -5 / 8, 25 / 64, -125 / 512),
    (1, 3 / 2, 9 / 4, 27 / 8),
    (1, -3 / 2, 9 / 4, -27 / 8),
    (0, 0, 0, 1),
)
"""The matrix A whose transpose transforms six products into four cells of the output."""


def _both_ways(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The matrix that transforms columns and rows at once: its Kronecker product with itself."""
    return [[a * b for a in first for b in second] for first in matrix for second in matrix]


@cache
def _matrices(module: Any, dtype: Any) -> tuple[Any, Any, Any]:
    """Those matrices of INPUT, KERNEL and OUTPUT, as arrays."""
    inputs, kernel, output = (
        module.asarray(_both_ways(matrix), dtype) for matrix in (INPUT, KERNEL, OUTPUT)
    )
    return inputs, kernel, output


def suits(
    xp: ArrayNamespace, weights: Sequence[int], window: Sliding, made: Sequence[int], groups: int
) -> bool:
    """Whether this is the fastest way to make an array (N, C, *places), or a gradient, with weights
    of this shape, and its rounding is allowed.
    """
    many = min(weights[1], weights[0] // groups) >= CHANNELS and made[3] >= WIDTH
    blocks = made[0] * -(-made[2] // 4) * -(-made[3] // 4)
    return xp.is_fast and is_plain(window) and many and blocks >= PLACES


def turned_weights(xp: ArrayNamespace, w: Value, *, upside_down: bool = False) -> Value:
    """Weights (O, C, 3, 3) as 36 matrices (36, O, C), valid until the next call.

    `upside_down` reverses the weights first.
    """
    _, turn, _ = _matrices(xp.module, w.dtype)
    both = scratch(xp, "weights", (36, *w.shape[:2]), w.dtype)
    xp.matmul(turn[:, ::-1] if upside_down else turn, w.reshape(-1, 9).T, out=both.reshape(36, -1))
    return both


def fill(xp: ArrayNamespace, y: Value, x: Value, weights: Value, b: Value, padding: Pads) -> None:
    """Fill y (N, O, *places) with x (N, C, H, W) convolved by weights (36, O, C), plus b."""
    across = _across(y)
    for images, lines in _tiles(y, across):
        cells = _turned_cells(xp, x[images], lines, across, padding)
        made = scratch(xp, "products", (36, y.shape[1], cells.shape[2]), y.dtype)
        xp.matmul(weights, cells, out=made)
        blocks = scratch(xp, "cells", (16, made[0].size), y.dtype)
        xp.matmul(_matrices(xp.module, y.dtype)[2].T, made.reshape(36, -1), out=blocks)
        if b is not None:
            blocks.reshape(16, y.shape[1], -1)[...] += b[:, None]
        target = y[images, :, 4 * lines.start : 4 * lines.stop].swapaxes(0, 1)
        _put(xp, target, blocks, across)


def kernel_gradient(xp: ArrayNamespace, g: Value, x: Value, padding: Pads) -> Value:
    """The gradient (O, C, 3, 3) of the weights that made g (N, O, *places) of x (N, C, H, W).

    Where `fill` transforms products back, gradients are transformed by the transpose of that, and
    where it transforms weights, their gradients are transformed back.
    """
    across = _across(g)
    total: Value = None
    for images, lines in _tiles(g, across):
        cells = _turned_cells(xp, x[images], lines, across, padding)
        factors = _turned_gradients(xp, g[images], lines, across), xp.swapaxes(cells, 1, 2)
        use = "gradients" if total is None else "products"
        found = scratch(xp, use, (36, g.shape[1], x.shape[1]), g.dtype)
        xp.matmul(*factors, out=found)
        if total is None:
            total = found
        else:
            total += found
    weights = xp.matmul(total.reshape(36, -1).T, _matrices(xp.module, g.dtype)[1])
    return weights.reshape(g.shape[1], x.shape[1], 3, 3)


def _across(y: Value) -> int:
    """Blocks in a row: one too many, so that all blocks of a tile are contiguous in memory."""
    return int(-(-y.shape[3] // 4) + 1)


def _tiles(y: Value, across: int) -> Iterator[Tile]:
    """Ranges of images or rows of blocks."""
    return tiles(y.shape[0], (-(-y.shape[2] // 4), across), 1, BLOCKS, BLOCKS)


def _turned_cells(xp: ArrayNamespace, x: Value, lines: slice, across: int, padding: Pads) -> Value:
    """Every 6×6 block, four cells apart, of these rows of blocks: (36, C, blocks of all images)."""
    blocks = _blocks(xp, x, 6, lines, across, [before for before, _ in padding])
    both = scratch(xp, "cells", blocks.shape, x.dtype)
    xp.matmul(_matrices(xp.module, x.dtype)[0], blocks, out=both)
    return both.reshape(36, x.shape[1], -1)


def _turned_gradients(xp: ArrayNamespace, g: Value, lines: slice, across: int) -> Value:
    """Gradients of 4×4 cells as 6×6 cells: (36, O, blocks of all images)."""
    blocks = _blocks(xp, g, 4, lines, across, (0, 0))
    both = scratch(xp, "given", (36, blocks.shape[1]), g.dtype)
    xp.matmul(_matrices(xp.module, g.dtype)[2], blocks, out=both)
    return both.reshape(36, g.shape[1], -1)


def _blocks(
    xp: ArrayNamespace, x: Value, size: int, lines: slice, across: int, before: Sequence[int]
) -> Value:
    """Blocks of size × size cells, four cells apart: (size · size, C · blocks of all images).

    Rows are gathered first; then every fourth cell of all rows, which takes fewer and longer loops.
    before  how many rows and columns of zeros stand before x.
    """
    count = x.shape[0] * x.shape[1] * (lines.stop - lines.start) * across
    memory = scratch(xp, "products", (4 * size * count + 4,), x.dtype)
    memory[-4:] = 0
    rows = memory[:-4].reshape(size, x.shape[1], x.shape[0], -1, 4 * across)
    for i, row in enumerate(rows):
        take_apart(row, x.swapaxes(0, 1), (4 * lines.start + i - before[0], -before[1]), (4, 1))
    blocks = scratch(xp, "blocks", (size, size, count), x.dtype)
    for j in range(size):
        blocks[:, j] = memory[j : j + 4 * size * count : 4].reshape(size, count)
    return blocks.reshape(size * size, count)


def _put(xp: ArrayNamespace, target: Value, blocks: Value, across: int) -> None:
    """Put the cells of blocks (16, O · blocks of all images) into their places of (O, N, H, W):
    first beside each other, then row by row.
    """
    count = blocks.shape[1]
    memory = scratch(xp, "products", (4, count, 4), target.dtype)
    for j in range(4):
        memory[:, :, j] = blocks.reshape(4, 4, count)[:, j]
    rows = memory.reshape(4, *target.shape[:2], -1, 4 * across)
    for i in range(4):
        place = target[:, :, i::4]
        place[...] = rows[i, :, :, : place.shape[2], : place.shape[3]]
