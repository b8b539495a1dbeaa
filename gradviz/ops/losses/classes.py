"""Losses of class scores: cross-entropy and hinge."""

import math
from collections.abc import Callable
from typing import Any

from gradviz.errors import ShapeError, ValueInputError
from gradviz.ops.losses.labels import places
from gradviz.ops.losses.probabilities import (
    excess,
    log_softmax,
    log_softmax_steps,
    softmax,
    softmax_steps,
)
from gradviz.ops.losses.reducing import (
    reduce,
    reduce_steps,
    reduced_shape,
    share,
    written_row_share,
)
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


def _shape(name: str, *, shares: bool = False) -> Callable[..., Shape]:
    """The shape rule: classes on the last axis; a label per row, or with `shares` one per class."""

    def shape(s: Shape, labels: Shape, *, reduction: str, **options: Any) -> Shape:
        got = say_shapes((s, labels))
        if not s or not s[-1]:
            raise ShapeError(
                f"shapes do not fit {name}", expected="scores (C,) or (N, C), classes last", got=got
            )
        if labels != s[:-1] and not (shares and labels == s):
            expected = f"labels of the shape {s[:-1]}, one for each row of scores"
            expected += f", or shares of the shape {s}" if shares else ""
            one_hot = labels == s
            raise ShapeError(
                f"shapes do not fit {name}",
                expected=expected,
                got=got,
                hint="a label is the number of its class, counted from 0: 1, not [0, 1, 0]"
                if one_hot
                else "",
            )
        return reduced_shape(name, s[:-1], reduction)

    return shape


def _misleads(name: str, *, always_0: str) -> Callable[..., ShapeError | None]:
    """Scores of one class, whose loss is always 0, and scores with more axes than (N, C), whose
    classes PyTorch takes from axis 1.
    """

    def misleads(s: Shape, labels: Shape, **options: Any) -> ShapeError | None:
        got = say_shapes((s, labels))
        if s[-1] == 1 and always_0:
            return ShapeError(
                f"{name} of one score is always 0: {always_0}",
                expected="two scores or more, one for each class, on the last axis",
                got=got,
                hint="one output takes sigmoid_cross_entropy or squared_error",
            )
        if len(s) > 2:
            return ShapeError(
                f"it is not clear which axis of the scores of {name} holds the classes: PyTorch"
                " takes axis 1 of (N, C, …), others the last",
                expected="scores (C,) or (N, C), classes last",
                got=got,
                hint=f"with the classes on the last axis, give reshape(s, (-1, {s[-1]})) and the"
                " labels reshaped alike",
            )
        return None

    return misleads


def _each(xp: Namespace, g: Array, s: Array, reduction: str) -> Array:
    """What each row receives of the upstream gradient, broadcasting against the scores."""
    given = share(g, xp.shape(s)[:-1], reduction)
    return xp.expand_dims(given, -1) if reduction == "none" else given


def _one_hot(xp: Namespace, op: str, s: Array, labels: Array) -> Array:
    classes = xp.shape(s)[-1]
    return xp.one_hot(places(xp, op, labels, classes), classes)


def _targets(xp: Namespace, s: Array, labels: Array) -> Array:
    """The share of every class: 1 for the label's class, or the given shares."""
    if xp.shape(labels) == xp.shape(s):
        return xp.asreal(labels)
    return _one_hot(xp, "softmax_cross_entropy", s, labels)


def _picked(xp: Namespace, logs: Array, targets: Array) -> Array:
    """−Σ y log p over the classes; a class with share 0 counts 0 even if log p is −∞."""
    return -xp.sum(xp.limit(targets * logs, xp.equal(targets, 0), 0), axis=-1)


def _setting(s: Shape, labels: Shape, **options: Any) -> str:
    """Which sentences apply: for shares, or for a batch; "" for one example or no reduction."""
    if options["reduction"] == "none" or math.prod(s[:-1]) == 1 or labels == s:
        return "shares" if labels == s else ""
    return "batch sum" if options["reduction"] == "sum" else "batch"


