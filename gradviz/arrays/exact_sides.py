"""Exact slopes from the left and from the right, for functions made of smooth pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from gradviz.arrays.exact import boxed
from gradviz.arrays.exact_growth import require_small, require_small_number

NEAR = sp.Rational(1, 10**30)
"""Which piece is in use beside a point is found out this near to it, relative to the point."""
TINY = sp.Float("1e-60")
"""A number that has no sure digit, and is below this, is 0 written in a complicated way."""
SURE = 15
"""Digits to which the sign of a number has to be known."""
KINKED = (sp.Piecewise, Relational, sp.Abs, sp.sign)

Sides = tuple[Any | None, Any | None]


def value_at(output: Any, symbols: Sequence[Any], point: Sequence[Any]) -> Any:
    """One expression's value at a point; symbols and point are expressions in the same order.

    Raises DomainError if its numbers would have too many digits.
    """
    expression, at = boxed(output)[()], dict(zip(symbols, point, strict=True))
    require_small(expression, at)
    return _within(expression.xreplace(at))


def sides(output: Any, symbols: Sequence[Any], point: Sequence[Any], which: int) -> Sides:
    """The slopes of one expression along one of its symbols: from the left and from the right.

    By sympy's own rules, which makes them an independent check of ours. None where the expression
    has no finite slope on that side, where it jumps there, or where sympy cannot tell.
    Raises DomainError if its numbers would have too many digits.
    """
    expression, at = boxed(output)[()], dict(zip(symbols, point, strict=True))
    symbol = symbols[which]
    require_small(expression, at)
    if not expression.has(*KINKED):
        slope = sp.diff(expression, symbol)
        require_small(slope, at)
        slope = _within(slope.xreplace(at))
        if _sure(slope) is not None:
            return slope, slope
    value = _within(expression.xreplace(at))
    left, right = (_side(expression, at, symbol, sign, value) for sign in (-1, 1))
    return left, right


def _side(expression: Any, at: dict[Any, Any], symbol: Any, sign: int, value: Any) -> Any | None:
    """The slope on one side, by the formula of the piece that is in use there."""
    beside = sp.Dummy("t", positive=True)
    along = expression.xreplace({**at, symbol: at[symbol] + sign * beside})
    near = NEAR * min(abs(at[symbol]) or 1, 1)
    piece = _piece(along, beside, near)
    if piece is None:
        return None
    if not is_finite(sp.N(_beside(piece, beside, near), SURE)):
        return None
    if not _is_equal(piece.xreplace({beside: sp.Integer(0)}), value):
        return None
    slope = _within(sp.diff(piece, beside).xreplace({beside: sp.Integer(0)}))
    return _sure(sign * slope)


def _piece(along: Any, beside: Any, near: Any) -> Any | None:
    """The smooth formula in use beside the point, or None where it cannot be told."""
    decided = {}
    for relation in along.atoms(Relational):
        truth = _truth(relation, beside, near)
        if truth is None:
            return None
        decided[relation] = truth
    along = along.xreplace(decided)
    while kinked := sorted(along.atoms(sp.Abs, sp.sign), key=sp.count_ops):
        signs = {}
        for found in kinked:
            sign = _sign(found.args[0], beside, near)
            if sign is None:
                return None
            signs[found] = sign if isinstance(found, sp.sign) else sign * found.args[0]
        innermost = {f: s for f, s in signs.items() if not f.args[0].has(sp.Abs, sp.sign)}
        along = along.xreplace(innermost)
    return None if along.has(sp.Piecewise) else along


def _truth(relation: Any, beside: Any, near: Any) -> Any | None:
    """Whether a relation holds beside the point; None where it cannot be told."""
    sign = _sign(relation.lhs - relation.rhs, beside, near)
    return None if sign is None else sp.true if relation.func(sign, 0) == sp.true else sp.false


def _sign(expression: Any, beside: Any, near: Any) -> Any | None:
    """1, 0 or −1; None where it cannot be told."""
    there = _beside(expression, beside, near)
    if there.is_Rational:
        return sp.sign(there)
    found = sp.N(there, SURE)
    if not found.is_Float or found._prec < 10:
        return None
    return sp.sign(found)


def _beside(expression: Any, beside: Any, near: Any) -> Any:
    """An expression's number near the point, in decimals where sympy would look for roots of the
    order 10³⁰. Raises DomainError.
    """
    decimals = any(power.exp.has(beside) for power in expression.atoms(sp.Pow))
    require_small(expression, {beside: near}, decimals=decimals)
    if decimals:
        return expression.evalf(2 * SURE, subs={beside: near})
    return _within(expression.xreplace({beside: near}))


def _sure(slope: Any) -> Any | None:
    """The slope, if it is finite and sympy can tell its digits."""
    if not is_finite(slope):
        return None
    found = sp.N(slope, SURE)
    known = found.is_Float and (found._prec >= 10 or abs(found) < TINY)
    return slope if slope.is_Rational or known else None


def _within(number: Any) -> Any:
    """A number, once it is known that it can be evaluated. Raises DomainError."""
    if not number.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        require_small_number(number)
    return number.doit()


def _is_equal(a: Any, b: Any) -> bool:
    """Whether two numbers are the same, as far as their digits tell."""
    if a == b:
        return True
    difference, size = sp.N(a - b, SURE), sp.N(sp.Abs(a) + sp.Abs(b), SURE)
    return bool(
        difference.is_Float and size.is_Float and abs(difference) <= size * sp.Float(10) ** -12
    )


def is_finite(number: Any) -> bool:
    """Whether this is a real, finite number."""
    if number.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or number.free_symbols:
        return False
    return number.is_extended_real is not False and not number.has(sp.I, sp.AccumBounds)
