"""A question's graph with exact values, run whole under any number of changed rules.

A run that is searched for mistakes is a `Working`: its own numbers, its composites opened, and only
what an edit reaches worked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.rationals import Rationals
from gradviz.engine.changes import Changes, Use
from gradviz.engine.inputs import is_whole
from gradviz.engine.program import Program
from gradviz.graph.graph import Edge, Graph
from gradviz.graph.text.parser import parse
from gradviz.mistakes.uses import uses
from gradviz.ops.op import Shape
from gradviz.trace import Recording

XP = Rationals()


@dataclass(frozen=True, slots=True)
class Pass:
    """One backward pass: the gradient of every node, the contribution of every edge, changed edges.

    changed  the edges whose numbers a rule changed, in the order of the pass; for a branch that is
             accumulated wrongly, the edge that completes its sum.
    """

    gradients: list[Any]
    contributions: Mapping[Edge, Any]
    changed: tuple[Edge, ...] = ()

    @property
    def first(self) -> Edge | None:
        """The first edge whose number was changed."""
        return self.changed[0] if self.changed else None


class Case:
    """A graph with exact values: forward once, then backward under any number of rules.

    exact  use scalar symbols of the exact backend instead of the values.
    """

    def __init__(self, source: str, values: Mapping[str, Any], *, exact: bool = False) -> None:
        self.source, self.given = source, dict(values)
        self.xp: Any = for_backend("exact") if exact else XP
        known = {} if exact else {name: XP.asarray(value) for name, value in values.items()}
        shapes = tuple((name, XP.shape(value)) for name, value in known.items())
        real = frozenset(n for n in _labels(source) if n in known and not is_whole(known[n], XP))
        self.program = _program(source, shapes, real, exact)
        self.graph: Graph = self.program.graph
        names = [n.name for n in self.graph.inputs]
        numbers: Any = self.xp
        inputs = [numbers.symbol(n) if exact else known[n] for n in names]
        self.values: list[Any] = self.program.forward(inputs)
        self.seed = self.xp.ones(self.xp.shape(self.output))

    @property
    def output(self) -> Any:
        """The output's value."""
        return self.values[self.graph.output]

    @cached_property
    def _recorded(self) -> tuple[list[Any], Recording]:
        return self.program.record(self.values, self.seed)

    @cached_property
    def uses(self) -> Mapping[Edge, Use]:
        """The true backward pass edge by edge, in its order."""
        return uses(self.program, self.values, *self._recorded)

    @cached_property
    def truth(self) -> Pass:
        """The true backward pass."""
        gradients, recording = self._recorded
        return Pass(gradients, dict(zip(recording.edges, recording.contribution, strict=True)))

    def slope(self, edge: Edge) -> Any:
        """The true local gradient along an edge; None for ops that do not work elementwise."""
        return self.uses[edge].local

    def backward(self, rule: Changes | None = None) -> Pass:
        """The gradients under a rule; without one, the true gradients.

        A gradient in a wrong shape is only accepted at a leaf, since nothing is computed from it;
        elsewhere the rule does not apply.
        """
        if rule is None or not self._is_told_by(rule):
            return self.truth
        changed: set[Edge] = set()
        watched = replace(rule, contribute=rule.contribute and _watched(self, rule, changed))
        gradients, recording = self.program.record(self.values, self.seed, watched)
        found = dict(zip(recording.edges, recording.contribution, strict=True))
        if rule.accumulate is not None:
            after = dict(zip(recording.edges, recording.after, strict=True))
            changed |= {
                arrived[-1]
                for arrived in self._branches
                if not same(after[arrived[-1]], sum(found[edge] for edge in arrived))
            }
        return Pass(gradients, found, tuple(edge for edge in found if edge in changed))

    def _is_told_by(self, rule: Changes) -> bool:
        """Whether a rule changes the true pass at all; most rules find no gate to change here."""
        if rule.report is not None or rule.operand is not None:
            return True
        if rule.accumulate is not None and self._branches:
            return True
        contribute = rule.contribute
        if contribute is None:
            return False
        return any(
            (brought := contribute(use)) is not None and not same(brought, use.contribution)
            for use in self.uses.values()
        )

    @cached_property
    def _branches(self) -> list[list[Edge]]:
        """For each node that receives several contributions, the edges that carry them."""
        arrived: dict[int, list[Edge]] = {}
        for edge in self.program.schedule:
            arrived.setdefault(edge.source, []).append(edge)
        return [edges for edges in arrived.values() if len(edges) > 1]

    def goes_wrong(self, done: Pass, of: int | Edge) -> Edge | None:
        """The edge where the gradient of a node, or the contribution of an edge, goes wrong.

        This is the first changed edge that the number is computed from. None if every step is
        right and only the reported number is wrong.
        """
        node = of.target if isinstance(of, Edge) else of
        above, consumers = {node}, self.graph.consumers
        for source in range(node, len(consumers)):  # in topological order
            above |= {edge.target for edge in consumers[source]} if source in above else set()
        return next((edge for edge in done.changed if edge.source in above or edge == of), None)


def _watched(case: Case, rule: Changes, changed: set[Edge]) -> Any:
    """A rule's hook that records the edges whose contribution it changes."""
    contribute, shape = rule.contribute, case.xp.shape
    assert contribute is not None

    def watched(use: Use) -> Any:
        brought = contribute(use)
        if brought is None:
            return None
        brought = case.program.in_shape(use, brought)
        fits = shape(brought) == shape(use.contribution)
        if not fits and not case.graph.nodes[use.edge.source].is_leaf:
            return None
        if not same(brought, use.contribution):
            changed.add(use.edge)
        return brought

    return watched


@lru_cache(maxsize=512)
def _labels(source: str) -> tuple[str, ...]:
    """The inputs that have a gradient only where their numbers are not whole."""
    graph = parse(source)
    return tuple(graph.nodes[i].name for i in graph.label_leaves)


@lru_cache(maxsize=512)
def _program(
    source: str, shapes: tuple[tuple[str, Shape], ...], real: frozenset[str], exact: bool
) -> Program:
    graph, known = parse(source), dict(shapes)
    reals = [i for i in graph.label_leaves if graph.nodes[i].name in real]
    bound = graph.bind({n.name: known.get(n.name, ()) for n in graph.inputs}, reals)
    return Program(bound, for_backend("exact") if exact else XP, [n.id for n in bound.inputs])


def same(a: Any, b: Any) -> bool:
    """Whether two values or arrays have the same shape and are equal element by element."""
    return XP.shape(a) == XP.shape(b) and bool((a == b) if XP.shape(a) == () else (a == b).all())
