"""The updates of a pass as a walk: each parameter before, its gradient, and the parameter after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.derived import DerivedWalk
from gradviz.trace.step import Phase, Step
from gradviz.trace.trace import Trace


class Place(NamedTuple):
    """A parameter, and the element whose arithmetic is told: () for a single number."""

    node: int
    element: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class UpdateTrace(DerivedWalk[Step]):
    """The walk (`gradviz.trace.walks`) over the updates of a trace.

    places  the parameter of each step; `held` the step of the trace that each belongs to.
    make    makes step k from what the trace recorded.
    """

    kind: ClassVar = "update"

    trace: Trace
    places: tuple[Place, ...]
    held: tuple[int, ...]
    make: Callable[[int], Step]

    def __repr__(self) -> str:
        return f"<UpdateTrace of {len(self)} parameters>"

    @property
    def forward_steps(self) -> int:
        """None of its steps belongs to the forward pass."""
        return 0

    @property
    def has_backward(self) -> bool:
        """Always: there is no update without gradients."""
        return True

    def phase(self, number: int) -> Phase:
        """`start` before the first step."""
        return "update" if number else "start"
