"""The backward pass of a student: exact fractions on the trace's graph, with a rule that may be
changed.

Without a changed rule it is the true backward pass; the tests hold it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from typing import Any

from gradviz.arrays import namespace
from gradviz.arrays.rationals import Rationals
from gradviz.engine.program import Program
from gradviz.exam.question.question import parsed
from gradviz.graph.graph import Edge, Graph
from gradviz.ops.op import Op, Shape

XP = Rationals()


@dataclass(frozen=True, slots=True)
class Use:
    """One edge of the backward pass, as a rule sees it.

    value         the target's value, the node that passes its gradient back.
    operands      what the target was computed from; `own` is the one that receives.
    options       the op's options.
    local         the true local gradient where the op works element by element, else None.
    contribution  the true contribution for this upstream gradient.
    """

    edge: Edge
    op: Op
    value: Any
    operands: tuple[Any, ...]
    options: Mapping[str, Any]
    upstream: Any
    local: Any
    contribution: Any

    @property
    def own(self) -> Any:
        """The value of the operand that receives."""
        return self.operands[self.edge.slot]


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed backward rule. What is None is as it should be.

    contribute  `(use)`: what the edge brings instead, or None where the mistake does not apply.
    accumulate  `(contributions)`: what a branch makes of two or more of them.
    report      `(value, gradient)`: what the student writes down for a node.
    """

    contribute: Callable[[Use], Any] | None = None
    accumulate: Callable[[Sequence[Any]], Any] | None = None
    report: Callable[[Any, Any], Any] | None = None


@dataclass(slots=True)
class Pass:
    """Every node's gradient, what every edge brought, and the edges whose numbers were changed, the
    first one first.
    """

    gradients: list[Any]
    contributions: dict[Edge, Any] = field(default_factory=dict)
    changed: list[Edge] = field(default_factory=list)

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
        names = [n.name for n in parsed(source).inputs]
        self.xp: Any = namespace("exact") if exact else XP
        inputs: list[Any] = [
            _symbol(self.xp, name) if exact else XP.asarray(values[name]) for name in names
        ]
        self.program = _program(source, tuple(XP.shape(v) for v in inputs), exact)
        self.graph: Graph = self.program.graph
        self.inputs = inputs
        self.values: list[Any] = self.program.forward(inputs)
        self.reduced = dict(zip(self.program.schedule, self.program.reduced, strict=True))
        self.seed = self.xp.ones(XP.shape(self.output))
        self._slopes: dict[Edge, Any] = {}

    @cached_property
    def truth(self) -> Pass:
        """The true backward pass."""
        return _Sweep(self, Changed(), None).run()

    @property
    def output(self) -> Any:
        """The output's value."""
        return self.values[self.graph.output]

    def backward(self, changed: Changed | None = None) -> Pass:
        """The gradients under a rule; the true ones without."""
        return _Sweep(self, changed, self.truth).run() if changed else self.truth

    def slope(self, edge: Edge) -> Any:
        """The true local gradient along an edge; None where the op does not work element by
        element.
        """
        if edge not in self._slopes:
            program, target = self.program, edge.target
            op = program.ops[target]
            rule = op.local[edge.slot] if op is not None and op.local is not None else None
            operands = program.operands(self.values, target)
            self._slopes[edge] = (
                self.xp.asarray(
                    rule(self.xp, self.values[target], *operands, **program.options[target])
                )
                if rule
                else None
            )
        return self._slopes[edge]


def _symbol(xp: Any, name: str) -> Any:
    return xp.symbol(name)


@lru_cache(maxsize=512)
def _program(source: str, shapes: tuple[Shape, ...], exact: bool) -> Program:
    graph = parsed(source)
    bound = graph.bind({n.name: s for n, s in zip(graph.inputs, shapes, strict=True)})
    return Program(bound, namespace("exact") if exact else XP, [n.id for n in bound.inputs])


