"""Pooling: each window of an image becomes one number."""

import math
from collections.abc import Mapping
from typing import Any

from gradviz.arrays.kernels import pooling
from gradviz.arrays.kernels.windows import inside, padded
from gradviz.errors import ShapeError
from gradviz.ops.op import (
    REQUIRED,
    Array,
    Examples,
    Maths,
    Namespace,
    Notation,
    Op,
    Shape,
    ShapeRule,
    is_number,
    say_shape,
)
from gradviz.ops.registry import declare
from gradviz.ops.windows.window import Pads, Place, Window, remembered, resolve, whole

LAYOUT = "(…, H, W)"
FIRST = "the first winner of a window, row by row, takes its gradient; padding never wins"


def _image(name: str, x: Shape) -> Shape:
    """The last two sizes. Raises ShapeError if there are fewer."""
    if len(x) < 2 or 0 in x[-2:]:
        hint = "" if len(x) >= 2 else "give the rows and columns of an image, such as 5×5"
        raise ShapeError(
            f"shapes do not fit {name}",
            expected=f"x as {LAYOUT}: at least one row and one column",
            got=str(tuple(x)),
            hint=hint,
        )
    return x[-2:]


def _window(
    name: str,
    x: Shape,
    size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    **_: Any,
) -> Window:
    sizes = _image(name, x)
    window = resolve(
        name, LAYOUT, sizes, size, size if stride is None else stride, padding, dilation, pool=True
    )
    padded_at_all = any(map(any, window.padding))
    if padded_at_all and any(
        all(i is None for i in row) for axis in _axis_cells(window, sizes) for row in axis
    ):
        raise ShapeError(
            f"{name} on {LAYOUT}: a window lies entirely in the padding",
            expected="less padding or dilation",
            got=f"x of {say_shape(sizes)}, padding={padding!r}, dilation={dilation!r}",
        )
    return window


def _axis_cells(window: Window, sizes: Shape) -> list[list[list[int | None]]]:
    """For each axis and each place along it, the indices under the window; None for padding."""
    rows = zip(
        window.size,
        window.stride,
        window.padding,
        window.dilation,
        window.out(sizes),
        sizes,
        strict=True,
    )
    return [
        [[i if 0 <= (i := p * s - pad + t * d) < n else None for t in range(k)] for p in range(out)]
        for k, s, (pad, _), d, out, n in rows
    ]


def _cells(place: Place, window: Window, x: Shape) -> tuple[list[Place | None]]:
    found = window.places(place[-2:], x[-2:])
    return ([None if cell is None else (*place[:-2], *cell) for cell in found],)


def _overlapping(size: Any, stride: Any) -> bool:
    """Whether windows may overlap."""
    cells, steps = (
        (n, n) if isinstance(n, int) else tuple(n)
        for n in (size, size if stride is None else stride)
    )
    return any(s < k for s, k in zip(steps, cells, strict=True))


def _routed(m: Notation, g: Maths, x: Maths, name: str, size: Any, stride: Any) -> Maths:
    """The gradient at the winner of each window, added up where windows share one."""
    return m.say(
        "{} added at the first {extreme} of each window of {}, zeros elsewhere"
        if _overlapping(size, stride)
        else "{} at the first {extreme} of each window of {}, zeros elsewhere",
        g,
        x,
        shape=x.shape,
        extreme=name,
    )


def _spread(m: Notation, g: Maths, x: Maths, size: Any, stride: Any) -> Maths:
    """A number for each window, which all its cells receive."""
    return m.say(
        "{} added to every cell of its window"
        if _overlapping(size, stride)
        else "{} at every cell of its window",
        g,
        shape=x.shape,
    )


def _written_count(m: Notation, y: Maths, size: Any, padding: Any, include: bool) -> Maths:
    if include or padding in (0, (0, 0), [0, 0]):
        return m.number(_area(size))
    return m.value("n", m.name("n", y.shape))


def _written_share(
    m: Notation, g: Maths, y: Maths, x: Maths, size: Any, stride: Any, padding: Any, include: bool
) -> Maths:
    """u/n for every cell of a window of n cells."""
    count = _written_count(m, y, size, padding, include)
    rule = _spread(m, m.div(g, count), x, size, stride)
    if count.kind == "number":
        return rule
    return m.given(rule, m.words("n the number of cells of each window inside the image"))


def _window_count(xp: Namespace, y: Array, x: Array, **_: Any) -> str:
    return str(math.prod(xp.shape(y)))


def _area(size: Any) -> int:
    return math.prod(whole("pooling", "size", size, 2, 1))


