"""A graph of scalars written out as straight-line Python, for repeated runs.

The text is made from the ops' own formulas. Where Python's floats depart
from IEEE 754 it stops, and the interpreter takes over that run.

A small graph is one function whose variables are its values and gradients. A long one is cut into
functions of a few thousand lines, which hand each other what they need in a list.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from operator import itemgetter
from typing import Any

from gradviz.arrays.code import FLOATS, NAMES, Code, Term, number
from gradviz.arrays.scalars import DEPARTURES
from gradviz.engine.scalars import ScalarProgram
from gradviz.graph.graph import Edge
from gradviz.ops.op import Routes
from gradviz.ops.routing import cases, select
from gradviz.progress import each

CODE = Code()
EAGER, PATIENT = 5_000, 30
LARGEST, PART = 20_000, 2_000
"""How many nodes one function may have, and how many lines each of several functions."""
HUGE = 500_000
"""A graph of more nodes is only interpreted: its code would take more memory than its runs."""

Lines = list[str]
Columns = tuple[list[str], list[str], list[str]]


def is_worth(program: ScalarProgram, runs: int) -> bool:
    """Whether to write out a program after this many runs: a small one already after its first.

    Writing a node takes as long as about 30 runs of it. Very large texts are never worth it, and
    a condition has no gradient.
    """
    graph = program.graph
    output = graph.ops[graph.output]
    if len(graph.ops) > HUGE or (output is not None and output.is_condition):
        return False
    return runs >= (1 if len(graph.ops) <= EAGER else PATIENT)


class StraightLine:
    """A scalar program as Python functions of its inputs, each written on first use."""

    def __init__(self, program: ScalarProgram) -> None:
        self.program = program

    def replay(self, what: str, given: Mapping[str, Any]) -> Any:
        """The `value`, `gradients` or `record` of inputs given as floats, or None if the
        interpreter must compute them.
        """
        try:
            numbers = self._pick(given)
            return getattr(self, what)(*numbers) if len(given) == len(numbers) else None
        except MISFITS:
            return None

    @cached_property
    def _pick(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        names = self.program.graph.input_names
        if len(names) > 1:
            return itemgetter(*names)
        return lambda given: tuple([given[name] for name in names])

    @cached_property
    def value(self) -> Callable[..., float]:
        """The output's value."""
        output = self.program.graph.output
        if self._is_long:
            return lambda *inputs: self._values(inputs)[output]
        function: Callable[..., float] = self._whole(self._forward(), self._terms[output].text)
        return function

    @cached_property
    def gradients(self) -> Callable[..., dict[str, float]]:
        """The gradient of every `wrt` input, by name."""
        names = self.program.graph.input_names
        if self._is_long:
            parts, wrt = self._backward_parts(record=False), self.program.wrt

            def run(*inputs: float) -> dict[str, float]:
                values, gradients = self._values(inputs), [0.0] * len(self._terms)
                gradients[self.program.graph.output] = 1.0
                for part in each("backward pass", parts):
                    part(values, gradients)
                return {names[i]: gradients[i] for i in wrt}

            return run
        lines, found = self._backward()
        shown = ", ".join(f"{names[i]!r}: {found[i] or '0.0'}" for i in self.program.wrt)
        function: Callable[..., dict[str, float]] = self._whole(
            [*self._forward(), *lines], f"{{{shown}}}"
        )
        return function

    @cached_property
    def record(self) -> Callable[..., tuple[Sequence[float], ...]]:
        """What `gradviz.trace.scalars.Found` holds."""
        if self._is_long:
            parts = self._backward_parts(record=True)

            def run(*inputs: float) -> tuple[Sequence[float], ...]:
                values, gradients = self._values(inputs), [0.0] * len(self._terms)
                gradients[self.program.graph.output] = 1.0
                columns = array("d"), array("d"), array("d")
                for part in each("backward pass", parts):
                    for column, found in zip(columns, part(values, gradients), strict=True):
                        column.fromlist(found)
                return array("d", values), *columns

            return run
        columns: Columns = ([], [], [])
        lines, _ = self._backward(columns)
        rows = [[t.text for t in self._terms], *columns]
        shown = ", ".join(f"({''.join(f'{entry}, ' for entry in row)})" for row in rows)
        function: Callable[..., tuple[Sequence[float], ...]] = self._whole(
            [*self._forward(), *lines], shown
        )
        return function

    @cached_property
    def _is_long(self) -> bool:
        return len(self.program.ops) > LARGEST

    # A long graph, in parts.
    def _values(self, inputs: Sequence[float]) -> list[float]:
        if not {*map(type, inputs)} <= {float}:
            raise TypeError("not floats")
        values = list(inputs)
        for part in each("forward pass", self._forward_parts):
            values += part(values)
        return values

    @cached_property
    def _forward_parts(self) -> list[Callable[[list[float]], list[float]]]:
        """Functions of the values so far that give the next ones."""
        first, end = len(self.program.graph.inputs), len(self.program.ops)
        parts = []
        for start in each("writing the forward pass out", range(first, end, PART)):
            nodes = range(start, min(start + PART, end))
            lines = self._forward(nodes)
            read = {j for i in nodes for j in self.program.args[i] if j < start}
            shown = ", ".join(self._terms[i].text for i in nodes)
            parts.append(self._function("values", [*self._loads(read), *lines], f"[{shown}]"))
        return parts

    def _backward_parts(self, *, record: bool) -> list[Callable[..., Any]]:
        """Functions of all values and the gradients so far: they complete the gradients, and give
        the columns of the record, or nothing.
        """
        sources, targets = self.program._sources, self.program._targets
        last = {**dict.fromkeys(self.program.wrt, len(sources))}
        for k, (source, target) in enumerate(zip(sources, targets, strict=True)):
            if last.get(source, 0) < len(sources):
                last[source] = k
            last[target] = k
        parts = []
        known: set[int] = {self.program.graph.output}
        for start in each("writing the backward pass out", range(0, len(sources), PART)):
            steps = range(start, min(start + PART, len(sources)))
            columns: Columns | None = ([], [], []) if record else None
            names: dict[int, str] = {}
            met = {sources[k] for k in steps} | {targets[k] for k in steps}
            loads = [f"g{i} = gradients[{i}]" for i in sorted(met & known)]
            names = {i: f"g{i}" for i in met & known}
            lines = list(self._steps(steps, names, columns))
            made = {sources[k] for k in steps}
            known |= made
            stores = [f"gradients[{i}] = {names[i]}" for i in sorted(made) if last[i] >= steps.stop]
            read = {i for k in steps for i in (targets[k], *self.program.args[targets[k]])}
            shown = ", ".join(f"[{', '.join(column)}]" for column in columns or ())
            lines = [*self._loads(read), *loads, *lines, *stores]
            parts.append(self._function("values, gradients", lines, shown or "None"))
        return parts

    def _loads(self, nodes: set[int]) -> Lines:
        return [f"v{i} = values[{i}]" for i in sorted(nodes) if self._terms[i].value is None]

    # The lines.
    @cached_property
    def _terms(self) -> list[Term]:
        """By node, how its value is written: a variable, or the number of a constant."""
        terms = [Term(f"v{i}") for i in range(len(self.program.ops))]
        for node, value in self.program.constants:
            terms[node] = number(value.item())
        return terms

    def _forward(self, nodes: Sequence[int] | None = None) -> Lines:
        program, terms, lines = self.program, self._terms, []
        for i in program.computed if nodes is None else nodes:
            op = program.ops[i]
            if op is not None:
                operands = [terms[j] for j in program.args[i]]
                lines.append(f"v{i} = {self._written(op.forward, operands, i).text}")
        return lines

    def _backward(self, columns: Columns | None = None) -> tuple[Lines, list[str | None]]:
        """The lines of the backward pass, and by node how its gradient is written; `columns`
        collect what is recorded.
        """
        names = {self.program.graph.output: "1.0"}
        lines = list(self._steps(range(len(self.program._sources)), names, columns))
        return lines, [names.get(i) for i in range(len(self.program.ops))]

    def _steps(
        self, steps: Sequence[int], gradients: dict[int, str], columns: Columns | None
    ) -> Iterator[str]:
        """The lines of some steps of the backward pass; `gradients` says how the gradient of each
        node that has one by then is written, and is brought up to date.
        """
        program = self.program
        for k in steps:
            source, target, routes = program._sources[k], program._targets[k], program.routes[k]
            upstream, so_far = gradients[target], gradients.get(source)
            edge = Edge(source, target, program._slots[k])
            local, brought = self._brought(edge, routes, upstream)
            if columns and local.value is None and not local.text.isidentifier():
                yield f"l{k} = {local.text}"
                if routes is None:
                    brought = _product(upstream, Term(f"l{k}"))
                local = Term(f"l{k}")
            name = f"g{source}" if so_far is None or not columns else f"a{k}"
            if columns and so_far is not None:
                yield f"c{k} = {brought}"
                yield f"{name} = {so_far} + c{k}"
                brought = f"c{k}"
            elif so_far is None:
                yield f"{name} = {brought}"
                brought = name
            else:
                yield f"{name} += {brought}"
            gradients[source] = name
            if columns:
                columns[0].append(local.text)
                columns[1].append(brought)
                if so_far is not None:
                    columns[2].append(name)

    def _brought(self, edge: Edge, routes: Routes | None, upstream: str) -> tuple[Term, str]:
        """How an edge's local gradient and its contribution are written."""
        _, target, slot = edge
        operands = [self._terms[i] for i in (target, *self.program.args[target])]
        if routes is None:
            rule = self.program.graph.op(target).rule_for(slot)
            local = self._written(rule, operands, target)
            return local, _product(upstream, local)
        found = cases(routes, CODE, *operands, **self.program.options[target])
        arrives = Term(upstream, 1.0 if upstream == "1.0" else None)
        return number(select(CODE, 1, found)), number(select(CODE, arrives, found)).text

    def _written(self, rule: Any, operands: Sequence[Term], node: int) -> Term:
        """A formula as text. Without options it is written once for operands of the same kind:
        variables, or the same numbers.
        """
        if node in self.program.graph.settings:
            return self._text(rule, operands, self.program.options[node])
        key = rule, *[None if o.value is None else o.text for o in operands]
        pattern = self._patterns.get(key)
        if pattern is None:
            holes = [Term(f"_{slot}_") if o.value is None else o for slot, o in enumerate(operands)]
            found = self._text(rule, holes, {})
            text = found.text
            for slot in range(len(operands)):
                text = text.replace(f"_{slot}_", f"{{{slot}}}")
            self._patterns[key] = pattern = text, found.value
        text, value = pattern
        return Term(text if value is not None else text.format(*[o.text for o in operands]), value)

    @cached_property
    def _patterns(self) -> dict[Any, tuple[str, float | None]]:
        return {}

    def _text(self, rule: Any, operands: Sequence[Term], options: Mapping[str, Any]) -> Term:
        """A formula as text; one that inspects its numbers is called instead."""
        try:
            found = rule(CODE, *operands, **options)
            return found if isinstance(found, Term) else number(found)
        except (TypeError, AttributeError):
            name = f"rule{len(self._globals)}"
            self._globals[name] = partial(rule, FLOATS, **options)
            return Term(f"real({name}({', '.join(o.text for o in operands)}))")

    # Functions.
    @cached_property
    def _globals(self) -> dict[str, Any]:
        return dict(NAMES)

    def _whole(self, lines: Lines, result: str) -> Any:
        """A function of the inputs. Raises TypeError if one is not a float."""
        names = [f"v{i}" for i in range(len(self.program.graph.input_names))]
        types = "".join(f"type({name}) is " for name in names)
        checked = [f"if not ({types}float): raise TypeError"] if names else []
        return self._function(", ".join(names), [*checked, *lines], result)

    def _function(self, arguments: str, lines: Lines, result: str) -> Any:
        text = "\n    ".join([f"def function({arguments}):", *lines, f"return {result}"])
        found: dict[str, Any] = {}
        exec(compile(text, "<gradviz: a graph as Python>", "exec"), self._globals, found)  # noqa: S102
        return found["function"]


MISFITS = (*DEPARTURES, KeyError)


def _product(upstream: str, local: Term) -> str:
    if local.value == 1:
        return upstream
    if local.value == -1:
        return f"-{upstream}"
    return local.text if upstream == "1.0" else f"{upstream} * {local.text}"
