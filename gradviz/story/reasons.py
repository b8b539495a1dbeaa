"""Why a step brings NaN or an infinity, and what people do about it.

The kinds are told apart by what an op declares (where it has no real value, where its poles are)
and by the numbers that met: a pole, a number outside the domain, an overflow, a form without a
value (∞ − ∞, ∞/∞, 0 · ∞, 0/0), or a NaN or an infinity that came in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from gradviz.arrays.digits import number, typeset
from gradviz.graph.graph import Node
from gradviz.ops.op import Op
from gradviz.story.formulas import Rules, edge_of
from gradviz.story.maths import M, unicode
from gradviz.story.values import flat
from gradviz.trace import Step

Kind = Literal["came in", "outside", "pole", "overflow", "no value", "zero times infinity"]

GIVEN: Final = "{} was given so: look at where that number comes from."
ARISEN: Final = "It arose in step {}: that is the place to mend."
ARRIVED: Final = "It came in with the gradient from outside."
"""Where the first NaN or infinity came from."""
TOO_LARGE: Final = "is larger than any number that fits"
AVOID: Final = "Keep infinities from meeting: subtract the maximum, clip, or simplify first."
REMEDIES: Final[dict[Kind, str]] = {
    "outside": "Clip {x} into the domain, or choose a safe argument with where inside the call.",
    "pole": "Keep {x} off the pole: add a small eps, or clip it.",
    "overflow": "Keep the numbers smaller: subtract the maximum, clip, or compute with logarithms.",
    "no value": AVOID,
    "zero times infinity": (
        "Choose a safe argument with where inside the call: a where around it keeps the 0 · ∞."
    ),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a number is not finite, in a sentence, and a remedy in another.

    explains_slope  whether the op's own sentence on its slope still holds, and comes first.
    """

    kind: Kind
    because: str
    remedy: str
    explains_slope: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """What met at one element: the op's operands and value there; backwards also the upstream and
    the local gradient.
    """

    operands: tuple[float, ...]
    value: float
    upstream: float = 1.0
    local: float = 1.0


