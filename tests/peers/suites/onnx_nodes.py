"""ONNX: the backend test's examples of a single operator, forward values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradviz.ops import get
from tests.oracles.onnx_nodes import TRANSLATED, Call, cases, translated
from tests.peers.comparing import by_graph, by_op, compare
from tests.peers.counting import Case, Compared, Known, Suite, Verdict

CLOSE = {"float16": 2e-3, "float32": 2e-5}


def examples(operator: str) -> Iterator[Case]:
    """The verdicts on an operator's examples."""
    for example in cases()[operator]:
        if operator not in TRANSLATED:
            yield Case(example.name, Verdict.NO_OP, operator)
        elif (call := translated(example)) is None:
            yield Case(example.name, Verdict.NO_OPTION, operator)
        else:
            operands = call[1]
            expected = np.asarray(example.data_sets[0][1][0])
            close = max(CLOSE.get(str(v.dtype), 1e-9) for v in (expected, *operands))
            theirs = lambda value=expected: (value, lambda upstream: [])
            ours = lambda upstream, call=call: value_of(call)
            yield compare(example.name, operands, theirs, ours, close=close)


def value_of(call: Call) -> tuple[Any, list[Any]]:
    """The value of a call, its real operands in float64."""
    name, operands, options = call
    if "x0" in name:
        return by_graph(name, {f"x{i}": x.astype(float) for i, x in enumerate(operands)}, None, [])
    op = get(name)
    shapes = [x.shape for x in operands]
    real = [
        x.astype(float) if op.has_gradient(i, shapes, options) else x
        for i, x in enumerate(operands)
    ]
    return by_op(name, real, options, None)


def every() -> Iterator[Case]:
    """All operators, by name."""
    for operator in sorted(cases()):
        yield from examples(operator)


def _whole(numbers: Compared) -> bool:
    a, b = numbers.operands
    truncated = np.trunc(np.asarray(a, float) / np.asarray(b, float))
    return a.dtype.kind in "iu" and np.array_equal(truncated, numbers.theirs[0])


def _of_zeros(numbers: Compared) -> bool:
    undefined = np.isnan(numbers.ours[0])
    there = np.where(undefined, numbers.theirs[0], numbers.ours[0])
    close = np.allclose(there, numbers.theirs[0], rtol=2e-5)
    return close and not np.any(numbers.theirs[0][undefined])


KNOWN = (
    Known("test_div_*", "ONNX truncates the quotient of integers; gradviz divides.", _whole),
    Known(
        "test_l?normalization_*",
        "ONNX leaves a vector of zeros as it is; x/norm(x), as it is written here, is 0/0 there.",
        _of_zeros,
    ),
)

SUITE = Suite(
    "ONNX node cases",
    "The examples of `onnx.backend.test.case.node` that consist of one operator: forward values "
    "(float16 to 2e-3, float32 to 2e-5 of the largest element).",
    ("onnx",),
    every,
    KNOWN,
)
