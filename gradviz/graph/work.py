"""How much work the nodes of a bound graph are."""

from __future__ import annotations

import math

from gradviz.graph.graph import Graph, Node

CALL = 1_000
"""Elements that could be computed in the time that a node takes whatever its size."""


def work(graph: Graph, node: Node) -> int:
    """The multiply-adds of a node that is not a leaf, and the elements that it reads and writes."""
    op, shapes = graph.op(node), [graph.nodes[i].shape or () for i in node.inputs]
    size = math.prod(node.shape or ()) + sum(map(math.prod, shapes))
    return size + (op.work(node.shape or (), *shapes, **node.options) if op.work else 0)


def work_of_pass(graph: Graph) -> int:
    """The same of a forward pass, with what each node takes whatever its size."""
    return sum(CALL + work(graph, node) for node in graph.nodes if not node.is_leaf)
