"""Windows that slide over the last axes of an array: their geometry and their options.

Pure arithmetic on shapes; no array library is needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from gradviz.errors import ShapeError
from gradviz.ops.op import say_shape

Place = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]


MOST = 2**31
"""The most cells that a window may cover, skip or add; far more than any array has."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window with one entry per spatial axis (one or two of them).

    size      how many cells it covers.
    stride    how far it moves from one output cell to the next.
    padding   how many cells are added before and after the input.
    dilation  how far its cells stand apart, 1 for neighbours.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Pads
    dilation: tuple[int, ...]

    @property
    def span(self) -> tuple[int, ...]:
        """From its first to its last cell, inclusive: the size with the gaps of the dilation."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True))

    def padded(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """The sizes of the input with its padding."""
        return tuple(
            n + before + after for n, (before, after) in zip(sizes, self.padding, strict=True)
        )

    def out(self, sizes: Sequence[int]) -> tuple[int, ...]:
        """How many places it takes on an input of these sizes; a rest at the end is unused."""
        return _out(self, tuple(sizes))

    def places(self, out_place: Sequence[int], sizes: Sequence[int]) -> list[Place | None]:
        """The input cells under the window at an output cell, row by row; None for padding."""
        axes = [
            [
                at * self.stride[a] - self.padding[a][0] + t * self.dilation[a]
                for t in range(self.size[a])
            ]
            for a, at in enumerate(out_place)
        ]
        return [
            place if all(0 <= i < n for i, n in zip(place, sizes, strict=True)) else None
            for place in itertools.product(*axes)
        ]


@lru_cache(maxsize=1024)
def _out(window: Window, sizes: tuple[int, ...]) -> tuple[int, ...]:
    rows = zip(window.padded(sizes), window.span, window.stride, strict=True)
    return tuple((n - span) // step + 1 for n, span, step in rows)


def whole(
    name: str, option: str, value: Any, axes: int, least: int, *, listed: bool = True
) -> tuple[int, ...]:
    """An option that is one whole number, or, if it may be `listed`, one for each axis.

    Raises ShapeError for anything else.
    """
    given = list(value) if listed and isinstance(value, list | tuple) else [value] * axes
    if len(given) != axes or any(
        not isinstance(n, int) or isinstance(n, bool) or not least <= n <= MOST for n in given
    ):
        most = (
            f" and at most {MOST:,}" if any(isinstance(n, int) and n > MOST for n in given) else ""
        )
        each = f", or {axes} of them: one for each axis" if axes > 1 else ""
        raise ShapeError(
            f"{name} cannot use this {option}",
            expected=f"a whole number of at least {least}{most}{each}",
            got=f"{option}={value!r:.40}",
        )
    return tuple(given)


def resolve(
    name: str,
    layout: str,
    sizes: Sequence[int],
    size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    *,
    pool: bool = False,
) -> Window:
    """The window that an op's options describe, checked against an input with these spatial sizes.

    Each option is a whole number or one per axis; `padding` may be "same" if the stride is 1: as
    many output as input cells, with an odd cell going to the end. `pool` limits the padding to half
    the window, as PyTorch does. Raises ShapeError naming the op and the layout of its input.
    """
    axes = len(sizes)
    cells = whole(name, "size", size, axes, 1)
    steps, apart = (
        whole(name, "stride", stride, axes, 1),
        whole(name, "dilation", dilation, axes, 1),
    )
    window = Window(cells, steps, tuple((0, 0) for _ in cells), apart)
    window = Window(cells, steps, _pads(name, padding, window), apart)
    here = f"{name} on {layout}, spatial size {_by(sizes)}"
    if pool and any(2 * max(pads) > k for pads, k in zip(window.padding, cells, strict=True)):
        raise ShapeError(
            f"{here}: padding of more than half the window",
            expected=f"at most half of {_by(cells)}",
            got=f"padding={padding!r}",
            hint="a window must not lie entirely in the padding",
        )
    if any(span > n for span, n in zip(window.span, window.padded(sizes), strict=True)):
        wide = " with its dilation" if window.span != cells else ""
        padded = (
            f" ({_by(window.padded(sizes))} with its padding)"
            if window.padded(sizes) != tuple(sizes)
            else ""
        )
        raise ShapeError(
            f"{here}: the window is larger than the input",
            expected=f"at most {_by(sizes)}{padded}",
            got=f"a window of {_by(window.span)}{wide}",
            hint="use more padding or a smaller window",
        )
    return window


Found = TypeVar("Found")


def remembered(find: Callable[..., Found]) -> Callable[..., Found]:
    """`find`, which is asked only once for the same shapes and options.

    For formulas: True and 1 are the same option here, and only a shape rule tells them apart.
    """
    known = lru_cache(maxsize=1024)(find)

    def found(*shapes: Any, **options: Any) -> Found:
        try:
            return known(*shapes, **options)
        except TypeError:  # options in lists
            return find(*shapes, **options)

    return found


def _pads(name: str, padding: Any, window: Window) -> Pads:
    """Before and after each axis."""
    if padding != "same":
        if isinstance(padding, str):
            raise ShapeError(
                f"{name} cannot use this padding",
                expected='a whole number, a pair, or "same"',
                got=f"{padding!r:.40}",
            )
        return tuple((n, n) for n in whole(name, "padding", padding, len(window.size), 0))
    if set(window.stride) != {1}:
        raise ShapeError(
            f'{name} takes padding="same" with a stride of 1 only',
            expected="stride=1",
            got=f"stride={_by(window.stride)}",
            hint="give the padding as numbers",
        )
    return tuple(((span - 1) // 2, span - 1 - (span - 1) // 2) for span in window.span)


def _by(sizes: Sequence[int]) -> str:
    return say_shape(tuple(sizes))
