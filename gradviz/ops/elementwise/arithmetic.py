"""+ − × ÷, powers, and ops built from them."""

import math

from gradviz.ops.op import Array, Namespace
from gradviz.ops.registry import declare
from gradviz.ops.shapes import elementwise

CALCULATED = "{calculation}."
PAIRWISE = {"forward": CALCULATED, "forward arrays": "Element by element: {output} = {written}."}

ADD = declare(
    "add",
    ("a", "b"),
    "the sum of two values",
    glyph="+",
    with_constant=("+{c}", "+{c}"),
    commutes=True,
    operator="+",
    degree=max,
    numpy=("add",),
    logical="maximum(a, b) is 'or'; 1*a + 1*b counts",
    forward=lambda xp, a, b: a + b,
    local=(lambda xp, y, a, b: 1, lambda xp, y, a, b: 1),
    shape=elementwise("add"),
    written=lambda m, a, b: m.add(a, b),
    words=PAIRWISE
    | {
        "backward": (
            "+ distributes: both inputs receive the upstream gradient {upstream} unchanged."
        ),
        "backward alone": "+ passes the upstream gradient {upstream} on to {source} unchanged.",
        "backward arrays": "+ distributes: {source} receives the upstream gradient unchanged.",
        "backward skip": (
            "+ hands the upstream gradient {upstream} to both: through the skip {source} receives"
            " it unchanged, past the block."
        ),
        "backward body": (
            "+ hands the upstream gradient {upstream} to both: {source} takes it back into the"
            " block, the skip past it."
        ),
        "backward arrays skip": (
            "+ hands the upstream gradient to both: through the skip {source} receives it"
            " unchanged, past the block."
        ),
        "backward arrays body": (
            "+ hands the upstream gradient to both: {source} takes it back into the block, the skip"
            " past it."
        ),
    },
    domain=((-3, 3), (-3, 3)),
)

SUB = declare(
    "sub",
    ("a", "b"),
    "the difference of two values",
    glyph="−",
    with_constant=("{c} − x", "−{c}"),
    operator="-",
    degree=max,
    numpy=("subtract",),
    logical="a != b says whether they differ; 1*a - 1*b subtracts",
    forward=lambda xp, a, b: a - b,
    local=(lambda xp, y, a, b: 1, lambda xp, y, a, b: -1),
    shape=elementwise("sub"),
    written=lambda m, a, b: m.sub(a, b),
    words=PAIRWISE
    | {
        "backward 0": ("The first input of − receives the upstream gradient {upstream} unchanged."),
        "backward 1": (
            "The second input of − receives the upstream gradient with its sign turned:"
            " {contribution}."
        ),
        "backward 0 arrays": "The first input of − receives the upstream gradient unchanged.",
        "backward 1 arrays": (
            "The second input of − receives the upstream gradient with its sign turned."
        ),
    },
    domain=((-3, 3), (-3, 3)),
)

MUL = declare(
    "mul",
    ("a", "b"),
    "the product of two values, element by element",
    glyph="×",
    with_constant=("×{c}", "×{c}"),
    commutes=True,
    operator="*",
    degree=lambda a, b: a + b,
    numpy=("multiply",),
    forward=lambda xp, a, b: a * b,
    local=(lambda xp, y, a, b: b, lambda xp, y, a, b: a),
    shape=elementwise("mul"),
    written=lambda m, a, b: m.mul(a, b),
    words=PAIRWISE
    | {
        "backward 0": (
            "× swaps its inputs: {source} receives the upstream gradient times {b}, "
            "{upstream} · {b.factor} = {contribution}."
        ),
        "backward 1": (
            "× swaps its inputs: {source} receives the upstream gradient times {a}, "
            "{upstream} · {a.factor} = {contribution}."
        ),
        "backward 0 arrays": (
            "× swaps its inputs: {source} receives the upstream gradient times {b}."
        ),
        "backward 1 arrays": (
            "× swaps its inputs: {source} receives the upstream gradient times {a}."
        ),
    },
    domain=((-3, 3), (-3, 3)),
)


