"""Grids of equal cells: the place of each cell, and how its numbers or its heatmap are drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.layout.curves import Box
from gradviz.ops.op import Shape
from gradviz.scene.blocks import SMALL
from gradviz.scene.model import Cells, Item, Path, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.trace.cells import Place

MOST_NUMBERS: Final = 8
"""A grid with more rows or columns than this, padding counted, is a heatmap."""
HEAT: Final = 208.0
THINNEST: Final = 10.0
LEAST_OUTLINED: Final = 9.0
"""Smaller cells have no outline of their own."""

Spot = tuple[int, int]
"""A row and a column of a grid; negative or beyond the end in the padding."""


@dataclass(frozen=True, slots=True)
class View:
    """How an array is cut into grids: by its last two axes; a vector is a row, or a column."""

    shape: Shape
    column: bool = False

    @property
    def size(self) -> Spot:
        """The rows and columns of a grid."""
        if len(self.shape) > 1:
            return self.shape[-2], self.shape[-1]
        length = self.shape[0] if self.shape else 1
        return (length, 1) if self.column else (1, length)

    def split(self, place: Place) -> tuple[Place, Spot]:
        """The grid that a place is in, and its spot in that grid."""
        if len(place) > 1:
            return place[:-2], (place[-2], place[-1])
        at = place[0] if place else 0
        return (), ((at, 0) if self.column else (0, at))

    def place(self, lead: Place, spot: Spot) -> Place:
        """The place of a spot in a grid."""
        if len(self.shape) > 1:
            return (*lead, *spot)
        return (spot[0] if self.column else spot[1],) if self.shape else ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One grid: its rows and columns, the padding before and after each, the size of a cell, of a
    number.
    """

    size: Spot
    pads: tuple[tuple[int, int], tuple[int, int]]
    cell: tuple[float, float]
    number: float
    heat: bool

    @classmethod
    def of(
        cls,
        size: Spot,
        pads: tuple[tuple[int, int], tuple[int, int]],
        cell: tuple[float, float],
        number: float,
        heat: float = HEAT,
        *,
        as_heat: bool = False,
        as_numbers: bool = False,
    ) -> Sheet:
        """The sheet of a grid; the cells of a large one, or if asked `as_heat`, are as small as a
        heatmap's, unless numbers are asked for.
        """
        padded = [n + sum(pad) for n, pad in zip(size, pads, strict=True)]
        if as_numbers or (max(padded) <= MOST_NUMBERS and not as_heat):
            return cls(size, pads, cell, number, False)
        side = heat / max(padded)
        return cls(
            size,
            pads,
            (max(side, THINNEST / padded[1]), max(side, THINNEST / padded[0])),
            number,
            True,
        )

    @property
    def width(self) -> float:
        """The width with the padding."""
        return self.cell[0] * (self.size[1] + sum(self.pads[1]))

    @property
    def height(self) -> float:
        """The height with the padding."""
        return self.cell[1] * (self.size[0] + sum(self.pads[0]))

    def box(self, x: float, y: float, spots: Iterable[Spot]) -> Box:
        """The box around spots of a sheet whose top left corner, padding and all, is (x, y)."""
        rows, columns = zip(*spots, strict=True)
        (across, down), top, left = self.cell, self.pads[0][0], self.pads[1][0]
        return Box(
            x + (min(columns) + left) * across,
            y + (min(rows) + top) * down,
            (max(columns) - min(columns) + 1) * across,
            (max(rows) - min(rows) + 1) * down,
        )

    @property
    def inside(self) -> list[Spot]:
        """Its first and its last spot, without the padding."""
        return [(0, 0), (self.size[0] - 1, self.size[1] - 1)]

    def paper(self, key: str, x: float, y: float) -> list[Item]:
        """The background: the grid's own ground, and the dashed outline of the padding."""
        items: list[Item] = []
        if self.has_padding:
            items.append(Rect(f"{key}-padding", "padding", x, y, self.width, self.height))
        return [*items, Rect(f"{key}-frame", "paper", *self.box(x, y, self.inside))]

    @property
    def has_padding(self) -> bool:
        """Whether there is any padding."""
        return any(map(any, self.pads))

    def lines(self, key: str, x: float, y: float) -> list[Item]:
        """The lines between the cells, dashed in the padding; a heatmap has none."""
        if self.heat:
            return []
        items = self._ruled(key, "grid", self.box(x, y, self.inside))
        if not self.has_padding:
            return items
        frame = Rect(f"{key}-edge", "grid", *self.box(x, y, self.inside))
        return [
            *self._ruled(f"{key}-padding", "padding", Box(x, y, self.width, self.height)),
            *items,
            frame,
        ]

    def _ruled(self, key: str, role: str, frame: Box) -> list[Item]:
        across, down = self.cell
        rows = [frame.y + i * down for i in range(1, round(frame.h / down))]
        columns = [frame.x + j * across for j in range(1, round(frame.w / across))]
        return [
            *(
                Path(f"{key}-row-{i}", role, straight(frame.x, y, frame.right, y))
                for i, y in enumerate(rows, 1)
            ),
            *(
                Path(f"{key}-column-{j}", role, straight(x, frame.y, x, frame.bottom))
                for j, x in enumerate(columns, 1)
            ),
        ]

    def tints(self, key: str, x: float, y: float, lit: Iterable[Spot]) -> list[Item]:
        """The ground of the cells of a window; none on a heatmap."""
        if self.heat:
            return []
        return [
            Rect(f"{key}-tint-{i}-{j}", "window tint", *self.box(x, y, [(i, j)]))
            for i, j in sorted(lit)
        ]

    def outlines(self, key: str, x: float, y: float, lit: Iterable[Spot]) -> list[Item]:
        """The outline of a window; of one whose cells stand apart also that of each cell."""
        spots = list(lit)
        box = self.box(x, y, spots)
        if self.heat:  # a cell of a heatmap may be too small to be seen
            box = box.grown(max(0.0, (5 - min(box.w, box.h)) / 2))
        cells = round(box.w / self.cell[0]) * round(box.h / self.cell[1])
        if min(self.cell) < LEAST_OUTLINED or len(spots) == cells:
            return [Rect(f"{key}-window", "window", *box, radius=3.0)]
        each = [
            Rect(f"{key}-{i}-{j}-window", "window", *self.box(x, y, [(i, j)]), radius=3.0)
            for i, j in spots
        ]
        return [*each, Rect(f"{key}-window", "ring", *box, radius=3.0)]

    def texts(
        self,
        key: str,
        x: float,
        y: float,
        numbers: Mapping[Spot, tuple[str, str, Weight]],
        notes: Mapping[Spot, str],
    ) -> list[Text]:
        """The numbers, as (text, role, weight) by spot, and a small note below some."""
        items, lift = [], text.cap_height(self.number) / 2
        for (i, j), (words, role, weight) in sorted(numbers.items()):
            box = self.box(x, y, [(i, j)])
            middle = box.x + box.w / 2
            items.append(
                Text(
                    f"{key}-{i}-{j}",
                    role,
                    middle,
                    box.y + box.h / 2 + lift,
                    words,
                    self.number,
                    weight,
                )
            )
            if note := notes.get((i, j), ""):
                items.append(
                    Text(f"{key}-{i}-{j}-note", "ink", middle, box.bottom - 5, note, SMALL)
                )
        return items

    def heatmap(
        self, key: str, x: float, y: float, levels: tuple[tuple[int | None, ...], ...]
    ) -> Cells:
        """The heatmap in the place of the grid."""
        return Cells(f"{key}-heat", "heat", *self.box(x, y, self.inside), levels)

    def cover(self, key: str, x: float, y: float, known: int) -> list[Item]:
        """The ground over the part of a heatmap that is not shown yet: all but its first `known`
        cells, row by row.
        """
        rows, columns = self.size
        row, column = divmod(known, columns)
        spots = [[(row, column), (row, columns - 1)]] if column > 0 else []
        below = row + (column > 0)
        spots += [[(below, 0), (rows - 1, columns - 1)]] if below < rows else []
        return [Rect(f"{key}-cover-{n}", "ground", *self.box(x, y, s)) for n, s in enumerate(spots)]
