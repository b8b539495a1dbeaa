"""A graph as large as its room allows: in one row, or in rows below one another, as a long line of
text is wrapped.

Ops stand in columns, each as late as its uses allow, and an input beside its first use. The columns
are divided into rows in the ways that promise most; these are placed, and the largest is kept. A
value used in a later row leaves its row at the right end, runs back between the rows and enters the
next row at the left.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from gradviz.layout.apart import kept_apart
from gradviz.layout.cards import CARD_GAP, CHANNEL, LIMIT, TIMEOUT, CardLayout, place_cards
from gradviz.layout.curves import BEND, Box, Curve, Point, rounded
from gradviz.layout.engines import Card, Wire

LANE: Final = 10.0
"""The distance between wires that run back."""
GUTTER: Final = 14.0
"""The distance of such wires from the cards."""
AXIS: Final = 6.5
"""Where a wire meets the small cards at the ends of a row."""
MOST_CROSSING: Final = 6
MOST_ROWS: Final = 8
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
UNREADABLE: Final = 7.0
"""Below this size scopes are divided too, outer ones before inner ones."""
SLACK: Final = 1.3
"""How much larger a placed picture may come out than estimated."""
COST_OF_A_VALUE: Final = 100.0**2
"""The cost of each value that crosses the end of a row: that of a slightly uneven row."""


class Room(NamedTuple):
    """The room for a picture in points, and the size of its numbers in its own units.

    largest   the points that numbers have at most.
    """

    width: float
    height: float
    number: float
    largest: float = 22.0

    def points(self, width: float, height: float) -> float:
        """The size in points of the numbers of a picture that fills the room."""
        fits = min(self.width / max(width, 1.0), self.height / max(height, 1.0))
        return min(self.number * fits, self.largest)


def place_in_rows(
    cards: Mapping[int, Card],
    wires: Sequence[Wire],
    *,
    room: Room,
    scopes: Mapping[int, str] | None = None,
    engine: str = "auto",
    timeout: float = TIMEOUT,
    channel: float = CHANNEL,
    stubs: Collection[int] = (),
) -> CardLayout:
    """The layout of cards, in as many rows as make its numbers largest in the room.

    stubs  cards at which a wire ends that leads out of the picture: beside the card it comes from.

    A row ends only where at most MOST_CROSSING values are used after it, and a value is cut from
    its later uses only where that pays (ENOUGH, NEARLY). The cards of a scope stay together, each
    scope being a path such as `block1/conv`. Raises what `place_cards` raises.
    """
    if len(cards) < 2 or len(cards) > LIMIT:
        return place_cards(cards, wires, engine=engine, timeout=timeout, channel=channel)
    columns = _Columns(cards, wires, scopes or {}, channel, stubs)
    trial = _Trial(cards, wires, columns, room, engine, timeout, channel)
    tried: list[tuple[int, ...]] = []
    for together in ("all", "inner", "none"):
        divisions = columns.divisions(together)
        if divisions != tried:
            found, tried = trial.best(divisions), divisions
        if found.points >= UNREADABLE:
            break
    return trial.finished(found.ends)


def late_columns(
    keys: Iterable[int], wires: Sequence[Wire], stubs: Collection[int] = ()
) -> dict[int, int]:
    """The column of each card, from 0: as late as the uses of its result allow, and without inputs
    that of its first use. Stubs stand in the column after their wire's source.
    """
    sources = {target: source for source, target, _ in wires if target in stubs}
    if sources:
        found = late_columns(
            (key for key in keys if key not in sources),
            [wire for wire in wires if wire[1] not in sources],
        )
        return found | {stub: found[source] + 1 for stub, source in sources.items()}
    uses: dict[int, list[int]] = {key: [] for key in keys}
    waiting = dict.fromkeys(uses, 0)
    inputs: dict[int, list[int]] = {key: [] for key in uses}
    for source, target, _ in wires:
        uses[source].append(target)
        inputs[target].append(source)
        waiting[source] += 1
    ready = [key for key, count in waiting.items() if not count]
    after = dict.fromkeys(uses, 0)
    while ready:
        key = ready.pop()
        for source in inputs[key]:
            after[source] = max(after[source], after[key] + 1)
            waiting[source] -= 1
            if not waiting[source]:
                ready.append(source)
    ops = [key for key in uses if inputs[key]] or [*uses]
    last = max((after[key] for key in ops), default=0)
    found = {key: last - after[key] for key in ops}
    for key, targets in uses.items():
        if key not in found:
            found[key] = min((found[target] for target in targets), default=0)
    return found


class _Columns:
    """The cards in columns, and the ways to divide them into rows."""

    def __init__(
        self,
        cards: Mapping[int, Card],
        wires: Sequence[Wire],
        scopes: Mapping[int, str],
        channel: float,
        stubs: Collection[int] = (),
    ) -> None:
        self.cards, self.wires, self.scopes, self.channel = cards, wires, scopes, channel
        self.uses: dict[int, list[int]] = {key: [] for key in cards}
        has_inputs = set()
        for source, target, _ in wires:
            self.uses[source].append(target)
            has_inputs.add(target)
        self.ops = has_inputs or set(cards)
        self.column = late_columns(cards, wires, stubs)
        self.count = max(self.column[key] for key in self.ops) + 1

    @cached_property
    def crossing(self) -> list[int]:
        """How many values are used after each column."""
        found = [0] * self.count
        for key, uses in self.uses.items():
            for cut in range(self.column[key], max(map(self.column.__getitem__, uses), default=0)):
                found[cut] += 1
        return found

    @cached_property
    def _sizes(self) -> list[tuple[float, float, float]]:
        """For each column the width of its ops and of the inputs before them, and their height."""
        wide, before, high = ([0.0] * self.count for _ in range(3))
        for key, card in self.cards.items():
            at, widths = self.column[key], wide if key in self.ops else before
            widths[at] = max(widths[at], card.width)
            beside = at if key in self.ops else max(at - 1, 0)
            high[beside] += card.height + CARD_GAP
        return list(zip(wide, before, high, strict=True))

    @cached_property
    def _starts(self) -> list[float]:
        """Where each column begins if all stand in one row, estimated."""
        inputs = [before for _, before, _ in self._sizes[1:]]
        pitches = (
            max(w, b) + self.channel for (w, _, _), b in zip(self._sizes, inputs, strict=False)
        )
        return [*itertools.accumulate(pitches, initial=0.0)]

    def width(self, first: int, last: int) -> float:
        """The width of a row of these columns, estimated."""
        before = self._sizes[first][1]
        across = self._starts[last] - self._starts[first] + self._sizes[last][0]
        return across + (before + self.channel if before else 0.0)

    def size(self, first: int, last: int) -> tuple[float, float]:
        """The width and height of a row of these columns, estimated."""
        return self.width(first, last), max(high for _, _, high in self._sizes[first : last + 1])

    def divisions(self, together: str) -> list[tuple[int, ...]]:
        """The last columns of rows, for one row, two and so on; each way once.

        together  all: no scope is divided; inner: none that contains no other; none: any may be.
        """
        closed = self._closed(together)
        found = dict[tuple[int, ...], None]()
        for most in (1, MOST_CROSSING):
            stops = [
                c for c in range(self.count - 1) if self.crossing[c] <= most and c not in closed
            ]
            found |= dict.fromkeys(map(tuple, self._ends(stops)))
        return list(found)

    def _closed(self, together: str) -> set[int]:
        """The columns after which a row may not end, since a scope goes on."""
        if together == "none":
            return set()
        spans: dict[str, tuple[int, int]] = {}
        for key, path in self.scopes.items():
            parts = path.split("/") if path else []
            for depth in range(len(parts)):
                scope, at = "/".join(parts[: depth + 1]), self.column[key]
                low, high = spans.get(scope, (at, at))
                spans[scope] = min(low, at), max(high, at)
        if together == "inner":
            outer = {scope.rpartition("/")[0] for scope in spans}
            spans = {scope: span for scope, span in spans.items() if scope not in outer}
        return {cut for low, high in spans.values() for cut in range(low, high)}

    def _ends(self, allowed: Sequence[int]) -> Iterator[list[int]]:
        """The last column of each row: rows of similar width with few values crossing between them.

        Dynamic programming over the places where a row may end; a row costs the square of its
        width, as in breaking a paragraph into lines.
        """
        last = self.count - 1
        stops = [-1, *allowed, last]

        def cost(a: int, b: int) -> float:
            width = self.width(stops[a] + 1, stops[b])
            values = self.crossing[stops[b]] if stops[b] < last else 0
            return width * width + COST_OF_A_VALUE * values

        no_way: tuple[float, list[int]] = (math.inf, [])
        best: list[tuple[float, list[int]]] = [(0.0, [])] + [no_way] * (len(stops) - 1)
        costs = {(a, b): cost(a, b) for b in range(len(stops)) for a in range(b)}
        for _ in range(min(MOST_ROWS, len(stops) - 1)):
            best = [
                min(
                    (
                        (best[a][0] + costs[a, b], [*best[a][1], stops[b]])
                        for a in range(b)
                        if best[a][0] < math.inf
                    ),
                    default=no_way,
                )
                for b in range(len(stops))
            ]
            yield best[-1][1]


@dataclass(frozen=True, slots=True)
class _Found:
    """A placed division: the ends of its rows, the size of its numbers, its worth beside others."""

    ends: tuple[int, ...]
    points: float
    worth: float


class _Trial:
    """Places divisions into rows, and finds the best."""

    def __init__(
        self,
        cards: Mapping[int, Card],
        wires: Sequence[Wire],
        columns: _Columns,
        room: Room,
        engine: str,
        timeout: float,
        channel: float,
    ) -> None:
        self.cards, self.wires, self.columns, self.room = cards, wires, columns, room
        self.placing = engine, timeout, channel
        self._rows: dict[tuple[int, ...], CardLayout] = {}

    def best(self, divisions: Sequence[tuple[int, ...]]) -> _Found:
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

    def _largest(self, divisions: Sequence[tuple[int, ...]], least: float = 0.0) -> _Found:
        """The worthiest division; whatever promises less than is found already is not placed."""
        order = sorted(divisions, key=lambda ends: (-self._promise(ends), ends))
        best: _Found | None = None
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
    ) -> _Found:
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

    def _placed(self, ends: tuple[int, ...]) -> _Found:
        layout = self._layout(ends, lambda part: part)
        points = self.room.points(layout.width, layout.height)
        return _Found(ends, points, self._worth(ends, points))

    def finished(self, ends: tuple[int, ...]) -> CardLayout:
        """The layout of a division, with its wires kept apart."""
        return self._layout(ends, kept_apart)

    def _layout(
        self, ends: tuple[int, ...], finish: Callable[[CardLayout], CardLayout]
    ) -> CardLayout:
        row_of = {key: self._row(ends, key) for key in sorted(self.cards)}
        rows = [_Row(self.cards, self.wires, row_of, i) for i in range(len(ends))]
        parts = [(row, finish(self._part(row))) for row in rows]
        if len(ends) == 1:
            return replace(parts[0][1], forks=_forks(parts[0][1], self.cards, self.wires))
        made, first = _Stack(parts).layout(self.cards, self.wires, row_of), parts[0][1]
        return replace(made, rows=row_of, engine=first.engine, failed=first.failed)

    def _part(self, row: _Row) -> CardLayout:
        """The layout of a row; equal rows are placed once."""
        key = tuple(sorted(row.cards))
        if key not in self._rows:
            self._rows[key] = row.placed(*self.placing)
        return self._rows[key]


def _forks(
    layout: CardLayout, cards: Mapping[int, Card], wires: Sequence[Wire]
) -> dict[int, tuple[Point, ...]]:
    """The ends of the cards that more than one wire leaves."""
    counts: dict[int, int] = {}
    for source, _, _ in wires:
        counts[source] = counts.get(source, 0) + 1
    return {
        key: (Point(layout.boxes[key].right, layout.boxes[key].y + cards[key].out),)
        for key, count in counts.items()
        if count > 1
    }


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

    def forks(self, cards: Mapping[int, Card], boxes: Mapping[int, Box]) -> dict[int, Point]:
        """Where a value parts into several wires in this row: at the end of its card, or where it
        enters.
        """
        counts: dict[int, int] = {}
        for start, _, _ in self.wires:
            counts[start] = counts.get(start, 0) + 1
        found = {}
        for start in (start for start, count in counts.items() if count > 1):
            source = start if start in cards else (start - self.base) // 2
            box = boxes[start]
            out = cards[source].out if start in cards else AXIS
            found[source] = Point(box.right, box.y + out)
        return found


class _Stack:
    """Rows below one another, each shifted to its position in the whole."""

    def __init__(self, rows: Sequence[tuple[_Row, CardLayout]]) -> None:
        self.rows = [row for row, _ in rows]
        self.left = left = GUTTER + LANE * max(len(row.entering) for row in self.rows)
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
        forks: dict[int, tuple[Point, ...]] = {}
        for row, standing in zip(self.rows, self.boxes, strict=True):
            for source, point in row.forks(cards, standing).items():
                forks[source] = (*forks.get(source, ()), point)
        return CardLayout(math.ceil(right), math.ceil(self.bottoms[-1]), boxes, found, forks)

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
                self.left - BEND - 2 - LANE * (len(order) - 1 - lane),
            )
            y = self.bottoms[k] + GUTTER + LANE * lane
            corners = Point(turn, start.y), Point(turn, y), Point(back, y), Point(back, end.y)
            found[source] = rounded([start, *corners, end])
        return found


def _on(curve: Curve, more: Curve) -> Curve:
    """A curve continued by another that begins where it ends."""
    return (*curve, *more[1:]) if curve else more
