"""Normalisation layers: over the batch, over each example."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.ops.op import (
    Array,
    GraphNamespace,
    Maths,
    Namespace,
    Notation,
    Shape,
    Told,
    is_number,
    say_shapes,
)
from gradviz.ops.registry import declare
from gradviz.ops.shapes import one_axis


def _given(*shapes: Shape | None) -> str:
    return say_shapes([s for s in shapes if s is not None])


def _check_eps(name: str, eps: Any) -> None:
    if not is_number(eps) or eps < 0:
        raise ValueInputError(
            f"{name} takes a small number eps", expected="0 or more", got=f"eps={eps!r:.40}"
        )


# Both batch and layer normalisation are x̂ = (x − mean)/√(var + eps) over some axes, then a scale
# and a shift.


def _count(shape: Shape, axes: Sequence[int]) -> int:
    return math.prod(shape[a] for a in axes)


def _mean(xp: Namespace, x: Array, axes: Sequence[int]) -> Array:
    count = _count(xp.shape(x), axes)
    return xp.average(x, lambda v: xp.sum(v, axis=tuple(axes), keepdims=True), count)


def _deviation(xp: Namespace, x: Array, axes: Sequence[int], eps: Any) -> tuple[Array, Array]:
    """x minus its mean, and √(variance + eps), the variance over the count as in PyTorch."""
    centred = x - _mean(xp, x, axes)
    return centred, xp.length(centred, lambda squares: _mean(xp, squares, axes), eps)


def _normalised_back(
    xp: Namespace, g: Array, x: Array, axes: Sequence[int], eps: Any, scale: Array = None
) -> Array:
    """The contribution to x of a gradient `g` that arrives at x̂, or of one that arrives at
    scale · x̂, with one scale for all that is averaged.
    """
    centred, spread = _deviation(xp, x, axes, eps)
    unit = centred / spread
    inner = g - _mean(xp, g, axes) - unit * _mean(xp, g * unit, axes)
    return (inner if scale is None else inner * scale) / spread


def _whitened_rule(m: Notation, g: Maths, x: Maths) -> Maths:
    """(g − mean(g) − x̂ ⊙ mean(g ⊙ x̂))/√(var(x) + eps), of a gradient `g` that arrives at x̂."""
    unit = m.value("x̂", m.name("x̂", x.shape))
    spread = m.value("spread", m.root(m.add(m.call("var", x), m.value("eps", m.name("eps")))))
    means = m.value("mean", m.call("mean", g)), m.value("share", m.call("mean", m.mul(g, unit)))
    inner = m.sub(m.sub(g, means[0]), m.mul(unit, means[1]))
    return m.given(m.div(inner, spread), _unit(m, x, m.call("mean", x), m.call("var", x)))


def _unit(m: Notation, x: Maths, mean: Maths, var: Maths) -> Maths:
    """x̂ = (x − mean)/√(var + eps)."""
    spread = m.root(m.add(var, m.name("eps")))
    return m.relation("=", m.name("x̂"), m.div(m.sub(x, mean), spread))


def _at_unit(m: Notation, u: Maths, scale: Maths | None) -> Maths:
    """The gradient at x̂."""
    return u if scale is None else m.mul(u, scale)


def _unit_terms(
    at_unit: Callable[..., Array], unit: Callable[..., Array], over: Callable[..., Sequence[int]]
) -> dict[str, Callable[..., Array]]:
    """The numbers of the rules: x̂, √(var + eps), and two means of the gradient at x̂."""

    def spread(xp: Namespace, u: Array, y: Array, *inputs: Array, **options: Any) -> Array:
        return _deviation(xp, inputs[0], over(xp, *inputs, **options), options["eps"])[1]

    def mean(xp: Namespace, u: Array, y: Array, *inputs: Array, **options: Any) -> Array:
        return _mean(xp, at_unit(xp, u, *inputs, **options), over(xp, *inputs, **options))

    def share(xp: Namespace, u: Array, y: Array, *inputs: Array, **options: Any) -> Array:
        both = at_unit(xp, u, *inputs, **options) * unit(xp, *inputs, **options)
        return _mean(xp, both, over(xp, *inputs, **options))

    return {
        "x̂": lambda xp, u, y, *inputs, **options: unit(xp, *inputs, **options),
        "spread": spread,
        "mean": mean,
        "share": share,
    }


def _own_steps(
    xp: GraphNamespace, x: Array, g: Array, b: Array, axes: tuple[int, ...], eps: Any
) -> Array:
    """The graph where x gives the mean and the variance. Numbers whose squares a float cannot hold
    are first divided by the largest, which leaves x̂ as it is.
    """
    centred = xp.named("centred", x - xp.named("mu", xp.mean(x, axis=axes, keepdims=True)))
    scale = xp.scale(centred, axes, eps)
    if scale is not None:
        centred, eps = centred / scale, eps / scale / scale
    var = xp.named("variance", xp.mean(centred**2, axis=axes, keepdims=True))
    return _steps(xp, centred, g, b, var, eps)


def _steps(xp: GraphNamespace, centred: Array, g: Array, b: Array, var: Array, eps: Any) -> Array:
    """The graph after mean and variance: root, reciprocal, multiply, scale, shift."""
    std = xp.named("std", xp.sqrt(var + eps))
    unit = xp.named("xhat", centred * xp.named("inv_std", xp.reciprocal(std)))
    scaled = unit if g is None else unit * g
    return scaled if b is None else scaled + b


# Batch normalisation
# ---------------------------------------------------------------------------------------


def _over_batch(x: Shape, axis: int) -> tuple[int, ...]:
    """Every axis except that of the channels."""
    return tuple(i for i in range(len(x)) if i != axis % len(x))


def _per_channel(xp: Namespace, values: Array, x: Array, axis: int) -> Array:
    """(C,) beside (N, C, …)."""
    shape = tuple(xp.shape(x))[axis:]
    return xp.reshape(values, (shape[0], *[1] * (len(shape) - 1)))


def _batchnorm_shape(
    x: Shape,
    g: Shape | None = None,
    b: Shape | None = None,
    mean: Shape | None = None,
    var: Shape | None = None,
    *,
    eps: Any,
    axis: Any,
) -> Shape:
    got = _given(x, g, b, mean, var)
    _check_eps("batchnorm", eps)
    if axis == 1 and len(x) < 2:
        raise BATCHNORM.misshapen(
            "x of the shape (N, C) or (N, C, H, W)", got, "give x an axis for the batch"
        )
    channels = x[one_axis("batchnorm", axis, len(x))]
    for name, shape in (("g", g), ("b", b), ("mean", mean), ("var", var)):
        if shape is not None and shape != (channels,):
            layout = "(N, C) or (N, C, H, W)" if axis == 1 else f"channels on axis {axis}"
            raise BATCHNORM.misshapen(f"{name} of the shape ({channels},), as x is {layout}", got)
    if mean is not None and var is None:
        raise BATCHNORM.misshapen(
            "mean and var, or neither", got, "without both, the statistics are the batch's"
        )
    if mean is None and _count(x, _over_batch(x, axis)) < 2:
        hint = "a single example needs the running mean and var"
        raise BATCHNORM.misshapen("more than one value per channel", got, hint)
    return tuple(x)


def _batchnorm(
    xp: Namespace,
    x: Array,
    g: Array = None,
    b: Array = None,
    mean: Array = None,
    var: Array = None,
    *,
    eps: Any,
    axis: int,
) -> Array:
    unit = _batch_unit(xp, x, mean, var, eps, axis)
    scaled = unit if g is None else unit * _per_channel(xp, g, x, axis)
    return scaled if b is None else scaled + _per_channel(xp, b, x, axis)


def _batch_unit(xp: Namespace, x: Array, mean: Array, var: Array, eps: Any, axis: int) -> Array:
    if mean is None:
        centred, spread = _deviation(xp, x, _over_batch(xp.shape(x), axis), eps)
        return centred / spread
    return (x - _per_channel(xp, mean, x, axis)) / _running_spread(xp, x, var, eps, axis)


def _running_spread(xp: Namespace, x: Array, var: Array, eps: Any, axis: int) -> Array:
    return xp.sqrt(_per_channel(xp, var, x, axis) + eps)


def _to_unit(xp: Namespace, u: Array, x: Array, g: Array, axis: int) -> Array:
    """The gradient at x̂."""
    return u if g is None else u * _per_channel(xp, g, x, axis)


def _batch_dx(
    xp: Namespace,
    u: Array,
    y: Array,
    x: Array,
    g: Array = None,
    b: Array = None,
    mean: Array = None,
    var: Array = None,
    *,
    eps: Any,
    axis: int,
) -> Array:
    if mean is None:
        scale = None if g is None else _per_channel(xp, g, x, axis)
        return _normalised_back(xp, u, x, _over_batch(xp.shape(x), axis), eps, scale)
    return _to_unit(xp, u, x, g, axis) / _running_spread(xp, x, var, eps, axis)


def _channel_sum(xp: Namespace, values: Array, axis: int) -> Array:
    shape = xp.shape(values)
    total = xp.sum(values, axis=_over_batch(shape, axis), keepdims=True)  # as a mean has it
    return xp.reshape(total, (shape[axis],))


def _batch_dmean(
    xp: Namespace,
    u: Array,
    y: Array,
    x: Array,
    g: Array,
    b: Array,
    mean: Array,
    var: Array,
    *,
    eps: Any,
    axis: int,
) -> Array:
    return -_channel_sum(xp, _to_unit(xp, u, x, g, axis), axis) / xp.sqrt(var + eps)


def _batch_dvar(
    xp: Namespace,
    u: Array,
    y: Array,
    x: Array,
    g: Array,
    b: Array,
    mean: Array,
    var: Array,
    *,
    eps: Any,
    axis: int,
) -> Array:
    unit = _batch_unit(xp, x, mean, var, eps, axis)
    return -_channel_sum(xp, _to_unit(xp, u, x, g, axis) * unit, axis) / (2 * (var + eps))


def _batch_steps(
    xp: GraphNamespace,
    x: Array,
    g: Array = None,
    b: Array = None,
    mean: Array = None,
    var: Array = None,
    *,
    eps: Any,
    axis: int,
) -> Array:
    axes = _over_batch(xp.shape(x), axis)

    def wide(v: Array) -> Array:
        return _per_channel(xp, v, x, axis) if len(xp.shape(x)[axis:]) > 1 else v

    g, b = (None if v is None else wide(v) for v in (g, b))
    if mean is not None:
        return _steps(xp, xp.named("centred", x - wide(mean)), g, b, wide(var), eps)
    return _own_steps(xp, x, g, b, axes, eps)


def _channel_rule(m: Notation, x: Maths, body: Maths, axis: int) -> Maths:
    return m.sum_axes(_over_batch(x.shape, axis), body)


def _wide(m: Notation, v: Maths | None, x: Maths, axis: int) -> Maths | None:
    """A number for each channel beside x: as a column where one axis follows the channels."""
    after = len(x.shape) - 1 - axis % len(x.shape)
    if v is None or not after:
        return v
    if after == 1:
        return m.column(v)
    shape = (*v.shape, *[1] * after)
    return m.phrase("channels", shape) if v.kind == "grid" else m.shaped(v, shape)


def _written_spread(m: Notation, var: Maths) -> Maths:
    return m.root(m.add(var, m.value("eps", m.name("eps"))))


def _written_dx(
    m: Notation, u: Maths, x: Maths, g: Maths | None, mean: Maths | None, var: Maths | None
) -> Maths:
    if mean is None or var is None:
        return _whitened_rule(m, _at_unit(m, u, g), x)
    return m.div(_at_unit(m, u, g), _written_spread(m, var))


def _written_unit(m: Notation, x: Maths) -> Maths:
    return m.value("x̂", m.name("x̂", x.shape))


def _over_channel(
    m: Notation, body: Maths, x: Maths, mean: Maths | None, var: Maths | None, axis: int
) -> Maths:
    """Σ body over a channel, with the statistics of x̂."""
    statistics = (
        (m.call("mean", x), m.call("var", x)) if mean is None or var is None else (mean, var)
    )
    return m.given(_channel_rule(m, x, body, axis), _unit(m, x, *statistics))


def _written_dvar(
    m: Notation, u: Maths, x: Maths, g: Maths, mean: Maths, var: Maths, axis: int
) -> Maths:
    """−Σ (u ⊙ g ⊙ x̂)/(2 · (var + eps))."""
    total = _channel_rule(m, x, m.mul(m.mul(u, g), _written_unit(m, x)), axis)
    twice = m.mul(m.number(2), m.add(var, m.value("eps", m.name("eps"))))
    return m.given(m.neg(m.div(total, twice)), _unit(m, x, mean, var))


def _then(
    xp: Namespace, y: Array, x: Array, g: Array = None, b: Array = None, *_: Any, **__: Any
) -> str | Told:
    """What follows the normalisation, in words."""
    if g is not None and b is not None:
        return Told(", then scaled and shifted")
    if g is None and b is None:
        return ""
    return Told(", then shifted" if g is None else ", then scaled")


BATCHNORM = declare(
    # Ioffe and Szegedy, 2015; statistics as in PyTorch: over all axes but that of the channels,
    # the
    # variance over the count.
    "batchnorm",
    ("x", "g", "b", "mean", "var"),
    "g (x − mean)/√(var + eps) + b per channel; without mean and var the batch gives them",
    glyph="BN",
    in_place=True,
    optional=4,
    # axis -3 fits one image (C, H, W) as well as a batch of images.
    options={"eps": 1e-5, "axis": 1},
    aliases={"weight": "g", "bias": "b", "running_mean": "mean", "running_var": "var"},
    forward=_batchnorm,
    vjp=(
        _batch_dx,
        lambda xp, u, y, x, g, b=None, mean=None, var=None, *, eps, axis: _channel_sum(
            xp, u * _batch_unit(xp, x, mean, var, eps, axis), axis
        ),
        lambda xp, u, y, x, g, b, mean=None, var=None, *, eps, axis: _channel_sum(xp, u, axis),
        _batch_dmean,
        _batch_dvar,
    ),
    shape=_batchnorm_shape,
    written=lambda m, *operands, eps, axis: m.call("batchnorm", *operands),
    rule=(
        lambda m, u, y, x, g=None, b=None, mean=None, var=None, *, eps, axis: _written_dx(
            m, u, x, *(_wide(m, v, x, axis) for v in (g, mean, var))
        ),
        lambda m, u, y, x, g, b=None, mean=None, var=None, *, eps, axis: _over_channel(
            m, m.mul(u, _written_unit(m, x)), x, mean, var, axis
        ),
        lambda m, u, y, x, g, b, mean=None, var=None, *, eps, axis: _channel_rule(m, x, u, axis),
        lambda m, u, y, x, g, b, mean, var, *, eps, axis: m.neg(
            m.mul(m.div(g, _written_spread(m, var)), _channel_rule(m, x, u, axis))
        ),
        lambda m, u, y, x, g, b, mean, var, *, eps, axis: _written_dvar(
            m, u, x, _wide(m, g, x, axis), mean, var, axis
        ),
    ),
    terms=_unit_terms(
        lambda xp, u, x, g=None, *_, eps, axis: _to_unit(xp, u, x, g, axis),
        lambda xp, x, g=None, b=None, mean=None, var=None, *, eps, axis: _batch_unit(
            xp, x, mean, var, eps, axis
        ),
        lambda xp, x, *_, eps, axis: _over_batch(xp.shape(x), axis),
    ),
    words={
        "forward arrays": (
            "From each channel its mean over the batch is subtracted; the rest is divided by"
            " √(variance + eps){then}."
        ),
        "forward inference": (
            "Each channel is normalised by the mean and variance it is given, then scaled and"
            " shifted."
        ),
        "backward 0 arrays": (
            "{x} sets its channel's mean and variance too, so the part of the gradient that would"
            " only shift or scale them is removed."
        ),
        "backward 0 inference": (
            "The statistics are fixed: each element receives its gradient, scaled for its channel."
        ),
        "backward 1 arrays": (
            "The scale multiplied the normalised values, so it sums the upstream gradient times"
            " those."
        ),
        "backward 2 arrays": (
            "The shift was added to a whole channel, so it sums the channel's gradient."
        ),
        "backward 1 inference": (
            "The scale multiplied the normalised values, so it sums the upstream gradient times"
            " those."
        ),
        "backward 2 inference": (
            "The shift was added to a whole channel, so it sums the channel's gradient."
        ),
        "backward 3 inference": (
            "The mean was subtracted from a whole channel, so it sums the gradient, with its sign"
            " turned."
        ),
        "backward 4 inference": (
            "A larger variance pulls the channel towards its mean: the sum of all those pulls."
        ),
    },
    setting=lambda *shapes, eps, axis: "inference" if len(shapes) == 5 else "",
    facts={"then": _then},
    domain=((-2, 2), (0.5, 2), (-2, 2), (-1, 1), (0.5, 2)),
    examples=(
        (((3, 1),), {}),
        (((2, 2), (2,), (2,)), {"eps": 0.25}),
        (((2, 1, 2), (1,)), {}),
        (((2, 2), (2,), (2,), (2,), (2,)), {}),
        (((2, 1, 2), (2,), (2,)), {"axis": -3, "eps": 0.25}),
    ),
    expand=_batch_steps,
)


# Layer normalisation
# ---------------------------------------------------------------------------------------


def _layernorm_shape(
    x: Shape, g: Shape | None = None, b: Shape | None = None, *, eps: Any
) -> Shape:
    got = _given(x, g, b)
    _check_eps("layernorm", eps)
    if not x or not x[-1]:
        raise LAYERNORM.misshapen("x of one axis or more, with elements on the last", got)
    if g is not None and (not g or len(g) > len(x) or x[-len(g) :] != g):
        raise LAYERNORM.misshapen(
            f"g of the shape of the last axis or axes of x, as ({x[-1]},)", got
        )
    if b is not None and b != g:
        raise LAYERNORM.misshapen("g and b of the same shape", got)
    return tuple(x)


def _over_last(xp: Namespace, x: Array, g: Array) -> tuple[int, ...]:
    """The axes of g, or the last one."""
    rank, own = len(xp.shape(x)), 1 if g is None else len(xp.shape(g))
    return tuple(range(rank - own, rank))


def _layer_unit(xp: Namespace, x: Array, g: Array, eps: Any) -> Array:
    centred, spread = _deviation(xp, x, _over_last(xp, x, g), eps)
    return centred / spread


def _layernorm(xp: Namespace, x: Array, g: Array = None, b: Array = None, *, eps: Any) -> Array:
    unit = _layer_unit(xp, x, g, eps)
    scaled = unit if g is None else unit * g
    return scaled if b is None else scaled + b


def _leading_sum(xp: Namespace, values: Array, g: Array) -> Array:
    lead = len(xp.shape(values)) - len(xp.shape(g))
    return xp.sum(values, axis=tuple(range(lead))) if lead else values


def _layer_rule(m: Notation, x: Maths, g: Maths, body: Maths) -> Maths:
    lead = len(x.shape) - len(g.shape)
    return m.sum_axes(tuple(range(lead)), body) if lead else body


def _layer_steps(
    xp: GraphNamespace, x: Array, g: Array = None, b: Array = None, *, eps: Any
) -> Array:
    return _own_steps(xp, x, g, b, _over_last(xp, x, g), eps)


LAYERNORM = declare(
    # Ba, Kiros and Hinton, 2016.
    "layernorm",
    ("x", "g", "b"),
    "g (x − mean)/√(var + eps) + b, over the last axis (or the axes of g)",
    glyph="LN",
    optional=2,
    options={"eps": 1e-5},
    aliases={"weight": "g", "bias": "b"},
    forward=_layernorm,
    vjp=(
        lambda xp, u, y, x, g=None, b=None, *, eps: _normalised_back(
            xp, u if g is None else u * g, x, _over_last(xp, x, g), eps
        ),
        lambda xp, u, y, x, g, b=None, *, eps: _leading_sum(xp, u * _layer_unit(xp, x, g, eps), g),
        lambda xp, u, y, x, g, b, *, eps: _leading_sum(xp, u, g),
    ),
    shape=_layernorm_shape,
    written=lambda m, *operands, eps: m.call("layernorm", *operands),
    rule=(
        lambda m, u, y, x, g=None, b=None, *, eps: _whitened_rule(m, _at_unit(m, u, g), x),
        lambda m, u, y, x, g, b=None, *, eps: m.given(
            _layer_rule(m, x, g, m.mul(u, _written_unit(m, x))),
            _unit(m, x, m.call("mean", x), m.call("var", x)),
        ),
        lambda m, u, y, x, g, b, *, eps: _layer_rule(m, x, g, u),
    ),
    terms=_unit_terms(
        lambda xp, u, x, g=None, *_, eps: u if g is None else u * g,
        lambda xp, x, g=None, *_, eps: _layer_unit(xp, x, g, eps),
        lambda xp, x, g=None, *_, eps: _over_last(xp, x, g),
    ),
    words={
        "forward arrays": (
            "From each example its own mean is subtracted; the rest is divided by √(variance +"
            " eps){then}."
        ),
        "backward 0 arrays": (
            "{x} sets its own mean and variance too, so the part of the gradient that would only"
            " shift or scale them is removed."
        ),
        "backward 1 arrays": (
            "The scale multiplied the normalised values, so it receives the upstream gradient"
            " times those."
        ),
        "backward 2 arrays": (
            "The shift was added to its feature everywhere, so it sums that feature's gradient."
        ),
    },
    facts={"then": _then},
    domain=((-2, 2), (0.5, 2), (-2, 2)),
    examples=((((3,),), {}), (((2, 2), (2,), (2,)), {"eps": 0.25}), (((2, 1, 2), (1, 2)), {})),
    expand=_layer_steps,
)
