"""The chain rule written out: every path from an input to the output, and the product along it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from gradviz.graph.graph import Edge
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
    if not trace.graph.is_scalar:
        return None, ""
    found, why = ways(trace, source)
    if found is None:
        return None, why
    return tuple(_path(edges, trace) for edges in found), ""


def ways(trace: Trace, source: int) -> tuple[tuple[tuple[Edge, ...], ...] | None, str]:
    """The edges of every path from `source` to the output, of arrays too; or None and a sentence
    saying why none are shown.
    """
    count = _count(trace)[source]
    if count > LIMIT:
        return (
            None,
            f"there are {count if count < 10**9 else 'over a billion'} paths, more than {LIMIT}",
        )
    return tuple(_walks(trace, source)), ""


def _count(trace: Trace) -> list[int]:
    """For each node, the number of contributing paths to the output."""
    counts = [0] * len(trace.graph.ops)
    counts[trace.graph.output] = 1
    for (
        edge
    ) in trace.recording.edges:  # in backward order: a target is complete before its edges come
        counts[edge.source] += counts[edge.target]
    return counts


def _walks(trace: Trace, source: int) -> list[tuple[Edge, ...]]:
    """The contributing edges from a node to the output, in every way."""
    found: list[tuple[Edge, ...]] = []
    waiting: list[tuple[int, Any]] = [(source, None)]  # a way is its last edge and what led there
    while waiting:
        node, way = waiting.pop()
        if node == trace.graph.output:
            found.append(_edges(way))
            continue
        for step in trace.contributions(node):
            assert step.edge is not None
            waiting.append((step.edge.target, (step.edge, way)))
    return sorted(found)


def _edges(way: Any) -> tuple[Edge, ...]:
    """A way from its first edge to its last."""
    found = []
    while way is not None:
        edge, way = way
        found.append(edge)
    return tuple(reversed(found))


def _path(edges: tuple[Edge, ...], trace: Trace) -> Path:
    factors = tuple(map(partial(_local, trace), edges))
    product = trace.seed
    with trace.xp.quiet():
        for edge, factor in zip(reversed(edges), reversed(factors), strict=True):
            stops = trace.graph.routes(edge) is not None and bool(factor == 0)
            product = trace.xp.asarray(0 if stops else product * factor)
    return Path(edges, factors, product)


def _local(trace: Trace, edge: Edge) -> Any:
    step = trace.step_of(edge)
    assert step is not None
    return trace.recording.local[step - trace.seed_step - 1]
