"""Several curves in one plane, and their slopes in another beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Line, Text
from gradviz.scene.views.plot.axes import BELOW, Axes, ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.scene.views.plot.marks import LETTERS, label, mark, series, size_of
from gradviz.scene.views.plot.places import (
    FOOT,
    GAP,
    HEAD,
    NUMBERS,
    apart,
    around,
    beside_of,
    outwards,
    spread,
)
from gradviz.trace.plots.curves import Curve

ROW: Final = 30.0
"""Below the planes: what each curve is, and its slope."""
SAMPLE: Final = 26.0
"""The length of the piece of a line in front of its name."""
APART: Final = 5.0
"""Curves that are nearer than this are not named there."""


class Together:
    """Several curves in one plane, and their slopes in another beside it."""

    def __init__(self, teller: Any, box: Box) -> None:
        self.teller, self.content = teller, teller.content
        self.curves: Sequence[Curve] = self.content.curves
        span = self.content.span
        values, slopes = self.content.heights or span_of(self._all(0)), span_of(self._all(1))
        first, second = (beside_of(ticks(heights, 6)) for heights in (values, slopes))
        across = (box.w - first - second - GAP.x / 2) / 2
        plane = Box(box.x + first, box.y + HEAD, across, box.h - HEAD - FOOT - ROW)
        right = plane._replace(x=plane.right + second + GAP.x / 2)
        self.planes = Axes("values", plane, span, values), Axes("slopes", right, span, slopes)
        self.box = box

    def _all(self, which: int) -> list[float]:
        return [(s.value, s.slope)[which] for c in self.curves for p in c.pieces for s in p]

    def items(self) -> Iterator[Item]:
        """Both planes, and what each curve is called below them."""
        for which, axes in enumerate(self.planes):
            yield from self._plane(axes, which)
        yield from self._row()

    def _plane(self, axes: Axes, which: int) -> Iterator[Item]:
        name, role = ((self.content.measured, "ink"), ("slope: what is sent back", "gradient"))[
            which
        ]
        yield Text(
            f"{axes.key}-name",
            role,
            axes.box.x,
            axes.box.y - 12,
            name,
            LETTERS,
            "semibold",
            "start",
        )
        room, at = Room(axes.box), self.teller.at
        for line in axes.zeros():
            yield line
            room.line(line.points)
        told = "" if at is None else self.teller.said(at)
        yield from axes.bottom(apart(axes, ticks(axes.across, 7), at, told))
        yield from axes.left(ticks(axes.up, 6))
        points: list[list[Point]] = []
        for k, curve in enumerate(self.curves):
            points.append([])
            for n, piece in enumerate(curve.pieces):
                pairs = [(s.x, (s.value, s.slope)[which]) for s in piece]
                lines, strokes = axes.curve(f"{axes.key}-{k}-{n}", f"series {series(k)}", pairs)
                yield from lines
                for stroke in strokes:
                    room.line(stroke, 3.0)
                    points[-1] += spread(stroke)
        if at is not None:
            yield from self._at(axes, which, at, room)
        yield from self._labels(axes, room, points)

    def _at(self, axes: Axes, which: int, at: float, room: Room) -> Iterator[Item]:
        x = axes.x(at)
        yield axes.up_at(f"{axes.key}-at", "at", x)
        room.line((Point(x, axes.box.y), Point(x, axes.box.bottom)))
        yield Text(
            f"{axes.key}-at-x",
            "hot",
            x,
            axes.box.bottom + BELOW,
            self.teller.said(at),
            NUMBERS,
            "semibold",
        )
        for k, curve in enumerate(self.curves):
            assert curve.at is not None
            y = (curve.at.value, curve.at.slope)[which]
            if math.isfinite(y) and axes.up.holds(y):
                yield mark(f"{axes.key}-at-{k}", k, axes.point(at, y), 4.2)
                room.box(around(axes.point(at, y), 6))

    def _labels(self, axes: Axes, room: Room, points: list[list[Point]]) -> Iterator[Item]:
        unnamed = []
        for k, curve in enumerate(self.curves):
            others = [p for n, line in enumerate(points) if n != k for p in line]
            own = [p for p in points[k] if all(math.dist(p, o) > APART for o in others)]
            box = room.place(Wish(*size_of(curve.name), outwards(own)), others) if own else None
            if box is not None:
                yield label(f"{axes.key}-label-{k}", f"name {series(k)}", curve.name, box)
            else:
                unnamed.append(k)
        for k in unnamed:
            yield from self._shared(axes, room, points, k)

    def _shared(self, axes: Axes, room: Room, points: list[list[Point]], k: int) -> Iterator[Item]:
        """One label for two curves, where they are one, for a curve that is never alone."""
        for n in range(len(points)):
            both = [p for p in points[k] if any(math.dist(p, o) <= APART for o in points[n])]
            others = [p for m, line in enumerate(points) if m not in (k, n) for p in line]
            both = [p for p in both if all(math.dist(p, o) > APART for o in others)]
            if n == k or not both:
                continue
            names = ", ".join(self.curves[i].name for i in sorted((k, n)))
            box = room.place(Wish(*size_of(names), outwards(both)), others)
            if box is not None:
                yield label(f"{axes.key}-label-{k}", f"name {series(k)}", names, box)
                return

    def _row(self) -> Iterator[Item]:
        """The piece of each line with its name, and its slope at the point."""
        x, y = self.box.x, self.box.bottom - 6.0
        at = self.teller.at
        if at is not None:
            words = f"slope at {self.teller.said(at)}"
            yield Text("row-at", "hot", x, y, words, LETTERS, "semibold", "start")
            x += wide(words, LETTERS) + 26
        for k, curve in enumerate(self.curves):
            middle = y - text.cap_height(LETTERS) / 2
            ends = Point(x, middle), Point(x + SAMPLE, middle)
            yield Line(f"row-{k}-line", f"series {series(k)}", ends)
            x += SAMPLE + 8
            role = f"name {series(k)}"
            yield Text(f"row-{k}-name", role, x, y, curve.name, LETTERS, "semibold", "start")
            x += wide(curve.name, LETTERS) + 9
            if curve.at is not None:
                number = self.teller.said(curve.at.slope)
                yield Text(f"row-{k}-slope", "gradient", x, y, number, NUMBERS, "semibold", "start")
                x += wide(number, NUMBERS)
            x += 28
