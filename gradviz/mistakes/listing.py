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
    """A mistake and what it gives at a step: a term, NaN where it does not apply.

    slot  the operand that it is about, if it is about one.
    bits  how much it takes to say.
    """

    mistake: Mistake
    slot: int | None
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
    found, functions, steps = dict[Any, int](), dict[str, int](), list[Any]()
    known: dict[Any, tuple[list[str], list[Candidate], str]] = {}
    for k in range(1, trace.pass_steps + 1):
        step = trace.step(k)
        if not _is_told(trace, step):
            steps.append(None)
            continue
        at = _Step(trace, step)
        if at.kind not in known:
            candidates = sorted(at.candidates(), key=lambda c: c.bits)
            text = function([c.value for c in candidates], "p")
            known[at.kind] = at.roles, candidates, text
        roles, candidates, text = known[at.kind]
        slips = [(c.mistake.name, at.says(c), c.bits) for c in candidates]
        told = [found.setdefault(slip, len(found)) for slip in slips]
        steps.append(
            [[at.name(r) for r in roles], told, functions.setdefault(text, len(functions))]
        )
    data = json.dumps([list(found), steps], ensure_ascii=False, separators=(",", ":"))
    source = resources.files(__package__).joinpath("slips.js").read_text("utf-8")
    return f"(()=>{{{source}\nreturn namer({data},[{','.join(functions)}])}})()"


def _is_told(trace: Trace, step: Step) -> bool:
    """Whether a step of single numbers is one that mistakes are known for."""
    graph = trace.graph
    row, op = graph.nodes[step.node], graph.ops[step.node]
    if step.kind == "seed" or op is None or op.is_condition or op.variadic:
        return False
    return op.window is None and not any(graph.nodes[i].shape for i in (*row.inputs, row.id))


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

    roles  what the numbers in the list are to the step: y its value, x0 its first operand; u, l, c
           and a the upstream gradient, local gradient, contribution and sum after it; c0 and a0
           the same of the first contribution to its source.
    kind   steps of one kind have the same candidates.
    """

    def __init__(self, trace: Trace, step: Step) -> None:
        self.trace, self.edge, self.js, self.graph = trace, step.edge, JavaScript(), trace.graph
        self.row, self.op = self.graph.nodes[step.node], self.graph.op(step.node)
        self.options = {k: self.js.number(v) for k, v in self.row.options.items()}
        self.labels = labels(self.graph)
        number = step.number - trace.seed_step - 1
        before = trace.recording.edges[: number + 1] if self.edge is not None else ()
        self.arrived = [
            n for n, e in enumerate(before) if self.edge and e.source == self.edge.source
        ]
        self.roles: list[str] = []
        self.true = self._named("y" if self.edge is None else "a")
        self.value = self._named("y")
        self.operands = [self._named(f"x{self.row.inputs.index(i)}") for i in self.row.inputs]

    @property
    def kind(self) -> Any:
        """See above."""
        row, edge = self.row, self.edge
        same = tuple(map(row.inputs.index, row.inputs))
        named = tuple(i in self.labels for i in row.inputs)
        options = repr(sorted(row.options.items()))
        if edge is None:
            return row.op, options, same, named
        is_last = len(self.arrived) == self.trace.uses(edge.source)
        fixed = self.graph.meets_fixed(edge)
        return row.op, options, same, named, edge.slot, len(self.arrived), is_last, fixed

    def name(self, role: str) -> str:
        """The name of a number: v3 the value of node 3; u2, l2, c2 and a2 are of the contribution
        with index 2.
        """
        if role[0] in "yx":
            return f"v{self.row.id if role == 'y' else self.row.inputs[int(role[1:])]}"
        return f"{role[0]}{self.arrived[int(role[1:] or -1)]}"

    def _named(self, role: str) -> Any:
        if role not in self.roles:
            self.roles.append(role)
        return self.js.leaf(f"p[{self.roles.index(role)}]", ())

    def candidates(self) -> Iterator[Candidate]:
        """Every mistake that does not always give the right number."""
        true = self.true.item()
        for mistake, slot, more, give in self._mistakes():
            value = _given(self.js, give)
            if value is not None and value.serial != true.serial:
                yield Candidate(mistake, slot, mistake.bits + more, value)

    def _mistakes(self) -> Iterator[tuple[Mistake, int | None, float, Callable[[], Any]]]:
        """Every mistake, the operand that it is about, how much more it takes to say, and a
        function that gives its number.
        """
        subjects = ("forward",) if self.edge is None else AT_A_GATE
        for mistake in (m for subject in subjects for m in about(subject)):
            give = self._rule(mistake)
            if give is not None and mistake.name not in ACROSS_PASSES:
                yield mistake, None, 0.0, give
        for slot, source in enumerate(self.row.inputs):
            if source in self.labels:
                yield get(TURNED), slot, OTHER_SIGN, partial(self._turned, slot)

    def _rule(self, mistake: Mistake) -> Callable[[], Any] | None:
        """What gives the number of a mistake that is a rule."""
        rule, edge = mistake.rule, self.edge
        if rule is None:
            return None
        if edge is None:
            value = rule.value
            return value and partial(value, self.row, self.operands, self.value)
        if rule.contribute is not None:
            contribute = rule.contribute
            return lambda: self._after(contribute(self._use(edge)))
        source, count = self.graph.nodes[edge.source], len(self.arrived)
        if rule.accumulate is not None and count > 1:
            brought = tuple(self._named(f"c{i}") for i in range(count))
            return partial(rule.accumulate, source, brought)
        if rule.report is not None and count == self.trace.uses(edge.source):
            return partial(rule.report, source, self.operands[edge.slot], self.true)
        return None

    def _use(self, edge: Edge) -> Use:
        upstream, local, brought = map(self._named, "ulc")
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
        before = len(self.arrived) - 2
        return brought if brought is None or before < 0 else self._named(f"a{before}") + brought

    def _turned(self, slot: int) -> Any:
        """The number of the step where an operand has the other sign."""
        operands = [-v if i == slot else v for i, v in enumerate(self.operands)]
        value = self.js.asarray(self.op.forward(self.js, *operands, **self.options))
        edge = self.edge
        if edge is None:
            return value
        reduced, routes = reduction(self.op, (), ()), self.graph.routes(edge)
        upstream = self._named("u")
        _, brought = contribution(
            self.js, self.op, edge.slot, routes, reduced, upstream, value, operands, self.options
        )
        return self._after(brought)

    def says(self, candidate: Candidate) -> str:
        """What is said of a mistake at this step, as a sentence."""
        mistake, slot = candidate.mistake, candidate.slot
        if mistake.feedback:
            return mistake.feedback
        node = self.row.id if slot is None else self.row.inputs[slot]
        source = node if self.edge is None else self.edge.source
        says = mistake.says
        for place, named in (("{node}", node), ("{source}", source)):
            says = says.replace(place, self.labels.get(named, "it"))
        is_named = mistake.says.startswith("{")
        return f"{typeset(says if is_named else says[:1].upper() + says[1:])}."
