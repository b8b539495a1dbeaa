"""Where volumes stand: in one row about an axis, on one scale, with five lines of text beneath.

The front of a volume is its rows and columns, facing the reader; its channels go into the page. All
edges are on one scale, linear, or by the root where small volumes would become unreadable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from gradviz.layout.curves import Point
from gradviz.layout.text import fit
from gradviz.scene.blocks import wide
from gradviz.scene.page import Room
from gradviz.scene.views.volumes.fronts import Fronts
from gradviz.story.languages import pattern, say
from gradviz.story.volumes.frames import VolumeStory
from gradviz.story.volumes.names import how, passed, sides
from gradviz.trace.volumes import Layer

NUMBER: Final = 14.0
NAME: Final = 13.5
SMALL: Final = 11.0
LINES: Final = (16.0, 35.0, 53.0, 71.0, 87.0, 104.0)
"""The baselines of a layer's texts: name, channels, rows×columns, kernel, parameters, gradient."""
WIDEST: Final = 104.0
"""The room for a name; a longer one is cut."""
BELOW: Final = 12.0
"""Between the volumes and their texts."""
TEXTS: Final = 9.0
"""Between the texts of two layers."""
BODIES: Final = 20.0
FAN: Final = 34.0
"""Between two volumes, for the lines of a window, and before a vector, for the lines to it."""
LOOSEST: Final = 44.0
"""What is left of the width is given to the gaps, up to so much for each."""
INTO: Final = (0.82, -0.57)
"""Where one unit of depth goes on the page."""
BAR: Final = 11.0
SHORTEST: Final = 7.0
SHALLOWEST: Final = 1.0
"""The width of a vector, the least length of one and edge of a volume, and the least depth."""
STRIP: Final = 16.0
"""What is seen of a volume behind the next one of its group."""
SKIPS: Final = 30.0
"""Above the volumes, where skips are drawn."""
SIZES: Final = tuple(n / NUMBER for n in (17.0, 16.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0))
"""The points of numbers that are tried, per unit."""
COMFORTABLE: Final = 12.0
"""Equal layers stand under one label rather than with smaller numbers."""
LARGE, READABLE = 80.0, 11.0
"""In points: what the largest edge should have at least, and the smallest on a linear scale."""
SHARES: Final = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05, 0.04, 0.03,
                 0.02, 0.015, 0.01, 0.005, 0.002, 0.001)  # fmt: skip
"""How many times the scale of rows that of channels may be."""
DEEPEST: Final = 0.28
"""How much of the largest edge the deepest volume takes to the right."""

FRONTS: Final = (
    (pattern("fronts: map 1"), pattern("fronts: map 1, then its gradient")),
    (
        pattern("fronts: map 1 of sample 1 of {batch}"),
        pattern("fronts: map 1 of sample 1 of {batch}, then its gradient"),
    ),
)
"""Of one sample and of a batch: of a forward pass, and of both passes."""


def linear(size: float) -> float:
    """An edge in proportion to its cells."""
    return size


@dataclass
class Body:
    """A volume, or a vector as a bar: the left top corner of its front, its width and height, how
    far its depth goes to the right and up, and how much of its width is not covered.
    """

    layer: int
    width: float
    height: float
    across: float = 0.0
    up: float = 0.0
    x: float = 0.0
    y: float = 0.0
    seen: float = 0.0
    is_bar: bool = False

    @property
    def right(self) -> float:
        """The right end of its front."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower end of its front."""
        return self.y + self.height


@dataclass
class Column:
    """Layers that stand under one label, one partly behind the other."""

    members: tuple[int, ...]
    texts: tuple[str, ...]
    bodies: list[Body] = field(default_factory=list)
    centre: float = 0.0

    @cached_property
    def text_width(self) -> float:
        """The width of its widest line."""
        sizes = (NAME, NUMBER, NUMBER, SMALL, SMALL, SMALL)
        return max(wide(t, s) for t, s in zip(self.texts, sizes, strict=True))

    @property
    def body_width(self) -> float:
        """From the left end of its first volume to the right end of the last."""
        strips = STRIP * (len(self.bodies) - 1)
        return strips + self.bodies[-1].width + self.bodies[-1].across

    @property
    def is_vector(self) -> bool:
        """Whether it is a bar."""
        return self.bodies[0].is_bar


