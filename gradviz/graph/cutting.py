"""Cutting a graph at a node, so that what comes after it can be run on its own."""

from __future__ import annotations

from dataclasses import replace

from gradviz.graph.graph import INPUT, Graph, Node


def cut_at(graph: Graph, node: int, name: str) -> Graph:
    """The part of the graph after a node: the node becomes an input of this name.

    Nodes on which the output no longer depends are left out; the others keep their order, inputs
    first. Shapes must be bound again.
    """
    needed, waiting = {graph.output}, [graph.output]
    while waiting:
        at = waiting.pop()
        inputs = () if at == node else graph.nodes[at].inputs
        waiting += [i for i in inputs if i not in needed]
        needed.update(inputs)
    kept = sorted(needed, key=lambda i: (i != node and graph.nodes[i].op != INPUT, i))
    place = {old: new for new, old in enumerate(kept)}

    def placed(i: int) -> Node:
        row = graph.nodes[i]
        if i == node:
            return Node(place[i], INPUT, name=name)
        return replace(row, id=place[i], inputs=tuple(place[j] for j in row.inputs), shape=None)

    return Graph([placed(i) for i in kept], place[graph.output], graph.source)
