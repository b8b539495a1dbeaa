"""Templates: a heatmap for each row of weights, on one scale, with its name below."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import level
from gradviz.scene.model import LEVELS, Cells, Item, Rect, Text
from gradviz.scene.views.plot.marks import LETTERS
from gradviz.trace.plots.templates import Templates

GAP: Final = 18.0
BELOW: Final = 20.0
KEY: Final = 34.0
"""The height of the key: the scale of the colours."""
STEP: Final = 13.0


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of templates."""
    content: Templates = teller.content
    yield from pictures(content, teller.largest, Box(corner.x, corner.y, width, height - KEY))
    ends = teller.said(-teller.largest), teller.said(teller.largest)
    y = corner.y + height - KEY + 12
    yield from key(f"against  {ends[0]}", f"{ends[1]}  for it", corner.x + width / 2, y)


def pictures(content: Any, largest: float, room: Box) -> Iterator[Item]:
    """The images of a content, as large as they fit into the room, each over its name."""
    width, count, (rows, columns) = room.w, len(content.images), content.size
    side, across = max(
        _fitting(count, k, columns / rows, width, room.h) for k in range(1, count + 1)
    )
    wide, tall = side * columns / rows, side
    lines = math.ceil(count / across)
    across = math.ceil(count / lines)
    top = room.y + (room.h - lines * (tall + BELOW) - (lines - 1) * GAP) / 2
    for k, (name, image) in enumerate(zip(content.names, content.images, strict=True)):
        line, place = divmod(k, across)
        own = min(across, count - line * across)
        left = room.x + (width - own * wide - (own - 1) * GAP) / 2 + place * (wide + GAP)
        y = top + line * (tall + BELOW + GAP)
        levels = tuple(tuple(level(v, largest or 1.0) for v in row) for row in image)
        yield Cells(f"template-{k}", "heat", left, y, wide, tall, levels)
        yield Rect(f"template-{k}-frame", "grid", left, y, wide, tall)
        shown = text.fit(name, LETTERS, "semibold", wide + GAP - 4)
        middle = left + wide / 2
        yield Text(f"template-{k}-name", "ink", middle, y + tall + 15, shown, LETTERS, "semibold")


def _fitting(
    count: int, across: int, shape: float, width: float, height: float
) -> tuple[float, int]:
    """The height of an image with so many in a line, and that number."""
    lines = math.ceil(count / across)
    side = min(
        (width - (across - 1) * GAP) / across / shape,
        (height - lines * BELOW - (lines - 1) * GAP) / lines,
    )
    return side, across


def key(low: str, high: str, middle: float, y: float, step: float = STEP) -> Iterator[Item]:
    """The colours from the most negative weight to the most positive, between their numbers."""
    count = 2 * LEVELS + 1
    left = middle - count * step / 2
    levels = (tuple(range(-LEVELS, LEVELS + 1)),)
    yield Cells("key", "heat", left, y, count * step, STEP, levels)
    yield Rect("key-frame", "grid", left, y, count * step, STEP)
    base = y + STEP / 2 + text.cap_height(LETTERS) / 2
    yield Text("key-low", "ink", left - 8, base, low, LETTERS, "regular", "end")
    right = left + count * step + 8
    yield Text("key-high", "ink", right, base, high, LETTERS, "regular", "start")
