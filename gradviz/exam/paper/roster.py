"""Who sits the exam: a CSV file with the columns `id` and `name`; others are ignored."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradviz.errors import ParseError, ValueInputError, did_you_mean
from gradviz.files import read_whole

ID = re.compile(r"[\w@+-][\w.@+-]{0,63}")
"""Ids name files, on every system."""


@dataclass(frozen=True, slots=True)
class Student:
    """One student. The id alone decides which questions come."""

    id: str
    name: str = ""


def read(path: str | Path) -> tuple[Student, ...]:
    """The students of a CSV file. Raises FileError, ParseError or ValueInputError with the line."""
    students, lines = [], []
    for line, row in rows(path, ("id",)):
        student = Student(row["id"].strip(), " ".join(row.get("name", "").split()))
        if not ID.fullmatch(student.id) or student.id.endswith("."):
            raise ValueInputError(
                "this is no id of a student",
                where=f"{path}, line {line}, column id",
                expected="letters, digits and . _ - @ +, for it names files",
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
                f"the student {student.id} is there twice",
                where=f"{path}, line {line}",
                expected="a different id on every line, in upper or lower case",
                got=f"the id of line {seen[key]} again",
            )
        seen[key] = line


def rows(path: str | Path, needed: Iterable[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file below its header, each with its line.

    Raises ParseError for what is no such file.
    """
    try:
        text = read_whole(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ParseError(
            f"{Path(path).name} is not in UTF-8",
            where=f"{path}, byte {error.start + 1}",
            expected="CSV in UTF-8",
            hint="save it as CSV UTF-8",
        ) from None
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") > first.count(",") else ",",
        strict=True,
    )
    found: list[tuple[int, dict[str, str]]] = []
    header: list[str] = []
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(path, row, needed)
                continue
            if len(row) > len(header):
                raise ParseError(
                    "a line has too many cells",
                    where=f"{path}, line {reader.line_num}, column {len(header) + 1}",
                    expected=f"{len(header)}, as in the header",
                    got=len(row),
                    hint='put a cell with commas in "quotes"',
                )
            found.append(
                (
                    reader.line_num,
                    dict(zip(header, row + [""] * (len(header) - len(row)), strict=True)),
                )
            )
    except csv.Error as error:
        raise ParseError(
            f"{Path(path).name} is no CSV: {error}", where=f"{path}, line {reader.line_num}"
        ) from None
    if not header:
        raise ParseError(
            f"{Path(path).name} is empty",
            where=str(path),
            expected=f"a header with {', '.join(needed)}",
        )
    return found


def _header(path: str | Path, row: list[str], needed: Iterable[str]) -> list[str]:
    header = [
        cell.strip().lower() if cell.strip().lower() in ("id", "name", "variant") else cell.strip()
        for cell in row
    ]
    for name in needed:
        if name not in header:
            raise ParseError(
                f"{Path(path).name} has no column {name}",
                where=f"{path}, line 1",
                expected=f"{name} among the columns",
                got=", ".join(header)[:80],
                hint=did_you_mean(name, header),
            )
    twice = next((c for c in header if c and header.count(c) > 1), "")
    if twice:
        raise ParseError(
            f"the column {twice} is there twice",
            where=f"{path}, line 1",
            expected="every column once",
        )
    return header
