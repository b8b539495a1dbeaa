"""A transposed convolution as stamps: each cell of the input puts the kernel, times itself, onto
the output, and where stamps overlap they add up. (Dumoulin and Visin, 2016.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from gradviz.graph.graph import labels
from gradviz.trace.cells import Place
from gradviz.trace.derived import DerivedWalk
from gradviz.trace.trace import Trace


class Stamp(NamedTuple):
    """What a step is about: the channel of the output, and the cell of the input that stamps."""

    channel: int
    cell: Place


class Imprint(NamedTuple):
    """A cell of a stamp.

    weight  the place of its weight, and that; `product`: the input cell times it.
    target  the place in the output; None beyond its edge, where a stamp is cut off.
    before, after  the output cell without and with this stamp; before is None for one that nothing
            was put on.
    """

    place: Place
    weight: float
    product: float
    target: Place | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, eq=False)
class StampStep:
    """One step, counted from 1: the number in the input cell, the cells of its stamp in rows."""

    number: int
    place: Stamp
    value: float
    rows: tuple[tuple[Imprint, ...], ...]

    @property
    def imprints(self) -> list[Imprint]:
        """All cells of the stamp that are on the output."""
        return [one for row in self.rows for one in row if one.target is not None]

    @property
    def dropped(self) -> int:
        """How many cells of the stamp are beyond the edge of the output."""
        return sum(one.target is None for row in self.rows for one in row)


@dataclass(frozen=True, eq=False)
class StampTrace(DerivedWalk[StampStep]):
    """The walk (`gradviz.trace.walks`) over a transposed convolution, stamp by stamp.

    node     the op.
    reached  `(k)`: what was put on each place of the output by step k, by place.
    """

    kind: ClassVar = "stamps"

    trace: Trace
    node: int
    places: tuple[Stamp, ...]
    held: tuple[int, ...]
    make: Callable[[int], StampStep]
    reached: Callable[[int], dict[Place, float]]

    def __repr__(self) -> str:
        return f"<StampTrace of {self.trace.graph.nodes[self.node].op}, {len(self)} stamps>"

    @property
    def forward_steps(self) -> int:
        """All steps: they are the forward pass."""
        return len(self)

    @cached_property
    def operands(self) -> tuple[int, ...]:
        """The nodes of the input, the kernel and, where there is one, the bias."""
        return tuple(self.trace.graph.args[self.node])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the operands are called, and the output last."""
        known, op = labels(self.trace.graph), self.trace.graph.op(self.node)
        own = [known.get(node, op.inputs[slot]) for slot, node in enumerate(self.operands)]
        return (*own, known.get(self.node, "y"))

    def value(self, slot: int) -> Any:
        """The array of an operand; that of the output for −1."""
        return self.trace.values[self.node if slot < 0 else self.operands[slot]]

    def shape(self, slot: int) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self.trace.xp.shape(self.value(slot)))
