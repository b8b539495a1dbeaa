"""Another form of an op or of a power, as people write it by heart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from gradviz.graph.expression import Expression, call
from gradviz.mistakes.catalogue.plans import nodes_of, rewritten
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.mistake import Made, Mistake

Change = Callable[[Expression], Expression]


POWERS: tuple[tuple[str, Change], ...] = (
    ("the absolute value", lambda x: call("abs", x)),
    ("the third power", lambda x: x**3),
    ("the fourth power", lambda x: x**4),
    ("the number itself", lambda x: call("mul", x, 1)),
    ("twice the number", lambda x: 2 * x),
)


def _of_base(
    change: Change, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return change(operands[0])


def _powers(asked: Asked) -> Iterator[Made]:
    """Another function where a power stands: the error's amount for its square."""
    for node, op in nodes_of(asked):
        if op.name != "square" and "exponent" not in op.roles:
            continue
        for how, change in POWERS:
            rewrite = partial(_of_base, change)
            yield from rewritten(asked, {node.id: rewrite}, bits=0.0, kind="", how=how)


def _mean_of_squares(x: Expression, **options: Any) -> Expression:
    return call("mean", x**2, **options)


HALVED = "it was halved"
Forms = Mapping[str, tuple[tuple[str, Callable[..., Expression]], ...]]


FORMS: Forms = {
    "norm": (
        ("the absolute values were added", lambda x, **o: call("sum", call("abs", x), **o)),
        ("the largest absolute value was taken", lambda x, **o: call("max", call("abs", x), **o)),
        ("the root was left out", lambda x, **o: call("sum", x**2, **o)),
        ("the squares were averaged", lambda x, **o: call("sqrt", _mean_of_squares(x, **o))),
    ),
    "logsumexp": (
        (
            "the largest score was not added back",
            lambda s, **o: call("logsumexp", s, **o) - call("max", s, **o),
        ),
        ("exp was left out", lambda s, **o: call("log", call("sum", s, **o))),
    ),
    "softmax": (
        ("the squares of the scores were divided by their sum", lambda s, axis: _share(s**2, axis)),
        ("exp was taken, and not divided by the sum", lambda s, axis: call("exp", s)),
        ("the sigmoid was taken", lambda s, axis: call("sigmoid", s)),
        ("the sign of the scores was turned", lambda s, axis: call("softmax", -s, axis=axis)),
    ),
    "log_softmax": (
        ("the logarithm was left out", lambda s, axis: call("softmax", s, axis=axis)),
        ("log σ was taken", lambda s, axis: call("log_sigmoid", s)),
    ),
    "sigmoid_cross_entropy": (
        (
            "the sigmoid was applied twice",
            lambda s, t, **o: call("sigmoid_cross_entropy", call("sigmoid", s), t, **o),
        ),
        (
            "the sigmoid was left out: the logarithm of the score itself was taken",
            lambda s, t, **o: -call("mean", t * call("log", s) + (1 - t) * call("log", 1 - s)),
        ),
        (
            "only the term of the label was taken",
            lambda s, t, **o: -call("mean", t * call("log_sigmoid", s)),
        ),
        (
            "the squared error of the probability was taken",
            lambda s, t, **o: call("mean", (call("sigmoid", s) - t) ** 2),
        ),
    ),
    "softmax_cross_entropy": (
        (
            "softmax was applied twice",
            lambda s, y, **o: call("softmax_cross_entropy", call("softmax", s), y, **o),
        ),
    ),
    "mse": (
        ("the root of the mean square was taken", lambda p, t, **o: call("sqrt", _mse(p, t, **o))),
        (HALVED, lambda p, t, **o: _mse(p, t, **o) / 2),
        ("the length of the error was taken", lambda p, t, **o: call("norm", p - t)),
    ),
    "kl": (
        ("the two distributions were exchanged", lambda p, q, **o: call("kl", q, p, **o)),
        ("the cross-entropy was taken", lambda p, q, **o: -call("sum", p * call("log", q))),
        ("both directions were added", lambda p, q, **o: call("sum", (p - q) * call("log", p / q))),
    ),
    "huber": (
        (
            "the absolute value was left out of the linear part",
            lambda p, t, delta, **o: delta * (p - t) - delta * delta / 2,
        ),
        (
            "the absolute value was left out of the linear part, with t − p for p − t",
            lambda p, t, delta, **o: delta * (t - p) - delta * delta / 2,
        ),
        ("δ²/2 was not subtracted", lambda p, t, delta, **o: delta * call("l1", p, t)),
        ("the square was taken without its half", lambda p, t, **o: call("mse", p, t)),
        (
            "the parts were exchanged: the square beyond δ, the line within it",
            lambda p, t, delta, **o: call("mean", _exchanged_huber(p - t, delta)),
        ),
        (
            "the threshold was compared with the signed difference",
            lambda p, t, delta, **o: call("mean", _signed_huber(p - t, delta)),
        ),
        ("half the square was taken everywhere", lambda p, t, **o: call("mse", p, t) / 2),
        ("the absolute value was taken everywhere", lambda p, t, **o: call("l1", p, t)),
    ),
    "batchnorm": (
        (
            "the mean and variance of the batch were taken, not those that are given",
            lambda x, g, b, *known, **o: call("batchnorm", x, g, b, **o),
        ),
    ),
    "layernorm": (
        ("the mean was not subtracted", lambda x, *r, eps: _scaled(x, _power(x, eps), r)),
        ("only the mean was subtracted", lambda x, *r, eps: _scaled(x - _mean(x), None, r)),
    ),
}
"""Other forms of an op, as people write them."""


def _exchanged_huber(error: Expression, delta: float) -> Expression:
    size = call("abs", error)
    line = delta * size - delta * delta / 2
    return call("where", call("greater", size, delta), error**2 / 2, line)


def _signed_huber(error: Expression, delta: float) -> Expression:
    line = delta * call("abs", error) - delta * delta / 2
    return call("where", call("greater", error, delta), line, error**2 / 2)


def _share(s: Expression, axis: Any) -> Expression:
    return call("div", s, call("sum", s, axis=axis, keepdims=True))


def _mse(p: Expression, t: Expression, **options: Any) -> Expression:
    return call("mse", p, t, **options)


def _mean(x: Expression) -> Expression:
    return call("mean", x, axis=-1, keepdims=True)


def _power(x: Expression, eps: float) -> Expression:
    return call("sqrt", _mean(x**2) + eps)


def _scaled(x: Expression, by: Expression | None, rest: Sequence[Expression]) -> Expression:
    """x divided by a number, then scaled and shifted."""
    y = x if by is None else x / by
    y = y * rest[0] if rest else y
    return y + rest[1] if len(rest) > 1 else y


def _forms(asked: Asked) -> Iterator[Made]:
    for node, op in nodes_of(asked):
        for how, form in FORMS.get(op.name, ()):
            rewrite = partial(_formed, form, {**op.options, **node.options})
            bits = 1.5 if how == HALVED and asked.is_backward else 0.0
            yield from rewritten(asked, {node.id: rewrite}, bits=bits, kind=how, how=how)


def _formed(
    form: Callable[..., Expression],
    options: Mapping[str, Any],
    operands: Sequence[Expression],
    made: Sequence[Expression],
) -> Expression:
    return form(*operands, **options)


MISTAKES = (
    Mistake("another-form", about="working", places=_forms, says="{how}, at {node}", bits=5.0),
    Mistake(
        "another-power-planned",
        about="working",
        places=_powers,
        says="{how} was taken, not the power, at {node}",
        bits=4.5,
    ),
)
