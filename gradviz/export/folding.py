"""Folding a drawing's scopes: on request, or because it would not fit on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gradviz.errors import ValueInputError
from gradviz.export.look import Folding
from gradviz.graph.declared import declared_shape
from gradviz.graph.fold.plan import Plan, folded, plan, plan_that_fits
from gradviz.graph.graph import CONSTANT, Graph
from gradviz.graph.window import Window
from gradviz.layout.cards import LIMIT
from gradviz.layout.rows import PLACED
from gradviz.layout.work import BUDGET, work
from gradviz.scene.views.graph.place import MOST_STUBS, far_uses
from gradviz.trace import Trace
from gradviz.trace.fold import fold as fold_trace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk

Subject = TypeVar("Subject", bound=Walk | Graph)

TOO_LARGE = (
    "The graph has {count:,} nodes, too many for one picture, so its scopes are folded: --depth"
    " {depth}."
)


def fold(subject: Subject, folding: Folding) -> tuple[Subject, tuple[str, ...]]:
    """A trace or a graph with its scopes folded as `gradviz.graph.fold.plan.plan` says, and notes
    on scopes that stay open.

    Raises what `plan` raises, and ValueInputError for other walks, which have no scopes.
    """
    if isinstance(subject, PanelWalk):
        return _each(subject, lambda walk: fold(walk, folding))  # type: ignore[return-value]
    if not isinstance(subject, Trace | Graph):
        if folding:
            raise ValueInputError(
                f"a walk over {subject.kind} has no scopes to fold", expected="a trace or a graph"
            )
        return subject, ()
    graph = subject.graph if isinstance(subject, Trace) else _bound(subject)
    made = plan(graph, folding.depth, folding.expand, folding.repeats)
    return _folded(subject, graph, made), made.notes


def fold_to_fit(subject: Subject) -> tuple[Subject, tuple[str, ...]]:
    """The subject, with scopes folded just enough to fit one picture, and a note about it.

    A subject that fits already, or cannot be made to fit, is returned unchanged.
    """
    if isinstance(subject, PanelWalk):
        return _each(subject, fold_to_fit)  # type: ignore[return-value]
    if not isinstance(subject, Trace | Graph):
        return subject, ()
    graph = subject.graph if isinstance(subject, Trace) else subject
    found = None if fits(graph) else plan_that_fits(graph, fits)
    if found is None:
        return subject, ()
    depth, made = found
    note = TOO_LARGE.format(count=len(graph.nodes), depth=depth)
    return _folded(subject, graph if isinstance(subject, Trace) else _bound(graph), made), (
        note,
        *made.notes,
    )


def _each(
    both: PanelWalk, change: Callable[[Walk], tuple[Walk, tuple[str, ...]]]
) -> tuple[PanelWalk, tuple[str, ...]]:
    """Two walks, each changed, and the notes on both."""
    notes: list[str] = []

    def changed(walk: Walk) -> Walk:
        found, said = change(walk)
        notes.extend(said)
        return found

    return both.each(changed), tuple(dict.fromkeys(notes))


def fits(graph: Graph, window: Window | None = None) -> bool:
    """Whether a graph, or a window of it, can be placed as one picture: LIMIT cards, and as much
    work as BUDGET allows. Counted, not tried: unnamed numbers stand in gates, and far uses of an
    input get cards of their own.
    """
    nodes = range(len(graph.args)) if window is None else sorted(window.nodes)
    cards = {i for i in nodes if not _stands_in_gate(graph, i)}
    if len(cards) > LIMIT:
        return False
    edges = graph.edges if window is None else window.inside
    edges = tuple(e for e in edges if e.source in cards and e.target in cards)
    far = far_uses(graph, cards, edges) if len(nodes) > PLACED else ()
    wires = [(e.source, e.target, e.slot) for e in edges if e not in far]
    more = len(far)
    if window is not None:
        more += len(window.coming)
        more += sum(min(len(edges), MOST_STUBS) for edges in window.leaving.values())
    return len(cards) + more <= LIMIT and work(cards, wires) + more <= BUDGET


def _stands_in_gate(graph: Graph, node: int) -> bool:
    row = graph.nodes[node]
    if row.op != CONSTANT or row.name or row.shape or len(graph.consumers[node]) != 1:
        return False
    return bool(graph.op(graph.consumers[node][0].target).with_constant)


def _folded(subject: Subject, graph: Graph, made: Plan) -> Subject:
    if not made.groups:
        return subject
    return fold_trace(subject, made) if isinstance(subject, Trace) else folded(graph, made)  # type: ignore[return-value]


def _bound(graph: Graph) -> Graph:
    """The graph with its shapes, if its inputs declare them all, so that cards can show them."""
    is_declared = all(declared_shape(node.options) is not None for node in graph.inputs)
    return graph.bind({}) if is_declared and not graph.is_bound else graph
