"""The panel of a page with the code of the graph, the line of the step lit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gradviz.graph.code import Code
from gradviz.layout import text
from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Rect, Text
from gradviz.story.code import Lit

LETTERS: Final = 14.0
LEADING: Final = 20.0
SMALL: Final = 11.0
NUMBERS: Final = 10.0
"""After the number of a line."""
SPACE: Final = 0.5
"""The width of a blank of indentation, in sizes of the letters."""
WIDEST: Final = 0.42
"""The share of a page that the panel takes at most."""
GAP: Final = 22.0
"""Between the panel and the figure."""
PAD: Final = 6.0


@dataclass(frozen=True)
class CodePanel:
    """The code of a graph, as wide as its longest line, at most `most`: letters are made smaller to
    fit, and what is longer then is cut.
    """

    code: Code
    most: float

    @cached_property
    def _natural(self) -> float:
        return max(_indented(line) for _, line in self.code.lines)

    @cached_property
    def _size(self) -> float:
        room = self.most - self._numbers - 2 * PAD
        return max(SMALL, min(LETTERS, LETTERS * room / max(self._natural, 1.0)))

    @property
    def _numbers(self) -> float:
        return wide(str(self.code.lines[-1][0]), LETTERS) + NUMBERS

    @property
    def width(self) -> float:
        """How wide the panel is."""
        return min(self.most, self._numbers + self._natural * self._size / LETTERS + 2 * PAD)

    @property
    def _leading(self) -> float:
        return LEADING * self._size / LETTERS

    @property
    def height(self) -> float:
        """How high all lines are."""
        return len(self.code.lines) * self._leading

    def items(self, found: Lit, x: float, y: float, height: float) -> Iterator[Item]:
        """The lines that fit into this height, in its middle."""
        rows = found.window(max(1, int(height // self._leading)))
        top = y + (height - len(rows) * self._leading) / 2
        first = x + PAD + self._numbers
        for k, (number, line) in enumerate(rows):
            low, key = top + k * self._leading, f"code-{number}"
            on = found.on(number)
            if on:
                yield Rect(f"{key}-lit", "window tint", x, low, self.width, self._leading, 3)
            base = low + (self._leading + text.cap_height(self._size)) / 2
            at, role = first - NUMBERS, "hot" if on else "muted"
            yield Text(f"{key}-number", role, at, base, str(number), self._size, "regular", "end")
            yield from self._line(found, number, line, first, base)

    def _line(self, found: Lit, number: int, line: str, x: float, y: float) -> Iterator[Item]:
        """A line in its parts; one that has to be cut is not parted."""
        if not line.strip():
            return
        key, size = f"code-{number}", self._size
        room = self.width - self._numbers - 2 * PAD - _blanks(line) * size
        x += _blanks(line) * size
        shown = text.fit(line.strip(), size, "bold", room)
        if not found.on(number):
            yield Text(key, "muted", x, y, shown, size, "regular", "start")
            return
        if shown != line.strip():
            yield Text(key, "hot", x, y, shown, size, "semibold", "start")
            return
        for n, part in enumerate(found.parts(number, line)):
            words = part.lstrip() if not n else part
            ahead = len(words) - len(words.lstrip())
            at = x + text.width(words[:ahead], size, "semibold")
            if words.strip():
                role = "hot" if n == 1 else "ink"
                yield Text(f"{key}-{n}", role, at, y, words.strip(), size, "semibold", "start")
            x += text.width(words, size, "semibold")


def _blanks(line: str) -> float:
    """The indentation of a line, in sizes of its letters."""
    return SPACE * (len(line) - len(line.lstrip()))


def _indented(line: str) -> float:
    return LETTERS * _blanks(line) + wide(line.strip(), LETTERS)
