"""Keys computed twice: by the trace and by central differences, which use no backward rule.

The differences are computed in exact fractions or 60 digits with a step of 10⁻¹⁵, so for smooth
functions they are correct to about 30 digits. If the two disagree, no paper is made.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from gradviz.errors import GradvizError
from gradviz.mistakes import XP, Case
from gradviz.trace import Trace

STEP = Fraction(1, 10**15)
AGREES = Fraction(1, 10**9)
"""How far the trace's floats may differ from the measured derivative, relative to it or to 1."""


class KeyMismatchError(GradvizError, ArithmeticError):
    """Two ways to compute a key disagree: no paper is made."""


def prove(case: Case, trace: Trace, nodes: list[int] | None = None) -> None:
    """Check the trace's values and gradients, and those in fractions, against the differences.

    nodes   which gradients; those of all inputs by default.
    Raises KeyMismatchError.
    """
    gradients = case.backward().gradients
    for node in range(len(case.values)):
        _compare(case, "value", node, trace.values[node], case.values[node])
    for node in [n.id for n in case.graph.inputs] if nodes is None else nodes:
        measured = derivative(case, node)
        _compare(case, "gradient", node, gradients[node], measured)
        _compare(case, "gradient", node, trace.gradients[node], measured)


def derivative(case: Case, node: int) -> Any:
    """The output's derivative with respect to any node, by central differences."""
    value = case.values[node]
    if XP.shape(value) == ():
        return _slope(case, node, lambda h: value + h)
    found = XP.zeros(value.shape)
    for place in np.ndindex(value.shape):
        found[place] = _slope(case, node, lambda h, place=place: _moved(value, place, h))
    return found


def _moved(value: Any, place: tuple[int, ...], h: Fraction) -> Any:
    moved = value.copy()
    moved[place] += h
    return moved


def _slope(case: Case, node: int, moved: Any) -> Fraction:
    above, below = (forward(case, node, moved(h)) for h in (STEP, -STEP))
    slope: Fraction = (above - below) / (2 * STEP)
    return slope


def forward(case: Case, node: int, value: Any) -> Any:
    """The output if a node had another value."""
    program, values = case.program, list(case.values)
    values[node] = value
    for i in program.computed:
        op = program.ops[i]
        if i > node and op is not None:
            values[i] = XP.asarray(
                op.forward(XP, *program.operands(values, i), **program.options[i])
            )
    output = values[case.graph.output]
    return output if XP.shape(output) == () else output.sum()


def _compare(case: Case, what: str, node: int, found: Any, expected: Any) -> None:
    ours, theirs = (np.asarray(XP.asarray(v), dtype=object).ravel() for v in (found, expected))
    for a, b in zip(ours, theirs, strict=True):
        if abs(a - b) > AGREES * max(1, abs(b)):
            name = case.graph.nodes[node].name or f"node {node}"
            raise KeyMismatchError(
                f"two ways to compute the {what} of {name} disagree: no paper is made",
                where=f"{case.source} at {', '.join(f'{k} = {v}' for k, v in case.given.items())}",
                expected=float(b),
                got=float(a),
                hint="this is a fault in gradviz: please report it",
            )


def agree(what: str, found: Any, expected: Any, *, within: Fraction = AGREES) -> None:
    """Check a key that is not a gradient against the same number computed in another way.

    Raises KeyMismatchError.
    """
    if abs(found - expected) > within * max(1, abs(expected)):
        raise KeyMismatchError(
            f"two ways to compute {what} disagree: no paper is made",
            expected=expected,
            got=found,
            hint="this is a fault in gradviz: please report it",
        )
