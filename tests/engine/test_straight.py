"""A graph of scalars written out as Python gives what the interpreter gives, to the last bit."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.code import Code, Term, number
from gradviz.engine.scalars import ScalarProgram, program_of
from gradviz.engine.straight import EAGER, PATIENT, StraightLine, is_worth
from gradviz.errors import GradvizError
from gradviz.ops import every
from gradviz.ops.op import Op
from gradviz.trace import Trace
from tests.ops.backward import local
from tests.strategies import SCALARS, WILD, Sample, runs

XP = for_backend()
ELEMENTWISE = tuple(
    op.name for op in every() if op.elementwise and op.name not in ("clip", "where")
)


def program(source: str, **values: float) -> ScalarProgram:
    graph = gv.parse(source).bind(dict.fromkeys([n.name for n in gv.parse(source).inputs], ()))
    found = program_of(graph, XP, [n.id for n in graph.inputs])
    assert isinstance(found, ScalarProgram)
    return found


def columns(trace: Trace) -> list[list[float | None]]:
    recording = trace.recording
    rows = (trace.values, trace.gradients, recording.local, recording.contribution, recording.after)
    return [[None if v is None else float(v) for v in row] for row in rows]


@given(runs(ops=ELEMENTWISE, shapes=SCALARS, elements=WILD))
@settings(max_examples=300)
def test_a_replay_is_the_first_run_again(sample: Sample) -> None:
    compiled = gv.compile(sample.graph, wrt=sample.wrt)
    first, again = (compiled.trace(values=sample.values) for _ in range(2))
    assume(first.has_backward)
    np.testing.assert_equal(columns(again), columns(first))
    assert again.recording.edges == first.recording.edges
    np.testing.assert_equal(
        compiled.value(values=sample.values), float(first.value(first.graph.output))
    )
    expected = {name: float(v) for name, v in first.result().items()}
    np.testing.assert_equal(compiled.gradients(values=sample.values), expected)
    assert again.to_json() == first.to_json()


@pytest.mark.parametrize(
    "op",
    [op for op in every() if op.routes is not None and not op.is_condition and not op.options],
    ids=lambda op: op.name,
)
def test_what_routes_nothing_adds_nothing_in_a_first_run_too(op: Op) -> None:
    """From −1 a zero would come back as −0, from NaN as NaN."""
    names = "xyz"[: len(op.inputs)]
    for source in ("-{}", "log({})", "0/{}"):
        compiled = gv.compile(source.format(f"{op.name}({', '.join(names)})"))
        for numbers in itertools.product((0.0, -1.0, 2.0, math.nan), repeat=len(names)):
            values = dict(zip(names, numbers, strict=True))
            first, again = (compiled.trace(values=values) for _ in range(2))
            np.testing.assert_equal(columns(again), columns(first))


@given(runs(ops=ELEMENTWISE, shapes=SCALARS, elements=WILD, most=14))
@settings(max_examples=300)
def test_a_long_graph_gives_the_same_in_parts(sample: Sample) -> None:
    """Every number to the last bit: run once, replayed as one function, and as several."""
    whole, parts = (gv.compile(sample.graph, wrt=sample.wrt) for _ in range(2))
    first = whole.trace(values=sample.values)
    assume(first.has_backward)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gradviz.engine.straight.LARGEST", 0)
        patch.setattr("gradviz.engine.straight.PART", 3)
        for _ in range(2):
            again = parts.trace(values=sample.values)
            gradients = parts.gradients(values=sample.values)
            value = parts.value(values=sample.values)
    np.testing.assert_equal(columns(again), columns(first))
    np.testing.assert_equal(columns(whole.trace(values=sample.values)), columns(first))
    np.testing.assert_equal(gradients, whole.gradients(values=sample.values))
    np.testing.assert_equal(value, whole.value(values=sample.values))


@pytest.mark.parametrize("most", [0, 20_000])
def test_parts_are_used_and_not_left_to_the_interpreter(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """d/dx of x (1.5 + y)³ at x = 2, y = 0.5: 8; d/dy: 3 x (1.5 + y)² = 24."""
    monkeypatch.setattr("gradviz.engine.straight.LARGEST", most)
    monkeypatch.setattr("gradviz.engine.straight.PART", 2)
    straight = StraightLine(program("a = y + 1.5; x*a*a*a"))
    given = {"y": 0.5, "x": 2.0}
    assert straight.replay("value", given) == 16
    assert straight.replay("gradients", given) == {"y": 24, "x": 8}
    known, local, contribution, sums = straight.replay("record", given)
    assert list(known) == [0.5, 2, 1.5, 2, 4, 8, 16]
    assert len(local) == len(contribution) == 7
    assert list(sums)[-1] == 24


def test_every_elementwise_op_is_written_not_called() -> None:
    """So that a new op whose formula cannot be written down is noticed; it would still run."""
    called = []
    for op in every():
        if not op.elementwise or op.is_condition or op.variadic:
            continue
        terms = [Term(f"v{k}") for k in range(len(op.inputs))]
        try:
            found = op.forward(Code(), *terms, **dict.fromkeys(op.options, 0.5))
            locals_ = [
                local(op, slot, Code(), Term("v9"), *terms, **dict.fromkeys(op.options, 0.5))
                for slot in range(len(op.inputs))
                if op.differentiable(slot)
            ]
        except TypeError:
            called.append(op.name)
            continue
        assert all(isinstance(number(f), Term) for f in (found, *locals_)), op.name
    assert called == []


@pytest.mark.parametrize(
    "op",
    [op for op in every() if op.name in ELEMENTWISE and not op.is_condition],
    ids=lambda op: op.name,
)
def test_ordinary_values_are_not_left_to_the_interpreter(op: Op) -> None:
    """Else a fault in what is written would show as nothing but lost time."""
    values = {
        f"x{k}": low + (high - low) * (k + 1) / 3.3 for k, (low, high) in enumerate(op.domain)
    }
    straight = StraightLine(program(f"{op.name}({', '.join(values)})"))
    for what in ("value", "gradients", "record"):
        assert straight.replay(what, values) is not None


def test_the_text_is_the_formula() -> None:
    straight = StraightLine(program("a = x*y; a + x**2"))
    assert straight._forward() == ["v2 = (v0 * v1)", "v4 = (v0 ** 2.0)", "v5 = (v2 + v4)"]
    assert straight._backward()[0] == [
        "g2 = 1.0",
        "g4 = 1.0",
        "g0 = g2 * v1",
        "g1 = g2 * v0",
        "g0 += g4 * (2.0 * v0)",
    ]
    assert straight.gradients(3.0, 5.0) == {"x": 11.0, "y": 3.0}


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("x**y", {"x": -8, "y": 1 / 3}),
        ("1/x", {"x": 0}),
        ("exp(x)", {"x": 1000}),
        ("log(x)", {"x": 0}),
        ("sqrt(x)", {"x": -1}),
        ("x**y", {"x": 0, "y": -1}),
        ("x**y", {"x": 0, "y": 0}),
        ("x*1e200*x", {"x": 1e200}),
        ("abs(x**0.5)", {"x": -4}),
        ("softplus(x)", {"x": math.inf}),
        ("maximum(x, y)", {"x": math.nan, "y": 1}),
        ("minimum(y, x)", {"x": math.nan, "y": 1}),
        ("clip(x, -1, 1)", {"x": math.nan}),
        ("relu(-x)", {"x": 0}),
        ("2*3 + x*0", {"x": 1}),
        ("1/0 + x", {"x": 1}),
        ("x", {"x": 3}),
        ("x**1", {"x": -2}),
        ("x**0", {"x": 0}),
    ],
)
def test_odd_values_are_left_to_the_interpreter(source: str, values: dict[str, float]) -> None:
    compiled = gv.compile(source)
    first, again = compiled.trace(**values), compiled.trace(**values)
    np.testing.assert_equal(columns(again), columns(first))
    assert {type(v) for v in again.values} == {np.float64}


def test_what_is_given_is_checked_as_before() -> None:
    compiled = gv.compile("x*y")
    for _ in range(3):
        assert compiled.gradients(x=2, y=3) == {"x": 3.0, "y": 2.0}
    assert compiled.gradients(values={"x": 2}, y=4.0) == {"x": 4.0, "y": 2.0}
    assert compiled.gradients(x="1/2", y=True) == {"x": 1.0, "y": 0.5}
    assert compiled.gradients(x=2, y=3, upstream=10) == {"x": 30.0, "y": 20.0}
    assert compiled.gradients(x=10**20, y=np.float64(3)) == {"x": 3.0, "y": 1e20}
    np.testing.assert_array_equal(compiled.trace(x=[1, 2], y=3).value(2), [3, 6])
    for wrong in ({"x": 1}, {"x": 1, "z": 2}, {"x": 1, "y": 2, "z": 3}, {"x": "two", "y": 1}):
        with pytest.raises(GradvizError):
            compiled.gradients(**wrong)
    for again in ({"x": 1}, {"x": 1, "y": 2}):
        with pytest.raises(GradvizError, match="given twice"):
            compiled.gradients(values=again, x=2)
    with pytest.raises(GradvizError, match="must be a dictionary"):
        compiled.gradients(values=[1, 2])  # type: ignore[arg-type]


def test_the_caller_may_change_what_is_handed_out() -> None:
    compiled = gv.compile("x*y", wrt="x")
    compiled.gradients(x=2, y=3)
    compiled.gradients(x=2, y=3).clear()
    assert compiled.gradients(x=2, y=3) == {"x": 3.0}


def test_it_is_written_when_it_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    small, long = program("x*y"), program(" + ".join(["x*y"] * EAGER))
    assert [is_worth(small, k) for k in (0, 1)] == [False, True]
    assert [is_worth(long, k) for k in (PATIENT - 1, PATIENT)] == [False, True]
    assert not is_worth(program("x > y"), 10**6)
    condition = gv.compile("x > y")
    assert [bool(condition.value(x=k, y=1)) for k in (0, 2, 0)] == [False, True, False]
    monkeypatch.setattr("gradviz.engine.straight.HUGE", 2)
    assert not is_worth(small, 10**6)
