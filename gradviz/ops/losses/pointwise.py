"""Losses of predictions and targets: squared, absolute, hinge, cross-entropy."""

from collections.abc import Callable, Mapping
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.ops.losses.labels import signs
from gradviz.ops.losses.reducing import reduce, reduce_steps, reduced_shape, share, written_share
from gradviz.ops.op import (
    Array,
    Formula,
    GraphNamespace,
    Maths,
    Namespace,
    Notation,
    Op,
    Shape,
    is_number,
    say_shapes,
)
from gradviz.ops.registry import declare, written
from gradviz.ops.routing import signed

TARGETS: Mapping[str, str] = {"input": "p", "target": "t"}


def alike(op: Op, p: Shape, t: Shape, reduction: Any, of_labels: str = "") -> Shape:
    """The shape of a loss of two operands, which must agree: broadcasting would hide a slip.

    of_labels  the loss of scores of classes and a label for each row, where that may be meant.
    """
    if p != t:
        first, second = op.inputs
        squeezed = [tuple(n for n in shape if n != 1) for shape in (p, t)]
        hint = f"reshape {second} to {tuple(p)}" if squeezed[0] == squeezed[1] else ""
        if of_labels and t == p[:-1]:
            hint = f"of scores of classes and a label: {of_labels}({first}, {second})"
        raise op.misshapen(f"{first} and {second} of the same shape", say_shapes((p, t)), hint)
    return reduced_shape(op.name, p, reduction)


def _pairwise(
    name: str,
    summary: str,
    *,
    each: Formula,
    slopes: tuple[Formula, Formula | None],
    rules: tuple[Formula, Formula | None],
    steps: Formula,
    inputs: tuple[str, str] = ("p", "t"),
    factor: int = 1,
    options: Mapping[str, Any] | None = None,
    reduction: str = "mean",
    of_labels: str = "",
    check: Callable[..., None] = lambda **options: None,
    aliases: Mapping[str, str] = TARGETS,
    domain: tuple[tuple[float, float], ...] = ((-2, 2), (-2, 2)),
    **facts: Any,
) -> Op:
    """An op whose losses are taken element by element, then reduced.

    each, slopes  the loss, `(xp, a, b, **options)`, and what passes back of the upstream gradient g
                  of each loss, `(xp, g, a, b, **options)`.
    factor        what all slopes are multiplied by.
    rules         the same in a formula, `(m, g, a, b, **options)`.
    of_labels     the loss of scores of classes and their labels that may be meant instead.
    steps         the losses on the graph's own namespace.
    check         of the options; raises ValueInputError.
    facts         the op's other declarations.
    """

    def back(slope: Formula | None) -> Formula | None:
        if slope is None:
            return None
        return lambda xp, g, y, a, b, reduction, **given: slope(
            xp, factor * share(g, xp.shape(a), reduction), a, b, **given
        )

    def said(rule: Formula | None) -> Formula | None:
        if rule is None:
            return None
        return lambda m, g, y, a, b, reduction, **given: rule(
            m, written_share(m, g, a.shape, reduction), a, b, **given
        )

    def shape(a: Shape, b: Shape, *, reduction: Any, **given: Any) -> Shape:
        check(**given)
        return alike(op, a, b, reduction, of_labels)

    op = declare(
        name,
        inputs,
        summary,
        forward=lambda xp, a, b, reduction, **given: reduce(xp, each(xp, a, b, **given), reduction),
        shape=shape,
        vjp=(back(slopes[0]), back(slopes[1])),
        rule=(said(rules[0]), said(rules[1])),
        options={**(options or {}), "reduction": reduction},
        aliases=aliases,
        domain=domain,
        setting=lambda a, b, reduction, **given: "sum" if reduction == "sum" else "",
        examples=(
            (((), ()), {}),
            (((3,), (3,)), {}),
            (((2, 2), (2, 2)), {"reduction": "sum"}),
            (((2,), (2,)), {"reduction": "none"}),
        ),
        expand=lambda xp, a, b, reduction, **given: reduce_steps(
            xp, steps(xp, a, b, **given), reduction
        ),
        **facts,
    )
    return op


