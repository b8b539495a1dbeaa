"""Numbers rounded half up or cut off, as people do it by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

SLACK = 1e-9
"""In units of the last place: floats stand for the writer's decimals."""


def half_up(x: Any, decimals: int) -> Any:
    """Rounded to so many decimals, halves away from 0."""
    x = np.asarray(x, float)
    return np.sign(x) * np.floor(abs(x) * 10.0**decimals + 0.5 + SLACK) / 10.0**decimals


def cut(x: Any, decimals: int) -> Any:
    """Cut off after so many decimals."""
    x = np.asarray(x, float)
    return np.sign(x) * np.floor(abs(x) * 10.0**decimals + SLACK) / 10.0**decimals


def significant(x: Any, digits: int) -> Any:
    """Rounded to so many significant digits."""
    x = np.asarray(x, float)
    with np.errstate(all="ignore"):
        size = np.floor(np.log10(np.where(x == 0, 1.0, abs(x))))
        power = 10.0 ** (digits - 1 - size)
        return np.sign(x) * np.floor(abs(x) * power + 0.5 + SLACK) / power


class Rounding(NamedTuple):
    """One way to shorten numbers: its words, and how much more it takes to say."""

    how: str
    to: Callable[[Any], Any]
    bits: float


def ways(decimals: frozenset[int]) -> Iterator[Rounding]:
    """The usual ways, those first that go with numbers claimed to so many decimals."""
    for d in range(1, 7):
        extra = 1.0 if {d, d + 1, d - 1} & decimals else 2.5
        plural = "s" * (d > 1)
        yield Rounding(f"rounded to {d} decimal{plural}", partial(half_up, decimals=d), extra)
        yield Rounding(f"cut to {d} decimal{plural}", partial(cut, decimals=d), extra + 1.5)
    yield Rounding("rounded to a whole number", partial(half_up, decimals=0), 2.5)
    for s in (2, 3, 4, 5):
        yield Rounding(f"rounded to {s} significant digits", partial(significant, digits=s), 3.0)
