"""Where the student is in a walk other than that of the graph: inside a node, such as cell by cell,
or in another view of the run. A value that every move replaces.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import ClassVar, TypeVar

from gradviz.trace.walks import Walk

Here = TypeVar("Here", bound="Inside")


@dataclass(frozen=True)
class Inside:
    """A place in a walk inside a node.

    walk   what is walked through: the windows of a convolution, say.
    k      the step at work, counted from 1 over the forward pass and the way back to each operand.
    trail  the nodes that we stepped into, the outermost first.
    """

    FIRST: ClassVar = 1

    walk: Walk
    k: int = 1
    trail: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The number of its steps."""
        return len(self.walk)

    def at(self: Here, k: int) -> Here:
        """At step k, or the nearest there is."""
        return replace(self, k=min(max(k, self.FIRST), self.total))

    def step(self: Here, by: int) -> Here:
        """Some steps on, or back."""
        return self.at(self.k + by)

    def phase(self: Here, by: int) -> Here:
        """To where the next pass begins: forward, then back to each operand; or to where this one
        began, or the last.
        """
        if by > 0:
            return self.at(self._passed(self.k) + 1)
        return self.at(self._start(self.k if self._start(self.k) < self.k else self.k - 1))

    def _passed(self, k: int) -> int:
        """The last step of the pass that step k is in."""
        step_of = self.walk.trace_step
        return bisect_right(range(1, self.total + 1), step_of(k), key=step_of)

    def _start(self, k: int) -> int:
        """The first step of the pass that step k is in."""
        step_of = self.walk.trace_step
        return bisect_left(range(1, self.total + 1), step_of(max(k, 1)), key=step_of) + 1

    def turn(self: Here) -> Here:
        """At the last step forward, where the pass turns round."""
        return self.at(self.walk.forward_steps)
