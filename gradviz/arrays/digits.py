"""Printing numbers: the true value is rounded, so that hand arithmetic agrees.

What a number is written as is said here for every view: in digits, or within `writing` as a
fraction where it is one.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

DIGITS = 4
"""Significant digits by default."""
ALL = 17
"""So many digits name every float; a number is then written with as few as name it."""

ROUNDING = 8
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23}
SMALLEST = {"float64": Fraction(1, 2**1074), "float32": Fraction(1, 2**149)}
"""The least numbers above 0 of each type."""

SLACK = Fraction(1, 10**9)
"""Floats stand for the reader's decimals: what is so near to halfway lies halfway."""

PLAIN_BELOW = 1e7
PLAIN_ABOVE = 1e-4
COMPUTED = {"float64": 15, "float32": 8}
"""A number that takes so many digits to name was computed, hardly typed."""
MOST_WHOLE = 12
"""A whole number of so many digits is typed in full."""
LARGEST_DENOMINATOR = 1000
"""Of a fraction that stands for the float nearest to it."""
LONGEST_FRACTION = 9
"""In characters, without a sign: nobody types a longer one, and near a large float there always is
one.
"""

Numbers = Literal["digits", "fractions"]
"""What floats are written as; exact numbers are always written in full."""
LARGEST_PART: Final = 999
"""Of the numerator and of the denominator of a number that is written as a fraction."""
SETTLED: Final = Fraction(1, 10**12)
"""What arithmetic by hand may differ from a fraction, as a share of it: the rounding of floats."""


class Writing(NamedTuple):
    """What floats are written as, and their type."""

    numbers: Numbers = "digits"
    dtype: str = "float64"


_WRITING: ContextVar[Writing] = ContextVar("numbers", default=Writing())  # noqa: B039


@contextmanager
def writing(numbers: Numbers, dtype: str = "float64") -> Iterator[None]:
    """Write floats of a type, and whatever is told or drawn of them, in digits or as fractions."""
    token = _WRITING.set(Writing(numbers, dtype))
    try:
        yield
    finally:
        _WRITING.reset(token)


def writes_fractions() -> bool:
    """Whether numbers are written as fractions now."""
    return _WRITING.get().numbers == "fractions"


def _as_fraction(value: float) -> Fraction | None:
    """What a finite float is written as where fractions are: the fraction that it stands for but
    for rounding, with at most three digits above and below; None for any other.
    """
    numbers, dtype = _WRITING.get()
    return _short(value, dtype) if numbers == "fractions" else None


@lru_cache(maxsize=10_000)
def _short(value: float, dtype: str) -> Fraction | None:
    if not 1 / LARGEST_PART <= abs(value) <= LARGEST_PART:
        return None
    found = Fraction(value).limit_denominator(LARGEST_PART)
    near = _single(float(found)) if dtype == "float32" else float(found)
    fits = found.denominator > 1 and abs(found.numerator) <= LARGEST_PART
    return found if fits and abs(near - value) <= ROUNDING * EPSILON[dtype] * abs(value) else None


def number(value: Any, digits: int = DIGITS) -> str:
    """One number as text: `digits` significant digits, whole numbers whole, no trailing zeros;
    within `writing`, a fraction where it is one.

    Floats, each rounded once, and whole numbers of any size; an exact number comes as text and is
    returned unchanged.
    Minus is the ASCII hyphen here; `typeset` turns it into a proper one. Infinity is ∞.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        value = float(value)
    except OverflowError:  # a whole number beyond the largest float
        return _scientific(f"{Decimal(value):.{digits - 1}e}")
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < PLAIN_BELOW:
        return str(int(value))
    if (fraction := _as_fraction(value)) is not None:
        return str(fraction)
    if digits >= ALL:
        digits = named_by(value)
    if PLAIN_ABOVE <= abs(value) < PLAIN_BELOW:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return _scientific(f"{value:.{digits - 1}e}")


def _scientific(text: str) -> str:
    """1.500e+300 as 1.5e300."""
    mantissa, exponent = text.split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def rounded(value: float, digits: int) -> float:
    """The value as `number` shows it."""
    if value == value // 1 and abs(value) < PLAIN_BELOW:
        return value
    text = number(value, digits)
    return value if "/" in text else float(text.replace("∞", "inf"))


def named_by(value: float, dtype: str = "float64") -> int:
    """The least number of significant digits that name a finite float among those of its type."""
    if dtype == "float32":
        lengths = range(1, ALL + 1)
        found = next((n for n in lengths if _single(float(f"{value:.{n - 1}e}")) == value), 0)
        return found or named_by(value)  # a float of 64 bits, as what only decides may stay
    mantissa = repr(value).lstrip("-").partition("e")[0].replace(".", "").strip("0")
    digits = max(1, len(mantissa))
    return digits if float(f"{value:.{digits - 1}e}") == value else digits + 1


def _is_finite(value: Any) -> bool:
    """Whether a number is finite as a float, which a long whole number is not."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def typed(value: Any, dtype: str = "float64") -> str:
    """A float as it was typed: in as few digits as name it, as a fraction where it is the float
    nearest to a simple one, and with the sign of zero.
    """
    if isinstance(value, bool | str) or not _is_finite(value):
        return number(value)
    value = float(value)
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    if (fraction := _as_fraction(value)) is not None:
        return str(fraction)
    digits = named_by(value, dtype)
    if digits >= COMPUTED[dtype]:
        simple = Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
        near = _single(float(simple)) if dtype == "float32" else float(simple)
        is_short = len(str(abs(simple))) <= LONGEST_FRACTION
        if near == value and simple.denominator > 1 and is_short:
            return str(simple)
    whole = str(int(value)) if value == int(value) else ""
    text = number(value, digits)
    return whole if whole and len(whole) <= max(len(text), MOST_WHOLE) else text


