"""A training run as a walk of its passes: what a network is, and says, as each of them begins.

Step k is pass k as it begins; the last step is what is left after all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.trace.plots.fit import Fit
from gradviz.trace.plots.plane import Plane
from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace

Grid = tuple[tuple[float, ...], ...]
"""Numbers over the plane, a row for each height, the lowest first; over one feature, one row."""


class Unit(NamedTuple):
    """A unit that is shown: its place in its layer, its name, and its value over the plane; that of
    a single output is counted from the value at which the class changes.
    """

    place: int
    name: str
    values: Grid


class Stage(NamedTuple):
    """A layer.

    units    those that are shown, of so many (`size`).
    weights  a row for each, with a number for each unit shown of the layer before; no rows for the
             inputs.
    """

    units: tuple[Unit, ...]
    size: int
    weights: tuple[tuple[float, ...], ...] = ()


class Mark(NamedTuple):
    """Losses on all samples as a pass begins, and the share of them that is right (None for targets
    that are no classes); `test_loss` and `test_right` on those held out, None without any.
    """

    number: int
    loss: float
    right: float | None
    test_loss: float | None = None
    test_right: float | None = None


class Thumb(NamedTuple):
    """The plane as a pass begins, for a small picture: by how much each class leads; over one
    feature, what is predicted.
    """

    number: int
    margins: tuple[Grid, ...]


class Opening(NamedTuple):
    """What a pass consists of: its steps, its samples, and their loss."""

    forward: int
    backward: int
    updates: int
    samples: int
    loss: float


@dataclass(frozen=True)
class Moment:
    """A run as pass `number` begins.

    stages   the inputs, then every layer; empty for what is no chain of layers, `why` says so.
    widest   the largest weight among all layers, by its size.
    plane    the plane of the samples; of one feature the fitted curve.
    mark     the losses; `thumb` the plane, small.
    opening  what the pass consists of; None after the last one.
    """

    number: int
    stages: tuple[Stage, ...]
    why: str
    widest: float
    plane: Plane | Fit
    mark: Mark
    thumb: Thumb
    opening: Opening | None


@dataclass(frozen=True, eq=False)
class TrainingTrace(Shown):
    """The walk (`gradviz.trace.walks`) over the passes of a run.

    trace    its first pass.
    data     what its samples are called, and `samples` their number.
    settings how it was trained, by name, as it is told: `rate`, `batch`, `optimizer`.
    passes   how many were done.
    marks    losses at some of its passes, the first and the end among them.
    thumbs   the plane at some of its passes.
    kept     the passes whose parameters are kept; none where all are.
    make     a run as pass k begins.
    open     pass k as a trace with its updates; None where its passes do not open.
    """

    kind: ClassVar = "training"

    trace: Trace
    data: str
    samples: int
    settings: dict[str, str]
    passes: int
    marks: tuple[Mark, ...]
    thumbs: tuple[Thumb, ...]
    kept: tuple[int, ...]
    make: Callable[[int], Moment]
    open: Callable[[int], Trace] | None = None
    _made: dict[int, Moment] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<TrainingTrace of {self.passes:,} passes>"

    @property
    def source(self) -> str:
        """The text of what is minimised."""
        return self.trace.source

    @property
    def has_backward(self) -> bool:
        """Its steps are passes: none of them belongs to one of the two directions."""
        return False

    @property
    def forward_steps(self) -> int:
        """The number of its steps."""
        return len(self)

    @property
    def told(self) -> tuple[int, ...]:
        """The passes at which the losses on all samples are known: they tell of all."""
        return tuple(mark.number for mark in self.marks)

    def __len__(self) -> int:
        return self.passes + 1

    def phase(self, number: int) -> Phase:
        """`start` before the first step."""
        return "update" if number else "start"

    def trace_step(self, number: int) -> int:
        """All of its steps stand for a whole pass."""
        return len(self.trace) if number else 0

    def moment(self, number: int) -> Moment:
        """The run as a pass begins. Raises ValueInputError for a pass that there is not."""
        if not 1 <= number <= len(self):
            raise ValueInputError(
                f"there is no pass {number}",
                expected=f"a pass from 1 to {self.passes:,}; {len(self):,} is the end",
                got=number,
            )
        if number not in self._made:
            self._made.clear()
            self._made[number] = self.make(number)
        return self._made[number]
