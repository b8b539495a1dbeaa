"""Hand arithmetic at the displayed precision: enough digits are shown that a reader's own
arithmetic with the shown operands gives the shown result.

An op's own formulas are tried on its operands as rounded for display, to see whether the result
comes out as it is displayed. What is displayed is always the trace's.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

from gradviz.arrays import for_backend
from gradviz.arrays.digits import ALL, COMPUTED, DIGITS, named_by, rounded, rounds_to, typed
from gradviz.arrays.written import Written
from gradviz.graph.graph import Edge
from gradviz.ops.op import Routes
from gradviz.ops.routing import cases, select
from gradviz.story.latest import Latest
from gradviz.story.maths import Maths
from gradviz.story.maths.worked_out import UnknownError, worked_out
from gradviz.story.values import flat, is_small
from gradviz.trace import Step, Trace

MOST_DIGITS: Final = 9
"""Of scalars."""
MOST_ARRAY_DIGITS: Final = 5
NOTHING: Final = 1e-9
"""What is left of a sum of rounded numbers that is shown as 0."""


class Enough(NamedTuple):
    """With how many digits an equation is shown.

    digits  of its operands.
    holds   whether arithmetic by hand with these gives the result as it is shown.
    limit   where it does not: whether the result is the limit of a formula that is not defined at
            these operands.
    """

    digits: int
    holds: bool = True
    limit: bool = False


def enough(
    parts: Sequence[Any],
    result: Any,
    combine: Callable[..., Any],
    xp: Any,
    digits: int = DIGITS,
    typed: Sequence[bool] = (),
) -> Enough:
    """How many digits the parts need, so that combining them as shown gives the result as shown.

    The result keeps `digits`. The parts that are `typed`, one flag for each, may be shown in all
    their digits where MOST_DIGITS are too few. Nobody checks exact numbers and large arrays by
    hand: for these `digits` comes back.
    """
    if xp.name == "exact" or not all(is_small(tuple(xp.shape(p))) for p in [*parts, result]):
        return Enough(digits)
    hand = _Hand(parts, result, combine, xp, digits)
    flags = typed or [False] * len(parts)
    is_array = any(xp.shape(p) for p in [*parts, result])
    most = most_digits(digits, is_array=is_array)
    rungs = [digits] if hand.is_whole else list(range(digits, most + 1))
    for ties in (False, True):  # a sum that ends halfway gets one more digit where it has one
        for rung in rungs:
            if hand.agrees(rung, flags, ties=ties):
                return Enough(rung)
        if not is_array and hand.agrees(ALL, flags, ties=ties) and hand.agrees_nearby():
            return Enough(ALL)
    return Enough(digits if is_array or hand.is_whole else most, holds=False)


def most_digits(digits: int, *, is_array: bool) -> int:
    """The most digits that the numbers of a formula are shown with."""
    return max(digits, MOST_ARRAY_DIGITS if is_array else MOST_DIGITS)


class _Hand:
    """A reader's arithmetic with some parts as they are shown."""

    def __init__(
        self, parts: Sequence[Any], result: Any, combine: Callable[..., Any], xp: Any, digits: int
    ) -> None:
        self.parts, self.combine, self.xp, self.digits = parts, combine, xp, digits
        self.goal = flat(xp.plain(result))
        self.plain = [flat(xp.plain(p)) for p in parts]
        self.slack = 1e-9 * max(
            (abs(v) for p in self.plain for v in p if abs(v) < 1e300), default=0
        )

    @cached_property
    def is_whole(self) -> bool:
        """Whether all parts are shown in full anyway."""
        return all(_is_shown_whole(v, self.digits) for p in self.plain for v in p)

    def agrees(self, digits: int, typed: Sequence[bool], *, ties: bool = True) -> bool:
        """Whether the parts in so many digits give the result."""
        if any(0 < abs(v) < sys.float_info.min for v in self.goal):
            return False  # so near to 0 floats have few digits themselves
        if digits == ALL:
            whole = zip(self.plain, typed, strict=True)
            if not all(t or all(_is_shown_whole(v, self.digits) for v in p) for p, t in whole):
                return False
            return self._gives(self.parts, ties)
        parts = [
            p if t and _is_short(v[0]) else as_shown(p, digits, self.xp)
            for p, v, t in zip(self.parts, self.plain, typed, strict=True)
        ]
        return self._gives(parts, ties)

    def agrees_nearby(self) -> bool:
        """Whether the result is the same for all decimals that are read as these floats."""
        for i, values in enumerate(self.plain):
            for near in (math.nextafter(values[0], math.inf), math.nextafter(values[0], -math.inf)):
                nudged = [*self.parts[:i], self.xp.asarray(near), *self.parts[i + 1 :]]
                if not _is_shown_whole(values[0], self.digits) and not self._gives(nudged):
                    return False
        return True

    def _gives(self, parts: Sequence[Any], ties: bool = True) -> bool:
        with self.xp.quiet():
            by_hand = flat(self.xp.plain(self.xp.asarray(self.combine(*parts))))
        return len(by_hand) == len(self.goal) and all(
            abs(hand) <= self.slack
            if shown == 0
            else rounds_to(hand, shown, self.digits, ties=ties)
            for hand, shown in zip(by_hand, self.goal, strict=True)
        )


