"""Two walks made into one that shows them side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from gradviz.arrays.digits import is_computed, typed, typeset
from gradviz.engine.curves.comparison import names_of
from gradviz.errors import ValueInputError
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
    return PanelWalk((first, second), _named(names, _names(first, second)))


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


def _names(first: Walk, second: Walk) -> tuple[str, str]:
    """What two walks are called: by what differs."""
    if first.trace is second.trace and first.kind != second.kind:
        return first.kind, second.kind
    one, other = (_given(run, against) for run, against in ((first, second), (second, first)))
    if one and other and one != other and max(len(one), len(other)) <= LONGEST:
        return one, other
    one, other = names_of([first.trace, second.trace])
    return one, other


def _given(walk: Walk, other: Walk) -> str:
    """The inputs in which a run of the same source differs from another: `x = 2, y = [0, 1]`."""
    own, values = walk.trace.inputs(), other.trace.inputs()
    if walk.source != other.source or own.keys() != values.keys():
        return ""
    said = {name: _said(walk.trace, value) for name, value in own.items()}
    others = {name: _said(other.trace, value) for name, value in values.items()}
    differing = [name for name in said if said[name] != others[name]]
    return ", ".join(
        f"{name} = {said[name]}" for name in differing if all(map(said.get, differing))
    )


def _said(trace: Trace, value: Any) -> str:
    """A value in the name of a panel; empty for one that nobody typed, or that is too long."""
    plain = trace.xp.plain(value)

    def written(plain: Any) -> str:
        if isinstance(plain, list):
            return f"[{', '.join(map(written, plain))}]"
        return typeset(typed(plain, trace.dtype))

    def computed(plain: Any) -> bool:
        return (
            any(map(computed, plain))
            if isinstance(plain, list)
            else is_computed(plain, trace.dtype)
        )

    too_long = math.prod(trace.xp.shape(value)) > FEW or computed(plain)
    return "" if too_long else written(plain)


def _named(given: str | Sequence[str], usual: tuple[str, str]) -> tuple[str, str]:
    """The names of both panels. Raises ValueInputError for names that do not fit."""
    found = given.split(",") if isinstance(given, str) else [*given]
    if not given:
        return usual
    if any(not isinstance(name, str) for name in found):
        raise ValueInputError("names are texts", expected="a,b", got=f"{given!r:.60}")
    named = [name.strip() for name in found]
    if len(named) != 2 or not all(named) or len(set(named)) < 2 or max(map(len, named)) > LONGEST:
        raise ValueInputError(
            "two panels need a name each",
            expected=f"two different names of 1 to {LONGEST} letters",
            got=", ".join(named)[:80],
        )
    return named[0], named[1]
