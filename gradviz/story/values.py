"""How values are shown: small arrays number by number, large ones in a few words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradviz.arrays.digits import DIGITS, number

FEW = 1000
"""Of arrays up to this size the mean is summed without rounding errors, in Python."""
GRID_SIDE = 5
"""Arrays of up to this many rows and columns are shown number by number."""


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
