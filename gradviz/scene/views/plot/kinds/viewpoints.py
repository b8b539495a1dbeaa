"""Three viewpoints side by side: scores worked out, lines and arrows in a plane, rows as images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.arrays import contours
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Wish
from gradviz.scene.blocks import wide
from gradviz.scene.model import Area, Circle, Item, Maths, Path, Polygon, Rect, Text
from gradviz.scene.shapes import straight, with_arrow
from gradviz.scene.views.plot.kinds.plane import BOTTOM, Drawn
from gradviz.scene.views.plot.kinds.templates import KEY, STEP, key, pictures
from gradviz.scene.views.plot.marks import LETTERS, left_of, plate, series, variable
from gradviz.story.plot.kinds.viewpoints import TERMS
from gradviz.trace.plots.viewpoints import ScoreRow, Viewpoints

HEAD: Final = 30.0
GAP: Final = 26.0
SQUARE: Final = 0.42
"""The part of the width that the plane takes at most."""
FORMULAS: Final = 0.57
"""The part of the rest that the formulas take."""
BAR: Final = 5.0
INDENT: Final = 16.0
SIZES: Final = (16.0, 15.0, 14.0, 13.0, 12.0, 11.0)
LEADING: Final = 1.5
SPACE: Final = 5.0
RING: Final = 8.5
ARROW: Final = 2.8
NARROW: Final = 6.0
TONE: Final = 1


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The figure of viewpoints."""
    content: Viewpoints = teller.content
    beside = left_of(content.plane.variables[1])
    side = min(height - HEAD - BOTTOM, SQUARE * width)
    rest = width - side - beside - 2 * GAP
    first = FORMULAS * rest
    top = corner.y + (height - side - HEAD - BOTTOM) / 2
    inner = Box(corner.x, top + HEAD, first, side)
    plane = Box(inner.right + GAP + beside, inner.y, side, side)
    last = Box(plane.right + GAP, inner.y, rest - first, side + BOTTOM)
    row = "column" if content.flipped else "row"
    heads = (
        (inner, f"a {row} weighs the inputs"),
        (plane, f"a {row} is a direction, its score {teller.level} a line"),
        (last, _of_pictures(content, row)),
    )
    for k, (box, words) in enumerate(heads):
        size = min(LETTERS, LETTERS * box.w / wide(words, LETTERS))
        yield Text(f"head-{k}", "ink", box.x, top + 14, words, size, "semibold", "start")
    yield from Formulas(teller, inner).items()
    yield from Lines(teller, content.plane, plane, 0).items()
    yield from _pictures(teller, last)


def _series(content: Viewpoints, row: int) -> str:
    """The colour of a row: that of its class, which of a single score is the second one."""
    return series(row + 1 if len(content.rows) > 1 else 2)


def _of_pictures(content: Viewpoints, row: str) -> str:
    """The head of the pictures, which may be those of another classifier."""
    if content.pictures is None:
        return f"a {row} has no shape"
    rows, columns = content.pictures.size
    if rows * columns == len(content.point):
        return f"a {row} is a picture"
    return f"with {rows * columns} inputs a row is a picture"


@dataclass
class Formulas:
    """The scores worked out, one below the other."""

    teller: Any
    box: Box

    @property
    def rows(self) -> tuple[ScoreRow, ...]:
        """The rows that are shown."""
        content: Viewpoints = self.teller.content
        return content.rows

    @cached_property
    def way(self) -> tuple[int, float]:
        """How many products are written out, and the largest letters with which all rows fit."""
        ways = [(terms, size) for terms in range(TERMS, 0, -1) for size in SIZES]
        return next((way for way in ways if self._fits(*way)), ways[-1])

    @property
    def size(self) -> float:
        """The size of the letters."""
        return self.way[1]

    @property
    def each(self) -> float:
        """The height of a row with the space after it."""
        return min(112.0, self.box.h / len(self.rows))

    def _fits(self, terms: int, size: float) -> bool:
        lines = (len(self._lines(row, terms, size)) + 1 for row in self.rows)
        return all(n * LEADING * size + SPACE <= self.each for n in lines)

    def _lines(self, row: ScoreRow, terms: int, size: float) -> list[list[list[tuple[str, str]]]]:
        """The pieces of a row in lines; the score begins a line of its own."""
        *pieces, score = self.teller.pieces(row, terms)
        lines: list[list[list[tuple[str, str]]]] = [[]]
        room, used = self.box.w - INDENT, 0.0
        for piece in pieces:
            needed = sum(wide(words, size) for words, _ in piece) + SPACE
            if lines[-1] and used + needed > room:
                lines.append([])
                used = 0.0
            lines[-1].append(piece)
            used += needed
        return [*lines, [score]]

    def items(self) -> Iterator[Item]:
        """Each row: a bar in the colour of its class, its name, its products, its score."""
        size, step = self.size, LEADING * self.size
        for k, row in enumerate(self.rows):
            lines = self._lines(row, *self.way)
            y, x = self.box.y + k * self.each, self.box.x
            height = (len(lines) + 1) * step - 0.45 * size
            yield Rect(
                f"row-{k}-bar", f"mark {_series(self.teller.content, k)}", x, y, BAR, height, 1.5
            )
            left, baseline = x + INDENT, y + text.cap_height(size) + 1
            name = text.fit(self.teller.name(row), size, "semibold", self.box.w - INDENT)
            role = f"name {_series(self.teller.content, k)}"
            yield Text(f"row-{k}-name", role, left, baseline, name, size, "semibold", "start")
            for n, line in enumerate(lines):
                baseline += step
                yield from self._line(f"row-{k}-{n}", line, left, baseline, n == len(lines) - 1)
            if row == self.teller.content.highest and len(self.rows) > 1:
                at = left + wide(lines[-1][0][0][0], size) + 14
                room = self.box.right - at
                words = text.fit("highest", size, "semibold", room)
                if words == "highest":
                    yield Text("highest", "hot", at, baseline, words, size, "semibold", "start")

    def _line(
        self, key: str, line: list[list[tuple[str, str]]], x: float, y: float, is_score: bool
    ) -> Iterator[Item]:
        for p, piece in enumerate(line):
            for q, (words, role) in enumerate(piece):
                weight: Any = "bold" if is_score else "semibold" if role == "value" else "regular"
                kept = words.lstrip(" ")
                x += text.width(words[: len(words) - len(kept)], self.size, weight)
                yield Text(f"{key}-{p}-{q}", role, x, y, kept, self.size, weight, "start")
                x += text.width(kept, self.size, weight)
            x += SPACE


