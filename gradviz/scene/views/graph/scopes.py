"""Which open scopes have a box, what stands in each, and which values they share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gradviz.graph.fold.groups import around
from gradviz.graph.graph import CONSTANT, Edge, Graph
from gradviz.layout import text
from gradviz.layout.nested import placeable
from gradviz.layout.rows import late_columns
from gradviz.scene.views.graph.measure import Form

TITLE: Final = 13.0
"""The size of a title."""
WIDEST: Final = 200.0
"""The most room for one."""
FEWEST: Final = 2
"""A scope of fewer ops has no box."""


@dataclass(frozen=True)
class Scopes:
    """The scopes of a picture: some nodes of a graph, and the edges between them.

    inner  only scopes that contain no other have a box.

    An input stands in a box where only this uses it. Where scopes are alike, it stands in the boxes
    of all or of none, so that they stay alike.
    """

    graph: Graph
    nodes: Collection[int]
    edges: Sequence[Edge]
    inner: bool = False

    @cached_property
    def ops(self) -> Mapping[str, Sequence[int]]:
        """The ops of every scope that has a box."""
        ops = [i for i in self.nodes if not self.graph.nodes[i].is_leaf]
        found: dict[str, list[int]] = {}
        for node in ops:
            for path in around(self.graph.nodes[node].scope):
                found.setdefault(path, []).append(node)
        last = {tuple(held): path for path, held in found.items()}  # paths come from the outside
        paths = [
            path
            for path, held in found.items()
            if FEWEST <= len(held) < len(ops) and last[tuple(held)] == path
        ]
        outer = {above for path in paths for above in around(path) if above != path}
        scopes = {node: self.graph.nodes[node].scope for node in ops}
        links = [(e.source, e.target) for e in self.edges if e.source in scopes]
        kept = [path for path in paths if not (self.inner and path in outer)]
        return {path: found[path] for path in placeable(kept, scopes, links)}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The title of every box: its path from the box around it on."""
        return {path: text.fit(self._said(path), TITLE, "semibold", WIDEST) for path in self.ops}

    def _said(self, path: str) -> str:
        """A path from the innermost box around it on."""
        outer = [above for above in around(path) if above in self.ops and above != path]
        return path.removeprefix(outer[-1] + "/") if outer else path

    def within(self, node: int, title: str) -> str:
        """The title of a folded scope from the box around it on."""
        boxes = [path for path in around(self.graph.nodes[node].scope) if path in self.ops]
        return title.removeprefix(boxes[-1] + "/") if boxes else title

    @property
    def widths(self) -> dict[str, float]:
        """The width of every title."""
        return {path: text.width(said, TITLE, "bold") for path, said in self.titles.items()}

    @cached_property
    def kin(self) -> Sequence[Sequence[str]]:
        """The boxes whose ops are the same and wired alike, together."""
        found: dict[object, list[str]] = {}
        for path, ops in self.ops.items():
            place = {node: k for k, node in enumerate(ops)}
            rows = [self.graph.nodes[i] for i in ops]
            shape = tuple((row.op, tuple(place.get(i, -1) for i in row.inputs)) for row in rows)
            found.setdefault(shape, []).append(path)
        return list(found.values())

    def operands(self, path: str) -> list[Edge]:
        """What the ops of a box take from elsewhere, in the same order for boxes that are kin."""
        held = set(self.ops[path])
        return [
            Edge(source, node, slot)
            for node in self.ops[path]
            for slot, source in enumerate(self.graph.nodes[node].inputs)
            if source not in held
        ]

    @cached_property
    def homes(self) -> Mapping[int, str]:
        """The scope in which each node is drawn."""
        uses: dict[int, list[int]] = {}
        for edge in self.edges:
            uses.setdefault(edge.source, []).append(edge.target)
        found = {i: self.graph.nodes[i].scope for i in self.nodes if i not in self._leaves}
        for group in sorted(self.kin, key=lambda group: -group[0].count("/")):
            own = [self._own(path, uses) for path in group]
            takes = [self.operands(path) for path in group]
            alike = [
                k
                for k in range(len(takes[0]))
                if all(edges[k].source in mine for edges, mine in zip(takes, own, strict=True))
            ]
            for path, edges, mine in zip(group, takes, own, strict=True):
                kept = {edges[k].source for k in alike}
                kept |= {i for i in mine if self.graph.nodes[i].op == CONSTANT}
                found |= {i: path for i in sorted(kept) if i not in found}
        return {i: found.get(i, "") for i in self.nodes}

    @cached_property
    def _leaves(self) -> frozenset[int]:
        return frozenset(i for i in self.nodes if self.graph.nodes[i].is_leaf)

    def _own(self, path: str, uses: Mapping[int, Sequence[int]]) -> set[int]:
        """The inputs and constants that only this scope uses."""
        held = set(self.ops[path])
        coming = {edge.source for edge in self.operands(path)} & self._leaves
        return {i for i in coming if held.issuperset(uses.get(i, ()))}

    @cached_property
    def shared(self) -> frozenset[int]:
        """The inputs that several boxes use, one after another."""
        if not self.ops:
            return frozenset()
        column = late_columns(self.nodes, [(e.source, e.target, e.slot) for e in self.edges])
        spans = {
            path: (min(column[i] for i in ops), max(column[i] for i in ops))
            for path, ops in self.ops.items()
        }
        users: dict[int, dict[str, None]] = {}
        for edge in self.edges:
            if edge.source in self._leaves and self.graph.nodes[edge.source].name:
                users.setdefault(edge.source, {})[self.homes[edge.target]] = None
        found = set[int]()
        for leaf, scopes in users.items():
            met = [spans[path] for path in self._parts(scopes)]
            if len(met) > 1 and max(a for a, _ in met) > min(b for _, b in met):
                found.add(leaf)
        return frozenset(found)

    def _parts(self, paths: Iterable[str]) -> list[str]:
        """The outermost boxes around some scopes in which these are not all together."""
        chains = [[p for p in around(path) if p in self.ops] for path in paths]
        while all(chains) and len({chain[0] for chain in chains}) == 1:
            chains = [chain[1:] for chain in chains]
        return list(dict.fromkeys(chain[0] for chain in chains if chain))

    def everywhere(self, leaves: Iterable[int]) -> bool:
        """Whether every outermost box uses each of these inputs."""
        outermost = {next(p for p in around(path) if p in self.ops) for path in self.ops}
        for leaf in leaves:
            targets = [edge.target for edge in self.edges if edge.source == leaf]
            if set(self._parts([self.homes[i] for i in targets])) != outermost:
                return False
        return True


def alike(forms: Sequence[Form]) -> Form:
    """The form that has room for each of these."""
    first = forms[0]
    return replace(
        first,
        left=max(form.left for form in forms),
        gate=(max(form.gate[0] for form in forms), max(form.gate[1] for form in forms)),
        middle=max(form.middle for form in forms),
        trunk=max(form.trunk for form in forms),
        above=max(form.above for form in forms),
        below=max(form.below for form in forms),
        ports=tuple(max(ports, key=abs) for ports in zip(*(f.ports for f in forms), strict=True)),
        note=max(form.note for form in forms),
    ).whole()
