"""im2col for every backend: the cells under a sliding window as columns of a matrix, tile by tile.

Images are NCHW. Each place of the window is a column: its cells channel by channel, row by row.
Weights have the same order in memory, so they are multiplied as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from gradviz.arrays.kernels.scratch import scratch
from gradviz.arrays.kernels.windows import Sliding, windows
from gradviz.arrays.namespace import ArrayNamespace, Value

TILE = 1 << 22
"""Bytes of columns held at once; they should stay in the cache."""
PLACES = 768
"""With fewer columns than this, matrix products are slow."""
SMALL = 1 << 18
"""Bytes of columns below which a second copy costs more than it saves."""
Tile = tuple[slice, slice]


def columns(
    xp: ArrayNamespace, x: Value, window: Sliding, out: Sequence[int], least: int = PLACES
) -> Iterator[tuple[Tile, Any]]:
    """Every tile (images, output rows) with its columns: one matrix row per cell of the window.

    x NCHW. out how many places the window takes. least the least number of columns of a matrix, if
    there are that many.

    A matrix is valid until the next one is asked for.
    """
    x, cells = xp.module.ascontiguousarray(x), x.shape[1] * math.prod(window.size)
    every_cell = x.shape[2:] == tuple(out) and not any(map(any, window.padding))
    if x.shape[0] == 1 and cells == x.shape[1] and every_cell:
        yield (slice(0, 1), slice(0, out[0])), x.reshape(cells, -1)
        return
    height, step = window.size[0], window.stride[0]
    overlapping = height > 2 * step and cells * math.prod(out) * x.itemsize >= SMALL
    gathered = _row_by_row if overlapping and xp.name == "numpy" else _at_once
    for tile, matrix in gathered(
        xp, x, window, out, tiles(x.shape[0], out, cells * x.itemsize, least)
    ):
        yield tile, matrix.reshape(cells, -1)


def _at_once(
    xp: ArrayNamespace, x: Value, window: Sliding, out: Sequence[int], parts: Iterator[Tile]
) -> Iterator[tuple[Tile, Any]]:
    met = windows(xp, x, window)[:, :, : out[0], : out[1]].transpose(1, 4, 5, 0, 2, 3)
    for tile in parts:
        yield tile, _copied(xp, "columns", met[(..., *tile, slice(None))])


def _row_by_row(
    xp: ArrayNamespace, x: Value, window: Sliding, out: Sequence[int], parts: Iterator[Tile]
) -> Iterator[tuple[Tile, Any]]:
    """The same, gathered along the rows first: rows that overlapping windows share are then copied
    in long stretches.
    """
    along, down = _one_way(window, 1), _one_way(window, 0)
    met = windows(xp, x, along)[:, :, :, : out[1], 0].transpose(1, 4, 0, 2, 3)
    for images, lines in parts:
        first, last = (window.stride[0] * line for line in (lines.start, lines.stop - 1))
        seen = met[:, :, images, first : last + window.dilation[0] * (window.size[0] - 1) + 1]
        rows = _copied(xp, "row cells", seen)
        under = windows(xp, rows, down)[..., 0].transpose(0, 5, 1, 2, 3, 4)
        yield (images, lines), _copied(xp, "columns", under)


def _copied(xp: ArrayNamespace, use: str, view: Value) -> Value:
    """What the view shows, one after the other in memory that is used again."""
    memory = scratch(xp, use, view.shape, view.dtype)
    xp.module.copyto(memory, view)
    return memory


@lru_cache(maxsize=256)
def _one_way(window: Any, axis: int) -> Any:
    """The part of a window along one axis: along the rows with all the padding, down without."""
    sizes, strides, dilations = ([1, 1] for _ in range(3))
    sizes[axis], strides[axis] = window.size[axis], window.stride[axis]
    dilations[axis] = window.dilation[axis]
    return replace(
        window,
        size=tuple(sizes),
        stride=tuple(strides),
        padding=window.padding if axis else ((0, 0), (0, 0)),
        dilation=tuple(dilations),
    )


def tiles(
    images: int, out: Sequence[int], column: int, least: int = PLACES, size: int | None = None
) -> Iterator[Tile]:
    """Ranges of images or output rows whose columns take about `size` bytes (TILE), but at
    least `least`.

    column the bytes of one column.
    """
    lines = max(1, (size or TILE) // max(1, column * out[1]), -(-least // out[1]))
    if lines >= out[0]:
        step = lines // out[0]
        for start in range(0, images, step):
            yield slice(start, min(start + step, images)), slice(0, out[0])
        return
    lines = -(-out[0] // -(-out[0] // lines))  # tiles of about equal size
    for image in range(images):
        for start in range(0, out[0], lines):
            yield slice(image, image + 1), slice(start, min(start + lines, out[0]))
