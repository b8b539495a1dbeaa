"""Convolutions: one small set of weights, used at every position."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from gradviz.arrays.kernels import convolution
from gradviz.errors import ShapeError
from gradviz.ops.op import Array, Examples, Maths, Namespace, Notation, Op, Shape, say_shapes
from gradviz.ops.registry import declare
from gradviz.ops.windows.window import Pads, Place, Window, remembered, resolve, whole

LAYOUTS = {1: "NCL or CL", 2: "NCHW or CHW"}
AXES = {1: "length", 2: "height, width"}


def _check(
    name: str, axes: int, shapes: Sequence[Shape], groups: Any, *, turned: bool = False
) -> None:
    """Raise ShapeError unless x, w and b fit each other. `turned`: w is (in, out/groups, …)."""
    x, w, got = shapes[0], shapes[1], say_shapes(shapes)
    what, order = (
        f"shapes do not fit {name}",
        ("(in, out/groups, " if turned else "(out, in/groups, "),
    )
    layout, order = f"x in {LAYOUTS[axes]}", f"w as {order}{AXES[axes]})"
    if len(x) not in (axes + 1, axes + 2):
        hint = "x[newaxis, ...] makes one channel of it" if len(x) == axes else ""
        raise ShapeError(what, expected=f"{layout}, {order}", got=got, hint=hint)
    if len(w) != axes + 2 or 0 in w:
        raise ShapeError(what, expected=f"{layout}, {order}, no size 0", got=got)
    (parts,) = whole(name, "groups", groups, 1, 1, listed=False)
    channels, wanted = x[-axes - 1], w[0] if turned else w[1] * parts
    if channels != wanted:
        hint = "x seems to have its channels last: transpose it" if x[-1] == wanted else ""
        grouped = f" in {parts} groups" if parts > 1 else ""
        raise ShapeError(
            what, expected=f"{layout} with {wanted} channels{grouped}, {order}", got=got, hint=hint
        )
    if w[0] % parts:
        side = "input" if turned else "output"
        raise ShapeError(
            f"{name} cannot use these groups",
            expected=f"a divisor of the {w[0]} {side} channels",
            got=f"groups={groups} with {got}",
        )
    made = w[1] * parts if turned else w[0]
    if len(shapes) > 2 and shapes[2] != (made,):
        raise ShapeError(
            what, expected=f"b with one number for each of {made} output channels", got=got
        )


def _sliding(name: str, axes: int, x: Shape, w: Shape, options: dict[str, Any]) -> Window:
    rest = (options["stride"], options["padding"], options["dilation"])
    return resolve(name, LAYOUTS[axes], x[len(x) - axes :], w[2:], *rest)


def _over_two(window: Window) -> Window:
    """A window over one axis as a window over two, of which the first has size 1."""
    if len(window.size) == 2:
        return window
    return Window(
        (1, *window.size), (1, *window.stride), ((0, 0), *window.padding), (1, *window.dilation)
    )


def _four(xp: Namespace, x: Array, axes: int) -> Array:
    """An array as NCHW: a missing batch axis, or height, gets size 1."""
    shape = xp.shape(x)
    at = len(shape) - axes
    batch, channels, sizes = shape[: at - 1] or (1,), shape[at - 1], shape[at:]
    return xp.reshape(x, (*batch, channels, *((1,) * (2 - axes)), *sizes))


def _kernel(xp: Namespace, w: Array) -> Array:
    shape = xp.shape(w)
    return w if len(shape) == 4 else xp.reshape(w, (*shape[:2], 1, shape[2]))


def _bias(xp: Namespace, g: Array, axes: int) -> Array:
    """The bias was added at every place."""
    return xp.sum(_four(xp, g, axes), axis=(0, 2, 3))


def _taps(sizes: Sequence[int]) -> Iterator[Place]:
    return product(*map(range, sizes))


def _declare_convolution(axes: int, examples: Examples) -> Op:
    name = f"conv{axes}d"

    def window(x: Shape, w: Shape, b: Shape | None = None, **options: Any) -> Window:
        return _sliding(name, axes, x, w, options)

    @remembered
    def over_two(x: Shape, w: Shape, **options: Any) -> Window:
        return _over_two(window(x, w, **options))

    def shape(
        *shapes: Shape, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: Any = 1
    ) -> Shape:
        _check(name, axes, shapes, groups)
        x, w = shapes[:2]
        sliding = window(x, w, stride=stride, padding=padding, dilation=dilation)
        return (*x[: -axes - 1], w[0], *sliding.out(x[len(x) - axes :]))

    def forward(
        xp: Namespace, x: Array, w: Array, b: Array = None, *, groups: int, **options: Any
    ) -> Array:
        sliding = over_two(xp.shape(x), xp.shape(w), **options)
        y = convolution.correlate(xp, _four(xp, x, axes), _kernel(xp, w), b, sliding, groups)
        _, made, *places = xp.shape(y)
        return xp.reshape(y, (*xp.shape(x)[: -axes - 1], made, *places[2 - axes :]))

    def to_input(
        xp: Namespace,
        g: Array,
        y: Array,
        x: Array,
        w: Array,
        b: Array = None,
        *,
        groups: int,
        **options: Any,
    ) -> Array:
        sliding, whole_x = (
            over_two(xp.shape(x), xp.shape(w), **options),
            xp.shape(_four(xp, x, axes)),
        )
        found = convolution.correlate_input(
            xp, _four(xp, g, axes), _kernel(xp, w), sliding, whole_x[2:], groups
        )
        return xp.reshape(found, xp.shape(x))

    def to_kernel(
        xp: Namespace,
        g: Array,
        y: Array,
        x: Array,
        w: Array,
        b: Array = None,
        *,
        groups: int,
        **options: Any,
    ) -> Array:
        sliding = over_two(xp.shape(x), xp.shape(w), **options)
        found = convolution.correlate_kernel(
            xp, _four(xp, g, axes), _four(xp, x, axes), xp.shape(_kernel(xp, w)), sliding, groups
        )
        return xp.reshape(found, xp.shape(w))

    def cells(
        place: Place, x: Shape, w: Shape, b: Shape | None = None, *, groups: int, **options: Any
    ) -> Any:
        """Products in the order of the weights: channel by channel, row by row."""
        lead, output, at = place[: -axes - 1], place[-axes - 1], place[len(place) - axes :]
        under = window(x, w, **options).places(at, x[len(x) - axes :])
        first = output // (w[0] // groups) * w[1]
        seen = [
            None if cell is None else (*lead, first + c, *cell)
            for c in range(w[1])
            for cell in under
        ]
        weights = [(output, c, *tap) for c in range(w[1]) for tap in _taps(w[2:])]
        return (seen, weights) if b is None else (seen, weights, [(output,)])

    def written(m: Notation, x: Maths, w: Maths, **options: Any) -> Maths:
        if not x.shape or not w.shape:  # part of a whole expression, whose shapes are not known
            return m.convolve(x, w)
        options.pop("groups")
        sliding = window(x.shape, w.shape, **options)
        return _valid(m, x, w, sliding, sliding.out(x.shape[len(x.shape) - axes :]))

    return declare(
        name,
        ("x", "w", "b"),
        f"weights slide over x and multiply (cross-correlation), {LAYOUTS[axes]}",
        optional=1,
        glyph="conv",
        habits=("conv", "convolution") if axes == 2 else (),
        roles=("input", "kernel", "bias"),
        channel_axis=-1 - axes,
        spoken="convolution",
        options={"stride": 1, "padding": 0, "dilation": 1, "groups": 1},
        forward=lambda xp, *inputs, **options: forward(xp, *inputs, **options),
        vjp=(to_input, to_kernel, lambda xp, g, y, *inputs, **_: _bias(xp, g, axes)),
        shape=shape,
        window=window,
        cells=cells,
        combine="products",
        work=lambda out, x, w, b=None, **_: math.prod(out) * math.prod(w[1:]),
        written=lambda m, x, w, b=None, **options: _plus(m, written(m, x, w, **options), b),
        rule=(
            lambda m, g, y, x, w, b=None, **options: _full(
                m, g, w, window(x.shape, w.shape, **options), x.shape[len(x.shape) - axes :]
            ),
            lambda m, g, y, x, w, b=None, **options: _valid(
                m, x, g, _turned(window(x.shape, w.shape, **options), g, axes), w.shape[2:]
            ),
            lambda m, g, y, x, w, b=None, **_: _channel_sum(m, g, axes),
        ),
        words={
            "forward arrays": (
                "{w} slides over {x}: each place sums {products:product} of weight and cell."
            ),
            "backward 0 arrays": (
                "Every output that saw a cell sends it its gradient times the weight that met"
                " it; overlaps add up."
            ),
            "backward 1 arrays": (
                "A weight met one cell at each place: cell times upstream gradient, summed over"
                " all places."
            ),
            "backward 2 arrays": (
                "{source} was added at every place of its channel, so it receives the sum over"
                " them."
            ),
        },
        facts={"products": lambda xp, y, x, w, b=None, **_: str(math.prod(xp.shape(w)[1:]))},
        domain=((-2, 2), (-2, 2), (-2, 2)),
        examples=examples,
    )


def _plus(m: Notation, product: Maths, b: Maths | None) -> Maths:
    return product if b is None else m.add(product, b)


def _channel_sum(m: Notation, g: Maths, axes: int) -> Maths:
    """Σ u over all axes but that of the channels."""
    channel = len(g.shape) - axes - 1
    return m.sum_axes(tuple(a for a in range(len(g.shape)) if a != channel), g)


def _dilated(m: Notation, x: Maths, apart: Sequence[int]) -> Maths:
    """An array whose cells stand so far apart, with zeros between them."""
    return x if set(apart) == {1} else m.call("dilate", x, m.phrase(_each_axis(apart)))


def _padded(m: Notation, x: Maths, pads: Pads) -> Maths:
    """An array with zeros around it."""
    sides = {side for pad in pads for side in pad}
    if sides == {0}:
        return x
    said = str(sides.pop()) if len(sides) == 1 else ", ".join(map(str, pads))
    return m.say("{} padded by {sides}", x, sides=said)


def _each_axis(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(set(numbers)) == 1 else str(tuple(numbers))


def _turned(window: Window, g: Maths, axes: int) -> Window:
    """The window that the upstream gradient forms as it slides over x: stride and dilation change
    places.
    """
    return Window(g.shape[-axes:], window.dilation, window.padding, window.stride)


def _full(m: Notation, g: Maths, w: Maths, window: Window, sizes: Sequence[int]) -> Maths:
    """u ∗ flip(w): the full convolution, u padded until every cell of x meets the whole window."""
    rows = zip(
        g.shape[len(g.shape) - len(sizes) :],
        window.stride,
        window.span,
        window.padding,
        sizes,
        strict=True,
    )
    pads = [
        (span - 1 - pad, n + pad - (out - 1) * step - 1) for out, step, span, (pad, _), n in rows
    ]
    flipped = _dilated(m, m.call("flip", w), window.dilation)
    around = tuple((max(before, 0), max(after, 0)) for before, after in pads)
    full = m.convolve(_padded(m, _dilated(m, g, window.stride), around), flipped)
    starts = [max(-before, 0) for before, _ in pads]
    if all(side >= 0 for pad in pads for side in pad):
        return full
    return m.subscript(full, ["...", *(f"{a}:{a + n}" for a, n in zip(starts, sizes, strict=True))])


def _valid(m: Notation, x: Maths, w: Maths, window: Window, sizes: Sequence[int]) -> Maths:
    """x ∗ w, x padded, of which the places that the window visits are kept."""
    made = window.out(x.shape[len(x.shape) - len(sizes) :])
    slid = m.convolve(_padded(m, x, window.padding), _dilated(m, w, window.dilation))
    kept = [
        _every(step, None if out == n else n)
        for out, n, step in zip(made, sizes, window.stride, strict=True)
    ]
    return slid if set(kept) == {":"} else m.subscript(slid, ["...", *kept])


def _every(step: int, count: int | None) -> str:
    """Every so many places, `::2`; of these only the first few, `0:5:2`."""
    most = ":" if count is None else f"0:{(count - 1) * step + 1}"
    return most if step == 1 else f"{most}:{step}"


CONV2D = _declare_convolution(
    2,
    (
        (((1, 3, 3), (1, 1, 2, 2), (1,)), {}),
        (((2, 1, 2, 2), (2, 1, 1, 1)), {"padding": (0, 1), "stride": (1, 2)}),
        (((2, 2, 2), (2, 1, 2, 2), (2,)), {"groups": 2, "padding": 1, "stride": 2}),
        (((1, 3, 2), (1, 1, 2, 1)), {"dilation": (2, 1)}),
        (((1, 2, 3), (1, 1, 2, 3)), {"padding": "same"}),
    ),
)

CONV1D = _declare_convolution(
    1,
    (
        (((2, 4), (1, 2, 2), (1,)), {}),
        (((2, 1, 3), (2, 1, 2)), {"stride": 2, "padding": 1}),
        (((2, 3), (2, 1, 2)), {"groups": 2, "dilation": 2}),
    ),
)


def _turned_window(x: Shape, w: Shape, options: dict[str, Any]) -> tuple[Window, tuple[int, ...]]:
    """The window that slides over the *output* of a transposed convolution, and its spatial sizes.

    By the formula of PyTorch's ConvTranspose2d: (in − 1)·stride − 2·padding + dilation·(kernel − 1)
    + output_padding + 1.
    """
    name = "conv_transpose2d"
    stride, apart = (whole(name, key, options[key], 2, 1) for key in ("stride", "dilation"))
    pads, extra = (whole(name, key, options[key], 2, 0) for key in ("padding", "output_padding"))
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, apart, strict=True)):
        raise ShapeError(
            f"{name} cannot use this output_padding",
            expected="less than the stride or the dilation",
            got=f"output_padding={options['output_padding']} with stride={options['stride']}",
        )
    window = Window(tuple(w[2:]), stride, tuple((p, p) for p in pads), apart)
    rows = zip(x[-2:], stride, pads, window.span, extra, strict=True)
    return window, tuple((n - 1) * s - 2 * p + span + e for n, s, p, span, e in rows)


def _turned_shape(*shapes: Shape, groups: Any = 1, **options: Any) -> Shape:
    _check("conv_transpose2d", 2, shapes, groups, turned=True)
    x, w = shapes[:2]
    if 0 in x[-2:]:
        raise CONV_TRANSPOSE2D.misshapen("x with a row and a column at least", say_shapes(shapes))
    sizes = _turned_window(x, w, {**CONV_TRANSPOSE2D.options, **options})[1]
    if min(sizes) < 1:
        raise CONV_TRANSPOSE2D.misshapen(
            "an output of at least 1×1 (x in NCHW or CHW)",
            f"{sizes[0]}×{sizes[1]} from {say_shapes(shapes)}",
            "use less padding",
        )
    return (*x[:-3], w[1] * groups, *sizes)


def _turned_forward(
    xp: Namespace, x: Array, w: Array, b: Array = None, *, groups: int, **options: Any
) -> Array:
    window, sizes = _turned_window(xp.shape(x), xp.shape(w), options)
    y = convolution.correlate_input(xp, _four(xp, x, 2), w, window, sizes, groups)
    y = y if b is None else y + xp.reshape(b, (1, -1, 1, 1))
    return xp.reshape(y, (*xp.shape(x)[:-3], *xp.shape(y)[1:]))


def _turned_to_input(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    w: Array,
    b: Array = None,
    *,
    groups: int,
    **options: Any,
) -> Array:
    window, _ = _turned_window(xp.shape(x), xp.shape(w), options)
    found = convolution.correlate(xp, _four(xp, g, 2), w, None, window, groups)
    rows, columns = xp.shape(x)[-2:]  # output_padding may leave room for one more window
    return xp.reshape(found[:, :, :rows, :columns], xp.shape(x))


def _turned_to_kernel(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    w: Array,
    b: Array = None,
    *,
    groups: int,
    **options: Any,
) -> Array:
    window, _ = _turned_window(xp.shape(x), xp.shape(w), options)
    return convolution.correlate_kernel(
        xp, _four(xp, x, 2), _four(xp, g, 2), xp.shape(w), window, groups
    )


def _turned_cells(
    place: Place, x: Shape, w: Shape, b: Shape | None = None, *, groups: int, **options: Any
) -> Any:
    """The input cells that stamped on this output cell, with the weights that met them."""
    window, _ = _turned_window(x, w, options)
    lead, output, at = place[:-3], place[-3], place[-2:]
    own, made = w[0] // groups, output % w[1]
    pairs = [
        ((*lead, channel, *cell), (channel, made, *tap))
        for channel in range(output // w[1] * own, (output // w[1] + 1) * own)
        for tap in _taps(w[2:])
        if (cell := _stamping(at, tap, window, x[-2:])) is not None
    ]
    lists = [p[0] for p in pairs], [p[1] for p in pairs]
    return lists if b is None else (*lists, [(output,)])


def _stamping(at: Place, tap: Place, window: Window, sizes: Sequence[int]) -> Place | None:
    """The input cell whose stamp put its cell `tap` at the output place `at`."""
    found = []
    for i, t, d, s, (before, _), n in zip(
        at, tap, window.dilation, window.stride, window.padding, sizes, strict=True
    ):
        cell, rest = divmod(i + before - t * d, s)
        if rest or not 0 <= cell < n:
            return None
        found.append(cell)
    return tuple(found)


def _written_turned(
    m: Notation, x: Maths, w: Maths, b: Maths = None, *, groups: Any, **options: Any
) -> Maths:
    if not x.shape or not w.shape:
        return _plus(m, m.convolve(x, m.call("flip", w)), b)
    window, sizes = _turned_window(x.shape, w.shape, options)
    return _plus(m, _full(m, x, w, window, sizes), b)


def _written_turned_dx(
    m: Notation, g: Maths, y: Maths, x: Maths, w: Maths, b: Maths = None, **options: Any
) -> Maths:
    window, _ = _turned_window(x.shape, w.shape, options)
    return _valid(m, g, w, window, x.shape[-2:])


def _written_turned_dw(
    m: Notation, g: Maths, y: Maths, x: Maths, w: Maths, b: Maths = None, **options: Any
) -> Maths:
    window, _ = _turned_window(x.shape, w.shape, options)
    turned = Window(x.shape[-2:], window.dilation, window.padding, window.stride)
    return _valid(m, g, x, turned, w.shape[2:])


CONV_TRANSPOSE2D = declare(
    "conv_transpose2d",
    ("x", "w", "b"),
    "every cell of x stamps the weights, times itself, NCHW or CHW",
    optional=1,
    glyph="convᵀ",
    roles=("input", "kernel", "bias"),
    channel_axis=-3,
    spoken="transposed convolution",
    options={"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1},
    forward=_turned_forward,
    vjp=(_turned_to_input, _turned_to_kernel, lambda xp, g, y, *inputs, **_: _bias(xp, g, 2)),
    shape=_turned_shape,
    cells=_turned_cells,
    combine="products",
    work=lambda out, x, w, b=None, **_: math.prod(x) * math.prod(w[1:]),
    written=_written_turned,
    rule=(
        _written_turned_dx,
        _written_turned_dw,
        lambda m, g, y, x, w, b=None, **_: _channel_sum(m, g, 2),
    ),
    words={
        "forward arrays": (
            "Every cell of {x} stamps {w}, times itself, onto the output; overlapping stamps"
            " add up."
        ),
        "backward 0 arrays": (
            "A cell stamped a patch of the output: upstream gradient times weight, summed over"
            " the patch."
        ),
        "backward 1 arrays": (
            "A weight was stamped once by every cell: cell times upstream gradient, summed over"
            " all cells."
        ),
        "backward 2 arrays": (
            "{source} was added at every place of its channel, so it receives the sum over them."
        ),
    },
    domain=((-2, 2), (-2, 2), (-2, 2)),
    examples=(
        (((1, 2, 2), (1, 1, 2, 2), (1,)), {}),
        (
            ((2, 1, 2), (2, 1, 1, 2)),
            {"stride": 2, "padding": (0, 1), "output_padding": (1, 0), "groups": 2},
        ),
        (((2, 1, 1, 2), (1, 2, 2, 1)), {"dilation": (2, 1)}),
    ),
)