def _onehot(m: Notation, s: Maths, labels: Maths) -> Maths:
    if labels.shape == s.shape:
        return labels
    return m.shaped(m.value("onehot", m.call("onehot", labels)), s.shape)


def _expected(m: Notation, s: Maths, labels: Maths) -> Maths:
    """softmax(s), times the sum of the shares where these are given."""
    found = m.value("softmax", m.call("softmax", s))
    if labels.shape != s.shape:
        return found
    return m.mul(found, m.sum_axes((len(s.shape) - 1,) if len(s.shape) > 1 else (), labels))


def _each_onehot(xp: Namespace, g: Array, y: Array, s: Array, labels: Array, **_: Any) -> Array:
    return _one_hot(xp, "softmax_cross_entropy", s, labels)


def _surprisal(xp: Namespace, g: Array, s: Array, labels: Array, reduction: str) -> Array:
    """What each share receives: −log p of its class."""
    return -_each(xp, g, s, reduction) * log_softmax(xp, s)


def _right(xp: Namespace, y: Array, s: Array, labels: Array, **options: Any) -> Array:
    """The probability of the correct class of the first example."""
    return _at_first_label(xp, softmax(xp, s), s, labels)


def _pushed(xp: Namespace, y: Array, s: Array, labels: Array, **options: Any) -> Array:
    """The slope in the score of that class."""
    slopes = excess(xp, softmax(xp, s), _targets(xp, s, labels))
    return _at_first_label(xp, slopes, s, labels)


def _at_first_label(xp: Namespace, rows: Array, s: Array, labels: Array) -> Array:
    right = _one_hot(xp, "softmax_cross_entropy", s, labels)
    flat = xp.reshape(rows * right, (-1, xp.shape(s)[-1]))
    return xp.sum(flat[0])


def _row_count(xp: Namespace, y: Array, s: Array, labels: Array, **options: Any) -> str:
    return str(math.prod(xp.shape(s)[:-1]))


def _averaged(xp: Namespace, y: Array, s: Array, labels: Array, reduction: str) -> str | Told:
    """How the losses of several examples are reduced, in words."""
    rows = math.prod(xp.shape(s)[:-1])
    if rows == 1 or reduction == "none":
        return ""
    return Told(
        ", averaged over {rows} examples"
        if reduction == "mean"
        else ", added up over {rows} examples",
        {"rows": str(rows)},
    )


def _steps_targets(xp: GraphNamespace, s: Array, labels: Array) -> Array:
    if xp.shape(labels) == xp.shape(s):
        return labels
    return xp.named("y", xp.one_hot(labels, xp.shape(s)[-1]))


def _entropy_steps(xp: GraphNamespace, s: Array, labels: Array, reduction: str) -> Array:
    """p = softmax(s), −Σ y log p; by log softmax if a probability would become 0."""
    y = _steps_targets(xp, s, labels)
    if not xp.extreme(s):
        logs = xp.log(xp.named("p", softmax_steps(xp, s)))
        return reduce_steps(xp, -xp.sum(y * logs, axis=-1), reduction)
    logs = xp.named("logp", log_softmax_steps(xp, s))
    return reduce_steps(xp, -xp.sum(xp.where(xp.equal(y, 0), 0, y * logs), axis=-1), reduction)