class VolumeLayout:
    """The places of one walk, from the top left corner of the figure, made for a room."""

    def __init__(self, story: VolumeStory, room: Room) -> None:
        self.story, self.walk, self.names = story, story.walk, story.names
        self.fronts = Fronts(story.walk)
        self.lines = LINES if self.walk.has_backward else LINES[:-1]
        self.below = BELOW + self.lines[-1] + 5
        self.over = SKIPS if any(layer.skips for layer in self.walk.layers) else 0.0
        self._choose(room)
        self._stand()

    # Size.

    def _choose(self, room: Room) -> None:
        """The largest numbers beside which the volumes are large enough."""
        comfortable = [s for s in SIZES if s * NUMBER >= COMFORTABLE]
        apart, joined = self._columns(joined=False), self._columns(joined=True)
        tried = [(s, apart) for s in comfortable] + [(s, joined) for s in comfortable]
        tried += [(s, apart) for s in SIZES] + [(s, joined) for s in SIZES]
        for scale, columns in tried:
            if self._fit(scale, columns, room):
                return
        self._fit(SIZES[-1], joined, room, anyway=True)

    def _fit(
        self, scale: float, columns: list[Column], room: Room, *, anyway: bool = False
    ) -> bool:
        """Make the volumes as large as fit at so many points a unit; whether they are large
        enough.
        """
        self.columns = columns
        self.target = room.width / scale
        self.body = room.height / scale - self.below - self.over
        for edge in (linear, math.sqrt):
            self.edge = edge
            self.unit = self._unit(edge)
            smallest = min(self.unit * edge(n) for n in self._edges()) * scale
            largest = max(self.unit * edge(n) for n in self._edges()) * scale
            is_large = largest >= LARGE or self._fills()
            if self.unit and is_large and (edge is math.sqrt or smallest >= READABLE):
                self._size(self.unit)
                return True
        if anyway:
            if not self.unit:
                self.unit = SHORTEST / max(map(self.edge, self._edges()))
                self.body = max(self.body, 60.0)
            self._size(self.unit)
        return False

    def _fills(self) -> bool:
        """Whether the volumes are as high as the figure lets them be."""
        up, down = self._extent()
        return up + down >= 0.9 * self.body

    def _edges(self) -> list[int]:
        """Rows and columns of all volumes, but for the one row of a signal."""
        return [
            n
            for layer in self.walk.layers
            if not layer.is_vector
            for n in (layer.shape[1:] if layer.shape[1] > 1 else layer.shape[2:])
        ]

    def _unit(self, edge: Callable[[float], float]) -> float:
        """The largest scale at which everything fits; 0 for none."""
        low, high = 0.0, 0.9 * self.body / max(map(edge, self._edges()))
        if not self._fits(1e-6):
            return 0.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if self._fits(middle) else (low, middle)
        return low

    def _fits(self, unit: float) -> bool:
        self._size(unit)
        up, down = self._extent()
        return self._width(0.0) <= self.target and up + down <= self.body

    def _size(self, unit: float) -> None:
        """Give every body its size."""
        layers = self.walk.layers
        largest = unit * max(map(self.edge, self._edges()))
        deepest = max(self.edge(layer.shape[0]) for layer in layers if not layer.is_vector)
        shares = (s for s in SHARES if INTO[0] * unit * s * deepest <= DEEPEST * largest)
        self.depth = next(shares, SHARES[-1])
        longest = max((math.sqrt(n.shape[0]) for n in layers if n.is_vector), default=1.0)
        most = min(self.body, max(2.4 * largest, 140.0), 26.0 * longest) / longest
        self.bar = most
        if self.edge is math.sqrt:
            self.bar = unit * next((s for s in SHARES if unit * s <= most), SHARES[-1])
        self.enlarges = False
        for column in self.columns:
            column.bodies = [self._sized(k, unit) for k in column.members]

    def _sized(self, k: int, unit: float) -> Body:
        layer = self.walk.layers[k]
        if layer.is_vector:
            length = self._least(self.bar * math.sqrt(layer.shape[0]), SHORTEST)
            return Body(k, BAR, length, seen=BAR, is_bar=True)
        channels, rows, columns = layer.shape
        depth = self._least(unit * self.depth * self.edge(channels), SHALLOWEST)
        width, height = (self._least(unit * self.edge(n), SHORTEST) for n in (columns, rows))
        return Body(k, width, height, INTO[0] * depth, -INTO[1] * depth, seen=width)

    def _least(self, size: float, least: float) -> float:
        """A size, enlarged where it would be too small to see."""
        self.enlarges |= size < least
        return max(size, least)

    def _extent(self) -> tuple[float, float]:
        """How far bodies go above and below the axis."""
        bodies = list(self.bodies)
        return max(b.height / 2 + b.up for b in bodies), max(b.height / 2 for b in bodies)

    @property
    def bodies(self) -> Iterator[Body]:
        """Every body in order."""
        return (body for column in self.columns for body in column.bodies)

    def _steps(self, more: float) -> Iterator[float]:
        """From one column's centre to that of the next."""
        for one, other in zip(self.columns, self.columns[1:], strict=False):
            texts = (one.text_width + other.text_width) / 2 + TEXTS
            gap = FAN if other.is_vector else BODIES
            yield max(texts, (one.body_width + other.body_width) / 2 + gap) + more

    def _width(self, more: float) -> float:
        left, right = self._ends(more)
        return right - left

    def _ends(self, more: float) -> tuple[float, float]:
        """The left and right end of everything, the first centre being 0."""
        at, left, right = 0.0, math.inf, -math.inf
        for column, step in zip(self.columns, [0.0, *self._steps(more)], strict=True):
            at += step
            half = max(column.text_width, column.body_width) / 2
            left, right = min(left, at - half), max(right, at + half)
        return left, right

    # Places.

    def _stand(self) -> None:
        gaps = max(len(self.columns) - 1, 1)
        more = min(max(self.target - self._width(0.0), 0.0) / gaps, LOOSEST)
        left, right = self._ends(more)
        self.width = right - left
        up, down = self._extent()
        self.axis = self.over + up
        self.floor = self.axis + down
        self.height = self.floor + self.below
        at = -left
        for column, step in zip(self.columns, [0.0, *self._steps(more)], strict=True):
            at += step
            column.centre = at
            x = at - column.body_width / 2
            for body in column.bodies:
                body.x, body.y = x, self.axis - body.height / 2
                x += STRIP
            for body in column.bodies[:-1]:
                body.seen = min(STRIP, body.width)
        self.of = {body.layer: body for body in self.bodies}

    # Texts.

    def _columns(self, *, joined: bool) -> list[Column]:
        groups: list[list[int]] = []
        for k, layer in enumerate(self.walk.layers):
            if joined and groups and self._equal(self.walk.layers[groups[-1][-1]], layer):
                groups[-1].append(k)
            else:
                groups.append([k])
        return [Column(tuple(g), self._texts(g)) for g in groups]

    @staticmethod
    def _equal(one: Layer, other: Layer) -> bool:
        """Whether two convolutions may stand under one label."""
        return (
            one.form == other.form == "conv"
            and one.shape == other.shape
            and one.window == other.window
        )

    def _texts(self, members: Sequence[int]) -> tuple[str, ...]:
        """The five lines of a label, and room for the length of its gradient."""
        layers = [self.walk.layers[k] for k in members]
        first = layers[0]
        count = say(", {count} layers", count=len(layers)) if len(layers) > 1 else ""
        window = how(first)
        total = sum(layer.parameters for layer in layers)
        length = "" if not self.walk.has_backward else max(map(self.length, members), key=len)
        return (
            fit(self.names.of_group(members), NAME, "bold", WIDEST),
            str(first.shape[0]),
            "" if first.is_vector else sides(first.shape),
            f"{window}{count}",
            f"{total:,}" if total else "",
            length,
        )

    def length(self, k: int) -> str:
        """The length of a layer's gradient as it is shown; empty where it has none."""
        found = self.walk.length(k)
        return "" if found is None else f"‖∂‖ {self.story.formulas.said(found)}"

    @property
    def scale(self) -> tuple[str, ...]:
        """What a reader has to know of the sizes and of what is not drawn, the most important
        first.
        """
        is_linear = self.edge is linear
        edges = say(
            "scale: edges linear, channels ×{depth}"
            if is_linear
            else "scale: edges as √size, channels ×{depth}",
            depth=f"{self.depth:g}",
        )
        if any(layer.is_vector for layer in self.walk.layers):
            edges += say(
                ", bars as √units" if is_linear else ", bars ×{times}",
                times=f"{self.bar / self.unit:.2g}",
            )
        told = [edges + (say(", the smallest enlarged") if self.enlarges else "")]
        if any(layer.combine == "max" and layer.window for layer in self.walk.layers):
            told.append(say("pools: max"))
        if words := passed(self.walk):
            told.append(say("not drawn: {ops}", ops=", ".join(words)))
        if any(layer.skips for layer in self.walk.layers):
            told.append(say("arcs: skips, added"))
        if self.walk.has_values:
            batch = self.walk.batch or 1
            told.append(say(FRONTS[batch > 1][self.walk.has_backward], batch=batch))
        return tuple(told)

    # Windows.

    def cell(self, k: int, at: Sequence[int], count: Sequence[int] = (1, 1)) -> tuple[float, ...]:
        """The square of so many rows and columns from `at` on: left, top, right, bottom.

        Its edges are on the scale of the figure, and it is kept inside what is seen of the front.
        """
        body, layer = self.of[k], self.walk.layers[k]
        rows, columns = layer.shape[1:]
        across, down = (
            min(max(self.unit * self.edge(n), 4.5 if n == 1 else 0.0), most)
            for n, most in ((count[1], body.seen), (count[0], body.height))
        )
        x = body.x + body.width * (at[1] + count[1] / 2) / columns
        if body.seen < body.width:
            x = body.x + body.seen / 2
        y = body.y + body.height * (at[0] + count[0] / 2) / rows
        x = min(max(x, body.x + across / 2), body.x + body.seen - across / 2)
        y = min(max(y, body.y + down / 2), body.bottom - down / 2)
        return x - across / 2, y - down / 2, x + across / 2, y + down / 2

    def into(self, k: int) -> Point:
        """How far the back of a volume is from its front."""
        body = self.of[k]
        return Point(body.across, -body.up)
