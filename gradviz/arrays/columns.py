"""The cells under a sliding window as the rows of a matrix (im2col), a tile at a time, for every backend.

Images are NCHW at the interface. Each place of the window is a row: its cells, channel by channel or with the
channels last, whichever can be copied in longer stretches.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.arrays.windows import Sliding, inside, windows

TILE = 1 << 22
"""Bytes of columns that are alive at once; they should stay in the cache."""
ROWS = 512
"""Fewer rows than these make a matrix product slow."""
CHANNELS_FIRST, CHANNELS_LAST = (0, 1, 2, 3), (0, 2, 3, 1)
"""How the axes of weights (out, in, height, width) are ordered to meet the columns."""
Tile = tuple[slice, slice]


def order(window: Sliding, channels: int, out: Sequence[int]) -> tuple[int, ...]:
    """Whether channels come first or last in the columns."""
    adjacent = window.size[1] if window.dilation[1] == 1 else 1
    return CHANNELS_FIRST if 2 * channels * adjacent < out[1] else CHANNELS_LAST


def columns(xp: Any, x: Any, window: Sliding, out: Sequence[int], rows: int = ROWS) -> Iterator[tuple[Tile, Any]]:
    """Every tile (images, output rows) with its columns: a matrix with a row for each place.

    x     NCHW; laid out with the channels last in memory it is copied fastest.
    out   how many places the window takes.
    rows  the least number of rows of a matrix, where there are as many.

    A matrix is valid until the next one is asked for.
    """
    if order(window, x.shape[1], out) == CHANNELS_FIRST:
        return _channels_first(xp, x, window, out, rows)
    return _channels_last(xp, x, window, out, rows)


def _channels_last(xp: Any, x: Any, window: Sliding, out: Sequence[int], rows: int) -> Iterator[tuple[Tile, Any]]:
    wide, cells = channels_last(xp, x, window.padding), math.prod(window.size) * x.shape[1]
    if cells == x.shape[1] and wide.shape[1:3] == tuple(out):
        yield (slice(0, x.shape[0]), slice(0, out[0])), wide.reshape(-1, cells)
        return
    n, h, w, c = wide.strides
    (down, right), (lower, further) = window.stride, window.dilation
    view = xp.module.lib.stride_tricks.as_strided(
        wide, (x.shape[0], *out, *window.size, x.shape[1]), (n, h * down, w * right, h * lower, w * further, c)
    )
    buffer = None
    for tile in tiles(x.shape[0], out, cells * x.itemsize, rows):
        part = view[tile]
        if buffer is None:
            buffer = xp.module.empty(part.size, x.dtype)
        filled = buffer[: part.size].reshape(part.shape)
        xp.module.copyto(filled, part)
        yield tile, filled.reshape(-1, cells)


def _channels_first(xp: Any, x: Any, window: Sliding, out: Sequence[int], rows: int) -> Iterator[tuple[Tile, Any]]:
    view = windows(xp, x, window)[:, :, : out[0], : out[1]].transpose(0, 1, 4, 5, 2, 3)
    cells, buffer = math.prod(window.size) * x.shape[1], None
    for images, lines in tiles(x.shape[0], out, cells * x.itemsize, rows):
        part = view[images, ..., lines, :].transpose(1, 2, 3, 0, 4, 5)
        if buffer is None:
            buffer = xp.module.empty(part.size, x.dtype)
        filled = buffer[: part.size].reshape(part.shape)
        xp.module.copyto(filled, part)
        yield (images, lines), filled.reshape(cells, -1).T


def channels_last(xp: Any, x: Any, pads: Sequence[tuple[int, int]]) -> Any:
    """NCHW as NHWC in one piece of memory, with a padding of zeros."""
    turned = x.transpose(0, 2, 3, 1)
    if not any(map(any, pads)):
        return xp.module.ascontiguousarray(turned)
    sizes = turned.shape[1:3]
    wide = tuple(n + before + after for n, (before, after) in zip(sizes, pads, strict=True))
    out = xp.module.zeros((turned.shape[0], *wide, turned.shape[3]), x.dtype)
    out[(slice(None), *inside(pads, sizes))] = turned
    return out


def tiles(images: int, out: Sequence[int], row: int, least: int = 0) -> Iterator[Tile]:
    """Stretches of images or of output rows whose columns take about TILE bytes, or `least` rows of columns.

    row  the bytes of a row of columns.
    """
    lines = max(1, TILE // max(1, row * out[1]), -(-least // out[1]))
    if lines >= out[0]:
        step = lines // out[0]
        for start in range(0, images, step):
            yield slice(start, min(start + step, images)), slice(0, out[0])
        return
    lines = -(-out[0] // -(-out[0] // lines))  # tiles of about equal size
    for image in range(images):
        for start in range(0, out[0], lines):
            yield slice(image, image + 1), slice(start, min(start + lines, out[0]))
