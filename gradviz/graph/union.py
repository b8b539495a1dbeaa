"""Two graphs as one: what both compute is there once, what only one computes stands beside it.

Inputs are the same if they have the same name. Ops are the same if they are the same op with the
same options on operands that are the same; then also those that share an operand, such as a layer's
weights, or a name, though what else comes in differs: `w2*tanh(x)` and `w2*relu(x)` have one ×.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from heapq import heappop, heappush

from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph, Node

Both = tuple[int | None, int | None]
"""A node in the first graph and in the second; None where it has no counterpart."""
Ends = tuple[Edge | None, Edge | None]
LAST = sys.maxsize
"""A node of the first graph comes after the second's own nodes that lead to it."""


@dataclass(frozen=True)
class Union:
    """A graph with the nodes of two.

    graph  its nodes are those of the first where both have them. An operand that differs takes two
           slots: first that of the first graph, then that of the second.
    nodes  for each of its nodes the one in each graph.
    edges  for each of its edges the one in each graph.
    """

    graph: Graph
    nodes: tuple[Both, ...]
    edges: Mapping[Edge, Ends]

    @cached_property
    def places(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        """For each graph where its nodes stand in the union."""
        return _places(self.nodes, 0), _places(self.nodes, 1)

    @cached_property
    def drawn(self) -> tuple[Mapping[Edge, Edge], Mapping[Edge, Edge]]:
        """For each graph the edge of the union that each of its edges is."""
        first, second = (
            {edge: at for at, ends in self.edges.items() if (edge := ends[side]) is not None}
            for side in (0, 1)
        )
        return first, second

    @property
    def common(self) -> int:
        """How many inputs and ops both graphs have."""
        rows = self.graph.nodes
        return sum(None not in pair and rows[i].op != CONSTANT for i, pair in enumerate(self.nodes))


def union(first: Graph, second: Graph) -> Union:
    """Two bound graphs as one."""
    matching = Matching(first, second)
    matching.strict()
    strict = dict(matching.mates)
    matching.loose()
    for mates in (matching.mates, strict):
        pairs = _pairs(first, second, mates)
        order = _ordered(first, second, pairs)
        if order is not None:
            return _made(first, second, order)
    raise AssertionError("operands that are the same never make a circle")


class Matching:
    """Finds the nodes that two graphs share; `mates` gives the first's node for one of the
    second.
    """

    def __init__(self, first: Graph, second: Graph) -> None:
        self.first, self.second = first, second
        named = {name: node.id for name, node in zip(first.input_names, first.inputs, strict=True)}
        self.mates = {n.id: named[n.name] for n in second.inputs if n.name in named}
        self.taken = set(self.mates.values())
        self.by_name = {name: i for i, name in first.names.items()}

    def strict(self) -> None:
        """Match ops all of whose operands are the same, then constants that are left."""
        for node in self.second.nodes:
            if not node.is_leaf:
                self._match(node, self._on_the_same(node))
        self._constants()

    def loose(self) -> None:
        """Match ops of which one operand or the name is the same."""
        for node in self.second.nodes:
            if node.is_leaf or node.id in self.mates:
                continue
            self._match(node, self._on_the_same(node))
            if node.id not in self.mates:
                self._match(node, self._alike(node))

    def _match(self, node: Node, candidates: Iterable[int]) -> None:
        found = sorted(candidates, key=lambda i: self._unlike(self.first.nodes[i], node))
        if not found or node.id in self.mates:
            return
        other = self.first.nodes[found[0]]
        self._pair(other.id, node.id)
        for a, b in zip(other.inputs, node.inputs, strict=True):
            if self._are_constants(a, b):
                self._pair(a, b)

    def _pair(self, mine: int, theirs: int) -> None:
        self.mates[theirs] = mine
        self.taken.add(mine)

    def _unlike(self, other: Node, node: Node) -> tuple[bool, int, int]:
        """Which of several candidates comes first: one of this name, with these constants."""
        constants = zip(other.inputs, node.inputs, strict=True)
        wrong = sum(self._are_constants(a, b) and not self._same(a, b) for a, b in constants)
        return other.name != node.name, wrong, other.id

    def _same(self, a: int, b: int) -> bool:
        values = (self.first.nodes[a].options["value"], self.second.nodes[b].options["value"])
        return repr(values[0]) == repr(values[1])

    def _are_constants(self, a: int, b: int) -> bool:
        """Whether both are constants that are not matched yet."""
        leaves = self.first.nodes[a].op == self.second.nodes[b].op == CONSTANT
        return leaves and a not in self.taken and b not in self.mates

    def _agrees(self, other: Node, node: Node) -> bool:
        """Whether all operands are the same; an op of constants alone has the same ones."""
        pairs = list(zip(other.inputs, node.inputs, strict=True))
        if any(self.mates.get(b) == a for a, b in pairs):
            return all(self.mates.get(b) == a or self._are_constants(a, b) for a, b in pairs)
        return all(self._are_constants(a, b) and self._same(a, b) for a, b in pairs)

    def _free(self, candidates: Iterable[int], node: Node) -> Iterator[Node]:
        """The ops among candidates that are the same op with the same options, and not matched."""
        for i in dict.fromkeys(candidates):
            other = self.first.nodes[i]
            if i not in self.taken and _kind(other) == _kind(node):
                yield other

    def _consumers(self, node: Node) -> Iterator[int]:
        """What uses a node's operands in the same slots, in the first graph."""
        for slot, operand in enumerate(node.inputs):
            if operand in self.mates and self.second.nodes[operand].op != CONSTANT:
                edges = self.first.consumers[self.mates[operand]]
                yield from (edge.target for edge in edges if edge.slot == slot)

    def _on_the_same(self, node: Node) -> list[int]:
        candidates: Iterable[int] = self._consumers(node)
        if all(self.second.nodes[i].op == CONSTANT for i in node.inputs):
            candidates = self.first.fixed
        return [o.id for o in self._free(sorted(candidates), node) if self._agrees(o, node)]

    def _alike(self, node: Node) -> list[int]:
        named = [self.by_name[node.name]] if node.name in self.by_name else []
        return [o.id for o in self._free([*named, *self._consumers(node)], node)]

    def _constants(self) -> None:
        """Match constants of one value that are left, in order."""
        left: dict[str, list[int]] = {}
        for i, value in self.first.constants:
            if i not in self.taken:
                left.setdefault(repr(value), []).append(i)
        for j, value in self.second.constants:
            if j not in self.mates and left.get(repr(value)):
                self._pair(left[repr(value)].pop(0), j)


def _kind(node: Node) -> tuple[str, int, tuple[tuple[str, str], ...]]:
    options = sorted((key, str(value)) for key, value in node.options.items())
    return node.op, len(node.inputs), () if node.is_leaf else tuple(options)


def _pairs(first: Graph, second: Graph, mates: Mapping[int, int]) -> list[Both]:
    """The nodes of the union: those of the first, and where the second's own come in."""
    partner = {mine: theirs for theirs, mine in mates.items()}
    own = [(None, j) for j in range(len(second.args)) if j not in mates]
    return [*((i, partner.get(i)) for i in range(len(first.args))), *own]


def _ordered(first: Graph, second: Graph, pairs: list[Both]) -> list[Both] | None:
    """The nodes so that operands come first, inputs before all, else as in the first graph; None
    where they go round in a circle.
    """
    place = _places(pairs, 0), _places(pairs, 1)
    after: list[set[int]] = [set() for _ in pairs]
    waits = [0] * len(pairs)
    for side, graph in enumerate((first, second)):
        for source, target, _ in graph.edges:
            a, b = place[side][source], place[side][target]
            if b not in after[a]:
                after[a].add(b)
                waits[b] += 1
    ranks, following = dict[int, tuple[int, int]](), len(first.args)
    for j in reversed(range(len(second.args))):
        mine = pairs[place[1][j]][0]
        following = following if mine is None else mine
        ranks[place[1][j]] = following, j
    ranks |= {k: (i, LAST) for k, (i, _) in enumerate(pairs) if i is not None}

    def rank(k: int) -> tuple[bool, tuple[int, int], int]:
        i, j = pairs[k]
        node = first.nodes[i] if i is not None else second.nodes[j]  # type: ignore[index]
        return node.op != INPUT, ranks[k], k

    ready = [rank(k) for k, count in enumerate(waits) if not count]
    ready.sort()
    order = []
    while ready:
        *_, k = heappop(ready)
        order.append(pairs[k])
        for target in after[k]:
            waits[target] -= 1
            if not waits[target]:
                heappush(ready, rank(target))
    return order if len(order) == len(pairs) else None


def _places(pairs: Iterable[Both], side: int) -> dict[int, int]:
    return {node: k for k, pair in enumerate(pairs) if (node := pair[side]) is not None}


def _made(first: Graph, second: Graph, order: list[Both]) -> Union:
    place = _places(order, 0), _places(order, 1)
    nodes, edges = list[Node](), dict[Edge, Ends]()
    for k, (i, j) in enumerate(order):
        row = first.nodes[i] if i is not None else second.nodes[j]  # type: ignore[index]
        mine = first.nodes[i].inputs if i is not None else (None,) * len(row.inputs)
        theirs = second.nodes[j].inputs if j is not None else (None,) * len(row.inputs)
        sources = list[int]()
        for slot, (a, b) in enumerate(zip(mine, theirs, strict=True)):
            ends = (
                None if a is None or i is None else Edge(a, i, slot),
                None if b is None or j is None else Edge(b, j, slot),
            )
            at = None if a is None else place[0][a], None if b is None else place[1][b]
            if at[0] == at[1] or None in at:
                source = at[0] if at[0] is not None else at[1]
                assert source is not None
                edges[Edge(source, k, len(sources))] = ends
                sources.append(source)
                continue
            for side, source in enumerate(at):
                assert source is not None
                one: Ends = (ends[0], None) if side == 0 else (None, ends[1])
                edges[Edge(source, k, len(sources))] = one
                sources.append(source)
        name = row.name or (second.nodes[j].name if j is not None else "")
        made = replace(row, id=k, inputs=tuple(sources), name=name, scope="", span=None)
        nodes.append(made)
    graph = Graph(nodes, place[0][first.output], first.source)
    return Union(graph, tuple(order), edges)
