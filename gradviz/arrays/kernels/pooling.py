"""Pooling for every backend: sums and extremes of windows over the last two axes, and backward.

A rectangle's sum is the sum of its rows' sums, and the same holds for its maximum, so floats are
reduced one axis after the other. Exact numbers go window by window instead, so that padding needs
no special number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from math import inf
from typing import Any

from gradviz.arrays.kernels import gathers
from gradviz.arrays.kernels.scratch import fresh
from gradviz.arrays.kernels.windows import Sliding, inside, landings, padded, windows
from gradviz.arrays.namespace import ArrayNamespace, Value

CELLS = 1 << 15
"""How many windows find their winners at once; their cells should stay in the cache."""


def window_sums(xp: ArrayNamespace, x: Value, window: Sliding) -> Value:
    """The sum of the cells under the window at each place: (…, *places). Padding counts as 0."""
    if gathers.fits(xp, window):
        return gathers.window_sums(xp, x, window)
    wide, out = padded(xp, x, window.padding), window.out(x.shape[-2:])
    for axis in (-2, -1):
        total, made = None, False
        for met in _strips(window, out, axis):
            part = wide[met]
            if made:
                total += part
            else:
                total, made = (part, False) if total is None else (total + part, True)
        wide = total
    return wide


def spread_sums(xp: ArrayNamespace, g: Value, window: Sliding, sizes: Sequence[int]) -> Value:
    """The VJP of `window_sums`: every cell gets the sum of g over the windows that contain it."""
    if gathers.fits(xp, window):
        return gathers.spread_sums(xp, g, window, sizes)
    out, lead = window.out(sizes), g.shape[:-2]
    alone = _tiles(window, out, sizes)
    wide = tuple(
        n + before + after for n, (before, after) in zip(sizes, window.padding, strict=True)
    )
    for axis, shape in ((-1, (*lead, out[0], wide[1])), (-2, (*lead, *wide))):
        total = fresh(xp, shape, g.dtype)
        if not alone:
            total.fill(0)
        for met in _strips(window, out, axis):
            if alone:
                total[met] = g
            else:
                total[met] += g
        g = total
    return g[(..., *inside(window.padding, sizes))]


def _tiles(window: Sliding, out: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether each cell is in exactly one window."""
    whole = all(n * k == size for n, k, size in zip(out, window.size, sizes, strict=True))
    plain = set(window.dilation) == {1} and not any(map(any, window.padding))
    return plain and whole and window.stride == window.size


def extremes(xp: ArrayNamespace, x: Value, window: Sliding, name: str) -> Value:
    """The largest (`name` "max") or smallest ("min") cell of each window: (…, *places)."""
    if gathers.fits(xp, window):
        return gathers.extremes(xp, x, window, name)
    out = window.out(x.shape[-2:])
    if xp.is_symbolic:
        found = xp.module.empty((*x.shape[:-2], *out), x.dtype)
        for place, cells in _each(x, window):
            found[place] = getattr(xp, name)(xp.asarray([x[c] for c in cells]))[()]
        return found
    pick = xp.module.maximum if name == "max" else xp.module.minimum
    wide = padded(xp, x, window.padding, _loser(name))
    for axis in (-2, -1):
        first, *others = _strips(window, out, axis)
        best = wide[first]
        for k, met in enumerate(others):
            best = pick(best, wide[met], out=best) if k else pick(best, wide[met])
        wide = best
    return wide if wide.base is None else wide.copy()


