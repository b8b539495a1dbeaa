"""The story of a walk of any kind: every step as a frame, and as plain data.

A kind of walk (`gradviz.trace.walks`) is told by the module of its name here, which declares
`STORY`, the class that tells such a walk, and `data(story, steps)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, cast, overload

from gradviz import plugins
from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.story.accumulation import Accumulation, Branch
from gradviz.story.formula import Formula
from gradviz.story.frame import Frame
from gradviz.trace import Trace
from gradviz.trace.step import Phase
from gradviz.trace.walks import Walk


class WalkFrame(Protocol):
    """The state and the words after `number` steps of a walk.

    The frames of every kind have these members, and more for the views of that kind.
    """

    number: int

    @property
    def total(self) -> int:
        """The number of steps of the whole walk."""

    @property
    def phase(self) -> Phase:
        """start, forward, seed or backward."""

    @property
    def heading(self) -> str:
        """The heading of the frame: the pass, and what it leads through."""

    @property
    def progress(self) -> str:
        """How far the walk has come: `step 3 of 12`, `window 2 of 4`."""

    @property
    def focus(self) -> int | None:
        """The node at work, None before the first step."""

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""

    @property
    def sentence(self) -> str:
        """One sentence on what happens in this step, and why."""

    @property
    def note(self) -> str:
        """A short remark, usually empty."""

    @property
    def formula(self) -> Formula | None:
        """The formula of this step; None before the first."""

    @property
    def accumulation(self) -> Accumulation | None:
        """The effect of this step's contribution on its gradient; None in other steps."""

    @property
    def branch(self) -> Branch | None:
        """The sum that this step's contribution belongs to; None where there is none."""

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""


class WalkStory(Protocol):
    """Tells one walk, frame by frame."""

    @property
    def walk(self) -> Walk:
        """The walk that is told."""

    @property
    def title(self) -> str:
        """The part of the graph that the walk leads through; empty for the graph itself."""

    @property
    def headings(self) -> Sequence[str]:
        """The headings of its frames."""

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""

    def frame(self, k: int) -> WalkFrame:
        """The frame after k steps. Raises ValueInputError beyond the end."""


def of(walk: Walk, digits: int = DIGITS) -> WalkStory:
    """The story of a walk; `digits` is the least number of significant digits."""
    if not isinstance(walk, Walk):
        raise ValueInputError(
            "only a run has frames", expected="a trace, from gv.run(…)", got=f"{walk!r:.60}"
        )
    return cast(WalkStory, plugins.entry(__name__, walk.kind).STORY(walk, digits))


def data(walk: Walk, steps: Sequence[int] | None = None, digits: int = DIGITS) -> dict[str, Any]:
    """The story of every step (or of those asked for) as JSON-ready data."""
    numbers = range(1, len(walk) + 1) if steps is None else steps
    found = plugins.entry(__name__, walk.kind).data(of(walk, digits), numbers)
    return cast(dict[str, Any], found)


@overload
def frame(walk: Trace, k: int, *, digits: int = DIGITS) -> Frame: ...
@overload
def frame(walk: Walk, k: int, *, digits: int = DIGITS) -> WalkFrame: ...
def frame(walk: Walk, k: int, *, digits: int = DIGITS) -> WalkFrame:
    """The frame of a trace, or of another walk, after k steps; frame(trace, 0) shows the inputs
    only. People count steps from 1.

    `digits` is the least number of significant digits. Raises ValueInputError beyond the end.
    """
    return of(walk, digits).frame(k)
