"""From a trial to the slip as data: its place and its step in the run that people see."""

from __future__ import annotations

from typing import Any

from gradviz.graph.graph import Edge
from gradviz.mistakes.catalogue import family_of
from gradviz.mistakes.made import Trial
from gradviz.mistakes.working import Working
from gradviz.trace.findings import At, Place, Slip


def slip(working: Working, trial: Trial) -> Slip:
    """A trial as data about the run, whose composites are closed."""
    mistake, made = trial.mistake, trial.made
    place = _place(working, made.place)
    details = {name: _shown(working, value) for name, value in made.details.items()}
    return Slip(
        mistake.name,
        family_of(mistake),
        place,
        mistake.says or mistake.feedback.rstrip("."),
        mistake.right,
        details,
        _step(working, place),
    )


def _place(working: Working, place: Place) -> Place:
    node = place.node
    if node is None:
        return place
    inside = _inside(working, node)
    edge = place.edge
    if edge is not None:
        edge = None if inside else _edge(working, edge)
    return place._replace(node=working.outer[node], edge=edge, inside=inside)


def _inside(working: Working, node: int) -> str:
    """The op at a node that only a composite has; empty elsewhere."""
    if node not in working.inside or working.graph.nodes[node].is_leaf:
        return ""
    return working.graph.symbol(node)


def _edge(working: Working, edge: Edge) -> Edge | None:
    source, target = working.outer[edge.source], working.outer[edge.target]
    found = working.trace.graph.consumers[source]
    same = [e for e in found if e.target == target]
    return next((e for e in same if e.slot == edge.slot), same[0] if same else None)


def _step(working: Working, place: Place) -> int | None:
    """The step of the run in which a slip at this place is made."""
    trace, node = working.trace, place.node
    if node is None:
        return None
    if place.edge is not None:
        return trace.step_of(place.edge)
    if not place.back:
        return trace.known_since(node) or None
    arrived = trace.contributions(node)
    passed = [e for e in trace.recording.edges if e.target == node]
    if arrived and not place.inside:
        return arrived[-1].number
    return trace.step_of(passed[0]) if passed else None


def _shown(working: Working, value: Any) -> Any:
    if isinstance(value, tuple) and any(isinstance(v, At) for v in value):
        return tuple(_shown(working, v) for v in value)
    if not isinstance(value, At):
        return value
    return value._replace(node=working.outer[value.node], inside=_inside(working, value.node))
