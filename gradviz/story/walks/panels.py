"""The story of two walks side by side: what each shows after so many steps, what is said of both,
and the same as plain data for other renderers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.progress import each
from gradviz.shown import Shown
from gradviz.story import walks
from gradviz.story.formula import Formula
from gradviz.story.frame import PHASES
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.moments import MOMENTS, Moment
from gradviz.trace.panels import PASSES, PanelWalk
from gradviz.trace.step import Phase

BOTH_PASSES = pattern("Forward and backward")
"""The heading of the passes of one run side by side."""


class PanelStory:
    """Tells one walk; `stories` are those of both walks, the same one twice for the passes of one.
    `rests` says which of them know moments at which nothing is at work.
    """

    title = ""

    def __init__(self, walk: PanelWalk, digits: int = DIGITS) -> None:
        first, second = walk.walks
        told = walks.of(first, digits)
        self.stories = told, told if second is first else walks.of(second, digits)
        self.walk, self.digits = walk, digits
        self.rests = _rests(self.stories[0]), _rests(self.stories[1])

    @property
    def names(self) -> tuple[str, ...]:
        """What the panels are called: as their walks, or as the passes of one."""
        names = self.walk.names
        return tuple(map(say, names)) if names == PASSES else names

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        if self.walk.passes:
            return [say(BOTH_PASSES)]
        phases = (self.walk.phase(k) for k in range(len(self.walk) + 1))
        return list(dict.fromkeys(say(PHASES[phase].title) for phase in phases))

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return say("step {number} of {total}", number=len(self.walk), total=len(self.walk))

    def frame(self, k: int | Moment) -> PanelFrame:
        """The frame after k steps, or at a moment between them; 0 shows the state before the first.

        Raises ValueInputError beyond the end, and for the gradients of walks without any.
        """
        total = len(self.walk)
        if k == "final" and not all(walk.has_backward for walk in self.walk.walks):
            raise ValueInputError(
                "there are no gradients to show at the end",
                expected="runs with a backward pass, or values",
                got=self.walk.trace.note or "forward passes only",
            )
        if k in MOMENTS:
            return PanelFrame(self, total if k == "final" else self.walk.forward_steps, k)
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= total:
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {total}",
                got=k,
            )
        return PanelFrame(self, k)


def _rests(story: Any) -> bool:
    """Whether a story has frames in which nothing is at work, besides that of the inputs."""
    try:
        story.frame("values")
    except ValueInputError:
        return False
    return True


class PanelFrame(Shown):
    """Both walks after `number` steps of them together, or at a moment."""

    accumulation = branch = None

    def __init__(self, story: PanelStory, number: int, moment: Moment | None = None) -> None:
        self.story, self.walk, self.number, self.moment = story, story.walk, number, moment
        self.steps = (None, None) if moment else self.walk.steps(number)

    def __repr__(self) -> str:
        return f"<PanelFrame {self.number} of {self.total}: {self.sentence}>"

    @property
    def shown(self) -> tuple[Any, Any]:
        """What is shown of each walk: the number of its step, or a moment."""
        if self.moment is not None:
            return "values" if self.walk.passes else self.moment, self.moment
        shown = zip(self.walk.shown(self.number), self.story.rests, strict=True)
        done = self.walk.held[self.number]
        first, second = (
            own if rests else count for (own, rests), count in zip(shown, done, strict=True)
        )
        return first, second

    @cached_property
    def frames(self) -> tuple[walks.WalkFrame, walks.WalkFrame]:
        """The frame of each walk."""
        first, second = self.shown
        one, other = self.story.stories
        return one.frame(first), other.frame(second)

    @property
    def told(self) -> list[tuple[str, walks.WalkFrame]]:
        """The walks that take part in this step, by name; both where nothing is at work."""
        both = zip(self.story.names, self.frames, self.steps, strict=True)
        idle = self.steps == (None, None)
        return [(name, frame) for name, frame, step in both if step is not None or idle]

    @property
    def feet(self) -> tuple[walks.WalkFrame | None, walks.WalkFrame | None]:
        """The frames of which each panel tells; None for a walk that waits."""
        told = [frame for _, frame in self.told]
        first, second = (frame if frame in told else None for frame in self.frames)
        return first, second

    @property
    def total(self) -> int:
        """The number of steps of the walk."""
        return len(self.walk)

    @property
    def phase(self) -> Phase:
        """What the step belongs to; start where nothing is at work."""
        return "start" if self.moment else self.walk.phase(self.number)

    @property
    def heading(self) -> str:
        """The pass that it belongs to: `Forward`."""
        if self.walk.passes:
            return say(BOTH_PASSES)
        if self.moment:
            return say("All values" if self.moment == "values" else "All gradients")
        return say(PHASES[self.phase].title)

    @property
    def progress(self) -> str:
        """`step 3 of 12`; empty where nothing is at work."""
        if self.moment:
            return ""
        if not self.number:
            return say("{total:step}", total=count(self.total))
        return say("step {number} of {total}", number=self.number, total=self.total)

    @property
    def trace_step(self) -> int:
        """The step of the first run that the frame belongs to."""
        return self.walk.trace_step(self.number)

    @property
    def focus(self) -> int | None:
        """The node at work in a walk that takes part; None where nothing is."""
        if self.moment or not self.number:
            return None
        return next((f.focus for _, f in self.told if f.focus is not None), None)

    @property
    def says_the_same(self) -> bool:
        """Whether all of what is said of one walk is said of the other."""
        told = [(f.sentence, f.note, f.formula and f.formula.unicode) for _, f in self.told]
        return len(told) > 1 and len(set(told)) == 1

    @cached_property
    def sentence(self) -> str:
        """What is said of each walk that takes part, after its name; of both at once where that is
        the same.
        """
        if self.says_the_same:
            return self.told[0][1].sentence
        return " ".join(f"{name}: {frame.sentence}" for name, frame in self.told)

    @cached_property
    def note(self) -> str:
        """The notes of the walks that take part; usually empty."""
        return " ".join(dict.fromkeys(filter(None, (frame.note for _, frame in self.told))))

    @cached_property
    def formula(self) -> Formula | None:
        """The formulas of the walks that take part, one after the other."""
        made = [frame.formula for _, frame in self.told if frame.formula is not None]
        if len(made) < 2 or made[0].unicode == made[1].unicode:
            return made[0] if made else None
        first, second = made
        return replace(first, then=second) if first.then is None else None

    @cached_property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        return any(frame.strange for _, frame in self.told)


STORY: Final = PanelStory


def data(story: PanelStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some steps as JSON-ready data.

    panels  the names of both.
    steps   for each the steps of the walks that it is, null in one that waits, what is said of
            both, and `walks`: what each walk is told as by itself, null in one that waits.
    """
    return {
        "schema": "gradviz.panels/1",
        "source": story.walk.source,
        "panels": list(story.walk.names),
        "total": len(story.walk),
        "steps": [_step(story.frame(k)) for k in each("steps told", steps)],
    }


def _step(frame: PanelFrame) -> dict[str, Any]:
    own = [
        None if step is None else walks.data(walk, [step], frame.story.digits)["steps"][0]
        for walk, step in zip(frame.walk.walks, frame.steps, strict=True)
    ]
    return {
        "step": frame.number,
        "phase": frame.phase,
        "steps": list(frame.steps),
        "sentence": frame.sentence,
        "note": frame.note,
        "walks": own,
        "strange": frame.strange,
    }
