"""Opening a pass of a run: its parameters, and itself as a trace with its updates, bit for bit."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.engine.descent import Descent, length
from gradviz.engine.run import Compiled
from gradviz.errors import ValueInputError
from gradviz.learn.training import Feeder, Passes, compiled_of, flat, way_down
from gradviz.trace import Trace
from gradviz.trace.rules import GRADIENT, WEIGHT, worked_out
from gradviz.trace.run import Run
from gradviz.trace.updates import Update, Updates

MOST_TOLD: Final = 120
"""Of a long run so many losses stand beside a pass."""


class Opened(NamedTuple):
    """Parameters and state, as vectors, with which a pass begins; `exact` says whether all losses
    on the way there came out as they were recorded.
    """

    weights: Any
    state: dict[str, Any]
    exact: bool


def state_before(run: Run, k: int) -> Opened:
    """What pass k begins with; k may be one more than there are passes.

    Raises ValueInputError for a pass that there is not.
    """
    _check_pass(run, k, run.passes + 1)
    place = bisect_right(run.kept.at, k - 1) - 1
    start = run.kept.at[place]
    state = {name: rows[place] for name, rows in run.kept.state.items()}
    passes = Passes(run, run.kept.weights[place], state, start)
    exact = True
    while passes.done < k - 1:
        recorded = float(run.losses[passes.done])
        exact &= _same(passes.step(), recorded)
    return Opened(passes.weights, passes.state, exact)


def _check_pass(run: Run, k: int, most: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= most:
        raise ValueInputError(
            f"there is no pass {k}",
            expected=f"a pass from 1 to {run.passes:,}" if run.passes else "a run with passes",
            got=k,
        )


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def weights(run: Run, k: int) -> dict[str, Any]:
    """The parameters with which pass k begins, by name."""
    return {name: np.array(v) for name, v in run.apart(state_before(run, k).weights).items()}


def trace(run: Run, k: int) -> Trace:
    """Pass k as a trace whose last steps are its updates.

    Raises ValueInputError for a pass that there is not. `trace.note` says so where this machine
    rounds differently from the one that trained.
    """
    _check_pass(run, k, run.passes)
    opened = state_before(run, k)
    compiled = compiled_of(run)
    inputs = Feeder(run.data, run.feeds, run.settings, run.fixed).inputs(k)
    found = compiled.trace(values=inputs | run.apart(opened.weights))
    loss = float(found.value(run.graph.output))
    history = _history(run, k)
    states = {name: run.apart(vector) for name, vector in opened.state.items()}
    told = updated(
        found,
        way_down(run.settings, k),
        run.trained,
        {name: {s: part[name] for s, part in states.items()} for name in run.trained},
        number=k,
        passes=int(run.settings["passes"]) if run.stopped == "" else run.passes,
        history=history,
        compiled=compiled,
    )
    if not (opened.exact and _same(loss, float(run.losses[k - 1]))):
        told.note = (
            "This machine rounds differently from the one that trained: the loss of this pass was"
            f" {float(run.losses[k - 1])!r} there."
        )
    return told


def _history(run: Run, k: int) -> list[tuple[int, float]]:
    """Losses from all over the run: of this pass, its neighbours and a choice of others."""
    count = run.passes
    gap = -(-count // MOST_TOLD)
    chosen = {*range(1, count + 1, gap), count, k, min(k + 1, count)}
    return [(i, float(run.losses[i - 1])) for i in sorted(chosen)]


def updated(
    trace: Trace,
    way: Descent,
    parameters: Sequence[str] | None = None,
    states: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    number: int = 1,
    passes: int = 1,
    history: Sequence[tuple[int, float]] = (),
    compiled: Compiled | None = None,
) -> Trace:
    """A trace, followed by one step of descent of its parameters.

    parameters  their names; by default all inputs that the trace differentiates.
    states      what the optimiser keeps for each, by name; by default what it starts with.
    number      the number of the pass, of so many `passes`; `history` losses of the run.
    compiled    the graph, to find the new loss with; by default it is compiled again.

    Raises ValueInputError for a trace without a backward pass, and for one of symbols.
    """
    if not trace.has_backward:
        raise ValueInputError(
            "a step of descent needs gradients",
            expected="a run with a backward pass",
            got=trace.note or "a forward pass only",
        )
    graph, xp = trace.graph, trace.xp
    names = list(trace.result()) if parameters is None else list(parameters)
    nodes = [graph.find(name) for name in names]
    norm = 0.0
    if "clip_norm" in way.extras:
        norm = length(flat([_plain(trace.gradients[i], xp) for i in nodes]))
    rule = way.rule(number, passes, norm)
    each = [
        _update(trace, rule, way, i, (states or {}).get(n, {}))
        for n, i in zip(names, nodes, strict=True)
    ]
    values = trace.inputs() | {n: u.after for n, u in zip(names, each, strict=True)}
    again = compiled or Compiled(graph, wrt=names, backend=_host(trace), dtype=_dtype(trace))
    with xp.quiet():
        before, after = xp.sum(trace.values[graph.output]), xp.sum(again.value(values=values))
        changes = [
            float(xp.sum(trace.gradients[i] * (u.after - trace.values[i])))
            for i, u in zip(nodes, each, strict=True)
        ]
    promised = float(before) + sum(changes)
    told = Updates(
        rule, tuple(each), float(before), float(after), promised, number, passes, tuple(history)
    )
    return trace.with_updates(told)


def _plain(value: Any, xp: Any) -> Any:
    return np.asarray(xp.plain(value), dtype=np.float64)


def _host(trace: Trace) -> str:
    return "numpy" if trace.backend == "cupy" else trace.backend


def _dtype(trace: Trace) -> str:
    return "float64" if trace.backend == "exact" else trace.dtype


def _update(trace: Trace, rule: Any, way: Descent, node: int, state: Mapping[str, Any]) -> Update:
    xp, value = trace.xp, trace.values[node]
    start = dict.fromkeys(way.state, xp.zeros(xp.shape(value))) | dict(state)
    numbers = {k: xp.number(v) for k, v in rule.numbers.items()}
    known = {**numbers, **start, WEIGHT: value, GRADIENT: trace.gradients[node]}
    found = worked_out(rule.lines, known, xp)
    after = xp.asarray(found[WEIGHT])
    return Update(node, after, start, {name: xp.asarray(found[name]) for name in way.state})


@dataclass(frozen=True)
class Samples:
    """The gradients of each sample of a pass, and their mean.

    rows       which samples of the data, counted from 0.
    losses     the loss of each, (b,).
    gradients  by parameter, (b, …); `mean` what the pass used.
    """

    rows: Any
    losses: Any
    gradients: Mapping[str, Any]
    mean: Mapping[str, Any]


def samples(run: Run, k: int) -> Samples:
    """The gradients of each sample of pass k beside their mean.

    Raises ValueInputError for a run without data, and for a pass that there is not.
    """
    if run.data is None:
        raise ValueInputError("a run without data has no samples", got=run.source)
    from gradviz.learn.order import rows

    values = run.apart(state_before(run, k).weights)
    compiled = compiled_of(run)
    feeder = Feeder(run.data, run.feeds, run.settings, run.fixed)
    inputs = feeder.inputs(k)
    count = len(next(iter(inputs[name] for name in run.feeds)))
    losses, gradients = [], []
    for i in range(count):
        one = {n: v[i : i + 1] if n in run.feeds else v for n, v in inputs.items()}
        loss, found = compiled.value_and_gradients(one | values)
        losses.append(float(loss))
        gradients.append(found)
    taken = rows(k, len(run.data), run.batch, run.settings["seed"])
    chosen = np.arange(len(run.data))[taken]
    mean = compiled.gradients(values=inputs | values)
    stacked = {n: np.stack([np.asarray(g[n]) for g in gradients]) for n in run.trained}
    return Samples(chosen, np.array(losses), stacked, mean)
