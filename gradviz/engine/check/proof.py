"""The slopes of a trace's output, derived by sympy from the whole expression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.inside.enter import unfolded
from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.graph.graph import Graph
from gradviz.progress import each
from gradviz.trace.trace import Trace

TERMS, WORK = 100, 3_000
"""The terms of the written-out output, and terms × input elements, up to which sympy answers within
a second.
"""

Place = tuple[int, ...]

UNDERIVABLE = (
    RecursionError,
    OverflowError,
    ArithmeticError,
    ValueError,
    TypeError,
    AttributeError,  # of sympy's cache, where it reports a TypeError
)
"""What sympy raises where it cannot derive an expression."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Exact slopes, by input node and element: from the left and from the right, None where there
    is none; `why_not` says why there are none at all. `value` is the output's, weighted by the
    upstream gradient, or None.
    """

    slopes: Mapping[int, Mapping[Place, tuple[Any | None, Any | None]]] = field(
        default_factory=dict
    )
    value: Any | None = None
    why_not: str = ""

    def at(self, node: int, place: Place) -> tuple[Any | None, Any | None]:
        """The slopes of one element."""
        return self.slopes.get(node, {}).get(place, (None, None))


def prove(trace: Trace, nodes: Iterable[int]) -> Proof:
    """The exact slopes along every element of these inputs, as far as they can be derived."""
    graph = trace.graph
    terms, elements = _terms(graph), sum(math.prod(n.shape or ()) for n in graph.inputs)
    if terms > TERMS or terms * elements > WORK:
        return Proof(why_not="the whole expression is too large for an exact derivative")
    from gradviz.arrays import exact, exact_sides

    xp = for_backend("exact")
    try:
        point = {n.id: xp.asarray(_as_written(trace.values[n.id])) for n in graph.inputs}
        unknown = {n.id: exact.unknowns(n.name, n.shape or ()) for n in graph.inputs}
        fixed = graph.index_leaves
        operands = [(point if n.id in fixed else unknown)[n.id] for n in graph.inputs]
        output = Program(graph, xp, ()).forward(operands)[graph.output]
        total = np.sum(xp.asarray(trace.seed) * output)
        symbols = [s for array in unknown.values() for s in array.flat]
        numbers = [p for array in point.values() for p in array.flat]
        value = exact_sides.value_at(total, symbols, numbers)
        first = dict(
            zip(unknown, np.cumsum([0, *(a.size for a in unknown.values())]), strict=False)
        )
        slopes = {
            node: {
                place: exact_sides.sides(total, symbols, numbers, first[node] + i)
                for i, place in enumerate(np.ndindex(unknown[node].shape))
            }
            for node in each("exact slopes", nodes)
        }
    except GradvizError as error:
        return Proof(why_not=f"there is no exact derivative: {_said(error)}")
    except UNDERIVABLE:
        return Proof(why_not="there is no exact derivative: sympy cannot derive it")
    if not exact_sides.is_finite(value):
        return Proof(
            why_not="there is no exact derivative: the output has no real, finite value here"
        )
    return Proof(slopes, value)


def _as_written(value: Any) -> Any:
    """A float32 as its own shortest decimal, so that 0.1 is one tenth here too."""
    if str(getattr(value, "dtype", "")) != "float32" or not np.all(np.isfinite(value)):
        return value
    array = np.asarray(value)
    written = [Fraction(str(v)) for v in array.flat]
    return np.array(written, dtype=object).reshape(array.shape)


def _said(error: GradvizError) -> str:
    return f"{error.what} ({error.got})" if error.got else error.what


def _terms(graph: Graph) -> float:
    """Roughly how many terms the output has when every shared part is written out."""
    return _terms_of(graph, {}) * math.prod(graph.nodes[graph.output].shape or ())


def _terms_of(graph: Graph, given: Mapping[str, float]) -> float:
    """The same for one element of the output, from the terms of the inputs (by default 1)."""
    sizes = [math.prod(n.shape or ()) for n in graph.nodes]
    terms = [given.get(n.name, 1.0) for n in graph.nodes]
    for node in graph.nodes:
        if node.is_leaf:
            continue
        op, own = graph.op(node), 1.0
        if op.expand is not None and not op.elementwise:
            inside = unfolded(op, [graph.nodes[i].shape or () for i in node.inputs], node.options)
            own = _terms_of(
                inside, {f"operand{slot}": terms[i] for slot, i in enumerate(node.inputs)}
            )
            terms[node.id] = min(own, 1e30)
            continue
        for i in node.inputs:
            moves_only = op.variadic or (len(node.inputs) == 1 and sizes[node.id] >= sizes[i])
            own += terms[i] * (1 if op.elementwise or moves_only else sizes[i])
            if (
                op.pieces is not None
            ):  # written as cases, where every element is compared with every other
                own *= 2.0 if op.elementwise else 2.0 ** min(sizes[i], 99)
        terms[node.id] = min(own, 1e30)
    return terms[graph.output]
