"""Ops that remove axes: sums, means, extremes, products, norms."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from gradviz.ops.op import Array, Examples, GraphNamespace, Maths, Namespace, Notation, Op, Shape
from gradviz.ops.registry import declare, written
from gradviz.ops.shapes import Axis, axes, kept, reduction

OPTIONS: Mapping[str, Any] = {"axis": None, "keepdims": False}
EXAMPLES: Examples = (
    (((),), {}),
    (((3,),), {}),
    (((2, 3),), {"axis": 0}),
    (((2, 3),), {"axis": -1, "keepdims": True}),
    (((2, 2, 2),), {"axis": (0, 2)}),
)


def _count(shape: Shape, axis: Axis) -> int:
    """How many elements each result is made of."""
    count = 1
    for a in axes("reduction", axis, len(shape)):
        count *= shape[a]
    return count


def _spread(xp: Namespace, g: Array, x: Array, axis: Axis) -> Array:
    """A reduced array repeated over the axes that were removed."""
    shape = xp.shape(x)
    return xp.broadcast_to(xp.reshape(g, kept(shape, axis)), shape)


def _lined_up(xp: Namespace, x: Array, axis: Axis) -> tuple[Array, tuple[int, ...], Shape]:
    """`x` with the reduced axes last, flattened into one; also the axis order and earlier shape."""
    shape = xp.shape(x)
    gone = axes("reduction", axis, len(shape))
    order = tuple(i for i in range(len(shape)) if i not in gone) + gone
    turned = xp.transpose(x, order) if shape else x
    kept_shape = tuple(shape[i] for i in order[: len(shape) - len(gone)])
    return (
        xp.reshape(turned, (*kept_shape, _count(shape, axis))),
        order,
        tuple(shape[i] for i in order),
    )


def _back(xp: Namespace, flat: Array, order: tuple[int, ...], turned: Shape) -> Array:
    """Undo `_lined_up`."""
    inverse = tuple(sorted(range(len(order)), key=order.__getitem__))
    restored = xp.reshape(flat, turned)
    return xp.transpose(restored, inverse) if order else restored


def _first_winner(xp: Namespace, x: Array, axis: Axis) -> Array:
    """Which element along the reduced axes, read in order, is the first largest."""
    flat, order, turned = _lined_up(xp, x, axis)
    return _back(xp, xp.winner(flat), order, turned)


def _holders(xp: Namespace, y: Array, x: Array, axis: Axis) -> Array:
    """How many elements hold each extreme."""
    flat, _, _ = _lined_up(xp, xp.where(xp.equal(x, _spread(xp, y, x, axis)), 1, 0), axis)
    return xp.sum(flat, axis=-1)


def _product(xp: Namespace, x: Array, axis: Axis, keepdims: bool) -> Array:
    found = xp.product(_lined_up(xp, x, axis)[0])
    return xp.reshape(found, kept(xp.shape(x), axis)) if keepdims else found


def _others(xp: Namespace, g: Array, x: Array, axis: Axis) -> Array:
    """For each element g times the product of the others that it was multiplied by."""
    flat, order, turned = _lined_up(xp, x, axis)
    arrived = xp.reshape(g, (*xp.shape(flat)[:-1], 1))
    return _back(xp, xp.others(flat, arrived), order, turned)


def _cells(place: Shape, x: Shape, *, axis: Axis, keepdims: bool) -> tuple[list[Shape]]:
    """The elements that were reduced to the one at `place`, in order."""
    gone = axes("reduction", axis, len(x))
    left = iter(i for a, i in enumerate(place) if not (keepdims and a in gone))
    fixed = [range(n) if a in gone else (next(left),) for a, n in enumerate(x)]
    return (list(product(*fixed)),)


def _reduced_index(m: Notation, x: Maths, axis: Axis, keepdims: bool) -> str:
    """The index letters of the result, in terms of those of `x`."""
    letters = m.indices(x)
    gone = axes("reduction", axis, len(letters))
    return "".join(
        "1" if i in gone else c for i, c in enumerate(letters) if keepdims or i not in gone
    )


def _back_to(m: Notation, g: Maths, x: Maths, axis: Axis) -> Maths:
    """A reduced array, one number of which goes back to each element of `x`."""
    gone = axes("reduction", axis, len(x.shape))
    if len(gone) == len(x.shape):
        return g
    return m.repeated(g, gone, x.shape)


def _every(m: Notation, g: Maths, x: Maths, axis: Axis) -> Maths:
    """The same as an array of the shape of `x`."""
    back = _back_to(m, g, x, axis)
    return back if back.shape == x.shape else m.mul(back, m.ones(x))


def _is_first(m: Notation, name: str, element: Maths, x: Maths, axis: Axis) -> Maths:
    """`x is the first max along axis=0`; without the axis where all are reduced."""
    gone = axes("reduction", axis, len(x.shape))
    if len(gone) == len(x.shape):
        return m.say("{} is the first {extreme}", element, extreme=name)
    return m.say("{} is the first {extreme} along {axes}", element, extreme=name, axes=m.axes(gone))


def _written_others(m: Notation, x: Maths) -> Maths:
    return m.value("others", m.call("others", x))


SUM = declare(
    "sum",
    ("x",),
    "the sum over all elements, or along axes",
    glyph="Σ",
    options=OPTIONS,
    numpy=("sum",),
    forward=lambda xp, x, axis, keepdims: xp.sum(x, axis=axis, keepdims=keepdims),
    vjp=(lambda xp, g, y, x, axis, keepdims: _spread(xp, g, x, axis),),
    shape=reduction("sum"),
    cells=_cells,
    cancels=True,
    written=lambda m, x, axis, keepdims: m.total("sum", x),
    rule=(lambda m, g, y, x, axis, keepdims: _every(m, g, x, axis),),
    index=(lambda m, g, y, x, axis, keepdims: m.at(g, _reduced_index(m, x, axis, keepdims)),),
    words={
        "forward": "The sum of {count:element} is {value}.",
        "forward one": "The sum of a single element is the element itself: {value}.",
        "forward arrays": "Sums along {axes}: {count:element} each.",
        "backward": (
            "Each element counted once, so each receives the upstream gradient {upstream}."
        ),
        "backward arrays": (
            "Each element counted once, so each receives the upstream gradient of its sum."
        ),
    },
    domain=((-3, 3),),
    examples=EXAMPLES,
)


def _mean_steps(xp: GraphNamespace, x: Array, axis: Axis, keepdims: bool) -> Array:
    """Sum, divide; the other way round where the sum overflows."""
    count, total = _count(xp.shape(x), axis), xp.sum(x, axis=axis, keepdims=keepdims)
    if xp.overflows(total):
        return xp.sum(x / count, axis=axis, keepdims=keepdims)
    return total / count


MEAN = declare(
    "mean",
    ("x",),
    "the mean over all elements, or along axes",
    options=OPTIONS,
    numpy=("mean", "average"),
    habits=("avg",),
    forward=lambda xp, x, axis, keepdims: xp.average(
        x, lambda v: xp.sum(v, axis=axis, keepdims=keepdims), _count(xp.shape(x), axis)
    ),
    vjp=(lambda xp, g, y, x, axis, keepdims: _spread(xp, g, x, axis) / _count(xp.shape(x), axis),),
    shape=reduction("mean", empty=False),
    cells=_cells,
    cancels=True,
    averages=True,
    rule=(
        lambda m, g, y, x, axis, keepdims: _every(
            m, m.div(g, m.number(_count(x.shape, axis))), x, axis
        ),
    ),
    index=(
        lambda m, g, y, x, axis, keepdims: m.div(
            m.at(g, _reduced_index(m, x, axis, keepdims)), m.number(_count(x.shape, axis))
        ),
    ),
    words={
        "forward": "The mean of {count:element} is {value}.",
        "forward one": "The mean of a single element is the element itself: {value}.",
        "forward arrays": "Means along {axes}: {count:element} each.",
        "backward one": "The mean is its only element, which receives the whole gradient.",
        "backward arrays one": "Each mean is its only element, which receives the whole gradient.",
        "backward": (
            "Each of {count} elements made 1/{count} of the mean, so each receives 1/{count} of"
            " the gradient."
        ),
        "backward arrays": (
            "Each of {count} elements made 1/{count} of its mean, so each receives that share."
        ),
    },
    domain=((-3, 3),),
    examples=EXAMPLES,
    expand=_mean_steps,
)


def _extreme(name: str, sign: int, adjective: str) -> Op:
    def forward(xp: Namespace, x: Array, axis: Axis, keepdims: bool) -> Array:
        return getattr(xp, name)(x, axis=axis, keepdims=keepdims)

    def route(xp: Namespace, g: Array, y: Array, x: Array, axis: Axis, keepdims: bool) -> Array:
        return xp.where(_first_winner(xp, sign * x, axis), _spread(xp, g, x, axis), 0)

    return declare(
        name,
        ("x",),
        f"the {adjective} of all elements, or along axes",
        several=f"{name}imum",
        options=OPTIONS,
        numpy=(name, "a" + name),
        forward=forward,
        vjp=(route,),
        shape=reduction(name, empty=False),
        cells=_cells,
        written=lambda m, x, axis, keepdims: m.total(name, x),
        rule=(
            lambda m, g, y, x, axis, keepdims: m.where(
                _back_to(m, g, x, axis), _is_first(m, name, x, x, axis)
            ),
        ),
        index=(
            lambda m, g, y, x, axis, keepdims: m.where(
                m.at(g, _reduced_index(m, x, axis, keepdims)),
                _is_first(m, name, m.at(x, m.indices(x)), x, axis),
            ),
        ),
        words={
            "forward": f"The {adjective} of {{count:element}} is {{value}}.",
            "forward one": f"The {adjective} of a single element is the element itself: {{value}}.",
            "forward arrays": f"The {adjective} along {{axes}}, of {{count:element}} each.",
            "backward one": "There is only one element, {value}: it receives the gradient.",
            "backward arrays one": "Each group has a single element: it receives the gradient.",
            "backward nan": (
                f"NaN is in {{source}}, so there is no {adjective} element to route to."
            ),
            "backward arrays nan": (
                f"{name} routes to the {adjective} of each group; where NaN is"
                f" in it, there is none."
            ),
            "backward": (
                f"{name} routes: only the {adjective} element, {{value}}, receives the gradient"
                " {upstream}."
            ),
            "backward arrays": (
                f"{name} routes: only the {adjective} element of each group receives its gradient."
            ),
            "backward tied": (
                f"{{shared}} elements share the {adjective} value, {{value}}; the first receives"
                f" the gradient {{upstream}} (PyTorch's a{name} and JAX split it evenly)."
            ),
            "backward arrays tied": (
                f"{name} routes to the {adjective} of each group; in {{tied}} of {{size}} several"
                f" share it: the first receives (PyTorch's a{name} and JAX split it evenly)."
            ),
        },
        tied=lambda xp, y, x, axis, keepdims: xp.greater(_holders(xp, y, x, axis), 1),
        facts={
            "shared": lambda xp, y, x, axis, keepdims: str(int(xp.sum(_holders(xp, y, x, axis))))
        },
        domain=((-3, 3),),
        examples=EXAMPLES,
        pieces=lambda xp, x, axis, keepdims: _first_winner(xp, sign * x, axis),
        ties="the first element in order wins a tie",
    )


MAX = _extreme("max", 1, "largest")
MIN = _extreme("min", -1, "smallest")

PROD = declare(
    "prod",
    ("x",),
    "the product of all elements, or along axes",
    glyph="Π",
    habits=("product",),
    options=OPTIONS,
    numpy=("prod",),
    forward=lambda xp, x, axis, keepdims: _product(xp, x, axis, keepdims),
    vjp=(lambda xp, g, y, x, axis, keepdims: _others(xp, g, x, axis),),
    shape=reduction("prod"),
    written=lambda m, x, axis, keepdims: m.total("prod", x),
    rule=(
        lambda m, g, y, x, axis, keepdims: m.given(
            m.mul(_back_to(m, g, x, axis), _written_others(m, x)),
            m.words("others the product of all other elements"),
        ),
    ),
    index=(
        lambda m, g, y, x, axis, keepdims: m.mul(
            m.at(g, _reduced_index(m, x, axis, keepdims)), m.at(m.call("others", x), m.indices(x))
        ),
    ),
    terms={
        "others": lambda xp, g, y, x, axis, keepdims: _others(xp, xp.ones(xp.shape(g)), x, axis)
    },
    words={
        "forward": "The product of {count:element} is {value}.",
        "forward one": "The product of a single element is the element itself: {value}.",
        "forward arrays": "Products along {axes}, of {count:element} each.",
        "backward one": "The product is its only element, which receives the gradient unchanged.",
        "backward arrays one": (
            "Each product is its only element, which receives the gradient unchanged."
        ),
        "backward": (
            "Each element receives the upstream gradient times the product of all the others."
        ),
        "backward arrays": (
            "Each element receives its upstream gradient times the product of the others."
        ),
    },
    domain=((0.5, 2),),
    examples=EXAMPLES,
)


def length_steps(xp: GraphNamespace, x: Array, axis: Axis, keepdims: bool = False) -> Array:
    """√Σx² as a graph. Numbers whose squares a float cannot hold are first divided by the largest;
    a length of 0, where a root has no slope, is chosen instead of computed.
    """
    scale = xp.scale(x, axis)
    squares = xp.sum((x if scale is None else x / scale) ** 2, axis=axis, keepdims=keepdims)
    root = xp.sqrt(squares)
    if xp.touches(squares, 0):
        none = xp.equal(squares, 0)
        root = xp.where(none, 0, xp.sqrt(xp.where(none, 1, squares)))
    return root if scale is None else root * xp.reshape(scale, xp.shape(root))


NORM = declare(
    "norm",
    ("x",),
    "the Euclidean length of all elements, or along axes",
    glyph="‖x‖",
    habits=("length",),
    options=OPTIONS,
    numpy=("norm",),
    forward=lambda xp, x, axis, keepdims: xp.length(
        x, lambda squares: xp.sum(squares, axis=axis, keepdims=keepdims)
    ),
    vjp=(
        lambda xp, g, y, x, axis, keepdims: xp.limit(
            _spread(xp, g, x, axis) * (x / _spread(xp, y, x, axis)),
            xp.equal(_spread(xp, y, x, axis), 0),
            0,
        ),
    ),
    shape=reduction("norm"),
    written=lambda m, x, axis, keepdims: m.length(x),
    rule=(
        lambda m, g, y, x, axis, keepdims: (
            m.mul(g, m.div(x, y))
            if y.shape in ((), x.shape)
            else m.mul(_back_to(m, m.div(g, y), x, axis), x)
        ),
    ),
    index=(
        lambda m, g, y, x, axis, keepdims: m.mul(
            m.at(g, _reduced_index(m, x, axis, keepdims)),
            m.div(m.at(x, m.indices(x)), m.at(y, _reduced_index(m, x, axis, keepdims))),
        ),
    ),
    words={
        "forward": "The length √(sum of squares) of {count:element} is {value}.",
        "forward arrays": "Lengths along {axes}, of {count:element} each.",
        "backward tied": "A length of 0 has no direction: its slope is taken as 0.",
        "backward arrays tied": (
            "A length grows along its own direction; one of 0 has none, so its slope is taken as 0."
        ),
        "backward": (
            "A length grows along its own direction: each element receives its share"
            " {source}/{value.factor}."
        ),
        "backward arrays": (
            "A length grows along its own direction: each element receives its share of it."
        ),
    },
    domain=((0.3, 3),),
    examples=EXAMPLES,
    tied=lambda xp, y, x, axis, keepdims: xp.equal(y, 0),
    pieces=lambda xp, x, axis, keepdims: xp.sign(xp.sum(xp.abs(x), axis=axis, keepdims=keepdims)),
    ties="the gradient of a length of 0 is taken as 0",
    expand=lambda xp, x, axis, keepdims: length_steps(xp, x, axis, keepdims),
)

written("mean((x - mean(x))**2)", "var", "variance")
written("sqrt(mean((x - mean(x))**2))", "std", "stddev")
