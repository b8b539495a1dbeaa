"""The loop: pass by pass, the gradients of the loss and a step of the optimiser."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number
from gradviz.engine.descent import Descent, descent
from gradviz.engine.run import Compiled
from gradviz.errors import ValueInputError
from gradviz.learn.order import per_epoch, rows
from gradviz.progress import Count, Progress
from gradviz.trace.run import Data, Kept, Run

MOST_KEPT: Final = 16 * 2**20
"""Bytes up to which the parameters of every pass are kept."""
FARTHEST: Final = 50
"""Passes that are replayed at most before one is opened."""
LARGEST_RUN: Final = 2 * 2**30
"""Bytes of kept parameters beyond which a run is refused."""
INTERRUPTED: Final = "interrupted"


def way_down(settings: Mapping[str, Any], k: int = 1) -> Descent:
    """The descent that a run's settings describe for pass k."""
    taken = ("schedule", "l1", "l2", "clip_value", "clip_norm")
    given = {name: settings[name] for name in taken if settings.get(name) is not None}
    rates = [rate for done, rate in settings.get("rates", ()) if done < k]
    lr = rates[-1] if rates else settings["lr"]
    return descent(settings["optimizer"], lr=lr, **given, **settings.get("options", {}))


class Feeder:
    """Gives the inputs of each pass of a run."""

    def __init__(self, data: Data | None, feeds: Mapping[str, str], settings: Mapping[str, Any],
                 fixed: Mapping[str, Any]) -> None:  # fmt: skip
        self.fixed, self.batch, self.seed = dict(fixed), settings["batch"], settings["seed"]
        self.count = 0 if data is None else len(data)
        self.columns = {} if data is None else {n: data.part(feed) for n, feed in feeds.items()}

    def size(self, k: int) -> int:
        """The number of samples in pass k; 0 without data."""
        if not self.count or self.batch >= self.count:
            return self.count
        place = (k - 1) % per_epoch(self.count, self.batch)
        return int(min(self.batch, self.count - place * self.batch))

    def inputs(self, k: int) -> dict[str, Any]:
        """All inputs of pass k, from 1, except the parameters."""
        return self.fixed | self.samples(k)

    def samples(self, k: int) -> dict[str, Any]:
        """What the data feed in pass k."""
        if not self.columns:
            return {}
        taken = rows(k, self.count, self.batch, self.seed)
        return {name: column[taken] for name, column in self.columns.items()}


def compiled_of(run: Run) -> Compiled:
    """The graph of a run, compiled once as long as the run is in use."""
    found = _COMPILED.get(run)
    if found is None:
        found = _COMPILED[run] = Compiled(run.graph, wrt=list(run.trained))
    return found


_COMPILED: WeakKeyDictionary[Run, Compiled] = WeakKeyDictionary()


class Passes:
    """Does the passes of a run from some point on; the state is that after `done` updates."""

    def __init__(self, run: Run, weights: Any, state: Mapping[str, Any], done: int) -> None:
        self.run = run
        self._changes = {after + 1 for after, _ in run.settings.get("rates", ())}
        self.compiled = compiled_of(run)
        self.feeder = Feeder(run.data, run.feeds, run.settings, run.fixed)
        self.xp, self.total = for_backend(), int(run.settings["passes"])
        self.begin(weights, state, done)
        self._names = [node.name for node in run.graph.inputs]
        place = {name: i for i, name in enumerate(self._names)}
        self._fixed = [self.feeder.fixed.get(name) for name in self._names]
        self._fed = [(place[name], name) for name in self.feeder.columns]
        self._parameters: list[tuple[int, slice, tuple[int, ...]]] = []
        start = 0
        for name in run.trained:
            end = start + math.prod(run.shapes[name])
            self._parameters.append((place[name], slice(start, end), tuple(run.shapes[name])))
            start = end
        order = [run.graph.nodes[i].name for i in self.compiled.wrt]
        self._places = [order.index(name) for name in run.trained]
        self._runs: dict[int, Callable[[list[Any]], tuple[Any, Any]]] = {}

    def begin(self, weights: Any, state: Mapping[str, Any], done: int) -> None:
        """Go on from another place."""
        self.weights, self.state, self.done = weights, dict(state), done
        self.way = way_down(self.run.settings, done + 1)

    def step(self) -> float:
        """One pass: its loss, and the update."""
        k = self.done + 1
        if k in self._changes:
            self.way = way_down(self.run.settings, k)
        loss, g = self.gradients()
        stepped = self.way.step(self.weights, g, self.state, k, self.total, self.xp)
        # In one statement, so that no interruption leaves half a pass.
        (self.weights, self.state), self.done = stepped, k
        return float(loss)

    def gradients(self) -> tuple[Any, Any]:
        """The loss of the next pass, and its gradients as a vector."""
        k, weights = self.done + 1, self.weights
        given, samples = list(self._fixed), self.feeder.samples(k)
        for i, name in self._fed:
            given[i] = samples[name]
        for i, part, shape in self._parameters:
            given[i] = weights[part].reshape(shape)
        loss, gradients = self._run(k, given)(given)
        return loss, flat([gradients[i] for i in self._places])

    def _run(self, k: int, given: list[Any]) -> Callable[[list[Any]], tuple[Any, Any]]:
        """What computes a pass; the last one of an epoch may have fewer samples."""
        size = self.feeder.size(k)
        if size not in self._runs:
            inputs = dict(zip(self._names, given, strict=True))
            self._runs[size] = self.compiled.repeated(inputs)
        return self._runs[size]