class Reasons:
    """Tells why the steps of one trace bring NaN or infinities."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.trace, self.graph, self.xp = rules, rules.trace, rules.graph, rules.xp

    def forward(self, node: int) -> Reason | None:
        """Of a value; None where it is finite."""
        if self.xp.finite(self.trace.values[node]):
            return None
        row, op = self.graph.nodes[node], self.graph.op(node)
        met = self._elements(node)
        if met is None:
            return self._of_whole(row, op)
        found = [(kind, m) for m in met if (kind := self._kind(op, row, m))]
        return self._forward(node, found) if found else None

    def contribution(self, step: Step) -> Reason | None:
        """Of a contribution; also of a finite one where the op has no real value."""
        _, target, _ = edge_of(step)
        if self.xp.finite(step.contribution):
            return self._senseless(step)
        met = self._elements(target, step)
        if met is None:
            return self._of_whole_contribution(step)
        return next(filter(None, (self._backward(step, m) for m in met)), None) or self._summed(
            step
        )

    def _senseless(self, step: Step) -> Reason | None:
        """Why a finite contribution means nothing."""
        target = edge_of(step)[1]
        row, op = self.graph.nodes[target], self.graph.op(target)
        if op.outside is None or self.xp.finite(self.trace.values[target]):
            return None
        for met in self._elements(target) or ():
            if not _any_nan(met.operands) and op.outside(*met.operands, **row.options):
                return self._no_slope(step, met)
        return None

    def _no_slope(self, step: Step, met: Met) -> Reason:
        source, target, _ = edge_of(step)
        where = self._call(target, met.operands)
        return self._reason(
            "outside",
            f"{where} has no real value, so what reaches {self._name(source)} through it means"
            f" nothing: {self._takes(target)}.",
            target,
        )

    def _takes(self, node: int) -> str:
        op = self.graph.op(node)
        return f"{op.called} takes {op.takes}"

    def _kind(self, op: Op, row: Node, met: Met) -> Kind | None:
        """What made an element's value NaN or infinite; None where it is finite."""
        if math.isfinite(met.value):
            return None
        numbers = met.operands
        if _any_nan(numbers):
            return "came in"
        if op.outside is not None and op.outside(*numbers, **row.options):
            return "outside"
        if not all(map(math.isfinite, numbers)):
            return "no value" if math.isnan(met.value) else "came in"
        if math.isnan(met.value):
            return "no value"
        return "pole" if op.pole is not None and op.pole(*numbers, **row.options) else "overflow"

    def _forward(self, node: int, found: Sequence[tuple[Kind, Met]]) -> Reason:
        own = next((f for f in found if f[0] != "came in"), found[0])
        kind, met = own
        if kind == "came in":
            return self._came_in(node, met.value)
        call, value = self._call(node, met.operands), _said(met.value)
        because = {
            "pole": f"{call} = {value} is a pole: near it the values grow beyond all bounds",
            "outside": f"{call} has no real value: {self._takes(node)}",
            "overflow": f"{call} {TOO_LARGE}: it overflows to {value}",
            "no value": f"{call} has no value: the result is NaN",
        }[kind]
        if self.graph.nodes[node].shape:
            size = math.prod(self.graph.nodes[node].shape or ())
            count = sum(k == kind for k, _ in found)
            because += f" (so in {count} of {size} elements)" if size > 1 else ""
        return self._reason(kind, f"{because}.", node)

    def _came_in(self, node: int, value: float) -> Reason:
        """A value that is NaN or infinite because an operand is."""
        bad = self._bad_operand(node)
        what = "NaN" if math.isnan(value) else "An infinity"
        from_ = f" with {self._name(bad)}" if bad is not None else ""
        return Reason("came in", f"{what} came in{from_}, and goes on.", self.origin)

    def _bad_operand(self, node: int) -> int | None:
        rows = self.graph.nodes[node].inputs
        values = self.trace.values
        nan = (i for i in rows if _any_nan(self._plain(values[i])))
        return next(nan, next((i for i in rows if not self.xp.finite(values[i])), None))

    def _of_whole(self, row: Node, op: Op) -> Reason:
        """Of an op whose elements are made of many."""
        values = self._plain(self.trace.values[row.id])
        operands = [self._plain(self.trace.values[i]) for i in row.inputs]
        together = [v for operand in operands for v in operand]
        name = op.in_prose
        if _any_nan(together) or (not _finite(together) and not _any_nan(values)):
            return self._came_in(row.id, math.nan if _any_nan(values) else math.inf)
        if not _finite(together):
            bad = self._bad_operand(row.id)
            label = self._name(bad) if bad is not None else "it"
            because = (
                f"An infinity came in with {label}, and {name} of it has no value: ∞ − ∞, ∞/∞ or"
                " 0 · ∞ is NaN."
            )
            return self._reason("no value", because, row.id)
        if op.pole is not None and self._meets(op.pole, operands, row):
            return self._reason("pole", f"{name} is at a pole here: it runs off to ∞.", row.id)
        if op.outside is not None and self._meets(op.outside, operands, row):
            return self._reason(
                "outside", f"{name} has no real value here: it takes {op.takes}.", row.id
            )
        return self._reason(
            "overflow", f"A number inside {name} {TOO_LARGE}: it overflows.", row.id
        )

    def _meets(
        self, asked: Callable[..., bool], operands: Sequence[list[float]], row: Node
    ) -> bool:
        same = len({len(o) for o in operands}) == 1
        return same and any(asked(*met, **row.options) for met in zip(*operands, strict=True))

    def _backward(self, step: Step, met: Met) -> Reason | None:
        """Why an element of a contribution is not finite."""
        _, target, _ = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        u, local = met.upstream, met.local
        if math.isfinite(u) and math.isfinite(local) and math.isfinite(u * local):
            return None
        if math.isnan(u):
            return self._arrives(target, u)
        if op.routes is not None:
            return None if local == 0 else self._arrives(target, u)
        if _any_nan(met.operands):
            bad = next(i for i, v in zip(row.inputs, met.operands, strict=True) if math.isnan(v))
            because = f"{self._name(bad)} is NaN here, so the slope is NaN too."
            return Reason("came in", because, self.origin)
        if op.outside is not None and op.outside(*met.operands, **row.options):
            return self._no_slope(step, met)
        return (
            self._of_product(step, met)
            if u == 0 or not math.isfinite(u)
            else self._slope(step, met)
        )

    def _of_product(self, step: Step, met: Met) -> Reason:
        """The upstream gradient is 0 or infinite."""
        source, target, _ = edge_of(step)
        u, local = met.upstream, met.local
        if math.isnan(u * local) and not math.isnan(local):
            because = (
                f"{_said(u)} arrives and meets a slope of {_said(local)}: {_said(u)} ·"
                f" {_said(local)} has no value, so {self._name(source)} receives NaN."
            )
            return self._reason("zero times infinity", because, target)
        if math.isnan(local):
            return self._slope(step, met)
        return self._arrives(target, u)

    def _slope(self, step: Step, met: Met) -> Reason:
        """The slope is infinite or NaN, or the product too large."""
        source, target, _ = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        call, local = self._call(target, met.operands), met.local
        if math.isnan(local) and _finite(met.operands) and all(met.operands):
            because = f"So the slope has no real value, and {self._name(source)} receives NaN."
            return self._reason("outside", because, target, explains_slope=True)
        if math.isnan(local):
            because = (
                f"At {call} the slope has no value: infinities or zeros met in it, so"
                f" {self._name(source)} receives NaN."
            )
            return self._reason("no value", because, target)
        if math.isfinite(local):
            because = f"{_said(met.upstream)} · {_factor(local)} {TOO_LARGE}: it overflows."
            return self._reason("overflow", because, target)
        at_pole = op.pole is not None and op.pole(*met.operands, **row.options)
        if at_pole or (_finite(met.operands) and math.isnan(met.value)):
            because = f"At {call} the slope is infinite: a pole."
            return self._reason("pole", because, target, explains_slope=True)
        if not _finite(met.operands):
            return self._came_in(target, local)
        because = f"The slope of {call} {TOO_LARGE}: it overflows."
        return self._reason("overflow", because, target)

    def _arrives(self, target: int, upstream: float) -> Reason:
        what = "NaN" if math.isnan(upstream) else "An infinity"
        return Reason(
            "came in", f"{what} arrives from {self._name(target)}, and goes on.", self.origin
        )

    def _summed(self, step: Step) -> Reason:
        """Every product is finite, and their sum is not."""
        return self._reason(
            "overflow", f"The sum of what the elements bring {TOO_LARGE}.", edge_of(step)[1]
        )

    def _of_whole_contribution(self, step: Step) -> Reason:
        """Of an op whose contributions add up many products."""
        source, target, _ = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        upstream, brought = self._plain(step.upstream), self._plain(step.contribution)
        operands = [self._plain(self.trace.values[i]) for i in row.inputs]
        nan = _any_nan(brought)
        if _any_nan(upstream) or (not _finite(upstream) and not nan):
            return self._arrives(target, math.nan if _any_nan(upstream) else math.inf)
        bad = self._bad_operand(target)
        if bad is not None:
            what = "NaN" if _any_nan(self._plain(self.trace.values[bad])) else "infinite"
            because = (
                f"{self._name(bad)} is {what} in places, and so is what {op.in_prose} passes back."
            )
            if what == "infinite" and nan:
                because = (
                    f"{self._name(bad)} is infinite in places: 0 · ∞, ∞ − ∞ or ∞/∞ has no value, so"
                    f" {self._name(source)} receives NaN."
                )
                return self._reason("no value", because, target)
            return Reason("came in", because, self.origin)
        if op.pole is not None and self._meets(op.pole, operands, row):
            because = f"{op.called} is at a pole here: its slope is infinite."
            return self._reason("pole", because, target, explains_slope=True)
        if nan and not _finite(upstream):
            because = (
                f"An infinity arrives and meets 0 or another infinity: 0 · ∞ and ∞ − ∞ have no"
                f" value, so {self._name(source)} receives NaN."
            )
            return self._reason("zero times infinity", because, target)
        return self._reason("overflow", f"What {op.in_prose} passes back {TOO_LARGE}.", target)

    @cached_property
    def origin(self) -> str:
        """Where the first NaN or infinity came from: an input, or a step."""
        for row in self.graph.nodes:
            if row.is_leaf and not self.xp.finite(self.trace.values[row.id]):
                return GIVEN.format(self._name(row.id))
        for node in self.trace.forward_nodes:
            if not self.xp.finite(self.trace.values[node]):
                return ARISEN.format(self.trace.known_since(node))
        for step in self.trace.steps:
            if step.edge is not None and not self.xp.finite(step.contribution):
                return ARISEN.format(step.number)
        return ARRIVED

    def _reason(
        self, kind: Kind, because: str, node: int, *, explains_slope: bool = False
    ) -> Reason:
        row = self.graph.nodes[node]
        named = [i for i in row.inputs if i in self.rules.labels]
        deciding = self.graph.op(node).deciding
        chosen = row.inputs[deciding] if deciding < len(row.inputs) else row.inputs[0]
        if chosen not in self.rules.labels and named:
            chosen = named[-1]
        remedy = REMEDIES[kind].format(x=self._name(chosen))
        return Reason(kind, because, remedy, explains_slope)

    def _name(self, node: int) -> str:
        if node in self.rules.labels:
            return self.rules.labels[node]
        return unicode.text(self.rules.number_of(node, self.rules.digits))

    def _call(self, node: int, operands: Sequence[float]) -> str:
        """The op over numbers: log(−1), 1/0, ∞ − ∞."""
        op, options = self.graph.op(node), self.graph.nodes[node].options
        pieces = [M.number(self._signed(v)) for v in operands]
        if op.written is None:
            return unicode.text(M.call(op.name, *pieces))
        return unicode.text(op.written(M, *pieces, **options))

    def _signed(self, value: float) -> str:
        """A number, with the sign of a negative zero, which decides over that of an infinity."""
        said = number(value, self.rules.digits)
        return f"-{said}" if value == 0 and math.copysign(1, value) < 0 else said

    def _plain(self, value: Any) -> list[float]:
        return [_float(v) for v in flat(self.xp.plain(value))]

    def _elements(self, node: int, step: Step | None = None) -> list[Met] | None:
        """What met at each element of an elementwise op; None for other ops."""
        row, op = self.graph.nodes[node], self.graph.op(node)
        if not op.elementwise or self.xp.name == "exact":
            return None
        shape = row.shape or ()

        def wide(value: Any) -> list[float]:
            return self._plain(self.xp.broadcast_to(value, shape) if shape else value)

        operands = [wide(self.trace.values[i]) for i in row.inputs]
        values = wide(self.trace.values[node])
        both: Iterator[tuple[float, float]] = iter([(1.0, 1.0)] * len(values))
        if step is not None:
            local = step.local if step.local is not None else 1.0
            both = zip(wide(step.upstream), wide(local), strict=True)
        return [
            Met(tuple(numbers), value, *pair)
            for numbers, value, pair in zip(zip(*operands, strict=True), values, both, strict=True)
        ]


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):  # a symbol
        return 0.0


def _any_nan(numbers: Sequence[float]) -> bool:
    return any(map(math.isnan, numbers))


def _finite(numbers: Sequence[float]) -> bool:
    return all(map(math.isfinite, numbers))


def _said(value: float) -> str:
    return typeset(number(value))


def _factor(value: float) -> str:
    said = _said(value)
    return f"({said})" if said.startswith("−") else said