CROSS_ENTROPY = declare(
    "softmax_cross_entropy",
    ("s", "labels"),
    "−log softmax(s) at the labels (or −Σ y log p with shares y of s's shape), mean over the batch",
    glyph="softmax CE",
    habits=("cross_entropy", "categorical_cross_entropy", "xent"),
    absorbs="softmax",
    options={"reduction": "mean"},
    aliases={"input": "s", "target": "labels"},
    forward=lambda xp, s, labels, reduction: reduce(
        xp, _picked(xp, log_softmax(xp, s), _targets(xp, s, labels)), reduction
    ),
    vjp=(
        lambda xp, g, y, s, labels, reduction: (
            _each(xp, g, s, reduction) * excess(xp, softmax(xp, s), _targets(xp, s, labels))
        ),
        lambda xp, g, y, s, labels, reduction: _surprisal(xp, g, s, labels, reduction),
    ),
    shape=_shape("softmax_cross_entropy", shares=True),
    misleads=_misleads("softmax_cross_entropy", always_0="its softmax is 1"),
    roles=("", "label"),
    shares=lambda s, labels, **options: labels == s,
    rule=(
        lambda m, g, y, s, labels, reduction: m.mul(
            written_row_share(m, g, s, reduction),
            m.sub(_expected(m, s, labels), _onehot(m, s, labels)),
        ),
        lambda m, g, y, s, labels, reduction: m.mul(
            m.neg(written_row_share(m, g, s, reduction)),
            m.call("log", m.value("softmax", m.call("softmax", s))),
        ),
    ),
    terms={
        "softmax": lambda xp, g, y, s, labels, reduction: softmax(xp, s),
        "onehot": _each_onehot,
    },
    words={
        "forward": (
            "softmax gives the right class the probability {right}: the loss is −log of that,"
            " {value}."
        ),
        "forward batch": (
            "The mean of −log p over {rows} examples, p being the right class's probability:"
            " {value}."
        ),
        "forward batch sum": (
            "The sum of −log p over {rows} examples, p being the right class's probability:"
            " {value}."
        ),
        "forward arrays": "For each example −log p, p being the right class's probability.",
        "forward shares": (
            "−log of each class's probability, weighted by its share in {labels} and summed{over}:"
            " {value}."
        ),
        "backward": (
            "The slope for a score is its probability, minus 1 for the right class: {pushed} there."
        ),
        "backward batch": (
            "The slope for a score is its probability, minus 1 for the right class, shared among"
            " {rows} examples."
        ),
        "backward batch sum": (
            "The slope for a score is its probability, minus 1 for the right class."
        ),
        "backward shares": (
            "The slope for a score is its probability times the sum of the shares, minus the share"
            " of its own class."
        ),
        "backward 0 arrays": (
            "The slope for a score is its probability, minus 1 for the right class."
        ),
        "backward 1 shares": (
            "A share weights −log p of its class: it receives that, times what arrives at its"
            " example."
        ),
    },
    setting=_setting,
    facts={
        "right": lambda xp, y, s, labels, **options: (
            _right(xp, y, s, labels),
            lambda p: -xp.log(p),
            y,
        ),
        "over": _averaged,
        "pushed": _pushed,
        "rows": _row_count,
    },
    domain=((-2, 2), (0, 1)),
    examples=(
        (((3,), ()), {}),
        (((2, 2), (2,)), {}),
        (((2,), (2,)), {}),
        (((2, 3), (2,)), {"reduction": "none"}),
        (((2, 2), (2,)), {"reduction": "sum"}),
    ),
    expand=_entropy_steps,
)


NLL = declare(
    "nll",
    ("logp", "labels"),
    "−logp at the labels: cross-entropy of log-probabilities, mean over the batch",
    habits=("nll_loss",),
    options={"reduction": "mean"},
    aliases={"input": "logp", "target": "labels"},
    forward=lambda xp, logp, labels, reduction: reduce(
        xp, _picked(xp, logp, _one_hot(xp, "nll", logp, labels)), reduction
    ),
    vjp=(
        lambda xp, g, y, logp, labels, reduction: xp.where(
            xp.equal(_one_hot(xp, "nll", logp, labels), 1), -_each(xp, g, logp, reduction), 0
        ),
        None,
    ),
    shape=_shape("nll"),
    misleads=_misleads("nll", always_0=""),
    rule=(
        lambda m, g, y, logp, labels, reduction: m.neg(
            m.mul(written_row_share(m, g, logp, reduction), _onehot(m, logp, labels))
        ),
        None,
    ),
    terms={"onehot": _each_onehot},
    words={
        "forward": "{logp} at the right class, with its sign turned: {value}.",
        "forward batch": "The mean of −{logp} at the labels of {rows} examples: {value}.",
        "forward batch sum": "The sum of −{logp} at the labels of {rows} examples: {value}.",
        "forward arrays": "For each row {logp} at the right class, with its sign turned.",
        "backward": (
            "Only the right class was used: it receives the gradient with its sign turned."
        ),
        "backward batch": (
            "Only the right classes were used: each receives 1/{rows} of the gradient with its"
            " sign turned."
        ),
        "backward batch sum": (
            "Only the right classes were used: each receives the gradient with its sign turned."
        ),
        "backward 0 arrays": (
            "Only the right class of a row was used: it receives the gradient with its sign turned."
        ),
    },
    setting=_setting,
    facts={"rows": _row_count},
    domain=((-3, -0.1), (0, 1)),
    examples=((((3,), ()), {}), (((2, 2), (2,)), {}), (((2, 2), (2,)), {"reduction": "none"})),
    expand=lambda xp, logp, labels, reduction: reduce_steps(
        xp, -xp.sum(xp.where(_steps_targets(xp, logp, labels), logp, 0), axis=-1), reduction
    ),
)


