"""How much of the values of curves is shown: all, or without what runs away."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

from gradviz.trace.plots import Span

MARGIN: Final = 0.06
TENTH: Final = 10
FAR: Final = 2.0
"""What is farther from the middle eight tenths than so many times their height runs away."""


def padded(values: Iterable[float]) -> Span:
    """The heights that show all these values, with room above and below."""
    there = list(values)
    low, high = min(there), max(there)
    room = MARGIN * (high - low) or 0.5
    return Span(low - room, high + room)


def span_of(values: Iterable[float]) -> Span:
    """The heights that show these values; of what runs away, only the beginning."""
    there = sorted(v for v in values if math.isfinite(v))
    if not there:
        return Span(-1.0, 1.0)
    low, high = there[0], there[-1]
    cut = len(there) // TENTH
    first, last = there[cut], there[-1 - cut]
    core = last - first
    if core > 0:
        low = low if low >= first - FAR * core else first - core
        high = high if high <= last + FAR * core else last + core
    room = MARGIN * (high - low) or max(1.0, abs(high)) * 0.5
    return Span(low - room, high + room)
