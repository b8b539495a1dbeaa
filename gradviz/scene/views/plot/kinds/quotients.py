"""Errors of the numerical gradient against h, falling to the right as in a limit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.scene.model import Circle, Item, Line, Maths, Text
from gradviz.scene.views.plot.axes import Axes, decades, power_of_ten
from gradviz.scene.views.plot.marks import LETTERS, label, series, size_of, variable
from gradviz.trace.plots import Span
from gradviz.trace.plots.quotients import Quotient, Quotients

LEFT: Final = 60.0
BOTTOM: Final = 26.0
TOP: Final = 28.0
LOWEST: Final = -12.0
HIGHEST: Final = 2.0
DUST: Final = 1.4
BEST: Final = 5.0
ASIDE: Final = 14.0
FARTHEST: Final = 17.0
"""A best h stands near its ring, or up to so far beside its middle, or is left out."""
DASH: Final = (7.0, 4.5)


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure: dots measured, lines typical, a ring at the best h of each."""
    content: Quotients = teller.content
    plane = Box(corner.x + LEFT, corner.y + TOP, width - LEFT - 26, height - TOP - BOTTOM)
    hs = [math.log10(q.h) for s in content.series for q in s.measured]
    axes = Axes("errors", plane, Span(-max(hs), -min(hs)), Span(LOWEST, HIGHEST))
    yield Text(
        "errors-name",
        "ink",
        corner.x,
        corner.y + 12,
        "relative error",
        LETTERS,
        "semibold",
        "start",
    )
    places = decades(axes.across, 5)
    yield from axes.bottom(places, [power_of_ten(-p) for p in places])
    source, setting, scale = variable("h")
    at = plane.right + 12, plane.bottom + 4 - setting.baseline * scale
    yield Maths("errors-h", "muted", *at, source, setting, scale)
    heights = [v for v in decades(axes.up, 4) if v <= 0]
    yield from axes.left(heights, [power_of_ten(v) for v in heights])
    room = Room(plane)
    for v in heights:
        yield axes.across_at(f"errors-line-{int(v)}", "grid", axes.y(v))
    yield from _lines(content, axes, room)
    yield from _labels(teller, axes, room)


def _pair(q: Quotient) -> tuple[float, float]:
    return -math.log10(q.h), math.log10(q.error) if q.error > 0 else -math.inf


def _lines(content: Quotients, axes: Axes, room: Room) -> Iterator[Item]:
    for k, one in enumerate(content.series):
        for n, q in enumerate(one.measured):
            x, y = _pair(q)
            if axes.holds(x, y):
                yield Circle(f"errors-{k}-dot-{n}", f"dust {colour(k)}", *axes.point(x, y), DUST)
    for k, one in enumerate(content.series):
        dash = DASH if k == 1 else ()
        for n, stroke in enumerate(axes.strokes(map(_pair, one.typical))):
            yield Line(f"errors-{k}-{n}", f"series {colour(k)}", stroke, dash=dash)
            room.line(stroke, 3.0)
    for k, one in enumerate(content.series):
        at = _pair(one.best)
        if axes.holds(*at):
            x, y = axes.point(*at)
            yield Circle(f"errors-{k}-best", f"hollow {colour(k)}", x, y, BEST)
            room.box(Box(x - BEST - 2, y - BEST - 2, 2 * BEST + 4, 2 * BEST + 4))


def _labels(teller: Any, axes: Axes, room: Room) -> Iterator[Item]:
    """The best h beside its ring, and the name of each line."""
    content: Quotients = teller.content
    strokes = [axes.strokes(map(_pair, one.typical)) for one in content.series]
    lines = [[p for stroke in found for p in stroke] for found in strokes]
    best = [_pair(one.best) for one in content.series]
    rings = {k: axes.point(*at) for k, at in enumerate(best) if axes.holds(*at)}
    for k, one in enumerate(content.series):
        role = f"name {colour(k)}"
        if k in rings:
            words = teller.power(one.best.h)
            others = [at for n, at in rings.items() if n != k]
            x, y = rings[k]
            near = [rings[k], Point(x + ASIDE, y), Point(x - ASIDE, y)]
            box = room.place(Wish(*size_of(words), near), others, farthest=FARTHEST)
            if box is not None:
                yield label(f"errors-{k}-h", role, words, box)
    for k, one in enumerate(content.series):
        others = [p for n, line in enumerate(lines) if n != k for p in line]
        own = [p for p in lines[k] if all(math.dist(p, o) > 12 for o in others)] or lines[k]
        middle = len(own) / 2
        first = sorted(own, key=lambda p, own=own: abs(own.index(p) - middle))  # type: ignore[misc]
        box = room.place(Wish(*size_of(one.name), first), others) or room.place(
            Wish(*size_of(one.name), first)
        )
        if box is not None:
            yield label(f"errors-{k}-name", f"name {colour(k)}", one.name, box)


def colour(k: int) -> str:
    """Both quotients in float64 have the same colour."""
    return series((1, 1, 3, 2)[k])
