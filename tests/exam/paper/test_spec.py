"""exam.gv.toml and rosters: what they may contain, and every mistake reported at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradviz.errors import GradvizError
from gradviz.exam.paper import roster, spec
from gradviz.exam.paper.paper import paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import template

EXAM = """title = "Midterm"
points = 7
seed = 3

[[section]]
title = "One"
  [[section.question]]
  kind = "gradient"
  level = 2
  points = 2
  count = 2

[[section]]
shuffle = true
  [[section.question]]
  kind = "hinge"
  [[section.question]]
  kind = "neuron"
  level = 3
  points = 2
"""


def test_an_exam_is_read() -> None:
    exam = spec.parse(EXAM)
    assert (exam.title, exam.total, exam.section[0].question[0].count, exam.section[1].shuffle) == (
        "Midterm",
        7,
        2,
        True,
    )


def test_the_template_is_an_exam_and_names_every_kind() -> None:
    from gradviz.exam import kinds

    exam = spec.parse(template())
    assert exam.total == exam.points
    assert all(f"#   {name} " in template() for name in kinds.every())


def test_a_paper_is_numbered_through_and_belongs_to_one_student() -> None:
    exam = spec.parse(EXAM)
    a, b = paper(exam, Student("a")), paper(exam, Student("b"))
    assert [i.number for i in a.items] == [1, 2, 3, 4] and sum(i.points for i in a.items) == 7
    first, second, *_ = a.items
    assert first.question.draft != second.question.draft, "two of a kind are two questions"
    assert a.variant != b.variant and paper(exam, Student("a", "Ada")).variant == a.variant
    assert not {i.question.id for i in a.items} & {i.question.id for i in b.items}
    other = paper(spec.parse(EXAM.replace("seed = 3", "seed = 4")), Student("a"))
    assert not {i.question.id for i in a.items} & {i.question.id for i in other.items}


def test_shuffling_gives_students_different_orders() -> None:
    exam = spec.parse(EXAM)
    orders = {
        tuple(i.question.kind for i in paper(exam, Student(f"s{k}")).items) for k in range(12)
    }
    assert orders == {
        ("gradient", "gradient", "hinge", "neuron"),
        ("gradient", "gradient", "neuron", "hinge"),
    }


BAD = [
    # what is changed, to what; the message; where; a further part of the message
    (
        'title = "Midterm"',
        "title = Midterm",
        "is not valid TOML: invalid value",
        "line 1, column 9",
        "^",
    ),
    ("seed = 3", "seed = ", "is not valid TOML", "line 3, column", "^"),
    (
        "seed = 3",
        "seed = 1.5",
        "expected a whole number or text in quotes, got a decimal number",
        "line 3, column 1",
        "seed",
    ),
    ("seed = 3", 'seed = ""', "expected text in quotes of length >= 1", "line 3, column 1", "seed"),
    (
        "seed = 3",
        'seed = 3\nversion = "3"',
        "is written for other questions",
        "line 4, column 1",
        "grade --papers FOLDER",
    ),
    ("seed = 3", "seed = -1", "expected a whole number >= 0", "line 3, column 1", "seed = -1"),
    (
        "seed = 3",
        "sead = 3",
        "the table contains unknown field `sead`",
        "line 3, column 1",
        "did you mean seed?",
    ),
    (
        "points = 7",
        "points = 8",
        "the points do not add up",
        "line 2, column 1",
        "7, the sum over all questions",
    ),
    (
        '"gradient"',
        '"gradiant"',
        "there is no kind of question 'gradiant'",
        "line 8, column 3",
        "did you mean gradient?",
    ),
    ("level = 3", "level = 4", "neuron has no level 4", "line 19, column 3", "one of 1, 2, 3"),
    ("level = 3", 'level = "hard"', "expected a whole number", "line 19, column 3", "level"),
    ("count = 2", "count = 0", "expected a whole number >= 1", "line 11, column 3", "count = 0"),
    ('title = "Midterm"\n', "", "missing required field `title`", "", "gradviz init exam"),
    (
        '  kind = "hinge"\n',
        "",
        "missing required field `kind`",
        "line 15, column 3",
        "[[section.question]]",
    ),
    (
        "seed = 3",
        'seed = 3\nlanguage = "fr"',
        "there is no language 'fr'",
        "line 4, column 1",
        "en",
    ),
    (
        "seed = 3",
        'seed = 3\npaper = "a5"',
        "there is no paper 'a5'",
        "line 4, column 1",
        "a4 or us-letter",
    ),
]


@pytest.mark.parametrize(("old", "new", "what", "where", "more"), BAD)
def test_a_mistake_is_shown_at_its_line(
    old: str, new: str, what: str, where: str, more: str
) -> None:
    assert old in EXAM
    with pytest.raises(GradvizError) as caught:
        spec.parse(EXAM.replace(old, new, 1))
    said = str(caught.value)
    assert what in said and where in said and more in said, said


def test_an_exam_without_questions() -> None:
    with pytest.raises(GradvizError, match="missing required field `section`"):
        spec.parse('title = "x"')
    with pytest.raises(GradvizError, match="length >= 1"):
        spec.parse('title = "x"\nsection = []')


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "exam.gv.toml"
    file.write_bytes(b"title = \xff")
    with pytest.raises(GradvizError, match=r"exam\.gv\.toml is not in UTF-8"):
        spec.read(file)
    with pytest.raises(GradvizError, match="there is no file"):
        spec.read(tmp_path / "exam.toml")


def test_a_roster_is_read(tmp_path: Path) -> None:
    file = tmp_path / "students.csv"
    file.write_text('group,ID,Name\nA,s1,"O\'Neil,  Zoë"\n\nB,s2,\n', encoding="utf-8-sig")
    assert roster.read(file) == (Student("s1", "O'Neil, Zoë"), Student("s2", ""))
    file.write_text("id;name\nx1;A\n")
    assert roster.read(file) == (Student("x1", "A"),)


ROSTERS = [
    ("id,name\ns1,A\ns1,B\n", "the student s1 is listed twice", "line 3"),
    ("id,name\ns1,A\nS1,B\n", "the student S1 is listed twice", "line 3"),
    ("id,name\n../x,A\n", "not a valid student id", "line 2, column id"),
    ("id,name\nNUL,A\n", "not a valid student id", "line 2, column id"),
    ("id,name\ncom1.x,A\n", "not a valid student id", "a name that Windows keeps"),
    ("id,name\n,A\n", "not a valid student id", "got:      nothing"),
    ("ident,name\ns1,A\n", "has no column id", "line 1"),
    ("id,name\n", "the roster is empty", "a line for every student"),
    ("", "is empty", "a header with id"),
    ("id,name\ns1,A,B\n", "a line has too many cells", "line 2, column 3"),
    ("id,id\ns1,s2\n", "the column id appears twice", "line 1"),
    ('id,name\ns1,"A"x\n', "is not valid CSV", "line 2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what", "where"), ROSTERS)
def test_mistakes_in_a_roster(tmp_path: Path, text: str, what: str, where: str) -> None:
    file = tmp_path / "students.csv"
    file.write_text(text)
    with pytest.raises(GradvizError) as caught:
        roster.read(file)
    assert what in str(caught.value) and where in str(caught.value), str(caught.value)


def test_a_roster_that_is_not_in_utf8(tmp_path: Path) -> None:
    file = tmp_path / "students.csv"
    file.write_bytes("id,name\ns1,Zoë\n".encode("latin-1"))
    with pytest.raises(GradvizError, match="not in UTF-8") as caught:
        roster.read(file)
    assert "byte 14" in str(caught.value)
