"""Convolution as matrix products, for every backend: the pass forward and the two ways back.

Arrays are NCHW at the interface and come out with their channels last in memory, so that the next layer copies
little. Weights are (out channels, in channels per group, height, width).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from gradviz.arrays import winograd
from gradviz.arrays.columns import CHANNELS_LAST, channels_last, columns, order, tiles
from gradviz.arrays.windows import Sliding, inside

ROWS = 2048
"""Rows of columns below which adding up the weight gradients of tiles would cost more than it saves."""
FEWER = 2
"""So many times fewer input than output channels make stamping the faster way back."""


def correlate(xp: Any, x: Any, w: Any, b: Any, window: Sliding, groups: int = 1) -> Any:
    """At each place every weight times the input cell that it meets, summed, plus b: (N, O, *places)."""
    out = window.out(x.shape[2:])
    y = xp.module.empty((x.shape[0], *out, w.shape[0]), x.dtype)
    for inputs, outputs in _groups(w.shape, groups):
        _forward(xp, x[:, inputs], w[outputs], None if b is None else b[outputs], window, y[..., outputs])
    return y.transpose(0, 3, 1, 2)


def correlate_kernel(
    xp: Any, g: Any, x: Any, shape: Sequence[int], window: Sliding, groups: int = 1
) -> Any:
    """The gradient of weights of this shape: each with the cells that it met times the gradients of what they made."""
    upstream, out = xp.module.ascontiguousarray(g.transpose(0, 2, 3, 1)), g.shape[2:]
    turn = order(window, shape[1], out)
    total = xp.module.empty(tuple(shape[i] for i in turn), x.dtype)
    for inputs, outputs in _groups(shape, groups):
        into, first = total[outputs].reshape(outputs.stop - outputs.start, -1), True
        for tile, matrix in columns(xp, x[:, inputs], window, out, ROWS):
            arriving = upstream[tile][..., outputs].reshape(matrix.shape[0], -1).T
            if first:
                xp.matmul(arriving, matrix, out=into)
            else:
                into += xp.matmul(arriving, matrix)
            first = False
        if first:  # no images at all
            into[...] = 0
    return total.transpose(sorted(range(4), key=turn.__getitem__))


def correlate_input(
    xp: Any, g: Any, w: Any, window: Sliding, sizes: Sequence[int], groups: int = 1
) -> Any:
    """The gradient of an input with these spatial sizes; the values of a transposed convolution.

    Every output sends each cell that it saw its gradient times the weight that met it; overlaps add up. Where the
    window moves by one cell this is a convolution with the weights upside down.
    """
    turned = _turned(window, g.shape[2:], sizes)
    if turned is None or FEWER * w.shape[1] <= w.shape[0] // groups:
        return _stamp(xp, g, w, window, sizes, groups)
    x = xp.module.empty((g.shape[0], *sizes, w.shape[1] * groups), g.dtype)
    for inputs, outputs in _groups(w.shape, groups):
        _back(xp, g[:, outputs], w[outputs], turned, x[..., inputs])
    return x.transpose(0, 3, 1, 2)


def _forward(xp: Any, x: Any, w: Any, b: Any, window: Sliding, into: Any) -> None:
    """One group's outputs, put into `into` (N, *places, O)."""
    if winograd.suits(xp, x, w.shape[0], window, into.shape[1:3]):
        weights = winograd.turned_weights(xp, _last(xp, w)).transpose(0, 2, 1)
        winograd.products(xp, x, weights, b, window, into)
        return
    turn = order(window, x.shape[1], into.shape[1:3])
    matrix = (_last(xp, w) if turn == CHANNELS_LAST else w).reshape(w.shape[0], -1).T
    _products(xp, x, matrix, b, window, into)


def _back(xp: Any, g: Any, w: Any, window: Sliding, into: Any) -> None:
    """One group's gradients, put into `into` (N, *sizes, C): a convolution with the weights upside down."""
    last = _last(xp, w)[:, ::-1, ::-1]
    if winograd.suits(xp, g, w.shape[1], window, into.shape[1:3]):
        winograd.products(xp, g, winograd.turned_weights(xp, last), None, window, into)
        return
    turn = order(window, g.shape[1], into.shape[1:3])
    matrix = (last.transpose(1, 2, 0, 3) if turn == CHANNELS_LAST else last).reshape(-1, w.shape[1])
    _products(xp, g, matrix, None, window, into)


