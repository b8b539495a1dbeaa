"""The format `gradviz.trace/1`: what is written comes back bit for bit, and nothing else is accepted."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.arrays import namespace
from gradviz.engine.run import run
from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.graph.parser import parse
from gradviz.trace import Trace
from gradviz.trace.exact import ExactReader
from gradviz.trace.json import dumps, loads
from tests.strategies import FRACTIONS, RATIONAL, SCALARS, WILD, Sample, runs
from tests.trace.same import alike, assert_same

Document = dict[str, Any]


def strict(text: str) -> Any:
    """The document, read as strictly as the standard says: no NaN and no Infinity."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def round_trip(trace: Trace) -> Document:
    """Write, read, compare, write again; returns the document."""
    text = trace.to_json()
    again = Trace.from_json(text)
    assert_same(again, trace)
    assert again.to_json() == text
    assert_same(Trace.from_json(text.encode()), again)
    document: Document = strict(text)
    return document


# What is written ----------------------------------------------------------------------------------------


def test_the_example_of_the_format() -> None:
    # x*y + z at (-3, 5, 2) by hand: the product is -15, the sum -13; + passes 1 on, × swaps its inputs.
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
        "steps",
    ]
    rest = {"options": {}, "shape": [], "scope": ""}

    def contribute(source: int, target: int, slot: int, local: float) -> Document:
        edge = {"source": source, "target": target, "slot": slot}
        moved = {"contribution": local, "before": 0.0, "after": local}
        return {"kind": "contribute", "edge": edge, "upstream": 1.0, "local": local} | moved

    assert document == {
        "schema": "gradviz.trace/1", "source": "x*y + z", "backend": "numpy", "dtype": "float64",
        "graph": {
            "nodes": [
                {"id": 0, "op": "input", "name": "x", "inputs": [], **rest},
                {"id": 1, "op": "input", "name": "y", "inputs": [], **rest},
                {"id": 2, "op": "input", "name": "z", "inputs": [], **rest},
                {"id": 3, "op": "mul", "name": "", "inputs": [0, 1], **rest},
                {"id": 4, "op": "add", "name": "", "inputs": [3, 2], **rest},
            ],
            "output": 4,
        },
        "wrt": [0, 1, 2],
        "values": {"0": -3.0, "1": 5.0, "2": 2.0, "3": -15.0, "4": -13.0},
        "gradients": {"0": 5.0, "1": -3.0, "2": 1.0, "3": 1.0, "4": 1.0},
        "steps": [
            {"kind": "forward", "node": 3}, {"kind": "forward", "node": 4}, {"kind": "seed", "node": 4},
            contribute(3, 4, 0, 1.0), contribute(2, 4, 1, 1.0), contribute(0, 3, 0, 5.0), contribute(1, 3, 1, -3.0),
        ],
    }  # fmt: skip
    assert list(document["steps"][3]) == [
        "kind",
        "edge",
        "upstream",
        "local",
        "contribution",
        "before",
        "after",
    ]
    assert list(document["graph"]["nodes"][0]) == ["id", "op", "name", "inputs", "options", "shape", "scope"]


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
    total = builder.apply("sum", [builder.constant(np.zeros((0, 3)))], {"axis": None, "keepdims": False})
    round_trip(run(builder.graph(builder.apply("mul", [total, builder.input("x")])), x=2))


def test_scalars_are_the_ones_that_the_engine_makes() -> None:
    again = Trace.from_json(run("x*x", x=3).to_json())
    assert type(again.value("x")) is np.float64
    assert type(Trace.from_json(run("x*x", x=3, dtype="float32").to_json()).gradient("x")) is np.float32
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
    [Fraction(-1, 3), Fraction(2), 10**30, True, np.float32(0.1), np.arange(3), [[0.5, float("nan")]], "pi"],
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
    builder = Builder()
    graph = builder.graph(builder.apply("sum", [builder.input("x")], {"axis": None, "keepdims": object()}))
    trace = run(graph, x=[[1, 2]], backend="exact")
    with pytest.raises(TraceFormatError, match="JSON cannot hold") as caught:
        trace.to_json()
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


# Random traces ------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(runs(elements=WILD), st.sampled_from(["float64", "float32"]))
def test_any_trace_comes_back(sample: Sample, dtype: str) -> None:
    round_trip(sample.run(dtype=dtype))


