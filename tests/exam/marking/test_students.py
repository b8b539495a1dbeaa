"""Whose answers are marked: ids as spreadsheets change them, absent students, journals."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradviz.errors import GradvizError
from gradviz.exam import cohort
from gradviz.exam.marking import results
from gradviz.exam.marking import sheets as marking
from gradviz.exam.marking.sheets import Ids
from gradviz.exam.paper import spec
from gradviz.exam.paper.paper import Paper, paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.question.identity import VERSION
from tests.cli.conftest import Outcome, gradviz  # noqa: F401 (a fixture)

Program = Callable[..., Outcome]

TEXT = f"""title = "Quiz"
seed = "00112233445566778899aabbccddeeff"
version = "{VERSION}"
[[section]]
[[section.question]]
kind = "hinge"
points = 4
[[section.question]]
kind = "true-false"
"""
EXAM = spec.parse(TEXT)
CLASS = (Student("0000006", "Ada"), Student("s20260037", "Bob"), Student("x1", "Cyd"))


def answers(students: dict[str, Paper]) -> str:
    """Right answers, each under an id as it is written."""
    rows = {
        written: {item.name(part): part.answer.written for item, part in made.parts}
        for written, made in students.items()
    }
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, ["id", *next(iter(rows.values()))])
    table.writeheader()
    table.writerows({"id": written, **row} for written, row in rows.items())
    return out.getvalue()


IDS = [
    ("0000006", "0000006", ""),
    ("6", "0000006", "leading zeros are ignored"),
    ("06", "0000006", "leading zeros are ignored"),
    ("S20260037", "s20260037", "case is ignored"),
    ("ｓ20260037", "s20260037", "case is ignored"),
    ("7", "", ""),
    ("s2026003", "", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("written", "meant", "change"), IDS)
def test_ids(written: str, meant: str, change: str) -> None:
    assert Ids(s.id for s in CLASS).find(written) == (meant, change)


def test_an_id_that_may_be_two_students_is_neither() -> None:
    ids = Ids(["06", "006", "a1", "7", "007"])
    assert ids.find("6") == ("", "06 or 006") and ids.find("7") == ("7", "")


def test_ids_are_corrected_where_they_are_unique_and_said(tmp_path: Path) -> None:
    papers = {s.id: paper(EXAM, s) for s in CLASS}
    file = tmp_path / "a.csv"
    file.write_text(
        answers({"6": papers["0000006"], "S20260037": papers["s20260037"], "7": papers["x1"]})
    )
    found = marking.mark_class(EXAM, file, CLASS)
    assert {m.student.id: m.points for m in found.marked} == {"0000006": 5, "s20260037": 5}
    assert "line 2: 6 is taken for 0000006: leading zeros are ignored" in found.notes
    assert [m.problem for m in found.refused] == ["line 4: 7 is not on the roster"]
    assert [m.student.id for m in found.absent] == ["x1"]
    rows = {r["id"]: r for r in csv.DictReader(io.StringIO(results.marks_csv(found)))}
    assert rows["x1"]["points"] == "" and "no line for this student" in rows["x1"]["problem"]
    assert rows["0000006"]["name"] == "Ada" and rows["0000006"]["points"] == "5"


def test_ids_and_names_are_no_formulas(tmp_path: Path) -> None:
    student = Student("+1", "=HYPERLINK(1)")
    file = tmp_path / "a.csv"
    file.write_text(answers({"+1": paper(EXAM, student)}))
    found = marking.mark_class(EXAM, file, [student])
    (row,) = csv.DictReader(io.StringIO(results.marks_csv(found)))
    assert (row["id"], row["name"], row["points"]) == ("'+1", "'=HYPERLINK(1)", "5")
    assert results.parts_csv(found).splitlines()[1].startswith("'+1,")


def test_two_spellings_of_one_id_are_one_student(tmp_path: Path) -> None:
    made = paper(EXAM, CLASS[0])
    file = tmp_path / "a.csv"
    file.write_text(answers({"6": made, "0000006": made}))
    found = marking.mark_class(EXAM, file, CLASS)
    assert [m.problem for m in found.refused] == [
        "line 3 is a second line for 0000006; the first one counts"
    ]


def test_papers_are_marked_as_they_were_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After another version has come, which asks other questions."""
    cohort.make(EXAM, CLASS, "json", tmp_path / "p")
    file = tmp_path / "a.csv"
    file.write_text(answers({s.id: paper(EXAM, s) for s in CLASS}))
    monkeypatch.setattr(spec, "VERSION", "99")
    monkeypatch.setattr(sys.modules["gradviz.exam.question.identity"], "SAMPLING", "99")
    with pytest.raises(GradvizError, match="is written for other questions"):
        spec.parse(TEXT)
    later = spec.parse(TEXT, any_version=True)
    assert max(m.points for m in marking.mark_class(later, file, CLASS).marked) < 5
    papers = cohort.papers(later, tmp_path / "p")
    found = marking.mark_class(later, file, papers=papers)
    assert [(m.student, m.points) for m in found.marked] == [(s, 5) for s in CLASS]