def flat(arrays: list[Any]) -> Any:
    """Arrays and numbers as one vector."""
    return np.concatenate([a.ravel() if isinstance(a, np.ndarray) else np.ravel(a) for a in arrays])


@dataclass
class Ending:
    """When a run ends early.

    target    the mean loss of an epoch at which it is good enough; None for never.
    patience  epochs without a lower mean loss after which it ends; None for never.
    """

    target: float | None = None
    patience: int | None = None
    best: float = math.inf
    since: int = 0
    losses: list[float] = field(default_factory=list)

    def after(self, loss: float, passes: int, epoch: int) -> str:
        """Why to end after a pass; empty to go on."""
        if self.target is None and self.patience is None:
            return ""
        self.losses.append(loss)
        if passes % epoch:
            return ""
        mean = sum(self.losses) / len(self.losses)
        self.losses.clear()
        if self.target is not None and mean <= self.target:
            return f"the loss {number(mean)} is at most {number(self.target)}, as was asked for"
        self.since = 0 if mean < self.best else self.since + 1
        self.best = min(self.best, mean)
        if self.patience is not None and self.since >= self.patience:
            epochs = "epoch" if self.patience == 1 else "epochs"
            return f"the loss has not fallen for {self.patience} {epochs}"
        return ""


class _Live:
    """What is said while a run is trained: its latest loss."""

    def __init__(self) -> None:
        self.loss = math.nan

    def __str__(self) -> str:
        return f"training, loss {self.loss:.4g}"


def every(passes: int, size: int) -> int:
    """Every how many passes the parameters are kept, `size` bytes each.

    Raises ValueInputError for a run that is too long for memory.
    """
    least = -(-(passes + 1) * size // MOST_KEPT)
    found = max(1, min(FARTHEST, least))
    needed = (passes // found + 2) * size + 8 * passes
    if needed > LARGEST_RUN:
        fits = max(1, int(LARGEST_RUN / (size / found + 8)))
        raise ValueInputError(
            f"a run of {passes:,} passes does not fit into memory",
            expected=f"at most {fits:,} passes of this network",
            got=f"{needed / 2**30:.1f} GiB, with the parameters of every {found}th pass",
            hint="train in parts: --passes, then --resume",
        )
    return found


def train(
    run: Run, passes: Passes, ending: Ending, tell: Callable[[int, float], None] | None = None
) -> Run:
    """Do the passes that are left; the run is completed in place.

    tell  called after every pass with its number and its loss.

    Ends early at a loss or a parameter that is not finite, where `ending` says so, and at Ctrl+C;
    `run.stopped` says why.
    """
    total, epoch = passes.total, 1
    if run.data is not None:
        epoch = per_epoch(len(run.data), run.batch)
    gap, losses = int(run.settings["every"]), [float(v) for v in run.losses]
    at, kept = list(run.kept.at), list(run.kept.weights)
    states = {name: list(held) for name, held in run.kept.state.items()}
    live, done = _Live(), Count(passes.done)
    stopped = ""

    def keep() -> None:
        at.append(passes.done)
        kept.append(passes.weights)
        for name in states:
            states[name].append(passes.state[name])

    try:
        with Progress(live, done, total):  # type: ignore[arg-type]
            while passes.done < total and not stopped:
                loss = passes.step()
                losses.append(loss)
                live.loss, done.parts = loss, passes.done
                if passes.done % gap == 0:
                    keep()
                if not (math.isfinite(loss) and np.isfinite(passes.weights).all()):
                    stopped = why_diverged(losses, passes)
                else:
                    stopped = ending.after(loss, passes.done, epoch)
                if tell is not None:
                    tell(passes.done, loss)
    except KeyboardInterrupt:
        stopped = INTERRUPTED
        del losses[passes.done :]
    if at[-1] != passes.done:
        keep()
    run.losses, run.stopped = np.array(losses), stopped
    run.kept = Kept(at, np.array(kept), {name: np.array(v) for name, v in states.items()})
    return run


def why_diverged(losses: list[float], passes: Passes) -> str:
    """Why a run went out of bounds, and what helps."""
    before = f", after {number(losses[-2], 4)}" if len(losses) > 1 else ""
    rate = passes.way.options["lr"]
    what = "the loss" if not math.isfinite(losses[-1]) else "a parameter"
    return (
        f"{what} is no longer finite in pass {passes.done:,}{before}: the rate {number(rate)} is"
        f" too large here; try {number(rate / 10)}, or --clip-norm 1"
    )


def starting(run: Run, start: Mapping[str, Any]) -> Iterator[Any]:
    """The first vector of parameters and the first state."""
    weights = flat([start[name] for name in run.trained])
    yield weights
    yield {name: np.zeros(weights.size) for name in way_down(run.settings).state}
