"""Gradients compared with exact derivatives and finite differences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine import inputs as given_inputs
from gradviz.engine.check.differences import Differences, Measured, sampled
from gradviz.engine.check.paths import Path, paths
from gradviz.engine.inside.enter import unfolded
from gradviz.engine.program import Program
from gradviz.engine.run import Wrt, compile_graph
from gradviz.errors import GradvizError, ShapeError
from gradviz.graph.graph import Graph, labels
from gradviz.sources import as_graph
from gradviz.trace.trace import Trace

Verdict = Literal["agrees", "kink", "unclear", "differs"]
WORST: tuple[Verdict, ...] = ("agrees", "kink", "unclear", "differs")

MEASURED = {"float64": 1e-6, "float32": 1e-3, "exact": 1e-6}
"""By dtype, the relative error up to which a gradient agrees with differences, …"""
PROVED = {"float64": 1e-9, "float32": 1e-3, "exact": 1e-14}
"""… and with the exact gradient."""
FLOOR = 1e-3
"""Errors against exact gradients are relative to the input's largest, and to no less than this."""
ROUGH = 1e-3
"""Differences with a larger estimated error (relative to the gradient, or to 1) are ignored."""
TERMS, WORK = 100, 3_000
"""The terms of the written-out output, and terms × input elements, up to which sympy answers within
a second.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One input's gradient, computed in three ways.

    ours         from the trace: an array of its backend.
    exact        by `sympy.diff` of the whole output: an array of exact numbers; None with the
                 reason in `notes`. On a kink it is the slope of one side.
    measured     by central finite differences in float64; NaN for elements not perturbed.
    error        the largest relative error of ours, over the elements that were compared. For a
                 measurement |ours − measured| is relative to the larger of the two, and to no less
                 than the measurement's own estimated error over the tolerance, so that rounding
                 noise around 0 does not count. For an exact gradient it is relative to the
                 input's largest, and to no less than 1/1000.
    verdict      "agrees"; "kink" where the slope is a convention; "differs"; or "unclear" where
                 there is nothing to compare with (NaN, infinity, differences lost in rounding).
    kinks        a sentence for each node at whose kink the input lies.
    paths        for graphs of scalars, every path to the output with its product; None with the
                 reason in `notes`.
    notes        sentences saying what could not be done, and why.
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

    @property
    def path_sum(self) -> Any | None:
        """The sum of the products over all paths: the chain rule's gradient."""
        return None if self.paths is None else sum((p.product for p in self.paths), 0)


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of `check`: a row per `wrt` input, and the trace whose gradients were checked."""

    trace: Trace
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every gradient agrees or lies at a kink."""
        return all(row.verdict in ("agrees", "kink") for row in self.rows)

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
    """Compare every gradient with the exact one and with finite differences.

    Arguments and errors as for `run`; values are needed with the exact backend too. Of an input
    with more than 20 elements, 20 evenly spread ones are perturbed. Raises ShapeError for an output
    that is not a scalar when `upstream` is not given.
    """
    graph = as_graph(source, given={*inputs, *(values or ())})
    compiled = compile_graph(graph, wrt=wrt, backend=backend, dtype=dtype)
    given = given_inputs.collect(compiled.graph, values, inputs)
    given_inputs.require(compiled.graph, given, symbols=False)
    trace = compiled.trace(values=given, upstream=upstream)
    if not trace.has_backward:
        raise ShapeError("there is no gradient to check", got=trace.note)
    return Check(trace, _Checker(trace).rows())


