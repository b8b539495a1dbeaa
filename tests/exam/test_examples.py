"""The examples: a script, a lecture exam; a question that is drawn; the frame where it went
wrong.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import formats
from gradviz.exam.answers.forms import Drawing, Numeric
from gradviz.exam.marking import grading
from gradviz.exam.paper import spec, where
from gradviz.exam.paper.paper import Item, Paper, paper
from gradviz.exam.paper.roster import Student, read
from gradviz.exam.question.generate import question
from gradviz.exam.question.question import Part

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
    for wrong in answer.wrong:
        scene = where.frame(asked, wrong.step)
        assert f"step {wrong.step} of" in scene.title
    assert "<svg" in where.picture(asked, answer.wrong[0].step)
    with pytest.raises(GradvizError, match="there is no step to show"):
        where.frame(question("true-false", 1, 1), 3)
