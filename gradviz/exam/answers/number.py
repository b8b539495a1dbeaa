"""A number: commas, fractions, percentages and units are read as people mean them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any

from gradviz.exam.answers.form import (
    RIGHT,
    SIGNS,
    Answer,
    Judgement,
    Mistake,
    UnreadableError,
    about,
    wrong,
)
from gradviz.exam.text import Text, decimal, numeral

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
        """Right within the tolerance; otherwise wrong, with the expected mistake it matches."""
        readings = numbers(text)
        if self.is_near(readings, self.key):
            return RIGHT
        return wrong(next((w for w in self.wrong if self.is_near(readings, w.value)), None))

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


FRACTION = re.compile("[¼-¾⅐-⅞↉]")
"""Fractions as single characters, such as word processors make of 1/2."""
NUMBER = re.compile(
    r"""(?:[^\W\d_]\w*\s*[=≈:]\s*|[=≈~]\s*)?    # x =, about
    (?P<sign>[+-]?)\s*
    (?:(?:(?P<whole>\d{1,6})\s+)?(?P<top>\d{1,12})\s*/\s*(?P<bottom>\d{1,12})
      |(?P<digits>\d{1,15}(?:[.,]\d{0,15}|(?:,\d{3})+(?:\.\d{0,15})?|(?:\.\d{3})+,\d{0,15})?|[.,]\d{1,15})
       (?:[eE](?P<power>[+-]?\d{1,2}))?)
    \s*(?P<unit>[^\W\d_]{1,12}[²³]?(?:\s?[/*]?\s?[^\W\d_]{1,12}[²³]?){0,2}|[%°])?""",
    re.VERBOSE,
)


def numbers(text: str) -> tuple[Fraction, ...]:
    """The possible readings of a number: `1,234` is 1.234 or 1234, and `50%` is 50 or a half.

    Raises UnreadableError.
    """
    text = FRACTION.sub(lambda found: f" {unicodedata.normalize('NFKC', found[0])}", text)
    text = text.translate(SIGNS).strip().rstrip(".;!").strip("$ ")
    match = NUMBER.fullmatch(text)
    if match is None:
        raise UnreadableError(f"{text!r:.40} is not a number")
    sign = -1 if match["sign"] == "-" else 1
    if match["top"]:
        if int(match["bottom"]) == 0:
            raise UnreadableError(f"{text!r:.40} divides by 0")
        return (
            sign * (int(match["whole"] or 0) + Fraction(int(match["top"]), int(match["bottom"]))),
        )
    scale = Fraction(10) ** int(match["power"] or 0)
    found = [sign * Fraction(d) * scale for d in _decimals(match["digits"])]
    return (*found, *(value / 100 for value in found if match["unit"] == "%"))


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
