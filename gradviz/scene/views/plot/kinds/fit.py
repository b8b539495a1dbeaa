"""A fit: the curve of a model, samples with their residuals, and earlier curves, pale."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Line, Text
from gradviz.scene.views.plot.axes import SIZE, Axes, ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.scene.views.plot.marks import LETTERS, PAD, box_of, label, mark, names, plate, size_of
from gradviz.scene.views.plot.places import beside_of, outwards, spread
from gradviz.trace.plots import Span
from gradviz.trace.plots.fit import Fit, Residual

BOTTOM: Final = 26.0
SIDE: Final = 220.0
GUTTER: Final = 34.0
ROW: Final = 27.0
SAMPLE: Final = 4.4
USUAL: Final = 60
"""So many samples are drawn with marks of the usual size; more with smaller ones."""
PIECE: Final = 16.0


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of a fit."""
    box = Box(corner.x, corner.y, width, height)
    drawn = Drawn(teller, box)
    yield from drawn.items()
    yield from _key(teller, Box(box.right - SIDE, box.y, SIDE, box.h), drawn.sample)


@dataclass
class Drawn:
    """The plane of a fit."""

    teller: Any
    box: Box

    @property
    def content(self) -> Fit:
        """What is drawn."""
        found: Fit = self.teller.content
        return found

    @cached_property
    def axes(self) -> Axes:
        """The plane with its axes: the samples, and as much of the curves as fits with them."""
        up = self.heights
        left = beside_of(ticks(up, 7))
        plane = Box(
            self.box.x + left, self.box.y + 6, self.box.w - left - SIDE - GUTTER,
            self.box.h - BOTTOM - 6,
        )  # fmt: skip
        return Axes("fit", plane, self.content.span, up)

    @cached_property
    def heights(self) -> Span:
        """The targets that are shown, and as much of the curve as fits with them."""
        content = self.content
        targets = [r.target for r in content.residuals]
        last = [y for _, y in content.curves[-1].points if math.isfinite(y)]
        low, high = min(targets), max(targets)
        room = (high - low) or max(1.0, abs(high))
        near = [y for y in last if low - room <= y <= high + room]
        return span_of([*targets, *near])

    @cached_property
    def room(self) -> Room:
        """The room for labels."""
        return Room(self.axes.box)

    @property
    def sample(self) -> float:
        """The size of a sample's mark."""
        return SAMPLE * min(1.0, max(0.45, math.sqrt(USUAL / len(self.content.residuals))))

    def items(self) -> Iterator[Item]:
        """The axes, the residuals, the curves, the samples, and the names of earlier curves."""
        axes = self.axes
        for line in axes.zeros():
            yield line
            self.room.line(line.points)
        variables = self.content.variable, self.content.target
        yield from names(axes, variables, ticks(axes.across, 7), ticks(axes.up, 7))
        yield from self._residuals()
        strokes = []
        for k, curve in enumerate(self.content.curves):
            is_last = k == len(self.content.curves) - 1
            role = "curve value" if is_last else "future value"
            lines, found = axes.curve(f"curve-{k}", role, curve.points)
            yield from lines
            strokes.append([p for stroke in found for p in spread(stroke)])
            for stroke in found:
                self.room.line(stroke, 3.0)
        yield from self._samples()
        yield from self._names(strokes)

    def _drawn(self) -> Iterator[tuple[int, Residual]]:
        """The samples that are drawn, with their numbers."""
        every: int = self.teller.every
        return islice(enumerate(self.content.residuals), 0, None, every)

    def _residuals(self) -> Iterator[Item]:
        for n, r in self._drawn():
            pairs = (r.x, r.target), (r.x, r.said)
            for line in self.axes.curve(f"residual-{n}", "residual", pairs)[0]:
                yield line
                self.room.line(line.points)

    def _samples(self) -> Iterator[Item]:
        for n, r in self._drawn():
            if self.axes.holds(r.x, r.target):
                at = self.axes.point(r.x, r.target)
                yield mark(f"sample-{n}", 1, at, self.sample)
                self.room.box(box_of(at, self.sample))

    def _names(self, strokes: list[list[Point]]) -> Iterator[Item]:
        """What each curve is, beside it where it is alone."""
        for k, curve in enumerate(self.content.curves):
            others = [p for n, line in enumerate(strokes) if n != k for p in line[::3]]
            own = [p for p in strokes[k] if all(math.dist(p, o) > 8 for o in others)]
            if not curve.name or not own:
                continue
            width, height = size_of(curve.name)
            wish = Wish(width + 2 * PAD, height + 2 * PAD, outwards(own))
            box = self.room.place(wish, others)
            if box is not None:
                role = "value" if k == len(self.content.curves) - 1 else "muted"
                inner = box.grown(-PAD)
                yield plate(f"curve-{k}", inner)
                yield label(f"curve-{k}-name", role, curve.name, inner)


def _key(teller: Any, box: Box, sample: float) -> Iterator[Item]:
    """Each curve with the mean of its squared residuals, then what the marks are."""
    content: Fit = teller.content
    y = box.y + 20.0
    yield Text("key-head", "muted", box.right, y, "mean square", SIZE, "regular", "end")
    for k, curve in enumerate(content.curves):
        y += ROW
        is_last = k == len(content.curves) - 1
        middle = y - text.cap_height(LETTERS) / 2
        ends = Point(box.x, middle), Point(box.x + PIECE, middle)
        yield Line(f"key-{k}", "curve value" if is_last else "future value", ends)
        number = teller.said(curve.squared)
        room = box.w - PIECE - 16 - wide(number, LETTERS)
        name = text.fit(curve.name or "the model", LETTERS, "semibold", room)
        role, left = "value" if is_last else "muted", box.x + PIECE + 6
        yield Text(f"key-{k}-name", role, left, y, name, LETTERS, "semibold", "start")
        yield Text(f"key-{k}-square", role, box.right, y, number, LETTERS, "semibold", "end")
    y += ROW + 6
    middle = y - text.cap_height(LETTERS) / 2
    yield mark("key-sample", 1, Point(box.x + PIECE / 2, middle), max(sample, 3.0))
    left = box.x + PIECE + 6
    yield Text("key-sample-name", "name a", left, y, "sample", LETTERS, "semibold", "start")
    y += ROW
    middle = y - text.cap_height(LETTERS) / 2
    yield Line("key-residual", "residual", (Point(box.x, middle), Point(box.x + PIECE, middle)))
    yield Text("key-residual-name", "muted", left, y, "residual", LETTERS, "regular", "start")
