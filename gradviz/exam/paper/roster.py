"""The students who take the exam: a CSV file with columns `id` and `name`; others are ignored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradviz.errors import ValueInputError
from gradviz.files import clean_line, is_reserved
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_line(self.name))

    @property
    def said(self) -> str:
        """`Ada Lovelace (s1)`, or the id alone."""
        return f"{self.name} ({self.id})" if self.name not in ("", self.id) else self.id


def read(path: str | Path) -> tuple[Student, ...]:
    """The students of a CSV file. Raises FileError, ParseError or ValueInputError with the line."""
    students, places = [], []
    for line, row in records(path, ("id",), COLUMNS):
        student = Student(row["id"].strip(), " ".join(row.get("name", "").split()))
        _check_id(student.id, f"{path}, line {line}, column id")
        students.append(student)
        places.append(f"line {line}")
    _check_twins(places, students)
    if not students:
        raise ValueInputError(
            "the roster is empty",
            where=str(path),
            expected="a line for every student below id,name",
        )
    return tuple(students)


def check(students: Sequence[Student]) -> None:
    """Raise ValueInputError for students whose papers cannot be named by their ids."""
    for number, student in enumerate(students, 1):
        _check_id(student.id, f"student {number}")
    _check_twins([f"student {number}" for number in range(1, len(students) + 1)], students)


def _check_id(student: str, where: str) -> None:
    if ID.fullmatch(student) and not is_reserved(student):
        return
    raise ValueInputError(
        "not a valid student id",
        where=where,
        expected="letters, digits and . _ - @ +, since ids are used as file names",
        got=(repr(student)[:60] + ", a name that Windows keeps for itself" * is_reserved(student))
        if student
        else "nothing",
    )


def _check_twins(places: Sequence[str], students: Sequence[Student]) -> None:
    seen: dict[str, str] = {}
    for place, student in zip(places, students, strict=True):
        key = student.id.casefold()
        if key in seen:
            raise ValueInputError(
                f"the student {student.id} is listed twice",
                where=place,
                expected="a different id for everyone, ignoring case",
                got=f"the id of {seen[key]} again",
            )
        seen[key] = place
