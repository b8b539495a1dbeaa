"""Circular and hyperbolic functions."""

from gradviz.ops.elementwise.exponential import APPLIED
from gradviz.ops.op import Array, Namespace
from gradviz.ops.registry import declare
from gradviz.ops.shapes import elementwise

SIN = declare(
    "sin",
    ("x",),
    "the sine, x in radians",
    numpy=("sin",),
    forward=lambda xp, x: xp.sin(x),
    local=(lambda xp, y, x: xp.cos(x),),
    shape=elementwise("sin"),
    words=APPLIED
    | {
        "backward": "The slope of sin is cos: at {x.value} it is {local}.",
        "backward arrays": "The slope of sin is cos, element by element.",
    },
    domain=((-3, 3),),
)

COS = declare(
    "cos",
    ("x",),
    "the cosine, x in radians",
    numpy=("cos",),
    forward=lambda xp, x: xp.cos(x),
    local=(lambda xp, y, x: -xp.sin(x),),
    shape=elementwise("cos"),
    words=APPLIED
    | {
        "backward": "The slope of cos is −sin: at {x.value} it is {local}.",
        "backward arrays": "The slope of cos is −sin, element by element.",
    },
    domain=((-3, 3),),
)

TAN = declare(
    "tan",
    ("x",),
    "the tangent, x in radians",
    habits=("tg",),
    numpy=("tan",),
    forward=lambda xp, x: xp.tan(x),
    local=(lambda xp, y, x: 1 + y**2,),
    shape=elementwise("tan"),
    words=APPLIED
    | {
        "backward": "The slope of tan is 1 + tan²: 1 + {value.base}² = {local}.",
        "backward arrays": "The slope of tan is 1 + tan², element by element.",
    },
    domain=((-1.2, 1.2),),
)

SINH = declare(
    "sinh",
    ("x",),
    "the hyperbolic sine",
    numpy=("sinh",),
    forward=lambda xp, x: xp.sinh(x),
    local=(lambda xp, y, x: xp.cosh(x),),
    shape=elementwise("sinh"),
    words=APPLIED
    | {
        "backward": "The slope of sinh is cosh: at {x.value} it is {local}.",
        "backward arrays": "The slope of sinh is cosh, element by element.",
    },
    domain=((-2, 2),),
)

COSH = declare(
    "cosh",
    ("x",),
    "the hyperbolic cosine",
    numpy=("cosh",),
    forward=lambda xp, x: xp.cosh(x),
    local=(lambda xp, y, x: xp.sinh(x),),
    shape=elementwise("cosh"),
    words=APPLIED
    | {
        "backward": "The slope of cosh is sinh: at {x.value} it is {local}.",
        "backward arrays": "The slope of cosh is sinh, element by element.",
    },
    domain=((-2, 2),),
)


def tanh_slope(xp: Namespace, y: Array, x: Array) -> Array:
    """1 − y²; far out, where y is almost 1, 1/cosh²(x) by exponentials that cannot overflow."""

    def tail(y: Array, x: Array) -> Array:
        raised = xp.exp(-2 * xp.abs(x))
        return 4 * raised / ((1 + raised) * (1 + raised))

    return xp.stable(lambda y, x: 1 - y**2, tail, lambda y, x: xp.greater(xp.abs(x), 3), y, x)


TANH = declare(
    "tanh",
    ("x",),
    "the hyperbolic tangent, squashes x into (−1, 1)",
    degree=lambda x: x,
    numpy=("tanh",),
    forward=lambda xp, x: xp.tanh(x),
    local=(tanh_slope,),
    shape=elementwise("tanh"),
    words=APPLIED
    | {
        "forward": "tanh squashes {x.value} into (−1, 1): {value}.",
        "backward": (
            "At {x.value} the slope of tanh is 1 − {value.factor}² = {local}: that share of the"
            " gradient passes."
        ),
        "backward flat": (
            "At {x.value} tanh is flat: its slope is {local}, so little of the gradient passes."
        ),
        "backward arrays": (
            "tanh passes 1 − {output}² of the gradient: much near 0, little where it is flat."
        ),
    },
    case=lambda slot, y, x: "flat" if abs(y) > 0.99 else "",
    domain=((-2, 2),),
)

