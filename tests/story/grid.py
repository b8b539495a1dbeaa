"""Calls of every op over a grid of operands: signs, zeros, ties, NaN, infinities, overflow, counts
of one, constants as operands, labels, one-hots and shares, batches, broadcasting.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.graph.expression import call
from gradviz.ops import Op
from gradviz.trace import Trace
from tests.ops.test_registry import cases

NUMBERS = (
    1.0, -1.0, 2.0, -2.0, 0.5, -0.3, 0.05, 0.0, -0.0, 3.5, 7.0, -7.0, 1000.0, -1000.0, 1e200,
    -1e200, 1e-200, math.inf, -math.inf, math.nan,
)  # fmt: skip
PAIRED = (1.0, -1.0, 2.0, -2.5, 0.5, 0.0, -0.0, 1e200, 1e-200, math.inf, -math.inf, math.nan)
UPSTREAM = (1.0, -2.5, 0.0)

ONES: Mapping[str, list[tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]] = {
    **{
        name: [
            (((),), {}),
            (((1,),), {}),
            (((1, 1),), {}),
            (((2, 1),), {"axis": 1}),
            (((1, 3),), {"axis": 0, "keepdims": True}),
            (((3,),), {"axis": 0, "keepdims": True}),
            (((1, 3),), {"axis": 1}),
        ]
        for name in ("sum", "mean", "max", "min", "prod", "norm")
    },
    "logsumexp": [(((1,),), {}), (((2, 1),), {"axis": 1}), (((3,),), {})],
    "softmax": [(((1,),), {}), (((2, 1),), {})],
    "log_softmax": [(((1,),), {}), (((2, 1),), {})],
    **{
        name: [
            (((1,), (1,)), {}),
            (((1, 1), (1, 1)), {"reduction": "sum"}),
            (((1, 3), (1, 3)), {}),
            (((), ()), {"reduction": "sum"}),
            (((), ()), {"reduction": "mean"}),
            (((3,), (3,)), {"reduction": "mean"}),
            (((2, 3), (2, 3)), {}),
            (((2, 3), (2, 3)), {"reduction": "sum"}),
            (((2, 3), (2, 3)), {"reduction": "none"}),
        ]
        for name in (
            "mse",
            "squared_error",
            "l1",
            "huber",
            "hinge",
            "squared_hinge",
            "sigmoid_cross_entropy",
            "l2",
            "kl",
        )
    },
    **{
        name: [
            (((1,), ()), {}),
            (((1, 1), (1,)), {}),
            (((1, 3), (1,)), {}),
            (((2, 3), (2,)), {}),
            (((2, 3), (2,)), {"reduction": "sum"}),
            (((2, 3), (2,)), {"reduction": "none"}),
        ]
        for name in ("softmax_cross_entropy", "nll", "multiclass_hinge")
    },
    "dropout": [
        (((1,),), {}),
        (((3,),), {"p": 1.0}),
        (((),), {"p": 1}),
        (((),), {}),
        (((3,),), {"p": 0}),
        (((),), {"training": False}),
        (((2,),), {"training": False}),
    ],
    "transpose": [(((3,),), {}), (((2, 2),), {"axes": (0, 1)}), (((1, 1),), {})],
    "maxout": [(((1,),), {"pieces": 1}), (((2,),), {"pieces": 2})],
    "maxpool2d": [(((1, 1),), {"size": 1}), (((2, 2),), {"size": 1})],
    "minpool2d": [(((1, 1),), {"size": 1})],
    "avgpool2d": [(((1, 1),), {"size": 1}), (((2, 2),), {"size": 1})],
    "l2pool2d": [(((1, 1),), {"size": 1})],
    "global_avgpool2d": [(((1, 1),), {})],
    "global_maxpool2d": [(((1, 1),), {})],
    "conv2d": [(((1, 1, 1), (1, 1, 1, 1), (1,)), {})],
    "linear": [(((1,), (1, 1), (1,)), {}), (((1, 2), (1, 2), (1,)), {})],
    "matmul": [
        (((1,), (1,)), {}),
        (((1, 1), (1, 1)), {}),
        (((1, 3), (3, 1)), {}),
        (((2, 0), (0, 1)), {}),
    ],
    "dot": [(((1,), (1,)), {})],
    "batchnorm": [(((1, 2),), {})],
    "layernorm": [(((1,),), {}), (((2, 1), (1,), (1,)), {})],
    "embedding": [(((1, 1), (1,)), {}), (((2, 1), ()), {})],
    "clip": [
        (((),), {"low": 0}),
        (((),), {"low": -1, "high": 2}),
        (((3,),), {"low": 0, "high": 1}),
    ],
    "leaky_relu": [(((),), {"slope": 0.25}), (((),), {"slope": -2})],
    "concatenate": [(((1,),), {}), (((1,), (1,)), {})],
    "stack": [(((),), {}), (((1,), (1,)), {})],
    "index": [(((1,),), {"index": [0]}), (((2, 1),), {"index": [1]})],
    "reshape": [(((1,),), {"shape": ()}), (((),), {"shape": (1,)})],
    "l1_penalty": [(((1,),), {}), (((2,),), {"strength": -0.5})],
    "l2_penalty": [(((1,),), {}), (((2,),), {"strength": -0.5})],
    "elastic_net": [(((1,),), {})],
}
"""Further shapes and options: counts of one, batches, and options at their ends."""

FILLS = ("ordinary", "ones", "zeros", "signs", "huge", "nan", "inf", "both inf", "tiny")


class Told(NamedTuple):
    """A run whose sentences are held against its numbers."""

    op: Op
    what: str
    trace: Trace


def runs(op: Op) -> Iterator[Told]:
    """Every run of the grid."""
    for source, values, upstream, what in _calls(op):
        try:
            with np.errstate(all="ignore"):
                trace = gv.run(source, values=values, upstream=upstream)
        except GradvizError:  # no such label, or shapes that do not fit
            continue
        yield Told(op, what, trace)
    for text, given in SHARES.get(op.name, []):
        yield Told(op, text, gv.run(text, values=given))


SHARES: Mapping[str, list[tuple[str, dict[str, Any]]]] = {
    "softmax_cross_entropy": [
        (f"{fold}(softmax_cross_entropy(s, y, reduction='{reduction}'))", {"s": s, "y": y})
        for fold, reduction in (("sum", "mean"), ("sum", "sum"), ("sum", "none"))
        for s, y in (
            ([1.0, -2, 0.5], [0.2, 0.3, 0.5]),
            ([1.0, -2], [0.5, 2.5]),
            ([[1.0, 0], [-3, 2]], [[0.5, 0.5], [0.25, 0.75]]),
        )
    ]
}
"""Labels that hold shares."""


def _calls(op: Op) -> Iterator[tuple[Any, dict[str, Any], Any, str]]:
    slots = len(op.inputs)
    if op.elementwise:
        yield from _scalars(op, slots)
    shaped = [(c.shapes, c.options) for c in cases(op)]
    usual = dict(op.options)
    shaped += [(shapes, usual | options) for shapes, options in ONES.get(op.name, ())]
    for shapes, options in shaped:
        for fill in FILLS:
            for constant in (
                (None, 0, 1) if len(shapes) > 1 and fill in ("ordinary", "ones") else (None,)
            ):
                found = _filled(op, shapes, options, fill, constant)
                if found is not None:
                    yield found


def _scalars(op: Op, slots: int) -> Iterator[tuple[Any, dict[str, Any], Any, str]]:
    names = ["x", "y", "z"][:slots]
    options = dict(op.examples[0][1]) if op.examples else {}
    pool = NUMBERS if slots == 1 else PAIRED
    for numbers in itertools.product(*([pool] * slots)) if slots < 3 else _choices():
        for upstream in UPSTREAM if slots == 1 else (1.0,):
            values = dict(zip(names, numbers, strict=True))
            source = call(op, *gv.inputs(" ".join(names)), **options)
            yield source, values, upstream, f"{op.name} {values} u={upstream}"
    if slots == 2:
        for a, b in itertools.product(PAIRED, PAIRED[:6]):
            (x,) = gv.inputs("x")
            if math.isfinite(b):
                yield call(op, x, b, **options), {"x": a}, 1.0, f"{op.name}(x={a}, {b})"
                yield call(op, b, x, **options), {"x": a}, -1.0, f"{op.name}({b}, x={a})"
        (x,) = gv.inputs("x")
        for a in PAIRED:
            yield call(op, x, x, **options), {"x": a}, 1.0, f"{op.name}(x, x) x={a}"
        (x,) = gv.inputs("x")
        for array in ([1.0, 2.0], [0.0, -1.0], [2.0]):
            constant = np.array(array)
            for own in ([1.0, 1.0], [-1.0, 0.0], [math.nan, 2.0]):
                value = np.array(own[: len(array)])
                ones = np.ones(value.shape)
                yield (
                    call(op, x, constant, **options),
                    {"x": value},
                    ones,
                    f"{op.name}(x={own}, {array})",
                )
                yield (
                    call(op, constant, x, **options),
                    {"x": value},
                    ones,
                    f"{op.name}({array}, x={own})",
                )


def _choices() -> Iterator[tuple[float, ...]]:
    return itertools.product((1.0, 0.0, -0.0, 0.3), (2.0, -1.0, math.nan, math.inf), (3.0, 0.0))


def _filled(
    op: Op, shapes: Any, options: Any, fill: str, constant: int | None
) -> tuple[Any, dict[str, Any], Any, str] | None:
    names = [f"x{i}" for i in range(len(shapes))]
    inputs = list(gv.inputs(" ".join(names)))
    values = {
        name: _values(op, 0 if op.variadic else slot, shape, fill)
        for slot, (name, shape) in enumerate(zip(names, shapes, strict=True))
    }
    if constant is not None:
        if constant >= len(shapes):
            return None
        inputs[constant] = values.pop(names[constant])
    try:
        out = op.shape(*shapes, **options)
    except GradvizError:
        return None
    upstream = (
        np.ones(out)
        if fill != "signs"
        else np.where(np.arange(math.prod(out)).reshape(out) % 2, 3.0, -1.0)
    )
    what = f"{op.name} {shapes} {options} {fill} constant={constant}"
    return call(op, *inputs, **options), values, upstream, what


def _values(op: Op, slot: int, shape: tuple[int, ...], fill: str) -> Any:
    if not op.takes_number(slot):  # a label, an index or a condition
        if fill == "zeros":
            return np.zeros(shape, int)
        return (
            np.arange(math.prod(shape)).reshape(shape) % 2
            if op.inputs[slot] != "y"
            else np.ones(shape)
        )
    size = math.prod(shape)
    low, high = op.domain[slot]
    ordinary = np.linspace(low, high, size + 2 + slot)[1 : size + 1]
    found = {
        "ordinary": ordinary,
        "ones": np.ones(size),
        "zeros": np.zeros(size),
        "signs": np.where(np.arange(size) % 2, 1.5, -0.5),
        "huge": np.where(np.arange(size) % 2, 1e200, 1000.0),
        "nan": np.where(np.arange(size) == 0, math.nan, 1.0),
        "inf": np.where(np.arange(size) == 0, math.inf, 1.0),
        "both inf": np.where(np.arange(size) % 2, math.inf, -math.inf),
        "tiny": np.full(size, 1e-200),
    }[fill]
    return found.reshape(shape)


class Claims(dict[str, Callable[[Any, re.Match[str]], bool]]):
    """What sentences claim, by pattern: `@claims.of(pattern)` enters `(step, match)`, which says
    whether the numbers bear it out.
    """

    def of(self, pattern: str) -> Callable[[Any], Any]:
        def enter(check: Any) -> Any:
            self[pattern] = check
            return check

        return enter
