"""W · x + b = s: each row's products, and the gradients u xᵀ and Wᵀ u."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from gradviz.engine.inside.chain import Link, Ref, flat, product
from gradviz.engine.inside.views import View
from gradviz.errors import GradvizError, ValueInputError
from gradviz.graph.graph import Edge
from gradviz.trace.cells import CellTrace
from gradviz.trace.matrix import Equation, MatrixStep, MatrixTrace, Place, Slot, Term
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk

MOST_DRAWN: Final = 8
"""A matrix of more rows or columns is drawn in part: the first two, the largest, the last."""
CLOSE: Final = {"float64": 1e-9, "float32": 1e-4}
"""How far a sum may be from the recorded one, relative to the size of its terms."""


def matrix(trace: Trace) -> MatrixTrace:
    """The walk over the first product of a matrix and a column in a trace.

    Raises ValueInputError for a trace without one, of a batch, and of exact numbers.
    """
    if trace.backend == "exact":
        raise ValueInputError(
            "matrices are shown with decimal numbers", expected="--backend numpy", got="exact ones"
        )
    return _Maker(trace, *product(trace)).walk()


def inside(walk: Walk) -> MatrixTrace:
    """The same for the node that was stepped into; raises likewise."""
    if isinstance(walk, CellTrace):
        return _Maker(walk.trace, *product(walk.trace, walk.node)).walk()
    return matrix(walk.trace)


VIEW = View("a layer as W · x + b = s, row by row", matrix, inside)


class _Maker:
    """Makes the steps of one product."""

    def __init__(self, trace: Trace, node: int, link: Link) -> None:
        self.trace, self.node, self.link = trace, node, link
        args = trace.graph.args[node]
        self.matrix = link.weights[0][0].node
        self.slot = args.index(self.matrix)
        self._values: dict[int, tuple[float, ...]] = {}
        self.equation = self._equation()

    def walk(self) -> MatrixTrace:
        """The walk."""
        eq = self.equation
        sent = [abs(a) + abs(b) for a, b in zip(eq.inputs, eq.back or eq.inputs, strict=True)]
        self.rows, self.columns = _slots(eq.scores), _slots(sent)
        known = self.trace.known_since(eq.sums)
        ahead = [(Place("row", i), known) for i in _drawn(self.rows)]
        back = sorted(self._backward(), key=lambda p: p[1])
        self.places = tuple(place for place, _ in (*ahead, *back))
        held = tuple(k for _, k in (*ahead, *back))
        drawn = self.rows, self.columns, self.places, held
        return MatrixTrace(self.trace, eq, *drawn, self._is_image(), self._label(), self.step)

    def _backward(self) -> Iterable[tuple[Place, int]]:
        """What each step of the backward pass is about, with the step of the trace."""
        eq = self.equation
        if eq.outer is not None:
            at = self._step_of(self.matrix)
            yield from ((Place("weights", i), at) for i in _drawn(self.rows))
        if eq.down is not None and eq.offset is not None:
            yield Place("bias"), self._step_of(eq.offset)
        if eq.back is not None:
            at = self._step_of(self._operand)
            yield from ((Place("inputs", j), at) for j in _drawn(self.columns))

    @property
    def _operand(self) -> int:
        return self.trace.graph.args[self.node][1 - self.slot]

    def _equation(self) -> Equation:
        link, trace = self.link, self.trace
        offset = link.bias[0].node if link.bias else None
        upstream = trace.gradients[link.total]
        outer, back = self._brought(self.matrix), self._brought(self._operand)
        down = None if offset is None else self._brought(offset)
        nodes = {"W": self.matrix, "x": self._operand, "b": offset}
        return Equation(
            self.matrix,
            link.inputs[0].node,
            self._operand,
            offset,
            link.total,
            self._is_flipped(),
            link.sign,
            len(set(link.bias)) < len(link.bias),
            tuple(self._taken(row) for row in link.weights),
            self._taken(link.inputs),
            tuple(link.sign * v for v in self._taken(link.bias)) or None,
            self._floats(trace.values[link.total]),
            None if upstream is None else self._floats(upstream),
            _all(outer, link.weights),
            None if back is None else back[: len(link.inputs)],
            None if down is None else tuple(down[r.place] for r in link.bias),
            frozenset(k for k, n in nodes.items() if n is not None and trace.uses(n) > 1),
        )

    def _floats(self, value: Any) -> tuple[float, ...]:
        return tuple(float(v) for v in flat(self.trace.xp.plain(value)))

    def _taken(self, refs: Sequence[Ref]) -> tuple[float, ...]:
        if not refs:
            return ()
        node = refs[0].node
        if node not in self._values:
            self._values[node] = self._floats(self.trace.values[node])
        values = self._values[node]
        return tuple(values[ref.place] for ref in refs)

    def _edge(self, node: int) -> int | None:
        """The step of the trace in which this product, or the sum after it, sends a node its
        gradient.
        """
        for target in (self.node, self.link.total):
            if node in self.trace.graph.args[target]:
                slot = self.trace.graph.args[target].index(node)
                return self.trace.step_of(Edge(node, target, slot))
        return None

    def _step_of(self, node: int) -> int:
        found = self._edge(node)
        assert found is not None
        return found

    def _brought(self, node: int) -> tuple[float, ...] | None:
        """What a node receives for its use here."""
        number = self._edge(node)
        return None if number is None else self._floats(self.trace.step(number).contribution)

    def _is_flipped(self) -> bool:
        """Whether the rows of W are columns of what stands in the graph."""
        shape = self.trace.xp.shape(self.trace.values[self.matrix])
        first, rows = self.link.weights[0], self.link.weights
        if len(shape) != 2:
            return False
        if len(first) > 1 and shape[1] > 1:
            return first[1].place - first[0].place != 1
        return (len(first) > 1) if shape[1] == 1 else shape[1] == len(rows) > 1

    def _is_image(self) -> bool:
        """Whether x is stretched from rows and columns."""
        node = self.trace.graph.nodes[self.equation.column]
        shape = self.trace.xp.shape(self.trace.values[self.equation.column])
        return bool(node.options.get("image")) or min((1, *shape)[-2:]) > 1

    def _label(self) -> int | None:
        """The row that a loss takes as the true class."""
        graph = self.trace.graph
        for edge in graph.consumers[self.equation.sums]:
            op = graph.op(edge.target)
            for slot, node in enumerate(graph.args[edge.target]):
                if slot and op.inputs[slot : slot + 1] == ("labels",):
                    found = self._floats(self.trace.values[node])
                    is_row = len(found) == 1 and found[0] in range(len(self.equation.scores))
                    return int(found[0]) if is_row else None
        return None

    def step(self, number: int) -> MatrixStep:
        """Step `number` of the walk."""
        place = self.places[number - 1]
        made = {"row": self._row, "weights": self._weights, "inputs": self._inputs}
        if place.kind == "bias":
            eq = self.equation
            assert eq.down is not None
            return MatrixStep(number, place, result=eq.down[0] if eq.shared else None)
        return made[place.kind](number, place, place.at or 0)

    def _row(self, number: int, place: Place, i: int) -> MatrixStep:
        eq = self.equation
        terms = _terms(eq.weights[i], eq.inputs)
        total = _total(t.product for t in terms)
        bias = None if eq.bias is None else eq.bias[i]
        self._check(total + (bias or 0.0), eq.scores[i], [*(t.product for t in terms), bias or 0.0])
        parts = _parts(terms, self.columns)
        return MatrixStep(number, place, terms, parts, total, bias, eq.scores[i])

    def _weights(self, number: int, place: Place, i: int) -> MatrixStep:
        eq = self.equation
        assert eq.upstream is not None and eq.outer is not None
        terms = _terms([eq.upstream[i]] * len(eq.inputs), eq.inputs)
        for term, recorded in zip(terms, eq.outer[i], strict=True):
            self._check(term.product, recorded, [term.product])
        return MatrixStep(number, place, terms)

    def _inputs(self, number: int, place: Place, j: int) -> MatrixStep:
        eq = self.equation
        assert eq.upstream is not None and eq.back is not None
        terms = _terms([row[j] for row in eq.weights], eq.upstream)
        total = _total(t.product for t in terms)
        self._check(total, eq.back[j], [t.product for t in terms])
        parts = _parts(terms, self.rows)
        return MatrixStep(number, place, terms, parts, total, result=eq.back[j])

    def _check(self, found: float, recorded: float, terms: Sequence[float]) -> None:
        """Raise GradvizError where a sum of products is not what the trace recorded."""
        size = sum(map(abs, terms))
        if not (math.isfinite(size) and math.isfinite(recorded)):
            return
        if abs(found - recorded) > CLOSE[self.trace.dtype] * max(size, 1e-300) + 1e-300:
            raise GradvizError(
                "these products do not give what the trace recorded",
                expected=str(recorded),
                got=str(found),
            )


def _all(
    found: Sequence[float] | None, rows: Sequence[Sequence[Ref]]
) -> tuple[tuple[float, ...], ...] | None:
    """The elements of rows."""
    return None if found is None else tuple(tuple(found[r.place] for r in row) for row in rows)


def _terms(first: Sequence[float], second: Sequence[float]) -> tuple[Term, ...]:
    return tuple(Term(k, a, b, a * b) for k, (a, b) in enumerate(zip(first, second, strict=True)))


def _parts(terms: Sequence[Term], slots: Sequence[Slot]) -> tuple[float, ...]:
    """The product of each slot, or the sum of those that it stands for."""
    return tuple(
        terms[slot].product if isinstance(slot, int) else _total(terms[k].product for k in slot)
        for slot in slots
    )


def _total(products: Iterable[float]) -> float:
    """A sum without rounding errors; infinities and NaN as floats add them."""
    terms = list(products)
    return math.fsum(terms) if all(map(math.isfinite, terms)) else sum(terms)


def _slots(sizes: Sequence[float]) -> tuple[Slot, ...]:
    """What is drawn of so many rows or columns, and what is not."""
    count = len(sizes)
    if count <= MOST_DRAWN:
        return tuple(range(count))
    inner = range(2, count - 1)
    largest = max(inner, key=lambda i: abs(sizes[i]) if sizes[i] == sizes[i] else math.inf)
    slots: list[Slot] = [0, 1]
    for index in (largest, count - 1):
        last = slots[-1]
        assert isinstance(last, int)
        slots += [*([range(last + 1, index)] if index > last + 1 else []), index]
    return tuple(slots)


def _drawn(slots: Sequence[Slot]) -> list[int]:
    return [slot for slot in slots if isinstance(slot, int)]
