"""The story of a plot: a single frame, which tells all of it."""

from __future__ import annotations

from functools import cached_property

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.story.formula import Formula
from gradviz.story.languages import say
from gradviz.story.plot.kinds import teller
from gradviz.trace.plots import Plot
from gradviz.trace.step import Phase


class PlotFrame(Shown):
    """A plot as a frame; before its only step (0) it is the same."""

    accumulation = branch = None
    strange = False
    total = 0
    """No bar of steps is drawn for a plot."""

    def __init__(self, story: PlotStory, number: int) -> None:
        self.story, self.number = story, number

    @property
    def phase(self) -> Phase:
        """What its step belongs to."""
        return self.story.walk.phase(self.number)

    @property
    def heading(self) -> str:
        """What the plot shows."""
        return say(self.story.teller.heading)

    @property
    def progress(self) -> str:
        """What of it."""
        return self.story.teller.subtitle

    @property
    def focus(self) -> int:
        """The node that is plotted: the output."""
        return self.story.walk.trace.graph.output

    @property
    def trace_step(self) -> int:
        """The step of the trace that it belongs to."""
        return self.story.walk.trace_step(self.number)

    @cached_property
    def sentence(self) -> str:
        """What can be read from it."""
        return self.story.teller.sentence

    @cached_property
    def note(self) -> str:
        """A short remark, usually empty."""
        return self.story.teller.note

    @property
    def formula(self) -> Formula | None:
        """Its formula, where there is one."""
        return self.story.teller.formula


class PlotStory:
    """Tells one plot; the counterpart of `gradviz.story.frame.Story`."""

    def __init__(self, walk: Plot, digits: int = DIGITS) -> None:
        self.walk, self.digits = walk, digits
        self.teller = teller(walk.content, digits)

    @property
    def title(self) -> str:
        """What is plotted of the source."""
        return say(self.teller.heading)

    @property
    def headings(self) -> list[str]:
        """The heading of its frame."""
        return [say(self.teller.heading)]

    @property
    def longest_progress(self) -> str:
        """The `progress` of its frame."""
        return self.teller.subtitle

    def frame(self, k: int) -> PlotFrame:
        """The frame of the plot. Raises ValueInputError for a step other than 0 and 1."""
        if isinstance(k, bool) or k not in (0, 1):
            raise ValueInputError(f"there is no step {k}", expected="step 1, the plot", got=k)
        return PlotFrame(self, k)
