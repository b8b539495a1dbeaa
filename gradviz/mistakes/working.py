"""Somebody's working: a run worked again with mistakes in it, as a student would.

What a mistake does not touch is computed by the right rule from the wrong numbers before it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Edge, Graph
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.opening import opened, program_of
from gradviz.mistakes.plans import Plan
from gradviz.mistakes.uses import uses
from gradviz.trace import Recording, Trace

LARGEST = 1000
"""Nodes of a graph that is searched for mistakes."""
STEP = 3e-6
"""The relative step of the differences by which sensitivities are measured."""
FAILURES = (
    ValueError,
    IndexError,
    TypeError,
    ArithmeticError,
    AttributeError,
    KeyError,
    AssertionError,
)
"""What a changed rule may raise on numbers that it was not made for."""


@dataclass(frozen=True, slots=True)
class Worked:
    """The numbers of a working: values and gradients by node, contributions by edge."""

    values: Sequence[Any]
    gradients: Sequence[Any]
    contributions: Mapping[Edge, Any]


class Working:
    """A run, ready to be worked again with any edits.

    graph    the graph of the run with its composites opened; `inner` and `outer` lead from the
             nodes of the run to those here and back, `inside` are those that only a composite has.
    truth    the numbers without any mistake.
    """

    def __init__(self, trace: Trace, *, weights: Collection[str] = ()) -> None:
        if len(trace.graph.nodes) > LARGEST:
            raise ValueInputError(
                "this graph is too large to be diagnosed",
                expected=f"at most {LARGEST:,} nodes",
                got=f"{len(trace.graph.nodes):,}",
                hint="claim numbers of a part of it, run on its own",
            )
        self.trace, self.xp = trace, trace.xp
        found = opened(trace)
        self.graph, self.inner, self.outer = found.graph, found.inner, found.outer
        self.inside = found.inside
        self.program, values = program_of(found, trace)
        gradients: Sequence[Any] = [None] * len(values)
        contributions: dict[Edge, Any] = {}
        self._recording: Recording | None = None
        self._sensitivities: dict[tuple[int, tuple[int, ...]], Sequence[Any]] = {}
        if trace.has_backward:
            seed = self.xp.asarray(trace.seed)
            gradients, recording = self.program.record(values, seed)
            contributions = dict(zip(recording.edges, recording.contribution, strict=True))
            self._recording = recording
        self.truth = Worked(values, gradients, contributions)
        chosen = set(weights) or _weights(trace)
        self.weights = [n.id for n in self.graph.inputs if n.name in chosen]

    @cached_property
    def size(self) -> int:
        """How many numbers a pass computes, at least 1."""
        return max(1, sum(int(prod(self.xp.shape(v))) for v in self.truth.values))

    @cached_property
    def uses(self) -> Mapping[Edge, Use]:
        """The true backward pass, edge by edge."""
        if self._recording is None:
            return {}
        return uses(self.program, self.truth.values, self.truth.gradients, self._recording)

    @cached_property
    def below(self) -> Sequence[frozenset[int]]:
        """By node, itself and all that is computed from it."""
        found = [{i} for i in range(len(self.graph.nodes))]
        for node in reversed(range(len(found))):
            for edge in self.graph.consumers[node]:
                found[node] |= found[edge.target]
        return [frozenset(s) for s in found]

    @cached_property
    def above(self) -> Sequence[frozenset[int]]:
        """By node, itself and all that it is computed from."""
        found: list[frozenset[int]] = []
        for i, operands in enumerate(self.graph.args):
            found.append(frozenset({i}).union(*(found[j] for j in operands)))
        return found

    @cached_property
    def signatures(self) -> Sequence[Any]:
        """By node, its op with those of its operands: alike for nodes that play the same part."""
        graph = self.graph
        return [
            (n.op, tuple((graph.nodes[i].op, *_ops(graph, i)) for i in n.inputs))
            for n in graph.nodes
        ]

    def needed(self, nodes: Collection[int]) -> frozenset[int]:
        """The nodes whose gradients those of these nodes are computed from."""
        return frozenset().union(*(self.below[i] for i in nodes))

    def along(self, start: int, end: int) -> Any:
        """The derivative of a node that is one number with respect to another node; None for one
        that it does not depend on.
        """
        values = list(self.truth.values)
        rows, reached = [], {start}
        for k, edge in enumerate(self.program.schedule):
            if edge.target in reached:
                rows.append(k)
                reached.add(edge.source)
        gradients: list[Any] = [None] * len(values)
        gradients[start] = self.xp.asarray(1.0)
        changes = Edit().changes(start)
        return self.program.backward_again(values, gradients, rows, changes)[0][end]

    def sensitivity(self, node: int, place: tuple[int, ...]) -> Sequence[Any]:
        """By node, about how its value moves with one element of this node's value."""
        if (node, place) not in self._sensitivities:
            truth = self.truth.values[node]
            h = STEP * max(1.0, abs(float(self.xp.asarray(truth)[place])))
            with self.xp.quiet():
                up, down = (self._nudged(node, place, d) for d in (h, -h))
                pairs = zip(up, down, self.truth.values, strict=True)
                found = [
                    None if a is v or np.asarray(v).dtype.kind != "f" else (a - b) / (2 * h)
                    for a, b, v in pairs
                ]
            self._sensitivities[node, place] = found
        return self._sensitivities[node, place]

    def _nudged(self, node: int, place: tuple[int, ...], by: float) -> Sequence[Any]:
        """The values with one element of this node's nudged."""
        value = np.array(self.truth.values[node], float)
        value[place] += by
        moved = self.xp.asarray(value)
        if self.graph.nodes[node].is_leaf:
            values = list(self.forward(Edit(), {node: moved}))
        else:
            values = list(self.forward(Edit(values={node: lambda operands, y: moved})))
        values[node] = moved
        return values

    # Working again.
    def forward(self, edit: Edit, inputs: Mapping[int, Any] | None = None) -> Sequence[Any]:
        """The values after an edit, and with other numbers for some inputs."""
        if edit.plan is not None:
            return self._planned(edit.plan, inputs or {})[0]
        if not edit.is_forward and not inputs:
            return self.truth.values
        values = list(self.truth.values)
        for node, value in (inputs or {}).items():
            values[node] = value
        start = {*edit.values, *(e.target for e in edit.reads), *(inputs or ())}
        if edit.each is not None:
            nodes = list(self.program.computed)
        else:
            reached = frozenset().union(*(self.below[i] for i in start))
            nodes = [i for i in sorted(reached) if not self.graph.nodes[i].is_leaf]
        return self.program.forward_again(values, nodes, edit.changes(self.graph.output))

    def work(self, edit: Edit, needed: frozenset[int] = frozenset()) -> Worked:
        """The numbers after an edit; gradients of the needed nodes only."""
        if edit.plan is not None:
            return Worked(*self._planned(edit.plan, {}, needed), {})
        values = self.forward(edit)
        changed = edit.is_forward or edit.is_backward
        if not needed or not changed or not self.trace.has_backward:
            return Worked(values, self.truth.gradients, self.truth.contributions)
        again = self._again(edit) & needed
        schedule = self.program.schedule
        steps = [k for k, edge in enumerate(schedule) if edge.source in again]
        gradients = [
            None if i in again and i != self.graph.output else g
            for i, g in enumerate(self.truth.gradients)
        ]
        changes = edit.changes(self.graph.output)
        made, recording = self.program.backward_again(list(values), gradients, steps, changes)
        brought = dict(zip(recording.edges, recording.contribution, strict=True))
        return Worked(values, made, {**self.truth.contributions, **brought})

    def _planned(
        self, plan: Plan, inputs: Mapping[int, Any], needed: frozenset[int] = frozenset()
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """The values and gradients of a plan; right ones for what it lacks."""
        given = {n.name: self.truth.values[n.id] for n in self.graph.inputs}
        given |= {self.graph.nodes[i].name: value for i, value in inputs.items()}
        values, gradients = list(self.truth.values), list(self.truth.gradients)
        for node, value in plan.values(given).items():
            values[node] = value
        if needed and self.trace.has_backward:
            for node, gradient in plan.gradients(given, self.trace.seed).items():
                gradients[node] = gradient
        return values, gradients

    def _again(self, edit: Edit) -> frozenset[int]:
        """The nodes whose gradients can differ."""
        if edit.each is not None or any(of is None for of, _ in (*edit.brings, *edit.gathers)):
            return frozenset(range(len(self.graph.nodes)))
        changed: frozenset[int] = frozenset().union(
            *(self.below[i] for i in (*edit.values, *(e.target for e in edit.reads)))
        )
        start = {
            i
            for target in {*changed, *(e.target for i in changed for e in self.graph.consumers[i])}
            for i in self.graph.args[target]
        }
        start |= {edge.source for edges, _ in edit.brings for edge in edges or ()}
        start |= {node for nodes, _ in edit.gathers for node in nodes or ()} | set(edit.gradients)
        return frozenset().union(*(self.above[i] for i in start))


def _ops(graph: Graph, node: int) -> tuple[str, ...]:
    return tuple(graph.nodes[i].op for i in graph.args[node])


def _weights(trace: Trace) -> set[str]:
    """The inputs that are trained: parameters, or what is differentiated and not data by name."""
    parameters = {n.name for n in trace.graph.parameters}
    if parameters:
        return parameters
    names = [trace.graph.nodes[i].name for i in trace.wrt]
    usual = {name for name in names if name[0] in "wWbBvVkKuUθ"}
    return usual or set(names)
