"""Exact values come back from their text: numbers, symbols and conditions."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings

from gradviz.arrays import for_backend
from gradviz.engine.run import run
from gradviz.errors import TraceFormatError
from gradviz.trace import Trace
from gradviz.trace.io.exact import ExactReader
from tests.strategies import FRACTIONS, RATIONAL, SCALARS, Sample, runs
from tests.trace.same import alike, round_trip, strict


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
        "2*(x + 1)*((y + 1)*z)",
        "-(x + 1)*(y + 1)",
        "(x + 1)/(2*(y + 1)*z)",
        "x**(2/3)*sqrt(2)",
        "exp(x)/(1 + exp(x))",
        "2**x + x**y",
        "abs(x)*sign(y) + arctan(z)/3",
        "max([x, y])",
        "where(x > 0, where(y > 0, x, y), z)*(x - 1)",
        "relu(x)*minimum(y, z)",
        "softplus(x*y)/(z**2 + 1)",
        "gelu(x)",
        "norm([x, y])",
        "sqrt(x**2)",
        "prod([x + 1, y + 1, 2])",
    ],
)
def test_symbolic_values_of_many_forms_come_back(text: str) -> None:
    round_trip(run(text, backend="exact"))


@pytest.mark.parametrize("text", ["max([x, y, z])", "max([x*y, where(x > 0, x, z), 0])"])
def test_conditions_that_depend_on_conditions_come_back(text: str) -> None:
    round_trip(run(text, backend="exact"))


def test_exact_numbers_come_back_as_they_are_written() -> None:
    document = round_trip(run("sqrt(x)*log(y) + (x > y)*1/3 + pi", x=8, y="1/3", backend="exact"))
    assert document["dtype"] == "exact"
    assert document["values"]["1"] == "1/3"
    assert "2*sqrt(2)" in document["values"].values()
    assert "True" in document["values"].values()


@pytest.mark.parametrize(
    "value",
    [
        1,
        0.5,
        True,
        None,
        "",
        "NaN",
        "Infinity",
        "1/0",
        "1//2",
        "x +",
        "q",
        "[1, 2]",
        "sum(1)*(1 > 0)",
        "log(0)",
        "sqrt(-1)",
        "9**9**9**9",
        "(10**1000)**1000",
        "2**(10**9)",
        "x" * 300_000,
        "(" * 50_000,
        "1" * 9000,
        "__import__('os')",
        "x; 3/0",
    ],
)
def test_texts_that_are_no_exact_values(value: Any) -> None:
    document = strict(run("x*2", x="1/3", backend="exact").to_json())
    document["values"]["2"] = value
    with pytest.raises(TraceFormatError) as caught:
        Trace.from_json(json.dumps(document))
    assert caught.value.where == "values.2"
    assert len(str(caught.value)) < 500


def test_a_condition_joins_others_as_it_is_written() -> None:
    read = ExactReader(for_backend("exact"), "xyz")
    for text in (
        "(x > y) * (x >= z)",
        "maximum(x > y, x > z)",
        "x == y",
        "x != y",
        "True",
        "False",
    ):
        again = read(read.xp.plain(read(text)))
        assert alike(again, read(text))
    assert read.xp.plain(read("(x > y) * (x >= z)")) == "(x > y) * (x >= z)"
    a, b, c = (read(f"{t} > 1")[()] for t in "xyz")
    assert read("where(x > 1, y > 1, z > 1)")[()] == sp.ITE(a, b, c)
    assert read("1 - where(x > 1, y > 1, z > 1)")[()] == sp.Not(sp.ITE(a, b, c))
    assert read("1 - (x > 1)")[()] == sp.Not(a)
