"""Two walks made into one that shows them side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from gradviz.arrays.digits import is_computed
from gradviz.engine.curves.comparison import names_of
from gradviz.errors import ValueInputError
from gradviz.files import clean_line
from gradviz.trace.compared import difference
from gradviz.trace.pair import PairTrace
from gradviz.trace.panels import PASSES, PanelWalk
from gradviz.trace.plots import Plot
from gradviz.trace.trace import Trace
from gradviz.trace.training import TrainingTrace
from gradviz.trace.walks import Walk

BACKWARD: Final = "backward"
"""In place of the second walk: the backward pass of the first."""
OTHERS: Final = (Plot, PairTrace, PanelWalk, TrainingTrace)
"""Walks that do not lead through one run."""
FEW: Final = 6
"""An array of more numbers is not written out in the name of a panel."""
LONGEST: Final = 60
"""Letters of the name of a panel."""


def beside(first: Any, second: Any, /, *, names: str | Sequence[str] = ()) -> PanelWalk:
    """Two walks side by side, each in a panel of its own, which keep step.

    first   a trace, or another walk through one (`gv.cells`, the walk of a view).
    second  the same, or "backward": then the forward pass of the first stands beside its backward
            pass.
    names   what the panels are called, `"sigmoid, in pieces"`; by default by what differs.

    `gv.render(gv.beside(…), "both.pdf")` draws it. Raises ValueInputError for what is no walk
    through one run, for a run without a backward pass, and for names that do not fit.
    """
    _check(first)
    if isinstance(second, str):
        if second != BACKWARD:
            raise ValueInputError(
                "only a walk can stand beside another",
                expected='a trace, as gv.run gives it, or "backward"',
                got=f"{second!r:.60}",
            )
        return _passes(first, _named(names, PASSES))
    _check(second)
    if names:
        return PanelWalk((first, second), _named(names, PASSES))
    return PanelWalk((first, second), _usual(first, second), told=_told(first, second))


def _passes(walk: Walk, names: tuple[str, str]) -> PanelWalk:
    if not walk.has_backward:
        raise ValueInputError(
            "there is no backward pass to stand beside the forward pass",
            expected="a run with gradients",
            got=walk.trace.note or "a forward pass only",
        )
    return PanelWalk((walk, walk), names, passes=True)


def _check(walk: Any) -> None:
    """Raise ValueInputError for what is no walk through one run."""
    if not isinstance(walk, Walk) or isinstance(walk, OTHERS):
        raise ValueInputError(
            "only walks through one run can stand beside each other",
            expected="traces, as gv.run gives them",
            got=f"{walk!r:.60}",
        )


def _usual(first: Walk, second: Walk) -> tuple[str, str]:
    """What two walks are called where no values are told."""
    if first.trace is second.trace and first.kind != second.kind:
        return first.kind, second.kind
    one, other = names_of([first.trace, second.trace])
    return one, other


def _told(first: Walk, second: Walk) -> tuple[str, ...]:
    """The inputs in which two runs of one source differ; none where a value is too long for the
    name of a panel, or nobody typed it.
    """
    own, others = first.trace.inputs(), second.trace.inputs()
    if first.source != second.source or own.keys() != others.keys():
        return ()
    found = tuple(name for name in own if not _same(own[name], others[name]))
    runs = first.trace, second.trace
    if not all(_is_short(run, run.inputs()[name]) for name in found for run in runs):
        return ()
    walk = PanelWalk((first, second), PASSES, told=found)
    return found if max(map(len, walk.names)) <= LONGEST else ()


def _same(first: Any, second: Any) -> bool:
    found = difference(first, second)
    return str(first) == str(second) if found is None else found.is_none


def _is_short(trace: Trace, value: Any) -> bool:
    """Whether a value is a number, or a few, that somebody typed."""

    def computed(plain: Any) -> bool:
        if isinstance(plain, list):
            return any(map(computed, plain))
        return is_computed(plain, trace.dtype)

    return math.prod(trace.xp.shape(value)) <= FEW and not computed(trace.xp.plain(value))


def _named(given: str | Sequence[str], usual: tuple[str, str]) -> tuple[str, str]:
    """The names of both panels. Raises ValueInputError for names that do not fit."""
    found = given.split(",") if isinstance(given, str) else [*given]
    if not given:
        return usual
    if any(not isinstance(name, str) for name in found):
        raise ValueInputError("names are texts", expected="a,b", got=f"{given!r:.60}")
    named = [name.strip() for name in found]
    fit = all(1 <= len(name) <= LONGEST and clean_line(name) == name for name in named)
    if len(named) != 2 or len(set(named)) < 2 or not fit:
        raise ValueInputError(
            "two panels need a name each",
            expected=f"two different names of 1 to {LONGEST} letters on one line",
            got=", ".join(named)[:80],
        )
    return named[0], named[1]