EXTREME_EXAMPLES: Examples = (
    (((3, 3),), {"size": 2, "stride": 1}),
    (((1, 2, 4),), {"size": (2, 2)}),
    (((2, 3),), {"size": (2, 2), "padding": (1, 0), "stride": 1}),
    (((1, 4),), {"size": (1, 2), "dilation": 2, "stride": 1}),
)
SPREAD_EXAMPLES: Examples = (
    (((3, 3),), {"size": 2, "stride": 1}),
    (((2, 2, 4),), {"size": 2}),
    (((1, 2, 3),), {"size": (2, 2), "padding": 1}),
)


def _extreme(name: str, sign: int, adjective: str) -> Op:
    called = f"{name}pool2d"

    def window(x: Shape, **options: Any) -> Window:
        return _window(called, x, **options)

    known = remembered(window)

    return declare(
        called,
        ("x",),
        f"the {adjective} cell of each window, over the last two axes",
        glyph=f"{name} pool",
        habits=(f"{name}pool", f"{name}_pool", f"{name}_pool2d"),
        roles=("input",),
        channel_axis=-3,
        spoken=f"{name} pooling",
        options={"size": REQUIRED, "stride": None, "padding": 0, "dilation": 1},
        forward=lambda xp, x, **options: pooling.extremes(
            xp, x, known(xp.shape(x), **options), name
        ),
        vjp=(
            lambda xp, g, y, x, **options: pooling.route(
                xp, g, y, x, known(xp.shape(x), **options), name
            ),
        ),
        shape=lambda x, **options: (*x[:-2], *window(x, **options).out(x[-2:])),
        window=window,
        cells=lambda place, x, **options: _cells(place, window(x, **options), x),
        combine=name,
        rule=(lambda m, g, y, x, size, stride, **_: _routed(m, g, x, name, size, stride),),
        words={
            "forward arrays": (
                f"Of each {{cells}} window of {{x}} the {adjective} cell is kept:"
                " {windows:window} in all."
            ),
            "backward arrays": (
                f"{name} pool routes: only the {adjective} of each window receives its gradient."
            ),
            "backward arrays tied": (
                f"{name} pool routes to the {adjective} of each window; in {{tied}} of {{windows}}"
                " windows several cells share it: the first, row by row, receives."
            ),
        },
        tied=lambda xp, y, x, **options: pooling.shared(xp, x, y, window(xp.shape(x), **options)),
        facts={
            "cells": lambda xp, y, x, size, **_: say_shape(whole(called, "size", size, 2, 1)),
            "windows": _window_count,
        },
        domain=((-3, 3),),
        examples=EXTREME_EXAMPLES,
        pieces=lambda xp, x, **options: pooling.winners(
            xp, x, window(xp.shape(x), **options), name
        ),
        ties=FIRST,
    )


MAXPOOL2D = _extreme("max", 1, "largest")
MINPOOL2D = _extreme("min", -1, "smallest")


def _average(x: Shape, **options: Any) -> Window:
    return _window("avgpool2d", x, **options)


_known_average = remembered(_average)


def _counted(xp: Namespace, x: Array, options: Mapping[str, Any]) -> Array:
    """How many cells each mean is taken over: those of the window, or those not in the padding."""
    window = _known_average(xp.shape(x), **options)
    if options["count_include_pad"] or not any(map(any, window.padding)):
        return math.prod(window.size)
    return pooling.window_sums(xp, xp.ones(xp.shape(x)[-2:]), window)


AVGPOOL2D = declare(
    "avgpool2d",
    ("x",),
    "the mean of each window, over the last two axes",
    glyph="avg pool",
    habits=("avgpool", "avg_pool", "avg_pool2d", "meanpool", "mean_pool"),
    roles=("input",),
    channel_axis=-3,
    spoken="average pooling",
    options={"size": REQUIRED, "stride": None, "padding": 0, "count_include_pad": True},
    forward=lambda xp, x, **options: xp.average(
        x,
        lambda v: pooling.window_sums(xp, v, _known_average(xp.shape(x), **options)),
        _counted(xp, x, options),
    ),
    vjp=(
        lambda xp, g, y, x, **options: pooling.spread_sums(
            xp,
            g / _counted(xp, x, options),
            _known_average(xp.shape(x), **options),
            xp.shape(x)[-2:],
        ),
    ),
    shape=lambda x, **options: (*x[:-2], *_average(x, **options).out(x[-2:])),
    window=_average,
    cells=lambda place, x, **options: _cells(place, _average(x, **options), x),
    combine="mean",
    rule=(
        lambda m, g, y, x, size, stride, padding, count_include_pad: _written_share(
            m, g, y, x, size, stride, padding, count_include_pad
        ),
    ),
    terms={
        "n": lambda xp, g, y, x, **options: xp.broadcast_to(_counted(xp, x, options), xp.shape(y))
    },
    words={
        "forward arrays": (
            "The mean of each window of {cells:cell} of {x}: {windows:window} in all."
        ),
        "backward arrays": (
            "The cells of a window share its gradient equally; where windows overlap, shares add"
            " up."
        ),
    },
    facts={"cells": lambda xp, y, x, size, **_: str(_area(size)), "windows": _window_count},
    domain=((-3, 3),),
    examples=(*SPREAD_EXAMPLES, (((2, 3),), {"size": 2, "padding": 1, "count_include_pad": False})),
)


