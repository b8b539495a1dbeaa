"""A surface in characters: the higher the darker, with its critical points and ways."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.scene.views.plot.axes import ticks
from gradviz.trace.plots.surface import Surface

ROWS: Final = 24
WIDEST: Final = 90
LEFT: Final = 12
SHADES: Final = {False: " ░▒▓█", True: " .:*#"}
"""From the lowest fifth of the grid to the highest, in text and in ASCII."""
SIGNS: Final = {"minimum": "⊙", "maximum": "⊕", "saddle": "×"}
PLAIN: Final = {"minimum": "o", "maximum": "^", "saddle": "x"}
WAYS: Final = "abcd"


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The canvas, then what its signs mean."""
    surface: Surface = teller.content
    across, up = surface.spans
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, across, up, ascii)
    for letter, way in zip(WAYS, surface.descents, strict=False):
        for place in way.places:
            canvas.mark(place.x, place.y, letter, "gradient")
    for point in surface.critical:
        canvas.mark(point.x, point.y, (PLAIN if ascii else SIGNS)[point.kind], "hot")
    canvas.shade(_shades(surface, SHADES[ascii]), MUTED)
    yield from canvas.lines(ticks(across, 9), ticks(up, 7))
    yield []
    x, y = surface.variables
    yield [(f"{x} to the right, {y} upwards; darker is higher", MUTED)]
    for point in surface.critical:
        sign = (PLAIN if ascii else SIGNS)[point.kind]
        where = f"{x} = {teller.said(point.x)}, {y} = {teller.said(point.y)}"
        yield [(f"{sign} ", "hot"), (f"{teller.named(point)} at {where}", "")]
    for letter, way in zip(WAYS, surface.descents, strict=False):
        first, last = way.places[0], way.places[-1]
        options = ", ".join(f"{name} {value:g}" for name, value in way.options)
        yield [
            (f"{letter} ", "gradient"),
            (f"{way.name} ({options}): ", ""),
            (f"{teller.said(first.loss)} to {teller.said(last.loss)}", "value"),
        ]


def _shades(surface: Surface, signs: str) -> Any:
    there = sorted(v for row in surface.values for v in row if math.isfinite(v))
    cuts = [there[len(there) * k // len(signs)] for k in range(1, len(signs))]
    across, up = surface.spans

    def shade(x: float, y: float) -> str:
        j = round((x - across.low) / across.length * (len(surface.xs) - 1))
        i = round((y - up.low) / up.length * (len(surface.ys) - 1))
        value = surface.values[i][j]
        return signs[bisect_left(cuts, value)] if math.isfinite(value) else "?"

    return shade
