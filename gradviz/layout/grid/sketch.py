"""A sheet of characters to draw on: texts, boxes, and straight lines in dots of braille."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gradviz.fonts.cells import split
from gradviz.layout.grid.paint import Run

DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The dots of a braille cell, by row and column."""
BRAILLE: Final = 0x2800
ON, OFF = 5, 4
"""The dots of a dash, and of the gap after it."""
LIGHT, HEAVY, PLAIN, MARKED = "╭─╮│╰╯", "┏━┓┃┗┛", "+-+|++", "#=####"
"""The corners and edges of boxes, in order: top left, level, top right, upright, and the lower
corners; the last two in ASCII.
"""


class Stroke(NamedTuple):
    """How a line is drawn: its role, dashed or not, twice as thick or not."""

    role: str
    dashed: bool = False
    heavy: bool = False


class Sketch:
    """A sheet of so many columns and rows. What is drawn later covers what was drawn before; lines
    add up where they cross. With `ascii` there are no other characters, except in texts.
    """

    def __init__(self, width: int, height: int, *, ascii: bool = False) -> None:
        self.width, self.height, self.ascii = width, height, ascii
        self._cells = [[" "] * width for _ in range(height)]
        self._roles = [[""] * width for _ in range(height)]

    def write(self, x: int, y: int, text: str, role: str = "") -> None:
        """A text from a cell on; what is beyond the sheet is cut off."""
        for i, part in enumerate(split(text), x):
            if 0 <= i < self.width and 0 <= y < self.height:
                self._cells[y][i], self._roles[y][i] = part, role

    def box(
        self, x: int, y: int, width: int, height: int, role: str = "", *, heavy: bool = False
    ) -> None:
        """A box, blank inside."""
        lines = (MARKED if heavy else PLAIN) if self.ascii else (HEAVY if heavy else LIGHT)
        left, level, right, upright, low_left, low_right = tuple(lines)
        inside = width - 2
        self.write(x, y, left + level * inside + right, role)
        for row in range(y + 1, y + height - 1):
            self.write(x, row, upright + " " * inside + upright, role)
        self.write(x, y + height - 1, low_left + level * inside + low_right, role)

    def line(self, x: int, y: int, to_x: int, to_y: int, stroke: Stroke) -> None:
        """A line between the middles of two cells, which lies at least as much across as down."""
        draw = self._signs if self.ascii else self._dots
        draw(x, y, to_x, to_y, stroke)

    def _dots(self, x: int, y: int, to_x: int, to_y: int, stroke: Stroke) -> None:
        start, end = 2 * x, 2 * to_x + 1
        for dot in range(start, end + 1):
            if stroke.dashed and (dot - start) % (ON + OFF) >= ON:
                continue
            share = (dot - start) / max(1, end - start)
            down = round(4 * y + 1.5 + share * 4 * (to_y - y))
            for row in (down, down + 1) if stroke.heavy else (down,):
                self._dot(dot, row, stroke)

    def _dot(self, x: int, y: int, stroke: Stroke) -> None:
        column, row = x // 2, y // 4
        if not (0 <= column < self.width and 0 <= row < self.height):
            return
        old = ord(self._cells[row][column][:1] or " ")
        before = old - BRAILLE if BRAILLE <= old < BRAILLE + 256 else 0
        self._cells[row][column] = chr(BRAILLE + (before | DOTS[y % 4][x % 2]))
        if not before or stroke.heavy:
            self._roles[row][column] = stroke.role

    def _signs(self, x: int, y: int, to_x: int, to_y: int, stroke: Stroke) -> None:
        """The same in signs: one a column, as steep as the line is there."""
        across = max(1, to_x - x)
        rows = [round(y + (k / across) * (to_y - y)) for k in range(to_x - x + 1)]
        for k, row in enumerate(rows):
            if stroke.dashed and k % 3 == 2:
                continue
            ahead = rows[min(k + 1, len(rows) - 1)]
            level = "=" if stroke.heavy else "-"
            sign = level if ahead == row else "\\" if ahead > row else "/"
            self.write(x + k, row, sign, stroke.role)

    def rows(self) -> Iterator[list[Run]]:
        """The rows as runs of one role, without blanks at the end."""
        for cells, roles in zip(self._cells, self._roles, strict=True):
            last = max((i for i, cell in enumerate(cells) if cell != " "), default=-1)
            row: list[Run] = []
            for cell, role in zip(cells[: last + 1], roles, strict=False):
                if row and row[-1][1] == role:
                    row[-1] = row[-1][0] + cell, role
                else:
                    row.append((cell, role))
            yield row
