"""Conversion to networkx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradviz.graph.graph import Graph, labels

if TYPE_CHECKING:
    from networkx import MultiDiGraph


def to_networkx(graph: Graph) -> MultiDiGraph:
    """The graph as a MultiDiGraph: nodes are ids, edges run from source to target, keyed by slot.

    Nodes carry `op`, `name`, `label`, `options`, `scope` and `shape` (None while unbound), edges
    carry `slot`. The same value used twice, as in `x*x`, makes two edges.
    """
    import networkx

    called = labels(graph)
    found = networkx.MultiDiGraph(source=graph.source, output=graph.output)
    for node in graph.nodes:
        found.add_node(
            node.id,
            op=node.op,
            name=node.name,
            label=called.get(node.id, ""),
            options=dict(node.options),
            scope=node.scope,
            shape=node.shape,
        )
    found.add_edges_from((e.source, e.target, e.slot, {"slot": e.slot}) for e in graph.edges)
    return found
