"""Divisions into rows, placed for real, and the best of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gradviz.layout.apart import kept_apart
from gradviz.layout.cards import CardLayout
from gradviz.layout.engines import Card, Wire
from gradviz.layout.rows.columns import Columns
from gradviz.layout.rows.room import Room
from gradviz.layout.rows.stack import GUTTER, LANE, Row, Stack

FEW_OPS: Final = 3
"""A row with fewer ops costs SHORT."""
PLACED: Final = 60
"""Of up to so many cards every promising division is placed; of more only the most promising."""
EFFORT: Final = 90
FEWEST_TRIED: Final = 2
"""Of the divisions that promise most as many are placed as make EFFORT cards, and at least so many.
"""
ROW: Final = 0.95
CARRIED: Final = 0.94
SHORT: Final = 0.85
"""By what the size of a picture is multiplied before it is compared, for every row beyond the
first, every value beyond one that runs back at the end of a row, and every row of few ops.
"""
ENOUGH: Final = 14.0
"""The size of numbers in points from which no value is cut for a larger picture."""
NEARLY: Final = 0.9
"""Nor is one where the picture is this share as large without."""
SMALL: Final = 10.0
"""Of a picture with smaller numbers only their size counts."""
SLACK: Final = 1.3
"""How much larger a placed picture may come out than estimated."""


@dataclass(frozen=True, slots=True)
class Found:
    """A placed division: the ends of its rows, the size of its numbers, its worth beside others."""

    ends: tuple[int, ...]
    points: float
    worth: float


class Trial:
    """Places divisions into rows, and finds the best."""

    def __init__(
        self,
        cards: Mapping[int, Card],
        wires: Sequence[Wire],
        columns: Columns,
        room: Room,
        engine: str,
        timeout: float,
        channel: float,
    ) -> None:
        self.cards, self.wires, self.columns, self.room = cards, wires, columns, room
        self.placing = engine, timeout, channel
        self._rows: dict[tuple[int, ...], CardLayout] = {}

    def best(self, divisions: Sequence[tuple[int, ...]]) -> Found:
        """The best division: of those that cut no value from its later uses, where these come out
        large enough, else of all.
        """
        whole = [ends for ends in divisions if self._carried(ends) == 0]
        if len(self.cards) > PLACED:
            return self._promising(whole, divisions)
        uncut = self._largest(whole)
        if uncut.points >= ENOUGH or len(whole) == len(divisions):
            return uncut
        cut = self._largest([ends for ends in divisions if self._carried(ends)], uncut.worth)
        pays = cut.worth > uncut.worth or uncut.points < SMALL
        return cut if pays and uncut.points < NEARLY * cut.points else uncut

    def _largest(self, divisions: Sequence[tuple[int, ...]], least: float = 0.0) -> Found:
        """The worthiest division; whatever promises less than is found already is not placed."""
        order = sorted(divisions, key=lambda ends: (-self._promise(ends), ends))
        best: Found | None = None
        for ends in order[: max(FEWEST_TRIED, EFFORT // len(self.cards))]:
            if best and self._promise(ends) * SLACK <= max(best.worth, least):
                continue
            found = self._placed(ends)
            if best is None or found.worth > best.worth:
                best = found
        assert best is not None
        return best

    def _promising(
        self, whole: Sequence[tuple[int, ...]], divisions: Sequence[tuple[int, ...]]
    ) -> Found:
        """The division that promises most, of those that cut nothing if it comes close."""
        uncut, best = (max(ways, key=self._promise) for ways in (whole, divisions))
        is_close = self._promise(uncut) >= NEARLY * self._promise(best)
        return self._placed(uncut if is_close else best)

    def _carried(self, ends: Sequence[int]) -> int:
        """How many values beyond one run back at the ends of rows, all together."""
        return sum(max(0, self.columns.crossing[end] - 1) for end in ends[:-1])

    def _worth(self, ends: Sequence[int], points: float) -> float:
        ops = [0] * len(ends)
        for key in self.columns.ops:
            ops[self._row(ends, key)] += 1
        short = sum(count < FEW_OPS for count in ops[:-1])
        return points * ROW ** (len(ends) - 1) * CARRIED ** self._carried(ends) * SHORT**short

    def _promise(self, ends: Sequence[int]) -> float:
        """The worth of a division as far as it can be told without placing it."""
        spans = zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True)
        sizes = [self.columns.size(a, b) for a, b in spans]
        gaps = sum(2 * GUTTER + LANE * self.columns.crossing[end] for end in ends[:-1])
        width = max(w for w, _ in sizes) + (4 * GUTTER if len(ends) > 1 else 0.0)
        return self._worth(ends, self.room.points(width, sum(h for _, h in sizes) + gaps))

    def _row(self, ends: Sequence[int], key: int) -> int:
        return sum(end < self.columns.column[key] for end in ends[:-1])

    def _placed(self, ends: tuple[int, ...]) -> Found:
        layout = self._layout(ends, lambda part: part)
        points = self.room.points(layout.width, layout.height)
        return Found(ends, points, self._worth(ends, points))

    def finished(self, ends: tuple[int, ...]) -> CardLayout:
        """The layout of a division, with its wires kept apart."""
        return self._layout(ends, kept_apart)

    def _layout(
        self, ends: tuple[int, ...], finish: Callable[[CardLayout], CardLayout]
    ) -> CardLayout:
        row_of = {key: self._row(ends, key) for key in sorted(self.cards)}
        rows = [Row(self.cards, self.wires, row_of, i) for i in range(len(ends))]
        parts = [(row, finish(self._part(row))) for row in rows]
        first = parts[0][1]
        if len(ends) == 1:
            return first
        made = Stack(parts).layout(self.cards, self.wires, row_of)
        return replace(made, engine=first.engine, failed=first.failed)

    def _part(self, row: Row) -> CardLayout:
        """The layout of a row; equal rows are placed once."""
        key = tuple(sorted(row.cards))
        if key not in self._rows:
            self._rows[key] = row.placed(*self.placing)
        return self._rows[key]
