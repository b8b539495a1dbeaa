"""The likely mistakes in a single step of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gradviz.engine.changes import Use
from gradviz.mistakes.catalogue import about
from gradviz.mistakes.mistake import Mistake
from gradviz.ops.contributions import sum_broadcast
from gradviz.trace.step import Step
from gradviz.trace.trace import Trace


@dataclass(frozen=True, slots=True)
class Slip:
    """The wrong result of a step under a mistake.

    value  the node's value after a forward step, or its gradient so far after a backward step, as
           the numbers of the trace; possibly in a wrong shape.
    """

    mistake: Mistake
    value: Any


def at_step(trace: Trace, k: int) -> tuple[Slip, ...]:
    """The result of step k under every mistake that applies, if all earlier steps are right.

    Mistakes in accumulating a branch come first, then those at the gate, then those in what is
    reported; within each group, those used for single steps only come last. Empty for the seed, for
    conditions, and for ops with windows, whose rules take one channel. Values may be NaN or
    infinite.
    """
    step = trace.step(k)
    with trace.xp.quiet():
        if step.kind == "forward":
            return tuple(_forward(trace, step))
        if step.edge is not None and trace.graph.op(step.edge.target).window is None:
            return tuple(_backward(trace, step))
    return ()


def _forward(trace: Trace, step: Step) -> Iterator[Slip]:
    node = trace.graph.nodes[step.node]
    if trace.graph.op(node).is_condition:
        return
    operands = [trace.values[i] for i in node.inputs]
    for mistake in about("forward"):
        assert mistake.rule is not None and mistake.rule.value is not None
        value = mistake.rule.value(node, operands, trace.values[step.node])
        if value is not None:
            yield Slip(mistake, trace.xp.asarray(value))


def _backward(trace: Trace, step: Step) -> Iterator[Slip]:
    assert step.edge is not None
    use, source = _use(trace, step), trace.graph.nodes[step.edge.source]
    arrived = tuple(
        w.contribution for w in trace.contributions(source.id) if w.number <= step.number
    )
    for mistake in sorted((*about("backward"), *about("step")), key=_sort):
        rule, value = mistake.rule, None
        assert rule is not None
        if rule.contribute is not None:
            value = _after(trace, step, use, rule.contribute(use))
        elif rule.accumulate is not None and len(arrived) > 1:
            value = rule.accumulate(source, arrived)
        elif rule.report is not None and len(arrived) == trace.uses(source.id):
            value = rule.report(source, use.own, step.after)
        if value is not None:
            yield Slip(mistake, trace.xp.asarray(value))


def _sort(mistake: Mistake) -> int:
    rule = mistake.rule
    return 0 if rule and rule.accumulate else 1 if rule and rule.contribute else 2


def _after(trace: Trace, step: Step, use: Use, brought: Any) -> Any:
    """The gradient so far with a changed contribution; None if the shapes do not match."""
    if brought is None:
        return None
    xp, brought = trace.xp, trace.xp.asarray(brought)
    wide, narrow = tuple(xp.shape(use.value)), tuple(xp.shape(step.contribution))
    if use.op.elementwise and tuple(xp.shape(brought)) == wide != narrow:
        brought = sum_broadcast(xp, brought, step.summed, wide, narrow)
    if trace.contributions_by(use.edge.source, step.number) == 1:
        return brought
    return step.before + brought if tuple(xp.shape(brought)) == narrow else None


def _use(trace: Trace, step: Step) -> Use:
    """A step as a changed rule sees it."""
    assert step.edge is not None
    node, op = trace.graph.nodes[step.edge.target], trace.graph.op(step.edge.target)
    return Use(
        trace.xp,
        step.edge,
        op,
        trace.values[node.id],
        tuple(trace.values[i] for i in node.inputs),
        node.options,
        step.upstream,
        step.local if op.elementwise else None,
        step.contribution,
    )
