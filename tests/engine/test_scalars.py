"""Graphs of scalars run on Python floats as they run on arrays, IEEE's odd values included."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.scalars import Floats
from gradviz.engine.program import Program
from gradviz.engine.scalars import ScalarProgram, program_of
from gradviz.graph.builder import Builder
from gradviz.ops import every
from gradviz.ops.op import Op
from tests.strategies import SCALARS, WILD, Sample, runs

XP = for_backend()
ELEMENTWISE = tuple(op.name for op in every() if op.elementwise and op.name != "clip")


def programs(sample: Sample) -> tuple[Program, Program, list[object]]:
    graph = sample.graph.bind({n.name: () for n in sample.graph.inputs})
    wrt = [graph.find(name) for name in sample.wrt]
    inputs = [XP.asarray(sample.values[n.name]) for n in graph.inputs]
    return Program(graph, XP, wrt), program_of(graph, XP, wrt), inputs


@given(runs(ops=ELEMENTWISE, shapes=SCALARS, elements=WILD))
@settings(max_examples=300)
def test_floats_agree_with_arrays(sample: Sample) -> None:
    """To the last few bits: Python's and NumPy's exp and its kin may round differently.

    Both go backward from the same values: where a local gradient cancels (1 - y² at y near 1), a
    last bit is much.
    """
    arrays, floats, inputs = programs(sample)
    assume(isinstance(floats, ScalarProgram))
    values, theirs = arrays.forward(inputs), floats.recorded(floats.forward(inputs))
    assume(all(abs(float(v)) < 1e100 or not math.isfinite(v) for v in values))
    np.testing.assert_allclose(
        [float(v) for v in theirs], [float(v) for v in values], rtol=1e-12, atol=1e-300
    )
    seed = XP.asarray(1)
    ours, recorded = floats.record(floats.forward(inputs), seed)
    expected, columns = arrays.record([XP.asarray(v) for v in theirs], seed)
    assert recorded.edges == columns.edges
    for mine, his in (
        (ours, expected),
        (recorded.local, columns.local),
        (recorded.after, columns.after),
    ):
        finite = [(a, b) for a, b in zip(mine, his, strict=True) if b is not None]
        np.testing.assert_allclose(
            [float(a) for a, _ in finite], [float(b) for _, b in finite], rtol=1e-9, atol=1e-290
        )


@given(
    st.sampled_from(
        [
            "sign",
            "abs",
            "exp",
            "log",
            "sqrt",
            "tanh",
            "sigmoid",
            "arcsin",
            "arccos",
            "arctan",
            "log2",
            "log10",
            "log1p",
            "expm1",
        ]
    ),
    WILD,
)
def test_every_function_agrees_or_departs(name: str, x: float) -> None:
    """A departure from IEEE is raised, never answered with another number."""
    try:
        mine = getattr(Floats(), name)(x)
    except (ArithmeticError, ValueError):
        return
    with np.errstate(all="ignore"):
        expected = getattr(XP, name)(np.float64(x))
    np.testing.assert_allclose(mine, expected, rtol=1e-14, atol=5e-324)


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("x**y", {"x": -8, "y": "1/3"}, math.nan),
        ("1/x", {"x": 0}, math.inf),
        ("exp(x)", {"x": 1000}, math.inf),
        ("log(x)", {"x": 0}, -math.inf),
        ("sqrt(x)", {"x": -1}, math.nan),
        ("x**y", {"x": 0, "y": -1}, math.inf),
        ("abs(x**0.5)", {"x": -4}, math.nan),
        ("softplus(x)", {"x": "inf"}, math.inf),
        ("sin(x)", {"x": "inf"}, math.nan),
    ],
)
def test_odd_values_go_on_as_ieee_says(
    source: str, values: dict[str, object], expected: float
) -> None:
    trace = gv.run(source, **values)
    np.testing.assert_equal(float(trace.value(trace.graph.output)), expected)
    assert isinstance(trace.value(trace.graph.output), np.float64)


def test_arrays_and_other_types_take_the_general_way() -> None:
    graph = gv.parse("x*y").bind({"x": (), "y": ()})
    assert isinstance(program_of(graph, XP, (0, 1)), ScalarProgram)
    for other in (for_backend("numpy", "float32"), for_backend("exact")):
        assert type(program_of(graph, other, (0, 1))) is Program
    assert type(program_of(gv.parse("x*y").bind({"x": (2,), "y": ()}), XP, (0, 1))) is Program
    assert type(program_of(gv.parse("x*(x > y)").bind({"x": (), "y": ()}), XP, (0, 1))) is Program


@pytest.mark.parametrize("op", [op for op in every() if op.elementwise], ids=lambda op: op.name)
def test_one_value_in_every_slot(op: Op) -> None:
    """An edge names the slot that takes a gradient, also where a condition is the same value."""
    builder = Builder()
    options = dict(op.examples[0][1]) if op.examples else {}
    uses = [builder.input("x")] * len(op.inputs)
    trace = gv.run(builder.graph(builder.apply(op.name, uses, dict(op.options) | options)), x=0.5)
    edges = [step.edge for step in trace.steps if step.kind == "contribute"]
    slots = range(len(trace.graph.nodes[-1].inputs))
    assert [e.slot for e in edges] == [s for s in slots if op.differentiable(s)]
