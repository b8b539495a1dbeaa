"""The first element of a matrix product in words: what met on its way there, and its sum."""

from __future__ import annotations

from collections.abc import Callable
from operator import mul
from typing import Any

from gradviz.arrays.digits import number, typeset
from gradviz.story import summing
from gradviz.story.digits import Enough, enough
from gradviz.story.formulas import Rules
from gradviz.story.languages import pattern, say
from gradviz.story.maths import unicode
from gradviz.story.maths.names import split
from gradviz.story.prose import Operand, Shown
from gradviz.story.values import flat

NOTHING = pattern("0, but for rounding")
"""How an element is said of which rounding has left a little."""
MOST_PRODUCTS = 3
"""A sentence names no more of the products of a sum."""


class FirstElement:
    """Says how the first element of one matrix product comes about."""

    def __init__(self, node: int, rules: Rules, operand: Callable[[int], Operand]) -> None:
        self.node, self.operand, self.rules = node, operand, rules
        self.trace, self.graph, self.xp = rules.trace, rules.graph, rules.xp

    def placeholders(self) -> dict[str, Callable[[], Any]]:
        """The first element of a matrix product, and one element of each operand that met on its
        way there.
        """
        a, b = self.graph.nodes[self.node].inputs
        shape_a, shape_b = self.graph.nodes[a].shape or (), self.graph.nodes[b].shape or ()
        inner = min(2, shape_a[-1] if shape_a else 1)
        left = "1" * max(0, len(shape_a) - 1) + str(inner)
        right = "1" * max(0, len(shape_b) - 2) + str(inner) + ("1" if len(shape_b) > 1 else "")

        def at(of: int, indices: str) -> str:
            name = self.operand(of)
            if split(name)[1] and indices:
                return f"{name}[{', '.join(indices)}]"
            return name + unicode.subscript(indices)

        def element(of: int, indices: str, met: str) -> Operand:
            operand = self.operand(of)
            operand.element, operand.met = at(of, indices), met
            return operand

        def met_a() -> str:
            if len(shape_b) < 2:
                return at(b, right)
            return say("row {number} of {matrix}", number=inner, matrix=self.operand(b))

        def met_b() -> str:
            if len(shape_a) < 2:
                return at(a, left)
            return say("column {number} of {matrix}", number=inner, matrix=self.operand(a))

        def first() -> Operand:
            found = Operand(at(self.node, "1" * len(self.graph.nodes[self.node].shape or ())))
            found.number = self._value()
            return found

        return {
            "a": lambda: element(a, left, met_a()),
            "b": lambda: element(b, right, met_b()),
            "first": first,
            "terms": lambda: self._terms(),
        }

    def _value(self) -> Shown:
        """The first element, as it is said."""
        raw = self.trace.values[self.node]
        value = self._first(raw)
        said = number(value[0], self.rules.digits) if value else "0"
        added = summing.terms(self.trace, self.node)
        if self._first(summing.settled(self.trace, self.node, raw, added)) != value:
            said = say(NOTHING)
        return Shown(typeset(said))

    def _first(self, value: Any) -> list[Any]:
        """The first element of a value; none of an empty one."""
        return flat(self.xp.plain(self.xp.reshape(value, (-1,))[:1]))

    def _terms(self) -> str:
        """The products that add up to the first element: `0.4·0.5 + 0.6·0.3`."""
        pairs, digits = self._pairs(), self.enough().digits
        terms = [
            "·".join(self._said(v, digits).factor for v in pair) for pair in pairs[:MOST_PRODUCTS]
        ]
        return " + ".join(terms + (["…"] if len(pairs) > MOST_PRODUCTS else []))

    def _said(self, value: Any, digits: int) -> Shown:
        return Shown(typeset(number(value, digits)))

    def _pairs(self) -> list[tuple[Any, Any]]:
        """The numbers that meet on their way to the first element of a matrix product."""
        a, b = self.graph.nodes[self.node].inputs
        left, right = self.trace.values[a], self.trace.values[b]
        if 0 in self.xp.shape(self.trace.values[self.node]):
            return []
        row = left[(0,) * (len(self.xp.shape(left)) - 1)]
        rank = len(self.xp.shape(right))
        column = right if rank == 1 else right[(0,) * (rank - 2)][:, 0]
        return list(zip(*(self.xp.plain(self.xp.asreal(v)) for v in (row, column)), strict=True))

    def enough(self) -> Enough:
        """The digits with which the sum can be followed by hand."""
        pairs, value = self._pairs(), self._first(self.trace.values[self.node])
        if not value or len(pairs) > MOST_PRODUCTS or self.xp.name == "exact":
            return Enough(self.rules.digits)
        xp = self.rules.hand.xp
        numbers = [xp.asarray(v) for pair in pairs for v in pair]
        return enough(
            numbers,
            xp.asarray(value[0]),
            lambda *v: sum(map(mul, v[::2], v[1::2])),
            xp,
            self.rules.digits,
        )
