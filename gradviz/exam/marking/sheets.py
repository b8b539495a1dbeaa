"""Marking a class: answers from a CSV file, against the students' papers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gradviz.errors import ParseError, ValueInputError, did_you_mean
from gradviz.exam.marking.grading import Mark, mark
from gradviz.exam.paper.paper import Item, Paper, paper
from gradviz.exam.paper.roster import COLUMNS, Student
from gradviz.exam.paper.spec import Exam
from gradviz.progress import each
from gradviz.sources.tables import records

PART = re.compile(r"(\d+)([a-z]?)")


@dataclass(frozen=True)
class Marked:
    """One student's marks.

    marks    a mark for every question; empty if the answers could not be marked.
    problem  why there are no marks, in a sentence.
    absent   whether that is because the answers have no line for the student.
    """

    student: Student
    paper: Paper | None
    marks: tuple[tuple[Item, Mark], ...]
    problem: str = ""
    absent: bool = False

    @property
    def points(self) -> Fraction:
        """The points earned."""
        return sum((mark.credit * item.points for item, mark in self.marks), Fraction(0))


@dataclass(frozen=True)
class Class:
    """The marks of all students, and notes on ignored columns and on ids that were corrected."""

    students: tuple[Marked, ...]
    notes: tuple[str, ...]

    @property
    def marked(self) -> tuple[Marked, ...]:
        """The students whose answers could be marked."""
        return tuple(m for m in self.students if not m.problem)

    @property
    def absent(self) -> tuple[Marked, ...]:
        """The students without answers."""
        return tuple(m for m in self.students if m.absent)

    @property
    def refused(self) -> tuple[Marked, ...]:
        """The lines that could not be marked."""
        return tuple(m for m in self.students if m.problem and not m.absent)


class Ids:
    """The ids of a class, found as spreadsheets and people change them."""

    def __init__(self, known: Iterable[str]) -> None:
        self.known = tuple(known)

    def find(self, written: str) -> tuple[str, str]:
        """The id that is meant, and what was changed in it; both empty if it is not known.

        Without a match as written: one without case, and then one without leading zeros. Where
        several match, the id is empty and the second text names them.
        """
        if written in self.known:
            return written, ""
        for alike, change in ((_folded, "case is ignored"), (_bare, "leading zeros are ignored")):
            found = [one for one in self.known if alike(one) == alike(written)]
            if found:
                return (found[0], change) if len(found) == 1 else ("", " or ".join(found))
        return "", ""


def _folded(id: str) -> str:
    return unicodedata.normalize("NFKC", id).casefold()


def _bare(id: str) -> str:
    return _folded(id).lstrip("0")


def part_name(column: str) -> str:
    """`2a` for `2a`, `2 (a)`, `Q2a` and the like; empty if the column is not a part."""
    said = (
        re.sub(r"[\s().:_-]", "", column.lower())
        .removeprefix("question")
        .removeprefix("q")
        .removeprefix("response")
    )
    return said if PART.fullmatch(said) else ""


def mark_class(
    exam: Exam,
    path: str | Path,
    students: Sequence[Student] | None = None,
    papers: Mapping[str, Paper] | None = None,
) -> Class:
    """Mark the answers of a CSV file: a column `id`, and one for every part, named as on the paper.

    students  the roster; answers of anyone else are reported, not marked, and students without
              answers are listed. Without it, those who have a paper, or whoever has a line.
    papers    the papers as they were made, by id; without them, they are made again.
    A `variant` that is not the student's is also reported. Raises FileError and ParseError for the
    file.
    """
    found = records(path, ("id",), COLUMNS)
    if not found:
        raise ParseError(
            "there are no answers",
            where=str(path),
            expected="a line for every student below the header",
        )
    columns = [c for c in found[0][1] if c.lower() not in COLUMNS]
    names = {column: part_name(column) for column in columns}
    parts = [name for name in names.values() if name]
    twice = next((name for name in parts if parts.count(name) > 1), "")
    if twice:
        raise ParseError(
            f"the part {twice} has two columns",
            where=f"{path}, line 1",
            expected="one column for every part",
        )
    if not parts:
        raise ParseError(
            "no column is named after a part",
            where=f"{path}, line 1",
            expected="columns such as 1, 2a, 2b",
            got=", ".join(columns)[:80],
        )
    notes = [f"the column {c} is ignored: it does not name a part" for c in columns if not names[c]]
    if students is None and papers is not None:
        students = [made.student for made in papers.values()]
    known = None if students is None else {s.id: s for s in students}
    ids = Ids(known or ())
    marked, seen, asked = list[Marked](), set[str](), set[str]()
    for line, row in each("answers marked", found):
        student, problem = Student(row["id"].strip()), ""
        if known is not None and student.id:
            meant, change = ids.find(student.id)
            if meant and change:
                notes.append(f"line {line}: {student.id} is taken for {meant}: {change}")
            problem = "" if meant else _unknown(student.id, line, change, known)
            student = known.get(meant, student)
        problem = problem or _problem(student.id, line, seen, papers)
        seen.add(student.id)
        if problem:
            marked.append(Marked(student, None, (), problem))
            continue
        made = paper(exam, student) if papers is None else papers[student.id]
        asked.update(made.answers_expected)
        answers = {names[c]: row[c] for c in columns if names[c]}
        marked.append(_marked(made, student, line, row, answers))
    marked += [
        Marked(student, None, (), "the answers have no line for this student", absent=True)
        for student in students or ()
        if student.id not in seen
    ]
    notes += [
        f"the column {c} is ignored: no paper has a part {names[c]}"
        for c in columns
        if asked and names[c] and names[c] not in asked
    ]
    return Class(tuple(marked), tuple(notes))


def _unknown(id: str, line: int, several: str, known: Collection[str]) -> str:
    if several:
        return f"line {line}: {id} may be {several}"
    hint = did_you_mean(id, known)
    return f"line {line}: {id} is not on the roster" + (f"; {hint}" if hint else "")


def _problem(student: str, line: int, seen: Collection[str], papers: Collection[str] | None) -> str:
    if not student:
        return f"line {line} has no id"
    if student in seen:
        return f"line {line} is a second line for {student}; the first one counts"
    if papers is not None and student not in papers:
        return f"line {line}: no paper was made for {student}"
    return ""


def _marked(
    made: Paper, student: Student, line: int, row: Mapping[str, str], answers: Mapping[str, str]
) -> Marked:
    variant = row.get("variant", "").strip().lower()
    if variant and variant != made.variant:
        said = f"line {line}: {student.id} has the variant {made.variant}, not {variant}"
        return Marked(student, made, (), said)
    marks = []
    for item in made.items:
        given = {part.id: answers.get(item.name(part), "") for part in item.question.parts}
        marks.append((item, mark(item.question, given)))
    return Marked(student, made, tuple(marks))


def place_of(item: Item) -> str:
    """The key of a question across all students: its place in the exam before shuffling."""
    return item.question.identity.place


def of_all(students: Iterable[Marked]) -> dict[str, list[tuple[Marked, Item, Mark]]]:
    """The marks of each question, by its place in the exam.

    Raises ValueInputError if there are none.
    """
    found: dict[str, list[tuple[Marked, Item, Mark]]] = {}
    for one in students:
        for item, earned in one.marks:
            found.setdefault(place_of(item), []).append((one, item, earned))
    if not found:
        raise ValueInputError("no answers could be marked", hint="the problems are listed above")
    return dict(sorted(found.items(), key=lambda pair: tuple(map(int, pair[0].split(".")))))
