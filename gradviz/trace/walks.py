"""A walk leads step by step, counted from 1, through a recorded trace.

A trace is the walk over its own graph, `gradviz.trace.cells` holds the one over the cells of an op,
`gradviz.trace.im2col` the same as products of rows and columns, `gradviz.trace.stamps` the stamps
of a transposed convolution, `gradviz.trace.neurons` the one over the units of a network,
`gradviz.trace.matrix` the one over a product of a matrix and a column, `gradviz.trace.volumes` the
one over the layers of a convolutional network, `gradviz.trace.pair` the one through two runs,
`gradviz.trace.panels` the one through two walks side by side. A further kind is a type that
satisfies `Walk`, and a file of its name in each room that makes, tells or draws walks:
`gradviz/engine/inside/views/`, `gradviz/story/walks/`, `gradviz/scene/views/`,
`gradviz/export/reports/walks/`.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Protocol, runtime_checkable

from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace


@runtime_checkable
class Walk(Protocol):
    """Plain data that can be gone through step by step. Its length is the number of steps."""

    @property
    def kind(self) -> str:
        """What is stepped through, in one word: `graph`, `neurons`. Fixed for each type."""

    @property
    def trace(self) -> Trace:
        """The trace that it leads through; a graph walk's is itself."""

    @property
    def source(self) -> str:
        """The text of the graph."""

    @property
    def has_backward(self) -> bool:
        """Whether any step belongs to the backward pass."""

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass, which come first."""

    def __len__(self) -> int: ...

    def phase(self, number: int) -> Phase:
        """What step `number` belongs to; `start` for 0."""

    def trace_step(self, number: int) -> int:
        """The step of the trace that step `number` belongs to, 0 for 0. It never decreases."""


def is_graph_walk(walk: Walk) -> bool:
    """Whether the steps are those of the trace itself, from node to node: only then are there
    scopes to fold, and frames for every node.
    """
    return walk.trace is walk


def landing(walk: Walk, trace_step: int) -> int:
    """The step of a walk that holds a step of its trace: the first of those that belong to it, or
    to the next step of the trace that any belongs to.

    Where none of the same pass does, it is the first step of that pass, or the last step if the
    walk lacks it; 0 for a walk without steps.
    """
    if walk.trace.phase(trace_step) == "update" and not is_graph_walk(walk):
        return len(walk)
    steps = range(1, len(walk) + 1)
    found = bisect_left(steps, trace_step, key=walk.trace_step) + 1
    back = walk.trace.phase(trace_step) in ("seed", "backward")
    if found in steps and (found > walk.forward_steps) == back:
        return found
    return min(walk.forward_steps + 1 if back else 1, len(walk))


def is_of_one_run(walk: Walk) -> bool:
    """Whether it leads through one run: a plot, passes, and two runs side by side do not."""
    if is_graph_walk(walk):
        return True
    return not hasattr(walk, "runs") and walk.trace_step(1) < len(walk.trace)
