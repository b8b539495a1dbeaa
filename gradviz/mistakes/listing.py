"""What mistakes lead to, step by step, as JavaScript: a page names the mistake behind a number."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.arrays.digits import typeset
from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.javascript.writing import function
from gradviz.engine.changes import Use
from gradviz.engine.listing import in_javascript
from gradviz.graph.graph import Edge, labels
from gradviz.mistakes.catalogue import about, get
from gradviz.mistakes.mistake import Mistake
from gradviz.ops.contributions import contribution, reduction
from gradviz.trace import Step, Trace

AT_A_GATE: Final = ("backward", "step", "slope")
"""The subjects of rules of the backward pass."""
ACROSS_PASSES: Final = frozenset({"gradient-not-reset"})
"""What cannot have happened where there is one pass."""
TURNED: Final = "used-with-other-sign"
OTHER_SIGN: Final = 3.0
"""What it takes more that one of several operands had the other sign."""
UNWRITABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Candidate(NamedTuple):
    """A mistake and what it gives at a step: a term, NaN where it does not apply."""

    mistake: Mistake
    says: str
    bits: float
    value: Any


def program(trace: Trace) -> str:
    """An expression of JavaScript, an object of all that a page computes: what
    `gradviz.engine.listing.javascript` writes, and as `slips` the function below. Raises what that
    raises.
    """
    return f"{{...{in_javascript(trace)},slips:{slips(trace)}}}"


def slips(trace: Trace) -> str:
    """An expression of JavaScript: a function of what the graph's `run` gives (see
    `gradviz.engine.listing.javascript`). It gives a function `(k, text)` that names the likeliest
    mistake behind a wrong number that is written as `text` for step k: `{name, says, sure}`, or
    null. For a contribution to a branch the number is the gradient after it. `sure` says whether a
    number as wrong would hardly be explained by accident.

    It knows the mistakes that are rules, and an operand with the other sign, in steps of single
    numbers.
    """
    slips, functions = dict[Any, int](), dict[str, int]()
    steps = []
    for k in range(1, trace.pass_steps + 1):
        at, found = _candidates(trace, trace.step(k))
        found.sort(key=lambda c: c.bits)
        text = function([c.value for c in found], "p")
        told = [slips.setdefault((c.mistake.name, c.says, c.bits), len(slips)) for c in found]
        steps.append([at, told, functions.setdefault(text, len(functions))] if found else None)
    data = json.dumps([list(slips), steps], ensure_ascii=False, separators=(",", ":"))
    source = resources.files(__package__).joinpath("slips.js").read_text("utf-8")
    return f"(()=>{{{source}\nreturn namer({data},[{','.join(functions)}])}})()"


def _candidates(trace: Trace, step: Step) -> tuple[list[Any], list[Candidate]]:
    """The numbers of a step, the right one first, and what every mistake gives that does not
    always give that.
    """
    graph, js = trace.graph, JavaScript()
    row, op = graph.nodes[step.node], graph.op(step.node)
    shapes = [graph.nodes[i].shape for i in (*row.inputs, row.id)]
    if step.kind == "seed" or op.is_condition or op.variadic or op.window is not None:
        return [], []
    if any(shapes):
        return [], []
    at, found = _Step(trace, step, js), []
    true = at.true.item()
    for mistake, says, more, give in at.mistakes():
        value = _given(js, give)
        if value is not None and value.serial != true.serial:
            found.append(Candidate(mistake, says, mistake.bits + more, value))
    return at.names, found


def _given(js: JavaScript, give: Callable[[], Any]) -> Any:
    """A number as a term, NaN where the mistake does not apply; None where it never does, or
    cannot be written.
    """

    def number() -> Any:
        found = give()
        return js.terms.number(float("nan") if found is None else np.asarray(found).item())

    try:
        term = js.terms.explored(number)
    except UNWRITABLE:
        return None
    return None if term.value is not None and term.value != term.value else term


class _Step:
    """One step on terms, which are elements of a list.

    names  of the numbers in the list: v3 is the value of node 3; u2, l2, c2 and a2 are the
           upstream gradient, local gradient, contribution and sum of the contribution with index 2.
    """

    def __init__(self, trace: Trace, step: Step, js: JavaScript) -> None:
        self.trace, self.step, self.js, self.graph = trace, step, js, trace.graph
        self.row, self.op = self.graph.nodes[step.node], self.graph.op(step.node)
        self.options = {k: js.number(v) for k, v in self.row.options.items()}
        self.names: list[str] = []
        self.number = step.number - trace.seed_step - 1
        self.true = self._named(f"v{self.row.id}" if step.edge is None else f"a{self.number}")
        self.value = self._named(f"v{self.row.id}")
        self.operands = [self._named(f"v{i}") for i in self.row.inputs]
        self.labels = labels(self.graph)

    def _named(self, name: str) -> Any:
        if name not in self.names:
            self.names.append(name)
        return self.js.leaf(f"p[{self.names.index(name)}]", ())

    def _column(self, number: int, kind: str) -> Any:
        return self._named(f"{kind}{number}")

    def mistakes(self) -> Iterator[tuple[Mistake, str, float, Callable[[], Any]]]:
        """Every mistake, its words, how much more it takes to say, and a function that gives its
        number.
        """
        edge = self.step.edge
        if edge is None:
            for mistake in about("forward"):
                assert mistake.rule is not None
                rule = mistake.rule.value
                if rule is not None:
                    yield (
                        mistake,
                        self._says(mistake),
                        0.0,
                        partial(rule, self.row, self.operands, self.value),
                    )
        else:
            for subject in AT_A_GATE:
                for mistake in about(subject):
                    give = self._backward(mistake, edge)
                    if give is not None and mistake.name not in ACROSS_PASSES:
                        yield mistake, self._says(mistake), 0.0, give
        for slot, source in enumerate(self.row.inputs):
            if source in self.labels:
                mistake = get(TURNED)
                says = self._says(mistake, self.labels[source])
                yield mistake, says, OTHER_SIGN, partial(self._turned, slot)

    def _backward(self, mistake: Mistake, edge: Edge) -> Callable[[], Any] | None:
        rule, numbers = mistake.rule, self._arrived(edge.source)
        if rule is None:
            return None
        if rule.contribute is not None:
            contribute = rule.contribute
            return lambda: self._after(contribute(self._use(edge)))
        source = self.graph.nodes[edge.source]
        if rule.accumulate is not None and len(numbers) > 1:
            accumulate, arrived = rule.accumulate, tuple(self._column(n, "c") for n in numbers)
            return lambda: accumulate(source, arrived)
        if rule.report is not None and len(numbers) == self.trace.uses(edge.source):
            report, own = rule.report, self.operands[edge.slot]
            return lambda: report(source, own, self.true)
        return None

    def _arrived(self, source: int) -> list[int]:
        """The contributions to a node so far."""
        edges = self.trace.recording.edges[: self.number + 1]
        return [n for n, e in enumerate(edges) if e.source == source]

    def _use(self, edge: Edge) -> Use:
        upstream, local, brought = (self._column(self.number, kind) for kind in "ulc")
        return Use(
            self.js,
            edge,
            self.op,
            self.value,
            tuple(self.operands),
            self.row.options,
            upstream,
            local if self.op.elementwise else None,
            brought,
        )

    def _after(self, brought: Any) -> Any:
        """The gradient so far with another contribution."""
        assert self.step.edge is not None
        *before, _ = self._arrived(self.step.edge.source)
        if brought is None or not before:
            return brought
        return self._column(before[-1], "a") + brought

    def _turned(self, slot: int) -> Any:
        """The number of the step where an operand has the other sign."""
        operands = [-v if i == slot else v for i, v in enumerate(self.operands)]
        value = self.js.asarray(self.op.forward(self.js, *operands, **self.options))
        edge = self.step.edge
        if edge is None:
            return value
        reduced, routes = reduction(self.op, (), ()), self.graph.routes(edge)
        upstream = self._column(self.number, "u")
        _, brought = contribution(
            self.js, self.op, edge.slot, routes, reduced, upstream, value, operands, self.options
        )
        return self._after(brought)

    def _says(self, mistake: Mistake, node: str = "") -> str:
        """What is said of a mistake at this step, as a sentence."""
        if mistake.feedback:
            return mistake.feedback
        source = "" if self.step.edge is None else self.labels.get(self.step.edge.source, "it")
        name = node or self.labels.get(self.row.id, "it")
        says = mistake.says.replace("{node}", name).replace("{source}", source)
        is_named = mistake.says.startswith("{")
        return f"{typeset(says if is_named else says[:1].upper() + says[1:])}."
