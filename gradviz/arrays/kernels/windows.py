"""Windows over arrays, for every backend: padding, sliding-window views, and their cells.

Each function takes the namespace `xp`; the window slides over the last axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any, Protocol

from gradviz.arrays.namespace import ArrayNamespace, Value


class Sliding(Protocol):
    """The part of `gradviz.ops.windows.window.Window` that kernels need."""

    def __hash__(self) -> int: ...
    @property
    def size(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def stride(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def padding(self) -> tuple[tuple[int, int], ...]: ...  # noqa: D102
    @property
    def dilation(self) -> tuple[int, ...]: ...  # noqa: D102
    def out(self, sizes: Sequence[int], /) -> tuple[int, ...]: ...  # noqa: D102
    def places(  # noqa: D102
        self, out_place: Sequence[int], sizes: Sequence[int], /
    ) -> list[tuple[int, ...] | None]: ...


def padded(xp: ArrayNamespace, x: Value, pads: Sequence[tuple[int, int]], fill: Any = 0) -> Value:
    """`x` with cells of `fill` before and after each of its last axes; `x` itself without padding.

    The result has the memory layout of `x`.
    """
    if not any(map(any, pads)):
        return x
    lead, sizes = x.shape[: x.ndim - len(pads)], x.shape[x.ndim - len(pads) :]
    wide = (*lead, *(n + before + after for n, (before, after) in zip(sizes, pads, strict=True)))
    out = xp.module.full_like(x, fill, shape=wide)
    out[(..., *inside(pads, sizes))] = x
    return out


def inside(pads: Sequence[tuple[int, int]], sizes: Sequence[int]) -> tuple[slice, ...]:
    """The slices of an array of these sizes inside its padding."""
    return tuple(slice(before, before + n) for n, (before, _) in zip(sizes, pads, strict=True))


def windows(xp: ArrayNamespace, x: Value, window: Sliding, fill: Any = 0) -> Value:
    """The cells under the window at each of its places: a view of the shape (…, *places, *size)."""
    axes = len(window.size)
    out = window.out(x.shape[x.ndim - axes :])
    wide = padded(xp, x, window.padding, fill)
    lead, strides = wide.shape[: wide.ndim - axes], wide.strides
    last = strides[wide.ndim - axes :]
    moves = tuple(s * n for s, n in zip(last, window.stride, strict=True))
    within = tuple(s * n for s, n in zip(last, window.dilation, strict=True))
    view = xp.module.lib.stride_tricks.as_strided
    return view(wide, (*lead, *out, *window.size), (*strides[: len(lead)], *moves, *within))


def take_apart(out: Value, x: Value, first: Sequence[int], apart: Sequence[int]) -> None:
    """Fill the last two axes of `out` with cells of x that stand so far apart, from the cell
    `first` on; cells outside x are 0.
    """
    inner, taken = [], []
    for axis, start, step in zip((-2, -1), first, apart, strict=True):
        count, size = out.shape[axis], x.shape[axis]
        low = min(count, max(0, -(start // step)))
        high = max(low, min(count, -((start - size) // step)))
        rest = (slice(None),) * (-1 - axis)
        for outside in (slice(0, low), slice(high, count)):
            if outside.start < outside.stop:
                out[(..., outside, *rest)] = 0
        inner.append(slice(low, high))
        last = start + step * (high - 1)
        taken.append(slice(start + step * low, max(0, last + 1), step))
    out[(..., *inner)] = x[(..., *taken)]


Landing = tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]]
"""A cell of a window, the places where it meets the input, and the cells that it meets there."""


def landings(
    window: Sliding, out: Sequence[int], sizes: Sequence[int], lines: slice
) -> tuple[Landing, ...]:
    """For each cell of the window, the places where it meets the input, and the cells met there.

    Padding is left out. The places are those of the output rows `lines`, counted from its start.
    """
    return _landings(window, tuple(out), tuple(sizes), lines.start, lines.stop)


@lru_cache(maxsize=512)
def _landings(
    window: Sliding, out: tuple[int, ...], sizes: tuple[int, ...], start: int, stop: int
) -> tuple[Landing, ...]:
    stretches = ((start, stop), *((0, n) for n in out[1:]))
    axes = [meetings(window, k, *stretches[k], n) for k, n in enumerate(sizes)]
    taps = product(*map(range, window.size))
    return tuple(
        (tap, *zip(*(axes[k][t] for k, t in enumerate(tap)), strict=True))  # type: ignore[misc]
        for tap in taps
    )


@lru_cache(maxsize=1024)
def meetings(
    window: Sliding, axis: int, start: int, stop: int, size: int
) -> tuple[tuple[slice, slice], ...]:
    """For each cell of the window along one axis of this size, the places from `start` to `stop`
    where it meets the input, counted from `start`, and the cells met there.
    """
    step, found = window.stride[axis], []
    for t in range(window.size[axis]):
        first = t * window.dilation[axis] - window.padding[axis][0]
        low = max(start, -(first // step))
        high = max(low, min(stop, (size - 1 - first) // step + 1))
        cells = slice(low * step + first, high * step + first, step)
        found.append((slice(low - start, high - start), cells))
    return tuple(found)
