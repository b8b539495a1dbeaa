"""A graph with exact values, run under as many changed rules as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.rationals import Rationals
from gradviz.engine.changes import Changes, Use
from gradviz.engine.program import Program
from gradviz.graph.graph import Edge, Graph
from gradviz.graph.text.parser import parse
from gradviz.ops.op import Shape
from gradviz.trace import Recording

XP = Rationals()


@dataclass(frozen=True, slots=True)
class Pass:
    """Every node's gradient, what every edge brought, and the edges whose numbers were changed, the
    first one first. At a branch that is treated wrongly it is the edge that completes it.
    """

    gradients: list[Any]
    contributions: Mapping[Edge, Any]
    changed: tuple[Edge, ...] = ()

    @property
    def first(self) -> Edge | None:
        """The first edge whose number was changed."""
        return self.changed[0] if self.changed else None


class Case:
    """A graph with exact values: forward once, then backward under as many rules as wanted.

    exact  scalar symbols of the exact backend take the place of values.
    """

    def __init__(self, source: str, values: Mapping[str, Any], *, exact: bool = False) -> None:
        self.source, self.given = source, dict(values)
        self.xp: Any = for_backend("exact") if exact else XP
        known = {} if exact else {name: XP.asarray(value) for name, value in values.items()}
        shapes = tuple((name, XP.shape(value)) for name, value in known.items())
        self.program = _program(source, shapes, exact)
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
        program, values = self.program, self.values
        gradients, recording = self._recorded
        rows = zip(recording.edges, recording.local, recording.contribution, strict=True)
        return {
            edge: program.use(
                edge,
                values,
                program.operands(values, edge.target),
                gradients[edge.target],
                local,
                contribution,
            )
            for edge, local, contribution in rows
        }

    @cached_property
    def truth(self) -> Pass:
        """The true backward pass."""
        gradients, recording = self._recorded
        return Pass(gradients, dict(zip(recording.edges, recording.contribution, strict=True)))

    def slope(self, edge: Edge) -> Any:
        """The true local gradient along an edge; None where the op does not work element by
        element.
        """
        return self.uses[edge].local

    def backward(self, rule: Changes | None = None) -> Pass:
        """The gradients under a rule; the true ones without.

        A rule that brings a gradient in a wrong shape has its way at an input, from which nothing
        further is computed; elsewhere it does not apply.
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
        """Whether a rule makes any difference to the true pass; most of them find no gate here."""
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
        """The edges that arrive at each node to which several do."""
        arrived: dict[int, list[Edge]] = {}
        for edge in self.program.schedule:
            arrived.setdefault(edge.source, []).append(edge)
        return [edges for edges in arrived.values() if len(edges) > 1]

    def goes_wrong(self, done: Pass, of: int | Edge) -> Edge | None:
        """Where the gradient of a node, or what an edge brings, goes wrong in a pass: the first
        changed edge that it is computed from. None where every step is right, and a wrong number is
        only written down.
        """
        node = of.target if isinstance(of, Edge) else of
        above, consumers = {node}, self.graph.consumers
        for source in range(node, len(consumers)):  # in topological order
            above |= {edge.target for edge in consumers[source]} if source in above else set()
        return next((edge for edge in done.changed if edge.source in above or edge == of), None)


def _watched(case: Case, rule: Changes, changed: set[Edge]) -> Any:
    """A rule's hook that notes the edges at which it brings something else."""
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
def _program(source: str, shapes: tuple[tuple[str, Shape], ...], exact: bool) -> Program:
    graph, known = parse(source), dict(shapes)
    bound = graph.bind({n.name: known.get(n.name, ()) for n in graph.inputs})
    return Program(bound, for_backend("exact") if exact else XP, [n.id for n in bound.inputs])


def same(a: Any, b: Any) -> bool:
    """Whether two values, arrays included, are equal number by number."""
    return XP.shape(a) == XP.shape(b) and bool((a == b) if XP.shape(a) == () else (a == b).all())
