"""Windows on a GPU: columns of convolutions, and pooling, each one kernel without a copy to the
host.

A kernel has a thread for every element that it makes, which gathers what that is made of; so no two
threads add to one element, and the sums are the same in every run. The steps through a window are
written out. Sizes are constants of a kernel, except for the number of images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any

from gradviz.arrays.cuda import INFINITY, kernel, let, put
from gradviz.arrays.kernels.windows import Sliding
from gradviz.arrays.namespace import ArrayNamespace, Value

LONGEST = 1024
"""The most cells of a window of pooling that a kernel is written out for."""
INT = 1 << 31
"""Arrays of fewer elements are indexed by 32-bit integers, which divide many times as fast."""


def fits(xp: ArrayNamespace, window: Sliding) -> bool:
    """Whether pooling by this window is a kernel on a GPU."""
    return xp.name == "cupy" and prod(window.size) <= LONGEST


def columns(xp: ArrayNamespace, x: Value, window: Sliding, out: Sequence[int]) -> Value:
    """The cells under the window at each of its places `out`, as columns of a matrix (im2col):
    (C, *size, N, *out) of x (N, C, H, W).
    """
    images, channels, *sizes = x.shape
    made = xp.module.empty((channels, *window.size, images, *out), x.dtype)
    lines = split([x, made], "channel", image="narrow(images)", row=out[0], column=out[1])
    lines += [let("plane", f"image * {channels} + channel")]
    lines += [let("step", f"narrow(images) * {prod(out)}")]
    lines += [let("place", f"(image * {out[0]} + row) * {out[1]} + column")]
    for k, cell in enumerate(_loads(window, sizes, "T(0.0)")):
        lines.append(put(f"y[(channel * {prod(window.size)} + {k}) * step + place]", cell))
    size = channels * images * prod(out)
    run(xp, "columns", lines, {"x": x}, {"images": images}, made, size)
    return made


def gathered(
    xp: ArrayNamespace, sent: Value, window: Sliding, out: Sequence[int], sizes: Sequence[int]
) -> Value:
    """What `columns` passes back (col2im): each cell gets the sum of the columns' cells that were
    copied from it. `sent` has the shape of columns; the result is (N, C, *sizes).
    """
    channels, images = sent.shape[0], sent.shape[3]
    made = xp.module.empty((images, channels, *sizes), sent.dtype)
    lines = split([sent, made], "image", channel=channels, row=sizes[0], column=sizes[1])
    for k, (row, column, inside) in enumerate(_places(window, out)):
        at = f"((channel * {prod(window.size)} + {k}) * narrow(images) + image)"
        at = f"({at} * {out[0]} + {row}) * {out[1]} + {column}"
        lines.append(let(f"t{k}", f"load(x, {inside}, {at}, T(0.0))"))
    lines.append(_total(window))
    run(xp, "gathered", lines, {"x": sent}, {"images": images}, made)
    return made


def window_sums(device: Any, x: Value, window: Sliding) -> Value:
    """The sum of the cells under the window at each place: (…, *places). Padding counts as 0.

    `device` is the namespace of a device, whose sums may have a type of their own.
    """
    sizes, out = x.shape[-2:], window.out(x.shape[-2:])
    made = device.module.empty((*x.shape[:-2], *out), device.sums or x.dtype)
    lines = split([x, made], "plane", row=out[0], column=out[1])
    for k, cell in enumerate(_loads(window, sizes, "T(0.0)")):
        lines.append(let(f"t{k}", f"double({cell})" if device.sums else cell))
    lines.append(_total(window))
    run(device, "window_sums", lines, {"x": x}, {}, made)
    return made


def spread_sums(xp: ArrayNamespace, g: Value, window: Sliding, sizes: Sequence[int]) -> Value:
    """The VJP of `window_sums`: every cell gets the sum of g over the windows that contain it."""
    out = g.shape[-2:]
    made = xp.module.empty((*g.shape[:-2], *sizes), g.dtype)
    lines = split([g, made], "plane", row=sizes[0], column=sizes[1])
    for k, (row, column, inside) in enumerate(_places(window, out)):
        at = f"(plane * {out[0]} + {row}) * {out[1]} + {column}"
        lines.append(let(f"t{k}", f"load(x, {inside}, {at}, T(0.0))"))
    lines.append(_total(window))
    run(xp, "spread_sums", lines, {"x": g}, {}, made)
    return made


def extremes(xp: ArrayNamespace, x: Value, window: Sliding, name: str) -> Value:
    """The largest (`name` "max") or smallest ("min") cell of each window; NaN if one is."""
    sizes, out = x.shape[-2:], window.out(x.shape[-2:])
    made = xp.module.empty((*x.shape[:-2], *out), x.dtype)
    lines = split([x, made], "plane", row=out[0], column=out[1])
    for k, cell in enumerate(_loads(window, sizes, _loser(name))):
        lines.append(let(f"t{k}", cell))
        lines.append(let(f"b{k}", f"{name}imum(b{k - 1}, t{k})" if k else "t0"))
    lines.append(put("y", f"b{prod(window.size) - 1}"))
    run(xp, "extremes", lines, {"x": x}, {}, made)
    return made


def route(xp: ArrayNamespace, g: Value, x: Value, window: Sliding, name: str) -> Value:
    """The VJP of `extremes`: the first winner of each window, row by row, gets its gradient.

    A NaN wins.
    """
    sizes, out = x.shape[-2:], g.shape[-2:]
    won = _winners(xp, x, window, name, out)
    made = xp.module.empty(x.shape, g.dtype)
    lines = split([g, made], "plane", row=sizes[0], column=sizes[1])
    for k, (row, column, inside) in enumerate(_places(window, out)):
        at = f"(plane * {out[0]} + {row}) * {out[1]} + {column}"
        lines.append(let(f"w{k}", f"load(won, {inside}, {at}, 0)"))
        mine = f"(w{k} == {k + 1})"
        lines.append(let(f"t{k}", f"load(x, {mine}, {at}, T(0.0))"))
    lines.append(_total(window))
    run(xp, "route", lines, {"x": g, "won": won}, {}, made)
    return made


def _winners(xp: ArrayNamespace, x: Value, window: Sliding, name: str, out: Sequence[int]) -> Value:
    """Which cell of each window, counted from 1, is its first winner."""
    sizes, sign = x.shape[-2:], ">" if name == "max" else "<"
    made = xp.module.empty((*x.shape[:-2], *out), xp.module.dtype("uint16"))
    lines = split([x, made], "plane", row=out[0], column=out[1])
    for k, (at, inside) in enumerate(_cells(window, sizes)):
        lines.append(let(f"in{k}", inside))
        lines.append(let(f"t{k}", f"load(x, in{k}, {at}, {_loser(name)})"))
        if not k:
            lines += [let("b0", "t0"), let("n0", "select(in0, 1, 0)")]
            continue
        # The first cell that is not padding wins over none, a NaN over numbers.
        better = f"(t{k} {sign} b{k - 1}) | ((t{k} != t{k}) & (b{k - 1} == b{k - 1}))"
        lines.append(let(f"p{k}", f"in{k} & ((n{k - 1} == 0) | {better})"))
        lines.append(let(f"b{k}", f"select(p{k}, t{k}, b{k - 1})"))
        lines.append(let(f"n{k}", f"select(p{k}, {k + 1}, n{k - 1})"))
    lines.append(put("y", f"n{prod(window.size) - 1}"))
    run(xp, "winners", lines, {"x": x}, {}, made)
    return made


def _loser(name: str) -> str:
    """The value of padding, which never wins."""
    return f"(-{INFINITY})" if name == "max" else INFINITY


def split(arrays: Sequence[Value], first: str, **bounds: int | str) -> list[str]:
    """Statements that take the number of a thread apart: an index called `first`, then one below
    each of the bounds, the last of which runs fastest. `arrays` are those that are indexed.
    """
    small = all(a.size < INT for a in arrays)
    lines = [let("i0", "narrow(i)" if small else "i")]
    for k, (name, bound) in enumerate(reversed(bounds.items())):
        lines += [let(name, f"rest(i{k}, {bound})"), let(f"i{k + 1}", f"over(i{k}, {bound})")]
    return [*lines, let(first, f"i{len(bounds)}")]


def _cells(window: Sliding, sizes: Sequence[int]) -> Iterator[tuple[str, str]]:
    """For each cell of the window at (plane, row, column): where it is in the input, and whether it
    is inside.
    """
    for tap in product(*map(range, window.size)):
        y, x = (
            _sum(f"{name} * {step}" if step > 1 else name, t * apart - before)
            for name, t, step, apart, (before, _) in zip(
                ("row", "column"), tap, window.stride, window.dilation, window.padding, strict=True
            )
        )
        inside = (f"({a} >= 0) & ({a} < {n})" for a, n in zip((y, x), sizes, strict=True))
        yield f"(plane * {sizes[0]} + {y}) * {sizes[1]} + {x}", " & ".join(inside)


def _loads(window: Sliding, sizes: Sequence[int], otherwise: str) -> Iterator[str]:
    """The cells under the window at (plane, row, column)."""
    for at, inside in _cells(window, sizes):
        yield f"load(x, {inside}, {at}, {otherwise})"


def _total(window: Sliding) -> str:
    """The statement that adds up what was found for each cell of the window."""
    return put("y", " + ".join(f"t{k}" for k in range(prod(window.size))))


def _places(window: Sliding, out: Sequence[int]) -> Iterator[tuple[str, str, str]]:
    """For each cell of the window: the place where that cell meets the input at (row, column), and
    whether there is one.
    """
    for tap in product(*map(range, window.size)):
        found, fits = [], []
        for name, t, step, apart, (before, _), n in zip(
            ("row", "column"), tap, window.stride, window.dilation, window.padding, out, strict=True
        ):
            ahead = _sum(name, before - t * apart)
            found.append(f"over({ahead}, {step})" if step > 1 else ahead)
            fits.append(f"({ahead} >= 0) & ({found[-1]} < {n})")
            if step > 1:
                fits.append(f"(rest({ahead}, {step}) == 0)")
        yield found[0], found[1], " & ".join(fits)


def _sum(text: str, constant: int) -> str:
    return f"({text} + {constant})" if constant >= 0 else f"({text} - {-constant})"


def run(
    xp: ArrayNamespace,
    name: str,
    lines: Sequence[str],
    arrays: dict[str, Value],
    counts: dict[str, int],
    made: Value,
    size: int | None = None,
) -> None:
    """Run a kernel that fills `made`, called y: with `size` threads, by default one for each of its
    elements.
    """
    if not made.size:
        return
    taken = [f"raw {a.dtype.name} {k}" for k, a in arrays.items()]
    taken += [f"int64 {k}" for k in counts]
    raw = "" if size is None else "raw "
    dtype = next(iter(arrays.values())).dtype.name
    launch = kernel(xp.module, name, taken, [f"{raw}{made.dtype.name} y"], lines, dtype)
    given = [*map(xp.module.ascontiguousarray, arrays.values()), *counts.values(), made]
    launch(*given, **({} if size is None else {"size": size}))