def _last(xp: Any, w: Any) -> Any:
    """Weights with their channels last: (O, height, width, C)."""
    return xp.module.ascontiguousarray(w.transpose(CHANNELS_LAST))


def _turned(window: Any, seen: Sequence[int], sizes: Sequence[int]) -> Any:
    """The window of the way back, as over gradients of size `seen`; None where it is no plain window."""
    spans = [d * (k - 1) for k, d in zip(window.size, window.dilation, strict=True)]
    before = [span - pad for span, (pad, _) in zip(spans, window.padding, strict=True)]
    rows = zip(sizes, seen, before, spans, strict=True)
    after = [wanted - n - lead + span for wanted, n, lead, span in rows]
    if set(window.stride) != {1} or min(*before, *after) < 0:
        return None
    return replace(window, padding=tuple(zip(before, after, strict=True)))


def _products(xp: Any, x: Any, matrix: Any, b: Any, window: Sliding, into: Any) -> None:
    """Fill `into` (N, *places, channels) with columns times a matrix, plus b."""
    for tile, cells in columns(xp, x, window, into.shape[1:3]):
        part = into[tile]
        if part.flags.c_contiguous:
            xp.matmul(cells, matrix, out=part.reshape(cells.shape[0], -1))
        else:
            part[...] = xp.matmul(cells, matrix).reshape(part.shape)
        if b is not None:
            part += b


def _stamp(xp: Any, g: Any, w: Any, window: Sliding, sizes: Sequence[int], groups: int) -> Any:
    """Each gradient times the weights is added to the cells under its window (col2im).

    Windows along a row that do not overlap are added at once, in stretches as wide as the window.
    """
    wide = [n + before + after for n, (before, after) in zip(sizes, window.padding, strict=True)]
    x = xp.module.zeros((g.shape[0], *wide, w.shape[1] * groups), g.dtype)
    upstream, out = channels_last(xp, g, ()), g.shape[2:]
    adjacent = window.size[1] if window.dilation[1] == 1 else 1
    apart = -(-adjacent // window.stride[1])
    for inputs, outputs in _groups(w.shape, groups):
        matrix = w[outputs].transpose(CHANNELS_LAST).reshape(outputs.stop - outputs.start, -1)
        for images, lines in tiles(g.shape[0], out, matrix.shape[1] * g.itemsize):
            arriving = upstream[images, lines, :, outputs]
            sent = xp.matmul(arriving.reshape(-1, matrix.shape[0]), matrix)
            sent = sent.reshape(*arriving.shape[:3], *window.size, w.shape[1])
            under = x[images, lines.start * window.stride[0] :, :, inputs]
            view = _windows(xp, under, window, arriving.shape[1:3])
            for row, left, phase in product(
                range(window.size[0]), range(0, window.size[1], adjacent), range(apart)
            ):
                stretch = (slice(None), slice(None), slice(phase, None, apart), row, slice(left, left + adjacent))
                view[stretch] += sent[stretch]
    return x[(slice(None), *inside(window.padding, sizes))].transpose(0, 3, 1, 2)


def _windows(xp: Any, x: Any, window: Sliding, out: Sequence[int]) -> Any:
    """The cells of an NHWC array under the window at each place: a view (N, *places, height, width, C)."""
    n, h, w, c = x.strides
    (down, right), (lower, further) = window.stride, window.dilation
    shape = (x.shape[0], *out, *window.size, x.shape[3])
    return xp.module.lib.stride_tricks.as_strided(x, shape, (n, h * down, w * right, h * lower, w * further, c))


def _groups(shape: Sequence[int], groups: int) -> Iterator[tuple[slice, slice]]:
    """For each group its input and its output channels."""
    made, own = shape[0] // groups, shape[1]
    for k in range(groups):
        yield slice(k * own, (k + 1) * own), slice(k * made, (k + 1) * made)
