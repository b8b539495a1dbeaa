"""Sums of products, written out with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from gradviz.story.digits import Enough
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
