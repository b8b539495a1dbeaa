"""The identity of a question: its ingredients, their hash (the id), and their random stream."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gradviz.exam.stream import Stream, digest, keyed

VERSION = "4"
"""Raised whenever the same ingredients would make a different question, in numbers or in words."""

SAMPLING = "3"
"""Raised only when the same ingredients would sample other numbers."""


@dataclass(frozen=True)
class Identity:
    """Everything that a question is generated from.

    seed     the paper's seed and the question's place in it: `7/1.2` is question 2 of section 1 for
             seed 7.
    student  the student's id; empty for a paper without a student.
    """

    kind: str
    level: int
    seed: str
    student: str = ""
    version: str = VERSION

    @property
    def place(self) -> str:
        """The place in the exam, before shuffling: `1.2` is question 2 of section 1."""
        return self.seed.rpartition("/")[2]

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits: an HMAC of the other ingredients, keyed by the seed."""
        return keyed(self.seed, self.version, self.kind, str(self.level), self.student)[:12]

    def stream(self, attempt: int = 0) -> Stream:
        """The random stream of one attempt to generate it."""
        return Stream(
            digest(SAMPLING, self.kind, str(self.level), self.seed, self.student, str(attempt))
        )
