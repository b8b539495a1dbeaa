"""A walk whose steps are derived from a trace: what all such walks have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace

Step = TypeVar("Step")


class DerivedWalk(Shown, Generic[Step]):
    """The walk (`gradviz.trace.walks`) that these facts of a subclass make.

    places   what each step is about; `held` the step of the trace that each belongs to.
    make     makes step k from what the trace recorded.
    """

    trace: Trace
    places: tuple[Any, ...]
    held: tuple[int, ...]
    make: Callable[[int], Step]

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.places)

    def step(self, number: int) -> Step:
        """Step `number`, counted from 1. Raises ValueInputError beyond the end."""
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(self):
            raise ValueInputError(
                f"there is no step {number}", expected=f"a step from 1 to {len(self)}", got=number
            )
        return self.make(number)

    def __iter__(self) -> Iterator[Step]:
        """Every step in order."""
        return (self.step(k) for k in range(1, len(self) + 1))

    @property
    def source(self) -> str:
        """The text of the graph."""
        return self.trace.source

    @property
    @abstractmethod
    def forward_steps(self) -> int:
        """The number of steps in the forward pass, which come first."""

    @property
    def has_backward(self) -> bool:
        """Whether anything receives a gradient."""
        return self.forward_steps < len(self)

    def phase(self, number: int) -> Phase:
        """The pass that step `number` belongs to; `start` for 0."""
        if not number:
            return "start"
        return "forward" if number <= self.forward_steps else "backward"

    def trace_step(self, number: int) -> int:
        """The step of the trace that step `number` belongs to, 0 for 0."""
        return self.held[number - 1] if number else 0