def _told(losses: str, each: str) -> dict[str, str]:
    """The sentences of the forward pass, for either reduction."""
    single = each[0].upper() + each[1:] if not each.startswith("max(") else each
    return {
        "forward": f"The mean of {losses}: {{value}}.",
        "forward one": f"{single}: {{value}}.",
        "forward sum one": f"{single}: {{value}}.",
        "forward sum": f"The sum of {losses}: {{value}}.",
        "forward arrays": f"For each element {each}.",
    }


def _pulled(sentence: str) -> dict[str, str]:
    """One sentence for the backward pass, for scalars and arrays."""
    return {"backward": sentence, "backward arrays": sentence}


def _squared(xp: Namespace, p: Array, t: Array) -> Array:
    return (p - t) ** 2


def _difference(xp: GraphNamespace, p: Array, t: Array) -> Array:
    return xp.named("diff", p - t)


def _twice(m: Notation, a: Maths, b: Maths) -> Maths:
    return m.mul(m.number(2), m.sub(a, b))


def _squares(name: str, summary: str, reduction: str) -> Op:
    return _pairwise(
        name,
        summary,
        each=_squared,
        reduction=reduction,
        factor=2,
        slopes=(lambda xp, g, p, t: g * (p - t), lambda xp, g, p, t: g * (t - p)),
        rules=(
            lambda m, g, p, t: m.mul(g, _twice(m, p, t)),
            lambda m, g, p, t: m.mul(g, _twice(m, t, p)),
        ),
        steps=lambda xp, p, t: _difference(xp, p, t) ** 2,
        words=_told("{count:squared difference} {p} − {t}", "the square of {p} − {t}")
        | _pulled(
            "The slope of a square is twice the difference {source} − {other}: the further apart,"
            " the larger."
        ),
    )


MSE = _squares("mse", "the mean of (p − t)²", "mean")
SQUARED_ERROR = _squares("squared_error", "the sum of (p − t)²", "sum")

NO_PULL = (
    "Every difference pulls equally hard, however large; one of 0 does not pull: the slope of"
    " |{p} − {t}| at 0 is taken as 0."
)

L1 = _pairwise(
    "l1",
    "the mean of |p − t|, as in PyTorch; with reduction='sum' the textbooks' Σ |p − t|",
    habits=("mae", "l1_loss", "mean_absolute_error"),
    each=lambda xp, p, t: xp.abs(p - t),
    slopes=(lambda xp, g, p, t: signed(xp, g, p - t), lambda xp, g, p, t: signed(xp, g, t - p)),
    rules=(
        lambda m, g, p, t: m.mul(g, m.value("sign of p − t", m.call("sign", m.sub(p, t)))),
        lambda m, g, p, t: m.mul(g, m.value("sign of t − p", m.call("sign", m.sub(t, p)))),
    ),
    terms={
        "sign of p − t": lambda xp, g, y, p, t, reduction: signed(xp, 1, p - t),
        "sign of t − p": lambda xp, g, y, p, t, reduction: signed(xp, 1, t - p),
    },
    steps=lambda xp, p, t: xp.abs(_difference(xp, p, t)),
    pieces=lambda xp, p, t, reduction: xp.sign(p - t),
    ties="the slope at a difference of 0 is taken as 0",
    words=_told("{count:distance} |{p} − {t}|", "the distance |{p} − {t}|")
    | _pulled("Every difference pulls equally hard, however large: only its sign counts.")
    | {"backward tied": NO_PULL, "backward arrays tied": NO_PULL},
    tied=lambda xp, y, p, t, reduction: xp.equal(p, t),
)


def _check_delta(*, delta: Any) -> None:
    if not is_number(delta) or delta <= 0:
        raise ValueInputError("the delta of huber is a positive number", got=f"delta={delta!r:.40}")


def _huber(xp: Namespace, p: Array, t: Array, delta: Any) -> Array:
    """d²/2 near 0, linear with slope delta beyond: c(|d| − c/2) with c = min(|d|, delta)."""
    far = xp.abs(p - t)
    near = xp.minimum(far, delta)
    return near * (far - near / 2)


