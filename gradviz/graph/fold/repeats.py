"""Scopes built alike that follow one another in a chain, joined into one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gradviz.graph.fold.groups import Group, group_of, outside
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.ops.op import say_shape

Shape = tuple[Any, ...]

MOST_SIZES: Final = 4
"""Of more sizes the first two and the last are told."""


def joined(
    graph: Graph,
    scopes: Mapping[str, Sequence[int]],
    closed: Collection[str],
    opened: Collection[str],
) -> list[Group]:
    """A group for each chain of two or more consecutive, equally built scopes of one parent.

    Scopes are built alike if they have the same ops with the same options, wired in the same way.
    They are equal if their arrays have the same sizes too, as far as these are known. Equal scopes
    are joined first; then those of which each makes an array of another size, and the group says
    the sizes: a card must not hide that a stage has twice the channels of another. Each gives its
    output to the next one only. The outermost chains are found, but none in a closed scope; opened
    scopes are not joined.
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

    def whole(run: Sequence[str], title: str) -> Group | str:
        return group_of(graph, title, outside(run[0]), [i for path in run for i in scopes[path]])

    found, left = [], dict(groups)
    for run in _chains(graph, groups, after, sized=True):
        if isinstance(group := whole(run, title(run)), Group):
            found.append(group)
            left = {path: one for path, one in left.items() if path not in run}
    for run in _chains(graph, left, after, sized=False):
        sizes = _sizes(graph, [groups[path] for path in run])
        if sizes and isinstance(group := whole(run, title(run, numbered=True)), Group):
            found.append(replace(group, sizes=sizes))
    return found


def _chains(
    graph: Graph, groups: Mapping[str, Group], after: Mapping[str, str], *, sized: bool
) -> Iterator[list[str]]:
    """The longest chains of scopes that are built alike; `sized` asks for the same sizes too."""
    if len(groups) < 2:
        return
    alike = {path: _structure(graph, group, path, sized=sized) for path, group in groups.items()}
    follows = {
        path: after[path]
        for path in groups
        if after[path] in groups and alike[after[path]] == alike[path]
    }
    for start in (path for path in follows if path not in set(follows.values())):
        run = [start]
        while run[-1] in follows:
            run.append(follows[run[-1]])
        yield run


def _sizes(graph: Graph, groups: Sequence[Group]) -> str:
    """What a chain makes one after the other: `128 → 256 → 512 channels`, or whole shapes. Empty
    where sizes are not known or two of them are equal.
    """
    shapes = [graph.nodes[group.output].shape for group in groups]
    if None in shapes or len(set(shapes)) < len(shapes):
        return ""
    axes = {_channel_axis(graph, group) for group in groups}
    axis = axes.pop() if len(axes) == 1 else None
    told = [say_shape(s) if axis is None else str(s[axis]) for s in shapes if s is not None]
    if len(told) > MOST_SIZES:
        told[2:-1] = ["…"]
    return " → ".join(told) + (" channels" if axis is not None else "")


def _channel_axis(graph: Graph, group: Group) -> int | None:
    """The axis of a group's output that counts channels; None where none of its ops has any, or
    the output has other axes.
    """
    rank = len(graph.nodes[group.output].shape or ())
    for i in group.members:
        row = graph.nodes[i]
        axis = None if row.is_leaf else graph.op(i).channel_axis
        if axis is not None and len(row.shape or ()) == rank:
            return axis
    return None


def _next(graph: Graph, group: Group, home: Mapping[int, str]) -> str:
    """The one scope that uses a group's output; empty if there are several, or none."""
    inside = set(group.members)
    users = {
        home.get(e.target, "") for e in graph.consumers[group.output] if e.target not in inside
    }
    return users.pop() if len(users) == 1 and group.output != graph.output else ""


def _structure(graph: Graph, group: Group, path: str, *, sized: bool) -> Shape:
    """A key that is equal for two groups that are built alike, `sized` if of the same sizes too."""
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
        shape = row.shape if sized else None
        rows.append((row.op, _options(row), shape, tuple(operands), scope, i == group.output))
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


def title(run: Sequence[str], *, numbered: bool = False) -> str:
    """`net/block ×3` for net/block1 to net/block3, `net/block1–3 ×3` if `numbered`; `net/0–2 ×3`
    for bare numbers.
    """
    first, last = run[0].rpartition("/")[2], run[-1].rpartition("/")[2]
    stems = {re.sub(r"[\W_]*\d+$", "", path.rpartition("/")[2]) for path in run}
    name = stems.pop() if len(stems) == 1 else ""
    before = f"{outside(run[0])}/" if outside(run[0]) else ""
    if name and numbered:
        name = f"{first}–{last[len(name) :].lstrip('_-')}"
    return f"{before}{name or f'{first}–{last}'} ×{len(run)}"
