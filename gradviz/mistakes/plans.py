"""Another graph worked out in place of the right one: a wrong plan, with right arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression, graph_of
from gradviz.graph.graph import Graph
from gradviz.trace import Trace

Rewrite = Callable[[Sequence[Expression], Sequence[Expression]], Expression]
"""A node anew, from its operands and from all nodes before it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The other graph, compiled.

    names  its inputs, in the order in which the program takes them.
    at     by node of the right graph, the node there that stands for it.
    """

    program: Program
    names: tuple[str, ...]
    at: Mapping[int, int]

    def values(self, given: Mapping[str, Any]) -> dict[int, Any]:
        """The values by node of the right graph, from those of the inputs."""
        return self._placed(self._forward(given))

    def gradients(self, given: Mapping[str, Any], seed: Any) -> dict[int, Any]:
        """The same of the gradients."""
        made = self._forward(given)
        ones = self.program.xp.ones(self.program.xp.shape(made[self.program.graph.output]))
        return self._placed(self.program.backward(made, ones * seed))

    def _forward(self, given: Mapping[str, Any]) -> list[Any]:
        return self.program.forward([given[name] for name in self.names])

    def _placed(self, there: Sequence[Any]) -> dict[int, Any]:
        return {node: there[place] for node, place in self.at.items()}


def planned(
    graph: Graph, trace: Trace, rewrites: Mapping[int, Rewrite], known: Mapping[int, int]
) -> Plan | None:
    """The graph of a run, opened or not, with some nodes rewritten; None where that makes no sense.

    known  what its nodes are called in the right graph.
    """
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
        given = {n.name: trace.values[n.id] for n in trace.graph.inputs}
        shapes = {n.name: trace.xp.shape(given[n.name]) for n in whole.inputs}
        reals = {n.name for n in trace.graph.nodes if n.real}
        bound = whole.bind(shapes, [n.id for n in whole.inputs if n.name in reals])
        wanted = {trace.graph.nodes[i].name for i in trace.wrt}
        wrt = [n.id for n in bound.inputs if n.name in wanted]
        program = Program(bound, trace.xp, wrt)
    except (GradvizError, ValueError, TypeError, IndexError, LookupError):
        return None
    places = {id(e): i for i, e in enumerate(whole._built_from)}
    at = {known[i]: places[id(e)] for i, e in enumerate(made) if id(e) in places and i in known}
    return Plan(program, tuple(n.name for n in bound.inputs), at)
