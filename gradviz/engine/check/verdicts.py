"""The verdict on one element: its gradient against the slopes from the left and the right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from gradviz.engine.check.slopes import ACCEPT, Measured, Side

Verdict = Literal[
    "agrees", "no derivative here", "cannot be measured", "not defined here", "differs"
]
WORST: tuple[Verdict, ...] = (
    "agrees",
    "no derivative here",
    "cannot be measured",
    "not defined here",
    "differs",
)
"""The verdict on an input is the last of these that one of its elements has."""

MEASURED = {"float64": 1e-6, "float32": 1e-3, "exact": 1e-6}
"""By dtype, the relative error up to which a gradient agrees with differences, …"""
PROVED = {"float64": 1e-9, "float32": 1e-3, "exact": 1e-14}
"""… and with the exact gradient."""
SAME = 1e-12
"""Exact slopes that differ by less, relative to the larger, are two ways to write one number."""
FLOOR = 1e-3
"""Rounding excuses errors up to the tolerance times the input's largest gradient, or times this."""
TINY = 2.2250738585072014e-308
"""Floats below this have fewer digits."""


@dataclass(frozen=True, slots=True)
class Element:
    """What was found about one element of an input.

    place    its indices.
    ours     its gradient, as a float.
    left     the measured slope from the left; see `Side`.
    right    the measured slope from the right.
    exact    the exact slopes from the left and from the right, as expressions; None where there is
             none or it cannot be derived.
    kinks    the nodes whose kink lies there.
    verdict  of this element.
    error    the relative error of the gradient, where it was compared.
    """

    place: tuple[int, ...]
    ours: float
    left: Side
    right: Side
    exact: tuple[Any | None, Any | None]
    kinks: tuple[int, ...]
    verdict: Verdict
    error: float = 0.0

    @property
    def slopes(self) -> tuple[float, float]:
        """The slopes from the left and from the right as floats, the exact ones if known."""
        exact, sides = _exact_floats(self.exact), (self.left, self.right)
        left, right = (
            s.value if e is None or s.kind == "undefined" else e
            for e, s in zip(exact, sides, strict=True)
        )
        return left, right

    @property
    def derivative(self) -> float | None:
        """The measured derivative; None where there is none, or only one side was measured."""
        left, right = self.left, self.right
        known = [s for s in (left, right) if s.kind == "slope"]
        if len(known) == 2 and _meet(left, right, 0.0):
            return left.value if left.error <= right.error else right.value
        if len(known) == 1 and "undefined" in (left.kind, right.kind):
            return known[0].value
        return None


def judge(
    ours: float,
    measured: Measured | None,
    exact: tuple[Any | None, Any | None],
    *,
    undefined: Verdict | None,
    noise: float,
    largest: float,
    dtype: str,
) -> tuple[Verdict, float]:
    """The verdict on one element, and the relative error of its gradient.

    measured   None for an element that was not moved.
    exact      the exact slopes on both sides.
    undefined  the verdict where the function has no finite value.
    noise      how far rounding may move the gradient.
    largest    the input's largest gradient.
    """
    if undefined:
        return undefined, 0.0
    tolerance, proved = MEASURED[dtype], _exact_floats(exact)
    left, right = proved
    if left is not None and right is not None:
        excused = min(noise / PROVED[dtype], max(largest, FLOOR))
        scale = max(abs(left), abs(right), excused, TINY / PROVED[dtype])
        if not same(*exact):
            return "no derivative here", 0.0
        error = abs(ours - left) / scale
        if not error <= PROVED[dtype]:
            return "differs", error if math.isfinite(error) else 0.0
        return _confirmed(ours, measured, error, tolerance)
    if measured is None:
        return "agrees", 0.0
    return _by_measurement(ours, measured.left, measured.right, tolerance)


def same(left: Any, right: Any) -> bool:
    """Whether two exact slopes are one number, however they are written."""
    if left == right:
        return True
    a, b = _exact_floats((left, right))
    assert a is not None and b is not None
    return abs(a - b) <= SAME * max(abs(a), abs(b))


def _confirmed(
    ours: float, measured: Measured | None, error: float, tolerance: float
) -> tuple[Verdict, float]:
    """The verdict where the exact derivative agrees: unless both sides were measured otherwise."""
    sides = [] if measured is None else [measured.left, measured.right]
    if len(sides) < 2 or any(side.kind != "slope" for side in sides):
        return "agrees", error
    far = [_error(ours, side, tolerance) for side in sides]
    low, high = sorted(side.value for side in sides)
    if min(far) > tolerance and not low <= ours <= high:
        return "differs", min(far)
    return "agrees", max(error, min(far))


def _by_measurement(
    ours: float, left: Side, right: Side, tolerance: float
) -> tuple[Verdict, float]:
    kinds = {left.kind, right.kind}
    if "unknown" in kinds:
        return "cannot be measured", 0.0
    if kinds & {"jump", "vertical"} or kinds == {"undefined"}:
        return "no derivative here", 0.0
    if kinds == {"slope"} and not _meet(left, right, tolerance):
        return "no derivative here", 0.0
    known = min((s for s in (left, right) if s.kind == "slope"), key=lambda s: s.error)
    error = _error(ours, known, tolerance)
    if not error <= tolerance:
        return "differs", error if math.isfinite(error) else 0.0
    return "agrees", error


def _meet(left: Side, right: Side, tolerance: float) -> bool:
    """Whether two slopes are the same, as far as they were measured."""
    largest = max(abs(left.value), abs(right.value))
    error = left.error + right.error
    return abs(left.value - right.value) <= max(tolerance, ACCEPT / 10) * largest + 2 * error


def _error(ours: float, side: Side, tolerance: float) -> float:
    """The relative error, where a difference within the measurement's own error counts as none."""
    scale = max(abs(ours), abs(side.value), side.error / tolerance, TINY)
    return abs(ours - side.value) / scale


def _exact_floats(exact: tuple[Any | None, Any | None]) -> tuple[float | None, float | None]:
    if exact == (None, None):
        return None, None
    from gradviz.arrays.exact import as_float

    left, right = (None if slope is None else as_float(slope) for slope in exact)
    return left, right
