"""Ways to minimise: the loss against the passes that each has taken, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from gradviz.arrays.digits import typeset
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Line, Text
from gradviz.scene.themes import SERIES
from gradviz.scene.views.plot.axes import SIZE, Axes, decades, power_of_ten, said
from gradviz.scene.views.plot.heights import padded
from gradviz.scene.views.plot.labelled import Labelled, farthest
from gradviz.scene.views.plot.marks import (
    LETTERS,
    NAME,
    box_of,
    in_key,
    label,
    mark,
    name_in_key,
    series,
    size_of,
)  # fmt: skip
from gradviz.story.maths.unicode import powers
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
    def plane(self) -> Labelled:
        """The plane with its axes; passes stand on an axis of logarithms."""
        passes = [math.log10(s.passes) for way in self.ways for s in way.steps if s.passes > 0]
        across = Span(min(passes) - 0.05, max(passes) + 0.12)
        up = padded(self.teller.up(v) for v in self.teller.shown)
        return Labelled(Axes("ways", self.box, across, up))

    @property
    def axes(self) -> Axes:
        """The axes of the plane."""
        return self.plane.axes

    @property
    def room(self) -> Room:
        """The room for labels."""
        return self.plane.room

    @cached_property
    def start(self) -> float:
        """The height of the loss at the start."""
        return self.axes.y(self.teller.up(self.teller.begin))

    def items(self) -> Iterator[Item]:
        """The axes, the start, the lines with their marks, and their names."""
        yield from self._ticks()
        level = self.axes.across_at("start", "reference", self.start)
        yield level
        self.room.line(level.points)
        lines = [self.axes.within(self._pairs(way)) for way in self.ways]
        for k, (way, points) in enumerate(zip(self.ways, lines, strict=True)):
            yield from self._line(k, way, points)
        for k, points in enumerate(lines):
            yield from self._marks(k, points)
        yield from self._names(lines)

    def _pairs(self, way: Way) -> list[tuple[float, float]]:
        """Passes and losses on the axes of the plane."""
        up = self.teller.up
        return [(math.log10(s.passes), up(s.loss)) for s in way.steps if s.passes > 0]

    def _line(self, k: int, way: Way, points: list[Point]) -> Iterator[Item]:
        """The line of a way; one of a single step goes on level, as what the others come near."""
        if len(points) == 1 and not way.diverged:
            ends = points[0], Point(self.box.right, points[0].y)
            yield Line(f"way-{k}-level", "reference", ends)
            self.room.line(ends)
        yield from self.plane.line(f"way-{k}", f"way {series(k)}", self._pairs(way), 3.0)

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
        words = f"start {self.teller.said(self.teller.begin)}"
        width, height = size_of(words, SIZE)
        across = (self.box.x + self.box.w * part / 10 for part in (1, 2, 4, 6, 8, 9))
        along = [Point(x, self.start) for x in across]
        box = self.room.place(Wish(width, height, along))
        if box is not None:
            yield label("start-label", "muted", words, box, SIZE, "regular")
        for k, (way, own) in enumerate(zip(self.ways, lines, strict=True)):
            others = [p for n, line in enumerate(lines) if n != k for p in line[::4]]
            role = f"name {series(k)}"
            yield from self.plane.name(f"way-{k}", role, way.name, farthest(own, others))

    def _ticks(self) -> Iterator[Item]:
        axes, box = self.axes, self.box
        word = "passes"
        end = box.right - wide(word, SIZE) - 22
        tens = [t for t in decades(axes.across, 8) if axes.x(t) < end]
        yield from axes.bottom(tens, [_power(t) for t in tens])
        yield self.plane.counted("ways-passes", word)
        yield from self.plane.heights(self.teller.logarithmic, 6, _power)


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
        y, settings = box.y + 44.0 + k * row, powers(typeset(way.how))
        yield _mark(f"row-{k}-mark", k, in_key(box.x, y), END)
        end: Spent = way.end
        cells = (
            teller.counted(end.evaluations), teller.counted(end.gradients), teller.lasted(way),
            teller.said(end.loss),
        )  # fmt: skip
        x, room = box.x + NAME, places[0] - wide(cells[0], SIZE) - box.x - 28
        name = text.fit(way.name, LETTERS, "semibold", room)
        yield name_in_key(f"row-{k}", f"name {series(k)}", name, box.x, y)
        for place, head, cell in zip(places, heads, cells, strict=True):
            role, weight = ("ink", "semibold") if head == "loss" else ("muted", "regular")
            yield Text(f"row-{k}-{head}", role, place, y, cell, SIZE, weight, "end")  # type: ignore[arg-type]
        if row > LOW:
            how, aside, down = text.fit(settings, SIZE, "regular", box.w - 30), 0.0, 18.0
        else:
            aside, down = names + 18, 0.0
            how = text.fit(settings, SIZE, "regular", max(0.0, room - aside - 8))
        yield Text(f"row-{k}-how", "muted", x + aside, y + down, how, SIZE, "regular", "start")
