"""Equal scopes that follow one another in a chain, joined into one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gradviz.graph.fold.groups import Group, group_of, outside
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node

Shape = tuple[Any, ...]


def joined(
    graph: Graph,
    scopes: Mapping[str, Sequence[int]],
    closed: Collection[str],
    opened: Collection[str],
) -> list[Group]:
    """A group for each chain of two or more consecutive, equally built scopes of one parent.

    Scopes are equal if they have the same ops with the same options, wired in the same way, on
    arrays of the same sizes as far as these are known: one card must not hide that a stage has
    twice the channels of another. Each gives its output to the next one only. The outermost
    chains are found, but none in a closed scope; opened scopes are not joined.
    """
    children: dict[str, list[str]] = {}
    for path in scopes:
        children.setdefault(outside(path), []).append(path)
    found: list[Group] = []
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        paths = children.get(parent, [])
        runs = _runs(graph, {path: scopes[path] for path in paths if path not in opened})
        found += runs
        hidden = {i for group in runs for i in group.members}
        waiting += [p for p in paths if p not in closed and not any(i in hidden for i in scopes[p])]
    return found


def _runs(graph: Graph, scopes: Mapping[str, Sequence[int]]) -> list[Group]:
    made = {path: group_of(graph, path, outside(path), nodes) for path, nodes in scopes.items()}
    groups = {path: group for path, group in made.items() if isinstance(group, Group)}
    home = {i: path for path, nodes in scopes.items() for i in nodes}
    after = {path: _next(graph, group, home) for path, group in groups.items()}
    alike = {
        path: _structure(graph, group, path) for path, group in groups.items() if len(groups) > 1
    }
    follows = {path: n for path, n in after.items() if n in groups and alike[n] == alike[path]}
    starts = [path for path in follows if path not in set(follows.values())]
    found = []
    for start in starts:
        run = [start]
        while run[-1] in follows:
            run.append(follows[run[-1]])
        whole = group_of(
            graph, title(run), outside(start), [i for path in run for i in scopes[path]]
        )
        if isinstance(whole, Group):
            found.append(whole)
    return found


def _next(graph: Graph, group: Group, home: Mapping[int, str]) -> str:
    """The one scope that uses a group's output; empty if there are several, or none."""
    inside = set(group.members)
    users = {
        home.get(e.target, "") for e in graph.consumers[group.output] if e.target not in inside
    }
    return users.pop() if len(users) == 1 and group.output != graph.output else ""


def _structure(graph: Graph, group: Group, path: str) -> Shape:
    """A key that is equal for two groups that are built alike."""
    places = {i: k for k, i in enumerate(group.members)}
    coming: dict[int, Shape] = {}
    scopes: dict[str, int] = {}
    rows = []
    for i in group.members:
        row = graph.nodes[i]
        operands = [
            (
                places[s]
                if s in places
                else coming.setdefault(s, ("outside", len(coming), _constant(graph.nodes[s])))
            )
            for s in row.inputs
        ]
        scope = scopes.setdefault(
            row.scope[len(path) :], len(scopes)
        )  # distinguished, whatever their names
        rows.append((row.op, _options(row), row.shape, tuple(operands), scope, i == group.output))
    return tuple(rows)


def _options(node: Node) -> str:
    """A node's options as text; those that only give sizes and names are left out."""
    if node.op == INPUT or "title" in node.options:
        return ""
    return repr([(k, _plain(v)) for k, v in sorted(node.options.items())])


def _constant(node: Node) -> str:
    return _options(node) if node.op == CONSTANT else ""


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def title(run: Sequence[str]) -> str:
    """`net/block ×3` for net/block1 to net/block3; `net/0–2 ×3` for bare numbers."""
    first, last = run[0].rpartition("/")[2], run[-1].rpartition("/")[2]
    stems = {re.sub(r"[\W_]*\d+$", "", path.rpartition("/")[2]) for path in run}
    name = stems.pop() if len(stems) == 1 else ""
    before = f"{outside(run[0])}/" if outside(run[0]) else ""
    return f"{before}{name or f'{first}–{last}'} ×{len(run)}"
