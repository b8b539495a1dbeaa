"""Sums of products, written out with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from math import prod
from typing import Any, Final

from gradviz.arrays.digits import is_rounding, number, underflows
from gradviz.story.digits import Enough
from gradviz.story.formula import Formula
from gradviz.story.maths import M
from gradviz.story.maths.tree import NEGATIVE, SUM, Maths


def products(count: int) -> Callable[..., Any]:
    """The sum of so many products of neighbours, and of what follows them."""
    return lambda *v: sum(v[2 * i] * v[2 * i + 1] for i in range(count)) + sum(v[2 * count :])


def added(terms: Sequence[Maths]) -> Maths:
    """Terms added up."""
    first, *others = terms
    return reduce(M.add, map(apart, others), first)


def apart(term: Maths) -> Maths:
    """A further term of a sum, which gets brackets where it begins with a minus."""
    if term.kind == "number" and term.level == NEGATIVE:
        return Maths(term.kind, term.parts, term.text, SUM, term.shape, term.role)
    if term.kind == "mul" and term.parts[0].kind == "number" and term.parts[0].level == NEGATIVE:
        first = term.parts[0]
        bracketed = Maths(first.kind, first.parts, first.text, SUM, first.shape, first.role)
        return Maths(term.kind, (bracketed, *term.parts[1:]), term.text, term.level)
    return term


def equals(found: Enough) -> str:
    """The sign before a result."""
    return "=" if found.holds else "≈"


ROUGHLY: Final = 2
"""Digits of what rounding has left."""


def ended(
    formula: Formula, terms: Sequence[Sequence[float]], total: float, dtype: str, share: int = 1
) -> Formula:
    """A formula of a sum of products that says where its 0 is what rounding left of terms that
    cancel, or a number too small for floats.

    total  the sum as it was recorded, divided by `share`.
    """
    if formula.result is None:
        return formula
    if is_rounding(total * share, map(prod, terms), dtype):
        left = M.number(number(total, ROUGHLY))
        return replace(formula, result=M.rounding(formula.result, left))
    if underflows(total, terms, dtype, share):
        return replace(formula, equals="≈", underflows=True)
    return formula
