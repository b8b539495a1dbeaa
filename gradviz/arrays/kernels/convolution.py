"""Convolution as matrix products, for every backend: forward, and backward to input and weights.

Arrays are NCHW. Weights are (out channels, in channels per group, height, width). Groups multiply
side by side, as a batch of matrices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gradviz.arrays.kernels import device, winograd, winograd_4x4
from gradviz.arrays.kernels.columns import Tile, columns, tiles
from gradviz.arrays.kernels.scratch import fresh, scratch
from gradviz.arrays.kernels.windows import Sliding, meetings
from gradviz.arrays.namespace import ArrayNamespace, Value

MANY = 1536
"""Columns below which adding up the weight gradients of tiles would cost more than it saves."""


def correlate(
    xp: ArrayNamespace, x: Value, w: Value, b: Value, window: Sliding, groups: int = 1
) -> Value:
    """At each place the sum of weights times the cells under them, plus b: (N, O, *places)."""
    if xp.name == "cupy":
        return device.correlate(xp, x, w, b, window, groups)
    out = window.out(x.shape[2:])
    y = fresh(xp, (x.shape[0], w.shape[0], *out), x.dtype)
    if way := _by_blocks(xp, w.shape, window, y.shape, groups):
        for inputs, outputs in _groups(w.shape, groups):
            weights, bias = (
                way.turned_weights(xp, w[outputs]),
                (None if b is None else b[outputs]),
            )
            way.fill(xp, y[:, outputs], x[:, inputs], weights, bias, window.padding)
        return y
    weights = w.reshape(groups, w.shape[0] // groups, -1)
    for tile, cells in columns(xp, x, window, out):
        part, sides = _part(y, tile), cells.reshape(groups, weights.shape[2], -1)
        if part.shape[1] == 1:
            xp.matmul(weights, sides, out=part.reshape(*weights.shape[:2], -1))
        else:
            part[...] = xp.matmul(weights, sides).reshape(part.shape)
        if b is not None:
            part += b[:, None, None, None]
    return y


def correlate_kernel(
    xp: ArrayNamespace, g: Value, x: Value, shape: Sequence[int], window: Sliding, groups: int = 1
) -> Value:
    """The gradient of weights of this shape.

    Each weight gets the sum of the cells that it met times the gradients of the outputs they fed.
    """
    if xp.name == "cupy":
        return device.correlate_kernel(xp, g, x, shape, window, groups)
    if way := _by_blocks(xp, shape, window, g.shape, groups):
        found = [
            way.kernel_gradient(xp, g[:, outputs], x[:, inputs], window.padding)
            for inputs, outputs in _groups(shape, groups)
        ]
        return found[0] if groups == 1 else xp.concatenate(found)
    total = None
    for tile, cells in columns(xp, x, window, g.shape[2:], MANY):
        sides = cells.reshape(groups, cells.shape[0] // groups, -1)
        factors = _rows(g, tile, groups), xp.swapaxes(sides, 1, 2)
        if total is None:
            total = xp.matmul(
                *factors, out=fresh(xp, (*factors[0].shape[:2], factors[1].shape[2]), g.dtype)
            )
        else:
            total += xp.matmul(*factors, out=scratch(xp, "found", total.shape, total.dtype))
    return xp.zeros(tuple(shape)) if total is None else total.reshape(shape)


def correlate_input(
    xp: ArrayNamespace, g: Value, w: Value, window: Sliding, sizes: Sequence[int], groups: int = 1
) -> Value:
    """The gradient of an input with these spatial sizes; the values of a transposed convolution.

    Every output sends its gradient times the weight to each cell under its window; overlaps add
    up (col2im).
    """
    if xp.name == "cupy":
        return device.correlate_input(xp, g, w, window, sizes, groups)
    shape = (g.shape[0], w.shape[1] * groups, *sizes)
    back = _turned(window, g.shape[2:], sizes)
    if back is not None and (way := _by_blocks(xp, w.shape, back, shape, groups)):
        x = fresh(xp, shape, g.dtype)
        for inputs, outputs in _groups(w.shape, groups):
            weights = xp.swapaxes(way.turned_weights(xp, w[outputs], upside_down=True), 1, 2)
            way.fill(xp, x[:, inputs], g[:, outputs], weights, None, back.padding)
        return x
    weights = xp.swapaxes(w.reshape(groups, w.shape[0] // groups, -1), 1, 2)
    x = fresh(xp, shape, g.dtype)
    x.fill(0)
    for tile in tiles(g.shape[0], g.shape[2:], shape[1] * w[0, 0].nbytes):
        arriving, (images, lines) = _rows(g, tile, groups), tile
        sent = scratch(xp, "sent", (*weights.shape[:2], arriving.shape[2]), g.dtype)
        multiply = (
            xp.matmul if arriving.shape[1] > 1 else xp.module.multiply
        )  # matmul is slow at outer products
        multiply(weights, arriving, out=sent)
        stamps = sent.reshape(shape[1], *window.size, -1, lines.stop - lines.start, g.shape[3])
        _stamp(xp, x[images].swapaxes(0, 1), stamps, window, lines)
    return x


def _by_blocks(
    xp: ArrayNamespace, weights: Sequence[int], window: Any, made: Sequence[int], groups: int
) -> Any:
    """The module of Winograd's transforms that is the fastest way to make an array of this shape
    with weights of that; None if products of columns are.
    """
    ways = (way for way in (winograd_4x4, winograd) if way.suits(xp, weights, window, made, groups))
    return next(ways, None)


def _stamp(xp: ArrayNamespace, x: Value, stamps: Value, window: Sliding, lines: slice) -> None:
    """Add stamps (C, *window, N, output rows, columns) to x (C, N, H, W): first down the columns,
    whose cells are long stretches of memory, then along the rows, which takes fewer sums than cell
    by cell.
    """
    height, width = x.shape[2:]
    down = meetings(window, 0, lines.start, lines.stop, height)
    first = min(cells.start for _, cells in down)
    met = x[:, :, first : max(cells.stop for _, cells in down)]
    columns = scratch(
        xp, "stamped", (x.shape[0], *stamps.shape[2:4], met.shape[2], stamps.shape[5]), x.dtype
    )
    columns.fill(0)
    for i, (places, cells) in enumerate(down):
        there = slice(cells.start - first, cells.stop - first, cells.step)
        columns[:, :, :, there] += stamps[:, i, :, :, places]
    for j, (places, cells) in enumerate(meetings(window, 1, 0, stamps.shape[5], width)):
        met[..., cells] += columns[:, j, ..., places]


def _part(y: Value, tile: Tile) -> Value:
    """A tile of an NCHW array, channels first: (C, images, rows, columns)."""
    images, lines = tile
    return y[images, :, lines].swapaxes(0, 1)


def _rows(g: Value, tile: Tile, groups: int) -> Value:
    """A tile of an NCHW array as one matrix per group, with one row per channel."""
    return _part(g, tile).reshape(groups, g.shape[1] // groups, -1)


def _turned(window: Any, seen: Sequence[int], sizes: Sequence[int]) -> Any:
    """The window of the backward pass, over gradients of size `seen`; None if it is not a plain
    one.
    """
    spans = [d * (k - 1) for k, d in zip(window.size, window.dilation, strict=True)]
    before = [span - pad for span, (pad, _) in zip(spans, window.padding, strict=True)]
    rows = zip(sizes, seen, before, spans, strict=True)
    after = [wanted - n - lead + span for wanted, n, lead, span in rows]
    if set(window.stride) != {1} or min(*before, *after) < 0:
        return None
    return replace(window, padding=tuple(zip(before, after, strict=True)))


def _groups(shape: Sequence[int], groups: int) -> Iterator[tuple[slice, slice]]:
    """The input and output channels of each group."""
    made, own = shape[0] // groups, shape[1]
    for k in range(groups):
        yield slice(k * own, (k + 1) * own), slice(k * made, (k + 1) * made)
