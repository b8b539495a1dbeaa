"""Which part of an axis is worth showing, where nobody says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from gradviz.engine.curves.cut import Cut
from gradviz.trace.plots import Span

USUAL: Final = Span(-4.0, 4.0)
NEAR: Final = 12.0
FARTHEST: Final = 1e4
MOST_FEATURES: Final = 6
"""So many of the nearest features are shown; a sine has them without end."""
MARGIN: Final = 0.3
AROUND: Final = 0.2
LARGER: Final = 5.0


def span_of(cuts: Sequence[Cut], at: float | None) -> Span:
    """A span that holds what is worth seeing of each function: its roots, extremes, bends, kinks
    and the ends of where it is defined, as far as these are near; and the point that is told.
    """
    seen = [_seen(cut) for cut in cuts]
    low, high = min(s.low for s in seen), max(s.high for s in seen)
    if at is not None and not low <= at <= high:
        reach = max(abs(at) / 4, high - low) / 2
        low, high = min(low, at - reach), max(high, at + reach)
    return Span(_round(low), _round(high))


def _seen(cut: Cut) -> Span:
    """What is worth seeing of one function."""
    grid = np.unique(np.concatenate([np.linspace(-NEAR, NEAR, 481), _far(), -_far()]))
    found = cut.many(grid[:, None])
    features = _features(cut, grid, found.values, found.slopes[:, 0])
    low, high = USUAL
    if features:
        first, last = min(features), max(features)
        if close := _close(grid, found.values, Span(first, last)):
            return _defined(cut, close)
        room = max(MARGIN * (last - first), 0.1 * max(abs(first), abs(last)), 1.0)
        if first < low + 0.25 or last > high - 0.25:
            near = abs(first) <= NEAR and abs(last) <= NEAR
            low = min(low if near else first - room, first - room)
            high = max(high if near else last + room, last + room)
    return _defined(cut, Span(low, high))


def _close(xs: np.ndarray, values: np.ndarray, features: Span) -> Span | None:
    """The surroundings of the features, where the usual span has values so large that nothing of
    them would be seen; None where it has not.
    """
    room = max(AROUND * features.length, 0.25)
    near = Span(features.low - room, features.high + room)
    if features.length < 1 or near.length >= USUAL.length:
        return None
    largest = [
        float(np.max(np.abs(values[(xs >= s.low) & (xs <= s.high) & np.isfinite(values)])))
        for s in (near, USUAL)
    ]
    return near if largest[1] > LARGER * largest[0] else None


def _far() -> np.ndarray:
    return np.geomspace(NEAR, FARTHEST, 240)


def _features(cut: Cut, xs: np.ndarray, values: np.ndarray, slopes: np.ndarray) -> list[float]:
    """Where something happens, the nearest to 0 first, at most so many."""
    with np.errstate(all="ignore"):
        bends = np.diff(slopes) / np.diff(xs)
    finite = np.isfinite(values)
    found = []
    for k, (a, b) in enumerate(pairwise(xs)):
        happens = (
            (finite[k] != finite[k + 1] and (abs(a) <= NEAR or _is_end(values[k], values[k + 1])))
            or _changes(values[k], values[k + 1])
            or _changes(slopes[k], slopes[k + 1])
            or (0 < k < len(bends) - 1 and _bends(bends, slopes, k))
        )
        if happens:
            found.append(float((a + b) / 2))
    if cut.kinked:
        pieces = [cut.pieces(float(x)) for x in xs]
        changes = (k for k, (p, q) in enumerate(pairwise(pieces)) if p != q)
        found += [float((xs[k] + xs[k + 1]) / 2) for k in changes]
    return sorted(found, key=abs)[:MOST_FEATURES]


def _is_end(a: float, b: float) -> bool:
    """Whether one of two numbers is none at all, and not just too large for a float."""
    return math.isnan(a) or math.isnan(b)


def _changes(a: float, b: float) -> bool:
    """Whether the sign changes between two numbers."""
    return math.isfinite(a) and math.isfinite(b) and (a < 0 < b or b < 0 < a)


def _bends(bends: np.ndarray, slopes: np.ndarray, k: int) -> bool:
    """Whether the slope has an extreme between two places, apart from rounding."""
    a, b = float(bends[k - 1]), float(bends[k + 1])
    size = max(abs(float(slopes[k])), abs(float(slopes[k + 1])))
    return _changes(a, b) and min(abs(a), abs(b)) > 1e-6 * max(size, 1e-12)


def _defined(cut: Cut, span: Span) -> Span:
    """The span without a wide part at an end where the function is not defined."""
    xs = np.linspace(span.low, span.high, 201)
    finite = np.isfinite(cut.many(xs[:, None]).values)
    both = finite[:-1] & finite[1:]
    there = np.flatnonzero(np.append(both, False) | np.insert(both, 0, False))
    if not len(there):
        return span
    first, last = float(xs[there[0]]), float(xs[there[-1]])
    room = 0.06 * (last - first)
    low = first - room if first - span.low > 2 * room else span.low
    high = last + room if span.high - last > 2 * room else span.high
    return Span(low, high)


def _round(value: float) -> float:
    """The nearest short number, so that the ends of an axis can be read."""
    if value == 0:
        return 0.0
    digits = 1 - math.floor(math.log10(abs(value)))
    return round(value, max(digits, 0) if abs(value) < 10 else digits) + 0.0
