"""What a wrong number tells: the misconceptions of exams first, then the usual slips, for arrays
too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple

import gradviz as gv
from gradviz.errors import ParseError
from gradviz.graph.text.literals import value as read_literal
from gradviz_tui.walk.moves import sender


class Mistake(NamedTuple):
    """A number that a likely mistake gives, and what to say about it."""

    value: float
    says: str


def known(trace: gv.Trace, k: int) -> Iterable[Mistake]:
    """What the misconceptions of exams make of a step, each in its own words."""
    from gradviz.exam.steps import wrong_at_step  # not before there is a quiz

    return (Mistake(float(wrong.value), wrong.feedback) for wrong in wrong_at_step(trace, k))


def slips(
    trace: gv.Trace, step: gv.Step, place: tuple[int, ...], brought: float
) -> Iterable[Mistake]:
    """What the usual slips in one contribution give, arrays included: named where exams know no
    better.
    """
    assert step.edge is not None
    upstream, local = same(trace, step.upstream, place), same(trace, step.local, place)
    if local is not None:
        yield Mistake(local, "You forgot the upstream gradient: that is the local gradient alone.")
    if upstream is not None:
        yield Mistake(
            upstream, "You forgot the local gradient: that is the upstream gradient alone."
        )
    if trace.graph.nodes[step.edge.target].op in ("mul", "div"):
        for other_step in _siblings(trace, step):
            other = same(trace, other_step.contribution, place)
            if other is not None:
                yield Mistake(other, "You swapped the factors: that goes to the other input.")
    yield Mistake(-brought, "The sign is turned.")
    if upstream is not None and local is not None:
        yield Mistake(upstream + local, "You added; the chain rule multiplies.")


def _siblings(trace: gv.Trace, step: gv.Step) -> Iterable[gv.Step]:
    """The other contributions that the same node sends."""
    first = last = step.number
    while first > trace.seed_step + 1 and sender(trace, first - 1) == step.node:
        first -= 1
    while last < len(trace) and sender(trace, last + 1) == step.node:
        last += 1
    return (trace.step(k) for k in range(first, last + 1) if k != step.number)


def read(text: str) -> float:
    """The number that a text stands for. Raises ParseError for anything else."""
    found = read_literal(text.replace("−", "-"))
    if isinstance(found, gv.Graph):
        trace = gv.run(found)
        found = trace.xp.plain(trace.values[trace.graph.output])
    if isinstance(found, bool) or not isinstance(found, int | float | Fraction):
        raise ParseError("this is no number", expected="one number, such as -3, 1/4 or 2*0.5")
    return float(found)


def at(trace: gv.Trace, value: Any, place: tuple[int, ...]) -> float | None:
    """One element as a float; None for what is no finite number."""
    if len(tuple(trace.xp.shape(value))) != len(place) or 0 in tuple(trace.xp.shape(value)):
        return None
    plain = trace.xp.plain(value[place] if place else value)
    try:
        found = read(plain) if isinstance(plain, str) else float(plain)
    except (gv.GradvizError, ValueError):
        return None
    return found if math.isfinite(found) and not isinstance(plain, bool) else None


def same(trace: gv.Trace, value: Any, place: tuple[int, ...]) -> float | None:
    """The element at the same place of an array that may have another shape, where that means
    something.
    """
    if value is None:
        return None
    shape = tuple(trace.xp.shape(value))
    if len(shape) != len(place) or any(i >= n for i, n in zip(place, shape, strict=True)):
        return at(trace, value, ()) if shape == () else None
    return at(trace, value, place)
