"""Ways to minimise: least squares as NumPy solves it, descents as runs do them, what each costs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.trace.plots.ways import Spent, Way, Ways


def ways(source: Any, asked: str = "all", **named: Any) -> Ways:
    found = gv.plot(source, ways=asked, **named).content
    assert isinstance(found, Ways)
    return found


def way(source: Any, asked: str, **named: Any) -> Way:
    (found,) = ways(source, asked, **named).ways
    return found


def vector(found: Way) -> Any:
    return np.concatenate([np.ravel(value) for _, value in found.found])


@pytest.mark.parametrize("shape", [(2, 1), (5, 2), (30, 4), (100, 9)])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_least_squares_equals_numpy(shape: tuple[int, int], reduction: str) -> None:
    draw = np.random.default_rng(shape[0])
    x, y, start = draw.normal(size=shape), draw.normal(size=shape[0]), draw.normal(size=shape[1])
    found = way(f"{reduction}((X @ w - y)**2)", "lstsq", X=x, y=y, w=start, over="w")
    wanted, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert vector(found) == pytest.approx(wanted, rel=1e-9, abs=1e-11)
    assert found.end.loss == pytest.approx(
        getattr(np, reduction)((x @ wanted - y) ** 2), rel=1e-9, abs=1e-20
    )


def test_of_many_solutions_the_shortest() -> None:
    x = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]])
    found = way("sum((X @ w - y)**2)", "lstsq", X=x, y=[1, 2], w=[9, 9, 9], over="w")
    wanted, *_ = np.linalg.lstsq(x, np.array([1.0, 2.0]), rcond=None)
    assert vector(found) == pytest.approx(wanted, abs=1e-10)


def test_ridge_regression_is_quadratic_too() -> None:
    """(XᵀX + λI)w = Xᵀy."""
    x, y = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]]), np.array([1.0, 2.0, 3.0])
    found = way("sum((X @ w - y)**2) + 0.3*sum(w**2)", "lstsq", X=x, y=y, w=[0, 0], over="w")
    wanted = np.linalg.solve(x.T @ x + 0.3 * np.eye(2), x.T @ y)
    assert vector(found) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("(tanh(w) - 1)**2", {"w": 0.5}),
        ("abs(w - 3)", {"w": 0.5}),
        ("abs(w - 3000)", {"w": 0.5}),
        ("3*w", {"w": 0.5}),
        ("-(w**2)", {"w": 0.5}),
        ("relu(w)**2", {"w": 0.5}),
        ("(w - 1)**4", {"w": 0.5}),
        ("(a*b - 1)**2", {"a": 1, "b": 2}),
    ],
)
def test_what_is_not_quadratic_has_no_least_squares(source: str, given: dict[str, Any]) -> None:
    with pytest.raises(GradvizError) as caught:
        ways(source, "lstsq", **given)
    assert "quadratic" in str(caught.value)
    found = ways(source, steps=3, **given)
    assert "least squares" not in [w.name for w in found.ways]
    assert any("quadratic" in note for note in found.left_out)


def test_gradient_descent_by_hand() -> None:
    """(w − 3)² from 0 at rate 0.1: the slope is −6, then −4.8."""
    found = way("(w - 3)**2", "gd:0.1", w=0, steps=2)
    assert [s.loss for s in found.steps] == pytest.approx([9, 2.4**2, 1.92**2])
    assert [tuple(s[:2]) for s in found.steps] == [(0, 0), (1, 1), (2, 2)]
    assert vector(found) == pytest.approx([1.08])


def test_a_numerical_gradient_goes_the_same_way_for_more_evaluations() -> None:
    given: dict[str, Any] = {"x": [0, 1, 2, 3], "y": [1, 3, 5, 7.5], "w": 0, "b": 0}
    found = ways("mean((w*x + b - y)**2)", "numerical:0.1,gd:0.1", over="w,b", **given)
    slow, quick = found.ways
    assert [s.loss for s in slow.steps] == pytest.approx([s.loss for s in quick.steps], rel=1e-6)
    assert slow.end[:2] == (2 * 2 * 60, 0) and quick.end[:2] == (60, 60)


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ("sgd:0.05", {"optimizer": "sgd", "lr": 0.05}),
        ("gd:0.05", {"optimizer": "sgd", "lr": 0.05, "batch": 50}),
        ("adam:0.1", {"optimizer": "adam", "lr": 0.1, "batch": 50}),
        ("momentum:0.05:0.7", {"optimizer": "momentum,momentum=0.7", "lr": 0.05, "batch": 50}),
    ],
)
def test_descents_are_those_of_runs(asked: str, settings: dict[str, Any]) -> None:
    run = gv.learn("w*x + b", data="linear", w=-1, b=0.5, passes=17, seed=3, **settings)
    found = way("w*x + b", asked, data="linear", w=-1, b=0.5, steps=17, seed=3)
    last = run.weights()
    assert dict(found.found) == pytest.approx({k: float(v) for k, v in last.items()}, rel=1e-12)
    assert found.end.loss == pytest.approx(run.scores()["train"].loss, rel=1e-12)


def test_a_batch_is_a_part_of_an_evaluation() -> None:
    """7 batches of 10 of 50 samples, one of which is smaller where there are 45."""
    assert way("w*x", "sgd", data="linear", w=0, steps=7).end[:2] == (1.4, 1.4)
    assert way("w*x", "sgd", data="linear,count=45", w=0, steps=5).end[:2] == (1, 1)
    few = way("w*x", "sgd", data=[[1, 2], [2, 4], [3, 6]], w=0, steps=4)
    assert few.how == "rate 0.1, a sample at a time"
    assert few.end.evaluations == pytest.approx(4 / 3)


def test_random_search_keeps_the_best() -> None:
    found = way("(a - 1)**2 + (b + 2)**2", "random:300:2", a=0, b=0, seed=5)
    tries = 2 * np.random.Generator(np.random.PCG64(5)).standard_normal((300, 2))
    losses = (tries[:, 0] - 1) ** 2 + (tries[:, 1] + 2) ** 2
    assert found.end == (300, 0, pytest.approx(losses.min()))
    assert vector(found) == pytest.approx(tries[losses.argmin()])
    shown = [s.loss for s in found.steps[1:]]
    assert shown == sorted(shown, reverse=True)


def test_a_way_that_runs_away_ends_there() -> None:
    """w ← w − 9·2w = −17 w leaves the floating-point numbers."""
    away, home = ways("w**2", "gd:9,gd:0.1", w=1, steps=400).ways
    assert away.diverged and away.end.loss == math.inf and len(away.steps) < 400
    assert not home.diverged and len(home.steps) == 401
    assert [w.name for w in (away, home)] == ["GD, rate 9", "GD, rate 0.1"]


def test_all_ways_and_what_is_left_out() -> None:
    found = ways("w*x + b", data="linear", w=-1, b=0)
    assert [w.name for w in found.ways] == [
        "random search", "least squares", "numerical gradient", "GD", "SGD", "Adam",
    ]  # fmt: skip
    assert (found.parameters, found.samples, found.data) == (2, 50, "linear")
    without = ways("(w - 3)**2", w=0)
    assert "SGD" not in [w.name for w in without.ways]
    assert any("--data" in note for note in without.left_out)


def test_the_same_seed_gives_the_same_ways_but_for_their_times() -> None:
    def steps(seed: int) -> list[tuple[Spent, ...]]:
        return [w.steps for w in ways("w*x", data="linear", w=0, seed=seed, steps=9).ways]

    assert steps(2) == steps(2) != steps(3)


@pytest.mark.parametrize(
    ("asked", "named", "said"),
    [
        ("", {}, "no way"),
        ("newton", {}, "newton"),
        ("adm", {}, "adam"),
        ("gd:-1", {}, "rate"),
        ("gd:0", {}, "rate"),
        ("gd:x", {}, "rate"),
        ("gd:0.1:0.2", {}, "fewer options"),
        ("random:0", {}, "tries"),
        ("random:2.5", {}, "whole number"),
        ("random:1:2:3", {}, "fewer options"),
        ("lstsq:1", {}, "fewer options"),
        ("numerical:0.1:0", {}, "step h"),
        ("gd,gd", {}, "the same"),
        ("gd," * 9, {}, "1 to 8"),
        ("sgd", {}, "--data"),
        ("random:1000000", {}, "passes through the source"),
        ("gd", {"steps": 0}, "steps"),
        ("gd", {"steps": 10**9}, "passes through the source"),
        ("gd", {"seed": -1}, "seed"),
        ("gd", {"over": "q"}, "q"),
    ],
)
def test_bad_input_is_one_clear_message(asked: str, named: dict[str, Any], said: str) -> None:
    with pytest.raises(GradvizError) as caught:
        ways("(w - 1)**2", asked, w=0, **named)
    assert said in str(caught.value)
