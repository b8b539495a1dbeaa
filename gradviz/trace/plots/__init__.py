"""Plots as plain data: what was sampled of functions, before anything is drawn of it.

A plot is a walk (`gradviz.trace.walks`) of a single step, so that whatever shows walks shows plots.
Its `content` is one of the kinds, each in a file of its name in this folder. A kind is made in
`gradviz/engine/curves/` or `gradviz/learn/`; it is told, drawn and written by the files of its name
in `gradviz/story/plot/kinds/`, `gradviz/scene/views/plot/kinds/` and
`gradviz/export/reports/plots/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

from gradviz.shown import Shown
from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace


class Span(NamedTuple):
    """An interval of an axis, from `low` to `high`."""

    low: float
    high: float

    @property
    def length(self) -> float:
        """From one end to the other."""
        return self.high - self.low

    def holds(self, value: float) -> bool:
        """Whether a number lies in it, its ends included."""
        return self.low <= value <= self.high


class Content(Protocol):
    """What a plot holds."""

    form: ClassVar[str]

    @property
    def trace(self) -> Trace:
        """A run of what is plotted, at one of its points."""


@dataclass(frozen=True, eq=False)
class Plot(Shown):
    """A plot as a walk of one step: a picture, told as a whole."""

    kind: ClassVar = "plot"

    content: Content

    def __repr__(self) -> str:
        return f"<Plot of {self.content.form}: {self.source:.60}>"

    @property
    def trace(self) -> Trace:
        """A run of what is plotted, at one of its points."""
        return self.content.trace

    @property
    def runs(self) -> tuple[Trace, ...]:
        """The runs whose names stand in it: of each function, where there are several."""
        found: tuple[Trace, ...] = getattr(self.content, "traces", (self.trace,))
        return found

    @property
    def source(self) -> str:
        """The text of what is plotted."""
        return self.trace.source

    @property
    def has_backward(self) -> bool:
        """Whether it has steps of a backward pass: a plot has none."""
        return False

    @property
    def forward_steps(self) -> int:
        """The number of its steps."""
        return 1

    def __len__(self) -> int:
        return 1

    def phase(self, number: int) -> Phase:
        """What step `number` belongs to; `start` for 0."""
        return "forward" if number else "start"

    def trace_step(self, number: int) -> int:
        """The step of the trace that step `number` belongs to: its last."""
        return len(self.trace) if number else 0
