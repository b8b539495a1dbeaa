"""Checking the gradient of any node: the graph cut open there, so that the node becomes an input to move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.graph.graph import INPUT
from gradviz.graph.labels import labels


@dataclass(frozen=True, slots=True)
class Checked:
    """A node's gradient beside the measured and the exact one, and what is to be said about them."""

    name: str
    ours: Any
    measured: Any
    exact: Any
    verdict: str
    error: float
    remarks: tuple[str, ...]


def check_node(trace: gv.Trace, node: int) -> Checked:
    """Compare a node's gradient with finite differences. Raises ValueInputError for a node without a gradient."""
    if trace.gradients[node] is None:
        raise ValueInputError("this node has no gradient to check", hint=trace.note or "select another node")
    name = labels(trace.graph).get(node, "")
    if not name:
        raise ValueInputError("a plain number has no gradient to check", hint="select another node")
    floats = trace.dtype if trace.backend != "exact" else "float64"
    values = trace.inputs()
    graph = trace.graph
    if graph.nodes[node].op != INPUT:
        graph = opened_at(graph, node, name)
        values[name] = trace.values[node]
    row = gv.check(
        graph, values=values, wrt=[name], upstream=trace.seed, backend=trace.backend, dtype=floats,
    )[name]  # fmt: skip
    return Checked(name, trace.gradients[node], row.measured, row.exact, row.verdict, row.error, (*row.kinks, *row.notes))


def opened_at(graph: gv.Graph, node: int, name: str) -> gv.Graph:
    """The same graph with a node turned into an input of this name."""
    nodes = [
        gv.Node(n.id, INPUT, name=name) if n.id == node else replace(n, shape=None) for n in graph.nodes
    ]
    return gv.Graph(nodes, graph.output, graph.source)
