"""A long graph in rows, one below the other, as a long line of text is wrapped.

The cards are placed in one row first. Where that is too wide, its columns are divided into rows,
each of which is placed again on its own; a value used in a later row leaves its row at the right
end, runs back between the rows and enters the next row at the left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gradviz.layout.cards import CHANNEL, CardLayout, place_cards
from gradviz.layout.curves import BEND, Box, Curve, Point, rounded
from gradviz.layout.detour import Column, columns
from gradviz.layout.engines import Card, Wire

END: Final = 160.0
"""Approximate room that a row needs at its ends."""
LANE: Final = 10.0
"""The distance between wires that run back."""
GUTTER: Final = 22.0
"""The distance of such wires from the cards."""
AXIS: Final = 6.5
"""Where a wire meets the small cards at the ends of a row."""
MOST_CROSSING: Final = 4
MOST_ROWS: Final = 12
COST_OF_A_VALUE: Final = 100.0**2
"""The cost of each value that crosses the end of a row: that of a slightly uneven row."""
SHAPE: Final = 16 / 9
"""The width of a page, relative to its height."""


def place_in_rows(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    *,
    widest: float,
    around: float = 0.0,
    engine: str = "auto",
    timeout: float = 10.0,
    channel: float = CHANNEL,
) -> CardLayout:
    """The layout of cards, in rows if one row would be wider than `widest`.

    The number of rows is the one that best fills a page on which the rest is `around` high, or more
    if rows would be wider than `widest`. A row ends only where at most MOST_CROSSING values are
    used after it; a graph without such places stays in one row. Raises what `place_cards` raises.
    """
    whole = place_cards(cards, wires, engine=engine, timeout=timeout, channel=channel)
    if whole.width <= widest:
        return whole
    rows = _divided(whole, wires, widest, around)
    if len(rows) < 2:
        return whole
    row_of = {key: i for i, row in enumerate(rows) for key in row}
    parts = [_Row(cards, wires, row_of, i) for i in range(len(rows))]
    stack = _Stack([(part, part.placed(engine, timeout)) for part in parts])
    layout = stack.layout(cards, wires, row_of)
    return replace(layout, engine=whole.engine, failed=whole.failed)


def _divided(
    whole: CardLayout, wires: Sequence[Wire], widest: float, around: float
) -> list[list[int]]:
    """The cards of each row, divided by their position in the single row."""
    standing = columns(whole.boxes.values())
    place = {box: i for i, column in enumerate(standing) for box in column.cards}
    column_of = {key: place[box] for key, box in whole.boxes.items()}
    crossing: list[set[int]] = [set() for _ in standing]
    for source, target, _ in wires:
        for cut in range(column_of[source], column_of[target]):
            crossing[cut].add(source)
    values = [len(sources) for sources in crossing]
    best: list[int] = []
    best_so_far = (False, 0.0)
    for ends in _ends(standing, values):
        spans = list(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
        width = max(standing[b].right - standing[a].left for a, b in spans) + END
        height = around + sum(max(map(_height, standing[a : b + 1])) + 2 * GUTTER for a, b in spans)
        found = (width <= widest, min(SHAPE / width, 1 / height))
        if found > best_so_far:
            best, best_so_far = ends, found
    rows: list[list[int]] = [[] for _ in best]
    for key in sorted(whole.boxes):
        rows[sum(end < column_of[key] for end in best)].append(key)
    return rows


def _height(column: Column) -> float:
    return column.cards[-1].bottom - column.cards[0].y


def _ends(standing: Sequence[Column], values: Sequence[int]) -> Iterator[list[int]]:
    """The last column of each row, for one row, two and so on: rows of similar width with few
    values crossing between them.

    `values` counts those used after each column. Dynamic programming over the places where a row
    may end; a row costs the square of its width, as in breaking a paragraph into lines.
    """
    last = len(standing) - 1
    stops = [-1, *(i for i in range(last) if values[i] <= MOST_CROSSING), last]

    def cost(a: int, b: int) -> float:
        width = standing[stops[b]].right - standing[stops[a] + 1].left
        return width * width + (COST_OF_A_VALUE * values[stops[b]] if stops[b] < last else 0.0)

    no_way: tuple[float, list[int]] = (math.inf, [])
    best: list[tuple[float, list[int]]] = [(0.0, [])] + [no_way] * (len(stops) - 1)
    for _ in range(min(MOST_ROWS, len(stops) - 1)):
        best = [
            min(
                (
                    (best[a][0] + cost(a, b), [*best[a][1], stops[b]])
                    for a in range(b)
                    if best[a][0] < math.inf
                ),
                default=no_way,
            )
            for b in range(len(stops))
        ]
        yield best[-1][1]


class _Row:
    """The cards of one row, with a small card at its left end for every value that enters, and one
    at the right for every value that leaves."""

    def __init__(
        self, cards: Mapping[int, Card], wires: Sequence[Wire], row_of: Mapping[int, int], row: int
    ) -> None:
        self.base = max(cards) + 1
        uses: dict[int, int] = {}
        for source, target, _ in wires:
            uses[source] = max(uses.get(source, 0), row_of[target])
        self.entering = [s for s in sorted(uses) if row_of[s] < row <= uses[s]]
        self.leaving = [s for s in sorted(uses) if row_of[s] <= row < uses[s]]
        self.cards = {key: card for key, card in cards.items() if row_of[key] == row}
        self.cards |= {self.enter(s): Card(2, 13, (), AXIS) for s in self.entering}
        self.cards |= {self.leave(s): Card(2, 13, (AXIS,), AXIS) for s in self.leaving}
        self.own = [w for w in wires if row_of[w[1]] == row]
        self.wires = [
            (self.start(source, row_of[source] < row), target, slot)
            for source, target, slot in self.own
        ]
        self.wires += [(self.start(s, row_of[s] < row), self.leave(s), 0) for s in self.leaving]

    def enter(self, source: int) -> int:
        """The card at which a value enters."""
        return self.base + 2 * source

    def leave(self, source: int) -> int:
        """The card at which it leaves."""
        return self.base + 2 * source + 1

    def start(self, source: int, is_from_before: bool) -> int:
        """Where the wires of a value begin in this row."""
        return self.enter(source) if is_from_before else source

    def placed(self, engine: str, timeout: float) -> CardLayout:
        """The layout of this row."""
        first, last = map(self.enter, self.entering), map(self.leave, self.leaving)
        return place_cards(
            self.cards, self.wires, engine=engine, timeout=timeout, first=[*first], last=[*last]
        )


class _Stack:
    """Rows below one another, each shifted to its position in the whole."""

    def __init__(self, rows: Sequence[tuple[_Row, CardLayout]]) -> None:
        self.rows = [row for row, _ in rows]
        left = GUTTER + LANE * max(len(row.entering) for row in self.rows)
        self.boxes: list[dict[int, Box]] = []
        self.pieces: list[dict[Wire, Curve]] = []
        self.bottoms: list[float] = []
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
            y += layout.height
            self.bottoms.append(y)

    def layout(
        self, cards: Mapping[int, Card], wires: Sequence[Wire], row_of: Mapping[int, int]
    ) -> CardLayout:
        """The whole layout, with every wire in one piece."""
        backs = [self._backs(k) for k in range(len(self.rows) - 1)]
        found: dict[Wire, Curve] = {}
        for source, target, slot in wires:
            first, last = row_of[source], row_of[target]
            curve: Curve = ()
            for k in range(first, last):
                start = self.rows[k].start(source, k > first)
                curve = _on(curve, self.pieces[k][start, self.rows[k].leave(source), 0])
                curve = _on(curve, backs[k][source])
            start = self.rows[last].start(source, last > first)
            found[source, target, slot] = _on(curve, self.pieces[last][start, target, slot])
        boxes = {key: self.boxes[row_of[key]][key] for key in cards}
        right = max(
            [b.right for b in boxes.values()] + [p.x for curve in found.values() for p in curve]
        )
        return CardLayout(math.ceil(right), math.ceil(self.bottoms[-1]), boxes, found)

    def _backs(self, k: int) -> dict[int, Curve]:
        """The way back of every value that leaves row k; the topmost turns last, so none cross."""
        row, after = self.rows[k], self.rows[k + 1]
        edge = max(box.right for box in self.boxes[k].values())
        order = sorted(row.leaving, key=lambda s: -self.boxes[k][row.leave(s)].y)
        found = {}
        for lane, source in enumerate(order):
            leave, enter = self.boxes[k][row.leave(source)], self.boxes[k + 1][after.enter(source)]
            start, end = Point(leave.x, leave.y + AXIS), Point(enter.right, enter.y + AXIS)
            turn, back = (
                edge + BEND + 2 + LANE * lane,
                enter.x - BEND - 2 - LANE * (len(order) - 1 - lane),
            )
            y = self.bottoms[k] + GUTTER + LANE * lane
            corners = Point(turn, start.y), Point(turn, y), Point(back, y), Point(back, end.y)
            found[source] = rounded([start, *corners, end])
        return found


def _on(curve: Curve, more: Curve) -> Curve:
    """A curve continued by another that begins where it ends."""
    return (*curve, *more[1:]) if curve else more
