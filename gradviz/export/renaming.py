"""Nodes called otherwise in a drawing: in its graph, its sentences and its formulas alike."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Final, TypeVar

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import clean_line, same_name
from gradviz.graph.graph import Graph, Node, labels
from gradviz.trace import Trace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk

Subject = TypeVar("Subject", bound=Walk | Graph)

LONGEST: Final = 60


def rename(subject: Subject, names: Mapping[str, str]) -> Subject:
    """A trace or a graph with new names for nodes, each found by its name or label. The labels of
    nodes without a name give way to them.

    Raises UnknownNameError for a node that does not exist, and ValueInputError for a name that is
    empty, too long or already another node's, and for a walk inside a node.
    """
    if not names:
        return subject
    if isinstance(subject, Graph):
        return _renamed(subject, names)  # type: ignore[return-value]
    if isinstance(subject, PanelWalk):
        return _each_renamed(subject, names)  # type: ignore[return-value]
    if not isinstance(subject, Trace):
        raise ValueInputError(
            f"nodes cannot be renamed in a walk over the {subject.kind} of one op",
            expected="a trace or a graph",
        )
    found = copy(subject)
    found.graph = _renamed(subject.graph, names)
    return found


def _each_renamed(both: PanelWalk, names: Mapping[str, str]) -> PanelWalk:
    """Two walks with the new names of nodes that each has; one that neither has is the first's."""
    first, second = (set(labels(run.graph).values()) for run in both.runs)
    own = {name: new for name, new in names.items() if name in first or name not in second}
    other = {name: new for name, new in names.items() if name in second}
    found = both.each(lambda walk: rename(walk, own if walk is both.walks[0] else other))
    return found.renamed({**other, **own})


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    by_label = {label: node for node, label in labels(graph).items()}
    after = {node.id: node.name for node in graph.nodes if node.name}
    names = {same_name(old, by_label): new for old, new in names.items()}
    for old, new in names.items():
        if old not in by_label:
            raise UnknownNameError(
                f"there is no node {old!r:.60} to rename",
                expected=", ".join(list(by_label)[:12]),
                got=f"rename {old:.40}={new:.40}",
                hint=did_you_mean(old, by_label),
            )
        if not new or clean_line(new) != new or len(new) > LONGEST:
            raise ValueInputError(
                f"{old} cannot be called that",
                expected=f"a name of 1 to {LONGEST} characters on one line",
                got=f"{new!r:.60}" + (f", {len(new):,} characters" if len(new) > LONGEST else ""),
            )
        after[by_label[old]] = new
    if len(set(after.values())) < len(after):
        twice = next(n for n in names.values() if list(after.values()).count(n) > 1)
        raise ValueInputError(
            f"two nodes would be called {twice:.60}", expected="a name for each node of its own"
        )
    changed = {by_label[old]: new for old, new in names.items()}
    nodes = (_called(node, changed.get(node.id, node.name)) for node in graph.nodes)
    return Graph(nodes, graph.output, graph.source).written_as(graph.code)


def _called(node: Node, name: str) -> Node:
    """A node by a new name, which is the title of a folded scope too."""
    if name == node.name:
        return node
    options = node.options
    if not node.is_leaf and "title" in options:
        options = {**options, "title": name}
    return replace(node, name=name, options=options)
