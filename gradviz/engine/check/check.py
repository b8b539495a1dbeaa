"""Gradients compared with the slopes from the left and the right, exact and measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine import inputs as given_inputs
from gradviz.engine.check import words
from gradviz.engine.check.defined import undefined
from gradviz.engine.check.paths import Path, paths
from gradviz.engine.check.proof import prove
from gradviz.engine.check.slopes import Measured, Slopes, gradient_noise, sampled
from gradviz.engine.check.sums import ElementSum, sums
from gradviz.engine.check.verdicts import WORST, Element, Verdict, judge, same
from gradviz.engine.run import Wrt, compile_graph
from gradviz.errors import BackendError, GradvizError, ShapeError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.graph.work import work_of_pass
from gradviz.limits import Way, fitting, say_count, too_large
from gradviz.progress import each
from gradviz.sources import as_graph
from gradviz.trace.trace import Trace

MOST = 10**13
"""More operations than this, hours of work, are not begun."""
LEAST_PASSES = 4
"""The forward passes that measure an element where the function is smooth."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input's gradient, computed in three ways.

    ours         from the trace: an array of its backend.
    exact        by `sympy.diff` of the whole output: an array of exact numbers; None with the
                 reason in `notes`, and where some element has no derivative.
    measured     by finite differences in float64; NaN for elements that were not moved, or that
                 have no derivative.
    error        the largest relative error of ours, over the elements that were compared. For a
                 measurement |ours − measured| is relative to the larger of the two, and to no less
                 than the measurement's own estimated error over the tolerance, so that rounding
                 noise around 0 does not count. For an exact gradient it is relative to that; what
                 rounding explains is relative to the input's largest, and to no less than 1/1000.
    verdict      the gravest of its elements: "agrees"; "no derivative here" where the slopes from
                 the left and from the right differ, so that ours is a convention; "cannot be
                 measured" where rounding or overflow hides the slopes; "not defined here" where the
                 function has no value; "differs".
    kinks        sentences about the elements without a derivative, and on kinks.
    paths        for graphs of scalars, every path to the output with its product; None with the
                 reason in `notes`.
    notes        sentences saying what differs and why, or what could not be done.
    elements     what was found about each element that was moved, or proved.
    """

    name: str
    ours: Any
    exact: Any | None
    measured: Any
    error: float
    verdict: Verdict
    kinks: tuple[str, ...]
    paths: tuple[Path, ...] | None
    notes: tuple[str, ...]
    elements: tuple[Element, ...] = ()
    sums: tuple[ElementSum, ...] = ()

    @property
    def path_sum(self) -> Any | None:
        """The sum of the products over all paths: the chain rule's gradient."""
        return None if self.paths is None else sum((p.product for p in self.paths), 0)

    @property
    def left(self) -> Any:
        """The slopes from the left, NaN where unknown: an array in the input's shape."""
        return self._side(0)

    @property
    def right(self) -> Any:
        """The slopes from the right, NaN where unknown: an array in the input's shape."""
        return self._side(1)

    def _side(self, side: int) -> Any:
        found = np.full(self.measured.shape, np.nan)
        for element in self.elements:
            found[element.place] = element.slopes[side]
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of `check`: a row per `wrt` input, and the trace whose gradients were checked."""

    trace: Trace
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees, or is a convention where there is no derivative."""
        return all(row.verdict in ("agrees", "no derivative here") for row in self.rows)

    @property
    def differs(self) -> bool:
        """Whether some gradient is wrong."""
        return any(row.verdict == "differs" for row in self.rows)

    def __getitem__(self, name: str) -> Row:
        """The row of an input. Raises UnknownNameError."""
        node = self.trace.graph.find(name)
        return next(row for row in self.rows if row.name == self.trace.graph.nodes[node].name)

    def __str__(self) -> str:
        said = [f"{r.name}: {r.verdict}, largest relative error {r.error:.1e}" for r in self.rows]
        for row in self.rows:
            said += [f"  {sentence}" for sentence in (*row.kinks, *row.notes)]
        return "\n".join(said)


def check(
    source: Any,
    /,
    *,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
    **inputs: Any,
) -> Check:
    """Compare every gradient with the slopes from the left and from the right, exact and measured.

    Arguments and errors as for `run`; values are needed with the exact backend too. Of an input
    with more than 20 elements, 20 evenly spread ones are moved. Raises ShapeError for an output
    that is not a scalar when `upstream` is not given, and BackendError for more work than `MOST`.
    """
    graph = as_graph(source, given={*inputs, *(values or ())})
    every = wrt if wrt is not None else [n.name for n in graph.inputs]  # labels too
    compiled = compile_graph(graph, wrt=every, backend=backend, dtype=dtype)
    given = given_inputs.collect(compiled.graph, values, inputs)
    given_inputs.require(compiled.graph, given, symbols=False)
    _foresee(compiled.prepare(values=given, upstream=upstream).graph, compiled.wrt)
    trace = compiled.trace(values=given, upstream=upstream)
    if not trace.has_backward:
        raise ShapeError("there is no gradient to check", got=trace.note)
    if backend == "exact":
        _require_numbers(trace)
    return Check(trace, _Checker(trace).rows())


def _require_numbers(trace: Trace) -> None:
    """Raise ValueInputError for symbols among the values or in the upstream gradient."""
    from gradviz.arrays.exact import symbols_in

    given = [trace.seed, *(trace.values[n.id] for n in trace.graph.inputs)]
    if symbols := symbols_in(given):
        raise ValueInputError(
            "gradients are checked at numbers",
            expected="a number in the place of every symbol",
            got=", ".join(symbols[:12]) + ", …" * (len(symbols) > 12),
        )


