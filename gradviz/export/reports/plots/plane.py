"""A plane of features in characters: the fields, the samples, and the key below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import MUTED, Line
from gradviz.scene.views.plot.axes import ticks
from gradviz.story.languages import say
from gradviz.trace.plots.plane import Pane, Plane

ROWS: Final = 24
LEFT: Final = 12
WIDEST: Final = 72
FIELDS: Final = {False: "·░▒▓", True: ".-:="}
"""The field of each class, in text and in ASCII."""
SIGNS: Final = "ox+*"
MISSED: Final = "OX#%"


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """A canvas for each plane, then what its signs mean."""
    content: Plane = teller.content
    for pane in content.panes:
        yield from fields(pane, width, ascii=ascii)
        x, y = pane.variables
        yield [(say("{x} to the right, {y} upwards", x=x, y=y), MUTED)]
        yield []
    for label, name in enumerate(content.classes):
        count, right = teller.counted(label)
        if count:
            told = say(
                "{sign} {name}: {right} of {count} right, {missed} missed"
                if right < count
                else "{sign} {name}: {right} of {count} right",
                sign=SIGNS[label],
                name=name,
                right=right,
                count=count,
                missed=MISSED[label],
            )
            yield [(told, "")]
        if pane.margins:
            field = FIELDS[ascii][label]
            yield [(say("{field} where the output says {name}", field=field, name=name), MUTED)]


def fields(pane: Pane, width: int, *, ascii: bool) -> Iterator[Line]:
    """A plane on a canvas: the fields, and the samples in them."""
    across, up = pane.spans
    canvas = Canvas(max(20, min(width, WIDEST) - LEFT), ROWS, across, up, ascii)
    for missed in (False, True):
        for dot in pane.dots:
            if dot.missed == missed:
                signs = MISSED if missed else SIGNS
                canvas.mark(dot.x, dot.y, signs[dot.label], "hot" if missed else "value")
    if pane.margins:
        canvas.shade(_fields(pane, FIELDS[ascii]), MUTED)
    yield from canvas.lines(ticks(across, 7), ticks(up, 7))


def _fields(pane: Pane, signs: str) -> Any:
    across, up = pane.spans

    def shade(x: float, y: float) -> str:
        j = round((x - across.low) / across.length * (len(pane.xs) - 1))
        i = round((y - up.low) / up.length * (len(pane.ys) - 1))
        leads = [grid[i][j] for grid in pane.margins]
        return signs[max(range(len(leads)), key=leads.__getitem__)]

    return shade
