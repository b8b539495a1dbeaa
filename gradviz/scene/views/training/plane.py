"""The plane of a pass: its samples and fields, without axes, and how many are right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.plot.kinds.plane import SAMPLE, Drawn
from gradviz.scene.views.plot.marks import mark, series

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


def plane(teller: Any, corner: Point, side: float) -> Iterator[Item]:
    """The plane as a square."""
    box = Box(corner.x, corner.y, side, side)
    yield from Bare(teller, teller.content.panes[0], box, 0).items()
    yield Rect("plane-frame", "grid", box.x, box.y, box.w, box.h)


def key_height(teller: Any, width: float) -> float:
    """The height of the key: of one row where all of it fits, else of two."""
    return ROW if _needed(teller) <= width else 2 * ROW


def _needed(teller: Any) -> float:
    names = sum(LEFT + wide(name, SIZE) + GAP for name in teller.content.classes)
    return names + wide(f"{teller.said(99.9)} % right", SIZE)


def key(teller: Any, box: Box) -> Iterator[Item]:
    """The classes with their marks, and at the right or below how many samples are right."""
    content = teller.content
    below = _needed(teller) > box.w
    share = f"{teller.said(100 * content.right / max(1, teller.labelled))} % right"
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