@settings(max_examples=40, deadline=None)
@given(runs(ops=(*RATIONAL, "where", "stack", "sum", "max"), elements=FRACTIONS))
def test_any_exact_trace_comes_back(sample: Sample) -> None:
    round_trip(sample.run(backend="exact"))


@settings(max_examples=30, deadline=None)
@given(
    runs(
        ops=("add", "sub", "mul", "neg", "square", "tanh", "sigmoid"),
        shapes=SCALARS,
        elements=FRACTIONS,
        most=5,
    )
)
def test_any_symbolic_trace_comes_back(sample: Sample) -> None:
    round_trip(run(sample.graph, backend="exact"))


@pytest.mark.parametrize(
    "text",
    [
        "2*(x + 1)*((y + 1)*z)", "-(x + 1)*(y + 1)", "(x + 1)/(2*(y + 1)*z)", "x**(2/3)*sqrt(2)", "exp(x)/(1 + exp(x))",
        "2**x + x**y", "abs(x)*sign(y) + arctan(z)/3", "max([x, y, z])", "max([x*y, where(x > 0, x, z), 0])",
        "where(x > 0, where(y > 0, x, y), z)*(x - 1)", "relu(x)*minimum(y, z)", "softplus(x*y)/(z**2 + 1)",
        "gelu(x)", "norm([x, y])", "logsumexp([x, y])", "sqrt(x**2)", "prod([x + 1, y + 1, 2])",
    ],
)  # fmt: skip
def test_symbolic_values_of_many_forms_come_back(text: str) -> None:
    round_trip(run(text, backend="exact"))


def test_exact_numbers_come_back_as_they_are_written() -> None:
    document = round_trip(run("sqrt(x)*log(y) + (x > y)*1/3 + pi", x=8, y="1/3", backend="exact"))
    assert document["dtype"] == "exact"
    assert document["values"]["1"] == "1/3"
    assert "2*sqrt(2)" in document["values"].values()
    assert "True" in document["values"].values()


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
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "set()\n"


# What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("x*y + z", "it is not JSON"),
        ('{"schema": NaN}', "it is not JSON"),
        ('{"schema": "gradviz.trace/1",}', "it is not JSON"),
        ("{} {}", "it is not JSON"),
        (b"\x89PNG\r\n\x1a\n\0\0", "it is not text"),
        ('{"schema": "\ud800"}', "it is not text"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 5000, "nested too deep"),
        ("1" * 5000, "is not JSON"),
        ('{"schema": 1e999}', "is not JSON"),
        ("3", "this JSON is not a trace"),
        ("null", "this JSON is not a trace"),
        ("[1, 2]", "this JSON is not a trace"),
        ("{}", "this JSON is not a trace"),
        ('{"schema": 1}', "this JSON is not a trace"),
        ('{"schema": "gradviz.exam/1"}', "of another kind"),
        ('{"schema": "gradviz.trace/0"}', "of another kind"),
        ('{"schema": "gradviz.trace/x"}', "of another kind"),
        ('{"schema": "gradviz.trace/2"}', "written by a newer gradviz"),
        ('{"schema": "gradviz.trace/10"}', "written by a newer gradviz"),
        ('{"schema": "gradviz.trace/1"}', "lacks the key 'source'"),
    ],
)
def test_texts_that_are_no_trace(text: str | bytes, message: str) -> None:
    with pytest.raises(TraceFormatError, match=message) as caught:
        loads(text)
    assert caught.value.expected


def test_a_slip_in_the_text_is_shown() -> None:
    text = run("x*y", x=2, y=3).to_json().replace('"source": "x*y",', '"source": "x*y"')
    with pytest.raises(TraceFormatError, match="not JSON") as caught:
        loads(text)
    assert "line 3, column 2" in str(caught.value)


def test_a_byte_order_mark_is_no_hindrance() -> None:
    trace = run("x*y", x=2, y=3)
    assert_same(loads(b"\xef\xbb\xbf" + trace.to_json().encode()), trace)


def test_every_cut_is_noticed() -> None:
    text = run("sum(x*y) + σ", x=[1, 2], y=3, σ=1).to_json().encode()
    for length in range(len(text)):
        with pytest.raises(TraceFormatError):
            loads(text[:length])


BASE = strict(run("sum(x*y) + x", x=2, y=[1, 3, 4]).to_json())
# Nodes: 0 x, 1 y, 2 x*y, 3 sum, 4 + ; steps: 0 to 2 forward, 3 seed, then 4: 3→4, 5: 0→4, 6: 2→3, 7: 0→2, 8: 1→2.


