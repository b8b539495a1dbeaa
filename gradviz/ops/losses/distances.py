"""Losses over the last axis: Euclidean distance, Kullback-Leibler divergence."""

import math
from collections.abc import Callable
from typing import Any

from gradviz.ops.losses.pointwise import TARGETS, alike
from gradviz.ops.losses.reducing import (
    reduce,
    reduce_steps,
    reduced_shape,
    share,
    written_row_share,
)
from gradviz.ops.op import Array, GraphNamespace, Maths, Namespace, Notation, Shape, say_shapes
from gradviz.ops.reductions import length_steps
from gradviz.ops.registry import declare, get


def _rows(name: str) -> Callable[..., Shape]:
    """The shape rule: two operands of the same shape, with at least one axis; a loss per row."""

    def shape(p: Shape, t: Shape, *, reduction: Any) -> Shape:
        alike(get(name), p, t, "none")
        if not p or not p[-1]:
            raise get(name).misshapen("elements on the last axis", say_shapes((p, t)))
        return reduced_shape(name, p[:-1], reduction)

    return shape


def _each(xp: Namespace, g: Array, p: Array, reduction: str) -> Array:
    """What each row receives of the upstream gradient, broadcasting against the elements."""
    given = share(g, xp.shape(p)[:-1], reduction)
    return xp.expand_dims(given, -1) if reduction == "none" else given


def _said(m: Notation, g: Maths, p: Maths, reduction: str, slope: Maths) -> Maths:
    return m.mul(written_row_share(m, g, p, reduction), slope)


def _written_direction(m: Notation, d: Maths) -> Maths:
    """d/‖d‖; for several rows ‖d‖ is written out, as each has its own."""
    if len(d.shape) < 2:
        return m.div(d, m.length(d))
    squares = m.sum_axes((len(d.shape) - 1,), m.pow(d, m.number(2)))
    return m.div(d, m.value("length", m.root(squares)))


def _setting(p: Shape, t: Shape, reduction: str) -> str:
    """Which sentences apply: "batch" where the distances of several rows are reduced."""
    if math.prod(p[:-1]) == 1 or reduction == "none":
        return ""
    return "batch sum" if reduction == "sum" else "batch"


def _length(xp: Namespace, d: Array, *, keepdims: bool = False) -> Array:
    return xp.length(d, lambda squares: xp.sum(squares, axis=-1, keepdims=keepdims))


def _direction(xp: Namespace, d: Array) -> Array:
    length = _length(xp, d, keepdims=True)
    return xp.limit(d / length, xp.equal(length, 0), 0)


NOWHERE = (
    "A distance grows straight away, but one of 0 has no direction: there the slope is taken as 0."
)

L2 = declare(
    "l2",
    ("p", "t"),
    "the distance √Σ(p − t)² along the last axis, mean over the batch",
    options={"reduction": "mean"},
    aliases=TARGETS,
    forward=lambda xp, p, t, reduction: reduce(xp, _length(xp, p - t), reduction),
    vjp=(
        lambda xp, g, y, p, t, reduction: _each(xp, g, p, reduction) * _direction(xp, p - t),
        lambda xp, g, y, p, t, reduction: _each(xp, g, p, reduction) * _direction(xp, t - p),
    ),
    shape=_rows("l2"),
    rule=(
        lambda m, g, y, p, t, reduction: _said(
            m, g, p, reduction, _written_direction(m, m.sub(p, t))
        ),
        lambda m, g, y, p, t, reduction: _said(
            m, g, p, reduction, _written_direction(m, m.sub(t, p))
        ),
    ),
    terms={"length": lambda xp, g, y, p, t, reduction: _length(xp, p - t, keepdims=True)},
    words={
        "forward": "The straight distance from {p} to {t}: {value}.",
        "forward batch": (
            "The mean, over the rows, of the straight distance from {p} to {t}: {value}."
        ),
        "forward batch sum": (
            "The sum, over the rows, of the straight distance from {p} to {t}: {value}."
        ),
        "forward arrays": "For each row the straight distance from {p} to {t}.",
        "backward": (
            "A distance grows straight away from {other}: {source} receives the upstream gradient"
            " times that direction, of length 1."
        ),
        "backward batch": (
            "A distance grows straight away from {other}: each row receives its share of the"
            " upstream gradient times that direction, of length 1."
        ),
        "backward batch sum": (
            "A distance grows straight away from {other}: each row receives the upstream gradient"
            " times that direction, of length 1."
        ),
        "backward tied": NOWHERE,
        "backward batch tied": NOWHERE,
        "backward batch sum tied": NOWHERE,
        "backward arrays tied": NOWHERE,
        "backward arrays": (
            "A distance grows straight away from {other}: each row receives that direction, of"
            " length 1, times what arrives."
        ),
    },
    setting=_setting,
    tied=lambda xp, y, p, t, reduction: xp.equal(_length(xp, p - t), 0),
    domain=((0.5, 2), (-2, 0.25)),
    examples=(
        (((3,), (3,)), {}),
        (((2, 2), (2, 2)), {}),
        (((2, 2), (2, 2)), {"reduction": "none"}),
    ),
    pieces=lambda xp, p, t, reduction: xp.sign(_length(xp, p - t)),
    ties="the gradient of a distance of 0 is taken as 0",
    expand=lambda xp, p, t, reduction: reduce_steps(
        xp, length_steps(xp, xp.named("diff", p - t), -1), reduction
    ),
)


