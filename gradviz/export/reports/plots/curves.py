"""Curves in characters, one below the other, each with its slope."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.scene.views.plot.axes import ticks
from gradviz.scene.views.plot.heights import span_of
from gradviz.trace.plots.curves import Curve, Curves

ROWS: Final = 16
LOW: Final = 9
"""The rows of a curve alone, and of one of several."""
WIDEST: Final = 100
LEFT: Final = 12


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """A canvas for each curve."""
    content: Curves = teller.content
    several = len(content.curves) > 1
    for k, curve in enumerate(content.curves):
        if several:
            if k:
                yield []
            yield [(curve.name, HEADING)]
        yield from _canvas(teller, curve, LOW if several else ROWS, width, ascii=ascii)
        yield _legend(teller, curve, ascii=ascii)


def _canvas(teller: Any, curve: Curve, rows: int, width: int, *, ascii: bool) -> Iterator[Line]:
    content: Curves = teller.content
    numbers = [v for piece in curve.pieces for s in piece for v in (s.value, s.slope)]
    heights = content.heights or span_of(numbers)
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), rows, content.span, heights, ascii)
    for piece in curve.pieces:
        canvas.curve(((s.x, s.slope) for s in piece), "gradient", dashed=not ascii)
    for piece in curve.pieces:
        canvas.curve(((s.x, s.value) for s in piece), "value")
    if curve.at is not None:
        for y, sign in ((curve.at.slope, "○"), (curve.at.value, "●")):
            if math.isfinite(y):
                canvas.mark(curve.at.x, y, "@" if ascii else sign, "hot")
    yield from canvas.lines(ticks(content.span, 9), ticks(heights, 5))


def _legend(teller: Any, curve: Curve, *, ascii: bool) -> Line:
    """What each line is, and its number at the point."""
    parts: Line = [("  ", "")]
    for word, role, which, samples in (
        ("value", "value", 1, ("⠤⠤⠤", "o")),
        ("slope", "gradient", 2, ("⠤⠀⠤", "*")),
    ):
        told = f" {teller.said(curve.at[which])}" if curve.at is not None else ""
        parts += [(f"{samples[ascii]} {word}{told}", role), ("    ", "")]
    if curve.at is not None:
        parts.append((f"at {curve.variable} = {teller.said(curve.at.x)}", MUTED))
    return parts
