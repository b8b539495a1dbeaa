"""Residual blocks: a scope whose last op adds what came into the scope to what was made of it."""

from __future__ import annotations

from typing import Literal

from gradviz.graph.graph import Edge, Graph

MOST_SEEN = 10_000
"""So many nodes of a block are looked at."""


def role(graph: Graph, edge: Edge) -> Literal["skip", "body", ""]:
    """Whether an edge is the skip of a residual block, which goes past it, or ends its body.

    The skip ends at an op of two operands in a scope, and starts outside of it at a value from
    which the other operand is computed within the scope.
    """
    if is_skip(graph, edge):
        return "skip"
    others = graph.args[edge.target]
    if len(others) == 2 and is_skip(graph, Edge(others[1 - edge.slot], edge.target, 1 - edge.slot)):
        return "body"
    return ""


def is_skip(graph: Graph, edge: Edge) -> bool:
    """Whether an edge goes past the ops of a scope."""
    scope, operands = graph.nodes[edge.target].scope, graph.args[edge.target]
    if not scope or len(operands) != 2 or operands[0] == operands[1]:
        return False
    if _within(graph.nodes[edge.source].scope, scope):
        return False
    waiting, seen = [operands[1 - edge.slot]], set[int]()
    while waiting and len(seen) < MOST_SEEN:
        node = waiting.pop()
        if node == edge.source:
            return bool(seen)
        if node in seen or node < edge.source or not _within(graph.nodes[node].scope, scope):
            continue
        seen.add(node)
        waiting += graph.args[node]
    return False


def _within(inner: str, scope: str) -> bool:
    return inner == scope or inner.startswith(scope + "/")