def put(*path: Any) -> Callable[[Document], None]:
    """Put the last of `path` at the place that the others name."""
    *keys, last, value = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        document[last] = value

    return change


def cut(*path: Any) -> Callable[[Document], None]:
    """Take out what stands at a place."""
    *keys, last = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        del document[last]

    return change


def swap(a: int, b: int) -> Callable[[Document], None]:
    """Exchange two steps."""

    def change(document: Any) -> None:
        steps = document["steps"]
        steps[a], steps[b] = steps[b], steps[a]

    return change


def add(*path: Any) -> Callable[[Document], None]:
    """Append the last of `path` to a list."""
    *keys, value = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        document.append(copy.deepcopy(value))

    return change


def test_the_base_of_the_changes_is_sound() -> None:
    edges = [tuple(s["edge"].values()) for s in BASE["steps"][4:]]
    assert edges == [(3, 4, 0), (0, 4, 1), (2, 3, 0), (0, 2, 0), (1, 2, 1)]
    assert loads(json.dumps(BASE)).gradient("x") == 9.0  # 1 + 3 + 4, and 1 for the second use


@pytest.mark.parametrize(
    ("change", "message", "where"),
    [
        # keys and types
        (cut("values"), "lacks the key 'values'", ""),
        (cut("graph", "nodes", 2, "shape"), "lacks the key 'shape'", "graph.nodes[2]"),
        (cut("steps", 4, "after"), "lacks the key 'after'", "steps[4]"),
        (cut("steps", 4, "kind"), "lacks the key 'kind'", "steps[4]"),
        (put("wrl", [0]), "unknown key 'wrl'", ""),
        (put("steps", 4, "sumed", [0]), "unknown key 'sumed'", "steps[4]"),
        (put("values", []), "wrong type", "values"),
        (put("graph", "nodes", 0, "id", "0"), "wrong type", "graph.nodes[0].id"),
        (put("graph", "output", 4.0), "wrong type", "graph.output"),
        (put("graph", "nodes", 0, "id", -1), "cannot be", "graph.nodes[0].id"),
        (put("graph", "nodes", 0, "shape", [-1]), "cannot be", "graph.nodes[0].shape[0]"),
        (put("graph", "nodes", 0, "shape", [1] * 65), "cannot be", "graph.nodes[0].shape"),
        (put("graph", "nodes", []), "cannot be", "graph.nodes"),
        (put("steps", 0, "kind", "jump"), "step of an unknown kind", "steps[0].kind"),
        (put("backend", "nunpy"), "unknown backend", "backend"),
        (put("dtype", "float16"), "unknown dtype", "dtype"),
        (put("dtype", "exact"), "unknown dtype", "dtype"),
        (put("backend", "exact"), "unknown dtype", "dtype"),
        # the graph
        (put("graph", "nodes", 2, "id", 3), "not numbered in order", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "op", "mull"), "no op 'mull'", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0, 2]), "does not come before", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0, 99]), "does not come before", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0]), "wrong number of operands", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0, 1, 1]), "wrong number of operands", "graph.nodes[2]"),
        (put("graph", "nodes", 0, "inputs", [0]), "takes no operands", "graph.nodes[0]"),
        (put("graph", "output", 5), "the output is no node", "graph.output"),
        (put("graph", "nodes", 1, "name", "x"), "names of their own", "graph.nodes[1]"),
        (put("graph", "nodes", 1, "name", ""), "names of their own", "graph.nodes[1]"),
        (put("graph", "nodes", 3, "options", {}), "not the options", "graph.nodes[3]"),
        (put("graph", "nodes", 3, "options", "axes", 1), "not the options", "graph.nodes[3]"),
        (put("graph", "nodes", 3, "options", "axis", 7), "does not fit together", "graph.nodes"),
        (put("graph", "nodes", 3, "options", "axis", {"a": 1}), "cannot take its options", "graph.nodes"),
        (put("graph", "nodes", 3, "options", "axis", "NaN"), "graph|options", "graph.nodes"),
        (put("graph", "nodes", 3, "options", "keepdims", True), "another shape", "graph.nodes[3]"),
        (put("graph", "nodes", 2, "shape", [2]), "another shape", "graph.nodes[2]"),
        (put("graph", "nodes", 1, "shape", [3, 1]), "another shape", "graph.nodes[2]"),
        (put("graph", "nodes", 1, "op", "constant"), "a constant has one option", "graph.nodes[1]"),
        # wrt, values, gradients
        (put("wrt", [2]), "no list of inputs", "wrt"),
        (put("wrt", [1, 0]), "no list of inputs", "wrt"),
        (put("wrt", [0, 0]), "no list of inputs", "wrt"),
        (put("wrt", [99]), "no list of inputs", "wrt"),
        (cut("values", "3"), "values has none for node 3", "values"),
        (put("values", "5", 1.0), "values has one too many, for node 5", "values"),
        (put("values", "x", 1.0), "one too many, for node x", "values"),
        (put("values", "03", 1.0), "one too many, for node 03", "values"),
        (put("values", "1", [1.0, 2.0]), "shape of its node", "values.1"),
        (put("values", "1", [[1.0], [2.0], [3.0]]), "shape of its node", "values.1"),
        (put("values", "1", 1.0), "shape of its node", "values.1"),
        (put("values", "0", [1.0]), "shape of its node", "values.0"),
        (put("values", "0", None), "is no number", "values.0"),
        (put("values", "0", "1.5"), "is no number", "values.0"),
        (put("values", "0", "nan"), "is no number", "values.0"),
        (put("values", "0", {"npz": 1}), "is no number", "values.0"),
        (put("values", "1", [1.0, True, 2.0]), "is no number", "values.1"),
        (put("values", "0", 10**400), "JSON|read|number", ""),
        (cut("gradients", "0"), "gradients has none for node 0", "gradients"),
        (cut("gradients", "4"), "gradients has none for node 4", "gradients"),
        (put("gradients", "7", 1.0), "one too many, for node 7", "gradients"),
        (put("gradients", "0", 8.0), "does not follow from the steps", "gradients.0"),
        (put("gradients", "1", [2.0, 2.0]), "shape of its node", "gradients.1"),
        # steps
        (swap(0, 1), "forward steps are not", "steps[0]"),
        (cut("steps", 1), "forward steps are not", "steps[1]"),
        (cut("steps", 3), "does not begin with its seed", "steps[3]"),
        (put("steps", 3, "node", 3), "does not begin with its seed", "steps[3]"),
        (put("steps", 4, {"kind": "seed", "node": 4}), "wrong place", "steps[4]"),
        (add("steps", {"kind": "forward", "node": 4}), "wrong place", "steps[9]"),
        (put("steps", BASE["steps"][:3]), "seed step is missing", "steps"),
        (put("steps", BASE["steps"][:2]), "forward steps are not", "steps[2]"),
        (put("steps", BASE["steps"][:-1]), "one too many, for node 1", "gradients"),
        (cut("steps", 7), "does not follow from the steps", "gradients.0"),
        (swap(4, 6), "impossible order", "steps"),
        (add("steps", BASE["steps"][8]), "contributes twice", "steps[9].edge"),
        (put("steps", 4, "edge", "slot", 1), "edge that the graph does not have", "steps[4].edge"),
        (put("steps", 4, "edge", "slot", 2), "edge that the graph does not have", "steps[4].edge"),
        (put("steps", 4, "edge", "target", 99), "edge that the graph does not have", "steps[4].edge"),
        (put("steps", 6, "edge", "target", 0), "edge that the graph does not have", "steps[6].edge"),
        (put("steps", 8, "contribution", [2.0]), "shape of its node", "steps[8].contribution"),
        (put("steps", 8, "after", 2.0), "shape of its node", "steps[8].after"),
        (put("steps", 8, "local", 2.0), "shape of its node", "steps[8].local"),
        (put("steps", 8, "local", None), "local gradient is missing", "steps[8].local"),
        (put("steps", 6, "local", [1.0, 1.0, 1.0]), "stands where there is none", "steps[6].local"),
        (put("steps", 8, "upstream", [1.0, 1.0, 2.0]), "upstream does not follow", "steps[8].upstream"),
        (put("steps", 7, "before", 2.0), "before does not follow", "steps[7].before"),
        (put("steps", 5, "before", -0.0), "before does not follow", "steps[5].before"),
        (put("steps", 7, "summed", []), "summed over other axes", "steps[7].summed"),
        (put("steps", 8, "summed", [0]), "summed over other axes", "steps[8].summed"),
    ],
)
def test_changed_traces_are_refused(change: Callable[[Document], None], message: str, where: str) -> None:
    document = copy.deepcopy(BASE)
    change(document)
    with pytest.raises(TraceFormatError, match=message) as caught:
        loads(json.dumps(document))
    assert isinstance(caught.value.where, str)
    assert caught.value.where.startswith(where)
    assert caught.value.expected or caught.value.got or caught.value.hint


