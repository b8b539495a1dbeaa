"""gradviz's own columns, for machines on which no other engine can run.

Each card is placed one column after the last of its inputs, an input one column before its first
use; within a column the cards follow the cards that they are wired to. Wires are left to
`gradviz.layout.detour`.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

from gradviz.layout.curves import Box
from gradviz.layout.engines.engine import Answer, Choice, Engine, FailureError, Request

NAME: Final = "own"
SWEEPS: Final = 8


def _place(request: Request) -> Answer:
    columns = _columns(request)
    neighbours: dict[int, list[int]] = {key: [] for key in request.cards}
    holders = request.holders
    for source, target, _ in request.wires:
        neighbours[holders[source]].append(target)
        neighbours[target].append(holders[source])
    middles = {key: float(i) for column in columns for i, key in enumerate(column)}
    for _ in range(SWEEPS):
        for column in columns:
            column.sort(key=lambda key: (_mean(neighbours[key], middles), key))
            middles |= {key: i - len(column) / 2 for i, key in enumerate(column)}
    return Answer(_boxes(request, columns))


ENGINE: Final = Engine(NAME, _place, lambda: "gradviz's own columns")
CHOICES: Final = (Choice(NAME, 40, lambda: [ENGINE], "nothing"),)


def _columns(request: Request) -> list[list[int]]:
    """The cards of each column, from the left."""
    inputs: dict[int, set[int]] = {key: set() for key in sorted(request.cards)}
    uses: dict[int, set[int]] = {key: set() for key in inputs}
    holders = request.holders
    for source, target, _ in request.wires:
        inputs[target].add(holders[source])
        uses[holders[source]].add(target)
    try:
        order = list(TopologicalSorter(inputs).static_order())
    except CycleError:
        raise FailureError("the wires form a cycle") from None
    depth = dict.fromkeys(order, 0)
    for key in order:
        depth[key] = max((depth[i] + 1 for i in inputs[key]), default=0)
    for key in reversed(order):
        if not inputs[key] and uses[key]:
            depth[key] = min(depth[use] for use in uses[key]) - 1
    ends = dict.fromkeys(request.first, -1)
    ends |= {key: max(depth.values(), default=0) + 1 for key in request.last}
    depth |= ends
    columns: dict[int, list[int]] = {}
    for key in sorted(depth):
        columns.setdefault(depth[key], []).append(key)
    return [columns[d] for d in sorted(columns)]


def _boxes(request: Request, columns: list[list[int]]) -> dict[int, Box]:
    """Columns side by side, all centred on one line."""
    found, x = {}, 0.0
    for column in columns:
        cards = [request.cards[key] for key in column]
        wide = max(card.width for card in cards)
        high = sum(card.height for card in cards) + request.gap * (len(cards) - 1)
        y = -high / 2
        for key, card in zip(column, cards, strict=True):
            found[key] = Box(x + (wide - card.width) / 2, y, card.width, card.height)
            y += card.height + request.gap
        x += wide + request.channel
    return found


def _mean(neighbours: list[int], middles: Mapping[int, float]) -> float:
    return sum(middles[n] for n in neighbours) / len(neighbours) if neighbours else 0.0
