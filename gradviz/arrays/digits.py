"""Printing numbers: the true value is rounded, so that hand arithmetic agrees."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

DIGITS = 4
"""Significant digits by default."""

PLAIN_BELOW = 1e7
PLAIN_ABOVE = 1e-4
HAND = 12
"""Digits beyond which a float's last bits differ from arithmetic by hand."""


def number(value: Any, digits: int = DIGITS) -> str:
    """One number as text: `digits` significant digits, whole numbers whole, no trailing zeros.

    Floats, and whole numbers of any size; an exact number comes as text and is returned unchanged.
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
    if digits <= HAND:  # by hand 0.215² is 0.046225, whatever the float's last bits are
        value = float(f"{value:.{HAND}g}")
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
    return float(text.replace("∞", "inf"))


def typeset(text: str) -> str:
    """Proper minus signs for ASCII ones."""
    return text.replace("-", "−")


def plain_minus(text: str) -> str:
    """ASCII minus signs for proper ones."""
    return text.replace("−", "-")
