"""A graph from a Python expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradviz.errors import ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.expression import Expression
from gradviz.graph.graph import CONSTANT, INPUT, Graph


def graph_of(output: Expression) -> Graph:
    """The graph that ends in `output`, its nodes in the order in which the operands are written.

    Raises ValueInputError where two different inputs or named nodes share a name.
    """
    builder = Builder()
    rows: dict[int, int] = {}
    seen: dict[str, Expression] = {}
    kept: list[Expression] = []
    for expression in postorder(output):
        if expression.name and seen.setdefault(expression.name, expression) is not expression:
            raise ValueInputError(
                f"two different nodes are called {expression.name!r}", expected="a name for one node only"
            )
        rows[id(expression)] = _row(builder, expression, rows)
        kept.append(expression)
    graph = builder.graph(rows[id(output)])
    place = {old: new for new, old in enumerate(builder.order())}
    graph._aliases = {key: place[row] for key, row in rows.items()}
    graph._kept_alive = tuple(kept)
    return graph


def _row(builder: Builder, expression: Expression, rows: dict[int, int]) -> int:
    if expression.op == INPUT:
        return builder.input(expression.name, scope=expression.scope, **expression.options)
    if expression.op == CONSTANT:
        row = builder.constant(expression.options["value"], scope=expression.scope)
        if expression.name:
            builder.name(row, expression.name)
        return row
    inputs = [rows[id(i)] for i in expression.inputs]
    return builder.apply(
        expression.op, inputs, expression.options, name=expression.name, scope=expression.scope
    )


def postorder(output: Expression, done: Callable[[Expression], bool] | None = None) -> Iterator[Expression]:
    """Every expression once, operands first, in slots order. Iterative, so that long chains work.

    What is `done` is left out, with all that only it needs.
    """
    seen: set[int] = set()
    stack: list[tuple[Expression, bool]] = [(output, False)]
    while stack:
        expression, ready = stack.pop()
        if id(expression) in seen or (done and done(expression)):
            continue
        if ready or not expression.inputs:
            seen.add(id(expression))
            yield expression
            continue
        stack.append((expression, True))
        stack.extend((i, False) for i in reversed(expression.inputs))
