"""The arithmetic of a window, written out with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from gradviz.arrays.digits import number, typeset, underflows
from gradviz.story.cells.sentences import SUMS, cell_name
from gradviz.story.digits import Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules, equals
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths import M
from gradviz.story.maths.tree import NEGATIVE, SUM, Maths, Role
from gradviz.trace.cells import CellStep, CellTrace, largest

MOST_TERMS: Final = 9
KEPT: Final = 3
"""A longer sum shows this many of its largest terms, and what the others add up to."""

REST: Final = {
    "products": pattern("{total} is what the other {count} products add up to."),
    "norm": pattern("{total} is what the other {count} squares add up to."),
}
OTHER_NUMBERS: Final = pattern("{total} is what the other {count} numbers add up to.")
"""What a number of a long sum stands for, by the rule of the window."""


class CellFormulas:
    """Writes the formulas of one walk."""

    def __init__(self, trace: CellTrace, rules: Rules) -> None:
        self.trace, self.rules, self.xp = trace, rules, trace.trace.xp

    def of(self, step: CellStep) -> Formula:
        """The formula of a step."""
        return self._forward(step) if step.slot is None else self._backward(step, step.slot)

    def shown(self, step: CellStep) -> int | None:
        """The target for which a step's formula is written out: the winner, one that overlaps, or
        the first.
        """
        if not step.targets:
            return None
        rows = list(enumerate(zip(step.through, step.before, step.contributions, strict=True)))
        won = [i for i, (through, _, _) in rows if step.winner is not None and through != 0]
        more = [i for i, (_, before, brought) in rows if before != 0 and brought != 0]
        some = [i for i, (_, _, brought) in rows if brought != 0]
        return [*won, *more, *some, 0][0]

    def _number(self, value: Any, role: Role, digits: int) -> Maths:
        return self.rules.shown(self.xp.asarray(value), role, digits)

    def _forward(self, step: CellStep) -> Formula:
        terms = [p for p in (*step.parts, step.bias) if p is not None]
        total = self._settled(step.result, terms if self.trace.rule in SUMS else [])
        left, raw = cell_name(self.trace, None, step.place), self.xp.asarray(step.result)
        found = self._enough(step) if self._same(total, raw) else Enough(self.rules.digits)
        result, lost = self.rules.rounding(total, raw), self._lost(step)
        is_empty = not step.parts and step.bias is None
        return Formula(
            left,
            "=",
            result if is_empty else self._filled(step, found.digits),
            None,
            None if is_empty else result,
            digits=found.digits,
            equals="≈" if lost else equals(found),
            underflows=lost,
        )

    def _lost(self, step: CellStep) -> bool:
        """Whether a sum is 0 only because floats hold no number so small."""
        if self._exact or self.trace.rule not in SUMS or step.result != 0:
            return False
        numbers = [[0.0 if n is None else n for n in own or ()] for own in step.numbers]
        bias = [] if step.bias is None else [(step.bias,)]
        if self.trace.rule == "mean":
            terms = [(v,) for v in numbers[0]]
            return underflows(step.result, terms, self.trace.trace.dtype, self.share(step))
        terms = [*zip(*numbers[:2], strict=True), *bias]
        return underflows(step.result, terms, self.trace.trace.dtype)

    def _same(self, a: Any, b: Any) -> bool:
        """Whether two numbers are the same; NaN is itself."""
        return self._exact or repr(self.xp.plain(a)) == repr(self.xp.plain(self.xp.asarray(b)))

    def _settled(self, total: Any, terms: Sequence[Any]) -> Any:
        """A sum, 0 where it is nothing but rounding."""
        return self.rules.settled_sum([*map(self.xp.asarray, terms)], self.xp.asarray(total))

    def _filled(self, step: CellStep, digits: int) -> Maths:
        rule, there = self.trace.rule, [n for n in step.numbers[0] or () if n is not None]

        def value(v: Any) -> Maths:
            return self._number(v, "value", digits)

        if rule in ("max", "min"):
            ringed = step.parts[step.winner or 0]
            return M.call(
                rule,
                *(
                    M.phrase("…") if v is None else self._number(v, "value", digits)
                    for v in _picked(there, ringed)
                ),
            )
        kept, rest = self.terms(step)
        total = _sum([self._term(step, k, value) for k in kept], len(kept) < self._count(step))
        if rest:
            total = M.add(total, self._number(self.trace.total(step, rest), "", digits))
        if rule == "mean":
            return M.div(total, M.number(self.share(step)))
        if rule == "norm":
            return M.root(total)
        return total if step.bias is None else M.add(total, value(step.bias))

    def _count(self, step: CellStep) -> int:
        """How many terms a step adds up; padding is 0 where something is multiplied with it."""
        return sum(p is not None for p in step.parts)

    def terms(self, step: CellStep) -> tuple[list[int], list[int]]:
        """Which parts of a sum are written out, and which are told by what they add up to.

        Of exact numbers the middle is left out, as what it adds up to may be a long expression.
        """
        every = [k for k, part in enumerate(step.parts) if part is not None]
        if len(every) <= MOST_TERMS:
            return every, []
        if self._exact:
            return [*every[:KEPT], every[-1]], []
        kept = [every[k] for k in largest([step.parts[k] for k in every], KEPT)]
        return kept, [k for k in every if k not in kept]

    def folded(self, step: CellStep, digits: int) -> str:
        """What a number of a long sum, shown with these digits, stands for; empty for a short
        one.
        """
        if step.slot is not None or step.winner is not None:
            return ""
        rest = self.terms(step)[1]
        if not rest:
            return ""
        total = typeset(
            number(self.xp.plain(self.xp.asarray(self.trace.total(step, rest))), digits)
        )
        return say(REST.get(self.trace.rule, OTHER_NUMBERS), total=total, count=count(len(rest)))

    def _term(self, step: CellStep, k: int, value: Callable[[Any], Maths]) -> Maths:
        """A term of a sum, with its numbers."""
        first, *others = self._factors(step, k)
        if self.trace.rule == "products":
            return M.mul(_bracketed(value(first)), value(others[0]))
        return M.pow(value(first), M.number(2)) if self.trace.rule == "norm" else value(first)

    def _factors(self, step: CellStep, k: int) -> list[Any]:
        """The numbers that meet in a term; padding is 0."""
        zero = self.xp.asarray(0)
        slots = (0, 1) if self.trace.rule == "products" else (0,)
        met = [(step.numbers[slot] or ())[k] for slot in slots]
        return [zero if n is None else n for n in met]

    def _enough(self, step: CellStep) -> Enough:
        """Enough digits that the numbers shown give the result shown."""
        if step.winner is not None or (self._exact and self._count(step) > MOST_TERMS):
            return Enough(self.rules.digits)
        kept, rest = self.terms(step)
        added = [] if step.bias is None else [step.bias]
        added += [self.trace.total(step, rest)] if rest else []
        numbers = [n for k in kept for n in self._factors(step, k)]
        count, rule = len(numbers), self.trace.rule
        share = self.share(step) if rule == "mean" else 1

        def combine(*v: Any) -> Any:
            own, more = v[:count], sum(v[count:])
            if rule == "products":
                return sum(a * b for a, b in zip(own[::2], own[1::2], strict=True)) + more
            if rule == "norm":
                return self.xp.sqrt(sum(n * n for n in own) + more)
            return (sum(own) + more) / share

        result = self.xp.asarray(step.result)
        parts = [*map(self.xp.asarray, (*numbers, *added))]
        return enough(parts, result, combine, self.xp, self.rules.digits)

    def _backward(self, step: CellStep, slot: int) -> Formula:
        shown = self.shown(step)
        if shown is None:  # a window over padding alone reaches no cell
            zero = self._number(0, "hot", self.rules.digits)
            return Formula(
                M.partial(self.rules.loss, M.name(self.trace.name(slot))), "←", zero, None, None
            )
        g, local = step.upstream, step.through[shown]
        before, after = step.before[shown], step.after[shown]
        total = self._settled(after, [before, step.contributions[shown]])
        own = None
        if self.trace.rule == "norm" and step.result != 0:  # else 0 by convention
            own = self._own(step, slot, shown)
        found = Enough(self.rules.digits)
        if not self._exact and self._same(total, after):
            found = self._enough_back(step, before, local, own, after)
        digits = found.digits
        upstream, negative = self._number(g, "hot", digits), False
        if self.trace.rule == "mean":
            negative = upstream.kind == "number" and upstream.text.startswith("-")
            part = M.number(upstream.text[1:], "hot") if negative else upstream
            more = M.div(part, M.number(self.share(step)))
        elif (self.trace.rule == "products" and slot < 2) or (
            self.trace.rule == "norm" and own is None
        ):
            more = M.mul(_bracketed(upstream), self._number(local, "value", digits))
        elif self.trace.rule == "norm":
            values = self._number(own, "value", digits), self._number(step.result, "value", digits)
            more = M.mul(_bracketed(upstream), M.div(*values))
        else:
            more = upstream
        left = M.partial(self.rules.loss, cell_name(self.trace, slot, step.targets[shown]))
        rule = (M.sub if negative else M.add)(self._number(before, "gradient", digits), more)
        result = self.rules.rounding(total, self.xp.asarray(after))
        lost = not self._exact and underflows(
            after, [(before,), (g, local)], self.trace.trace.dtype
        )
        return Formula(
            left, "←", rule, None, result, digits=digits, equals="≈" if lost else equals(found),
            underflows=lost,
        )  # fmt: skip

    def _own(self, step: CellStep, slot: int, shown: int) -> Any:
        """The number in the cell that a formula is written out for."""
        return (step.numbers[slot] or ())[(step.cells[slot] or ()).index(step.targets[shown])]

    def _enough_back(self, step: CellStep, before: Any, local: Any, own: Any, after: Any) -> Enough:
        """Enough digits that the upstream gradient and what it meets give a cell's gradient."""
        combine: Callable[..., Any]
        met, combine = [local], lambda b, u, t: b + u * t
        if own is not None:
            met, combine = [own, step.result], lambda b, u, x, y: b + u * (x / y)
        elif self.trace.rule == "mean":
            met, combine = [], lambda b, u: b + u / self.share(step)
        parts = [*map(self.xp.asarray, (before, step.upstream, *met))]
        return enough(parts, self.xp.asarray(after), combine, self.xp, self.rules.digits)

    @property
    def _exact(self) -> bool:
        return bool(self.xp.name == "exact")

    def share(self, step: CellStep) -> int:
        """What the sum of a window is divided by for its mean."""
        whole = self.trace.row.options.get("count_include_pad", True)
        return len(step.parts) if whole else sum(p is not None for p in step.parts)


def _bracketed(factor: Maths) -> Maths:
    """A first factor that gets brackets where it is negative, since it stands inside a sum."""
    return replace(factor, level=SUM) if factor.level == NEGATIVE else factor


def _sum(terms: Sequence[Maths], is_cut: bool) -> Maths:
    """A sum of terms; where it is cut, an ellipsis stands before the last of them."""
    if is_cut and len(terms) > KEPT:
        terms = [*terms[:-1], M.phrase("…"), terms[-1]]
    return reduce(M.add, terms) if terms else M.number(0)


def _picked(numbers: Sequence[Any], winner: Any) -> list[Any]:
    """The numbers of a long list that are shown, the winner among them; None for an ellipsis."""
    if len(numbers) <= MOST_TERMS:
        return list(numbers)
    head = list(numbers[:KEPT])
    if any(v is winner or v == winner for v in head):
        return [*head, None, numbers[-1]]
    return [*head, None, winner, None] if numbers[-1] != winner else [*head, None, winner]