class _Sweep:
    def __init__(self, case: Case, changed: Changed, truth: Pass | None) -> None:
        self.case, self.changed, self.truth = case, changed, truth
        self.arrived: list[list[Any]] = [[] for _ in case.values]
        self.last: dict[int, Edge] = {}
        self.upstream: dict[int, Any] = {}
        self.done = Pass([None] * len(case.values))

    def run(self) -> Pass:
        case, done, xp = self.case, self.done, self.case.xp
        self.arrived[case.graph.output].append(case.seed)
        for edge in case.program.schedule:
            brought = self._bring(edge)
            done.contributions[edge] = brought
            self.arrived[edge.source].append(brought)
            self.last[edge.source] = edge
        for node in case.graph.inputs:
            if not self.arrived[node.id]:
                self.arrived[node.id].append(xp.zeros(node.shape or ()))
        for node_id, arrived in enumerate(self.arrived):
            if arrived:
                done.gradients[node_id] = self._reported(node_id, self._gradient(node_id))
        return done

    def _reported(self, node: int, gradient: Any) -> Any:
        return (
            self.changed.report(self.case.values[node], gradient)
            if self.changed.report
            else gradient
        )

    def _gradient(self, node: int) -> Any:
        """What has arrived, added up; a branch may be treated wrongly."""
        arrived = self.arrived[node]
        total = reduce(lambda a, b: a + b, arrived)
        if len(arrived) == 1 or self.changed.accumulate is None:
            return total
        wrong = self.changed.accumulate(arrived)
        if self.last[node] not in self.done.changed and not same(wrong, total):
            self.done.changed.append(self.last[node])
        return wrong

    def _bring(self, edge: Edge) -> Any:
        program, values = self.case.program, self.case.values
        op = program.ops[edge.target]
        assert op is not None
        operands = tuple(program.operands(values, edge.target))
        if edge.target not in self.upstream:  # by now all that it will receive has arrived
            self.upstream[edge.target] = self._gradient(edge.target)
        upstream = self.upstream[edge.target]
        local, true = self._true(edge, op, operands, upstream)
        if self.changed.contribute is None:
            return true
        use = Use(
            edge,
            op,
            values[edge.target],
            operands,
            program.options[edge.target],
            upstream,
            local,
            true,
        )
        brought = self.changed.contribute(use)
        if brought is None:
            return true
        if XP.shape(brought) != XP.shape(true) and XP.shape(brought) == XP.shape(use.value):
            brought = self.summed(edge, brought)
        if XP.shape(brought) != XP.shape(true):
            return self._misshapen(edge, brought, true)
        if not same(brought, true):
            self.done.changed.append(edge)
        return brought

    def _misshapen(self, edge: Edge, brought: Any, true: Any) -> Any:
        """A wrong shape can be an answer, where nothing further is computed from it; elsewhere
        nobody gets far.
        """
        if not self.case.graph.nodes[edge.source].is_leaf:
            return true
        self.done.changed.append(edge)
        return brought

    def _true(
        self, edge: Edge, op: Op, operands: tuple[Any, ...], upstream: Any
    ) -> tuple[Any, Any]:
        local = self.case.slope(edge)
        if local is None:
            value, xp, options = (
                self.case.values[edge.target],
                self.case.xp,
                self.case.program.options[edge.target],
            )
            rule = (op.vjp or ())[0 if op.variadic else edge.slot]
            assert rule is not None
            slot = {"slot": edge.slot} if op.variadic else {}
            return None, xp.asarray(rule(xp, upstream, value, *operands, **options, **slot))
        if (
            self.truth and upstream is self.truth.gradients[edge.target]
        ):  # nothing has gone wrong on the way here
            return local, self.truth.contributions[edge]
        return local, self.summed(edge, upstream * local)

    def summed(self, edge: Edge, contribution: Any) -> Any:
        """A contribution in the source's shape: summed along the axes that it was broadcast
        over.
        """
        axes, wide, narrow = self.case.reduced[edge]
        if not wide:
            return contribution
        whole = XP.broadcast_to(contribution, wide)
        return XP.reshape(XP.sum(whole, axis=axes), narrow) if axes else whole


def same(a: Any, b: Any) -> bool:
    """Whether two values, arrays included, are equal number by number."""
    return XP.shape(a) == XP.shape(b) and bool((a == b) if XP.shape(a) == () else (a == b).all())


__all__ = ["XP", "Case", "Changed", "Pass", "Use", "same"]
