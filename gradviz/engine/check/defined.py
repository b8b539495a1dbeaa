"""Whether the function has a value at all: the first node without one, and why it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from gradviz.arrays.digits import number
from gradviz.engine.changes import Changes
from gradviz.engine.check.slopes import Slopes
from gradviz.graph.graph import Node, labels
from gradviz.progress import each

Why = Literal["undefined", "overflow"]
NEARBY = 1e-6
"""Relative moves of the operands by which a pole is told from an overflow."""
SMALLER = 2.0**-400
STAND_INS = (0.7, -1.3)
"""Numbers put in for a value that is not finite, to see whether the output uses it."""


def undefined(slopes: Slopes, values: Sequence[Any]) -> tuple[Why, str] | None:
    """Why the function has no value that could be measured, and a sentence; None if it has one.

    values  of every node, as arrays of floats.
    """
    graph = slopes.graph
    finite = [bool(np.all(np.isfinite(v))) if _is_float(v) else True for v in values]
    created = [
        n
        for n in graph.nodes
        if not n.is_leaf and not finite[n.id] and all(finite[i] for i in n.inputs)
    ]
    for node in each("values put in", created):
        why = _why(slopes, node, values)
        if not finite[graph.output] if why == "overflow" else _is_used(slopes, node, values):
            return why, _sentence(slopes, node, values[node.id], why)
    if finite[graph.output]:
        return None
    leaf = next((n for n in graph.nodes if n.is_leaf and not finite[n.id]), None)
    node = leaf or graph.nodes[graph.output]
    return "undefined", _sentence(slopes, node, values[node.id], "undefined")


def _is_float(value: Any) -> bool:
    return np.asarray(value).dtype.kind == "f"


def _why(slopes: Slopes, node: Node, values: Sequence[Any]) -> Why:
    """A value too large for a float is near values that are too large as well; a pole stands alone,
    and outside its domain a function has no value whatever the precision.
    """
    elementwise = slopes.graph.op(node).elementwise
    if np.any(np.isnan(values[node.id])) and elementwise:
        return "undefined"
    if not elementwise:
        scaled = _again(slopes, node, values, lambda v: v * SMALLER)
        return "overflow" if np.all(np.isfinite(scaled)) else "undefined"
    if np.all(np.isfinite(_again(slopes, node, values, lambda v: v))):
        return "overflow"  # in double precision it fits
    infinite = np.isinf(values[node.id])
    for sign in (-1, 1):
        near = _again(
            slopes,
            node,
            values,
            lambda v, s=sign: np.where(v == 0, s * NEARBY, v * (1 + s * NEARBY)),
        )
        if np.any(infinite & ~np.isinf(near)):
            return "undefined"
    return "overflow"


def _again(slopes: Slopes, node: Node, values: Sequence[Any], move: Any) -> Any:
    """The op of a node, run on moved operands."""
    op, xp = slopes.graph.op(node), slopes.xp
    moved = [move(np.asarray(v, dtype=float)) if _is_float(v) else v for v in values]
    with xp.quiet():
        operands = slopes.program.operands(moved, node.id)
        return np.asarray(op.forward(xp, *operands, **slopes.program.options[node.id]))


def _is_used(slopes: Slopes, node: Node, values: Sequence[Any]) -> bool:
    """Whether the output changes with the elements of a node that are not finite."""

    def output(stand_in: float) -> Any:
        def instead(at: Node, operands: Any, value: Any) -> Any:
            return np.where(np.isfinite(value), value, stand_in) if at.id == node.id else None

        found = slopes.program.forward(slopes.inputs, Changes(value=instead))
        return found[slopes.graph.output]

    first, second = map(output, STAND_INS)
    return not np.array_equal(first, second, equal_nan=True)


def _sentence(slopes: Slopes, node: Node, value: Any, why: Why) -> str:
    array = np.asarray(value, dtype=float)
    plain = number(float(array[~np.isfinite(array)].flat[0]))
    names = labels(slopes.graph)
    output = names.get(slopes.graph.output, "f")
    if node.is_leaf:
        return f"{names.get(node.id) or 'a constant'} is {plain}, so {output} has no value here"
    where = names.get(node.id, "")
    what = f"{node.op} at {where}" if where else node.op
    if why == "overflow":
        return f"{what} is {plain}: too large for a float, so nothing can be measured"
    pole = "" if plain == "NaN" else " (a pole)"
    return f"{what} is {plain}{pole}, so {output} is not defined here"
