"""A student's backward pass: the true one without a changed rule, and known numbers with one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz import mistakes
from gradviz.exam.question.keys import prove
from gradviz.exam.question.sample import grow
from gradviz.exam.question.short_numbers import UnfitError, number
from gradviz.exam.stream import Stream
from gradviz.mistakes import XP, Case
from gradviz.mistakes.formulas import convolved


def drawn(seed: int, level: int) -> Case:
    stream = Stream(f"{seed}/{level}")
    while True:
        try:
            plan = grow(stream, level)
        except UnfitError:
            continue
        return Case(plan.source, {name: number(stream, level) for name in plan.inputs})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_without_a_changed_rule_it_is_the_true_backward_pass(seed: int, level: int) -> None:
    """Against the engine's exact gradients, which are sympy numbers."""
    case = drawn(seed, level)
    trace = gv.run(case.source, values=case.given, backend="exact")
    found = case.backward()
    for node, gradient in enumerate(found.gradients):
        expected = trace.gradients[node]
        assert (gradient is None) == (expected is None)
        if gradient is not None:
            assert Fraction(str(expected[()])) == gradient
    assert found.first is None


ARRAYS: list[tuple[str, dict[str, Any]]] = [
    ("sum((W @ x + b)**2)", {"W": [[1, 2], [3, -4]], "x": [5, -6], "b": [Fraction(1, 2), 0]}),
    (
        "Y = X @ W + b; sum(relu(Y) * G)",
        {
            "X": [[1, 2], [3, 4]],
            "W": [[1, -1, 2], [0, 5, -3]],
            "b": [1, 2, 3],
            "G": [[1, 2, 3], [4, 5, 6]],
        },
    ),
    ("mean((p - t)**2)", {"p": [1, 2, 5], "t": [0, 4, 4]}),
    ("max(x) * sum(x)", {"x": [3, 9, 4]}),
]


@pytest.mark.parametrize(("source", "values"), ARRAYS)
def test_arrays_too(source: str, values: dict[str, Any]) -> None:
    trace = gv.run(source, values=values, backend="exact")
    case = Case(source, values)
    for node in case.graph.inputs:
        ours, exact = case.backward().gradients[node.id], trace.gradients[node.id]
        assert [Fraction(str(v)) for v in exact.ravel()] == list(ours.ravel())
    prove(case, gv.run(source, values={k: _floats(v) for k, v in values.items()}))


def _floats(value: Any) -> Any:
    return [_floats(v) for v in value] if isinstance(value, list) else float(value)


BRANCH = (
    "a = x*y; b = x*z; a + b",
    {"x": 2, "y": 3, "z": 5},
)  # contributions to x: 3 through a, 5 through b
NUMBERS = [
    # By hand: what each mistake makes of the gradient of x.
    ("last-path-only", *BRANCH, 5),
    ("first-path-only", *BRANCH, 3),
    ("paths-multiplied", *BRANCH, 15),
    ("paths-averaged", *BRANCH, 4),
    ("gradient-not-reset", *BRANCH, 16),
    ("value-for-gradient", *BRANCH, 2),
    ("sum-halved", *BRANCH, 4),
    ("product-not-swapped", "x*y", {"x": 2, "y": 7}, 2),
    ("upstream-dropped", "(x*y) * z", {"x": 2, "y": 7, "z": 10}, 7),
    ("upstream-added", "(x*y) * z", {"x": 2, "y": 7, "z": 10}, (1 + 10) + 7),
    ("output-as-slope", "square(x)", {"x": 3}, 9),
    ("sigmoid-slope-of-input", "sigmoid(x)", {"x": 3}, 3 * (1 - 3)),
    ("tanh-slope-of-input", "tanh(x)", {"x": 3}, 1 - 9),
    ("relu-ungated", "relu(x) * 4", {"x": -3}, 4),
    ("relu-times-input", "relu(x) * 4", {"x": 3}, 12),
    ("minus-forgotten", "y - x", {"x": 3, "y": 1}, 1),
    ("reciprocal-not-squared", "reciprocal(x)", {"x": 2}, Fraction(-1, 2)),
    ("reciprocal-sign", "reciprocal(x)", {"x": 2}, Fraction(1, 4)),
    ("square-factor-dropped", "square(x)", {"x": 3}, 3),
    ("max-to-both", "max(x, y)", {"x": 3, "y": 5}, 1),
    ("max-halved", "max(x, y)", {"x": 3, "y": 1}, Fraction(1, 2)),
]


