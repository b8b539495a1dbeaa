"""Marks and statistics as tables, for reading and for spreadsheets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.exam.marking.sheets import Class
from gradviz.exam.marking.statistics import Row
from gradviz.exam.text import decimal
from gradviz.sources.tables import written


def points(value: Any) -> str:
    """Points with at most two decimals."""
    text = decimal(value)
    return text if "/" not in text and len(text.partition(".")[2]) <= 2 else f"{float(value):.2f}"


def marks_csv(marked: Class) -> str:
    """A line for every student: the points, or why there are none."""
    return written(
        ("id", "variant", "points", "of", "problem", "name"),
        (
            (
                m.student.id,
                m.paper.variant if m.paper else "",
                points(m.points) if not m.problem else "",
                m.paper.exam.total if m.paper else "",
                m.problem,
                m.student.name,
            )
            for m in marked.students
        ),
    )


def parts_csv(marked: Class) -> str:
    """A line for every part of every student: credit, verdict, likely misconception, feedback."""
    return written(
        ("id", "part", "kind", "points", "of", "verdict", "misconception", "feedback"),
        _part_rows(marked),
    )


def _part_rows(marked: Class) -> Iterator[Sequence[Any]]:
    for one in marked.marked:
        for item, mark in one.marks:
            for part, row in zip(item.question.parts, mark.parts, strict=True):
                worth = item.points_of(part)
                yield (
                    one.student.id,
                    item.name(part),
                    item.question.kind,
                    points(row.credit * worth),
                    points(worth),
                    row.verdict,
                    row.misconception,
                    row.says,
                )


def questions_csv(rows: Sequence[Row]) -> str:
    """A line for every question: facility, discrimination, verdicts, mistakes."""
    return written(
        (
            "question",
            "kind",
            "level",
            "points",
            "students",
            "facility",
            "discrimination",
            "verdicts",
            "mistakes",
        ),
        (
            (
                r.place,
                r.kind,
                r.level,
                r.points,
                r.students,
                f"{r.facility:.3f}",
                _number(r.discrimination),
                _said(r.verdicts),
                _said(r.mistakes),
            )
            for r in rows
        ),
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The statistics as lines of text."""
    wide = max(len("kind"), *(len(r.kind) for r in rows))
    yield (
        f"{'question':<9} {'kind':<{wide}} {'level':>5} {'facility':>8} {'discr.':>7}  commonest"
        " mistakes"
    )
    for r in rows:
        told = ", ".join(f"{name} {count}×" for name, count in r.mistakes[:3])
        for verdict, said in (("unreadable", "unreadable"), ("by hand", "to be marked by hand")):
            if count := dict(r.verdicts).get(verdict, 0):
                told += f"{', ' if told else ''}{count} {said}"
        yield (
            f"{r.place:<9} {r.kind:<{wide}} {r.level:>5} {r.facility:>8.0%}"
            f" {_number(r.discrimination):>7}  {told}".rstrip()
        )


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.2f}"


def _said(counts: Sequence[tuple[str, int]]) -> str:
    return "; ".join(f"{name}: {count}" for name, count in counts)
