"""Training as it is watched: the network, the plane of its samples, the losses, pass by pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Final

import numpy as np

from gradviz.arrays.digits import number
from gradviz.engine.inside import views
from gradviz.engine.run import Compiled
from gradviz.errors import GradvizError, ValueInputError
from gradviz.learn import replay
from gradviz.learn.fits import fit
from gradviz.learn.planes import margins, plane, span
from gradviz.learn.problem import predictor
from gradviz.learn.scores import classes, middle
from gradviz.learn.training import Feeder, compiled_of
from gradviz.learn.views import RunView
from gradviz.trace.plots.fit import Fit
from gradviz.trace.plots.plane import Plane
from gradviz.trace.run import Run
from gradviz.trace.training import Grid, Mark, Moment, Opening, Stage, Thumb, TrainingTrace, Unit

MARKS: Final = 60
"""Passes at which the losses on all samples are taken, at most."""
THUMBS: Final = 9
POINTS: Final = 29
"""Points each way of a small picture."""
ALONG: Final = 81
"""Points of a small curve over one feature."""
SHOWN: Final = 8
"""Units of a layer that are shown."""
STEPS: Final = (1, 2, 5, 10)
ONE: Final = (), (1,)
"""Shapes of a single feature."""


def walk(run: Run) -> TrainingTrace:
    """The walk over the passes of a run. Raises ValueInputError for a run without a plane."""
    if not run.passes:
        raise ValueInputError("a run without a pass has no training to show", got="0 passes")
    data = run.data
    is_plane = data is not None and data.shape == (2,) and bool(data.classes)
    if run.output is None or data is None or not (is_plane or data.shape in ONE):
        raise ValueInputError(
            "the training view shows samples of two features with classes, or of one feature",
            expected="a run on such samples: --data ring, or --data linear",
            got=_got(run),
            hint="gradviz plot run.json shows the losses, --templates the rows of a weight matrix",
        )
    return Watched(run).walk()


def _got(run: Run) -> str:
    if run.data is None:
        return "a run without data"
    size = "×".join(map(str, run.data.shape))
    return f"{run.data.name}: {size} features, {len(run.data.classes) or 'no'} classes"


class Watched:
    """A run, and what is found once for all of its passes."""

    def __init__(self, run: Run) -> None:
        assert run.data is not None and run.output is not None
        self.run, self.data = run, run.data
        graph = predictor(run.graph, run.output)
        self.says = Compiled(graph)
        self.inputs = {node.name for node in graph.inputs}
        self.level = middle(run)
        self.is_plane = self.data.shape == (2,)
        columns = self.data.x.reshape(len(self.data), -1).T
        spans = [span(column, None) for column in columns]
        axes = [np.linspace(s.low, s.high, POINTS if self.is_plane else ALONG) for s in spans]
        self.points = np.stack([g.ravel() for g in np.meshgrid(*axes)], axis=1)
        self.points = self.points.reshape(-1, *self.data.shape)

    def walk(self) -> TrainingTrace:
        """The walk over all of its passes."""
        run = self.run
        kept = tuple(n + 1 for n in run.kept.at)
        return TrainingTrace(
            trace=replay.trace(run, 1),
            data=self.data.name,
            samples=len(self.data),
            settings={
                "optimizer": str(run.settings["optimizer"]),
                "rate": number(run.settings["lr"], 6),
                "batch": str(run.batch),
            },
            passes=run.passes,
            marks=self.marks,
            thumbs=tuple(self._thumb(k, replay.weights(run, k)) for k in round_passes(run.passes)),
            kept=() if len(kept) == run.passes + 1 else kept,
            make=self.moment,
            open=partial(replay.trace, run),
        )

    def moment(self, k: int) -> Moment:
        """The run as pass k begins."""
        weights = replay.weights(self.run, k)
        stages, why = self._stages(weights)
        sizes = [abs(w) for stage in stages for row in stage.weights for w in row]
        return Moment(
            k,
            stages,
            why,
            max((w for w in sizes if math.isfinite(w)), default=0.0),
            self._plane(k),
            self._mark(k, weights),
            self._thumb(k, weights),
            self._opening(k),
        )

    def _plane(self, k: int) -> Plane | Fit:
        made = plane if self.is_plane else fit
        content = made(self.run, None, {}, k).content
        assert isinstance(content, Plane | Fit)
        return content

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The losses at some of the passes whose parameters are kept."""
        at = self.run.kept.at
        chosen = np.unique(np.linspace(0, len(at) - 1, min(len(at), MARKS)).round().astype(int))
        apart = self.run.apart
        return tuple(self._mark(at[i] + 1, apart(self.run.kept.weights[i])) for i in chosen)

    def _mark(self, k: int, weights: Mapping[str, Any]) -> Mark:
        loss, right = self._scored(weights, test=False)
        if self.data.test_x is None:
            return Mark(k, loss, right)
        return Mark(k, loss, right, *self._scored(weights, test=True))

    def _scored(self, weights: Mapping[str, Any], *, test: bool) -> tuple[float, float | None]:
        """The mean loss of all samples, and the share of them that is right, of classes."""
        run, data = self.run, self.data
        fed = {name: data.part(feed, test=test) for name, feed in run.feeds.items()}
        values = {**run.fixed, **weights, **fed}
        with np.errstate(all="ignore"):
            loss = float(compiled_of(run).value(values=values))
            if not data.classes:
                return loss, None
            said = np.asarray(self.says.value(values=self._own(values)))
            right = float(np.mean(classes(run, said) == (data.test_t if test else data.t)))
        return loss, right

    def _own(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: v for name, v in values.items() if name in self.inputs}

    def _fed(self, points: Any, weights: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of what predicts, at these points."""
        there = replace(self.data, x=points, t=None)
        fed = {n: there.part(feed) for n, feed in self.run.feeds.items() if n in self.inputs}
        return self._own({**self.run.fixed, **weights, **fed})

    def _thumb(self, k: int, weights: Mapping[str, Any]) -> Thumb:
        with np.errstate(all="ignore"):
            said = np.asarray(self.says.value(values=self._fed(self.points, weights)), dtype=float)
            said = said.reshape(len(self.points), -1) + 0.0
            leads = margins(said, self.level) if self.is_plane else said[:, :1]
        return Thumb(k, tuple(self._grid(leads[:, c]) for c in range(leads.shape[1])))

    def _opening(self, k: int) -> Opening | None:
        run = self.run
        if k > run.passes:
            return None
        trace = replay.trace(run, k)
        updates = len(trace) - trace.pass_steps
        size = Feeder(run.data, run.feeds, run.settings, run.fixed).size(k)
        backward = trace.pass_steps - trace.forward_steps
        return Opening(trace.forward_steps, backward, updates, size, float(run.losses[k - 1]))

    def _stages(self, weights: Mapping[str, Any]) -> tuple[tuple[Stage, ...], str]:
        """The layers with the values of their units over the plane; none, and why, for what is no
        chain of layers.
        """
        one = {
            name: v[0] if name in self.run.feeds else v
            for name, v in self._fed(self.data.x[:1], weights).items()
        }
        try:
            layers = views.view("neurons").walk(self.says.trace(values=one)).layers  # type: ignore[attr-defined]
        except GradvizError:
            return (), "the model is not a chain of layers of units"
        with np.errstate(all="ignore"):
            over = self.says.trace(values=self._fed(self.points, weights)).values
        found: list[Stage] = []
        before: Sequence[int] = ()
        nodes = [node for layer in layers for node in layer.nodes or (layer.node,)]
        if any(np.size(over[node]) < len(self.points) for node in nodes):
            return (), "its weights and its inputs cannot be told apart"
        for i, layer in enumerate(layers):
            places = shown(layer.size)
            names = self._names(layers, i)
            values = self._values(layer, over)
            if i == len(layers) - 1 and layer.size == 1 and self.is_plane:
                values = values - self.level
            units = tuple(
                Unit(j, names[j] if names else "", self._grid(values[:, j])) for j in places
            )
            rows = tuple(tuple(float(layer.weights[j][m]) for m in before) for j in places)
            found.append(Stage(units, layer.size, rows if i else ()))
            before = places
        return tuple(found), ""

    def _grid(self, column: Any) -> Grid:
        rows = column.reshape(POINTS if self.is_plane else 1, -1)
        return tuple(tuple(map(float, row)) for row in rows)

    def _names(self, layers: Sequence[Any], i: int) -> Sequence[str]:
        """The names of the units of a layer: of features, of classes, or their own."""
        data, layer = self.data, layers[i]
        if i == 0:
            usual = ("x1", "x2") if self.is_plane else ("x",)
            return data.columns if len(data.columns) == layer.size else usual
        if i == len(layers) - 1:
            if layer.size == len(data.classes):
                return data.classes
            return [layer.name or "y"] if layer.size == 1 else ()
        return layer.names  # type: ignore[no-any-return]

    def _values(self, layer: Any, over: Any) -> Any:
        """What the units of a layer say at each point, a column each."""
        nodes = layer.nodes or (layer.node,)
        columns = [
            np.asarray(over[node], dtype=float).reshape(len(self.points), -1) for node in nodes
        ]
        return np.concatenate(columns, axis=1)


def shown(count: int) -> tuple[int, ...]:
    """The units of a layer that are shown: all of few, else some, evenly spaced."""
    if count <= SHOWN:
        return tuple(range(count))
    return tuple(int(k) for k in np.linspace(0, count - 1, SHOWN).round())


def round_passes(passes: int) -> list[int]:
    """The first pass, round numbers of passes, and the end, which is counted as one more."""
    raw = passes / THUMBS
    power = 10 ** math.floor(math.log10(max(raw, 1)))
    step = next(f * power for f in STEPS if f * power >= raw)
    rounds = [k for k in range(step, passes + 1, step) if k > 1]
    return [1, *rounds, passes + 1]


VIEW = RunView("a whole training run: the network, its plane, its losses, pass by pass", walk)
