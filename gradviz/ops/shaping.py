"""Ops that move elements without changing them: the gradient goes back the way they came."""

import math
import operator
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise, starmap
from typing import Any

from gradviz.errors import ShapeError, UnknownNameError
from gradviz.ops.op import REQUIRED, Array, Maths, Namespace, Notation, Shape, is_number, say_shapes
from gradviz.ops.registry import declare
from gradviz.ops.shapes import axes, one_axis, whole_numbers

MOVED = {
    "forward arrays": "{x} is reshaped to {shape}; no number changes.",
    "backward arrays": (
        "Only the shape had changed, so the gradient is reshaped to that of {source}."
    ),
}


def _reshaped(x: Shape, *, shape: int | Sequence[int]) -> Shape:
    wanted = whole_numbers("reshape", shape)
    size, fixed = math.prod(x), math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and fixed and size % fixed == 0:
        return tuple(size // fixed if n == -1 else n for n in wanted)
    if min(wanted, default=0) < 0 or fixed != size:
        raise ShapeError(
            "shapes do not fit reshape",
            expected=f"{size} elements, as in {tuple(x)}",
            got=str(tuple(wanted)),
            hint="one size may be -1: it is inferred",
        )
    return tuple(wanted)


RESHAPE = declare(
    "reshape",
    ("x",),
    "the same elements in another shape; a size of -1 is inferred",
    options={"shape": REQUIRED},
    aliases={"newshape": "shape"},
    numpy=("reshape",),
    moves=True,
    forward=lambda xp, x, shape: xp.reshape(x, _reshaped(xp.shape(x), shape=shape)),
    vjp=(lambda xp, g, y, x, shape: xp.reshape(g, xp.shape(x)),),
    shape=_reshaped,
    rule=(lambda m, g, y, x, shape: m.reshaped(g, x.shape),),
    words=MOVED
    | {"forward": "The only element of {x}, as a single number: {value}."}
    | {"backward": MOVED["backward arrays"]},
    domain=((-2, 2),),
    examples=(
        (((2, 3),), {"shape": (3, 2)}),
        (((4,),), {"shape": (2, -1)}),
        (((1,),), {"shape": ()}),
    ),
)


def _flattened(x: Shape, *, start: Any = 0) -> Shape:
    given = whole_numbers("flatten", start)
    if len(given) != 1:
        raise FLATTEN.misshapen("one axis to start at", f"start={start!r:.40}")
    first = given[0]
    if not -len(x) <= first <= max(0, len(x) - 1):
        raise FLATTEN.misshapen(
            f"{-first if first < 0 else first + 1} axes or more, to start at axis {first}", str(x)
        )
    kept = x[:first] if first else ()
    return (*kept, math.prod(x[len(kept) :]))


FLATTEN = declare(
    "flatten",
    ("x",),
    "all elements in one row; with start=-3 only those of the last three axes",
    in_place=True,
    options={"start": 0},
    aliases={"start_dim": "start"},
    numpy=("ravel",),
    moves=True,
    forward=lambda xp, x, start: xp.reshape(x, _flattened(tuple(xp.shape(x)), start=start)),
    vjp=(lambda xp, g, y, x, start: xp.reshape(g, xp.shape(x)),),
    shape=_flattened,
    rule=(lambda m, g, y, x, start: m.reshaped(g, x.shape),),
    words=MOVED,
    domain=((-2, 2),),
    examples=(
        (((2, 3),), {}),
        (((),), {}),
        (((2, 1, 2, 2),), {"start": -3}),
        (((2, 1, 2),), {"start": 1}),
    ),
)


def _appended(x: Shape, *, value: Any) -> Shape:
    if not x or not is_number(value):
        got = f"a scalar, {tuple(x)}" if not x else f"value={value!r:.40}"
        raise APPEND.misshapen("x of one axis or more, and a number as the value", got)
    return (*x[:-1], x[-1] + 1)


def _with_one_more(xp: Namespace, x: Array, value: Any) -> Array:
    one = xp.ones((*xp.shape(x)[:-1], 1))
    return xp.concatenate([x, one if value == 1 else value * one], len(xp.shape(x)) - 1)


APPEND = declare(
    "append",
    ("x",),
    "one element appended to the last axis: a 1 there turns a column of weights into biases",
    options={"value": 1},
    moves=True,
    forward=_with_one_more,
    vjp=(lambda xp, g, y, x, value: g[..., :-1],),
    shape=_appended,
    rule=(
        lambda m, g, y, x, value: m.part(
            g, (*[":"] * (len(x.shape) - 1), f"0:{x.shape[-1]}"), x.shape
        ),
    ),
    words={
        "forward arrays": "One more element is appended to {x}: its shape becomes {shape}.",
        "backward arrays": (
            "{source} takes back the gradient of its own elements; the one that was added is a"
            " constant."
        ),
    },
    domain=((-2, 2),),
    examples=((((3,),), {}), (((2, 2),), {"value": 2})),
)


def _turned(x: Shape, *, axes: Sequence[int] | None = None) -> Shape:
    return tuple(x[i] for i in _order(x, axes))


def _order(x: Shape, given: Sequence[int] | None) -> tuple[int, ...]:
    """Where each axis of the output comes from."""
    if given is None:
        return tuple(reversed(range(len(x))))
    if len(axes("transpose", given, len(x))) != len(x):
        raise ShapeError(
            "shapes do not fit transpose",
            expected=f"all {len(x)} axes in a new order",
            got=f"axes={given}",
        )
    return tuple(a % len(x) for a in whole_numbers("transpose", given))


def _untranspose(xp: Namespace, g: Array, y: Array, x: Array, axes: Sequence[int] | None) -> Array:
    return xp.transpose(g, _inverse(xp.shape(x), axes))


def _inverse(x: Shape, axes: Sequence[int] | None) -> tuple[int, ...]:
    """The order that turns the axes back."""
    order = _order(x, axes)
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _written_turn(m: Notation, x: Maths, axes: Sequence[int] | None) -> Maths:
    """xᵀ for a matrix; for more axes, or names whose shape is not known, as it is called."""
    rank = len(x.shape)
    if rank == 1 or (rank and axes is not None and _order(x.shape, axes) == tuple(range(rank))):
        return x
    if rank == 2 or axes is None:
        return m.transpose(x) if rank < 3 else m.call("transpose", x)
    turned = m.call("transpose", x, m.phrase(f"axes={tuple(axes)}"))
    return m.shaped(turned, tuple(x.shape[a] for a in axes) if rank else ())


def _turn_said(x: Shape, *, axes: Sequence[int] | None) -> str:
    """Which sentences apply: for rows and columns that change places, or another order."""
    order = _order(x, axes)
    if order == tuple(range(len(x))):
        return "same"
    return "" if len(x) == 2 else "order"


TRANSPOSE = declare(
    "transpose",
    ("x",),
    "the axes reversed, or in the order of `axes`",
    operator="x.T",
    glyph="xᵀ",
    options={"axes": None},
    numpy=("transpose",),
    moves=True,
    forward=lambda xp, x, axes: xp.transpose(x, _order(xp.shape(x), axes)),
    vjp=(_untranspose,),
    shape=_turned,
    written=lambda m, x, axes: _written_turn(m, x, axes),
    rule=(lambda m, g, y, x, axes: _written_turn(m, g, _inverse(x.shape, axes)),),
    index=(
        lambda m, g, y, x, axes: (
            m.at(g, "".join(m.indices(x)[i] for i in _order(x.shape, axes)))
            if len(x.shape) <= len(m.letters)
            else None
        ),
    ),
    words=MOVED
    | {
        "forward arrays": "Rows become columns: {output} = {written}.",
        "backward arrays": "Columns become rows again: the gradient is transposed back.",
        "forward order": "The axes of {x} in another order: {shape}; no number changes.",
        "backward order": "The axes of the gradient go back into the order of {source}.",
        "forward same": "The axes stay in their order: nothing changes.",
        "backward same": "The axes stayed in their order: the gradient passes unchanged.",
    },
    setting=_turn_said,
    domain=((-2, 2),),
    examples=((((2, 3),), {}), (((2, 3, 1),), {"axes": (1, 2, 0)}), (((3,),), {})),
)


def decode_index(index: Sequence[Any]) -> tuple[Any, ...]:
    """NumPy's index from its plain form: ints and lists of ints as they are, slices as text "1:3".

    "..." is an ellipsis and "newaxis" a new axis. Raises UnknownNameError for anything else.
    """
    return tuple(map(_decode, index))


def _decode(entry: Any) -> Any:
    if isinstance(entry, int) and not isinstance(entry, bool):
        return entry
    if isinstance(entry, list | tuple):
        return [_decode(e) for e in entry]
    if entry == "...":
        return ...
    if entry == "newaxis":
        return None
    if isinstance(entry, str) and re.fullmatch(r"(-?\d{0,18}):(-?\d{0,18})(:(-?\d{0,18}))?", entry):
        return slice(*(int(p) if p else None for p in entry.split(":")))
    raise UnknownNameError(
        f"{entry!r} is not a valid index", expected='whole numbers, slices such as "1:3", "..."'
    )


def _reversal(x: Shape, given: int | Sequence[int] | None) -> list[Any]:
    """The index that reverses these axes."""
    turned = axes("flip", given, len(x))
    return ["::-1" if i in turned else ":" for i in range(len(x))]


def _flipped(x: Shape, *, axes: int | Sequence[int] | None = None) -> Shape:
    _reversal(x, axes)
    return x


def _flip(xp: Namespace, x: Array, axes: int | Sequence[int] | None) -> Array:
    return xp.take_index(x, decode_index(_reversal(xp.shape(x), axes)))


def _written_flip(m: Notation, x: Maths, axes: int | Sequence[int] | None) -> Maths:
    return m.call("flip", x, *(() if axes is None else (m.phrase(f"axes={axes}"),)))


FLIP = declare(
    "flip",
    ("x",),
    "the elements in reverse order along `axes`, all by default",
    options={"axes": None},
    aliases={"axis": "axes", "dims": "axes"},
    numpy=("flip",),
    moves=True,
    forward=_flip,
    vjp=(lambda xp, g, y, x, axes: _flip(xp, g, axes),),
    shape=_flipped,
    rule=(lambda m, g, y, x, axes: _written_flip(m, g, axes),),
    words={
        "forward": "A single number has no order to reverse: {value}.",
        "forward arrays": "The elements of {x} in reverse order; no number changes.",
        "backward": "The gradient passes unchanged.",
        "backward arrays": "The gradient is reversed in the same way, back to where it came from.",
    },
    domain=((-2, 2),),
    examples=(
        (((3,),), {}),
        (((2, 3),), {"axes": 1}),
        (((2, 1, 3),), {"axes": (0, -1)}),
        (((),), {}),
    ),
)


def _plain_index(index: Any) -> list[Any]:
    """An index as the option holds it: a list of entries, see `decode_index`.

    Raises UnknownNameError.
    """
    entries = list(index) if isinstance(index, list | tuple) else [index]
    decode_index(entries)
    return [list(e) if isinstance(e, tuple) else e for e in entries]


def encode_index(index: Any) -> list[Any]:
    """The plain form of NumPy's index; inverse of `decode_index`.

    Raises UnknownNameError for anything else.
    """
    return [_encode(e) for e in (index if isinstance(index, tuple) else (index,))]


def _encode(entry: Any) -> Any:
    if isinstance(entry, slice):
        parts = ["" if p is None else str(_whole(p)) for p in (entry.start, entry.stop, entry.step)]
        return ":".join(parts if parts[2] else parts[:2])
    if entry is ...:
        return "..."
    if entry is None:
        return "newaxis"
    if getattr(entry, "shape", ()):
        entry = entry.tolist()
    return [_encode(e) for e in entry] if isinstance(entry, list | tuple) else _whole(entry)


def _whole(entry: Any) -> int:
    if isinstance(entry, bool) or not hasattr(entry, "__index__"):
        raise UnknownNameError(
            "not a valid index",
            expected="whole numbers, slices, ..., None or lists of whole numbers",
            got=f"{entry!r:.40}",
        )
    return operator.index(entry)


def _indexed(x: Shape, *, index: Sequence[Any]) -> Shape:
    """The shape of x[index], by NumPy's rules for integers, slices and lists of integers."""
    entries = list(decode_index(index))
    used = sum(e is not None and e is not ... for e in entries)
    if used > len(x) or sum(e is ... for e in entries) > 1:
        raise INDEX.misshapen(
            f"at most {len(x)} ind{'ex' if len(x) == 1 else 'ices'}"
            if used > len(x)
            else "one ellipsis",
            f"{list(index)}",
        )
    lists = sum(isinstance(e, list) for e in entries)
    if lists > 1 or (lists and any(isinstance(e, int) for e in entries)):
        raise INDEX.misshapen("one list of indices, combined only with slices", f"{list(index)}")
    out: list[int] = []
    axis = 0
    for entry in entries:
        taken = len(x) - used if entry is ... else 0 if entry is None else 1
        out += (1,) if entry is None else _taken(x[axis : axis + taken], entry, axis)
        axis += taken
    return (*out, *x[axis:])


def _taken(sizes: Shape, entry: Any, axis: int) -> Shape:
    """The sizes that remain of the axes that an entry of an index refers to."""
    if entry is ...:
        return sizes
    (size,) = sizes
    if isinstance(entry, slice):
        if entry.step == 0:
            raise INDEX.misshapen("a step that is not 0", "a step of 0")
        return (len(range(*entry.indices(size))),)
    for i in entry if isinstance(entry, list) else [entry]:
        if not isinstance(i, int) or not -size <= i < size:
            raise INDEX.misshapen(f"an index from {-size} to {size - 1} on axis {axis}", f"{i}")
    return (len(entry),) if isinstance(entry, list) else ()


def _takes_all(index: Sequence[Any]) -> bool:
    """Whether an index takes every element in its place, perhaps along new axes."""
    return all(e in ("newaxis", "...", ":") for e in index)


def _put_back(m: Notation, g: Maths, x: Maths, index: Sequence[Any]) -> Maths:
    """u at x[0], zeros elsewhere; u itself where every element was taken once."""
    if _takes_all(index):
        return m.reshaped(g, x.shape)
    added = any(isinstance(e, list | tuple) and len(set(e)) < len(e) for e in index)
    at = m.place(x, index)
    return m.say(
        "{} added at {}, zeros elsewhere" if added else "{} at {}, zeros elsewhere",
        g,
        at,
        shape=x.shape,
    )


INDEX = declare(
    "index",
    ("x",),
    "an element or a slice: x[0], x[1:3, -1]",
    glyph="[ ]",
    operator="x[]",
    options={"index": REQUIRED},
    plain={"index": _plain_index},
    moves=True,
    forward=lambda xp, x, index: xp.take_index(x, decode_index(index)),
    vjp=(lambda xp, g, y, x, index: xp.scatter_add(xp.shape(x), decode_index(index), g),),
    shape=_indexed,
    written=lambda m, x, index: m.subscript(x, index),
    rule=(lambda m, g, y, x, index: _put_back(m, g, x, index),),
    words={
        "forward": "{written} is {value}.",
        "forward arrays": "{written} is a part of {x}, of shape {shape}.",
        "forward whole": MOVED["forward arrays"],
        "backward whole": MOVED["backward arrays"],
        "backward": ("Only {written} was used: it receives {upstream}, the rest of {source} 0."),
        "backward arrays": (
            "The elements that were taken receive their gradient, the others 0; one taken more than"
            " once receives the sum."
        ),
    },
    setting=lambda x, index: "whole" if _takes_all(index) else "",
    domain=((-2, 2),),
    examples=(
        (((3,),), {"index": [1]}),
        (((2, 3),), {"index": [-1, "0:2"]}),
        (((4,),), {"index": ["::-2"]}),
        (((2, 3),), {"index": ["...", 0]}),
        (((3,),), {"index": [[0, 2, 0]]}),
        (((2,),), {"index": ["newaxis"]}),
    ),
)


def _changed(x: Shape, value: Shape, *, index: Sequence[Any]) -> Shape:
    """The shape of x. The value is one number for every place, or an array of their shape."""
    try:
        part = _indexed(x, index=index)
    except ShapeError as error:
        raise PUT.misshapen(error.expected, error.got) from None
    if value not in ((), part):
        array = f", or an array of {say_shapes([part])}," if part else ""
        raise PUT.misshapen(f"a number{array} for x[{_said(index)}]", say_shapes([value]))
    entries = decode_index(index)
    for k, entry in enumerate(entries):
        if isinstance(entry, list):
            size = x[_axis(x, entries, k)]
            if len({i % size for i in entry}) < len(entry):
                raise PUT.misshapen("every place once", f"{entry}")
    return x


def _axis(x: Shape, entries: Sequence[Any], k: int) -> int:
    """The axis that entry k of an index refers to."""
    if ... in entries[:k]:
        return len(x) - sum(e is not None for e in entries[k:])
    return sum(e is not None for e in entries[:k])


def _said(index: Sequence[Any]) -> str:
    return ", ".join(map(str, index))


def _is_put(xp: Namespace, x: Array, index: Sequence[Any]) -> Array:
    """Where x[index] is in x."""
    shape = xp.shape(x)
    ones = xp.ones(_indexed(tuple(shape), index=index))
    return xp.scatter_add(shape, decode_index(index), ones) > 0


def _put(xp: Namespace, x: Array, value: Array, index: Sequence[Any]) -> Array:
    part = xp.zeros(_indexed(tuple(xp.shape(x)), index=index)) + value
    return xp.where(
        _is_put(xp, x, index), xp.scatter_add(xp.shape(x), decode_index(index), part), x
    )


def _of_value(xp: Namespace, g: Array, value: Array, index: Sequence[Any]) -> Array:
    part = xp.take_index(g, decode_index(index))
    return part if xp.shape(value) else xp.sum(part)


def _put_rule(m: Notation, g: Maths, value: Maths, index: Sequence[Any]) -> Maths:
    """What the new value receives: the gradient at its places, their sum for a single number."""
    part = m.subscript(g, list(index))
    return m.shaped(
        part if value.shape or _is_one(g.shape, index) else m.total("sum", part), value.shape
    )


def _is_one(x: Shape, index: Sequence[Any]) -> bool:
    return not x or _indexed(x, index=index) == ()


PUT = declare(
    "put",
    ("x", "value"),
    "x with another value at x[index], as x[2] = 0 writes it",
    operator="x[]=",
    options={"index": REQUIRED},
    plain={"index": _plain_index},
    forward=_put,
    vjp=(
        lambda xp, g, y, x, value, index: xp.where(_is_put(xp, x, index), 0, g),
        lambda xp, g, y, x, value, index: _of_value(xp, g, value, index),
    ),
    shape=_changed,
    rule=(
        lambda m, g, y, x, value, index: m.say(
            "{} with 0 at {}", g, m.place(x, index), shape=x.shape
        ),
        lambda m, g, y, x, value, index: _put_rule(m, g, value, index),
    ),
    words={
        "forward arrays": "{output} is {x} with new numbers where it was assigned.",
        "backward 0 arrays": "What was overwritten no longer counts: {source} receives 0 there.",
        "backward 1 arrays": (
            "{source} stands where it was put, and receives the gradient from there."
        ),
    },
    domain=((-2, 2), (-2, 2)),
    examples=(
        (((3,), ()), {"index": [1]}),
        (((2, 3), (2,)), {"index": [-1, "0:2"]}),
        (((4,), ()), {"index": ["::-2"]}),
        (((3,), (2,)), {"index": [[0, 2]]}),
    ),
)


def _joined(*shapes: Shape, axis: int = 0) -> Shape:
    rank = len(shapes[0])
    if rank == 0:
        raise CONCATENATE.misshapen(
            "arrays of one axis or more", say_shapes(shapes), "stack joins scalars"
        )
    if any(len(s) != rank for s in shapes):
        raise CONCATENATE.misshapen("arrays with the same number of axes", say_shapes(shapes))
    at = one_axis("concatenate", axis, rank)
    rests = {s[:at] + s[at + 1 :] for s in shapes}
    if len(rests) > 1:
        raise CONCATENATE.misshapen(f"sizes that agree on every axis but {at}", say_shapes(shapes))
    return (*shapes[0][:at], sum(s[at] for s in shapes), *shapes[0][at + 1 :])


def _stretches(*shapes: Shape, axis: int) -> list[slice]:
    """Where each operand stands along the axis."""
    ends = accumulate((s[axis] for s in shapes), initial=0)
    return list(starmap(slice, pairwise(ends)))


def _own_stretch(
    xp: Namespace,
    g: Array,
    y: Array,
    *xs: Array,
    slot: int,
    axis: int,
    stretch: slice | None = None,
) -> Array:
    cut = [slice(None)] * len(xp.shape(y))
    cut[axis] = stretch or _stretches(*map(xp.shape, xs), axis=axis)[slot]
    return g[tuple(cut)]


def _written_stretch(m: Notation, g: Maths, y: Maths, *xs: Maths, slot: int, axis: int) -> Maths:
    sizes = [x.shape[axis] for x in xs]
    start = sum(sizes[:slot])
    cut = [":"] * (axis % len(y.shape)) + [f"{start}:{start + sizes[slot]}"]
    return m.part(g, cut, xs[slot].shape)


JOINED = {
    "forward arrays": "The operands side by side, of shape {shape}.",
    "backward arrays": "{source} receives the part of the gradient that lies where it lay.",
}

CONCATENATE = declare(
    "concatenate",
    ("*xs",),
    "arrays joined along an existing axis",
    glyph="concat",
    options={"axis": 0},
    numpy=("concatenate", "concat"),
    moves=True,
    forward=lambda xp, *xs, axis: xp.concatenate(list(xs), axis),
    vjp=(_own_stretch,),
    stretches=_stretches,
    shape=_joined,
    rule=(_written_stretch,),
    words=JOINED,
    domain=((-2, 2),),
    examples=((((2,), (3,)), {}), (((2, 1), (2, 2), (2, 1)), {"axis": -1})),
)


def _stacked(*shapes: Shape, axis: int = 0) -> Shape:
    if len(set(shapes)) > 1:
        raise STACK.misshapen("arrays of one shape", say_shapes(shapes))
    at = one_axis("stack", axis, len(shapes[0]) + 1)
    return (*shapes[0][:at], len(shapes), *shapes[0][at:])


def _own_layer(xp: Namespace, g: Array, y: Array, *xs: Array, slot: int, axis: int) -> Array:
    cut: list[Any] = [slice(None)] * len(xp.shape(y))
    cut[axis] = slot
    return g[tuple(cut)]


STACK = declare(
    "stack",
    ("*xs",),
    "arrays of one shape joined along a new axis; [a, b] in text",
    operator="[]",
    options={"axis": 0},
    numpy=("stack",),
    moves=True,
    forward=lambda xp, *xs, axis: xp.stack(list(xs), axis),
    vjp=(_own_layer,),
    shape=_stacked,
    rule=(
        lambda m, g, y, *xs, slot, axis: m.part(
            g, [*[":"] * (axis % len(y.shape)), slot], xs[slot].shape
        ),
    ),
    words=JOINED,
    domain=((-2, 2),),
    examples=((((), ()), {}), (((2,), (2,), (2,)), {"axis": 1})),
)
