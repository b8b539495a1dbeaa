"""A plane of labelled lines: names stand beside their lines, clear of all that is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradviz.layout.curves import Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.model import Item, Text
from gradviz.scene.views.plot.axes import BELOW, SIZE, Axes, powers_and_between, said, ticks
from gradviz.scene.views.plot.marks import PAD, label, plate, size_of


@dataclass
class Labelled:
    """A plane with axes, and the room on it that is left for labels."""

    axes: Axes

    @cached_property
    def room(self) -> Room:
        """The room for labels."""
        return Room(self.axes.box)

    def line(
        self, key: str, role: str, pairs: Iterable[tuple[float, float]], width: float = 4.0
    ) -> Iterator[Item]:
        """A line through pairs of numbers; labels keep clear of this width of it."""
        lines, strokes = self.axes.curve(key, role, pairs)
        yield from lines
        for stroke in strokes:
            self.room.line(stroke, width)

    def name(self, key: str, role: str, words: str, points: Sequence[Point]) -> Iterator[Item]:
        """A label beside one of the points, the best first; none where everything is taken."""
        width, height = size_of(words)
        wish = Wish(width + 2 * PAD, height + 2 * PAD, points)
        box = self.room.place(wish) if points else None
        if box is not None:
            inner = box.grown(-PAD)
            yield plate(key, inner)
            yield label(f"{key}-label", role, words, inner)

    def heights(
        self, logarithmic: bool, most: int, power: Callable[[float], str] = lambda t: said(10.0**t)
    ) -> Iterator[Item]:
        """The numbers of the vertical axis, at most so many; `power` writes a power of ten."""
        up = self.axes.up
        if not logarithmic:
            yield from self.axes.left(ticks(up, most))
            return
        places = powers_and_between(up, most)
        names = [power(t) if t == int(t) else said(10.0**t) for t in places]
        yield from self.axes.left(places, names)

    def counted(self, key: str, word: str, down: float = BELOW) -> Text:
        """The word at the right end of the horizontal axis that says what it counts."""
        box = self.axes.box
        return Text(key, "muted", box.right, box.bottom + down, word, SIZE, "regular", "end")


def farthest(own: Sequence[Point], others: Sequence[Point]) -> list[Point]:
    """The points of a line, those first that are farthest from the others."""
    return sorted(own, key=lambda p: -min((math.dist(p, o) for o in others), default=0.0))
