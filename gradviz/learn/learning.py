"""The public call: training a source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradviz.engine.descent import descent
from gradviz.engine.optimisers import optimiser
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import as_path
from gradviz.learn import data as sets
from gradviz.learn import replay
from gradviz.learn.problem import Problem, problem
from gradviz.learn.training import Ending, Passes, every, flat, train
from gradviz.networks.named import usual_data
from gradviz.progress import Progress
from gradviz.sources import as_graph
from gradviz.trace import Trace, saved_runs
from gradviz.trace import run as data_of_run

PASSES: Final = 1000
"""How many passes are done where nothing is said."""
BATCH: Final = 10
"""Samples in a pass, where nothing is said and there are more."""
MOST_PASSES: Final = 100_000_000


class Run(data_of_run.Run):
    """A training run whose passes can be opened. See `gradviz.trace.run.Run` for what it holds."""

    def save(self, path: str | Path) -> None:
        """Write the run as JSON (format `gradviz.run/1`), its arrays to an `.npz` of that name."""
        saved_runs.save(self, as_path(path))

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Read a saved run. Raises FileError or TraceFormatError."""
        return saved_runs.load(as_path(path), cls)

    def to_json(self) -> str:
        """The run as JSON text, all arrays inline."""
        return saved_runs.dumps(self)

    def trace(self, k: int) -> Trace:
        """Pass k, from 1, as a trace whose last steps are its updates."""
        return replay.trace(self, k)

    def weights(self, k: int | None = None) -> dict[str, Any]:
        """The parameters with which pass k begins, by name; by default the last ones."""
        return replay.weights(self, self.passes + 1 if k is None else k)

    def samples(self, k: int) -> replay.Samples:
        """The gradients of each sample of pass k, beside their mean."""
        return replay.samples(self, k)

    def scores(self, k: int | None = None) -> Mapping[str, Any]:
        """Loss and accuracy on all samples, and on those held out, as pass k begins; by default at
        the end.
        """
        from gradviz.learn.scores import scores

        return scores(self, self.passes + 1 if k is None else k)


def learn(
    source: Any,
    /,
    *,
    data: Any = None,
    wrt: str | Iterable[Any] | None = None,
    optimizer: str = "sgd",
    lr: float | None = None,
    schedule: str = "constant",
    l1: float = 0.0,
    l2: float = 0.0,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    batch: int | None = None,
    passes: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    keep_weights: bool = False,
    target: float | None = None,
    patience: int | None = None,
    resume: data_of_run.Run | None = None,
    tell: Callable[[int, float], None] | None = None,
    values: Mapping[str, Any] | None = None,
    **inputs: Any,
) -> Run:
    """Train a graph, and keep the run so that each of its passes can be opened.

    source        what `gv.run` takes. A source without a loss gets cross-entropy for classes,
                  squared error else.
    data          samples: the name of a data set with its options (`ring,count=300,test=100`), a
                  file (`points.csv`, `points.npz`), an array whose last column is the target, or a
                  pair of features and targets. A network that has usual data takes them by default;
                  without data the source is minimised as it is.
    wrt           the parameters to train; by default all that a network has, or all inputs that no
                  data feed.
    optimizer     sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw, with its options:
                  `momentum,momentum=0.8`.
    lr            the learning rate; by default one that is usual for the optimiser.
    schedule      how the rate changes: constant, `step,factor=0.5,every=100`, exponential, cosine,
                  warmup, warmup-cosine.
    l1, l2        weight decay; both together are an elastic net.
    clip_value, clip_norm  the largest element of a gradient, and the greatest length of all.
    batch         samples in a pass; by default 10, or all where there are fewer.
    passes, epochs  how long to train; by default 1,000 passes.
    seed          draws the parameters, toy data and the order of samples: the same seed gives the
                  same run, bit for bit.
    keep_weights  start from weights that a network sets by hand.
    target        stop when the mean loss of an epoch is at most this.
    patience      stop when the loss has not fallen for so many epochs.
    resume        a run to go on with; the source and the settings are then its own.
    tell          called after every pass with its number and its loss.
    values, inputs  first values of parameters, and values of other inputs.

    Ctrl+C ends the training, and the run holds what was done so far. Raises UnknownNameError,
    ValueInputError, ShapeError, FileError and ParseError for what does not fit.
    """
    if resume is not None:
        return _resumed(resume, passes, epochs, Ending(target, patience), tell)
    named = {**(values or {}), **inputs}
    extras = {"l1": l1, "l2": l2, "clip_value": clip_value, "clip_norm": clip_norm}
    run, done = begun(
        source, named, data, wrt, optimizer, lr, schedule, extras, batch, passes, epochs, seed,
        keep_weights,
    )  # fmt: skip
    return train(run, done, Ending(target, patience), tell)  # type: ignore[return-value]


