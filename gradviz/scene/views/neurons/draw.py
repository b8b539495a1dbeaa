"""Drawing one frame of a network: arcs, units, the numbers in and on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from gradviz.layout.curves import Box, Point
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import wide
from gradviz.scene.images import image, unflattened
from gradviz.scene.model import Circle, Image, Item, Maths, Path, Polygon, Rect, Text
from gradviz.scene.shapes import joined, straight
from gradviz.scene.views.neurons.labels import LINE, MOST_NUMBERED, TIP, Arc, Labels, tip
from gradviz.scene.views.neurons.place import (
    CAPSULE,
    HEADS,
    IMAGE,
    LEAD,
    NUMBER,
    PAD,
    PILL,
    SMALL,
    STUB,
    VALUE,
    Column,
    UnitLayout,
    Written,
    within,
)
from gradviz.story.languages import say
from gradviz.story.neurons.frames import UnitFrame

THIN, THICK = 1.1, 3.0
"""An arc is THIN, and thicker by up to THICK with its weight."""
CASING: Final = 3.6
BAND: Final = 7.6
"""How much wider the band behind a hot arc is."""
RINGED: Final = 4.0
CRUMB: Final = (4.0, 14.0)
"""Pieces of an arc that are shorter are left out: at its ends, and between two numbers."""

Way = Literal["", "forward", "back", "lit"]


@dataclass
class Layers:
    """Items in drawing order."""

    under: list[Item] = field(default_factory=list)
    arcs: list[Item] = field(default_factory=list)
    hot: list[Item] = field(default_factory=list)
    units: list[Item] = field(default_factory=list)
    texts: list[Item] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """All items in drawing order."""
        return [*self.under, *self.arcs, *self.hot, *self.units, *self.texts]


class UnitDrawing:
    """One frame of a laid-out network, its top left corner at `corner`."""

    def __init__(self, layout: UnitLayout, labels: Labels, frame: UnitFrame, corner: Point) -> None:
        self.layout, self.labels, self.frame = layout, labels, frame
        self.corner, self.layers = corner, Layers()
        self.walk, self.place, self.lit = frame.walk, frame.place, frame.lit.spots

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        self._image()
        for column in self.layout.columns:
            self._head(column)
            for unit in column.places:
                self._unit(column, unit)
            self._gaps(column)
        self._loss()
        self._arcs()
        return self.layers.items

    # Pieces.

    def _at(self, x: float, y: float) -> Point:
        return Point(x + self.corner.x, y + self.corner.y)

    def _say(
        self,
        key: str,
        role: str,
        x: float,
        middle: float,
        words: str,
        size: float = NUMBER,
        weight: Literal["regular", "medium", "semibold", "bold"] = "medium",
        anchor: Literal["start", "middle", "end"] = "middle",
    ) -> None:
        at = self._at(x, middle + cap_height(size) / 2)
        self.layers.texts.append(Text(key, role, *at, words, size, weight, anchor))

    def _write(self, key: str, role: str, left: float, baseline: float, what: Written) -> None:
        at = self._at(left, baseline - what.rise)
        made = Maths(key, role, *at, what.source, what.setting, what.scale)
        self.layers.texts.append(made)

    def _is(self, kind: str, layer: int, unit: int | None = None) -> bool:
        return self.place is not None and self.place == (kind, layer, unit)

    def _is_at_work(self, layer: int, unit: int) -> bool:
        if self._is("inputs", 0) and not layer:
            return True
        return self._is("unit", layer, unit) or self._is("delta", layer, unit)

    # Units.

    def _head(self, column: Column) -> None:
        words, key = self.layout.head(column.layer), f"head-{column.layer}"
        self._say(key, "muted", column.x, HEADS / 2 - 3, words, SMALL)
        if column.form == "capsule" and self.walk.layers[column.layer].deltas is not None:
            sign = self.layout.symbols["δ"] if column.layer else None
            if sign is not None:
                left = column.x + column.half - PAD - sign.width
                top = min(column.places.values()) - column.tall
                self._write(f"delta-{column.layer}", "muted", left, top - 3.5, sign)

    def _unit(self, column: Column, unit: int) -> None:
        layer, y = column.layer, column.places[unit]
        key = f"unit-{layer}-{unit}"
        hot = self._is_at_work(layer, unit) or (layer, unit) in self.lit
        known = self.frame.knows("unit", layer, unit)
        role = "gate hot" if hot else "gate" if known else "gate quiet"
        at = self._at(column.x, y)
        if column.form == "circle":
            self.layers.units.append(Circle(key, role, *at, column.half))
            self._inside(column, unit, key)
            self._above(column, unit, key)
            self._below(column, unit, key)
        else:
            left, tall = at.x - column.half, CAPSULE
            if not hot and self._is_largest(layer, unit):
                role = "capsule largest" if known else role
            box = Rect(key, role, left, at.y - tall / 2, 2 * column.half, tall, tall / 2)
            self.layers.units.append(box)
            self._capsule(column, unit, key)
            self._above(column, unit, key)
        if self._is_ringed(layer, unit) and column.form == "circle":
            ring = Circle(f"{key}-ring", "ring", *at, column.half + RINGED)
            self.layers.units.append(ring)

    def _is_ringed(self, layer: int, unit: int) -> bool:
        """Whether a unit's value goes into this step."""
        place = self.place
        return place is not None and place.kind == "unit" and place.layer == layer + 1

    @cached_property
    def _largest(self) -> int | None:
        """The unit whose term brings the most in this step."""
        step = self.frame.step
        if step is None or not step.terms:
            return None
        return max(step.terms, key=lambda t: abs(t.product)).unit

    def _is_largest(self, layer: int, unit: int) -> bool:
        place = self.place
        if place is None or place.kind not in ("unit", "delta"):
            return False
        step = 1 if place.kind == "unit" else -1
        return layer + step == place.layer and unit == self._largest

    def _inside(self, column: Column, unit: int, key: str) -> None:
        layer, y = column.layer, column.places[unit]
        if not self.frame.knows("unit", layer, unit):
            return
        own = self.walk.layers[layer]
        now = self._is("unit", layer, unit)
        role = "hot" if now else "value"
        value = self.layout.said(own.values[unit])
        if not self.layout.shows_sums(layer):
            self._say(f"{key}-value", role, column.x, y, value, VALUE, "bold")
            return
        said, z = self.layout.said(own.sums[unit]), self.layout.symbols["z"]
        width = z.width + 5 + wide(said, NUMBER)
        self._write(f"{key}-z", "muted", column.x - width / 2, y - 10.5 + 4.2, z)
        left = column.x - width / 2 + z.width + 5
        self._say(f"{key}-sum", role, left, y - 10.5, said, NUMBER, "regular", "start")
        self._say(f"{key}-value", role, column.x, y + 9.5, value, VALUE, "bold")

    def _capsule(self, column: Column, unit: int, key: str) -> None:
        layer, y, x = column.layer, column.places[unit], column.x
        own, name = self.walk.layers[layer], self.layout.names[layer, unit]
        known = self.frame.knows("unit", layer, unit)
        baseline = y + (name.rise - name.height / 2 if name.is_tall else 4)
        self._write(f"{key}-name", "muted", x - column.half + PAD, baseline, name)
        right = x + column.half - PAD
        room = self.layout.delta_room(layer)
        if own.deltas is not None:
            if self._knows_delta(layer, unit):
                role = "hot" if self._is_at_work(layer, unit) else "gradient"
                said = self.layout.said(own.deltas[unit])
                self._say(f"{key}-delta", role, right, y, said, NUMBER, "bold", "end")
            right -= room + PAD
        if known:
            role = "hot" if self._is("unit", layer, unit) else "value"
            said = self.layout.said(own.values[unit])
            self._say(f"{key}-value", role, right, y, said, NUMBER, "bold", "end")

    def _above(self, column: Column, unit: int, key: str) -> None:
        """The name of a circle, and the bias of a unit as an arc of its own."""
        layer, x, top = column.layer, column.x, self.layout.top(column.layer, unit)
        own, circle = self.walk.layers[layer], column.form == "circle"
        name = self.layout.names[layer, unit]
        if circle and not layer:
            left = x - column.half - 9 - name.width
            self._write(f"{key}-name", "ink", left, column.places[unit] + 4, name)
            return
        if circle:
            left = x - 8 - name.width if own.bias is not None else x - name.width / 2
            self._write(f"{key}-name", "muted", left, top - 11, name)
        if not self.layout.shows_bias(layer, unit):
            return
        assert own.bias is not None
        bias, hot = own.bias[unit], self._is("unit", layer, unit)
        size, long = self.layout.bias_size(layer), STUB if circle else 13.0
        if bias or hot:
            line = self._at(x, top - long), self._at(x, top)
            way: Way = "forward" if hot else ""
            self._line(f"{key}-stub", line, bias, self._thick(layer, bias, hot), (), way, band=0)
        role = "hot" if hot else "ink" if bias else "muted"
        weight: Literal["semibold", "medium"] = "semibold" if hot else "medium"
        middle = top - (11.0 if circle else 8.0)
        self._say(
            f"{key}-bias", role, x + 7, middle, self.layout.signed(bias), size, weight, "start"
        )

    def _knows_delta(self, layer: int, unit: int) -> bool:
        if not layer:
            return self.frame.knows("inputs", 0)
        return self.frame.knows("delta", layer, unit)

    def _below(self, column: Column, unit: int, key: str) -> None:
        """δ beneath a circle; ∂L/∂x beneath an input."""
        layer = column.layer
        own = self.walk.layers[layer]
        if own.deltas is None or not self._knows_delta(layer, unit):
            return
        said = self.layout.said(own.deltas[unit])
        role = "hot" if self._is_at_work(layer, unit) else "gradient"
        middle = column.places[unit] + column.tall + 12
        sign, width = self.layout.symbols["δ"], wide(said, NUMBER)
        ringed = self._uses_delta(layer)
        gap = 8.5  # room for the ring
        left = column.x - (width + ((sign.width + gap) if layer else 0.0)) / 2
        if layer:
            self._write(f"{key}-sign", "muted", left, middle + 4.4, sign)
            left += sign.width + gap
        self._say(f"{key}-delta", role, left + width / 2, middle, said, NUMBER, "bold")
        if ringed:
            box = self._at(left - 5.5, middle - 8)
            self.layers.units.append(Rect(f"{key}-used", "ring", *box, width + 11, 16, 8))

    def _uses_delta(self, layer: int) -> bool:
        """Whether the δ of a layer go into this step."""
        place = self.place
        if place is None:
            return False
        if place.kind == "weights":
            return place.layer == layer
        return place.kind in ("delta", "inputs") and place.layer == layer - 1

    def _gaps(self, column: Column) -> None:
        for n, (y, count) in enumerate(column.gaps):
            for side in (-1, 1):
                for step in (-4.5, 0.0, 4.5):
                    dot = self._at(column.x, y + side * 19 + step)
                    key = f"gap-{column.layer}-{n}-{side}-{step:g}"
                    self.layers.units.append(Circle(key, "dot", *dot, 1.3))
            words = f"{count:,} more"
            self._say(f"gap-{column.layer}-{n}", "muted", column.x, y, words, SMALL)

    # The image and the loss.

    def _image(self) -> None:
        layout = self.layout
        if not layout.has_image:
            return
        column, first = layout.columns[0], self.walk.layers[0]
        trace = self.walk.trace
        row = trace.graph.nodes[first.node]
        value = unflattened(trace.xp, trace.values[first.node], row)
        photo = image(trace.xp, value)
        rows, columns = photo.shape[-2:]
        pixel = IMAGE / max(rows, columns)
        across, down = pixel * columns, pixel * rows
        top = layout.axis - down / 2
        at = self._at(0, top)
        self.layers.under.append(Image("image", "image", *at, across, down, photo.png))
        self.layers.under.append(Rect("image-frame", "grid", *at, across, down))
        words = say("{rows}×{columns} pixels, row by row", rows=rows, columns=columns)
        self._say("image-size", "muted", across / 2, top + down + 14, words, SMALL)
        for unit, y in column.places.items():
            i, j = divmod(unit % (rows * columns), columns)
            corner = self._at(j * pixel, top + i * pixel)
            mark = Rect(f"pixel-{unit}", "pixel", *corner, pixel, pixel)
            start = Point(corner.x + pixel, corner.y + pixel / 2)
            end = self._at(column.x - column.half, y)
            self.layers.under.append(Path(f"tie-{unit}", "tie", _bow(start, end)))
            self.layers.texts.append(mark)

    def _loss(self) -> None:
        layout, last = self.layout, self.layout.columns[-1]
        if layout.loss is None:
            return
        width, y = layout.pill_width, layout.axis
        left = last.x + last.half + layout.level + LEAD
        after = len(self.walk.layers)
        now = self._is("loss", after) or (after, 0) in self.lit
        known = self.frame.knows("loss", after)
        role = "gate hot" if now else "gate" if known else "gate quiet"
        box = self._at(left, y - PILL / 2)
        self.layers.units.append(Rect("loss", role, *box, width, PILL, PILL / 2))
        middle, rule = left + width / 2, layout.loss
        baseline = y - rule.height / 2 + rule.rise
        ink = "hot" if now else "ink" if known else "muted"
        self._write("loss-rule", ink, middle - rule.width / 2, baseline, rule)
        if known:
            name, said = layout.loss_name, layout.loss_value
            whole = name.width + 7 + wide(said, NUMBER)
            at = middle - whole / 2
            self._write("loss-name", "muted", at, y - 27, name)
            value = "hot" if now else "value"
            self._say(
                "loss-value", value, at + name.width + 7, y - 31.5, said, NUMBER, "bold", "start"
            )
        for n, target in enumerate(layout.targets):
            base = y + 36 + 20 * n
            self._write(f"target-{n}", "muted", middle - target.width / 2, base, target)
        for unit, at_y in last.places.items():
            start, end = self._at(last.x + last.half, at_y), self._at(left, y)
            back = self._is("delta", last.layer, unit)
            passed = ((last.layer, unit), (after, 0)) in self.frame.lit.hops
            at_work = passed or back or self._is("loss", after)
            path = "wire hot" if at_work else "wire" if known else "wire quiet"
            bend = Point(start.x + layout.level, start.y)
            level = straight(*start, *bend) if layout.level else ()
            curve = joined(level, _bow(bend, end))
            self.layers.under.append(Path(f"wire-{unit}", path, curve))

    # Arcs.

    def _arcs(self) -> None:
        ways = {arc: self._way(arc) for arc in self.labels.arcs}
        shown = self._numbers(ways)
        for arc, ends in self.labels.arcs.items():
            line = self._at(*ends[0]), self._at(*ends[1])
            own = self.labels.boxes.get(arc)
            cuts = [box for other, box in shown if other == arc or other.layer == arc.layer]
            if own is not None:
                cuts += self._lines(arc, own)
            weight = self.walk.layers[arc.layer].weights[arc.unit][arc.source]
            key = f"arc-{arc.layer}-{arc.unit}-{arc.source}"
            way = ways[arc]
            if not way and self._is_quiet(arc.layer):
                for n, (a, b) in enumerate(_pieces(line, self._moved(cuts))):
                    self.layers.under.append(Path(f"{key}-{n}", "arc quiet", straight(*a, *b)))
                continue
            thick = self._thick(arc.layer, weight, bool(way))
            self._line(key, line, weight, thick, self._moved(cuts), way)

    def _lines(self, arc: Arc, box: Box) -> Iterator[Box]:
        """The boxes of what stands on an arc by now: its weight, and its gradient beneath."""
        weight = wide(self.labels.weight(arc), NUMBER) + 5
        yield Box(box.x + (box.w - weight) / 2, box.y, weight, LINE)
        if box.h > LINE and self.frame.knows("weights", arc.layer):
            yield Box(box.x, box.y + LINE, box.w, LINE)

    def _moved(self, boxes: Sequence[Box]) -> list[Box]:
        return [Box(b.x + self.corner.x, b.y + self.corner.y, b.w, b.h) for b in boxes]

    def _way(self, arc: Arc) -> Way:
        """Which way a number goes over an arc in this step."""
        if self._is_lit(arc):
            return "lit"
        if self._is("unit", arc.layer, arc.unit):
            return "forward"
        if self._is("delta", arc.layer - 1, arc.source):
            return "back"
        if arc.layer == 1 and self._is("inputs", 0):
            step = self.frame.step
            quiet = self._is_quiet(1) and step is not None and step.unit != arc.source
            return "" if quiet else "back"
        box = self.labels.boxes.get(arc)
        if self._is_shown_weight(arc) and (box is None or box.h <= LINE):
            return "lit"  # its gradient does not stand on it
        return ""

    def _is_lit(self, arc: Arc) -> bool:
        """Whether a path that is told leads over an arc."""
        ends = (arc.layer - 1, arc.source), (arc.layer, arc.unit)
        return ends in self.frame.lit.hops

    def _is_shown_weight(self, arc: Arc) -> bool:
        """Whether an arc's weight is the one that the step speaks of."""
        step = self.frame.step
        if step is None or step.place.kind != "weights" or step.place.layer != arc.layer:
            return False
        return (step.unit, step.terms[0].unit) == (arc.unit, arc.source)

    def _is_quiet(self, layer: int) -> bool:
        """Whether the arcs into a layer are too many for all of them to show their signs."""
        sizes = self.walk.layers[layer].size, self.walk.layers[layer - 1].size
        return sizes[0] * sizes[1] > MOST_NUMBERED

    def _thick(self, layer: int, weight: float, hot: bool) -> float:
        top = self._tops[layer]
        share = abs(weight) / top if top and math.isfinite(weight / top) else 0.0
        return THIN + THICK * share + (0.5 if hot else 0.0)

    @cached_property
    def _tops(self) -> dict[int, float]:
        """The largest weight of each layer in size."""
        return {
            k: max((abs(w) for row in layer.weights for w in row if math.isfinite(w)), default=0.0)
            for k, layer in enumerate(self.walk.layers)
        }

    def _numbers(self, ways: dict[Arc, Way]) -> list[tuple[Arc, Box]]:
        """Write the numbers on the arcs; the boxes of those that belong to this step alone."""
        for arc, box in self.labels.boxes.items():
            self._weight(arc, box, ways[arc])
        hot = {arc: way for arc, way in ways.items() if way}
        forward = [a for a, way in hot.items() if way == "forward"]
        back = [a for a, way in hot.items() if way == "back"]
        found: list[tuple[Arc, Box]] = []
        bare = [a for a in forward if a.layer not in self.labels.numbered]
        texts = {a: self.labels.weight(a) for a in bare}
        boxes = self.labels.hot(texts, 0.4) if bare else {}
        for arc, box in boxes.items():
            self._on(f"weight-{arc.layer}-{arc.unit}-{arc.source}", box, texts[arc], "semibold")
        found += boxes.items()
        if back and self._is("delta", back[0].layer - 1, back[0].source):
            step = self.frame.step
            assert step is not None
            said = {a: self.layout.said(step.terms[a.unit].product) for a in back}
            boxes = self.labels.hot(said, 0.24, self.labels.boxes.values())
            for arc, box in boxes.items():
                key = f"brought-{arc.layer}-{arc.unit}-{arc.source}"
                self._on(key, box, said[arc], "bold")
            found += boxes.items()
        lit = {a: self.labels.gradient(a) for a in hot if self._is_shown_weight(a)}
        for arc, box in self.labels.hot(lit, 0.5, self.labels.boxes.values()).items():
            self._on(f"lit-{arc.layer}-{arc.unit}-{arc.source}", box, lit[arc], "bold")
            found.append((arc, box))
        return found

    def _on(self, key: str, box: Box, words: str, weight: Literal["semibold", "bold"]) -> None:
        middle = box.y + box.h / 2
        self._say(key, "hot", box.x + box.w / 2, middle, words, NUMBER, weight)

    def _weight(self, arc: Arc, box: Box, way: Way) -> None:
        """The weight of an arc, and its gradient once it is known."""
        key = f"{arc.layer}-{arc.unit}-{arc.source}"
        x, y = box.x + box.w / 2, box.y + LINE / 2
        gradient = self.labels.gradient(arc)
        known = box.h > LINE and self.frame.knows("weights", arc.layer)
        now = self._is("weights", arc.layer)
        role = "hot" if way in ("forward", "lit") else "ink"
        weight: Literal["semibold", "medium"] = "semibold" if way else "medium"
        self._say(f"weight-{key}", role, x, y, self.labels.weight(arc), NUMBER, weight)
        if known:
            role = "hot" if now else "gradient"
            self._say(f"gradient-{key}", role, x, y + LINE, gradient, NUMBER, "semibold")

    def _line(
        self,
        key: str,
        line: tuple[Point, Point],
        weight: float,
        thick: float,
        cuts: Sequence[Box],
        way: Way,
        band: float = BAND,
    ) -> None:
        """An arc with its sign: dashed for a negative weight, interrupted at its numbers; with a
        pale band and an arrowhead if it is part of the step.
        """
        into = self.layers.hot if way else self.layers.arcs
        role = "arc hot" if way else "arc negative" if weight < 0 else "arc"
        a, b = line
        length = math.dist(a, b)
        along = Point((b.x - a.x) / length, (b.y - a.y) / length)
        start, stop = a, b
        if way == "forward":
            stop = Point(b.x - along.x * (TIP[0] - 2), b.y - along.y * (TIP[0] - 2))
        elif way == "back":
            start = Point(a.x + along.x * (TIP[0] - 2), a.y + along.y * (TIP[0] - 2))
        parts = list(_pieces((start, stop), cuts))
        if band:
            under = ("arc band", thick + band) if way else ("arc casing", thick + CASING)
            for n, (p, q) in enumerate(parts):
                into.append(Path(f"{key}-under-{n}", under[0], straight(*p, *q), under[1]))
        for n, (p, q) in enumerate(parts):
            dash = _dashes(math.dist(p, q), thick) if weight < 0 else None
            into.append(Path(f"{key}-{n}", role, straight(*p, *q), thick, dash))
        if way == "forward":
            into.append(Polygon(f"{key}-tip", "arrow", tip(b, a)))
        elif way == "back":
            into.append(Polygon(f"{key}-tip", "arrow", tip(a, b)))