def _clipped(xp: Namespace, d: Array, delta: Any) -> Array:
    return xp.minimum(xp.maximum(d, -delta), delta)


def _written_clip(m: Notation, d: Maths) -> Maths:
    delta = m.value("delta", m.name("delta"))
    return m.call("clip", d, m.neg(delta), delta)


def _huber_steps(xp: GraphNamespace, p: Array, t: Array, delta: Any) -> Array:
    far = xp.named("dist", xp.abs(p - t))
    return xp.where(xp.less_equal(far, delta), far**2 / 2, delta * (far - delta / 2))


HUBER = _pairwise(
    # Huber, 1964; PyTorch's huber_loss.
    "huber",
    "squared near 0, linear beyond delta: the mean",
    options={"delta": 1.0},
    check=_check_delta,
    each=_huber,
    slopes=(
        lambda xp, g, p, t, delta: g * _clipped(xp, p - t, delta),
        lambda xp, g, p, t, delta: g * _clipped(xp, t - p, delta),
    ),
    rules=(
        lambda m, g, p, t, delta: m.mul(g, _written_clip(m, m.sub(p, t))),
        lambda m, g, p, t, delta: m.mul(g, _written_clip(m, m.sub(t, p))),
    ),
    steps=_huber_steps,
    pieces=lambda xp, p, t, delta, reduction: xp.sign(xp.abs(p - t) - delta) + 3 * xp.sign(p - t),
    ties="none: the slope is continuous",
    words=_told(
        "{count:loss}, half squares up to a difference of {delta} and straight lines beyond",
        "half the square of {p} − {t}, beyond {delta} a straight line",
    )
    | _pulled(
        "The pull is the difference itself, but never more than {delta}: outliers are held back."
    ),
)


def _margin(xp: Namespace, s: Array, y: Array) -> Array:
    return 1 - signs(xp, y) * s


def _pushed(xp: Namespace, g: Array, s: Array, y: Array, power: int) -> Array:
    """What the hinge passes back of `g` to scores that lack margin; the others receive 0."""
    margin = _margin(xp, s, y)
    slope = -signs(xp, y) * (2 * margin if power == 2 else 1)
    return xp.where(xp.greater(margin, 0), g * slope, 0)


def _where_open(m: Notation, brought: Maths, s: Maths, y: Maths) -> Maths:
    """What passes where a score lacks margin, else 0."""
    return m.choice([(brought, m.relation("<", m.mul(y, s), m.number(1)))], m.number(0))


def _open(xp: Namespace, value: Array, s: Array, y: Array, reduction: str) -> str:
    return str(int(xp.sum(xp.where(xp.greater(_margin(xp, s, y), 0), 1, 0))))


BINARY: Mapping[str, Any] = {
    "inputs": ("s", "y"),
    "aliases": {"input": "s", "target": "y"},
    "domain": ((-3, 3), (-1, 1)),
    "facts": {"open": _open},
    "pieces": lambda xp, s, y, reduction: xp.sign(_margin(xp, s, y)),
    "ties": "the slope at a margin of exactly 1 is taken as 0",
}

HINGE = _pairwise(
    "hinge",
    "the mean of max(0, 1 − y s), labels y of −1 and 1",
    of_labels="multiclass_hinge",
    habits=("hinge_loss",),
    each=lambda xp, s, y: xp.maximum(0, _margin(xp, s, y)),
    slopes=(lambda xp, g, s, y: _pushed(xp, g, s, y, 1), None),
    rules=(lambda m, g, s, y: _where_open(m, m.mul(g, m.neg(y)), s, y), None),
    steps=lambda xp, s, y: xp.maximum(0, xp.named("margin", 1 - y * s)),
    words=_told(
        "max(0, 1 − {y} · {s}), positive for {open} of {count:score}", "max(0, 1 − {y} · {s})"
    )
    | _pulled("Only scores whose margin is below 1 receive a gradient: {open} of {count}."),
    **BINARY,
)

