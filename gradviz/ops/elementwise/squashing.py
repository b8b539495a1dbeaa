"""Activation functions."""

from gradviz.ops.elementwise.exponential import APPLIED
from gradviz.ops.op import Array, GraphNamespace, Namespace
from gradviz.ops.registry import declare
from gradviz.ops.routing import positive
from gradviz.ops.shapes import elementwise


def _sigmoid_steps(xp: GraphNamespace, x: Array) -> Array:
    """Negate, exp, add 1, invert; e^x/(1 + e^x) on the left of 0 where exp(−x) would overflow."""
    if not xp.extreme(x):
        return xp.reciprocal(1 + xp.exp(-x))
    right = xp.greater(x, 0)
    raised = xp.named("raised", xp.exp(xp.where(right, -x, x)))
    return xp.where(right, 1, raised) / (1 + raised)


def _sigmoid_slope(xp: Namespace, y: Array, x: Array) -> Array:
    """y (1 − y); far to the right, where y is almost 1, 1 − y is y exp(−x)."""
    return xp.stable(
        lambda y, x: y * (1 - y),
        lambda y, x: y * y * xp.exp(-x),
        lambda y, x: xp.greater(x, 3),
        y,
        x,
    )


SIGMOID = declare(
    "sigmoid",
    ("x",),
    "1/(1 + exp(−x)), squashes x into (0, 1)",
    habits=("logistic",),
    degree=lambda x: x,
    forward=lambda xp, x: xp.sigmoid(x),
    local=(_sigmoid_slope,),
    shape=elementwise("sigmoid"),
    written=lambda m, x: m.call("σ", x),
    words=APPLIED
    | {
        "forward": "σ squashes {x.value} into (0, 1): {value}.",
        "backward": (
            "At {x.value} the slope of σ is {value} · (1 − {value}) = {local}: that share of the"
            " gradient passes."
        ),
        "backward flat": (
            "At {x.value} σ is flat: its slope is {local}, so little of the gradient passes."
        ),
        "backward arrays": (
            "σ passes {output} · (1 − {output}) of the gradient: at most a quarter, little where it"
            " is flat."
        ),
    },
    case=lambda slot, y, x: "flat" if y < 0.01 or y > 0.99 else "",
    domain=((-3, 3),),
    expand=_sigmoid_steps,
)


def _side(slot: int, y: float, x: float, **options: float) -> str:
    """Which side of the kink at 0 an input lies on."""
    return "open" if x > 0 else "closed" if x < 0 else "kink" if x == 0 else "nan"


RELU = declare(
    "relu",
    ("x",),
    "max(0, x)",
    glyph="ReLU",
    forward=lambda xp, x: xp.maximum(x, 0),
    routes=((((positive,), 1),),),
    tied=lambda xp, y, x: xp.equal(x, 0),
    shape=elementwise("relu"),
    written=lambda m, x: m.call("ReLU", x),
    words=APPLIED
    | {
        "forward": "ReLU keeps what is above 0: {x.value} becomes {value}.",
        "backward open": "{x.value} > 0, so ReLU lets the gradient through.",
        "backward closed": "{x.value} < 0: ReLU is closed, nothing passes.",
        "backward kink": "Exactly 0: a kink, and the slope is taken as 0.",
        "backward arrays": (
            "ReLU is open for {passed} of {size} elements: {receivers} the gradient."
        ),
        "backward arrays none": "ReLU is open for none of {size} elements: nothing passes.",
        "backward arrays tied": (
            "ReLU is open for {passed} of {size} elements: {receivers} the gradient;"
            " {elements} exactly 0, the kink: the slope there is taken as 0."
        ),
        "backward nan": "NaN is neither above nor below 0: nothing passes.",
    },
    case=_side,
    domain=((-3, 3),),
    pieces=lambda xp, x: xp.where(xp.greater(x, 0), 1, 0),
    ties="the slope at 0 is taken as 0",
)

LEAKY_RELU = declare(
    "leaky_relu",
    ("x",),
    "x above 0, slope · x below",
    glyph="leaky ReLU",
    habits=("lrelu",),
    options={"slope": 0.01},
    aliases={"negative_slope": "slope", "alpha": "slope"},
    forward=lambda xp, x, slope: xp.where(xp.greater(x, 0), x, slope * x),
    routes=((((positive,), 1), ((), "slope")),),
    tied=lambda xp, y, x, slope: xp.equal(x, 0),
    shape=elementwise("leaky_relu"),
    words=APPLIED
    | {
        "backward open": "{x.value} > 0, so the gradient passes whole.",
        "backward closed": ("{x.value} < 0: leaky ReLU lets {slope} of the gradient leak through."),
        "backward kink": "Exactly 0: a kink, and the slope is taken as {slope}.",
        "backward arrays": (
            "Elements above 0 receive the whole gradient, the others {slope} of it."
        ),
        "backward arrays tied": (
            "Elements above 0 receive the whole gradient, the others {slope} of it; {elements}"
            " exactly 0, the kink: the slope there is taken as {slope}."
        ),
        "backward nan": "NaN is not above 0: leaky ReLU lets {slope} of the gradient leak through.",
    },
    case=_side,
    domain=((-3, 3),),
    pieces=lambda xp, x, slope: xp.where(xp.greater(x, 0), 1, 0),
    ties="the slope at 0 is that of the negative side",
)

