"""Hand arithmetic at the displayed precision: enough digits are shown that a reader's own
arithmetic with the shown operands gives the shown result.

Only here does the story compute with numbers: an op's own formulas are tried on its operands as
rounded for display, to see whether the result comes out as it is displayed. What is displayed is
always the trace's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gradviz.arrays.digits import DIGITS, number, rounded
from gradviz.arrays.written import Written
from gradviz.graph.graph import Edge
from gradviz.ops.op import Routes
from gradviz.ops.routing import cases, select
from gradviz.story.values import flat, is_small
from gradviz.trace import Step, Trace

MOST_DIGITS = 9


def enough(
    parts: Sequence[Any], result: Any, combine: Callable[..., Any], xp: Any, digits: int = DIGITS
) -> int:
    """How many digits the parts need, so that combining them as shown gives the result as shown.

    The result keeps `digits`. Where no number of digits up to MOST_DIGITS will do, where numbers
    are exact, or where the arrays are too large for anyone to follow by hand, `digits` comes back.
    """
    if xp.name == "exact" or not all(is_small(tuple(xp.shape(p))) for p in [*parts, result]):
        return digits
    if all(_is_shown_whole(v, digits) for p in parts for v in flat(xp.plain(p))):
        return digits  # the arithmetic by hand is the arithmetic that was done
    goal = [number(v, digits) for v in flat(xp.plain(result))]
    for more in range(digits, MOST_DIGITS + 1):
        with xp.quiet():
            by_hand = xp.plain(xp.asarray(combine(*[as_shown(p, more, xp) for p in parts])))
        # A student's arithmetic is decimal: 0.1 + 0.2 is 0.3, whatever the last bits say.
        if [number(v, digits) for v in flat(by_hand)] == goal:
            return more
    return digits


def as_shown(value: Any, digits: int, xp: Any) -> Any:
    """A value with every number rounded to the digits that are shown; conditions stay as they
    are.
    """
    plain = xp.plain(value)
    if any(isinstance(v, bool) for v in flat(plain)):
        return value
    return xp.asarray(_each(plain, digits))


def _is_shown_whole(value: Any, digits: int) -> bool:
    return isinstance(value, bool) or rounded(value, digits) == value


def _each(value: Any, digits: int) -> Any:
    return [_each(v, digits) for v in value] if isinstance(value, list) else rounded(value, digits)


class HandArithmetic:
    """How many digits the numbers of one trace's steps need; `digits` is the least number."""

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.trace, self.graph, self.xp, self.digits = trace, trace.graph, trace.xp, digits
        self.by_hand = Written(trace.xp)

    def options(self, node: int) -> dict[str, Any]:
        """A node's options as its formulas take them."""
        return {k: self.xp.number(v) for k, v in self.graph.nodes[node].options.items()}

    def operands(self, node: int) -> list[Any]:
        """The values of a node's inputs."""
        return [self.trace.values[i] for i in self.graph.nodes[node].inputs]

    def forward(self, node: int) -> int:
        """Digits of the operands that give a node's value."""
        op, options = self.graph.op(node), self.options(node)
        return self._enough(
            self.operands(node),
            self.trace.values[node],
            lambda *v: op.forward(self.by_hand, *v, **options),
        )

    def local(self, step: Step) -> int:
        """Digits of the operands and the value that give an op's declared local gradient."""
        slope = self._slope(step) if self._routes(step) is None else None
        if slope is None or step.local is None:
            return self.digits
        parts = [self.trace.values[step.node], *self.operands(step.node)]
        return self._enough(parts, step.local, lambda y, *v: slope(y, *v) + 0 * y)

    def scalar(self, step: Step) -> int:
        """Digits of upstream, value and operands that give a contribution from scalar to scalar."""
        parts = [step.upstream, self.trace.values[step.node], *self.operands(step.node)]
        if self._routes(step) is not None:
            return self._enough(parts, step.contribution, partial(self._selected, step))
        slope = self._slope(step)
        if slope is None:
            return self.digits
        return self._enough(parts, step.contribution, lambda u, y, *v: u * slope(y, *v))

    def elements(self, step: Step) -> int:
        """Digits of upstream and local gradient that give an elementwise contribution."""
        shape = self.xp.shape(step.contribution)

        def reduced(brought: Any) -> Any:
            total = self.xp.sum(brought, axis=step.summed) if step.summed else brought
            return self.xp.reshape(self.xp.asarray(total), shape)

        if self._routes(step) is not None:
            parts = [step.upstream, self.trace.values[step.node], *self.operands(step.node)]
            return self._enough(
                parts, step.contribution, lambda *v: reduced(self._selected(step, *v))
            )
        return self._enough(
            [step.upstream, step.local], step.contribution, lambda u, local: reduced(u * local)
        )

    def arrays(self, step: Step) -> int:
        """Digits of upstream, value and operands that give a vector-Jacobian product."""
        assert step.edge is not None
        op, options = self.graph.op(step.node), self.options(step.node)
        rule = op.rule_for(step.edge.slot)
        if op.variadic:
            options["slot"] = step.edge.slot
        return self._enough(
            [step.upstream, self.trace.values[step.node], *self.operands(step.node)],
            step.contribution,
            lambda g, y, *v: rule(self.by_hand, g, y, *v, **options),
        )

    def total(self, terms: Sequence[Any], total: Any) -> int:
        """Digits of the terms of a sum."""
        return self._enough(terms, total, lambda *v: sum(v))

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

    def _slope(self, step: Step) -> Callable[..., Any] | None:
        """The op's declared local gradient, of the value and the operands."""
        assert step.edge is not None
        op, options = self.graph.op(step.node), self.options(step.node)
        if not op.elementwise:
            return None
        formula = op.rule_for(step.edge.slot)
        return lambda y, *v: formula(self.by_hand, y, *v, **options)

    def _enough(self, parts: Sequence[Any], result: Any, combine: Callable[..., Any]) -> int:
        return enough(parts, result, combine, self.xp, self.digits)