ARCTAN = declare(
    "arctan",
    ("x",),
    "the angle whose tangent is x, in radians",
    habits=("atan",),
    numpy=("arctan", "atan"),
    forward=lambda xp, x: xp.arctan(x),
    local=(lambda xp, y, x: 1 / (1 + x**2),),
    shape=elementwise("arctan"),
    words=APPLIED
    | {
        "backward": "The slope of arctan is 1/(1 + {x}²): at {x.value} it is {local}.",
        "backward arrays": "The slope of arctan is 1/(1 + {x}²), element by element.",
    },
    domain=((-3, 3),),
)


def _by_square(xp: Namespace, value: Array, y: Array, x: Array) -> Array:
    """value/(x² + y²); as computed the squares are those of numbers up to 1."""

    def scaled() -> Array:
        most = xp.maximum(xp.abs(x), xp.abs(y))
        a, b = x / most, y / most
        return value / most / (a * a + b * b) / most

    return xp.stable(lambda: value / (x**2 + y**2), scaled)


ARCTAN2 = declare(
    "arctan2",
    ("y", "x"),
    "the angle of the point (x, y), in radians from −π to π",
    habits=("atan2",),
    numpy=("arctan2", "atan2"),
    forward=lambda xp, y, x: xp.arctan2(y, x),
    local=(
        lambda xp, angle, y, x: _by_square(xp, x, y, x),
        lambda xp, angle, y, x: _by_square(xp, -y, y, x),
    ),
    shape=elementwise("arctan2"),
    words={
        "forward": "The point ({x.value}, {y.value}) lies at an angle of {value} radians.",
        "forward arrays": "The angles of the points with these {x} and {y}.",
        "backward 0": "The slope of the angle with respect to {y} is {x}/({x}² + {y}²): {local}.",
        "backward 1": "The slope of the angle with respect to {x} is −{y}/({x}² + {y}²): {local}.",
        "backward 0 arrays": (
            "The slope with respect to {y} is {x}/({x}² + {y}²), element by element."
        ),
        "backward 1 arrays": (
            "The slope with respect to {x} is −{y}/({x}² + {y}²), element by element."
        ),
    },
    domain=((-3, 3), (0.5, 3)),
    pieces=lambda xp, y, x: xp.where(xp.less(x, 0), xp.sign(y), 0),
    ties="to the left of the origin, where the angle jumps from π to −π, the slope is that of both"
    " sides; at the origin it has none",
    pole=lambda y, x: x == 0 and y == 0,
)


def _opposite(xp: Namespace, x: Array) -> Array:
    """√(1 − x²), by its factors: near ±1 the difference would lose its digits."""
    return xp.stable(lambda: xp.sqrt(1 - x**2), lambda: xp.sqrt((1 - x) * (1 + x)))


ARCSIN = declare(
    "arcsin",
    ("x",),
    "the angle whose sine is x, in radians",
    habits=("asin",),
    numpy=("arcsin", "asin"),
    forward=lambda xp, x: xp.arcsin(x),
    local=(lambda xp, y, x: 1 / _opposite(xp, x),),
    shape=elementwise("arcsin"),
    words=APPLIED
    | {
        "backward": "The slope of arcsin is 1/√(1 − {x}²): at {x.value} it is {local}.",
        "backward arrays": "The slope of arcsin is 1/√(1 − {x}²), element by element.",
    },
    domain=((-0.9, 0.9),),
    outside=lambda x: abs(x) > 1,
    takes="numbers from −1 to 1",
    pole=lambda x: abs(x) == 1,
)

ARCCOS = declare(
    "arccos",
    ("x",),
    "the angle whose cosine is x, in radians",
    habits=("acos",),
    numpy=("arccos", "acos"),
    forward=lambda xp, x: xp.arccos(x),
    local=(lambda xp, y, x: -1 / _opposite(xp, x),),
    shape=elementwise("arccos"),
    words=APPLIED
    | {
        "backward": "The slope of arccos is −1/√(1 − {x}²): at {x.value} it is {local}.",
        "backward arrays": "The slope of arccos is −1/√(1 − {x}²), element by element.",
    },
    domain=((-0.9, 0.9),),
    outside=lambda x: abs(x) > 1,
    takes="numbers from −1 to 1",
    pole=lambda x: abs(x) == 1,
)
