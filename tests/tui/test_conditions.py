"""Conditions on which a run stops."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ParseError
from gradviz_tui.walk.conditions import Condition
from tests.tui.samples import FORK, MARK, NORM, walk


def stops(words: tuple[str, ...], text: str) -> list[int]:
    here, condition = walk(words), Condition(text)
    return [k for k in range(1, here.total + 1) if condition.holds(here.trace, k)]


def test_a_gradient_that_vanishes() -> None:
    trace = walk(MARK).trace
    wanted = [s.number for s in trace.steps if s.after is not None and float(s.after) == 0]
    assert stops(MARK, "abs(grad) < 1e-6") == wanted
    assert stops(MARK, "contribution == 0") == [11]


def test_values_are_asked_in_the_forward_pass_only() -> None:
    assert stops(MARK, "value > 2") == [1, 4]


def test_an_array_stops_where_any_of_its_numbers_does() -> None:
    trace = walk(NORM).trace
    wanted = [
        s.number for s in trace.steps if s.kind == "contribute" and (s.contribution > 0.7).any()
    ]
    assert wanted and stops(NORM, "contribution > 0.7") == wanted


def test_words() -> None:
    closed = ("relu(x) * y", "x=-1", "y=2")
    step = next(
        s
        for s in walk(closed).trace.steps
        if s.kind == "contribute" and walk(closed).trace.graph.nodes[s.node].op == "relu"
    )
    assert step.number in stops(closed, "dead")
    assert stops(("log(x)*y", "x=-1", "y=1"), "nan")[0] == 1
    assert stops(MARK, "nan") == []


def test_exact_numbers() -> None:
    trace = gv.run("x*y", x="1/3", y="6", backend="exact")
    assert [
        k for k in range(1, len(trace) + 1) if Condition("contribution > 1").holds(trace, k)
    ] == [3]


@pytest.mark.parametrize(
    "text", ["", "grad", "grad +", "speed > 1", "1 < 2", "grad <", "x = 1", "nann"]
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ParseError):
        Condition(text)


def test_a_run_stops_on_it_and_it_is_taken_away_again() -> None:
    here = walk(FORK).with_condition("contribution > 2")
    stop = [*here.run()][-1]
    assert stop.trace.step(stop.k).contribution == 3
    assert here.with_condition(" contribution > 2 ").conditions == ()
    with pytest.raises(GradvizError):
        here.with_condition("nonsense")
