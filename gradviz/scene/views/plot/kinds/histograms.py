"""Histograms through depth: a row for each layer, the output on top, as the gradient comes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Area, Item, Line, Text
from gradviz.scene.views.plot.axes import SIZE, Axes, decades, power_of_ten
from gradviz.scene.views.plot.marks import LETTERS
from gradviz.story.plot.kinds.histograms import share, zeros_said
from gradviz.trace.plots import Span
from gradviz.trace.plots.histograms import Depth, Histograms, Layer

TOP: Final = 24.0
BOTTOM: Final = 26.0
GUTTER: Final = 34.0
WIDEST: Final = 90.0
"""Of a layer's name."""
FILL: Final = 0.82
"""The share of a row that its highest bar takes."""
TALLEST: Final = 40.0
SPACE: Final = 16.0
FEW_ZEROS: Final = 0.005

Column = tuple[str, list[str], str]
"""A column's name, its words from the input to the output, and their role."""


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure: runs side by side, all with the same scales."""
    content: Histograms = teller.content
    across = (width - GUTTER * (len(content.runs) - 1)) / len(content.runs)
    layers = [layer for run in content.runs for layer in run.layers]
    peak = max(n / layer.total for layer in layers for n in layer.counts)
    columns = [_columns(teller, run) for run in content.runs]
    widths = [max(map(_width, same)) for same in zip(*columns, strict=True)]
    for k in range(len(content.runs)):
        box = Box(corner.x + k * (across + GUTTER), corner.y, across, height)
        yield from _run(teller, k, box, columns[k], widths, peak or 1.0)


def _columns(teller: Any, run: Depth) -> list[Column]:
    """The numbers beside the rows: the root mean squares, and how many are 0 where any are."""
    numbers = [teller.said(layer.rms) for layer in run.layers]
    found: list[Column] = [("rms", numbers, "ink")]
    every = (layer for one in teller.content.runs for layer in one.layers)
    if any(share(layer) >= FEW_ZEROS for layer in every):
        zeros = [zeros_said(v) if share(v) >= FEW_ZEROS else "" for v in run.layers]
        found.append(("exactly 0", zeros, "muted"))
    return found


def _width(column: Column) -> float:
    name, words, _ = column
    return max(wide(word, SIZE) for word in (name, *words)) + SPACE


def _run(
    teller: Any, k: int, box: Box, columns: list[Column], widths: list[float], peak: float
) -> Iterator[Item]:
    content: Histograms = teller.content
    run = content.runs[k]
    names = [text.fit(layer.name, SIZE, "bold", WIDEST) for layer in run.layers]
    left = max(wide(name, SIZE) for name in names) + 10
    plane = Box(box.x + left, box.y + TOP, box.w - left - sum(widths), box.h - TOP - BOTTOM)
    axes = Axes(f"run-{k}", plane, Span(content.edges[0], content.edges[-1]), Span(0, 1))
    if len(content.runs) > 1:
        name = text.fit(run.name, LETTERS, "bold", plane.w + left)
        yield Text(f"run-{k}-name", "ink", box.x, box.y + 14, name, LETTERS, "semibold", "start")
    places = decades(axes.across, 5)
    for n, place in enumerate(places):
        yield axes.up_at(f"run-{k}-grid-{n}", "grid", axes.x(place))
    yield from axes.bottom(places, [power_of_ten(p) for p in places], axis=False)
    yield from _rows(f"run-{k}-layer", teller, run, names, axes, peak)
    for n, (column, right) in enumerate(zip(columns, _rights(plane.right, widths), strict=True)):
        yield from _column(f"run-{k}-column-{n}", column, right, plane)


def _rights(x: float, widths: list[float]) -> Iterator[float]:
    """The right ends of columns that begin here."""
    for width in widths:
        x += width
        yield x


def _column(key: str, column: Column, right: float, plane: Box) -> Iterator[Item]:
    """Numbers beside the rows, under their name."""
    name, words, role = column
    row = plane.h / len(words)
    yield Text(f"{key}-name", "muted", right, plane.y - 9, name, SIZE, "regular", "end")
    for n, word in enumerate(reversed(words)):
        if word:
            y = plane.y + (n + 1) * row - 3
            yield Text(f"{key}-{n}", role, right, y, word, SIZE, "medium", "end")


def _rows(
    key: str, teller: Any, run: Depth, names: list[str], axes: Axes, peak: float
) -> Iterator[Item]:
    plane, count = axes.box, len(run.layers)
    row = plane.h / count
    high = min(row * FILL, TALLEST)
    role = "value" if teller.content.of == "values" else "gradient"
    for n, (layer, name) in enumerate(zip(reversed(run.layers), reversed(names), strict=True)):
        base = plane.y + (n + 1) * row
        at = f"{key}-{count - n}"
        yield Text(f"{at}-name", "muted", plane.x - 8, base - 3, name, SIZE, "regular", "end")
        yield from _shape(at, role, layer, axes, base, high / peak)
        if layer.rms > 0 and axes.across.holds(math.log10(layer.rms)):
            x = axes.x(math.log10(layer.rms))
            yield Line(f"{at}-rms", "critical", (Point(x, base), Point(x, base - high)))


def _shape(
    key: str, role: str, layer: Layer, axes: Axes, base: float, scale: float
) -> Iterator[Item]:
    """The outline of the counts, from the middle of one bar to the middle of the next."""
    low, high = axes.across
    width = (high - low) / len(layer.counts)
    points = [Point(axes.x(low), base)]
    for n, count in enumerate(layer.counts):
        x = axes.x(low + (n + 0.5) * width)
        points.append(Point(x, base - count / layer.total * scale))
    points.append(Point(axes.x(high), base))
    yield Area(f"{key}-area", f"field {role}", (tuple(points),))
    yield Line(f"{key}-line", f"curve {role}", tuple(points), 1.3)
