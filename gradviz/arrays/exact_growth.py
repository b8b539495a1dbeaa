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
from sympy.utilities.iterables import sift

from gradviz.arrays.growth import FACTORED, INDEX, LARGEST, too_large
from gradviz.arrays.growth import bits as bits_of
from gradviz.errors import DomainError

SMALLEST = -(2**40)
"""The least log₂ of a number that is evaluated: sympy takes long over exp(-10**600)."""
HIGH = 1000
"""Roots of a higher order than this are no fractions, but of numbers like 2**1001."""
TERMWISE = 8
"""How many times as much work a power of a sum is than a power of a number."""


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
    """Refuse a number of too many digits, or one too large to evaluate. Raises DomainError."""
    _require(bits(expression))
    require_in_reach(expression)


def require_small_power(base: Any, exponent: Any) -> None:
    """Refuse `base**exponent` if it had too many digits. Raises DomainError."""
    whole, rest = exponent.as_coeff_Add()  # sympy may split a power at the sum in its exponent
    if grows := _grows(base):
        _require(grows * Fraction(abs(whole.p), whole.q))
        if rest == 0 and not whole.is_Integer:
            require_small_root(base)
            _require_index(whole)
            _require_small_radicand(base, whole)


def require_small_exponential(exponent: Any) -> None:
    """Refuse exp of a number if it had too many digits: sympy makes 2**n of exp(n·log(2)).

    Raises DomainError.
    """
    for term in sp.Add.make_args(exponent):
        logs, factors = sift(sp.Mul.make_args(term), lambda f: isinstance(f, sp.log), binary=True)
        if len(logs) == 1:
            require_small_power(logs[0].args[0], sp.Mul(*factors))


def _require_small_radicand(base: Any, exponent: Any) -> None:
    """Refuse a root under which sympy would multiply out too many digits: 24**(0.7) is
    2**2.1 · 3**0.7, and what is left of the two exponents stands under one root.
    """
    base = base.as_coeff_Mul()[0] if base.is_Mul else base
    if base.is_Pow and base.exp.is_Rational:
        base, exponent = base.base, base.exp * exponent
    for whole in (base.p, base.q) if base.is_Rational else ():
        left = {
            prime: rest
            for prime, times in sp.factorint(abs(whole), limit=2**15).items()
            if math.gcd(rest := times * exponent.p % exponent.q, exponent.q) == 1
        }
        if shared := math.gcd(*left.values()):
            _require(sum(bits_of(prime) * (rest // shared) for prime, rest in left.items()))


def require_small_root(radicand: Any) -> None:
    """Refuse the root of a number so long that its factors would not be found. Raises DomainError.

    sympy takes squares out of roots.
    """
    if _grows(radicand) > FACTORED:
        raise too_large(_grows(radicand), FACTORED, "the number under an exact root is too long")


def require_in_reach(expression: Any) -> None:
    """Refuse a number too large to be evaluated, such as exp(exp(exp(100))), or too small.

    Raises DomainError.
    """
    if not expression.is_Rational and not expression.free_symbols:
        known: dict[Any, float] = {}
        for part in sp.postorder_traversal(expression):
            if part not in known:
                known[part] = _magnitude(part, known)
                _require(known[part])
                if known[part] < SMALLEST:
                    raise DomainError("an exact number is too small to be evaluated here")


def _magnitude(part: Any, known: Mapping[Any, float]) -> float:
    """An upper estimate of log₂|part|; its own parts are known to be within bounds."""
    if part.is_Rational:
        return bits_of(part.p) - bits_of(part.q) if part.p else 0.0
    if part.is_Add:
        return max(known[a] for a in part.args) + math.log2(len(part.args))
    if part.is_Mul:
        return sum(known[a] for a in part.args)
    if isinstance(part, sp.exp):
        return _times(part.args[0], 1 / math.log(2), known)
    if isinstance(part, sp.sinh | sp.cosh):
        return abs(_times(part.args[0], 1 / math.log(2), known))
    if part.is_Pow:
        return _times(part.exp, known[part.base], known)
    return known[part.args[0]] if part.args and isinstance(part, sp.Abs) else 1.0


def _times(number: Any, factor: float, known: Mapping[Any, float]) -> float:
    """A number within bounds, times a factor."""
    value = sp.N(number, 5)
    if not value.is_real:
        value = abs(value)
    if known[number] < 1000:
        return float(value) * factor
    return math.copysign(math.inf, float(sp.sign(value)) * factor) if factor else 0.0


def _grows(base: Any) -> Fraction:
    """The bits by which a power of `base` grows with each unit of the exponent."""
    if base.is_Rational:
        return Fraction(bits(base))
    if base.is_Mul:
        return sum((_grows(factor) for factor in base.args), Fraction(0))
    if base.is_Add and not base.free_symbols:  # sympy may multiply it out
        return TERMWISE * (max(_grows(term) for term in base.args) + len(base.args))
    if base.is_Pow and base.exp.is_Rational:
        return _grows(base.base) * Fraction(abs(base.exp.p), base.exp.q)
    return Fraction(0)


def require_small(expression: Any, at: Mapping[Any, Any], *, decimals: bool = False) -> None:
    """Refuse to put numbers in for symbols if some part had too many digits; with `decimals`, roots
    are not taken exactly then. Raises DomainError.
    """
    sizes: dict[Any, Fraction] = {}
    roots: set[Any] = set()
    for part in sp.postorder_traversal(expression):
        if part in sizes:
            continue
        if roots.intersection(part.args):
            roots.add(part)
        sizes[part] = _size(part, sizes, at, roots, decimals)


def _size(
    part: Any, sizes: Mapping[Any, Fraction], at: Mapping[Any, Any], roots: set[Any], decimals: bool
) -> Fraction:
    """An upper estimate of the bits of one part, from those of its own parts.

    `roots` takes the parts with roots so high that they are no fractions.
    """
    part = at.get(part, part)
    if part.is_Rational:
        return Fraction(bits(part))
    inner = [sizes.get(a, Fraction(0)) for a in part.args]
    if part.is_Add:  # most terms share a denominator
        return max(inner) + math.ceil(math.log2(len(inner)))
    if not part.is_Pow:
        return sum(inner, Fraction(0))
    base, exponent = inner[0], part.exp
    if exponent in roots or not (exponent := exponent.xreplace(dict(at))).is_Rational:
        return base + inner[1]
    _require_index(exponent)
    if exponent.q > HIGH:
        if not decimals and part.base not in roots:
            _require_small_radicand(part.base.xreplace(dict(at)), exponent)
        roots.add(part)
    grown = base * Fraction(abs(exponent.p), exponent.q)
    if abs(exponent) > 1:
        _require(grown)
    return grown


def _require_index(exponent: Any) -> None:
    if exponent.q.bit_length() > INDEX:
        raise DomainError(
            "an exact number would be a root that cannot be told from 1 here",
            expected=f"at most the 10^{math.floor(INDEX * math.log10(2))}th root",
            got=f"the 10^{exponent.q.bit_length() * math.log10(2):.0f}th",
            hint="use simpler exponents, or floats (leave --backend exact out)",
        )


def _require(total: Fraction | float) -> None:
    if total > LARGEST:
        raise too_large(None if total == math.inf else total)
