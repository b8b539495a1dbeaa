"""Plots as plain data: what was sampled of functions, before anything is drawn of it.

A plot is a walk (`gradviz.trace.walks`) of a single step, so that whatever shows walks shows plots.
Its `content` is one of the kinds below. A kind is made in `gradviz/engine/curves/`; it is told,
drawn and written by the files of its name in `gradviz/story/plot/kinds/`,
`gradviz/scene/views/plot/kinds/` and `gradviz/export/reports/plots/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

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


class Sample(NamedTuple):
    """A point of a curve: where, the value there, and the slope; NaN where there is none."""

    x: float
    value: float
    slope: float


class Kink(NamedTuple):
    """Where a function changes from one smooth piece to the next, with its limits on both sides.

    value, slope  what the function itself gives there; the slope follows our convention.
    """

    x: float
    left: Sample
    right: Sample
    value: float
    slope: float

    @property
    def jumps(self) -> bool:
        """Whether the value itself jumps, not only the slope."""
        scale = max(1.0, abs(self.left.value), abs(self.right.value))
        return not abs(self.right.value - self.left.value) <= 1e-6 * scale


Kind = Literal["minimum", "maximum", "saddle"]


class Extreme(NamedTuple):
    """A place where the slope changes its sign: the lowest or highest value nearby."""

    kind: Kind
    x: float
    value: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A function of one variable.

    name      what it is called.
    source    its text.
    variable  the name of its variable.
    pieces    its samples in order, in pieces between which it is not differentiable or not defined.
    kinks     where two pieces meet.
    at        the point whose tangent is shown.
    trace     a run at that point, or in the middle.
    extremes  its minima and maxima in between its ends.
    """

    name: str
    source: str
    variable: str
    pieces: tuple[tuple[Sample, ...], ...]
    kinks: tuple[Kink, ...]
    at: Sample | None
    trace: Trace
    extremes: tuple[Extreme, ...] = ()


class Content(Protocol):
    """What a plot holds."""

    form: ClassVar[str]

    @property
    def trace(self) -> Trace:
        """A run of what is plotted, at one of its points."""


@dataclass(frozen=True, slots=True)
class Curves:
    """Functions of one variable with their slopes.

    span      the part of the axis that is shown.
    heights   the values that are shown; None for all.
    together  all in one panel, their slopes in another; else a panel for each.
    title     what a family of functions is called; `subtitle` what it shows.
    measured  what the values are.
    """

    form: ClassVar = "curves"

    curves: tuple[Curve, ...]
    span: Span
    heights: Span | None = None
    together: bool = False
    title: str = ""
    subtitle: str = ""
    measured: str = "value"

    @property
    def trace(self) -> Trace:
        """A run of the first function."""
        return self.curves[0].trace


class Critical(NamedTuple):
    """A point where both slopes are 0: what it is, where, its value, the Hessian's eigenvalues."""

    kind: Kind
    x: float
    y: float
    value: float
    eigenvalues: tuple[float, float]


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


class Layer(NamedTuple):
    """The numbers of an array by their size.

    name     what the array belongs to.
    counts   how many lie between two neighbouring edges of the histogram.
    zeros    how many are exactly 0, which has no logarithm.
    total    how many there are; `rms` their root mean square.
    """

    name: str
    counts: tuple[int, ...]
    zeros: int
    total: int
    rms: float


class Depth(NamedTuple):
    """The layers of one run, from the input to the output, and what the run is called."""

    name: str
    layers: tuple[Layer, ...]
    trace: Trace


Counted = Literal["values", "gradients"]


@dataclass(frozen=True, slots=True)
class Histograms:
    """How large the numbers of each layer are.

    of       what is counted: what activations give, or the gradients of weights.
    runs     one or several, side by side.
    edges    the exponents of ten between which the counts lie.
    left_out how many layers of the deepest run are not shown.
    """

    form: ClassVar = "histograms"

    of: Counted
    runs: tuple[Depth, ...]
    edges: tuple[float, ...]
    left_out: int = 0

    @property
    def trace(self) -> Trace:
        """The first run."""
        return self.runs[0].trace


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


@dataclass(frozen=True, slots=True)
class Templates:
    """The rows of a weight matrix, or kernels, as images: what each unit looks for in its input.

    weights  the name of the matrix or of the kernels; `input` that of what they weigh.
    size     of an image: its rows and columns.
    names    of the units: those of the classes where there is one for each.
    images   a grid of weights for each unit.
    scored   of a training run: how many samples that it did not learn from (or else learnt from)
             get their class, of how many.
    when     of a training run: which pass, else empty.
    kernels  whether the images are kernels, each of which looks at every window of the input.
    """

    form: ClassVar = "templates"

    weights: str
    input: str
    size: tuple[int, int]
    names: tuple[str, ...]
    images: tuple[tuple[tuple[float, ...], ...], ...]
    scored: tuple[int, int, bool] | None
    when: str
    trace: Trace
    kernels: bool = False


