"""Convolution by 3×3 weights with 16 instead of 36 products for every 2×2 cells of the output.

Winograd's F(2×2, 3×3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
(2015): both factors are transformed, by sums and differences, into 4×4 cells each; these are
multiplied place by place, which for many channels is 16 matrix products; and the products are
transformed back. The only factor is ½, so little accuracy is lost: see `GROWTH`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from gradviz.arrays.kernels.columns import Tile, tiles
from gradviz.arrays.kernels.scratch import scratch
from gradviz.arrays.kernels.windows import Sliding, take_apart
from gradviz.arrays.namespace import ArrayNamespace, Value

CHANNELS, PLACES = 64, 600
"""With fewer channels, or fewer places in all images, columns are faster."""
BLOCKS = 256
"""About how many 4×4 blocks are transformed at once: enough for matrix products to be fast, and few
enough for the cache.
"""
GROWTH = 36
"""A result is right to GROWTH · ε · (|b| + Σ the largest |x| of a channel · the sum of its |w|), ε
being the float's precision: the transforms of x and back sum up to 4 and 9 numbers, so roundings
are up to 36 times as large as those of a plain sum, and relative to neighbouring cells too.
Gradients of weights are right to GROWTH · ε · (the largest |x| of a channel · the sum of |g| of
another).
"""
TURN = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
"""The matrix that transforms three weights of a row or a column into four."""
TURNS = [[a * b for a in first for b in second] for first in TURN for second in TURN]
"""The same for the nine weights of both, which become 16."""
Pads = Sequence[tuple[int, int]]


def suits(
    xp: ArrayNamespace, weights: Sequence[int], window: Sliding, made: Sequence[int], groups: int
) -> bool:
    """Whether this is the fastest way to make an array (N, C, *places), or a gradient, with weights
    of this shape.
    """
    many = min(weights[1], weights[0] // groups) >= CHANNELS
    return (
        is_plain(window) and many and made[0] * made[2] * made[3] >= PLACES and xp.name != "exact"
    )


def is_plain(window: Sliding) -> bool:
    """Whether a window is of 3×3 cells side by side and moves cell by cell."""
    return (window.size, set(window.stride), set(window.dilation)) == ((3, 3), {1}, {1})


def turned_weights(xp: ArrayNamespace, w: Value, *, upside_down: bool = False) -> Value:
    """Weights (O, C, 3, 3) as 16 matrices (16, O, C), valid until the next call.

    `upside_down` reverses the weights first.
    """
    turn = xp.asarray(TURNS)
    both = scratch(xp, "weights", (16, *w.shape[:2]), w.dtype)
    xp.matmul(turn[:, ::-1] if upside_down else turn, w.reshape(-1, 9).T, out=both.reshape(16, -1))
    return both


def fill(xp: ArrayNamespace, y: Value, x: Value, weights: Value, b: Value, padding: Pads) -> None:
    """Fill y (N, O, *places) with the convolution of x (N, C, H, W) by weights (16, O, C), plus b.

    b is added to the product of row 1 and column 1, which each of a block's cells adds once.
    """
    across = _across(y)
    for images, lines in _tiles(y, across):
        cells = _turned_cells(xp, x[images], lines, across, padding)
        made = scratch(xp, "products", (16, y.shape[1], cells.shape[2]), y.dtype)
        xp.matmul(weights, cells, out=made)
        if b is not None:
            made[5] += b[:, None]
        _turn_back(xp, made, y[images, :, 2 * lines.start : 2 * lines.stop].swapaxes(0, 1), across)


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
        found = scratch(xp, use, (16, g.shape[1], x.shape[1]), g.dtype)
        xp.matmul(*factors, out=found)
        if total is None:
            total = found
        else:
            total += found
    weights = xp.matmul(total.reshape(16, -1).T, xp.asarray(TURNS))
    return weights.reshape(g.shape[1], x.shape[1], 3, 3)


def _across(y: Value) -> int:
    """Blocks in a row: one too many, so that all blocks of a tile are contiguous in memory."""
    return int(-(-y.shape[3] // 2) + 1)


def _tiles(y: Value, across: int) -> Iterator[Tile]:
    """Ranges of images or rows of blocks."""
    return tiles(y.shape[0], (-(-y.shape[2] // 2), across), 1, BLOCKS, BLOCKS)


def _turned_cells(xp: ArrayNamespace, x: Value, lines: slice, across: int, padding: Pads) -> Value:
    """Every 4×4 block, two cells apart, of these rows of blocks: (16, C, blocks of all images)."""
    images, channels = x.shape[:2]
    count = lines.stop - lines.start
    parted = scratch(xp, "cells", (2, 2, channels, images, count + 1, across), x.dtype)
    for i, j in product(range(2), range(2)):
        first = 2 * lines.start + i - padding[0][0], j - padding[1][0]
        take_apart(parted[i, j], x.swapaxes(0, 1), first, (2, 2))
    size = channels * images * count * across
    memory = scratch(xp, "products", (8 * size + 1,), x.dtype)
    memory[-1] = 0
    rows = memory[:-1].reshape(4, *parted.shape[1:4], count, across)
    a, b = parted[..., :-1, :]
    c, d = parted[..., 1:, :]
    _dealt(xp, (a, b, c, d), rows)
    both = scratch(xp, "cells", (4, 4, size), x.dtype)
    near, far = memory[:-1].reshape(4, 2, size), memory[1:].reshape(4, 2, size)
    _dealt(xp, (near[:, 0], near[:, 1], far[:, 0], far[:, 1]), both.swapaxes(0, 1))
    return both.reshape(16, channels, -1)


def _dealt(xp: ArrayNamespace, cells: Sequence[Any], four: Value) -> None:
    """a − c, b + c, c − b, d − b."""
    a, b, c, d = cells
    xp.module.subtract(a, c, out=four[0])
    xp.module.add(b, c, out=four[1])
    xp.module.subtract(c, b, out=four[2])
    xp.module.subtract(d, b, out=four[3])


def _turn_back(xp: ArrayNamespace, made: Value, target: Value, across: int) -> None:
    """Put products (16, O, blocks), which are overwritten, as cells into a target (O, N, rows,
    columns): first down the columns, then along the rows.
    """
    _gather(made.reshape(4, -1))
    some = made.reshape(4, 4, -1)[:2].swapaxes(0, 1)
    some[0] += some[1]
    some[1] -= some[2]
    blocks = some.reshape(4, 2, *target.shape[:2], -1, across)
    for i, j in product(range(2), range(2)):
        place = target[..., i::2, j::2]
        there = (..., slice(place.shape[-2]), slice(place.shape[-1]))
        xp.module.add(blocks[(j, i, *there)], blocks[(2 + j, i, *there)], out=place)


def _gather(four: Value) -> None:
    """a + b + c and b − c + d in the places of a and b."""
    four[0] += four[1]
    four[0] += four[2]
    four[1] -= four[2]
    four[1] += four[3]


def _turned_gradients(xp: ArrayNamespace, g: Value, lines: slice, across: int) -> Value:
    """Gradients of 2×2 cells as 4×4 cells, a, a + b, a − b, b: (16, O, blocks of all images)."""
    images, channels = g.shape[:2]
    both = scratch(xp, "given", (4, 4, channels, images, lines.stop - lines.start, across), g.dtype)
    for i, j in product(range(2), range(2)):
        first = 2 * lines.start + i, j
        take_apart(both[3 * i, 3 * j], g.swapaxes(0, 1), first, (2, 2))
    for four in (both[:, ::3], both.swapaxes(0, 1)):
        xp.module.add(four[0], four[3], out=four[1])
        xp.module.subtract(four[0], four[3], out=four[2])
    return both.reshape(16, channels, -1)
