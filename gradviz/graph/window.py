"""A part of a graph around some of its nodes: what they are made of, and what uses them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from gradviz.graph.graph import CONSTANT, Edge, Graph, labels

MOST: Final = 18
"""A window is filled up to so many nodes, constants not counted."""
MOST_USES: Final = 4
"""It is filled up with so many uses of a value: of many that are alike a few tell enough."""


@dataclass(frozen=True)
class Window:
    """Some nodes of a graph, drawn without the others.

    nodes   their ids, with the unnamed constants that they use.
    centre  the label of the node that it was opened around.
    """

    graph: Graph
    nodes: frozenset[int]
    centre: str

    @cached_property
    def inside(self) -> tuple[Edge, ...]:
        """The edges between its nodes."""
        return tuple(edge for edge in self._operands if edge.source in self.nodes)

    @cached_property
    def coming(self) -> tuple[Edge, ...]:
        """The edges that bring values in from outside."""
        return tuple(edge for edge in self._operands if edge.source not in self.nodes)

    @cached_property
    def leaving(self) -> dict[int, tuple[Edge, ...]]:
        """For each value that is used outside the edges that take it there."""
        found = {
            i: tuple(e for e in self.graph.consumers[i] if e.target not in self.nodes)
            for i in sorted(self.nodes)
        }
        return {i: edges for i, edges in found.items() if edges}

    @property
    def words(self) -> str:
        """What it shows, in a line."""
        return (
            f"window of {len(self.nodes):,} of {len(self.graph.args):,} nodes around {self.centre}"
        )

    @property
    def _operands(self) -> Iterator[Edge]:
        return (
            Edge(source, i, slot)
            for i in sorted(self.nodes)
            for slot, source in enumerate(self.graph.args[i])
        )


def within(graph: Graph, nodes: Iterable[int], hops: int, centre: int) -> Window:
    """The window of some nodes, their operands and theirs, and their uses and theirs, `hops` edges
    far.
    """
    found = set(nodes)
    start = frozenset(found)
    for nearby in (_operands, _uses):
        last = set(start)
        for _ in range(hops):
            last = {j for i in last for j in nearby(graph, i)} - found
            found |= last
    return _window(graph, found, centre)


def holding(graph: Graph, nodes: Iterable[int], centre: int) -> Window:
    """The window of some nodes and their operands, filled up to MOST nodes with what is nearest.

    At each distance operands come before uses, as the way from the inputs before what follows.
    """
    kept = dict.fromkeys(sorted(set(nodes)))
    held = {*kept, *(i for node in kept for i in _operands(graph, node))}
    before, after = sorted(held, reverse=True), [*kept]
    while len(held) < MOST and (before or after):
        before, held = _filled(held, (j for i in before for j in _operands(graph, i)))
        after, held = _filled(held, (j for i in after for j in _uses(graph, i)[:MOST_USES]))
        before += after
    return _window(graph, held, centre)


def _filled(held: set[int], more: Iterator[int]) -> tuple[list[int], set[int]]:
    """The nodes of `more` that there is room for, and all that are held then."""
    new: dict[int, None] = {}
    for i in more:
        if len(held) + len(new) >= MOST:
            break
        if i not in held:
            new[i] = None
    return [*new], held | new.keys()


def _operands(graph: Graph, node: int) -> list[int]:
    return [i for i in graph.args[node] if not _is_number(graph, i)]


def _uses(graph: Graph, node: int) -> list[int]:
    return [edge.target for edge in graph.consumers[node]]


def _is_number(graph: Graph, node: int) -> bool:
    row = graph.nodes[node]
    return row.op == CONSTANT and not row.name


def _window(graph: Graph, nodes: Collection[int], centre: int) -> Window:
    numbers = {j for i in nodes for j in graph.args[i] if _is_number(graph, j)}
    label = labels(graph).get(centre, graph.nodes[centre].op)
    return Window(graph, frozenset({*nodes, *numbers}), label)
