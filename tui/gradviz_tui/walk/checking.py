"""Checking the gradient of any node: the graph is cut there, so the node becomes an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.graph.cutting import cut_at
from gradviz.graph.graph import INPUT, labels


@dataclass(frozen=True, slots=True)
class Checked:
    """A node's gradient next to the measured and the exact one, with a verdict and remarks."""

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
        graph = cut_at(graph, node, name)
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
