"""The arithmetic of a window, written out with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Final

from gradviz.story.cells.sentences import SUMS, cell_name
from gradviz.story.digits import Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules, equals
from gradviz.story.maths import M
from gradviz.story.maths.tree import NEGATIVE, SUM, Maths, Role
from gradviz.trace.cells import CellStep, CellTrace

MOST_TERMS: Final = 9
KEPT: Final = 3
"""A longer sum shows this many of its first terms, an ellipsis, and the last term."""


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
        result = self.rules.rounding(total, raw)
        is_empty = not step.parts and step.bias is None
        return Formula(
            left,
            "=",
            result if is_empty else self._filled(step, found.digits),
            None,
            None if is_empty else result,
            digits=found.digits,
            equals=equals(found),
        )

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

        if rule == "products":
            total = _sum(
                self._pairs(step), lambda pair: M.mul(_bracketed(value(pair[0])), value(pair[1]))
            )
            return total if step.bias is None else M.add(total, value(step.bias))
        if rule in ("max", "min"):
            ringed = step.parts[step.winner or 0]
            return M.call(
                rule,
                *(
                    M.phrase("…") if v is None else self._number(v, "value", digits)
                    for v in _picked(there, ringed)
                ),
            )
        if rule == "mean":
            return M.div(_sum(there, value), M.number(self._share(step)))
        if rule == "norm":
            return M.root(_sum(there, lambda v: M.pow(value(v), M.number(2))))
        return _sum(there, value)

    def _pairs(self, step: CellStep) -> list[tuple[Any, Any]]:
        """The numbers that meet in a window; padding is 0."""
        zero = self.xp.asarray(0)
        return [
            (zero if a is None else a, zero if b is None else b)
            for a, b in zip(step.numbers[0] or (), step.numbers[1] or (), strict=True)
        ]

    def _enough(self, step: CellStep) -> Enough:
        """Enough digits that the numbers shown give the result shown, where all of them are
        shown.
        """
        numbers = [n for column in step.numbers[:2] for n in column or () if n is not None]
        if len(step.parts) > MOST_TERMS or step.winner is not None:
            return Enough(self.rules.digits)
        combine: Callable[..., Any]
        if self.trace.rule == "products":
            met = self._pairs(step)
            numbers, count = [n for pair in met for n in pair], len(met)
            numbers += [] if step.bias is None else [step.bias]

            def combine(*v: Any) -> Any:
                return sum(v[2 * i] * v[2 * i + 1] for i in range(count)) + sum(v[2 * count :])

        elif self.trace.rule == "norm":

            def combine(*v: Any) -> Any:
                return self.xp.sqrt(sum(n * n for n in v))

        else:
            share = self._share(step) if self.trace.rule == "mean" else 1

            def combine(*v: Any) -> Any:
                return sum(v) / share

        result = self.xp.asarray(step.result)
        return enough([*map(self.xp.asarray, numbers)], result, combine, self.xp, self.rules.digits)

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
            more = M.div(part, M.number(self._share(step)))
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
        return Formula(left, "←", rule, None, result, digits=digits, equals=equals(found))

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
            met, combine = [], lambda b, u: b + u / self._share(step)
        parts = [*map(self.xp.asarray, (before, step.upstream, *met))]
        return enough(parts, self.xp.asarray(after), combine, self.xp, self.rules.digits)

    @property
    def _exact(self) -> bool:
        return bool(self.xp.name == "exact")

    def _share(self, step: CellStep) -> int:
        whole = self.trace.row.options.get("count_include_pad", True)
        return len(step.parts) if whole else sum(p is not None for p in step.parts)


def _bracketed(factor: Maths) -> Maths:
    """A first factor that gets brackets where it is negative, since it stands inside a sum."""
    return replace(factor, level=SUM) if factor.level == NEGATIVE else factor


def _sum(terms: Sequence[Any], write: Callable[[Any], Maths]) -> Maths:
    """A sum written out, its middle left out where it is long."""
    if len(terms) > MOST_TERMS:
        written = [*map(write, terms[:KEPT]), M.phrase("…"), write(terms[-1])]
    else:
        written = [write(t) for t in terms]
    return reduce(M.add, written) if written else M.number(0)


def _picked(numbers: Sequence[Any], winner: Any) -> list[Any]:
    """The numbers of a long list that are shown, the winner among them; None for an ellipsis."""
    if len(numbers) <= MOST_TERMS:
        return list(numbers)
    head = list(numbers[:KEPT])
    if any(v is winner or v == winner for v in head):
        return [*head, None, numbers[-1]]
    return [*head, None, winner, None] if numbers[-1] != winner else [*head, None, winner]
