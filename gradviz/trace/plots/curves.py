"""Functions of one variable with their slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from gradviz.trace.plots import Span
from gradviz.trace.trace import Trace


class Sample(NamedTuple):
    """A point of a curve: where, the value there, and the slope; NaN where there is none."""

    x: float
    value: float
    slope: float


class Kink(NamedTuple):
    """Where a function changes from one smooth piece to the next, with its limits on both sides.

    value, slope  what the function itself gives there; the slope follows our convention.
    """

    x: float
    left: Sample
    right: Sample
    value: float
    slope: float

    @property
    def jumps(self) -> bool:
        """Whether the value itself jumps, not only the slope."""
        scale = max(1.0, abs(self.left.value), abs(self.right.value))
        return not abs(self.right.value - self.left.value) <= 1e-6 * scale


Kind = Literal["minimum", "maximum", "saddle"]


class Extreme(NamedTuple):
    """A place where the slope changes its sign: the lowest or highest value nearby."""

    kind: Kind
    x: float
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one variable.

    name      what it is called.
    source    its text.
    variable  the name of its variable.
    pieces    its samples in order, in pieces between which it is not differentiable or not defined.
    kinks     where two pieces meet.
    at        the point whose tangent is shown.
    trace     a run at that point, or in the middle.
    extremes  its minima and maxima in between its ends.
    """

    name: str
    source: str
    variable: str
    pieces: tuple[tuple[Sample, ...], ...]
    kinks: tuple[Kink, ...]
    at: Sample | None
    trace: Trace
    extremes: tuple[Extreme, ...] = ()


@dataclass(frozen=True, slots=True)
class Curves:
    """Functions of one variable with their slopes.

    span      the part of the axis that is shown.
    heights   the values that are shown; None for all.
    together  all in one panel, their slopes in another; else a panel for each.
    title     what a family of functions is called; `subtitle` what it shows.
    measured  what the values are.
    """

    form: ClassVar = "curves"

    curves: tuple[Curve, ...]
    span: Span
    heights: Span | None = None
    together: bool = False
    title: str = ""
    subtitle: str = ""
    measured: str = "value"

    @property
    def trace(self) -> Trace:
        """A run of the first function."""
        return self.curves[0].trace

    @property
    def traces(self) -> tuple[Trace, ...]:
        """A run of each function."""
        return tuple(curve.trace for curve in self.curves)
