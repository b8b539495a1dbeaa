"""A model of one feature as plain data: its curve, the samples, and how far it is off at each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.plots import Span
from gradviz.trace.trace import Trace


class Residual(NamedTuple):
    """A sample: its feature, its target, and what the model says there."""

    x: float
    target: float
    said: float

    @property
    def size(self) -> float:
        """By how much the target is above what the model says."""
        return self.target - self.said


class Fitted(NamedTuple):
    """The curve of a model: what it is called, its points, and the mean of its squared residuals at
    the samples.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    squared: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A model of one feature beside the samples.

    data       what the samples are called; `variable` and `target` their two numbers.
    output     the name of what predicts.
    residuals  one for each sample, of the last of the `curves`; the others are earlier ones.
    span       the part of the axis that is shown.
    """

    form: ClassVar = "fit"

    data: str
    variable: str
    target: str
    output: str
    residuals: tuple[Residual, ...]
    curves: tuple[Fitted, ...]
    span: Span
    trace: Trace

    @property
    def largest(self) -> Residual:
        """The sample at which it is off the most."""
        return max(self.residuals, key=lambda r: abs(r.size) if math.isfinite(r.size) else math.inf)
