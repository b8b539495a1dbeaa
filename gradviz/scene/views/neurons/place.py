"""Where the units of a network stand: a column for each layer, circles for few units, capsules for
many, and a choice of them where there are more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from gradviz.arrays.digits import typeset as minus
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.page import Room
from gradviz.scene.typeset import SIZE, Setting, typeset
from gradviz.story.languages import pattern, say
from gradviz.story.maths.source import Source, source
from gradviz.story.maths.tree import M, Maths
from gradviz.story.maths.unicode import powers
from gradviz.story.neurons.frames import UnitStory

NUMBER: Final = 13.0
VALUE: Final = 14.0
SMALL: Final = 11.0
NAME: Final = 14.5
MOST_CIRCLES: Final = 4
"""A column of more units is one of capsules."""
ROUND: Final = (33.0, 27.0)
"""The least radius of circles in columns of up to three units, and of more; inputs are as the
latter. Only the larger have room for z.
"""
WIDEST_ROUND: Final = 48.0
ABOVE: Final = 26.0
"""Above a circle: its name, and the stub of its bias."""
BELOW: Final = 18.0
"""Below it: its δ."""
STUB: Final = 17.0
CAPSULE: Final = 20.0
TALL: Final = 14.5
INSET: Final = 1.25
"""Between the edge of a capsule and a name with indices above and below."""
PITCHES: Final = (23.0, 44.0)
"""The least and the greatest distance of two capsules."""
STUBBED: Final = 40.0
"""Capsules so far apart have room for their biases."""
GAP: Final = 62.0
"""In place of the units that are not drawn."""
HEADS: Final = 19.0
NARROWEST: Final = 116.0
"""Between two columns, from edge to edge."""
PAD: Final = 9.0
IMAGE: Final = 150.0
TIES: Final = 92.0
"""Between an image and the column of its pixels."""
PILL: Final = 36.0
LEAD: Final = 40.0
"""From the last column to the loss."""
WIDEST_LOSS: Final = 132.0
STRETCH: Final = 1.6
"""The most by which distances in a column grow to fill the height."""
WIDER: Final = 1.15
TRIES: Final = 14
"""How often columns are moved apart, and by how much each time."""
ENTRY: Final = math.radians(26)
"""Arcs touch a circle at its side, up to this angle from the horizontal."""

Form = Literal["circle", "capsule"]

LAYERS: Final = (
    (pattern("hidden"), pattern("{size} hidden")),
    (pattern("output"), pattern("{size} outputs")),
)
"""Above a hidden layer and above the last: of a few units, and of many."""


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of mathematics as it is set, at a size."""

    source: Source
    setting: Setting
    scale: float

    @property
    def width(self) -> float:
        """Its width."""
        return self.setting.width * self.scale

    @property
    def height(self) -> float:
        """Its height."""
        return self.setting.height * self.scale

    @property
    def rise(self) -> float:
        """From its top to its baseline."""
        return self.setting.baseline * self.scale

    @property
    def is_tall(self) -> bool:
        """Whether it has indices above and below, so that it is centred as a whole."""
        return self.height > TALL

    def within(self, height: float) -> Written:
        """The same, at most so high."""
        return self if self.height <= height else replace(self, scale=height / self.setting.height)


@dataclass(frozen=True, slots=True)
class Column:
    """The units of a layer: the middle of each, from the top left corner of the figure.

    half   half the width of a unit, `tall` half its height.
    gaps   where units are left out: the middle of the gap, and how many.
    """

    layer: int
    form: Form
    x: float
    places: dict[int, float]
    half: float
    tall: float
    pitch: float
    gaps: tuple[tuple[float, int], ...] = ()


