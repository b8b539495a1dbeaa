"""Scores into probabilities: softmax and its logarithms."""

from typing import Any

from gradviz.arrays.namespace import Axes
from gradviz.ops.op import Array, GraphNamespace, Maths, Namespace, Notation, Shape, ShapeRule
from gradviz.ops.registry import declare
from gradviz.ops.shapes import axes, kept, one_axis, reduction


def softmax(xp: Namespace, s: Array, axis: Axes = -1) -> Array:
    """exp(s) over its sum along an axis, shifted by the largest score so that nothing overflows."""
    raised = xp.exp(s - xp.stabiliser(s, axis))
    return raised / xp.sum(raised, axis=axis, keepdims=True)


def log_softmax(xp: Namespace, s: Array, axis: Axes = -1) -> Array:
    """log softmax(s), without taking the logarithm of a probability that has become 0."""
    shifted = s - xp.stabiliser(s, axis)
    return shifted - _log_total(xp, xp.exp(shifted), axis)


def _log_total(xp: Namespace, raised: Array, axis: Axes) -> Array:
    """log of the sum of exponentials of shifted scores, the largest of which is exp(0) = 1: where
    the others hardly count, log(1 + others).
    """
    total = xp.sum(raised, axis=axis, keepdims=True)

    def beside_one() -> Array:
        below = xp.less(raised, 1)
        others = xp.sum(xp.where(below, raised, 0), axis=axis, keepdims=True)
        largest = xp.sum(xp.where(below, 0, 1), axis=axis, keepdims=True)
        near = xp.log1p(others + (largest - 1))
        return xp.where(xp.less(10 * total, 11), near, xp.log(total))

    def hardly_more() -> Array:
        return xp.greater(xp.sum(xp.where(xp.less(10 * total, 11), 1, 0)), 0)

    return xp.stable(lambda: xp.log(total), beside_one, hardly_more)


def _rest(xp: Namespace, v: Array, axis: Axes) -> Array:
    """For each element the sum of the others along an axis. The total less itself would lose the
    digits of what stands beside a number that outweighs all others.
    """
    sizes = xp.abs(v)
    outweighs = xp.greater(2 * sizes, xp.sum(sizes, axis=axis, keepdims=True))
    beside = xp.sum(xp.where(outweighs, 0, v), axis=axis, keepdims=True)
    return xp.where(outweighs, beside, xp.sum(v, axis=axis, keepdims=True) - v)


def excess(xp: Namespace, p: Array, v: Array, axis: Axes = -1) -> Array:
    """p Σ v − v, how far each of `v` falls short of its probability's share of their sum."""

    def written() -> Array:
        return p * xp.sum(v, axis=axis, keepdims=True) - v

    return xp.stable(written, lambda: p * _rest(xp, v, axis) - v * _rest(xp, p, axis))


def softmax_back(xp: Namespace, g: Array, p: Array, axis: Axes = -1) -> Array:
    """p (g − Σ g p), the contribution to scores with the probabilities `p`. Adding a number to all
    of g changes nothing: it is chosen so that a probability of almost 1 meets a 0.
    """

    def written(g: Array) -> Array:
        return p * (g - xp.sum(g * p, axis=axis, keepdims=True))

    def shifted() -> Array:
        at_most = xp.sum(xp.where(xp.greater(2 * p, 1), g, 0), axis=axis, keepdims=True)
        return written(g - at_most)

    return xp.stable(lambda: written(g), shifted)


def logsumexp(xp: Namespace, s: Array, axis: Axes = -1, keepdims: bool = False) -> Array:
    """log Σ exp(s), shifted by the largest score unless that is infinite."""
    largest = xp.stabiliser(s, axis)
    shift = xp.where(xp.equal(largest - largest, 0), largest, 0)
    found = shift + _log_total(xp, xp.exp(s - shift), axis)
    return found if keepdims else xp.reshape(found, reduction("logsumexp")(xp.shape(s), axis=axis))


def along(name: str) -> ShapeRule:
    """The shape rule of an op that keeps the shape and works along one axis, not an empty one."""

    def shape(s: Shape, *, axis: Any) -> Shape:
        reduction(name, empty=False)(s, axis=one_axis(name, axis, len(s)))
        return tuple(s)

    return shape


def _summed(m: Notation, body: Maths, s: Maths, axis: int) -> Maths:
    """The sum along the axis, which is not named if it is the only one."""
    return m.sum_axes((axis % len(s.shape),) if len(s.shape) > 1 else (), body)


def _each(m: Notation, g: Maths, s: Maths, axis: Axes) -> Maths:
    """A reduced gradient, repeated along the axes that were removed."""
    gone = axes("reduction", axis, len(s.shape))
    return g if len(gone) == len(s.shape) else m.repeated(g, gone, s.shape)


def _named(m: Notation, s: Maths, axis: Axes) -> tuple[Maths, ...]:
    """The axes as an argument, where they are not the last one as usual."""
    gone = axes("reduction", axis, len(s.shape)) if s.shape else ()
    return () if not s.shape or gone == (len(s.shape) - 1,) else (m.phrase(m.axes(gone)),)


def _shifted(xp: GraphNamespace, s: Array, axis: Axes) -> Array:
    """The scores, minus the largest one if the exponentials need that."""
    shift = xp.stabiliser(s, axis)
    return s if isinstance(shift, int) else xp.named("shifted", s - shift)


