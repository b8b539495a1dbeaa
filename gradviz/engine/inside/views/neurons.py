"""The units of a network: each weighted sum, and each δ as a sum over arcs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Final

from gradviz.engine.inside.chain.layers import chain
from gradviz.engine.inside.chain.parts import Chain, Link, Ref, flat
from gradviz.engine.inside.views import View
from gradviz.errors import GradvizError, ValueInputError
from gradviz.graph.graph import INPUT, Edge
from gradviz.trace.neurons import Layer, Place, Term, UnitStep, UnitTrace
from gradviz.trace.trace import Trace

MOST_SHOWN: Final = 20
"""A layer of more units is drawn in part: the first two, one of the largest, the last."""
LARGE: Final = 0.8
"""A unit counts as one of the largest from this share of the largest value on."""
CLOSE: Final = {"float64": 1e-9, "float32": 1e-4}
"""How far a sum over arcs may be from the recorded one, relative to the size of its terms."""


def walk(trace: Trace) -> UnitTrace:
    """The walk over the units of a trace.

    Raises ValueInputError for a trace that is no chain of weighted sums and activations, of a
    batch, and of exact numbers.
    """
    if trace.backend == "exact":
        raise ValueInputError(
            "neurons are drawn with decimal numbers", expected="--backend numpy", got="exact ones"
        )
    return _Maker(trace, chain(trace)).walk()


VIEW = View("the units of a network, weights on their arcs", walk)


class _Maker:
    """Makes the steps of one trace."""

    def __init__(self, trace: Trace, found: Chain) -> None:
        self.trace, self.links, self.tail = trace, found.links, found.tail
        self._flat: dict[int, list[float]] = {}
        self._flat_gradients: dict[int, list[float] | None] = {}
        self.layers = (self._inputs(found.links[0]), *map(self._layer, found.links))

    def walk(self) -> UnitTrace:
        """The walk."""
        trace = self.trace
        ahead = [(place, self._forward_step(place)) for place in self._forward()]
        back = sorted(
            ((place, self._backward_step(place)) for place in self._backward()), key=lambda p: p[1]
        )
        self.places = tuple(place for place, _ in (*ahead, *back))
        held = tuple(accumulate((k for _, k in (*ahead, *back)), max))
        row = trace.graph.nodes
        first = row[self.layers[0].node]
        targets = [
            i
            for i in dict.fromkeys(j for n in self.tail for j in self._leaves(n))
            if row[i].op == INPUT and "init" not in row[i].options
        ]
        is_image = bool(first.options.get("image")) or (
            first.op == INPUT and len(first.shape or ()) > 1 and min((first.shape or ())[-2:]) > 7
        )
        return UnitTrace(
            trace, self.layers, self.places, held, self.tail, tuple(targets), is_image, self.step
        )

    def _leaves(self, node: int) -> list[int]:
        """The leaves that a node of the tail depends on without passing through a layer."""
        found: list[int] = []
        waiting, seen = [node], set(self.links[-1].values)
        while waiting:
            i = waiting.pop()
            if i in seen:
                continue
            seen.add(i)
            args = self.trace.graph.args[i]
            found += [] if args else [i]
            waiting += args
        return found

    def _forward(self) -> list[Place]:
        units = [
            Place("unit", k, u) for k, layer in enumerate(self.layers[1:], 1) for u in layer.shown
        ]
        return [*units, *([Place("loss", len(self.layers))] if self.tail else [])]

    def _backward(self) -> list[Place]:
        """A step for each δ, and one for all weights of a layer, from the last layer back."""
        found: list[Place] = []
        for k in range(len(self.layers) - 1, 0, -1):
            layer = self.layers[k]
            if layer.deltas is not None:
                found += [Place("delta", k, u) for u in layer.shown]
            if layer.deltas is not None and layer.weight_gradients is not None:
                found.append(Place("weights", k))
        if self.layers[0].gradients is not None and self.layers[1].deltas is not None:
            found.append(Place("inputs", 0))
        return found

    def _forward_step(self, place: Place) -> int:
        if place.kind == "loss":
            return self.trace.known_since(self.trace.graph.output)
        return self.trace.known_since(self._node_of(place, 1))

    def _node_of(self, place: Place, at: int) -> int:
        """The node of a unit's sum (0), or of its value (1)."""
        link = self.links[place.layer - 1]
        ends = link.units[place.unit or 0] if link.units else (link.total, link.value)
        return ends[at]

    def _backward_step(self, place: Place) -> int:
        """The step of the trace that completes the gradients of a place."""
        if place.kind == "delta":
            nodes = {self._node_of(place, 0)}
        elif place.kind == "inputs":
            nodes = set(self.links[0].signals)
        else:
            nodes = {ref.node for row in self.links[place.layer - 1].weights for ref in row}
        numbers = (step.number for node in nodes for step in self.trace.contributions(node))
        return max(numbers, default=self.trace.seed_step)

    def _values(self, node: int) -> list[float]:
        if node not in self._flat:
            self._flat[node] = _floats(self.trace.xp.plain(self.trace.values[node]))
        return self._flat[node]

    def _gradients(self, node: int) -> list[float] | None:
        if node not in self._flat_gradients:
            given = self.trace.gradients[node]
            plain = None if given is None else _floats(self.trace.xp.plain(given))
            self._flat_gradients[node] = plain
        return self._flat_gradients[node]

    def _inputs(self, link: Link) -> Layer:
        row, signals = self.trace.graph.nodes, link.signals
        values = self._taken(link.inputs, self._values)
        gradients = self._taken(link.inputs, self._gradients) or None
        several = len(signals) > 1
        return Layer(
            "" if several else row[signals[0]].name,
            signals[0],
            signals[0],
            (),
            _shown(values),
            values,
            values,
            gradients=gradients,
            deltas=gradients,
            names=tuple(row[i].name for i in signals) if several else (),
            nodes=signals if several else (),
            totals=signals if several else (),
        )

    def _layer(self, link: Link) -> Layer:
        values, sums = self._of_units(link, 1, self._values), self._of_units(link, 0, self._values)
        gradients = self._of_units(link, 1, self._gradients)
        deltas = self._of_units(link, 0, self._gradients)
        assert values is not None and sums is not None
        row = self.trace.graph.nodes
        names = tuple(row[node].name for node in link.values) if link.units else ()
        bias = tuple(link.sign * v for v in self._taken(link.bias, self._values)) or None
        return Layer(
            "" if link.units else row[link.value].name,
            link.value,
            link.total,
            link.bend,
            _shown(values),
            values,
            sums,
            tuple(self._taken(row, self._values) for row in link.weights),
            bias,
            self._slopes(link, gradients, deltas),
            gradients,
            deltas,
            self._rows(link),
            self._taken(link.bias, self._gradients) or None,
            names=names if all(names) else (),
            weight_names=self._weight_names(link),
            nodes=link.values if link.units else (),
            totals=tuple(total for total, _ in link.units),
            weight_nodes=_nodes(ref for weights in link.weights for ref in weights),
            bias_nodes=_nodes(link.bias),
            shares_bias=len(set(link.bias)) < len(link.bias),
        )

    def _of_units(self, link: Link, at: int, of: Any) -> list[float] | None:
        """What each unit's sum (0) or value (1) holds; None where one holds nothing."""
        if not link.units:
            return of((link.total, link.value)[at])  # type: ignore[no-any-return]
        found = [of(ends[at]) for ends in link.units]
        return None if any(v is None for v in found) else [v[0] for v in found]

    def _weight_names(self, link: Link) -> tuple[tuple[str, ...], ...]:
        """The names of weights that are nodes of their own."""
        nodes = [ref.node for weights in link.weights for ref in weights]
        row = self.trace.graph.nodes
        are_single = all(not row[i].shape for i in nodes) or len(nodes) > 1
        are_own = len(set(nodes)) == len(nodes) and all(row[i].name for i in nodes)
        if not (are_single and are_own):
            return ()
        return tuple(tuple(row[ref.node].name for ref in weights) for weights in link.weights)

    def _rows(self, link: Link) -> tuple[tuple[float, ...], ...] | None:
        nodes = {ref.node for row in link.weights for ref in row}
        if any(self._gradients(node) is None for node in nodes):
            return None
        return tuple(self._taken(row, self._gradients) for row in link.weights)

    def _taken(self, refs: Sequence[Ref], of: Any) -> tuple[float, ...]:
        """Some elements of values or gradients; none where there are no gradients."""
        if not refs or of(refs[0].node) is None:
            return ()
        return tuple(of(ref.node)[ref.place] for ref in refs)

    def _slopes(
        self, link: Link, gradients: list[float] | None, deltas: list[float] | None
    ) -> tuple[float | None, ...] | None:
        """The slope of the activation at each sum, as far as the trace tells it."""
        if not link.bend or not link.own or gradients is None or deltas is None:
            return None
        if len(link.bend) == 1:
            ends = link.units or ((link.total, link.value),)
            each = [self._local(*pair) for pair in ends]
            if all(each):
                found = [v for local in each for v in local or ()]
                return tuple(found * len(deltas) if len(found) == 1 else found)
        pairs = zip(deltas, gradients, strict=True)
        return tuple(d / g if g and math.isfinite(d / g) else None for d, g in pairs)

    def _local(self, total: int, value: int) -> list[float] | None:
        """The local gradient that was recorded between two nodes."""
        slot = self.trace.graph.args[value].index(total)
        k = self.trace.step_of(Edge(total, value, slot))
        local = None if k is None else self.trace.step(k).local
        return None if local is None else _floats(self.trace.xp.plain(local))

    def step(self, number: int) -> UnitStep:
        """Step `number` of the walk."""
        place = self.places[number - 1]
        if place.kind == "unit":
            return self._unit(number, place)
        if place.kind == "delta":
            return self._delta(number, place)
        if place.kind == "weights":
            return self._weights(number, place)
        if place.kind == "inputs":
            return self._received(number, place)
        (value,) = self._values(self.trace.graph.output)
        return UnitStep(number, place, None, value=value)

    def _unit(self, number: int, place: Place) -> UnitStep:
        layer, unit = self.layers[place.layer], place.unit or 0
        before = self.layers[place.layer - 1].values
        terms = tuple(
            Term(i, w, x, w * x)
            for i, (w, x) in enumerate(zip(layer.weights[unit], before, strict=True))
        )
        bias = None if layer.bias is None else layer.bias[unit]
        weighted = _total(t.product for t in terms)
        self._check(weighted + (bias or 0.0), layer.sums[unit], terms, bias or 0.0)
        return UnitStep(
            number, place, unit, terms, weighted, bias, layer.sums[unit], layer.values[unit]
        )

    def _delta(self, number: int, place: Place) -> UnitStep:
        layer, unit = self.layers[place.layer], place.unit or 0
        assert layer.deltas is not None
        terms = self._arcs(place.layer, unit)
        given = layer.gradients
        gradient = layer.deltas[unit] if given is None else given[unit]
        if terms:
            self._check(_total(t.product for t in terms), gradient, terms, 0.0)
        slope = None if layer.slopes is None else layer.slopes[unit]
        return UnitStep(
            number, place, unit, terms, gradient=gradient, slope=slope, delta=layer.deltas[unit]
        )

    def _arcs(self, k: int, unit: int) -> tuple[Term, ...]:
        """What the arcs that leave a unit bring back to it."""
        if k + 1 >= len(self.layers):
            return ()
        after = self.layers[k + 1]
        assert after.deltas is not None
        return tuple(
            Term(j, row[unit], d, row[unit] * d)
            for j, (row, d) in enumerate(zip(after.weights, after.deltas, strict=True))
        )

    def _weights(self, number: int, place: Place) -> UnitStep:
        layer = self.layers[place.layer]
        assert layer.weight_gradients is not None and layer.deltas is not None
        rows = layer.weight_gradients
        places = ((u, i) for u in layer.shown for i in self.layers[place.layer - 1].shown)
        unit, i = max(places, key=lambda p: _size(rows[p[0]][p[1]]))
        met, delta = self.layers[place.layer - 1].values[i], layer.deltas[unit]
        term = Term(i, met, delta, delta * met)
        gradient, uses = rows[unit][i], self.links[place.layer - 1].weights[unit][i].node
        rest = gradient - term.product if self.trace.uses(uses) > 1 else None
        return UnitStep(number, place, unit, (term,), gradient=gradient, delta=delta, rest=rest)

    def _received(self, number: int, place: Place) -> UnitStep:
        layer = self.layers[0]
        gradients = layer.gradients
        assert gradients is not None
        unit = max(layer.shown, key=lambda u: _size(gradients[u]))
        terms = self._arcs(0, unit)
        self._check(_total(t.product for t in terms), gradients[unit], terms, 0.0)
        return UnitStep(number, place, unit, terms, gradient=gradients[unit])

    def _check(self, found: float, recorded: float, terms: Sequence[Term], bias: float) -> None:
        """Raise GradvizError where a sum over arcs is not what the trace recorded."""
        size = sum(abs(t.product) for t in terms) + abs(bias)
        if not (math.isfinite(size) and math.isfinite(recorded)):
            return
        if abs(found - recorded) > CLOSE[self.trace.dtype] * max(size, 1e-300) + 1e-300:
            raise GradvizError(
                "the arcs of this unit do not add up to what the trace recorded",
                expected=str(recorded),
                got=str(found),
            )


def _nodes(refs: Iterable[Ref]) -> tuple[int, ...]:
    """The node of all these elements, or the node of each."""
    nodes = tuple(ref.node for ref in refs)
    return nodes[:1] if len(set(nodes)) == 1 else nodes


def _floats(plain: Any) -> list[float]:
    return [float(v) for v in flat(plain)]


def _total(products: Any) -> float:
    """A sum without rounding errors; infinities and NaN as floats add them."""
    terms = list(products)
    return math.fsum(terms) if all(map(math.isfinite, terms)) else sum(terms)


def _size(value: float) -> float:
    return abs(value) if value == value else math.inf


def _shown(values: Sequence[float]) -> tuple[int, ...]:
    """The units of a layer that are drawn."""
    count = len(values)
    if count <= MOST_SHOWN:
        return tuple(range(count))
    inner = range(2, count - 1)
    large = LARGE * max(_size(values[i]) for i in inner)
    found = min(
        (i for i in inner if not _size(values[i]) < large), key=lambda i: abs(i - count / 2)
    )
    return 0, 1, found, count - 1
