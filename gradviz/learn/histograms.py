"""How large the numbers of passes of training runs are, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.engine.curves.histograms import MOST_RUNS
from gradviz.engine.curves.histograms import histograms as counted
from gradviz.errors import ValueInputError
from gradviz.learn.losses import names_of
from gradviz.learn.replay import trace
from gradviz.trace.plots import Plot
from gradviz.trace.plots.histograms import Counted
from gradviz.trace.run import Run


def histograms(
    runs: Sequence[Run], of: Counted, at: int | None = None, only: Sequence[str] = ()
) -> Plot:
    """The histograms of pass `at` of some runs, by default of the last of each.

    only   the names of the nodes that are counted, see `gradviz.engine.curves.histograms`.

    Raises ValueInputError for a run without that pass, or without such numbers, and for more runs.
    """
    if len(runs) > MOST_RUNS:
        raise ValueInputError(
            f"{len(runs)} runs do not fit side by side", expected=f"at most {MOST_RUNS}"
        )
    if any(not run.passes for run in runs):
        raise ValueInputError("a run without a pass has no numbers", expected="runs with passes")
    passes = [trace(run, run.passes if at is None else at) for run in runs]
    return Plot(counted(list(zip(names_of(runs), passes, strict=True)), of, only))
