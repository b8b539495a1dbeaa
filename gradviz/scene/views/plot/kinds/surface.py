"""A surface as contours on shaded ground, with its critical points and the ways of optimisers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from gradviz.arrays import contours
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Area, Circle, Item, Line, Rect, Text
from gradviz.scene.themes import HEIGHTS
from gradviz.scene.views.plot.axes import BELOW, Axes, ticks
from gradviz.scene.views.plot.heights import padded
from gradviz.scene.views.plot.labelled import Labelled, farthest
from gradviz.scene.views.plot.marks import (
    DOT,
    LAST,
    LEFT,
    LETTERS,
    NAME,
    PAD,
    box_of,
    cross,
    in_key,
    label,
    left_of,
    mark,
    name_in_key,
    names,
    plate,
    series,
    size_of,
)  # fmt: skip
from gradviz.trace.plots import Span
from gradviz.trace.plots.surface import Descent, Surface

BOTTOM: Final = 26.0
SIDE: Final = 250.0
"""The width of what stands at the right of the plane: losses, and where they end."""
GUTTER: Final = 34.0
LEVELS: Final = 10
RING: Final = 6.5
START: Final = 6.0
ROW: Final = 25.0
NUMBERS: Final = 15.0
SMALL: Final = 11.0
SPACED: Final = 1.6
"""Marks of steps are left out where they would be nearer than so many of their sizes."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of a surface."""
    return Ground(teller, Box(corner.x, corner.y, width, height)).items()


