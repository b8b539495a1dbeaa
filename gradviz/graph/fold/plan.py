"""Folding scopes: which nodes go together into one card, and the graph in which they do.

A scope folds if one of its values, its output, is used outside it, and something comes into it from
outside. Then no cycle can arise: a folded scope takes values that come before its output in
topological order, and gives its output only to what comes after, so the order of the outputs is a
topological order of the folded graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from gradviz.errors import ValueInputError
from gradviz.graph.declared import declared_shape
from gradviz.graph.fold.groups import (
    Group,
    around,
    check_known,
    group_of,
    live_nodes,
    outside,
    paths,
    scopes,
    with_constants,
)
from gradviz.graph.fold.repeats import joined
from gradviz.graph.graph import INPUT, Graph, Node

MOST_OPS = 3
"""Up to this many ops of a group are named; otherwise only their number is given."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The groups of nodes, by output; no node is in two groups.

    `notes` say what stays open, and why.
    """

    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()


def plan(
    graph: Graph, depth: int | None = None, expand: Iterable[str] = (), repeats: bool = False
) -> Plan:
    """Decide which nodes of a graph are folded together.

    depth 1 shows each top-level scope as one card, 2 opens these and shows the scopes within them,
    and so on; a scope without scopes within it, a layer, is a card at any depth.
             None leaves everything open; with `expand` it means 1.
    expand   paths of scopes that are open at any depth, with all scopes that contain them.
    repeats  scopes built alike that follow one another in a chain become one card.

    A scope that cannot fold stays open, and the scopes within it are tried. Raises UnknownNameError
    for a path that is not a scope, ValueInputError for a depth below 1.
    """
    expand = [expand] if isinstance(expand, str) else list(expand)
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 1):
        raise ValueInputError(
            "not a valid depth",
            expected="a whole number from 1 on",
            got=f"{depth!r:.40}",
            hint="1 shows each top-level scope as one card",
        )
    if depth is None and not repeats and not expand:
        return Plan()
    known = paths(graph)
    opened = {path for chosen in check_known(expand, known) for path in around(chosen)}
    depth = 1 if depth is None and opened else depth
    closed = set() if depth is None else _closed(known, depth) - opened
    groups = joined(graph, scopes(graph), closed, opened) if repeats else []
    notes: list[str] = []
    if closed:
        taken = {i for group in groups for i in group.members}
        groups += _groups(
            graph, [n.id for n in graph.nodes if n.scope and n.id not in taken], closed, notes
        )
    groups.sort(key=lambda group: group.output)
    return Plan(tuple(with_constants(graph, group) for group in groups), tuple(sorted(notes)))


def _closed(paths: Collection[str], depth: int) -> set[str]:
    """The scopes from the given depth on, and those that have no scopes within them."""
    opening = {outside(path) for path in paths}
    return {path for path in paths if path.count("/") + 1 >= depth or path not in opening}


def _groups(graph: Graph, nodes: Sequence[int], closed: set[str], notes: list[str]) -> list[Group]:
    """The groups of all closed scopes; one that cannot fold is opened, with a note."""
    groups: list[Group] = []
    waiting = [nodes]
    while waiting:
        for path, members in _outermost(graph, waiting.pop(), closed).items():
            found = group_of(graph, path, outside(path), members)
            if isinstance(found, Group):
                groups.append(found)
                continue
            closed.discard(path)
            waiting.append(members)
            if found:
                notes.append(f"{path} stays open: {found}.")
    return groups


def _outermost(graph: Graph, nodes: Sequence[int], closed: Collection[str]) -> dict[str, list[int]]:
    """The nodes by the outermost closed scope around each; nodes in none are left out."""
    found: dict[str, list[int]] = {}
    for i in nodes:
        if path := next((p for p in around(graph.nodes[i].scope) if p in closed), ""):
            found.setdefault(path, []).append(i)
    return found


def plan_that_fits(graph: Graph, fits: Callable[[Graph], bool]) -> tuple[int, Plan] | None:
    """The largest depth at which the folded graph fits, and its plan; None if there is none."""
    deepest = max((node.scope.count("/") + 1 for node in graph.nodes if node.scope), default=0)
    for depth in range(deepest, 0, -1):
        found = plan(graph, depth)
        if found.groups and fits(folded(graph, found)):
            return depth, found
    return None


def places(graph: Graph, plan: Plan) -> dict[int, int]:
    """The id in the folded graph of each remaining node; a group remains as its output."""
    hidden = {i for group in plan.groups for i in group.members if i != group.output}
    return {old: new for new, old in enumerate(n.id for n in graph.nodes if n.id not in hidden)}


def folded(graph: Graph, plan: Plan) -> Graph:
    """The graph with each group as one node, of the hidden op `scope`; the others keep their order.

    `places` maps old ids to new ones.
    """
    if not plan.groups:
        return graph
    place, groups = places(graph, plan), {group.output: group for group in plan.groups}
    taken = {graph.nodes[old].name for old in place}
    nodes = []
    for old, new in place.items():
        row, group = graph.nodes[old], groups.get(old)
        inputs = tuple([place[i] for i in (group.inputs if group else row.inputs)])
        if group is None:
            nodes.append(replace(row, id=new, inputs=inputs))
            continue
        name = row.name or ("" if group.title in taken else group.title)
        taken.add(name)
        nodes.append(
            Node(new, "scope", inputs, _options(graph, group), name, group.scope, None, row.shape)
        )
    return Graph(nodes, place[graph.output], graph.source)


def _options(graph: Graph, group: Group) -> dict[str, object]:
    """The options of a card's node; see `gradviz.ops.scopes`."""
    counted = {edge.source for edge in group.edges if graph.takes_number(edge)}
    return {
        "title": group.title,
        "parameters": sum(_learnt(graph.nodes[i]) for i in group.members),
        "detail": _detail(graph, group),
        "sizes": group.sizes,
        "shape": graph.nodes[group.output].shape,
        "indices": tuple(slot for slot, source in enumerate(group.inputs) if source not in counted),
    }


def _learnt(node: Node) -> int:
    """How many trainable numbers a node holds."""
    if "parameters" in node.options:
        return int(node.options["parameters"])
    if node.op != INPUT or "buffer" in node.options:
        return 0
    return math.prod(node.shape if node.shape is not None else declared_shape(node.options) or ())


def _detail(graph: Graph, group: Group) -> str:
    """The ops in a group, in order of execution: `conv2d → relu`, or `12 ops`."""
    live = sorted(live_nodes(graph, group.output, set(group.members)))
    ops = [graph.nodes[i] for i in live if not graph.nodes[i].is_leaf]
    is_chain = all(a.id in b.inputs for a, b in pairwise(ops))
    if len(ops) > MOST_OPS or not is_chain:
        return f"{len(ops)} ops"
    return " → ".join(graph.symbol(n.id) if graph.op(n.id).hidden else n.op for n in ops)
