"""The chain rule for arrays: the gradient of an element as a sum over the elements it enters."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gradviz.graph.graph import Edge
from gradviz.ops.contributions import contribution, reduction
from gradviz.trace.trace import Trace

Place = tuple[int, ...]
MOST_ELEMENTS: Final = 4
"""Sums are written out for inputs of so many elements."""
MOST_TERMS: Final = 8
"""An input is left out if a node that uses it has more elements than this."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of such a sum: (∂f/∂q[k]) (∂q[k]/∂x[i]).

    edge      from the input to the node that uses it.
    through   the place k in that node.
    upstream  the gradient there.
    local     the derivative of the node's element with respect to the input's.
    product   of both.
    """

    edge: Edge
    through: Place
    upstream: Any
    local: Any
    product: Any


@dataclass(frozen=True, slots=True)
class ElementSum:
    """The gradient at one place of an input, written out; zero terms are left out."""

    place: Place
    terms: tuple[Term, ...]


def sums(trace: Trace, source: int) -> tuple[ElementSum, ...]:
    """The sum of each element of an input: empty for graphs of single numbers, for an input that is
    large or is used by a large node, and for one that is used nowhere.
    """
    graph = trace.graph
    edges = [step.edge for step in trace.contributions(source) if step.edge is not None]
    sizes = [math.prod(graph.nodes[e.target].shape or ()) for e in edges]
    shape = graph.nodes[source].shape or ()
    small = math.prod(shape) <= MOST_ELEMENTS and max(sizes, default=0) <= MOST_TERMS
    if graph.is_scalar or not edges or not small:
        return ()
    with trace.xp.quiet():
        terms = [term for edge in edges for term in _terms(trace, edge)]
    return tuple(
        ElementSum(place, tuple(t for p, t in terms if p == place)) for place in _places(shape)
    )


def _terms(trace: Trace, edge: Edge) -> Iterator[tuple[Place, Term]]:
    """The terms that a use of the input brings, each with the place in the input it belongs to."""
    graph, xp = trace.graph, trace.xp
    op, target = graph.op(edge.target), graph.nodes[edge.target]
    operands = [trace.values[i] for i in target.inputs]
    for slot in graph.truths.get(edge.target, ()):
        operands[slot] = xp.asreal(operands[slot])
    shape, own = target.shape or (), graph.nodes[edge.source].shape or ()
    options = {k: xp.number(v) for k, v in target.options.items()}
    for through in _places(shape):
        only = _one_hot(xp, shape, through)
        _, row = contribution(
            xp,
            op,
            edge.slot,
            graph.routes(edge),
            reduction(op, shape, own),
            only,
            trace.values[edge.target],
            operands,
            options,
            told=False,
        )
        upstream = trace.gradients[edge.target][through]
        for place in _places(own):
            local = row[place]
            if not bool(local == 0):
                yield place, Term(edge, through, upstream, local, upstream * local)


def _one_hot(xp: Any, shape: Place, place: Place) -> Any:
    return xp.scatter_add(shape, place, xp.asarray(1)) if shape else xp.asarray(1)


def _places(shape: Place) -> Iterator[Place]:
    """Every place of an array, row by row; of a single number the one that it has."""
    for k in range(math.prod(shape)):
        place = []
        for size in reversed(shape):
            k, at = divmod(k, size)
            place.append(at)
        yield tuple(reversed(place))
