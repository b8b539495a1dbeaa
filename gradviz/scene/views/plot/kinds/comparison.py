"""Runs side by side: a column for each, a row for each number, with bars to one scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, Final

from gradviz.arrays import for_backend
from gradviz.layout import text
from gradviz.layout.curves import Box, Point
from gradviz.scene.blocks import fitted, heat, wide
from gradviz.scene.model import Cells, Item, Line, Rect, Text
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.plot.marks import LAST, LETTERS, mark, series
from gradviz.trace.compared import Difference
from gradviz.trace.plots.comparison import Compared, Comparison, Large

HEAD: Final = 40.0
ROW: Final = 30.0
LEAST: Final = 17.5
"""Lower rows cannot be read."""
BETWEEN: Final = 10.0
"""Between the rows of one name and those of the next."""
PICTURE: Final = 48.0
WIDE: Final = 64.0
"""The height of the row of a large array, and the width of the picture of its difference."""
RESERVED: Final = 2
"""So many large arrays have room before all small ones have."""
LINE: Final = 16.0
GAP: Final = 26.0
NUMBER: Final = 66.0
BAR: Final = 9.0
NAMES: Final = 300.0
"""The widest first columns."""
ROLES: Final = {"value": "value", "result": "ink", "gradient": "gradient"}


def draw(teller: Any, corner: Point, width: float, height: float) -> Iterator[Item]:
    """The table of a comparison."""
    yield from Table(teller, Box(corner.x, corner.y, width, height)).items()


@dataclass
class Table:
    """The rows in their groups."""

    teller: Any
    box: Box

    @property
    def content(self) -> Comparison:
        """What is compared."""
        found: Comparison = self.teller.content
        return found

    @cached_property
    def groups(self) -> list[list[Compared]]:
        """The rows of one name after those of another; as many as there is room for, the results
        first.
        """
        found = [list(rows) for _, rows in groupby(self.content.rows, self.teller.name)]
        reserved = (PICTURE + BETWEEN) * min(len(self.content.large), RESERVED)
        kept, room = set[int](), self.box.h - HEAD - reserved
        for k in sorted(range(len(found)), key=lambda k: found[k][0].kind != "result"):
            needed = len(found[k]) * LEAST + BETWEEN
            if needed <= room:
                kept.add(k)
                room -= needed
        return [group for k, group in enumerate(found) if k in kept]

    @cached_property
    def large(self) -> list[Large]:
        """The large arrays for which there is room below the rows."""
        taken = sum(len(group) * LEAST + BETWEEN for group in self.groups)
        room = int((self.box.h - HEAD - taken) / (PICTURE + BETWEEN))
        return list(self.content.large[: max(0, room)])

    @cached_property
    def row(self) -> float:
        """The height of a row."""
        count = sum(map(len, self.groups))
        room = self.box.h - HEAD - BETWEEN * len(self.groups)
        room -= (PICTURE + BETWEEN) * len(self.large)
        return min(ROW, room / max(1, count))

    @cached_property
    def columns(self) -> tuple[float, float, float]:
        """The widths of the names, of the labels, and of a run."""
        rows = [row for group in self.groups for row in group]
        said = [self.teller.name(row) for row in rows]
        said += [self.teller.of_large(large) for large in self.large]
        names = max((wide(words, LETTERS) for words in said), default=0.0)
        labels = max((wide(row.label, SIZE) for row in rows), default=0.0)
        names = min(names, NAMES)
        rest = self.box.w - names - labels - 2 * GAP
        return names, labels, rest / len(self.content.sides)

    def items(self) -> Iterator[Item]:
        """The names of the runs, then each group."""
        names, labels, width = self.columns
        first = self.box.x + names + labels + 2 * GAP
        for k, side in enumerate(self.content.sides):
            x, y = first + k * width, self.box.y + 22
            yield mark(
                f"side-{k}-mark", k + 1, Point(x + 8, y - text.cap_height(LETTERS) / 2), LAST
            )
            name = text.fit(side.name, LETTERS, "semibold", width - 22 - GAP)
            role = f"name {series(k + 1)}"
            yield Text(f"side-{k}", role, x + 22, y, name, LETTERS, "semibold", "start")
        more = len(self.content.rows) - sum(map(len, self.groups))
        more += len(self.content.large) - len(self.large)
        if more:
            words = text.fit(f"{more:,} more rows", SIZE, "regular", names + labels + GAP)
            yield Text(
                "more", "muted", self.box.x, self.box.y + 22, words, SIZE, "regular", "start"
            )
        y = self.box.y + HEAD
        for n, group in enumerate(self.groups):
            yield Line(f"rule-{n}", "zero line", (Point(self.box.x, y), Point(self.box.right, y)))
            yield from self._group(n, group, y + BETWEEN / 2, first)
            y += len(group) * self.row + BETWEEN
        for n, large in enumerate(self.large):
            line = Point(self.box.x, y), Point(self.box.right, y)
            yield Line(f"rule-large-{n}", "zero line", line)
            yield from self._large(n, large, y + BETWEEN / 2, first)
            y += PICTURE + BETWEEN

    def _large(self, n: int, large: Large, top: float, first: float) -> Iterator[Item]:
        """A large array: its norm in each run, how it differs, and a picture of the difference."""
        names, _, width = self.columns
        role = ROLES[large.kind]
        middle = top + PICTURE / 2
        name = text.fit(self.teller.of_large(large), LETTERS, "semibold", names)
        y = middle + text.cap_height(LETTERS) / 2
        yield Text(f"large-{n}", role, self.box.x, y, name, LETTERS, "semibold", "start")
        for side, words in enumerate(self.teller.extents(large)):
            x, beside = first + side * width, 0.0
            apart = large.differences[side - 1] if side else None
            if apart is not None and apart.count and width > 3 * WIDE:
                beside = WIDE + 10
                yield from self._difference(f"difference-{n}-{side}", apart, x, middle)
            baseline = middle - (len(words) - 1) * LINE / 2 + text.cap_height(SIZE) / 2
            for k, line in enumerate(words):
                said = text.fit(line, SIZE, "semibold", width - beside - GAP / 2)
                at = x + beside, baseline + k * LINE
                key = f"extent-{n}-{side}-{k}"
                yield Text(key, role, *at, said, SIZE, "semibold", "start")

    def _difference(self, key: str, apart: Difference, x: float, middle: float) -> Iterator[Item]:
        """A heatmap of the second less the first, in a box of WIDE by PICTURE."""
        made = heat(for_backend("numpy"), apart.array, (), WIDE, 1)
        across, down = fitted(made.shape, WIDE)
        share = min(1.0, PICTURE / down)
        width, height = across * share, down * share
        at = x + (WIDE - width) / 2, middle - height / 2
        yield Cells(key, "heat", *at, width, height, made.panels[0])
        yield Rect(f"{key}-frame", "grid", *at, width, height)

    def _group(self, n: int, group: Sequence[Compared], top: float, first: float) -> Iterator[Item]:
        names, _, width = self.columns
        name = text.fit(self.teller.name(group[0]), LETTERS, "semibold", names)
        middle = (self.row + text.cap_height(LETTERS)) / 2
        role = ROLES[group[0].kind]
        yield Text(f"group-{n}", role, self.box.x, top + middle, name, LETTERS, "semibold", "start")
        scale = self._scale(group, width - NUMBER - 2 * GAP)
        for k, row in enumerate(group):
            y = top + k * self.row + middle
            if row.label:
                x = self.box.x + names + GAP
                yield Text(f"label-{n}-{k}", "muted", x, y, row.label, SIZE, "regular", "start")
            for side, number in enumerate(row.numbers):
                x = first + side * width
                yield Text(
                    f"number-{n}-{k}-{side}", role, x + NUMBER, y, self.teller.said(number),
                    SIZE, "semibold", "end",
                )  # fmt: skip
                center = top + (k + 0.5) * self.row
                yield from self._bar(
                    f"{n}-{k}-{side}", side, number, x + NUMBER + 12, center, scale
                )

    def _scale(self, group: Sequence[Compared], width: float) -> tuple[float, float] | None:
        """Where 0 is on the way of a bar, and how long 1 is; None where there are no bars: in
        narrow columns, and for results that are measured in different ways.
        """
        if width < 40 or (group[0].kind == "result" and not self.content.measured):
            return None
        there = [v for row in group for v in row.numbers if v is not None and math.isfinite(v)]
        low, high = min([0.0, *there]), max([0.0, *there])
        if not 0 < high - low < math.inf:
            return None
        unit = width / (high - low)
        return -low * unit, unit

    def _bar(
        self,
        key: str,
        side: int,
        number: float | None,
        x: float,
        y: float,
        scale: tuple[float, float] | None,
    ) -> Iterator[Item]:
        if scale is None or number is None or not math.isfinite(number):
            return
        zero, unit = scale
        half = min(BAR, 0.5 * self.row) / 2
        ends = sorted((zero, zero + number * unit))
        if ends[1] - ends[0] >= 1:
            yield Rect(f"bar-{key}", f"mark {series(side + 1)}", x + ends[0], y - half,
                       ends[1] - ends[0], 2 * half)  # fmt: skip
        up = Point(x + zero, y - half - 2), Point(x + zero, y + half + 2)
        yield Line(f"zero-{key}", "axis", up)
