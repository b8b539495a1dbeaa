"""Scopes of a graph, and the nodes of a scope as a group that can stand as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.graph.graph import CONSTANT, INPUT, Edge, Graph, Node


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes that are folded into one card.

    title    the card's text: the scope's path, or `block ×3` for scopes that were joined.
    scope    the path of the scope around it.
    members  their ids, ascending; parameters and constants that are used only here are included.
    output   the member whose value is used outside.
    edges    the edges that bring values in from outside, to members that lead to the output.
    sizes    how joined scopes differ: `128 → 256 → 512 channels`; empty for equal ones.
    """

    title: str
    scope: str
    members: tuple[int, ...]
    output: int
    edges: tuple[Edge, ...]
    sizes: str = ""

    @property
    def inputs(self) -> tuple[int, ...]:
        """The outside nodes whose values come in, each once, in the order of first use."""
        return tuple(dict.fromkeys(edge.source for edge in self.edges))


def around(path: str) -> Iterator[str]:
    """A path and all paths that contain it, from the outermost: `a`, `a/b`, `a/b/c`.

    Nothing for the empty path.
    """
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
    if path:
        yield path


def outside(path: str) -> str:
    """The path of the scope that contains a scope."""
    return path.rpartition("/")[0]


def paths(graph: Graph) -> dict[str, None]:
    """The path of every scope once, those that contain it first."""
    found: dict[str, None] = {}
    for path in dict.fromkeys(node.scope for node in graph.nodes):
        new = []
        while path and path not in found:
            new.append(path)
            path = outside(path)
        found.update(dict.fromkeys(reversed(new)))
    return found


def scopes(graph: Graph) -> dict[str, list[int]]:
    """The nodes of every scope, including those of the scopes within it."""
    found: dict[str, list[int]] = {}
    for node in graph.nodes:
        for path in around(node.scope):
            found.setdefault(path, []).append(node.id)
    return found


def check_known(paths: Iterable[str], known: Collection[str]) -> list[str]:
    """The paths without slashes around them. Raises UnknownNameError unless each is a scope."""
    found = [path.strip("/") for path in paths]
    for path in found:
        if path not in known:
            listed = ", ".join(list(known)[:12]) + (", …" if len(known) > 12 else "")
            raise UnknownNameError(
                f"the graph has no scope {path!r}",
                expected=f"one of {listed}" if known else "a graph with scopes",
                hint=did_you_mean(path, known),
            )
    return found


def group_of(graph: Graph, title: str, scope: str, nodes: Sequence[int]) -> Group | str:
    """The group of a scope's nodes, or why there is none; empty if nothing is computed."""
    inside = _inside(graph, nodes)
    ops = [i for i in nodes if i in inside and not graph.nodes[i].is_leaf]
    outputs = [
        i
        for i in ops
        if i == graph.output or any(e.target not in inside for e in graph.consumers[i])
    ]
    if not ops:
        return ""
    if len(outputs) > 1:
        named = ", ".join(graph.nodes[i].name or graph.nodes[i].op for i in outputs[:3])
        more = ", …" if len(outputs) > 3 else ""
        return f"{len(outputs)} of its values are used outside it ({named}{more})"
    if not outputs:
        return "nothing outside it uses its values"
    live = sorted(live_nodes(graph, outputs[0], inside))
    edges = [
        Edge(source, i, slot) for i in live for slot, source in enumerate(graph.nodes[i].inputs)
    ]
    coming = tuple(edge for edge in edges if edge.source not in inside)
    if not coming:
        return "nothing comes into it"
    return Group(title, scope, tuple(sorted(inside)), outputs[0], coming)


def _inside(graph: Graph, nodes: Sequence[int]) -> set[int]:
    """The nodes without data inputs, and without parameters and constants also used elsewhere."""
    inside = set(nodes)
    leaves = [i for i in nodes if graph.nodes[i].is_leaf]
    gone = {
        i
        for i in leaves
        if is_data(graph.nodes[i])
        or i == graph.output
        or any(e.target not in inside for e in graph.consumers[i])
    }
    return inside - gone


def is_data(node: Node) -> bool:
    """Whether a node is an input but not a parameter."""
    return node.op == INPUT and "init" not in node.options


def live_nodes(graph: Graph, output: int, inside: Collection[int]) -> set[int]:
    """The nodes of `inside` that lead to the output within `inside`, including the output."""
    found, waiting = {output}, [output]
    while waiting:
        for source in graph.nodes[waiting.pop()].inputs:
            if source in inside and source not in found:
                found.add(source)
                waiting.append(source)
    return found


def with_constants(graph: Graph, group: Group) -> Group:
    """The group with the unnamed constants that only it uses, unless nothing else comes in."""
    members = set(group.members)
    own = {
        i
        for i in group.inputs
        if graph.nodes[i].op == CONSTANT
        and not graph.nodes[i].name
        and i != graph.output
        and all(edge.target in members for edge in graph.consumers[i])
    }
    coming = tuple(edge for edge in group.edges if edge.source not in own)
    if not own or not coming:
        return group
    return Group(group.title, group.scope, tuple(sorted(members | own)), group.output, coming)
