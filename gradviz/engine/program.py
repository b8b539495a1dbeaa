"""A bound graph as flat columns, ready to be interpreted (or turned into code) repeatedly."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.errors import DomainError, GradvizError
from gradviz.graph.graph import CONSTANT, Edge, Graph
from gradviz.ops.contributions import Reduction, contribution, reduction, sum_broadcast
from gradviz.ops.op import Op
from gradviz.progress import each
from gradviz.trace import Recording


class Program:
    """The columns of a bound graph for one backend and one choice of `wrt` inputs.

    ops, args, options  a node's op (None for leaves), operands and options.
    schedule            the edges that contribute, in the order of the backward pass.
    routes              for each of them the routes of its target; None for an op that computes its
                        contribution.
    truths              by node, the slots where a condition is used as a number, 1 or 0.
    constants           (node, value) pairs; they enter each run unchanged.
    """

    def __init__(self, graph: Graph, xp: Any, wrt: Sequence[int]) -> None:
        self.graph, self.xp, self.wrt = graph, xp, tuple(wrt)
        self.ops: Sequence[Op | None] = graph.ops
        self.args = graph.args
        self.options = [
            {k: xp.number(v) for k, v in n.options.items()} if o else {} for n, o in self._rows()
        ]
        self.computed = [n.id for n in graph.nodes if not n.is_leaf]
        self.truths = graph.truths
        self.schedule: Sequence[Edge] = schedule(graph, self.wrt)
        routed = {i for i, op in enumerate(self.ops) if op is not None and op.routes is not None}
        self.routes = [graph.routes(e) if e.target in routed else None for e in self.schedule]
        self.reduced = [self._reduction(edge) for edge in self.schedule]
        indices = graph.index_leaves
        self.constants = [
            (n.id, (xp.asindex if n.id in indices else xp.asreal)(n.options["value"]))
            for n in graph.nodes
            if n.op == CONSTANT
        ]

    def _rows(self) -> Any:
        return zip(self.graph.nodes, self.ops, strict=True)

    def _reduction(self, edge: Edge) -> Reduction:
        wide, narrow = (self.graph.nodes[i].shape or () for i in (edge.target, edge.source))
        return reduction(self.graph.op(edge.target), wide, narrow)

    def forward(self, inputs: Sequence[Any], changes: Changes | None = None) -> list[Any]:
        """Every node's value, from the values of the inputs (which come first in a graph).

        changes  the changes to make; only the hooks `value` and `operand` are used here.
        Raises DomainError if the exact backend finds no real, finite value.
        """
        values: list[Any] = [None] * len(self.ops)
        values[: len(inputs)] = inputs
        for node, value in self.constants:
            values[node] = value
        self._compute(values, self.computed, changes)
        return values

    def forward_again(
        self, values: Sequence[Any], nodes: Sequence[int], changes: Changes
    ) -> list[Any]:
        """The values of a run after changes, of which these computed nodes, in order, are all that
        can differ.
        """
        found = list(values)
        self._compute(found, nodes, changes)
        return found

    def _compute(self, values: list[Any], nodes: Sequence[int], changes: Changes | None) -> None:
        """Fill in the values of these nodes."""
        xp, ops, options = self.xp, self.ops, self.options
        asarray, grows = xp.asarray, xp.grows
        i = 0
        with xp.quiet():
            try:
                for i in each("forward pass", nodes):
                    op = ops[i]
                    operands = self.operands(values, i, changes)
                    if grows:
                        self._foresee(op, operands, i)  # type: ignore[arg-type]
                    result = op.forward(xp, *operands, **options[i])  # type: ignore[union-attr]
                    values[i] = result = asarray(result)
                    if grows:
                        xp.check(result, op.name)  # type: ignore[union-attr]
                    if changes is not None and changes.value is not None:
                        taken = changes.value(self.graph.nodes[i], operands, result)
                        values[i] = result if taken is None else asarray(taken)
            except DomainError as error:
                raise error.at(self.graph.source, self.graph.nodes[i].span) from None

    def _foresee(self, op: Op, operands: Sequence[Any], node: int) -> None:
        """Refuse powers that would have too many digits, before they are computed."""
        options = self.options[node]
        exponents = [v for slot, v in enumerate(operands) if op.role(slot) == "exponent"]
        exponents += [options[name] for name in op.exponents]
        for exponent in exponents:
            self.xp.foresee(operands[0], exponent)

    def _check(self, value: Any, what: str, node: int) -> None:
        try:
            self.xp.check(value, what)
        except GradvizError as error:
            raise error.at(self.graph.source, self.graph.nodes[node].span) from None

    def operands(
        self, values: Sequence[Any], node: int, changes: Changes | None = None
    ) -> list[Any]:
        """The operands of a node, as its formulas take them."""
        found = [values[j] for j in self.args[node]]
        for slot in self.truths.get(node, ()):
            found[slot] = self.xp.asreal(found[slot])
        if changes is not None and changes.operand is not None:
            for slot, source in enumerate(self.args[node]):
                read = changes.operand(Edge(source, node, slot), found[slot])
                found[slot] = found[slot] if read is None else self.xp.asarray(read)
        return found

    def backward(self, values: list[Any], seed: Any, changes: Changes | None = None) -> list[Any]:
        """Every node's gradient, None where nothing contributed.

        changes  the changes to make; all hooks except `value` are used here.
        Raises DomainError if the exact backend finds no real, finite gradient.
        """
        return self._sweep(values, seed, None, changes)

    def backward_again(
        self, values: list[Any], gradients: Sequence[Any], steps: Sequence[int], changes: Changes
    ) -> tuple[list[Any], Recording]:
        """The gradients of a run after changes, and the steps that were worked again.

        gradients  those of the run; None for the nodes that are worked again, except the output.
        steps      places in the schedule, in order: all that contribute to those nodes.
        """
        found, recording = list(gradients), Recording()
        rows = [(self.schedule[k], self.routes[k], self.reduced[k]) for k in steps]
        self._follow_rows(values, found, rows, recording, changes)
        return found, recording

    def record(
        self, values: list[Any], seed: Any, changes: Changes | None = None
    ) -> tuple[list[Any], Recording]:
        """Every node's gradient, and every step that led to it; arguments and errors as above."""
        recording = Recording()
        return self._sweep(values, seed, recording, changes), recording

    def recorded(self, values: list[Any]) -> Sequence[Any]:
        """Values or gradients as a trace keeps them."""
        return values

    def _sweep(
        self, values: list[Any], seed: Any, recording: Recording | None, changes: Changes | None
    ) -> list[Any]:
        gradients: list[Any] = [None] * len(self.ops)
        gradients[self.graph.output] = seed
        rows = zip(self.schedule, self.routes, self.reduced, strict=True)
        changed = self._follow_rows(values, gradients, rows, recording, changes)
        self._fill_unused(gradients)
        return gradients if changed is None else changed.reported(gradients)

    def _follow_rows(
        self,
        values: list[Any],
        gradients: list[Any],
        rows: Iterable[tuple[Edge, Any, Reduction]],
        recording: Recording | None,
        changes: Changes | None,
    ) -> _Changed | None:
        """Add what the rows of the schedule contribute to the gradients."""
        xp = self.xp
        changed = None if changes is None else _Changed(self, changes, values)
        checked = xp.grows and changed is None
        told = recording is not None or changes is not None
        target, operands, op = -1, list[Any](), None
        stretches: Sequence[slice] = ()
        with xp.quiet():
            for edge, routes, reduced in each("backward pass", rows, len(self.schedule)):
                source, slot = edge.source, edge.slot
                if edge.target != target or changes is not None:  # else they are the same again
                    if changed is not None and edge.target != target:
                        changed.complete(edge.target, gradients)
                    target = edge.target
                    operands, op = self.operands(values, target, changes), self.ops[target]
                    stretches = self._stretches(target)
                assert op is not None
                local, brought = contribution(
                    xp,
                    op,
                    slot,
                    routes,
                    reduced,
                    gradients[target],
                    values[target],
                    operands,
                    self.options[target],
                    told=told,
                    stretch=stretches[slot] if stretches else None,
                )
                if checked:
                    self._check(brought, f"the gradient of {op.name}", target)
                if changed is None:
                    so_far = gradients[source]
                    gradients[source] = brought if so_far is None else xp.asarray(so_far + brought)
                else:
                    brought = changed.contribution(
                        edge, operands, gradients[target], local, brought
                    )
                    gradients[source] = changed.gradient(source, brought)
                if recording is not None:
                    recording.edges.append(edge)
                    recording.local.append(local)
                    recording.contribution.append(brought)
                    recording.after.append(gradients[source])
            if changed is not None:
                changed.complete_all(gradients)
        return changed

    def _stretches(self, node: int) -> Sequence[slice]:
        """The `stretches` of a node's op; none where it has none."""
        op, nodes = self.ops[node], self.graph.nodes
        if op is None or op.stretches is None:
            return ()
        shapes = [nodes[i].shape or () for i in self.args[node]]
        return op.stretches(*shapes, **nodes[node].options)

    def use(
        self,
        edge: Edge,
        values: Sequence[Any],
        operands: Sequence[Any],
        upstream: Any,
        local: Any,
        contribution: Any,
    ) -> Use:
        """An edge as a changed rule sees it."""
        op = self.ops[edge.target]
        assert op is not None
        return Use(
            self.xp,
            edge,
            op,
            values[edge.target],
            tuple(operands),
            self.options[edge.target],
            upstream,
            local if op.elementwise else None,
            contribution,
        )

    def in_shape(self, use: Use, brought: Any) -> Any:
        """The contribution of a changed rule, summed from the target's shape to the source's."""
        xp, brought = self.xp, self.xp.asarray(brought)
        shape = xp.shape(brought)
        if shape == xp.shape(use.contribution) or shape != xp.shape(use.value):
            return brought
        axes, wide, narrow = self._reduction(use.edge)
        return sum_broadcast(xp, brought, axes, wide, narrow)

    def _fill_unused(self, gradients: list[Any]) -> None:
        """An input that the output does not depend on has the gradient 0."""
        for node in self.wrt:
            if gradients[node] is None:
                gradients[node] = self.xp.zeros(self.graph.nodes[node].shape)


