"""A network as units: what is recognised as layers, what is refused and why, and every number of
the walk beside NumPy and central differences.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.trace.neurons import Place, UnitTrace
from gradviz.trace.walks import Walk, landing
from tests.neuron_samples import FIGURES, Sample, samples

STEP = 1e-5
SQUARE = {"W": [[1, 2], [3, 4]], "V": [[1, 2], [3, 4]], "x": [1, 2]}
SCORES = {"W": [[1, 2], [0, 1]], "x": [3, 4]}
NEURON = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
HIDDEN = {"W": [[1, 2]], "V": [[3], [4]], "x": [3, 4]}
PIXELS = {"W": [[1, 2, 3, 4]], "x": [[1, 2], [3, 4]]}
NORMED = {"W": [[1, 2], [3, 5]], "V": [[1, 2]], "x": [1, 2], "g": [1, 1], "b": [0, 0]}
CHAIN = {"w": 1, "x": 2, "b": 3, "v": 4, "c": 5}


def walk(source: Any, **values: Any) -> UnitTrace:
    found = views.walk(gv.run(source, **values), "neurons")
    assert isinstance(found, UnitTrace)
    return found


@settings(deadline=None, max_examples=25)
@given(samples())
def test_the_numbers_of_random_networks(sample: Sample) -> None:
    """Sums and values as NumPy has them; δ as differences of the loss; ∂L/∂w = δ · input."""
    check_numbers(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=300)
@given(samples())
def test_the_numbers_of_many_random_networks(sample: Sample) -> None:
    check_numbers(sample)


def check_numbers(sample: Sample) -> None:
    made = sample.walk()
    zs, hs, loss = sample.forward()
    assert [layer.size for layer in made.layers] == list(sample.sizes)
    for layer, z, h in zip(made.layers, zs, hs, strict=True):
        assert layer.sums == pytest.approx(z, abs=1e-12)
        assert layer.values == pytest.approx(h, abs=1e-12)
    for step in made:
        if step.place.kind == "unit":
            assert sum(t.product for t in step.terms) + (step.bias or 0) == pytest.approx(step.sum)
        elif step.place.kind == "loss":
            assert step.value == pytest.approx(loss)
        elif step.place.kind in ("delta", "inputs") and step.terms:
            assert sum(t.product for t in step.terms) == pytest.approx(step.gradient, abs=1e-12)
    if sample.has_kinks_near or not made.has_backward:
        return
    for k, layer in enumerate(made.layers):
        for unit in range(layer.size):
            if layer.deltas is not None:
                found = layer.deltas[unit]
                assert found == pytest.approx(slope(sample, k, unit), rel=1e-5, abs=1e-7)
    for k, layer in enumerate(made.layers[1:], 1):
        if layer.weight_gradients is not None and layer.deltas is not None:
            product = np.outer(layer.deltas, made.layers[k - 1].values)
            assert np.array(layer.weight_gradients) == pytest.approx(product, abs=1e-12)


def slope(sample: Sample, layer: int, unit: int) -> float:
    """∂L/∂z of a unit by central differences in NumPy."""
    up, down = (sample.forward({(layer, unit): by})[2] for by in (STEP, -STEP))
    return float((up - down) / (2 * STEP))


def test_the_walk_of_the_slide() -> None:
    """2-3-1: five steps forward; back one for each δ, one for each layer's weights, one for x."""
    source, values = FIGURES["2-3-1"]
    made = walk(source, **values)
    assert isinstance(made, Walk) and made.kind == "neurons" and made.source == source
    assert (len(made), made.forward_steps) == (12, 5)
    kinds = [(place.kind, place.layer) for place in made.places]
    assert kinds[:5] == [*[("unit", 1)] * 3, ("unit", 2), ("loss", 3)]
    assert kinds[5:] == [
        ("delta", 2), ("weights", 2), *[("delta", 1)] * 3, ("weights", 1), ("inputs", 0),
    ]  # fmt: skip
    step = made.step(9)
    assert [round(v, 3) for v in (step.gradient or 0, step.slope or 0, step.delta or 0)] == [
        -0.383, 0.915, -0.351,
    ]  # fmt: skip
    assert [made.phase(k) for k in (0, 1, 5, 6, 12)] == [
        "start", "forward", "forward", "backward", "backward",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_switching_lands_on_the_step_that_holds_the_present_one(name: str) -> None:
    source, values = FIGURES[name]
    made = walk(source, **values)
    trace = made.trace
    held = [made.trace_step(k) for k in range(len(made) + 1)]
    assert held == sorted(held) and held[0] == 0
    for k in range(1, len(made) + 1):
        found = landing(made, made.trace_step(k))
        assert made.trace_step(found) == made.trace_step(k) and found <= k
    for k in range(1, len(trace) + 1):
        found = landing(made, k)
        assert (made.phase(found) == "forward") == (trace.phase(k) == "forward")
    node = trace.graph.find("o")
    assert made.places[landing(made, trace.known_since(node)) - 1] == Place("unit", 2, 0)


@pytest.mark.parametrize(
    ("source", "values", "sizes", "bias"),
    [
        ("W @ x", {"W": [[1, 2]], "x": [3, 4]}, "2-1", None),
        ("sum(W @ x + b)", {"W": [[1, 2]], "x": [[3], [4]], "b": [[5]]}, "2-1", 5),
        ("x @ W + b", {"W": [[1], [2]], "x": [[3, 4]], "b": 5}, "2-1", 5),
        ("w @ x - t >= 0", {"w": [1, 2], "x": [3, 4], "t": 5}, "2-1", -5),
        ("sigmoid(w @ x - t)", {"w": [1, 2], "x": [3, 4], "t": 5}, "2-1", -5),
        ("sum((W @ x - t)**2)", {"W": [[1, 2]], "x": [3, 4], "t": [5]}, "2-1", None),
        ("sigmoid(w0*x0 + w1*x1 + w2)", NEURON, "2-1", -3),
        ("tanh(x1*w1 + x2*w2 - t)", {"w1": 2, "x1": -1, "w2": -3, "x2": -2, "t": 4}, "2-1", -4),
        ("h = relu(dot(W, x)); sum(V @ h)", HIDDEN, "2-1-2", None),
        ("sum(relu(linear(flatten(x), W)))", PIXELS, "4-1", None),
        ("linear(append(x), W)", {"W": [[1, 2, 7]], "x": [3, 4]}, "2-1", 7),
        ("softmax(W @ x)", SCORES, "2-2", None),
        ("s = W @ x; p = softmax(s); -log(p[0])", SCORES, "2-2", None),
        ("W @ [a, b]", {"W": [[1, 2]], "a": 3, "b": 4}, "2-1", None),
    ],
)  # fmt: skip
def test_layers_are_found_however_they_are_written(
    source: str, values: dict[str, Any], sizes: str, bias: float | None
) -> None:
    made = walk(source, **values)
    assert "-".join(str(layer.size) for layer in made.layers) == sizes
    last = made.layers[-1]
    assert (None if last.bias is None else last.bias[0]) == bias
    assert all(step.number for step in made)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("mlp:2-3-1", "2-3-1"), ("xor", "2-2-1"), ("xor,activation=step", "2-2-1"), ("and", "2-1"),
        ("or", "2-1"), ("neuron", "2-1"), ("linear-classifier", "4-3"),
        ("mnist-mlp,loss=squared_error", "784-15-10"), ("mnist-mlp-plain", "784-15-10"),
        ("mlp:30-25-2,loss=softmax_cross_entropy", "30-25-2"),
    ],
)  # fmt: skip
def test_networks_of_the_zoo(name: str, sizes: str) -> None:
    net = gv.net(name)
    given = {n.name: 1 if n.name == "label" else np.ones(n.options["shape"]) for n in net.required}
    made = walk(net, **given)
    assert "-".join(str(layer.size) for layer in made.layers) == sizes
    assert all(layer.bias is not None for layer in made.layers[1:])
    assert made.image == ("mnist-mlp" in name and "plain" not in name)


