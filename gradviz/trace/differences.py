"""The numerical gradient of an input, entry by entry: L(W), L(W + h), their difference over h."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, NamedTuple

from gradviz.trace.derived import DerivedWalk
from gradviz.trace.trace import Trace

Sides = Literal["forward", "central"]


class DifferenceStep(NamedTuple):
    """One entry, counted from 1.

    place        its row and column in the table.
    value        the entry; `moved` the same plus h.
    here         L(W), or to both sides L(W − h); `there` L(W + h).
    slope        their difference over h, or over 2h; `exact` the same by backpropagation.
    """

    number: int
    place: tuple[int, int]
    value: float
    moved: float
    here: float
    there: float
    slope: float
    exact: float


class Slips(NamedTuple):
    """What goes wrong on purpose, as on a slide.

    decimals  losses are rounded to so many.
    cut       a node whose values are cut to so many decimals, in L(W) alone.
    keeps     an h that was added is never taken back.
    """

    decimals: int | None = None
    cut: tuple[str, int] | None = None
    keeps: bool = False


@dataclass(frozen=True, eq=False)
class DifferenceTrace(DerivedWalk[DifferenceStep]):
    """The walk (`gradviz.trace.walks`) over the entries of an input.

    name     the input; `output` the name of the loss.
    rows     its values in rows and columns; `exact` its gradient by backpropagation likewise.
    shape    the shape that it has.
    h, sides the step, and whether it goes to one side or to both.
    places   the row and column of each step; `held` the step of the trace that it belongs to.
    make     makes step k.
    """

    kind: ClassVar = "differences"

    trace: Trace
    name: str
    output: str
    rows: tuple[tuple[float, ...], ...]
    exact: tuple[tuple[float, ...], ...]
    shape: tuple[int, ...]
    h: float
    sides: Sides
    places: tuple[tuple[int, int], ...]
    held: tuple[int, ...]
    make: Callable[[int], DifferenceStep]
    slips: Slips = field(default_factory=Slips)

    def __repr__(self) -> str:
        return f"<DifferenceTrace of {self.name}, {len(self)} entries>"

    @property
    def forward_steps(self) -> int:
        """All steps: each is a forward pass."""
        return len(self)
