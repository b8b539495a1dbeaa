"""The numbers of two runs in one card: equal ones once, others below each other with their marks,
in an outline; large arrays as a picture of their difference.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.layout.curves import Point
from gradviz.scene.blocks import Block, Grid, wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.scene.views.plot.marks import mark

MARK: Final = 4.0
"""The size of a mark beside a number."""
BESIDE: Final = 13.0
"""From the left of a mark to what it marks."""
BETWEEN: Final = 7.0
"""Between the number of the first run and that of the second."""
CLOSE: Final = 3.0
"""Between a row of the first and one of the second."""
APART: Final = 9.0
"""Between what stands beside each other."""
PAD: Final = (5.0, 4.0)
"""Between the numbers and their outline."""
HEADER: Final = 13.0
"""The size of the names of classes."""
LOW: Final = 1.4
"""The height of a cell, as a share of the size of its number: there are many in a card."""
LOWEST: Final = 34.0
"""What is higher may stand beside another."""
DROP: Final = 5.0
"""From the names of classes to the numbers below them."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one run has in a card: its place, 0 or 1, and the block."""

    side: int
    block: Block


@dataclass(frozen=True, slots=True)
class Pair:
    """What the runs have that have anything, below each other, each with its mark.

    differs  whether it has an outline.
    cells    the cells that differ, each of which has an outline instead.
    beside   whether they stand beside each other.
    """

    parts: tuple[Part, ...]
    differs: bool = False
    cells: frozenset[tuple[int, int]] = frozenset()
    beside: bool = False

    @property
    def finite(self) -> bool:
        """Whether all numbers are finite."""
        return all(part.block.finite for part in self.parts)

    @property
    def width(self) -> float:
        """The width that it needs in any weight."""
        widths = [BESIDE + part.block.width for part in self.parts]
        across = sum(widths) + APART * (len(widths) - 1) if self.beside else max(widths)
        return across + 2 * self._pad[0]

    @property
    def height(self) -> float:
        """The height of all parts."""
        heights = [part.block.height for part in self.parts]
        down = max(heights) if self.beside else sum(heights) + self._gap * (len(heights) - 1)
        return down + 2 * self._pad[1]

    @property
    def _gap(self) -> float:
        """Between parts below each other: little where each is a row of numbers."""
        return CLOSE if all(is_row(part.block) for part in self.parts) else BETWEEN

    @property
    def _pad(self) -> tuple[float, float]:
        return PAD if self.differs else (0.0, 0.0)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        items: list[Item] = []
        left, y = x - self.width / 2, top + self._pad[1]
        if self.differs:
            frame = Rect(f"{key}-differs", "differs", left, top, self.width, self.height, 5.0)
            items.append(frame)
        at = left + self._pad[0]
        for part in self.parts:
            block, own = part.block, f"{key}-{'ab'[part.side]}"
            down = _header(block) + (block.height - _header(block)) / 2
            items.append(mark(f"{own}-mark", part.side + 1, Point(at + MARK + 1, y + down), MARK))
            middle = at + BESIDE + block.width / 2 if self.beside else x + BESIDE / 2
            items += block.draw(own, role, weight, middle, y)
            items += self._lit(own, block, middle, y)
            if self.beside:
                at += BESIDE + block.width + APART
            else:
                y += block.height + self._gap
        return items

    def _lit(self, key: str, block: Block, x: float, top: float) -> list[Item]:
        """The outlines of the cells that differ."""
        if not isinstance(block, Grid):
            return []
        (across, down), left = block.cell, x - block.width / 2
        first = top + _header(block)
        return [
            Rect(f"{key}-differs-{i}-{j}", "differs", left + j * across + 1.2,
                 first + i * down + 1.2, across - 2.4, down - 2.4, 2.0)
            for i, j in sorted(self.cells)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Less:
    """The second less the first, of a large array: a heatmap in an outline, `▲ − ■` beside it."""

    block: Block

    finite = True

    @property
    def width(self) -> float:
        """The width that it needs in any weight."""
        return BESIDE + self.block.width + 2 * PAD[0]

    @property
    def height(self) -> float:
        """The height of the heatmap and its captions."""
        return self.block.height + 2 * PAD[1]

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        left = x - self.width / 2
        at, y = left + PAD[0] + MARK + 1, top + PAD[1] + MARK + 1
        down = 2 * MARK + 9
        return [
            Rect(f"{key}-differs", "differs", left, top, self.width, self.height, 5.0),
            mark(f"{key}-b-mark", 2, Point(at, y), MARK),
            Text(f"{key}-less", "muted", at, y + down / 2 + 4.4, "−", HEADER, "semibold"),
            mark(f"{key}-a-mark", 1, Point(at, y + down), MARK),
            *self.block.draw(key, role, weight, x + BESIDE / 2, top + PAD[1]),
        ]


def _header(block: Block) -> float:
    """The height of the names above a block."""
    return block.above if isinstance(block, Headed) else 0.0


@dataclass(frozen=True, slots=True)
class Headed(Grid):
    """A grid with names, if any, above its columns, which are at least so wide."""

    names: tuple[str, ...] = ()
    least: float = 0.0

    @property
    def above(self) -> float:
        """The height of the names."""
        return text.cap_height(HEADER) + DROP if self.names else 0.0

    @property
    def cell(self) -> tuple[float, float]:
        """The width and height of a cell."""
        widest = max(wide(c, self.size) for row in self.rows for c in row)
        named = max((wide(name, HEADER) + 6 for name in self.names), default=0.0)
        return max(widest + 7, named, self.least, 1.7 * self.size), LOW * self.size

    @property
    def height(self) -> float:
        """The height of the names and of all rows."""
        return self.above + self.cell[1] * len(self.rows)

    def draw(self, key: str, role: str, weight: Weight, x: float, top: float) -> list[Item]:
        """Its items, centred at x."""
        across, left = self.cell[0], x - self.width / 2
        names: list[Item] = [
            Text(f"{key}-class-{j}", "muted", left + (j + 0.5) * across,
                 top + text.cap_height(HEADER), name, HEADER, "regular")
            for j, name in enumerate(self.names)
        ]  # fmt: skip
        if self.names:
            bare = Headed(self.rows, self.size, self.invalid, (), across)
            return [*names, *bare.draw(key, role, weight, x, top + self.above)]
        return Grid.draw(self, key, role, weight, x, top)


def is_row(block: Block) -> bool:
    """Whether a block is a row of numbers."""
    return isinstance(block, Grid) and len(block.rows) == 1


def evened(grids: Collection[Grid]) -> list[Grid]:
    """Grids with cells of one width."""
    across = max(grid.cell[0] for grid in grids)
    return [Headed(grid.rows, grid.size, grid.invalid, (), across) for grid in grids]
