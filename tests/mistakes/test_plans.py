"""Another plan worked out right gives what a run of that other source gives."""

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.mistakes import get
from gradviz.mistakes.claims import Asked, read
from gradviz.mistakes.made import trials
from gradviz.mistakes.working import Working

W = [[0.2, -0.4, 0.7], [0.5, 0.3, -0.6]]
X = [0.9, -1.4, 0.35]
ROWS = [[1.0, 2.0, -0.5], [0.3, -1.0, 0.8]]


def plans(source: str, claim: str, values: dict[str, Any], mistake: str) -> list[float]:
    """What the plans of one mistake give for a claim."""
    working = Working(gv.run(source, values=values))
    asked = Asked(working, read(working, [claim]))
    found = [t for t in trials(asked, [get(mistake)]) if t.made.edit.plan]
    return [asked.give(trial.made.edit)[0] for trial in found]


@pytest.mark.parametrize(
    ("mistake", "source", "other"),
    [
        ("steps-exchanged", "L = sum(softmax(s/1.7)*u)", "L = sum(softmax(s)/1.7*u)"),
        ("steps-exchanged", "L = mean(s**2)*u[0]", "L = mean(s)**2*u[0]"),
        ("another-function-planned", "L = sum(tanh(s)*u)", "L = sum(sin(s)*u)"),
        ("another-power-planned", "L = sum((s - u)**2)", "L = sum(abs(s - u))"),
        ("another-form", "L = norm(s)*u[1]", "L = sum(abs(s))*u[1]"),
        ("step-left-out", "L = sum(layernorm(s)*u)", "L = sum(s*u)"),
    ],
)
@pytest.mark.parametrize("what", ["L", "ds[1]"])
def test_a_plan_gives_the_values_and_the_gradients_of_the_other_source(
    mistake: str, source: str, other: str, what: str
) -> None:
    values = {"s": X, "u": [1.1, -0.3, 0.6]}
    run = gv.run(other, values=values)
    expected = float(run.value("L")) if what == "L" else float(run.gradient("s")[1])
    assert any(
        np.isclose(found, expected, rtol=1e-12)
        for found in plans(source, f"{what}=1", values, mistake)
    )


@pytest.mark.parametrize("what", ["L", "dS[0,1]"])
def test_an_axis_is_another_inside_of_an_op_too(what: str) -> None:
    values = {"S": ROWS, "y": [1, 0]}
    run = gv.run("P = softmax(S, axis=0); -(log(P[0, 1]) + log(P[1, 0]))/2", S=ROWS)
    expected = float(run.value(run.graph.output)) if what == "L" else run.gradient("S")[0, 1]
    found = plans("L = softmax_cross_entropy(S, y)", f"{what}=1", values, "over-another-axis")
    assert any(np.isclose(number, expected, rtol=1e-12) for number in found)


def test_another_parameter_is_penalised_too() -> None:
    """L = (w x + b − t)² + λ w² with + λ b²: db = 2·(1.5·2 + 0.5 − 1) + 2·0.1·0.5 = 5.1."""
    found = gv.diagnose(
        "L = (w*x + b - t)**2 + lam*w**2", "db=5.1000", w=1.5, x=2, b=0.5, t=1, lam=0.1
    )
    assert "b was penalised too" in found.says


def test_a_column_is_set_against_a_row() -> None:
    """The mean of (pᵢ − yⱼ)² over all i and j, where that over i = j is meant."""
    p, y = np.array([0.9, 0.25, 0.7]), np.array([1.0, 0.1, 0.35])
    wrong = ((p[:, None] - y[None, :]) ** 2).mean()
    found = gv.diagnose("L = mean((p - y)**2)", f"L={wrong:.6f}", p=p, y=y)
    assert "set against every number" in found.says


def test_where_a_plan_has_no_sense_none_is_tried() -> None:
    assert plans("L = x*y", "L=1", {"x": 2.0, "y": 3.0}, "steps-exchanged") == []