class _Changed:
    """The hooks of a sweep, with the contributions that each node has received so far."""

    def __init__(self, program: Program, changes: Changes, values: list[Any]) -> None:
        self.program, self.changes, self.values = program, changes, values
        self.nodes = program.graph.nodes
        self.arrived: dict[int, list[Any]] = {}
        self.totals: dict[int, Any] = {}
        self.completed: set[int] = set()

    def contribution(
        self, edge: Edge, operands: list[Any], upstream: Any, local: Any, true: Any
    ) -> Any:
        """The contribution of an edge."""
        if self.changes.contribute is None:
            return true
        use = self.program.use(edge, self.values, operands, upstream, local, true)
        brought = self.changes.contribute(use)
        return true if brought is None else self.program.in_shape(use, brought)

    def gradient(self, node: int, contribution: Any) -> Any:
        """A node's gradient so far, with one more contribution."""
        xp, accumulate = self.program.xp, self.changes.accumulate
        arrived = self.arrived.setdefault(node, [])
        arrived.append(contribution)
        if len(arrived) == 1:
            self.totals[node] = contribution
            return contribution
        self.totals[node] = total = xp.asarray(self.totals[node] + contribution)
        made = None if accumulate is None else accumulate(self.nodes[node], tuple(arrived))
        return total if made is None else xp.asarray(made)

    def complete(self, node: int, gradients: list[Any]) -> None:
        """Change the gradient of a node to which all contributions of the sweep have come."""
        change = self.changes.gradient
        if change is None or node in self.completed or node not in self.arrived:
            return
        self.completed.add(node)
        made = change(self.nodes[node], gradients[node])
        gradients[node] = gradients[node] if made is None else self.program.xp.asarray(made)

    def complete_all(self, gradients: list[Any]) -> None:
        """The same for the nodes from which nothing is computed."""
        for node in self.arrived:
            self.complete(node, gradients)

    def reported(self, gradients: list[Any]) -> list[Any]:
        """The gradients as they are reported."""
        report = self.changes.report
        if report is None:
            return gradients
        told = [
            None if g is None else report(node, value, g)
            for node, value, g in zip(self.nodes, self.values, gradients, strict=True)
        ]
        return [
            g if t is None else self.program.xp.asarray(t)
            for t, g in zip(told, gradients, strict=True)
        ]


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
                flows[s] and graph.takes_gradient(Edge(s, node.id, slot))
                for slot, s in enumerate(node.inputs)
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
            edge
            for slot, s in enumerate(graph.nodes[target].inputs)
            if flows[s] and graph.takes_gradient(edge := Edge(s, target, slot))
        ]
        for edge in found[target]:
            if edge.source not in seen:
                seen.add(edge.source)
                todo.append(edge.source)
    return found
