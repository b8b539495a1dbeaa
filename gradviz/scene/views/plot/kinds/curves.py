"""Curves with their slopes: one large, a panel for each, or together beside their slopes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.layout.curves import Box, Point
from gradviz.scene.model import Item
from gradviz.scene.views.plot.axes import Axes, ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.scene.views.plot.panel import Panel
from gradviz.scene.views.plot.places import FOOT, GAP, HEAD, beside_of
from gradviz.scene.views.plot.together import Together
from gradviz.trace.plots.curves import Curves

COLUMNS: Final = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 3, 10: 4, 11: 4, 12: 4}
"""The columns of so many panels."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of a plot of curves."""
    content: Curves = teller.content
    box = Box(corner.x, corner.y, width, height)
    if content.together:
        return Together(teller, box).items()
    return _panels(teller, box)


def _panels(teller: Any, box: Box) -> Iterator[Item]:
    content: Curves = teller.content
    curves = content.curves
    columns = COLUMNS[len(curves)]
    rows = math.ceil(len(curves) / columns)
    alone = len(curves) == 1
    head = 6.0 if alone else HEAD
    down = (box.h - GAP.y * (rows - 1)) / rows
    heights = content.heights or span_of(
        v for c in curves for piece in c.pieces for s in piece for v in (s.value, s.slope)
    )
    beside = beside_of(ticks(heights, 7 if alone else 4))
    across = (box.w - beside - GAP.x * (columns - 1)) / columns
    for k, curve in enumerate(curves):
        row, column = divmod(k, columns)
        left = box.x + beside + column * (across + GAP.x)
        top = box.y + row * (down + GAP.y)
        plane = Box(left, top + head, across, down - head - FOOT)
        axes = Axes(f"panel-{k}", plane, content.span, heights)
        panel = Panel(teller, curve, axes, alone=alone, numbers=column == 0)
        yield from panel.items()
