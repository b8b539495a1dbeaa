"""Grids of numbers side by side, each with its heading: the operands of a window, without the
window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gradviz.fonts import Weight
from gradviz.scene.blocks import printed, wide
from gradviz.scene.model import Item, Text
from gradviz.scene.views.cells.place import COLUMN, HEADING, LINE, OVER
from gradviz.scene.views.cells.sheets import Sheet, Spot
from gradviz.story.values import grid_rows

CELL: Final = 34.0
NUMBER: Final = 14.0
UNPADDED: Final = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True)
class Grid:
    """An array of one or two axes; `role` is "value" or "gradient"."""

    heading: str
    value: Any
    role: str


def grids(
    shown: Sequence[Grid], x: float, y: float, *, first: int = 0
) -> tuple[list[Item], float, float]:
    """The items of grids from the top left corner (x, y), their middles on one line; and their
    width and height.

    first  the number of the first one, for the names of its items.
    """
    texts = [_texts(grid) for grid in shown]
    side = max(CELL, *(wide(words, NUMBER) + 12 for rows in texts for row in rows for words in row))
    sheets = [Sheet.of((len(rows), len(rows[0])), UNPADDED, (side, CELL), NUMBER) for rows in texts]
    height = max(sheet.height for sheet in sheets)
    items: list[Item] = []
    left = x
    for n, (grid, rows, sheet) in enumerate(zip(shown, texts, sheets, strict=True), first):
        top = y + LINE + OVER / 2 + (height - sheet.height) / 2
        numbers: dict[Spot, tuple[str, str, Weight]] = {
            (i, j): (words, grid.role, "medium")
            for i, row in enumerate(rows)
            for j, words in enumerate(row)
        }
        items += [*sheet.paper(f"grid-{n}", left, top), *sheet.lines(f"grid-{n}", left, top)]
        items += sheet.texts(f"grid-{n}", left, top, numbers, {})
        items.append(
            Text(
                f"grid-{n}-heading",
                "muted",
                left,
                top - OVER,
                grid.heading,
                HEADING,
                "medium",
                "start",
            )
        )
        left += max(sheet.width, wide(grid.heading, HEADING)) + COLUMN
    return items, left - COLUMN - x, height + LINE + OVER / 2


def _texts(grid: Grid) -> list[list[str]]:
    rows = grid_rows(grid.value.tolist(), grid.value.shape)
    return [[printed(value) for value in row] for row in rows]
