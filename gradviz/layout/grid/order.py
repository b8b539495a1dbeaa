"""From boxes and wires to layers: ranks, components, and one-row items where wires pass."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence

from gradviz.errors import LayoutError
from gradviz.layout.grid.model import Box, Wire, port_offset

SWEEPS = 12


def order_layers(layers: Layers) -> None:
    """Sort each layer in place and number its items in `order`; keep the best ordering found."""
    _follow_operands(layers)
    best, best_orders = crossings(layers), _orders(layers)
    for sweep in range(SWEEPS):
        if best == 0:
            break
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            keys = {item: _barycentre(item, forward) for item in layer}
            layer.sort(key=keys.__getitem__)
            _number(layer)
        count = crossings(layers)
        if count < best:
            best, best_orders = count, _orders(layers)
    for layer, orders in zip(layers, best_orders, strict=True):
        layer[:] = orders
        _number(layer)


def crossings(layers: Layers) -> int:
    """How many pairs of links cross, with the items in their present order."""
    return sum(_layer_crossings(layer) for layer in layers)


def _layer_crossings(layer: list[Item]) -> int:
    ends = sorted(
        (item.order, link.target.order, link.slot) for item in layer for link in item.outputs
    )
    seen: list[tuple[int, int]] = []
    count = 0
    for _, order, slot in ends:
        count += len(seen) - bisect_right(seen, (order, slot))
        insort(seen, (order, slot))
    return count


def _follow_operands(layers: Layers) -> None:
    """Start in the order of a depth-first walk from the outputs, first operand first."""
    met: dict[Item, int] = {}
    stack = [item for layer in layers for item in reversed(layer) if not item.outputs]
    while stack:
        item = stack.pop()
        if item not in met:
            met[item] = len(met)
            stack.extend(link.source for link in reversed(item.inputs))
    for layer in layers:
        layer.sort(key=met.__getitem__)
        _number(layer)


def _barycentre(item: Item, forward: bool) -> float:
    if forward:
        places = [link.source.order + 0.01 * link.slot for link in item.inputs]
    else:
        places = [link.target.order + 0.1 * min(link.slot, 9) for link in item.outputs]
    return sum(places) / len(places) if places else float(item.order)


def _number(layer: list[Item]) -> None:
    for order, item in enumerate(layer):
        item.order = order


def _orders(layers: Layers) -> list[list[Item]]:
    return [list(layer) for layer in layers]


class Item:
    """An item of a layer: a box, or (with `node` None) one row of a wire that passes through it."""

    __slots__ = ("height", "inputs", "node", "order", "outputs", "rank", "width", "x", "y")

    def __init__(self, node: int | None, rank: int, width: int = 0, height: int = 1) -> None:
        self.node = node
        self.rank = rank
        self.width = width
        self.height = height
        self.inputs: list[Link] = []
        self.outputs: list[Link] = []
        self.order = self.x = self.y = 0

    @property
    def out_row(self) -> int:
        """The row on which its value leaves."""
        return self.y + port_offset(self.height, 0)


class Link:
    """A piece of wire from one layer to the next.

    It is straight if `target.y == source.y + drop`.
    """

    __slots__ = ("drop", "pull", "slot", "source", "target")

    def __init__(self, source: Item, target: Item, slot: int) -> None:
        self.source = source
        self.target = target
        self.slot = slot
        self.drop = port_offset(source.height, 0) - port_offset(target.height, slot)
        self.pull = 0.0
        source.outputs.append(self)
        target.inputs.append(self)

    @property
    def in_row(self) -> int:
        """The row on which the value arrives."""
        return self.target.y + port_offset(self.target.height, self.slot)


Layers = list[list[Item]]


def components(nodes: Sequence[int], wires: Sequence[Wire]) -> list[tuple[list[int], list[Wire]]]:
    """The weakly connected components, each with its wires, in the order of their first nodes."""
    near: dict[int, list[int]] = {node: [] for node in nodes}
    for source, target, _ in wires:
        near[source].append(target)
        near[target].append(source)
    home: dict[int, int] = {}
    count = 0
    for first in nodes:
        if first in home:
            continue
        home[first] = count
        stack = [first]
        while stack:
            for node in near[stack.pop()]:
                if node not in home:
                    home[node] = count
                    stack.append(node)
        count += 1
    parts: list[tuple[list[int], list[Wire]]] = [([], []) for _ in range(count)]
    for node in nodes:
        parts[home[node]][0].append(node)
    for wire in wires:
        parts[home[wire[0]]][1].append(wire)
    return parts


def ranks(nodes: Sequence[int], wires: Iterable[Wire]) -> dict[int, int]:
    """The column of each node: the longest path to it; sources next to their first consumer.

    Raises LayoutError if the wires form a cycle.
    """
    consumers: dict[int, list[int]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for source, target, _ in wires:
        consumers[source].append(target)
        waiting[target] += 1
    sources = [node for node in nodes if not waiting[node]]
    rank = dict.fromkeys(nodes, 0)
    ready = list(sources)
    for node in ready:
        for target in consumers[node]:
            rank[target] = max(rank[target], rank[node] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if len(ready) < len(nodes):
        stuck = min(node for node in nodes if waiting[node])
        raise LayoutError(
            "the wires form a cycle", where=f"box {stuck}", expected="an acyclic graph"
        )
    for node in sources:
        if consumers[node]:
            rank[node] = min(rank[target] for target in consumers[node]) - 1
    return rank


def build_layers(boxes: Mapping[int, Box], nodes: Sequence[int], wires: Sequence[Wire]) -> Layers:
    """The items of one component, layer by layer, linked from each layer to the next.

    A value that skips layers passes each of them once, however many consumers it has beyond them.
    """
    rank = ranks(nodes, wires)
    layers: Layers = [[] for _ in range(max(rank.values()) + 1)]
    items: dict[int, Item] = {}
    for node in nodes:
        items[node] = Item(node, rank[node], boxes[node].width, boxes[node].height)
        layers[rank[node]].append(items[node])
    sinks: dict[int, list[Wire]] = {}
    for wire in wires:
        sinks.setdefault(wire[0], []).append(wire)
    for source, fan in sinks.items():
        last = items[source]
        for wire in sorted(fan, key=lambda wire: (rank[wire[1]], wire)):
            while last.rank < rank[wire[1]] - 1:
                passing = Item(None, last.rank + 1)
                layers[passing.rank].append(passing)
                Link(last, passing, 0)
                last = passing
            Link(last, items[wire[1]], wire[2])
    for layer in layers:
        for item in layer:
            item.inputs.sort(key=lambda link: link.slot)
    return layers
