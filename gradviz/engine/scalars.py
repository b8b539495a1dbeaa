"""Graphs of scalars, interpreted on Python floats: several times as fast as on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gradviz.arrays.scalars import DEPARTURES, Floats
from gradviz.engine.changes import Changes
from gradviz.engine.program import Program
from gradviz.graph.graph import Edge, Graph
from gradviz.ops.contributions import Reduction
from gradviz.ops.routing import taken
from gradviz.trace import Recording

FLOATS = Floats()


def program_of(graph: Graph, xp: Any, wrt: Sequence[int]) -> Program:
    """The program of a bound graph: on Python floats if every node is scalar and elementwise."""
    plain = xp.name == "numpy" and xp.dtype == "float64"
    if plain and all(n.shape == () and (n.is_leaf or graph.op(n).elementwise) for n in graph.nodes):
        program = ScalarProgram(graph, xp, wrt)
        return Program(graph, xp, wrt) if program.truths else program
    return Program(graph, xp, wrt)


class ScalarProgram(Program):
    """A program whose every value is one float64.

    If a formula fails on Python's floats, or returns anything but a float, it is run again on
    NumPy's scalars, which follow IEEE 754. Values are returned as NumPy scalars.
    """

    def __init__(self, graph: Graph, xp: Any, wrt: Sequence[int]) -> None:
        super().__init__(graph, xp, wrt)
        self._forwards = [
            (i, op.forward, self.args[i], self.options[i])
            for i in self.computed
            if (op := self.ops[i]) is not None
        ]
        self._rules = [
            (
                e.source,
                e.target,
                None if routes is not None else self.ops[e.target].rule_for(e.slot),  # type: ignore[union-attr]
                routes or (),
                self.args[e.target],
                self.options[e.target],
            )
            for e, routes in zip(self.schedule, self.routes, strict=True)
        ]

    def _reduction(self, edge: Edge) -> Reduction:
        return (), (), ()

    def forward(self, inputs: Sequence[Any], changes: Changes | None = None) -> list[Any]:
        """Every node's value, from the values of the inputs."""
        if changes is not None:
            return super().forward(inputs, changes)
        values: list[Any] = [None] * len(self.ops)
        values[: len(inputs)] = [v.item() for v in inputs]
        for node, value in self.constants:
            values[node] = value.item()
        for i, formula, args, options in self._forwards:
            try:
                if len(args) == 2 and not options:
                    value = formula(FLOATS, values[args[0]], values[args[1]])
                else:
                    value = formula(FLOATS, *[values[j] for j in args], **options)
                values[i] = (
                    value
                    if type(value) is float
                    else self._proper(value, formula, values, args, options)
                )
            except DEPARTURES:
                values[i] = self._by_ieee(formula, [values[j] for j in args], options)
        return values

    def _proper(
        self, value: Any, formula: Any, values: list[Any], args: tuple[int, ...], options: Any
    ) -> Any:
        """A float or a condition, from what Python returned (even an int or a complex number)."""
        if type(value) is bool:
            return value
        if type(value) is int:
            return float(value)
        return self._by_ieee(formula, [values[j] for j in args], options)

    def _by_ieee(self, formula: Any, operands: list[Any], options: Any) -> Any:
        scalars = [self.xp.asarray(v) for v in operands]
        with self.xp.quiet():
            return self.xp.asarray(formula(self.xp, *scalars, **options)).item()

    def _sweep(
        self, values: list[Any], seed: Any, recording: Recording | None, changes: Changes | None
    ) -> list[Any]:
        if changes is not None:
            asarray = self.xp.asarray
            return super()._sweep([asarray(v) for v in values], asarray(seed), recording, changes)
        gradients: list[Any] = [None] * len(self.ops)
        gradients[self.graph.output] = seed.item() if hasattr(seed, "item") else seed
        locals_, contributions, afters = [], [], []
        for source, target, rule, routes, args, options in self._rules:
            try:
                operands = [values[j] for j in args]
                if rule is None:
                    local = taken(routes, FLOATS, values[target], operands, options)
                else:
                    local = rule(FLOATS, values[target], *operands, **options)
                    if type(local) is not float:
                        local = self._proper(local, rule, values, (target, *args), options)
            except DEPARTURES:
                local = self._by_ieee(rule, [values[j] for j in (target, *args)], options)
            upstream = gradients[target]
            contribution = upstream * local if local or rule is not None else 0.0
            so_far = gradients[source]
            gradients[source] = after = contribution if so_far is None else so_far + contribution
            if recording is not None:
                locals_.append(local)
                contributions.append(contribution)
                afters.append(after)
        self._fill_unused(gradients)
        if recording is not None:
            recording.edges.extend(self.schedule)
            recording.local, recording.contribution, recording.after = (
                locals_,
                contributions,
                afters,
            )
        return gradients

    def recorded(self, values: list[Any]) -> Sequence[Any]:
        """Python floats as NumPy scalars, for a trace."""
        return Scalars(values, self.xp)


class Scalars(Sequence[Any]):
    """Python floats that appear as NumPy scalars when read."""

    __slots__ = ("_values", "_xp")

    def __init__(self, values: list[Any], xp: Any) -> None:
        self._values, self._xp = values, xp

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self._scalar(v) for v in self._values[i]]
        return self._scalar(self._values[i])

    def __iter__(self) -> Iterator[Any]:
        return map(self._scalar, self._values)

    def _scalar(self, value: Any) -> Any:
        return (
            self._xp.float(value)
            if type(value) is float
            else value
            if value is None
            else self._xp.asarray(value)
        )