def _hinge_shape(s: Shape, labels: Shape, *, margin: Any, power: Any, reduction: str) -> Shape:
    if not is_number(margin):
        raise ValueInputError("the margin of multiclass_hinge is a number", got=f"{margin!r:.40}")
    if power not in (1, 2):
        raise ValueInputError(
            "multiclass_hinge has no such power",
            expected="1, or 2 for the squared hinge",
            got=f"{power!r:.40}",
        )
    return _shape("multiclass_hinge")(s, labels, reduction=reduction)


def _margins(xp: Namespace, s: Array, labels: Array, margin: Any) -> tuple[Array, Array]:
    """s_j − s_y + margin for every wrong class j, and the one-hot labels."""
    right = _one_hot(xp, "multiclass_hinge", s, labels)
    own = xp.sum(xp.limit(s * right, xp.equal(right, 0), 0), axis=-1, keepdims=True)
    return s - own + margin, right


def _hinges(
    xp: Namespace, s: Array, labels: Array, margin: Any, power: int, reduction: str
) -> Array:
    margins, right = _margins(xp, s, labels, margin)
    over = xp.limit(xp.maximum(margins, 0), xp.equal(right, 1), 0)
    return reduce(xp, xp.sum(over**power, axis=-1), reduction)


def _wrong_slopes(
    xp: Namespace, s: Array, labels: Array, margin: Any, power: int
) -> tuple[Array, Array]:
    """The slope of every wrong class's hinge, and the one-hot labels."""
    margins, right = _margins(xp, s, labels, margin)
    slope = xp.where(xp.greater(margins, 0), 2 * margins if power == 2 else 1, 0)
    return xp.limit(slope, xp.equal(right, 1), 0), right


def _hinge_back(
    xp: Namespace,
    g: Array,
    y: Array,
    s: Array,
    labels: Array,
    margin: Any,
    power: int,
    reduction: str,
) -> Array:
    margins, right = _margins(xp, s, labels, margin)
    pushed = _each(xp, g, s, reduction) * (2 * margins if power == 2 else xp.ones(xp.shape(s)))
    over = xp.where(xp.greater(margins, 0), pushed, 0)
    wrong = xp.where(xp.equal(right, 1), 0, over)
    return xp.where(xp.equal(right, 1), -xp.sum(wrong, axis=-1, keepdims=True), wrong)


def _violated(xp: Namespace, y: Array, s: Array, labels: Array, margin: Any, **options: Any) -> str:
    """How many wrong classes violate the margin."""
    margins, right = _margins(xp, s, labels, margin)
    return str(int(xp.sum(xp.where(xp.greater(margins, 0), 1 - right, 0))))


def _wrong_count(xp: Namespace, y: Array, s: Array, labels: Array, **options: Any) -> str:
    shape = xp.shape(s)
    return str(math.prod(shape[:-1]) * (shape[-1] - 1))


