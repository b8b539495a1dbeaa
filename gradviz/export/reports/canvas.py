"""A canvas of characters: lines in braille, of two by four dots each, or in ASCII, with axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gradviz.arrays.digits import number
from gradviz.export.reports.text import MUTED, Line
from gradviz.trace.plots import Span

BLANK = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of the dots of a braille character (Unicode 16, chapter 21.1), by row and column."""
DASH = 3
"""The dots of a dash, and of the gap after it."""
ASCII = "*o+x#"
"""What stands for the first series, the second, …"""


@dataclass
class Canvas:
    """So many columns and rows of characters over two spans of numbers."""

    columns: int
    rows: int
    across: Span
    up: Span
    ascii: bool = False
    _dots: dict[tuple[int, int], int] = field(default_factory=dict)
    _roles: dict[tuple[int, int], str] = field(default_factory=dict)
    _marks: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    _series: list[str] = field(default_factory=list)

    def curve(
        self, pairs: Iterable[tuple[float, float]], role: str, *, dashed: bool = False
    ) -> None:
        """Draw a line through these points; it is cut where one is not finite."""
        points = [self._dot(x, y) if math.isfinite(y) else None for x, y in pairs]
        for a, b in pairwise(points):
            if a is not None and b is not None:
                self._stroke(a, b, role, dashed=dashed)

    def mark(self, x: float, y: float, sign: str, role: str) -> None:
        """Set a character at a point, over everything drawn; none outside the canvas."""
        dot = self._dot(x, y)
        place = math.floor(dot[1] / 4), math.floor(dot[0] / 2)
        if self._inside(place):
            self._marks[place] = (sign, role)

    def shade(self, sign: Callable[[float, float], str], role: str = MUTED) -> None:
        """Fill every character by a function of the point in its middle."""
        for i in range(self.rows):
            for j in range(self.columns):
                x = self.across.low + self.across.length * (j + 0.5) / self.columns
                y = self.up.high - self.up.length * (i + 0.5) / self.rows
                self._marks.setdefault((i, j), (sign(x, y), role))

    def lines(self, ticks: Sequence[float], heights: Sequence[float]) -> Iterator[Line]:
        """The rows with the numbers of both axes."""
        named = {self._row(v): number(v, 6) for v in heights}
        left = max((len(text) for text in named.values()), default=0) + 1
        bar, corner, along = ("|", "+", "-") if self.ascii else ("│", "└", "─")
        for i in range(self.rows):
            yield [(named.get(i, "").rjust(left), MUTED), (bar, MUTED), *self._cells(i)]
        yield [(" " * left + corner + along * self.columns, MUTED)]
        yield [(" " * (left + 1) + self._below(ticks), MUTED)]

    def bare(self) -> list[Line]:
        """The rows without axes: a piece of each for every column."""
        return [list(self._cells(i)) for i in range(self.rows)]

    def _below(self, ticks: Sequence[float]) -> str:
        """The numbers below the horizontal axis, those that have room."""
        found = [" "] * (self.columns + 8)
        free = 0
        for value in ticks:
            text = number(value, 6)
            middle = (value - self.across.low) / self.across.length * self.columns
            start = max(0, round(middle - len(text) / 2))
            if start >= free and start + len(text) <= len(found):
                found[start : start + len(text)] = text
                free = start + len(text) + 2
        return "".join(found).rstrip()

    def _cells(self, i: int) -> Iterator[tuple[str, str]]:
        for j in range(self.columns):
            if (i, j) in self._marks:
                yield self._marks[i, j]
            elif (i, j) in self._dots:
                role = self._roles[i, j]
                yield (self._sign(i, j, role), role)
            else:
                yield (" ", "")

    def _sign(self, i: int, j: int, role: str) -> str:
        if self.ascii:
            return ASCII[self._series.index(role) % len(ASCII)]
        return chr(BLANK + self._dots[i, j])

    def _row(self, value: float) -> int:
        return math.floor(self._dot(self.across.low, value)[1] / 4)

    def _dot(self, x: float, y: float) -> tuple[float, float]:
        """A point in dots from the top left corner."""
        right = (x - self.across.low) / self.across.length * (2 * self.columns - 1)
        down = (self.up.high - y) / self.up.length * (4 * self.rows - 1)
        return right, down

    def _stroke(
        self, a: tuple[float, float], b: tuple[float, float], role: str, *, dashed: bool
    ) -> None:
        low, high = -1.0, 4.0 * self.rows
        if (a[1] < low and b[1] < low) or (a[1] > high and b[1] > high):
            return
        size = max(abs(b[0] - a[0]), min(abs(b[1] - a[1]), 8.0 * self.rows))
        count = max(1, math.ceil(size))
        if role not in self._series:
            self._series.append(role)
        for k in range(count + 1):
            x = round(a[0] + (b[0] - a[0]) * k / count)
            y = round(a[1] + (b[1] - a[1]) * k / count)
            place = y // 4, x // 2
            if self._inside(place) and not (dashed and (x + y) // DASH % 2):
                self._dots[place] = self._dots.get(place, 0) | DOTS[y % 4][x % 2]
                self._roles[place] = role

    def _inside(self, place: tuple[int, int]) -> bool:
        return 0 <= place[0] < self.rows and 0 <= place[1] < self.columns
