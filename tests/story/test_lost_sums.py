"""Sums that are 0 only by rounding or by underflow say so, in every place where they are told."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.digits import underflows
from gradviz.engine.inside import views
from gradviz.engine.inside.cells import cells
from gradviz.story import walks

CANCELS = {"W": [[0.1, 0.2, -0.3]], "x": [1.0, 1.0, 1.0]}
"""0.1 + 0.2 − 0.3 leaves 5.6·10⁻¹⁷ in floats."""
TINY = {"W": [[1e-200, 0.0]], "x": [1e-200, 1.0]}
"""10⁻⁴⁰⁰ is less than any float but 0."""

SOURCES = {
    "matmul": "a = W @ x; sum(a)",
    "linear": "a = linear(x, W); sum(a)",
    "matmul of matrices": "a = W @ X; sum(a)",
    "dot": "a = w @ x; a*1",
    "conv1d": "a = conv1d(c, k); sum(a)",
    "conv2d": "a = conv2d(i, l); sum(a)",
    "conv_transpose2d": "a = conv_transpose2d(i2, l2); sum(a)",
}


def given(numbers: dict[str, Any], source: str) -> dict[str, Any]:
    w, x = numbers["W"][0], numbers["x"]
    made = {
        "W": [w], "x": x, "w": w, "X": [[v] for v in x], "c": [w], "k": [[x]],
        "i": [[w]], "l": [[[x]]], "i2": [[w]], "l2": [[[x[::-1]]]],
    }  # fmt: skip
    graph = gv.parse(source)
    return {node.name: made[node.name] for node in graph.inputs}


def formulas(walk: Any) -> list[Any]:
    return [frame.formula for frame in walks.of(walk) if frame.formula is not None]  # type: ignore[attr-defined]


def all_of(name: str, numbers: dict[str, Any]) -> dict[str, list[Any]]:
    """The formulas of every walk that tells the sum."""
    source = SOURCES[name]
    trace = gv.run(source, values=given(numbers, source))
    found = {"graph": formulas(trace), "cells": formulas(cells(trace, "a"))}
    for view in ("matrix", "neurons", "stamps"):
        if views.fits(trace, view):
            found[view] = formulas(views.walk(trace, view))
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_what_cancels_is_0_but_for_rounding(name: str) -> None:
    for where, told in all_of(name, CANCELS).items():
        zero = [f.block.flat for f in told if "but for rounding" in f.block.flat]
        assert zero, where
        assert all("e−17" in text for text in zero)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_too_small_for_floats_is_0_by_underflow(name: str) -> None:
    for where, told in all_of(name, TINY).items():
        if where == "stamps":
            continue  # written out for a cell where something arrives
        lost = [f for f in told if f.underflows]
        assert lost, where
        assert all("by underflow" in f.remark and f.equals == "≈" for f in lost)


@pytest.mark.parametrize("name", SOURCES)
def test_other_zeros_are_plain(name: str) -> None:
    """1 · 1 + (−1) · 1 is 0, and so is 0 · 10⁻²⁰⁰."""
    for numbers in ({"W": [[1.0, -1.0]], "x": [1.0, 1.0]}, {"W": [[0.0, 0.0]], "x": [1e-200, 1.0]}):
        for told in all_of(name, numbers).values():
            assert not any(f.underflows or "rounding" in f.block.flat for f in told)


@pytest.mark.parametrize(
    ("source", "x", "says"),
    [
        ("mean(x)", [0.1, 0.2, -0.3], "= 0 (but for rounding: 1.9e−17)"),
        ("mean(x, axis=0)", [[0.1], [0.2], [-0.3]], "[0] (but for rounding: 1.9e−17)"),
        ("sum(x, axis=1)", [[0.1, 0.2, -0.3]], "[0] (but for rounding: 5.6e−17)"),
        ("mean(x)", [5e-324, 0, 0, 0], "≈ 0"),
        ("mean(x)", [1.0, -1.0], "]) = 0"),
    ],
)
def test_means_and_sums(source: str, x: Any, says: str) -> None:
    trace = gv.run(source, x=x)
    formula = formulas(trace)[0]
    assert " ".join(formula.block.flat.split()).count(says) == 1


def test_gradients_of_matrix_products_underflow_too() -> None:
    # ∂f/∂W = 10⁻²⁰⁰ xᵀ, of which the first element is 10⁻⁴⁰⁰; ∂f/∂x likewise
    trace = gv.run("1e-200 * sum(W @ x)", values=TINY)
    lost = [f for f in formulas(trace) if f.underflows]
    assert len(lost) == 3  # W x, and what comes back to W and to x


def test_the_first_element_in_words() -> None:
    said = walks.of(gv.run("W @ x", values=CANCELS)).frame(1).sentence
    assert said.endswith("= 0, but for rounding.")
    said = walks.of(gv.run("W @ x", values=TINY)).frame(1).sentence
    assert said.endswith("≈ 0.")


@pytest.mark.parametrize("seed", range(20))
def test_underflow_is_told_as_fractions_tell_it(seed: int) -> None:
    draw = np.random.default_rng(seed)
    sizes = draw.uniform(-220, -120, (3, 2))
    terms = [tuple(float(v) for v in row) for row in draw.choice([-1, 1], (3, 2)) * 10.0**sizes]
    result = sum(a * b for a, b in terms)
    exact = sum(Fraction(a) * Fraction(b) for a, b in terms)
    assert underflows(result, terms) == (result == 0 and exact != 0)
    assert not underflows(0.0, [(1.0, 0.0)]) and not underflows(0.0, [(1.0, 1.0), (-1.0, 1.0)])
    assert underflows(0.0, [(1e-30, 1e-30)], "float32")


def test_a_sum_of_nothing_but_nan_is_nan() -> None:
    """y gets 0 · ∞ twice; that is no rounding."""
    trace = gv.run("(x*y + z) * maximum(y, z)", x=np.inf, y=-0.0, z=-1)
    frame = walks.of(trace).frame(13)
    assert frame.sentence.endswith("Gradients add at a branch: NaN + NaN = NaN.")
