"""Keys that are rounded: to what a student writes, with a tolerance that forgives rounding on the
way.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from gradviz.exam.answers.forms import EXACT, Numeric, Wrong
from gradviz.exam.question.distractors import apart


def to_places(value: Fraction, places: int) -> Fraction:
    """A number rounded to so many decimals, halves away from 0, as people round."""
    scaled = value * 10**places
    whole = Decimal(scaled.numerator) / Decimal(scaled.denominator)
    return Fraction(int(whole.quantize(Decimal(1), ROUND_HALF_UP)), 10**places)


def rounded(
    value: Fraction, places: int | None, slack: int = 1, wrong: tuple[Wrong, ...] = ()
) -> Numeric:
    """A numeric answer: exact and short where `places` is None, else rounded.

    slack  how many units of the last place an answer may be off: 1 for one rounding, more where a
           rounded number is multiplied further.
    """
    if places is None:
        return Numeric(value, EXACT, None, wrong)
    tolerance = Fraction(slack, 10**places)
    shown = (replace(w, value=to_places(w.value, places)) for w in wrong)
    key = to_places(value, places)
    return Numeric(key, tolerance, places, apart(key, shown, tolerance))