def _log_ratio(xp: Namespace, p: Array, q: Array) -> Array:
    """log(p/q); by two logarithms where the quotient may leave the range of a float."""
    ratio = p / q

    def beyond(ratio: Array, p: Array, q: Array) -> Array:
        return xp.greater(xp.abs(xp.log(ratio)), 80)  # float32 ends at 88

    def apart(ratio: Array, p: Array, q: Array) -> Array:
        return xp.log(p * xp.sign(p)) - xp.log(q * xp.sign(p))

    return xp.stable(lambda ratio, p, q: xp.log(ratio), apart, beyond, ratio, p, q)


def _divergence(xp: Namespace, p: Array, q: Array) -> Array:
    """Σ p log(p/q); a class with p = 0 counts 0."""
    return xp.sum(xp.limit(p * _log_ratio(xp, p, q), xp.equal(p, 0), 0), axis=-1)


def _divergence_steps(xp: GraphNamespace, p: Array, q: Array, reduction: str) -> Array:
    """Ratio, logarithm, weighted sum; where p is 0 the ratio becomes 1, so its logarithm is 0."""
    ratio = p / q
    if xp.touches(p, 0):
        none = xp.equal(p, 0)
        ratio = xp.where(none, 1, p / xp.where(none, 1, q))
    return reduce_steps(xp, xp.sum(p * xp.log(xp.named("ratio", ratio)), axis=-1), reduction)


TRUE_ZERO = (
    "The slope for a true probability is log({p}/{q}) + 1; where that is 0, it is taken as 0."
)
GUESS_AT_ZERO = (
    "The slope for a guess is −{p}/{q}; where the true probability is 0, so is the slope."
)

KL = declare(
    # Kullback and Leibler, 1951. PyTorch's kl_div takes (log q, p), in this order.
    "kl",
    ("p", "q"),
    "Σ p log(p/q) along the last axis, mean over the batch; PyTorch's kl_div takes log q and p",
    glyph="KL",
    options={"reduction": "mean"},
    forward=lambda xp, p, q, reduction: reduce(xp, _divergence(xp, p, q), reduction),
    vjp=(
        lambda xp, g, y, p, q, reduction: (
            _each(xp, g, p, reduction) * xp.limit(_log_ratio(xp, p, q) + 1, xp.equal(p, 0), 0)
        ),
        lambda xp, g, y, p, q, reduction: xp.limit(
            -_each(xp, g, p, reduction) * p / q, xp.equal(p, 0), 0
        ),
    ),
    shape=_rows("kl"),
    rule=(
        lambda m, g, y, p, q, reduction: _said(
            m, g, p, reduction, m.add(m.value("log", m.call("log", m.div(p, q))), m.number(1))
        ),
        lambda m, g, y, p, q, reduction: m.neg(_said(m, g, p, reduction, m.div(p, q))),
    ),
    terms={"log": lambda xp, g, y, p, q, reduction: _log_ratio(xp, p, q)},
    words={
        "forward": "The Kullback–Leibler divergence of {p} from {q}: {value}.",
        "forward batch": (
            "The Kullback–Leibler divergence of {p} from {q}, the mean over the rows: {value}."
        ),
        "forward batch sum": (
            "The Kullback–Leibler divergence of {p} from {q}, summed over the rows: {value}."
        ),
        "forward arrays": "For each row the Kullback–Leibler divergence of {p} from {q}.",
        "backward 0": "The slope for a true probability is log({p}/{q}) + 1.",
        "backward 0 arrays": "The slope for a true probability is log({p}/{q}) + 1.",
        "backward 0 tied": TRUE_ZERO,
        "backward 0 arrays tied": TRUE_ZERO,
        "backward 1 tied": GUESS_AT_ZERO,
        "backward 1 arrays tied": GUESS_AT_ZERO,
        "backward 1": "The slope for a guess is −{p}/{q}: too small a guess is pulled up hard.",
        "backward 1 arrays": (
            "The slope for a guess is −{p}/{q}: too small a guess is pulled up hard."
        ),
    },
    setting=_setting,
    domain=((0.1, 1), (0.1, 1)),
    examples=(
        (((3,), (3,)), {}),
        (((2, 2), (2, 2)), {}),
        (((2, 2), (2, 2)), {"reduction": "none"}),
    ),
    tied=lambda xp, y, p, q, reduction: xp.equal(p, 0),
    outside=lambda p, q, **_: (p < 0) != (q < 0) and p != 0,
    takes="shares of one sign",
    pole=lambda p, q, **_: q == 0 != p,
    deciding=1,
    pieces=lambda xp, p, q, reduction: xp.sign(p),
    ties="the slope with respect to a true probability of 0 is taken as 0",
    expand=_divergence_steps,
)
