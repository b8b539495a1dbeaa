"""A run with its composites written in the simpler ops that people work them out in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression, constant, graph_of
from gradviz.graph.graph import INPUT, Graph
from gradviz.graph.symbols import Symbols
from gradviz.trace import Trace

KEPT = frozenset({"sigmoid", "mean", "embedding", "dropout"})
"""Composites that people take in one step, and those in which nobody knows the steps."""


@dataclass(frozen=True)
class Opened:
    """The graph in simpler ops.

    inner   by node of the run, the node here that has its value.
    outer   by node here, the node of the run that it belongs to.
    inside  the nodes here that only a composite has.
    """

    graph: Graph
    inner: dict[int, int]
    outer: tuple[int, ...]
    inside: frozenset[int]


def opened(trace: Trace) -> Opened:
    """The graph of a run, opened as far as its values allow."""
    graph = trace.graph
    if any(_opens(graph, node.id) for node in graph.nodes):
        try:
            return _opened(trace)
        except (GradvizError, ValueError, TypeError):
            pass  # its inside depends on more than the recorded numbers
    same = {node.id: node.id for node in graph.nodes}
    return Opened(graph, same, tuple(same), frozenset())


def _opens(graph: Graph, node: int) -> bool:
    op = graph.ops[node]
    return op is not None and op.expand is not None and op.name not in KEPT and not op.hidden


def _opened(trace: Trace) -> Opened:
    graph, xp = trace.graph, trace.xp
    given = {n.name: trace.values[n.id] for n in graph.inputs}
    symbols = Symbols(given, xp)
    made: dict[int, Expression] = {}
    for node in graph.nodes:
        if node.is_leaf:
            made[node.id] = Expression(node.op, (), node.options, node.name)
            continue
        operands = tuple(made[i] for i in node.inputs)
        op = graph.op(node)
        if not _opens(graph, node.id):
            made[node.id] = Expression(node.op, operands, node.options, node.name)
            continue
        built = constant(op.expanded(symbols, *operands, **node.options))
        named = any(built is known for known in made.values())
        made[node.id] = (
            built if named else Expression(built.op, built.inputs, built.options, node.name)
        )
    whole = graph_of(made[graph.output])
    places = {id(e): i for i, e in enumerate(whole._built_from)}
    inner = {i: places[id(e)] for i, e in made.items() if id(e) in places}
    shapes = {n.name: xp.shape(given[n.name]) for n in whole.inputs}
    reals = {n.name for n in graph.nodes if n.real}
    bound = whole.bind(shapes, [n.id for n in whole.inputs if n.name in reals])
    own = {there: here for here, there in inner.items()}
    return Opened(bound, inner, _outer(bound, own), frozenset(range(len(bound.nodes))) - set(own))


def _outer(graph: Graph, own: dict[int, int]) -> tuple[int, ...]:
    """A node of a composite's inside belongs to the composite that it leads to."""
    found = [own.get(i, -1) for i in range(len(graph.nodes))]
    for node in reversed(range(len(graph.nodes))):
        if found[node] < 0:
            targets = [found[edge.target] for edge in graph.consumers[node]]
            found[node] = targets[0] if targets else own[graph.output]
    return tuple(found)


def program_of(found: Opened, trace: Trace) -> tuple[Program, list[Any]]:
    """Its program, and the values of all of its nodes."""
    wrt = [found.inner[i] for i in trace.wrt if i in found.inner]
    program = Program(found.graph, trace.xp, wrt)
    values = {n.name: trace.values[n.id] for n in trace.graph.inputs}
    inputs = [values[n.name] for n in found.graph.nodes if n.op == INPUT]
    return program, program.forward(inputs)
