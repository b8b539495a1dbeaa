"""Numbers on their arcs: each where it meets no other number, no unit and no foreign arc."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.views.neurons.place import NUMBER, UnitLayout, within

LINE: Final = 15.5
"""Of two lines on an arc: w, and ∂L/∂w beneath it."""
TRIED: Final = [0.16 + 0.015 * n for n in range(47)]
"""The shares of an arc's way at which a number may stand."""
APART: Final = 3.0
TIP: Final = (11.5, 4.7)
"""The length of an arrowhead, and half its width."""
ROUNDS: Final = 8
MOST_NUMBERED: Final = 16
"""Layers with more arcs between them have no numbers on all of them."""
MOST_HOT: Final = 8


class Arc(NamedTuple):
    """The arc into a unit of a layer from a unit of the layer before."""

    layer: int
    unit: int
    source: int


class Labels:
    """The places of the numbers on the arcs of one layout; those of weights are the same in every
    frame.
    """

    def __init__(self, layout: UnitLayout) -> None:
        self.layout = layout
        self.arcs: dict[Arc, tuple[Point, Point]] = {
            Arc(k, unit, source): layout.ends(k, unit, source)
            for k in range(1, len(layout.layers))
            for unit in layout.layers[k].shown
            for source in layout.layers[k - 1].shown
        }
        self.furniture = tuple(layout.furniture())
        self.tips: dict[int, list[Box]] = {}
        for arc, (a, b) in self.arcs.items():
            self.tips.setdefault(arc.layer, []).extend((_tip(a, b), _tip(b, a)))
        self.boxes: dict[Arc, Box] = {}
        for k in range(1, len(layout.layers)):
            self.boxes |= self._weights(k)

    @cached_property
    def numbered(self) -> frozenset[int]:
        """The layers whose arcs all have their weights on them."""
        return frozenset(arc.layer for arc in self.boxes)

    def of(self, layer: int) -> list[Arc]:
        """The arcs into a layer."""
        return [arc for arc in self.arcs if arc.layer == layer]

    def weight(self, arc: Arc) -> str:
        """An arc's weight as it is shown."""
        return self.layout.signed(self.layout.layers[arc.layer].weights[arc.unit][arc.source])

    def gradient(self, arc: Arc) -> str:
        """The gradient of an arc's weight as it is shown; empty where there is none."""
        rows = self.layout.layers[arc.layer].weight_gradients
        return "" if rows is None else self.layout.said(rows[arc.unit][arc.source])

    def _weights(self, layer: int) -> dict[Arc, Box]:
        """A box for every weight of a layer, with its gradient beneath it where there is room; none
        where not even the weights fit.
        """
        arcs = self.of(layer)
        if len(arcs) > MOST_NUMBERED:
            return {}
        weights = {arc: wide(self.weight(arc), NUMBER) + 5 for arc in arcs}
        tries = [({arc: (width, 1) for arc, width in weights.items()}, 0.68)]
        if self.layout.layers[layer].weight_gradients is not None:
            both = {
                arc: (max(width, wide(self.gradient(arc), NUMBER) + 5), 2)
                for arc, width in weights.items()
            }
            tries[:0] = [(both, want) for want in (0.68, 0.5, 0.32)]
        made = (self.settled(sizes, want, (), clear=True) for sizes, want in tries)
        return next((found for found in made if found is not None), {})

    def settled(
        self,
        sizes: Mapping[Arc, tuple[float, int]],
        want: float,
        taken: Iterable[Box],
        *,
        clear: bool,
    ) -> dict[Arc, Box] | None:
        """A box of each width and number of lines, the first on its arc, as near as possible to a
        share `want` of the way, clear of the boxes that are taken; None where there is none.
        `clear` keeps foreign arcs out too.
        """
        fixed = [*taken]
        free = {arc: self._free(arc, size, want, fixed, clear=clear) for arc, size in sizes.items()}
        if not all(free.values()):
            return None
        at = dict.fromkeys(sizes, 0)
        for _ in range(ROUNDS):
            moved = False
            for arc, boxes in free.items():
                others = [free[o][i].grown(APART) for o, i in at.items() if o != arc]
                costs = [(sum(box.meets(o) for o in others), n) for n, box in enumerate(boxes)]
                best = min(costs)[1]
                moved |= best != at[arc]
                at[arc] = best
            if not moved:
                break
        found = {arc: free[arc][i] for arc, i in at.items()}
        rows = list(found.values())
        meets = any(a.grown(APART / 2).meets(b) for i, a in enumerate(rows) for b in rows[:i])
        return None if meets else found

    def _free(
        self, arc: Arc, size: tuple[float, int], want: float, taken: Sequence[Box], *, clear: bool
    ) -> list[Box]:
        """The places on an arc that are free, the best first."""
        (a, b), (across, lines) = self.arcs[arc], size
        foreign = [ends for other, ends in self.arcs.items() if other != arc]
        found = []
        for t in sorted(TRIED, key=lambda t: abs(t - want)):
            x, y = a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)
            box = Box(x - across / 2, y - LINE / 2, across, lines * LINE)
            room = box.grown(APART)
            kept = (*self.furniture, *taken, *self.tips[arc.layer])
            if any(map(room.meets, kept)):
                continue
            met = sum(within(*ends, room) is not None for ends in foreign)
            if not (clear and met):
                found.append((met, box))
        return [box for _, box in sorted(found, key=lambda f: f[0])]

    def hot(
        self, texts: Mapping[Arc, str], want: float, taken: Iterable[Box] = ()
    ) -> dict[Arc, Box]:
        """Boxes for the numbers of one step; none where they do not all fit."""
        if len(texts) > MOST_HOT:
            return {}
        sizes = {arc: (wide(words, NUMBER) + 5, 1) for arc, words in texts.items()}
        for clear in (True, False):
            found = self.settled(sizes, want, taken, clear=clear)
            if found is not None:
                return found
        return {}


def _tip(end: Point, start: Point) -> Box:
    """The box of an arrowhead at the end of a line."""
    points = tip(end, start)
    xs, ys = [p.x for p in points], [p.y for p in points]
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def tip(end: Point, start: Point) -> tuple[Point, ...]:
    """An arrowhead at the end of a line from `start`."""
    length = math.dist(start, end) or 1.0
    along = Point((end.x - start.x) / length, (end.y - start.y) / length)
    long, half = TIP
    base = Point(end.x - long * along.x, end.y - long * along.y)
    return (
        end,
        Point(base.x - half * along.y, base.y + half * along.x),
        Point(base.x + half * along.y, base.y - half * along.x),
    )
