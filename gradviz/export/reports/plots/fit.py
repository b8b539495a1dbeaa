"""A fit in characters: the curve and the samples, then the mean squares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.scene.views.plot.axes import ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.trace.plots.fit import Fit

ROWS: Final = 20
LEFT: Final = 12
WIDEST: Final = 84


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """A canvas, then a line for each curve."""
    content: Fit = teller.content
    up = span_of(v for r in content.residuals for v in (r.target, r.said))
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, content.span, up, ascii)
    for curve in content.curves[:-1]:
        canvas.curve(curve.points, MUTED, dashed=True)
    canvas.curve(content.curves[-1].points, "value")
    for r in content.residuals:
        canvas.mark(r.x, r.target, "o", "hot")
    yield from canvas.lines(ticks(content.span, 7), ticks(up, 6))
    yield [(f"{content.variable} to the right, {content.target} upwards; o a sample", MUTED)]
    yield []
    for curve in content.curves:
        name = curve.name or "the model"
        yield [(f"{name}: mean of the squared residuals {teller.said(curve.squared)}", "")]
