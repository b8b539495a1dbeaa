"""A function of two variables on a grid, its critical points, and optimisers' descents on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.plots import Span
from gradviz.trace.plots.curves import Kind
from gradviz.trace.trace import Trace


class Critical(NamedTuple):
    """A point where both slopes are 0, or where they jump over 0: what it is, where, its value, and
    the Hessian's eigenvalues; None at a kink, which has none.
    """

    kind: Kind
    x: float
    y: float
    value: float
    eigenvalues: tuple[float, float] | None

    @property
    def is_kink(self) -> bool:
        """Whether the slopes jump there."""
        return self.eigenvalues is None


class Place(NamedTuple):
    """A step of a descent: where it is, and the loss there."""

    x: float
    y: float
    loss: float


@dataclass(frozen=True, slots=True)
class Descent:
    """The way of an optimiser: its name, its rule with its options, and where it was after each
    step, the start first. It ends early where a number is no longer finite (`diverged`).
    """

    name: str
    rule: str
    options: tuple[tuple[str, float], ...]
    places: tuple[Place, ...]
    diverged: bool = False


@dataclass(frozen=True, slots=True)
class Surface:
    """A function of two variables on a grid.

    variables  their names, the horizontal one first.
    output     the name of the value.
    xs, ys     the grid; `values` has a row for each of `ys`, NaN where there is no value.
    critical   where both slopes are 0.
    descents   the ways of optimisers over it, `steps` of each.
    """

    form: ClassVar = "surface"

    variables: tuple[str, str]
    output: str
    source: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    critical: tuple[Critical, ...]
    descents: tuple[Descent, ...]
    trace: Trace

    @property
    def spans(self) -> tuple[Span, Span]:
        """The parts of the axes that are shown."""
        return Span(self.xs[0], self.xs[-1]), Span(self.ys[0], self.ys[-1])
