"""The story of the updates of a pass: the sentence and the formula of each."""

from __future__ import annotations

from functools import cached_property

from gradviz.arrays.digits import DIGITS
from gradviz.graph.graph import labels
from gradviz.story.derived import DerivedFrame, DerivedStory
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.frame import PHASES
from gradviz.story.languages import listed, say
from gradviz.story.updating import UpdateRules
from gradviz.trace.descent import Place, UpdateTrace
from gradviz.trace.step import Step


class UpdateFrame(DerivedFrame[Step]):
    """The walk after `number` updates."""

    story: UpdateStory
    walk: UpdateTrace

    @property
    def place(self) -> Place:
        """The parameter that is shown: before the first step, the first."""
        return self.walk.places[max(self.number, 1) - 1]

    @property
    def progress(self) -> str:
        """`pass 1 of 8, step 9 of 9`: of the whole pass."""
        updates, trace = self.walk.trace.updates, self.walk.trace
        assert updates is not None
        return say(
            "pass {pass_} of {passes}, step {number} of {total}",
            pass_=f"{updates.number:,}",
            passes=f"{updates.passes:,}",
            number=self.trace_step if self.number else trace.pass_steps,
            total=len(trace),
        )

    @property
    def heading(self) -> str:
        """`Update`."""
        return say(PHASES["update"].title)

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""
        return self.walk.trace_step(self.number) if self.number else self.walk.trace.pass_steps

    @property
    def focus(self) -> int | None:
        """The parameter at work."""
        return self.place.node if self.number else None

    @cached_property
    def formula(self) -> Formula | None:
        """The arithmetic of one element; None before the first step."""
        return None if self.step is None else self.story.telling.formula(self.step, self.element)

    @property
    def element(self) -> tuple[int, ...] | None:
        """The element that is told for all; None for a parameter of one number."""
        return self.place.element or None

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        return self.step is not None and not self.walk.trace.xp.finite(self.step.after)


class UpdateStory(DerivedStory[UpdateFrame]):
    """Tells the updates of one pass; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = UpdateFrame
    walk: UpdateTrace

    def __init__(self, walk: UpdateTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.rules = Rules(walk.trace, digits)
        self.telling = UpdateRules(self.rules)
        self.words = UpdateWords(self)

    @property
    def title(self) -> str:
        """`updates of pass 3`."""
        updates = self.walk.trace.updates
        if updates is None:
            return say("updates")
        return say("updates of pass {pass_}", pass_=f"{updates.number:,}")

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        return [say(PHASES["update"].title)]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return self.frame(self.total).progress


class UpdateWords:
    """Says the updates of one pass."""

    def __init__(self, story: UpdateStory) -> None:
        self.story = story

    def start(self) -> str:
        """The sentence before the first step."""
        trace, places = self.story.walk.trace, self.story.walk.places
        names = [labels(trace.graph)[p.node] for p in places]
        if len(names) > 4:
            return say(
                "All gradients have arrived. Now the {count} parameters will move against them.",
                count=len(names),
            )
        return say(
            "All gradients have arrived. Now {names} will move against them.", names=listed(names)
        )

    def at_rest(self, backward: bool) -> str:
        """The sentence when nothing is at work."""
        return self.start()

    def say(self, step: Step) -> str:
        """The sentence of a step."""
        return self.story.telling.sentence(step)

    def note(self, step: Step) -> str:
        """Nothing besides."""
        return ""