def test_a_misspelt_op_gets_a_suggestion() -> None:
    document = copy.deepcopy(BASE)
    document["graph"]["nodes"][2]["op"] = "mull"
    with pytest.raises(TraceFormatError) as caught:
        loads(json.dumps(document))
    assert caught.value.hint == "did you mean mul?"


def test_a_step_along_a_condition_is_refused() -> None:
    document = strict(run("where(c > 0, x, y)", c=1, x=2, y=3).to_json())
    extra = copy.deepcopy(document["steps"][-1])
    extra["edge"]["source"], extra["edge"]["slot"] = document["graph"]["nodes"][-1]["inputs"][0], 0
    document["steps"].append(extra)
    document["gradients"][str(extra["edge"]["source"])] = 1.0
    with pytest.raises(TraceFormatError, match="along which no gradient flows"):
        loads(json.dumps(document))


def test_inputs_after_other_nodes_are_refused() -> None:
    builder = Builder()
    graph = builder.graph(builder.apply("mul", [builder.input("x"), builder.constant(2)]))
    document = strict(run(graph, x=1).to_json())
    nodes = document["graph"]["nodes"]
    nodes[0], nodes[1] = nodes[1] | {"id": 0}, nodes[0] | {"id": 1}
    with pytest.raises(TraceFormatError, match="inputs do not come first"):
        loads(json.dumps(document))


