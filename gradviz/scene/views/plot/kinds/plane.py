"""A plane of features: fields of the classes, their borders, and the samples; the key beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.arrays import contours
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Area, Circle, Item, Text
from gradviz.scene.themes import FIELDS
from gradviz.scene.views.plot.axes import Axes, ticks
from gradviz.scene.views.plot.labelled import Labelled
from gradviz.scene.views.plot.marks import (
    LETTERS,
    NAME,
    box_of,
    in_key,
    left_of,
    line_in_key,
    mark,
    name_in_key,
    names,
    series,
)  # fmt: skip
from gradviz.trace.plots.plane import Pane, Plane

BOTTOM: Final = 26.0
SIDE: Final = 210.0
GUTTER: Final = 34.0
ROW: Final = 30.0
SAMPLE: Final = 4.4
"""The size of a mark where there are `USUAL` samples; larger for few, smaller for many."""
USUAL: Final = 200
RING: Final = 1.9
"""The radius of the ring around a missed sample, in sizes of its mark."""
TICKED: Final = 62.0
"""The room for a number below the plane."""
WIDEST: Final = 1.5
"""The width of a plane in its heights, at most."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of a plane."""
    content: Plane = teller.content
    room = Box(corner.x, corner.y, width, height)
    height = room.h - BOTTOM - 6
    lefts = [left_of(pane.variables[1]) for pane in content.panes]
    across = (room.w - SIDE - GUTTER - sum(lefts)) / len(content.panes)
    sizes = [_size(pane, across, height) for pane in content.panes]
    x = room.x + (room.w - sum(size[0] for size in sizes) - sum(lefts) - GUTTER - SIDE) / 2
    for k, (pane, left, (wide_, tall)) in enumerate(zip(content.panes, lefts, sizes, strict=True)):
        top = room.y + 6 + (height - tall) / 2
        yield from Drawn(teller, pane, Box(x + left, top, wide_, tall), k).items()
        x += wide_ + left
    yield from _key(teller, Box(x + GUTTER, room.y, SIDE, room.h))


def _size(pane: Pane, width: float, height: float) -> tuple[float, float]:
    """The size of a plane: with one scale for both axes where they are alike."""
    across, up = (span.length for span in pane.spans)
    if not 1 / WIDEST < across / up < WIDEST:
        return min(width, WIDEST * height), height
    scale = min(width / across, height / up)
    return scale * across, scale * up


@dataclass
class Drawn:
    """One plane."""

    teller: Any
    pane: Pane
    box: Box
    number: int

    @cached_property
    def plane(self) -> Labelled:
        """The plane with its axes."""
        return Labelled(Axes(f"plane-{self.number}", self.box, *self.pane.spans))

    @property
    def axes(self) -> Axes:
        """The axes of the plane."""
        return self.plane.axes

    def items(self) -> Iterator[Item]:
        """The fields, the borders, the axes, the samples, and the names of the lines."""
        yield from self._fields()
        yield from self._borders()
        yield from self._ticks()
        yield from self._samples()
        yield from self._names()

    def _place(self, column: float, row: float) -> Point:
        return self.axes.cell(column, row, len(self.pane.xs), len(self.pane.ys))

    def _fields(self) -> Iterator[Item]:
        """Where each class leads, the darker the more, in even levels."""
        most = max((abs(v) for g in self.pane.margins for row in g for v in row), default=0.0)
        for c, grid in enumerate(self.pane.margins):
            for tone in range(FIELDS):
                loops = contours.above(grid, most * tone / FIELDS, self._place)
                if loops:
                    role = f"field {series(c + 1)} {tone}"
                    yield Area(f"field-{self.number}-{c}-{tone}", role, tuple(loops))

    def _borders(self) -> Iterator[Item]:
        border = self.pane.border
        for n, stroke in enumerate(border.strokes if border else ()):
            yield from self.plane.line(f"border-{self.number}-{n}", "border", stroke)
        for c, score in enumerate(self.pane.scores):
            for n, stroke in enumerate(score.strokes):
                role = f"series {series(c + 1)}"
                yield from self.plane.line(f"score-{self.number}-{c}-{n}", role, stroke)

    def _ticks(self) -> Iterator[Item]:
        axes = self.axes
        most = max(2, min(7, int(self.box.w // TICKED)))
        yield from names(axes, self.pane.variables, ticks(axes.across, most), ticks(axes.up, 7))

    @cached_property
    def _size(self) -> float:
        share = math.sqrt(math.sqrt(USUAL / max(1, len(self.pane.dots))))
        return SAMPLE * min(1.7, max(0.5, share))

    def _samples(self) -> Iterator[Item]:
        for n, dot in enumerate(self.pane.dots):
            if n % self.teller.every or not self.axes.holds(dot.x, dot.y):
                continue
            at, key = self.axes.point(dot.x, dot.y), f"sample-{self.number}-{n}"
            if dot.missed:
                yield Circle(f"{key}-missed", "missed", *at, RING * self._size)
            yield mark(key, dot.label + 1, at, self._size)
            self.plane.room.box(box_of(at, (RING if dot.missed else 1.0) * self._size))

    def _names(self) -> Iterator[Item]:
        """What each line is, beside it where there is room."""
        content: Plane = self.teller.content
        if content.level is not None and self.pane.border is not None:
            words = f"{self.teller.output} = {self.teller.said(content.level)}"
            yield from self._name(f"border-{self.number}", "ink", words, self.pane.border.strokes)
        for c, score in enumerate(self.pane.scores):
            words = f"{content.classes[c]}: score 0"
            role = f"name {series(c + 1)}"
            yield from self._name(f"score-{self.number}-{c}", role, words, score.strokes)

    def _name(
        self, key: str, role: str, words: str, strokes: Sequence[Sequence[tuple[float, float]]]
    ) -> Iterator[Item]:
        points = self.axes.within(pair for stroke in strokes for pair in stroke)
        yield from self.plane.name(key, role, words, points)


def _key(teller: Any, box: Box) -> Iterator[Item]:
    """The classes with their marks, and how many of each are right."""
    content: Plane = teller.content
    rows = [c for c in range(len(content.classes)) if teller.counted(c)[0]] or list(
        range(len(content.classes))
    )
    y = box.y + 20.0
    for c in rows:
        count, right = teller.counted(c)
        yield mark(f"key-{c}", c + 1, in_key(box.x, y), 1.3 * SAMPLE)
        told = f"{right} of {count}" if count else ""
        space = box.w - 24 - wide(told, LETTERS) - 10
        name = text.fit(content.classes[c], LETTERS, "semibold", space)
        role = f"name {series(c + 1)}"
        yield name_in_key(f"key-{c}-name", role, name, box.x, y)
        if told:
            yield Text(f"key-{c}-count", "ink", box.right, y, told, LETTERS, "semibold", "end")
        y += ROW
    if any(d.missed for d in content.panes[0].dots):
        yield Circle("key-missed", "missed", *in_key(box.x, y), RING * SAMPLE * 0.8)
        yield Text(
            "key-missed-name", "muted", box.x + NAME, y, "missed", LETTERS, "regular", "start"
        )
        y += ROW
    if any(pane.border for pane in content.panes):
        yield from line_in_key("key-border", "border", "the class changes", box.x, y)
