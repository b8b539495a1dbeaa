"""The examples: a script, a lecture exam, a drawing question, the frame where a mistake is made."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from gradviz import mistakes
from gradviz.errors import GradvizError
from gradviz.exam import formats
from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import question
from gradviz.exam.marking import grading
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Item, Paper, paper
from gradviz.exam.paper.roster import Student, read
from gradviz.exam.question import solution
from gradviz.exam.question.distractors import wrong_contributions
from gradviz.exam.question.question import Part
from gradviz.exam.question.sample import sample

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_script_is_short_and_makes_papers(tmp_path: Path) -> None:
    script = EXAMPLES / "make_exam.py"
    assert len(script.read_text().splitlines()) <= 36
    done = subprocess.run(
        [sys.executable, script, tmp_path / "out"], capture_output=True, text=True, check=True
    )
    assert len(done.stdout.splitlines()) == 3
    assert sorted(p.name for p in (tmp_path / "out").glob("*.md")) == [
        "s1001.md",
        "s1002.md",
        "s1003.md",
    ]


def test_the_midterm_is_whole() -> None:
    exam = spec.read(EXAMPLES / "midterm.gv.toml")
    assert exam.total == exam.points == 40
    made = [paper(exam, student) for student in read(EXAMPLES / "students.csv")]
    assert len({p.variant for p in made}) == 3
    content = formats.get("pdf").write(made[0])
    assert sorted(content) == ["keys/s1001.pdf", "s1001.pdf", "solutions/s1001.pdf"]


def test_a_drawing_is_left_blank_and_marked_by_hand() -> None:
    asked = question("gradient", 1, 1)
    part = Part("", ("Draw the graph.",), Drawing(5))
    asked = replace(asked, draft=replace(asked.draft, parts=(part,), figure=None))
    mark = grading.mark(asked, {"": "a graph"})
    assert mark.parts[0].verdict == "by hand" and mark.credit == 0
    exam = spec.parse('title = "x"\n[[section]]\n[[section.question]]\nkind = "gradient"\n')
    made = Paper(exam, Student("s"), (("", (Item(1, asked, 1),)),))
    for name, form in formats.every().items():
        for path, content in form.write(made).items():
            form.check(PurePosixPath(path), content)
            assert content, name


def test_where_it_went_wrong() -> None:
    asked = question("gradient", 2, 3)
    answer = asked.parts[0].answer
    assert isinstance(answer, Numeric)
    made = [wrong for wrong in answer.wrong if wrong.step is not None]
    assert len(made) >= 2
    for wrong in made:
        scene = solution.slip_scene(asked, wrong.step)
        assert f"step {wrong.step} of" in scene.title
    assert "<svg" in solution.slip_picture(asked, made[0].step)
    with pytest.raises(GradvizError, match="there is no step to show"):
        solution.slip_scene(question("true-false", 1, 1), 3)


@pytest.mark.parametrize("kind", ["gradient", "branch", "fill-graph", "neuron", "pool-backward"])
def test_a_step_is_named_where_a_step_goes_wrong(kind: str) -> None:
    """Who writes the value down for the gradient, or counts an earlier pass in, has worked every
    step out rightly: no step is named, in the feedback, in the data and in the figure alike. All
    other mistakes of these kinds are made at a step.
    """
    written_down, seen = {"gradient-not-reset", "value-for-gradient"}, set()
    for seed in range(8):
        asked = question(kind, 2, seed)
        for part in asked.parts:
            for wrong in getattr(part.answer, "wrong", ()):
                seen.add(wrong.misconception)
                is_made = wrong.misconception not in written_down
                assert (wrong.step is not None) == is_made
                assert ("It goes wrong at step" in solution.feedback(wrong)) == is_made
        slip = solution.likeliest(asked)
        assert slip is None or slip.feedback not in {
            mistakes.get(name).feedback for name in written_down
        }
    assert written_down < seen


def test_a_contribution_goes_wrong_on_its_own_path() -> None:
    """f = a + b with a = x·y and b = x·z: what b brings to x goes wrong at b's own edge, and not at
    a's, though the same mistake is made there before.
    """
    made = sample("a = x*y; b = x*z; f = a + b", {"x": 2, "y": 3, "z": 5})
    first, second = made.trace.contributions("x")
    for step in (first, second):
        assert step.edge is not None
        swapped = next(
            w
            for w in wrong_contributions(made, step.edge)
            if w.misconception == "product-not-swapped"
        )
        assert swapped.value == 2 and swapped.step == step.number
