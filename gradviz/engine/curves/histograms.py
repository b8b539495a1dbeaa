"""How large the numbers of a run are, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.graph.graph import labels
from gradviz.trace import Trace
from gradviz.trace.plots.histograms import Counted, Depth, Histograms, Layer

STEP: Final = 0.2
"""The width of a bar, in powers of ten."""
DEEPEST: Final = 16.0
"""So many powers of ten below the largest number are shown."""
MOST: Final = 16
"""More layers than this are not shown; of others, evenly spread ones."""
FEWEST: Final = 4
"""Arrays of fewer numbers have no histogram."""
MOST_RUNS: Final = 3
"""Runs side by side."""


def histograms(
    runs: Sequence[tuple[str, Trace]], of: Counted, only: Sequence[str] = ()
) -> Histograms:
    """The histograms of some runs, over the same powers of ten.

    only   the names of the nodes that are counted; by default the weights of a network, or all
           matrices among the inputs, and what functions of one operand give.

    Raises ValueInputError for a run without such arrays, or without gradients.
    """
    arrays = [_arrays(trace, of, only) for _, trace in runs]
    shown = [_spread(found) for found in arrays]
    sizes = [np.abs(a[a != 0]) for found in shown for _, a in found]
    sizes = [a[np.isfinite(a)] for a in sizes]
    largest = max((float(a.max()) for a in sizes if a.size), default=1.0)
    least = min((float(a.min()) for a in sizes if a.size), default=1.0)
    high = float(np.ceil(np.log10(largest) + STEP))
    low = max(float(np.floor(np.log10(least))), high - DEEPEST)
    edges = np.round(np.arange(low, high + STEP / 2, STEP), 6)
    depths = [
        Depth(name, tuple(_layer(label, a, edges) for label, a in found), trace)
        for (name, trace), found in zip(runs, shown, strict=True)
    ]
    left_out = max(len(a) - len(b) for a, b in zip(arrays, shown, strict=True))
    return Histograms(of, tuple(depths), tuple(map(float, edges)), left_out)


def _arrays(trace: Trace, of: Counted, only: Sequence[str]) -> list[tuple[str, Any]]:
    """The arrays to count, from the input to the output, each with its name."""
    graph, names = trace.graph, labels(trace.graph)
    if of == "gradients":
        if not trace.has_backward:
            raise ValueInputError(
                "this run has no gradients to count",
                expected="a scalar output, or an upstream gradient",
                got=trace.note,
            )
        nodes = [n for n in graph.inputs if n.id in trace.wrt]
        weights = [n for n in nodes if len(n.shape or ()) > 1 and n.options] or [
            n for n in nodes if len(n.shape or ()) > 1
        ]
        nodes = sorted(weights or nodes, key=lambda n: min(e.target for e in graph.consumers[n.id]))
        values: Any = trace.gradients
    else:
        inner = [n for n in graph.nodes if not n.is_leaf]
        nodes = [n for n in inner if graph.op(n).elementwise and len(n.inputs) == 1] or inner
        values = trace.values
    if only:
        chosen = {graph.find(name) for name in only if name in names.values()}
        nodes = [n for n in graph.nodes if n.id in chosen and values[n.id] is not None]
    found = [(names.get(n.id, f"node {n.id}"), np.asarray(values[n.id])) for n in nodes]
    large = [(name, a.astype(float).ravel()) for name, a in found if a.size >= FEWEST]
    if not large:
        raise ValueInputError(
            f"no array of this run has enough {of} for a histogram",
            expected=f"arrays of at least {FEWEST} numbers",
        )
    return large


def _spread(found: list[Any]) -> list[Any]:
    """At most MOST of these, the first and the last among them."""
    if len(found) <= MOST:
        return found
    return [found[round(k * (len(found) - 1) / (MOST - 1))] for k in range(MOST)]


def _layer(name: str, values: Any, edges: Any) -> Layer:
    size = np.abs(values[np.isfinite(values)])
    there = size[size > 0]
    kept = np.clip(np.log10(there), edges[0], edges[-1])
    counts, _ = np.histogram(kept, edges)
    scale = float(size.max(initial=0.0))
    rms = scale * float(np.sqrt(np.mean((size / scale) ** 2))) if scale else 0.0
    return Layer(name, tuple(map(int, counts)), int((size == 0).sum()), int(values.size), rms)
