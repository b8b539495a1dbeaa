"""Marking a class: answers from a CSV file, against papers made again from the students' ids."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gradviz.errors import ParseError, ValueInputError, did_you_mean
from gradviz.exam.marking.grading import Mark, mark
from gradviz.exam.paper.paper import Item, Paper, paper
from gradviz.exam.paper.roster import COLUMNS, Student
from gradviz.exam.paper.spec import Exam
from gradviz.sources.tables import records

PART = re.compile(r"(\d+)([a-z]?)")


@dataclass(frozen=True)
class Marked:
    """One student's marks.

    marks    a mark for every question; empty if the answers could not be marked.
    problem  why the answers could not be marked, in a sentence.
    """

    student: str
    paper: Paper | None
    marks: tuple[tuple[Item, Mark], ...]
    problem: str = ""

    @property
    def points(self) -> Fraction:
        """The points earned."""
        return sum((mark.credit * item.points for item, mark in self.marks), Fraction(0))


@dataclass(frozen=True)
class Class:
    """The marks of all students, and notes on the columns that were ignored."""

    students: tuple[Marked, ...]
    notes: tuple[str, ...]

    @property
    def marked(self) -> tuple[Marked, ...]:
        """The students whose answers could be marked."""
        return tuple(m for m in self.students if not m.problem)


def part_name(column: str) -> str:
    """`2a` for `2a`, `2 (a)`, `Q2a` and the like; empty if the column is not a part."""
    said = (
        re.sub(r"[\s().:_-]", "", column.lower())
        .removeprefix("question")
        .removeprefix("q")
        .removeprefix("response")
    )
    return said if PART.fullmatch(said) else ""


def mark_class(exam: Exam, path: str | Path, known: Collection[str] | None = None) -> Class:
    """Mark the answers of a CSV file: a column `id`, and one for every part, named as on the paper.

    known  the ids of the roster; answers of anyone else are reported, not marked.
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
    students, seen, asked = [], set[str](), set[str]()
    for line, row in found:
        student = row["id"].strip()
        problem = _problem(student, line, seen, known)
        seen.add(student)
        if problem:
            students.append(Marked(student, None, (), problem))
            continue
        made = paper(exam, Student(student))
        asked.update(made.answers_expected)
        students.append(_marked(made, line, row, {names[c]: row[c] for c in columns if names[c]}))
    notes += [
        f"the column {c} is ignored: no paper has a part {names[c]}"
        for c in columns
        if asked and names[c] and names[c] not in asked
    ]
    return Class(tuple(students), tuple(notes))


def _problem(student: str, line: int, seen: Collection[str], known: Collection[str] | None) -> str:
    if not student:
        return f"line {line} has no id"
    if student in seen:
        return f"line {line} is a second line for {student}; the first one counts"
    if known is not None and student not in known:
        hint = did_you_mean(student, known)
        return f"line {line}: {student} is not on the roster" + (f"; {hint}" if hint else "")
    return ""


def _marked(made: Paper, line: int, row: Mapping[str, str], answers: Mapping[str, str]) -> Marked:
    student, variant = made.student.id, row.get("variant", "").strip().lower()
    if variant and variant != made.variant:
        return Marked(
            student,
            made,
            (),
            f"line {line}: {student} has the variant {made.variant}, not {variant}",
        )
    marks = []
    for item in made.items:
        given = {part.id: answers.get(item.name(part), "") for part in item.question.parts}
        marks.append((item, mark(item.question, given)))
    return Marked(student, made, tuple(marks))


def place_of(item: Item) -> str:
    """The key of a question across all students: its place in the exam before shuffling."""
    return item.question.identity.seed.partition("/")[2]


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
