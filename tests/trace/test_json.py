"""The format `gradviz.trace/1`: what is written, and that it comes back bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.engine.run import run
from gradviz.errors import TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.graph.text.parser import parse
from gradviz.trace import Trace
from tests.strategies import WILD, Sample, runs
from tests.trace.same import round_trip, strict

Document = dict[str, Any]


BEFORE_OUTPUTS_AND_SEEDS = """{"schema": "gradviz.trace/1",
 "source": "x*y + y",
 "backend": "numpy", "dtype": "float64",
 "graph": {"nodes": [
  {"id": 0, "op": "input", "name": "x", "inputs": [], "options": {}, "shape": [], "scope": ""},
  {"id": 1, "op": "input", "name": "y", "inputs": [], "options": {}, "shape": [], "scope": ""},
  {"id": 2, "op": "mul", "name": "", "inputs": [0, 1], "options": {}, "shape": [], "scope": ""},
  {"id": 3, "op": "add", "name": "", "inputs": [2, 1], "options": {}, "shape": [], "scope": ""}
 ], "output": 3},
 "wrt": [0, 1],
 "values": {
  "0": 2.0,
  "1": 3.0,
  "2": 6.0,
  "3": 9.0
 },
 "gradients": {
  "0": 3.0,
  "1": 3.0,
  "2": 1.0,
  "3": 1.0
 },
 "steps": [
  {"kind": "forward", "node": 2},
  {"kind": "forward", "node": 3},
  {"kind": "seed", "node": 3},
  {"kind": "contribute", "edge": {"source": 2, "target": 3, "slot": 0},
   "upstream": 1.0, "local": 1.0, "contribution": 1.0, "before": 0.0, "after": 1.0},
  {"kind": "contribute", "edge": {"source": 1, "target": 3, "slot": 1},
   "upstream": 1.0, "local": 1.0, "contribution": 1.0, "before": 0.0, "after": 1.0},
  {"kind": "contribute", "edge": {"source": 0, "target": 2, "slot": 0},
   "upstream": 1.0, "local": 3.0, "contribution": 3.0, "before": 0.0, "after": 3.0},
  {"kind": "contribute", "edge": {"source": 1, "target": 2, "slot": 1},
   "upstream": 1.0, "local": 2.0, "contribution": 2.0, "before": 1.0, "after": 3.0}
 ]}
