"""Mistakes in single steps: by hand, against whole passes, and never a crash on other graphs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import gradviz as gv
from gradviz.mistakes import Case, about, at_step


def named(trace: gv.Trace, k: int) -> dict[str, Any]:
    return {slip.mistake.name: slip.value for slip in at_step(trace, k)}


def test_a_product_by_hand() -> None:
    """f = (x*y)*3 at x = 4, y = 7: dx is 3·7 = 21, at × the output is 28 and the upstream gradient
    3.
    """
    trace = gv.run("(x*y)*3", x=4, y=7)
    found = named(trace, trace.contributions("x")[0].number)
    assert found["upstream-dropped"] == 7
    assert found["upstream-added"] == 3 + 7
    assert found["product-not-swapped"] == 3 * 4
    assert found["output-as-slope"] == 3 * 28
    assert found["gradient-not-reset"] == 2 * 21
    assert "last-path-only" not in found and "minus-forgotten" not in found


def test_a_branch_by_hand() -> None:
    """x*y + y*z + 3*y at 2, 1, 5: y receives 2, 5 and 3 in some order, in all 10."""
    trace = gv.run("x*y + y*z + 3*y", x=2, y=1, z=5)
    first, second, third = trace.contributions("y")
    brought = [Fraction(float(w.contribution)) for w in (first, second, third)]
    assert sorted(brought) == [2, 3, 5]
    assert "last-path-only" not in named(trace, first.number)
    found = named(trace, third.number)
    assert found["last-path-only"] == brought[2] and found["first-path-only"] == brought[0]
    assert found["paths-multiplied"] == 30 and found["paths-averaged"] == pytest.approx(10 / 3)
    assert found["gradient-not-reset"] == 20 and found["value-for-gradient"] == 1
    assert found["last-path-missing"] == brought[0] + brought[1]
    assert found["paths-subtracted"] == brought[0] + brought[1] - brought[2]
    assert found["sign-turned"] == brought[0] + brought[1] - brought[2]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("sigmoid(x*y)", {"x": 2, "y": 0.5}),
        ("relu(x) - 3*y", {"x": 2, "y": 1.5}),
        ("maximum(x, y)*x", {"x": 2, "y": 5}),
    ],
)
def test_at_the_last_gate_it_is_what_a_whole_pass_with_that_rule_makes(
    source: str, values: dict[str, float]
) -> None:
    """From the output on nothing is wrong before the first edge: there both must agree."""
    trace = gv.run(source, **values)
    case = Case(source, {name: Fraction(str(v)) for name, v in values.items()})
    step = trace.step(trace.seed_step + 1)
    assert step.edge is not None
    for mistake in about("backward"):
        if mistake.rule is not None and mistake.rule.contribute is not None:
            brought = case.backward(mistake.rule).contributions[step.edge]
            if brought != Fraction(str(float(step.after))) and mistake.name in (
                found := named(trace, step.number)
            ):
                assert float(found[mistake.name]) == pytest.approx(float(brought), rel=1e-12)


def test_a_quotient_by_hand() -> None:
    """f = 3·(x/y) at 6, 2: x receives 3/2; to y would go −3·6/4."""
    trace = gv.run("3*(x/y)", x=6, y=2)
    found = named(trace, trace.contributions("x")[0].number)
    assert found["quotient-swapped"] == -4.5
    assert found["local-dropped"] == 3 and found["sign-turned"] == -1.5


def test_values_by_hand() -> None:
    """At 3 and 5: the sum multiplied, the product added, the difference the other way round."""
    for source, name, value in (
        ("x + y", "sum-multiplied", 15),
        ("x*y", "product-added", 8),
        ("x - y", "subtracted-the-wrong-way-round", 2),
    ):
        trace = gv.run(source, x=3, y=5)
        true = trace.value(trace.graph.output)
        assert named(trace, 1) == {name: value, "value-sign-turned": -true}


def test_arrays_by_hand() -> None:
    """sum(g*(x + b)) for a batch of two: b receives the sum over the batch."""
    values = {"x": [[1, 2], [3, 4]], "b": [1, 1], "g": [[1, 2], [3, 5]]}
    trace = gv.run("y = x + b; sum(g*y)", **values)
    found = named(trace, trace.contributions("b")[0].number)
    assert found["one-sample-only"].tolist() == [1, 2]
    assert found["batch-averaged"].tolist() == [2, 3.5]
    assert found["sum-halved"].tolist() == [2, 3.5]
    assert found["sign-turned"].tolist() == [-4, -7]
    found = named(trace, trace.contributions("y")[0].number)
    assert found["product-not-swapped"].tolist() == [[2, 3], [4, 5]]


def test_a_second_path_is_added_to_the_first_one() -> None:
    """x*y + x at 2, 5: + brings x 1, then × brings 5, which was said to be 2."""
    trace = gv.run("x*y + x", x=2, y=5)
    first, second = trace.contributions("x")
    assert first.contribution == 1 and second.contribution == 5
    assert named(trace, second.number)["product-not-swapped"] == 1 + 2


@pytest.mark.parametrize(
    "words",
    [
        ("sum(W @ x)", {"W": [[1, 2], [3, 4]], "x": [1, 2]}),
        ("log(x)/y", {"x": -1, "y": 0}),
        ("x*y", {"x": [1, 2], "y": 3}),
        ("p = softmax(s); -log(p[0])", {"s": [1, 2]}),
        ("sum(x @ W)", {"x": [1, 2], "W": [[1, 2], [3, 4]]}),
        ("sum(X @ W)", {"X": [[[1, 2], [3, 4]]], "W": [[[1, 2], [3, 4]]]}),
        ("where(x > y, x, y)", {"x": 1, "y": 2}),
        ("sum(conv2d(x, w))", {"x": [[[1, 2], [3, 4]]], "w": [[[[1]]]]}),
    ],
)
def test_no_run_is_too_strange(words: tuple[str, dict[str, object]]) -> None:
    """Every mistake is told once a step, in the words of its declaration; conditions have none."""
    trace = gv.run(words[0], **words[1])
    for k in range(1, len(trace) + 1):
        names = [slip.mistake.name for slip in at_step(trace, k)]
        assert len(names) == len(set(names))
        step = trace.step(k)
        assert not names or step.kind == "contribute" or not trace.graph.op(step.node).is_condition


def test_exact_numbers_too() -> None:
    trace = gv.run("x*y", x="1/3", y=6, backend="exact")
    assert named(trace, trace.contributions("y")[0].number)["product-not-swapped"] == 6