class History(NamedTuple):
    """The losses of a training run.

    name    what tells it from the others.
    losses  of the samples fed, as each pass begins; NaN and infinity where it ran away.
    typical  (pass, mean loss of the `window` passes up to it), evenly spaced.
    end     loss and share of right samples on all samples after the last pass, and on those held
            out; None where there are none.
    """

    name: str
    losses: tuple[float, ...]
    typical: tuple[tuple[int, float], ...]
    window: int
    end: tuple[float, float | None] | None
    held_out: tuple[float, float | None] | None
    stopped: str


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of training runs, pass by pass.

    differing  the settings in which the runs differ.
    """

    form: ClassVar = "losses"

    runs: tuple[History, ...]
    differing: tuple[str, ...]
    trace: Trace


class Spent(NamedTuple):
    """What a way to minimise has cost so far, in evaluations and gradients of the loss of all
    samples (a batch is a part of one), and the lowest loss it has, or that of its last step.
    """

    evaluations: float
    gradients: float
    loss: float

    @property
    def passes(self) -> float:
        """Forward and backward passes together."""
        return self.evaluations + self.gradients


@dataclass(frozen=True, slots=True)
class Way:
    """A way to minimise a loss.

    name     what it is called; `how` its settings in words.
    steps    what it has cost and reached as it begins, and after each of its steps; where these are
             many, after some.
    seconds  how long it took; unlike all else it is measured.
    found    the parameters at the end, by name, as nested lists.
    diverged whether it left all bounds.
    """

    name: str
    how: str
    steps: tuple[Spent, ...]
    seconds: float
    found: tuple[tuple[str, Any], ...]
    diverged: bool = False

    @property
    def end(self) -> Spent:
        """What it has cost and reached at the end."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to minimise one loss from one start.

    parameters  how many numbers are to be found; `samples` from how many samples, 0 without data.
    data        what the samples are called.
    left_out    what is said of ways that this loss does not have.
    """

    form: ClassVar = "ways"

    ways: tuple[Way, ...]
    parameters: int
    samples: int
    data: str
    left_out: tuple[str, ...]
    trace: Trace


class Side(NamedTuple):
    """One of several runs that are compared.

    name   what tells it from the others; `source` its text.
    loss   the number that it computes; None for an array.
    right  how many samples have their class as the highest score, of how many; None where it has no
           labels of classes.
    """

    name: str
    source: str
    loss: float | None
    right: tuple[int, int] | None


class Compared(NamedTuple):
    """A number that several runs have.

    name     what it belongs to: `s`, or `s[2]` for a row of several.
    label    which of its numbers: a class, or its place; empty for a single number.
    kind     `result` is what a run computes.
    numbers  of each run; None where it has none.
    """

    name: str
    label: str
    kind: Literal["value", "result", "gradient"]
    numbers: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several runs side by side.

    measured  what they compute is told apart by size: all compute the same thing.
    is_loss   whether it is a loss, so that the lower one is better.
    differing the inputs in which they differ.
    left_out  how many numbers of these names are not among the rows.
    """

    form: ClassVar = "comparison"

    sides: tuple[Side, ...]
    rows: tuple[Compared, ...]
    measured: bool
    is_loss: bool
    differing: tuple[str, ...]
    left_out: int
    trace: Trace


class Quotient(NamedTuple):
    """How far a difference quotient is off for one h, relative to the exact slope."""

    h: float
    error: float


@dataclass(frozen=True, slots=True)
class Series:
    """One way to take the quotient.

    name      what it is called.
    measured  the error for each h.
    typical   their running mean, on a scale of logarithms: single errors are small by luck.
    best      where that is least.
    """

    name: str
    measured: tuple[Quotient, ...]
    typical: tuple[Quotient, ...]
    best: Quotient


@dataclass(frozen=True, slots=True)
class Quotients:
    """The error of the numerical gradient of `output` with respect to `variable` against h.

    at, exact   the value of the variable, and the slope there by backpropagation.
    """

    form: ClassVar = "quotients"

    variable: str
    output: str
    at: float
    exact: float
    series: tuple[Series, ...]
    trace: Trace


@dataclass(frozen=True, eq=False)
class Plot:
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


def finite(samples: Sequence[Sample]) -> list[Sample]:
    """The samples that have a value."""
    return [s for s in samples if abs(s.value) < float("inf")]
