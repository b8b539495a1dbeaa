"""Mistakes in single steps: by hand, against the whole passes of exams, and never a crash on other
graphs.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

import gradviz as gv
from gradviz.exam.backward import Case
from gradviz.exam.misconceptions import about
from gradviz.exam.steps import wrong_at_step


def named(trace: gv.Trace, k: int) -> dict[str, Fraction]:
    return {w.misconception: w.value for w in wrong_at_step(trace, k)}


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
    assert found["paths-multiplied"] == 30 and found["paths-averaged"] == Fraction(10, 3)
    assert found["gradient-not-reset"] == 20 and found["value-for-gradient"] == 1


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


@pytest.mark.parametrize(
    "words",
    [
        ("sum(W @ x)", {"W": [[1, 2], [3, 4]], "x": [1, 2]}),
        ("log(x)/y", {"x": -1, "y": 0}),
        ("x*y", {"x": [1, 2], "y": 3}),
        ("p = softmax(s); -log(p[0])", {"s": [1, 2]}),
    ],
)
def test_arrays_and_nan_have_no_likely_mistakes_and_no_crash(
    words: tuple[str, dict[str, object]],
) -> None:
    trace = gv.run(words[0], **words[1])
    for k in range(1, len(trace) + 1):
        for wrong in wrong_at_step(trace, k):
            assert isinstance(wrong.value, Fraction)


def test_exact_numbers_too() -> None:
    trace = gv.run("x*y", x="1/3", y=6, backend="exact")
    assert named(trace, trace.contributions("y")[0].number)["product-not-swapped"] == 6