ELU = declare(
    "elu",
    ("x",),
    "x above 0, alpha (exp(x) − 1) below",
    glyph="ELU",
    options={"alpha": 1.0},
    forward=lambda xp, x, alpha: xp.where(xp.greater(x, 0), x, alpha * xp.expm1(xp.minimum(x, 0))),
    local=(lambda xp, y, x, alpha: xp.where(xp.greater(x, 0), 1, alpha * xp.exp(x)),),
    shape=elementwise("elu"),
    words=APPLIED
    | {
        "backward open": "{x.value} > 0, so ELU lets the gradient through.",
        "backward closed": "{x.value} ≤ 0: the slope of ELU is {alpha} · exp({x.value}) = {local}.",
        "backward arrays": (
            "Above 0 ELU passes the whole gradient; elsewhere {alpha} · exp({x}) of it."
        ),
    },
    case=lambda slot, y, x, alpha: "open" if x > 0 else "closed",
    domain=((-3, 3),),
    pieces=lambda xp, x, alpha: xp.where(xp.greater(x, 0), int(alpha != 1), 0),
    ties="the slope at 0 is alpha",
)


def _bell(xp: Namespace, x: Array) -> Array:
    """The normal density φ(x)."""
    return xp.exp(-(x**2) / 2) / xp.sqrt(2 * xp.pi)


def _below(xp: Namespace, x: Array) -> Array:
    """The normal distribution Φ(x); in its left tail the sum would lose its digits."""
    return xp.stable(lambda: (1 + xp.erf(x / xp.sqrt(2))) / 2, lambda: xp.erfc(-x / xp.sqrt(2)) / 2)


GELU = declare(
    # Hendrycks and Gimpel, Gaussian Error Linear Units, 2016: x Φ(x), in its exact form.
    "gelu",
    ("x",),
    "x times the normal distribution Φ(x), exact",
    glyph="GELU",
    forward=lambda xp, x: x * _below(xp, x),
    local=(lambda xp, y, x: _below(xp, x) + x * _bell(xp, x),),
    shape=elementwise("gelu"),
    words=APPLIED
    | {
        "backward": "The slope of GELU is Φ({x}) + {x} φ({x}): at {x.value} it is {local}.",
        "backward arrays": "The slope of GELU is Φ({x}) + {x} φ({x}), element by element.",
    },
    domain=((-3, 3),),
)

SOFTPLUS = declare(
    "softplus",
    ("x",),
    "log(1 + exp(x)), a smooth ReLU",
    forward=lambda xp, x: xp.logaddexp(0, x),
    local=(lambda xp, y, x: xp.sigmoid(x),),
    shape=elementwise("softplus"),
    words=APPLIED
    | {
        "backward": "The slope of softplus is σ({x}): at {x.value} it is {local}.",
        "backward arrays": "The slope of softplus is σ({x}), element by element.",
    },
    domain=((-3, 3),),
)

SILU = declare(
    # Elfwing, Uchibe and Doya, 2017; also called swish.
    "silu",
    ("x",),
    "x σ(x), also called swish",
    glyph="SiLU",
    habits=("swish",),
    forward=lambda xp, x: x * xp.sigmoid(x),
    local=(lambda xp, y, x: xp.sigmoid(x) * (1 + x * (1 - xp.sigmoid(x))),),
    shape=elementwise("silu"),
    words=APPLIED
    | {
        "backward": (
            "The slope of SiLU is σ + {x} σ(1 − σ), σ being σ({x}): at {x.value} it is {local}."
        ),
        "backward arrays": "The slope of SiLU is σ + {x} σ(1 − σ), σ being σ({x}).",
    },
    domain=((-3, 3),),
)

LOG_SIGMOID = declare(
    "log_sigmoid",
    ("x",),
    "log σ(x), without overflow",
    glyph="log σ",
    forward=lambda xp, x: -xp.logaddexp(0, -x),
    local=(lambda xp, y, x: xp.sigmoid(-x),),
    shape=elementwise("log_sigmoid"),
    words=APPLIED
    | {
        "backward": "The slope of log σ({x}) is σ(−{x}): at {x.value} it is {local}.",
        "backward arrays": "The slope of log σ({x}) is σ(−{x}), element by element.",
    },
    domain=((-3, 3),),
)