def _bow(a: Point, b: Point) -> tuple[Point, ...]:
    """A curve that leaves and arrives level."""
    middle = (a.x + b.x) / 2
    return a, Point(middle, a.y), Point(middle, b.y), b


def _pieces(line: tuple[Point, Point], cuts: Sequence[Box]) -> Iterator[tuple[Point, Point]]:
    """The parts of a line outside some boxes."""
    a, b = line
    inside = sorted(found for box in cuts if (found := within(a, b, box)) is not None)
    length, at = math.dist(a, b), 0.0
    for start, stop in (*inside, (1.0, 1.0)):
        least = CRUMB[at > 0 and start < 1]
        if (start - at) * length > least:
            yield _between(a, b, at), _between(a, b, start)
        at = max(at, stop)


def _between(a: Point, b: Point, t: float) -> Point:
    return Point(a.x + t * (b.x - a.x), a.y + t * (b.y - a.y))


def _dashes(length: float, thick: float) -> tuple[float, float]:
    """A dash and a gap such that a piece of this length begins and ends with a whole dash."""
    dash, gap = 3.4 + 1.3 * thick, 3.2 + 1.6 * thick
    count = max(1, round((length + gap) / (dash + gap)))
    share = length / (count * dash + (count - 1) * gap)
    return dash * share, max(gap * share, 0.1)
