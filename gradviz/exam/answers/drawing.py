"""A drawing on paper, marked by a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradviz.exam.answers.form import Answer, Judgement, UnreadableError, Verdict
from gradviz.exam.answers.number import numbers
from gradviz.exam.text import Text


@dataclass(frozen=True, slots=True)
class Drawing(Answer):
    """A drawing in a blank space on paper; a person marks it."""

    name = "drawing"
    malformed = ("a nice graph", "2", "-1")
    by_hand = True

    height_cm: int = 6

    @property
    def written(self) -> str:
        """Empty: a drawing is not typed."""
        return ""

    @property
    def shown(self) -> Text:
        """A reference to the figure of the solution, which is the key."""
        return ("see the figure",)

    @property
    def hint(self) -> str:
        """A note on who marks it."""
        return "a drawing, marked by a person"

    @property
    def room_cm(self) -> int:
        """The height of the blank space."""
        return self.height_cm

    def mark(self, text: str) -> Judgement:
        """The share that a marker gave, from 0 to 1 or in percent; without one, it is unmarked."""
        try:
            share = min(numbers(text))
        except UnreadableError:
            share = Fraction(-1)
        if not 0 <= share <= 1:
            says = "A person marks this: from 0 to 1, or in percent."
            return Judgement(Fraction(0), "by hand", says=says)
        verdict: Verdict = "right" if share == 1 else "partly" if share else "wrong"
        return Judgement(share, verdict, says="Marked by hand.")

    def right_texts(self) -> Iterator[str]:
        """The share for a drawing without a fault."""
        yield "1"

    def wrong_texts(self) -> Iterator[str]:
        """Shares for other drawings."""
        yield from ("0", "1/2", "75%")

    def lazy_texts(self) -> Mapping[str, str]:
        """None: a person looks at the drawing."""
        return {}

    def data(self) -> dict[str, Any]:
        """The height of the blank space."""
        return {"form": "drawing", "height_cm": self.height_cm}


FORM = Drawing
