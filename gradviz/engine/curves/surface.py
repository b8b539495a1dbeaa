"""A function of two variables on a grid, with its critical points and the ways down over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradviz.engine.curves.critical import critical
from gradviz.engine.curves.cut import Cut, Values
from gradviz.engine.curves.descents import Rule, descend
from gradviz.engine.curves.kinks import kinked
from gradviz.trace.plots import Span
from gradviz.trace.plots.surface import Critical, Descent, Surface

GRID: Final = 121, 91
SCOUT: Final = 33
"""Points along each axis of the grid that looks for a window."""
USUAL: Final = Span(-4.0, 4.0)
FARTHEST: Final = 12.0
"""A window that is not asked for shows ways up to here."""
MARGIN: Final = 0.22


def surface(
    cut: Cut,
    spans: Sequence[Span | None],
    rules: Sequence[Rule] = (),
    start: tuple[float, float] | None = None,
    steps: int = 60,
) -> Surface:
    """The surface over two spans; where one is None, it shows the critical points and the ways of
    the `rules` from the `start`.
    """
    ways = [descend(cut, rule, start, steps) for rule in rules] if start is not None else []
    shown = _window(cut, spans, ways, start)
    xs, ys = (np.linspace(span.low, span.high, n) for span, n in zip(shown, GRID, strict=True))
    grid = _on(cut, xs, ys)
    found = critical(cut, xs, ys, grid)
    found = tuple(sorted([*found, *kinked(cut, xs, ys, grid, found)], key=lambda c: c.value))
    middle = start or ((xs[0] + xs[-1]) / 2, (ys[0] + ys[-1]) / 2)
    trace = cut.trace(*map(float, middle))
    names = trace.graph.names
    return Surface(
        variables=(str(cut.variables[0]), str(cut.variables[1])),
        output=names.get(trace.graph.output, "") or "f",
        source=trace.source,
        xs=tuple(map(float, xs)),
        ys=tuple(map(float, ys)),
        values=tuple(tuple(map(float, row)) for row in grid.values.reshape(len(ys), len(xs))),
        critical=found,
        descents=tuple(ways),
        trace=trace,
    )


def _on(cut: Cut, xs: Any, ys: Any) -> Values:
    across, down = np.meshgrid(xs, ys)
    return cut.many(np.stack([across.ravel(), down.ravel()], axis=1))


def _window(
    cut: Cut,
    spans: Sequence[Span | None],
    ways: Sequence[Descent],
    start: tuple[float, float] | None,
) -> tuple[Span, Span]:
    first = tuple(span or USUAL for span in spans)
    found: tuple[Critical, ...] = ()
    if None in spans:
        xs, ys = (np.linspace(span.low, span.high, SCOUT) for span in first)
        found = critical(cut, xs, ys, _on(cut, xs, ys))
    points = [(c.x, c.y) for c in found]
    points += [(p.x, p.y) for way in ways for p in way.places]
    points += [start] if start is not None else []
    x, y = (span or _span([p[k] for p in points]) for k, span in enumerate(spans))
    return x, y


def _span(places: Sequence[float]) -> Span:
    near = [p for p in places if abs(p) <= FARTHEST] or list(places[:1])
    if not near:
        return USUAL
    low, high = min(near), max(near)
    room = max(MARGIN * (high - low), 1.0 if high > low else 2.0)
    return Span(round(low - room, 1), round(high + room, 1))
