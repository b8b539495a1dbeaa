"""Errors of the numerical gradient in characters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import ASCII, Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.trace.plots import Span
from gradviz.trace.plots.quotients import Quotients

ROWS: Final = 18
WIDEST: Final = 100
LEFT: Final = 12
UP: Final = Span(-12.0, 2.0)
ROLES: Final = ("value", "heading", "gradient", "hot")


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The typical error of each way against h, as exponents of ten, and the best h of each."""
    content: Quotients = teller.content
    hs = [-math.log10(q.h) for s in content.series for q in s.measured]
    across = Span(min(hs), max(hs))
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, across, UP, ascii)
    for k, one in enumerate(content.series):
        pairs = ((-math.log10(q.h), math.log10(q.error)) for q in one.typical if q.error > 0)
        canvas.curve(pairs, ROLES[k], dashed=bool(k % 2) and not ascii)
    yield [("log10 of the relative error", MUTED)]
    yield from canvas.lines([0, 4, 8, 12, 16], [0, -4, -8, -12])
    yield [("-log10 h, so that h falls to the right", MUTED)]
    for k, one in enumerate(content.series):
        sign = f"{ASCII[k]} " if ascii else ""
        yield [
            (f"{sign}{one.name}", ROLES[k]),
            (f": best h {one.best.h:.0e}, error {one.best.error:.0e}", ""),
        ]
