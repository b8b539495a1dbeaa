"""Frames: what is known at a step, and formulas that a reader can follow by hand."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.arrays.digits import number
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.story.maths import unicode
from gradviz.story.walks import frame
from tests.strategies import SCALARS, Sample, runs

MARK = "(x*y + z) * maximum(y, z)"


def marked() -> gv.Trace:
    return gv.run(MARK, x=1.5, y=2, z=-1)


def test_the_frame_of_the_design() -> None:
    """Step 12 of 13: x receives 4 from the first product."""
    twelfth = frame(marked(), 12)
    assert (twelfth.number, twelfth.total, twelfth.phase) == (12, 13, "backward")
    assert twelfth.formula is not None
    assert twelfth.formula.unicode == ("∂f/∂x ← ∂f/∂a · y", "= 2 · 2", "= 4")
    assert (
        twelfth.formula.latex[0]
        == r"\frac{\partial f}{\partial x} \leftarrow \frac{\partial f}{\partial a} \cdot y"
    )
    labels = twelfth.story.labels
    assert [labels[n.id] for n in twelfth.trace.graph.nodes] == ["x", "y", "z", "a", "b", "c", "f"]


def test_states_over_time() -> None:
    story = Story(marked())
    y = story.trace.graph.find("y")
    states = [story.frame(k).node(y) for k in range(14)]
    assert [s.state for s in states] == ["value"] * 10 + ["partial"] * 3 + ["complete"]
    assert [s.progress for s in states[10:]] == ["1 of 2"] * 3 + [""]
    assert [float(s.gradient) for s in states[10:]] == [2, 2, 2, 5]
    a = story.trace.graph.find("a")
    assert [story.frame(k).node(a).state for k in (0, 1, 7, 8)] == [
        "unknown",
        "value",
        "value",
        "complete",
    ]


def test_frame_zero_shows_the_inputs_only() -> None:
    start = frame(marked(), 0)
    assert start.phase == "start" and start.formula is None and start.focus is None
    assert [start.node(i).state for i in range(7)] == ["value"] * 3 + ["unknown"] * 4


@pytest.mark.parametrize("k", [-1, 14, 1.5, True, "3"])
def test_no_frame_beyond_the_end(k: object) -> None:
    with pytest.raises(gv.GradvizError, match="there is no step") as caught:
        frame(marked(), k)  # type: ignore[arg-type]
    assert "0 (the inputs only) to 13" in str(caught.value)


def test_contributions_appear_when_they_arrive() -> None:
    story = Story(marked())
    edge = story.trace.step(12).edge
    assert edge is not None
    assert story.frame(11).contribution(edge) is None
    assert float(story.frame(12).contribution(edge)) == 4


def test_the_matrix_rules_of_the_lecture() -> None:
    story = Story(gv.run("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3]))
    to_w, to_x = story.frame(7), story.frame(8)
    assert to_w.formula is not None and to_x.formula is not None
    assert (to_w.formula.unicode[0], to_w.formula.shapes) == ("∂f/∂W ← u xᵀ", "2×1 · 1×2 = 2×2")
    assert (to_x.formula.unicode[0], to_x.formula.shapes) == ("∂f/∂x ← Wᵀ u", "2×2 · 2×1 = 2×1")
    result = [line.rstrip() for line in to_w.formula.unicode[2].split("\n")]
    assert result == ["= ⎡0.38  0.228⎤, with u = ∂f/∂q", "  ⎣0.29  0.174⎦"]
    index = [
        f"{unicode.text(f.story.rules.index_left(f.step))} ← {unicode.text(f.formula.index)}"
        for f in (to_w, to_x)
    ]
    assert index == ["∂f/∂Wᵢⱼ ← uᵢ · xⱼ", "∂f/∂xᵢ ← Σⱼ Wⱼᵢ · uⱼ"]


def test_broadcast_sums_stand_in_the_formula() -> None:
    story = Story(gv.run("sum(X*b)", X=[[1, 2], [3, 4]], b=[5, 6]))
    to_b = story.frame(int(story.trace.contributions("b")[0].number))
    assert to_b.formula is not None and to_b.formula.index is not None
    assert to_b.formula.unicode[0] == "∂f/∂b ← Σ[axis=0] (u ⊙ X)"
    assert unicode.text(to_b.formula.index) == "Σᵢ uᵢⱼ · Xᵢⱼ"


def test_names_that_are_taken_are_not_given_twice() -> None:
    story = Story(gv.run("f = a*u; L = f + a; L*2", a=1, u=2, upstream=3))
    labels = list(story.labels.values())
    assert len(set(labels)) == len(labels)
    assert story.rules.upstream not in labels and story.rules.loss not in labels


HAND = str.maketrans({"−": "-", "·": "*", "∞": "x"})


def by_hand(text: str) -> float | None:
    """The value of a line of arithmetic as a reader would work it out, None where it holds more
    than that.
    """
    text = re.sub(
        r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)",
        lambda m: "**" + m[1].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")),
        text,
    )
    text = text.translate(HAND)
    if not re.fullmatch(r"[-+*/() .\de]+", text):
        return None
    try:
        return float(
            eval(text, {"__builtins__": {}})
        )  # a line of digits and operators, checked above
    except (ArithmeticError, SyntaxError):
        return None


@given(
    runs(
        ops=("add", "sub", "mul", "neg", "square", "div"),
        shapes=SCALARS,
        elements=st.floats(0.01, 99),
        most=6,
    )
)
@settings(max_examples=150)
def test_hand_arithmetic_on_what_is_shown_gives_what_is_shown(sample: Sample) -> None:
    """The filled line, worked out independently from its text, rounds to the result line."""
    followed = 0
    for f in Story(sample.run()):
        assert f.formula is not None
        lines = [line.removeprefix("= ") for line in f.formula.unicode]
        if len(lines) < 3 or f.formula.digits >= 9:
            continue
        worked = by_hand(lines[-2])
        if worked is None or not math.isfinite(worked):
            continue
        followed += 1
        assert number(float(f"{worked:.12g}")) == lines[-1].replace("−", "-")
    event(f"{min(followed, 3)} lines followed")


def test_an_element_of_a_name_with_an_index_is_in_brackets() -> None:
    """As formulas write it: W₂₁₂ could be an element of W, or of W₂."""
    trace = gv.run("sum(W2 @ a1)", W2=[[2.0, -1.0]], a1=[1.0, 3.0])
    story = walks.of(trace)
    said = [story.frame(k).sentence for k in range(1, len(trace) + 1)]
    assert "W2[1, 2] multiplied a1[2] on its way to b, so W2 receives u a1ᵀ." in said
    plain = walks.of(gv.run("sum(W @ x)", W=[[2.0, -1.0]], x=[1.0, 3.0]))
    assert plain.frame(5).sentence == "W₁₂ multiplied x₂ on its way to a, so W receives u xᵀ."
