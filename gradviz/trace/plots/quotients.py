"""How far difference quotients are off, for each h."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.trace import Trace


class Quotient(NamedTuple):
    """How far a difference quotient is off for one h, relative to the exact slope."""

    h: float
    error: float


@dataclass(frozen=True, slots=True)
class Series:
    """One way to take the quotient.

    name      what it is called.
    measured  the error for each h.
    typical   their running mean, on a scale of logarithms: single errors are small by luck.
    best      where that is least.
    """

    name: str
    measured: tuple[Quotient, ...]
    typical: tuple[Quotient, ...]
    best: Quotient


@dataclass(frozen=True, slots=True)
class Quotients:
    """The error of the numerical gradient of `output` with respect to `variable` against h.

    at, exact   the value of the variable, and the slope there by backpropagation.
    """

    form: ClassVar = "quotients"

    variable: str
    output: str
    at: float
    exact: float
    series: tuple[Series, ...]
    trace: Trace
