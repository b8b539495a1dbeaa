"""Which numbers of the graph the texts of a network show, and which a step speaks of."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gradviz.story.neurons.frames import UnitFrame
from gradviz.trace.neurons import Layer, UnitTrace
from gradviz.trace.ways import Spot

Quantity = tuple[int, str]
"""A node, and its value or its gradient."""


def shown(walk: UnitTrace, key: str) -> Iterator[Quantity]:
    """The numbers that the text of this key shows, or gives away."""
    what, *rest = key.split("-")
    if what == "loss" and rest == ["value"]:
        yield walk.trace.graph.output, "value"
    elif what == "target":
        yield walk.targets[int(rest[0])], "value"
    elif what == "unit" and len(rest) == 3:
        k, unit = map(int, rest[:2])
        yield from _of_unit(walk.layers[k], k, unit, key)
    elif what in ("weight", "gradient", "brought") and len(rest) == 3:
        k, unit, source = map(int, rest)
        layer = walk.layers[k]
        kind = "gradient" if what == "gradient" else "value"
        yield _weight(layer, unit, source, len(walk.layers[k - 1].values)), kind
        if what == "brought":
            yield _total(layer, unit), "gradient"


def _of_unit(layer: Layer, k: int, unit: int, key: str) -> Iterator[Quantity]:
    value = layer.nodes[unit] if layer.nodes else layer.node
    if key.endswith("-value"):
        yield value, "value"
    elif key.endswith("-sum"):
        yield _total(layer, unit), "value"
    elif key.endswith("-delta"):
        yield _total(layer, unit) if k else value, "gradient"
        yield value, "gradient"
    elif key.endswith("-bias") and layer.bias_nodes:
        yield layer.bias_nodes[unit if len(layer.bias_nodes) > 1 else 0], "value"


def _total(layer: Layer, unit: int) -> int:
    """The node of a unit's sum."""
    return layer.totals[unit] if layer.totals else layer.total


def _weight(layer: Layer, unit: int, source: int, sources: int) -> int:
    nodes = layer.weight_nodes
    return nodes[unit * sources + source] if len(nodes) > 1 else nodes[0]


def is_lit(walk: UnitTrace, key: str, spot: Collection[Spot]) -> bool:
    """Whether what bears this key belongs to units in the light, or to arcs between two."""
    what, *rest = key.split("-")
    at = [int(part) for part in rest if part.isdigit()]
    loss, last = (len(walk.layers), 0), len(walk.layers) - 1
    if what == "head":
        return any(layer == at[0] for layer, _ in spot)
    if what in ("arc", "weight", "gradient", "brought", "lit"):
        return (at[0], at[1]) in spot and (at[0] - 1, at[2]) in spot
    if what == "wire":
        return loss in spot and (last, at[0]) in spot
    if what in ("loss", "target"):
        return loss in spot
    if what in ("pixel", "tie"):
        return (0, at[0]) in spot
    return what == "unit" and (at[0], at[1]) in spot


def concerned(frame: UnitFrame) -> set[Quantity]:
    """The numbers that the words of a step tell."""
    walk, place = frame.walk, frame.place
    if place is None:
        return set()
    layers = walk.layers
    if place.kind == "loss":
        nodes = {walk.trace.graph.output, *walk.targets, *_values(layers[-1])}
        return {(node, "value") for node in nodes}
    layer = layers[place.layer]
    weights = {(node, "value") for node in layer.weight_nodes}
    deltas = {(node, "gradient") for node in (*_totals(layer), *_values(layer))}
    values = {(node, "value") for node in (*_totals(layer), *_values(layer))}
    before = _values(layers[place.layer - 1]) if place.layer else ()
    met = {(node, "value") for node in before}
    if place.kind == "unit":
        return weights | values | met | {(node, "value") for node in layer.bias_nodes}
    if place.kind == "weights":
        return deltas | met | {(node, "gradient") for node in layer.weight_nodes}
    if place.layer + 1 < len(layers):
        after = layers[place.layer + 1]
        deltas |= {(node, "gradient") for node in _totals(after)}
        deltas |= {(node, "value") for node in after.weight_nodes}
    return deltas | (values if layer.bend else set())


def _values(layer: Layer) -> tuple[int, ...]:
    return layer.nodes or (layer.node,)


def _totals(layer: Layer) -> tuple[int, ...]:
    return layer.totals or (layer.total,)
