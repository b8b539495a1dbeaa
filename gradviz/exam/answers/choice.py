"""A choice: one of several options, or all the right ones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradviz.exam.answers.form import (
    RIGHT,
    Answer,
    Judgement,
    Mistake,
    UnreadableError,
    about,
    letter,
    letters,
    partly,
)
from gradviz.exam.answers.typed import plainly
from gradviz.exam.text import Text, as_data, plain


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice. `misconception` is empty for a right option."""

    text: Text
    correct: bool
    feedback: str = ""
    misconception: str = ""
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Choice(Answer):
    """A choice of one option or, with `several`, of all the right ones."""

    name = "choice"
    malformed = ("?", "Z", "17")

    options: tuple[Option, ...]
    several: bool = False

    @property
    def right(self) -> tuple[int, ...]:
        """The indices of the right options, counted from 0."""
        return tuple(i for i, option in enumerate(self.options) if option.correct)

    @property
    def written(self) -> str:
        """`A`, or `A, C`."""
        return letters(self.right)

    @property
    def shown(self) -> Text:
        """`(A); (C)`."""
        return ("; ".join(f"({letter(i)})" for i in self.right),)

    @property
    def hint(self) -> str:
        """How many letters to give."""
        return "the letters of all right options" if self.several else "one letter"

    @property
    def listed(self) -> tuple[Text, ...]:
        """The options."""
        return tuple(option.text for option in self.options)

    def mark(self, text: str) -> Judgement:
        """Right or wrong; with `several`, at most half the points for some of the right options.

        A wrong option cancels the credit of a right one.
        """
        chosen, right = set(places(text, len(self.options))), set(self.right)
        if not self.several and len(chosen) > 1:
            raise UnreadableError("more than one option is chosen, but only one is right")
        if chosen == right:
            return RIGHT
        slips = sorted(chosen - right)
        first = self.options[slips[0]] if slips else Option((), False, "Something is missing.")
        hits = len(chosen & right) - len(slips)
        credit = Fraction(max(hits, 0), 2 * len(right)) if self.several else Fraction(0)
        return partly(credit, first.feedback, first.misconception)

    def wrong_texts(self) -> Iterator[str]:
        """Every wrong option, and the first right one if there are several."""
        yield from (letter(i) for i, option in enumerate(self.options) if not option.correct)
        if self.several and len(self.right) > 1:
            yield letter(self.right[0])

    def lazy_texts(self) -> Mapping[str, str]:
        """The first option, and the one that shares most words with the others."""
        words = [Counter(plain(option.text).split()) for option in self.options]
        shared = [sum((one & other).total() for other in words) - one.total() for one in words]
        repeats = shared.index(max(shared))
        every = {"every option": letters(range(len(words)))} if self.several else {}
        return {"the first option": letter(0), "the option that repeats": letter(repeats)} | every

    def data(self) -> dict[str, Any]:
        """The options, with the mistakes behind them."""
        return {
            "form": "choices" if self.several else "choice",
            "options": [
                {"text": as_data(o.text), "correct": o.correct, **about(o)} for o in self.options
            ],
        }

    def slips(self) -> Iterator[tuple[Text, Mistake]]:
        """Every wrong option by its letter."""
        return (
            ((f"({letter(i)})",), option)
            for i, option in enumerate(self.options)
            if not option.correct
        )

    def clashes(self) -> Iterator[str]:
        """Options that read the same."""
        if len({plain(o.text) for o in self.options}) < len(self.options):
            yield "two options are the same"


FORM = Choice


def places(text: str, count: int) -> tuple[int, ...]:
    """The indices of the chosen options, from letters (`A`, `B, D`) or numbers counted from 1.

    Raises UnreadableError.
    """
    words = [w for w in re.split(r"[\s,;.+()&→>]+|\band\b", plainly(text).lower()) if w]
    if len(words) == 1 and len(words[0]) > 1 and words[0].isalpha():
        words = list(words[0])
    found = []
    for word in words:
        place = (
            ord(word) - ord("a")
            if len(word) == 1 and word.isascii() and word.isalpha()
            else _whole(word) - 1
        )
        if not 0 <= place < count:
            raise UnreadableError(f"{text!r:.40} does not name one of the options")
        found.append(place)
    if not found:
        raise UnreadableError("nothing is chosen")
    return tuple(dict.fromkeys(found))


def _whole(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0
