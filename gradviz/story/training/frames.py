"""The story of a training run: how well the network does as each pass begins."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Final

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.story.formula import Formula
from gradviz.story.maths import unicode
from gradviz.story.plot.kinds import LOGARITHMIC, said
from gradviz.story.plot.kinds.fit import FitTeller
from gradviz.story.plot.kinds.plane import PlaneTeller
from gradviz.trace.plots.fit import Fit
from gradviz.trace.step import Phase
from gradviz.trace.training import Mark, Moment, TrainingTrace

SHOWN: Final = 3
"""Significant digits in the picture, where none are asked for."""


class TrainingFrame(Shown):
    """A run as pass `number` begins; 0 shows the first too."""

    accumulation = branch = None
    formula: Formula | None = None
    heading = "Training"
    total = 0
    """Its picture has a line of passes of its own in place of a bar of steps."""

    def __init__(self, story: TrainingStory, number: int) -> None:
        self.story, self.number = story, number

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
        at = (
            f"after {passes:,} passes"
            if self.is_end
            else f"pass {max(1, self.number):,} of {passes:,}"
        )
        return f"{at}: {self.story.setting}"

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
        count = walk.samples
        number = max(1, self.number)
        begin = f"After {walk.passes:,} passes," if self.is_end else f"As pass {number:,} begins,"
        if mark.right is None:
            loss = self._loss(mark)
            held = mark.test_loss
            others = "" if held is None else f" On samples held out it is {said(held)}."
            return f"{begin} {loss[0].lower()}{loss[1:]}{others}"
        right = round(mark.right * count)
        told = "all samples are" if right == count else f"{right:,} of {count:,} samples are"
        share = "" if right == count else f", {said(100 * mark.right)} %"
        held = mark.test_right
        others = "" if held is None else f"; of those held out {said(100 * held)} % are"
        return f"{begin} {told} right{share}{others}. {self._loss(mark)}"

    def _loss(self, mark: Mark) -> str:
        first, said = self.story.walk.marks[0], self.story.said
        now = said(mark.loss)
        if mark.number == first.number or not math.isfinite(mark.loss):
            return f"The loss is {now}."
        if now == said(first.loss):
            return f"The loss is {now}, as it was before the first pass."
        word = "fallen" if mark.loss < first.loss else "risen"
        return f"The loss has {word} from {said(first.loss)} to {now}."

    @cached_property
    def note(self) -> str:
        """How the pictures of units are to be read, and what is left out."""
        stages = self.moment.stages
        if not stages:
            return f"No network is drawn: {self.moment.why}."
        plane = self.moment.plane
        if isinstance(plane, Fit):
            return self._partly(f"A unit shows its value over {unicode.name(plane.variable)}.")
        classes, level = plane.classes, plane.level
        told = "A unit shows its value over the plane, tinted"
        if len(classes) == 2:
            told += f" as {classes[1]} where positive, as {classes[0]} where negative"
        else:
            told += " where it is positive"
        told += f"; the output counts from {self.story.said(level)}." if level else "."
        told = self._partly(told)
        ringed = any(d.missed for d in plane.panes[0].dots)
        return f"{told} Ringed samples are missed." if ringed else told

    def _partly(self, told: str) -> str:
        """What is told, and how many units of a large layer are drawn."""
        part = next((s for s in self.moment.stages if len(s.units) < s.size), None)
        if part is None:
            return told
        return f"{told} Of a layer of {part.size:,} units {len(part.units)} are drawn."

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
        return [TrainingFrame.heading]

    @property
    def setting(self) -> str:
        """What it learnt from and how, in a few words."""
        walk = self.walk
        told = f"{walk.data}, {walk.samples:,} sample{'s' * (walk.samples != 1)}"
        batch = int(walk.settings["batch"])
        told += f", batches of {batch:,}" if batch < walk.samples else ""
        return f"{told}, {walk.settings['optimizer']}, rate {walk.settings['rate']}"

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
            told.append(f"weights of a layer of {stage.size}: {rows}")
        return " ".join(
            filter(None, [". ".join(told) + "." if told else "", self.plane(moment).alt])
        )
