"""A graph of scalars written out as straight-line Python, for repeated runs.

The text is made from the ops' own formulas. Where Python's floats depart
from IEEE 754 it stops, and the interpreter takes over that run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from gradviz.arrays.code import FLOATS, NAMES, Code, Term, number
from gradviz.arrays.scalars import DEPARTURES
from gradviz.engine.program import Program
from gradviz.graph.graph import Edge
from gradviz.ops.op import Routes
from gradviz.ops.routing import cases, select

CODE = Code()
EAGER, PATIENT = 5_000, 30
LARGEST = 20_000


def is_worth(program: Program, runs: int) -> bool:
    """Whether to write out a program after this many runs: a small one already after its first.

    Writing a node takes as long as about 30 runs of it. Very large texts are never worth it, and
    a condition has no gradient.
    """
    graph = program.graph
    output = graph.nodes[graph.output]
    if len(graph.nodes) > LARGEST or (not output.is_leaf and graph.op(output).is_condition):
        return False
    return runs >= (1 if len(graph.nodes) <= EAGER else PATIENT)


class StraightLine:
    """A scalar program as Python functions of its inputs, each written on first use."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.names = [n.name for n in program.graph.inputs]
        self._globals: dict[str, Any] = dict(NAMES)

    def _arguments(self, given: Mapping[str, Any]) -> list[float] | None:
        """The inputs' values in order, or None if they are not all single numbers."""
        if len(given) != len(self.names):
            return None
        found = [given.get(name) for name in self.names]
        for i, value in enumerate(found):
            if type(value) is not float:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    return None
                found[i] = float(value)
        return found  # type: ignore[return-value]

    def replay(self, what: str, values: Mapping[str, Any] | None, inputs: Mapping[str, Any]) -> Any:
        """The `value`, `gradients` or `record` of the inputs, or None if the interpreter must
        compute them.

        Inputs given in both ways, or not in a dictionary, are also left to the interpreter, which
        reports what is wrong with them.
        """
        given = values if values and not inputs else inputs
        if (values and inputs) or not isinstance(given, dict):
            return None
        try:
            arguments = self._arguments(given)
            return None if arguments is None else getattr(self, what)(*arguments)
        except DEPARTURES:
            return None

    @cached_property
    def value(self) -> Callable[..., float]:
        """The output's value."""
        found: Callable[..., float] = self._compile(
            self._forward(), self._terms[self.program.graph.output].text
        )
        return found

    @cached_property
    def gradients(self) -> Callable[..., dict[str, float]]:
        """The gradient of every `wrt` input, by name."""
        lines, found = self._backward()
        nodes = self.program.graph.nodes
        shown = ", ".join(f"{nodes[i].name!r}: {found[i] or '0.0'}" for i in self.program.wrt)
        function: Callable[..., dict[str, float]] = self._compile(
            [*self._forward(), *lines], f"{{{shown}}}"
        )
        return function

    @cached_property
    def record(self) -> Callable[..., tuple[list[Any], ...]]:
        """Values and gradients by node; local gradients, contributions and running sums by edge."""
        columns: tuple[list[str], ...] = ([], [], [])
        lines, found = self._backward(columns)
        for i in self.program.wrt:
            found[i] = found[i] or "0.0"
        rows = [[t.text for t in self._terms], [str(g) for g in found], *columns]
        shown = ", ".join(f"[{', '.join(row)}]" for row in rows)
        function: Callable[..., tuple[list[Any], ...]] = self._compile(
            [*self._forward(), *lines], shown
        )
        return function

    @cached_property
    def _terms(self) -> list[Term]:
        """By node, how its value is written: a variable, or the number of a constant."""
        terms = [Term(f"v{n.id}") for n in self.program.graph.nodes]
        for node, value in self.program.constants:
            terms[node] = number(value.item())
        return terms

    def _forward(self) -> list[str]:
        lines = []
        for i in self.program.computed:
            op = self.program.ops[i]
            assert op is not None
            operands = [self._terms[j] for j in self.program.args[i]]
            lines.append(
                f"v{i} = {self._written(op.forward, operands, self.program.options[i]).text}"
            )
        return lines

    def _backward(
        self, columns: tuple[list[str], ...] | None = None
    ) -> tuple[list[str], list[str | None]]:
        """The lines of the backward pass, and by node how its gradient is written; `columns`
        collect what is recorded.
        """
        program = self.program
        lines: list[str] = []
        gradients: list[str | None] = [None] * len(program.ops)
        gradients[program.graph.output] = "1.0"
        for k, edge in enumerate(program.schedule):
            source, target, _ = edge
            upstream, so_far = gradients[target], gradients[source]
            assert upstream is not None
            local, brought = self._brought(edge, program.routes[k], upstream)
            if columns and local.value is None and not local.text.isidentifier():
                lines.append(f"l{k} = {local.text}")
                if program.routes[k] is None:
                    brought = _product(upstream, Term(f"l{k}"))
                local = Term(f"l{k}")
            name = f"g{source}" if so_far is None or not columns else f"a{k}"
            if columns and so_far is not None:
                lines += [f"c{k} = {brought}", f"{name} = {so_far} + c{k}"]
                brought = f"c{k}"
            elif so_far is None:
                lines.append(f"{name} = {brought}")
                brought = name
            else:
                lines.append(f"{name} += {brought}")
            gradients[source] = name
            for column, text in zip(columns or (), (local.text, brought, name), strict=False):
                column.append(text)
        return lines, gradients

    def _brought(self, edge: Edge, routes: Routes | None, upstream: str) -> tuple[Term, str]:
        """How an edge's local gradient and its contribution are written."""
        _, target, slot = edge
        options = self.program.options[target]
        operands = [self._terms[i] for i in (target, *self.program.args[target])]
        if routes is None:
            rule = self.program.graph.op(target).rule_for(slot)
            local = self._written(rule, operands, options)
            return local, _product(upstream, local)
        found = cases(routes, CODE, *operands, **options)
        arrives = Term(upstream, 1.0 if upstream == "1.0" else None)
        return number(select(CODE, 1, found)), number(select(CODE, arrives, found)).text

    def _written(self, rule: Any, operands: Sequence[Term], options: Mapping[str, Any]) -> Term:
        """A formula as text; one that inspects its numbers is called instead."""
        try:
            found = rule(CODE, *operands, **options)
            return found if isinstance(found, Term) else number(found)
        except (TypeError, AttributeError):
            name = f"rule{len(self._globals)}"
            self._globals[name] = partial(rule, FLOATS, **options)
            return Term(f"real({name}({', '.join(o.text for o in operands)}))")

    def _compile(self, lines: Sequence[str], result: str) -> Any:
        arguments = ", ".join(f"v{n.id}" for n in self.program.graph.inputs)
        text = "\n    ".join([f"def function({arguments}):", *lines, f"return {result}"])
        found: dict[str, Any] = {}
        exec(compile(text, "<gradviz: a graph as Python>", "exec"), self._globals, found)  # noqa: S102
        return found["function"]


def _product(upstream: str, local: Term) -> str:
    if local.value == 1:
        return upstream
    if local.value == -1:
        return f"-{upstream}"
    return local.text if upstream == "1.0" else f"{upstream} * {local.text}"
