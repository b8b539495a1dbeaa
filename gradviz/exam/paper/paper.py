"""A student's paper: the questions of an exam, numbered, with their points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from gradviz.exam.kinds import generate
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.exam.question.identity import Identity
from gradviz.exam.question.question import Part, Question
from gradviz.exam.stream import Stream, digest, keyed

NOBODY = Student("paper")
"""The student of a paper made without a roster."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question in its place. `number` counts through the paper from 1."""

    number: int
    question: Question
    points: int

    def points_of(self, part: Part) -> Fraction:
        """The part's share of the points."""
        return Fraction(self.points * part.points, sum(p.points for p in self.question.parts))

    def name(self, part: Part) -> str:
        """The name of the part on the paper: `3` or `3b`."""
        return f"{self.number}{part.id}"


@dataclass(frozen=True)
class Paper:
    """One student's paper.

    recorded  its variant, if it was read from a record instead of being made.
    """

    exam: Exam
    student: Student
    sections: tuple[tuple[str, tuple[Item, ...]], ...]
    recorded: str = ""

    @property
    def items(self) -> Iterator[Item]:
        """All questions in order."""
        return (item for _, items in self.sections for item in items)

    @property
    def parts(self) -> Iterator[tuple[Item, Part]]:
        """All parts in order."""
        return ((item, part) for item in self.items for part in item.question.parts)

    @cached_property
    def variant(self) -> str:
        """Eight digits on every page: a hash of the exam, the student and the questions' ids."""
        return (
            self.recorded
            or keyed(
                str(self.exam.seed),
                self.exam.fingerprint(),
                self.student.id,
                *(item.question.id for item in self.items),
            )[:8]
        )

    @property
    def answers_expected(self) -> Mapping[str, tuple[Item, Part]]:
        """All parts by their names on the paper."""
        return {item.name(part): (item, part) for item, part in self.parts}


def paper(exam: Exam, student: Student = NOBODY) -> Paper:
    """The paper of a student; the same exam and id give the same paper."""
    number, sections = 1, []
    for s, section in enumerate(exam.section, 1):
        entries = [
            (f"{s}.{q}.{k}", entry)
            for q, entry in enumerate(section.question, 1)
            for k in range(1, entry.count + 1)
        ]
        if section.shuffle:
            entries = Stream(digest("order", str(exam.seed), str(s), student.id)).shuffled(entries)
        items = []
        for place, entry in entries:
            identity = Identity(entry.kind, entry.level, f"{exam.seed}/{place}", student.id)
            items.append(Item(number, generate(identity), entry.points))
            number += 1
        sections.append((section.title, tuple(items)))
    return Paper(exam, student, tuple(sections))
