"""W · x + b = s: every number of the walk beside NumPy and central differences; what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.trace.matrix import Place
from gradviz.trace.walks import Walk, landing
from tests.matrix_samples import IMAGE, Sample, samples, walk

STEP = 1e-5
DEEP = {"W": [[1, 2], [3, 4]], "V": [[0.5, -1]], "x": [0.1, 0.2], "b": [0, 0]}


@settings(deadline=None, max_examples=40)
@given(samples())
def test_the_numbers_of_random_products(sample: Sample) -> None:
    check_numbers(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=400)
@given(samples())
def test_the_numbers_of_many_random_products(sample: Sample) -> None:
    check_numbers(sample)


def check_numbers(sample: Sample) -> None:
    made, values = sample.walk(), sample.values
    eq = made.equation
    s, _ = sample.loss(**values)
    weights = values["W"].T if sample.form.startswith("x @") else values["W"]
    assert eq.flipped == sample.form.startswith("x @") or 1 in weights.shape
    assert np.array(eq.weights) == pytest.approx(weights, abs=0)
    assert np.array(eq.scores) == pytest.approx(s, abs=1e-12)
    slopes = {name: slope(sample, name) for name in values if name != "t"}
    assert eq.upstream is not None and eq.outer is not None and eq.back is not None
    assert np.array(eq.upstream) == pytest.approx(2 * (s - values["t"]), abs=1e-12)
    outer = slopes["W"].T if sample.form.startswith("x @") else slopes["W"]
    assert np.array(eq.outer) == pytest.approx(outer, rel=1e-5, abs=1e-6)
    assert np.array(eq.back) == pytest.approx(slopes["x"].ravel(), rel=1e-5, abs=1e-6)
    if "b" in values:
        assert np.array(eq.down) == pytest.approx(slopes["b"], rel=1e-5, abs=1e-6)
    for step in made:
        at, kind = step.place.at or 0, step.place.kind
        products = [t.product for t in step.terms]
        if kind == "row":
            assert products == pytest.approx(weights[at] * values["x"].ravel(), abs=0)
            assert sum(step.parts) == pytest.approx(step.total, abs=1e-12)
            assert (step.total or 0) + (step.bias or 0) == pytest.approx(s[at], abs=1e-12)
        elif kind == "weights":
            assert products == pytest.approx(outer[at], rel=1e-5, abs=1e-6)
        elif kind == "inputs":
            assert products == pytest.approx(weights[:, at] * np.array(eq.upstream), abs=1e-12)
            assert sum(step.parts) == pytest.approx(step.total, abs=1e-12)
            assert step.total == pytest.approx(slopes["x"].ravel()[at], rel=1e-5, abs=1e-6)


def slope(sample: Sample, name: str) -> Any:
    """∂L/∂ an input by central differences in NumPy."""
    values = sample.values
    found = np.zeros_like(values[name])
    for place in np.ndindex(found.shape):
        ends = []
        for by in (STEP, -STEP):
            moved = {**values, name: values[name].copy()}
            moved[name][place] += by
            ends.append(sample.loss(**moved)[1])
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def test_the_walk_of_the_slide() -> None:
    """A step for each row; back one for b, one for each row of ∂L/∂W, one for each input."""
    source, values = IMAGE
    made = walk(source, **values)
    assert isinstance(made, Walk) and made.kind == "matrix" and made.source == source
    assert (len(made), made.forward_steps, made.label, made.image) == (11, 3, 1, True)
    assert [round(t.product, 3) for t in made.step(2).terms] == [-0.05, 0.3, 0.007, 0.812]
    assert [round(v, 3) for v in made.equation.scores] == [0.631, 0.969, 0.71]
    kinds = [place.kind for place in made.places]
    assert sorted(kinds[3:]) == ["bias", *["inputs"] * 4, *["weights"] * 3]
    held = [made.trace_step(k) for k in range(len(made) + 1)]
    assert held == sorted(held) and held[0] == 0
    for k in range(1, len(made.trace) + 1):
        found = landing(made, k)
        assert (made.phase(found) == "forward") == (made.trace.phase(k) == "forward")
    assert [made.phase(k) for k in (0, 3, 4)] == ["start", "forward", "backward"]


def test_large_matrices_are_walked_through_in_part() -> None:
    x = np.zeros(100)
    x[60] = 5.0
    made = walk("sum((W @ x)**2)", W=np.ones((30, 100)), x=x)
    assert made.columns == (0, 1, range(2, 60), 60, range(61, 99), 99)
    assert made.forward_steps == 4 and made.rows[-1] == 29
    assert made.step(1).parts == (0, 0, 0, 5, 0, 0)
    assert made.since("row", 7) is None


@pytest.mark.parametrize(
    ("source", "values", "shape"),
    [
        ("W @ x", {"W": [[1, 2]], "x": [3, 4]}, (1, 2)),
        ("w @ x", {"w": [1, 2], "x": [3, 4]}, (1, 2)),
        ("sum(W @ x + b)", {"W": [[1, 2]], "x": [[3], [4]], "b": [[5]]}, (1, 2)),
        ("x @ W + b", {"W": [[1], [2]], "x": [[3, 4]], "b": 5}, (1, 2)),
        ("sum(W @ x + b)", {"W": [[1, 2], [3, 4], [5, 6]], "x": [3, 4], "b": 5}, (3, 2)),
        ("linear(append(x), W)", {"W": [[1, 2, 7]], "x": [3, 4]}, (1, 2)),
        ("sum(V @ tanh(W @ x + b))", DEEP, (2, 2)),
        ("sum(W @ exp(x))", {"W": [[1, 2]], "x": [1, 2]}, (1, 2)),
    ],
)
def test_products_are_found_however_they_are_written(
    source: str, values: dict[str, Any], shape: tuple[int, int]
) -> None:
    made = walk(source, **values)
    assert made.shape == shape and all(step.number for step in made)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("linear-classifier", (3, 4)), ("mlp:2-3-1", (3, 2)), ("mnist-mlp", (15, 784)),
        ("mlp:30-25-2,loss=softmax_cross_entropy", (25, 30)), ("tiny-cnn", None),
    ],
)  # fmt: skip
def test_networks_of_the_zoo(name: str, shape: tuple[int, int] | None) -> None:
    net = gv.net(name)
    given = {n.name: 1 if n.name == "label" else np.ones(n.options["shape"]) for n in net.required}
    made = walk(net, **given)
    assert shape is None or made.shape == shape
    assert all(step.number for step in made)


def test_a_bias_that_is_one_number_receives_the_sum() -> None:
    made = walk("sum(W @ x + b)", W=[[1, 2], [3, 4], [5, 6]], x=[3, 4], b=5)
    (step,) = (s for s in made if s.place.kind == "bias")
    assert step.result == 3 and made.equation.shared


def test_a_threshold_is_subtracted() -> None:
    made = walk("sum(sigmoid(W @ x - b))", W=[[1, 2], [0, 1]], x=[0.3, 0.4], b=[0.5, 1])
    eq = made.equation
    assert eq.bias == (-0.5, -1) and eq.scores == pytest.approx((0.6, -0.6))
    assert eq.upstream is not None and eq.down == pytest.approx([-u for u in eq.upstream])


def test_what_is_used_elsewhere_receives_more() -> None:
    """Only what this product brings is shown, and that is known."""
    made = walk("sum(W @ x) + sum(x) + sum(W)", W=[[1, 2]], x=[3, 4])
    assert made.equation.elsewhere == {"W", "x"}
    assert made.equation.back == (1, 2) and made.equation.outer == ((3, 4),)


def test_the_node_that_is_stepped_into() -> None:
    from gradviz.engine.inside.into import into

    trace = gv.run("h = tanh(W @ x + b); v = V @ h; sum(v)", **DEEP)
    made = views.seen(into(trace, "v"), "matrix", "v")
    assert made.shape == (1, 2) and made.trace is trace
    assert made.equation.inputs == pytest.approx(np.tanh([0.5, 1.1]))
    with pytest.raises(ValueInputError, match="not what is inside"):
        views.seen(into(trace, "v"), "neurons", "v")


@pytest.mark.parametrize(
    ("source", "values", "message"),
    [
        ("exp(x)", {"x": 1}, "no product of a matrix and a column"),
        ("w1*x1 + w2*x2", {"w1": 1, "w2": 2, "x1": 3, "x2": 4}, "no product of a matrix"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(
    source: str, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueInputError, match=message) as error:
        walk(source, **values)
    assert "\n" not in error.value.what and error.value.hint


def test_exact_numbers_and_huge_matrices_are_refused() -> None:
    with pytest.raises(ValueInputError, match="decimal numbers"):
        views.walk(gv.run("W @ x", W=[[1, 2]], x=[3, 4], backend="exact"), "matrix")
    with pytest.raises(ValueInputError, match="cannot show a layer of"):
        walk("W @ x", W=np.ones((1001, 1000)), x=np.ones(1000))


def test_steps_beyond_the_end() -> None:
    made = walk(IMAGE[0], **IMAGE[1])
    for number in (0, 12, True):
        with pytest.raises(ValueInputError, match="there is no step"):
            made.step(number)
    assert made.places[0] == Place("row", 0) and "3×4" in repr(made)
