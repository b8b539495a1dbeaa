"""Ops that select: the gradient follows the selected value."""

from typing import Any

from gradviz.arrays.digits import number, typeset
from gradviz.errors import ValueInputError
from gradviz.ops.elementwise.exponential import APPLIED
from gradviz.ops.op import REQUIRED, Array, Namespace, Shape, Told, is_number
from gradviz.ops.registry import declare
from gradviz.ops.routing import negative, positive
from gradviz.ops.shapes import elementwise


def _sign_of(slot: int, y: float, x: float) -> str:
    return "positive" if x > 0 else "negative" if x < 0 else "kink" if x == 0 else "nan"


ABS = declare(
    "abs",
    ("x",),
    "the distance from 0",
    glyph="|x|",
    numpy=("absolute", "fabs"),
    forward=lambda xp, x: xp.abs(x),
    routes=((((positive,), 1), ((negative,), -1)),),
    tied=lambda xp, y, x: xp.equal(x, 0),
    shape=elementwise("abs"),
    written=lambda m, x: m.bars(x),
    words=APPLIED
    | {
        "backward positive": (
            "{x.value} > 0, so |{x}| rises with {source}: the gradient passes unchanged."
        ),
        "backward negative": (
            "{x.value} < 0, so |{x}| falls as {source} rises: the gradient changes its sign."
        ),
        "backward kink": "Exactly 0: a kink, and the slope is taken as 0.",
        "backward nan": "NaN is neither above nor below 0: nothing passes.",
        "backward arrays": "Each element receives the gradient times its own sign.",
        "backward arrays tied": (
            "Each element receives the gradient times its own sign; {elements} exactly 0, the kink:"
            " the slope there is taken as 0."
        ),
    },
    case=_sign_of,
    domain=((-3, 3),),
    pieces=lambda xp, x: xp.sign(x),
    ties="the slope at 0 is taken as 0",
)

SIGN = declare(
    "sign",
    ("x",),
    "−1, 0 or 1; its gradient is 0",
    habits=("sgn",),
    numpy=("sign",),
    forward=lambda xp, x: xp.sign(x),
    routes=((),),
    shape=elementwise("sign"),
    words=APPLIED
    | {
        "backward": "sign is flat on both sides of 0: no gradient passes.",
        "backward arrays": "sign is flat: no gradient passes.",
    },
    domain=((-3, 3),),
    pieces=lambda xp, x: xp.sign(x),
    ties="the slope is 0 everywhere, including at the jump at 0",
)


HEAVISIDE = declare(
    "heaviside",
    ("x",),
    "1 from 0 on, else 0: a hard threshold; its gradient is 0",
    habits=("step", "unit_step", "threshold"),
    forward=lambda xp, x: xp.where(xp.greater_equal(x, 0), 1, xp.where(xp.less(x, 0), 0, x)),
    routes=((),),
    shape=elementwise("heaviside"),
    words=APPLIED
    | {
        "backward": "A threshold is flat on both sides of its jump: no gradient passes.",
        "backward arrays": "A threshold is flat on both sides of its jump: no gradient passes.",
    },
    domain=((-3, 3),),
    pieces=lambda xp, x: xp.sign(x),
    ties="the slope is 0 everywhere, including at the jump at 0",
)


def _winner(slot: int, y: float, a: float, b: float) -> str:
    """Which sentence pattern applies to a step of a pairwise maximum or minimum."""
    if a == b:
        return "tie first" if slot == 0 else "tie second"
    if a != a or b != b:
        return "nan"
    return "wins" if y == (a, b)[slot] else "loses"


AT_A_CONSTANT = (
    "{source} is {source.value}, as the constant is: a tie, and the slope is taken as 0, as at the"
    " kink of ReLU; PyTorch and JAX take half."
)


