"""The chain rule written out: every path from an input to the output, and the product along it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradviz.graph.graph import Edge
from gradviz.graph.networkx import to_networkx
from gradviz.trace.trace import Trace

LIMIT = 64
"""More paths than this are not worth reading."""


@dataclass(frozen=True, slots=True)
class Path:
    """One path from an input to the output.

    edges    from the input to the output.
    locals   the local gradient of each edge, as the trace recorded it.
    product  their product, times the gradient that the backward pass starts from.
    """

    edges: tuple[Edge, ...]
    locals: tuple[Any, ...]
    product: Any


def paths(trace: Trace, source: int) -> tuple[tuple[Path, ...] | None, str]:
    """Every path from `source` to the output, or None and a sentence saying why none are shown.

    The sum of the products is the gradient of `source`: that is the chain rule.
    """
    graph, output = trace.graph, trace.graph.output
    if any(node.shape != () for node in graph.nodes):
        return None, "the sum over paths is shown for graphs of scalars only"
    recorded = dict(zip(trace.recording.edges, trace.recording.local, strict=True))
    count = _count(trace)[source]
    if count > LIMIT:
        return (
            None,
            f"there are {count if count < 10**9 else 'over a billion'} paths, more than {LIMIT}",
        )
    if source == output:
        return (Path((), (), trace.seed),), ""
    return tuple(_path(edges, recorded, trace) for edges in _walks(recorded, trace, source)), ""


def _count(trace: Trace) -> list[int]:
    """For each node, the number of contributing paths to the output."""
    counts = [0] * len(trace.graph.nodes)
    counts[trace.graph.output] = 1
    for (
        edge
    ) in trace.recording.edges:  # in backward order: a target is complete before its edges come
        counts[edge.source] += counts[edge.target]
    return counts


def _walks(recorded: Mapping[Edge, Any], trace: Trace, source: int) -> list[tuple[Edge, ...]]:
    import networkx

    whole = to_networkx(trace.graph)
    contributing = whole.edge_subgraph(recorded)
    if source not in contributing:
        return []
    found = networkx.all_simple_edge_paths(contributing, source, trace.graph.output)
    return sorted(tuple(Edge(*step) for step in walk) for walk in found)


def _path(edges: tuple[Edge, ...], recorded: Mapping[Edge, Any], trace: Trace) -> Path:
    factors = tuple(recorded[e] for e in edges)
    product = trace.seed
    with trace.xp.quiet():
        for edge, factor in zip(reversed(edges), reversed(factors), strict=True):
            stops = trace.graph.routes(edge) is not None and bool(factor == 0)
            product = trace.xp.asarray(0 if stops else product * factor)
    return Path(edges, factors, product)
