"""Ways to minimise in characters: a canvas, and the table of what each cost."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.scene.views.plot.axes import decades, ticks
from gradviz.trace.plots import Span
from gradviz.trace.plots.ways import Ways

ROWS: Final = 16
WIDEST: Final = 100
LEFT: Final = 12
SIGNS: Final = "abcdefgh"
ROLES: Final = ("value", "gradient", "hot", MUTED)
HEADS: Final = ("forward", "backward", "time", "loss")


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The canvas, then a row for each way."""
    content: Ways = teller.content
    heights = [teller.up(v) for v in teller.shown]
    room = 0.06 * (max(heights) - min(heights)) or 0.5
    up = Span(min(heights) - room, max(heights) + room)
    passes = [math.log10(s.passes) for w in content.ways for s in w.steps if s.passes > 0]
    across = Span(min(passes) - 0.05, max(passes) + 0.1)
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, across, up, ascii)
    for k, way in enumerate(content.ways):
        for step in way.steps:
            if step.passes > 0 and math.isfinite(step.loss):
                at = math.log10(step.passes), teller.up(step.loss)
                canvas.mark(*at, SIGNS[k], ROLES[k % len(ROLES)])
    places = decades(up, 5) if teller.logarithmic else ticks(up, 5)
    axes = "both axes show" if teller.logarithmic else "the axis of passes shows"
    yield [(f"{axes} powers of ten: 2 is 100 passes", MUTED)]
    yield from canvas.lines(decades(across, 8), places)
    yield []
    yield from _table(teller, content)


def _table(teller: Any, content: Ways) -> Iterator[Line]:
    rows = [
        (
            teller.counted(way.end.evaluations), teller.counted(way.end.gradients),
            teller.lasted(way), teller.said(way.end.loss),
        )
        for way in content.ways
    ]  # fmt: skip
    names = max(len(way.name) for way in content.ways)
    sizes = [max(len(head), *(len(row[j]) for row in rows)) for j, head in enumerate(HEADS)]
    head = "  ".join(word.rjust(size) for word, size in zip(HEADS, sizes, strict=True))
    yield [(" " * (names + 4) + head, MUTED)]
    for k, (way, row) in enumerate(zip(content.ways, rows, strict=True)):
        *costs, loss = (cell.rjust(size) for cell, size in zip(row, sizes, strict=True))
        yield [
            (f"{SIGNS[k]} ", ROLES[k % len(ROLES)]),
            (f"{way.name.ljust(names)}  {'  '.join(costs)}  ", ""),
            (loss, "value"),
            (f"  {way.how}", MUTED),
        ]
