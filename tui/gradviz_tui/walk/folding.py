"""Which scopes stand as one card, and which step of the folded run is which step of the whole
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import gradviz as gv
from gradviz.engine.run import Prepared
from gradviz.errors import ValueInputError
from gradviz.export.look import NOTHING, Folding
from gradviz.graph.fold.groups import around, outside, scopes
from gradviz.graph.fold.plan import places, plan
from gradviz.trace.fold import fold, length

MANY = 40
"""Graphs with scopes and more nodes than this begin folded."""


OPEN, CLOSED = NOTHING, Folding(1)


def asked(
    graph: gv.Graph, depth: int | None, expand: Sequence[str] = (), repeats: bool = False
) -> Folding:
    """The folding that options ask for: without any a large graph with scopes is folded; depth 0
    opens all.
    """
    if depth == 0:
        if expand or repeats:
            raise ValueInputError(
                "--depth 0 opens every scope",
                expected="--depth 0 without --expand or --fold-repeats",
            )
        return OPEN
    if depth is None and not expand and not repeats:
        return CLOSED if begins_folded(graph) else OPEN
    return Folding(depth, tuple(expand), repeats)


def steps_of(run: gv.Trace | Prepared, folding: Folding) -> int:
    """The number of steps of a run as it is folded, computed already or only prepared.

    Raises what `gradviz.fold` raises.
    """
    if isinstance(run, gv.Trace):
        return len(view(run, folding).trace)
    made = plan(run.graph, folding.depth, folding.expand, folding.repeats)
    return length(run.graph, run.edges, made)


def begins_folded(graph: gv.Graph) -> bool:
    """Whether a graph is folded unless asked otherwise."""
    return len(graph.nodes) > MANY and any(node.scope for node in graph.nodes)


class View:
    """A run as it is shown, beside the whole run that it was folded from.

    trace  the folded run; the whole one where nothing folds.
    card   for every node of the whole graph the node that it is seen as.
    node   for every node that is seen the one that it is in the whole graph; a card is its output.
    """

    def __init__(self, whole: gv.Trace, folding: Folding) -> None:
        made = plan(whole.graph, folding.depth, folding.expand, folding.repeats)
        self.whole, self.folding, self.groups = whole, folding, {g.output: g for g in made.groups}
        self.trace = fold(whole, made)
        self.card = places(whole.graph, made)
        self.node = {new: old for old, new in self.card.items()}
        for group in made.groups:
            self.card |= dict.fromkeys(group.members, self.card[group.output])

    def is_card(self, seen: int) -> bool:
        """Whether a node that is seen stands for several."""
        return self.node[seen] in self.groups

    def to_whole(self, k: int) -> int:
        """The step of the whole run after which all is known that is known after step k."""
        seen, whole = self.trace, self.whole
        if seen is whole or k == 0:
            return k
        if k == len(seen):
            return len(whole)
        if k > seen.pass_steps:
            return whole.pass_steps + k - seen.pass_steps
        step = seen.step(k)
        if step.edge is None:
            return (
                whole.seed_step if k == seen.seed_step else whole.known_since(self.node[step.node])
            )
        slot = None if self.is_card(step.edge.target) else step.edge.slot
        writes = [
            (w.number, w.edge)
            for w in whole.contributions(self.node[step.edge.source])
            if w.edge is not None
        ]
        return max(
            n
            for n, e in writes
            if self.card[e.target] == step.edge.target and slot in (None, e.slot)
        )

    def from_whole(self, k: int) -> int:
        """The step that shows step k of the whole run; for a step inside a card, one of the card's
        own.
        """
        seen, whole = self.trace, self.whole
        if seen is whole or k == 0:
            return k
        if k == len(whole):
            return len(seen)
        if k > whole.pass_steps:
            return seen.pass_steps + k - whole.pass_steps
        step = whole.step(k)
        if step.edge is None:
            return (
                seen.seed_step if k == whole.seed_step else seen.known_since(self.card[step.node])
            )
        source, target = self.card[step.edge.source], self.card[step.edge.target]
        if source != target and self.node[source] == step.edge.source:
            slot = None if self.is_card(target) else step.edge.slot
            writes = [(w.number, w.edge) for w in seen.contributions(source) if w.edge is not None]
            return next(n for n, e in writes if e.target == target and slot in (None, e.slot))
        received = [w.number for w in seen.contributions(source)]
        return received[-1] if received else seen.seed_step

    def turned(self, seen: int) -> Folding | None:
        """With the scope of a node opened if it is a card, else folded; None for a node in no
        scope.
        """
        graph = self.whole.graph
        opened = self._open_scopes()
        here = self.node[seen]
        if here in self.groups:
            ways = {tuple(around(graph.nodes[i].scope)) for i in self.groups[here].members}
            opened |= {next((p for p in way if p not in opened), "") for way in ways} - {""}
        elif scope := graph.nodes[here].scope:
            opened = {p for p in opened if p != scope and not p.startswith(scope + "/")}
        else:
            return None
        inner = {outside(p) for p in opened}
        return Folding(
            1,
            tuple(sorted(p for p in opened if p not in inner)),
            self.folding.repeats and here not in self.groups,
        )

    def _open_scopes(self) -> set[str]:
        """The scopes whose nodes are seen."""
        paths, folding = scopes(self.whole.graph), self.folding
        depth = 1 if folding.depth is None and folding.expand else folding.depth
        if depth is None:
            return set(paths)
        holding = {outside(p) for p in paths}
        found = {p for p in paths if p.count("/") + 1 < depth and p in holding}
        return found | {p for path in folding.expand for p in around(path.strip("/"))}


@lru_cache(maxsize=8)
def view(whole: gv.Trace, folding: Folding) -> View:
    """A run as a folding shows it, made once. Raises what `gradviz.fold` raises."""
    return View(whole, folding)
