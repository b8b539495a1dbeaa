"""A run of markers, told by the story as any other run: see `gradviz.story.live.patterns`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.graph.graph import CONSTANT
from gradviz.story.digits import Enough, HandArithmetic
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.latest import Latest
from gradviz.story.live.patterns import LEAST, UnwritableError, dressed, marker
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.prose import Shown, one_line
from gradviz.story.sentences import Words
from gradviz.trace import Recording, Step, Trace

METHODS: Final = {LEAST + n: name for n, name in enumerate("fsletv", 1)}
"""By the digits that it answers with for markers, the method of finding enough digits: forward,
scalar, local, elements, total, arrays; see `gradviz.story.digits.HandArithmetic`."""
ANSWERS: Final = {name: digits for digits, name in METHODS.items()}
LEFT, BETWEEN, RIGHT = "⟪", "¦", "⟫"
"""Around a calculation, whose equal parts are left out when its numbers are known."""


class _Hand(HandArithmetic):
    """Answers at once, with the digits that tell which method was asked."""

    doubtful = ""

    def _answer(self, method: str) -> Enough:
        return Enough(ANSWERS[method], holds=method not in self.doubtful)

    def forward(self, node: int) -> Enough:
        return self._answer("f")

    def scalar(self, step: Step) -> Enough:
        return self._answer("s")

    def local(self, step: Step) -> Enough:
        return self._answer("l")

    def elements(self, step: Step) -> Enough:
        return self._answer("e")

    def total(self, terms: Sequence[Any], total: Any) -> Enough:
        return self._answer("t")

    def arrays(self, step: Step) -> Enough:
        return self._answer("v")

    def is_typed(self, node: int) -> bool:
        return self.graph.nodes[node].op == CONSTANT and super().is_typed(node)


class MarkedRules(Rules):
    """The formulas of a run of markers."""

    sign = ""
    hand: _Hand

    def __init__(self, trace: Trace, digits: int) -> None:
        super().__init__(trace, digits)
        self.trace, self.hand = trace, _Hand(trace, digits)

    def shown(self, value: Any, *given: Any, **named: Any) -> Maths:
        """A value as it is shown, with the sign of the telling."""
        found = super().shown(value, *given, **named)
        if found.kind != "number":
            return found
        text = dressed(found.text, self.sign)
        return replace(found, text=text, level=M.number(text).level)

    def settled_sum(self, terms: Sequence[Any], total: Any) -> Any:
        """The total: markers do not add up."""
        return total

    def rounding(self, settled: Any, raw: Any, role: Any = "hot") -> Maths:
        """The result: nothing is left of markers."""
        return self.shown(settled, role)

    def _underflows(self, filled: Maths | None, result: Any) -> bool:
        return False


class MarkedWords(Words):
    """The sentences of a run of markers, in one of the ways in which a step may turn out."""

    rules: MarkedRules
    case, tied, stopped, holds = "", False, False, True

    def shown(self, value: Any, digits: int | None = None) -> Shown:
        """A value as a sentence says it, with the sign of the telling."""
        return Shown(dressed(super().shown(value, digits), self.rules.sign))

    def _tag(self, slot: int, node: int) -> str:
        return super()._tag(slot, node) if self.graph.op(node).case is None else self.case

    def _ties(self, node: int) -> int:
        return int(self.tied)

    def _passed(self, step: Step) -> list[bool]:
        return [not self.stopped]

    def _won(self, step: Step) -> int:
        return int(not self.stopped and not self.tied)

    def _condition(self, node: int) -> bool:
        return self.holds

    def _fact(self, fact: Callable[..., Any], node: int) -> Shown:
        """A text that holds whatever the numbers are. Raises UnwritableError for others."""
        row, js = self.graph.nodes[node], JavaScript()
        given = [js.leaf("x", ()) for _ in (node, *row.inputs)]
        try:
            found = fact(js, *given, **row.options)
        except TypeError:
            found = None
        if isinstance(found, str):
            return Shown(found)
        raise UnwritableError("a fact that depends on numbers")

    def _calculation(self, formula: Formula, value: str) -> str:
        rule = unicode.text(formula.rule)
        filled = one_line(formula.filled, rule)
        parts = unicode.text(formula.left), rule, filled, value
        return f"{LEFT}{BETWEEN.join(parts)}{BETWEEN}{formula.equals}{RIGHT}"

    def turn(self, case: str, tied: bool, stopped: bool, holds: bool) -> None:
        """How the step that is told turns out."""
        self.case, self.tied, self.stopped, self.holds = case, tied, stopped, holds

    def tell(self, told: Callable[[MarkedWords], str], sign: str, doubtful: str) -> str:
        """What is told with markers that have this sign, and where the methods named in `doubtful`
        answer with "≈".
        """
        self.rules.sign, self.rules.hand.doubtful = sign, doubtful
        self.rules._latest = Latest()
        return told(self)


def names(trace: Trace) -> list[str]:
    """The names of all numbers that have markers: v3 and g3 are the value and the gradient of node
    3, l2, c2 and a2 the local gradient, contribution and sum of the contribution with index 2.
    """
    nodes = range(len(trace.graph.nodes))
    steps = range(len(trace.recording.edges) if trace.has_backward else 0)
    return [f"{kind}{i}" for kind in "vg" for i in nodes] + [
        f"{kind}{k}" for kind in "lca" for k in steps
    ]


def marked(trace: Trace, digits: int, kind: str) -> MarkedWords:
    """The sentences of a trace with markers for its single numbers, except constants."""
    asarray, nodes = trace.xp.asarray, trace.graph.nodes
    marks = {name: asarray(marker(i, kind)) for i, name in enumerate(names(trace))}
    edges = trace.recording.edges if trace.has_backward else ()
    values = [
        trace.values[n.id] if n.op == CONSTANT or n.shape else marks[f"v{n.id}"] for n in nodes
    ]
    gradients = [
        trace.gradients[n.id] if n.shape or trace.gradients[n.id] is None else marks[f"g{n.id}"]
        for n in nodes
    ]
    columns = [[marks[f"{letter}{k}"] for k in range(len(edges))] for letter in "lca"]
    record = Recording(edges, *columns)
    run = Trace(trace.graph, values, gradients, trace.seed, record, wrt=trace.wrt)
    return MarkedWords(MarkedRules(run, digits))
