"""A graph of arrays written out as Python gives what the interpreter gives, to the last bit."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.arrays import recorder, tape
from gradviz.arrays.kernels import matrices, scratch
from gradviz.engine import written
from gradviz.engine.replays import EAGER, LARGEST, PATIENT, Replay
from gradviz.engine.written import Written
from gradviz.errors import GradvizError
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.trace import Trace
from tests.ops.test_registry import CASES, Case, exact_point, floats, named
from tests.sampled import sampled
from tests.strategies import WILD, Sample, runs


def graph_of(case: Case) -> Graph:
    builder = Builder()
    operands = [builder.input(f"x{k}") for k in range(len(case.shapes))]
    return builder.graph(builder.apply(case.op.name, operands, case.options))


def point(case: Case, seed: int) -> dict[str, Any]:
    found = {f"x{k}": v for k, v in enumerate(floats(exact_point(case, seed)))}
    return {
        name: value if case.op.differentiable(0 if case.op.variadic else k) else value.astype(int)
        for k, (name, value) in enumerate(found.items())
    }


def columns(trace: Trace) -> list[Any]:
    recording = trace.recording
    rows = (trace.values, trace.gradients, recording.local, recording.contribution, recording.after)
    return [v for row in rows for v in row]


def same(found: list[Any], expected: list[Any]) -> None:
    """The same numbers, shapes and types, to the last bit (any NaN is as good as another)."""
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert type(a) is type(b), (type(a), type(b))
        if b is not None:
            a, b = np.asarray(a), np.asarray(b)
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            np.testing.assert_array_equal(a, b)
            if a.dtype.kind == "f":
                np.testing.assert_array_equal(np.signbit(a)[a == 0], np.signbit(b)[b == 0])


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Why a run was not written out, or departed from what was."""
    found: list[str] = []
    run = Written.run

    def watched(self: Written, *arguments: Any) -> Any:
        try:
            columns = run(self, *arguments)
        except GradvizError:
            raise
        except Exception as error:
            found.append(repr(error))
            raise
        found.extend([] if columns else ["departed"])
        return columns

    monkeypatch.setattr(Written, "run", watched)
    yield found


