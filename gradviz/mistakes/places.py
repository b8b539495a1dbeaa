"""Where mistakes can be made: helpers for the declarations of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Any

import numpy as np

from gradviz.engine.changes import Changes, Use
from gradviz.graph.graph import CONSTANT, Edge, Graph, Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.working import FAILURES
from gradviz.trace.findings import At, Place

MOST_NEAR = 60
"""Of a long graph, so many nodes are looked at beside each."""
MOST_CELLS = 64
"""In larger arrays, mistakes in a single element are not looked for: nobody works them by hand."""
LOCAL = Callable[..., Any]


# Rules of the backward pass.
def at(op: str, brings: Callable[[Use], Any], slot: int | None = None) -> Changes:
    """A rule that changes the contribution of one op, at one operand or at all of them."""
    return Changes(
        contribute=lambda use: (
            brings(use) if use.op.name == op and slot in (None, use.edge.slot) else None
        )
    )


def slope(
    name: str,
    op: str,
    says: str,
    local: LOCAL,
    *,
    slot: int = 0,
    bits: float = 5.0,
    right: str = "",
) -> Mistake:
    """A wrong local gradient `(xp, y, *operands)` at an elementwise op."""

    def brings(use: Use) -> Any:
        return use.upstream * local(use.xp, use.value, *use.operands)

    return Mistake(
        name, rule=at(op, brings, slot), about="slope", says=says, bits=bits, right=right
    )


# Values.
def instead(
    name: str,
    ops: str | Sequence[str],
    says: str,
    value: Callable[..., Any],
    *,
    bits: float = 6.0,
    right: str = "",
    slope: LOCAL | None = None,
) -> Mistake:
    """Another value `(xp, y, *operands)` at these ops; `slope` goes with it on the way back."""
    wanted = (ops,) if isinstance(ops, str) else tuple(ops)

    def places(asked: Asked) -> Iterator[Made]:
        return everywhere(
            made
            for node in computed(asked, *wanted)
            for made in another_value(asked, node, value, slope)
        )

    return Mistake(name, about="working", says=says, places=places, bits=bits, right=right)


def another_value(
    asked: Asked,
    node: Node,
    value: Callable[..., Any],
    slope: LOCAL | None = None,
    *,
    bits: float = 0.0,
    **details: Any,
) -> Iterator[Made]:
    """The same at one node; nothing where it has no sense there or changes nothing."""
    xp = asked.working.xp
    true = asked.working.truth.values[node.id]
    if not _differs(asked, node, value, true):
        return

    def change(operands: Sequence[Any], y: Any) -> Any:
        return value(xp, y, *operands)

    place, told = Place(node=node.id), {"node": At(node.id), **details}
    edit = Edit(values={node.id: change})
    both = slope is not None and asked.is_backward
    yield Made(edit, place, bits + both, told, kind="forward" if both else "")
    if slope is not None and asked.is_backward:

        def brings(use: Use) -> Any:
            return use.upstream * slope(use.xp, use.value, *use.operands)

        edges = into(asked, node.id, slot=0)
        whole = Edit(values={node.id: change}, brings=((edges, brings),))
        yield Made(whole, place, bits + 0.75, told)


def everywhere(found: Iterable[Made], bits: float = -0.5) -> Iterator[Made]:
    """Places one by one, and all at once where there are several; those of a kind count apart."""
    kinds: dict[str, list[Made]] = {}
    for made in found:
        kinds.setdefault(made.kind, []).append(made)
        yield made
    for kind, several in kinds.items():
        if len({made.place for made in several}) > 1:
            whole = reduce(lambda edit, made: edit | made.edit, several[1:], several[0].edit)
            details = {**several[0].details, "every": ""}
            extra = bits + several[0].bits
            yield Made(whole, several[0].place, extra, details, kind=f"{kind} everywhere")


def _differs(asked: Asked, node: Node, value: Callable[..., Any], true: Any) -> bool:
    xp = asked.working.xp
    operands = asked.working.program.operands(asked.working.truth.values, node.id)
    try:
        with xp.quiet():
            made = xp.asarray(value(xp, true, *operands))
        return xp.shape(made) == xp.shape(true) and not np.array_equal(made, true)
    except FAILURES:
        return False


def into(asked: Asked, node: int, slot: int | None = None) -> frozenset[Edge]:
    """The edges along which a node passes its gradient back, or the one of a slot."""
    return frozenset(
        edge
        for edge in asked.working.truth.contributions
        if edge.target == node and slot in (None, edge.slot)
    )


def scaled(asked: Asked, node: int, factor: float) -> Edit:
    """A node whose value, and whose slopes with it, are multiplied by a number."""
    return Edit(
        values={node: lambda operands, y: y * factor},
        brings=((into(asked, node), lambda use: use.contribution * factor),),
    )


def read_as(asked: Asked, node: int, change: Callable[[Any], Any]) -> Edit:
    """Every use of a node's value reads another."""
    return Edit(reads=dict.fromkeys(asked.working.graph.consumers[node], change))


