"""How much work it is to place a graph, counted before it is begun."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from gradviz.layout.engines import Wire
from gradviz.layout.rows import late_columns

BUDGET: Final = 4_000
"""The most work that is begun. An engine gives a wire a place in every column that it passes, and
orders and levels these with the cards: measured with the first engine on sums and on random graphs
of 60 to 280 ops, a layout of this size takes about five seconds of processor time.
"""


def work(cards: Collection[int], wires: Sequence[Wire]) -> int:
    """The number of cards, and of the places of wires between these, in as many columns as the
    longest way needs.
    """
    column = late_columns(cards, wires)
    passed = (column[target] - column[source] - 1 for source, target, _ in wires)
    return len(cards) + sum(max(0, count) for count in passed)
