"""How a class did, question by question: facility, discrimination, and which mistakes were made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradviz.exam.marking.sheets import Class, of_all


@dataclass(frozen=True, slots=True)
class Row:
    """One question over all students.

    facility        the mean credit: 1 if everyone earned full credit.
    discrimination  the correlation of its credit with the points of all other questions; NaN if
                    either is the same for everyone.
    verdicts        how many parts were right, blank, unreadable, …
    mistakes        the misconceptions that were diagnosed, most common first.
    """

    place: str
    kind: str
    level: int
    points: int
    students: int
    facility: float
    discrimination: float
    verdicts: tuple[tuple[str, int], ...]
    mistakes: tuple[tuple[str, int], ...]


def statistics(marked: Class) -> tuple[Row, ...]:
    """A row for every question of the exam. Raises ValueInputError if nothing was marked."""
    found = []
    for place, marks in of_all(marked.marked).items():
        earned = [mark.credit for _, _, mark in marks]
        rest = [one.points - mark.credit * item.points for one, item, mark in marks]
        verdicts = Counter(part.verdict for _, _, mark in marks for part in mark.parts)
        mistakes = Counter(
            part.misconception for _, _, mark in marks for part in mark.parts if part.misconception
        )
        _, item, _ = marks[0]
        found.append(
            Row(
                place,
                item.question.kind,
                item.question.identity.level,
                item.points,
                len(marks),
                float(sum(earned, Fraction(0)) / len(earned)),
                correlation(earned, rest),
                tuple(sorted(verdicts.items())),
                tuple(sorted(mistakes.items(), key=lambda m: (-m[1], m[0]))),
            )
        )
    return tuple(found)


def correlation(a: Sequence[Fraction], b: Sequence[Fraction]) -> float:
    """Pearson's correlation; NaN if one of the two does not vary."""
    n = len(a)
    mean_a, mean_b = sum(a, Fraction(0)) / n, sum(b, Fraction(0)) / n
    both = sum(((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)), Fraction(0))
    alone = sum(((x - mean_a) ** 2 for x in a), Fraction(0)) * sum(
        ((y - mean_b) ** 2 for y in b), Fraction(0)
    )
    return float(both) / math.sqrt(alone) if alone else math.nan
