"""The arithmetic of a unit, written out: its weighted sum, its value, its δ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from gradviz.arrays import for_backend
from gradviz.arrays.digits import is_rounding, number, rounded, rounds_to
from gradviz.arrays.written import Written
from gradviz.fonts.cells import widest
from gradviz.graph.expression import Expression
from gradviz.graph.graph import INPUT
from gradviz.graph.symbols import Symbols
from gradviz.ops.routing import cases, select
from gradviz.story.digits import MOST_DIGITS, NOTHING, Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M, unicode
from gradviz.story.maths.of_graph import of_expression, written
from gradviz.story.maths.routed import choice
from gradviz.story.maths.tree import Maths, Role
from gradviz.story.neurons.names import Names
from gradviz.story.sums import added, apart, ended, equals, products
from gradviz.trace.neurons import Layer, Term, UnitStep, UnitTrace

MOST_TERMS: Final = 6
"""A sum of more terms than this is not written out."""
MOST_PARTS: Final = 4
"""Of so many terms the products are shown too."""
WIDEST: Final = 64
"""A loss with its numbers put in is left out where it is wider, in characters."""


class UnitFormulas:
    """Writes the formulas of one walk."""

    def __init__(self, walk: UnitTrace, rules: Rules, names: Names) -> None:
        self.walk, self.rules, self.names = walk, rules, names
        self.graph, self.digits = walk.trace.graph, rules.digits
        self.xp = for_backend()
        self.by_hand = Written(self.xp)

    def of(self, step: UnitStep) -> Formula:
        """The formula of a step, with a shorter one where it holds a sum that is written out."""
        made = self._of(step, MOST_TERMS)
        if step.place.kind in ("loss", "weights") or not 1 < len(step.terms) <= MOST_TERMS:
            return made
        return replace(made, shorter=self._of(step, 0))

    def _of(self, step: UnitStep, most: int) -> Formula:
        """The same, with sums of up to `most` terms written out; it says where terms cancel and
        where products are too small.
        """
        made, terms = self._written(step, most), [(t.weight, t.met) for t in step.terms]
        more = [(v,) for v in (step.bias, step.rest) if v is not None]
        total = step.sum if step.place.kind == "unit" else step.gradient
        dtype = self.walk.trace.dtype
        if total is not None and terms:
            made = ended(made, [*terms, *more], total, dtype)
        if made.then is None or step.slope is None or step.gradient is None or step.delta is None:
            return made
        return replace(
            made, then=ended(made.then, [(step.gradient, step.slope)], step.delta, dtype)
        )

    def _written(self, step: UnitStep, most: int) -> Formula:
        kind = step.place.kind
        if kind == "unit":
            return self._unit(step, most)
        if kind == "delta":
            return self._delta(step, most)
        if kind == "inputs":
            return self._received(step, most)
        return self._weights(step) if kind == "weights" else self._loss(step)

    def said(self, value: float, digits: int | None = None) -> str:
        """A number as it is shown."""
        return number(value, digits or self.digits)

    def _number(self, value: float, digits: int, role: Role = "") -> Maths:
        made = M.number(self.said(value, digits))
        return Maths(made.kind, made.parts, made.text, made.level, (), role)

    def _enough(
        self, parts: Sequence[float], result: float, combine: Callable[..., Any], digits: int
    ) -> Enough:
        found = [self.xp.asarray(v) for v in parts]
        return enough(found, self.xp.asarray(result), combine, self.xp, digits)

    def _jointly(self, sums: Sequence[tuple[list[float], float, int]]) -> Enough:
        """The least digits of all numbers with which each sum of products of neighbours gives its
        result as that is shown.
        """
        for ties in (False, True):
            for digits in range(self.digits, MOST_DIGITS + 1):
                hands = [
                    products(len(parts) // 2)(*(rounded(v, digits) for v in parts))
                    for parts, _, _ in sums
                ]
                if all(
                    rounds_to(hand, result, wanted, ties=ties)
                    or (result == 0 and abs(hand) < NOTHING)
                    for hand, (_, result, wanted) in zip(hands, sums, strict=True)
                ):
                    return Enough(digits)
        return Enough(MOST_DIGITS, holds=False)

    def factors(self, term: Term) -> tuple[str, str, str]:
        """A weight, what it meets, and their product, in digits that multiply out."""
        pair = [term.weight, term.met]
        digits = self._enough(pair, term.product, lambda a, b: a * b, self.digits).digits
        weight, met = (self.said(v, digits) for v in pair)
        return weight, met, self.said(term.product)

    def settled(self, value: float, parts: Sequence[float]) -> float:
        """A sum, 0 where it is nothing but what rounding left of its terms."""
        return 0.0 if is_rounding(value, parts, self.walk.trace.dtype) else value

    # Forward.

    def _unit(self, step: UnitStep, most: int) -> Formula:
        layer, unit = step.place.layer, step.unit or 0
        own = self.walk.layers[layer]
        assert step.sum is not None and step.value is not None and step.weighted is not None
        bias = [] if step.bias is None else [step.bias]
        total = self.settled(step.sum, [*(t.product for t in step.terms), *bias])
        bent = self._bent(own, unit, total, step.value)
        wanted = bent.digits if bent is not None else self.digits
        is_long = len(step.terms) > most
        if is_long:
            parts, combine = [step.weighted, *bias], lambda *v: sum(v)
        else:
            parts = [v for t in step.terms for v in (t.weight, t.met)] + bias
            combine = products(len(step.terms))
        found = self._enough(parts, total, combine, wanted)
        left = self.names.of("z", layer, unit) if own.bend else self.names.maths(layer, unit)
        result = self._number(total, wanted, "" if own.bend else "hot")
        rule, filled = self._weighted_sum(step, found.digits, is_long)
        return Formula(
            left, "=", rule, filled, result, digits=found.digits, equals=equals(found), then=bent
        )

    def _weighted_sum(
        self, step: UnitStep, digits: int, is_long: bool
    ) -> tuple[Maths, Maths | None]:
        """The sum of a unit, in letters too where it is long; with the numbers put in."""
        bias = [] if step.bias is None else [self._number(step.bias, digits, "hot")]
        if not is_long:
            products = [
                self._product((t.weight, "hot"), (t.met, "value"), digits) for t in step.terms
            ]
            return added([*products, *bias]), None
        letters = [M.at(M.name(c), "i") for c in ("w", self.names.bases[step.place.layer - 1])]
        rule = M.sum_over("i", M.mul(*letters))
        if not bias:
            return rule, None
        assert step.weighted is not None
        filled = M.add(self._number(step.weighted, digits), apart(bias[0]))
        return M.add(rule, M.name("b")), filled

    def _product(self, first: tuple[float, Role], second: tuple[float, Role], digits: int) -> Maths:
        numbers = [self._number(value, digits, role) for value, role in (first, second)]
        return M.mul(*numbers)

    def _bent(self, layer: Layer, unit: int, total: float, value: float) -> Formula | None:
        """h = φ(z), with the digits of z that give h by hand; None without an activation."""
        if not layer.bend:
            return None
        place = self.walk.layers.index(layer)
        left, result = self.names.maths(place, unit), self._number(value, self.digits, "hot")
        if not self._is_own(layer):
            index = str(unit + 1)
            rule = M.at(self.activation(layer, M.name("z")), index)
            return Formula(left, "=", rule, None, result, digits=self.digits)
        apply = self._by_hand(layer)
        found = Enough(self.digits)
        if apply is not None:
            found = self._enough([total], value, apply, self.digits)
        rule = self.activation(layer, self._number(total, found.digits))
        return Formula(left, "=", rule, None, result, digits=found.digits, equals=equals(found))

    def _is_own(self, layer: Layer) -> bool:
        """Whether the activation makes each value of its own sum."""
        return all(self.graph.op(node).elementwise for node in layer.bend)

    def activation(self, layer: Layer, z: Maths) -> Maths:
        """What the activation makes of a sum, in writing."""
        done = {layer.total: z}
        for node in layer.bend:
            row = self.graph.nodes[node]
            pieces = [done[i] if i in done else self.rules.label(i) for i in row.inputs]
            done[node] = written(self.graph.op(node), pieces, row.options)
        return done[layer.bend[-1]]

    def _by_hand(self, layer: Layer) -> Callable[[Any], Any] | None:
        """The activation as a reader works it out; None where it takes arrays besides."""
        inside = {layer.total, *layer.bend}
        others = {i for node in layer.bend for i in self.graph.args[node]} - inside
        if any(self.graph.nodes[i].shape for i in others):
            return None

        def apply(z: Any) -> Any:
            done = {layer.total: z}
            for node in layer.bend:
                done[node] = self._computed(node, done)
            return done[layer.bend[-1]]

        return apply

    def _loss(self, step: UnitStep) -> Formula:
        assert step.value is not None
        left, result = M.name(self.names.loss), self._number(step.value, self.digits, "hot")
        rule, filled, found = self.loss_rule(), None, Enough(self.digits)
        if self.walk.layers[-1].size <= MOST_TERMS:
            found = self._loss_digits()
            filled = self._loss_filled(found.digits)
            if widest(unicode.write(filled).lines) > WIDEST:
                filled = None
        sign = equals(found) if filled is not None else "="
        return Formula(left, "=", rule, filled, result, digits=found.digits, equals=sign)

    def _loss_digits(self) -> Enough:
        """How many digits of the outputs and targets give the loss by hand."""
        values, last = self.walk.trace.values, self.walk.layers[-1]
        nodes = [*(last.nodes or (last.node,)), *self.walk.targets]
        parts = [self.xp.asarray(self.walk.trace.xp.plain(values[i])) for i in nodes]

        def combine(*given: Any) -> Any:
            done = dict(zip(nodes, given, strict=True))
            for node in self.walk.tail:
                done[node] = self._computed(node, done)
            return done[self.graph.output]

        result = self.xp.asarray(self.walk.trace.xp.plain(values[self.graph.output]))
        return enough(parts, result, combine, self.xp, self.digits)

    def _computed(self, node: int, done: Mapping[int, Any]) -> Any:
        """A node worked out on numbers as they are shown; others are those of the trace."""
        values, plain = self.walk.trace.values, self.walk.trace.xp.plain
        options = {k: self.xp.number(v) for k, v in self.graph.nodes[node].options.items()}
        given = [
            done[i] if i in done else self.xp.asarray(plain(values[i]))
            for i in self.graph.args[node]
        ]
        for slot in self.graph.truths.get(node, ()):
            given[slot] = self.xp.asreal(given[slot])
        return self.graph.op(node).forward(self.by_hand, *given, **options)

    def loss_rule(self) -> Maths:
        """What follows the last layer, in letters."""
        last = self.walk.layers[-1]
        if last.nodes:
            k = len(self.walk.layers) - 1
            units = {n: self.names.maths(k, unit) for unit, n in enumerate(last.nodes)}
            return self._tail(units, self.rules.label)
        name = M.name(self.names.bases[-1], self.graph.nodes[last.node].shape or ())
        return self._tail({last.node: name}, self.rules.label)

    def _loss_filled(self, digits: int) -> Maths:
        last, values = self.walk.layers[-1], self.walk.trace.values
        nodes = last.nodes or (last.node,)
        shown = {n: self.rules.shown(values[n], "value", digits) for n in nodes}
        return self._tail(shown, lambda i: self.rules.number_of(i, digits))

    def _tail(self, outputs: Mapping[int, Maths], leaf: Callable[[int], Maths]) -> Maths:
        """The nodes after the last layer, written over its outputs; what is made of targets alone
        stands as one piece.
        """
        done = dict(outputs)
        for node in self.walk.tail:
            row = self.graph.nodes[node]
            pieces = [done[i] if i in done else leaf(i) for i in row.inputs]
            made = written(self.graph.op(node), pieces, row.options)
            done[node] = M.shaped(made, row.shape or ())
        return done[self.graph.output]

    # Backward.

    def _sum_back(
        self, left: Maths, terms: Sequence[Term], total: float, wanted: int, most: int
    ) -> Formula:
        """∂L/∂h as a sum over arcs: the products, their numbers, the result."""
        result = self._number(total, wanted)
        if len(terms) > most:
            body = M.mul(M.at(M.name("w"), "j"), M.at(M.name("δ"), "j"))
            return Formula(left, "=", M.sum_over("j", body), None, result)
        parts = [v for t in terms for v in (t.weight, t.met)]
        found = self._enough(parts, total, products(len(terms)), wanted)
        shown = None
        if 1 < len(terms) <= MOST_PARTS:
            sums = self._enough([t.product for t in terms], total, lambda *v: sum(v), wanted)
            factors = [([t.weight, t.met], t.product, sums.digits) for t in terms]
            found = self._jointly([(parts, total, wanted), *factors])
            shown = added([self._number(t.product, sums.digits, "hot") for t in terms])
        rule = [self._product((t.weight, ""), (t.met, "gradient"), found.digits) for t in terms]
        return Formula(
            left, "=", added(rule), shown, result, digits=found.digits, equals=equals(found)
        )

    def _delta(self, step: UnitStep, most: int) -> Formula:
        k, unit = step.place.layer, step.unit or 0
        layer = self.walk.layers[k]
        assert step.gradient is not None and step.delta is not None
        arriving = M.partial(self.names.loss, self.names.maths(k, unit))
        products = [t.product for t in step.terms]
        gradient = self.settled(step.gradient, products)
        own = self._sloped(layer, step, unit, gradient)
        wanted = own.digits if own is not None else self.digits
        if own is None:
            left = self.names.of("δ", k, unit)
            if not step.terms:
                rule = M.partial(self.names.loss, self.names.maths(k, unit))
                return Formula(left, "=", rule, None, self._number(gradient, wanted, "hot"))
            return self._sum_back(left, step.terms, gradient, wanted, most)
        if not step.terms:
            first = Formula(arriving, "=", self._number(gradient, wanted), None, None, then=own)
            return first if self._is_own(layer) else own
        made = self._sum_back(arriving, step.terms, gradient, wanted, most)
        return replace(made, then=own)

    def _sloped(self, layer: Layer, step: UnitStep, unit: int, gradient: float) -> Formula | None:
        """δ = ∂L/∂h times the slope; None for a unit without an activation."""
        if not layer.bend:
            return None
        assert step.delta is not None
        left = self.names.of("δ", step.place.layer, unit)
        delta = 0.0 if gradient == 0 else step.delta
        result = self._number(delta, self.digits, "hot")
        z, h = layer.sums[unit], layer.values[unit]
        if self._is_own(layer) and len(layer.bend) == 1:
            return self._by_its_rule(layer, left, (gradient, z, h), delta, result)
        if step.slope is None or not self._is_own(layer):
            rule = M.partial(self.names.loss, self.names.of("z", step.place.layer, unit))
            return Formula(left, "=", rule, None, result, digits=self.digits)
        found = self._enough([gradient, step.slope], delta, lambda a, b: a * b, self.digits)
        rule = self._product((gradient, ""), (step.slope, "value"), found.digits)
        return Formula(left, "=", rule, None, result, digits=found.digits, equals=equals(found))

    def _by_its_rule(
        self,
        layer: Layer,
        left: Maths,
        numbers: tuple[float, float, float],
        delta: float,
        result: Maths,
    ) -> Formula:
        """δ by what the activation declares of itself: a slope, or a choice."""
        (node,) = layer.bend
        op, args = self.graph.op(node), self.graph.args[node]
        slot = args.index(layer.total)
        options = {k: self.xp.number(v) for k, v in self.graph.nodes[node].options.items()}
        others = [
            None
            if i == layer.total
            else self.xp.asarray(self.walk.trace.xp.plain(self.walk.trace.values[i]))
            for i in args
        ]
        meets = any(i in self.graph.fixed for i in args)
        routes = op.routes_for(slot, fixed=meets) if op.routes is not None else None

        def combine(u: Any, z: Any, y: Any) -> Any:
            given = [z if other is None else other for other in others]
            if routes is not None:
                return select(self.xp, u, cases(routes, self.xp, y, *given, **options))
            return u * op.rule_for(slot)(self.by_hand, y, *given, **options)

        found = self._enough(numbers, delta, combine, self.digits)
        shown = [self._number(v, found.digits, r) for v, r in zip(numbers, _ROLES, strict=True)]
        pieces = [shown[1] if i == layer.total else self.rules.label(i) for i in args]
        if routes is not None:
            raw = self.graph.nodes[node].options
            rule = choice(routes, shown[0], pieces, shown[2], raw)
        else:
            rule = M.mul(shown[0], self._slope(op, slot, node, pieces, shown[2]))
        return Formula(left, "=", rule, None, result, digits=found.digits, equals=equals(found))

    def _slope(self, op: Any, slot: int, node: int, pieces: list[Maths], y: Maths) -> Maths:
        leaves = [Expression(INPUT, name=f"_{i}") for i in range(len(pieces) + 1)]
        built = op.rule_for(slot)(
            Symbols(), leaves[-1], *leaves[:-1], **self.graph.nodes[node].options
        )
        known = dict(zip(map(id, leaves), [*pieces, y], strict=True))
        return of_expression(Symbols().asarray(built), known)

    def _weights(self, step: UnitStep) -> Formula:
        assert step.gradient is not None
        k, unit, (term,) = step.place.layer, step.unit or 0, step.terms
        left = M.partial(self.names.loss, self.names.weight(k, unit, term.unit))
        rule = M.mul(self.names.of("δ", k, unit), self.names.maths(k - 1, term.unit))
        result = self._number(step.gradient, self.digits, "hot")
        more = [] if step.rest is None else [step.rest]
        parts = [term.met, term.weight, *more]
        found = self._enough(parts, step.gradient, products(1), self.digits)
        filled = self._product((term.met, "gradient"), (term.weight, "value"), found.digits)
        if more:
            rule = M.add(rule, M.words("what other uses bring"))
            filled = added([filled, self._number(more[0], found.digits, "gradient")])
        return Formula(left, "=", rule, filled, result, digits=found.digits, equals=equals(found))

    def _received(self, step: UnitStep, most: int) -> Formula:
        assert step.gradient is not None
        left = M.partial(self.names.loss, self.names.maths(0, step.unit or 0))
        total = self.settled(step.gradient, [t.product for t in step.terms])
        return self._sum_back(left, step.terms, total, self.digits, most)

    @cached_property
    def bends(self) -> tuple[str, ...]:
        """For each layer, its activation in a word or two; empty without one."""
        return tuple(map(self._bend_in_words, self.walk.layers))

    def _bend_in_words(self, layer: Layer) -> str:
        if not layer.bend:
            return ""
        if len(layer.bend) == 1 and self.graph.op(layer.bend[0]).operator == "":
            op = self.graph.op(layer.bend[0])
            return op.spoken or (op.symbol if len(op.symbol) > 2 else op.name)
        said = unicode.text(self.activation(layer, M.name("z")))
        return said if len(said) <= 16 else "activation"


_ROLES: Final[tuple[Role, ...]] = ("", "value", "value")
