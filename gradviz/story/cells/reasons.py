"""Why a window brings NaN or an infinity, and what people do about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradviz.story.formulas import Rules
from gradviz.story.languages import say
from gradviz.story.reasons import REMEDIES, Kind, Reason, Reasons, arrives, came_in
from gradviz.story.values import briefly
from gradviz.trace.cells import CellStep, CellTrace


class CellReasons:
    """Tells why the steps of one walk bring NaN or infinities."""

    def __init__(self, trace: CellTrace, rules: Rules) -> None:
        self.trace, self.rules, self.xp = trace, rules, trace.trace.xp
        self.graph = Reasons(rules)

    def of(self, step: CellStep) -> Reason | None:
        """Of a step; None where what it brings is finite."""
        if step.slot is None:
            return None if self.xp.finite(step.result) else self._forward(step)
        bad = (i for i, v in enumerate(step.contributions) if not self.xp.finite(v))
        first = next(bad, None)
        return None if first is None else self._backward(step, step.slot, first)

    def _forward(self, step: CellStep) -> Reason:
        result, name = step.result, self.trace.name(0)
        for slot, numbers in enumerate(step.numbers):
            if math.isnan(result) and any(map(math.isnan, _there(numbers))):
                return self._came_in(came_in(math.nan, self.trace.name(slot)))
        infinite = [s for s, n in enumerate(step.numbers) if any(map(math.isinf, _there(n)))]
        if math.isnan(result) and infinite:
            form = self._zero_times_infinity(step) or "∞ − ∞"
            because = say("{form} has no value: the result is NaN.", form=form)
            return self._reason("no value", because, name)
        if infinite:
            return self._came_in(came_in(math.inf, self.trace.name(infinite[0])))
        because = say(
            "A sum on the way is larger than any number that fits: it overflows to {value}."
            if all(map(self.xp.finite, _there(step.parts)))
            else "A number in the sum on the way is larger than any number that fits: it overflows"
            " to {value}.",
            value=self._said(result),
        )
        return self._reason("overflow", because, name)

    def _zero_times_infinity(self, step: CellStep) -> str:
        """`0 · ∞`, where a product of the window is that."""
        if self.trace.rule != "products":
            return ""
        for a, b in zip(step.numbers[0] or (), step.numbers[1] or (), strict=True):
            met = [0.0 if n is None else n for n in (a, b)]
            if math.isnan(met[0] * met[1]):
                return " · ".join("0" if n == 0 else "∞" for n in met)
        return ""

    def _backward(self, step: CellStep, slot: int, bad: int) -> Reason:
        u, met = step.upstream, step.through[bad]
        name, output = self.trace.name(slot), self.trace.output
        if math.isnan(u) or (math.isinf(u) and not math.isnan(step.contributions[bad])):
            return self._came_in(arrives(u, output))
        whose = self.trace.name(1 - slot) if self.trace.rule == "products" else name
        if math.isnan(met):
            numbers = step.numbers[1 - slot if self.trace.rule == "products" else slot]
            if any(map(math.isnan, _there(numbers))):
                because = say(
                    "{whose} is NaN here, so the gradient of {name} is NaN too.",
                    whose=whose,
                    name=name,
                )
                return Reason("came in", because, self.origin)
            because = say("∞/∞ has no value, so {name} receives NaN.", name=name)
            return self._reason("no value", because, name)
        if math.isnan(u * met):
            because = say(
                "{upstream} arrives and meets {met}: {upstream} · {met} has no value, so {name}"
                " receives NaN.",
                upstream=self._said(u),
                met=self._said(met),
                name=name,
            )
            return self._reason("zero times infinity", because, name)
        if math.isinf(met):
            because = say(
                "{whose} is infinite here, and so is what {name} receives.", whose=whose, name=name
            )
            return Reason("came in", because, self.origin)
        factor = f"({self._said(met)})" if met < 0 else self._said(met)
        because = say(
            "{upstream} · {slope} is larger than any number that fits: it overflows.",
            upstream=self._said(u),
            slope=factor,
        )
        return self._reason("overflow", because, name)

    @property
    def origin(self) -> str:
        """Where the first NaN or infinity of the run came from."""
        return self.graph.origin

    def _came_in(self, because: str) -> Reason:
        return Reason("came in", because, self.origin)

    def _reason(self, kind: Kind, because: str, name: str) -> Reason:
        return Reason(kind, because, say(REMEDIES[kind], x=name))

    def _said(self, value: Any) -> str:
        return briefly(self.xp, value, "sentence", self.rules.digits)


def _there(numbers: Sequence[Any] | None) -> list[Any]:
    """The numbers of a window without its padding."""
    return [n for n in numbers or () if n is not None]
