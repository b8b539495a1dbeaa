"""Losses of training runs over their passes, and a table of where they end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Line, Text
from gradviz.scene.views.plot.axes import BELOW, SIZE, Axes, decades, said, ticks
from gradviz.scene.views.plot.marks import LAST, LETTERS, PAD, label, mark, plate, series, size_of
from gradviz.trace.plots import Span
from gradviz.trace.plots.losses import History, Losses

LEFT: Final = 52.0
BOTTOM: Final = 30.0
SIDE: Final = 250.0
GUTTER: Final = 34.0
ROW: Final = 27.0
MOST: Final = 800
"""So many passes are drawn one by one."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of losses."""
    box = Box(corner.x, corner.y, width, height)
    plane = Box(box.x + LEFT, box.y + 8, box.w - LEFT - SIDE - GUTTER, box.h - BOTTOM - 8)
    yield from Drawn(teller, plane).items()
    yield from _table(teller, Box(box.right - SIDE, box.y, SIDE, box.h))


@dataclass
class Drawn:
    """The plane of losses."""

    teller: Any
    box: Box

    @property
    def runs(self) -> tuple[History, ...]:
        """The runs."""
        content: Losses = self.teller.content
        return content.runs

    @cached_property
    def axes(self) -> Axes:
        """The plane with its axes."""
        passes = max(len(run.losses) for run in self.runs)
        shown = (
            [math.log10(v) for v in self.teller.shown]
            if self.teller.logarithmic
            else self.teller.shown
        )
        low, high = min(shown), max(shown)
        if not self.teller.logarithmic and low >= 0:
            low = 0.0
        room = 0.06 * (high - low) or 0.5
        bottom = low if low == 0 and not self.teller.logarithmic else low - room
        return Axes("losses", self.box, Span(1.0, float(max(passes, 2))), Span(bottom, high + room))

    @cached_property
    def room(self) -> Room:
        """The room for labels."""
        return Room(self.box)

    def items(self) -> Iterator[Item]:
        """The axes, the losses, their means, and their names."""
        yield from self._ticks()
        first = self.runs[0]
        if self.teller.pale:
            every = max(1, len(first.losses) // MOST)
            pairs = [(float(n + 1), v) for n, v in enumerate(first.losses) if n % every == 0]
            yield from self._curve("each", f"pale {_series(self.teller, 0)}", pairs)
        for k, run in enumerate(self.runs):
            pairs = [(float(n), v) for n, v in run.typical]
            role = f"series {_series(self.teller, k)}"
            yield from self._curve(f"loss-{k}", role, pairs, enter=True)
        if len(self.runs) > 1:
            yield from self._names()

    def _up(self, value: float) -> float:
        if not math.isfinite(value) or not self.teller.logarithmic:
            return value
        return math.log10(value) if value > 0 else math.nan

    def _curve(
        self, key: str, role: str, pairs: list[tuple[float, float]], enter: bool = False
    ) -> Iterator[Item]:
        lines, strokes = self.axes.curve(key, role, ((n, self._up(v)) for n, v in pairs))
        yield from lines
        for stroke in strokes if enter else ():
            self.room.line(stroke, 4.0)

    def _ticks(self) -> Iterator[Item]:
        axes, box = self.axes, self.box
        word = "pass"
        end = box.right - wide(word, SIZE) - 10
        whole = [t for t in ticks(axes.across, 8) if t == int(t) and axes.x(t) + 18 < end]
        yield from axes.bottom([1.0, *[t for t in whole if axes.x(t) > box.x + 30]])
        y = box.bottom + BELOW
        yield Text("losses-pass", "muted", box.right, y, word, SIZE, "regular", "end")
        if self.teller.logarithmic:
            places = decades(axes.up, 6)
            if len(places) < 2:
                span = Span(10**axes.up.low, 10**axes.up.high)
                places = [math.log10(t) for t in ticks(span, 6) if t > 0]
            yield from axes.left(places, [said(10.0**t) for t in places])
        else:
            yield from axes.left(ticks(axes.up, 6))

    def _names(self) -> Iterator[Item]:
        """The name of each run beside its line, where it is farthest from the others."""
        lines = [
            [
                self.axes.point(n, self._up(v))
                for n, v in run.typical
                if math.isfinite(self._up(v)) and self.axes.holds(n, self._up(v))
            ]
            for run in self.runs
        ]
        for k, (run, own) in enumerate(zip(self.runs, lines, strict=True)):
            others = [p for n, line in enumerate(lines) if n != k for p in line[::8]]
            apart = sorted(own, key=lambda p: -min((math.dist(p, o) for o in others), default=0.0))
            width, height = size_of(run.name)
            box = self.room.place(Wish(width + 2 * PAD, height + 2 * PAD, apart)) if apart else None
            if box is not None:
                inner = box.grown(-PAD)
                yield plate(f"loss-{k}", inner)
                yield label(f"loss-{k}-label", f"name {series(k + 1)}", run.name, inner)


def _series(teller: Any, k: int) -> str:
    """The colour of a run: ink for one alone."""
    return series(k + (len(teller.content.runs) > 1))


def _table(teller: Any, box: Box) -> Iterator[Item]:
    """Each run with its last loss, and how many samples are right."""
    content: Losses = teller.content
    y = box.y + 20.0
    for k, run in enumerate(content.runs):
        at = Point(box.x + 8, y - text.cap_height(LETTERS) / 2)
        yield mark(f"end-{k}-mark", k + (len(content.runs) > 1), at, LAST)
        last = teller.last(run)
        number = teller.said(last) if math.isfinite(last) else "runs away"
        name = text.fit(run.name, LETTERS, "semibold", box.w - 32 - wide(number, LETTERS))
        role = f"name {_series(teller, k)}"
        yield Text(f"end-{k}-name", role, box.x + 22, y, name, LETTERS, "semibold", "start")
        yield Text(f"end-{k}", "ink", box.right, y, number, LETTERS, "semibold", "end")
        for part, score in (("all samples", run.end), ("held out", run.held_out)):
            if score is not None and score[1] is not None:
                y += ROW - 6
                told = f"{teller.said(100 * score[1])} % right"
                key = f"end-{k}-{part[0]}"
                yield Text(key, "muted", box.x + 22, y, part, SIZE, "regular", "start")
                yield Text(f"{key}-right", "muted", box.right, y, told, SIZE, "regular", "end")
        y += ROW + 4
    if teller.pale:
        middle = y - text.cap_height(SIZE) / 2
        ends = Point(box.x, middle), Point(box.x + 16, middle)
        yield Line("key-pale", f"pale {_series(teller, 0)}", ends)
        yield Text("key-pale-name", "muted", box.x + 22, y, "each pass", SIZE, "regular", "start")