def levels(surface: Surface) -> list[float]:
    """Levels between which about as many points of the grid lie, and those of all saddles, each of
    which is the only one that crosses itself. Round numbers but for these.
    """
    there = sorted(v for row in surface.values for v in row if math.isfinite(v))
    low, high = there[0], there[-1]
    own = sorted({c.value for c in surface.critical if c.kind == "saddle"})
    own = [v for k, v in enumerate(own) if not k or v - own[k - 1] > 1e-9 * (high - low)]
    found = [
        _round(there[len(there) * k // (LEVELS + 1)], high - low) for k in range(1, LEVELS + 1)
    ]
    near = (high - low) / 400
    kept = [v for v in dict.fromkeys(found) if all(abs(v - o) > near for o in own)]
    room = HEIGHTS - 1
    return sorted(v for v in [*own[:room], *kept[: max(0, room - len(own))]] if low < v < high)


def _round(value: float, range_: float) -> float:
    """A number in two digits, more where the whole range asks for them."""
    if value == 0 or not range_:
        return value
    size = max(abs(value), 0.05 * range_)
    return round(value, 1 - math.floor(math.log10(size))) + 0.0


@dataclass
class Ground:
    """The plane of a surface, and what stands on it and beside it."""

    teller: Any
    box: Box
    taken: list[Box] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.surface: Surface = self.teller.content
        side = SIDE + GUTTER if self.surface.descents else 0.0
        box = self.box
        left = left_of(self.surface.variables[1])
        plane = Box(box.x + left, box.y + 6, box.w - left - side, box.h - BOTTOM - 6)
        across, up = self.surface.spans
        self.axes = Axes("plane", plane, across, up)
        self.plane = Labelled(self.axes)
        self.room = self.plane.room

    @cached_property
    def levels(self) -> list[float]:
        """The levels of the contours."""
        return levels(self.surface)

    def items(self) -> Iterator[Item]:
        """The ground, the contours, the ways, the critical points, then the labels of all."""
        yield from self._ground()
        yield from self._contours()
        yield from self._ticks()
        yield from self._ways()
        yield from self._critical()
        yield from self._start()
        yield from self._labels()
        yield from self._numbers()
        if self.surface.descents:
            yield from Side(self.teller, self._side()).items()

    def _side(self) -> Box:
        box = self.box
        return Box(box.right - SIDE, box.y, SIDE, box.h)

    def _place(self, column: float, row: float) -> Point:
        """A place on the grid, fractions included."""
        return self.axes.cell(column, row, len(self.surface.xs), len(self.surface.ys))

    def _ground(self) -> Iterator[Item]:
        values = self.surface.values
        whole = all(math.isfinite(v) for row in values for v in row)
        if whole:
            yield Rect("ground-0", "height 0", *self.axes.box)
        else:
            yield Area("ground-0", "height 0", tuple(self._above(-1e308)))
        for k, level in enumerate(self.levels, 1):
            tone = round(k * (HEIGHTS - 1) / max(len(self.levels), 1))
            yield Area(f"ground-{k}", f"height {tone}", tuple(self._above(level)))

    def _above(self, level: float) -> list[tuple[Point, ...]]:
        return contours.above(self.surface.values, level, self._place)

    @cached_property
    def lines(self) -> list[list[list[Point]]]:
        """The lines of each level."""
        return [contours.lines(self.surface.values, q, self._place) for q in self.levels]

    def _contours(self) -> Iterator[Item]:
        for k, found in enumerate(self.lines):
            for n, line in enumerate(found):
                yield Line(f"contour-{k}-{n}", "contour", tuple(line))

    def _ticks(self) -> Iterator[Item]:
        axes = self.axes
        yield from names(axes, self.surface.variables, ticks(axes.across, 9), ticks(axes.up, 8))

    def _ways(self) -> Iterator[Item]:
        for k, way in enumerate(self.surface.descents):
            pairs = [(p.x, p.y) for p in way.places]
            yield from self.axes.curve(f"way-{k}-casing", "casing", pairs)[0]
            yield from self.plane.line(f"way-{k}", f"way {series(k + 1)}", pairs)
            yield from self._steps(k, way)
        for k, way in enumerate(self.surface.descents):
            last = way.places[-1]
            if self.axes.holds(last.x, last.y):
                at = self.axes.point(last.x, last.y)
                yield mark(f"way-{k}-last", k + 1, at, LAST)
                self.room.box(box_of(at, LAST))

    def _steps(self, k: int, way: Descent) -> Iterator[Item]:
        drawn: Point | None = None
        for n, place in enumerate(way.places[1:-1], 1):
            if not self.axes.holds(place.x, place.y):
                continue
            at = self.axes.point(place.x, place.y)
            if drawn is None or math.dist(drawn, at) >= SPACED * DOT:
                yield mark(f"way-{k}-step-{n}", k + 1, at, DOT)
                drawn = at

    def _critical(self) -> Iterator[Item]:
        for k, point in enumerate(self.surface.critical):
            at, key = self.axes.point(point.x, point.y), f"critical-{k}"
            if point.kind == "saddle":
                yield from cross(key, "critical", at, RING)
            else:
                yield Circle(key, "critical", *at, RING)
                if point.kind == "minimum":
                    yield Circle(f"{key}-dot", "critical dot", *at, 2.0)
                else:
                    yield from (
                        Line(f"{key}-{n}", "critical", ends)
                        for n, ends in enumerate(_plus(at, RING / 2))
                    )
            self.room.box(box_of(at, RING))

    def _start(self) -> Iterator[Item]:
        if not self.surface.descents:
            return
        first = self.surface.descents[0].places[0]
        if self.axes.holds(first.x, first.y):
            at = self.axes.point(first.x, first.y)
            yield Circle("start", "hollow hot", *at, START)
            self.room.box(box_of(at, START))

    def _labels(self) -> Iterator[Item]:
        """Words beside the start, the critical points and the ways, each on a plate."""
        surface, say = self.surface, self.teller.said
        if surface.descents:
            first = surface.descents[0].places[0]
            words = f"start {say(first.loss)}"
            at = self.axes.point(first.x, first.y)
            yield from self.plane.name("start", "hot", words, [at])
        for k, point in enumerate(surface.critical):
            words = self.teller.named(point)
            at = self.axes.point(point.x, point.y)
            yield from self.plane.name(f"critical-{k}", "ink", words, [at])
        for k, way in enumerate(surface.descents):
            role = f"name {series(k + 1)}"
            yield from self.plane.name(f"way-{k}", role, way.name, self._own(k, way))

    def _own(self, k: int, way: Descent) -> list[Point]:
        """The steps of a way, those first that are farthest from any other way."""
        axes = self.axes
        inside = axes.within((p.x, p.y) for p in way.places)
        others = [
            axes.point(p.x, p.y)
            for n, other in enumerate(self.surface.descents)
            if n != k
            for p in other.places
        ]
        return farthest(inside, others)

    def _numbers(self) -> Iterator[Item]:
        """The level of each contour, on its longest line where that is clear."""
        for k, (level, found) in enumerate(zip(self.levels, self.lines, strict=True)):
            words = self.teller.said(level)
            width, height = size_of(words, SMALL)
            for line in sorted(found, key=len, reverse=True)[:2]:
                box = self._on(line, width + 2 * PAD, height + 2 * PAD)
                if box is not None:
                    self.room.box(box.grown(14.0))
                    inner = box.grown(-PAD)
                    yield plate(f"level-{k}", inner)
                    yield label(f"level-{k}", "muted", words, inner, SMALL, "regular")
                    break

    def _on(self, line: Sequence[Point], width: float, height: float) -> Box | None:
        """A clear box in the middle of a line; none of a line that is short."""
        if len(line) < 16:
            return None
        for share in (0.5, 0.35, 0.65, 0.2, 0.8):
            at = line[int(share * (len(line) - 1))]
            box = Box(at.x - width / 2, at.y - height / 2, width, height)
            if self.room.is_clear(box):
                return box
        return None


@dataclass
class Side:
    """The losses of all ways, step by step, and what they are at the end."""

    teller: Any
    box: Box

    def items(self) -> Iterator[Item]:
        """A plane of losses over a table of them."""
        ways: Sequence[Descent] = self.teller.content.descents
        box, count = self.box, len(ways)
        down = box.h - 34 - BOTTOM - 14 - ROW * count - 6
        plane = Box(box.x + LEFT, box.y + 34, box.w - LEFT - 4, down)
        steps = max(len(w.places) for w in ways) - 1
        losses = [p.loss for w in ways for p in w.places]
        logarithmic = min(losses) > 0 and max(losses) > 20 * min(losses)
        up = padded([math.log10(v) for v in losses] if logarithmic else losses)
        axes = Axes("losses", plane, Span(0.0, float(max(steps, 1))), up)
        sides = Labelled(axes)
        name = self.teller.content.output
        yield Text("losses-name", "ink", box.x, box.y + 18, name, LETTERS, "semibold", "start")
        whole = [t for t in ticks(axes.across, 4) if t == int(t)]
        yield from axes.bottom(whole)
        yield sides.counted("losses-steps", "step", 2 * BELOW)
        yield from sides.heights(logarithmic, 5)
        yield from self._minima(axes, logarithmic)
        for k, way in enumerate(ways):
            pairs = [
                (float(n), math.log10(p.loss) if logarithmic else p.loss)
                for n, p in enumerate(way.places)
            ]
            yield from axes.curve(f"losses-{k}", f"series {series(k + 1)}", pairs)[0]
        yield from self._table(ways)

    def _minima(self, axes: Axes, logarithmic: bool) -> Iterator[Item]:
        """How low each minimum of the surface is, where that is within the plane: a way that levels
        off there has come to no lower place.
        """
        values = {c.value for c in self.teller.content.critical if c.kind == "minimum"}
        for k, value in enumerate(sorted(values)):
            y = value if not logarithmic else math.log10(value) if value > 0 else -math.inf
            if axes.up.holds(y):
                yield axes.across_at(f"losses-minimum-{k}", "reference", axes.y(y))

    def _table(self, ways: Sequence[Descent]) -> Iterator[Item]:
        box = self.box
        for k, way in enumerate(ways):
            y = box.bottom - ROW * (len(ways) - 1 - k) - 4
            yield mark(f"end-{k}-mark", k + 1, in_key(box.x, y), LAST)
            number = self.teller.said(way.places[-1].loss)
            room = box.w - NAME - wide(number, NUMBERS) - 10
            name = text.fit(way.name, LETTERS, "bold", room)
            yield name_in_key(f"end-{k}-name", f"name {series(k + 1)}", name, box.x, y)
            yield Text(f"end-{k}", "ink", box.right, y, number, NUMBERS, "semibold", "end")


def _plus(at: Point, half: float) -> list[tuple[Point, Point]]:
    return [
        (Point(at.x - half, at.y), Point(at.x + half, at.y)),
        (Point(at.x, at.y - half), Point(at.x, at.y + half)),
    ]