@pytest.mark.parametrize(("name", "source", "values", "expected"), NUMBERS)
def test_a_changed_rule_gives_the_number_of_the_mistake(
    name: str, source: str, values: dict[str, int], expected: Any
) -> None:
    case = Case(source, values)
    assert case.backward(mistakes.get(name).rule).gradients[case.graph.find("x")] == expected


def test_sigmoid_twice_and_tanh_not_squared() -> None:
    """At 0 σ is ½, so σ(½) with its slope 0.2350037122; tanh is 0, so its slope without the square
    is 1.
    """
    case = Case("sigmoid(x)", {"x": 0})
    assert float(case.backward(mistakes.get("sigmoid-twice").rule).gradients[0]) == pytest.approx(
        0.2350037122, abs=1e-10
    )
    case = Case("tanh(x)", {"x": 1})
    wrong = case.backward(mistakes.get("tanh-not-squared").rule).gradients[0]
    assert float(wrong) == pytest.approx(1 - 0.7615941560, abs=1e-9)


def test_mistakes_in_matrix_products() -> None:
    case = Case("q = W @ x; sum(q * g)", {"W": [[1, 2], [3, 4]], "x": [5, 6], "g": [1, 10]})
    turned = case.backward(mistakes.get("gradient-transposed").rule)
    assert turned.gradients[case.graph.find("W")].tolist() == [[5, 50], [6, 60]]
    straight = case.backward(mistakes.get("weights-not-transposed").rule)
    assert straight.gradients[case.graph.find("x")].tolist() == [21, 43]
    batch = Case(
        "Y = X @ W + b; sum(Y * G)",
        {"X": [[1], [2]], "W": [[1, 1]], "b": [0, 0], "G": [[1, 2], [3, 5]]},
    )
    b = batch.graph.find("b")
    assert batch.backward().gradients[b].tolist() == [4, 7]
    assert batch.backward(mistakes.get("one-sample-only").rule).gradients[b].tolist() == [1, 2]
    assert batch.backward(mistakes.get("batch-averaged").rule).gradients[b].tolist() == [
        2,
        Fraction(7, 2),
    ]


def test_where_it_goes_wrong() -> None:
    """The first edge whose number is changed, and at a branch the edge that completes it."""
    case = Case("a = y - x; b = a*a; b*z", {"x": 1, "y": 4, "z": 2})
    wrong = case.backward(mistakes.get("minus-forgotten").rule)
    assert wrong.first is not None and wrong.first.source == case.graph.find("x")
    case = Case(*BRANCH)
    wrong = case.backward(mistakes.get("first-path-only").rule)
    assert wrong.first is not None and wrong.first.target == case.graph.find("b")


WINDOWS: list[tuple[str, dict[str, Any]]] = [
    (
        "y = maxpool2d(x, 2); sum(g*y)",
        {"x": [[1, 2, 5, 0], [3, 4, -1, 7], [9, 8, 2, 1], [0, 3, 4, 6]], "g": [[1, 2], [3, 4]]},
    ),
    (
        "y = maxpool2d(x, 2, stride=1, padding=1); sum(g*y)",
        {"x": [[1, 2], [3, 9]], "g": [[1, 2, 3], [3, 4, 5], [6, 7, 8]]},
    ),
    (
        "y = avgpool2d(x, 2, stride=1); sum(g*y)",
        {"x": [[1, 2, 5], [3, 9, -1], [4, 8, 2]], "g": [[1, 2], [3, 4]]},
    ),
    (
        "y = conv2d(x, w, b, padding=1, stride=2); sum(g*y)",
        {
            "x": [[[1, 2, 5], [3, 9, -1], [4, 8, 2]]],
            "w": [[[[1, -1], [2, 0]]]],
            "b": [7],
            "g": [[[1, 2], [3, 4]]],
        },
    ),
]


