"""Rows below one another.

A value used in a later row drops out of its row or leaves it at the right end, runs back between
the rows and enters the next row at the left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from gradviz.layout.cards import CardLayout, place_cards
from gradviz.layout.curves import BEND, Box, Curve, Point, rounded
from gradviz.layout.engines import Card, Wire, holders

LANE: Final = 8.0
"""The distance between wires that run back."""
GUTTER: Final = 8.0
"""The distance of such wires from the cards."""
AXIS: Final = 6.5
"""Where a wire meets the small cards at the ends of a row."""


class Row:
    """The cards of one row, with a small card at its left end for every value that enters, and one
    at the right for every value that leaves.

    row_of the row of each card.
    """

    def __init__(
        self, cards: Mapping[int, Card], wires: Sequence[Wire], row_of: Mapping[int, int], row: int
    ) -> None:
        self.holder = holder = holders(cards)
        self.base = max(holder) + 1
        born = {source: row_of[holder[source]] for source, _, _ in wires}
        last = dict(born)
        for source, target, _ in wires:
            last[source] = max(last[source], row_of[target])
        self.entering = [s for s in sorted(born) if born[s] < row <= last[s]]
        self.leaving = [s for s in sorted(born) if born[s] <= row < last[s]]
        self.cards = {key: card for key, card in cards.items() if row_of[key] == row}
        self.cards |= {self.enter(s): Card(2, 13, (), AXIS) for s in self.entering}
        self.cards |= {self.leave(s): Card(2, 13, (AXIS,), AXIS) for s in self.leaving}
        self.wires = [
            (self.start(source, born[source] < row), target, slot)
            for source, target, slot in wires
            if row_of[target] == row
        ]
        self.wires += [(self.start(s, born[s] < row), self.leave(s), 0) for s in self.leaving]

    def enter(self, source: int) -> int:
        """The card at which a value enters."""
        return self.base + 2 * source

    def leave(self, source: int) -> int:
        """The card at which it leaves."""
        return self.base + 2 * source + 1

    def start(self, source: int, is_from_before: bool) -> int:
        """Where the wires of a value begin in this row."""
        return self.enter(source) if is_from_before else source

    def source(self, start: int) -> int:
        """The value whose wires begin there."""
        return start if start < self.base else (start - self.base) // 2

    def placed(self, engine: str, timeout: float, channel: float) -> CardLayout:
        """The layout of this row."""
        first, last = map(self.enter, self.entering), map(self.leave, self.leaving)
        return place_cards(
            self.cards,
            self.wires,
            engine=engine,
            timeout=timeout,
            channel=channel,
            first=[*first],
            last=[*last],
        )


class Stack:
    """Rows below one another, each shifted to its position in the whole.

    drops  for each row where the wires of values leave it that do not run to its end.
    """

    def __init__(
        self, rows: Sequence[tuple[Row, CardLayout]], drops: Sequence[Mapping[int, float]]
    ) -> None:
        self.rows = [row for row, _ in rows]
        self.left = left = GUTTER + LANE * max(len(row.entering) for row in self.rows)
        self.drops = [{source: x + left for source, x in found.items()} for found in drops]
        self.boxes: list[dict[int, Box]] = []
        self.pieces: list[dict[Wire, Curve]] = []
        self.bottoms: list[float] = []
        self.forks: dict[int, tuple[Point, ...]] = {}
        self.swapped: set[int] = set()
        y = 0.0
        for row, layout in rows:
            if row.entering:
                y += 2 * GUTTER + LANE * (len(row.entering) - 1)
            self.boxes.append(
                {key: Box(b.x + left, b.y + y, b.w, b.h) for key, b in layout.boxes.items()}
            )
            self.pieces.append(
                {w: tuple(Point(p.x + left, p.y + y) for p in c) for w, c in layout.wires.items()}
            )
            for start, points in layout.forks.items():
                source = row.source(start)
                there = [Point(p.x + left, p.y + y) for p in points]
                self.forks[source] = (*self.forks.get(source, ()), *there)
            self.swapped |= layout.swapped
            y += layout.height
            self.bottoms.append(y)

    def layout(
        self, cards: Mapping[int, Card], wires: Sequence[Wire], row_of: Mapping[int, int]
    ) -> CardLayout:
        """The whole layout, with every wire in one piece."""
        backs = [self._backs(k) for k in range(len(self.rows) - 1)]
        found: dict[Wire, Curve] = {}
        holder = holders(cards)
        for source, target, slot in wires:
            first, last = row_of[holder[source]], row_of[target]
            curve: Curve = ()
            for k in range(first, last):
                start = self.rows[k].start(source, k > first)
                if source not in self.drops[k]:
                    curve = on(curve, self.pieces[k][start, self.rows[k].leave(source), 0])
                curve = on(curve, backs[k][source])
            start = self.rows[last].start(source, last > first)
            found[source, target, slot] = on(curve, self.pieces[last][start, target, slot])
        boxes = {key: self.boxes[row_of[key]][key] for key in cards}
        right = max(
            [b.right for b in boxes.values()] + [p.x for curve in found.values() for p in curve]
        )
        return CardLayout(
            math.ceil(right),
            math.ceil(self.bottoms[-1]),
            boxes,
            found,
            self.forks,
            row_of,
            frozenset(self.swapped),
        )

    def _backs(self, k: int) -> dict[int, Curve]:
        """The way back of every value that leaves row k; the topmost turns last, so none cross."""
        row, after, drops = self.rows[k], self.rows[k + 1], self.drops[k]
        edge = max([box.right for box in self.boxes[k].values()] + [*drops.values()])
        running = [source for source in row.leaving if source not in drops]
        order = sorted(drops, key=drops.__getitem__)
        order += sorted(running, key=lambda s: -self.boxes[k][row.leave(s)].y)
        found = {}
        for lane, source in enumerate(order):
            enter = self.boxes[k + 1][after.enter(source)]
            start, end = self._start(k, source), Point(enter.right, enter.y + AXIS)
            turn = drops.get(source, edge + BEND + 2 + LANE * lane)
            back = self.left - BEND - 2 - LANE * (len(order) - 1 - lane)
            y = self.bottoms[k] + GUTTER + LANE * lane
            corners = Point(turn, start.y), Point(turn, y), Point(back, y), Point(back, end.y)
            found[source] = rounded([start, *corners, end])
        return found

    def _start(self, k: int, source: int) -> Point:
        """Where a value begins its way back: at the end of row k, or at the card that it leaves."""
        row = self.rows[k]
        if source not in self.drops[k]:
            leave = self.boxes[k][row.leave(source)]
            return Point(leave.x, leave.y + AXIS)
        key = row.holder[source]
        box = self.boxes[k][key]
        return Point(box.right, box.y + row.cards[key].leaves(source))


def on(curve: Curve, more: Curve) -> Curve:
    """A curve continued by another that begins where it ends."""
    return (*curve, *more[1:]) if curve else more
