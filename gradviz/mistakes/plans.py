"""Another graph worked out in place of the right one: the plan was wrong, the arithmetic is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression, graph_of
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz.mistakes.working import Worked, Working

Rewrite = Callable[[Sequence[Expression], Sequence[Expression]], Expression]
"""A node anew, from its operands and from all nodes before it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The other graph, compiled.

    names  its inputs, in the order in which the program takes them.
    at     by node of the run, the node there that stands for it.
    """

    program: Program
    names: tuple[str, ...]
    at: Mapping[int, int]

    def forward(self, working: Working, inputs: Mapping[int, Any]) -> Sequence[Any]:
        """The values by node of the working; right ones for what the plan lacks."""
        return self._placed(working, self._values(working, inputs), working.truth.values)

    def work(self, working: Working) -> Worked:
        """The values and the gradients by node of the working."""
        from gradviz.mistakes.working import Worked

        trace, truth = working.trace, working.truth
        made = self._values(working, {})
        values = self._placed(working, made, truth.values)
        if not trace.has_backward:
            return Worked(values, truth.gradients, truth.contributions)
        seed = trace.xp.ones(trace.xp.shape(made[self.program.graph.output]))
        gradients = self.program.backward(made, seed * trace.seed)
        return Worked(values, self._placed(working, gradients, truth.gradients), {})

    def _values(self, working: Working, inputs: Mapping[int, Any]) -> list[Any]:
        given = {n.name: working.truth.values[n.id] for n in working.graph.inputs}
        given |= {working.graph.nodes[i].name: value for i, value in inputs.items()}
        return self.program.forward([given[name] for name in self.names])

    def _placed(self, working: Working, there: Sequence[Any], right: Sequence[Any]) -> list[Any]:
        found = list(right)
        for node, place in self.at.items():
            inner = working.inner.get(node)
            if inner is not None:
                found[inner] = there[place]
        return found


def planned(trace: Trace, rewrites: Mapping[int, Rewrite]) -> Plan | None:
    """The graph of a run with some nodes rewritten; None where that makes no sense."""
    graph = trace.graph
    made: list[Expression] = []
    try:
        for node in graph.nodes:
            operands = [made[i] for i in node.inputs]
            rewrite = rewrites.get(node.id)
            if rewrite is None:
                made.append(Expression(node.op, tuple(operands), node.options, node.name))
            else:
                new = rewrite(operands, made)
                made.append(Expression(new.op, new.inputs, new.options, node.name))
        whole = graph_of(made[graph.output])
        given = {n.name: trace.values[n.id] for n in graph.inputs}
        shapes = {n.name: trace.xp.shape(given[n.name]) for n in whole.inputs}
        reals = {n.name for n in graph.nodes if n.real}
        bound = whole.bind(shapes, [n.id for n in whole.inputs if n.name in reals])
        wanted = {graph.nodes[i].name for i in trace.wrt}
        wrt = [n.id for n in bound.inputs if n.name in wanted]
        program = Program(bound, trace.xp, wrt)
    except (GradvizError, ValueError, TypeError, IndexError, LookupError):
        return None
    places = {id(e): i for i, e in enumerate(whole._built_from)}
    at = {i: places[id(e)] for i, e in enumerate(made) if id(e) in places}
    return Plan(program, tuple(n.name for n in bound.inputs), at)