def _lengths(x: Shape, **options: Any) -> Window:
    return _window("l2pool2d", x, **options)


_known_lengths = remembered(_lengths)


def _shares(xp: Namespace, g: Array, y: Array, x: Array, options: Mapping[str, Any]) -> Array:
    per_length = xp.limit(g / y, xp.equal(y, 0), 0)
    return x * pooling.spread_sums(
        xp, per_length, _known_lengths(xp.shape(x), **options), xp.shape(x)[-2:]
    )


L2POOL2D = declare(
    "l2pool2d",
    ("x",),
    "the root of the sum of squares of each window, over the last two axes",
    glyph="L2 pool",
    roles=("input",),
    channel_axis=-3,
    spoken="L2 pooling",
    options={"size": REQUIRED, "stride": None, "padding": 0},
    forward=lambda xp, x, **options: xp.length(
        x, lambda squares: pooling.window_sums(xp, squares, _known_lengths(xp.shape(x), **options))
    ),
    vjp=(lambda xp, g, y, x, **options: _shares(xp, g, y, x, options),),
    shape=lambda x, **options: (*x[:-2], *_lengths(x, **options).out(x[-2:])),
    window=_lengths,
    cells=lambda place, x, **options: _cells(place, _lengths(x, **options), x),
    combine="norm",
    rule=(
        lambda m, g, y, x, size, stride, **_: m.mul(x, _spread(m, m.div(g, y), x, size, stride)),
    ),
    words={
        "forward arrays": (
            "The length √(sum of squares) of each {cells} window of {x}: {windows:window} in all."
        ),
        "backward arrays": (
            "A length grows along its own direction: each cell receives its share of its window."
        ),
        "backward arrays tied": (
            "A length grows along its own direction; one of 0 has none, so its slope is taken as 0."
        ),
    },
    facts={
        "cells": lambda xp, y, x, size, **_: say_shape(whole("l2pool2d", "size", size, 2, 1)),
        "windows": _window_count,
    },
    domain=((0.3, 3),),
    examples=SPREAD_EXAMPLES,
    tied=lambda xp, y, x, **options: xp.equal(y, 0),
    pieces=lambda xp, x, **options: xp.sign(
        pooling.window_sums(xp, xp.abs(x), _lengths(xp.shape(x), **options))
    ),
    ties="the gradient of a length of 0 is taken as 0",
)


def _global_shape(name: str) -> ShapeRule:
    def shape(x: Shape) -> Shape:
        _image(name, x)
        return (*x[:-2], 1, 1)

    return shape


def _everything(place: Place, x: Shape) -> tuple[list[Place]]:
    return ([(*place[:-2], i, j) for i in range(x[-2]) for j in range(x[-1])],)


def _first_of_all(xp: Namespace, x: Array) -> Array:
    """Which cell of each image is the first largest."""
    shape = xp.shape(x)
    rows = xp.reshape(x, (*shape[:-2], math.prod(shape[-2:])))
    return xp.reshape(xp.winner(rows), shape)


GLOBAL_EXAMPLES: Examples = ((((2, 2),), {}), (((2, 1, 3),), {}), (((1, 2, 1, 2),), {}))

