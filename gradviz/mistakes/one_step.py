"""Why is the number of one step different, if all steps before it are right?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gradviz.engine.run import run
from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression, checked_name, graph_of
from gradviz.graph.graph import CONSTANT, INPUT, Node, labels
from gradviz.mistakes.catalogue import families
from gradviz.mistakes.chance import SURE, share
from gradviz.mistakes.chance import room as room_of
from gradviz.mistakes.claims import Asked, all_near, fits
from gradviz.mistakes.made import is_looked_for, trials
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.outcomes import roughly, tried
from gradviz.mistakes.steps import at_step
from gradviz.mistakes.telling import slip
from gradviz.mistakes.working import Working
from gradviz.trace import Trace
from gradviz.trace.findings import Claim, Quantity, Slip, Written

NOT_HERE = frozenset({"rounding", "unshown", "differences", "updates", "writing"})
"""Families that have no part in a single step."""
NEVER = frozenset({"gradient-not-reset"})
"""What cannot have happened where there is one pass."""
LARGEST = 4096
"""Of larger arrays, only the mistakes at the gate are looked for."""
MOST_TRIED = 150


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the number of a step is different.

    slip      what was done, as data about a run of this step alone, which is `run`; None for
              a mistake that is told by its feedback.
    feedback  a sentence to the student; may be empty.
    chance    the share of numbers as wrong that something as simple would give.
    """

    mistake: str
    feedback: str
    chance: float
    slip: Slip | None = None
    run: Trace | None = None
    general: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether it may be said without a doubt: of a general mistake it never is."""
        return self.chance <= SURE and not self.general


@dataclass(frozen=True, slots=True)
class _Candidate:
    value: float
    bits: float
    mistake: Mistake
    slip: Slip | None = None
    run: Trace | None = None


def reason(trace: Trace, k: int, place: tuple[int, ...], number: Written) -> Reason | None:
    """The likeliest mistake that gives a wrong number at step k, for one element of its array.

    For a contribution to a branch the number is the gradient after it. None if no simple mistake
    gives it.
    """
    with trace.xp.quiet():
        candidates = sorted(_candidates(trace, k, place, number), key=lambda c: c.bits)
    true = _true(trace, k, place)
    fitting = [c for c in candidates if fits(number, c.value)]
    if not fitting or fits(number, true):
        return None
    best = fitting[0]
    claim = Claim(Quantity("value", 0), (), number, "")
    cheaper = [(c.value,) for c in candidates if c.bits <= best.bits]
    chance = share(room_of([claim], [true], [(c.value,) for c in candidates]), cheaper)
    made = best.mistake
    return Reason(made.name, made.feedback, chance, best.slip, best.run, made.general)


def _true(trace: Trace, k: int, place: tuple[int, ...]) -> float:
    step = trace.step(k)
    array = trace.values[step.node] if step.kind == "forward" else step.after
    return float(np.asarray(array)[place])


def _candidates(
    trace: Trace, k: int, place: tuple[int, ...], number: Written
) -> Iterator[_Candidate]:
    """What mistakes give, those at the gate first."""
    for found in at_step(trace, k):
        array = np.asarray(found.value)
        if array.ndim == len(place) and found.mistake.name not in NEVER:
            inside = all(i < n for i, n in zip(place, array.shape, strict=True))
            if inside and np.isfinite(array[place]):
                yield _Candidate(float(array[place]), found.mistake.bits, found.mistake)
    alone = _alone(trace, k)
    if alone is None:
        return
    working, of, before = alone
    written = number._replace(value=number.value - (before[place] if before is not None else 0.0))
    asked = Asked(working, (Claim(of, place, written, "it"),))
    shift = float(before[place]) if before is not None else 0.0
    for count, trial in enumerate(trials(asked, _mistakes())):
        if count == MOST_TRIED:
            return
        outcome = roughly(asked, trial)
        if outcome is not None and outcome.rough and all_near(asked.claims, outcome.results):
            outcome = tried(asked, trial)
        if outcome is not None and np.isfinite(outcome.results[0]):
            told = slip(working, trial)
            value = float(outcome.results[0]) + shift
            yield _Candidate(value, trial.bits, trial.mistake, told, working.trace)
            if fits(number, value):
                return


@cache
def _mistakes() -> tuple[Mistake, ...]:
    chosen = (m for name, family in families().items() if name not in NOT_HERE for m in family)
    return tuple(m for m in chosen if is_looked_for(m) and m.name not in NEVER)


def _alone(trace: Trace, k: int) -> tuple[Working, Quantity, Any] | None:
    """A run of one step alone, the quantity that it brings, and what had arrived before."""
    step = trace.step(k)
    target = step.node if step.kind == "forward" else step.edge.target if step.edge else None
    if target is None or trace.backend != "numpy":
        return None
    row = trace.graph.nodes[target]
    if any(np.size(trace.values[i]) > LARGEST for i in (target, *row.inputs)):
        return None
    try:
        working = Working(_run(trace, row, backward=step.kind != "forward"))
    except (GradvizError, ValueError, TypeError):
        return None
    graph = working.graph
    if step.edge is None:
        return working, Quantity("value", graph.output), None
    name = _names(trace, row)[step.edge.slot]
    inputs = {n.name: n.id for n in graph.inputs}
    if name not in inputs or working.truth.gradients[inputs[name]] is None:
        return None
    is_first = trace.contributions_by(step.edge.source, k) == 1
    before = None if is_first else np.asarray(step.before, float)
    return working, Quantity("gradient", inputs[name]), before


def _run(trace: Trace, row: Node, *, backward: bool) -> Trace:
    """One op on its recorded operands, with its recorded gradient as upstream gradient."""
    names, graph = _names(trace, row), trace.graph
    operands = []
    for name, i in zip(names, row.inputs, strict=True):
        node = graph.nodes[i]
        operands.append(
            Expression(CONSTANT, (), node.options, node.name)
            if node.op == CONSTANT
            else Expression(INPUT, name=name)
        )
    made = graph_of(Expression(row.op, tuple(operands), row.options, labels(graph).get(row.id, "")))
    given = dict(zip(names, (trace.values[i] for i in row.inputs), strict=True))
    used = {n.name for n in made.inputs}
    upstream = trace.gradients[row.id] if backward else None
    values = {name: value for name, value in given.items() if name in used}
    return run(made, values=values, upstream=upstream)


def _names(trace: Trace, row: Node) -> list[str]:
    """A name for each operand; one that is used twice has two."""
    known, found = labels(trace.graph), list[str]()
    for slot, i in enumerate(row.inputs):
        name = known.get(i, f"operand{slot}")
        try:
            checked_name(name)
        except GradvizError:
            name = f"operand{slot}"
        while name in found:
            name += "_"
        found.append(name)
    return found
