"""A function of one variable as samples: smooth pieces, and what happens between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final

import numpy as np

from gradviz.engine.curves.cut import Cut
from gradviz.trace.plots import Span
from gradviz.trace.plots.curves import Extreme, Kink, Sample

BISECTIONS: Final = 70
"""Halvings of the distance between two samples: more than floats can tell apart."""
MOST_PIECES: Final = 64
"""So many kinks between two samples, and so many gaps in all, are looked for."""
EXPLAINED: Final = 3.0
"""A difference of values is explained by the slopes at its ends up to so many times what they give.
"""
SAME: Final = 1e-6
BESIDE: Final = 1e-7
"""A little farther off than right beside something, as a share of the span."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A function's smooth pieces in order, and its kinks."""

    pieces: tuple[tuple[Sample, ...], ...]
    kinks: tuple[Kink, ...]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Two neighbouring floats between which something happens."""

    left: float
    right: float


def sampled(cut: Cut, span: Span, count: int) -> Sampled:
    """The function at `count` even places of a span, and right beside whatever happens between
    them: kinks as the ops declare them, jumps, poles, ends of where it is defined.
    """
    xs = np.linspace(span.low, span.high, count)
    found = cut.many(xs[:, None])
    samples = [
        Sample(float(x), float(v), float(s))
        for x, v, s in zip(xs, found.values, found.slopes[:, 0], strict=True)
    ]
    gaps = _merged([*_kinks(cut, samples), *_ends(cut, samples)], span)
    gaps = _merged([*gaps, *_breaks(cut, samples, gaps)], span)
    return _cut_up(cut, samples, gaps, span)


def extremes(cut: Cut, found: Sampled) -> tuple[Extreme, ...]:
    """The minima and maxima: where the slope changes its sign within a piece, or at a kink."""
    places = []
    for piece in found.pieces:
        there = [s for s in piece if math.isfinite(s.slope) and s.slope]
        for a, b in pairwise(there):
            if a.slope * b.slope < 0:
                falls = a.slope < 0
                gap = _bisected(a.x, b.x, partial(_falls, cut, falls))
                places.append((falls, (gap.left + gap.right) / 2))
    places += [
        (kink.left.slope < 0, kink.x)
        for kink in found.kinks
        if not kink.jumps and kink.left.slope * kink.right.slope < 0
    ]
    return tuple(
        Extreme("minimum" if falls else "maximum", clean, cut.at(clean)[0])
        for falls, x in sorted(places, key=lambda place: place[1])
        if math.isfinite(cut.at(clean := _short(x))[0])
    )


def _falls(cut: Cut, wanted: bool, x: float) -> bool:
    """Whether the function falls at a place, or rises, as wanted."""
    return (cut.at(x)[1][0] < 0) == wanted


def _short(x: float) -> float:
    """A place without what rounding left of a short decimal."""
    near = round(x, 9)
    return near + 0.0 if abs(near - x) <= 1e-12 * max(1.0, abs(x)) else x


def sample(cut: Cut, x: float) -> Sample:
    """The function at one place."""
    value, (slope,) = cut.at(x)
    return Sample(x, value, slope)


def _kinks(cut: Cut, samples: list[Sample]) -> Iterator[_Gap]:
    """Where an op changes to another piece."""
    if not cut.kinked:
        return
    signs = [cut.pieces(s.x) for s in samples]
    for (a, b), (left, right) in zip(pairwise(samples), pairwise(signs), strict=True):
        at, piece = a.x, left
        for _ in range(MOST_PIECES):
            if piece == right:
                break
            gap = _bisected(at, b.x, partial(_on, cut, piece))
            yield gap
            at, piece = gap.right, cut.pieces(gap.right)


def _ends(cut: Cut, samples: list[Sample]) -> Iterator[_Gap]:
    """Where the function begins or ends to be defined."""
    for a, b in pairwise(samples):
        if math.isfinite(a.value) != math.isfinite(b.value):
            inside = math.isfinite(a.value)
            yield _bisected(a.x, b.x, partial(_is_defined, cut, inside))


def _on(cut: Cut, piece: tuple[bytes, ...], x: float) -> bool:
    """Whether a place is on a piece."""
    return cut.pieces(x) == piece


def _is_defined(cut: Cut, wanted: bool, x: float) -> bool:
    """Whether the function is defined at a place, or is not, as wanted."""
    return math.isfinite(cut.at(x)[0]) == wanted


def _breaks(cut: Cut, samples: list[Sample], gaps: list[_Gap]) -> Iterator[_Gap]:
    """Jumps and poles that no op declares: between two samples the value changes as their slopes
    do not explain, and still does between two that are next to each other.
    """
    tried = 0
    for a, b in pairwise(samples):
        known = any(a.x <= g.right and g.left <= b.x for g in gaps)
        if known or tried >= MOST_PIECES or not _is_strange(a, b):
            continue
        tried += 1
        low, high = a, b
        for _ in range(BISECTIONS):
            x = (low.x + high.x) / 2
            if not low.x < x < high.x:
                break
            middle = sample(cut, x)
            if not math.isfinite(middle.value):
                low, high = low, middle
                break
            first = abs(middle.value - low.value) >= abs(high.value - middle.value)
            low, high = (low, middle) if first else (middle, high)
        left = not math.isfinite(high.value) or abs(high.value - low.value) > 0.5 * abs(
            b.value - a.value
        )
        if left:
            yield _Gap(low.x, high.x)


def _is_strange(a: Sample, b: Sample) -> bool:
    rise, across = b.value - a.value, b.x - a.x
    if not (math.isfinite(rise) and math.isfinite(a.slope) and math.isfinite(b.slope)):
        return False
    against = rise * a.slope < 0 and rise * b.slope < 0
    steepest = max(abs(a.slope), abs(b.slope)) * across
    return against or abs(rise) > EXPLAINED * steepest + 1e-9 * max(abs(a.value), abs(b.value))


def _bisected(left: float, right: float, is_left: Callable[[float], bool]) -> _Gap:
    """The neighbours between which the answer changes; it is yes at `left`, no at `right`."""
    for _ in range(BISECTIONS):
        middle = (left + right) / 2
        if not left < middle < right:
            break
        left, right = (middle, right) if is_left(middle) else (left, middle)
    return _Gap(left, right)


def _merged(gaps: list[_Gap], span: Span) -> list[_Gap]:
    """The gaps in order, those that touch as one."""
    merged: list[_Gap] = []
    for gap in sorted(gaps, key=lambda g: g.left):
        if merged and gap.left - merged[-1].right <= 1e-9 * span.length:
            merged[-1] = _Gap(merged[-1].left, max(gap.right, merged[-1].right))
        else:
            merged.append(gap)
    return merged


def _cut_up(cut: Cut, samples: list[Sample], gaps: list[_Gap], span: Span) -> Sampled:
    pieces: list[list[Sample]] = [[]]
    kinks, rest = [], list(samples)
    for gap in gaps:
        before = [s for s in rest if s.x < gap.left]
        rest = [s for s in rest if s.x > gap.right]
        left, right = sample(cut, gap.left), sample(cut, gap.right)
        pieces[-1] += before
        if _is_smooth(left, right):
            continue
        if _are_limits(cut, left, right, span):
            x = _nice(gap, span)
            own = sample(cut, x)
            kinks.append(Kink(x, left, right, own.value, own.slope))
        pieces[-1].append(left)
        pieces.append([right])
    pieces[-1] += rest
    runs = [tuple(run) for run in _finite_runs(pieces)]
    wide = [run for run in runs if run[-1].x - run[0].x > BESIDE * span.length]
    return Sampled(tuple(wide or runs), tuple(kinks))


def _finite_runs(pieces: list[list[Sample]]) -> Iterator[list[Sample]]:
    """The pieces, cut again where a sample has no value."""
    for piece in pieces:
        run: list[Sample] = []
        for one in piece:
            if math.isfinite(one.value):
                run.append(one)
            elif run:
                yield run
                run = []
        if run:
            yield run


def _is_smooth(left: Sample, right: Sample) -> bool:
    """Whether nothing happens after all, as in max(x, x)."""
    pairs = ((left.value, right.value), (left.slope, right.slope))
    return all(
        math.isfinite(a) and math.isfinite(b) and abs(a - b) <= SAME * max(1.0, abs(a), abs(b))
        for a, b in pairs
    )


def _are_limits(cut: Cut, left: Sample, right: Sample, span: Span) -> bool:
    """Whether the values beside a gap are limits: a little farther off they are about the same, as
    at no pole and where nothing oscillates without end.
    """
    jump = abs(right.value - left.value)
    step = BESIDE * span.length
    farther = cut.at(left.x - step)[0], cut.at(right.x + step)[0]
    return all(
        math.isfinite(near.value)
        and math.isfinite(far)
        and abs(near.value - far) <= 0.05 * jump + 1e-3 * max(1.0, abs(near.value))
        for near, far in zip((left, right), farther, strict=True)
    )


def _nice(gap: _Gap, span: Span) -> float:
    """The place of a gap, as a short decimal where one lies in it but for rounding."""
    middle = (gap.left + gap.right) / 2
    near: Any = round(middle, 9)
    close = 1e-12 * max(1.0, abs(span.low), abs(span.high))
    return float(near) + 0.0 if abs(near - middle) <= close else middle
