"""How far a difference quotient is off, for ever smaller h and for ways to keep numbers.

Too large an h leaves terms of higher order, too small an h the rounding of the two values: the
error is a V on logarithmic axes, with its tip near √ε for a quotient to one side and near ∛ε for
one to both (Press et al., Numerical Recipes, 5.7).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import numpy as np

from gradviz.engine.curves.cut import Variable
from gradviz.engine.run import compile_graph
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.trace.plots.quotients import Quotient, Quotients, Series

STEPS: Final = np.arange(0, 16.01, 0.125)
"""The exponents of 1/h."""
FLOOR: Final = 1e-13
"""Errors below this are as good as none."""
REACH, WIDTH = 7, 3.0
"""The running mean: so many neighbours on each side, weighted by a bell of this width."""
DECIMALS: Final = 4

Sides = Literal["forward", "central"]
WAYS: Final[tuple[tuple[str, str, Sides, int | None], ...]] = (
    ("float64", "float64", "forward", None),
    ("float64, h to both sides", "float64", "central", None),
    ("float32", "float32", "forward", None),
    (f"{DECIMALS} decimals, as on a slide", "float64", "forward", DECIMALS),
)


def quotients(graph: Graph, variable: Variable, given: Mapping[str, Any]) -> Quotients:
    """The errors of the quotients for one number of a graph's inputs.

    Raises ValueInputError where the slope is 0 or not finite, so that no error is relative to it.
    """
    trace = compile_graph(graph, wrt=[variable.name]).trace(values=given)
    exact = float(np.asarray(trace.gradient(variable.name))[variable.place])
    if not math.isfinite(exact) or exact == 0:
        raise ValueInputError(
            f"the slope with respect to {variable} is {exact:g} here: no error is relative to it",
            expected="a point with a finite slope other than 0",
        )
    values = {dtype: _along(graph, variable, given, dtype) for dtype in ("float64", "float32")}
    series = tuple(
        _series(name, values[dtype], sides, decimals, exact)
        for name, dtype, sides, decimals in WAYS
    )
    held = trace.inputs()[variable.name]
    return Quotients(
        variable=str(variable),
        output=trace.graph.names.get(trace.graph.output, "") or "f",
        at=float(np.asarray(held)[variable.place]),
        exact=exact,
        series=series,
        trace=trace,
    )


def _along(
    graph: Graph, variable: Variable, given: Mapping[str, Any], dtype: str
) -> Callable[[float], float]:
    """The output as a function of a step from the given point, in this precision."""
    program, kind = compile_graph(graph, wrt=[variable.name], dtype=dtype), np.dtype(dtype).type
    start = program.trace(values=given).inputs()
    base = np.array(start[variable.name], dtype=dtype)

    def value(step: float) -> float:
        moved = base.copy()
        moved[variable.place] = kind(moved[variable.place] + kind(step))
        return float(program.value(values={**start, variable.name: moved}))

    return value


def _series(
    name: str, value: Callable[[float], float], sides: Sides, decimals: int | None, exact: float
) -> Series:
    def cut(number: float) -> float:
        return number if decimals is None else round(number, decimals)

    here = cut(value(0.0))
    measured = []
    for k in STEPS:
        h = float(10.0**-k)
        up = cut(value(h))
        slope = (up - here) / h if sides == "forward" else (up - cut(value(-h))) / (2 * h)
        measured.append(Quotient(h, abs(slope - exact) / abs(exact)))
    there = [q for q in measured if math.isfinite(q.error)]
    typical = _typical(there)
    best = min(typical, key=lambda q: q.error)
    return Series(name, tuple(there), tuple(typical), best)


def _typical(measured: list[Quotient]) -> list[Quotient]:
    """The mean of the errors' logarithms near each h."""
    logs = np.log10([max(q.error, FLOOR) for q in measured])
    bell = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / WIDTH) ** 2)
    found = []
    for k, q in enumerate(measured):
        low, high = max(0, k - REACH), min(len(measured), k + REACH + 1)
        weights = bell[low - k + REACH : high - k + REACH]
        mean = float((weights * logs[low:high]).sum() / weights.sum())
        found.append(Quotient(q.h, float(10**mean)))
    return found
