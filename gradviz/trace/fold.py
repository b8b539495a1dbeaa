"""A trace of the folded graph, selected from the recorded one: nothing is differentiated again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gradviz.graph.fold.plan import Plan, folded, places
from gradviz.graph.graph import Edge, Graph
from gradviz.trace.step import Recording
from gradviz.trace.trace import Trace
from gradviz.trace.updates import Hidden, Update


def fold(trace: Trace, plan: Plan) -> Trace:
    """The trace in which each group of a plan (`gradviz.graph.fold.plan`) is one node.

    Values and gradients of what can be seen are the recorded ones. A folded scope's forward step is
    its output's. Its contribution to a value outside is the sum of the contributions recorded along
    all edges from there into it, in the place of the last of them. Parameters inside it are not
    shown; their updates are those of its card.
    """
    if not plan.groups:
        return trace
    place = places(trace.graph, plan)
    found = Trace(
        folded(trace.graph, plan),
        [trace.values[old] for old in place],
        [trace.gradients[old] for old in place],
        trace.seed,
        _recording(trace, plan, place),
        wrt=[place[i] for i in trace.wrt if i in place],
        backend=trace.backend,
        dtype=trace.dtype,
        note=trace.note,
    )
    found.xp = trace.xp
    if trace.updates is None:
        return found
    card = {i: place[group.output] for group in plan.groups for i in group.members}
    each = tuple(_update(trace, u, place, card) for u in trace.updates.each)
    return found.with_updates(replace(trace.updates, each=each))


def _update(trace: Trace, update: Update, place: dict[int, int], card: dict[int, int]) -> Update:
    """An update as it is seen: of its parameter, or of the card that this stands in."""
    old = update.node
    if old in place:
        return replace(update, node=place[old])
    hidden = Hidden(trace.graph.nodes[old].name, trace.values[old], trace.gradients[old])
    return replace(update, node=card[old], hidden=update.hidden or hidden)


def length(graph: Graph, edges: Sequence[Edge] | None, plan: Plan) -> int:
    """The number of steps of a folded run, before it is run.

    edges  the edges of the whole graph that will contribute, in order; None for a forward pass
           only.
    """
    if plan.groups:
        place = places(graph, plan)
        edges = edges if edges is None else [edge for edge, _ in _bundles(edges, plan, place)]
        graph = folded(graph, plan)
    forward = sum(not node.is_leaf for node in graph.nodes)
    return forward if edges is None else forward + 1 + len(edges)


def _bundles(
    edges: Sequence[Edge], plan: Plan, place: dict[int, int]
) -> list[tuple[Edge, list[int]]]:
    """Each edge of the folded graph with the records that it brings, in the order in which these
    are complete.
    """
    hidden = {i for group in plan.groups for i in group.members}
    seen_as: dict[Edge, Edge] = {}
    for group in plan.groups:
        slots = {source: slot for slot, source in enumerate(group.inputs)}
        for edge in group.edges:
            seen_as[edge] = Edge(place[edge.source], place[group.output], slots[edge.source])
    found: dict[Edge, list[int]] = {}
    for k, edge in enumerate(edges):
        if edge not in seen_as and edge.target in hidden:
            continue
        seen = seen_as.get(edge) or Edge(place[edge.source], place[edge.target], edge.slot)
        found.setdefault(seen, []).append(k)
    return sorted(found.items(), key=lambda item: item[1][-1])


def _recording(trace: Trace, plan: Plan, place: dict[int, int]) -> Recording:
    record, new = trace.recording, Recording()
    groups = {place[group.output] for group in plan.groups}
    arrivals = _arrivals(record)
    counts: dict[int, int] = {}
    so_far: dict[int, Any] = {}
    for edge, records in _bundles(record.edges, plan, place):
        source, last = edge.source, records[-1]
        contribution = _sum(trace, [record.contribution[k] for k in records])
        counts[source] = counts.get(source, 0) + len(records)
        if (
            counts[source] == arrivals[last]
        ):  # all that had come by then has come here too: bit for bit the same
            after = record.after[last]
        else:
            after = (
                _sum(trace, [so_far[source], contribution]) if source in so_far else contribution
            )
        so_far[source] = after
        new.edges.append(edge)
        new.local.append(None if edge.target in groups else record.local[last])
        new.contribution.append(contribution)
        new.after.append(after)
    return new


def _arrivals(record: Recording) -> list[int]:
    """For each record how many contributions its source has had with it."""
    counts: dict[int, int] = {}
    found = []
    for edge in record.edges:
        counts[edge.source] = counts.get(edge.source, 0) + 1
        found.append(counts[edge.source])
    return found


def _sum(trace: Trace, parts: list[Any]) -> Any:
    """The sum in order; a single part is returned as it is."""
    total = parts[0]
    with trace.xp.quiet():
        for part in parts[1:]:
            total = trace.xp.asarray(total + part)
    return total
