"""The story of a network unit by unit: sums that a reader can follow with the numbers shown."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.story import walks
from gradviz.story.formula import Formula
from gradviz.story.maths import Maths, latex
from gradviz.story.neurons.frames import UnitStory
from tests.neuron_samples import FIGURES, Sample, samples
from tests.story.equation_reader import Unreadable, evaluate, numbers

GATE = {"w": [1, 1], "x": [1, 2]}
SQUARED = ("sum((W @ x - t)**2)", {"W": [[1, 1]], "x": [1, 2], "t": [1]})


def story(source: Any, digits: int = 4, **values: Any) -> UnitStory:
    found = walks.of(views.walk(gv.run(source, **values), "neurons"), digits)
    assert isinstance(found, UnitStory)
    return found


def of_figure(name: str) -> UnitStory:
    source, values = FIGURES[name]
    return story(source, **values)


def unit_of(shown: str, digits: int = 3) -> float:
    """One unit in the last significant place of a number that lost its trailing zeros: 0.01 for
    both 1.23 and 2; 0 for a whole number of more digits.
    """
    value = abs(float(shown))
    if not value:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return unit if unit < 1 else float("e" in shown or "." not in shown)


def followed(formula: Formula) -> int:
    """Check every equation that a reader can work out; returns how many there were."""
    count = 0
    for one in (formula, formula.then, formula.shorter, formula.shorter and formula.shorter.then):
        if one is None or one.result is None or one.equals != "=":
            continue
        result, wanted = one.result.text, one.then.digits if one.then is not None else 3
        if result in ("NaN", "∞", "-∞"):
            continue
        for part in (one.rule, one.filled):
            value = worked_out(part)
            if value is not None:
                # half a unit, and the least of rounding: 0.5 · 0.5 is 0.25, which is 0.2 or 0.3
                slack = unit_of(result, wanted) / 2 * (1 + 1e-6) + 1e-9 * max(
                    1.0, abs(float(result))
                )
                assert abs(value - float(result)) <= slack, (latex.write(part), result)
                count += 1
    return count


def worked_out(part: Maths | None) -> float | None:
    if part is None:
        return None
    try:
        (value,) = numbers(evaluate(latex.write(part)))
    except (Unreadable, ValueError):
        return None
    return float(value)


def test_the_forward_step_of_the_slide() -> None:
    frame = of_figure("2-3-1").frame(2)
    assert frame.heading == "Forward" and frame.progress == "step 2 of 12"
    assert frame.sentence == (
        "h₂ weighs its two inputs and adds its bias: the sum is −0.3, and tanh turns it into"
        " −0.291."
    )
    assert frame.formula is not None and frame.formula.unicode == (
        "z₂ = −0.8 · 1 + 0.6 · 0.5 + 0.2", "= −0.3", "h₂ = tanh(−0.3)", "= −0.291",
    )  # fmt: skip
    assert frame.accumulation is None and frame.branch is None and not frame.note


def test_delta_is_a_sum_over_arcs() -> None:
    frame = of_figure("2-3-2").frame(11)
    assert frame.sentence == (
        "h₂ feeds both units: each sends its δ back over its arc, and they add; tanh has the slope"
        " 0.915 here."
    )
    assert frame.formula is not None and frame.formula.unicode == (
        "∂L/∂h₂ = −0.7 · 0.5477 + 1.1 · (−0.96)", "= −0.383 + (−1.06)", "= −1.44",
        "δ₂^(1) = −1.44 · (1 − (−0.291)²)", "= −1.32",
    )  # fmt: skip
    assert frame.formula.shorter is not None
    assert frame.formula.shorter.unicode[0].startswith("∂L/∂h₂ = Σ")


@pytest.mark.parametrize(("name", "least"), [("2-3-1", 16), ("2-3-2", 20)])
def test_the_sums_of_the_slides_multiply_out(name: str, least: int) -> None:
    told = of_figure(name)
    assert sum(followed(f.formula) for f in told if f.formula is not None) >= least


@settings(deadline=None, max_examples=15)
@given(samples())
def test_sums_multiply_out_as_shown(sample: Sample) -> None:
    check_sums(sample)


@pytest.mark.proof
@settings(deadline=None, max_examples=150)
@given(samples())
def test_sums_of_many_networks_multiply_out_as_shown(sample: Sample) -> None:
    check_sums(sample)


def check_sums(sample: Sample) -> None:
    told = walks.of(sample.walk())
    assert isinstance(told, UnitStory)
    for frame in told:
        assert frame.formula is not None
        followed(frame.formula)
        assert 10 < len(frame.sentence) <= 150 and frame.sentence[-1] == "."
        assert frame.heading in told.headings
        assert len(frame.progress) <= len(told.longest_progress)
        assert frame.trace_step == told.walk.trace_step(frame.number)


@pytest.mark.parametrize(
    ("source", "values", "step", "said"),
    [
        ("relu(w @ x + b)", GATE | {"b": -4}, 2, "ReLU is flat here, so nothing passes"),
        ("relu(w @ x + b)", GATE | {"b": 4}, 2, "slope 1 here and passes all"),
        ("w @ x", GATE, 1, "weighs its two inputs: the sum is 3"),
        ("w @ x", GATE, 2, "is the output, where the gradient starts at 1"),
        (*SQUARED, 2, "compares .* with the target: it is 4"),
        (*SQUARED, 3, "The loss sends ŷ its gradient, 4"),
    ],
)  # fmt: skip
def test_sentences(source: str, values: dict[str, Any], step: int, said: str) -> None:
    import re

    assert re.search(said, story(source, **values).frame(step).sentence)


def test_units_have_the_names_of_the_graph() -> None:
    told = story(
        "a1 = tanh(W1 @ x); a2 = tanh(W2 @ a1); sum(W3 @ a2)",
        W1=[[1, 2], [3, 4]], W2=[[1, 2]], W3=[[1], [2]], x=[1, 2],
    )  # fmt: skip
    names = [told.names.text(k, 0) for k in range(4)]
    assert names == ["x₁", "a₁⁽¹⁾", "a⁽²⁾", "ŷ₁"]
    classes = story("softmax_cross_entropy(W @ x, y)", W=[[1, 2], [3, 4]], x=[1, 2], y=1)
    assert [classes.names.text(1, u) for u in (0, 1)] == ["ŷ₀", "ŷ₁"]
    single = story("sigmoid(w0*x0 + w1*x1 + w2)", w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    assert [single.names.text(0, u) for u in (0, 1)] == ["x0", "x1"]  # as typed


def test_a_weight_that_is_used_twice_receives_more_than_its_arc_brings() -> None:
    """Weight decay: ∂L/∂w = δ · x + 2 · 0.5 · w."""
    source = "sum((W @ x - t)**2) + 0.5*sum(W**2)"
    told = story(source, W=[[2, 3]], x=[1, 2], t=[7])
    frame = next(f for f in told if f.place is not None and f.place.kind == "weights")
    assert frame.formula is not None and frame.formula.unicode == (
        "∂L/∂w₂ = δ · x₂ + what other uses bring", "= 2 · 2 + 3", "= 7",
    )  # fmt: skip
    assert "from its other uses" in frame.sentence


def test_long_names_give_way_to_the_usual_letters() -> None:
    name = "a" * 10_000
    told = story(f"{name} = tanh(W @ x); sum({name})", W=[[1, 2], [3, 4]], x=[1, 2])
    assert told.names.text(1, 0) == "ŷ₁"


def test_a_long_sum_names_its_largest_term() -> None:
    weights = [[0.1] * 9 + [2]]
    frame = story("W @ x", W=weights, x=[1] * 9 + [3]).frame(1)
    assert frame.sentence == "ŷ weighs its 10 inputs; x₁₀ brings the most, 2 · 3 = 6."
    assert frame.formula is not None and frame.formula.unicode[0].startswith("ŷ = Σ")


def test_digits_are_those_asked_for() -> None:
    source, values = FIGURES["2-3-1"]
    assert "−0.29131" in story(source, digits=5, **values).frame(2).sentence
    assert "−0.291." in story(source, **values).frame(2).sentence


def test_units_that_are_not_drawn_are_said() -> None:
    told = story("sum(W @ x)", W=[[float(k), 1.0] for k in range(30)], x=[1, 2])
    notes = [frame.note for frame in told if "not drawn" in frame.note]
    assert notes[0] == "The 26 units that are not drawn do the same."


def test_nan_is_marked() -> None:
    told = story("h = relu(W @ x); sum(h)", W=[[1, 2], [3, 4]], x=[math.inf, math.nan])
    assert all(frame.strange for frame in told if frame.phase == "forward")


def test_steps_as_data() -> None:
    """Every number as the trace has it, whatever digits the sentences show."""
    told = of_figure("2-3-2")
    data = walks.data(told.walk)
    assert data["view"] == "neurons" and data["title"] == "2-3-2 neurons" and data["total"] == 14
    assert [layer["names"] for layer in data["layers"]] == [
        ["x₁", "x₂"], ["h₁", "h₂", "h₃"], ["o₁", "o₂"],
    ]  # fmt: skip
    forward, back = data["steps"][1], data["steps"][10]
    assert [t["product"] for t in forward["terms"]] == [-0.8, 0.3]
    trace = told.walk.trace
    assert forward["value"] == trace.value("h")[1] and forward["bias"] == 0.2
    assert back["gradient"] == pytest.approx(trace.gradient("h")[1], rel=1e-12)
    assert back["delta"] == pytest.approx(trace.gradient("b1")[1], rel=1e-12)
    assert walks.data(told.walk, [2])["steps"] == data["steps"][1:2]


def test_a_frame_beyond_the_end() -> None:
    with pytest.raises(ValueInputError, match="no step 13"):
        of_figure("2-3-1").frame(13)
