"""The curve of a model of one feature beside its samples, before training and after."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from gradviz.engine.curves.asked import Ranges
from gradviz.engine.curves.asked import spans as spans_of
from gradviz.engine.run import Compiled
from gradviz.errors import ShapeError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.learn.data import read
from gradviz.learn.planes import MOST_SAMPLES, span
from gradviz.learn.problem import prediction, predictor
from gradviz.learn.replay import weights
from gradviz.sources import as_graph
from gradviz.trace.plots import Plot
from gradviz.trace.plots.fit import Fit, Fitted, Residual
from gradviz.trace.run import Data, Run

POINTS: Final = 401
UNNAMED: Final = "x1"
"""The only column of data that name none."""


def is_of_one_feature(source: Any, data: Any) -> bool:
    """Whether the samples of a run, or those that are given, have a single feature."""
    samples = source.data if isinstance(source, Run) else None if data is None else read(data)
    return samples is not None and samples.shape in ((), (1,))


def fit(
    source: Any, data: Any, values: Mapping[str, Any], at: int | None = None, *, range: Ranges = ()
) -> Plot:
    """The curve of a source with samples of one feature, or of a training run as pass `at` begins
    (by default at its end) and before it.

    data    what `gradviz.learn.data.read` takes; None for a run, which has its own.
    values  of the parameters, those not given as they are first drawn.

    Raises ValueInputError, ShapeError and what `gv.run` raises.
    """
    if isinstance(source, Run):
        if data is not None or values:
            raise ValueInputError(
                "a run has its own data and parameters",
                expected="the run alone",
                got="data" if data is not None else ", ".join(values),
            )
        return _of_run(source, at, range)
    if at is not None:
        raise ValueInputError("only a training run has passes", expected="a saved run, run.json")
    if data is None:
        raise ValueInputError(
            "a fit needs samples", expected="--data, such as linear, or points.csv"
        )
    samples = read(data)
    _check(samples)
    graph, feeds, own = prediction(as_graph(source), samples, values)
    return _plot(graph, samples, feeds, [("", own)], range)


def _of_run(run: Run, at: int | None, range: Ranges) -> Plot:
    if run.data is None or run.output is None:
        raise ValueInputError(
            "the run has no data, so nothing is fitted", expected="a run trained on --data"
        )
    _check(run.data)
    graph = predictor(run.graph, run.output)
    names = {node.name for node in graph.inputs}
    last = run.passes + 1 if at is None else at
    own = []
    for k in earlier(last):
        found = {**run.fixed, **weights(run, k)}
        name = f"after {run.passes:,} passes" if k > run.passes else f"pass {k:,}"
        own.append((name, {n: v for n, v in found.items() if n in names}))
    feeds = {n: feed for n, feed in run.feeds.items() if n in names}
    return _plot(graph, run.data, feeds, own, range)


def earlier(last: int) -> list[int]:
    """The first pass, one between on a scale of logarithms, and the last."""
    return sorted({1, round(math.sqrt(last)), last})


def _check(data: Data) -> None:
    if data.shape not in ((), (1,)):
        count = math.prod(data.shape)
        raise ShapeError(
            f"the data {data.name} have more than one feature",
            expected="samples of one feature and its target",
            got=f"{count} features",
            hint="gradviz plot … --data shows the plane of two",
        )
    if data.t is None or data.t.ndim != 1:
        raise ShapeError(
            f"the data {data.name} have no target of one number", expected="a target a sample"
        )
    if len(data) > MOST_SAMPLES:
        raise ValueInputError(
            f"the data {data.name} are too many for a picture",
            expected=f"at most {MOST_SAMPLES:,} samples",
            got=f"{len(data):,}",
        )


def _variable(data: Data, feeds: Mapping[str, str]) -> str:
    """What the feature is called: as its column, or as the input that takes it."""
    column = data.columns[0] if len(data.columns) == 1 else ""
    if column in ("", UNNAMED) and len(feeds) == 1:
        return next(iter(feeds))
    return column or "x"


def _plot(
    graph: Graph,
    data: Data,
    feeds: Mapping[str, str],
    own: Sequence[tuple[str, Mapping[str, Any]]],
    asked: Ranges,
) -> Plot:
    compiled = Compiled(graph)
    variable = _variable(data, feeds)
    places = np.asarray(data.x, dtype=float).reshape(-1)
    shown = span(places, spans_of(asked, [variable]).get(variable))
    grid = np.linspace(shown.low, shown.high, POINTS)

    def said(values: Mapping[str, Any], points: Any) -> Any:
        there = replace(data, x=points.reshape(-1, *data.shape), t=None)
        fed = {name: there.part(feed) for name, feed in feeds.items()}
        with np.errstate(all="ignore"):
            found = np.asarray(compiled.value(values={**values, **fed}), dtype=float)
        if found.size != len(points):
            raise ShapeError(
                "a curve has one output",
                expected="one number for each sample",
                got=f"{found.size // len(points)} outputs",
            )
        return found.reshape(-1) + 0.0

    target = np.asarray(data.t, dtype=float)
    curves = []
    for name, values in own:
        at_samples, over = said(values, places), said(values, grid)
        with np.errstate(all="ignore"):
            squared = float(np.mean((target - at_samples) ** 2))
        pairs = tuple((float(x), float(y)) for x, y in zip(grid, over, strict=True))
        curves.append(Fitted(name, pairs, squared))
    fed = {name: replace(data, t=None).part(feed) for name, feed in feeds.items()}
    trace = compiled.trace(values={**own[-1][1], **fed})
    return Plot(
        Fit(
            data=data.name,
            variable=variable,
            target=data.target or "t",
            output=trace.graph.names.get(trace.graph.output, "") or "f",
            residuals=tuple(
                Residual(float(x), float(t), float(y))
                for x, t, y in zip(places, target, at_samples, strict=True)
            ),
            curves=tuple(curves),
            span=shown,
            trace=trace,
        )
    )
