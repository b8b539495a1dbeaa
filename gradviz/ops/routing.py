"""Routing: ops that pass the upstream gradient on whole, turned or scaled, or not at all.

What arrives is selected by the routes' conditions and never multiplied by a mask of ones and
zeros: 0 · ∞ would be NaN where nothing passes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.arrays.namespace import ScalarNamespace
from gradviz.ops.op import Array, Route


def positive(xp: ScalarNamespace, y: Array, x: Array, **options: Any) -> Array:
    """The condition x > 0."""
    return xp.greater(x, 0)


def negative(xp: ScalarNamespace, y: Array, x: Array, **options: Any) -> Array:
    """The condition x < 0."""
    return xp.less(x, 0)


def signed(xp: ScalarNamespace, g: Array, x: Array) -> Array:
    """g with the sign of x, and 0 where x is 0: what |x| passes back of g."""
    return xp.where(xp.greater(x, 0), g, xp.where(xp.less(x, 0), -g, 0))


def factor_of(factor: int | str, options: Mapping[str, Any]) -> Any:
    """The factor of a route: a number, or the value of the option that it names."""
    return options[factor] if isinstance(factor, str) else factor


def cases(
    routes: Sequence[Route], xp: ScalarNamespace, y: Array, *inputs: Array, **options: Any
) -> list[tuple[list[Array], Any]]:
    """The routes with their conditions evaluated and their factors looked up."""
    return [
        ([c(xp, y, *inputs, **options) for c in conditions], factor_of(factor, options))
        for conditions, factor in routes
    ]


def select(xp: ScalarNamespace, upstream: Array, found: Sequence[tuple[list[Array], Any]]) -> Array:
    """The upstream gradient times the factor of the first of `cases` whose conditions hold, in the
    output's shape or one that broadcasts to it; 0 where none does.
    """
    selected: Any = 0
    for conditions, factor in reversed(found):
        brought = _scaled(upstream, factor)
        for condition in reversed(conditions):
            if condition is not True:
                brought = xp.where(condition, brought, selected)
        selected = brought
    return selected


def _scaled(upstream: Array, factor: Any) -> Array:
    """upstream · factor without a multiplication by 1, −1 or 0."""
    if factor == 1:
        return upstream
    if factor == -1:
        return -upstream
    return 0 if factor == 0 else factor * upstream


def taken(
    routes: Sequence[Route], xp: ScalarNamespace, y: Any, inputs: Sequence[Any], options: Any
) -> float:
    """The factor of the first route whose conditions hold, for single numbers; 0 if none does."""
    for conditions, factor in routes:
        for condition in conditions:
            if not condition(xp, y, *inputs, **options):
                break
        else:
            return float(factor_of(factor, options))
    return 0.0