def is_computed(value: Any, dtype: str = "float64") -> bool:
    """Whether a number takes so many digits that it was computed, not typed."""
    if isinstance(value, bool | str) or not _is_finite(value) or value == 0:
        return False
    return named_by(value, dtype) >= COMPUTED[dtype] and "/" not in typed(value, dtype)


def is_rounding(result: float, terms: Iterable[float], dtype: str = "float64") -> bool:
    """Whether a sum of floats is nothing but what rounding left of its terms:
    smaller than `ROUNDING` units in the last place of the largest.
    """
    largest = max(map(abs, terms), default=0.0)
    return math.isfinite(largest) and 0 < abs(result) < ROUNDING * EPSILON[dtype] * largest


def underflows(
    result: float, terms: Iterable[Sequence[float]], dtype: str = "float64", share: int = 1
) -> bool:
    """Whether a sum of products, divided by `share`, is 0 only because floats hold no number so
    small.
    """
    terms = list(terms)
    if result != 0 or not all(math.isfinite(v) for term in terms for v in term):
        return False
    least = float(SMALLEST[dtype])
    if share == 1 and not any(all(term) and abs(math.prod(term)) < least for term in terms):
        return False
    exact = (math.prod(map(Fraction, term), start=Fraction(1)) for term in terms)
    total = sum(exact, Fraction(0)) / share
    return 0 < abs(total) < SMALLEST[dtype]


def unit(value: float, digits: int) -> Fraction:
    """One unit in the last place of a finite number as `number` shows it; next to nothing of a
    fraction, which is not rounded.
    """
    if (fraction := _as_fraction(value)) is not None:
        return abs(fraction) * SETTLED
    size = math.floor(math.log10(abs(value))) if value else 0
    if abs(value) < PLAIN_BELOW and (value == int(value) or abs(value) >= PLAIN_ABOVE):
        return Fraction(10) ** min(0, size - digits + 1)
    return Fraction(10) ** (size - digits + 1)


def rounds_to(value: float, shown: float, digits: int, *, ties: bool = True) -> bool:
    """Whether a reader who comes to `value` by hand rounds it to what is shown for `shown`.

    With `ties` a value halfway between two numbers rounds to either, else to neither.
    """
    text = number(shown, digits)
    is_word = isinstance(value, bool) or isinstance(shown, bool)
    if is_word or not (math.isfinite(value) and math.isfinite(shown)):
        return number(value, digits) == text
    half = Fraction(1, 2) + (SLACK if ties else -SLACK)
    return abs(Fraction(value) - Fraction(text)) <= unit(shown, digits) * half


def _single(value: float) -> float:
    """The nearest float of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


MINUS = re.compile(r"(?<![^\W\d_])-|-(?![^\W\d_]{2})")
"""A hyphen-minus that joins no words."""


def typeset(text: str) -> str:
    """Proper minus signs for ASCII ones; the hyphen of a word such as cross-entropy stays."""
    return MINUS.sub("−", text) if "-" in text else text


def plain_minus(text: str) -> str:
    """ASCII minus signs for proper ones."""
    return text.replace("−", "-")
