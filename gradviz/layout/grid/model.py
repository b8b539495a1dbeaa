"""Input and output of the layout: boxes and wires in, positions and paths out.

All measures are in cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gradviz.errors import LayoutError
from gradviz.fonts.cells import cells

Wire = tuple[int, int, int]
"""(source, target, slot): the value of box `source` is operand number `slot` of box `target`."""

Point = tuple[int, int]
"""(x, y): column and row of a cell, from the top left corner of the picture."""


class Apart(NamedTuple):
    """How far boxes stand apart: columns more between layers, and rows between neighbours."""

    across: int = 0
    down: int = 1


CLOSE: Final = Apart()


@dataclass(frozen=True, slots=True)
class Box:
    """The size of a box, borders included, and its number of operand ports.

    A box is at least three rows high, its title in the top border, or one row high (compact). Each
    operand has its own port row if `height >= inputs + 2`; otherwise the last operands share
    the last row.

    Raises LayoutError for a size that cannot be drawn.
    """

    width: int
    height: int
    inputs: int

    def __post_init__(self) -> None:
        if self.width < 3 or self.height < 1 or self.height == 2 or self.inputs < 0:
            raise LayoutError(
                "this box cannot be drawn on the character grid",
                expected="width >= 3, height 1 or >= 3, inputs >= 0",
                got=f"width {self.width}, height {self.height}, inputs {self.inputs}",
            )

    @classmethod
    def fitting(cls, titles: Iterable[str], lines: Iterable[str], *, rows: int, inputs: int) -> Box:
        """The smallest box that fits any of `titles` and any of `lines` whole, `rows` at a time.

        With no rows the box is compact.
        """
        title, line = max(map(cells, titles), default=0), max(map(cells, lines), default=0)
        if rows == 0:
            return cls(max(3, title + 2), 1, inputs)
        return cls(max(5, title + 4, line + 2), max(rows, inputs) + 2, inputs)


def port_offset(height: int, slot: int) -> int:
    """The rows from a box's top to an operand's port; the output leaves where slot 0 enters."""
    return 0 if height < 3 else 1 + min(slot, height - 3)


@dataclass(frozen=True, slots=True)
class Placed:
    """A box in the picture: top left cell, size, the row of its output, the row of each operand."""

    x: int
    y: int
    width: int
    height: int
    out_row: int
    in_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GridLayout:
    """A laid-out graph.

    `paths` gives each wire as corners of an orthogonal line, from the cell right of its source to
    the cell left of its target. Left of that last cell, `label_width` cells belong to this wire
    alone.
    """

    width: int = 0
    height: int = 0
    boxes: dict[int, Placed] = field(default_factory=dict)
    paths: dict[Wire, tuple[Point, ...]] = field(default_factory=dict)
    label_width: int = 0
