"""Shape rules shared by several ops.

All are pure functions of shapes; none needs an array library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradviz.errors import ShapeError
from gradviz.ops.op import Shape, say_shapes

Axis = int | Sequence[int] | None


def broadcast(name: str, *shapes: Shape) -> Shape:
    """NumPy's broadcasting. Raises ShapeError naming the op and every shape."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    out = []
    for sizes in zip(*padded, strict=True):
        wide = {n for n in sizes if n != 1}
        if len(wide) > 1:
            raise ShapeError(
                f"shapes do not fit {name}",
                expected="sizes that are equal or 1, compared from the last axis",
                got=say_shapes(shapes),
            )
        out.append(wide.pop() if wide else 1)
    return tuple(out)


def elementwise(name: str) -> Callable[..., Shape]:
    """The shape rule of an elementwise op."""
    return lambda *shapes, **options: broadcast(name, *shapes)


def summed_axes(wide: Shape, narrow: Shape) -> tuple[int, ...]:
    """The axes of `wide` along which an operand of shape `narrow` was repeated to reach it."""
    lead = len(wide) - len(narrow)
    return tuple(i for i, n in enumerate(wide) if i < lead or (narrow[i - lead] == 1 and n != 1))


def axes(name: str, axis: Axis, rank: int) -> tuple[int, ...]:
    """`axis` as a sorted tuple of non-negative axes; None means all of them."""
    if axis is None:
        return tuple(range(rank))
    given: list[Any] = list(axis) if isinstance(axis, list | tuple) else [axis]
    for a in given:
        if not isinstance(a, int) or isinstance(a, bool) or not -rank <= a < rank:
            expected = (
                f"axes from {-rank} to {rank - 1}" if rank else "no axis: the operand is a scalar"
            )
            raise ShapeError(f"{name} has no such axis", expected=expected, got=f"axis={axis!r}")
    found = sorted(a % rank for a in given)
    if len(set(found)) < len(found):
        raise ShapeError(
            f"{name} got an axis twice", expected="different axes", got=f"axis={axis!r}"
        )
    return tuple(found)


def one_axis(name: str, axis: Any, rank: int) -> int:
    """`axis` as one non-negative axis. Raises ShapeError for several, or none."""
    if axis is None or isinstance(axis, list | tuple):
        raise ShapeError(
            f"{name} takes one axis",
            expected=f"a whole number from {-rank} to {rank - 1}",
            got=f"axis={axis!r}",
        )
    return axes(name, axis, rank)[0]


def whole_numbers(name: str, value: Any) -> list[int]:
    """One whole number or several, as a list. Raises ShapeError for anything else."""
    given = list(value) if isinstance(value, list | tuple) else [value]
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in given):
        raise ShapeError(
            f"{name} takes whole numbers", expected="such as 2 or (2, 3)", got=f"{value!r:.40}"
        )
    return given


def reduction(name: str, *, empty: bool = True) -> Callable[..., Shape]:
    """The shape rule of an op that removes axes. `empty=False` refuses to reduce no elements."""

    def shape(x: Shape, *, axis: Axis = None, keepdims: bool = False, **_: Any) -> Shape:
        gone = axes(name, axis, len(x))
        if not empty and any(x[a] == 0 for a in gone):
            raise ShapeError(
                f"{name} of no elements", expected="at least one element", got=str(tuple(x))
            )
        if keepdims:
            return tuple(1 if i in gone else n for i, n in enumerate(x))
        return tuple(n for i, n in enumerate(x) if i not in gone)

    return shape


def kept(x: Shape, axis: Axis, name: str = "reduction") -> Shape:
    """The shape with the reduced axes kept as 1, so that a reduced array broadcasts against `x`."""
    gone = axes(name, axis, len(x))
    return tuple(1 if i in gone else n for i, n in enumerate(x))