def test_a_large_layer_is_stepped_through_in_part() -> None:
    """The first two, one of the largest near the middle, the last; those left out are known with
    the last.
    """
    x = np.zeros(100)
    x[60], x[3] = 0.9, 1.0
    made = walk("h = relu(W @ x); sum(V @ h)", W=np.ones((30, 100)), V=np.ones((2, 30)), x=x)
    inputs, hidden, _ = made.layers
    assert inputs.shown == (0, 1, 60, 99) and len(hidden.shown) == 4
    assert made.since(Place("unit", 1, 17)) == made.since(Place("unit", 1, 29)) == 4
    assert made.since(Place("unit", 0, 50)) == 0 and made.since(Place("weights", 7)) is None


@pytest.mark.parametrize(
    ("source", "values", "message"),
    [
        ("exp(x)", {"x": 1}, "no weights are multiplied"),
        ("x*y", {"x": 1, "y": 2}, "no weights are multiplied"),
        ("h = relu(W @ x); sum(V @ h + x)", SQUARE, "x goes to"),
        ("h = relu(W @ x); sum((V @ h - x)**2)", SQUARE, "x goes to"),
        ("sum(relu(x @ W))", {"x": [[1, 2], [3, 4]], "W": [[1, 2], [3, 4]]}, "one sample"),
        ("sum(W @ exp(x))", {"W": [[1, 2]], "x": [1, 2]}, "exp comes before"),
        ("sum(V @ layernorm(W @ x, g, b) )", NORMED, "one layer after the other"),
        ("outer = W @ x; outer[0:1]", {"W": [[1, 2], [3, 4], [5, 6]], "x": [1, 2]}, None),
        ("h = tanh(w*x + b); tanh(v*h + c) + h", CHAIN, "h goes to"),
    ],
)  # fmt: skip
def test_what_is_no_chain_of_layers_is_refused_with_the_reason(
    source: str, values: dict[str, Any], message: str | None
) -> None:
    if message is None:
        assert walk(source, **values).tail
        return
    with pytest.raises(ValueInputError, match=message) as error:
        walk(source, **values)
    assert "\n" not in error.value.what and error.value.hint


def test_exact_numbers_and_unknown_views_are_refused() -> None:
    trace = gv.run("W @ x", W=[[1, 2]], x=[3, 4], backend="exact")
    with pytest.raises(ValueInputError, match="decimal numbers"):
        views.walk(trace, "neurons")
    with pytest.raises(UnknownNameError, match="there is no view 'neuron'") as error:
        views.walk(trace, "neuron")
    assert "neurons" in error.value.hint
    assert views.walk(trace, "graph") is trace and views.fits(trace, "graph")
    assert not views.fits(trace, "neurons")


def test_nan_and_infinities_go_through() -> None:
    made = walk("h = relu(W @ x); sum(h)", W=[[1, 2], [3, 4]], x=[math.inf, math.nan])
    assert all(math.isnan(v) for v in made.layers[1].sums)
    assert len(list(made)) == len(made)
