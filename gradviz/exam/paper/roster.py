"""The students who take the exam: a CSV file with columns `id` and `name`; others are ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradviz.errors import ValueInputError
from gradviz.sources.tables import records

ID = re.compile(r"[\w@+-][\w.@+-]{0,63}")
"""Ids are used as file names on every system."""

COLUMNS = ("id", "name", "variant")
"""The columns of rosters and answers whose names may be in upper or lower case."""


@dataclass(frozen=True, slots=True)
class Student:
    """One student. Only the id determines the questions."""

    id: str
    name: str = ""


def read(path: str | Path) -> tuple[Student, ...]:
    """The students of a CSV file. Raises FileError, ParseError or ValueInputError with the line."""
    students, lines = [], []
    for line, row in records(path, ("id",), COLUMNS):
        student = Student(row["id"].strip(), " ".join(row.get("name", "").split()))
        if not ID.fullmatch(student.id) or student.id.endswith("."):
            raise ValueInputError(
                "not a valid student id",
                where=f"{path}, line {line}, column id",
                expected="letters, digits and . _ - @ +, since ids are used as file names",
                got=repr(student.id)[:60] if student.id else "nothing",
            )
        students.append(student)
        lines.append(line)
    _check_twins(path, students, lines)
    if not students:
        raise ValueInputError(
            "the roster is empty",
            where=str(path),
            expected="a line for every student below id,name",
        )
    return tuple(students)


def _check_twins(path: str | Path, students: Iterable[Student], lines: Iterable[int]) -> None:
    seen: dict[str, int] = {}
    for student, line in zip(students, lines, strict=True):
        key = student.id.casefold()
        if key in seen:
            raise ValueInputError(
                f"the student {student.id} is listed twice",
                where=f"{path}, line {line}",
                expected="a different id on every line, ignoring case",
                got=f"the id of line {seen[key]} again",
            )
        seen[key] = line
