"""How numbers are shown: the true value rounded, with enough digits that hand arithmetic agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DIGITS = 4
"""Significant digits, unless told otherwise."""

PLAIN_BELOW = 1e7
PLAIN_ABOVE = 1e-4
HAND = 12
"""Digits beyond which a float's last bits are not what arithmetic by hand would give."""
FEW = 1000
"""Of arrays up to this size the mean is summed without rounding errors, in Python."""
GRID_SIDE = 5
"""Arrays of up to this many rows and columns are shown number by number."""


def number(value: Any, digits: int = DIGITS) -> str:
    """One number as text: `digits` significant digits, whole numbers whole, no trailing zeros.

    Floats only; an exact number comes as its own text and is returned with spaces as they are.
    Minus is the ASCII hyphen here; `typeset` turns it into a proper one. Infinity is ∞.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) and abs(value) < PLAIN_BELOW:
        return str(int(value))
    if (
        digits <= HAND
    ):  # 0.215² is 0.046225 for whoever rounds it by hand, whatever its last bits say
        value = float(f"{value:.{HAND}g}")
    if PLAIN_ABOVE <= abs(value) < PLAIN_BELOW:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def rounded(value: float, digits: int) -> float:
    """The number that `number` shows."""
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


def is_small(shape: Sequence[int]) -> bool:
    """Whether an array of this shape is shown number by number: few rows and columns, in one
    channel at most.
    """
    return all(n == 1 for n in shape[:-2]) and all(n <= GRID_SIDE for n in shape[-2:])


def grid_rows(value: Any, shape: Sequence[int]) -> list[list[Any]]:
    """The rows of a small array, given as nested lists; a vector is one row."""
    for _ in shape[:-2]:
        (value,) = value
    return value if len(shape) > 1 else [value]


def nested(value: Any, digits: int = DIGITS) -> str:
    """Nested lists of numbers on one line: `[[0.38, 0.228], [0.29, 0.174]]`."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(nested(v, digits) for v in value) + "]"
    return number(value, digits)


def statistics(value: Any, shape: Sequence[int], digits: int = DIGITS) -> str:
    """A large array, given as nested lists, in a few words: its shape, range and mean."""
    elements = flat(value)
    if any(isinstance(v, str) for v in elements):
        return "×".join(map(str, shape))
    finite = [float(v) for v in elements if math.isfinite(v)]
    mean = math.fsum(finite) / len(finite) if finite else 0.0
    return _said(
        shape,
        Range(min(finite), max(finite), mean) if finite else None,
        len(elements) - len(finite),
        digits,
    )


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest finite element of an array, and the mean of the finite ones."""

    low: float
    high: float
    mean: float


def range_of(xp: Any, value: Any) -> tuple[Range | None, int]:
    """The range of an array of floats, and how many of its elements are not finite; no lists are
    made.

    None where no element is finite.
    """
    size, finite = math.prod(xp.shape(value)), xp.isfinite(value)
    count = int(xp.sum(finite))
    if not count:
        return None, size
    if count == size:
        low = high = middle = value
    else:
        low, high, middle = (xp.where(finite, value, other) for other in (math.inf, -math.inf, 0.0))
    return (
        Range(float(xp.min(low)), float(xp.max(high)), float(xp.sum(middle)) / count),
        size - count,
    )


def in_words(xp: Any, value: Any, digits: int = DIGITS) -> str:
    """A large array in a few words: its shape, range and mean; elements that are not finite are
    counted.
    """
    shape = tuple(xp.shape(value))
    if xp.name == "exact" or math.prod(shape) <= FEW:
        return statistics(xp.plain(value), shape, digits)
    return _said(shape, *range_of(xp, value), digits)


def _said(shape: Sequence[int], found: Range | None, odd: int, digits: int) -> str:
    parts = ["×".join(map(str, shape))]
    if found is not None:
        low, high, mean = (number(v, digits) for v in (found.low, found.high, found.mean))
        parts.append(f"from {low} to {high}, mean {mean}")
    return ", ".join([*parts, *([f"{odd} not finite"] if odd else [])])


def flat(value: Any) -> list[Any]:
    """The elements of nested lists, in order; a bare value is one element."""
    return [w for v in value for w in flat(v)] if isinstance(value, list | tuple) else [value]
