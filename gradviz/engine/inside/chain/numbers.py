"""Layers of single numbers: units that each add up products of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradviz.engine.inside.chain.parts import Link, Ref
from gradviz.engine.inside.chain.sums import WEIGHTS, Sums
from gradviz.errors import ValueInputError
from gradviz.graph.graph import INPUT


class Numbers(Sums):
    """Finds units of single numbers, and joins them to layers."""

    def _numbers(self) -> list[Link]:
        """Layers of single numbers: units that each add up products of numbers."""
        units = self._units()
        found, layer = list[Link](), [u for u in units if not self._follows(u, units)]
        while layer:
            found.append(self._joined(layer, found[-1].values if found else ()))
            units = [unit for unit in units if unit not in layer]
            layer = [unit for unit in units if not self._follows(unit, units)]
        if not found:
            raise ValueInputError(
                "there are no neurons here: no weights are multiplied with inputs and added up",
                expected="layers such as W @ x + b, or a sum such as w1*x1 + w2*x2 + b",
            )
        return found

    def _follows(self, unit: Link, units: Sequence[Link]) -> bool:
        """Whether a unit weighs the value of another."""
        return any(other.value in unit.signals for other in units)

    def _units(self) -> list[Link]:
        """Every unit of single numbers, in order."""
        found, used = list[Link](), set[int]()
        for node in self.path:
            terms = [] if self._is_part(node) else self._terms(node)
            products = [term for term, _ in terms if self._is_pair(term)]
            if not products or used.intersection(products):
                continue
            if (unit := self._unit(node, terms, {u.value for u in found})) is not None:
                found.append(unit)
                used.update(products)
        return found

    def _unit(self, total: int, terms: Sequence[tuple[int, int]], values: set[int]) -> Link | None:
        """A unit that adds up these terms, each with its sign; None where it is none."""
        pairs = [self._factors(term, values) for term, _ in terms if self._is_pair(term)]
        biases = [(node, sign) for node, sign in terms if not self._is_pair(node)]
        signs = [sign for term, sign in terms if self._is_pair(term)]
        if None in pairs or min(signs) < 0 or len(biases) > 1:
            return None
        if any(self.graph.args[node] for node, _ in biases):
            return None
        weights, inputs = zip(*(pair for pair in pairs if pair), strict=True)
        if len(set(inputs)) < len(inputs):
            return None
        bias, sign = tuple(Ref(node, 0) for node, _ in biases), biases[0][1] if biases else 1
        if not bias:
            bias, sign, total = self._added_bias(total, inputs[0])
        row = tuple(Ref(node, 0) for node in weights)
        made = self._bent(tuple(Ref(i, 0) for i in inputs), (row,), bias, sign, total)
        is_weight = self.graph.nodes[weights[0]].name.lower().startswith(WEIGHTS)
        signs_of_one = len(pairs) > 1, inputs[0] in values
        facts = is_weight, bool(bias), bool(made.bend)
        return made if any(signs_of_one) or sum(facts) > 1 else None

    def _factors(self, product: int, values: set[int]) -> tuple[int, int] | None:
        """The weight and the signal of a product; the signal is a leaf or the value of a unit."""
        pair = self.graph.args[product]
        known = [i in values for i in pair]
        slot = known.index(True) if sum(known) == 1 else self._by_name(*pair)
        weight, signal = pair[1 - slot], pair[slot]
        is_leaf = not self.graph.args[weight] and (known[slot] or not self.graph.args[signal])
        is_scale = known[slot] and self.graph.nodes[weight].op != INPUT
        return (weight, signal) if is_leaf and not is_scale else None

    def _joined(self, layer: Sequence[Link], before: Sequence[int]) -> Link:
        """Units as one layer. Raises ValueInputError where they are none."""
        first = layer[0]
        order = before or tuple(dict.fromkeys(i for unit in layer for i in unit.signals))
        for unit in layer:
            if set(unit.signals) != set(order):
                raise ValueInputError(
                    "each neuron of a layer needs a weight for every value of the layer before",
                    where=self._said(unit.total),
                    expected=", ".join(map(self._said, order)),
                    got=", ".join(map(self._said, unit.signals)),
                )
            if self._bend_of(unit) != self._bend_of(first) or bool(unit.bias) != bool(first.bias):
                raise ValueInputError(
                    "the neurons of a layer need the same activation, and all a bias or none",
                    where=f"{self._said(first.value)} and {self._said(unit.value)}",
                )
            if unit.sign != first.sign:
                raise ValueInputError(
                    "the biases of a layer are all added or all subtracted",
                    where=f"{self._said(first.total)} and {self._said(unit.total)}",
                )
        if len(layer) == 1 and order == first.signals:
            return first
        inputs = tuple(Ref(i, 0) for i in order)
        rows = tuple(
            tuple(row[unit.inputs.index(ref)] for ref in inputs)
            for unit in layer
            for row in unit.weights
        )
        bias = tuple(ref for unit in layer for ref in unit.bias)
        last, units = layer[-1], tuple((unit.total, unit.value) for unit in layer)
        ends = last.total, last.value, last.bend, last.own
        return Link(inputs, rows, bias, first.sign, *ends, units if len(layer) > 1 else ())

    def _bend_of(self, unit: Link) -> list[tuple[Any, ...]]:
        """The activation of a unit: its ops, with their options and the constants they take."""
        inside = [unit.total, *unit.bend]
        row = self.graph.nodes
        return [
            (
                row[i].op,
                str(row[i].options),
                [inside.index(j) if j in inside else str(row[j].options) for j in row[i].inputs],
            )
            for i in unit.bend
        ]

    def _is_weighed(self, signal: int, link: Link) -> bool:
        """Whether a single number goes to the units of one layer only."""
        if self._shape(signal):
            return False
        products = {
            edge.target for edge in self.graph.consumers[signal] if edge.target in set(self.path)
        }
        weights = {ref.node for row in link.weights for ref in row}
        return len(products) == len(link.weights) and all(
            self._is_pair(node) and weights.intersection(self.graph.args[node]) for node in products
        )

    def _is_pair(self, node: int) -> bool:
        """Whether a node is the product of two numbers."""
        op = self.graph.ops[node]
        return op is not None and op.operator == "*" and not op.variadic

    def _is_part(self, node: int) -> bool:
        """Whether a node goes on in a sum, or is neither a sum nor a product of numbers."""
        edge, op = self._only(node), self.graph.ops[node]
        if op is None or self._shape(node) or op.operator not in ("+", "-", "*") or op.variadic:
            return True
        after = None if edge is None else self.graph.op(edge[0])
        return after is not None and after.operator == "+" and not after.variadic

    def _terms(self, node: int, sign: int = 1) -> list[tuple[int, int]]:
        """The terms of a sum of numbers, each with its sign."""
        op = self.graph.ops[node]
        if self._shape(node) or op is None or op.operator not in ("+", "-") or op.variadic:
            return [(node, sign)]
        first, second = self.graph.args[node]
        other = sign if op.operator == "+" else -sign
        return [*self._terms(first, sign), *self._terms(second, other)]
