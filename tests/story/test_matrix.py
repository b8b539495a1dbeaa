"""The story of W · x + b = s: a reader's arithmetic with the numbers shown, and the sentences."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.graph.graph import labels
from gradviz.story import walks
from gradviz.story.matrix.frames import MatrixStory
from gradviz.trace.matrix import Place
from tests.matrix_samples import IMAGE, Sample, samples, walk


def story(made: object) -> MatrixStory:
    found = walks.of(made)  # type: ignore[arg-type]
    assert isinstance(found, MatrixStory)
    return found


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(samples(most=6))
def test_formulas_come_out_by_hand(sample: Sample) -> None:
    """Each part of numbers alone gives the result as it is shown, or the sign is ≈."""
    for frame in story(sample.walk()):
        assert frame.formula is not None
        text = " ".join(frame.formula.unicode)
        if "≈" in text:
            assert frame.note
            continue
        *parts, result = text.split(" = ")
        for part in parts:
            by_hand = part.replace("·", "*").replace("−", "-")
            if re.fullmatch(r"[-+*/().\de ]+", by_hand):
                shown = result.replace("−", "-")
                digits = len(shown.partition(".")[2]) if "e" not in shown else 0
                if "e" not in shown:
                    unit = max(10**-digits, 10 ** (len(shown.lstrip("-").split(".")[0]) - 3))
                    assert abs(eval(by_hand) - float(shown)) <= 0.51 * unit, text


def test_the_sentences_of_the_slide() -> None:
    told = story(walk(IMAGE[0], **IMAGE[1]))
    said = {frame.step.place: frame.sentence for frame in told if frame.step is not None}
    assert told.frame(0).sentence.startswith("The three rows of W will meet x one by one, and b")
    assert said[Place("row", 1)] == (
        "Row 2 of W meets x: four products add up to 1.07; with the bias −0.1, s₂ is 0.969."
    )
    assert said[Place("weights", 1)] == (
        "Row 2 of W met x, so its gradient is x times u₂ = −0.598: a row of u xᵀ."
    )
    assert said[Place("bias")] == "b is added, so it receives u as it is."
    assert said[Place("inputs", 0)] == (
        "x₁ met column 1 of W, so its gradient is that column times u, added up: 0.188."
    )
    assert told.title == "W · x + b, 3×4" and told.frame("values").sentence.startswith("Every row")


def test_what_is_not_drawn_is_said_and_what_else_arrives() -> None:
    made = story(walk("sum(W @ x) + sum(x)", W=[[1] * 12] * 12, x=[1] * 12))
    notes = [frame.note for frame in made]
    assert notes[3] == "The eight other rows that are not drawn do the same."
    assert any("x is used elsewhere too" in note for note in notes)


@pytest.mark.parametrize("k", [-1, 12, True])
def test_steps_beyond_the_end(k: int) -> None:
    with pytest.raises(Exception, match="there is no step"):
        story(walk(IMAGE[0], **IMAGE[1])).frame(k)


def test_a_column_is_called_as_in_the_graph() -> None:
    """W meets relu(x), which the graph labels a."""
    for source, column in (
        ("sum(W @ relu(x))", "a"),
        ("sum(W @ x)", "x"),
        ("sum(W @ exp(t))", "a"),
    ):
        name = "t" if "t)" in source else "x"
        trace = gv.run(source, values={"W": [[1, 2], [3, 4]], name: [1, -1]})
        told = story(views.seen(trace, "matrix"))
        assert told.formulas.column == column, source
        assert told.formulas.sums == labels(trace.graph)[told.walk.equation.sums]
