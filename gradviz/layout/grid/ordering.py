"""The order of the items in each layer, so that few wires cross: barycentre sweeps (Sugiyama, 1981)."""

from __future__ import annotations

from bisect import bisect_right, insort

from gradviz.layout.grid.layers import Item, Layers

SWEEPS = 12


def order_layers(layers: Layers) -> None:
    """Sort each layer in place and number its items in `order`; the best ordering met on the way is kept."""
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
    ends = sorted((item.order, link.target.order, link.slot) for item in layer for link in item.outputs)
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
