"""The rule of an op that routes, written as a choice: u where x > 0, else 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from gradviz.arrays.digits import number
from gradviz.graph.expression import Expression
from gradviz.graph.graph import INPUT
from gradviz.graph.symbols import Symbols
from gradviz.ops.op import Routes
from gradviz.ops.routing import factor_of
from gradviz.story.maths.of_graph import of_expression
from gradviz.story.maths.tree import M, Maths


def choice(
    routes: Routes,
    upstream: Maths,
    operands: Sequence[Maths],
    value: Maths,
    options: Mapping[str, Any],
    leaves: Mapping[int, Maths] | None = None,
) -> Maths:
    """The contribution of a routed operand, from the upstream gradient (1 for the local gradient),
    the operands and the value.

    Options may be expressions, of which `leaves` says how they are written.
    """
    inputs = [Expression(INPUT, name=f"_{i}") for i in range(len(operands) + 1)]
    pieces = dict(leaves or {}) | dict(zip(map(id, inputs), [*operands, value], strict=True))
    found: list[tuple[Maths, Maths]] = []
    for conditions, factor in routes:
        brought = _scaled(upstream, factor_of(factor, options), pieces)
        built = [c(Symbols(), inputs[-1], *inputs[:-1], **options) for c in conditions]
        written = [_bare(of_expression(b, pieces)) for b in built if b is not True]
        if not written:
            return M.choice(found, brought)
        found.append((brought, reduce(M.both, written)))
    return M.choice(found, M.number(0))


def _bare(condition: Maths) -> Maths:
    """A condition without the brackets that make a number of it."""
    return condition.parts[0] if condition.kind == "iverson" else condition


def _scaled(upstream: Maths, factor: Any, pieces: Mapping[int, Maths]) -> Maths:
    is_one = (upstream.kind, upstream.text) == ("number", "1") and not upstream.role
    if isinstance(factor, Expression):
        scale = of_expression(factor, pieces)
        return scale if is_one else M.mul(upstream, scale)
    if factor == 1:
        return upstream
    if factor == 0 or is_one:
        return M.number(number(factor))
    return M.neg(upstream) if factor == -1 else M.mul(upstream, M.number(number(factor)))


def is_choice_of_numbers(maths: Maths) -> bool:
    """Whether a choice, conditions included, holds numbers only: a reader can decide it by hand."""
    waiting = [maths]
    while waiting:
        piece = waiting.pop()
        if piece.kind == "phrase" or piece.kind == "name":
            return False
        waiting.extend(piece.parts)
    return True
