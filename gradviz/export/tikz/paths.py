"""Curves and outlines as TikZ writes them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.fonts import Weight
from gradviz.fonts.outlines import outline, outline_of
from gradviz.layout import text as measured
from gradviz.layout.curves import Curve, Point, pieces
from gradviz.scene.model import Maths, Text

SHARES: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a text is left of its place."""
FLAT: Final = 0.01
"""A curve this near to its chord is straight, in units."""
WIDE: Final = 98
"""The columns of a line."""
_TOKEN = re.compile(r"([a-zA-Z])|(-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?)")
Matrix = tuple[float, float, float, float, float, float]


def n(value: float, places: int = 2) -> str:
    """A number, rounded, in its shortest form."""
    said = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if said in ("-0", "") else said


def at(point: Point) -> str:
    """A point."""
    return f"({n(point.x)},{n(point.y)})"


def curve(points: Curve, name: str) -> str:
    """A curve whose middle has a name."""
    parts = list(pieces(points))
    said = at(points[0])
    for i, (start, first, second, end) in enumerate(parts):
        straight = _is_straight(start, first, second, end)
        by = "--" if straight else f".. controls {at(first)} and {at(second)} .."
        middle = f" coordinate[midway] ({name})" if i == len(parts) // 2 else ""
        said += f" {by} {at(end)}{middle}"
    return said


def _is_straight(start: Point, first: Point, second: Point, end: Point) -> bool:
    """Whether the control points are on the chord, in order."""
    dx, dy = end.x - start.x, end.y - start.y
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return True
    for p in (first, second):
        along = ((p.x - start.x) * dx + (p.y - start.y) * dy) / length
        aside = abs((p.x - start.x) * dy - (p.y - start.y) * dx) / length
        if aside > FLAT or not -FLAT <= along <= length + FLAT:
            return False
    return True


def polygon(points: Sequence[Point], name: str = "", *, closed: bool = True) -> str:
    """Straight strokes from point to point, the first of which has a name."""
    first, *others = map(at, points)
    named = f"{first} coordinate ({name})" if name else first
    return " -- ".join([named, *others, *(["cycle"] if closed else [])])


def outlined(item: Text, weight: Weight) -> str:
    """The outlines of a text."""
    runs = measured.placed(" ".join(item.text.split()), item.size, weight)
    left = item.x - SHARES[item.anchor] * sum(placed.width for placed in runs)
    found = []
    for placed in runs:
        words, family, _ = placed.run
        place = item.size, weight, left + placed.left, item.y
        path = outline(words, *place) if family is None else outline_of(family, words, *place)
        found.append(path)
    return drawn(" ".join(found))


def glyphs(item: Maths) -> Iterator[tuple[str, float, str]]:
    """The outlines of a formula: the role of each, its thickness (0 if it is filled), its path."""
    for mark in item.setting.marks:
        a, b, c, d, e, f = mark.matrix
        s = item.scale
        matrix = a * s, b * s, c * s, d * s, e * s + item.x, f * s + item.y
        yield mark.role or item.role, mark.stroke * s, drawn(mark.path, matrix)


def drawn(path: str, matrix: Matrix = (1, 0, 0, 1, 0, 0)) -> str:
    """SVG path data (SVG 2, 9.3; without arcs and smooth curves) as TikZ."""
    a, b, c, d, e, f = matrix

    def place(x: float, y: float) -> str:
        return at(Point(a * x + c * y + e, b * x + d * y + f))

    said: list[str] = []
    now = start = (0.0, 0.0)
    for command, numbers in _commands(path):
        x, y = now if command.islower() else (0.0, 0.0)
        kind = command.upper()
        if kind == "Z":
            said.append("-- cycle")
            now = start
            continue
        if kind == "H":
            numbers = [numbers[0], now[1] - y]
        elif kind == "V":
            numbers = [now[0] - x, numbers[0]]
        points = [(x + px, y + py) for px, py in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "Q":
            (px, py), (ex, ey) = points
            points = [
                (now[0] + 2 * (px - now[0]) / 3, now[1] + 2 * (py - now[1]) / 3),
                (ex + 2 * (px - ex) / 3, ey + 2 * (py - ey) / 3),
                (ex, ey),
            ]
        places = [place(*point) for point in points]
        now = points[-1]
        if kind == "M":
            start = now
            said.append(places[0])
        elif len(places) == 1:
            said.append(f"-- {places[0]}")
        else:
            said.append(f".. controls {places[0]} and {places[1]} .. {places[2]}")
    return " ".join(said)


LENGTHS: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}
"""How many numbers each command of a path takes."""


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """The commands of a path, each with its numbers; a command may be given once for many."""
    command, numbers = "", list[float]()
    for letter, number in _TOKEN.findall(path):
        if letter:
            command, numbers = letter, []
            if not LENGTHS[command.upper()]:
                yield command, []
            continue
        numbers.append(float(number))
        if len(numbers) == LENGTHS[command.upper()]:
            yield command, numbers
            command = {"M": "L", "m": "l"}.get(command, command)
            numbers = []


def wrapped(path: str) -> str:
    """A long path in lines."""
    return textwrap.fill(
        path, WIDE, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
