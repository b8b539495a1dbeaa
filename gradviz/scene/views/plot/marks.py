"""Marks of plots: the shape of each series, hollow ends, and texts of known size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import wide
from gradviz.scene.model import Circle, Item, Line, Maths, Polygon, Rect, Text
from gradviz.scene.themes import SERIES
from gradviz.scene.typeset import SIZE as SET
from gradviz.scene.typeset import typeset
from gradviz.scene.views.plot.axes import BELOW, BESIDE, SIZE, Axes
from gradviz.story.maths import M
from gradviz.story.maths.source import Source, source

DOT: Final = 3.0
LAST: Final = 5.6
"""The size of a mark at a step, and at the last one."""
HOLLOW: Final = 3.2
LETTERS: Final = 14.0
PAD: Final = 2.5
VARIABLE: Final = 18.0
LEFT: Final = 46.0
"""The room at the left of a plane, at least."""
MARK: Final = 8.0
NAME: Final = 22.0
"""From the left of a key to the middle of its marks, and to its names."""
SAMPLE: Final = 16.0
"""The length of the piece of a line in a key."""


def series(k: int) -> str:
    """The colour of a series."""
    return SERIES[k % len(SERIES)]


def mark(key: str, k: int, at: Point, size: float) -> Item:
    """The mark of a series: a circle, a square, a triangle or a diamond."""
    role, (x, y) = f"mark {series(k)}", at
    shape = k % 4
    if shape == 0:
        return Circle(key, role, x, y, size)
    if shape == 1:
        half = 0.92 * size
        return Rect(key, role, x - half, y - half, 2 * half, 2 * half)
    if shape == 2:
        r = 1.2 * size
        low = y + 0.8 * r
        return Polygon(key, role, (Point(x, y - r), Point(x + r, low), Point(x - r, low)))
    r = 1.3 * size
    corners = Point(x, y - r), Point(x + r, y), Point(x, y + r), Point(x - r, y)
    return Polygon(key, role, corners)


def box_of(at: Point, size: float) -> Box:
    """The box of a mark."""
    r = 1.35 * size
    return Box(at.x - r, at.y - r, 2 * r, 2 * r)


def cross(key: str, role: str, at: Point, half: float) -> list[Item]:
    """Two strokes that cross."""
    return [
        Line(f"{key}-{k}", role, (Point(at.x - half, at.y - down), Point(at.x + half, at.y + down)))
        for k, down in enumerate((half, -half))
    ]


def size_of(words: str, size: float = LETTERS) -> tuple[float, float]:
    """The width and height that a label needs in any weight."""
    return wide(words, size), text.cap_height(size) + 0.24 * size


def label(
    key: str, role: str, words: str, box: Box, size: float = LETTERS, weight: Weight = "semibold"
) -> Text:
    """A label in a box of that size."""
    return Text(key, role, box.x, box.y + text.cap_height(size), words, size, weight, "start")


def plate(key: str, box: Box) -> Rect:
    """The ground behind a label, where what is drawn would disturb it."""
    return Rect(f"{key}-plate", "plate", *box.grown(PAD), 3.0)


def in_key(x: float, y: float) -> Point:
    """Where the mark of an entry of a key stands, in front of a name with its baseline at y."""
    return Point(x + MARK, y - text.cap_height(LETTERS) / 2)


def name_in_key(key: str, role: str, name: str, x: float, y: float) -> Text:
    """The name of an entry of a key that begins at x."""
    return Text(key, role, x + NAME, y, name, LETTERS, "semibold", "start")


def line_in_key(
    key: str, role: str, words: str, x: float, y: float, size: float = LETTERS
) -> list[Item]:
    """An entry of a key for a kind of line."""
    middle = y - text.cap_height(size) / 2
    return [
        Line(key, role, (Point(x, middle), Point(x + SAMPLE, middle))),
        Text(f"{key}-name", "muted", x + NAME, y, words, size, "regular", "start"),
    ]


def left_of(name: str) -> float:
    """The room at the left of a plane for its numbers and the name of its vertical axis."""
    _, setting, scale = variable(name)
    width: float = setting.width
    return max(LEFT, width * scale + BESIDE + 4)


def names(
    axes: Axes, variables: Sequence[str], across: Sequence[float], up: Sequence[float]
) -> Iterator[Item]:
    """The numbers of both axes and, at their ends, what they show."""
    box = axes.box
    (first, wide_), (second, tall) = ((n, n[1].width * n[2]) for n in map(variable, variables))
    right = box.right - wide_ - 8
    yield from axes.bottom([t for t in across if axes.x(t) + 16 < right], axis=False)
    y = box.bottom + BELOW - first[1].baseline * first[2]
    yield Maths(f"{axes.key}-name-x", "muted", box.right - wide_, y, *first)
    low = box.y + second[1].height * second[2] + 6
    yield from axes.left([t for t in up if axes.y(t) - 0.4 * SIZE > low])
    yield Maths(f"{axes.key}-name-y", "muted", box.x - BESIDE - tall, box.y, *second)


def variable(name: str) -> tuple[Source, Any, float]:
    """A variable as its graph writes it: source, setting and scale; an element as it was asked."""
    written = source(M.name(name) if name.isidentifier() else M.phrase(name))
    return written, typeset([written])[written], VARIABLE / SET
