"""The row of each item, keeping its layer's order: one longest path dead straight, the rest close
to it.

Rows minimise the weighted squared bends of the wires, layer by layer: isotonic regression by
pooling adjacent violators (Ayer et al., 1955). Then items slide to where a wire is exactly
straight, if there is room.
"""

from __future__ import annotations

from itertools import pairwise
from math import floor

from gradviz.layout.grid.order import Item, Layers, Link

SETTLE_ROUNDS = 6
SNAP_ROUNDS = 4
PINNED = 1e12
BEND_COST = 1.5
MANY_LINKS = 40
FAR = 10**9


def place_rows(layers: Layers, down: int = 1) -> None:
    """Set `y` of every item; boxes of a layer stay so many rows apart. Rows may be negative."""
    spine = longest_path(layers)
    _weigh(layers, spine)
    for layer in layers:
        _stack(layer, down)
    pinned = _pin(spine)
    for turn in range(SETTLE_ROUNDS):
        both = turn >= SETTLE_ROUNDS // 2
        for layer in layers:
            _settle(layer, pinned, down, left=True, right=both)
        for layer in reversed(layers):
            _settle(layer, pinned, down, left=both, right=True)
    for _ in range(SNAP_ROUNDS):
        moved = [_snap(layer, pinned, down) for layer in layers]
        moved += [_snap(layer, pinned, down) for layer in reversed(layers)]
        if not any(moved):
            break


def longest_path(layers: Layers) -> list[Link]:
    """A longest path from box to box, through the first operand where several are equally deep."""
    depth: dict[Item, int] = {}
    for layer in layers:
        for item in layer:
            if item.node is not None:
                depth[item] = max(
                    (depth[a.source] + 1 for a in item.inputs if a.source in depth), default=0
                )
    path: list[Link] = []
    end = max(depth, key=depth.__getitem__)
    while depth[end]:
        link = next(link for link in end.inputs if depth.get(link.source, -1) == depth[end] - 1)
        path.append(link)
        end = link.source
    return path[::-1]


def clearance(above: Item, below: Item, down: int = 1) -> int:
    """The blank rows between two neighbours of a layer: wires avoid boxes, not each other."""
    passing = (above.node is None) + (below.node is None)
    return (down, 1, 0)[passing]


def _weigh(layers: Layers, spine: list[Link]) -> None:
    """Weigh how straight each link should be: long wires, then the spine; leaves may bend."""
    for layer in layers:
        for item in layer:
            for link in item.outputs:
                passing = (link.source.node is None) + (link.target.node is None)
                link.pull = (2.0 if link.source.inputs else 1.0, 2.0, 8.0)[passing]
    for link in spine:
        link.pull = 6.0


def _stack(layer: list[Item], down: int) -> None:
    for above, below in pairwise(layer):
        below.y = above.y + above.height + clearance(above, below, down)


def _pin(spine: list[Link]) -> dict[Item, int]:
    """The rows of the spine, which no other wish can change."""
    if not spine:
        return {}
    first = spine[0].source
    pinned = {first: 0}
    for link in spine:
        pinned[link.target] = pinned[link.source] + link.drop
    for item, y in pinned.items():
        item.y = y
    return pinned


def _wish(item: Item, left: bool, right: bool) -> tuple[float, float]:
    """The row an item would take if it were alone, and how much that matters."""
    total = weight = 0.0
    if left:
        for link in item.inputs:
            total += link.pull * (link.source.y + link.drop)
            weight += link.pull
    if right:
        for link in item.outputs:
            total += link.pull * (link.target.y - link.drop)
            weight += link.pull
    return (total / weight, weight) if weight else (float(item.y), 0.1)


def _settle(
    layer: list[Item], pinned: dict[Item, int], down: int, *, left: bool, right: bool
) -> None:
    """Give the layer the rows of least weighted squared distance from the wishes, in its order."""
    offsets: list[int] = []
    blocks: list[tuple[float, float, int]] = []  # common shift, weight, number of items
    offset = 0
    for index, item in enumerate(layer):
        if index:
            above = layer[index - 1]
            offset += above.height + clearance(above, item, down)
        offsets.append(offset)
        row, weight = (float(pinned[item]), PINNED) if item in pinned else _wish(item, left, right)
        shift, count = row - offset, 1
        while blocks and blocks[-1][0] > shift:
            other, other_weight, other_count = blocks.pop()
            shift = (shift * weight + other * other_weight) / (weight + other_weight)
            weight += other_weight
            count += other_count
        blocks.append((shift, weight, count))
    index = 0
    for shift, _, count in blocks:
        for _ in range(count):
            layer[index].y = floor(shift + 0.5) + offsets[index]
            index += 1


def _snap(layer: list[Item], pinned: dict[Item, int], down: int) -> bool:
    """Slide items to the best row at which one of their wires is straight; return if any moved."""
    moved = False
    last = len(layer) - 1
    for index in (*range(last + 1), *range(last - 1, -1, -1)):
        item = layer[index]
        if item in pinned or len(item.inputs) + len(item.outputs) > MANY_LINKS:
            continue
        wishes = [(link.source.y + link.drop, link.pull) for link in item.inputs]
        wishes += [(link.target.y - link.drop, link.pull) for link in item.outputs]
        if all(row == item.y for row, _ in wishes):
            continue
        low, high = _room(layer, index, down)
        best, best_cost = item.y, _bends(item.y, wishes)
        for row in dict.fromkeys(min(max(row, low), high) for row, _ in wishes):
            if row != item.y and (cost := _bends(row, wishes)) < best_cost - 1e-9:
                best, best_cost = row, cost
        moved = moved or best != item.y
        item.y = best
    return moved


def _room(layer: list[Item], index: int, down: int) -> tuple[int, int]:
    """The first and the last row that an item can take while its neighbours stay."""
    item, low, high = layer[index], -FAR, FAR
    if index:
        above = layer[index - 1]
        low = above.y + above.height + clearance(above, item, down)
    if index + 1 < len(layer):
        below = layer[index + 1]
        high = below.y - item.height - clearance(item, below, down)
    return low, high


def _bends(row: int, wishes: list[tuple[int, float]]) -> float:
    cost = 0.0
    for wish, pull in wishes:
        if wish != row:
            cost += pull * (abs(row - wish) + BEND_COST)
    return cost
