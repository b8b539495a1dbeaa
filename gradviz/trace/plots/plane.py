"""Samples in a plane of two features, and where the class of an output changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.plots import Span
from gradviz.trace.trace import Trace


class Dot(NamedTuple):
    """A sample in the plane of its two features: where, its class, and the class that the output
    gives it, by their numbers; −1 for a sample without a class.
    """

    x: float
    y: float
    label: int
    said: int

    @property
    def missed(self) -> bool:
        """Whether the output gives it another class."""
        return self.label >= 0 and self.label != self.said


class Border(NamedTuple):
    """Where a number is 0 in the plane: the border between classes, or the line of one score."""

    name: str
    strokes: tuple[tuple[tuple[float, float], ...], ...]


class Pane(NamedTuple):
    """A plane of two numbers with the samples in it.

    variables  their names, the horizontal one first.
    xs, ys     the grid of `margins`.
    margins    for each class by how much its score is above the highest other (of a single output:
               by how much the output is on its side of `Plane.level`), a row for each of `ys`.
    border     where the class changes; None where the output is no function of the two numbers.
    scores     for classes with linear scores the line where each is 0.
    """

    variables: tuple[str, str]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    dots: tuple[Dot, ...]
    margins: tuple[tuple[tuple[float, ...], ...], ...]
    border: Border | None
    scores: tuple[Border, ...] = ()

    @property
    def spans(self) -> tuple[Span, Span]:
        """The parts of the axes that are shown."""
        return Span(self.xs[0], self.xs[-1]), Span(self.ys[0], self.ys[-1])


@dataclass(frozen=True, slots=True)
class Plane:
    """What an output says of every point of a plane of features, and the samples there.

    data     what the samples are called.
    classes  their names.
    output   the name of what decides.
    level    the value of a single output at which it changes sides; None for several scores.
    panes    the plane of the features, then that of what the source makes of them, if asked for.
    when     of a training run: which pass, else empty.
    separable  whether a straight line could separate the two classes of each pane; None where that
             was not worked out.
    """

    form: ClassVar = "plane"

    data: str
    classes: tuple[str, ...]
    output: str
    level: float | None
    panes: tuple[Pane, ...]
    when: str
    separable: tuple[bool | None, ...]
    trace: Trace

    @property
    def right(self) -> int:
        """How many samples are given their own class."""
        return sum(not d.missed for d in self.panes[0].dots)
