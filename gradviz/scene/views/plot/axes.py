"""A plane with axes: from numbers to places, ticks at round numbers, lines cut at its edges."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final

from gradviz.arrays.digits import number, typeset
from gradviz.layout.curves import Box, Point
from gradviz.scene.model import Item, Line, Text
from gradviz.story.maths.unicode import powers
from gradviz.trace.plots import Span

TICK: Final = 4.0
SIZE: Final = 12.5
BELOW: Final = 16.0
"""From the axis to the baseline of its numbers."""
BESIDE: Final = 7.0
STEPS: Final = (1.0, 2.0, 5.0, 10.0)
LEAST: Final = 1e-9
ONE_TIMES: Final = re.compile(r"(?<![\d.])1·10")
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def ticks(span: Span, most: int) -> list[float]:
    """At most so many round numbers within a span, spaced by 1, 2 or 5 times a power of 10."""
    raw = span.length / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in STEPS:
        step = factor * power
        if step >= raw * (1 - LEAST):
            first = math.ceil(span.low / step - LEAST)
            last = math.floor(span.high / step + LEAST)
            if last - first < most:
                break
    else:
        step = 20 * power
        first, last = math.ceil(span.low / step - LEAST), math.floor(span.high / step + LEAST)
    return [float(f"{k * step:.12g}") + 0.0 for k in range(first, last + 1)]


def decades(span: Span, most: int) -> list[float]:
    """Powers of ten within a span of exponents, evenly spaced, at most so many."""
    first, last = math.ceil(span.low - LEAST), math.floor(span.high + LEAST)
    step = max(1, math.ceil((last - first + 1) / most))
    start = first + (-first) % step
    return [float(k) for k in range(start, last + 1, step)]


def powers_and_between(span: Span, most: int) -> list[float]:
    """The exponents of round numbers within a span of exponents: powers of ten, or where there are
    few of these, 2 and 5 times them too.
    """
    found = decades(span, most)
    if len(found) > 1:
        return found
    first, last = math.floor(span.low), math.ceil(span.high)
    rounds = [k + math.log10(f) for k in range(first, last + 1) for f in STEPS[:-1]]
    rounds = [t for t in rounds if span.low - LEAST <= t <= span.high + LEAST]
    if len(rounds) > 1:
        return rounds if len(rounds) <= most else rounds[:: math.ceil(len(rounds) / most)]
    low, high = 10**span.low, 10**span.high
    return [math.log10(t) for t in ticks(Span(low, high), most) if t > 0]


def power_of_ten(exponent: float) -> str:
    """10⁻⁴, or 1."""
    return "1" if exponent == 0 else "10" + str(int(exponent)).translate(SUPERSCRIPTS)


def said(value: float, digits: int = 6) -> str:
    """The number at a tick: 0.001, 10⁻⁶, 2·10⁻⁶."""
    return ONE_TIMES.sub("10", powers(typeset(number(value, digits))))


@dataclass(frozen=True)
class Axes:
    """A plane in a box, over a span of numbers each way. On an axis of logarithms the numbers are
    exponents of 10.
    """

    key: str
    box: Box
    across: Span
    up: Span

    def x(self, value: float) -> float:
        """The place of a number on the horizontal axis."""
        share = (value - self.across.low) / self.across.length
        return self.box.x + share * self.box.w

    def y(self, value: float) -> float:
        """The place of a number on the vertical axis."""
        share = (value - self.up.low) / self.up.length
        return self.box.bottom - share * self.box.h

    def point(self, x: float, y: float) -> Point:
        """The place of a pair of numbers."""
        return Point(self.x(x), self.y(y))

    def cell(self, column: float, row: float, columns: int, rows: int) -> Point:
        """The place of a cell of a grid over the whole plane, fractions of cells included."""
        box = self.box
        return Point(box.x + box.w * column / (columns - 1), box.bottom - box.h * row / (rows - 1))

    def holds(self, x: float, y: float) -> bool:
        """Whether a pair of numbers is within the plane."""
        return self.across.holds(x) and self.up.holds(y)

    def within(self, pairs: Iterable[tuple[float, float]]) -> list[Point]:
        """The places of those pairs of numbers that are within the plane."""
        return [self.point(x, y) for x, y in pairs if self.holds(x, y)]

    @cached_property
    def zero(self) -> float:
        """The height of 0, or of the edge that is nearest to it."""
        return min(max(self.y(0.0), self.box.y), self.box.bottom)

    def strokes(self, pairs: Iterable[tuple[float, float]]) -> list[tuple[Point, ...]]:
        """A line through pairs of numbers, cut where it leaves the plane and where a number is not
        finite.
        """
        runs: list[list[Point]] = [[]]
        for x, y in pairs:
            if math.isfinite(x) and math.isfinite(y):
                runs[-1].append(self.point(x, y))
            elif runs[-1]:
                runs.append([])
        return [stroke for run in runs for stroke in clipped(run, self.box)]

    def curve(
        self, key: str, role: str, pairs: Iterable[tuple[float, float]]
    ) -> tuple[list[Line], list[tuple[Point, ...]]]:
        """The items of such a line, and its strokes."""
        strokes = self.strokes(pairs)
        return [Line(f"{key}-{k}", role, s) for k, s in enumerate(strokes)], strokes

    def bottom(
        self, values: Sequence[float], names: Sequence[str] | None = None, axis: bool = True
    ) -> Iterator[Item]:
        """The horizontal axis below the plane, with ticks and their numbers."""
        low = self.box.bottom
        if axis:
            ends = Point(self.box.x, low), Point(self.box.right, low)
            yield Line(f"{self.key}-axis-x", "axis", ends)
        for k, value in enumerate(values):
            x = self.x(value)
            if axis:
                yield Line(f"{self.key}-tick-x-{k}", "axis", (Point(x, low), Point(x, low + TICK)))
            name = said(value) if names is None else names[k]
            yield Text(f"{self.key}-x-{k}", "muted", x, low + BELOW, name, SIZE)

    def left(self, values: Sequence[float], names: Sequence[str] | None = None) -> Iterator[Item]:
        """The numbers of the vertical axis at the left of the plane."""
        for k, value in enumerate(values):
            name = said(value) if names is None else names[k]
            y = self.y(value) + 0.36 * SIZE
            yield Text(
                f"{self.key}-y-{k}", "muted", self.box.x - BESIDE, y, name, SIZE, "regular", "end"
            )

    def zeros(self) -> list[Line]:
        """The lines at 0, where it is within the plane."""
        found = []
        if self.up.holds(0):
            found.append(self.across_at(f"{self.key}-zero-y", "zero line", self.zero))
        if self.across.holds(0):
            found.append(self.up_at(f"{self.key}-zero-x", "zero line", self.x(0.0)))
        return found

    def across_at(self, key: str, role: str, y: float) -> Line:
        """A line right across the plane at this height."""
        return Line(key, role, (Point(self.box.x, y), Point(self.box.right, y)))

    def up_at(self, key: str, role: str, x: float) -> Line:
        """A line right up the plane at this place."""
        return Line(key, role, (Point(x, self.box.y), Point(x, self.box.bottom)))


def clipped(points: Sequence[Point], box: Box) -> list[tuple[Point, ...]]:
    """The parts of a line of straight strokes that are within a box (Liang and Barsky, 1984)."""
    parts: list[list[Point]] = []
    for a, b in pairwise(points):
        cut = _within(a, b, box)
        if cut is None:
            continue
        start, end = cut
        if parts and parts[-1][-1] == start:
            parts[-1].append(end)
        else:
            parts.append([start, end])
    return [tuple(part) for part in parts]


def _within(a: Point, b: Point, box: Box) -> tuple[Point, Point] | None:
    """The part of a stroke within a box; None if there is none."""
    if (
        max(a.x, b.x) < box.x
        or min(a.x, b.x) > box.right
        or max(a.y, b.y) < box.y
        or min(a.y, b.y) > box.bottom
    ):
        return None
    low, high = 0.0, 1.0
    dx, dy = b.x - a.x, b.y - a.y
    sides = ((-dx, a.x - box.x), (dx, box.right - a.x), (-dy, a.y - box.y), (dy, box.bottom - a.y))
    for toward, room in sides:
        if toward == 0:
            if room < 0:
                return None
            continue
        t = room / toward
        if toward < 0:
            low = max(low, t)
        else:
            high = min(high, t)
        if low > high:
            return None
    start = a if low == 0 else _held(Point(a.x + low * dx, a.y + low * dy), box)
    end = b if high == 1 else _held(Point(a.x + high * dx, a.y + high * dy), box)
    return start, end


def _held(point: Point, box: Box) -> Point:
    """A point kept in a box: rounding may take one out of it, where a stroke is very long."""
    return Point(min(max(point.x, box.x), box.right), min(max(point.y, box.y), box.bottom))