class _Checker:
    """The data that the rows of one check share."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.graph = trace, trace.graph
        self.inputs = [_floats(trace.values[n.id]) for n in self.graph.inputs]
        self.differences = Differences(self.graph, self.inputs, _floats(trace.seed))
        self.fixed = self.graph.index_leaves
        self.exact, self.why_not_exact = _exact(trace)

    def rows(self) -> tuple[Row, ...]:
        return tuple(map(self._row, self.trace.wrt))

    def _row(self, node: int) -> Row:
        shape = self.graph.nodes[node].shape or ()
        ours = _floats(self.trace.gradients[node])
        found, why_no_paths = paths(self.trace, node)
        notes = [why_no_paths, self.why_not_exact, self._undefined()]
        exact = None if self.exact is None else self.exact[node]
        if node in self.fixed:
            notes.append(
                f"{self.graph.nodes[node].name} is a condition or an index: it takes no gradient"
            )
            moved = {}
        else:
            places = sampled(shape)
            moved = {place: self.differences.at(node, place) for place in places}
            if len(places) < math.prod(shape):
                notes.append(
                    f"{len(places)} of {math.prod(shape)} elements were perturbed, evenly spread"
                )
        measured = np.full(shape, np.nan)
        for place, m in moved.items():
            measured[place] = m.value
        error, verdict = self._compare(ours, None if exact is None else _floats(exact), moved)
        if verdict == "kink" and exact is not None:
            exact = None
            notes.append("there is no exact derivative at a kink, only slopes on either side")
        if any(math.isfinite(m.value) and _too_rough(m, ours[place]) for place, m in moved.items()):
            notes.append("the finite differences are lost in rounding here, so they prove nothing")
        return Row(
            self.graph.nodes[node].name,
            self.trace.gradients[node],
            exact,
            measured,
            error,
            verdict,
            self._kinks(node, moved),
            found,
            tuple(filter(None, notes)),
        )

    def _compare(
        self, ours: Any, exact: Any | None, moved: Mapping[tuple[int, ...], Measured]
    ) -> tuple[float, Verdict]:
        """The largest relative error, and the worst verdict over the elements."""
        dtype = self.trace.dtype
        errors, verdicts = [0.0], [WORST[0]]
        largest = max([FLOOR, *np.abs(ours[np.isfinite(ours)]).tolist()])
        for place in np.ndindex(ours.shape):
            here, m = float(ours[place]), moved.get(place)
            if m is not None and m.kinks:
                verdicts.append("kink")
                continue
            found: list[tuple[float, float]] = []
            if exact is not None:
                scale = max(largest, abs(float(exact[place])))
                found.append((abs(here - float(exact[place])) / scale, PROVED[dtype]))
            if m is not None and not _too_rough(m, here):
                scale = max(
                    abs(here), abs(m.value), m.error / MEASURED[dtype], np.finfo(float).tiny
                )
                found.append((abs(here - m.value) / scale, MEASURED[dtype]))
            if m is not None and not (found and math.isfinite(here) and math.isfinite(m.value)):
                verdicts.append("unclear")
            finite = [(e, tolerance) for e, tolerance in found if math.isfinite(e)]
            errors += [e for e, _ in finite]
            verdicts += ["differs" for e, tolerance in finite if e > tolerance]
        return max(errors), max(verdicts, key=WORST.index)

    def _undefined(self) -> str:
        """A sentence about the first node whose value is NaN or infinite."""
        for node in self.graph.nodes:
            value = self.trace.values[node.id]
            if not self.trace.xp.finite(value):
                name = labels(self.graph).get(node.id, node.op)
                plain = str(
                    np.asarray(_floats(value)).ravel()[~np.isfinite(_floats(value)).ravel()][0]
                )
                what = f"{node.op} at {name}" if not node.is_leaf else name
                return f"{what} is {plain}, so nothing after it can be measured"
        return ""

    def _kinks(self, node: int, moved: Mapping[tuple[int, ...], Measured]) -> tuple[str, ...]:
        """A sentence for each node at whose kink some element of the input lies."""
        hits: dict[int, list[tuple[int, ...]]] = {}
        for place, m in moved.items():
            for kinked in m.kinks:
                hits.setdefault(kinked, []).append(place)
        name = self.graph.nodes[node].name
        return tuple(
            _kink_sentence(self.graph, name, kinked, places)
            for kinked, places in sorted(hits.items())
        )


def _kink_sentence(graph: Graph, name: str, kinked: int, places: list[tuple[int, ...]]) -> str:
    op = graph.op(kinked)
    elements = [f"{name}[{', '.join(map(str, p))}]" if p else name for p in places]
    who = ", ".join(elements[:3]) + (f" and {len(elements) - 3} more" if len(elements) > 3 else "")
    sits, its = ("sits", "its") if len(elements) == 1 else ("sit", "their")
    what = "jump" if op.is_condition else "kink"
    same = [n.id for n in graph.nodes if n.op == op.name]
    which = f" ({labels(graph)[kinked]})" if len(same) > 1 else ""
    return (
        f"{who} {sits} on a {what} of {op.name}{which}: {its} slope there is a convention"
        f" ({op.ties})"
    )


def _too_rough(measured: Measured, ours: float) -> bool:
    """Whether a measurement is too rough to decide anything."""
    scale = max(1.0, abs(measured.value), abs(float(ours)))
    return not measured.kinks and not measured.error <= ROUGH * scale


def _exact(trace: Trace) -> tuple[dict[int, Any] | None, str]:
    """By input, the exact gradient; or None and the reason why there is none."""
    graph = trace.graph
    terms, elements = _terms(graph), sum(math.prod(n.shape or ()) for n in graph.inputs)
    if terms > TERMS or terms * elements > WORK:
        return None, "the whole expression is too large for an exact derivative"
    from gradviz.arrays import exact

    xp = for_backend("exact")
    try:
        point = [xp.asarray(trace.values[n.id]) for n in graph.inputs]
        symbols = [exact.unknowns(n.name, n.shape or ()) for n in graph.inputs]
        fixed = graph.index_leaves
        operands = [
            p if n.id in fixed else s for n, s, p in zip(graph.inputs, symbols, point, strict=True)
        ]
        output = Program(graph, xp, ()).forward(operands)[graph.output]
        total = np.sum(xp.asarray(trace.seed) * output)
        flat = [s for array in symbols for s in array.flat]
        value, slopes = exact.derivatives(total, flat, [p for array in point for p in array.flat])
    except GradvizError as error:
        return None, f"there is no exact derivative: {error.what}"
    if not all(math.isfinite(exact.as_float(v)) for v in (value, *slopes)):
        return None, "there is no exact derivative: it is not a real, finite number here"
    found, at = {}, 0
    for node, array in zip(graph.inputs, symbols, strict=True):
        found[node.id] = xp.asarray(slopes[at : at + array.size]).reshape(array.shape)
        at += array.size
    return found, ""


def _terms(graph: Graph) -> float:
    """Roughly how many terms the output has when every shared part is written out."""
    return _terms_of(graph, {}) * math.prod(graph.nodes[graph.output].shape or ())


def _terms_of(graph: Graph, given: Mapping[str, float]) -> float:
    """The same for one element of the output, from the terms of the inputs (by default 1)."""
    sizes = [math.prod(n.shape or ()) for n in graph.nodes]
    terms = [given.get(n.name, 1.0) for n in graph.nodes]
    for node in graph.nodes:
        if node.is_leaf:
            continue
        op, own = graph.op(node), 1.0
        if op.expand is not None and not op.elementwise:
            inside = unfolded(op, [graph.nodes[i].shape or () for i in node.inputs], node.options)
            own = _terms_of(
                inside, {f"operand{slot}": terms[i] for slot, i in enumerate(node.inputs)}
            )
            terms[node.id] = min(own, 1e30)
            continue
        for i in node.inputs:
            moves_only = op.variadic or (len(node.inputs) == 1 and sizes[node.id] >= sizes[i])
            own += terms[i] * (1 if op.elementwise or moves_only else sizes[i])
            if (
                op.pieces is not None
            ):  # written as cases, where every element is compared with every other
                own *= 2.0 if op.elementwise else 2.0 ** min(sizes[i], 99)
        terms[node.id] = min(own, 1e30)
    return terms[graph.output]


def _floats(value: Any) -> Any:
    """A value of any backend as a NumPy array; exact numbers as float64."""
    if getattr(getattr(value, "dtype", None), "kind", "") == "O":
        from gradviz.arrays.exact import floats

        return floats(value)
    return np.asarray(value.get() if hasattr(value, "get") else value)
