"""Convolution by 3×3 weights with 16 instead of 36 products for every 2×2 cells of the output.

Winograd's F(2×2, 3×3), after Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015): both
factors are turned, by sums and differences, into 4×4 cells each; these multiply place by place, which for many
channels is 16 matrix products; and the products are turned back. The only factor is ½, so little accuracy is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.arrays.columns import channels_last
from gradviz.arrays.windows import Sliding

CHANNELS, PLACES = 96, 3000
"""Fewer channels, or places in all images, are faster by columns."""
CHUNK = 256
"""The least number of 4×4 blocks that are turned at once."""
BYTES = 1 << 21
"""How many bytes their cells take, where that is more."""
FEW = 32
"""How many output channels' weights are turned at once, so that they stay in the cache."""


def suits(xp: Any, x: Any, made: int, window: Sliding, out: Sequence[int]) -> bool:
    """Whether this is the fastest way for an input (NCHW) with `made` output channels."""
    plain = (window.size, set(window.stride), set(window.dilation)) == ((3, 3), {1}, {1})
    return plain and xp.name != "exact" and min(x.shape[1], made) >= CHANNELS and x.shape[0] * out[0] * out[1] >= PLACES


def turned_weights(xp: Any, last: Any) -> Any:
    """Weights as (O, 3, 3, C) turned into 16 matrices: (16, O, C)."""
    made, _, _, channels = last.shape
    both = xp.module.empty((4, 4, made, channels), last.dtype)
    for start in range(0, made, FEW):
        some = slice(start, start + FEW)
        rows = xp.module.empty((4, *last[some].shape[::2], channels), last.dtype)
        _spread_weights(xp, [last[some, k] for k in range(3)], rows)
        _spread_weights(xp, [rows[:, :, k] for k in range(3)], [both[:, k, some] for k in range(4)])
    return both.reshape(16, made, channels)


def _spread_weights(xp: Any, three: Sequence[Any], four: Any) -> None:
    """a, (a + b + c)/2, (a − b + c)/2, c."""
    a, b, c = three
    four[0][...], four[3][...] = a, c
    half, middle = xp.module.add(a, c), b / 2
    half /= 2
    xp.module.add(half, middle, out=four[1])
    xp.module.subtract(half, middle, out=four[2])


def products(xp: Any, x: Any, weights: Any, b: Any, window: Sliding, into: Any) -> None:
    """Fill `into` (N, *places, O) with the convolution of x (NCHW) by turned weights (16, C, O), plus b."""
    images, down, across = into.shape[0], -(-into.shape[1] // 2), -(-into.shape[2] // 2)
    (top, _), (left, _) = window.padding
    pads = ((top, 2 * down + 2 - x.shape[2] - top), (left, 2 * across + 2 - x.shape[3] - left))
    wide = channels_last(xp, x, pads)
    for some, lines in _chunks(images, down, across * x.shape[1] * x.itemsize, across):
        cells = _turned_cells(xp, wide[some, 2 * lines.start : 2 * lines.stop + 2], across)
        made = xp.matmul(cells.reshape(16, -1, x.shape[1]), weights)
        target = into[some, 2 * lines.start : 2 * lines.stop]
        _turn_back(xp, made.reshape(4, 4, *cells.shape[2:5], into.shape[3]), target)
        if b is not None:
            target += b


def _turned_cells(xp: Any, strip: Any, across: int) -> Any:
    """Every 4×4 block of a strip (N, rows, columns, C), two cells apart: (4, 4, N, blocks down, blocks across, C)."""
    images, height, width, channels = strip.shape
    lines = height // 2 - 1
    rows = xp.module.empty((4, images, lines, width, channels), strip.dtype)
    _spread_cells(xp, [strip[:, k : k + 2 * lines - 1 : 2] for k in range(4)], rows)
    both = xp.module.empty((4, 4, images, lines, across, channels), strip.dtype)
    parts = [rows[:, :, :, k : k + 2 * across - 1 : 2] for k in range(4)]
    _spread_cells(xp, parts, [both[:, k] for k in range(4)])
    return both


def _spread_cells(xp: Any, cells: Sequence[Any], four: Any) -> None:
    """a − c, b + c, c − b, b − d."""
    a, b, c, d = cells
    xp.module.subtract(a, c, out=four[0])
    xp.module.add(b, c, out=four[1])
    xp.module.subtract(c, b, out=four[2])
    xp.module.subtract(b, d, out=four[3])


def _turn_back(xp: Any, made: Any, target: Any) -> None:
    """Products (4, 4, N, blocks down, blocks across, O) as cells of the output: a + b + c and b − c − d each way."""
    first, second = made[0] + made[1], made[1] - made[2]
    first += made[2]
    second -= made[3]
    for i, (a, b, c, d) in enumerate((first, second)):
        for j in range(2):
            cells = target[:, i::2, j::2]
            parts = [p[:, : cells.shape[1], : cells.shape[2]] for p in ((a, b, c) if j == 0 else (b, c, d))]
            combine = xp.module.add if j == 0 else xp.module.subtract
            combine(parts[0], parts[1], out=cells)
            combine(cells, parts[2], out=cells)


def _chunks(images: int, down: int, line: int, across: int) -> Iterator[tuple[slice, slice]]:
    """Stretches of images or of lines of blocks; `line` is the bytes of a line of one of the 16 cells."""
    lines = max(1, BYTES // (16 * line), -(-CHUNK // across))
    if lines >= down:
        step = lines // down
        for start in range(0, images, step):
            yield slice(start, min(start + step, images)), slice(0, down)
        return
    lines = -(-down // -(-down // lines))
    for image in range(images):
        for start in range(0, down, lines):
            yield slice(image, image + 1), slice(start, min(start + lines, down))
