"""How numbers are shown: the true value rounded, with enough digits that hand arithmetic agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

DIGITS = 4
"""Significant digits, unless told otherwise."""

PLAIN_BELOW = 1e7
PLAIN_ABOVE = 1e-4
GRID_SIDE = 5
"""Arrays of up to this many rows and columns are shown number by number."""


def number(value: Any, digits: int = DIGITS) -> str:
    """One number as text: `digits` significant digits, whole numbers whole, no trailing zeros.

    Floats only; an exact number comes as its own text and is returned with spaces as they are. Minus is the
    ASCII hyphen here; `typeset` turns it into a proper one. Infinity is ∞.
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
    if PLAIN_ABOVE <= abs(value) < PLAIN_BELOW:
        decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
        text = f"{value:.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def rounded(value: float, digits: int) -> float:
    """The number that `number` shows."""
    text = number(value, digits)
    return float(text.replace("∞", "inf"))


def typeset(text: str) -> str:
    """Proper minus signs for ASCII ones."""
    return text.replace("-", "−")


def plain_minus(text: str) -> str:
    """ASCII minus signs for proper ones."""
    return text.replace("−", "-")


def is_small(shape: Sequence[int]) -> bool:
    """Whether an array of this shape is shown number by number."""
    return len(shape) <= 2 and all(n <= GRID_SIDE for n in shape)


def nested(value: Any, digits: int = DIGITS) -> str:
    """Nested lists of numbers on one line: `[[0.38, 0.228], [0.29, 0.174]]`."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(nested(v, digits) for v in value) + "]"
    return number(value, digits)


def statistics(value: Any, shape: Sequence[int], digits: int = DIGITS) -> str:
    """A large array in a few words: its shape, range and mean; non-finite elements are counted."""
    elements = flat(value)
    shape_text = "×".join(map(str, shape))
    if not elements or any(isinstance(v, str) for v in elements):
        return shape_text
    finite = [float(v) for v in elements if math.isfinite(v)]
    odd = len(elements) - len(finite)
    parts = [shape_text]
    if finite:
        mean = math.fsum(finite) / len(finite)
        low, high = number(min(finite), digits), number(max(finite), digits)
        parts.append(f"from {low} to {high}, mean {number(mean, digits)}")
    if odd:
        parts.append(f"{odd} not finite")
    return ", ".join(parts)


def flat(value: Any) -> list[Any]:
    """The elements of nested lists, in order; a bare value is one element."""
    return [w for v in value for w in flat(v)] if isinstance(value, list | tuple) else [value]