def begun(
    source: Any,
    given: Mapping[str, Any],
    data: Any = None,
    wrt: str | Iterable[Any] | None = None,
    optimizer: str = "sgd",
    lr: float | None = None,
    schedule: str = "constant",
    extras: Mapping[str, float | None] | None = None,
    batch: int | None = None,
    passes: int | None = None,
    epochs: int | None = None,
    seed: int = 0,
    keep_weights: bool = False,
) -> tuple[Run, Passes]:
    """A run before its first pass, and what does its passes; arguments as for `learn`, `given`
    being its values and `extras` the weight decay and the clipping by name.
    """
    graph = as_graph(source, given=())
    seed = _whole("seed", seed, 0)
    if data is None:
        data = usual_data(graph) or None
    with Progress("reading the data"):
        found = None if data is None else sets.read(data, seed)
    wanted = problem(graph, found, given, wrt, seed=seed, keep_weights=keep_weights)
    name, options = _optimizer(optimizer)
    rate = optimiser(name).rate if lr is None else lr
    usual: dict[str, Any] = {"l1": 0.0, "l2": 0.0, "clip_value": None, "clip_norm": None}
    extras = usual | dict(extras or {})
    way = descent(name, lr=rate, schedule=schedule, **extras, **options)
    count = 0 if found is None else len(found)
    size = _batch(batch, count, wanted.notes)
    settings: dict[str, Any] = {
        "optimizer": name,
        "lr": way.options["lr"],
        "options": {k: v for k, v in way.options.items() if k != "lr"},
        "schedule": schedule,
        **extras,
        "batch": size,
        "passes": _passes(passes, epochs, count, size),
        "seed": seed,
    }
    weights = flat(list(wanted.start.values()))
    settings["every"] = every(settings["passes"], weights.nbytes * (1 + len(way.state)))
    run = _begun(wanted, settings, weights, way.state)
    return run, Passes(run, weights, _zeros(way.state, weights), 0)


def _zeros(state: Iterable[str], weights: Any) -> dict[str, Any]:
    return {name: np.zeros(weights.size) for name in state}


def _begun(wanted: Problem, settings: Mapping[str, Any], weights: Any, state: Iterable[str]) -> Run:
    """The run before its first pass."""
    at_start = {name: v[None] for name, v in _zeros(state, weights).items()}
    return Run(
        graph=wanted.graph,
        output=wanted.output,
        trained=tuple(wanted.start),
        shapes={name: tuple(np.shape(v)) for name, v in wanted.start.items()},
        fixed=wanted.fixed,
        data=wanted.data,
        feeds=wanted.feeds,
        settings=settings,
        losses=np.zeros(0),
        kept=data_of_run.Kept([0], weights[None], at_start),
        notes=tuple(wanted.notes),
    )


def _resumed(
    run: data_of_run.Run,
    passes: int | None,
    epochs: int | None,
    ending: Ending,
    tell: Callable[[int, float], None] | None,
) -> Run:
    """A copy of a run, trained on: up to as many passes as it was to have, or as are asked for."""
    settings = dict(run.settings)
    if passes is not None or epochs is not None:
        count = 0 if run.data is None else len(run.data)
        settings["passes"] = _passes(passes, epochs, count, run.batch)
    if settings["passes"] <= run.passes:
        raise ValueInputError(
            f"this run has its {run.passes:,} passes already",
            expected="more passes than it has",
            got=f"{settings['passes']:,}",
            hint=f"--passes {2 * run.passes}",
        )
    opened = replay.state_before(run, run.passes + 1)
    size = opened.weights.nbytes * (1 + len(opened.state))
    settings["every"] = max(settings["every"], every(settings["passes"], size))
    taken = {n: getattr(run, n) for n in run.__dataclass_fields__}
    found = Run(**{**taken, "settings": settings, "stopped": ""})
    return train(found, Passes(found, opened.weights, opened.state, run.passes), ending, tell)  # type: ignore[return-value]


def _optimizer(text: str) -> tuple[str, dict[str, float]]:
    """An optimiser and its options as typed: `adam,beta1=0.8`."""
    name, *pieces = (piece.strip() for piece in str(text).split(","))
    rule, found = optimiser(name), dict[str, float]()
    for piece in pieces:
        key, _, value = (part.strip() for part in piece.partition("="))
        if key == "lr" or key not in rule.options:
            own = [k for k in rule.options if k != "lr"]
            raise UnknownNameError(
                f"{name} has no option {key!r:.40}",
                expected=", ".join(own) or "no options",
                hint="the rate is lr, --lr" if key == "lr" else did_you_mean(key, own),
            )
        found[key] = value  # type: ignore[assignment]
    return name, found


def _batch(asked: int | None, count: int, notes: list[str]) -> int:
    if not count:
        if asked is not None:
            raise ValueInputError("without data there are no batches", got=f"batch {asked}")
        return 0
    if asked is None:
        return min(BATCH, count)
    size = _whole("batch", asked, 1)
    if size > count:
        notes.append(f"a batch of {size:,} is more than the data: each pass takes all {count:,}")
    return min(size, count)


def _passes(passes: int | None, epochs: int | None, count: int, batch: int) -> int:
    from gradviz.learn.order import per_epoch

    if passes is not None and epochs is not None:
        raise ValueInputError(
            "passes and epochs say two things", expected="one of them", got=f"{passes}, {epochs}"
        )
    if epochs is not None and not count:
        raise ValueInputError(
            "without data there are no epochs", expected="passes", got=f"{epochs} epochs"
        )
    if epochs is not None:
        return _whole("epochs", epochs, 1) * per_epoch(count, batch)
    return PASSES if passes is None else _whole("passes", passes, 1)


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_PASSES:
        raise ValueInputError(
            f"{name} is not valid", expected=f"a whole number from {least} on", got=f"{value!r:.40}"
        )
    return value
