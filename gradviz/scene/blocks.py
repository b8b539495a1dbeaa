"""Values as they look inside a card: a number, a grid of numbers, a heatmap.

Each block knows its size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gradviz.arrays.digits import DIGITS, number
from gradviz.arrays.digits import typeset as with_minus
from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.ops.op import Shape, say_shape
from gradviz.scene.model import LEVELS, Cells, Item, Maths, Path, Rect, Text
from gradviz.scene.raster import means
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE, Setting
from gradviz.story.languages import say
from gradviz.story.maths.source import Source
from gradviz.story.maths.unicode import powers

NUMBER: Final = 16.0
CONTRIBUTION: Final = 13.0
SMALL: Final = 10.5
WIDEST_TEXT: Final = 150.0
HEAT_SIDE: Final = 84.0
MOST_CELLS: Final = 64
"""A heatmap has at most this many rows and columns; a larger array is averaged down to them."""
MOST_PANELS: Final = 4
PANEL_SHARE: Final = (1.0, 0.7, 0.6, 0.5)
"""How large each heatmap is where there are one, two, three or four side by side."""
PANEL_GAP: Final = 4.0
CAPTION_LEADING: Final = 14.0
CELL_PAD: Final = 8.0
"""Beside the widest number of a grid."""
NARROWEST_CELL: Final = 1.6
ROW: Final = 1.45
"""How many times as wide as its numbers are high a cell is at least, and how high."""
THINNEST: Final = 8.0


def printed(value: Any, digits: int = DIGITS) -> str:
    """A number as pictures show it: −2.5·10⁻⁷."""
    return as_shown(number(value, digits))


def as_shown(short: str) -> str:
    """A plain number, -2.5e-7, as pictures show it."""
    return powers(with_minus(short))


def wide(words: str, size: float) -> float:
    """The width that a text needs in any weight."""
    return text.width(words, size, "bold")


@dataclass(frozen=True, slots=True)
class Number:
    """One number (or a word, or an exact number as text)."""

    words: str
    size: float
    finite: bool = True

    @property
    def width(self) -> float:
        """The width that it needs in any weight."""
        return wide(self.words, self.size)

    @property
    def height(self) -> float:
        """The height of its digits."""
        return text.cap_height(self.size)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        role = role if self.finite else "warning"
        return [Text(key, role, x, top + self.height, self.words, self.size, weight)]


@dataclass(frozen=True, slots=True)
class Formula:
    """An exact value that is more than a number, typeset."""

    source: Source
    setting: Setting
    scale: float

    finite = True

    @property
    def width(self) -> float:
        """The width at which it is drawn."""
        return self.setting.width * self.scale

    @property
    def height(self) -> float:
        """The height at which it is drawn."""
        return self.setting.height * self.scale

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        return [Maths(key, role, x - self.width / 2, top, self.source, self.setting, self.scale)]


@dataclass(frozen=True, slots=True)
class Grid:
    """A vector as a row, or a matrix: its numbers in equal cells."""

    rows: tuple[tuple[str, ...], ...]
    size: float
    invalid: frozenset[tuple[int, int]] = frozenset()

    @property
    def finite(self) -> bool:
        """Whether all its numbers are finite."""
        return not self.invalid

    @property
    def cell(self) -> tuple[float, float]:
        """The width and height of a cell."""
        widest = max(wide(c, self.size) for row in self.rows for c in row)
        return max(widest + CELL_PAD, NARROWEST_CELL * self.size), ROW * self.size

    @property
    def width(self) -> float:
        """The width of all columns."""
        return self.cell[0] * len(self.rows[0])

    @property
    def height(self) -> float:
        """The height of all rows."""
        return self.cell[1] * len(self.rows)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        (across, down), left = self.cell, x - self.width / 2
        items: list[Item] = [Rect(f"{key}-frame", "grid", left, top, self.width, self.height, 2.5)]
        right, bottom = left + self.width, top + self.height
        for i in range(1, len(self.rows)):
            line = straight(left, top + i * down, right, top + i * down)
            items += [Path(f"{key}-row-{i}", "grid", line)]
        for j in range(1, len(self.rows[0])):
            line = straight(left + j * across, top, left + j * across, bottom)
            items += [Path(f"{key}-column-{j}", "grid", line)]
        lift = (down + text.cap_height(self.size)) / 2
        for i, row in enumerate(self.rows):
            for j, words in enumerate(row):
                place = left + (j + 0.5) * across, top + i * down + lift
                shown = "warning" if (i, j) in self.invalid else role
                items.append(Text(f"{key}-{i}-{j}", shown, *place, words, self.size, weight))
        return items


Levels = tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """A large array: a heatmap, or several side by side for its first channels, and captions below
    them.
    """

    panels: tuple[Levels, ...]
    shape: Shape
    caption: tuple[str, ...]
    side: float

    @property
    def finite(self) -> bool:
        """Whether all cells are finite numbers."""
        return all(level is not None for levels in self.panels for row in levels for level in row)

    @property
    def cells(self) -> tuple[float, float]:
        """The width and height of one heatmap."""
        return fitted(self.shape, self.side)

    @property
    def pictures(self) -> float:
        """The width of all heatmaps."""
        return (self.cells[0] + PANEL_GAP) * len(self.panels) - PANEL_GAP

    @property
    def width(self) -> float:
        """The width of the heatmaps, or of a wider line below them."""
        return max(self.pictures, *(wide(line, SMALL) for line in self.caption), 0)

    @property
    def height(self) -> float:
        """The height of the heatmaps and the lines below them."""
        return self.cells[1] + CAPTION_LEADING * len(self.caption)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        across, down = self.cells
        items: list[Item] = []
        for i, levels in enumerate(self.panels):
            left, name = (
                x - self.pictures / 2 + i * (across + PANEL_GAP),
                (f"{key}-{i}" if i else key),
            )
            items += [
                Cells(name, "heat", left, top, across, down, levels),
                Rect(f"{name}-frame", "grid", left, top, across, down),
            ]
        return items + captions(
            key, self.caption, role if self.finite else "warning", x, top + down
        )


class Block(Protocol):
    """Anything that stands in a card."""

    @property
    def width(self) -> float:
        """The width of the block."""

    @property
    def height(self) -> float:
        """The height of the block."""

    @property
    def finite(self) -> bool:
        """Whether all its numbers are finite."""

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""


def fitted(shape: Shape, side: float) -> tuple[float, float]:
    """The width and height of a picture of the last two axes of a shape, its longer side as
    given.
    """
    rows, columns = shape[-2:] if len(shape) > 1 else (1, shape[0])
    longest = max(rows, columns)
    return max(side * columns / longest, THINNEST), max(side * rows / longest, THINNEST)


def captions(key: str, lines: Sequence[str], role: str, x: float, top: float) -> list[Item]:
    """The lines below a picture: the first says what it is, the others are numbers."""
    return [
        Text(
            f"{key}-caption-{i}",
            role if i else "muted",
            x,
            top + CAPTION_LEADING * (i + 1) - 2,
            line,
            SMALL,
            "medium",
        )
        for i, line in enumerate(lines)
    ]


def heat(
    xp: Any, value: Any, caption: Sequence[str], side: float = HEAT_SIDE, most: int = MOST_PANELS
) -> Heat:
    """The heatmaps of an array: zero in the middle, the largest absolute value at an end."""
    shape = tuple(xp.shape(value))
    panels = [averaged(xp, part) for part in channels(xp, value, most)]
    largest = (
        max(
            (abs(v) for rows in panels for row in rows for v in row if math.isfinite(v)),
            default=0.0,
        )
        or 1.0
    )
    levels = tuple(tuple(tuple(level(v, largest) for v in row) for row in rows) for rows in panels)
    return Heat(levels, shape, tuple(caption), side * PANEL_SHARE[len(panels) - 1])


def channels(xp: Any, value: Any, most: int) -> list[Any]:
    """The first matrices along the third axis from the last; a vector is a matrix of one row."""
    shape = tuple(xp.shape(value))
    if len(shape) < 3:
        return [xp.reshape(value, (1, *shape)[-2:])]
    for _ in shape[3:]:
        value = value[0]
    return [value[i] for i in range(min(most, shape[-3]))]


def level(value: float, largest: float) -> int | None:
    """The level of a heatmap's cell."""
    return round(LEVELS * (value / largest)) if math.isfinite(value) else None


def averaged(xp: Any, matrix: Any, most: int = MOST_CELLS) -> list[list[float]]:
    """A matrix as lists, the means of its blocks where it has more than `most` rows or columns."""
    return [[float(v) for v in row] for row in means(xp, matrix, most, most)]


def shape_caption(shape: Shape, shown: int = MOST_PANELS) -> str:
    """A shape, and how much of it is drawn: `96×55×55, first 4 of 96`."""
    matrices = math.prod(shape[:-2])
    drawn = min(shown, shape[-3]) if len(shape) > 2 else 1
    if drawn == matrices:
        return say_shape(shape)
    return say(
        "{shape}, first {drawn} of {matrices}",
        shape=say_shape(shape),
        drawn=drawn,
        matrices=matrices,
    )


def scaled(source: Source, setting: Setting, size: float) -> Formula:
    """A formula in a card, at the size of the numbers around it, made smaller where it is too
    wide.
    """
    scale = min(1.08 * size / SIZE, WIDEST_TEXT / max(setting.width, 1e-9))
    return Formula(source, setting, scale)
