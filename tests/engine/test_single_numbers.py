"""Networks of single numbers, written out by hand: the same units as the network of arrays, whose
numbers NumPy gives; and what is no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.story import walks
from gradviz.trace.neurons import UnitTrace
from tests.neuron_samples import SPELT, Sample, samples

GIVEN = {
    "x1": 0.05, "x2": 0.1, "w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45,
    "w7": 0.5, "w8": 0.55, "b1": 0.35, "b2": 0.6, "t1": 0.01, "t2": 0.99,
}  # fmt: skip
MAZUR = (
    "h1 = sigmoid(w1*x1 + w2*x2 + b1); h2 = sigmoid(w3*x1 + w4*x2 + b1);"
    "o1 = sigmoid(w5*h1 + w6*h2 + b2); o2 = sigmoid(w7*h1 + w8*h2 + b2);"
    "1/2*(t1 - o1)**2 + 1/2*(t2 - o2)**2"
)
"""The worked example of Mazur, A step by step backpropagation example (2015)."""


def walk(source: str, **values: Any) -> UnitTrace:
    made = views.walk(gv.run(source, **values), "neurons")
    assert isinstance(made, UnitTrace)
    return made


def by_hand(sample: Sample, turned: bool) -> tuple[str, dict[str, float]]:
    """A sample's network with a name for every weight, and the values."""
    given, said = dict[str, float](), list[str]()
    arrays = sample.values
    before = [f"x{i}" for i in range(sample.sizes[0])]
    given |= dict(zip(before, map(float, arrays["x"]), strict=True))
    for k, bend in enumerate(sample.bends, 1):
        weights = arrays[f"W{k}"]
        rows = weights.T if sample.form.endswith("@ W{k}") else weights
        names = []
        for u, row in enumerate(rows):
            own = [f"w{k}_{u}_{i}" for i in range(len(row))]
            given |= dict(zip(own, map(float, row), strict=True))
            terms = [f"{w}*{x}" for w, x in zip(own, before, strict=True)]
            terms = terms[::-1] if turned and u % 2 else terms
            if sample.biased:
                given[f"b{k}_{u}"] = float(arrays[f"b{k}"][u])
                terms.append(f"b{k}_{u}")
            names.append(f"a{k}_{u}")
            spelt = SPELT.get(bend, f"{bend}({{}})").format(" + ".join(terms))
            said.append(f"{names[-1]} = {spelt}")
        before = names
    given |= {f"t{u}": float(t) for u, t in enumerate(arrays["t"])}
    loss = " + ".join(f"({a} - t{u})**2" for u, a in enumerate(before))
    return "; ".join([*said, loss]), given


@settings(deadline=None, max_examples=25)
@given(samples(most=3, layers=3), st.booleans())
def test_they_are_the_units_of_the_same_network_of_arrays(sample: Sample, turned: bool) -> None:
    check_same(replace(sample, loss="squares"), turned)


@pytest.mark.proof
@settings(deadline=None, max_examples=200)
@given(samples(most=4, layers=3), st.booleans())
def test_so_are_those_of_many_networks(sample: Sample, turned: bool) -> None:
    check_same(replace(sample, loss="squares"), turned)


def check_same(sample: Sample, turned: bool) -> None:
    """A layer of one unit without activation, bias and partner is no neuron but a factor."""
    bare = [
        size == 1 and before == 1 and not bend
        for before, size, bend in zip(sample.sizes, sample.sizes[1:], sample.bends, strict=False)
    ]
    assume(not any(bare) and not sample.has_kinks_near)
    assume(sample.biased or sample.sizes[0] > 1)
    source, given = by_hand(sample, turned)
    made, arrays = walk(source, **given), sample.walk()
    zs, hs, loss = sample.forward()
    assert [layer.size for layer in made.layers] == list(sample.sizes)
    for layer, z, h, other in zip(made.layers, zs, hs, arrays.layers, strict=True):
        is_first = layer is made.layers[0] and layer.names
        order = [int(name[1:]) for name in layer.names] if is_first else range(layer.size)
        assert list(layer.sums) == pytest.approx([z[i] for i in order], abs=1e-12)
        assert list(layer.values) == pytest.approx([h[i] for i in order], abs=1e-12)
        assert (layer.deltas is None) == (other.deltas is None)
        if layer.deltas is not None and other.deltas is not None:
            assert list(layer.deltas) == pytest.approx([other.deltas[i] for i in order], abs=1e-9)
    assert float(made.trace.values[made.trace.graph.output]) == pytest.approx(loss, abs=1e-12)
    for layer, other in zip(made.layers[2:], arrays.layers[2:], strict=True):
        same(layer.weights, other.weights)
        if layer.weight_gradients is not None and other.weight_gradients is not None:
            same(layer.weight_gradients, other.weight_gradients)
    for step in made:
        assert step.number


