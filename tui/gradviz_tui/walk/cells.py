"""Where the student is inside a node that is made cell by cell: a value that every move
replaces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import gradviz as gv


@dataclass(frozen=True)
class CellWalk:
    """A place in a walk over cells.

    trace  the windows that are walked over.
    k      the window at work, counted from 1 over the forward pass and the way back to each
           operand.
    trail  the nodes that we stepped into, the outermost first.
    """

    trace: gv.CellTrace
    k: int = 1
    trail: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The number of its steps."""
        return len(self.trace)

    def at(self, k: int) -> CellWalk:
        """At step k, or the nearest there is."""
        return replace(self, k=min(max(k, 1), self.total))

    def step(self, by: int) -> CellWalk:
        """Some windows on, or back."""
        return self.at(self.k + by)

    def row(self, by: int) -> CellWalk:
        """A row of the output on, or back; where it is a vector, one window."""
        shape = self.trace.places.shape
        return self.step(by * shape[-1] if len(shape) > 1 else by)

    def phase(self, by: int) -> CellWalk:
        """To where the next pass begins: forward, then back to each operand; or to where this one
        began, or the last.
        """
        starts = [self.trace.first_step(slot) for slot in (None, *self.trace.slots)]
        if by > 0:
            return self.at(next((s for s in starts if s > self.k), self.total))
        return self.at(max((s for s in starts if s < self.k), default=1))

    def turn(self) -> CellWalk:
        """At the last window forward, where the pass turns round."""
        return self.at(len(self.trace.places))
