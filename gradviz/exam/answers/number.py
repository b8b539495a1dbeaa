"""A number: commas, fractions, percentages and units are read as people mean them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradviz.exam.answers.form import (
    LONGEST,
    RIGHT,
    Answer,
    Judgement,
    Mistake,
    UnreadableError,
    about,
    wrong,
)
from gradviz.exam.answers.typed import plainly
from gradviz.exam.text import Text, decimal, numeral
from gradviz.mistakes.chance import LIKELY, of_number
from gradviz.story.findings import perhaps

EXACT = Fraction(1, 1000)
"""How far an answer may be from a key with few digits: the rounding error of a calculator."""

GAP = 2
"""Distinguishable answers are more than this many tolerances apart."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong number produced by a known mistake.

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
class Numeric(Answer):
    """A number.

    key        as the student should write it, already rounded if `decimals` is given.
    tolerance  the largest distance from the key that still counts as right.
    decimals   how many decimals are asked for; None if the key is short and exact.
    wrong      expected mistakes, more than twice the tolerance from the key and from one another.
    """

    name = "numeric"
    malformed = ("no idea", "1/0", "4 5", "2 * 3 = 6!", "--1", "1e999")

    key: Fraction
    tolerance: Fraction = EXACT
    decimals: int | None = None
    wrong: tuple[Wrong, ...] = ()

    @property
    def written(self) -> str:
        """The key as a decimal, or as a fraction if the decimal does not terminate."""
        return decimal(self.key)

    @property
    def shown(self) -> Text:
        """The key as mathematics."""
        return (numeral(self.key),)

    @property
    def hint(self) -> str:
        """Whether to round the number."""
        rounding = "" if self.decimals is None else f", rounded to {self.decimals} decimals"
        return f"a number{rounding}"

    def mark(self, text: str) -> Judgement:
        """Right within the tolerance; otherwise wrong, with the expected mistake it matches.

        Where so many mistakes lead to numbers near the key that a number as wrong would match one
        by accident, the mistake is only said to be possible, and not counted.
        """
        readings = numbers(text)
        if self.is_near(readings, self.key):
            return RIGHT
        found = next((w for w in self.wrong if self.is_near(readings, w.value)), None)
        if found is not None and self.chance(found) > LIKELY:
            return wrong(says=perhaps(found.feedback))
        return wrong(found)

    def chance(self, mistake: Wrong) -> float:
        """The share of numbers as wrong as that of a mistake that match any mistake."""
        known = [w.value for w in self.wrong]
        return of_number(mistake.value, self.key, known, self.tolerance)

    def is_near(self, readings: Iterable[Fraction], value: Fraction) -> bool:
        """Whether any reading of a text is within the tolerance of a value."""
        return any(abs(n - value) <= self.tolerance for n in readings)

    def right_texts(self) -> Iterator[str]:
        """The key in the different ways that people write numbers."""
        key = decimal(self.key)
        yield from (key, key.replace("-", "−"), key.replace(".", ","), f"{key} units", f"x = {key}")

    def wrong_texts(self) -> Iterator[str]:
        """A number three tolerances away, and the result of every mistake."""
        yield decimal(self.key + 3 * self.tolerance)
        yield from (decimal(w.value) for w in self.wrong)

    def data(self) -> dict[str, Any]:
        """Key, tolerance, decimals and mistakes."""
        return {
            "form": "numeric",
            "key": decimal(self.key),
            "tolerance": decimal(self.tolerance),
            "decimals": self.decimals,
            "wrong": [{"value": decimal(w.value), **about(w)} for w in self.wrong],
        }

    def slips(self) -> Iterator[tuple[Text, Mistake]]:
        """Every mistake with its number."""
        return (((numeral(w.value),), w) for w in self.wrong)

    def clashes(self) -> Iterator[str]:
        """Numbers that marking cannot tell apart."""
        values = [self.key, *(w.value for w in self.wrong)]
        if any(abs(a - b) <= GAP * self.tolerance for a, b in combinations(values, 2)):
            yield "two answers are too close"


FORM = Numeric


def apart(key: Fraction, wrong: Iterable[Wrong], tolerance: Fraction) -> tuple[Wrong, ...]:
    """The wrong numbers more than twice the tolerance from the key and from all kept before."""
    kept: list[Wrong] = []
    for w in wrong:
        if all(abs(w.value - other) > GAP * tolerance for other in (key, *(k.value for k in kept))):
            kept.append(w)
    return tuple(kept)


def rounded(
    value: Fraction, places: int | None, slack: int = 1, wrong: tuple[Wrong, ...] = ()
) -> Numeric:
    """A numeric answer: exact if `places` is None, otherwise rounded to so many decimals.

    slack  how many units of the last decimal an answer may be off: 1 for one rounding, more if a
           rounded number is multiplied further.
    """
    if places is None:
        return Numeric(value, EXACT, None, wrong)
    tolerance = Fraction(slack, 10**places)
    shown = (replace(w, value=to_places(w.value, places)) for w in wrong)
    key = to_places(value, places)
    return Numeric(key, tolerance, places, apart(key, shown, tolerance))


