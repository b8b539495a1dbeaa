"""The whole layout: components one below the other, columns left to right, paths port to port."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from gradviz.errors import LayoutError
from gradviz.layout.grid.model import (
    CLOSE,
    Apart,
    Box,
    GridLayout,
    Placed,
    Point,
    Wire,
    port_offset,
)
from gradviz.layout.grid.order import Item, Layers, Link, build_layers, components, order_layers
from gradviz.layout.grid.place import place_rows
from gradviz.layout.grid.route import Net, route

FEW_TRACKS = 16
"""With up to this many tracks, a channel leaves a blank column between them."""


def place(
    boxes: Mapping[int, Box], wires: Sequence[Wire], *, label_width: int = 0, apart: Apart = CLOSE
) -> GridLayout:
    """Place the boxes from left to right in columns and route every wire.

    A value is one net: its wires share a trunk. No wire enters a box and no two values share a run
    of cells, except that operands sharing a port row (see `Box`) meet in front of it.
    Components stand one below the other, in the order of their smallest ids. The order of `boxes`
    and `wires` does not matter. `label_width` cells are left free before each target port.

    Raises LayoutError for wires that do not fit the boxes or form a cycle.
    """
    nodes, wires = sorted(boxes), sorted(wires)
    _check(boxes, wires, label_width)
    placed: dict[int, Placed] = {}
    paths: dict[Wire, tuple[Point, ...]] = {}
    width = height = 0
    for part, part_wires in components(nodes, wires):
        layers = build_layers(boxes, part, part_wires)
        order_layers(layers)
        place_rows(layers, apart.down)
        width = max(width, _route(layers, paths, label_width, apart.across))
        height = _shift(layers, paths, part_wires, height + (height > 0))
        for item in chain(*layers):
            if item.node is not None:
                placed[item.node] = _placed(item, boxes[item.node])
    return GridLayout(width, height, placed, paths, label_width)


def _check(boxes: Mapping[int, Box], wires: Sequence[Wire], label_width: int) -> None:
    if label_width < 0:
        raise LayoutError(
            "the room for labels is negative", expected="label_width >= 0", got=label_width
        )
    taken: set[tuple[int, int]] = set()
    for wire in wires:
        source, target, slot = wire
        if source not in boxes or target not in boxes:
            raise LayoutError("a wire ends at a box that does not exist", where=f"wire {wire}")
        if not 0 <= slot < boxes[target].inputs:
            raise LayoutError(
                "a wire ends at a port that does not exist",
                where=f"wire {wire}",
                expected=f"a slot below {boxes[target].inputs}",
                got=slot,
            )
        if (target, slot) in taken:
            raise LayoutError(
                "two wires end at one operand", where=f"wire {wire}", expected="one wire per slot"
            )
        taken.add((target, slot))


Trails = dict[Item, tuple[int, list[Point]]]
"""For each wire that passes a layer: its source, and its path so far."""


def _route(
    layers: Layers, paths: dict[Wire, tuple[Point, ...]], label_width: int, across: int
) -> int:
    """Set `x` of every item and add the path of every wire; returns the width of the picture."""
    x = 0
    trails: Trails = {}
    for layer in layers:
        for item in layer:
            item.x = x
        x += max((item.width for item in layer if item.node is not None), default=1)
        if any(item.outputs for item in layer):
            x = _route_channel(layer, paths, trails, x, label_width, across)
    return x


def _route_channel(
    layer: list[Item],
    paths: dict[Wire, tuple[Point, ...]],
    trails: Trails,
    x: int,
    label_width: int,
    across: int,
) -> int:
    """Route the wires of a layer through the channel at column `x`; return the column after it."""
    nets = {
        item: Net(item.out_row, [a.in_row for a in item.outputs]) for item in layer if item.outputs
    }
    tracks = route(list(nets.values()))
    pitch = 2 if tracks <= FEW_TRACKS else 1
    stop = x + 1 + max(0, tracks - 1) * pitch + (tracks > 0) + 1 + label_width + 1 + across
    for item, net in nets.items():
        if item.node is not None:
            source, trail = item.node, [(item.x + item.width, item.out_row)]
        else:
            source, trail = trails.pop(item)
        for link in item.outputs:
            path = _join(trail, _hop(net, link, x + 1 + across // 2, pitch, stop))
            if link.target.node is None:
                trails[link.target] = source, path
            else:
                paths[source, link.target.node, link.slot] = tuple(path)
    return stop


def _hop(net: Net, link: Link, first_track: int, pitch: int, stop: int) -> list[Point]:
    """The corners of a link inside its channel, up to the last cell before column `stop`."""
    points: list[Point] = []
    row = net.entry
    for trunk in net.trunks:
        x = first_track + trunk.track * pitch
        points.append((x, row))
        row = link.in_row if trunk is net.trunks[-1] else trunk.exits[0]
        points.append((x, row))
    return [*points, (stop - 1, row)]


def _join(trail: Iterable[Point], points: Iterable[Point]) -> list[Point]:
    """Both as one path, without repeated points and without points inside a straight line."""
    path = list(trail)
    for point in points:
        if point == path[-1]:
            continue
        if len(path) > 1 and any(
            path[-2][axis] == path[-1][axis] == point[axis] for axis in (0, 1)
        ):
            path[-1] = point
        else:
            path.append(point)
    return path


def _shift(
    layers: Layers, paths: dict[Wire, tuple[Point, ...]], wires: Sequence[Wire], top: int
) -> int:
    """Move a component so that its first row is `top`; returns the row after its last."""
    items = list(chain(*layers))
    rows = [y for wire in wires for _, y in paths[wire]]
    shift = top - min(rows + [item.y for item in items])
    for item in items:
        item.y += shift
    for wire in wires:
        paths[wire] = tuple((x, y + shift) for x, y in paths[wire])
    return max([row + shift + 1 for row in rows] + [item.y + item.height for item in items])


def _placed(item: Item, box: Box) -> Placed:
    in_rows = tuple(item.y + port_offset(box.height, slot) for slot in range(box.inputs))
    return Placed(item.x, item.y, box.width, box.height, item.out_row, in_rows)