class UnitLayout:
    """The places of one walk's units, from the top left corner of the figure."""

    def __init__(self, story: UnitStory, room: Room) -> None:
        self.story, self.walk, self.room = story, story.walk, room
        self.layers = story.walk.layers
        self.has_image = self.walk.image
        self.names = self._set(
            {
                (k, u): story.names.maths(k, u)
                for k, layer in enumerate(self.layers)
                for u in layer.shown
            },
            NAME,
        )
        for k in range(len(self.layers)):
            if self._form(k) == "capsule":
                for u in self.layers[k].shown:
                    self.names[k, u] = self.names[k, u].within(CAPSULE - 2 * INSET)
        self.symbols = self._set({"z": M.name("z"), "δ": M.name("δ")}, NAME)
        self.loss = self._loss() if self.walk.tail else None
        self.width = self.height = self.axis = 0.0
        self.gaps = [NARROWEST] * len(self.layers)
        self.columns = self._clear(1.0)
        stretch = self.width * room.height / room.width / self.height
        size, usual = self._scale, (self.columns, self.width, self.height, self.axis)
        if stretch > 1.05:  # too wide for the room: its height is used for larger distances
            self.columns = self._clear(min(stretch, STRETCH))
            if self._scale < 0.97 * size:
                self.columns, self.width, self.height, self.axis = usual

    def _set(self, written: dict[object, Maths], size: float) -> dict[object, Written]:
        sources = {key: source(maths) for key, maths in written.items()}
        made = typeset(sources.values())
        return {key: Written(s, made[s], size / SIZE) for key, s in sources.items()}

    def said(self, value: float) -> str:
        """A number in the figure."""
        return powers(minus(self.story.formulas.said(value)))

    def signed(self, value: float) -> str:
        """A weight or a bias, with its sign."""
        said = self.said(value)
        return f"+{said}" if value > 0 else said

    def head(self, layer: int) -> str:
        """The words above a column: `15 hidden, sigmoid`."""
        size, last = self.layers[layer].size, len(self.layers) - 1
        many = size > MOST_CIRCLES
        if not layer:
            return say("{size} inputs", size=f"{size:,}") if many else say("input")
        bend = self.story.formulas.bends[layer]
        said = say(LAYERS[layer == last][many], size=f"{size:,}")
        return f"{said}, {bend or say('linear')}"

    def _form(self, layer: int) -> Form:
        return "circle" if self.layers[layer].size <= MOST_CIRCLES else "capsule"

    def _radius(self, layer: int) -> float:
        """Of a layer's circles: all numbers that they will hold fit."""
        found = ROUND[1] if not layer or self.layers[layer].size > 3 else ROUND[0]
        while found < WIDEST_ROUND and not self._fits(layer, found):
            found += 1
        return found

    def _fits(self, layer: int, radius: float) -> bool:
        own = self.layers[layer]
        values = max(wide(self.said(v), VALUE) for v in own.values)
        if not self.shows_sums(layer):
            return values / 2 + 4 <= math.sqrt(radius**2 - (VALUE / 2) ** 2)
        sums = max(wide(self.said(v), NUMBER) for v in own.sums) + 16
        low, high = math.sqrt(radius**2 - 16.0**2), math.sqrt(radius**2 - 17.0**2)
        return values / 2 + 3 <= low and sums / 2 + 3 <= high

    def shows_sums(self, layer: int) -> bool:
        """Whether the units of a layer have room for z beside their value."""
        own = self.layers[layer]
        return bool(layer and own.bend) and own.size <= 3

    def _half(self, layer: int) -> float:
        """Half the width of a layer's capsules: name, value and δ side by side."""
        own = self.layers[layer]
        name = max(self.names[layer, u].width for u in own.shown)
        values = max(wide(self.said(own.values[u]), NUMBER) for u in own.shown)
        width = PAD + name + PAD + values + PAD
        if own.deltas is not None:
            width += self.delta_room(layer) + PAD
        biases = [wide(self.signed(own.bias[u]), SMALL) for u in own.shown] if own.bias else [0.0]
        beside = 2 * PAD if own.deltas is None else 4 * PAD  # above the right half: a bias, and δ
        return max(width / 2, max(biases) + beside)

    def delta_room(self, layer: int) -> float:
        """The width of the widest δ of a layer."""
        own = self.layers[layer]
        return (
            max((wide(self.said(own.deltas[u]), NUMBER) for u in own.shown), default=0.0)
            if (own.deltas is not None)
            else 0.0
        )

    def _spaced(
        self, layer: int, stretch: float
    ) -> tuple[dict[int, float], float, tuple[tuple[float, int], ...]]:
        """The middles of a layer's units from the middle of the column, their distance, the
        gaps.
        """
        shown = self.layers[layer].shown
        if self._form(layer) == "circle":
            pitch = stretch * self._round_pitch
        else:
            room = 3 * (2 * ROUND[0] + ABOVE + BELOW)
            pitch = stretch * min(max(room / len(shown), PITCHES[0]), PITCHES[1])
        at, y, gaps = {}, 0.0, []
        for before, unit in zip((None, *shown), shown, strict=False):
            if before is not None:
                left_out = unit - before - 1
                if left_out:
                    gaps.append((y + (pitch + GAP) / 2, left_out))
                y += pitch + (GAP if left_out else 0.0)
            at[unit] = y

        middle = y / 2
        return (
            {unit: y - middle for unit, y in at.items()},
            pitch,
            tuple((y - middle, count) for y, count in gaps),
        )

    @cached_property
    def _round_pitch(self) -> float:
        """The distance of two circles, the same in all columns, so that rows are level."""
        layers = [k for k in range(len(self.layers)) if self._form(k) == "circle"]
        return 2 * max(map(self._radius, layers), default=0.0) + ABOVE + BELOW

    @property
    def _scale(self) -> float:
        return self.room.scale(self.width, self.height, NUMBER)

    def _clear(self, stretch: float) -> tuple[Column, ...]:
        """The columns, as far apart as it takes to keep the arcs clear of names, biases and δ."""
        gaps = list(self.gaps)
        for _ in range(TRIES):
            self.columns = self._columns(stretch, gaps)
            steep = self._steep()
            if not steep:
                break
            for k in steep:
                gaps[k] *= WIDER
        return self.columns

    def _steep(self) -> set[int]:
        """The layers whose arcs meet what stands around units."""
        met = set()
        for k in range(1, len(self.layers)):
            beside = [
                box.grown(1.5)
                for layer in (k - 1, k)
                for unit in self.columns[layer].places
                for box in self.around(layer, unit)
            ]
            arcs = (
                self.ends(k, unit, source)
                for unit in self.columns[k].places
                for source in self.columns[k - 1].places
            )
            if any(within(*arc, box) for arc in arcs for box in beside):
                met.add(k)
        return met

    def _columns(self, stretch: float, least: Sequence[float]) -> tuple[Column, ...]:
        halves = [
            self._radius(k) if self._form(k) == "circle" else self._half(k)
            for k in range(len(self.layers))
        ]
        spaced = [self._spaced(k, stretch) for k in range(len(self.layers))]
        talls = [
            halves[k] if self._form(k) == "circle" else CAPSULE / 2 for k in range(len(self.layers))
        ]
        above = max(
            -min(at.values()) + tall + (ABOVE if self._form(k) == "circle" else 12.0)
            for k, ((at, _, _), tall) in enumerate(zip(spaced, talls, strict=True))
        )
        below = max(
            max(at.values()) + tall + (BELOW if self._form(k) == "circle" else 6.0)
            for k, ((at, _, _), tall) in enumerate(zip(spaced, talls, strict=True))
        )
        if self.has_image:
            above, below = max(above, IMAGE / 2 + 12), max(below, IMAGE / 2 + 24)
        self.axis = HEADS + above
        self.height = self.axis + below
        lefts = self._lefts(halves, least)
        return tuple(
            Column(
                k,
                self._form(k),
                lefts[k],
                {unit: self.axis + y for unit, y in at.items()},
                halves[k],
                talls[k],
                pitch,
                tuple((self.axis + y, count) for y, count in gaps),
            )
            for k, (at, pitch, gaps) in enumerate(spaced)
        )

    def _lefts(self, halves: Sequence[float], least: Sequence[float]) -> list[float]:
        """The middle of each column: at least so far apart, and as far as the shape of the room
        allows.
        """
        heads = [wide(self.head(k), SMALL) / 2 for k in range(len(self.layers))]
        start = self._before + max(halves[0], heads[0])
        gaps = []
        for k in range(1, len(self.layers)):
            words = heads[k] + heads[k - 1] + 14 - halves[k] - halves[k - 1]
            gaps.append(max(least[k], words))
        behind = self._behind(halves[-1], heads[-1])
        fixed = start + sum(halves[:-1]) + sum(halves[1:]) + behind
        spare = self.height * self.room.width / self.room.height - fixed - sum(gaps)
        if spare > 0:
            gaps = [gap + min(spare / len(gaps), 1.2 * gap) for gap in gaps]
        found = [start]
        for k, gap in enumerate(gaps, 1):
            found.append(found[-1] + halves[k - 1] + gap + halves[k])
        self.width = found[-1] + behind
        return found

    @property
    def _before(self) -> float:
        """What stands left of the inputs: their names, or the image that they are the pixels of."""
        if self.has_image:
            return IMAGE + TIES
        if self._form(0) == "capsule":
            return 0.0
        return max(self.names[0, u].width for u in self.layers[0].shown) + 9

    def _behind(self, half: float, head: float) -> float:
        """What stands right of the middle of the last column."""
        if self.loss is None:
            return max(half, head)
        return max(half + self.level + LEAD + self.pill_width, head)

    @cached_property
    def level(self) -> float:
        """How far the wires to the loss run level, clear of the biases of the last layer."""
        layer = len(self.layers) - 1
        if self._form(layer) == "capsule" or self.layers[layer].bias is None:
            return 0.0
        widest = max(wide(self.signed(b), NUMBER) for b in self.layers[layer].bias or ())
        return max(0.0, 7 + widest + 6 - self._radius(layer))

    @property
    def pill_width(self) -> float:
        """The width of the loss."""
        assert self.loss is not None
        value = self.loss_name.width + 8 + wide(self.loss_value, NUMBER)
        targets = [t.width for t in self.targets]
        return max(self.loss.width + 2 * 14, value, *targets, 60.0)

    @cached_property
    def loss_value(self) -> str:
        """The value of the loss."""
        trace = self.walk.trace
        (value,) = _flat(trace.xp.plain(trace.values[trace.graph.output]))
        return self.said(float(value))

    @cached_property
    def loss_name(self) -> Written:
        """What the loss is called."""
        return self._set({"": M.name(self.story.names.loss)}, NAME)[""]

    @cached_property
    def targets(self) -> list[Written]:
        """What the loss compares with, as far as it is short: `y = 1`."""
        trace, rules = self.walk.trace, self.story.rules
        written: dict[object, Maths] = {}
        for node in self.walk.targets[:2]:
            value = trace.values[node]
            shown = [self.said(float(v)) for v in _flat(trace.xp.plain(value))]
            if len(shown) > 3:
                continue
            text = shown[0] if len(shown) == 1 else f"({', '.join(shown)})"
            number = M.number(text.replace("−", "-"), "value")
            if len(shown) > 1:
                number = M.phrase(text)
            written[node] = M.relation("=", rules.label(node), number)
        return list(self._set(written, NUMBER + 0.5).values())

    def _loss(self) -> Written | None:
        """The loss as it is written; its op's name where that is too wide."""
        walk = self.walk
        rule = self.story.formulas.loss_rule()
        graph = walk.trace.graph
        choices = [
            rule,
            M.phrase(graph.op(graph.output).called.replace("_", " ")),
            M.phrase("loss"),
        ]
        if rule.kind == "call":  # its name says it, the operands stand around it
            del choices[0]
        made = [*self._set(dict(enumerate(choices)), NUMBER + 0.5).values()]
        return next((w for w in made if w.width <= WIDEST_LOSS), made[-1])

    def top(self, layer: int, unit: int) -> float:
        """The upper edge of a unit."""
        column = self.columns[layer]
        return column.places[unit] - column.tall

    def ends(self, layer: int, unit: int, source: int) -> tuple[Point, Point]:
        """Where the arc from a unit of the layer before begins and ends."""
        left, right = self.columns[layer - 1], self.columns[layer]
        a, b = Point(left.x, left.places[source]), Point(right.x, right.places[unit])
        angle = math.atan2(b.y - a.y, b.x - a.x)
        angle = max(-ENTRY, min(ENTRY, angle))
        return self._edge(left, a, angle, 1), self._edge(right, b, angle, -1)

    def _edge(self, column: Column, middle: Point, angle: float, side: int) -> Point:
        if column.form == "capsule":
            return Point(middle.x + side * column.half, middle.y)
        across, down = math.cos(angle) * column.half, math.sin(angle) * column.half
        return Point(middle.x + side * across, middle.y + side * down)

    def furniture(self) -> Iterator[Box]:
        """What arcs and their numbers keep clear of: each unit, with its name, its bias, its δ."""
        for column in self.columns:
            for unit, y in column.places.items():
                yield Box(column.x - column.half, y - column.tall, 2 * column.half, 2 * column.tall)
                yield from self.around(column.layer, unit)

    def around(self, layer: int, unit: int) -> Iterator[Box]:
        """The boxes of what stands above and below a unit."""
        column = self.columns[layer]
        x, top = column.x, self.top(layer, unit)
        own = self.layers[layer]
        if layer and column.form == "circle":
            name = self.names[layer, unit]
            yield Box(x - 8 - name.width, top - ABOVE + 3, name.width, ABOVE - 5)
        if own.bias is not None and self.shows_bias(layer, unit):
            width = wide(self.signed(own.bias[unit]), self.bias_size(layer))
            height = ABOVE - 7 if column.form == "circle" else 14.0
            yield Box(x - 3, top - height, 10 + width, height - 1)
        if own.deltas is not None and column.form == "circle":
            width = wide(self.said(own.deltas[unit]), NUMBER) + (30 if layer else 2)
            yield Box(x - width / 2, top + 2 * column.tall + 3, width, BELOW - 2)

    def shows_bias(self, layer: int, unit: int) -> bool:
        """Whether a unit's bias stands above it: a capsule shows none of 0."""
        bias, column = self.layers[layer].bias, self.columns[layer]
        if bias is None:
            return False
        return column.form == "circle" or (column.pitch >= STUBBED and bool(bias[unit]))

    def bias_size(self, layer: int) -> float:
        """The size of a bias's number."""
        return NUMBER if self.columns[layer].form == "circle" else SMALL


def within(a: Point, b: Point, box: Box) -> tuple[float, float] | None:
    """The shares of the way from a to b between which the line is in a box (Liang and Barsky,
    1984).
    """
    start, end = 0.0, 1.0
    for at, step, low, high in (
        (a.x, b.x - a.x, box.x, box.right),
        (a.y, b.y - a.y, box.y, box.bottom),
    ):
        if abs(step) < 1e-9:
            if not low <= at <= high:
                return None
            continue
        enter, leave = sorted(((low - at) / step, (high - at) / step))
        start, end = max(start, enter), min(end, leave)
    return (start, end) if start < end else None


def _flat(value: object) -> list[float]:
    return [w for v in value for w in _flat(v)] if isinstance(value, list) else [value]  # type: ignore[list-item]
