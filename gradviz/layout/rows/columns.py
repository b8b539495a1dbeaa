"""Cards in columns, and the ways to divide these into rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from gradviz.layout.cards import CARD_GAP
from gradviz.layout.engines import Card, Wire, holders

MOST_CROSSING: Final = 6
"""The most values that are used after the end of a row."""
MOST_ROWS: Final = 8
MOST_COLUMNS: Final = 16
"""Of up to so many columns every division into one, two or three rows is considered."""
PASSING: Final = 14.0
"""The height that a value takes in a column that it passes, estimated."""
COST_OF_A_VALUE: Final = 100.0**2
"""The cost of each value that crosses the end of a row: that of a slightly uneven row."""


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


class Columns:
    """The cards in columns, and the ways to divide them into rows."""

    def __init__(
        self,
        cards: Mapping[int, Card],
        wires: Sequence[Wire],
        channel: float,
        stubs: Collection[int] = (),
    ) -> None:
        self.cards, self.channel = cards, channel
        self._known: dict[tuple[int, int], tuple[float, float]] = {}
        holder = holders(cards)
        self.uses: dict[int, list[int]] = {value: [] for value in holder}
        for source, target, _ in wires:
            self.uses[source].append(target)
        self.ops = {target for _, target, _ in wires} or set(cards)
        self.column = late_columns(cards, [(holder[s], t, slot) for s, t, slot in wires], stubs)
        self._made = {value: self.column[key] for value, key in holder.items()}
        self.count = max(self.column[key] for key in self.ops) + 1

    @cached_property
    def crossing(self) -> list[int]:
        """How many values are used after each column."""
        found = [0] * self.count
        for value, uses in self.uses.items():
            for cut in range(self._made[value], max(map(self.column.__getitem__, uses), default=0)):
                found[cut] += 1
        return found

    @cached_property
    def _widths(self) -> list[tuple[float, float]]:
        """For each column the width of its ops, and of the inputs before them."""
        wide, before = [0.0] * self.count, [0.0] * self.count
        for key, card in self.cards.items():
            at, widths = self.column[key], wide if key in self.ops else before
            widths[at] = max(widths[at], card.width)
        return list(zip(wide, before, strict=True))

    @cached_property
    def _heights(self) -> list[tuple[float, float]]:
        """For each column the height of its ops and of values that pass it, and of the inputs
        before them.
        """
        high, before = [0.0] * self.count, [0.0] * self.count
        for key, card in self.cards.items():
            heights = high if key in self.ops else before
            heights[self.column[key]] += card.height + CARD_GAP
        for value, uses in self.uses.items():
            last = max(map(self.column.__getitem__, uses), default=0)
            for at in range(self._made[value] + 1, last):
                high[at] += PASSING
        return list(zip(high, before, strict=True))

    @cached_property
    def _starts(self) -> list[float]:
        """Where each column begins if all stand in one row, estimated."""
        inputs = [before for _, before in self._widths[1:]]
        pitches = (
            max(w, b) + self.channel for (w, _), b in zip(self._widths, inputs, strict=False)
        )
        return [*itertools.accumulate(pitches, initial=0.0)]

    def width(self, first: int, last: int) -> float:
        """The width of a row of these columns, estimated."""
        before = self._widths[first][1]
        across = self._starts[last] - self._starts[first] + self._widths[last][0]
        return across + (before + self.channel if before else 0.0)

    def size(self, first: int, last: int) -> tuple[float, float]:
        """The width and height of a row of these columns, estimated."""
        if (first, last) not in self._known:
            self._known[first, last] = self._size(first, last)
        return self._known[first, last]

    def _size(self, first: int, last: int) -> tuple[float, float]:
        ops, inputs = zip(*self._heights[first : last + 1], strict=True)
        between = (a + b for a, b in zip(ops, inputs[1:], strict=False))
        return self.width(first, last), max(inputs[0], ops[-1], *between)

    def divisions(self) -> list[tuple[int, ...]]:
        """The last columns of rows, each way once: rows of similar width, for one row, two and so
        on, and every way to make up to three rows of few columns.
        """
        found, last = dict[tuple[int, ...], None](), self.count - 1
        for most in (1, MOST_CROSSING):
            stops = [c for c in range(last) if self.crossing[c] <= most]
            found |= dict.fromkeys(map(tuple, self._ends(stops)))
        if self.count <= MOST_COLUMNS:
            cuts = itertools.chain(
                itertools.combinations(stops, 1), itertools.combinations(stops, 2)
            )
            found |= dict.fromkeys((*cut, last) for cut in cuts)
        return list(found)

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
