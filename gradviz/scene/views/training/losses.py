"""The losses of a run: what was is strong, what comes is pale, and the present pass is a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Circle, Item, Line, Text
from gradviz.scene.views.plot.axes import BELOW, SIZE, Axes, powers_and_between, said, ticks
from gradviz.scene.views.plot.marks import LETTERS
from gradviz.story.languages import pattern, say
from gradviz.story.training.frames import TrainingFrame, TrainingStory
from gradviz.trace.plots import Span
from gradviz.trace.training import Mark

LEFT: Final = 44.0
ROW: Final = 20.0
"""Of the losses now, above the plane."""
BESIDE: Final = 14.0
FOOT: Final = 24.0
SAMPLE: Final = 16.0
"""The piece of a line in front of its name."""
NOW: Final = 4.2

Of = Callable[[Mark], float | None]

NAMES: Final = {
    "loss": pattern("loss"), "train": pattern("train"), "test": pattern("test"),
}  # fmt: skip
"""What the lines are called."""


class Losses:
    """The losses in a box."""

    def __init__(self, story: TrainingStory, frame: TrainingFrame, box: Box) -> None:
        self.story, self.frame, self.now, self.box = story, frame, frame.moment.mark, box
        held_out = self.now.test_loss is not None
        self.lines: list[tuple[str, str, Of]] = [
            ("train" if held_out else "loss", "value", lambda m: m.loss)
        ]
        if held_out:
            self.lines.append(("test", "ink", lambda m: m.test_loss))

    @cached_property
    def axes(self) -> Axes:
        """The plane of the losses."""
        box = self.box
        head = self._head + 8
        room = Box(box.x + LEFT, box.y + head, box.w - LEFT - 4, box.h - head - FOOT)
        known = [self._up(v) for v in self.story.losses] or [0.0, 1.0]
        low, high = min(known), max(known)
        if not self.story.logarithmic and low >= 0:
            low = 0.0
        edge = 0.06 * (high - low) or 0.5
        bottom = low if low == 0 and not self.story.logarithmic else low - edge
        across = Span(1.0, float(len(self.story.walk)))
        return Axes("losses", room, across, Span(bottom, high + edge))

    def _up(self, value: float | None) -> float:
        if value is None or not math.isfinite(value):
            return math.nan
        if not self.story.logarithmic:
            return value
        return math.log10(value) if value > 0 else math.nan

    def items(self) -> Iterator[Item]:
        """The axes, what comes, what was, the present pass, and the losses now."""
        yield from self._ticks()
        past = [m for m in self.story.walk.marks if m.number < self.now.number]
        future = [m for m in self.story.walk.marks if m.number > self.now.number]
        for name, role, of in self.lines:
            yield from self._curve(f"future-{name}", f"future {role}", [self.now, *future], of)
        for name, role, of in self.lines:
            yield from self._curve(f"past-{name}", f"past {role}", [*past, self.now], of)
        yield self.axes.up_at("losses-now", "at tick", self.axes.x(self.now.number))
        for name, role, of in self.lines:
            y = self._up(of(self.now))
            if self.axes.up.holds(y):
                at = self.axes.point(self.now.number, y)
                yield Circle(f"losses-now-{name}", role, *at, NOW)
        yield from self._said()

    def _curve(self, key: str, role: str, marks: Sequence[Mark], of: Of) -> Iterator[Item]:
        pairs = ((float(m.number), self._up(of(m))) for m in marks)
        yield from self.axes.curve(key, role, pairs)[0]

    def _ticks(self) -> Iterator[Item]:
        axes, box = self.axes, self.axes.box
        end = box.right - wide(say("pass"), SIZE) - 8
        whole = [t for t in ticks(axes.across, 4) if t == int(t) and t > 1]
        shown = [t for t in whole if axes.x(t) + wide(said(t), SIZE) / 2 < end]
        yield from axes.bottom([1.0, *(t for t in shown if axes.x(t) > box.x + 26)])
        y = box.bottom + BELOW
        yield Text("losses-pass", "muted", box.right, y, say("pass"), SIZE, "regular", "end")
        if self.story.logarithmic:
            places = powers_and_between(axes.up, 5)
            yield from axes.left(places, [said(10.0**t) for t in places])
        else:
            yield from axes.left(ticks(axes.up, 5))

    @cached_property
    def _columns(self) -> tuple[float, ...]:
        """Where each loss stands in a row above the plane; none where they stand in rows."""
        found, x = [], 0.0
        for name, _, of in self.lines:
            found.append(x)
            most = max((self._words(name, of(m)) for m in self.story.walk.marks), key=len)
            x += SAMPLE + 6 + wide(most, LETTERS) + BESIDE
        return tuple(found) if x - BESIDE <= self.box.w - LEFT else ()

    @property
    def _head(self) -> float:
        """The height of the losses now, above the plane."""
        return ROW * (1 if self._columns else len(self.lines))

    def _words(self, name: str, value: float | None) -> str:
        return f"{say(NAMES[name])} {self.story.said(math.nan if value is None else value)}"

    def _said(self) -> Iterator[Item]:
        """The losses now, each after a piece of its line."""
        for k, (name, role, of) in enumerate(self.lines):
            x = self.box.x + LEFT + (self._columns[k] if self._columns else 0.0)
            y = self.box.y + 13.0 + (0.0 if self._columns else ROW * k)
            middle = y - text.cap_height(LETTERS) / 2
            ends = Point(x, middle), Point(x + SAMPLE, middle)
            yield Line(f"losses-{name}-line", f"past {role}", ends)
            words = self._words(name, of(self.now))
            yield Text(
                f"losses-{name}", role, x + SAMPLE + 6, y, words, LETTERS, "semibold", "start"
            )
