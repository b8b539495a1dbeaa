"""The base class of all forms of answers.

A form states its key and how to write it, marks what a student wrote, and gives wrong and
unreadable answers to test its marking with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

from gradviz.exam.text import Text

Verdict = Literal["right", "follows", "partly", "wrong", "blank", "unreadable", "by hand"]

LONGEST = 400
"""Longer texts are rejected unread."""


class UnreadableError(ValueError):
    """An answer that cannot be read; the message says why."""


class AmbiguousError(UnreadableError):
    """An answer that can be read in two ways; the message names both."""


class Mistake(Protocol):
    """A wrong answer or option produced by a known mistake.

    misconception  its name in `gradviz.mistakes`; empty for a right option.
    feedback       a sentence to the student who made it.
    step           the step of the worked solution where it goes wrong, counted from 1; None outside
                   a trace.
    """

    @property
    def misconception(self) -> str:
        """The name of the mistake; empty for a right option."""

    @property
    def feedback(self) -> str:
        """A sentence to the student."""

    @property
    def step(self) -> int | None:
        """The step where it goes wrong, counted from 1; None outside a trace."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judgement of an answer.

    credit         from 0 to 1.
    misconception  the name of the likely mistake; empty if there is none.
    says           a sentence to the student.
    """

    credit: Fraction
    verdict: Verdict
    misconception: str = ""
    says: str = ""


class Answer(ABC):
    """A form of answer: a frozen dataclass that holds the key and the expected mistakes.

    name       the name of the form in files.
    malformed  texts that a student might write but that cannot be read as this form.
    by_hand    whether a person marks it, so that nothing is typed.
    """

    __slots__ = ()
    name: ClassVar[str]
    malformed: ClassVar[tuple[str, ...]]
    by_hand: ClassVar[bool] = False

    @property
    @abstractmethod
    def written(self) -> str:
        """The key as a student would type it; empty if nothing is typed."""

    @property
    @abstractmethod
    def shown(self) -> Text:
        """The key as shown in a worked solution."""

    @property
    @abstractmethod
    def hint(self) -> str:
        """How to write the answer, for papers on which it is typed."""

    @abstractmethod
    def mark(self, text: str) -> Judgement:
        """The judgement of any text. Raises UnreadableError, and nothing else."""

    def right_texts(self) -> Iterator[str]:
        """Answers that earn full credit."""
        yield self.written

    @abstractmethod
    def wrong_texts(self) -> Iterator[str]:
        """Answers that do not earn full credit: every expected mistake, and a near miss."""

    def lazy_texts(self) -> Mapping[str, str]:
        """Answers that take no work, by the name of the habit; none may earn much over a paper."""
        return {f"{n} everywhere": n for n in ("0", "1", "-1", "2")}

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """The answer as plain data for JSON, its form first."""

    @property
    def listed(self) -> tuple[Text, ...]:
        """The lettered items on the paper from which to choose, or which to put in order."""
        return ()

    @property
    def room_cm(self) -> int:
        """The height of the blank space for it; 0 for the usual space."""
        return 0

    def slips(self) -> Iterator[tuple[Text, Mistake]]:
        """The expected mistakes, each with the answer that a student would give."""
        yield from ()

    def clashes(self) -> Iterator[str]:
        """Faults of the answer itself, in words, such as a mistake that gives the key."""
        yield from ()


RIGHT = Judgement(Fraction(1), "right", says="That is right.")


def wrong(mistake: Mistake | None = None, says: str = "") -> Judgement:
    """No credit, with the feedback on the mistake if it is known."""
    if mistake is None:
        return Judgement(Fraction(0), "wrong", says=says)
    return Judgement(Fraction(0), "wrong", mistake.misconception, mistake.feedback)


def partly(credit: Fraction, says: str, misconception: str = "") -> Judgement:
    """Partial credit, or none."""
    return Judgement(credit, "partly" if credit else "wrong", misconception, says)


def about(mistake: Mistake) -> dict[str, Any]:
    """A mistake as plain data."""
    return {
        "misconception": mistake.misconception,
        "feedback": mistake.feedback,
        "step": mistake.step,
    }


def letter(place: int) -> str:
    """A, B, C, … for 0, 1, 2, …"""
    return chr(ord("A") + place)


def letters(places: Iterable[int], separator: str = ", ") -> str:
    """`A, C` for 0 and 2."""
    return separator.join(map(letter, places))
