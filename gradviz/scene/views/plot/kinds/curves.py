"""Curves with their slopes: one large, a panel for each, or together beside their slopes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Circle, Item, Line, Maths, Text
from gradviz.scene.typeset import SIZE as SET
from gradviz.scene.typeset import typeset
from gradviz.scene.views.plot.axes import BELOW, SIZE, TICK, Axes, said, ticks
from gradviz.scene.views.plot.axes import BESIDE as AT
from gradviz.scene.views.plot.heights import span_of
from gradviz.scene.views.plot.marks import HOLLOW, LETTERS, label, mark, series, size_of
from gradviz.story.maths import typst
from gradviz.trace.plots import Curve, Curves, Sample

COLUMNS: Final = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3, 10: 4, 11: 4, 12: 4}
GAP: Final = Point(40.0, 26.0)
"""Between panels."""
HEAD: Final = 26.0
"""Above a panel: its name and its formula."""
FOOT: Final = 26.0
"""Below a panel: the numbers of its axis."""
BESIDE: Final = 46.0
"""At the left of a panel, at least, for the numbers of its axis."""
ROW: Final = 30.0
"""Below panels that several curves share: what each is, and its slope."""
NUMBERS: Final = 15.0
SAMPLE: Final = 26.0
"""The length of the piece of a line in front of its name."""
REACH: Final = {True: 110.0, False: 46.0}
"""How far a tangent reaches to each side, in a panel alone and in one of several."""
RING: Final = 5.5
MOST_NAMED: Final = 6
"""More minima and maxima than this have no names."""
APART: Final = 5.0
"""Curves that are nearer than this are not named there."""

Which = str


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of a plot of curves."""
    content: Curves = teller.content
    box = Box(corner.x, corner.y, width, height)
    if content.together:
        return Together(teller, box).items()
    return _panels(teller, box)


def _panels(teller: Any, box: Box) -> Iterator[Item]:
    content: Curves = teller.content
    curves = content.curves
    columns = COLUMNS[len(curves)]
    rows = math.ceil(len(curves) / columns)
    alone = len(curves) == 1
    head = 6.0 if alone else HEAD
    down = (box.h - GAP.y * (rows - 1)) / rows
    heights = content.heights or span_of(
        v for c in curves for piece in c.pieces for s in piece for v in (s.value, s.slope)
    )
    beside = beside_of(ticks(heights, 7 if alone else 4))
    across = (box.w - beside - GAP.x * (columns - 1)) / columns
    for k, curve in enumerate(curves):
        row, column = divmod(k, columns)
        left = box.x + beside + column * (across + GAP.x)
        top = box.y + row * (down + GAP.y)
        plane = Box(left, top + head, across, down - head - FOOT)
        axes = Axes(f"panel-{k}", plane, content.span, heights)
        panel = Panel(teller, curve, axes, alone=alone, numbers=column == 0)
        yield from panel.items()


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
        yield from axes.bottom(apart(axes, ticks(axes.across, 9 if self.alone else 5), self.point))
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
                    self.room.box(_around(at, HOLLOW + 1))

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
                self.room.box(_around(at, size + 1))

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
        """The formula above a panel, at its right, where there is room."""
        rule, box = self.teller.written(self.curve), self.axes.box
        if rule is None:
            return
        source = typst.write(rule)
        setting = typeset([source])[source]
        scale = LETTERS / SET
        if setting.width * scale + taken + 12 > box.w or setting.height * scale > HEAD - 2:
            return
        x = box.right - setting.width * scale
        y = box.y - 10.0 - setting.baseline * scale
        yield Maths(f"{self.axes.key}-formula", "muted", x, y, source, setting, scale)

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
                self.room.box(_around(at, RING + 1))

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
        named = (("value", self.curve.name, 0), ("gradient", "slope", 1))
        for role, words, which in named:
            shown = text.fit(words, LETTERS, "semibold", self.axes.box.w / 3)
            pairs = [(s.x, (s.value, s.slope)[which]) for p in self.curve.pieces for s in p]
            points = [self.axes.point(x, y) for x, y in pairs if self.axes.holds(x, y)]
            box = self.room.place(Wish(*size_of(shown), _outwards(points)))
            if box is not None:
                yield label(f"{self.axes.key}-label-{role}", role, shown, box)


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
        yield from axes.bottom(apart(axes, ticks(axes.across, 7), told))
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
                    points[-1] += _spread(stroke)
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
                room.box(_around(axes.point(at, y), 6))

    def _labels(self, axes: Axes, room: Room, points: list[list[Point]]) -> Iterator[Item]:
        for k, curve in enumerate(self.curves):
            others = [p for n, line in enumerate(points) if n != k for p in line]
            own = [p for p in points[k] if all(math.dist(p, o) > APART for o in others)]
            wish = Wish(*size_of(curve.name), _outwards(own or points[k]))
            box = room.place(wish, others)
            if box is not None:
                yield label(f"{axes.key}-label-{k}", f"name {series(k)}", curve.name, box)

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


def beside_of(places: Sequence[float]) -> float:
    """The room that the numbers of a vertical axis need."""
    return max(BESIDE, max((wide(said(t), SIZE) for t in places), default=0.0) + AT + 4)


def apart(axes: Axes, places: Sequence[float], told: str) -> list[float]:
    """The ticks whose numbers keep clear of that of the point that is told."""
    if not told:
        return list(places)
    x, own = axes.x(float(told.replace("−", "-"))), wide(told, NUMBERS)
    return [t for t in places if abs(axes.x(t) - x) > (own + wide(said(t), SIZE)) / 2 + 4]


def _outwards(points: Sequence[Point]) -> list[Point]:
    """Points of a curve, those a quarter from its ends first: there a label is read most easily."""
    count = len(points)
    return [
        points[k]
        for k in sorted(
            range(count), key=lambda k: min(abs(k - 0.22 * count), abs(k - 0.78 * count))
        )
    ]


def _spread(stroke: Sequence[Point]) -> list[Point]:
    """Points along a line that are near each other, straight parts included."""
    found = list(stroke[:1])
    for a, b in pairwise(stroke):
        count = max(1, math.ceil(math.dist(a, b) / 6))
        found += [
            Point(a.x + (b.x - a.x) * n / count, a.y + (b.y - a.y) * n / count)
            for n in range(1, count + 1)
        ]
    return found


def _around(at: Point, radius: float) -> Box:
    return Box(at.x - radius, at.y - radius, 2 * radius, 2 * radius)