"""


def test_a_trace_without_outputs_and_seeds_is_read_as_before() -> None:
    trace = Trace.from_json(BEFORE_OUTPUTS_AND_SEEDS)
    assert trace.graph.outputs == (3,) and trace.seeds == (1.0,)
    assert trace.gradient("y") == 3.0  # d(x*y + y)/dy = x + 1
    written = strict(trace.to_json())
    assert written["graph"].pop("outputs") == [3] and written.pop("seeds") == [1.0]
    assert written == strict(BEFORE_OUTPUTS_AND_SEEDS)


def test_a_forward_pass_has_no_seeds() -> None:
    trace = run("x*y", x=2, y=[3, 4])
    assert trace.seeds == () and trace.graph.outputs == (2,)
    document = strict(trace.to_json())
    assert document["seeds"] == []
    del document["seeds"], document["graph"]["outputs"]
    assert Trace.from_json(json.dumps(document)).seeds == ()
    document["seeds"] = [[1.0, 1.0]]
    with pytest.raises(TraceFormatError, match="the seeds do not match the outputs"):
        Trace.from_json(json.dumps(document))


def test_the_seed_is_the_upstream_gradient_that_was_given() -> None:
    # d(sum of u·x*y)/dx with u = (5, 7): u·y.
    trace = Trace.from_json(run("x*y", x=[1, 2], y=[3, 4], upstream=[5, 7]).to_json())
    assert [seed.tolist() for seed in trace.seeds] == [[5.0, 7.0]]
    assert trace.gradient("x").tolist() == [15.0, 28.0]


def test_the_example_of_the_format() -> None:
    # x*y + z at (-3, 5, 2) by hand: the product is -15, the sum -13; + passes 1 on, × swaps its
    # inputs.
    document = strict(run("x*y + z", x=-3, y=5, z=2).to_json())
    assert list(document) == [
        "schema",
        "source",
        "backend",
        "dtype",
        "graph",
        "wrt",
        "values",
        "gradients",
        "seeds",
        "steps",
    ]
    rest = {"options": {}, "shape": [], "scope": ""}

    def contribute(source: int, target: int, slot: int, local: float) -> Document:
        edge = {"source": source, "target": target, "slot": slot}
        moved = {"contribution": local, "before": 0.0, "after": local}
        return {"kind": "contribute", "edge": edge, "upstream": 1.0, "local": local} | moved

    assert document == {
        "schema": "gradviz.trace/1",
        "source": "x*y + z",
        "backend": "numpy",
        "dtype": "float64",
        "graph": {
            "nodes": [
                {"id": 0, "op": "input", "name": "x", "inputs": [], **rest},
                {"id": 1, "op": "input", "name": "y", "inputs": [], **rest},
                {"id": 2, "op": "input", "name": "z", "inputs": [], **rest},
                {"id": 3, "op": "mul", "name": "", "inputs": [0, 1], **rest},
                {"id": 4, "op": "add", "name": "", "inputs": [3, 2], **rest},
            ],
            "output": 4,
            "outputs": [4],
        },
        "wrt": [0, 1, 2],
        "values": {"0": -3.0, "1": 5.0, "2": 2.0, "3": -15.0, "4": -13.0},
        "gradients": {"0": 5.0, "1": -3.0, "2": 1.0, "3": 1.0, "4": 1.0},
        "seeds": [1.0],
        "steps": [
            {"kind": "forward", "node": 3},
            {"kind": "forward", "node": 4},
            {"kind": "seed", "node": 4},
            contribute(3, 4, 0, 1.0),
            contribute(2, 4, 1, 1.0),
            contribute(0, 3, 0, 5.0),
            contribute(1, 3, 1, -3.0),
        ],
    }
    assert list(document["steps"][3]) == [
        "kind",
        "edge",
        "upstream",
        "local",
        "contribution",
        "before",
        "after",
    ]
    assert list(document["graph"]["nodes"][0]) == [
        "id",
        "op",
        "name",
        "inputs",
        "options",
        "shape",
        "scope",
    ]


def test_a_line_for_each_node_value_and_step() -> None:
    trace = run("x*y + z", x=-3, y=5, z=2)
    lines = trace.to_json().splitlines()
    assert sum('"op":' in line for line in lines) == 5
    assert sum('"kind":' in line for line in lines) == len(trace)
    assert '  "3": -15.0,' in lines


def test_arrays_conditions_sums_and_what_has_no_local_gradient() -> None:
    document = round_trip(run("sum(where(W > 0, W*x, b))", W=[[1, -2], [3, 4]], x=[1, 2], b=0.5))
    assert document["values"]["0"] == [[1.0, -2.0], [3.0, 4.0]]
    condition = next(n["id"] for n in document["graph"]["nodes"] if n["op"] == "greater")
    assert document["values"][str(condition)] == [[True, False], [True, True]]
    assert str(condition) not in document["gradients"]
    by_source = {s["edge"]["source"]: s for s in document["steps"] if s["kind"] == "contribute"}
    assert by_source[2]["summed"] == [0, 1]
    assert by_source[2]["contribution"] == 1.0
    assert by_source[1]["summed"] == [0]
    assert "summed" not in by_source[0]
    first = next(s for s in document["steps"] if s["kind"] == "contribute")
    assert first["local"] is None


def test_a_forward_pass_only() -> None:
    trace = run("x*y", x=[1, 2], y=3)
    document = round_trip(trace)
    assert list(document)[5:7] == ["wrt", "note"]
    assert document["note"] == trace.note != ""
    assert document["gradients"] == {}
    assert [s["kind"] for s in document["steps"]] == ["forward"]


def test_names_that_stand_for_numbers() -> None:
    with np.errstate(all="ignore"):
        document = round_trip(run("sum(log(x)*y)", x=[0.0, -1.0, 1.0], y=-0.0))
    assert document["values"]["2"] == ["-Infinity", "NaN", 0.0]
    assert round_trip(run("1/x", x=0))["values"]["2"] == "Infinity"


def test_minus_zero_and_the_smallest_numbers_survive() -> None:
    trace = run("sum(x*y)", x=[-0.0, 5e-324, 1.7976931348623157e308, 0.1], y=-1)
    again = Trace.from_json(trace.to_json())
    assert np.signbit(again.value("x")).tolist() == [True, False, False, False]
    assert again.value("x").tolist() == [-0.0, 5e-324, 1.7976931348623157e308, 0.1]
    round_trip(trace)


@pytest.mark.parametrize("backend", ["numpy", "exact"])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0), (2, 0, 3)])
def test_arrays_without_elements(shape: tuple[int, ...], backend: str) -> None:
    trace = run("sum(where(x > 0, x, 2*x))", x=np.zeros(shape), backend=backend)
    assert Trace.from_json(trace.to_json()).value("x").shape == shape
    round_trip(trace)


def test_a_constant_without_elements_keeps_its_shape() -> None:
    builder = Builder()
    total = builder.apply(
        "sum", [builder.constant(np.zeros((0, 3)))], {"axis": None, "keepdims": False}
    )
    round_trip(run(builder.graph(builder.apply("mul", [total, builder.input("x")])), x=2))


def test_scalars_are_the_ones_that_the_engine_makes() -> None:
    again = Trace.from_json(run("x*x", x=3).to_json())
    assert type(again.value("x")) is np.float64
    assert (
        type(Trace.from_json(run("x*x", x=3, dtype="float32").to_json()).gradient("x"))
        is np.float32
    )
    assert type(Trace.from_json(run("x > 1", x=3).to_json()).value(2)) is np.bool_


def test_options_and_constants_of_every_kind() -> None:
    text = "sum(x[1:, ..., [0, 1]], axis=(0, 1)) + sum(leaky_relu(x, slope=0.2)) + pi*inf + nan"
    trace = run(text, x=np.arange(6).reshape(2, 3))
    again = Trace.from_json(trace.to_json())
    pairs = zip(trace.graph.nodes, again.graph.nodes, strict=True)
    different = [(a.options, b.options) for a, b in pairs if repr(a.options) != repr(b.options)]
    assert different == []
    round_trip(trace)


@pytest.mark.parametrize(
    "value",
    [
        Fraction(-1, 3),
        Fraction(2),
        2**100,
        True,
        np.float32(0.1),
        np.arange(3),
        [[0.5, float("nan")]],
        "pi",
    ],
)
def test_constants_built_in_python(value: Any) -> None:
    builder = Builder()
    total = builder.apply("sum", [builder.constant(value)], {"axis": None, "keepdims": False})
    round_trip(run(builder.graph(builder.apply("mul", [builder.input("x"), total])), x=2))


def test_what_was_built_in_python_is_written_as_text() -> None:
    builder = Builder()
    x = builder.input("x", scope="block1")
    graph = builder.graph(builder.apply("mul", [x, x], name="q", scope="block1/square"))
    document = round_trip(run(graph, x=3))
    again = parse(document["source"])
    assert [(n.op, n.inputs) for n in again.nodes] == [(n.op, n.inputs) for n in graph.nodes]
    assert [n["scope"] for n in document["graph"]["nodes"]] == ["block1", "block1/square"]


def test_an_input_keeps_what_is_plain_of_its_options() -> None:
    builder = Builder()
    w = builder.input("w", kind="weight", default=np.ones(3), draw=lambda: 0)
    graph = builder.graph(builder.apply("sum", [w], {"axis": None, "keepdims": False}))
    assert round_trip(run(graph, w=[1, 2, 3]))["graph"]["nodes"][0]["options"] == {"kind": "weight"}


def test_an_option_that_json_cannot_hold() -> None:
    trace = run("sum(x)", x=[1, 2])
    nodes = [
        replace(n, options={"axis": None, "keepdims": object()} if n.op == "sum" else {})
        for n in trace.graph.nodes
    ]
    odd = Trace(
        Graph(nodes, 1, "sum(x)"),
        trace.values,
        trace.gradients,
        trace.seed,
        trace.recording,
        wrt=trace.wrt,
    )
    with pytest.raises(TraceFormatError, match="JSON cannot hold") as caught:
        odd.to_json()
    assert caught.value.got == "object"


@pytest.mark.parametrize("upstream", [2, [1.0, float("nan")]])
def test_seeds_other_than_one(upstream: Any) -> None:
    round_trip(run("x*y", x=[1, 2] if isinstance(upstream, list) else 1, y=3, upstream=upstream))


def test_the_output_may_be_an_input_or_a_constant_and_nodes_may_be_unused() -> None:
    round_trip(run("x", x=3))
    round_trip(run("x; 2", x=3))
    document = round_trip(run("q = x*x; y*y", x=3, y=2))
    assert document["gradients"]["0"] == 0.0
    assert "2" not in document["gradients"]


def test_wrt_some_inputs() -> None:
    document = round_trip(run("x*y + z", x=-3, y=5, z=2, wrt="y"))
    assert document["wrt"] == [1]
    assert document["gradients"] == {"1": -3.0, "3": 1.0, "4": 1.0}


def test_a_long_chain() -> None:
    builder = Builder()
    node = builder.input("x")
    for _ in range(20_000):
        node = builder.apply("neg", [node])
    trace = run(builder.graph(node), x=2.0)
    again = Trace.from_json(trace.to_json())
    assert again.gradient("x") == 1.0
    assert len(again) == len(trace)


def test_every_value_is_stored_once_in_memory() -> None:
    again = Trace.from_json(run("sum(tanh(x))", x=np.ones(50)).to_json())
    assert again.recording.after[1] is again.recording.contribution[1]


def test_a_trace_made_with_cupy_is_read_into_numpy() -> None:
    document = strict(run("sum(x*x)", x=[1, 2]).to_json())
    document["backend"] = "cupy"
    again = Trace.from_json(json.dumps(document))
    assert again.backend == "cupy"
    assert type(again.value("x")) is np.ndarray
    assert again.step(4).before.tolist() == [0.0, 0.0]
    assert strict(again.to_json()) == document


@settings(max_examples=150, deadline=None)
@given(runs(elements=WILD))
def test_any_trace_comes_back(sample: Sample) -> None:
    round_trip(sample.run())


@settings(max_examples=50, deadline=None)
@given(runs(elements=st.floats(width=32)))
def test_any_trace_of_single_precision_comes_back(sample: Sample) -> None:
    round_trip(sample.run(dtype="float32"))


def test_the_text_does_not_depend_on_the_hash_seed() -> None:
    code = """if True:
        from gradviz.engine.run import run
        print(run("q = W @ x; sum(q**2)*y + max(q)", W=[[1, 2], [3, 4]], x=[0.1, 2], y=3).to_json())
        print(run("max([x, y, z])*sigmoid(x*y)/(y + 1)", backend="exact").to_json())
    """
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(texts) == 1


def test_writing_loads_no_reader() -> None:
    code = """if True:
        import sys
        from gradviz.engine.run import run
        run("x*x", x=2).to_json()
        print({"msgspec", "sympy"} & set(sys.modules))
    """
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out == "set()\n"
