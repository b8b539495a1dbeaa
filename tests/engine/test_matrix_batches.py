"""Batches: W · X + b = S beside NumPy and central differences, sample by sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.story import walks
from tests.matrix_samples import Batch, batches, walk

STEP = 1e-5


@settings(deadline=None, max_examples=25)
@given(batches())
def test_the_numbers_of_random_batches(sample: Batch) -> None:
    check(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=250)
@given(batches(most=12))
def test_the_numbers_of_many_random_batches(sample: Batch) -> None:
    check(sample)


def check(sample: Batch) -> None:
    """Every column of X and of S is a sample; gradients of W and b are sums over them."""
    made, values = walk(sample.source, **sample.values), sample.values
    eq, by_rows = made.equation, sample.by_rows
    weights = values["W"].T if "X @ W" in sample.form else values["W"]
    columns = values["X"] if by_rows else values["X"].T
    sums = sample.sums(values)
    assert (made.batch, made.shape) == (sample.samples, weights.shape)
    assert (eq.turned, eq.turned_sums, eq.flipped) == (by_rows, by_rows, "X @ W" in sample.form)
    assert np.array(eq.weights) == pytest.approx(weights, abs=0)
    assert np.array([s.inputs for s in eq.samples]) == pytest.approx(columns, abs=0)
    scores = sums if by_rows else sums.T
    assert np.array([s.scores for s in eq.samples]) == pytest.approx(scores, abs=1e-12)
    back = slope(sample, "X")
    assert np.array([s.back for s in eq.samples]) == near(back if by_rows else back.T)
    outer = slope(sample, "W")
    assert np.array(eq.outer) == near(outer.T if eq.flipped else outer)
    bias = next((name for name in "Bbc" if name in values), None)
    assert (bias is None) == (eq.bias is None)
    if bias in ("B", "b"):
        assert np.array(eq.down) == near(slope(sample, bias).ravel())
    for step in made:
        at, n = step.place.at or 0, step.place.sample
        products = [t.product for t in step.terms]
        if step.place.kind == "row":
            assert products == pytest.approx(weights[at] * columns[n], abs=0)
            assert step.result == pytest.approx(scores[n][at], abs=1e-12)
        elif step.place.kind == "inputs":
            assert sum(products) == near((back if by_rows else back.T)[n][at])
        elif step.place.kind == "weights":
            assert step.element is not None
            whole = outer.T if eq.flipped else outer
            assert sum(products) == near(whole[at][step.element]) and step.result == near(
                whole[at][step.element]
            )
        elif bias == "c":
            assert step.result == near(slope(sample, "c"))


def near(value: Any) -> Any:
    return pytest.approx(value, rel=1e-4, abs=1e-5)


def slope(sample: Batch, name: str) -> Any:
    """∂L/∂ an input by central differences in NumPy."""
    values = sample.values
    found = np.zeros(np.shape(values[name]))
    for place in np.ndindex(found.shape):
        ends = []
        for by in (STEP, -STEP):
            moved = {**values, name: np.array(values[name], float)}
            moved[name][place] += by
            ends.append(sample.loss(moved))
        found[place] = (ends[0] - ends[1]) / (2 * STEP)
    return found


def test_labels_are_one_for_each_sample() -> None:
    made = walk(
        "S = X @ W; softmax_cross_entropy(S, y)", X=[[1, 2], [3, 4], [0, 1]], W=[[1, 0], [0, 1]],
        y=[0, 1, 1],
    )  # fmt: skip
    assert made.labels == (0, 1, 1) and made.label == 0


def test_a_large_batch_is_shown_in_part() -> None:
    x = np.ones((50, 3))
    x[20] = 9
    made = walk("sum((X @ W)**2)", X=x, W=np.ones((3, 2)))
    assert made.samples == (0, 1, range(2, 20), 20, range(21, 49), 49)
    said = [walks.of(made).frame(k).note for k in range(1, len(made) + 1)]
    assert said[made.forward_steps - 1] == "The 46 samples that are not drawn do the same."
    assert len(made) == 4 * 2 + 4 * 3 + 2


def test_three_axes_are_samples_too_and_a_product_for_each_is_none() -> None:
    made = walk("sum(X @ W)", X=np.ones((2, 3, 4)), W=np.ones((4, 5)))
    assert (made.batch, made.shape) == (6, (5, 4))
    trace = gv.run("sum(X @ W)", X=np.ones((2, 3, 4)), W=np.ones((2, 4, 5)))
    with pytest.raises(ValueInputError, match="shows one sample"):
        views.walk(trace, "matrix")


def test_too_many_products_are_refused() -> None:
    trace = gv.run("sum(X @ W)", X=np.ones((300, 100)), W=np.ones((100, 100)))
    with pytest.raises(ValueInputError, match="3,000,000 multiplications") as error:
        views.walk(trace, "matrix")
    assert "fewer samples" in str(error.value)


def test_the_sentences_say_the_sum_over_the_batch() -> None:
    values = {"X": [[1, 2, 3], [0.5, -1, 2]], "W": [[0.1, 0.2], [0.3, -0.1], [0.5, 0.4]]}
    made = walk("S = X @ W + b; softmax_cross_entropy(S, y)", **values, b=[0.1, -0.2], y=[0, 1])
    story = walks.of(made)
    frames = [story.frame(k) for k in range(1, len(made) + 1)]
    said = {frame.step.place: frame for frame in frames}  # type: ignore[attr-defined]
    row, weights = said["row", 0, 1], said["weights", 0, 0]
    assert row.sentence.startswith(
        "Row 1 of Wᵀ meets column 2 of Xᵀ: three products add up to 0.75"
    )
    assert "a sum over the batch of 2: row 1 of uᵀ" in weights.sentence
    assert weights.formula is not None and weights.formula.block.flat.strip() == (
        "∂f/∂W₂₁ = Σₙ uₙ₁ · Xₙ₂ = −0.107 · 2 + 0.256 · (−1) = −0.47"
    )
    assert (
        "a sum over the batch of 2, the columns of uᵀ added up." in said["bias", None, 0].sentence
    )