def same(found: Sequence[Sequence[float]], expected: Sequence[Sequence[float]]) -> None:
    assert np.array(found) == pytest.approx(np.array(expected), abs=1e-9)


def test_the_worked_example_everyone_knows() -> None:
    """Its numbers as published: outputs, error, and three gradients."""
    made = walk(MAZUR, **GIVEN)
    assert [round(v, 9) for v in made.layers[2].values] == [0.751365070, 0.772928465]
    assert float(made.trace.values[made.trace.graph.output]) == pytest.approx(
        0.298371109, abs=5e-10
    )
    assert round(float(made.trace.gradient("w5")), 9) == 0.082167041
    assert round(float(made.trace.gradient("w1")), 9) == 0.000438568
    story = walks.of(made)
    said = [story.frame(k).sentence for k in range(len(made) + 1)]
    assert said[1].startswith("h1 weighs its two inputs and adds its bias: the sum is 0.378")
    assert said[8].startswith("A weight receives its unit's δ times its input; the bias receives")
    formula = story.frame(5).formula
    assert formula is not None and "(t1 − o1)" in formula.block.flat
    assert story.title == "2-2-2 neurons"


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ("h = tanh(w1*x1 + b1); tanh(w2*h + b2)", [1, 1, 1]),
        ("sigmoid(w2*sigmoid(w1*x1))", [1, 1, 1]),
        ("h1 = relu(x1*w1 + w2*x2); h2 = relu(w4*x2 + w3*x1); (h2*w5 + h1*w6 - t1)**2", [2, 2, 1]),
        ("h1 = 1/(1+exp(-(w1*x1+b1))); h2 = 1/(1+exp(-(w2*x1+b2))); w3*h1 + w4*h2", [1, 2, 1]),
        ("h1 = sigmoid(w1*x1+w2*x2); h2 = sigmoid(w1*x2+w2*x1); w3*h1 + w4*h2", [2, 2, 1]),
        ("h = tanh(w1*x1 + w2*x2 + b1); -log(sigmoid(w3*h + b2))", [2, 1, 1]),
        ("0.5*(w1*x1 + b1 - t1)**2", [1, 1]),
        ("relu(w1*x1 + w2*x2 - b1)", [2, 1]),
    ],
)
def test_ways_to_write_them(source: str, sizes: list[int]) -> None:
    names = {node.name for node in gv.parse(source).inputs}
    made = walk(source, **{name: GIVEN[name] for name in names})
    assert [layer.size for layer in made.layers] == sizes
    assert all(step.number for step in made)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("h1 = tanh(w1*x1+w2*x2); h2 = tanh(w3*x1); h1*w4 + h2*w5", "a weight for every value"),
        ("h1 = tanh(w1*x1+w2*x2); h2 = relu(w3*x1+w4*x2); h1*w5 + h2*w6", "the same activation"),
        ("h1 = tanh(w1*x1+b1); h2 = tanh(w3*x1); h1*w5 + h2*w6", "all a bias or none"),
        ("h = tanh(w1*x1+w2*x2+b1); h*w5 + x1*w3", "a weight for every value"),
        ("h = tanh(w1*x1+w2*x2+b1); h*w5 + x1", "one layer after the other"),
        ("(x1 + x2)*b1", "no neurons here"),
        ("w1*x1*x2 + b1", "no neurons here"),
        ("x1*x2", "no neurons here"),
        ("x1*x2 + t1", "no neurons here"),
        ("(x1*x2 + t1) * maximum(x2, t1)", "no neurons here"),
        ("tanh(x1*x2)", "no neurons here"),
    ],
)
def test_what_is_no_network_is_refused_with_the_reason(source: str, said: str) -> None:
    names = {node.name for node in gv.parse(source).inputs}
    with pytest.raises(ValueInputError, match=said):
        walk(source, **{name: GIVEN[name] for name in names})
