"""Gradients measured by finite differences, and the kinks that they run into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.program import Program
from gradviz.graph.graph import Graph

SAMPLE = 20
"""At most this many elements of an input are perturbed."""
SHRINK = (1.0, 1e-2, 1e-4)
"""Smaller steps to try when a kink or a pole lies within reach of the first."""
GOOD = 1e-7
"""A step whose estimated relative error is below this needs no smaller one."""


@dataclass(slots=True)
class Measured:
    """The result of the differences for one element.

    value   the derivative, by central differences with one Richardson extrapolation; NaN where
            undefined.
    error   an estimate of its absolute error: what was extrapolated away, and rounding.
    kinks   nodes whose smooth piece changes within the smallest step tried.
    """

    value: float
    error: float
    kinks: tuple[int, ...] = field(default=())


def sampled(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The elements to perturb: all of them, or always the same `SAMPLE` evenly spread ones."""
    size = int(np.prod(shape))
    flat = (
        range(size)
        if size <= SAMPLE
        else [round(i * (size - 1) / (SAMPLE - 1)) for i in range(SAMPLE)]
    )
    return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in flat]


class Differences:
    """Central differences of `sum(upstream · output)` in float64.

    graph     bound.
    inputs    the value of every input, in order, as NumPy arrays; conditions and indices as they
              are.
    upstream  in the output's shape.
    """

    def __init__(self, graph: Graph, inputs: Sequence[Any], upstream: Any) -> None:
        self.graph, self.xp = graph, for_backend()
        self.program = Program(graph, self.xp, ())
        self.inputs, self.upstream = list(inputs), upstream
        self.pieced = [
            n.id for n in graph.nodes if not n.is_leaf and graph.op(n).pieces is not None
        ]
        self.here = self._pieces(self.program.forward(self.inputs))

    def at(self, node: int, place: tuple[int, ...]) -> Measured:
        """The derivative with respect to one element of an input."""
        x = float(np.asarray(self.inputs[node])[place])
        first = float(np.cbrt(np.finfo(float).eps)) * max(1.0, abs(x))
        tries = []
        for shrink in SHRINK:
            with np.errstate(all="ignore"):
                tries.append(self._measure(node, place, x, first * shrink))
            if not tries[-1].kinks and tries[-1].error <= GOOD * abs(tries[-1].value):
                return tries[-1]
        if tries[-1].kinks:
            return tries[-1]
        smooth = [t for t in tries if not t.kinks and np.isfinite(t.value)]
        return min(smooth, key=lambda t: t.error) if smooth else tries[0]

    def _measure(self, node: int, place: tuple[int, ...], x: float, step: float) -> Measured:
        kinks: set[int] = set()
        slopes, largest = [], 0.0
        for h in (step, step / 2):
            up, down = x + h, x - h
            (above, pieces_up), (below, pieces_down) = (
                self._moved(node, place, v) for v in (up, down)
            )
            slopes.append((above - below) / (up - down))
            largest = max(largest, abs(above), abs(below))
            kinks.update(self._changed(pieces_up), self._changed(pieces_down))
        extrapolated = (4 * slopes[1] - slopes[0]) / 3
        rounding = 4.0 * np.finfo(float).eps * largest / step
        return Measured(extrapolated, abs(slopes[1] - slopes[0]) + rounding, tuple(sorted(kinks)))

    def _moved(self, node: int, place: tuple[int, ...], value: float) -> tuple[float, list[Any]]:
        moved = np.array(self.inputs[node], dtype=float)
        moved[place] = value
        inputs = [*self.inputs]
        inputs[node] = self.xp.asarray(moved)
        values = self.program.forward(inputs)
        with self.xp.quiet():
            return float(np.sum(self.upstream * values[self.graph.output])), self._pieces(values)

    def _pieces(self, values: Sequence[Any]) -> list[Any]:
        found = []
        with self.xp.quiet():
            for node in self.pieced:
                op = self.program.ops[node]
                assert op is not None and op.pieces is not None
                found.append(
                    op.pieces(
                        self.xp, *self.program.operands(values, node), **self.program.options[node]
                    )
                )
        return found

    def _changed(self, pieces: list[Any]) -> Iterator[int]:
        for node, there, here in zip(self.pieced, pieces, self.here, strict=True):
            if not np.array_equal(there, here, equal_nan=True):
                yield node