GLOBAL_AVGPOOL2D = declare(
    "global_avgpool2d",
    ("x",),
    "the mean of each whole image; the last two axes become 1×1",
    glyph="avg pool",
    roles=("input",),
    channel_axis=-3,
    spoken="global average pooling",
    forward=lambda xp, x: xp.average(
        x, lambda v: xp.sum(v, axis=(-2, -1), keepdims=True), math.prod(xp.shape(x)[-2:])
    ),
    vjp=(lambda xp, g, y, x: xp.broadcast_to(g / math.prod(xp.shape(x)[-2:]), xp.shape(x)),),
    shape=_global_shape("global_avgpool2d"),
    cells=_everything,
    combine="mean",
    rule=(lambda m, g, y, x: m.mul(m.div(g, m.number(x.shape[-2] * x.shape[-1])), m.ones(x)),),
    words={
        "forward arrays": "Each image of {x} becomes the mean of its {cells:cell}.",
        "backward arrays": (
            "The cells of an image made its mean in equal parts: each receives 1/{cells} of the"
            " gradient."
        ),
    },
    facts={"cells": lambda xp, y, x: str(math.prod(xp.shape(x)[-2:]))},
    domain=((-3, 3),),
    examples=GLOBAL_EXAMPLES,
)

GLOBAL_MAXPOOL2D = declare(
    "global_maxpool2d",
    ("x",),
    "the largest cell of each whole image; the last two axes become 1×1",
    glyph="max pool",
    roles=("input",),
    channel_axis=-3,
    spoken="global max pooling",
    forward=lambda xp, x: xp.max(x, axis=(-2, -1), keepdims=True),
    vjp=(lambda xp, g, y, x: xp.where(_first_of_all(xp, x), g, 0),),
    shape=_global_shape("global_maxpool2d"),
    cells=_everything,
    combine="max",
    rule=(lambda m, g, y, x: m.where(g, m.say("{} is the first max of its image", x)),),
    words={
        "forward arrays": "Of the {cells:cell} of each image of {x} the largest is kept.",
        "backward arrays": (
            "max routes: only the largest cell of each image receives its gradient."
        ),
        "backward arrays tied": (
            "max routes to the largest cell of each image; in {tied} of {size} several share it:"
            " the first, row by row, receives."
        ),
    },
    tied=lambda xp, y, x: xp.greater(xp.sum(xp.where(xp.equal(x, y), 1, 0), axis=(-2, -1)), 1),
    facts={"cells": lambda xp, y, x: str(math.prod(xp.shape(x)[-2:]))},
    domain=((-3, 3),),
    examples=GLOBAL_EXAMPLES,
    pieces=_first_of_all,
    ties="the first winner of an image, row by row, takes its gradient",
)


def _frame(x: Shape, width: Any, value: Any) -> Pads:
    """How many cells to add (before, after) along rows and columns."""
    if len(x) < 2:
        raise PAD2D.misshapen(f"x as {LAYOUT}", str(tuple(x)))
    if not is_number(value):
        raise PAD2D.misshapen("a number as the value of new cells", f"value={value!r:.40}")
    sides = list(width) if isinstance(width, list | tuple) else [width, width]
    if len(sides) != 2:
        raise PAD2D.misshapen(
            "width=1, (rows, columns) or ((top, bottom), (left, right))", f"width={width!r:.40}"
        )
    top, left = (whole("pad2d", "width", side, 2, 0) for side in sides)
    return ((top[0], top[1]), (left[0], left[1]))


def _framed(x: Shape, width: Any, value: Any = 0) -> Shape:
    rows, columns = _frame(x, width, value)
    return (*x[:-2], x[-2] + sum(rows), x[-1] + sum(columns))


def _written_inside(m: Notation, g: Maths, x: Maths, width: Any) -> Maths:
    starts = [before for before, _ in _frame(x.shape, width, 0)]
    rows = [f"{a}:{a + n}" for a, n in zip(starts, x.shape[-2:], strict=True)]
    return m.part(g, [":"] * (len(x.shape) - 2) + rows, x.shape)


PAD2D = declare(
    "pad2d",
    ("x",),
    "cells of one value around the last two axes",
    glyph="pad",
    options={"width": REQUIRED, "value": 0},
    forward=lambda xp, x, width, value: padded(xp, x, _frame(xp.shape(x), width, 0), value),
    vjp=(
        lambda xp, g, y, x, width, value: g[
            (..., *inside(_frame(xp.shape(x), width, 0), xp.shape(x)[-2:]))
        ],
    ),
    shape=_framed,
    words={
        "forward arrays": "Cells of {filler} are put around {x}: it becomes {shape}.",
        "backward arrays": (
            "The cells around it are constants: {source} receives the part of the gradient inside"
            " them."
        ),
    },
    rule=(lambda m, g, y, x, width, value: _written_inside(m, g, x, width),),
    facts={"filler": lambda xp, y, x, width, value: str(value)},
    domain=((-2, 2),),
    examples=(
        (((2, 2),), {"width": 1}),
        (((1, 2, 1),), {"width": ((0, 1), (2, 0)), "value": -1}),
        (((2, 1),), {"width": (1, 0)}),
    ),
)
