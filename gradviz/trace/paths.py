"""The paths from one node of a run to another, with the products of the local gradients along
them, as they were recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import same_name
from gradviz.graph.graph import Edge, Graph, labels
from gradviz.trace.trace import Trace

BETWEEN: Final = ".."
MOST: Final = 6
"""So many paths are listed one by one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One path: its edges from the source on, the local gradient at each, and their product.

    Both are None where a local gradient on the way is no number by itself, as a matrix product's.
    """

    edges: tuple[Edge, ...]
    factors: tuple[Any, ...] | None
    product: Any

    @property
    def nodes(self) -> tuple[int, ...]:
        """The nodes that it passes, both ends included."""
        return (self.edges[0].source, *(edge.target for edge in self.edges))


@dataclass(frozen=True, slots=True)
class Paths:
    """All paths from a source to a target of one run.

    edges   every edge of them.
    count   how many paths there are.
    ways    each of them, if there are at most MOST; else none.
    is_all  whether no other path leads from the source to the target.
    total   the sum of their products: the target's derivative by the source along these paths.
            None where a product is.
    """

    source: int
    target: int
    edges: frozenset[Edge]
    count: int
    ways: tuple[Way, ...]
    is_all: bool
    total: Any


def paths(trace: Trace, text: str) -> Paths:
    """The paths that a text such as `x..f` means; `x..a..f` means those by way of a.

    Raises ValueInputError for a text of another form, a run without gradients, and where no path
    leads; UnknownNameError for a node that does not exist.
    """
    names = [name.strip() for name in text.split(BETWEEN)] if isinstance(text, str) else []
    if len(names) < 2 or not all(names):
        raise ValueInputError(
            "a path is given by its ends", expected="x..f, or x..a..f", got=f"{text!r:.60}"
        )
    if not trace.has_backward:
        raise ValueInputError(
            "no gradient goes along a path of a forward pass only",
            expected="a run with a backward pass",
            got=trace.note or f"path {text:.60}",
        )
    node = {name: _node(trace.graph, name, text) for name in names}
    stops = [node[name] for name in names]
    stretches = [_between(trace, a, b) for a, b in pairwise(stops)]
    for (a, b), found in zip(pairwise(names), stretches, strict=True):
        if not found:
            raise ValueInputError(
                f"no gradient goes along a path from {a:.40} to {b:.40}",
                expected="a node, then one that is computed from it",
                got=f"path {text:.60}",
                hint=f"{b:.40}{BETWEEN}{a:.40}" if _between(trace, node[b], node[a]) else "",
            )
    edges = frozenset(edge for stretch in stretches for edge in stretch)
    return _along(trace, stops[0], stops[-1], edges)


def between(trace: Trace, source: int, target: int) -> Paths | None:
    """All paths between two nodes along which a gradient goes; None where there is none."""
    edges = frozenset(_between(trace, source, target))
    return _along(trace, source, target, edges) if edges else None


def _along(trace: Trace, source: int, target: int, edges: frozenset[Edge]) -> Paths:
    count, total = _sums(trace, edges, source, target)
    ways = tuple(_way(trace, way) for way in _listed(edges, source)) if count <= MOST else ()
    is_all = edges == _between(trace, source, target)
    return Paths(source, target, edges, count, ways, is_all, total)


def _node(graph: Graph, name: str, text: str) -> int:
    by_label = {label: node for node, label in labels(graph).items()}
    name = same_name(name, by_label)
    if name not in by_label:
        raise UnknownNameError(
            f"there is no node {name!r:.60}",
            expected=", ".join(list(by_label)[:12]),
            got=f"path {text:.60}",
            hint=did_you_mean(name, by_label),
        )
    return by_label[name]


def _between(trace: Trace, source: int, target: int) -> set[Edge]:
    """The edges of all paths along which a gradient goes from target to source."""
    if source == target:
        return set()
    leading = [edge for edge in trace.recording.edges if edge.source >= source]
    after = {source}
    for edge in sorted(leading, key=lambda edge: edge.target):  # ids are in topological order
        if edge.source in after:
            after.add(edge.target)
    before, found = {target}, set[Edge]()
    for edge in sorted(leading, key=lambda edge: -edge.target):
        if edge.target in before and edge.source in after:
            before.add(edge.source)
            found.add(edge)
    return found if source in before else set()


def _sums(trace: Trace, edges: frozenset[Edge], source: int, target: int) -> tuple[int, Any]:
    """How many paths there are, and the sum of their products."""
    counts, sums = {target: 1}, dict[int, Any]()
    xp, shapes = trace.xp, {trace.graph.nodes[n].shape for e in edges for n in (e.source, e.target)}
    with xp.quiet():
        for edge in sorted(edges, key=lambda edge: -edge.target):
            counts[edge.source] = counts.get(edge.source, 0) + counts[edge.target]
            local = _local(trace, edge) if len(shapes) == 1 else None
            brought = local if edge.target == target else _times(xp, local, sums[edge.target])
            if edge.source in sums and sums[edge.source] is not None:
                brought = None if brought is None else xp.asarray(sums[edge.source] + brought)
            elif edge.source in sums:
                brought = None
            sums[edge.source] = brought
    return counts[source], sums[source]


def _times(xp: Any, a: Any, b: Any) -> Any:
    return None if a is None or b is None else xp.asarray(a * b)


def _local(trace: Trace, edge: Edge) -> Any:
    step = trace.step_of(edge)
    return None if step is None else trace.step(step).local


def _listed(edges: frozenset[Edge], source: int) -> Iterator[tuple[Edge, ...]]:
    """Each path, in the order of the graph."""
    leaving: dict[int, list[Edge]] = {}
    for edge in sorted(edges, key=lambda edge: (-edge.target, -edge.slot)):
        leaving.setdefault(edge.source, []).append(edge)
    waiting: list[tuple[Edge, ...]] = [(edge,) for edge in leaving[source]]
    while waiting:
        way = waiting.pop()
        further = leaving.get(way[-1].target, ())
        if not further:
            yield way
        waiting += [(*way, edge) for edge in further]


def _way(trace: Trace, edges: Sequence[Edge]) -> Way:
    shapes = {trace.graph.nodes[n].shape for edge in edges for n in (edge.source, edge.target)}
    factors = [_local(trace, edge) for edge in edges]
    if len(shapes) > 1 or any(factor is None for factor in factors):
        return Way(tuple(edges), None, None)
    product = factors[0]
    with trace.xp.quiet():
        for factor in factors[1:]:
            product = _times(trace.xp, product, factor)
    return Way(tuple(edges), tuple(factors), product)