# Nodes and cells.
def near_nodes(graph: Graph, node: int) -> list[Node]:
    """The nodes before a node that somebody may take for another, in a long graph those next to it;
    and the first inputs.
    """
    first = max(0, node - MOST_NEAR)
    return [*graph.nodes[: min(first, MOST_NEAR, len(graph.inputs))], *graph.nodes[first:node]]


def computed(asked: Asked, *ops: str) -> Iterator[Node]:
    """The computed nodes that the claims depend on, or those of some ops."""
    working = asked.working
    nodes = asked.values if not asked.is_backward else range(len(working.graph.nodes))
    for i in sorted(nodes):
        node = working.graph.nodes[i]
        if not node.is_leaf and (not ops or node.op in ops):
            yield node


def leaves(asked: Asked) -> Iterator[Node]:
    """The inputs and constants with numbers that the claims depend on."""
    graph = asked.working.graph
    for node in graph.nodes:
        number = node.id not in graph.index_leaves and is_real(value_of(asked, node))
        if node.is_leaf and number and (asked.is_backward or node.id in asked.values):
            yield node


def numbers(asked: Asked) -> Iterator[tuple[Node, float]]:
    """The constants that are single numbers."""
    for node in leaves(asked):
        if node.op == CONSTANT and value_of(asked, node).shape == ():
            yield node, float(value_of(asked, node))


def are_neighbours(a: str, b: str) -> bool:
    """Whether two names differ in the number at their end: w5 and w6."""
    return bool(a and b) and a.rstrip("0123456789") == b.rstrip("0123456789")


def value_of(asked: Asked, node: int | Node) -> Any:
    """The right value of a node, as an array of NumPy."""
    return np.asarray(asked.working.truth.values[node if isinstance(node, int) else node.id])


def is_real(value: Any) -> bool:
    """Whether an array holds floats, not conditions or labels."""
    return np.asarray(value).dtype.kind == "f"


def cells(shape: Sequence[int]) -> list[tuple[int, ...]]:
    """The places of an array with axes that is small enough."""
    size = int(np.prod(shape)) if shape else 0
    return list(product(*map(range, shape))) if 0 < size <= MOST_CELLS else []


def put(array: Any, place: tuple[int, ...], value: Any) -> Any:
    """The array with another number at one place."""
    found = np.array(array, float)
    found[place] = value
    return found


def replaced(place: tuple[int, ...], value: float) -> Callable[[Any], Any]:
    """Reads an array with another number at one place."""
    return lambda array: put(array, place, value)


def always(value: Any) -> Callable[..., Any]:
    """Whatever it is given, this value."""
    return lambda *_: value


def after(change: Callable[[Any], Any]) -> Callable[[Sequence[Any], Any], Any]:
    """A value changed once it is computed."""
    return lambda operands, y: change(y)


def times(factor: Any) -> Callable[[Any], Any]:
    """Multiplied by a number."""
    return lambda value: value * factor


def element(cell: tuple[int, ...], change: Callable[[Any], float]) -> Callable[[Any], Any]:
    """One element of an array changed: `change(array)` stands there."""
    return lambda array: put(array, cell, change(array))


def in_cell(
    place: tuple[int, ...], value: Callable[[Any], float]
) -> Callable[[Sequence[Any], Any], Any]:
    """Changes one element of a value: `value(operands)` stands there."""
    return lambda operands, y: put(y, place, value(operands))