class Lines(Drawn):
    """The plane: fields, lines of score 0, arrows, samples, and the point."""

    def items(self) -> Iterator[Item]:
        """All of it, the point last."""
        yield from self._fields()
        yield from self._borders()
        yield from self._ticks()
        yield from self._samples()
        yield from self._arrows()
        yield from self._point()
        yield from self._classes()

    def _fields(self) -> Iterator[Item]:
        """Where each class leads, in one tint."""
        for c, grid in enumerate(self.pane.margins):
            if loops := contours.above(grid, 0.0, self._place):
                yield Area(f"field-{c}", f"field {series(c + 1)} {TONE}", tuple(loops))

    def _borders(self) -> Iterator[Item]:
        content: Viewpoints = self.teller.content
        for c, score in enumerate(self.pane.scores):
            for n, stroke in enumerate(score.strokes):
                yield from self.plane.line(
                    f"score-{c}-{n}", f"series {_series(content, c)}", stroke
                )

    def _arrows(self) -> Iterator[Item]:
        content: Viewpoints = self.teller.content
        for c, arrow in enumerate(content.arrows):
            if arrow is None:
                continue
            ends = self.axes.point(*arrow.start), self.axes.point(*arrow.end)
            body, tip = with_arrow(straight(*ends[0], *ends[1]))
            yield Path(f"arrow-{c}", f"way {_series(content, c)}", body, ARROW)
            yield Polygon(f"arrow-{c}-tip", f"mark {_series(content, c)}", tip)
            self.plane.room.line(ends, 12.0)

    def _point(self) -> Iterator[Item]:
        content: Viewpoints = self.teller.content
        at = self.axes.point(*content.at)
        if not self.axes.holds(*content.at):
            return
        if not self.pane.dots:
            yield Circle("point", "dot hot", *at, 4.0)
        yield Circle("point-ring", "window", *at, RING)
        self.plane.room.box(Box(at.x - RING, at.y - RING, 2 * RING, 2 * RING))
        source, setting, scale = variable(content.symbols[1])
        around = [Point(at.x + dx * RING, at.y + dy * RING) for dx in (1, -1) for dy in (-1, 1)]
        box = self.plane.room.place(Wish(setting.width * scale, setting.height * scale, around))
        if box is not None:
            yield plate("point-name", box)
            yield Maths("point-name", "hot", box.x, box.y, source, setting, scale)

    def _classes(self) -> Iterator[Item]:
        """The name of each class in its field, where it leads the most and there is room."""
        content: Viewpoints = self.teller.content
        if len(content.rows) == 1:
            return
        for c, row in enumerate(content.rows):
            grid = self.pane.margins[c]
            found = [
                (grid[i][j], self._place(j, i))
                for i in range(3, len(grid) - 3, 4)
                for j in range(3, len(grid[0]) - 3, 4)
                if grid[i][j] > 0
            ]
            best = [p for _, p in sorted(found, key=lambda f: -f[0])]
            yield from self.plane.name(
                f"class-{c}", f"name {series(c + 1)}", self.teller.name(row), best
            )


def _pictures(teller: Any, box: Box) -> Iterator[Item]:
    content: Viewpoints = teller.content
    if content.pictures is None:
        words = text.fit("too long for a picture", LETTERS, "regular", box.w)
        yield Text("pictures-none", "muted", box.x, box.y + 20, words, LETTERS, "regular", "start")
        return
    largest = max(abs(v) for image in content.pictures.images for row in image for v in row)
    yield from pictures(content.pictures, largest, Box(box.x, box.y, box.w, box.h - KEY))
    low, high = teller.said(-largest), teller.said(largest)
    step = min(STEP, (box.w - wide(low, LETTERS) - wide(high, LETTERS) - 16) / 17)
    yield from key(low, high, box.x + box.w / 2, box.bottom - KEY + 12, min(step, NARROW))