def _foresee(graph: Graph, wrt: Sequence[int]) -> None:
    """Raise BackendError for gradients that would take more than `MOST` operations to measure."""
    sizes = [len(sampled(graph.nodes[i].shape or ())) for i in wrt if is_moved(graph, i)]
    needs = list(accumulate((LEAST_PASSES * work_of_pass(graph) * n for n in sizes), initial=0))
    if needs[-1] <= MOST:
        return
    words = "the first {:,}, chosen with wrt,"
    inputs = Way(words, len(sizes), needs.__getitem__, "fit")
    said = too_large(
        f"checking {len(sizes):,} inputs needs",
        f"about {say_count(needs[-1])} operations",
        f"at most {say_count(MOST)} are done",
        fitting([inputs], MOST),
    )
    raise BackendError(said)


class _Checker:
    """The data that the rows of one check share."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.graph = trace, trace.graph
        self.values = [_floats(value) for value in trace.values]
        self.slopes = Slopes(self.graph, self.values, _floats(trace.seed))
        self.moving = [node for node in trace.wrt if is_moved(self.graph, node)]
        self.proof = prove(trace, self.moving)
        self.undefined = undefined(self.slopes, self.values)
        self.noise = gradient_noise(self.slopes, tuple(self.proof.slopes), trace.dtype)

    def rows(self) -> tuple[Row, ...]:
        return tuple(self._row(node) for node in each("inputs checked", self.trace.wrt))

    def _row(self, node: int) -> Row:
        name, shape = self.graph.nodes[node].name, self.graph.nodes[node].shape or ()
        found, why_no_paths = paths(self.trace, node)
        notes = [why_no_paths]
        places = sampled(shape)
        try:
            elements = tuple(self._elements(node, places))
        except GradvizError:
            elements = ()
            notes.append(f"{name} takes whole numbers: it has no gradient")
        if elements and len(places) < math.prod(shape):
            notes.append(f"{len(places)} of {math.prod(shape)} elements were moved, evenly spread")
        measured = np.full(shape, np.nan)
        for element in elements:
            if (slope := element.derivative) is not None:
                measured[element.place] = slope
        verdict = max((e.verdict for e in elements), key=WORST.index, default=WORST[0])
        notes += [
            *words.why_different(self.trace, name, elements),
            *words.about_edges(self.graph, name, elements),
            *([self.undefined[1]] if self.undefined else words.why_unmeasured(name, elements)),
            self.proof.why_not if node in self.moving else "",
            words.why_unproved(name, elements, self.proof) if node in self.moving else "",
        ]
        return Row(
            name,
            self.trace.gradients[node],
            self._exact(node, shape) if elements or node in self.moving else None,
            measured,
            max((e.error for e in elements), default=0.0),
            verdict,
            words.about_kinks(self.graph, name, elements),
            found,
            tuple(filter(None, notes)),
            elements,
            sums(self.trace, node),
        )

    def _elements(self, node: int, places: Sequence[tuple[int, ...]]) -> Iterator[Element]:
        """Every element that was moved, and every other one with an exact slope."""
        ours = np.asarray(_floats(self.trace.gradients[node]), dtype=float)
        inputs = np.asarray(self.values[node])
        largest = float(np.max(np.abs(ours[np.isfinite(ours)]), initial=0.0))
        proved = self.proof.slopes.get(node, {})
        noise = self.noise.get(node, np.zeros_like(ours))
        everywhere = dict.fromkeys([*places, *proved])
        for place in each("elements moved", everywhere):
            moved = self.slopes.at(node, place) if place in places else None
            why = self._why_not(inputs[place])
            exact = self.proof.at(node, place)
            here = float(ours[place])
            if moved is None and exact[0] is None:
                continue
            verdict, error = judge(
                here,
                moved,
                exact,
                undefined=why,
                noise=float(noise[place]),
                largest=largest,
                dtype=self.trace.dtype,
            )
            sides = moved or Measured.nothing()
            yield Element(place, here, sides.left, sides.right, exact, sides.kinks, verdict, error)

    def _why_not(self, value: Any) -> Verdict | None:
        """The verdict on every gradient where the function has no value."""
        if not np.isfinite(value):
            return "not defined here"
        if self.undefined is None:
            return None
        return "not defined here" if self.undefined[0] == "undefined" else "cannot be measured"

    def _exact(self, node: int, shape: tuple[int, ...]) -> Any | None:
        """The exact gradient, if every element has a derivative."""
        slopes = self.proof.slopes.get(node)
        if slopes is None or (self.undefined and self.undefined[0] == "undefined"):
            return self._fixed(node, shape)
        found = np.empty(shape, dtype=object)
        for place, (left, right) in slopes.items():
            if left is None or right is None or not same(left, right):
                return None
            found[place] = left
        return found

    def _fixed(self, node: int, shape: tuple[int, ...]) -> Any | None:
        """The exact gradient of a condition or an index, 0."""
        if node in self.moving or self.proof.why_not:
            return None
        return for_backend("exact").zeros(shape)


def is_moved(graph: Graph, node: int) -> bool:
    """Whether an input is differentiated: not if it is only used as a condition or an index."""
    return node not in graph.index_leaves


def _floats(value: Any) -> Any:
    """A value of any backend as a NumPy array; exact numbers as float64."""
    if getattr(getattr(value, "dtype", None), "kind", "") == "O":
        from gradviz.arrays.exact import floats

        return floats(value)
    return np.asarray(value)