def test_a_student_without_a_paper(tmp_path: Path) -> None:
    cohort.make(EXAM, CLASS[:2], "json", tmp_path / "p")
    file = tmp_path / "a.csv"
    file.write_text(answers({s.id: paper(EXAM, s) for s in CLASS}))
    papers = cohort.papers(EXAM, tmp_path / "p")
    (refused,) = marking.mark_class(EXAM, file, CLASS, papers).refused
    assert refused.problem == "line 4: no paper was made for x1"


def test_folders_that_cannot_be_marked_from(tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match="the folder holds no papers"):
        cohort.papers(EXAM, tmp_path)
    cohort.make(EXAM, CLASS, "json", tmp_path / "p")
    other = spec.parse(TEXT.replace("Quiz", "Other"))
    with pytest.raises(GradvizError, match="holds papers of another exam") as caught:
        cohort.papers(other, tmp_path / "p")
    assert "'Quiz'" in str(caught.value)
    journal = tmp_path / "p" / cohort.JOURNAL
    header, *lines = journal.read_text().splitlines()
    before = {k: v for k, v in json.loads(header).items() if k != "version"}
    journal.write_text("\n".join([json.dumps(before), *lines]) + "\n")
    with pytest.raises(GradvizError, match="the journal does not hold its questions"):
        cohort.papers(EXAM, tmp_path / "p")
    journal.write_text("\n".join([header, *(row.replace("numeric", "nomeric") for row in lines)]))
    with pytest.raises(GradvizError, match="a question that cannot be read"):
        cohort.papers(EXAM, tmp_path / "p")


def test_the_program_marks_whom_it_knows(
    gradviz: Program,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("e.toml").write_text(TEXT)
    Path("r.csv").write_text("id,name\n0000006,Ada\ns20260037,Bob\nx1,Cyd\n")
    papers = {s.id: paper(EXAM, s) for s in CLASS}
    Path("a.csv").write_text(answers({"6": papers["0000006"], "nobody": papers["x1"]}))
    done = gradviz("exam", "grade", "e.toml", "a.csv")
    assert done.status == 1 and "the students are not known" in done.err
    assert gradviz(
        "exam", "make", "e.toml", "--roster", "r.csv", "--format", "json", "-o", "p"
    ).status == 0  # fmt: skip
    for known in (("--roster", "r.csv"), ("--papers", "p"), ("--roster", "r.csv", "--papers", "p")):
        done = gradviz("exam", "grade", "e.toml", "a.csv", *known, "-o", "out")
        assert done.status == 1 and "1 line could not be marked" in done.err
        assert "nobody is not on the roster" in done.err and "0000006" in done.out
        assert "no answers from s20260037, x1" in done.err
        rows = list(csv.DictReader(io.StringIO(Path("out/marks.csv").read_text())))
        assert [r["id"] for r in rows] == ["0000006", "nobody", "s20260037", "x1"]
    Path("a.csv").write_text(answers({"6": papers["0000006"]}))
    assert gradviz("exam", "grade", "e.toml", "a.csv", "--papers", "p").status == 0
    done = gradviz("exam", "grade", "e.toml", "a.csv", "--papers", "nowhere")
    assert done.status == 1 and "the folder holds no papers" in done.err
