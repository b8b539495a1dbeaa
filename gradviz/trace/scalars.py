"""The trace of a run of single numbers: the columns of its run, and what all its runs share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from gradviz.graph.graph import Graph
from gradviz.trace.columns import Gradients, Scalars, Sums
from gradviz.trace.step import Recording
from gradviz.trace.trace import Trace


class Found(NamedTuple):
    """What a run computed: by node its value; by step of the backward pass the local gradient and
    the contribution; and the sums that further contributions to a node led to, in order.
    """

    values: Sequence[float]
    local: Sequence[float]
    contribution: Sequence[float]
    sums: Sequence[float]


class ScalarTrace(Trace):
    """A trace that keeps what a run found (`Found`) and makes the rest of it when asked.

    shared  what all runs of the graph share: `graph`, `xp`, `wrt`; `schedule`, the edges that
            contribute, in order; `sums_at`, for each of them the place of its sum among
            `Found.sums`, −1 for the first contribution to a node; `last`, for each node the last
            contribution to it, see `Gradients`.
    """

    def __init__(self, shared: Any, found: Sequence[Sequence[float]], seed: Any) -> None:
        self._shared, self._found, self.seed = shared, found, seed

    dtype, note = "float64", ""

    @property
    def backend(self) -> str:  # type: ignore[override]
        """The backend that the graph ran on."""
        return "numpy-fast" if self.xp.is_fast else "numpy"

    @cached_property
    def graph(self) -> Graph:  # type: ignore[override]
        """The graph with its shapes."""
        found: Graph = self._shared.graph
        return found

    @cached_property
    def wrt(self) -> tuple[int, ...]:  # type: ignore[override]
        """The inputs to differentiate with respect to."""
        found: tuple[int, ...] = self._shared.wrt
        return found

    @cached_property
    def xp(self) -> Any:
        """The array namespace of the values."""
        return self._shared.xp

    @cached_property
    def values(self) -> Scalars:  # type: ignore[override]
        """By node."""
        return Scalars(self._found[0], self.xp)

    @cached_property
    def recording(self) -> Recording:  # type: ignore[override]
        """The backward pass."""
        _, local, contribution, sums = self._found
        after = Sums(contribution, sums, self._shared.sums_at)
        return Recording(self._shared.schedule, local, contribution, after)

    @cached_property
    def gradients(self) -> Gradients:  # type: ignore[override]
        """By node."""
        return Gradients(self.recording.after, self._shared.last, self.seed, self.xp)