def _divided(slot: int, y: float, a: float, b: float) -> str:
    """Whether a quotient falls or rises with its divisor."""
    if b == 0 or not (abs(y) < math.inf and abs(b) < math.inf):
        return ""
    return "falls" if a > 0 else "rises" if a < 0 else "flat"


DIV = declare(
    "div",
    ("a", "b"),
    "the quotient of two values",
    glyph="÷",
    with_constant=("{c}/x", "÷{c}"),
    operator="/",
    degree=lambda a, b: a + b,
    numpy=("divide", "true_divide"),
    forward=lambda xp, a, b: a / b,
    local=(
        lambda xp, y, a, b: 1 / b,
        lambda xp, y, a, b: xp.stable(lambda: -a / b**2, lambda: -y / b),
    ),
    shape=elementwise("div"),
    written=lambda m, a, b: m.div(a, b),
    words=PAIRWISE
    | {
        "backward 0": (
            "Dividing by {b.named} divides the gradient too: {upstream.dividend}/{b.factor} ="
            " {contribution} for {source}."
        ),
        "backward 1": "The slope for the divisor is −{a}/{b}²: at {b.named} it is {local}.",
        "backward 1 falls": (
            "A larger divisor makes a smaller quotient here: at {b.named} the slope is {local}."
        ),
        "backward 1 rises": (
            "A larger divisor makes a larger quotient here, as {a.named} is negative: at {b.named}"
            " the slope is {local}."
        ),
        "backward 1 flat": "0 over any divisor is 0: the slope for the divisor is 0.",
        "backward 0 arrays": (
            "Each element of {source} receives the upstream gradient divided by {b}."
        ),
        "backward 1 arrays": "The slope for the divisor is −{a}/{b}², element by element.",
    },
    case=_divided,
    domain=((-3, 3), (0.5, 3)),
    pole=lambda a, b: b == 0 and a != 0,
    deciding=1,
)


def _power_slope(xp: Namespace, a: Array, b: Array) -> Array:
    """b a^(b − 1); near a pole, for |b| < 1, the power alone may overflow and the product not."""

    def written(a: Array, b: Array) -> Array:
        return b * a ** (b - 1)

    def by_roots(a: Array, b: Array) -> Array:
        root = a ** ((b - 1) / 2)
        return root * b * root

    def near_pole(a: Array, b: Array) -> Array:
        return xp.stable(written, by_roots, lambda a, b: xp.less(10**18 * xp.abs(a), 1), a, b)

    return xp.stable(written, near_pole, lambda a, b: xp.less(xp.abs(b), 1), a, b)


def _power_case(slot: int, y: float, a: float, b: float) -> str:
    if slot == 0:
        return "constant" if b == 0 else ""
    return "negative" if a < 0 else "zero" if a == 0 and b >= 0 else ""


