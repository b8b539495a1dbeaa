"""One curve with its slope in a plane: hollow ends, tangent, extremes, and their names."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Circle, Item, Line, Maths, Text
from gradviz.scene.typeset import SIZE as SET
from gradviz.scene.typeset import typeset
from gradviz.scene.views.plot.axes import BELOW, SIZE, TICK, Axes, ticks
from gradviz.scene.views.plot.marks import HOLLOW, LETTERS, label, size_of
from gradviz.scene.views.plot.places import HEAD, NUMBERS, apart, around, outwards
from gradviz.story.maths.source import source
from gradviz.trace.plots.curves import Curve, Sample

REACH: Final = {True: 110.0, False: 46.0}
"""How far a tangent reaches to each side, in a panel alone and in one of several."""
RING: Final = 5.5
HIGHEST: Final = HEAD - 2
"""The height of a formula above a panel."""
SMALLEST: Final = 10.5
"""The letters of a formula that is made smaller to be no higher, as a fraction is."""
MOST_NAMED: Final = 6
"""More minima and maxima than this have no names."""


@dataclass
class Panel:
    """One curve with its slope in a plane.

    alone    whether it is the whole figure; else its name and formula stand above it.
    numbers  whether the vertical axis has its numbers.
    """

    teller: Any
    curve: Curve
    axes: Axes
    alone: bool
    numbers: bool

    def __post_init__(self) -> None:
        self.room = Room(self.axes.box)

    def items(self) -> Iterator[Item]:
        """The axes, the slope, the curve, the tangent, and what they are called."""
        yield from self._axes()
        yield from self._curve("gradient", lambda s: s.slope)
        yield from self._curve("value", lambda s: s.value)
        yield from self._ends()
        if self.alone:
            yield from self._extremes()
        yield from self._tangent()
        yield from self._names()

    def _axes(self) -> Iterator[Item]:
        axes = self.axes
        for line in axes.zeros():
            yield line
            self.room.line(line.points)
        at = self.teller.at if self.point else None
        yield from axes.bottom(
            apart(axes, ticks(axes.across, 9 if self.alone else 5), at, self.point)
        )
        if self.numbers:
            yield from axes.left(ticks(axes.up, 7 if self.alone else 4))

    @property
    def point(self) -> str:
        """The point that is told, as it is written on the axis; empty for none."""
        return "" if self.curve.at is None else self.teller.said(self.curve.at.x)

    def _curve(self, role: str, of: Any) -> Iterator[Item]:
        for k, piece in enumerate(self.curve.pieces):
            lines, strokes = self.axes.curve(
                f"{self.axes.key}-{role}-{k}", f"curve {role}", ((s.x, of(s)) for s in piece)
            )
            yield from lines
            for stroke in strokes:
                self.room.line(stroke, 3.0)

    def _ends(self) -> Iterator[Item]:
        """The hollow ends where the slope, or the value, jumps."""
        for k, kink in enumerate(self.curve.kinks):
            ends = [("gradient", s.slope) for s in (kink.left, kink.right)]
            ends += [("value", s.value) for s in (kink.left, kink.right) if kink.jumps]
            for n, (role, y) in enumerate(ends):
                if math.isfinite(y) and self.axes.holds(kink.x, y):
                    at = self.axes.point(kink.x, y)
                    key = f"{self.axes.key}-end-{k}-{n}"
                    yield Circle(key, f"hollow {role}", *at, HOLLOW)
                    self.room.box(around(at, HOLLOW + 1))

    def _tangent(self) -> Iterator[Item]:
        axes, point, key = self.axes, self.curve.at, self.axes.key
        if point is None:
            return
        x, low = axes.x(point.x), axes.box.bottom
        yield Line(f"{key}-at", "at tick", (Point(x, low - 2 * TICK), Point(x, low)))
        words = self.teller.said(point.x)
        yield Text(f"{key}-at-x", "hot", x, low + BELOW, words, NUMBERS, "semibold")
        kink = self.teller.kink_at(self.curve)
        if math.isfinite(point.slope) and kink is None:
            steep = point.slope * (axes.box.h / axes.up.length) / (axes.box.w / axes.across.length)
            reach = REACH[self.alone] / math.hypot(1, steep) * axes.across.length / axes.box.w
            ends = [
                (x, point.value + point.slope * (x - point.x))
                for x in (point.x - reach, point.x + reach)
            ]
            lines, strokes = axes.curve(f"{key}-tangent", "tangent", ends)
            yield from lines
            for stroke in strokes:
                self.room.line(stroke, 3.0)
        for role, y, size in (("hollow hot", point.slope, 3.4), ("mark hot", point.value, 5.0)):
            if math.isfinite(y) and axes.holds(point.x, y):
                at = axes.point(point.x, y)
                yield Circle(f"{key}-point-{role.split()[0]}", role, *at, size)
                self.room.box(around(at, size + 1))

    def _names(self) -> Iterator[Item]:
        key, box = self.axes.key, self.axes.box
        if not self.alone:
            name = text.fit(self.curve.name, LETTERS, "semibold", box.w)
            y = box.y - 10.0
            yield Text(f"{key}-name", "ink", box.x, y, name, LETTERS, "semibold", "start")
            yield from self._formula(wide(name, LETTERS))
        if self.curve.at is not None:
            yield from self._numbers(self.curve.at)
        if self.alone:
            yield from self._labels()

    def _formula(self, taken: float) -> Iterator[Item]:
        """The formula above a panel, at its right, where there is room: an op in the simpler ones
        that it stands for, else by its name.
        """
        box = self.axes.box
        for rule in (self.teller.spelt(self.curve), self.teller.written(self.curve)):
            if rule is None:
                continue
            written = source(rule)
            setting = typeset([written])[written]
            scale = min(LETTERS / SET, HIGHEST / setting.height)
            if setting.width * scale + taken + 12 <= box.w and scale >= SMALLEST / SET:
                x = box.right - setting.width * scale
                y = box.y - max(10.0 + setting.baseline * scale, 3.0 + setting.height * scale)
                yield Maths(f"{self.axes.key}-formula", "muted", x, y, written, setting, scale)
                return

    def _numbers(self, point: Sample) -> Iterator[Item]:
        """The value and the slope at the point: in a corner that is free, else in any free place;
        the sentence says them too.
        """
        rows = [("value", self.teller.said(point.value)), ("slope", self.teller.said(point.slope))]
        words = max(wide(word, SIZE) for word, _ in rows) + 8
        width = words + max(wide(number, NUMBERS) for _, number in rows)
        high, box = 2 * 20.0 - 4, None
        if self.alone and self.axes.holds(point.x, point.value):
            near = self.axes.point(point.x, point.value)
            box = self.room.place(Wish(width, high, [near]))
        box = box or self._corner(width, high)
        if box is None:
            return
        for k, ((word, number), role) in enumerate(zip(rows, ("value", "gradient"), strict=True)):
            y = box.y + text.cap_height(NUMBERS) + 20.0 * k
            key = f"{self.axes.key}-{word}"
            yield Text(f"{key}-word", role, box.x, y, word, SIZE, "regular", "start")
            yield Text(key, role, box.right, y, number, NUMBERS, "semibold", "end")

    def _corner(self, width: float, height: float) -> Box | None:
        box, pad = self.axes.box, 6.0
        low = min(self.axes.zero + 10, box.bottom - height - 10)
        sides = (box.right - width - 1, box.x + pad)
        tops = (low, box.bottom - height - 10, box.y + 2, box.y + box.h / 3)
        for top in tops:
            for left in sides:
                found = Box(left, top, width, height)
                if self.room.is_clear(found):
                    self.room.box(found)
                    return found
        anywhere = [
            Point(box.x + box.w * i / 12, box.y + box.h * j / 12)
            for i in range(1, 12)
            for j in range(1, 12)
        ]
        return self.room.place(Wish(width, height, anywhere))

    def _extremes(self) -> Iterator[Item]:
        """A ring at each minimum and maximum."""
        for k, found in enumerate(self.curve.extremes):
            if self.axes.holds(found.x, found.value):
                at = self.axes.point(found.x, found.value)
                yield Circle(f"extreme-{k}", "critical", *at, RING)
                self.room.box(around(at, RING + 1))

    def _extreme_labels(self) -> Iterator[Item]:
        for k, found in enumerate(self.curve.extremes):
            if self.axes.holds(found.x, found.value):
                words = f"{found.kind} {self.teller.said(found.value)}"
                at = self.axes.point(found.x, found.value)
                box = self.room.place(Wish(*size_of(words, NUMBERS - 1.5), [at]))
                if box is not None:
                    yield label(f"extreme-{k}-label", "ink", words, box, NUMBERS - 1.5)

    def _labels(self) -> Iterator[Item]:
        if len(self.curve.extremes) <= MOST_NAMED:
            yield from self._extreme_labels()
        named = (("value", self.teller.name(self.curve), 0), ("gradient", "slope", 1))
        for role, words, which in named:
            shown = text.fit(words, LETTERS, "semibold", self.axes.box.w / 3)
            pairs = [(s.x, (s.value, s.slope)[which]) for p in self.curve.pieces for s in p]
            points = [self.axes.point(x, y) for x, y in pairs if self.axes.holds(x, y)]
            box = self.room.place(Wish(*size_of(shown), outwards(points)))
            if box is not None:
                yield label(f"{self.axes.key}-label-{role}", role, shown, box)
