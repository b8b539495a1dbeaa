"""The updates of a pass: W, its gradient, and W after the step."""

from __future__ import annotations

from typing import Any

from gradviz.engine.inside.views import View
from gradviz.errors import ValueInputError
from gradviz.trace.descent import Place, UpdateTrace
from gradviz.trace.trace import Trace


def update(trace: Trace) -> UpdateTrace:
    """The walk over the updates of a trace. Raises ValueInputError for a trace without any."""
    seen = [] if trace.updates is None else [u for u in trace.updates.each if u.hidden is None]
    if trace.updates is not None and len(seen) < len(trace.updates.each):
        raise ValueInputError(
            "parameters inside folded scopes are not seen, so their updates cannot be shown so",
            expected="a pass that is not folded",
            hint="--depth 0",
        )
    if not seen:
        raise ValueInputError(
            "there are no updates to show",
            expected="a pass of a training run: gradviz learn … -o run.json",
            got="a forward and a backward pass only" if trace.has_backward else "a forward pass",
        )
    places = tuple(Place(u.node, _largest(trace, u.node)) for u in seen)
    held = tuple(range(trace.pass_steps + 1, len(trace) + 1))
    return UpdateTrace(trace, places, held, lambda k: trace.step(held[k - 1]))


def _largest(trace: Trace, node: int) -> tuple[int, ...]:
    """The element with the largest gradient, which is told for all; the first of several."""
    shape = trace.graph.nodes[node].shape or ()
    found: tuple[float, tuple[int, ...]] = (-1.0, (0,) * len(shape))
    for place, value in _elements(trace.xp.plain(trace.gradients[node]), ()):
        size = abs(float(value)) if _is_number(value) else -1.0
        if size > found[0]:
            found = size, place
    return found[1]


def _is_number(value: Any) -> bool:
    try:
        return float(value) == float(value)
    except (TypeError, ValueError):
        return False


def _elements(plain: Any, place: tuple[int, ...]) -> Any:
    if not isinstance(plain, list):
        yield place, plain
        return
    for i, part in enumerate(plain):
        yield from _elements(part, (*place, i))


VIEW = View("the updates of a training pass: W, its gradient, W after", update)