@pytest.mark.parametrize(("source", "values"), WINDOWS)
def test_windows_on_fractions(source: str, values: dict[str, Any]) -> None:
    """Against the engine's floats, and against differences of exact fractions."""
    trace = gv.run(source, values={k: _floats(v) for k, v in values.items()})
    case = Case(source, values)
    for node in case.graph.inputs:
        assert (
            case.backward().gradients[node.id].astype(float).tolist()
            == trace.gradients[node.id].tolist()
        )
    prove(case, trace)


def rule(name: str, source: str, values: dict[str, Any], of: str) -> Any:
    case = Case(source, values)
    return case.backward(mistakes.get(name).rule).gradients[case.graph.find(of)].tolist()


def test_mistakes_under_windows() -> None:
    """By hand. 9 wins both windows of the first row, which bring it 1 and 2."""
    overlapping = (
        "y = maxpool2d(x, 2, stride=1); sum(g*y)",
        {"x": [[1, 9, 2], [3, 4, 5]], "g": [[1, 2]]},
    )
    assert rule("sum-halved", *overlapping, "x") == [[0, 3, 0], [0, 0, 0]], (
        "the true one: there is no + here"
    )
    assert rule("windows-overwrite", *overlapping, "x") == [[0, 2, 0], [0, 0, 0]]
    assert rule("pool-to-every-cell", *overlapping, "x") == [[1, 3, 2], [1, 3, 2]]
    assert rule("pool-keeps-value", *overlapping, "x") == [[0, 9, 0], [0, 0, 0]]
    average = ("y = avgpool2d(x, 2); sum(g*y)", {"x": [[1, 2], [3, 4]], "g": [[8]]})
    assert rule("pool-not-divided", *average, "x") == [[8, 8], [8, 8]]
    kernel = (
        "y = conv2d(x, w); sum(g*y)",
        {"x": [[[1, 2, 3]]], "w": [[[[5, 6]]]], "g": [[[1, 10]]]},
    )
    assert rule("kernel-gradient-flipped", *kernel, "w") == [[[[32, 21]]]]
    assert rule("one-place-only", *kernel, "w") == [[[[1, 2]]]]


def test_mistakes_in_a_convolution_backward() -> None:
    """By hand, for w = 5 6 and dy = 1 10 on x = 1 2 3: dx is 1·5, 1·6 + 10·5, 10·6; the turned
    kernel swaps 5 and 6.
    """
    kernel: tuple[str, dict[str, Any]] = (
        "y = conv2d(x, w, b); sum(g*y)",
        {"x": [[[1, 2, 3]]], "w": [[[[5, 6]]]], "b": [4], "g": [[[1, 10]]]},
    )
    case = Case(*kernel)
    found = case.backward()
    assert [found.gradients[case.graph.find(n)].tolist() for n in "xb"] == [[[[5, 56, 60]]], [11]]
    assert rule("input-gradient-unflipped", *kernel, "x") == [[[6, 65, 50]]]
    assert rule("input-gradient-unpadded", *kernel, "x") == [[1 * 6 + 10 * 5]]
    assert rule("bias-one-cell", *kernel, "b") == [1]
    assert rule("bias-averaged", *kernel, "b") == [Fraction(11, 2)]


def test_a_convolution_cell_by_cell() -> None:
    """By hand: 1·5 + 2·6, then 2·5 + 3·6."""
    assert convolved(XP.asarray([[1, 2, 3]]), XP.asarray([[5, 6]]), 1, 0).tolist() == [[17, 28]]
    assert convolved(XP.asarray([[1, 2, 3]]), XP.asarray([[5, 6]]), 2, 0).tolist() == [[17]]
