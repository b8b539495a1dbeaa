"""The story of a training run: how well the network does as each pass begins."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths import unicode
from gradviz.story.plot.kinds import LOGARITHMIC, said
from gradviz.story.plot.kinds.fit import FitTeller
from gradviz.story.plot.kinds.plane import PlaneTeller
from gradviz.trace.plots.fit import Fit
from gradviz.trace.step import Phase
from gradviz.trace.training import Mark, Moment, TrainingTrace

SHOWN: Final = 3
"""Significant digits in the picture, where none are asked for."""
HEADING: Final = pattern("Training")
BEGIN: Final = pattern("As pass {pass_} begins, {share}. {loss}")
END: Final = pattern("After {pass_} passes, {share}. {loss}")
BEGIN_LOSS: Final = pattern("As pass {pass_} begins, {loss}")
END_LOSS: Final = pattern("After {pass_} passes, {loss}")
TINTED: Final = (
    (
        pattern("A unit shows its value over the plane, tinted where it is positive."),
        pattern(
            "A unit shows its value over the plane, tinted where it is positive; the output counts"
            " from {level}."
        ),
    ),
    (
        pattern(
            "A unit shows its value over the plane, tinted as {positive} where positive, as"
            " {negative} where negative."
        ),
        pattern(
            "A unit shows its value over the plane, tinted as {positive} where positive, as"
            " {negative} where negative; the output counts from {level}."
        ),
    ),
)
"""For one class or many, and for two: where the output counts from 0, and from elsewhere."""


class TrainingFrame(Shown):
    """A run as pass `number` begins; 0 shows the first too."""

    accumulation = branch = None
    formula: Formula | None = None
    total = 0
    """Its picture has a line of passes of its own in place of a bar of steps."""

    def __init__(self, story: TrainingStory, number: int) -> None:
        self.story, self.number = story, number

    @property
    def heading(self) -> str:
        """`Training`."""
        return say(HEADING)

    @cached_property
    def moment(self) -> Moment:
        """What is known of the run then."""
        return self.story.walk.moment(max(1, self.number))

    @property
    def phase(self) -> Phase:
        """`start` before the first pass."""
        return self.story.walk.phase(self.number)

    @property
    def is_end(self) -> bool:
        """Whether all passes are done."""
        return self.number > self.story.walk.passes

    @property
    def progress(self) -> str:
        """The pass, and how the run was trained."""
        passes = self.story.walk.passes
        return say(
            "after {passes} passes: {setting}"
            if self.is_end
            else "pass {number} of {passes}: {setting}",
            number=count(max(1, self.number)),
            passes=count(passes),
            setting=self.story.setting,
        )

    @property
    def focus(self) -> int | None:
        """The node that is told: the loss."""
        return self.story.walk.trace.graph.output if self.number else None

    @property
    def trace_step(self) -> int:
        """All of a pass."""
        return self.story.walk.trace_step(self.number)

    @cached_property
    def sentence(self) -> str:
        """How many samples are right, and what became of the loss."""
        mark, walk, said = self.moment.mark, self.story.walk, self.story.said
        pass_ = count(walk.passes if self.is_end else max(1, self.number))
        loss = self._loss(mark)
        if mark.right is None:
            told = say(
                (END_LOSS if self.is_end else BEGIN_LOSS),
                pass_=pass_,
                loss=f"{loss[0].lower()}{loss[1:]}",
            )
            if mark.test_loss is None:
                return told
            held = say("On samples held out it is {loss}.", loss=said(mark.test_loss))
            return f"{told} {held}"
        right, held_out = round(mark.right * walk.samples), mark.test_right
        share = say(
            "all samples are right"
            if right == walk.samples
            else "{right} of {samples} samples are right, {share} %",
            right=count(right),
            samples=count(walk.samples),
            share=said(100 * mark.right),
        )
        if held_out is not None:
            share = say(
                "{share}; of those held out {held} % are", share=share, held=said(100 * held_out)
            )
        return say(END if self.is_end else BEGIN, pass_=pass_, share=share, loss=loss)

    def _loss(self, mark: Mark) -> str:
        first, said = self.story.walk.marks[0], self.story.said
        now = said(mark.loss)
        if mark.number == first.number or not math.isfinite(mark.loss):
            return say("The loss is {now}.", now=now)
        if now == said(first.loss):
            return say("The loss is {now}, as it was before the first pass.", now=now)
        return say(
            "The loss has fallen from {first} to {now}."
            if mark.loss < first.loss
            else "The loss has risen from {first} to {now}.",
            first=said(first.loss),
            now=now,
        )

    @cached_property
    def note(self) -> str:
        """How the pictures of units are to be read, and what is left out."""
        stages = self.moment.stages
        if not stages:
            return say("No network is drawn: {why}.", why=say(self.moment.why))
        plane = self.moment.plane
        if isinstance(plane, Fit):
            name = unicode.name(plane.variable)
            return self._partly(say("A unit shows its value over {name}.", name=name))
        classes, level = plane.classes, plane.level
        told = say(
            TINTED[len(classes) == 2][bool(level)],
            positive=classes[-1],
            negative=classes[0],
            level=self.story.said(level or 0.0),
        )
        told = self._partly(told)
        ringed = any(d.missed for d in plane.panes[0].dots)
        return f"{told} {say('Ringed samples are missed.')}" if ringed else told

    def _partly(self, told: str) -> str:
        """What is told, and how many units of a large layer are drawn."""
        part = next((s for s in self.moment.stages if len(s.units) < s.size), None)
        if part is None:
            return told
        more = say(
            "Of a layer of {size} units {drawn} are drawn.",
            size=count(part.size),
            drawn=len(part.units),
        )
        return f"{told} {more}"

    @cached_property
    def strange(self) -> bool:
        """Whether the loss is no finite number."""
        return not math.isfinite(self.moment.mark.loss)


class TrainingStory:
    """Tells a run, pass by pass; the counterpart of `gradviz.story.frame.Story`."""

    title = "training"

    def __init__(self, walk: TrainingTrace, digits: int = DIGITS) -> None:
        self.walk = walk
        self.digits = SHOWN if digits == DIGITS else digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, self.digits)

    @property
    def headings(self) -> list[str]:
        """The heading of its frames."""
        return [say(HEADING)]

    @property
    def setting(self) -> str:
        """What it learnt from and how, in a few words."""
        walk = self.walk
        batch = int(walk.settings["batch"])
        return say(
            "{data}, {samples:sample}, batches of {batch}, {optimizer}, rate {rate}"
            if batch < walk.samples
            else "{data}, {samples:sample}, {optimizer}, rate {rate}",
            data=walk.data,
            samples=count(walk.samples),
            batch=count(batch),
            optimizer=walk.settings["optimizer"],
            rate=walk.settings["rate"],
        )

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        ends = (TrainingFrame(self, k).progress for k in (self.walk.passes, len(self.walk)))
        return max(ends, key=len)

    @cached_property
    def losses(self) -> list[float]:
        """The finite losses of its marks, those of samples held out too."""
        every = (v for m in self.walk.marks for v in (m.loss, m.test_loss) if v is not None)
        return [v for v in every if math.isfinite(v)]

    @property
    def logarithmic(self) -> bool:
        """Whether its losses are shown by their powers of ten."""
        low, high = min(self.losses, default=0.0), max(self.losses, default=0.0)
        return low > 0 and high >= LOGARITHMIC * low

    def plane(self, moment: Moment) -> PlaneTeller | FitTeller:
        """What is told of the plane of a pass, or of the fitted curve."""
        if isinstance(moment.plane, Fit):
            return FitTeller(moment.plane, self.digits)
        return PlaneTeller(moment.plane, self.digits)

    def frame(self, k: int) -> TrainingFrame:
        """The run as pass k begins. Raises ValueInputError beyond the end."""
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= len(self.walk):
            raise ValueInputError(
                f"there is no pass {k}",
                expected=f"a pass from 1 to {self.walk.passes:,}; {len(self.walk):,} is the end",
                got=k,
            )
        return TrainingFrame(self, k)

    def alt(self, moment: Moment) -> str:
        """The weights, layer by layer, for those who cannot see them."""
        told = []
        for stage in moment.stages[1:]:
            rows = "; ".join(", ".join(map(self.said, row)) for row in stage.weights)
            told.append(say("weights of a layer of {size}: {rows}", size=stage.size, rows=rows))
        return " ".join(
            filter(None, [". ".join(told) + "." if told else "", self.plane(moment).alt])
        )
