"""What W, x, b and s are called, and the formulas of their products."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from gradviz.arrays import for_backend
from gradviz.arrays.digits import is_rounding, number, rounded, rounds_to
from gradviz.story.digits import MOST_DIGITS, NOTHING, Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M
from gradviz.story.maths.names import split
from gradviz.story.maths.tree import Maths, Role
from gradviz.story.sums import added, apart, equals, products
from gradviz.trace.matrix import MatrixStep, MatrixTrace, Term

MOST_TERMS: Final = 6
"""A sum of more terms than this is not written out."""
LONGEST: Final = 12
"""Arrays with longer names are called by the usual letters."""
GUARDS: Final = 2
"""By how many digits the numbers of a figure may be longer so that all products come out."""
MOST_GUARDED: Final = 5
"""Of up to so many rows and columns; larger figures would become too small."""
LOW: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class MatrixFormulas:
    """Names and formulas of one walk."""

    def __init__(self, walk: MatrixTrace, rules: Rules) -> None:
        self.walk, self.rules, self.equation = walk, rules, walk.equation
        self.xp = for_backend()
        self.digits = rules.digits
        eq = self.equation
        self.matrix, self.column = self._name(eq.matrix, "W"), self._column()
        own = None if eq.offset in (None, eq.matrix) else eq.offset
        self.offset, self.sums = self._name(own, "b"), self._name(eq.sums, "s")
        self.upstream = rules.upstream

    def _name(self, node: int | None, usual: str) -> str:
        name = "" if node is None else self.walk.trace.graph.nodes[node].name
        return name if 0 < len(name) <= LONGEST else usual

    def _column(self) -> str:
        """What the column is called: x, where it is stretched from an image."""
        eq, graph = self.equation, self.walk.trace.graph
        taken = {node.name for node in graph.nodes}
        is_image = self.walk.image and not graph.nodes[eq.operand].name and "x" not in taken
        named = graph.nodes[eq.operand].name
        return "x" if is_image else self._name(eq.operand if named else eq.column, "x")

    def said(self, value: float, digits: int | None = None) -> str:
        """A number as it is shown."""
        return number(value, digits or self.digits)

    def settled(self, value: float, parts: Sequence[float]) -> float:
        """A sum, 0 where it is nothing but what rounding left of its terms."""
        return 0.0 if is_rounding(value, parts, self.walk.trace.dtype) else value

    # Names.

    def whole(self) -> Maths:
        """W, or the transpose of what is called so."""
        rows, columns = self.walk.shape
        shape = (columns, rows) if self.equation.flipped else (rows, columns)
        made = M.name(self.matrix, shape)
        return M.transpose(made) if self.equation.flipped else made

    @property
    def matrix_text(self) -> str:
        """W in a sentence."""
        return self.plain(self.matrix) + "ᵀ" * self.equation.flipped

    def plain(self, name: str) -> str:
        """A name in a sentence: `W₁`."""
        base, index = split(name)
        return base + index.translate(LOW) if index.isdigit() else name

    def text(self, what: str, index: int) -> str:
        """An element in a sentence: `s₂`, `x₁`, `u₂`."""
        name, count = self._named(what)
        if count > 1 and split(name)[1]:
            return f"{self.plain(name)}[{index + 1}]"
        return self.plain(name) + (str(index + 1).translate(LOW) if count > 1 else "")

    def maths(self, what: str, index: int) -> Maths:
        """An element in a formula."""
        name, count = self._named(what)
        return self._element(name, str(index + 1)) if count > 1 else M.name(name)

    def _element(self, name: str, index: str) -> Maths:
        """An element of an array; in brackets where the name has an index of its own."""
        if split(name)[1]:
            return M.place(M.name(name), index.split(","))
        return M.at(M.name(name), index)

    def _named(self, what: str) -> tuple[str, int]:
        rows, columns = self.walk.shape
        names = {"s": self.sums, "x": self.column, "b": self.offset, "u": self.upstream}
        return names[what], columns if what == "x" else rows

    def _weight(self, i: int, j: int) -> Maths:
        """An element of what stands in the graph, by its own row and column."""
        ends = [str(i + 1), str(j + 1)]
        ends = ends[::-1] if self.equation.flipped else ends
        comma = self._comma
        return self._element(self.matrix, comma.join(ends))

    @cached_property
    def _comma(self) -> str:
        """What stands between two indices."""
        return "," if max(self.walk.shape) > 9 or split(self.matrix)[1] else ""

    # Digits of the figure.

    @cached_property
    def shown(self) -> int:
        """The digits of factors in the figure: a few more than those of products, where then all
        products that are drawn come out.
        """
        walk = self.walk
        is_small = len(walk.columns) <= MOST_GUARDED and len(walk.rows) <= MOST_GUARDED
        if not is_small or any(isinstance(slot, range) for slot in (*walk.rows, *walk.columns)):
            return self.digits
        drawn = [t for step in walk for t in self._drawn(step)]
        for digits in range(self.digits, self.digits + GUARDS + 1):
            if all(self.comes_out(t, digits) for t in drawn):
                return digits
        return self.digits

    def _drawn(self, step: MatrixStep) -> Iterator[Term]:
        slots = self.walk.rows if step.place.kind == "inputs" else self.walk.columns
        return (step.terms[k] for k in slots if isinstance(k, int) and step.terms)

    def comes_out(self, term: Term, digits: int | None = None) -> bool:
        """Whether a reader who multiplies the factors as they are shown gets what is shown."""
        if not math.isfinite(term.product):
            return True
        first, second = (rounded(v, digits or self.shown) for v in (term.first, term.second))
        return rounds_to(first * second, term.product, self.digits)

    def adds_up(self, parts: Sequence[float], total: float) -> bool:
        """Whether products as they are shown add up to their sum as it is shown."""
        if not math.isfinite(total):
            return True
        by_hand = sum(rounded(v, self.digits) for v in parts)
        return rounds_to(by_hand, total, self.digits) or (total == 0 and abs(by_hand) < NOTHING)

    # Formulas.

    def of(self, step: MatrixStep) -> Formula:
        """The formula of a step, with a shorter one where it holds a sum that is written out."""
        made = self._of(step, MOST_TERMS)
        if step.place.kind not in ("row", "inputs") or not 1 < len(step.terms) <= MOST_TERMS:
            return made
        return replace(made, shorter=self._of(step, 0))

    def _of(self, step: MatrixStep, most: int) -> Formula:
        made = {"row": self._row, "inputs": self._inputs}
        if step.place.kind in made:
            return made[step.place.kind](step, most)
        return self._weights(step) if step.place.kind == "weights" else self._bias(step)

    def _row(self, step: MatrixStep, most: int) -> Formula:
        i, terms = step.place.at or 0, step.terms
        assert step.total is not None and step.result is not None
        bias = [] if step.bias is None else [step.bias]
        result = self.settled(step.result, [*(t.product for t in terms), *bias])
        total = self.settled(step.total, [t.product for t in terms])
        is_long, has_sum = len(terms) > most, bool(bias) and len(terms) > 1
        ours, found = self._row_digits(terms, total, bias, result)
        shown = self._number(result, self.digits, "hot")
        offset = [self._number(v, ours, "hot") for v in bias]
        added_up = self._plus(total, bias[0], ours) if has_sum else None
        if is_long:
            body = M.mul(*(self._element(n, k) for n, k in self._letters(str(i + 1))))
            rule = added([M.sum_over("j", body), *([self.maths("b", i)] if bias else [])])
        else:
            pairs = [self._product((t.first, "hot"), (t.second, "value"), found) for t in terms]
            rule = added([*pairs, *offset])
        left = self.maths("s", i)
        sign = equals(found) if added_up is not None or not is_long else "="
        return Formula(left, "=", rule, added_up, shown, digits=found.digits, equals=sign)

    def _plus(self, total: float, bias: float, digits: int) -> Maths:
        """`1.069 − 0.1`"""
        first, offset = self._number(total, digits), self._number(abs(bias), digits, "hot")
        return M.sub(first, offset) if bias < 0 else M.add(first, offset)

    def _letters(self, row: str) -> tuple[tuple[str, str], tuple[str, str]]:
        place = self._comma.join(("j", row)[:: 1 if self.equation.flipped else -1])
        return (self.matrix, place), (self.column, "j")

    def _row_digits(
        self, terms: Sequence[Term], total: float, bias: Sequence[float], result: float
    ) -> tuple[int, Enough]:
        """How many digits of the sum and the bias give the result, and how many of the factors give
        both sums.
        """
        factors = [v for t in terms for v in (t.first, t.second)]
        multiply, most = products(len(terms)), MOST_DIGITS + 1
        for ours in range(self.digits, most):
            offset = [rounded(v, ours) for v in bias]
            if not self._gives(sum([rounded(total, ours), *offset]), result, self.digits):
                continue
            if len(terms) > MOST_TERMS:
                return ours, Enough(ours)
            wanted = ours if bias and len(terms) > 1 else 0
            for digits in range(ours, most):
                hand = multiply(*(rounded(v, digits) for v in factors))
                if self._gives(sum([hand, *offset]), result, self.digits) and (
                    not wanted or self._gives(hand, total, wanted)
                ):
                    return ours, Enough(digits)
        return MOST_DIGITS, Enough(MOST_DIGITS, holds=False)

    def _gives(self, by_hand: float, result: float, digits: int) -> bool:
        """Whether a reader's result is that which is shown."""
        if not math.isfinite(result):
            return True
        if result == 0:
            return abs(by_hand) < NOTHING
        return rounds_to(by_hand, result, digits, ties=False)

    def _inputs(self, step: MatrixStep, most: int) -> Formula:
        j, terms = step.place.at or 0, step.terms
        assert step.result is not None
        left = M.partial(self.rules.loss, self.maths("x", j))
        total = self.settled(step.result, [t.product for t in terms])
        shown = self._number(total, self.digits, "hot")
        if len(terms) > most:
            ends = ("i", str(j + 1))[:: -1 if self.equation.flipped else 1]
            place = self._comma.join(ends)
            body = M.mul(self._element(self.matrix, place), M.at(M.name(self.upstream), "i"))
            return Formula(left, "=", M.sum_over("i", body), None, shown)
        factors = [v for t in terms for v in (t.first, t.second)]
        found = self._enough(factors, total, len(terms))
        rule = added([self._product((t.first, ""), (t.second, "gradient"), found) for t in terms])
        return Formula(left, "=", rule, None, shown, digits=found.digits, equals=equals(found))

    def _weights(self, step: MatrixStep) -> Formula:
        """The largest element of a row of u xᵀ."""
        i = step.place.at or 0
        term = largest([step.terms[k] for k in self.walk.columns if isinstance(k, int)])
        left = M.partial(self.rules.loss, self._weight(i, term.at))
        rule = M.mul(self.maths("u", i), self.maths("x", term.at))
        found = self._enough([term.first, term.second], term.product, 1)
        filled = self._product((term.first, "gradient"), (term.second, "value"), found)
        shown = self._number(term.product, self.digits, "hot")
        return Formula(left, "=", rule, filled, shown, digits=found.digits, equals=equals(found))

    def _bias(self, step: MatrixStep) -> Formula:
        eq = self.equation
        left = M.partial(self.rules.loss, M.name(self.offset))
        if step.result is None:
            rule = M.name(self.upstream)
            return Formula(left, "=", M.neg(rule) if eq.sign < 0 else rule, None, None)
        body = M.at(M.name(self.upstream), "i")
        rule = M.sum_over("i", M.neg(body) if eq.sign < 0 else body)
        return Formula(left, "=", rule, None, self._number(step.result, self.digits, "hot"))

    def _enough(self, parts: Sequence[float], result: float, count: int) -> Enough:
        found = [self.xp.asarray(v) for v in parts]
        return enough(found, self.xp.asarray(result), products(count), self.xp, self.digits)

    def _number(self, value: float, digits: int, role: Role = "") -> Maths:
        made = M.number(self.said(value, digits))
        return Maths(made.kind, made.parts, made.text, made.level, (), role)

    def _product(self, first: tuple[float, Role], second: tuple[float, Role], at: Enough) -> Maths:
        pair = [self._number(value, at.digits, role) for value, role in (first, second)]
        return M.mul(pair[0], apart(pair[1]))


def largest(terms: Sequence[Term]) -> Term:
    """The term with the largest product."""
    return max(terms, key=lambda t: abs(t.product) if t.product == t.product else float("inf"))
