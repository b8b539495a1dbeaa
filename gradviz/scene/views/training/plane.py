"""The plane of a pass: its samples and fields, without axes, and how many are right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.scene.views.plot.axes import SIZE, Axes
from gradviz.scene.views.plot.heights import padded
from gradviz.scene.views.plot.kinds.fit import Drawn as FittedDrawn
from gradviz.scene.views.plot.kinds.plane import SAMPLE, Drawn
from gradviz.scene.views.plot.marks import mark, series
from gradviz.story.languages import say
from gradviz.trace.plots.fit import Fit

ROW: Final = 24.0
"""Below the plane: the classes."""
LEFT: Final = 14.0
GAP: Final = 14.0


class Bare(Drawn):
    """A plane without numbers at its axes."""

    def _ticks(self) -> Iterator[Item]:
        yield from ()

    def _names(self) -> Iterator[Item]:
        yield from ()


class BareFit(FittedDrawn):
    """A fit without numbers at its axes, in all of its box."""

    @cached_property
    def axes(self) -> Axes:
        """The plane with its axes, the same in every pass."""
        up = padded([r.target for r in self.content.residuals])
        return Axes("fit", self.box, self.content.span, up)

    def items(self) -> Iterator[Item]:
        """The lines at 0, the residuals, the curve, the samples."""
        yield from self.axes.zeros()
        yield from self._residuals()
        last = self.content.curves[-1].points
        yield from self.axes.curve("curve", "curve value", last)[0]
        yield from self._samples()


def plane(teller: Any, corner: Point, side: float) -> Iterator[Item]:
    """The plane as a square, or the fitted curve."""
    box = Box(corner.x, corner.y, side, side)
    if isinstance(teller.content, Fit):
        yield from BareFit(teller, box).items()
        yield Rect("plane-frame", "grid", box.x, box.y, box.w, box.h)
        return
    yield from Bare(teller, teller.content.panes[0], box, 0).items()
    yield Rect("plane-frame", "grid", box.x, box.y, box.w, box.h)


def key_height(teller: Any, width: float) -> float:
    """The height of the key: of one row where all of it fits, else of two."""
    if isinstance(teller.content, Fit):
        return ROW
    return ROW if _needed(teller) <= width else 2 * ROW


def _needed(teller: Any) -> float:
    names = sum(LEFT + wide(name, SIZE) + GAP for name in teller.content.classes)
    return names + wide(say("{share} % right", share=teller.said(99.9)), SIZE)


def key(teller: Any, box: Box) -> Iterator[Item]:
    """The classes with their marks, and at the right or below how many samples are right."""
    content = teller.content
    if isinstance(content, Fit):
        yield from _key_of_fit(teller, box)
        return
    below = _needed(teller) > box.w
    right = 100 * content.right / max(1, teller.labelled)
    share = say("{share} % right", share=teller.said(right))
    y, x = box.y + ROW - 5.0, box.x
    most = box.w / len(content.classes) if below else box.w
    for c, name in enumerate(content.classes):
        at = Point(x + 5, y - text.cap_height(SIZE) / 2)
        yield mark(f"key-{c}", c + 1, at, SAMPLE)
        words = text.fit(name, SIZE, "semibold", most - LEFT)
        role = f"name {series(c + 1)}"
        yield Text(f"key-{c}-name", role, x + LEFT, y, words, SIZE, "semibold", "start")
        x += min(most, LEFT + wide(words, SIZE) + GAP)
    if below:
        yield Text("plane-right", "ink", box.x, y + ROW - 4, share, SIZE, "semibold", "start")
    else:
        yield Text("plane-right", "ink", box.right, y, share, SIZE, "semibold", "end")


def _key_of_fit(teller: Any, box: Box) -> Iterator[Item]:
    """A sample, and the mean of the squared residuals."""
    y = box.y + ROW - 5.0
    yield mark("key-sample", 1, Point(box.x + 5, y - text.cap_height(SIZE) / 2), SAMPLE)
    name = box.x + LEFT, y
    yield Text("key-sample-name", "name a", *name, "sample", SIZE, "semibold", "start")
    words = f"mean square {teller.said(teller.content.curves[-1].squared)}"
    size = min(SIZE, SIZE * (box.w - LEFT - wide("sample", SIZE) - 8) / wide(words, SIZE))
    yield Text("plane-square", "ink", box.right, y, words, size, "semibold", "end")
