"""Convolution on a GPU, as matrix products.

The columns of some images are copied out by one kernel and multiplied by cuBLAS, so many images at
a time that the columns stay in the second cache. 3×3 weights of many channels are transformed
instead, by F(2×2, 3×3) (`gradviz.arrays.kernels.winograd`), which takes 2.25 times fewer products:
without tensor cores these take longest. With them (CUPY_TF32=1) memory does, so there are columns.
FFTs move more memory than either.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from gradviz.arrays.cuda import let, put
from gradviz.arrays.kernels import gathers
from gradviz.arrays.kernels.windows import Sliding
from gradviz.arrays.namespace import ArrayNamespace, Value

TILE = 1 << 25
"""Bytes of columns held at once: the second cache of a data centre's GPU has 40 to 60 MB."""
CHANNELS = 64
"""With fewer channels, transforms take longer than what they save."""
TURN = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
"""The matrix that transforms three weights of a row or a column into four."""
Pads = Sequence[tuple[int, int]]


def correlate(
    xp: ArrayNamespace, x: Value, w: Value, b: Value, window: Sliding, groups: int
) -> Value:
    """As `gradviz.arrays.kernels.convolution.correlate`."""
    out = window.out(x.shape[2:])
    y = xp.module.empty((x.shape[0], w.shape[0], *out), x.dtype)
    if _suits(w.shape, window, groups):
        return _transformed(xp, y, x, _turned_weights(xp, w), b, window.padding)
    weights = w.reshape(groups, w.shape[0] // groups, -1)
    for images in _some(x.shape[0], prod(w.shape[1:]) * groups * prod(out) * x.itemsize):
        cells = _columns(xp, x[images], window, out).reshape(groups, weights.shape[2], -1)
        made = _product(xp, weights, cells).reshape(w.shape[0], -1, *out).swapaxes(0, 1)
        if b is None:
            y[images] = made
        else:
            xp.module.add(made, b[:, None, None], out=y[images])
    return y


def correlate_kernel(
    xp: ArrayNamespace, g: Value, x: Value, shape: Sequence[int], window: Sliding, groups: int
) -> Value:
    """As `gradviz.arrays.kernels.convolution.correlate_kernel`."""
    if _suits(shape, window, groups):
        return _kernel_gradient(xp, g, x, window.padding)
    total, out = None, g.shape[2:]
    for images in _some(x.shape[0], prod(shape[1:]) * groups * prod(out) * x.itemsize):
        cells = _columns(xp, x[images], window, out).reshape(groups, prod(shape[1:]), -1)
        found = _product(xp, _rows(g[images], groups), xp.swapaxes(cells, 1, 2))
        total = found if total is None else total + found
    return xp.zeros(tuple(shape)) if total is None else total.reshape(shape)


def correlate_input(
    xp: ArrayNamespace, g: Value, w: Value, window: Sliding, sizes: Sequence[int], groups: int
) -> Value:
    """As `gradviz.arrays.kernels.convolution.correlate_input`."""
    channels, out = w.shape[1] * groups, g.shape[2:]
    x = xp.module.empty((g.shape[0], channels, *sizes), g.dtype)
    back = _turned(window, out, sizes)
    if back is not None and _suits(w.shape, window, groups):
        upside_down = xp.swapaxes(w[:, :, ::-1, ::-1], 0, 1)
        return _transformed(xp, x, g, _turned_weights(xp, upside_down), None, back)
    weights = xp.swapaxes(w.reshape(groups, w.shape[0] // groups, -1), 1, 2)
    for images in _some(g.shape[0], prod(w.shape[1:]) * groups * prod(out) * g.itemsize):
        sent = _product(xp, weights, _rows(g[images], groups))
        stamps = sent.reshape(channels, *window.size, -1, *out)
        x[images] = gathers.gathered(xp, stamps, window, out, sizes)
    return x


def _product(xp: ArrayNamespace, a: Value, b: Value) -> Value:
    """The matrix product for each group; of matrices that lie transposed, only the product of two
    copies nothing, and only that uses tensor cores where they are allowed.
    """
    return xp.matmul(a[0], b[0])[None] if len(a) == 1 else xp.matmul(a, b)


def _columns(xp: ArrayNamespace, x: Value, window: Sliding, out: Sequence[int]) -> Value:
    """The cells under the window, one row for each place of the window and channel."""
    if prod(window.size) == 1 and x.shape[2:] == tuple(out) and not any(map(any, window.padding)):
        return x.swapaxes(0, 1)
    return gathers.columns(xp, x, window, out)


def _rows(g: Value, groups: int) -> Value:
    """Gradients (N, O, *places) as a matrix for each group, one row for each channel."""
    return g.swapaxes(0, 1).reshape(groups, g.shape[1] // groups, -1)


def _some(images: int, each: int) -> Iterator[slice]:
    """Ranges of images that take about TILE bytes, at `each` bytes for one."""
    step = max(1, TILE // max(1, each))
    for start in range(0, images, step):
        yield slice(start, min(start + step, images))


def _suits(weights: Sequence[int], window: Sliding, groups: int) -> bool:
    """Whether weights of this shape are transformed."""
    plain = (window.size, set(window.stride), set(window.dilation)) == ((3, 3), {1}, {1})
    many = groups == 1 and min(weights[:2]) >= CHANNELS
    return plain and many and os.environ.get("CUPY_TF32", "0") == "0"


def _turned(window: Sliding, seen: Sequence[int], sizes: Sequence[int]) -> Pads | None:
    """The padding of gradients of size `seen` for the backward pass of a plain window; None where
    it would be negative.
    """
    before = [k - 1 - pad for k, (pad, _) in zip(window.size, window.padding, strict=True)]
    rows = zip(sizes, seen, before, window.size, strict=True)
    after = [wanted - n - lead + k - 1 for wanted, n, lead, k in rows]
    return None if min(*before, *after) < 0 else tuple(zip(before, after, strict=True))


def _turned_weights(xp: ArrayNamespace, w: Value) -> Value:
    """Weights (O, C, 3, 3) as 16 matrices (16, O, C)."""
    flat = w.reshape(-1, 9).T
    return xp.matmul(_turn(xp), flat).reshape(16, *w.shape[:2])


def _turn(xp: ArrayNamespace) -> Value:
    rows = xp.asarray(TURN)
    return xp.module.kron(rows, rows)


def _transformed(
    xp: ArrayNamespace, y: Value, x: Value, weights: Value, b: Value, padding: Pads
) -> Value:
    """y (N, O, *places), filled with the convolution of x by transformed weights, plus b."""
    down, across = -(-y.shape[2] // 2), -(-y.shape[3] // 2)
    bias = xp.zeros((y.shape[1],)) if b is None else b
    for images in _some(x.shape[0], 16 * max(weights.shape[1:]) * down * across * x.itemsize):
        cells = _cells(xp, x[images], padding, down, across)
        made = xp.matmul(weights, cells)
        _turn_back(xp, made, bias, y[images], down, across)
    return y


def _kernel_gradient(xp: ArrayNamespace, g: Value, x: Value, padding: Pads) -> Value:
    """The gradient (O, C, 3, 3) of weights: products of transformed gradients and cells, of which
    the sum is transformed back.
    """
    down, across = -(-g.shape[2] // 2), -(-g.shape[3] // 2)
    total, most = None, max(g.shape[1], x.shape[1])
    for images in _some(x.shape[0], 16 * most * down * across * x.itemsize):
        cells = _cells(xp, x[images], padding, down, across)
        given = _gradients(xp, g[images], down, across)
        found = xp.matmul(given, xp.swapaxes(cells, 1, 2))
        total = found if total is None else total + found
    shape = (g.shape[1], x.shape[1], 3, 3)
    return (
        xp.zeros(shape) if total is None else (total.reshape(16, -1).T @ _turn(xp)).reshape(shape)
    )


def _cells(xp: ArrayNamespace, x: Value, padding: Pads, down: int, across: int) -> Value:
    """Every 4×4 block of x, two cells apart, transformed: (16, C, N · blocks)."""
    images, channels, height, width = x.shape
    made = xp.module.empty((16, channels, images * down * across), x.dtype)
    lines = gathers.split([x, made], "channel", image="narrow(images)", row=down, column=across)
    (top, _), (left, _) = padding
    lines += [let("y0", f"row * 2 - {top}"), let("x0", f"column * 2 - {left}")]
    lines += [let("plane", f"(image * {channels} + channel) * {height}")]
    for i, j in product(range(4), repeat=2):
        inside = f"(y0 >= {-i}) & (y0 < {height - i}) & (x0 >= {-j}) & (x0 < {width - j})"
        at = f"(plane + y0 + {i}) * {width} + x0 + {j}"
        lines.append(let(f"c{i}{j}", f"load(x, {inside}, {at}, T(0.0))"))
    lines += _both_ways("c", _SPREAD)
    lines += _stores(channels, down, across)
    gathers.run(xp, "cells", lines, {"x": x}, {"images": images}, made, made.size // 16)
    return made


def _gradients(xp: ArrayNamespace, g: Value, down: int, across: int) -> Value:
    """Gradients of 2×2 cells as 4×4 cells: (16, O, N · blocks)."""
    images, channels, height, width = g.shape
    made = xp.module.empty((16, channels, images * down * across), g.dtype)
    lines = gathers.split([g, made], "channel", image="narrow(images)", row=down, column=across)
    lines += [let("plane", f"(image * {channels} + channel) * {height} + row * 2")]
    for i, j in product(range(2), repeat=2):
        inside = f"(row * 2 < {height - i}) & (column * 2 < {width - j})"
        at = f"(plane + {i}) * {width} + column * 2 + {j}"
        lines.append(let(f"c{i}{j}", f"load(x, {inside}, {at}, T(0.0))"))
    lines += _both_ways("c", _DEALT)
    lines += _stores(channels, down, across)
    gathers.run(xp, "gradients", lines, {"x": g}, {"images": images}, made, made.size // 16)
    return made


def _turn_back(
    xp: ArrayNamespace, made: Value, bias: Value, target: Value, down: int, across: int
) -> None:
    """Fill target (N, O, *places) from products (16, O, N · blocks), plus the bias.

    Of four products a, b, c, d along an axis, the first cell is a + b + c, the second b − c − d.
    """
    images, channels, height, width = target.shape
    lines = gathers.split([made, target], "image", channel=channels, row=height, column=width)
    lines += [let("step", f"narrow(images) * {down * across}")]
    lines += [let("place", f"(image * {down} + over(row, 2)) * {across} + over(column, 2)")]
    lines += [let("down", "rest(row, 2)"), let("right", "rest(column, 2)")]
    for i, j in product(range(3), repeat=2):
        k = f"((down + {i}) * 4 + right + {j})"
        lines.append(let(f"m{i}{j}", f"x[({k} * {channels} + channel) * step + place]"))
    for i in range(3):
        lines.append(
            let(f"r{i}", f"select(right == 1, m{i}0 - m{i}1 - m{i}2, m{i}0 + m{i}1 + m{i}2)")
        )
    total = "select(down == 1, r0 - r1 - r2, r0 + r1 + r2)"
    lines.append(put("y", f"{total} + bias[channel]"))
    gathers.run(xp, "turn_back", lines, {"x": made, "bias": bias}, {"images": images}, target)


_SPREAD = ("{0} - {2}", "{1} + {2}", "{2} - {1}", "{1} - {3}")
_DEALT = ("{0}", "{0} + {1}", "{0} - {1}", "-{1}")


def _both_ways(name: str, sums: Sequence[str]) -> list[str]:
    """Statements that apply four sums to the columns of cells c00, c01, …, then to their rows."""
    used = 4 if sums is _SPREAD else 2
    lines = []
    for j in range(used):
        column = [f"{name}{i}{j}" for i in range(used)]
        lines += [let(f"d{i}{j}", text.format(*column)) for i, text in enumerate(sums)]
    for i in range(4):
        row = [f"d{i}{j}" for j in range(used)]
        lines += [let(f"e{i}{j}", text.format(*row)) for j, text in enumerate(sums)]
    return lines


def _stores(channels: int, down: int, across: int) -> list[str]:
    """Statements that store e00, e01, … in 16 matrices."""
    lines = [let("step", f"narrow(images) * {down * across}")]
    lines += [let("place", f"(image * {down} + row) * {across} + column")]
    for k in range(16):
        at = f"({k} * {channels} + channel) * step + place"
        lines.append(put(f"y[{at}]", f"e{k // 4}{k % 4}"))
    return lines
