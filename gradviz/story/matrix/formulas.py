"""What W, x, b and s are called, and the formulas of their products."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from gradviz.arrays import for_backend
from gradviz.arrays.digits import is_rounding, number, rounded, rounds_to
from gradviz.graph.graph import labels
from gradviz.story.digits import MOST_DIGITS, NOTHING, Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M
from gradviz.story.maths.names import split
from gradviz.story.maths.tree import Maths, Role
from gradviz.story.sums import added, apart, ended, equals, products
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
        """What the graph calls a node; the usual name for none, and instead of a long one unless
        another node has it.
        """
        if node is None:
            return usual
        label = labels(self.walk.trace.graph).get(node, usual)
        is_taken = usual in labels(self.walk.trace.graph).values()
        return label if len(label) <= LONGEST or is_taken else usual

    def _column(self) -> str:
        """What the column is called: x, where it is stretched from an image."""
        eq, graph = self.equation, self.walk.trace.graph
        taken = {node.name for node in graph.nodes}
        is_image = self.walk.image and not graph.nodes[eq.operand].name and "x" not in taken
        named = graph.nodes[eq.operand].name
        if is_image:
            return "x"
        return self._name(eq.operand if named else eq.column, "x")

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

    def column_head(self) -> Maths:
        """x, or the X of a batch; its transpose where samples are rows."""
        return self._turned(M.name(self.column), self.equation.turned)

    def sums_head(self, name: str) -> Maths:
        """s or u, likewise."""
        return self._turned(M.name(name), self.equation.turned_sums)

    def _turned(self, made: Maths, is_turned: bool) -> Maths:
        return M.transpose(made) if is_turned else made

    @property
    def column_text(self) -> str:
        """x in a sentence."""
        return self.plain(self.column) + "ᵀ" * self.equation.turned

    @property
    def sums_text(self) -> str:
        """s in a sentence."""
        return self.plain(self.sums) + "ᵀ" * self.equation.turned_sums

    @property
    def upstream_text(self) -> str:
        """u in a sentence."""
        return self.plain(self.upstream) + "ᵀ" * self.equation.turned_sums

    def plain(self, name: str) -> str:
        """A name in a sentence: `W₁`."""
        base, index = split(name)
        return base + index.translate(LOW) if index.isdigit() else name

    def text(self, what: str, index: int, sample: int = 0) -> str:
        """An element in a sentence: `s₂`, `x₁`, `u₂`; of a batch `s₂₁`."""
        name, ends = self._named(what, index, sample)
        if not ends:
            return self.plain(name)
        if split(name)[1] or any(len(end) > 1 for end in ends[1:]):
            return f"{self.plain(name)}[{','.join(ends)}]"
        return self.plain(name) + "".join(ends).translate(LOW)

    def maths(self, what: str, index: int, sample: int = 0) -> Maths:
        """An element in a formula."""
        name, ends = self._named(what, index, sample)
        return self._element(name, self._joined(ends)) if ends else M.name(name)

    def _joined(self, ends: Sequence[str]) -> str:
        """Indices one after the other, parted where one has two digits."""
        return ("," if any(len(end) > 1 for end in ends[1:]) else "").join(ends)

    def _element(self, name: str, index: str) -> Maths:
        """An element of an array; in brackets where the name has an index of its own."""
        if split(name)[1]:
            return M.place(M.name(name), index.split(","))
        return M.at(M.name(name), index)

    def _named(self, what: str, index: int | str, sample: int | str) -> tuple[str, list[str]]:
        """What an array is called, and the indices of an element as the graph counts them."""
        eq, (rows, columns) = self.equation, self.walk.shape
        names = {"s": self.sums, "x": self.column, "b": self.offset, "u": self.upstream}
        first, second = (i if isinstance(i, str) else str(i + 1) for i in (index, sample))
        if what != "b" and self.walk.batch > 1:
            turned = eq.turned if what == "x" else eq.turned_sums
            return names[what], [second, first] if turned else [first, second]
        count = columns if what == "x" else rows
        return names[what], [first] if count > 1 else []

    def symbol(self, what: str, index: int | str, sample: int | str) -> Maths:
        """An element of x or u by its index, or by a letter that runs."""
        name, ends = self._named(what, index, sample)
        return self._element(name, self._joined(ends or [str(index)]))

    def weight(self, i: int, j: int) -> Maths:
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
        ways = walk.rows, walk.columns, walk.samples
        is_small = all(len(slots) <= MOST_GUARDED for slots in ways)
        if not is_small or any(isinstance(slot, range) for slots in ways for slot in slots):
            return self.digits
        drawn = [t for step in walk for t in self._drawn(step)]
        for digits in range(self.digits, self.digits + GUARDS + 1):
            if all(self.comes_out(t, digits) for t in drawn):
                return digits
        return self.digits

    def _drawn(self, step: MatrixStep) -> Iterator[Term]:
        slots = self.walk.slots(step)
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
        has_sum = step.place.kind in ("row", "inputs") or step.element is not None
        if not has_sum or not 1 < len(step.terms) <= MOST_TERMS:
            return made
        return replace(made, shorter=self._of(step, 0))

    def _of(self, step: MatrixStep, most: int) -> Formula:
        """The same, with sums of up to `most` terms written out; it says where terms cancel and
        where products are too small.
        """
        made, terms = self._written(step, most), [(t.first, t.second) for t in step.terms]
        total = step.result
        if step.place.kind == "weights" and step.element is None:
            term = self._largest(step)
            terms, total = [(term.first, term.second)], term.product
        bias = [] if step.bias is None else [(step.bias,)]
        if total is None or not terms:
            return made
        return ended(made, [*terms, *bias], total, self.walk.trace.dtype)

    def _written(self, step: MatrixStep, most: int) -> Formula:
        made = {"row": self._row, "inputs": self._inputs}
        if step.place.kind in made:
            return made[step.place.kind](step, most)
        if step.element is not None:
            return self._summed(step, step.element, most)
        return self._weights(step) if step.place.kind == "weights" else self._bias(step)

    def _row(self, step: MatrixStep, most: int) -> Formula:
        i, n, terms = step.place.at or 0, step.place.sample, step.terms
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
            body = M.mul(self._running(str(i + 1), "j"), self.symbol("x", "j", n))
            rule = added([M.sum_over("j", body), *([self.maths("b", i)] if bias else [])])
        else:
            pairs = [self._product((t.first, "hot"), (t.second, "value"), found) for t in terms]
            rule = added([*pairs, *offset])
        left = self.maths("s", i, n)
        sign = equals(found) if added_up is not None or not is_long else "="
        return Formula(left, "=", rule, added_up, shown, digits=found.digits, equals=sign)

    def _plus(self, total: float, bias: float, digits: int) -> Maths:
        """`1.069 − 0.1`"""
        first, offset = self._number(total, digits), self._number(abs(bias), digits, "hot")
        return M.sub(first, offset) if bias < 0 else M.add(first, offset)

    def _running(self, row: str, column: str) -> Maths:
        """An element of W of which one index is a letter that runs."""
        ends = (row, column)[:: -1 if self.equation.flipped else 1]
        return self._element(self.matrix, self._comma.join(ends))

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
        j, n, terms = step.place.at or 0, step.place.sample, step.terms
        assert step.result is not None
        left = M.partial(self.rules.loss, self.maths("x", j, n))
        total = self.settled(step.result, [t.product for t in terms])
        shown = self._number(total, self.digits, "hot")
        if len(terms) > most:
            body = M.mul(self._running("i", str(j + 1)), self.symbol("u", "i", n))
            return Formula(left, "=", M.sum_over("i", body), None, shown)
        factors = [v for t in terms for v in (t.first, t.second)]
        found = self._enough(factors, total, len(terms))
        rule = added([self._product((t.first, ""), (t.second, "gradient"), found) for t in terms])
        return Formula(left, "=", rule, None, shown, digits=found.digits, equals=equals(found))

    def _weights(self, step: MatrixStep) -> Formula:
        """The largest element of a row of u xᵀ."""
        i = step.place.at or 0
        term = self._largest(step)
        left = M.partial(self.rules.loss, self.weight(i, term.at))
        rule = M.mul(self.maths("u", i), self.maths("x", term.at))
        found = self._enough([term.first, term.second], term.product, 1)
        filled = self._product((term.first, "gradient"), (term.second, "value"), found)
        shown = self._number(term.product, self.digits, "hot")
        return Formula(left, "=", rule, filled, shown, digits=found.digits, equals=equals(found))

    def _largest(self, step: MatrixStep) -> Term:
        return largest([step.terms[k] for k in self.walk.columns if isinstance(k, int)])

    def _summed(self, step: MatrixStep, j: int, most: int) -> Formula:
        """The largest element of a row of U Xᵀ, a sum over the batch."""
        i, terms = step.place.at or 0, step.terms
        assert step.result is not None
        left = M.partial(self.rules.loss, self.weight(i, j))
        total = self.settled(step.result, [t.product for t in terms])
        shown = self._number(total, self.digits, "hot")
        rule = M.sum_over("n", M.mul(self.symbol("u", i, "n"), self.symbol("x", j, "n")))
        if len(terms) > most:
            return Formula(left, "=", rule, None, shown)
        found = self._enough([v for t in terms for v in (t.first, t.second)], total, len(terms))
        pairs = [self._product((t.first, "gradient"), (t.second, "value"), found) for t in terms]
        sign = equals(found)
        return Formula(left, "=", rule, added(pairs), shown, digits=found.digits, equals=sign)

    def _bias(self, step: MatrixStep) -> Formula:
        eq = self.equation
        left = M.partial(self.rules.loss, M.name(self.offset))
        if self.walk.batch > 1:
            return self._bias_of_batch(left, step)
        if step.result is None:
            rule = M.name(self.upstream)
            return Formula(left, "=", M.neg(rule) if eq.sign < 0 else rule, None, None)
        body = M.at(M.name(self.upstream), "i")
        rule = M.sum_over("i", M.neg(body) if eq.sign < 0 else body)
        return Formula(left, "=", rule, None, self._number(step.result, self.digits, "hot"))

    def _bias_of_batch(self, left: Maths, step: MatrixStep) -> Formula:
        """What b receives: a sum over the columns of u; over all of u where b is one number."""
        if step.result is None:
            body = self.symbol("u", "i", "n")
            left = M.partial(self.rules.loss, M.at(M.name(self.offset), "i"))
            rule = M.sum_over("n", M.neg(body) if self.equation.sign < 0 else body)
            return Formula(left, "=", rule, None, None)
        body = self.symbol("u", "i", "n")
        rule = M.sum_over("i,n", M.neg(body) if self.equation.sign < 0 else body)
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
