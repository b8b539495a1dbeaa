"""Stepping into a node: the simpler ops that it is made of, run on the recorded numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.engine.run import run
from gradviz.errors import ValueInputError
from gradviz.graph.expression import Expression, checked_name, constant, graph_of
from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph, Node, labels
from gradviz.graph.symbols import Symbols
from gradviz.ops import every
from gradviz.ops.op import Op, Shape
from gradviz.trace import Recording, Trace


def enter(trace: Trace, node: Any) -> Trace:
    """The inside of a composite node as its own trace.

    `node` is a name or label, an id, a `Node` or an expression. The op's `expand` runs on the
    operands' recorded values, with the node's recorded gradient as upstream gradient (forward only
    if there is none). Operands keep their names or labels; one that is used twice is one input,
    and a constant stays a constant. Gradients are taken where the original took them, with the same
    backend and dtype.

    Raises UnknownNameError for an unknown node, ValueInputError for one that has no inside.
    """
    row = trace.graph.nodes[trace.graph.find(node)]
    op = _composite(trace, row)
    operands = _operands(trace, row, op)
    given = {e.name: trace.values[i] for i, e in operands.items() if e.op == INPUT}
    symbols = Symbols(given, trace.xp)
    built = op.expanded(symbols, *[operands[i] for i in row.inputs], **row.options)
    made = graph_of(constant(built))
    name = labels(trace.graph).get(row.id) or f"node {row.id}"
    graph = Graph(made.nodes, made.output, f"inside {name}: {op.called}")
    used = {node.name for node in graph.inputs}
    inside = run(
        graph,
        values={name: value for name, value in given.items() if name in used},
        wrt=[operands[i].name for i in _differentiated(trace, row) if operands[i].name in used],
        upstream=trace.gradients[row.id],
        backend=trace.xp.name,
        dtype=trace.xp.dtype if trace.backend != "exact" else "float64",
    )
    return inside if trace.gradients[row.id] is not None else _forward_only(inside)


def _forward_only(trace: Trace) -> Trace:
    """The trace without a backward pass."""
    return Trace(
        trace.graph,
        trace.values,
        [None] * len(trace.values),
        None,
        Recording(),
        wrt=trace.wrt,
        backend=trace.backend,
        dtype=trace.dtype,
        note="The node has no gradient, so this is its forward pass only.",
    )


def unfolded(op: Op, shapes: Sequence[Shape], options: Mapping[str, Any]) -> Graph:
    """The graph of an op with `expand`, bound to its operands' shapes; its inputs are operand0,
    operand1, ….

    Raises ShapeError where the shapes do not fit.
    """
    names = [f"operand{i}" for i in range(len(shapes))]
    inputs = [
        Expression(INPUT, (), {"shape": list(s)}, name)
        for name, s in zip(names, shapes, strict=True)
    ]
    built = op.expanded(Symbols(), *inputs, **options)
    return graph_of(constant(built)).bind(dict(zip(names, shapes, strict=True)))


def can_enter(trace: Trace, node: int) -> bool:
    """Whether a node has an inside to step into."""
    row = trace.graph.nodes[node]
    return not row.is_leaf and trace.graph.op(row).expand is not None


def _composite(trace: Trace, row: Node) -> Op:
    """The op of a node that can be stepped into."""
    name = labels(trace.graph).get(row.id, f"node {row.id}")
    if row.is_leaf:
        raise ValueInputError(
            f"{name} is {'an' if row.op == INPUT else 'a'} {row.op}: there is nothing to step into"
        )
    op = trace.graph.op(row)
    if op.expand is None:
        composites = ", ".join(o.name for o in every() if o.expand is not None)
        raise ValueInputError(
            f"{name} is one step of {op.name}: there is nothing to step into",
            expected=f"one of {composites}",
        )
    return op


def _operands(trace: Trace, row: Node, op: Op) -> dict[int, Expression]:
    """By node id, the expression that represents each operand of a node."""
    known = labels(trace.graph)
    found: dict[int, Expression] = {}
    taken: set[str] = set()
    for slot, i in enumerate(row.inputs):
        if i in found:
            continue
        source = trace.graph.nodes[i]
        if source.op == CONSTANT:
            found[i] = Expression(CONSTANT, (), source.options, source.name)
            continue
        name = _usable(
            known.get(i, ""), op.inputs[min(slot, len(op.inputs) - 1)].lstrip("*"), taken
        )
        taken.add(name)
        found[i] = Expression(INPUT, name=name)
    return found


def _usable(name: str, otherwise: str, taken: set[str]) -> str:
    """A valid name for an input: the node's own if it is a word, else that of the op's operand."""
    try:
        checked_name(name)
    except ValueInputError:
        name = otherwise
    while name in taken:
        name += "_"
    return name


def _differentiated(trace: Trace, row: Node) -> Sequence[int]:
    """The operands that received a contribution; without a backward pass, those that could."""
    if trace.gradients[row.id] is not None:
        return [e.source for e in trace.recording.edges if e.target == row.id]
    edges = [Edge(i, row.id, slot) for slot, i in enumerate(row.inputs)]
    return [edge.source for edge in edges if trace.graph.takes_gradient(edge)]