def _pairwise(name: str, beats: str) -> dict[str, str]:
    word, verb = name[:3], beats
    return {
        "forward": "{calculation}.",
        "forward arrays": f"Element by element the {verb} of {{a}} and {{b}}.",
        "backward wins": (
            f"{word} routes: {{source.named}} beats {{other.named}}, so {{source}} receives all"
            " of it."
        ),
        "backward loses": f"{{source}} lost the {word}: this path brings it nothing.",
        "backward tie first": (
            "Both inputs are {source.value}: a tie. gradviz sends the gradient to the first;"
            " PyTorch and JAX give each half."
        ),
        "backward tie second": (
            "Both inputs are {source.value}: a tie. The first takes the gradient, this path brings"
            " nothing; PyTorch and JAX give each half."
        ),
        "backward tie first fixed": AT_A_CONSTANT,
        "backward tie second fixed": AT_A_CONSTANT,
        "backward nan": (
            f"NaN is neither larger nor smaller, so the {word} routes nothing to {{source}}."
        ),
        "backward arrays": (
            f"{word} routes the gradient to the winner: {{source}} won {{passed}} of {{size}}"
            " places."
        ),
        "backward arrays none": f"{{source}} won the {word} nowhere: this path brings it nothing.",
        "backward arrays tied": (
            f"{word} routes the gradient to the winner: {{source}} won {{won}} of {{size}} places;"
            " {ties}, for the first operand (PyTorch and JAX: half each)."
        ),
        "backward arrays tied fixed": (
            f"{word} routes the gradient to the winner: {{source}} won {{won}} of {{size}} places;"
            " {ties} with a constant, slope 0 (PyTorch and JAX: half)."
        ),
    }


MAXIMUM = declare(
    "maximum",
    ("a", "b"),
    "the larger of two values, element by element",
    glyph="max",
    with_constant=("max {c}", "max {c}"),
    commutes=True,
    numpy=("maximum",),
    forward=lambda xp, a, b: xp.maximum(a, b),
    routes=(
        (((lambda xp, y, a, b: xp.greater_equal(a, b),), 1),),
        (((lambda xp, y, a, b: xp.greater(b, a),), 1),),
    ),
    fixed_routes=(
        (((lambda xp, y, a, b: xp.greater(a, b),), 1),),
        (((lambda xp, y, a, b: xp.greater(b, a),), 1),),
    ),
    tied=lambda xp, y, a, b: xp.equal(a, b),
    shape=elementwise("maximum"),
    written=lambda m, a, b: m.call("max", a, b),
    words=_pairwise("maximum", "larger"),
    case=_winner,
    domain=((-3, 3), (-3, 3)),
    pieces=lambda xp, a, b: xp.sign(a - b),
    ties="the first operand wins a tie; against a constant the other receives 0, in either order",
)

MINIMUM = declare(
    "minimum",
    ("a", "b"),
    "the smaller of two values, element by element",
    glyph="min",
    with_constant=("min {c}", "min {c}"),
    commutes=True,
    numpy=("minimum",),
    forward=lambda xp, a, b: xp.minimum(a, b),
    routes=(
        (((lambda xp, y, a, b: xp.less_equal(a, b),), 1),),
        (((lambda xp, y, a, b: xp.less(b, a),), 1),),
    ),
    fixed_routes=(
        (((lambda xp, y, a, b: xp.less(a, b),), 1),),
        (((lambda xp, y, a, b: xp.less(b, a),), 1),),
    ),
    tied=lambda xp, y, a, b: xp.equal(a, b),
    shape=elementwise("minimum"),
    written=lambda m, a, b: m.call("min", a, b),
    words=_pairwise("minimum", "smaller"),
    case=_winner,
    domain=((-3, 3), (-3, 3)),
    pieces=lambda xp, a, b: xp.sign(a - b),
    ties="the first operand wins a tie; against a constant the other receives 0, in either order",
)


def _clip_shape(x: Shape, *, low: Any, high: Any = None) -> Shape:
    for bound in (low, high):
        if bound is not None and not is_number(bound):
            raise ValueInputError("a bound of clip is a number or None", got=f"{bound!r:.40}")
    if low is not None and high is not None and low > high:
        raise ValueInputError(
            "the bounds of clip are the wrong way round",
            expected="low ≤ high",
            got=f"{low} > {high}",
        )
    return tuple(x)


def _clipped(xp: Namespace, x: Array, low: Any, high: Any) -> Array:
    x = x if low is None else xp.maximum(x, low)
    return x if high is None else xp.minimum(x, high)


def _above_low(xp: Namespace, y: Array, x: Array, low: Any, high: Any) -> Array:
    return True if low is None else xp.less(low, x)


def _below_high(xp: Namespace, y: Array, x: Array, low: Any, high: Any) -> Array:
    return True if high is None else xp.less(x, high)


