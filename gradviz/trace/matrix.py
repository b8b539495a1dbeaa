"""A product of a matrix and a column, W · x + b = s, row by row, and its gradients.

With u = ∂L/∂s the backward pass brings ∂L/∂W = u xᵀ, ∂L/∂b = u and ∂L/∂x = Wᵀ u. The samples of a
batch are several columns: W · X + b = S; ∂L/∂W and ∂L/∂b are then sums over them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from gradviz.trace.derived import DerivedWalk
from gradviz.trace.trace import Trace
from gradviz.trace.ways import Hop

Kind = Literal["row", "weights", "bias", "inputs"]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One column, as plain floats; None stands for what the trace does not hold.

    inputs    x; `scores`: s.
    upstream  u = ∂L/∂s, as far as this sum is concerned complete.
    back      what this product brings x.
    """

    inputs: Sequence[float]
    scores: Sequence[float]
    upstream: Sequence[float] | None = None
    back: Sequence[float] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Equation:
    """The numbers of s = W x + b, as plain floats; None stands for what the trace does not hold.

    matrix, column, offset, sums  the nodes of W, x, b (None without a bias) and s; `operand` that
                 of x as the product takes it, which may be stretched into a row.
    flipped      whether W stands in the graph as its transpose; `turned` the same of a batch's X,
                 `turned_sums` of its S.
    sign         −1 where the bias is subtracted: `bias` is then −b.
    shared       whether b is one number that every row adds.
    weights      the rows of W; `bias`: what each row adds.
    samples      the columns: one, or those of a batch.
    outer        what this product brings W, a row for each of its rows; `down`: what b receives for
                 each row. Both are sums over a batch.
    elsewhere    of W, x, b those that other parts of the graph use too, so that more arrives.
    """

    matrix: int
    column: int
    operand: int
    offset: int | None
    sums: int
    flipped: bool
    turned: bool
    turned_sums: bool
    sign: int
    shared: bool
    weights: Sequence[Sequence[float]]
    bias: Sequence[float] | None
    samples: tuple[Sample, ...]
    outer: Sequence[Sequence[float]] | None = None
    down: Sequence[float] | None = None
    elsewhere: frozenset[str] = frozenset()

    @property
    def inputs(self) -> Sequence[float]:
        """The first column."""
        return self.samples[0].inputs

    @property
    def scores(self) -> Sequence[float]:
        """The sums of the first column."""
        return self.samples[0].scores

    @property
    def upstream(self) -> Sequence[float] | None:
        """The upstream gradients of the first column."""
        return self.samples[0].upstream

    @property
    def back(self) -> Sequence[float] | None:
        """What the first column receives."""
        return self.samples[0].back


class Place(NamedTuple):
    """What a step is about: a row of W, or the column that an input meets; and the sample."""

    kind: Kind
    at: int | None = None
    sample: int = 0


class Term(NamedTuple):
    """One product: where in its row or column it stands, the two factors, the product."""

    at: int
    first: float
    second: float
    product: float


@dataclass(frozen=True, slots=True, eq=False)
class MatrixStep:
    """One step, counted from 1.

    row      a row of W meets x: `terms` W_ij · x_j, `total` their sum, `bias`, `result` = s_i.
    weights  a row of W receives u_i xᵀ: `terms` u_i · x_j. Of a batch `terms` are those of its
             largest element, whose column is `element`: one for each sample, `result` their sum.
    bias     b receives its gradient: `terms` none, `result` the sum of u where b is shared.
    inputs   an input receives its column of W times u: `terms` W_ij · u_i, `result` their sum.

    parts    for each of the walk's slots of the terms, its product, or the sum of those that are
             not drawn.
    """

    number: int
    place: Place
    terms: tuple[Term, ...] = ()
    parts: tuple[float, ...] = ()
    total: float | None = None
    bias: float | None = None
    result: float | None = None
    element: int | None = None


Slot = int | range
"""An index that is drawn, or a range of those that are not."""


@dataclass(frozen=True, eq=False)
class MatrixTrace(DerivedWalk[MatrixStep]):
    """The walk (`gradviz.trace.walks`) over a product of a matrix and a column, or several.

    rows, columns  the slots of W: what is drawn of it, in order; `samples` those of a batch.
    places         what each step is about; `held` the step of the trace that each belongs to.
    image          whether x holds the elements of rows and columns, row by row.
    labels         for each sample the row of the true class, where a loss takes it.
    make           makes step k from what the trace recorded.
    classes        what the rows are called; empty without names.
    """

    kind: ClassVar = "matrix"

    trace: Trace
    equation: Equation
    rows: tuple[Slot, ...]
    columns: tuple[Slot, ...]
    samples: tuple[Slot, ...]
    places: tuple[Place, ...]
    held: tuple[int, ...]
    image: bool
    labels: tuple[int | None, ...]
    make: Callable[[int], MatrixStep]
    classes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<MatrixTrace of {rows}×{columns}, {len(self)} steps>"

    def slots(self, step: MatrixStep) -> tuple[Slot, ...]:
        """What is drawn of the terms of a step."""
        if step.element is not None:
            return self.samples
        return self.rows if step.place.kind == "inputs" else self.columns

    @property
    def outputs(self) -> int:
        """The number of rows of s, which may be called as classes."""
        return self.shape[0]

    def with_classes(self, names: tuple[str, ...]) -> MatrixTrace:
        """The same with names for the rows of s."""
        return replace(self, classes=names)

    @property
    def batch(self) -> int:
        """The number of columns of X."""
        return len(self.equation.samples)

    @property
    def label(self) -> int | None:
        """The row of the true class of the first sample."""
        return self.labels[0]

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows and of columns of W."""
        return len(self.equation.scores), len(self.equation.inputs)

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass: one for each row that is drawn and
        each sample.
        """
        return sum(place.kind == "row" for place in self.places)

    def hops(self) -> Iterator[Hop]:
        """The hops between entries, each as (what, indices): from W, x and b to the sums s, and
        from these to what is differentiated, ("L",).
        """
        eq = self.equation
        for n, sample in enumerate(eq.samples):
            for i, row in enumerate(eq.weights):
                score = ("s", i, n)
                for j, weight in enumerate(row):
                    yield Hop(("x", j, n), score, (weight,))
                    yield Hop(("W", i, j), score, (sample.inputs[j],))
                if eq.bias is not None:
                    yield Hop(("b", 0 if eq.shared else i, 0), score, (float(eq.sign),))
        for n, sample in enumerate(eq.samples):
            for i, u in enumerate(sample.upstream or ()):
                yield Hop(("s", i, n), ("L",), (u,))

    def since(self, kind: Kind, index: int | None = None, sample: int = 0) -> int | None:
        """The step after which a number is known; None for one that never is."""
        return self._numbers.get(Place(kind, index, sample))

    @cached_property
    def _numbers(self) -> dict[Place, int]:
        return {place: k for k, place in enumerate(self.places, 1)}
