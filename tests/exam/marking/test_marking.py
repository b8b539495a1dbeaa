"""Marking a class: partial and follow-through credit, problems reported, statistics by hand."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradviz.errors import GradvizError
from gradviz.exam.answers.choice import Choice
from gradviz.exam.answers.number import Numeric
from gradviz.exam.marking import plot, results
from gradviz.exam.marking import sheets as marking
from gradviz.exam.marking.statistics import Row, correlation, statistics
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Paper, paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.text import decimal
from tests.cli.conftest import Outcome, gradviz  # noqa: F401 (a fixture)

TEXT = """title = "Quiz"
points = 6
[[section]]
shuffle = true
[[section.question]]
kind = "gradient"
level = 2
points = 2
[[section.question]]
kind = "branch"
level = 2
points = 3
[[section.question]]
kind = "gradient-choice"
points = 1
"""
EXAM = spec.parse(TEXT)
Answers = dict[str, str]


def right(made: Paper) -> Answers:
    return {item.name(part): part.answer.written for item, part in made.parts}


def wrong(made: Paper) -> Answers:
    """The first expected mistake everywhere, and nonsense for the rest."""
    found = {}
    for item, part in made.parts:
        answer = part.answer
        if isinstance(answer, Numeric):
            found[item.name(part)] = decimal(answer.wrong[0].value) if answer.wrong else "99999"
        elif isinstance(answer, Choice):
            found[item.name(part)] = "ABCD"[
                next(i for i, o in enumerate(answer.options) if not o.correct)
            ]
    return found


def write(path: Path, students: dict[str, Answers], **more: dict[str, str]) -> Path:
    columns = sorted({c for answers in students.values() for c in answers})
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, ["id", *more, *columns])
    rows.writeheader()
    for student, answers in students.items():
        rows.writerow(
            {"id": student, **{k: v.get(student, "") for k, v in more.items()}, **answers}
        )
    path.write_text(out.getvalue())
    return path


def test_right_wrong_and_blank(tmp_path: Path) -> None:
    papers = {s: paper(EXAM, Student(s)) for s in ("a", "b", "c")}
    file = write(
        tmp_path / "answers.csv", {"a": right(papers["a"]), "b": wrong(papers["b"]), "c": {}}
    )
    a, b, c = marking.mark_class(EXAM, file).students
    assert (a.points, c.points) == (6, 0) and b.points < 2
    assert {p.verdict for _, mark in a.marks for p in mark.parts} == {"right"}
    assert {p.verdict for _, mark in c.marks for p in mark.parts} == {"blank"}
    diagnosed = [
        p for item, mark in b.marks for p in mark.parts if item.question.kind == "gradient"
    ]
    assert diagnosed[0].says


def test_partial_and_follow_through_credit(tmp_path: Path) -> None:
    made = paper(EXAM, Student("a"))
    item = next(i for i in made.items if i.question.kind == "branch")
    x, y, _ = (p.answer.key for p in item.question.parts if isinstance(p.answer, Numeric))
    n = item.number
    answers = right(made) | {
        f"{n}a": decimal(x + 100),
        f"{n}b": decimal(y),
        f"{n}c": decimal(x + y + 100),
    }
    (one,) = marking.mark_class(EXAM, write(tmp_path / "f.csv", {"a": answers})).students
    assert one.points == 5
    verdicts = [
        p.verdict for i, mark in one.marks for p in mark.parts if i is not item and i.number == n
    ]
    assert verdicts == ["wrong", "right", "follows"]


def test_columns_are_named_as_people_name_them(tmp_path: Path) -> None:
    assert [
        marking.part_name(c)
        for c in ("1", "2a", "2 (a)", "Q3b", "Question 4", "Response 5", "email", "total")
    ] == ["1", "2a", "2a", "3b", "4", "5", "", ""]
    made = paper(EXAM, Student("a"))
    answers = {f"Q{name}": text for name, text in right(made).items()} | {"email": "x", "9": "1"}
    found = marking.mark_class(EXAM, write(tmp_path / "f.csv", {"a": answers}))
    assert found.students[0].points == 6
    assert found.notes == (
        "the column email is ignored: it does not name a part",
        "the column 9 is ignored: no paper has a part 9",
    )


def test_problems_are_reported_and_the_others_marked(tmp_path: Path) -> None:
    papers = {s: paper(EXAM, Student(s)) for s in ("a", "b", "alice")}
    file = write(
        tmp_path / "f.csv",
        {s: right(p) for s, p in papers.items()} | {"": {"1": "2"}, "alyce": {}},
        variant={"a": papers["a"].variant.upper(), "b": "00000000"},
    )
    file.write_text(file.read_text() + "a,,1\n")
    found = marking.mark_class(EXAM, file, [Student("a"), Student("b"), Student("alice")])
    assert [m.student.id for m in found.marked] == ["a", "alice"] and all(
        m.points == 6 for m in found.marked
    )
    said = "\n".join(m.problem for m in found.students if m.problem)
    assert f"b has the variant {papers['b'].variant}, not 00000000" in said
    assert "line 5 has no id" in said and "alyce is not on the roster; did you mean alice?" in said
    assert "line 7 is a second line for a; the first one counts" in said


FILES = [
    ("id,1\n", "there are no answers"),
    ("name,1\nx,2\n", "has no column id"),
    ("id,email\na,b\n", "no column is named after a part"),
    ("id,1a,1 (a)\na,2,3\n", "the part 1a has two columns"),
]


@pytest.mark.parametrize(("text", "says"), FILES)
def test_files_that_cannot_be_marked(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "f.csv"
    file.write_text(text)
    with pytest.raises(GradvizError) as caught:
        marking.mark_class(EXAM, file)
    assert says in str(caught.value)


def test_nobody_could_be_marked(tmp_path: Path) -> None:
    found = marking.mark_class(EXAM, write(tmp_path / "f.csv", {"a": {"1": "2"}}), [Student("b")])
    with pytest.raises(GradvizError, match="no answers could be marked"):
        statistics(found)


def test_statistics_by_hand(tmp_path: Path) -> None:
    """Two students right everywhere, two wrong in the choice, one of them blank elsewhere."""
    papers = {s: paper(EXAM, Student(s)) for s in ("a", "b", "c", "d")}
    answers = {s: right(p) for s, p in papers.items()}
    for s in ("c", "d"):
        for item in papers[s].items:
            if item.question.kind == "gradient-choice":
                answers[s][str(item.number)] = wrong(papers[s])[str(item.number)]
            elif s == "d":
                answers[s] |= {item.name(p): "" for p in item.question.parts}
    rows = {
        r.kind: r for r in statistics(marking.mark_class(EXAM, write(tmp_path / "f.csv", answers)))
    }
    assert [(r.facility, r.students) for r in rows.values()] == [(0.75, 4), (0.75, 4), (0.5, 4)]
    # credits 1 1 0 0 against the rest 5 5 5 0: covariance sum 2.5, variances 1 and 18.75.
    assert rows["gradient-choice"].discrimination == pytest.approx(2.5 / math.sqrt(18.75))
    assert sum(n for _, n in rows["gradient-choice"].mistakes) == 2
    assert dict(rows["branch"].verdicts) == {"right": 9, "blank": 3}


def test_correlation() -> None:
    f = [Fraction(n) for n in (1, 2, 3, 4)]
    assert correlation(f, f) == pytest.approx(1) and correlation(f, f[::-1]) == pytest.approx(-1)
    assert math.isnan(correlation(f, [Fraction(1)] * 4))


def test_the_plot_says_what_it_shows() -> None:
    rows = (
        Row("1.1.1", "gradient", 2, 2, 4, 0.75, 0.5, (), ()),
        Row("1.2.1", "branch", 2, 3, 4, 0.25, math.nan, (), ()),
    )
    scene = plot.scene(rows)
    tall = {i.id: i.height for i in scene.items if i.id.startswith("bar-")}  # type: ignore[union-attr]
    assert tall["bar-0"] == 3 * tall["bar-1"] and [
        i.id for i in scene.items if i.id.startswith("dot-")
    ] == ["dot-0"]
    root = ElementTree.fromstring(plot.plot(rows))
    assert "facility 75%, discrimination 0.50" in "".join(root.itertext())


def test_tables_read_back(tmp_path: Path) -> None:
    papers = {s: paper(EXAM, Student(s)) for s in ("a", "b")}
    marked = marking.mark_class(
        EXAM, write(tmp_path / "f.csv", {"a": right(papers["a"]), "b": wrong(papers["b"])})
    )
    marks = list(csv.DictReader(io.StringIO(results.marks_csv(marked))))
    assert next((m["id"], m["points"], m["of"]) for m in marks) == ("a", "6", "6")
    parts = list(csv.DictReader(io.StringIO(results.parts_csv(marked))))
    assert len(parts) == 2 * 5 and sum(float(p["points"]) for p in parts if p["id"] == "a") == 6
    questions = list(csv.DictReader(io.StringIO(results.questions_csv(statistics(marked)))))
    assert [q["kind"] for q in questions] == ["gradient", "branch", "gradient-choice"]


# The program
# ------------------------------------------------------------------------------------------------

Program = Callable[..., Outcome]


def test_gradviz_exam_grade(gradviz: Program, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "exam.gv.toml").write_text(TEXT)
    papers = {s: paper(EXAM, Student(s)) for s in ("a", "b")}
    file = write(
        tmp_path / "answers.csv",
        {"a": right(papers["a"]), "b": wrong(papers["b"]) | {"1": "nonsense"}},
    )
    (tmp_path / "class.csv").write_text("id,name\na,Ada\nb,Bob\n")
    done = gradviz(
        "exam", "grade", str(tmp_path / "exam.gv.toml"), str(file), "-o", str(tmp_path / "out"),
        "--roster", str(tmp_path / "class.csv"),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "points of 6" in done.out and "gradient-choice" in done.out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "class.svg",
        "marks.csv",
        "parts.csv",
        "questions.csv",
    ]
    done = gradviz("exam", "grade", str(tmp_path / "exam.gv.toml"), str(tmp_path / "none.csv"))
    assert done.status == 1 and done.refused and "there is no file none.csv" in done.err


def test_gradviz_exam_check(gradviz: Program, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "exam.gv.toml"
    file.write_text(TEXT)
    done = gradviz("exam", "check", str(file), "--variants", "6")
    assert done.status == 0, done.err
    assert done.out.count("none") == 3
    done = gradviz("exam", "check", str(file), "--variants", "0")
    assert done.status == 2 and done.refused