def _hinge_rule(
    m: Notation,
    g: Maths,
    y: Maths,
    s: Maths,
    labels: Maths,
    margin: Any,
    power: int,
    reduction: str,
) -> Maths:
    """u ⊙ (h − onehot(y) · Σ h), h being the slope of each wrong class."""
    right = _onehot(m, s, labels)
    rows = (len(s.shape) - 1,) if len(s.shape) > 1 else ()
    slopes = m.value("h", m.name("h", s.shape))
    pulled = m.sub(slopes, m.mul(right, m.sum_axes(rows, slopes)))
    own = m.sum_axes(rows, m.mul(s, right))
    margins = m.add(m.sub(s, own), m.value("margin", m.name("margin")))
    if power == 2:
        over = m.mul(m.number(2), m.call("max", margins, m.number(0)))
    else:
        over = m.iverson(m.relation(">", margins, m.number(0)))
    wrong = m.mul(over, m.sub(m.number(1), right))
    return m.given(
        m.mul(written_row_share(m, g, s, reduction), pulled), m.relation("=", m.name("h"), wrong)
    )


def _hinge_steps(
    xp: GraphNamespace, s: Array, labels: Array, margin: Any, power: int, reduction: str
) -> Array:
    right = _steps_targets(xp, s, labels)
    own = xp.named("right", xp.sum(xp.where(right, s, 0), axis=-1, keepdims=True))
    margins = xp.named("margins", s - own + margin)
    over = xp.where(right, 0, xp.maximum(0, margins))
    return reduce_steps(xp, xp.sum(over if power == 1 else over**2, axis=-1), reduction)


MULTICLASS_HINGE = declare(
    # Weston and Watkins, 1999. PyTorch's multi_margin_loss also divides by the number of
    # classes.
    "multiclass_hinge",
    ("s", "labels"),
    "Σ max(0, s_j − s_y + margin) over the wrong classes j, mean over the batch",
    glyph="SVM",
    habits=("svm", "multi_margin_loss", "multi_hinge"),
    options={"margin": 1.0, "power": 1, "reduction": "mean"},
    aliases={"delta": "margin", "p": "power"},
    forward=_hinges,
    vjp=(_hinge_back, None),
    shape=_hinge_shape,
    misleads=_misleads("multiclass_hinge", always_0="there is no wrong class"),
    rule=(_hinge_rule, None),
    terms={
        "h": lambda xp, g, y, s, labels, margin, power, reduction: _wrong_slopes(
            xp, s, labels, margin, power
        )[0],
        "onehot": _each_onehot,
    },
    words={
        "forward": (
            "Wrong classes that violate the margin of {margin}: {violated} of {wrong}; the loss is"
            " {value}."
        ),
        "forward batch": (
            "In {rows} examples, wrong classes that violate the margin of {margin}: {violated} of"
            " {wrong}; the mean loss is {value}."
        ),
        "forward batch sum": (
            "In {rows} examples, wrong classes that violate the margin of {margin}: {violated} of"
            " {wrong}; the sum of the losses is {value}."
        ),
        "forward arrays": (
            "For each example the sum over the wrong classes that violate the margin of {margin}."
        ),
        "backward": (
            "Wrong classes that violate the margin ({violated} of {wrong}) receive a gradient, the"
            " right class minus their sum."
        ),
        "backward 0 arrays": (
            "Each wrong class that violates the margin receives a gradient, the right class minus"
            " their sum."
        ),
    },
    setting=_setting,
    facts={"violated": _violated, "wrong": _wrong_count, "rows": _row_count},
    domain=((-3, 3), (0, 1)),
    examples=(
        (((3,), ()), {}),
        (((2, 3), (2,)), {}),
        (((2, 2), (2,)), {"reduction": "none", "margin": 0.5}),
        (((2, 2), (2,)), {"power": 2}),
    ),
    pieces=lambda xp, s, labels, margin, power, reduction: xp.sign(
        _margins(xp, s, labels, margin)[0]
    ),
    ties="the slope at the margin is taken as 0",
    expand=_hinge_steps,
)
