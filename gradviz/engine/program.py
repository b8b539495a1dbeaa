"""A bound graph as flat columns, ready to be interpreted (or turned into code) as often as
wanted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from gradviz.errors import GradvizError
from gradviz.graph.graph import CONSTANT, Edge, Graph
from gradviz.ops.op import Op
from gradviz.ops.shapes import summed_axes
from gradviz.trace.trace import Recording


class Program:
    """The columns of a bound graph for one backend and one choice of `wrt` inputs.

    ops, args, options  a node's op (None for leaves), operands and options.
    schedule            the edges that contribute, in the order of the backward pass.
    truths              by node the slots at which a condition is computed with, as 1 or 0.
    constants           (node, value) pairs; they enter each run unchanged.
    """

    def __init__(self, graph: Graph, xp: Any, wrt: Sequence[int]) -> None:
        self.graph, self.xp, self.wrt = graph, xp, tuple(wrt)
        self.ops: Sequence[Op | None] = graph.ops
        self.args = [n.inputs for n in graph.nodes]
        self.options = [
            {k: xp.number(v) for k, v in n.options.items()} if o else {} for n, o in self._rows()
        ]
        self.computed = [n.id for n in graph.nodes if not n.is_leaf]
        self.truths = _truths(graph)
        self.schedule = schedule(graph, self.wrt)
        self.reduced = [self._reduction(edge) for edge in self.schedule]
        indices = graph.index_leaves
        self.constants = [
            (n.id, (xp.asindex if n.id in indices else xp.asreal)(n.options["value"]))
            for n in graph.nodes
            if n.op == CONSTANT
        ]

    def _rows(self) -> Any:
        return zip(self.graph.nodes, self.ops, strict=True)

    def _reduction(self, edge: Edge) -> tuple[tuple[int, ...], Any, Any]:
        """For an elementwise op: the axes to sum, the target's shape, the source's shape."""
        wide, narrow = (self.graph.nodes[i].shape or () for i in (edge.target, edge.source))
        return (
            summed_axes(wide, narrow) if self.graph.op(edge.target).elementwise else (),
            wide,
            narrow,
        )

    def forward(self, inputs: Sequence[Any]) -> list[Any]:
        """Every node's value, from the values of the inputs (which come first in a graph).

        Raises DomainError where the exact backend finds no real, finite value.
        """
        xp, ops, options = self.xp, self.ops, self.options
        values: list[Any] = [None] * len(ops)
        values[: len(inputs)] = inputs
        for node, value in self.constants:
            values[node] = value
        asarray, exact = xp.asarray, xp.name == "exact"
        with xp.quiet():
            for i in self.computed:
                op = ops[i]
                result = op.forward(xp, *self.operands(values, i), **options[i])  # type: ignore[union-attr]
                values[i] = result = asarray(result)
                if exact:
                    self._check(result, op.name, i)  # type: ignore[union-attr]
        return values

    def _check(self, value: Any, what: str, node: int) -> None:
        try:
            self.xp.check(value, what)
        except GradvizError as error:
            raise error.at(self.graph.source, self.graph.nodes[node].span) from None

    def operands(self, values: Sequence[Any], node: int) -> list[Any]:
        """The values that a node's formulas take."""
        found = [values[j] for j in self.args[node]]
        for slot in self.truths.get(node, ()):
            found[slot] = self.xp.asreal(found[slot])
        return found

    def backward(self, values: list[Any], seed: Any) -> list[Any]:
        """Every node's gradient, None where nothing contributed. Raises DomainError likewise."""
        return self._sweep(values, seed, None)

    def record(self, values: list[Any], seed: Any) -> tuple[list[Any], Recording]:
        """Every node's gradient, and every step that made it."""
        recording = Recording()
        return self._sweep(values, seed, recording), recording

    def recorded(self, values: list[Any]) -> Sequence[Any]:
        """Values or gradients as a trace keeps them."""
        return values

    def _sweep(self, values: list[Any], seed: Any, recording: Recording | None) -> list[Any]:
        xp, ops, options = self.xp, self.ops, self.options
        exact = xp.name == "exact"
        gradients: list[Any] = [None] * len(ops)
        gradients[self.graph.output] = seed
        with xp.quiet():
            for edge, (summed, wide, narrow) in zip(self.schedule, self.reduced, strict=True):
                source, target, slot = edge
                op, upstream, operands = (
                    ops[target],
                    gradients[target],
                    self.operands(values, target),
                )
                if op.local is not None:  # type: ignore[union-attr]
                    rule = op.local[slot]  # type: ignore[union-attr]
                    local = xp.asarray(rule(xp, values[target], *operands, **options[target]))  # type: ignore[misc]
                    contribution = upstream * local
                    if wide:
                        if xp.shape(local) != wide:
                            local = xp.broadcast_to(local, wide)
                            contribution = xp.broadcast_to(xp.asarray(contribution), wide)
                        if summed:
                            total = xp.sum(contribution, axis=summed)
                            contribution = xp.reshape(xp.asarray(total), narrow)
                else:
                    local, contribution = self._vjp(edge, upstream, values[target], operands)
                contribution = xp.asarray(contribution)
                if exact:
                    self._check(contribution, f"the gradient of {op.name}", target)  # type: ignore[union-attr]
                so_far = gradients[source]
                gradients[source] = (
                    contribution if so_far is None else xp.asarray(so_far + contribution)
                )
                if recording is not None:
                    recording.edges.append(edge)
                    recording.local.append(local)
                    recording.contribution.append(contribution)
                    recording.after.append(gradients[source])
        self._fill_unused(gradients)
        return gradients

    def _vjp(self, edge: Edge, upstream: Any, value: Any, operands: list[Any]) -> tuple[Any, Any]:
        """The local gradient, where it is a single number, and the contribution of an op with a
        vjp.
        """
        xp, op = self.xp, self.ops[edge.target]
        options = self.options[edge.target]
        if op.variadic:  # type: ignore[union-attr]
            options = {**options, "slot": edge.slot}
        rule = op.vjp[0 if op.variadic else edge.slot]  # type: ignore[union-attr,index]
        contribution = rule(xp, upstream, value, *operands, **options)  # type: ignore[misc]
        if xp.shape(value) == () == xp.shape(operands[edge.slot]):
            return xp.asarray(rule(xp, xp.asarray(1), value, *operands, **options)), contribution  # type: ignore[misc]
        return None, contribution

    def _fill_unused(self, gradients: list[Any]) -> None:
        """An input that the output does not depend on has the gradient 0."""
        for node in self.wrt:
            if gradients[node] is None:
                gradients[node] = self.xp.zeros(self.graph.nodes[node].shape)