def _total(xp: GraphNamespace, raised: Array, axis: Axes) -> Array:
    return xp.named("total", xp.sum(raised, axis=axis, keepdims=True))


def softmax_steps(xp: GraphNamespace, s: Array, axis: Axes = -1) -> Array:
    """softmax as a graph: exp, sum, divide."""
    raised = xp.named("exps", xp.exp(_shifted(xp, s, axis)))
    return raised / _total(xp, raised, axis)


def log_softmax_steps(xp: GraphNamespace, s: Array, axis: Axes = -1) -> Array:
    """log softmax as a graph: each score minus the log of the sum of all exponentials."""
    shifted = _shifted(xp, s, axis)
    return shifted - xp.log(_total(xp, xp.named("exps", xp.exp(shifted)), axis))


def _logsumexp_steps(xp: GraphNamespace, s: Array, axis: Axes, keepdims: bool) -> Array:
    shift = xp.stabiliser(s, axis)
    if isinstance(shift, int):
        return xp.log(
            xp.named("total", xp.sum(xp.named("exps", xp.exp(s)), axis=axis, keepdims=keepdims))
        )
    if xp.overflows(shift):
        shift = xp.where(xp.equal(shift - shift, 0), shift, 0)
    found = shift + xp.log(_total(xp, xp.named("exps", xp.exp(s - shift)), axis))
    return found if keepdims else xp.reshape(found, reduction("logsumexp")(xp.shape(s), axis=axis))


SOFTMAX = declare(
    "softmax",
    ("s",),
    "exp of each score over their sum: probabilities along an axis",
    options={"axis": -1},
    aliases={"dim": "axis"},
    forward=softmax,
    vjp=(lambda xp, g, y, s, axis: softmax_back(xp, g, y, axis),),
    shape=along("softmax"),
    written=lambda m, s, axis: m.call("softmax", s, *_named(m, s, axis)),
    rule=(lambda m, g, y, s, axis: m.mul(y, m.sub(g, _summed(m, m.mul(g, y), s, axis))),),
    words={
        "forward arrays": (
            "exp makes every score positive, their sum scales them: probabilities that add up to 1."
        ),
        "backward arrays": (
            "Each score receives its probability times the difference between what arrives at it"
            " and the probability-weighted average."
        ),
    },
    domain=((-2, 2),),
    examples=((((3,),), {}), (((2, 2),), {"axis": 0}), (((2, 1, 2),), {})),
    expand=softmax_steps,
)

LOG_SOFTMAX = declare(
    "log_softmax",
    ("s",),
    "the logarithm of softmax, without overflow",
    glyph="log softmax",
    options={"axis": -1},
    aliases={"dim": "axis"},
    forward=log_softmax,
    vjp=(lambda xp, g, y, s, axis: -excess(xp, xp.exp(y), g, axis),),
    shape=along("log_softmax"),
    written=lambda m, s, axis: m.call("log softmax", s, *_named(m, s, axis)),
    rule=(lambda m, g, y, s, axis: m.sub(g, m.mul(m.pow(m.name("e"), y), _summed(m, g, s, axis))),),
    words={
        "forward arrays": (
            "Each score minus the log of the sum of all exponentials: logs of probabilities."
        ),
        "backward arrays": (
            "Each score receives its own gradient, minus its probability times the sum of all"
            " gradients."
        ),
    },
    domain=((-2, 2),),
    examples=((((3,),), {}), (((2, 2),), {"axis": 0})),
    expand=log_softmax_steps,
)

LOGSUMEXP = declare(
    "logsumexp",
    ("s",),
    "log of the sum of exponentials along an axis, a smooth maximum",
    glyph="log Σ exp",
    options={"axis": -1, "keepdims": False},
    aliases={"dim": "axis", "keepdim": "keepdims"},
    forward=logsumexp,
    vjp=(
        lambda xp, g, y, s, axis, keepdims: (
            xp.reshape(g, kept(xp.shape(s), axis)) * softmax(xp, s, axis)
        ),
    ),
    shape=lambda s, *, axis, keepdims: reduction("logsumexp", empty=False)(
        s, axis=axis, keepdims=keepdims
    ),
    written=lambda m, s, axis, keepdims: m.call("logsumexp", s, *_named(m, s, axis)),
    rule=(
        lambda m, g, y, s, axis, keepdims: m.mul(
            _each(m, g, s, axis), m.value("softmax", m.call("softmax", s, *_named(m, s, axis)))
        ),
    ),
    terms={"softmax": lambda xp, g, y, s, axis, keepdims: softmax(xp, s, axis)},
    words={
        "forward": (
            "log of the sum of {count:exponential}: {value}, at most log {count} above the largest"
            " score."
        ),
        "forward one": "The log of a single exponential is the score itself: {value}.",
        "forward arrays": "Logs of sums along {axes}, of {count:exponential} each.",
        "backward": (
            "The slope of log Σ exp is softmax: each score receives its probability times"
            " {upstream}."
        ),
        "backward arrays": (
            "The slope of log Σ exp is softmax: each score receives its probability of the"
            " gradient."
        ),
    },
    domain=((-2, 2),),
    examples=(
        (((3,),), {}),
        (((2, 2),), {"axis": 0, "keepdims": True}),
        (((2, 2),), {"axis": None}),
    ),
    expand=_logsumexp_steps,
)
