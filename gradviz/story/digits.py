"""Showing enough digits that a reader's own arithmetic on what is shown gives what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradviz.arrays.digits import DIGITS, number, rounded
from gradviz.story.values import flat, is_small

MOST_DIGITS = 9


def enough(
    parts: Sequence[Any], result: Any, combine: Callable[..., Any], xp: Any, digits: int = DIGITS
) -> int:
    """How many digits the parts need, so that combining them as shown gives the result as shown.

    The result keeps `digits`. Where no number of digits up to MOST_DIGITS will do, where numbers
    are exact, or where the arrays are too large for anyone to follow by hand, `digits` comes back.
    """
    if xp.name == "exact" or not all(is_small(tuple(xp.shape(p))) for p in [*parts, result]):
        return digits
    if all(_is_shown_whole(v, digits) for p in parts for v in flat(xp.plain(p))):
        return digits  # the arithmetic by hand is the arithmetic that was done
    goal = [number(v, digits) for v in flat(xp.plain(result))]
    for more in range(digits, MOST_DIGITS + 1):
        with xp.quiet():
            by_hand = xp.plain(xp.asarray(combine(*[as_shown(p, more, xp) for p in parts])))
        # A student's arithmetic is decimal: 0.1 + 0.2 is 0.3, whatever the last bits say.
        if [number(v, digits) for v in flat(by_hand)] == goal:
            return more
    return digits


def as_shown(value: Any, digits: int, xp: Any) -> Any:
    """A value with every number rounded to the digits that are shown; conditions stay as they
    are.
    """
    plain = xp.plain(value)
    if any(isinstance(v, bool) for v in flat(plain)):
        return value
    return xp.asarray(_each(plain, digits))


def _is_shown_whole(value: Any, digits: int) -> bool:
    return isinstance(value, bool) or rounded(value, digits) == value


def _each(value: Any, digits: int) -> Any:
    return [_each(v, digits) for v in value] if isinstance(value, list) else rounded(value, digits)