SQUARED_HINGE = _pairwise(
    "squared_hinge",
    "the mean of max(0, 1 − y s)², labels y of −1 and 1",
    of_labels="multiclass_hinge",
    each=lambda xp, s, y: xp.maximum(0, _margin(xp, s, y)) ** 2,
    slopes=(lambda xp, g, s, y: _pushed(xp, g, s, y, 2), None),
    rules=(
        lambda m, g, s, y: _where_open(
            m, m.mul(g, m.mul(m.neg(m.mul(m.number(2), y)), m.sub(m.number(1), m.mul(y, s)))), s, y
        ),
        None,
    ),
    steps=lambda xp, s, y: xp.maximum(0, xp.named("margin", 1 - y * s)) ** 2,
    words=_told(
        "max(0, 1 − {y} · {s})², positive for {open} of {count:score}", "max(0, 1 − {y} · {s})²"
    )
    | _pulled(
        "Only scores whose margin is below 1 receive a gradient, {open} of {count}: in proportion"
        " to what is missing."
    ),
    **BINARY,
)


def _softplus(xp: Namespace, s: Array) -> Array:
    return xp.logaddexp(0, s)


def _surprise(xp: Namespace, s: Array, t: Array) -> Array:
    """t softplus(−s) + (1 − t) softplus(s); for targets that are no probabilities, where these
    terms have unequal signs, softplus(s) − t s.
    """
    return xp.stable(
        lambda s, t: t * _softplus(xp, -s) + (1 - t) * _softplus(xp, s),
        lambda s, t: _softplus(xp, s) - t * s,
        lambda s, t: xp.greater(xp.abs(2 * t - 1), 1),
        s,
        t,
    )


def _sigmoid_steps(xp: GraphNamespace, s: Array, t: Array) -> Array:
    """By the probability; by softplus where that is so near 0 or 1 that its logarithms, or those of
    1 − p, would lose digits.
    """
    if xp.extreme(s, 8):
        return t * xp.softplus(-s) + (1 - t) * xp.softplus(s)
    p = xp.named("prob", xp.sigmoid(s))
    return -(t * xp.log(p) + (1 - t) * xp.log(1 - p))


SIGMOID_CROSS_ENTROPY = _pairwise(
    "sigmoid_cross_entropy",
    "the mean of −t log σ(s) − (1 − t) log(1 − σ(s)), without overflow",
    glyph="σ CE",
    of_labels="softmax_cross_entropy",
    habits=("bce_with_logits", "binary_cross_entropy_with_logits", "logistic_loss"),
    inputs=("s", "t"),
    aliases={"input": "s", "target": "t"},
    domain=((-3, 3), (0, 1)),
    each=_surprise,
    slopes=(
        # σ(s) − t, which would lose its digits where σ is almost 1 and so is t.
        lambda xp, g, s, t: g * ((1 - t) * xp.sigmoid(s) - t * xp.sigmoid(-s)),
        lambda xp, g, s, t: g * -s,
    ),
    rules=(
        lambda m, g, s, t: m.mul(g, m.sub(m.value("σ", m.call("σ", s)), t)),
        lambda m, g, s, t: m.mul(g, m.neg(s)),
    ),
    terms={"σ": lambda xp, g, y, s, t, reduction: xp.sigmoid(s)},
    steps=_sigmoid_steps,
    words=_told(
        "the cross-entropies between σ({s}) and {count:target}",
        "the cross-entropy between σ({s}) and the target {t}",
    )
    | {
        "backward 0": ("The slope for a score is σ({s}) − {t}: the probability minus the target."),
        "backward 0 arrays": (
            "The slope for a score is σ({s}) − {t}: the probability minus the target."
        ),
        "backward 1": "The loss is linear in the target, with the slope −{s}.",
        "backward 1 arrays": "The loss is linear in the target, with the slope −{s}.",
    },
)

written(
    "-(t*log(p) + (1 - t)*log(1 - p)), or of scores s sigmoid_cross_entropy(s, t)",
    "bce",
    "binary_cross_entropy",
    "log_loss",
)
