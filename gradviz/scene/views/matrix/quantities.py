"""Which numbers of the graph the texts of a product show, and which a step speaks of."""

from __future__ import annotations

from collections.abc import Collection

from gradviz.story.matrix.frames import MatrixFrame
from gradviz.trace.matrix import MatrixTrace
from gradviz.trace.ways import Spot

Quantity = tuple[int, str]
"""A node, and its value or its gradient."""


def shown(walk: MatrixTrace, key: str) -> set[Quantity]:
    """The numbers that the text of this key shows, or gives away."""
    eq = walk.equation
    nodes = {"W": eq.matrix, "x": eq.column, "pixel": eq.column, "b": eq.offset, "s": eq.sums}
    what, *rest = key.split("-")
    given: dict[str, set[Quantity]] = {
        "product": {(eq.matrix, "value"), (eq.column, "value")},
        "back": {(eq.matrix, "value"), (eq.sums, "gradient")},
    }
    if what in given:
        whole = {(eq.sums, "value")} if what == "product" else {(eq.column, "gradient")}
        return given[what] | (whole if rest == ["total"] else set())
    node = nodes.get(what)
    is_number = rest and (rest[-1].isdigit() or rest[-1] in ("value", "gradient"))
    if node is None or not is_number:
        return set()
    return {(node, "gradient" if rest[-1] == "gradient" else "value")}


def is_lit(key: str, spot: Collection[Spot]) -> bool:
    """Whether what bears this key belongs to entries in the light; the head of an array belongs to
    any of its entries.
    """
    what, *rest = key.split("-")
    array = {"class": "s", "u": "s", "pixel": "x"}.get(what, what)
    at = [int(part) for part in rest if part.isdigit()]
    if "tint" in rest or "box" in rest:
        return False
    if not at:
        return any(name == array for name, *_ in spot)
    return (array, *[*at, 0][:2]) in spot


def concerned(frame: MatrixFrame) -> set[Quantity]:
    """The numbers that the words of a step tell."""
    eq, place = frame.walk.equation, frame.place
    if place is None:
        return set()
    values = {(node, "value") for node in (eq.matrix, eq.column, eq.sums)}
    offset = set() if eq.offset is None else {(eq.offset, "value")}
    upstream = (eq.sums, "gradient")
    told: dict[str, set[Quantity]] = {
        "row": values | offset,
        "weights": {upstream, (eq.column, "value"), (eq.matrix, "gradient")},
        "bias": {upstream, (-1 if eq.offset is None else eq.offset, "gradient")},
        "inputs": {upstream, (eq.matrix, "value"), (eq.column, "gradient")},
    }
    return told[place.kind]