def _at_a_bound(xp: Namespace, y: Array, x: Array, low: Any, high: Any) -> Array:
    """Whether x equals one of the bounds."""
    at_high = False if high is None else xp.equal(x, high)
    return at_high if low is None else xp.where(xp.equal(x, low), True, at_high)


def _side(slot: int, y: float, x: float, low: Any, high: Any) -> str:
    if x != x:
        return "nan"
    if x in (low, high):
        return "kink"
    inside = (low is None or x > low) and (high is None or x < high)
    return "inside" if inside else "outside"


def _bounds(xp: Namespace, y: Array, x: Array, low: Any, high: Any) -> Told:
    """The bounds in words."""
    shown = [None if b is None else typeset(number(b)) for b in (low, high)]
    if None not in shown:
        return Told("the range from {low} to {high}", {"low": shown[0], "high": shown[1]})
    if shown == [None, None]:
        return Told("nothing")
    if shown[1] is None:
        return Told("at least {low}", {"low": shown[0]})
    return Told("at most {high}", {"high": shown[1]})


CLIP = declare(
    "clip",
    ("x",),
    "x limited to low … high; None leaves a side open",
    numpy=("clip",),
    options={"low": REQUIRED, "high": None},
    aliases={"a_min": "low", "a_max": "high", "min": "low", "max": "high"},
    forward=_clipped,
    routes=((((_above_low, _below_high), 1),),),
    tied=_at_a_bound,
    shape=_clip_shape,
    words={
        "forward": "{x.value}, limited to {bounds}, is {value}.",
        "forward arrays": "{x}, limited to {bounds}, element by element.",
        "backward inside": ("{x.value} lies between the bounds, so the gradient passes unchanged."),
        "backward outside": (
            "{x.value} lies outside the bounds: clip is flat there, nothing passes."
        ),
        "backward kink": (
            "{x.value} is exactly a bound: a kink, and the slope is taken as 0; PyTorch's clamp"
            " takes 1."
        ),
        "backward nan": "NaN lies neither inside nor outside the bounds: nothing passes.",
        "backward arrays": (
            "Between the bounds: {passed} of {size} elements; {receivers} the gradient."
        ),
        "backward arrays none": "No element lies between the bounds: nothing passes.",
        "backward arrays tied": (
            "Between the bounds: {passed} of {size} elements; {receivers} the gradient."
            " {elements} exactly at a bound: slope 0 (PyTorch's clamp takes 1)."
        ),
    },
    facts={"bounds": _bounds},
    case=_side,
    domain=((-3, 3),),
    pieces=lambda xp, x, low, high: (
        (0 if low is None else xp.sign(x - low)) + 3 * (0 if high is None else xp.sign(x - high))
    ),
    ties="at a bound the slope is taken as 0",
    examples=((((4,),), {"low": -1, "high": 1}), (((2, 3),), {"low": None, "high": 1})),
)


def _condition(xp: Namespace, y: Array, c: Array, a: Array, b: Array) -> Array:
    return c


WHERE = declare(
    "where",
    ("condition", "a", "b"),
    "a where the condition holds, else b",
    roles=("condition",),
    numpy=("where",),
    forward=lambda xp, c, a, b: xp.where(c, a, b),
    routes=(None, (((_condition,), 1),), (((_condition,), 0), ((), 1))),
    shape=elementwise("where"),
    written=lambda m, c, a, b: m.cases(c, a, b),
    words=APPLIED
    | {
        "forward": "The condition {condition} {holds}, so the value is {value}.",
        "forward arrays": (
            "Element by element {output} is {a} where {condition} holds, elsewhere {b}."
        ),
        "backward chosen": (
            "The condition {holds}, so {source} was chosen and receives the whole gradient."
        ),
        "backward left": ("The condition {holds}, so {source} was not chosen: nothing reaches it."),
        "backward arrays": (
            "The gradient goes to what was chosen: {source} in {passed} of {size} places."
        ),
        "backward arrays none": "{source} was chosen nowhere: nothing reaches it.",
    },
    case=lambda slot, y, c, a, b: "chosen" if bool(c) == (slot == 1) else "left",
    domain=((0, 1), (-3, 3), (-3, 3)),
    ties="the condition itself takes no gradient",
)
