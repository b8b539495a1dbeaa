"""Divisions into rows, placed for real, and the best of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gradviz.layout.apart import kept_apart
from gradviz.layout.cards import CardLayout
from gradviz.layout.engines import Card, Wire
from gradviz.layout.rows.columns import Columns
from gradviz.layout.rows.drops import dropped
from gradviz.layout.rows.room import Room, wanted
from gradviz.layout.rows.stack import GUTTER, LANE, Row, Stack

FEW_OPS: Final = 3
"""A row with fewer ops costs SHORT."""
PLACED: Final = 60
"""Of up to so many cards every promising division is placed; of more only the most promising."""
TRIED: Final = 4
"""Of the divisions that promise most so many are placed."""
ROW: Final = 0.98
CARRIED: Final = 0.97
SHORT: Final = 0.94
LONE: Final = 0.95
"""By what the size of a picture is multiplied before it is compared, for every row beyond the
first, every value beyond one that runs back at the end of a row, every row of few ops but the last,
and every row of a single op.
"""
ENDS: Final = 40.0
"""What wires that run back add to the width of rows, estimated."""
SLACK: Final = 1.15
"""How much larger a placed picture may come out than estimated."""


Worth = tuple[bool, float]
"""Whether a picture is as large as wanted, then how large and calm it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """A placed division: the ends of its rows, and its worth beside others."""

    ends: tuple[int, ...]
    worth: Worth


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
        self.wanted = wanted(cards.values())
        self._rows: dict[tuple[int, ...], CardLayout] = {}

    def best(self, divisions: Sequence[tuple[int, ...]]) -> Found:
        """The worthiest division; those that promise most are placed."""
        if len(self.cards) > PLACED:
            return self._placed(max(divisions, key=self._promise))
        order = sorted(divisions, key=lambda ends: (self._promise(ends), ends), reverse=True)
        best: Found | None = None
        for ends in order[:TRIED]:
            if best and self._promise(ends, SLACK) <= best.worth:
                break
            found = self._placed(ends)
            if best is None or found.worth > best.worth:
                best = found
        assert best is not None
        return best

    def _carried(self, ends: Sequence[int]) -> int:
        """How many values beyond one run back at the ends of rows, all together."""
        return sum(max(0, self.columns.crossing[end] - 1) for end in ends[:-1])

    def _worth(self, ends: Sequence[int], points: float) -> Worth:
        """Of what is beyond the size that is wanted a quarter counts."""
        ops = [0] * len(ends)
        for key in self.columns.ops:
            ops[self._row(ends, key)] += 1
        short = sum(count < FEW_OPS for count in ops[:-1])
        calm: float = ROW ** (len(ends) - 1) * CARRIED ** self._carried(ends) * SHORT**short
        if len(ends) > 1:
            calm *= LONE ** ops.count(1)
        return points >= self.wanted, min(points, (3 * self.wanted + points) / 4) * calm

    def _promise(self, ends: Sequence[int], slack: float = 1.0) -> Worth:
        """The worth of a division as far as it can be told without placing it; with numbers so
        many times as large.
        """
        spans = zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True)
        sizes = [self.columns.size(a, b) for a, b in spans]
        gaps = sum(2 * GUTTER + LANE * self.columns.crossing[end] for end in ends[:-1])
        width = max(w for w, _ in sizes) + (ENDS if len(ends) > 1 else 0.0)
        points = self.room.points(width, sum(h for _, h in sizes) + gaps)
        return self._worth(ends, min(slack * points, self.room.largest))

    def _row(self, ends: Sequence[int], key: int) -> int:
        return sum(end < self.columns.column[key] for end in ends[:-1])

    def _placed(self, ends: tuple[int, ...]) -> Found:
        layout = self._layout(ends, lambda part: part)
        return Found(ends, self._worth(ends, self.room.points(layout.width, layout.height)))

    def finished(self, ends: tuple[int, ...]) -> CardLayout:
        """The layout of a division, with its wires kept apart."""
        return self._layout(ends, kept_apart)

    def _layout(
        self, ends: tuple[int, ...], finish: Callable[[CardLayout], CardLayout]
    ) -> CardLayout:
        row_of = {key: self._row(ends, key) for key in sorted(self.cards)}
        rows = [Row(self.cards, self.wires, row_of, i) for i in range(len(ends))]
        layouts = [finish(self._part(row)) for row in rows]
        first = layouts[0]
        if len(ends) == 1:
            return first
        parts = [dropped(row, layout) for row, layout in zip(rows, layouts, strict=True)]
        drops = [found for _, found in parts]
        stack = Stack([(row, part) for row, (part, _) in zip(rows, parts, strict=True)], drops)
        made = stack.layout(self.cards, self.wires, row_of)
        return replace(made, engine=first.engine, failed=first.failed)

    def _part(self, row: Row) -> CardLayout:
        """The layout of a row; equal rows are placed once."""
        key = tuple(sorted(row.cards))
        if key not in self._rows:
            self._rows[key] = row.placed(*self.placing)
        return self._rows[key]
