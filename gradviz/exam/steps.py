"""The likely mistakes in one backward step of a walk, for those who ask about steps."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from gradviz.arrays.rationals import fraction
from gradviz.exam.answers.forms import Wrong
from gradviz.exam.backward import XP, Use
from gradviz.exam.misconceptions import Misconception, about
from gradviz.exam.question.distractors import apart
from gradviz.trace.step import Step
from gradviz.trace.trace import Trace


def wrong_at_step(trace: Trace, k: int) -> tuple[Wrong, ...]:
    """What every mistake makes of the gradient after step k, all before it being right.

    At a branch those that treat it wrongly come first, then those at the gate, then those in what
    is written down. After the first path to a node that is what the edge brings, at a branch the
    sum so far. Empty for steps of other kinds, and where something at work is no finite, exact
    number: an array, a symbol, NaN.
    """
    step = trace.step(k)
    use = _use(trace, step)
    after = _number(trace, step.after)
    if use is None or after is None:
        return ()
    assert step.edge is not None
    writes = [w for w in trace.contributions(step.edge.source) if w.number <= k]
    arrived = [n for w in writes if (n := _number(trace, w.contribution)) is not None]
    if len(arrived) < len(writes):
        return ()
    last = len(arrived) == trace.uses(step.edge.source)
    found = (
        Wrong(value, mistake.name, mistake.feedback, k)
        for mistake in sorted(about("backward"), key=_place)
        for value in _values(mistake, use, arrived, after, last)
    )
    return apart(after, found, Fraction(0))


def _place(mistake: Misconception) -> int:
    rule = mistake.rule
    return 0 if rule and rule.accumulate else 1 if rule and rule.contribute else 2


def _values(
    mistake: Misconception, use: Use, arrived: list[Fraction], after: Fraction, last: bool
) -> Iterator[Fraction]:
    """What a mistake makes of this step; nothing where it does not apply."""
    rule = mistake.rule
    assert rule is not None
    if rule.contribute is not None:
        brought = rule.contribute(use)
        if brought is not None and XP.shape(brought) == ():
            yield sum(arrived[:-1], fraction(brought))
    elif rule.accumulate is not None and len(arrived) > 1:
        yield fraction(rule.accumulate(arrived))
    elif rule.report is not None and last:
        yield fraction(rule.report(use.own, after))


def _use(trace: Trace, step: Step) -> Use | None:
    """A step as a changed rule sees it; None where it is no backward step between exact numbers."""
    if step.edge is None:
        return None
    node, op = trace.graph.nodes[step.edge.target], trace.graph.op(step.edge.target)
    upstream, contribution = _number(trace, step.upstream), _number(trace, step.contribution)
    value, operands = (
        _number(trace, trace.values[node.id]),
        [_number(trace, trace.values[i]) for i in node.inputs],
    )
    local = None if op.local is None else _number(trace, step.local)
    if None in (upstream, contribution, value, *operands) or (local is None) != (op.local is None):
        return None
    return Use(step.edge, op, value, tuple(operands), node.options, upstream, local, contribution)


def _number(trace: Trace, value: Any) -> Fraction | None:
    """A scalar exactly, as its shortest decimal says it; None for anything else."""
    if value is None or tuple(trace.xp.shape(value)):
        return None
    try:
        return fraction(trace.xp.plain(value))
    except (ValueError, OverflowError):  # a symbol; NaN or an infinity
        return None