POW = declare(
    "pow",
    ("a", "b"),
    "a to the power of b",
    glyph="xⁿ",
    with_constant=("{c}ˣ", "x^{c}"),
    operator="**",
    habits=("power",),
    roles=("", "exponent"),
    degree=lambda a, b: a,
    numpy=("power", "float_power"),
    forward=lambda xp, a, b: a**b,
    local=(
        # At exponent 0 the power is constant; at base 0 with an exponent ≥ 0 the product would
        # be 0 · ∞ or 1 · ∞.
        lambda xp, y, a, b: xp.limit(_power_slope(xp, a, b), xp.equal(b, 0), 0),
        lambda xp, y, a, b: xp.limit(
            a**b * xp.log(a), xp.less_equal(xp.maximum(xp.abs(a), -b), 0), 0
        ),
    ),
    shape=elementwise("pow"),
    written=lambda m, a, b: m.pow(a, b),
    words=PAIRWISE
    | {
        "backward 0": (
            "The slope of {written} at {a.value} is {slope} = {local}, "
            "so {source} receives {local} times the upstream gradient."
        ),
        "backward 0 constant": "To the power of 0 any base gives 1: the slope is 0.",
        "backward 1": (
            "The slope for the exponent is {written} · log {a}: {local} times the upstream"
            " gradient."
        ),
        "backward 1 negative": (
            "The slope for the exponent is {written} · log {a}, and {a.value} has no real"
            " logarithm."
        ),
        "backward 1 zero": "At base 0 the slope for the exponent is taken as 0.",
        "backward 0 arrays": (
            "The slope of {written} multiplies the upstream gradient, element by element."
        ),
        "backward 1 arrays": (
            "The slope for the exponent is {written} · log {a}, element by element."
        ),
    },
    case=_power_case,
    domain=((0.5, 3), (-2, 3)),
    outside=lambda a, b: -math.inf < a < 0 and abs(b) < math.inf and b % 1 != 0,
    takes="negative bases only to whole powers",
    pole=lambda a, b: a == 0 and (b < 0 or 0 < b < 1),
)

NEG = declare(
    "neg",
    ("x",),
    "the value with its sign flipped",
    glyph="−",
    operator="-x",
    degree=lambda x: x,
    numpy=("negative",),
    logical="1 - a is 'not'; -1*a turns the sign",
    forward=lambda xp, x: -x,
    local=(lambda xp, y, x: -1,),
    shape=elementwise("neg"),
    written=lambda m, x: m.neg(x),
    words=PAIRWISE
    | {
        "backward": "− turns the sign of the gradient: {contribution}.",
        "backward arrays": "− turns the sign of the gradient.",
    },
    domain=((-3, 3),),
)

SQUARE = declare(
    "square",
    ("x",),
    "x times itself",
    glyph="x²",
    habits=("sqr",),
    degree=lambda x: 2 * x,
    numpy=("square",),
    forward=lambda xp, x: x**2,
    local=(lambda xp, y, x: 2 * x,),
    shape=elementwise("square"),
    written=lambda m, x: m.pow(x, m.number(2)),
    words=PAIRWISE
    | {
        "backward": (
            "The slope of {written} at {x.value} is {slope} = {local}: "
            "{source} receives {local} times the upstream gradient."
        ),
        "backward arrays": "The slope of a square is twice the value, element by element.",
    },
    domain=((-3, 3),),
)

SQRT = declare(
    "sqrt",
    ("x",),
    "the square root",
    glyph="√",
    with_constant=("√{c}",),
    degree=lambda x: x,
    numpy=("sqrt",),
    forward=lambda xp, x: xp.sqrt(x),
    local=(lambda xp, y, x: 1 / (2 * y),),
    shape=elementwise("sqrt"),
    written=lambda m, x: m.root(x),
    words=PAIRWISE
    | {
        "backward": "The slope of a root is 1 over twice the root: 1/(2 · {value}) = {local}.",
        "backward arrays": "The slope of a root is 1 over twice the root, element by element.",
    },
    domain=((0.3, 4),),
    outside=lambda x: x < 0,
    takes="numbers from 0 up",
    pole=lambda x: x == 0,
)

RECIPROCAL = declare(
    "reciprocal",
    ("x",),
    "1/x",
    glyph="1/x",
    habits=("inverse", "inv"),
    degree=lambda x: x,
    numpy=("reciprocal",),
    forward=lambda xp, x: 1 / x,
    local=(lambda xp, y, x: -1 / x**2,),
    shape=elementwise("reciprocal"),
    written=lambda m, x: m.div(m.number(1), x),
    words=PAIRWISE
    | {
        "backward": "The slope of 1/{x} is −1/{x}²: at {x.value} it is {local}.",
        "backward arrays": "The slope of 1/{x} is −1/{x}², element by element.",
    },
    domain=((0.4, 3),),
    pole=lambda x: x == 0,
)
