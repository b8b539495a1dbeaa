"""What a value looks like inside a card: a number, a grid of numbers, a heatmap. Each knows its size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.ops.op import Shape, say_shape
from gradviz.scene.model import LEVELS, Cells, Item, Maths, Path, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.scene.typeset import SIZE, Setting

NUMBER: Final = 13.0
CONTRIBUTION: Final = 12.0
SMALL: Final = 10.5
WIDEST_TEXT: Final = 150.0
HEAT_SIDE: Final = 84.0
MOST_CELLS: Final = 64
"""A heatmap has at most so many rows and columns; a larger array is averaged down to them."""


def wide(words: str, size: float) -> float:
    """The room that a text takes in any weight."""
    return text.width(words, size, "bold")


@dataclass(frozen=True, slots=True)
class Number:
    """One number (or a word, or an exact number as text)."""

    words: str
    size: float
    finite: bool = True

    @property
    def width(self) -> float:
        """The room for it in any weight."""
        return wide(self.words, self.size)

    @property
    def height(self) -> float:
        """The height of its digits."""
        return text.cap_height(self.size)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, about the middle x."""
        role = role if self.finite else "warning"
        return [Text(key, role, x, top + self.height, self.words, self.size, weight)]


@dataclass(frozen=True, slots=True)
class Formula:
    """An exact value that is more than a number, typeset."""

    source: str
    setting: Setting
    scale: float

    finite = True

    @property
    def width(self) -> float:
        """Its width as it is drawn."""
        return self.setting.width * self.scale

    @property
    def height(self) -> float:
        """Its height as it is drawn."""
        return self.setting.height * self.scale

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, about the middle x."""
        return [Maths(key, role, x - self.width / 2, top, self.source, self.setting, self.scale)]


@dataclass(frozen=True, slots=True)
class Grid:
    """A vector as a row, or a matrix: its numbers in equal cells."""

    rows: tuple[tuple[str, ...], ...]
    size: float
    invalid: frozenset[tuple[int, int]] = frozenset()

    @property
    def finite(self) -> bool:
        """Whether all its numbers are."""
        return not self.invalid

    @property
    def cell(self) -> tuple[float, float]:
        """The width and height of a cell."""
        widest = max(wide(c, self.size) for row in self.rows for c in row)
        return max(widest + 10, 1.7 * self.size), 1.7 * self.size

    @property
    def width(self) -> float:
        """The width of all columns."""
        return self.cell[0] * len(self.rows[0])

    @property
    def height(self) -> float:
        """The height of all rows."""
        return self.cell[1] * len(self.rows)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, about the middle x."""
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


@dataclass(frozen=True, slots=True)
class Heat:
    """A large array: a heatmap (of the first slice, from three axes on), its shape and its range."""

    levels: tuple[tuple[int | None, ...], ...]
    shape: Shape
    caption: tuple[str, ...]
    side: float

    @property
    def finite(self) -> bool:
        """Whether all cells are numbers."""
        return all(level is not None for row in self.levels for level in row)

    @property
    def cells(self) -> tuple[float, float]:
        """The width and height of the heatmap itself."""
        rows, columns = self.shape[-2:] if len(self.shape) > 1 else (1, self.shape[0])
        longest = max(rows, columns)
        return max(self.side * columns / longest, 8.0), max(self.side * rows / longest, 8.0)

    @property
    def width(self) -> float:
        """The width of the heatmap, or of a wider line below it."""
        return max(self.cells[0], *(wide(line, SMALL) for line in self.caption), 0)

    @property
    def height(self) -> float:
        """The height of the heatmap and the lines below it."""
        return self.cells[1] + 14 * len(self.caption)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, about the middle x."""
        across, down = self.cells
        left = x - across / 2
        items: list[Item] = [Cells(key, "heat", left, top, across, down, self.levels),
                             Rect(f"{key}-frame", "grid", left, top, across, down)]  # fmt: skip
        for i, line in enumerate(self.caption):
            shown = ("muted" if i == 0 else role) if self.finite or i == 0 else "warning"
            baseline = top + down + 14 * (i + 1) - 2
            items.append(Text(f"{key}-caption-{i}", shown, x, baseline, line, SMALL, "medium"))
        return items


Block = Number | Formula | Grid | Heat


def heat(plain: Any, shape: Shape, caption: Sequence[str], side: float = HEAT_SIDE) -> Heat:
    """The heatmap of nested lists of floats: zero in the middle, the largest absolute value at an end."""
    rows = plain if len(shape) > 1 else [plain]
    for _ in shape[2:]:
        rows = rows[0]
    reduced = _averaged(rows)
    largest = max((abs(v) for row in reduced for v in row if math.isfinite(v)), default=0.0) or 1.0
    levels = tuple(tuple(_level(v, largest) for v in row) for row in reduced)
    return Heat(levels, shape, tuple(caption), side)


def _level(value: float, largest: float) -> int | None:
    return round(LEVELS * (value / largest)) if math.isfinite(value) else None


def _averaged(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """The means of blocks of cells, so that no more than MOST_CELLS remain each way."""
    heights, widths = _cuts(len(rows)), _cuts(len(rows[0]))
    if len(heights) == len(rows) + 1 and len(widths) == len(rows[0]) + 1:
        return [[float(v) for v in row] for row in rows]
    found = []
    for i, stop in pairwise(heights):
        strips = rows[i:stop]
        means = []
        for j, end in pairwise(widths):
            cells = [float(v) for row in strips for v in row[j:end]]
            means.append(sum(cells) / len(cells))
        found.append(means)
    return found


def _cuts(count: int) -> list[int]:
    parts = min(count, MOST_CELLS)
    return [count * k // parts for k in range(parts + 1)]


def shape_caption(shape: Shape, range_text: str) -> tuple[str, ...]:
    """The lines below a heatmap: the shape (and which part is drawn), then what its numbers range over."""
    part = f", first {say_shape(shape[-2:])}" if len(shape) > 2 else ""
    return say_shape(shape) + part, range_text


def scaled(source: str, setting: Setting, size: float) -> Formula:
    """A formula in a card, at the size of the numbers around it, made smaller where it is too wide."""
    scale = min(1.08 * size / SIZE, WIDEST_TEXT / max(setting.width, 1e-9))
    return Formula(source, setting, scale)
