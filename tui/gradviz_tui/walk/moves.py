"""Where each move leads: step numbers, computed from the trace alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import gradviz as gv
from gradviz.errors import ValueInputError


def next_node(trace: gv.Trace, k: int) -> int:
    """The end of this node's steps, or of the next one's from there."""
    last = len(trace)
    k = min(k + 1, last)
    while k < last and trace.sender(k) is not None and trace.sender(k + 1) == trace.sender(k):
        k += 1
    return k


def previous_node(trace: gv.Trace, k: int) -> int:
    """The end of the steps of the node before this one."""
    here = trace.sender(k)
    k = max(k - 1, 0)
    while here is not None and trace.sender(k) == here:
        k -= 1
    return k


def loss(trace: gv.Trace) -> int:
    """The turning point: where the gradient starts from, or the last step without a backward
    pass.
    """
    return min(trace.seed_step, len(trace))


def writes(trace: gv.Trace, node: int) -> list[int]:
    """The steps that write a node's gradient."""
    found = [step.number for step in trace.contributions(node)]
    return [trace.seed_step, *found] if trace.has_backward and node == trace.graph.output else found


def events(trace: gv.Trace, node: int) -> list[int]:
    """The steps that write a node's value or gradient."""
    forward = trace.known_since(node)
    return ([forward] if forward else []) + writes(trace, node)


def after(steps: list[int], k: int) -> int | None:
    """The first of some steps that comes later."""
    return next((s for s in steps if s > k), None)


def before(steps: list[int], k: int) -> int | None:
    """The last of some steps that comes earlier."""
    return next((s for s in reversed(steps) if s < k), None)


def to_node(trace: gv.Trace, node: int, k: int) -> int | None:
    """The next step that writes a node's value or gradient, or the last one that did; None for a
    bare constant.
    """
    found = events(trace, node)
    later = after(found, k)
    return later if later is not None else before(found, k + 1)


def layers(trace: gv.Trace) -> list[int]:
    """Where a run begins, turns and ends, and where it enters another scope."""
    marks = {0, loss(trace), len(trace)}
    nodes = trace.graph.nodes
    if any(n.scope for n in nodes):
        scope = ""
        for k in range(1, len(trace) + 1):
            node = trace.forward_nodes[k - 1] if k < trace.seed_step else trace.sender(k)
            node = trace.graph.output if node is None else node
            if nodes[node].scope != scope:
                marks.add(k)
                scope = nodes[node].scope
    return sorted(marks)


def touching(trace: gv.Trace, node: int) -> list[int]:
    """The steps at which a breakpoint on a node stops: it is computed, seeded, or receives a
    contribution.
    """
    return events(trace, node)


def stretch(trace: gv.Trace, k: int, *, back: bool) -> Iterator[int]:
    """The steps from here on, in the order in which they are passed."""
    return iter(range(k - 1, 0, -1)) if back else iter(range(k + 1, len(trace) + 1))


def step_numbered(text: str, first: int, last: int) -> int:
    """The step that a typed number names. Raises ValueInputError for one that does not exist."""
    if not re.fullmatch(r"\s*\d{1,9}\s*", text) or not first <= int(text) <= last:
        raise ValueInputError(
            f"there is no step {text.strip() or 'without a number'}",
            expected=f"a number from {first} to {last}",
        )
    return int(text)
