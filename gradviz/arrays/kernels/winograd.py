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
from gradviz.arrays.kernels.windows import Sliding
from gradviz.arrays.namespace import ArrayNamespace, Value

CHANNELS, PLACES = 64, 600
"""With fewer channels, or fewer places in all images, columns are faster."""
MANY = 96
"""Channels of which products take longer than transforms."""
FEW = 1 << 20
"""Bytes of transformed cells held at once of fewer channels."""
BLOCKS = 256
"""The least number of 4×4 blocks that are transformed at once."""
GROWTH = 36
"""A result is right to GROWTH · ε · Σ (the largest |x| of a channel · the sum of its |w|), ε being
the float's precision: the transforms of x and back sum up to 4 and 9 numbers, so roundings are up
to 36 times as large as those of a plain sum, and relative to neighbouring cells too. Gradients of
weights are right to GROWTH · ε · (the largest |x| of a channel · the sum of |g| of another).
"""
TURN = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
"""The matrix that transforms three weights of a row or a column into four."""


def suits(
    xp: ArrayNamespace, weights: Sequence[int], window: Sliding, made: Sequence[int], groups: int
) -> bool:
    """Whether this is the fastest way to make an array (N, C, *places), or a gradient, with weights
    of this shape.
    """
    plain = (window.size, set(window.stride), set(window.dilation)) == ((3, 3), {1}, {1})
    many = min(weights[1], weights[0] // groups) >= CHANNELS
    return plain and many and made[0] * made[2] * made[3] >= PLACES and xp.name != "exact"


def turned_weights(xp: ArrayNamespace, w: Value, *, upside_down: bool = False) -> Value:
    """Weights (O, C, 3, 3) as 16 matrices (16, O, C), valid until the next call.

    `upside_down` reverses the weights first.
    """
    turn = xp.module.kron(xp.asarray(TURN), xp.asarray(TURN))
    both = scratch(xp, "weights", (16, *w.shape[:2]), w.dtype)
    xp.matmul(turn[:, ::-1] if upside_down else turn, w.reshape(-1, 9).T, out=both.reshape(16, -1))
    return both


def fill(
    xp: ArrayNamespace,
    y: Value,
    x: Value,
    weights: Value,
    b: Value,
    padding: Sequence[tuple[int, int]],
) -> None:
    """Fill y (N, O, *places) with the convolution of x (N, C, H, W) by weights (16, O, C), plus b.

    There is one column of blocks too many, so that all blocks of a tile are contiguous in memory.
    """
    down, across = -(-y.shape[2] // 2), -(-y.shape[3] // 2) + 1
    parted, bias = (
        _parted(xp, x, padding, down + 1, across),
        (0 if b is None else b[:, None, None, None]),
    )
    for images, lines in _tiles(x, down, across):
        cells = _turned_cells(
            xp, parted[..., images, lines.start * across : (lines.stop + 1) * across], across
        )
        made = scratch(xp, "products", (16, y.shape[1], cells[0, 0, 0].size), y.dtype)
        xp.matmul(weights, cells.reshape(16, x.shape[1], -1), out=made)
        blocks = made.reshape(4, 4, y.shape[1], cells.shape[3], -1, across)
        _turn_back(xp, blocks, bias, y[images, :, 2 * lines.start : 2 * lines.stop].swapaxes(0, 1))


def kernel_gradient(
    xp: ArrayNamespace, g: Value, x: Value, padding: Sequence[tuple[int, int]]
) -> Value:
    """The gradient (O, C, 3, 3) of the weights that made g (N, O, *places) of x (N, C, H, W).

    Where `fill` transforms products back, gradients are transformed by the transpose of that, and
    where it transforms weights, their gradients are transformed back.
    """
    down, across = -(-g.shape[2] // 2), -(-g.shape[3] // 2) + 1
    parted = _parted(xp, x, padding, down + 1, across)
    total = scratch(xp, "gradients", (16, g.shape[1], x.shape[1]), g.dtype)
    total.fill(0)
    for images, lines in _tiles(x, down, across):
        met = parted[..., images, lines.start * across : (lines.stop + 1) * across]
        cells = _turned_cells(xp, met, across).reshape(16, x.shape[1], -1)
        given = _turned_gradients(xp, g[images, :, 2 * lines.start : 2 * lines.stop], lines, across)
        found = scratch(xp, "products", total.shape, g.dtype)
        total += xp.matmul(given, xp.swapaxes(cells, 1, 2), out=found)
    turn = xp.module.kron(xp.asarray(TURN), xp.asarray(TURN))
    return xp.matmul(total.reshape(16, -1).T, turn).reshape(g.shape[1], x.shape[1], 3, 3)


def _turned_gradients(xp: ArrayNamespace, g: Value, lines: slice, across: int) -> Value:
    """Gradients of 2×2 cells as 4×4 cells: (16, O, blocks of all images)."""
    shape = (g.shape[1], g.shape[0], lines.stop - lines.start, across)
    cells = scratch(xp, "given", (2, 2, *shape), g.dtype)
    cells.fill(0)
    for i, j in product(range(2), range(2)):
        some = g[:, :, i::2, j::2].swapaxes(0, 1)
        cells[i, j, :, :, : some.shape[2], : some.shape[3]] = some
    rows = scratch(xp, "given rows", (4, 2, *shape), g.dtype)
    _dealt(xp, cells, rows)
    both = scratch(xp, "given cells", (4, 4, *shape), g.dtype)
    _dealt(xp, rows.swapaxes(0, 1), both.swapaxes(0, 1))
    return both.reshape(16, g.shape[1], -1)


def _dealt(xp: ArrayNamespace, two: Value, four: Value) -> None:
    """a, a + b, a − b, −b."""
    a, b = two
    four[0] = a
    xp.module.add(a, b, out=four[1])
    xp.module.subtract(a, b, out=four[2])
    xp.module.negative(b, out=four[3])


def _tiles(x: Value, down: int, across: int) -> Iterator[Tile]:
    """Ranges of images or rows of blocks; of few channels, whose transforms take longer than their
    products, only as many as stay in the second cache.
    """
    size = None if x.shape[1] >= MANY else FEW
    return tiles(x.shape[0], (down, across), 16 * x.shape[1] * x.itemsize, BLOCKS, size)


def _parted(
    xp: ArrayNamespace, x: Value, padding: Sequence[tuple[int, int]], down: int, across: int
) -> Value:
    """x with its padding, even and odd rows and columns apart: (2, 2, C, N, down · across).

    This makes blocks that are two cells apart neighbours in memory.
    """
    out = scratch(xp, "parted", (2, 2, x.shape[1], x.shape[0], down, across), x.dtype)
    out[...] = 0
    for parity in product(range(2), range(2)):
        taken = [
            slice((lead + odd) % 2, None, 2) for odd, (lead, _) in zip(parity, padding, strict=True)
        ]
        some = x[(..., *taken)].swapaxes(0, 1)
        starts = [(lead + 1 - odd) // 2 for odd, (lead, _) in zip(parity, padding, strict=True)]
        out[
            (*parity, ..., *(slice(k, k + n) for k, n in zip(starts, some.shape[2:], strict=True)))
        ] = some
    return out.reshape(*out.shape[:4], -1)


def _turned_cells(xp: ArrayNamespace, parted: Value, across: int) -> Value:
    """Every 4×4 block, two cells apart: (4, 4, C, N, blocks)."""
    blocks = parted.shape[4] - across
    rows = scratch(xp, "rows", (4, *parted.shape[1:4], blocks), parted.dtype)
    _spread(xp, [parted[k % 2, ..., k // 2 * across :][..., :blocks] for k in range(4)], rows)
    both = scratch(xp, "cells", (4, *rows.shape[:1], *rows.shape[2:]), parted.dtype)
    both[..., -1] = 0
    _spread(
        xp,
        [rows[:, k % 2, ..., k // 2 :][..., : blocks - 1] for k in range(4)],
        both[..., :-1].swapaxes(0, 1),
    )
    return both


def _spread(xp: ArrayNamespace, cells: Sequence[Any], four: Value) -> None:
    """a − c, b + c, c − b, b − d."""
    a, b, c, d = cells
    xp.module.subtract(a, c, out=four[0])
    xp.module.add(b, c, out=four[1])
    xp.module.subtract(c, b, out=four[2])
    xp.module.subtract(b, d, out=four[3])


def _turn_back(xp: ArrayNamespace, made: Value, bias: Value, target: Value) -> None:
    """Products (4, 4, O, N, blocks down, blocks across) as output cells: rows, then columns."""
    for i, four in enumerate(_gathered(xp, made, "back")):
        for j, cells in enumerate(_gathered(xp, four, "cells back")):
            place = target[..., i::2, j::2]
            xp.module.add(cells[..., : place.shape[-2], : place.shape[-1]], bias, out=place)


def _gathered(xp: ArrayNamespace, four: Value, use: str) -> Value:
    """a + b + c, b − c − d."""
    a, b, c, d = four
    both = scratch(xp, use, (2, *a.shape), a.dtype)
    xp.module.add(a, b, out=both[0])
    xp.module.subtract(b, c, out=both[1])
    both[0] += c
    both[1] -= d
    return both
