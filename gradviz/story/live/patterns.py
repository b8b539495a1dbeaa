"""Patterns of what the story says, with slots for its numbers, found by telling a run of markers.

A marker is a number that stands for another: its text is known wherever it appears. What is told of
a run of markers is told four times: with their texts as they are, with a minus before each, with a
power of ten and with a fraction behind each. So it shows where a number needs brackets. Each way of
finding how many digits an equation needs answers with its own number of digits, by which a slot
knows the one that it follows, and in one of these tellings with "≈". A fifth telling with other
markers shows whether anything is computed from them that would not be a slot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FIRST: Final = {"usual": 7_000_000, "other": 7_500_003}
"""The first marker; further ones follow in steps."""
STEP: Final = 7
FRACTION: Final = 0.123456789
"""Of a marker; how much of it is shown tells with how many digits."""
LEAST: Final = 7
"""Digits of a marker that is shown whole."""
SIGNS: Final = ("", "-", "e", "/")
"""What markers are told with."""
AFTER: Final = {"": "", "-": "", "e": "e5", "/": "/5"}
HIGH: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
MARKER: Final = r"(7\d{6}(?:\.\d+)?)"
TOKENS: Final = {sign: re.compile(f"{'−' * (sign == '-')}{MARKER}{AFTER[sign]}") for sign in SIGNS}
RAISED: Final = re.compile("⁻?⁷[⁰¹²³⁴⁵⁶⁷⁸⁹]{6}")

Pattern = list[Any]
"""Texts and slots in turn. A slot is `[name, method, brackets]`: which number it shows; the method
that says with how many digits, "" for the usual; and the kinds of numbers that need brackets there,
of - (negative), e (a power of ten), / (a fraction) and ^ (an exponent). A sign that depends on a
method is `[method]`."""


class UnwritableError(Exception):
    """What is told depends on its numbers in other ways than a pattern can hold."""


def marker(place: int, kind: str) -> float:
    """The marker of a name, by its place among all. Raises UnwritableError for too many."""
    if place * STEP > FIRST["other"] - FIRST["usual"]:
        raise UnwritableError("too many numbers")
    return FIRST[kind] + STEP * place + FRACTION


def dressed(text: str, sign: str) -> str:
    """The text of a marker with a sign; other texts as they are."""
    if not re.fullmatch(MARKER, text):
        return text
    return f"{'−' if sign == '-' else ''}{text}{AFTER[sign]}"


@dataclass(frozen=True)
class _Slot:
    name: str
    method: str
    raised: bool = field(compare=False)


class Reader:
    """Reads patterns out of what is told of markers.

    names    the names of the markers, in their order.
    methods  by number of digits, the method that answers with it.
    """

    def __init__(self, names: Sequence[str], methods: Mapping[int, str]) -> None:
        self._names, self._methods = names, methods

    def pattern(self, tell: Callable[[str, str], str], doubtful: Mapping[str, str]) -> Pattern:
        """The pattern of what `tell` says for each of `SIGNS`, and of the other kind of markers.

        doubtful  by sign, the method that answers with "≈" then.

        Raises UnwritableError.
        """
        texts, slots = self._parts(tell("", "usual"))
        if any("⟦" in text for text in texts):
            raise UnwritableError("arrays of numbers")
        if self._parts(tell("", "other"), kind="other") != (texts, slots):
            raise UnwritableError("something is computed from the numbers")
        marks = [""] * len(slots)
        signs: dict[tuple[int, int], str] = {}
        for sign in SIGNS[1:]:
            others, found = self._parts(tell(sign, "usual"), sign)
            if found != slots:
                raise UnwritableError("other numbers are told")
            for i, bracketed in enumerate(self._brackets(texts, others)):
                marks[i] += sign if bracketed else ""
            for place in self._doubts(texts, _without_brackets(texts, others)):
                signs[place] = doubtful.get(sign, "")
        return self._joined(texts, slots, marks, signs)

    def named(self, text: str) -> list[str]:
        """The name of the marker that a text shows; none for a number of its own."""
        _, slots = self._parts(text)
        return [slot.name for slot in slots]

    def _parts(
        self, told: str, sign: str = "", kind: str = "usual"
    ) -> tuple[list[str], list[_Slot]]:
        told = RAISED.sub(lambda m: "^" + m[0].translate(HIGH), told)
        texts, slots, at = [], [], 0
        for found in TOKENS[sign].finditer(told):
            place, _, decimals = found[1].partition(".")
            before = told[at : found.start()]
            raised = before.endswith("^")
            texts.append(before)
            known = self._known(int(place) - FIRST[kind], len(decimals))
            slots.append(_Slot(*known, raised))
            at = found.end()
        return [*texts, told[at:]], slots

    def _known(self, place: int, decimals: int) -> tuple[str, str]:
        count, rest = divmod(place, STEP)
        if rest or not 0 <= count < len(self._names):
            raise UnwritableError("a number that is no marker")
        try:
            return self._names[count], self._methods[LEAST + decimals] if decimals else ""
        except KeyError:
            raise UnwritableError("digits of no method") from None

    def _brackets(self, texts: Sequence[str], others: Sequence[str]) -> list[bool]:
        """Which slots stand in brackets in another telling that have none in the first."""
        found, closed = [], False
        for text, other in zip(texts, others, strict=True):
            other = other[1:] if closed and other.startswith(")") else other
            rest = len(other) - len(text)
            if rest not in (0, 1) or (rest and not other.endswith("(")):
                raise UnwritableError("it is told in other words")
            closed = rest == 1
            found.append(closed)
        if found[-1]:
            raise UnwritableError("it is told in other words")
        return found[:-1]

    def _doubts(self, texts: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
        """Where "=" has become "≈": the text and the place in it."""
        found = []
        for i, (text, other) in enumerate(zip(texts, others, strict=True)):
            for at, (a, b) in enumerate(zip(text, other, strict=True)):
                if (a, b) == ("=", "≈"):
                    found.append((i, at))
                elif a != b:
                    raise UnwritableError("it is told in other words")
        return found

    def _joined(
        self,
        texts: Sequence[str],
        slots: Sequence[_Slot],
        marks: Sequence[str],
        signs: Mapping[tuple[int, int], str],
    ) -> Pattern:
        made: Pattern = []
        for i, text in enumerate(texts):
            start = 0
            for _, at in sorted(place for place in signs if place[0] == i):
                made += [text[start:at], [signs[i, at]]]
                start = at + 1
            raised = i < len(slots) and slots[i].raised
            made.append(text[start : -1 if raised else None])
            if i < len(slots):
                brackets = marks[i] + "^" * raised
                made.append([slots[i].name, slots[i].method, brackets])
        return [part for part in made if part]


def _without_brackets(texts: Sequence[str], others: Sequence[str]) -> list[str]:
    """The texts of another telling without the brackets around its numbers."""
    found, closed = [], False
    for text, other in zip(texts, others, strict=True):
        other = other[1:] if closed else other
        closed = len(other) > len(text)
        found.append(other[:-1] if closed else other)
    return found