def route(xp: ArrayNamespace, g: Value, y: Value, x: Value, window: Sliding, name: str) -> Value:
    """The VJP of `extremes`: the first winner of each window, row by row, gets its gradient.

    A NaN wins, as in NumPy's max.
    """
    if gathers.fits(xp, window):
        return gathers.route(xp, g, x, window, name)
    if xp.is_symbolic:
        total = xp.zeros(x.shape)
        for place, cells in _each(x, window):
            row = xp.asarray([x[c] for c in cells])
            for cell, won in zip(cells, xp.winner(row if name == "max" else -row), strict=True):
                total[cell] += xp.asarray(xp.where(won, g[place], 0))[()]
        return total
    total = fresh(xp, x.shape, g.dtype)
    total.fill(0)
    images, into, best, arriving = (a.reshape(-1, *a.shape[-2:]) for a in (x, total, y, g))
    reach = zip(window.stride, window.dilation, window.size, strict=True)
    shared = any(step <= d * (k - 1) for step, d, k in reach)  # windows may share a winner
    step = max(1, CELLS // (best.shape[1] * best.shape[2]))
    for some in (slice(start, start + step) for start in range(0, len(images), step)):
        places, cells = (
            _first_winners(xp, best[some], images[some], window).ravel(),
            into[some].reshape(-1),
        )
        if shared:
            xp.module.add.at(cells, places, arriving[some].ravel())
        else:
            cells[places] = arriving[some].ravel()
    return total


def _first_winners(xp: ArrayNamespace, y: Value, x: Value, window: Sliding) -> Value:
    """The place of each window's first winner in the flattened x. Padding never wins."""
    out, (height, width) = y.shape[-2:], x.shape[-2:]
    count, arange, undefined = (
        math.prod(window.size),
        xp.module.arange,
        xp.name == "cupy" or bool(xp.module.any(xp.isnan(y))),
    )
    code = xp.module.zeros(
        y.shape, xp.module.min_scalar_type(count)
    )  # cells count down, so the first is the largest
    for k, (_, met, cells) in enumerate(landings(window, out, (height, width), slice(0, out[0]))):
        seen = x[(..., *cells)]
        won = xp.equal(seen, y[(..., *met)])
        if undefined:
            won |= xp.isnan(seen)
        best = code[(..., *met)]
        xp.module.maximum(best, xp.module.multiply(won, count - k, dtype=code.dtype), out=best)
    (down, right), (lower, further), ((top, _), (left, _)) = (
        window.stride,
        window.dilation,
        window.padding,
    )
    within = arange(window.size[0])[:, None] * (lower * width) + arange(window.size[1]) * further
    places = xp.module.take(xp.concatenate((within.ravel(), within[:1, 0]))[::-1], code)
    places += (arange(out[0])[:, None] * down - top) * width + arange(out[1]) * right - left
    places += arange(math.prod(x.shape[:-2])).reshape(*x.shape[:-2], 1, 1) * (height * width)
    return places


def winners(xp: ArrayNamespace, x: Value, window: Sliding, name: str) -> Value:
    """Which cell is the first winner of each window: (…, *places, cells of the window)."""
    view = windows(xp, x, window, _loser(name))
    cells = view.reshape(*view.shape[:-2], -1)
    return xp.winner(cells if name == "max" else -cells)


def shared(xp: ArrayNamespace, x: Value, y: Value, window: Sliding) -> Value:
    """Which windows hold their winner `y` in several cells: (…, *places)."""
    if xp.is_symbolic:
        found = xp.module.empty(y.shape, x.dtype)
        for place, cells in _each(x, window):
            held = [xp.asarray(xp.where(xp.equal(x[c], y[place]), 1, 0))[()] for c in cells]
            found[place] = xp.asarray(xp.greater(sum(held), 1))[()]
        return found
    count = xp.module.zeros(y.shape, xp.module.min_scalar_type(math.prod(window.size)))
    for _, met, under in landings(window, y.shape[-2:], x.shape[-2:], slice(0, y.shape[-2])):
        count[(..., *met)] += xp.equal(x[(..., *under)], y[(..., *met)])
    return count > 1


def _loser(name: str) -> float:
    """The value of padding, which must never win."""
    return -inf if name == "max" else inf


def _strips(window: Sliding, out: Sequence[int], axis: int) -> Iterator[tuple[Any, ...]]:
    """For each cell of the window along one axis, the cells that it meets over all places."""
    step, apart = window.stride[axis], window.dilation[axis]
    for t in range(window.size[axis]):
        strip = slice(t * apart, t * apart + (out[axis] - 1) * step + 1, step)
        yield (..., strip, slice(None)) if axis == -2 else (..., strip)


def _each(x: Any, window: Sliding) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
    """Every output cell with the input cells under its window, without padding."""
    lead, sizes = x.shape[:-2], x.shape[-2:]
    for place in product(*map(range, (*lead, *window.out(sizes)))):
        front = place[: len(lead)]
        yield (
            place,
            [(*front, *c) for c in window.places(place[len(lead) :], sizes) if c is not None],
        )
