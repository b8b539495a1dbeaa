"""The losses of training runs, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.learn.replay import trace
from gradviz.learn.scores import Score, scores
from gradviz.trace.plots import Plot
from gradviz.trace.plots.losses import CALLED, History, Losses
from gradviz.trace.run import Run

MOST: Final = 4
"""Runs that can be told apart in a picture."""
POINTS: Final = 400
SMOOTHED: Final = 50
"""The mean is taken over one of so many parts of the passes, where a pass sees but some samples."""
TOLD: Final = (
    "optimizer", "lr", "momentum", "schedule", "batch", "l1", "l2", "clip_value", "clip_norm",
    "seed",
)  # fmt: skip
"""The settings by which runs are told apart, the most telling first."""


def losses(runs: Sequence[Run], names: Sequence[str] = ()) -> Plot:
    """A plot of the losses of up to four runs.

    names  what they are called; by default the settings in which they differ.

    Raises ValueInputError for a run without a pass, and for more runs.
    """
    if not 1 <= len(runs) <= MOST:
        raise ValueInputError(
            f"{len(runs)} runs cannot be told apart in one picture", expected=f"1 to {MOST}"
        )
    if any(not run.passes for run in runs):
        raise ValueInputError("a run without a pass has no losses", expected="runs with passes")
    differing = _differing(runs)
    called = names or names_of(runs)
    return Plot(
        Losses(
            tuple(_history(run, name) for run, name in zip(runs, called, strict=True)),
            differing,
            trace(runs[0], 1),
            _is_one_loss(runs),
        )
    )


def names_of(runs: Sequence[Run]) -> list[str]:
    """What tells each run from the others: its source, where that differs, else its data, else as
    few settings as do; with the same source, data and settings its number.
    """
    sources, differing = _sources(runs), _differing(runs)
    if len(runs) == 1:
        return sources
    parts = [each for each in (sources, _data(runs)) if len(set(each)) > 1]
    for keys in ((), differing[:1], differing[:2], differing):
        settings = [[_name(run, key) for key in keys] for run in runs]
        columns = *parts, *zip(*settings, strict=True)
        found = [", ".join(words) for words in zip(*columns, strict=True)]
        if len(set(found)) == len(runs):
            return found
    return [f"run {k}" for k in range(1, len(runs) + 1)]


def _sources(runs: Sequence[Run]) -> list[str]:
    """The source of each run; of networks without the options that all of them share."""
    found = [" ".join(run.source.split()) for run in runs]
    if len(runs) == 1 or not all(text.startswith("net:") for text in found):
        return found
    parted = [text.split(",") for text in found]
    shared = set.intersection(*(set(options) for _, *options in parted))
    return [",".join(part for part in parts if part not in shared) for parts in parted]


def _data(runs: Sequence[Run]) -> list[str]:
    return [run.data.name if run.data is not None else "no data" for run in runs]


def _is_one_loss(runs: Sequence[Run]) -> bool:
    """Whether the last op of all losses, but for means and sums, is the same one."""
    return len({_loss(run.graph) for run in runs}) == 1


def _loss(graph: Graph) -> str:
    node = graph.nodes[graph.output]
    while graph.op(node.id).cancels:
        node = graph.nodes[node.inputs[0]]
    return node.op


def _differing(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(key for key in _keys(runs) if len({_said(run, key) for run in runs}) > 1)


def _keys(runs: Sequence[Run]) -> list[str]:
    there = {key for run in runs for key in run.settings}
    return [key for key in TOLD if key in there]


def _said(run: Run, key: str) -> str:
    value = run.settings.get(key)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _name(run: Run, key: str) -> str:
    value = _said(run, key)
    return value if key in ("optimizer", "schedule") else f"{CALLED.get(key, key)} {value}"


def _history(run: Run, name: str) -> History:
    found = np.asarray(run.losses, dtype=float)
    batch = run.settings.get("batch")
    partial = run.data is not None and batch is not None and batch < len(run.data)
    window = max(1, len(found) // SMOOTHED) if partial else 1
    ends = {} if run.diverged else scores(run, run.passes + 1)
    return History(
        name,
        tuple(map(float, found)),
        _typical(found, window),
        window,
        _end(ends.get("train")),
        _end(ends.get("test")),
        run.stopped,
    )


def _end(score: Score | None) -> tuple[float, float | None] | None:
    if score is None or not math.isfinite(score.loss):
        return None
    return score.loss, score.accuracy


def _typical(losses: Any, window: int) -> tuple[tuple[int, float], ...]:
    """The mean of a window of passes, evenly spaced; the first windows are shorter."""
    count = len(losses)
    places = np.unique(np.linspace(1, count, min(count, POINTS)).round().astype(int))
    with np.errstate(all="ignore"):
        return tuple((int(k), float(np.mean(losses[max(0, k - window) : k]))) for k in places)
