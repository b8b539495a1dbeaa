"""im2col for every backend: the cells under a sliding window as columns of a matrix, tile by tile.

Images are NCHW. Each place of the window is a column: its cells channel by channel, row by row.
Weights have the same order in memory, so they are multiplied as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.arrays.kernels.scratch import scratch
from gradviz.arrays.kernels.windows import Sliding, windows
from gradviz.arrays.namespace import ArrayNamespace, Value

TILE = 1 << 22
"""Bytes of columns held at once; they should stay in the cache."""
PLACES = 768
"""With fewer columns than this, matrix products are slow."""
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
    met = windows(xp, x, window)[:, :, : out[0], : out[1]].transpose(1, 4, 5, 0, 2, 3)
    for tile in tiles(x.shape[0], out, cells * x.itemsize, least):
        part = met[(..., *tile, slice(None))]
        matrix = scratch(xp, "columns", part.shape, x.dtype)
        xp.module.copyto(matrix, part)
        yield tile, matrix.reshape(cells, -1)


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
