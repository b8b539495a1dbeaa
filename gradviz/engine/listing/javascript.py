"""A trace's graph as JavaScript, with which a page computes it anew for other inputs.

The program of the graph is interpreted on terms (`gradviz.arrays.javascript`), forward and backward
as in every run, and what comes out is written down, element by element.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import numpy as np

from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.javascript.writing import function
from gradviz.engine.program import Program
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph, Node
from gradviz.trace import Trace

MOST_NUMBERS: Final = 5_000
"""Of all values and contributions together; each is written out."""
MOST_PRODUCTS: Final = 25_000
"""Multiply-adds of a forward pass; backwards there are about twice as many."""


def program(trace: Trace) -> str:
    """An expression of JavaScript that is an object of

    run     a function of the inputs, a list in the order of the graph: each a number, or the flat
            list of an array's elements, row by row. See below.
    fixed   the nodes of the inputs that stay as they are in the trace whatever the list says:
            labels and indices, by which formulas pick what they compute.

    `run` gives an object of

    values     by node, a number, a flat list, or true and false for conditions.
    gradients  likewise, null for a node that has none.
    steps      by contribution, in the order of the steps after the seed: `[upstream, local,
               contribution, sum so far]`; the local gradient is null where the trace has none.
    cases      by step of the trace: `[case, ties, won]`, what sentences depend on. The op's `case`,
               "" where it has none or does not compute single numbers; how many elements sit at a
               tie or a kink (its `tied`); and, of a contribution of such an op, how many others
               pass their gradient on. Null before the first step and at the seed.

    Raises ValueInputError, which says what fits, for a graph that is too large and for one that
    does not compute with floats of 64 bits.
    """
    _check(trace)
    written = _Writing(trace)
    return f"{{run:{function(written.results())},fixed:{list(written.fixed)}}}"


class _Writing:
    def __init__(self, trace: Trace) -> None:
        self.trace, self.graph, self.xp = trace, trace.graph, JavaScript()
        self.program = Program(self.graph, self.xp, trace.wrt)
        labels = self.graph.index_leaves
        self.fixed = tuple(n.id for n in self.graph.inputs if n.id in labels)
        self.values = self.program.forward([*map(self._leaf, range(len(self.graph.inputs)))])

    def _leaf(self, place: int) -> Any:
        node = self.graph.inputs[place]
        if node.id in self.fixed:
            return self.xp.asindex(self.trace.values[node.id])
        return self.xp.leaf(f"x[{place}]", node.shape or ())

    def results(self) -> dict[str, Any]:
        """What the function gives."""
        cases = [None, *(self._case(i, 0) for i in self.trace.forward_nodes)]
        gradients: list[Any] = [None] * len(self.values)
        steps = []
        if self.trace.has_backward:
            seed = self.xp.asarray(self.trace.xp.plain(self.trace.seed))
            gradients, found = self.program.record(self.values, seed)
            columns = found.edges, found.local, found.contribution, found.after
            cases.append(None)
            for edge, local, brought, after in zip(*columns, strict=True):
                steps.append([gradients[edge.target], local, brought, after])
                cases.append(self._case(edge.target, edge.slot, local))
        return {
            "values": self.values, "gradients": gradients, "steps": steps, "cases": cases
        }  # fmt: skip

    def _case(self, node: int, slot: int, local: Any = None) -> list[Any]:
        row, op, terms = self.graph.nodes[node], self.graph.op(node), self.xp.terms
        value, operands = self.values[node], self.program.operands(self.values, node)
        options = self.program.options[node]
        tied = np.zeros(self.xp.shape(value), dtype=bool)
        if op.tied is not None:
            tied = op.tied(self.xp, value, *operands, **options)
            tied = self.xp.broadcast_to(tied, self.xp.shape(value)) if op.elementwise else tied
        case: Any = ""
        if op.case is not None and all(np.size(v) == 1 for v in (value, *operands)):
            single = [np.asarray(v).item() for v in (value, *operands)]
            case = terms.explored(partial(op.case, slot, *single, **row.options))
        if op.tied is None or local is None:
            return [case, self._count(np.ravel(tied))]
        won = [
            terms.choose(t, False, terms.truth(v))
            for t, v in zip(np.ravel(tied), np.ravel(local), strict=True)
        ]
        return [case, self._count(np.ravel(tied)), self._count(won)]

    def _count(self, conditions: Iterable[Any]) -> Any:
        terms = self.xp.terms
        return sum(map(terms.number, map(terms.truth, conditions)))


def _check(trace: Trace) -> None:
    graph = trace.graph
    if trace.dtype != "float64" or trace.xp.name != "numpy":
        raise ValueInputError(
            "a page computes with floats of 64 bits",
            expected="backend numpy, dtype float64",
            got=f"backend {trace.backend}, dtype {trace.dtype}",
        )
    if any(op.hidden for op in graph.kinds):
        raise ValueInputError(
            "a page does not compute folded scopes", hint="draw the graph unfolded"
        )
    edges = trace.recording.edges if trace.has_backward else ()
    numbers = sum(map(_size, graph.nodes)) + sum(_size(graph.nodes[e.source]) for e in edges)
    for count, most, what in (
        (numbers, MOST_NUMBERS, "values and contributions"),
        (_products(graph), MOST_PRODUCTS, "multiplications"),
    ):
        if count > most:
            raise ValueInputError(
                "this graph is too large for a page that computes, which writes each number out",
                expected=f"{most:,} {what} at most",
                got=f"{count:,}",
                hint="smaller arrays fit; a page of this run plays, and computes nothing anew",
            )


def _size(node: Node) -> int:
    return math.prod(node.shape or ())


def _products(graph: Graph) -> int:
    """The multiply-adds of a forward pass, of the ops that count them."""

    def work(node: int, count: Callable[..., int]) -> int:
        row = graph.nodes[node]
        shapes = [graph.nodes[i].shape or () for i in row.inputs]
        return count(row.shape or (), *shapes, **row.options)

    return sum(work(i, op.work) for i, op in enumerate(graph.ops) if op and op.work)