def as_shown(value: Any, digits: int, xp: Any) -> Any:
    """A value with every number rounded to the digits that are shown; conditions stay as they
    are.
    """
    plain = xp.plain(value)
    if any(isinstance(v, bool) for v in flat(plain)):
        return value
    return xp.asarray(_each(plain, digits)).reshape(xp.shape(value))


def _is_shown_whole(value: Any, digits: int) -> bool:
    return isinstance(value, bool) or rounded(value, digits) == value


def _is_short(value: Any, dtype: str = "float64") -> bool:
    """Whether a number as it was typed is short enough to be shown so everywhere."""
    if isinstance(value, bool | str) or not math.isfinite(value):
        return False
    return named_by(value, dtype) <= MOST_DIGITS or "/" in typed(value, dtype)


def _each(value: Any, digits: int) -> Any:
    return [_each(v, digits) for v in value] if isinstance(value, list) else rounded(value, digits)


class HandArithmetic:
    """How many digits the numbers of one trace's steps need; `digits` is the least number."""

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.trace, self.graph, self.digits = trace, trace.graph, digits
        is_double = trace.xp.name in ("numpy", "exact") and trace.dtype == "float64"
        self.xp = trace.xp if is_double or trace.xp.name == "exact" else for_backend()
        self.by_hand = Written(self.xp)
        self._latest = Latest()

    def is_typed(self, node: int) -> bool:
        """Whether a node is a number that somebody typed: a scalar input or constant."""
        row = self.graph.nodes[node]
        return row.is_leaf and row.shape == () and self.xp.name != "exact"

    def is_short(self, node: int) -> bool:
        """Whether a node is shown as it was typed wherever it is shown."""
        plain = self.trace.xp.plain(self.trace.values[node]) if self.is_typed(node) else ""
        return _is_short(plain, self.trace.dtype)

    def digits_of(self, node: int) -> int:
        """The digits of a node's value where it stands alone."""
        plain = self.trace.xp.plain(self.trace.values[node]) if self.is_typed(node) else math.inf
        if isinstance(plain, bool) or not math.isfinite(plain):
            return self.digits
        named = named_by(plain, self.trace.dtype)
        return self.digits if named >= COMPUTED[self.trace.dtype] else max(self.digits, named)

    def options(self, node: int) -> dict[str, Any]:
        """A node's options as its formulas take them."""
        return {k: self.xp.number(v) for k, v in self.graph.nodes[node].options.items()}

    def operands(self, node: int) -> list[Any]:
        """The values of a node's inputs; a condition that is computed with is 1 or 0."""
        found: list[Any] = self._latest.of(node, "operands", lambda: self._operands(node))
        return found

    def _operands(self, node: int) -> list[Any]:
        found = [self._value(i) for i in self.graph.nodes[node].inputs]
        for slot in self.graph.truths.get(node, ()):
            found[slot] = self.xp.asreal(found[slot])
        return found

    def forward(self, node: int) -> Enough:
        """Digits of the operands that give a node's value."""
        op, options = self.graph.op(node), self.options(node)
        return self._enough(
            self.operands(node),
            self._value(node),
            lambda *v: op.forward(self.by_hand, *v, **options),
            self._typed(node)[1:],
        )

    def local(self, step: Step) -> Enough:
        """Digits of the operands and the value that give an op's declared local gradient."""
        if self._routes(step) is not None:
            return Enough(self.digits)
        return self._or_limit(partial(self._local, step))

    def _or_limit(self, found_in: Callable[[Any], Enough]) -> Enough:
        """What holds in a namespace without limits; a limit if it only holds with them."""
        found = found_in(Written(self.xp, limits=False))
        if not found.holds and found_in(self.by_hand).holds:
            return Enough(self.digits, holds=False, limit=True)
        return found

    def _local(self, step: Step, xp: Any) -> Enough:
        slope = self._slope(step, xp)
        if slope is None or step.local is None:
            return Enough(self.digits)
        parts = [self._value(step.node), *self.operands(step.node)]
        zeros = self.xp.zeros(self.xp.shape(step.local))  # a slope may be one number for all
        return self._enough(
            parts, step.local, lambda y, *v: slope(y, *v) + zeros, self._typed(step.node)
        )

    def scalar(self, step: Step) -> Enough:
        """Digits of upstream, value and operands that give a contribution from scalar to scalar."""
        if self._routes(step) is not None:
            parts = [step.upstream, self._value(step.node), *self.operands(step.node)]
            flags = [False, *self._typed(step.node)]
            return self._enough(parts, step.contribution, partial(self._selected, step), flags)
        return self._or_limit(partial(self._scalar, step))

    def _scalar(self, step: Step, xp: Any) -> Enough:
        slope = self._slope(step, xp)
        if slope is None:
            return Enough(self.digits)
        parts = [step.upstream, self._value(step.node), *self.operands(step.node)]
        return self._enough(
            parts,
            step.contribution,
            lambda u, y, *v: u * slope(y, *v),
            [False, *self._typed(step.node)],
        )

    def elements(self, step: Step) -> Enough:
        """Digits of upstream and local gradient that give an elementwise contribution."""
        shape = self.xp.shape(step.contribution)

        def reduced(brought: Any) -> Any:
            total = self.xp.sum(brought, axis=step.summed) if step.summed else brought
            return self.xp.reshape(self.xp.asarray(total), shape)

        if self._routes(step) is not None:
            parts = [step.upstream, self._value(step.node), *self.operands(step.node)]
            return self._enough(
                parts, step.contribution, lambda *v: reduced(self._selected(step, *v))
            )
        return self._enough(
            [step.upstream, step.local], step.contribution, lambda u, local: reduced(u * local)
        )

    def arrays(self, step: Step) -> Enough:
        """Digits of upstream, value and operands that give a vector-Jacobian product."""
        assert step.edge is not None
        op, options = self.graph.op(step.node), self.options(step.node)
        rule = op.rule_for(step.edge.slot)
        if op.variadic:
            options["slot"] = step.edge.slot
        return self._enough(
            [step.upstream, self._value(step.node), *self.operands(step.node)],
            step.contribution,
            lambda g, y, *v: rule(self.by_hand, g, y, *v, **options),
            [False, *self._typed(step.node)],
        )

    def follows(self, written: Maths, result: Any) -> bool:
        """Whether a formula of numbers gives a result as it is shown; also where only words, or
        arrays too large to be written out, could tell.
        """
        if self.xp.name == "exact" or not is_small(tuple(self.xp.shape(result))):
            return True
        try:
            with self.xp.quiet():
                by_hand = flat(self.xp.plain(worked_out(written, self.xp)))
        except UnknownError:
            return True
        shown = flat(self.trace.xp.plain(result))
        return len(by_hand) != len(shown) or all(
            abs(hand) < NOTHING if goal == 0 else rounds_to(hand, goal, self.digits)
            for hand, goal in zip(by_hand, shown, strict=True)
        )

    def total(self, terms: Sequence[Any], total: Any) -> Enough:
        """Digits of the terms of a sum."""
        return self._enough(terms, total, lambda *v: sum(v))

    def _value(self, node: int) -> Any:
        return self.trace.values[node]

    def _typed(self, node: int) -> list[bool]:
        """Of a node and its inputs: which were typed."""
        nodes = node, *self.graph.nodes[node].inputs
        found: list[bool] = self._latest.of(node, "typed", lambda: list(map(self.is_typed, nodes)))
        return found

    def _routes(self, step: Step) -> Routes | None:
        assert step.edge is not None
        return self.graph.routes(Edge(*step.edge))

    def _selected(self, step: Step, upstream: Any, value: Any, *operands: Any) -> Any:
        """What a routing op passes back of an upstream gradient, in the shape of its value."""
        found = cases(
            self._routes(step) or (), self.xp, value, *operands, **self.options(step.node)
        )
        shape = self.xp.shape(value)
        brought = select(self.xp, upstream, found)
        return self.xp.broadcast_to(self.xp.asarray(brought), shape) if shape else brought

    def _slope(self, step: Step, xp: Any) -> Callable[..., Any] | None:
        """The op's declared local gradient, of the value and the operands."""
        assert step.edge is not None
        op, options = self.graph.op(step.node), self.options(step.node)
        if not op.elementwise:
            return None
        formula = op.rule_for(step.edge.slot)
        return lambda y, *v: formula(xp, y, *v, **options)

    def _enough(
        self,
        parts: Sequence[Any],
        result: Any,
        combine: Callable[..., Any],
        typed: Sequence[bool] = (),
    ) -> Enough:
        if self.xp is not self.trace.xp:  # the reader's arithmetic is not that of the machine
            parts, result = ([self._double(p) for p in parts], self._double(result))
        return enough(parts, result, combine, self.xp, self.digits, typed)

    def _double(self, value: Any) -> Any:
        shape = self.trace.xp.shape(value)
        return self.xp.asarray(self.trace.xp.plain(value)).reshape(shape)