def to_places(value: Fraction, places: int) -> Fraction:
    """A number rounded to `places` decimals, with halves away from 0, as people round."""
    scaled = value * 10**places
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return Fraction(int(whole.quantize(Decimal(1), ROUND_HALF_UP)), 10**places)


PLAIN = r"\d{1,12}(?:[.,]\d{1,12})?"
DIGITS = r"""\d{1,15}(?:[.,]\d{0,15}|(?:,\d{3})+(?:\.\d{0,15})?|(?:\.\d{3})+,\d{0,15}
    |(?:[ '’_]\d{3})+(?:[.,]\d{0,15})?)?|[.,]\d{1,15}"""
NUMBER = re.compile(
    rf"""(?P<sign>[+-]?)\s*
    (?:(?:(?P<whole>\d{{1,6}})\s+)?(?P<top>{PLAIN})\s*/\s*(?P<bottom>[+-]?\s*{PLAIN})
      |(?:(?P<digits>{DIGITS})(?:[eE](?P<power>[+-]?\d{{1,2}}))?(?:\s*[*x]\s*(?P<ten>{{TEN}}))?
        |(?P<alone>{{TEN}})))
    \s*(?P<unit>[^\W\d_]{{1,12}}[²³]?(?:\s?[/*]?\s?[^\W\d_]{{1,12}}[²³]?){{0,2}}|[%°])?""".replace(
        "{TEN}", r"10\s*(?:\^|\*\*)\s*\(?[+-]?\d{1,2}\)?"
    ),
    re.VERBOSE,
)
SIGNED = re.compile(r"\(\s*([+-]?[\d.,/ ]+)\s*\)")
SAID = re.compile(r"[=:~]")
AGREE = Fraction(1, 50)
"""How far the sides of `2/3 = 0.667` may differ, relative to the larger or to 1."""


def numbers(text: str) -> tuple[Fraction, ...]:
    """The possible readings of a number: `1,234` is 1.234 or 1234, and `50%` is 50 or a half.

    What is copied from the prompt may stand before it, as in `∂f/∂x = 3`; of `2/3 = 0.667` both
    sides are read. Raises UnreadableError.
    """
    if len(text) > LONGEST:
        raise UnreadableError(f"{text!r:.40} is not a number")
    *before, last = SAID.split(plainly(text))
    found = _number(last, text)
    for place, side in enumerate(before):
        try:
            other = _number(side, text)
        except UnreadableError:
            if place or (side.strip() and not any(c.isalpha() or c == "∂" for c in side)):
                raise
            continue  # the prompt
        if not any(abs(a - b) <= AGREE * max(Fraction(1), abs(a)) for a in found for b in other):
            raise UnreadableError(f"{text!r:.40} gives two numbers")
        found += other
    return found


def _number(side: str, text: str) -> tuple[Fraction, ...]:
    plain, before = side.strip(), ""
    if re.search(r"[)\d]\s*\(|\)\s*\d", plain):
        raise UnreadableError(f"{text!r:.40} is a product, not a number")
    while plain != before:
        before, plain = plain, SIGNED.sub(r"\1", plain).strip()
    match = NUMBER.fullmatch(plain)
    if match is None:
        raise UnreadableError(f"{text!r:.40} is not a number")
    sign = -1 if match["sign"] == "-" else 1
    if match["top"]:
        top, bottom = (_decimal(match[name]) for name in ("top", "bottom"))
        if bottom == 0:
            raise UnreadableError(f"{text!r:.40} divides by 0")
        return (sign * (int(match["whole"] or 0) + top / bottom),)
    ten = re.search(r"[+-]?\d+(?=\)?$)", match["ten"] or match["alone"] or "0")
    scale = Fraction(10) ** (int(match["power"] or 0) + (int(ten[0]) if ten else 0))
    digits = re.sub("[ '’_]", "", match["digits"] or "1")
    found = [sign * Fraction(d) * scale for d in _decimals(digits)]
    return (*found, *(value / 100 for value in found if match["unit"] == "%"))


def _decimal(text: str) -> Fraction:
    return Fraction(re.sub(r"\s", "", text).replace(",", "."))


def _decimals(digits: str) -> list[str]:
    """The possible readings of digits with commas and points, as decimals."""
    commas, points = digits.count(","), digits.count(".")
    if commas and points:  # the last one is the decimal separator
        comma_last = digits.rindex(",") > digits.rindex(".")
        return [
            digits.replace(".", "").replace(",", ".") if comma_last else digits.replace(",", "")
        ]
    if commas > 1:
        return [digits.replace(",", "")]
    if not commas:
        return [f"0{digits}" if digits.startswith(".") else digits]
    as_decimal = digits.replace(",", ".")
    grouped = re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits) is not None
    return [
        f"0{as_decimal}" if as_decimal.startswith(".") else as_decimal,
        *([digits.replace(",", "")] if grouped else []),
    ]
