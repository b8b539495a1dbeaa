"""Ways to minimise: the loss against the passes that each has taken, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Line, Text
from gradviz.scene.themes import SERIES
from gradviz.scene.views.plot.axes import BELOW, SIZE, Axes, decades, power_of_ten, said, ticks
from gradviz.scene.views.plot.marks import (
    LETTERS,
    PAD,
    box_of,
    label,
    mark,
    plate,
    series,
    size_of,
)  # fmt: skip
from gradviz.trace.plots import Span
from gradviz.trace.plots.ways import Spent, Way, Ways

LEFT: Final = 52.0
BOTTOM: Final = 30.0
SIDE: Final = 412.0
GUTTER: Final = 30.0
ROW: Final = 46.0
LOW: Final = 24.0
"""The height of a row where the table is below the plane: in figures narrower than this."""
NARROW: Final = 860.0
DOT: Final = 3.4
END: Final = 5.2
SPACED: Final = 26.0
"""Marks along a line are no nearer than this."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of ways to minimise."""
    box = Box(corner.x, corner.y, width, height)
    count = len(teller.content.ways)
    beside = box.w >= NARROW
    table = (
        Box(box.right - SIDE, box.y, SIDE, box.h)
        if beside
        else Box(box.x, box.bottom - 34 - count * LOW, box.w, 34 + count * LOW)
    )
    right, bottom = (table.x - GUTTER, box.bottom) if beside else (box.right, table.y - 12)
    left, top = box.x + LEFT, box.y + 8
    plane = Box(left, top, right - left, bottom - BOTTOM - top)
    yield from Drawn(teller, plane).items()
    yield from _table(teller, table, min(ROW, (box.h - 30) / count) if beside else LOW)