def _truths(graph: Graph) -> dict[int, tuple[int, ...]]:
    conditions = {i for i, op in enumerate(graph.ops) if op is not None and op.is_condition}
    if not conditions:
        return {}
    found: dict[int, tuple[int, ...]] = {}
    for source, target, slot in graph.edges:
        if source in conditions and graph.op(target).takes_number(slot):
            found[target] = (*found.get(target, ()), slot)
    return found


def schedule(graph: Graph, wrt: Sequence[int]) -> list[Edge]:
    """The contributing edges, in order: nodes by consumer counts from the output, first ready
    first, slots in order.

    An edge contributes if its source leads back to a `wrt` input and its target reaches the output,
    both along operands that take gradients.
    """
    flows = [False] * len(graph.nodes)
    for chosen in wrt:
        flows[chosen] = True
    for node, op in zip(graph.nodes, graph.ops, strict=True):
        if op is not None:
            flows[node.id] = any(
                flows[s] and op.differentiable(slot) for slot, s in enumerate(node.inputs)
            )
    active = _active_edges(graph, flows)
    waiting = [0] * len(graph.nodes)
    for edges in active.values():
        for edge in edges:
            waiting[edge.source] += 1
    order, ready = [], deque([graph.output])
    while ready:
        for edge in active.get(ready.popleft(), ()):
            order.append(edge)
            waiting[edge.source] -= 1
            if not waiting[edge.source]:
                ready.append(edge.source)
    return order


def _active_edges(graph: Graph, flows: list[bool]) -> dict[int, list[Edge]]:
    """By target, the contributing edges of every node that the backward pass visits."""
    found: dict[int, list[Edge]] = {}
    todo = [graph.output]
    seen = {graph.output}
    while todo:
        target = todo.pop()
        op = graph.ops[target]
        if op is None:
            continue
        found[target] = [
            Edge(s, target, slot)
            for slot, s in enumerate(graph.nodes[target].inputs)
            if flows[s] and op.differentiable(slot)
        ]
        for edge in found[target]:
            if edge.source not in seen:
                seen.add(edge.source)
                todo.append(edge.source)
    return found
