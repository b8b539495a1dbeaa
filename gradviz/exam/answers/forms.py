"""The forms that an answer can take, each with its key and the wrong answers that are expected."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradviz.exam.question.text import Text

EXACT = Fraction(1, 1000)
"""How far an answer may be from a key with few digits: what rounding in a calculator brings in."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong number that a known mistake produces.

    misconception  its name in `gradviz.mistakes`.
    feedback       a sentence to the student who made it.
    step           the step of the worked solution where it goes wrong, counted from 1; None outside
                   a trace.
    """

    value: Fraction
    misconception: str
    feedback: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Numeric:
    """A number.

    key        as the student should write it: rounded first, where `decimals` says so.
    tolerance  the largest distance from the key that still counts.
    decimals   how many decimals are asked for; None where the key is short and exact.
    wrong      expected mistakes, further from the key and from one another than twice the
               tolerance.
    """

    key: Fraction
    tolerance: Fraction = EXACT
    decimals: int | None = None
    wrong: tuple[Wrong, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice. `misconception` is empty for a right one."""

    text: Text
    correct: bool
    feedback: str = ""
    misconception: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option, or with `several` all that are right."""

    options: tuple[Option, ...]
    several: bool = False

    @property
    def right(self) -> tuple[int, ...]:
        """The places of the right options, counted from 0."""
        return tuple(i for i, option in enumerate(self.options) if option.correct)


@dataclass(frozen=True, slots=True)
class WrongMatrix:
    """A wrong matrix that a known mistake produces, perhaps in another shape."""

    rows: tuple[tuple[Fraction, ...], ...]
    misconception: str
    feedback: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of numbers by rows; a vector is one row."""

    rows: tuple[tuple[Fraction, ...], ...]
    tolerance: Fraction = EXACT
    wrong: tuple[WrongMatrix, ...] = ()
    is_vector: bool = False


@dataclass(frozen=True, slots=True)
class WrongExpression:
    """A wrong expression that a known mistake produces."""

    source: str
    misconception: str
    feedback: str


@dataclass(frozen=True, slots=True)
class Symbolic:
    """An expression in `variables`, equal to `source` everywhere; any way to write it counts."""

    source: str
    variables: tuple[str, ...]
    wrong: tuple[WrongExpression, ...] = ()


@dataclass(frozen=True, slots=True)
class Ordering:
    """Items to be put in order. `key` lists their places, counted from 0, in the right order."""

    items: tuple[Text, ...]
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that is left blank, for paper only; a person marks it."""

    height_cm: int = 6


Answer = Numeric | Choice | Matrix | Symbolic | Ordering | Drawing