@dataclass
class Drawn:
    """The plane of losses."""

    teller: Any
    box: Box

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways."""
        content: Ways = self.teller.content
        return content.ways

    @cached_property
    def axes(self) -> Axes:
        """The plane; passes stand on an axis of logarithms."""
        passes = [math.log10(s.passes) for way in self.ways for s in way.steps if s.passes > 0]
        heights = [self.teller.up(v) for v in self.teller.shown]
        low, high = min(heights), max(heights)
        room = 0.06 * (high - low) or 0.5
        across = Span(min(passes) - 0.05, max(passes) + 0.12)
        return Axes("ways", self.box, across, Span(low - room, high + room))

    @cached_property
    def room(self) -> Room:
        """The room for labels."""
        return Room(self.box)

    def items(self) -> Iterator[Item]:
        """The axes, the start, the lines with their marks, and their names."""
        yield from self._ticks()
        y = self.axes.y(self.teller.up(self.teller.begin))
        yield self.axes.across_at("start", "reference", y)
        self.room.line((Point(self.box.x, y), Point(self.box.right, y)))
        lines = [self._points(way) for way in self.ways]
        for k, (way, points) in enumerate(zip(self.ways, lines, strict=True)):
            yield from self._line(k, way, points)
        for k, points in enumerate(lines):
            yield from self._marks(k, points)
        yield from self._names(lines)

    def _points(self, way: Way) -> list[Point]:
        found = []
        for step in way.steps:
            if step.passes > 0 and math.isfinite(step.loss):
                x, y = math.log10(step.passes), self.teller.up(step.loss)
                if self.axes.holds(x, y):
                    found.append(self.axes.point(x, y))
        return found

    def _line(self, k: int, way: Way, points: list[Point]) -> Iterator[Item]:
        """The line of a way; one of a single step goes on level, as what the others come near."""
        if len(points) == 1 and not way.diverged:
            ends = points[0], Point(self.box.right, points[0].y)
            yield Line(f"way-{k}-level", "reference", ends)
            self.room.line(ends)
        pairs = ((math.log10(s.passes), self.teller.up(s.loss)) for s in way.steps if s.passes > 0)
        lines, strokes = self.axes.curve(f"way-{k}", f"way {series(k)}", pairs)
        yield from lines
        for stroke in strokes:
            self.room.line(stroke, 3.0)

    def _marks(self, k: int, points: list[Point]) -> Iterator[Item]:
        last: Point | None = None
        for n, point in enumerate(points[:-1]):
            if last is None or math.dist(last, point) >= SPACED:
                yield _mark(f"way-{k}-mark-{n}", k, point, DOT)
                self.room.box(box_of(point, DOT))
                last = point
        if points:
            yield _mark(f"way-{k}-end", k, points[-1], END)
            self.room.box(box_of(points[-1], END))

    def _names(self, lines: list[list[Point]]) -> Iterator[Item]:
        """Where the start is, and the name of each way beside its line, far from the others."""
        y = self.axes.y(self.teller.up(self.teller.begin))
        words = f"start {self.teller.said(self.teller.begin)}"
        width, height = size_of(words, SIZE)
        along = [Point(self.box.x + self.box.w * part / 10, y) for part in (1, 2, 4, 6, 8, 9)]
        box = self.room.place(Wish(width, height, along))
        if box is not None:
            yield label("start-label", "muted", words, box, SIZE, "regular")
        for k, (way, own) in enumerate(zip(self.ways, lines, strict=True)):
            others = [p for n, line in enumerate(lines) if n != k for p in line[::4]]
            apart = sorted(own, key=lambda p: -min((math.dist(p, o) for o in others), default=0.0))
            width, height = size_of(way.name)
            box = self.room.place(Wish(width + 2 * PAD, height + 2 * PAD, apart)) if apart else None
            if box is not None:
                inner = box.grown(-PAD)
                yield plate(f"way-{k}", inner)
                yield label(f"way-{k}-label", f"name {series(k)}", way.name, inner)

    def _ticks(self) -> Iterator[Item]:
        axes, box = self.axes, self.box
        word = "passes"
        end = box.right - wide(word, SIZE) - 22
        tens = [t for t in decades(axes.across, 8) if axes.x(t) < end]
        yield from axes.bottom(tens, [_power(t) for t in tens])
        y = box.bottom + BELOW
        yield Text("ways-passes", "muted", box.right, y, word, SIZE, "regular", "end")
        if not self.teller.logarithmic:
            yield from axes.left(ticks(axes.up, 6))
            return
        places = decades(axes.up, 6)
        names = [_power(t) for t in places]
        if len(places) < 2:
            span = Span(10**axes.up.low, 10**axes.up.high)
            places = [math.log10(t) for t in ticks(span, 6) if t > 0]
            names = [said(10.0**t) for t in places]
        yield from axes.left(places, names)


def _power(exponent: float) -> str:
    """A power of ten as a number, where that is short."""
    return said(10.0**exponent) if -4 < exponent < 5 else power_of_ten(exponent)


def _mark(key: str, k: int, at: Point, size: float) -> Item:
    """The mark of a way: those beyond the colours have hollow ones."""
    made: Any = mark(key, k, at, size)
    found: Item = made if k < len(SERIES) else replace(made, role=f"hollow {series(k)}")
    return found


def _table(teller: Any, box: Box, row: float) -> Iterator[Item]:
    """Each way: its settings, evaluations, gradients, time and final loss; the settings are below
    the name, or beside it where rows are low.
    """
    content: Ways = teller.content
    places = [box.right - back for back in (204.0, 136.0, 74.0, 0.0)]
    heads = "forward", "backward", "time", "loss"
    for place, head in zip(places, heads, strict=True):
        yield Text(f"head-{head}", "muted", place, box.y + 16, head, SIZE, "regular", "end")
    names = max(wide(way.name, LETTERS) for way in content.ways)
    for k, way in enumerate(content.ways):
        y = box.y + 44.0 + k * row
        at = Point(box.x + 8, y - text.cap_height(LETTERS) / 2)
        yield _mark(f"row-{k}-mark", k, at, END)
        end: Spent = way.end
        cells = (
            teller.counted(end.evaluations), teller.counted(end.gradients), teller.lasted(way),
            teller.said(end.loss),
        )  # fmt: skip
        x, room = box.x + 22, places[0] - wide(cells[0], SIZE) - box.x - 28
        name = text.fit(way.name, LETTERS, "semibold", room)
        yield Text(f"row-{k}", f"name {series(k)}", x, y, name, LETTERS, "semibold", "start")
        for place, head, cell in zip(places, heads, cells, strict=True):
            role, weight = ("ink", "semibold") if head == "loss" else ("muted", "regular")
            yield Text(f"row-{k}-{head}", role, place, y, cell, SIZE, weight, "end")  # type: ignore[arg-type]
        if row > LOW:
            how, aside, down = text.fit(way.how, SIZE, "regular", box.w - 30), 0.0, 18.0
        else:
            aside, down = names + 18, 0.0
            how = text.fit(way.how, SIZE, "regular", max(0.0, room - aside - 8))
        yield Text(f"row-{k}-how", "muted", x + aside, y + down, how, SIZE, "regular", "start")
