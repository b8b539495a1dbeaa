"""The network: a unit is a small picture of what it says of the plane, a weight is a tube."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Curve, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Path, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.plot.marks import series
from gradviz.scene.views.training.fields import curve, negative, tinted
from gradviz.story.languages import say
from gradviz.story.maths import unicode
from gradviz.story.training.frames import TrainingStory
from gradviz.trace.plots.fit import Fit
from gradviz.trace.training import Grid, Moment, Stage

LEGEND: Final = 24.0
"""Below the network: what a tube means."""
NAME: Final = 19.0
"""Below a unit that has a name."""
LARGEST: Final = 46.0
APART: Final = 7.0
"""Between the units of a layer."""
WIDEST: Final = 6.8
THINNEST: Final = 0.6
CASING: Final = 1.2
HOLLOW: Final = 1.8
"""A tube that is wider than this is hollow where its weight is negative."""
WALL: Final = 1.2
BEYOND: Final = 20.0
"""Room at the right of the last layer, for the names of its units."""
SMALL: Final = 11.0
BEND: Final = 0.45
"""How far along the gap between two layers a tube stays level, as a part of it."""


class Network:
    """The network of a pass in a box."""

    def __init__(self, story: TrainingStory, moment: Moment, box: Box) -> None:
        self.story, self.moment, self.stages = story, moment, moment.stages
        self.box, self.room = box, box._replace(h=box.h - LEGEND)

    @cached_property
    def size(self) -> float:
        """The side of a unit: as large as the fullest layer allows."""
        fits = [self.room.h / len(s.units) - APART - self._name(s) for s in self.stages]
        across = self.box.w / (1.7 * len(self.stages) - 0.7)
        return min(LARGEST, across, *fits)

    def _name(self, stage: Stage) -> float:
        """The room below each unit of a layer."""
        return NAME if any(unit.name for unit in stage.units) else 0.0

    @cached_property
    def places(self) -> tuple[tuple[Box, ...], ...]:
        """The box of each unit, layer by layer."""
        found, count = [], len(self.stages)
        for i, stage in enumerate(self.stages):
            x = self.box.x + (self.box.w - self.size) * i / max(1, count - 1)
            below = self._name(stage)
            pitch = min(self.room.h / len(stage.units), (self.size + below) * 1.35 + APART)
            top = self.room.y + (self.room.h - pitch * len(stage.units)) / 2
            gap = (pitch - self.size - below) / 2
            found.append(
                tuple(
                    Box(x, top + pitch * j + gap, self.size, self.size)
                    for j in range(len(stage.units))
                )
            )
        return tuple(found)

    def items(self) -> Iterator[Item]:
        """The tubes, the thick ones first, the units over them, and what a tube means."""
        yield from self._tubes()
        for i, stage in enumerate(self.stages):
            for j, unit in enumerate(stage.units):
                yield from self._unit(
                    f"unit-{i}-{unit.place}", i, unit.place, unit.values, self.places[i][j]
                )
                if unit.name:
                    room = BEYOND if i == len(self.stages) - 1 else 0.0
                    key = f"unit-{i}-{unit.place}-name"
                    yield self._label(key, unit.name, self.places[i][j], room)
        yield from self._legend()

    def _tubes(self) -> Iterator[Item]:
        tubes = [
            (w, i, unit.place, before.place, self.places[i - 1][m], self.places[i][j])
            for i, stage in enumerate(self.stages)
            for j, (unit, row) in enumerate(zip(stage.units, stage.weights, strict=bool(i)))
            for m, (before, w) in enumerate(zip(self.stages[i - 1].units, row, strict=True))
        ]
        for w, i, unit, before, start, end in sorted(tubes, key=lambda t: -abs(t[0])):
            if not math.isfinite(w):
                continue
            ends = Point(start.right, start.y + start.h / 2), Point(end.x, end.y + end.h / 2)
            yield from tube(f"tube-{i}-{unit}-{before}", level(*ends), self.width(w), w < 0)

    def width(self, weight: float) -> float:
        """The width of a tube."""
        share = abs(weight) / self.moment.widest if self.moment.widest else 0.0
        return THINNEST + (WIDEST - THINNEST) * share

    def _unit(self, key: str, layer: int, place: int, values: Grid, box: Box) -> Iterator[Item]:
        plane = self.moment.plane
        if isinstance(plane, Fit):
            yield from curve(key, values, box)
        else:
            tints = self._tints(len(plane.classes), layer, place, values)
            yield from tinted(key, tints, box)
        yield Rect(f"{key}-frame", "frame", box.x, box.y, box.w, box.h, 1.5)

    def _tints(
        self, count: int, layer: int, place: int, values: Grid
    ) -> Sequence[tuple[str, Grid]]:
        """Two classes have the two signs of a number; of more, an output has its class."""
        is_class = layer == len(self.stages) - 1 and self.stages[-1].size == count
        if count > 2:
            return ((series(place + 1) if is_class else series(0), values),)
        own = place if is_class else 1
        return (series(own + 1), values), (series(2 - own), negative(values))

    def _label(self, key: str, name: str, box: Box, room: float) -> Text:
        """The name of a unit below it; a long one goes on to the right as far as there is room,
        away from the tubes that arrive at the left.
        """
        size, words = SIZE, unicode.name(name)
        if wide(words, SIZE) > box.w + room:
            size = max(SMALL, SIZE * (box.w + room) / wide(words, SIZE))
            words = text.fit(words, size, "semibold", box.w + room)
        width = wide(words, size)
        x = box.x + max(box.w, width) / 2
        return Text(key, "ink", x, box.bottom + 14.5, words, size, "semibold")

    def _legend(self) -> Iterator[Item]:
        """A tube of each sign, and how large the widest weight is."""
        y = self.box.bottom - 5.0
        middle, x = y - text.cap_height(SIZE) / 2, self.box.x + 3
        for key, word, is_negative in (("plus", say("weight +"), False), ("minus", "−", True)):
            line = straight(x, middle, x + 26, middle)
            yield from tube(f"key-{key}", line, 5.2, is_negative)
            yield Text(f"key-{key}-name", "value", x + 32, y, word, SIZE, "semibold", "start")
            x += 32 + wide(word, SIZE) + 18
        words = say("widest {value}", value=self.story.said(self.moment.widest))
        size = min(SIZE, SIZE * (self.box.right + BEYOND - x) / wide(words, SIZE))
        yield Text("key-widest", "value", x, y, words, size, "regular", "start")


def level(start: Point, end: Point) -> Curve:
    """A curve that leaves and arrives level."""
    reach = BEND * (end.x - start.x)
    return start, Point(start.x + reach, start.y), Point(end.x - reach, end.y), end


def tube(key: str, curve: Curve, width: float, is_hollow: bool) -> Iterator[Item]:
    """A curve of this width with a thin edge of ground."""
    yield Path(f"{key}-casing", "tube inside", curve, width + CASING)
    yield Path(key, "tube", curve, width)
    if is_hollow and width > HOLLOW:
        yield Path(f"{key}-inside", "tube inside", curve, max(width - 2 * WALL, 0.4 * width))