@pytest.mark.parametrize("value", ["text", None, [1.0], {"npz": 3}, [[]], "1/0"])
def test_constants_that_are_no_numbers(value: Any) -> None:
    document = strict(run("2*x", x=1).to_json())
    document["graph"]["nodes"][1]["options"] = {"value": value}
    with pytest.raises(TraceFormatError) as caught:
        loads(json.dumps(document))
    assert str(caught.value.where).startswith("graph.nodes[1].options.value")


@pytest.mark.parametrize(
    "value",
    [
        1, 0.5, True, None, "", "NaN", "Infinity", "1/0", "1//2", "x +", "q", "[1, 2]", "sum(1)*(1 > 0)", "log(0)",
        "sqrt(-1)", "9**9**9**9", "(10**1000)**1000", "2**(10**9)", "x" * 300_000, "(" * 50_000, "1" * 9000,
        "__import__('os')", "x; 3/0",
    ],
)  # fmt: skip
def test_texts_that_are_no_exact_values(value: Any) -> None:
    document = strict(run("x*2", x="1/3", backend="exact").to_json())
    document["values"]["2"] = value
    with pytest.raises(TraceFormatError) as caught:
        loads(json.dumps(document))
    assert caught.value.where == "values.2"
    assert len(str(caught.value)) < 500


def test_a_condition_joins_others_as_it_is_written() -> None:
    read = ExactReader(namespace("exact"), "xyz")
    for text in ("(x > y) * (x >= z)", "maximum(x > y, x > z)", "x == y", "x != y", "True", "False"):
        again = read(read.xp.plain(read(text)))
        assert alike(again, read(text))
    assert read.xp.plain(read("(x > y) * (x >= z)")) == "(x > y) * (x >= z)"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_change_at_random_leads_to_another_error(data: st.DataObject) -> None:
    """Whatever stands wherever: the trace is read, or one of our errors says why not."""
    document: Any = copy.deepcopy(BASE)
    place = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not (isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 3))):
            break
        place = place[key]
    scalars = (
        st.none() | st.booleans() | st.integers(-3, 9) | st.floats(allow_nan=False, allow_infinity=False)
    )
    words = st.sampled_from(
        ["", "x", "NaN", "1/3", "seed", "sum", "index", "constant", "input", "stack", "exact"]
    )
    place[key] = data.draw(st.recursive(scalars | words, lambda s: st.lists(s, max_size=3)
                                        | st.dictionaries(words, s, max_size=2), max_leaves=4))  # fmt: skip
    try:
        trace = loads(json.dumps(document))
    except GradvizError as error:
        assert isinstance(error, TraceFormatError)
        return
    assert_same(loads(dumps(trace)), trace)
