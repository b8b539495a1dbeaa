"""A step of descent: the parameters of what is open go against their gradients, as in training."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from math import prod

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.graph.declared import is_parameter
from gradviz_tui.walk.opened import MOST_TYPED, Descended, Opened, typed

USUAL = "0.1"
"""The rate that is proposed."""


def read_rate(text: str) -> float:
    """The learning rate that was typed, `0.1` or `1/10`. Raises ValueInputError."""
    try:
        found = float(Fraction(text.strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        found = math.nan
    if not 0 < found < math.inf:
        raise ValueInputError(
            "the learning rate is not valid",
            expected="a number above 0, such as 0.1",
            got=text.strip()[:40] or "nothing",
        )
    return found


def parameters(trace: gv.Trace, *, chosen: bool = False) -> list[str]:
    """The names of what a step changes: what the run trained, else the parameters of a network,
    else all inputs that have gradients; with `chosen` exactly these.
    """
    row = trace.graph.nodes
    if trace.updates is not None:
        return [row[update.node].name for update in trace.updates.each]
    own = [i for i in trace.wrt if is_parameter(row[i].options)]
    return [row[i].name for i in (trace.wrt if chosen or not own else own)]


def descended(opened: Opened, rate: float) -> Opened:
    """The same run after one step of gradient descent.

    Raises ValueInputError for a run without gradients, of symbols, or of several outputs.
    """
    from gradviz.engine.descent import descent
    from gradviz.learn.replay import updated

    trace = opened.trace
    _check(trace)
    names = parameters(trace, chosen="wrt" in opened.options)
    told = updated(trace, descent("sgd", lr=rate), names).updates
    assert told is not None
    after = {trace.graph.nodes[u.node].name: u.after for u in told.each}
    small = {n: v for n, v in after.items() if prod(trace.xp.shape(v)) <= MOST_TYPED}
    made = opened.with_values(after, {n: typed(trace.xp.plain(v)) for n, v in small.items()})
    large = [name for name in after if name not in small]
    unsaid = f"{large[0]} has too many numbers to be typed" if large else opened.unsaid
    return replace(made, descent=Descended(rate, told.before, told.after), unsaid=unsaid)


def rose(step: Descended) -> bool:
    """Whether a step made the loss larger, or no number."""
    return not step.after <= step.before


def _check(trace: gv.Trace) -> None:
    if not trace.has_backward:
        raise ValueInputError("A step of descent needs gradients; this run has none.")
    xp, output = trace.xp, trace.values[trace.graph.output]
    if prod(xp.shape(output)) != 1:
        raise ValueInputError("A step of descent needs a loss: an output of one number.")
    try:
        float(xp.sum(output))
    except TypeError:
        raise ValueInputError("A step of descent needs numbers; these are symbols.") from None
