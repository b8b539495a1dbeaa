"""The bound on exact numbers: how long they may become, and what is said where they would not stop.

Every power is estimated before it is computed, and every result is measured before it is used.
"""

from __future__ import annotations

import math
from fractions import Fraction

from gradviz.errors import DomainError

DIGITS = 4_300
"""An exact number has at most about so many digits; Python writes no longer ones."""
LARGEST = int(DIGITS * math.log2(10))
"""The same in bits."""
FACTORED = int(1_000 * math.log2(10))
"""Roots are taken of numbers with at most so many bits, since their factors have to be found."""
INDEX = 128
"""The bits of the largest n of an nth root. Roots of a larger n differ so little that sympy
compares them by polynomials of degree n.
"""


def bits(whole: int) -> float:
    """The bits of a whole number, so that 0 and ±1 have none and powers of them do not grow."""
    return math.log2(abs(whole)) if abs(whole) > 1 else 0.0


def size(number: Fraction) -> float:
    """The bits of a fraction."""
    return bits(number.numerator) + bits(number.denominator)


def require_small(number: Fraction, exponent: Fraction | int = 1) -> None:
    """Refuse a power of a fraction if it had too many digits. Raises DomainError."""
    if exponent == 1 and number.numerator.bit_length() + number.denominator.bit_length() < LARGEST:
        return
    total = Fraction(size(number)) * abs(Fraction(exponent))
    if total > LARGEST:
        raise too_large(total)


def too_large(
    total: Fraction | float | None,
    most: int = LARGEST,
    what: str = "an exact number would be too long here",
) -> DomainError:
    """The error for an exact number of so many bits; None for more than can be said."""
    digits = None if total is None else Fraction(total) * Fraction(math.log10(2))
    return DomainError(
        what,
        expected=f"at most {math.floor(most * math.log10(2) + 0.5):,} digits",
        got="more digits than can be counted"
        if digits is None
        else f"about {_said(digits)} digits, by estimate",
        hint="use smaller numbers or exponents, or floats (leave --backend exact out)",
    )


def _said(digits: Fraction) -> str:
    """A large number, roughly: 12,000, 3e9 or 10^(3e9)."""
    whole = int(digits)
    if whole < 1_000_000:
        return f"{whole:,}"
    places = whole.bit_length() * math.log10(2)
    if places < 300:
        return _power_of_ten(whole)
    return f"10^{places:.0f}" if places < 1e6 else f"10^({_power_of_ten(int(places))})"


def _power_of_ten(whole: int) -> str:
    """A whole number to one digit: 3e9."""
    digit, power = f"{float(whole):.0e}".split("e")
    return f"{digit}e{int(power)}"