@pytest.fixture(params=["small", "large"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrays as they are, or taken for large ones: written into memory that is used again, and
    remembered for the turn of one node.
    """
    if request.param == "large":
        monkeypatch.setattr(written, "LARGE", 1)
        monkeypatch.setattr(written, "POOLED", 1)
        monkeypatch.setattr(scratch, "LARGE", 1)
        monkeypatch.setattr(matrices, "LARGE", 1)
        monkeypatch.setattr(tape, "SMALL", 8)
        monkeypatch.setattr(recorder, "FEW", 0)


@pytest.mark.usefixtures("size")
@sampled("dtype", ["float64", "float32"], few=1)
@sampled("case", [c for c in CASES if not c.op.is_condition], few=120, ids=named)
def test_every_op_is_written_as_it_is_interpreted(
    case: Case, dtype: str, unwritten: list[str]
) -> None:
    graph = graph_of(case)
    wrt = [
        f"x{k}"
        for k in range(len(case.shapes))
        if case.op.differentiable(k if not case.op.variadic else 0)
    ]
    compiled = gv.compile(graph, wrt=wrt, dtype=dtype)
    for seed in range(4):
        values = point(case, seed)
        fresh = gv.compile(graph, wrt=wrt, dtype=dtype)
        shape = fresh.prepare(values=values).graph.nodes[graph.output].shape
        rng = np.random.default_rng(seed)
        upstream = (
            {"upstream": rng.standard_normal(shape)} if seed else {"upstream": np.ones(shape)}
        )
        expected = fresh.trace(values=values, **upstream)
        same(columns(compiled.trace(values=values, **upstream)), columns(expected))
        gradients = compiled.gradients(values=values, **upstream)
        for name, gradient in expected.result().items():
            np.testing.assert_array_equal(gradients[name], gradient)
        np.testing.assert_array_equal(compiled.value(values=values), expected.values[graph.output])
    assert unwritten == []


@settings(max_examples=300, deadline=None)
@given(runs(most=12), st.sampled_from(["float64", "float32"]))
def test_random_graphs(sample: Sample, dtype: str) -> None:
    _replays_are_runs(sample, dtype)


@settings(max_examples=150, deadline=None)
@given(runs(elements=WILD), st.sampled_from(["float64", "float32"]))
def test_random_graphs_of_any_floats(sample: Sample, dtype: str) -> None:
    _replays_are_runs(sample, dtype)


def _replays_are_runs(sample: Sample, dtype: str) -> None:
    compiled = gv.compile(sample.graph, wrt=sample.wrt, dtype=dtype)
    for factor in (1.0, 1.0, 0.5, -2.0):
        with np.errstate(all="ignore"):
            values = {n: np.asarray(v) * factor for n, v in sample.values.items()}
        expected = gv.run(sample.graph, values=values, wrt=sample.wrt, dtype=dtype)
        same(columns(compiled.trace(values=values)), columns(expected))
        if not expected.has_backward:
            continue
        found = compiled.gradients(values=values)
        for name, gradient in expected.result().items():
            np.testing.assert_array_equal(found[name], gradient)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.usefixtures("size")
@given(runs(most=12, elements=WILD), st.sampled_from(["float64", "float32"]))
def test_random_graphs_of_large_arrays(sample: Sample, dtype: str) -> None:
    _replays_are_runs(sample, dtype)


@pytest.mark.parametrize("case", [c for c in CASES if not c.op.is_condition], ids=named)
def test_nothing_is_computed_twice(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """What several rules of an op need, such as the statistics of a normalisation, is shared."""
    graph, values = graph_of(case), point(case, 1)
    outer = [line for line in lines_of(monkeypatch, graph, values, "trace") if line[0] == "v"]
    made = [text for line in outer for text in [line.partition(" = ")[2]] if "copy()" not in text]
    assert sorted(made) == sorted(set(made))


def test_the_gradient_of_a_normalisation_takes_four_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean, the variance, and those that the scale and the shift receive anyway."""
    values = {"x": np.ones((8, 3, 40, 40)), "g": np.ones(3), "b": np.ones(3)}
    text = "sum(batchnorm(x, g, b) * t)"
    values["t"] = values["x"]
    texts = lines_of(monkeypatch, text, values, "gradients")
    assert sum("add_reduce" in line for line in texts) == 4
    into = [line for line in texts if "fresh(" in line]
    assert len(into) <= 8  # the others go into arrays that nothing needs any more


def test_the_text_is_the_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"x": np.ones((3, 4)), "y": np.ones((4, 2))}
    texts = lines_of(monkeypatch, "sum(relu(x @ y))", values, "gradients")
    names = ("v2 = matmul(v0, v1)", "v5 = v2 > k", "where(v5, k", "matmul(", ".swapaxes(")
    assert all(any(name in line for line in texts) for name in names)
    assert not any("maximum" in line or "add_reduce" in line for line in texts)  # not needed


def test_what_is_handed_out_belongs_to_the_caller() -> None:
    for text in ("sum(x + y)", "sum(reshape(x, (6,)))", "sum(x*y)", "sum(concatenate([x, y]))"):
        x, y = np.ones((2, 3)), np.full((2, 3), 2.0)
        values = {"x": x, "y": y} if "y" in text else {"x": x}
        compiled = gv.compile(text)
        expected = {n: g.copy() for n, g in compiled.gradients(**values).items()}
        for _ in range(3):
            found = compiled.gradients(**values)
            for name, gradient in found.items():
                np.testing.assert_array_equal(gradient, expected[name])
                if gradient.flags.writeable:
                    gradient *= 7
            np.testing.assert_array_equal(x, np.ones((2, 3)))
    identity = gv.compile("x")
    for _ in range(3):
        value = identity.value(x=x)
        assert value is not x and not np.may_share_memory(value, x)


def test_a_trace_does_not_change_with_its_inputs() -> None:
    compiled, x = gv.compile("sum(x * x)"), np.arange(3.0)
    for k in range(4):
        x[...] = k
        trace = compiled.trace(x=x)
        x[...] = 9
        assert trace.value("x").tolist() == [k] * 3 and trace.gradient("x").tolist() == [2 * k] * 3
        assert not any(v.flags.writeable for v in columns(trace) if isinstance(v, np.ndarray))


def test_one_layout_in_memory_is_as_good_as_another() -> None:
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((7, 5)), rng.standard_normal(5)
    compiled = gv.compile("sum((w @ x)**2)")
    expected = compiled.gradients(w=w, x=x)
    for turned in (np.asfortranarray(w), np.repeat(w, 2, axis=0)[::2], w.tolist(), w):
        found = compiled.gradients(w=turned, x=x)
        for name, gradient in expected.items():
            np.testing.assert_array_equal(found[name], gradient)


def test_labels_and_shares_of_one_type_are_told_apart() -> None:
    compiled, s = gv.compile("softmax_cross_entropy(s, t)"), np.array([[1.0, 2.0, 0.5]])
    whole, shares = np.array([[0.0, 1.0, 0.0]]), np.array([[0.25, 0.5, 0.25]])
    for k in range(8):
        for t in (whole, shares) if k % 2 else (shares, whole):
            found = compiled.gradients(s=s, t=t)
            expected = gv.compile("softmax_cross_entropy(s, t)").gradients(s=s, t=t)
            for name, gradient in expected.items():
                np.testing.assert_array_equal(found[name], gradient)


def test_what_is_wrong_is_said_as_before() -> None:
    compiled, s = gv.compile("softmax_cross_entropy(s, t)", wrt="s"), np.zeros((2, 3))
    for _ in range(3):
        compiled.gradients(s=s, t=np.array([0, 2]))
    with pytest.raises(GradvizError, match="there is no label 3"):
        compiled.gradients(s=s, t=np.array([0, 3]))
    with pytest.raises(GradvizError, match="no value for t"):
        compiled.gradients(s=s)
    with pytest.raises(GradvizError, match="no input called"):
        compiled.gradients(s=s, t=np.array([0, 2]), u=s)
    with pytest.raises(GradvizError, match="shapes do not fit"):
        compiled.gradients(s=s, t=np.array([0, 2, 1]))
    compiled = gv.compile("sum(x*y)")
    for _ in range(3):
        compiled.gradients(x=s, y=s)
    with pytest.raises(GradvizError, match="does not fit the output"):
        compiled.gradients(x=s, y=s, upstream=s)


def test_a_run_that_departs_is_interpreted(unwritten: list[str]) -> None:
    """A mean whose sum overflows is taken another way, in that run alone."""
    compiled, x = gv.compile("mean(x)"), np.ones(4)
    for _ in range(3):
        assert compiled.value(x=x) == 1
    assert compiled.value(x=np.full(4, 1e308)) == 1e308
    assert compiled.value(x=x) == 1
    assert unwritten == ["departed"]


def test_a_program_that_always_departs_is_not_tried_forever(unwritten: list[str]) -> None:
    compiled = gv.compile("mean(x)")
    for k in range(60):
        compiled.value(x=np.full(4, 1.0 if k < 3 else 1e308))
    assert len(unwritten) < 20


def test_large_arrays_are_given_up_as_soon_as_nothing_needs_them() -> None:
    """A chain of large arrays is differentiated in the memory of those that its slopes need."""
    compiled = gv.compile("sum(" + "-(" * 40 + "x" + ")" * 40 + ")")
    x = np.ones(1 << 20)
    for _ in range(2):
        compiled.gradients(x=x)
    tracemalloc.start()
    compiled.gradients(x=x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * x.nbytes


def test_it_is_written_when_it_is_worth_it() -> None:
    def waits(nodes: int) -> float:
        program = SimpleNamespace(graph=SimpleNamespace(nodes=range(nodes)))
        return Replay(program)._from  # type: ignore[arg-type]

    assert [waits(n) for n in (EAGER, EAGER + 1, LARGEST + 1)] == [1, PATIENT, math.inf]


def lines_of(monkeypatch: pytest.MonkeyPatch, text: Any, values: Any, what: str) -> list[str]:
    """What is written for a graph."""
    texts: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(
            written, "compiled", lambda tape, names, lines: texts.extend(lines) or (lambda *_: None)
        )
        compiled = gv.compile(text)
        for _ in range(2):
            getattr(compiled, what)(**values)
    return texts


def test_a_small_network_is_written_in_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard of speed that no busy machine can upset."""
    text = (
        "h = relu(linear(x, W1, b1)); k = relu(linear(h, W2, b2));"
        " sigmoid_cross_entropy(linear(k, W3, b3), t)"
    )
    sizes = {"W1": (4, 2), "b1": 4, "W2": (4, 4), "b2": 4, "W3": (1, 4), "b3": 1}
    values = {name: np.ones(size) for name, size in sizes.items()}
    values |= {"x": np.ones((10, 2)), "t": np.ones((10, 1))}
    assert len(lines_of(monkeypatch, text, values, "gradients")) <= 60
    assert len(lines_of(monkeypatch, text, values, "trace")) <= 70


@pytest.mark.parametrize("shape", ["chain", "sum", "star"])
def test_what_is_written_grows_with_the_graph(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def length(count: int) -> int:
        text = {
            "chain": "sin(" * count + "x" + ")" * count,
            "sum": "x" + " + y" * count,
            "star": "0" + " + x * y" * count,
        }[shape]
        values = {"x": np.ones(3), "y": np.ones(3)}
        values = values if "y" in text else {"x": values["x"]}
        return len(lines_of(monkeypatch, f"sum({text})", values, "trace"))

    assert length(80) / length(40) < 2.3
