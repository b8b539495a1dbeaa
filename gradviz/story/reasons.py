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
from gradviz.story.languages import pattern, say
from gradviz.story.maths import M, unicode
from gradviz.story.prose import Shown
from gradviz.story.values import flat
from gradviz.trace import Step

Kind = Literal["came in", "outside", "pole", "overflow", "no value", "zero times infinity"]

GIVEN: Final = pattern("{name} was given so: look at where that number comes from.")
ARISEN: Final = pattern("It arose in step {step}: that is the place to mend.")
ARRIVED: Final = pattern("It came in with the gradient from outside.")
"""Where the first NaN or infinity came from."""
AVOID: Final = pattern(
    "Keep infinities from meeting: subtract the maximum, clip, or simplify first."
)
REMEDIES: Final[dict[Kind, str]] = {
    "outside": pattern(
        "Clip {x} into the domain, or choose a safe argument with where inside the call."
    ),
    "pole": pattern("Keep {x} off the pole: add a small eps, or clip it."),
    "overflow": pattern(
        "Keep the numbers smaller: subtract the maximum, clip, or compute with logarithms."
    ),
    "no value": AVOID,
    "zero times infinity": pattern(
        "Choose a safe argument with where inside the call: a where around it keeps the 0 · ∞."
    ),
}
BECAUSE: Final[dict[str, tuple[str, str]]] = {
    "pole": (
        pattern("{call} = {value} is a pole: near it the values grow beyond all bounds."),
        pattern(
            "{call} = {value} is a pole: near it the values grow beyond all bounds (so in {count}"
            " of {size} elements)."
        ),
    ),
    "outside": (
        pattern("{call} has no real value: {op} takes {takes}."),
        pattern("{call} has no real value: {op} takes {takes} (so in {count} of {size} elements)."),
    ),
    "overflow": (
        pattern("{call} is larger than any number that fits: it overflows to {value}."),
        pattern(
            "{call} is larger than any number that fits: it overflows to {value} (so in {count} of"
            " {size} elements)."
        ),
    ),
    "no value": (
        pattern("{call} has no value: the result is NaN."),
        pattern("{call} has no value: the result is NaN (so in {count} of {size} elements)."),
    ),
}
"""Why a value is not finite: of a single number, and of several elements of an array."""


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
        return self._reason(
            "outside",
            say(
                "{call} has no real value, so what reaches {name} through it means nothing: {op}"
                " takes {takes}.",
                call=self._call(target, met.operands),
                name=self._name(source),
                op=say(self.graph.op(target).called),
                takes=say(self.graph.op(target).takes),
            ),
            target,
        )

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
        op, size = self.graph.op(node), math.prod(self.graph.nodes[node].shape or ())
        single, several = BECAUSE[kind]
        because = say(
            several if size > 1 else single,
            call=self._call(node, met.operands),
            value=_said(met.value),
            op=say(op.called),
            takes=say(op.takes),
            count=Shown(sum(k == kind for k, _ in found)),
            size=Shown(size),
        )
        return self._reason(kind, because, node)

    def _came_in(self, node: int, value: float) -> Reason:
        """A value that is NaN or infinite because an operand is."""
        bad = self._bad_operand(node)
        name = None if bad is None else self._name(bad)
        return Reason("came in", came_in(value, name), self.origin)

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
        name = say(op.in_prose)
        if _any_nan(together) or (not _finite(together) and not _any_nan(values)):
            return self._came_in(row.id, math.nan if _any_nan(values) else math.inf)
        if not _finite(together):
            bad = self._bad_operand(row.id)
            because = say(
                "An infinity came in with {label}, and {op} of it has no value: ∞ − ∞, ∞/∞ or"
                " 0 · ∞ is NaN.",
                label=self._name(bad) if bad is not None else say("it"),
                op=name,
            )
            return self._reason("no value", because, row.id)
        if op.pole is not None and self._meets(op.pole, operands, row):
            return self._reason(
                "pole", say("{op} is at a pole here: it runs off to ∞.", op=name), row.id
            )
        if op.outside is not None and self._meets(op.outside, operands, row):
            return self._reason(
                "outside",
                say("{op} has no real value here: it takes {takes}.", op=name, takes=say(op.takes)),
                row.id,
            )
        return self._reason(
            "overflow",
            say("A number inside {op} is larger than any number that fits: it overflows.", op=name),
            row.id,
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
            because = say("{name} is NaN here, so the slope is NaN too.", name=self._name(bad))
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
            because = say(
                "{upstream} arrives and meets a slope of {slope}: {upstream} ·"
                " {slope} has no value,"
                " so {name} receives NaN.",
                upstream=_said(u),
                slope=_said(local),
                name=self._name(source),
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
            because = say(
                "So the slope has no real value, and {name} receives NaN.", name=self._name(source)
            )
            return self._reason("outside", because, target, explains_slope=True)
        if math.isnan(local):
            because = say(
                "At {call} the slope has no value: infinities or zeros met in it, so"
                " {name} receives"
                " NaN.",
                call=call,
                name=self._name(source),
            )
            return self._reason("no value", because, target)
        if math.isfinite(local):
            because = say(
                "{upstream} · {slope} is larger than any number that fits: it overflows.",
                upstream=_said(met.upstream),
                slope=_factor(local),
            )
            return self._reason("overflow", because, target)
        at_pole = op.pole is not None and op.pole(*met.operands, **row.options)
        if at_pole or (_finite(met.operands) and math.isnan(met.value)):
            because = say("At {call} the slope is infinite: a pole.", call=call)
            return self._reason("pole", because, target, explains_slope=True)
        if not _finite(met.operands):
            return self._came_in(target, local)
        because = say(
            "The slope of {call} is larger than any number that fits: it overflows.", call=call
        )
        return self._reason("overflow", because, target)

    def _arrives(self, target: int, upstream: float) -> Reason:
        return Reason("came in", arrives(upstream, self._name(target)), self.origin)

    def _summed(self, step: Step) -> Reason:
        """Every product is finite, and their sum is not."""
        because = say("The sum of what the elements bring is larger than any number that fits.")
        return self._reason("overflow", because, edge_of(step)[1])

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
            is_nan = _any_nan(self._plain(self.trace.values[bad]))
            because = say(
                "{name} is NaN in places, and so is what {op} passes back."
                if is_nan
                else "{name} is infinite in places, and so is what {op} passes back.",
                name=self._name(bad),
                op=say(op.in_prose),
            )
            if nan and not is_nan:
                because = say(
                    "{name} is infinite in places: 0 · ∞, ∞ − ∞ or ∞/∞ has no value, so {source}"
                    " receives NaN.",
                    name=self._name(bad),
                    source=self._name(source),
                )
                return self._reason("no value", because, target)
            return Reason("came in", because, self.origin)
        if op.pole is not None and self._meets(op.pole, operands, row):
            because = say("{op} is at a pole here: its slope is infinite.", op=say(op.called))
            return self._reason("pole", because, target, explains_slope=True)
        if nan and not _finite(upstream):
            because = say(
                "An infinity arrives and meets 0 or another infinity: 0 · ∞ and ∞ −"
                " ∞ have no value,"
                " so {name} receives NaN.",
                name=self._name(source),
            )
            return self._reason("zero times infinity", because, target)
        because = say(
            "What {op} passes back is larger than any number that fits.", op=say(op.in_prose)
        )
        return self._reason("overflow", because, target)

    @cached_property
    def origin(self) -> str:
        """Where the first NaN or infinity came from: an input, or a step."""
        for row in self.graph.nodes:
            if row.is_leaf and not self.xp.finite(self.trace.values[row.id]):
                return say(GIVEN, name=self._name(row.id))
        for node in self.trace.forward_nodes:
            if not self.xp.finite(self.trace.values[node]):
                return say(ARISEN, step=self.trace.known_since(node))
        for step in self.trace.steps:
            if step.edge is not None and not self.xp.finite(step.contribution):
                return say(ARISEN, step=step.number)
        return say(ARRIVED)

    def _reason(
        self, kind: Kind, because: str, node: int, *, explains_slope: bool = False
    ) -> Reason:
        row = self.graph.nodes[node]
        named = [i for i in row.inputs if i in self.rules.labels]
        deciding = self.graph.op(node).deciding
        chosen = row.inputs[deciding] if deciding < len(row.inputs) else row.inputs[0]
        if chosen not in self.rules.labels and named:
            chosen = named[-1]
        remedy = say(REMEDIES[kind], x=self._name(chosen))
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


def came_in(value: float, name: str | None) -> str:
    """A NaN or an infinity came in, with an operand of this name if it is known."""
    is_nan = math.isnan(value)
    if name is None:
        return say("NaN came in, and goes on." if is_nan else "An infinity came in, and goes on.")
    return say(
        "NaN came in with {name}, and goes on."
        if is_nan
        else "An infinity came in with {name}, and goes on.",
        name=name,
    )


def arrives(value: float, name: str) -> str:
    """A NaN or an infinity arrives from a node of this name."""
    return say(
        "NaN arrives from {name}, and goes on."
        if math.isnan(value)
        else "An infinity arrives from {name}, and goes on.",
        name=name,
    )


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
