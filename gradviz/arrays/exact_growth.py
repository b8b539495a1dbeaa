"""How many digits exact numbers would have, estimated before anything is computed.

A power of numbers has about as many digits as its base, times the exponent: `2**2**201` cannot be
written down, and nothing may start to try.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from gradviz.arrays.growth import LARGEST, too_large
from gradviz.arrays.growth import bits as bits_of


def bits(expression: Any) -> float:
    """The bits of a number, or of the number in front of a symbolic expression."""
    if expression.is_Rational:
        return bits_of(expression.p) + bits_of(expression.q)
    if expression.is_Mul or expression.is_Add:
        return bits(expression.args[0]) if expression.args[0].is_Rational else 0.0
    if expression.is_Pow and expression.base.is_Rational and expression.exp.is_Rational:
        return bits(expression.base) * min(1.0, abs(float(expression.exp)))
    return 0.0


def require_small_number(expression: Any) -> None:
    """Refuse a number of too many digits, alone or in front. Raises DomainError."""
    _require(bits(expression))


def require_small_power(base: Any, exponent: Any) -> None:
    """Refuse `base**exponent` if it had too many digits. Raises DomainError."""
    if exponent.is_Rational and (grows := _grows(base)):
        _require(grows * Fraction(abs(exponent.p), exponent.q))


def _grows(base: Any) -> Fraction:
    """The bits by which a power of `base` grows with each unit of the exponent."""
    if base.is_Rational:
        return Fraction(bits(base))
    if base.is_Mul:
        return sum((_grows(factor) for factor in base.args), Fraction(0))
    if base.is_Pow and base.exp.is_Rational:
        return _grows(base.base) * Fraction(abs(base.exp.p), base.exp.q)
    return Fraction(0)


def require_small(expression: Any, at: Mapping[Any, Any]) -> None:
    """Refuse to put numbers in for symbols if some part had too many digits. Raises DomainError."""
    sizes: dict[Any, Fraction] = {}
    for part in sp.postorder_traversal(expression):
        if part not in sizes:
            sizes[part] = _size(part, sizes, at)


def _size(part: Any, sizes: Mapping[Any, Fraction], at: Mapping[Any, Any]) -> Fraction:
    """An upper estimate of the bits of one part, from those of its own parts."""
    part = at.get(part, part)
    if part.is_Rational:
        return Fraction(bits(part))
    inner = [sizes.get(a, Fraction(0)) for a in part.args]
    if part.is_Add:  # most terms share a denominator
        return max(inner) + math.ceil(math.log2(len(inner)))
    if not part.is_Pow:
        return sum(inner, Fraction(0))
    base, exponent = inner[0], part.exp.xreplace(dict(at))
    if not exponent.is_Rational:
        return base + inner[1]
    grown = base * Fraction(abs(exponent.p), exponent.q)
    if abs(exponent) > 1:
        _require(grown)
    return grown


def _require(total: Fraction | float) -> None:
    if total > LARGEST:
        raise too_large(total)
