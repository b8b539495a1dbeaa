"""Losses in characters: a canvas, and where each run ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.scene.views.plot.axes import decades, said, ticks
from gradviz.story.languages import say
from gradviz.trace.plots import Span
from gradviz.trace.plots.losses import Losses

ROWS: Final = 16
WIDEST: Final = 100
LEFT: Final = 12
ROLES: Final = ("value", "gradient", "hot", MUTED)
"""Of the first run, the second, …; in ASCII they are told apart by their characters."""
SIGNS: Final = "*o+x"


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The canvas, then the runs."""
    content: Losses = teller.content
    shown, logarithmic = teller.shown, teller.logarithmic
    up = [math.log10(v) for v in shown] if logarithmic else shown
    room = 0.06 * (max(up) - min(up)) or 0.5
    passes = max(len(run.losses) for run in content.runs)
    heights = Span(min(up) - room, max(up) + room)
    across = Span(1.0, float(max(2, passes)))
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, across, heights, ascii)
    for role, run in zip(ROLES, content.runs, strict=False):
        pairs = (
            (float(n), (math.log10(v) if v > 0 else math.nan) if logarithmic else v)
            for n, v in run.typical
        )
        canvas.curve(pairs, role)
    places = decades(heights, 5) if logarithmic else ticks(heights, 5)
    if logarithmic:
        yield [(say("the axis shows powers of ten"), MUTED)]
    yield from canvas.lines([1.0, *ticks(across, 8)], places)
    yield []
    for sign, role, run in zip(SIGNS, ROLES, content.runs, strict=False):
        last = teller.last(run)
        told = said(last, 4) if math.isfinite(last) else say("runs away")
        yield [(f"{sign if ascii else '⠤⠤'} {run.name}: ", role), (told, "")]
