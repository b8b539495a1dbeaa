"""Checking the gradient of any node: the graph cut open there, so that the node becomes an input to
move.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.graph.graph import INPUT, labels


@dataclass(frozen=True, slots=True)
class Checked:
    """A node's gradient beside the measured and the exact one, and what is to be said about
    them.
    """

    name: str
    ours: Any
    measured: Any
    exact: Any
    verdict: str
    error: float
    remarks: tuple[str, ...]


def check_node(trace: gv.Trace, node: int) -> Checked:
    """Compare a node's gradient with finite differences.

    Raises ValueInputError for a node without a gradient.
    """
    if trace.gradients[node] is None:
        raise ValueInputError(
            "this node has no gradient to check", hint=trace.note or "select another node"
        )
    name = labels(trace.graph).get(node, "")
    if not name:
        raise ValueInputError("a plain number has no gradient to check", hint="select another node")
    floats = trace.dtype if trace.backend != "exact" else "float64"
    graph, values = trace.graph, trace.inputs()
    if graph.nodes[node].op != INPUT:
        graph = opened_at(graph, node, name)
        values = {n.name: values.get(n.name, trace.values[node]) for n in graph.inputs}
    row = gv.check(
        graph, values=values, wrt=[name], upstream=trace.seed, backend=trace.backend, dtype=floats
    )[name]
    return Checked(
        name,
        trace.gradients[node],
        row.measured,
        row.exact,
        row.verdict,
        row.error,
        (*row.kinks, *row.notes),
    )


def opened_at(graph: gv.Graph, node: int, name: str) -> gv.Graph:
    """What the output makes of a node, with the node turned into an input of this name."""
    needed, waiting = {graph.output}, [graph.output]
    while waiting:
        at = waiting.pop()
        inputs = () if at == node else graph.nodes[at].inputs
        waiting += [i for i in inputs if i not in needed]
        needed.update(inputs)
    kept = sorted(needed, key=lambda i: (i != node and graph.nodes[i].op != INPUT, i))
    place = {old: new for new, old in enumerate(kept)}
    nodes = [
        (
            gv.Node(place[i], INPUT, name=name)
            if i == node
            else replace(
                graph.nodes[i],
                id=place[i],
                inputs=tuple(place[j] for j in graph.nodes[i].inputs),
                shape=None,
            )
        )
        for i in kept
    ]
    return gv.Graph(nodes, place[graph.output], graph.source)
