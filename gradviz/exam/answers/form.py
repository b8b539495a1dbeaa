"""What every form of answer can do: say its key and how it is written, read and mark what a student
wrote, and give wrong and unreadable answers to test the marking with.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol

from gradviz.exam.text import Text

Verdict = Literal["right", "follows", "partly", "wrong", "blank", "unreadable", "by hand"]

LONGEST = 400
"""Longer texts are not read at all."""

SIGNS = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "‒": "-",
        "⁻": "-",
        "·": "*",
        "×": "*",
        "∗": "*",
        "\u00a0": " ",
        "\u202f": " ",
        "′": "",
        "⁄": "/",
    }
)
"""Signs that word processors and keyboards put for those of the grammar."""


class UnreadableError(ValueError):
    """An answer that cannot be read; its text says why."""


class Mistake(Protocol):
    """A wrong answer, or option, that a known mistake produces.

    misconception  its name in `gradviz.mistakes`; empty for a right option.
    feedback       a sentence to the student who made it.
    step           the step of the worked solution where it goes wrong, counted from 1; None outside
                   a trace.
    """

    @property
    def misconception(self) -> str:
        """Its name; empty for a right option."""

    @property
    def feedback(self) -> str:
        """A sentence."""

    @property
    def step(self) -> int | None:
        """Counted from 1."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer is worth.

    credit         from 0 to 1.
    misconception  the likely one, by its name; empty where there is none.
    says           a sentence to the student.
    """

    credit: Fraction
    verdict: Verdict
    misconception: str = ""
    says: str = ""


class Answer(ABC):
    """One form of answer: a frozen dataclass that holds the key and the mistakes that are expected.

    name       what the form is called in files.
    malformed  texts that a student might write and nobody can read as this form.
    by_hand    whether a person marks it, so that nothing is typed.
    """

    __slots__ = ()
    name: ClassVar[str]
    malformed: ClassVar[tuple[str, ...]]
    by_hand: ClassVar[bool] = False

    @property
    @abstractmethod
    def written(self) -> str:
        """The key as a student would write it; empty where nothing is written."""

    @property
    @abstractmethod
    def shown(self) -> Text:
        """The key as it stands in a worked solution."""

    @property
    @abstractmethod
    def hint(self) -> str:
        """How the answer is written, for papers on which it is typed."""

    @abstractmethod
    def mark(self, text: str) -> Judgement:
        """What an answer is worth. Raises UnreadableError, and nothing else, whatever it says."""

    def right_texts(self) -> Iterator[str]:
        """Answers that earn everything."""
        yield self.written

    @abstractmethod
    def wrong_texts(self) -> Iterator[str]:
        """Answers that do not earn everything: every expected mistake, and one beside the key."""

    @abstractmethod
    def data(self) -> dict[str, Any]:
        """Everything it holds as plain data for JSON, its form first."""

    @property
    def listed(self) -> tuple[Text, ...]:
        """What the paper lists under letters for the student to choose from, or to put in order."""
        return ()

    @property
    def room_cm(self) -> int:
        """The height that is left blank for it; 0 where the work needs the usual room."""
        return 0

    def slips(self) -> Iterator[tuple[Text, Mistake]]:
        """Wrong answers that name a step of the worked solution, each as the student gives it."""
        yield from ()

    def clashes(self) -> Iterator[str]:
        """Faults of the answer itself, such as a mistake that gives the key; in words."""
        yield from ()


RIGHT = Judgement(Fraction(1), "right", says="That is right.")


def wrong(mistake: Mistake | None = None, says: str = "") -> Judgement:
    """No credit; with what is known of the mistake."""
    if mistake is None:
        return Judgement(Fraction(0), "wrong", says=says)
    return Judgement(Fraction(0), "wrong", mistake.misconception, mistake.feedback)


def partly(credit: Fraction, says: str, misconception: str = "") -> Judgement:
    """Some credit, or none."""
    return Judgement(credit, "partly" if credit else "wrong", misconception, says)


def about(mistake: Mistake) -> dict[str, Any]:
    """What is known of a mistake, as plain data."""
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
