"""Any pass of a run comes back bit for bit, with its updates."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.descent import descent
from gradviz.errors import GradvizError
from gradviz.learn.learning import Run
from gradviz.learn.replay import updated

NORM = "q = W @ x; f = sum(q**2)"
W, X = [[0.4, 0.6], [0.7, -0.2]], [0.5, 0.3]


def ring(**settings: Any) -> Run:
    given: dict[str, Any] = {"data": "ring,count=45,test=5", "passes": 60, "seed": 3} | settings
    return gv.learn("net:mlp:2-3-2,activation=tanh", **given)


def test_the_update_of_the_lecture() -> None:
    """CSCI 566, Matrix calculus: W − 0.1 dW = .362 .5772 .671 −.2174, x − 0.1 dx = .429 .266."""
    run = gv.learn(NORM, W=W, x=X, lr=0.1, passes=1)
    trace = run.trace(1)
    updates = trace.updates
    assert updates is not None and len(updates.each) == 2
    new = {trace.graph.nodes[u.node].name: np.asarray(u.after) for u in updates.each}
    assert np.allclose(new["W"], [[0.362, 0.5772], [0.671, -0.2174]], atol=1e-12)
    # dx = 2 Wᵀ W x: 2·(.4·.38 + .7·.29) = .71 and 2·(.6·.38 − .2·.29) = .34
    assert np.allclose(new["x"], [0.5 - 0.1 * 0.71, 0.3 - 0.1 * 0.34], atol=1e-12)
    frame = gv.frame(trace, len(trace) - 1)
    assert frame.heading == "Update" and "0.362" in frame.formula.latex[-1]
    last = gv.frame(trace, len(trace))
    assert "0.429" in last.formula.unicode[-1] and "0.266" in last.formula.unicode[-1]


def test_losses_before_and_after_and_what_the_slope_promised() -> None:
    run = gv.learn(NORM, W=W, x=X, wrt="W", lr=0.1, passes=2)
    updates = run.trace(1).updates
    assert updates is not None
    assert updates.before == pytest.approx(0.2285, abs=1e-12)
    assert updates.after == pytest.approx(float(run.losses[1]), abs=0) == run.losses[1]
    # 0.2285 − 0.1 · (0.38² + 0.228² + 0.29² + 0.174²)
    squares = 0.38**2 + 0.228**2 + 0.29**2 + 0.174**2
    assert updates.promised == pytest.approx(0.2285 - 0.1 * squares, abs=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "nesterov"])
@pytest.mark.parametrize("every", [1, 7, 50])
def test_a_pass_replayed_from_the_middle_is_the_runs(optimizer: str, every: int) -> None:
    """Kept thinly or not, each pass begins with the same bits."""
    whole = ring(optimizer=optimizer)
    thin = ring(optimizer=optimizer)
    kept = [i for i, k in enumerate(whole.kept.at) if k % every == 0 or k == whole.passes]
    thin.kept.at = [whole.kept.at[i] for i in kept]
    thin.kept.weights = whole.kept.weights[kept]
    thin.kept.state = {name: rows[kept] for name, rows in whole.kept.state.items()}
    for k in (1, 2, 8, 37, 60):
        a, b = whole.trace(k), thin.trace(k)
        assert a.to_json() == b.to_json() and not b.note
        assert a.value(a.graph.output) == whole.losses[k - 1]


def test_the_same_seed_gives_the_same_run_bit_for_bit() -> None:
    first, again, other = ring(), ring(), ring(seed=4)
    assert first.to_json() == again.to_json()
    assert first.losses.tobytes() != other.losses.tobytes()


def test_a_pass_hands_on_to_the_next() -> None:
    run = ring(optimizer="momentum")
    before, after = run.trace(20).updates, run.trace(21)
    assert before is not None
    for update in before.each:
        name = after.graph.nodes[update.node].name
        assert np.array_equal(update.after, after.value(name))
        then = after.updates.of(update.node)  # type: ignore[union-attr]
        assert np.array_equal(update.state_after["v"], then.state_before["v"])  # type: ignore[union-attr]


def test_another_machine_that_rounds_differently_is_told() -> None:
    run = ring()
    run.losses[30] = np.nextafter(run.losses[30], 1)
    assert "rounds differently" in run.trace(31).note
    run.kept.at, run.kept.weights = [0, 60], run.kept.weights[[0, 60]]
    assert "rounds differently" in run.trace(40).note
    assert not run.trace(20).note


def test_gradients_of_each_sample_beside_their_mean() -> None:
    """Their mean is the gradient of the pass; each is a difference quotient of its own loss."""
    run = ring(batch=4)
    found = run.samples(5)
    trace = run.trace(5)
    for name in run.trained:
        assert np.allclose(found.gradients[name].mean(axis=0), trace.gradient(name), atol=1e-12)
        assert np.array_equal(found.mean[name], trace.gradient(name))
    assert found.losses.mean() == pytest.approx(trace.updates.before)  # type: ignore[union-attr]
    row, h = int(found.rows[2]), 1e-6
    weights = run.weights(5)
    losses = []
    for sign in (1, -1):
        moved = {**weights, "W1": weights["W1"].copy()}
        moved["W1"][1, 0] += sign * h
        assert run.data is not None
        values = {"x": run.data.x[row : row + 1], "label": run.data.t[row : row + 1]}
        losses.append(float(gv.compile(run.graph).value(values=values | moved)))
    assert found.gradients["W1"][2][1, 0] == pytest.approx(
        (losses[0] - losses[1]) / 2 / h, abs=1e-7
    )


@pytest.mark.parametrize("k", [0, -1, 61, 10**9, True])
def test_passes_that_there_are_not(k: Any) -> None:
    with pytest.raises(GradvizError, match="there is no pass"):
        ring().trace(k)


def test_a_step_of_descent_after_any_trace() -> None:
    """Also of exact numbers: w − η g of fractions."""
    trace = gv.run("(w - 1)**2", w="1/3", backend="exact")
    told = updated(trace, descent("sgd", lr=0.25))
    assert told.updates is not None
    assert str(told.updates.each[0].after) == "2/3"  # 1/3 − 1/4 · 2 · (−2/3)
    frame = gv.frame(told, len(told))
    assert "2/3" in "".join(frame.formula.unicode)
    assert told.updates.after == pytest.approx(1 / 9)
    with pytest.raises(GradvizError, match="needs gradients"):
        updated(gv.run("x*2", x=[1, 2]), descent("sgd"))


def test_a_trace_keeps_the_values_before_and_frames_show_the_new_ones() -> None:
    trace = gv.learn("(w*x - 1)**2", w=2, x=1, wrt="w", lr=0.1, passes=1).trace(1)
    assert trace.value("w") == 2.0 and trace.gradient("w") == 2.0
    steps = len(trace)
    w = trace.graph.find("w")
    assert float(gv.frame(trace, steps - 1).node(w).value) == 2.0
    assert float(gv.frame(trace, steps).node(w).value) == pytest.approx(1.8)
    assert trace.phase(steps) == "update" and trace.phase(steps - 1) == "backward"


def test_traces_with_updates_round_trip_and_are_checked() -> None:
    for optimizer in ("sgd", "adamw", "rmsprop"):
        trace = ring(optimizer=optimizer, l2=0.1, clip_norm=1.0, schedule="cosine").trace(17)
        text = trace.to_json()
        again = gv.Trace.from_json(text)
        assert again.to_json() == text and len(again) == len(trace)
    row = json.loads(text)
    changed = row["steps"][-1]
    changed["after"] = [v + 0.5 for v in changed["after"]]
    with pytest.raises(GradvizError, match="does not follow from its rule"):
        gv.Trace.from_json(json.dumps(row))
    row = json.loads(text)
    del row["updates"]
    with pytest.raises(GradvizError, match="updates without their rule"):
        gv.Trace.from_json(json.dumps(row))
    row = json.loads(text)
    row["updates"]["rule"]["lines"] = [["w", "w - oops*g"]]
    with pytest.raises(GradvizError, match="cannot be worked out"):
        gv.Trace.from_json(json.dumps(row))
