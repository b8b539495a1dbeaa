"""W · x + b = s: each row's products, and the gradients u xᵀ and Wᵀ u."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from gradviz.engine.inside.chain.parts import Product, Ref, flat
from gradviz.engine.inside.chain.products import product
from gradviz.engine.inside.views import View
from gradviz.errors import GradvizError, ValueInputError
from gradviz.graph.graph import Edge
from gradviz.trace.cells import CellTrace
from gradviz.trace.matrix import Equation, MatrixStep, MatrixTrace, Place, Sample, Slot, Term
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk

MOST_DRAWN: Final = 8
"""A matrix of more rows or columns is drawn in part: the first two, the largest, the last."""
CLOSE: Final = {"float64": 1e-9, "float32": 1e-4}
"""How far a sum may be from the recorded one, relative to the size of its terms."""


def matrix(trace: Trace) -> MatrixTrace:
    """The walk over the first product of a matrix and one or several columns in a trace.

    Raises ValueInputError for a trace without one, and of exact numbers.
    """
    if trace.backend == "exact":
        raise ValueInputError(
            "matrices are shown with decimal numbers", expected="--backend numpy", got="exact ones"
        )
    return _Maker(trace, product(trace)).walk()


def inside(walk: Walk) -> MatrixTrace:
    """The same for the node that was stepped into; raises likewise."""
    if isinstance(walk, CellTrace):
        return _Maker(walk.trace, product(walk.trace, walk.node)).walk()
    return matrix(walk.trace)


VIEW = View("a layer as W · x + b = s, row by row", matrix, inside)


class _Maker:
    """Makes the steps of one product."""

    def __init__(self, trace: Trace, found: Product) -> None:
        self.trace, self.found = trace, found
        self.matrix = found.weights[0][0].node
        self._values: dict[int, tuple[float, ...]] = {}
        self.equation = self._equation()

    def walk(self) -> MatrixTrace:
        """The walk."""
        eq = self.equation
        scores = [max(map(_size, row)) for row in zip(*(s.scores for s in eq.samples), strict=True)]
        taken = [max(map(_size, x)) for x in zip(*(s.inputs for s in eq.samples), strict=True)]
        given = [s.back or (0.0,) * len(taken) for s in eq.samples]
        back = [max(map(_size, x)) for x in zip(*given, strict=True)]
        self.rows = _slots(scores)
        self.columns = _slots([a + b for a, b in zip(taken, back, strict=True)])
        self.samples = _slots([max(map(_size, s.scores)) for s in eq.samples])
        known = self.trace.known_since(eq.sums)
        samples, rows = _drawn(self.samples), _drawn(self.rows)
        ahead = [(Place("row", i, n), known) for n in samples for i in rows]
        back_steps = sorted(self._backward(), key=lambda p: p[1])
        self.places = tuple(place for place, _ in (*ahead, *back_steps))
        held = tuple(k for _, k in (*ahead, *back_steps))
        drawn = self.rows, self.columns, self.samples, self.places, held
        return MatrixTrace(self.trace, eq, *drawn, self._is_image(), self._labels(), self.step)

    def _backward(self) -> Iterable[tuple[Place, int]]:
        """What each step of the backward pass is about, with the step of the trace."""
        eq = self.equation
        if eq.outer is not None:
            at = self._step_of(self.matrix)
            yield from ((Place("weights", i), at) for i in _drawn(self.rows))
        if eq.down is not None and eq.offset is not None:
            yield Place("bias"), self._step_of(eq.offset)
        if eq.back is not None:
            at = self._step_of(self.found.operand)
            for n in _drawn(self.samples):
                yield from ((Place("inputs", j, n), at) for j in _drawn(self.columns))

    def _equation(self) -> Equation:
        found, trace = self.found, self.trace
        offset = found.bias[0].node if found.bias else None
        upstream = trace.gradients[found.total]
        outer, back = self._brought(self.matrix), self._brought(found.operand)
        down = None if offset is None else self._brought(offset)
        nodes = {"W": self.matrix, "x": found.operand, "b": offset}
        is_shared = len(set(found.bias)) < len(found.bias)
        return Equation(
            self.matrix,
            found.signal,
            found.operand,
            offset,
            found.total,
            self._is_turned(found.weights, self.matrix),
            self._is_across([[r.place for r in c] for c in found.columns], found.operand),
            self._is_across(found.sums, found.total),
            found.sign,
            is_shared,
            tuple(self._taken(row) for row in found.weights),
            tuple(found.sign * v for v in self._taken(found.bias)) or None,
            self._samples(upstream, back),
            _all(outer, found.weights),
            None if down is None else tuple(down[r.place] for r in found.bias),
            frozenset(k for k, n in nodes.items() if n is not None and trace.uses(n) > 1),
        )

    def _samples(self, upstream: Any, back: Sequence[float] | None) -> tuple[Sample, ...]:
        """The columns."""
        found = self.found
        values = self._floats(self.trace.values[found.total])
        given = None if upstream is None else self._floats(upstream)
        return tuple(
            Sample(
                self._taken(column),
                tuple(values[k] for k in sums),
                None if given is None else tuple(given[k] for k in sums),
                None if back is None else tuple(back[ref.place] for ref in column),
            )
            for column, sums in zip(found.columns, found.sums, strict=True)
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
        for target in (self.found.node, self.found.total):
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

    def _is_turned(self, rows: Sequence[Sequence[Ref]], node: int) -> bool:
        """Whether these rows are columns of what stands in the graph."""
        shape, first = self.trace.xp.shape(self.trace.values[node]), rows[0]
        if len(shape) != 2:
            return False
        if len(first) > 1 and shape[1] > 1:
            return first[1].place - first[0].place != 1
        return (len(first) > 1) if shape[1] == 1 else shape[1] == len(rows) > 1

    def _is_across(self, columns: Sequence[Sequence[int]], node: int) -> bool:
        """Whether the columns of a batch are rows of what stands in the graph."""
        if len(columns) == 1:
            return False
        shape = self.trace.xp.shape(self.trace.values[node])
        return shape[-1:] == (1,) if len(columns[0]) == 1 else columns[1][0] - columns[0][0] != 1

    def _is_image(self) -> bool:
        """Whether x is stretched from rows and columns."""
        node = self.trace.graph.nodes[self.equation.column]
        shape = self.trace.xp.shape(self.trace.values[self.equation.column])
        return bool(node.options.get("image")) or min((1, *shape)[-2:]) > 1

    def _labels(self) -> tuple[int | None, ...]:
        """For each sample the row that a loss takes as the true class."""
        graph, eq = self.trace.graph, self.equation
        count, rows = len(eq.samples), len(eq.scores)
        for edge in graph.consumers[eq.sums]:
            op = graph.op(edge.target)
            for slot, node in enumerate(graph.args[edge.target]):
                if slot and op.inputs[slot : slot + 1] == ("labels",):
                    found = self._floats(self.trace.values[node])
                    if len(found) == count and all(v in range(rows) for v in found):
                        return tuple(map(int, found))
        return (None,) * count

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
        sample = eq.samples[place.sample]
        terms = _terms(eq.weights[i], sample.inputs)
        total = _total(t.product for t in terms)
        bias, result = None if eq.bias is None else eq.bias[i], sample.scores[i]
        self._check(total + (bias or 0.0), result, [*(t.product for t in terms), bias or 0.0])
        parts = _parts(terms, self.columns)
        return MatrixStep(number, place, terms, parts, total, bias, result)

    def _weights(self, number: int, place: Place, i: int) -> MatrixStep:
        eq = self.equation
        assert eq.outer is not None
        if len(eq.samples) > 1:
            return self._summed(number, place, i, eq.outer[i])
        assert eq.upstream is not None
        terms = _terms([eq.upstream[i]] * len(eq.inputs), eq.inputs)
        for term, recorded in zip(terms, eq.outer[i], strict=True):
            self._check(term.product, recorded, [term.product])
        return MatrixStep(number, place, terms)

    def _summed(self, number: int, place: Place, i: int, row: Sequence[float]) -> MatrixStep:
        """The largest element of a row, as a sum over the batch."""
        samples = self.equation.samples
        j = max(_drawn(self.columns), key=lambda j: _size(row[j]))
        sent = [s.upstream[i] for s in samples if s.upstream is not None]
        terms = _terms(sent, [s.inputs[j] for s in samples])
        self._check(_total(t.product for t in terms), row[j], [t.product for t in terms])
        parts = _parts(terms, self.samples)
        return MatrixStep(number, place, terms, parts, result=row[j], element=j)

    def _inputs(self, number: int, place: Place, j: int) -> MatrixStep:
        eq, sample = self.equation, self.equation.samples[place.sample]
        assert sample.upstream is not None and sample.back is not None
        terms = _terms([row[j] for row in eq.weights], sample.upstream)
        total = _total(t.product for t in terms)
        self._check(total, sample.back[j], [t.product for t in terms])
        parts = _parts(terms, self.rows)
        return MatrixStep(number, place, terms, parts, total, result=sample.back[j])

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


def _size(value: float) -> float:
    """How large a number is; NaN is the largest."""
    return abs(value) if value == value else math.inf


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
    largest = max(inner, key=lambda i: _size(sizes[i]))
    slots: list[Slot] = [0, 1]
    for index in (largest, count - 1):
        last = slots[-1]
        assert isinstance(last, int)
        slots += [*([range(last + 1, index)] if index > last + 1 else []), index]
    return tuple(slots)


def _drawn(slots: Sequence[Slot]) -> list[int]:
    return [slot for slot in slots if isinstance(slot, int)]
