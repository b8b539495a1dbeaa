"""Folding a drawing's scopes: on request, or because it would not fit on a page."""

from __future__ import annotations

from typing import TypeVar

from gradviz.errors import ValueInputError
from gradviz.export.look import Folding
from gradviz.graph.declared import declared_shape
from gradviz.graph.fold.plan import Plan, folded, plan, plan_that_fits
from gradviz.graph.graph import Graph
from gradviz.layout.cards import LIMIT
from gradviz.trace import Trace
from gradviz.trace.fold import fold as fold_trace
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
    if not isinstance(subject, Trace | Graph):
        return subject, ()
    graph = subject.graph if isinstance(subject, Trace) else subject
    found = plan_that_fits(graph, LIMIT) if len(graph.nodes) > LIMIT else None
    if found is None:
        return subject, ()
    depth, made = found
    note = TOO_LARGE.format(count=len(graph.nodes), depth=depth)
    return _folded(subject, graph if isinstance(subject, Trace) else _bound(graph), made), (
        note,
        *made.notes,
    )


def _folded(subject: Subject, graph: Graph, made: Plan) -> Subject:
    if not made.groups:
        return subject
    return fold_trace(subject, made) if isinstance(subject, Trace) else folded(graph, made)  # type: ignore[return-value]


def _bound(graph: Graph) -> Graph:
    """The graph with its shapes, if its inputs declare them all, so that cards can show them."""
    is_declared = all(declared_shape(node.options) is not None for node in graph.inputs)
    return graph.bind({}) if is_declared and not graph.is_bound else graph
