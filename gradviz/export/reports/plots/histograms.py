"""Histograms through depth in characters: a row for each layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.scene.views.plot.axes import decades, power_of_ten
from gradviz.story.plot.kinds.histograms import share, zeros_said
from gradviz.trace.plots import Span
from gradviz.trace.plots.histograms import Histograms

BLOCKS: Final = {False: " ▁▂▃▄▅▆▇█", True: " .:-=+*#@"}
MANY: Final = 0.005
GAP: Final = "  "


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The rows of each run, the output on top."""
    content: Histograms = teller.content
    signs, role = BLOCKS[ascii], "value" if content.of == "values" else "gradient"
    layers = [layer for run in content.runs for layer in run.layers]
    peak = max((n / layer.total for layer in layers for n in layer.counts), default=1.0) or 1.0
    left = max(len(layer.name) for layer in layers)
    for k, run in enumerate(content.runs):
        if len(content.runs) > 1:
            yield from [[]] * bool(k)
            yield [(run.name, HEADING)]
        for layer in reversed(run.layers):
            shares = [n / layer.total / peak for n in layer.counts]
            bars = "".join(signs[0 if not s else max(1, round(8 * s))] for s in shares)
            zeros = f"{GAP}{zeros_said(layer)} exactly 0" if share(layer) >= MANY else ""
            yield [
                (f"{layer.name:>{left}} ", MUTED),
                (bars, role),
                (f"{GAP}{teller.said(layer.rms)}", ""),
                (zeros, MUTED),
            ]
        yield [(" " * (left + 1) + _axis(content, ascii=ascii), MUTED)]


def _axis(content: Histograms, *, ascii: bool) -> str:
    low, high = content.edges[0], content.edges[-1]
    bars = len(content.edges) - 1
    found, free = [" "] * (bars + 6), 0
    for exponent in decades(Span(low, high), 5):
        name = f"1e{int(exponent)}" if ascii else power_of_ten(exponent)
        start = round((exponent - low) / (high - low) * bars)
        start = max(0, start - len(name) // 2)
        if start >= free:
            found[start : start + len(name)] = name
            free = start + len(name) + 1
    return "".join(found).rstrip()
