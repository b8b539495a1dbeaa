"""A graph as JavaScript against the engine: every op, and examples at random inputs."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.listing.javascript import MOST_NUMBERS, program
from gradviz.errors import ValueInputError
from gradviz.graph.expression import call, graph_of
from gradviz.trace import Trace
from tests.javascript import called, distance, inputs_of, needs_node, recorded
from tests.ops.test_registry import CASES, Case, a_point

SOME = pytest.param(CASES[::31], id="some")
ALL = pytest.param(CASES, id="all", marks=pytest.mark.proof)
INEXACT = re.compile(r"Math\.(?!sqrt|abs)|\b(power|erf|erfc|sigmoid|logaddexp)\(")
"""What IEEE 754 leaves open, as it does the order of long sums, of which products are made."""

SCALARS = [
    *("(x*y + z) * maximum(y, z)", "sigmoid(w0*x0 + w1*x1 + w2)", "x*x + x", "(x*y + z)**2"),
    *("x**3 - 2*x", "exp(-x)*log(y)", "tanh(w*x + b)", "relu(x)*y - z/x"),
    *("leaky_relu(x) + elu(y)", "sqrt(x**2 + y**2)", "gelu(x) + softplus(y) + silu(z)"),
    *("abs(x) + sign(y)*x", "x**y", "minimum(x, y)/z", "1/(1 + exp(-x))", "huber(x, y)"),
    *("clip(x, -1, 1)*y", "where(x > y, x*y, z)", "sin(x)*cos(y) + arctan(z)", "log(x)"),
    *("erf(x) + log1p(y*y)", "maximum(x, 0) + maximum(1, y)", "arctan2(y, x)", "gelu(x*y)"),
    *("a = x*y; b = a + x; b*a", "(x > 1) * y + x", "max(x, y, z)"),
]
IMAGE = np.ones((1, 1, 30, 30))
ARRAYS: dict[str, dict[str, tuple[int, ...]]] = {
    "sum(relu(W @ x + b)**2)": {"W": (3, 2), "x": (2,), "b": (3,)},
    "softmax_cross_entropy(W @ x, 1)": {"W": (3, 2), "x": (2,)},
    "sum(maxpool2d(x, 2) * w)": {"x": (1, 4, 4), "w": (1, 2, 2)},
    "sum(conv2d(x, w, b, padding=1))": {"x": (1, 1, 3, 3), "w": (1, 1, 2, 2), "b": (1,)},
    "mean(x, axis=0) @ softmax(y)": {"x": (4, 3), "y": (3,)},
    "max(x*y) + sum(where(x > y, x, 2*y))": {"x": (2, 3), "y": (3,)},
    "norm(x - y) + prod(y)": {"x": (3,), "y": (3,)},
    "sum(layernorm(x) * w)": {"x": (2, 4), "w": (4,)},
}


def traced(case: Case, seed: int = 0) -> Trace:
    """A run of one op, with an upstream gradient of its own where it is an array."""
    inputs = gv.inputs([f"x{i}" for i in range(len(case.shapes))])
    graph = graph_of(call(case.op, *inputs, **case.options))
    values = {f"x{i}": np.asarray(p, dtype=float) for i, p in enumerate(a_point(case, seed))}
    trace = gv.run(graph, values=values)
    if trace.has_backward or case.op.is_condition:
        return trace
    upstream = np.random.default_rng(1).normal(size=np.shape(trace.value(graph.output)))
    return gv.run(graph, values=values, upstream=upstream)


@needs_node
@pytest.mark.parametrize("cases", [SOME, ALL])
def test_every_op_goes_through_javascript(cases: Sequence[Case]) -> None:
    """Bit for bit where IEEE 754 says what comes out; else within 1e-15 of the largest number."""
    runs = [(case, trace := traced(case), program(trace)) for case in cases]
    found = called((f"({text}).run", [[inputs_of(trace)]]) for _, trace, text in runs)
    for (case, trace, text), (ours,) in zip(runs, found, strict=True):
        theirs = recorded(trace)
        is_sum = case.op.work is not None or isinstance(case.options.get("axis"), tuple)
        if is_sum or INEXACT.search(text):
            assert distance(ours, theirs, largest(theirs)) < 1e-15, str(case)
        else:
            assert distance(ours, theirs) == 0, str(case)


def largest(found: Any) -> float:
    """The largest of the numbers that a run found."""
    if isinstance(found, dict | list):
        parts = found.values() if isinstance(found, dict) else found
        return max(map(largest, parts), default=0.0)
    return abs(found) if isinstance(found, float) and math.isfinite(found) else 0.0


def numbers(rng: random.Random, count: int) -> list[float]:
    """Inputs as students type and drag them: any, whole and tied, huge and tiny, short."""
    kinds = (
        lambda: rng.uniform(-4, 4),
        lambda: float(rng.choice((0, 1, 1, 2, -1))),
        lambda: rng.choice((-1, 1)) * 10.0 ** rng.choice((-6, 6)) * rng.uniform(1, 2),
        lambda: round(rng.uniform(-3, 3), 2),
    )
    kind = rng.choice((*kinds, None))
    return [(kind or rng.choice(kinds))() for _ in range(count)]


def examples() -> list[tuple[str, dict[str, tuple[int, ...]]]]:
    scalars = [(s, dict.fromkeys((n.name for n in gv.parse(s).inputs), ())) for s in SCALARS]
    return [*scalars, *ARRAYS.items()]


@needs_node
@pytest.mark.parametrize("count", [2, pytest.param(200, marks=pytest.mark.proof)])
def test_examples_agree_at_random_inputs(count: int) -> None:
    runs, texts = [], []
    for source, shapes in examples():
        rng = random.Random(source)
        traces = []
        for _ in range(count):
            values = {
                name: np.reshape(numbers(rng, math.prod(shape)), shape)
                for name, shape in shapes.items()
            }
            traces.append(gv.run(source, values=values))
        texts.append((f"({program(traces[0])}).run", [[inputs_of(t)] for t in traces]))
        runs.append((source, traces))
    for (source, traces), found in zip(runs, called(texts), strict=True):
        for trace, ours in zip(traces, found, strict=True):
            theirs = recorded(trace)
            scale = largest(theirs) if source in ARRAYS else 0
            assert distance(ours, theirs, scale) < 1e-12, (source, trace.inputs())


@needs_node
def test_labels_stay_as_they_are() -> None:
    """Whatever the list says: by labels, formulas pick what they compute."""
    trace = gv.run("softmax_cross_entropy(s, label)", s=[0.5, -1, 2], label=2)
    ((ours,),) = called([(f"({program(trace)}).run", [[[[0.5, -1, 2], 7]]])])
    assert ours["values"][2] == pytest.approx(trace.value(trace.graph.output), rel=1e-15)
    assert program(trace).endswith("fixed:[1]}")


def test_a_forward_pass_alone_is_written_too() -> None:
    assert "steps:[]" in program(gv.run("x > y", x=1, y=2))


@pytest.mark.parametrize(
    ("source", "given", "what", "got"),
    [
        ("x*y", {"x": 2, "y": 3, "dtype": "float32"}, "floats of 64 bits", "float32"),
        ("x*y", {"x": 2, "y": 3, "backend": "exact"}, "floats of 64 bits", "exact"),
        ("sum(exp(x))", {"x": np.ones(MOST_NUMBERS)}, "too large", "20,001"),
        ("sum(conv2d(x, w))", {"x": IMAGE, "w": IMAGE[..., :15, :15]}, "too large", "57,600"),
    ],
)
def test_what_a_page_cannot_compute_is_refused(
    source: str, given: dict[str, Any], what: str, got: str
) -> None:
    with pytest.raises(ValueInputError, match=what) as found:
        program(gv.run(source, **given))
    assert got in str(found.value.got)


def test_folded_scopes_are_refused() -> None:
    trace = gv.fold(gv.run(gv.net("mlp:2-2-1"), x=[1, 2]), depth=1)
    with pytest.raises(ValueInputError, match="folded"):
        program(trace)
