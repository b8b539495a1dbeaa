"""Losses of training runs over their passes, and a table of where they end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Text
from gradviz.scene.views.plot.axes import SIZE, Axes, ticks
from gradviz.scene.views.plot.heights import padded
from gradviz.scene.views.plot.labelled import Labelled, farthest
from gradviz.scene.views.plot.marks import (
    LAST,
    LETTERS,
    NAME,
    in_key,
    line_in_key,
    mark,
    name_in_key,
    series,
)  # fmt: skip
from gradviz.trace.plots import Span
from gradviz.trace.plots.losses import History, Losses

LEFT: Final = 52.0
BOTTOM: Final = 30.0
SIDE: Final = 250.0
GUTTER: Final = 34.0
ROW: Final = 27.0
MOST: Final = 800
"""So many passes are drawn one by one."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of losses."""
    box = Box(corner.x, corner.y, width, height)
    plane = Box(box.x + LEFT, box.y + 8, box.w - LEFT - SIDE - GUTTER, box.h - BOTTOM - 8)
    yield from Drawn(teller, plane).items()
    yield from _table(teller, Box(box.right - SIDE, box.y, SIDE, box.h))


@dataclass
class Drawn:
    """The plane of losses."""

    teller: Any
    box: Box

    @property
    def runs(self) -> tuple[History, ...]:
        """The runs."""
        content: Losses = self.teller.content
        return content.runs

    @cached_property
    def plane(self) -> Labelled:
        """The plane with its axes; losses begin at 0 where they are not on a logarithmic axis."""
        passes = max(len(run.losses) for run in self.runs)
        shown = [self._up(v) for v in self.teller.shown]
        if self.teller.logarithmic or min(shown) < 0:
            up = padded(shown)
        else:
            up = padded([0.0, *shown])._replace(low=0.0)
        return Labelled(Axes("losses", self.box, Span(1.0, float(max(passes, 2))), up))

    def items(self) -> Iterator[Item]:
        """The axes, the losses, their means, and their names."""
        yield from self._ticks()
        first = self.runs[0]
        if self.teller.pale:
            every = max(1, len(first.losses) // MOST)
            pairs = [(float(n + 1), v) for n, v in enumerate(first.losses) if n % every == 0]
            up = ((n, self._up(v)) for n, v in pairs)
            yield from self.plane.axes.curve("each", f"pale {_series(self.teller, 0)}", up)[0]
        for k, run in enumerate(self.runs):
            typical = ((float(n), self._up(v)) for n, v in run.typical)
            yield from self.plane.line(f"loss-{k}", f"series {_series(self.teller, k)}", typical)
        if len(self.runs) > 1:
            yield from self._names()

    def _up(self, value: float) -> float:
        if not math.isfinite(value) or not self.teller.logarithmic:
            return value
        return math.log10(value) if value > 0 else math.nan

    def _ticks(self) -> Iterator[Item]:
        axes, box = self.plane.axes, self.box
        word = "pass"
        end = box.right - wide(word, SIZE) - 10
        whole = [t for t in ticks(axes.across, 8) if t == int(t) and axes.x(t) + 18 < end]
        yield from axes.bottom([1.0, *[t for t in whole if axes.x(t) > box.x + 30]])
        yield self.plane.counted("losses-pass", word)
        yield from self.plane.heights(self.teller.logarithmic, 6)

    def _names(self) -> Iterator[Item]:
        """The name of each run beside its line, where it is farthest from the others."""
        axes = self.plane.axes
        lines = [axes.within((float(n), self._up(v)) for n, v in run.typical) for run in self.runs]
        for k, (run, own) in enumerate(zip(self.runs, lines, strict=True)):
            others = [p for n, line in enumerate(lines) if n != k for p in line[::8]]
            role = f"name {series(k + 1)}"
            yield from self.plane.name(f"loss-{k}", role, run.name, farthest(own, others))


def _series(teller: Any, k: int) -> str:
    """The colour of a run: ink for one alone."""
    return series(k + (len(teller.content.runs) > 1))


def _table(teller: Any, box: Box) -> Iterator[Item]:
    """Each run with its last loss, and how many samples are right."""
    content: Losses = teller.content
    y = box.y + 20.0
    for k, run in enumerate(content.runs):
        yield mark(f"end-{k}-mark", k + (len(content.runs) > 1), in_key(box.x, y), LAST)
        last = teller.last(run)
        number = teller.said(last) if math.isfinite(last) else "runs away"
        called = run.name if len(content.runs) > 1 else "loss at the end"
        name = text.fit(called, LETTERS, "semibold", box.w - 32 - wide(number, LETTERS))
        role = f"name {_series(teller, k)}"
        yield name_in_key(f"end-{k}-name", role, name, box.x, y)
        yield Text(f"end-{k}", "ink", box.right, y, number, LETTERS, "semibold", "end")
        for part, score in (("all samples", run.end), ("held out", run.held_out)):
            if score is not None and score[1] is not None:
                y += ROW - 6
                told = f"{teller.said(100 * score[1])} % right"
                key = f"end-{k}-{part[0]}"
                yield Text(key, "muted", box.x + NAME, y, part, SIZE, "regular", "start")
                yield Text(f"{key}-right", "muted", box.right, y, told, SIZE, "regular", "end")
        y += ROW + 4
    if teller.pale:
        role = f"pale {_series(teller, 0)}"
        yield from line_in_key("key-pale", role, "each pass", box.x, y, SIZE)
