"""The story of a numerical gradient, entry by entry."""

from __future__ import annotations

import math
from typing import Final

from gradviz.arrays.digits import DIGITS, number, rounds_to, typeset
from gradviz.story.derived import DerivedFrame, DerivedStory
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths import M, unicode
from gradviz.story.maths.tree import Maths
from gradviz.trace.differences import DifferenceStep, DifferenceTrace

HEADING: Final = pattern("Numerical gradient")
MOST_DECIMALS: Final = 15
LEAST_DECIMALS: Final = 4
FEW_DECIMALS: Final = 4
"""As people write losses down."""
NOTICED: Final = 0.02
"""A quotient that is off by less than this part is not worth a word."""


class DifferenceFrame(DerivedFrame[DifferenceStep]):
    """The table after `number` entries."""

    story: DifferenceStory
    walk: DifferenceTrace

    @property
    def heading(self) -> str:
        """What is walked."""
        return say(HEADING)

    @property
    def progress(self) -> str:
        """`entry 2 of 12`."""
        if self.moment or not self.number:
            return say("{total:entry|entries}", total=count(self.total))
        return say("entry {number} of {total}", number=self.number, total=self.total)

    @property
    def focus(self) -> int | None:
        """The node at work: the output, which is computed again."""
        return self.walk.trace.graph.output if self.is_at_work else None

    @property
    def strange(self) -> bool:
        """Whether a loss is no number."""
        step = self.step
        return step is not None and not math.isfinite(step.slope)


class DifferenceStory(DerivedStory[DifferenceFrame]):
    """Tells one table; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = DifferenceFrame
    walk: DifferenceTrace

    def __init__(self, walk: DifferenceTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.rules = Rules(walk.trace, digits)
        self.digits = digits
        self.words = self.formulas = self

    @property
    def title(self) -> str:
        """Of which input."""
        return say("the numerical gradient of {name}", name=self.walk.name)

    @property
    def headings(self) -> list[str]:
        """The heading of every frame."""
        return [say(HEADING)]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return say("entry {number} of {total}", number=self.total, total=self.total)

    def said(self, value: float) -> str:
        """A number of the table."""
        return typeset(number(value, self.digits))

    def entry(self, place: tuple[int, int]) -> str:
        """An entry in a sentence: W₁₂, counted from 1, or the input itself."""
        return unicode.text(self.maths(place))

    def maths(self, place: tuple[int, int]) -> Maths:
        """The same in a formula."""
        shape, name = self.walk.shape, M.name(self.walk.name)
        if not shape:
            return name
        i, j = place
        return M.element(name, [str(k + 1) for k in ((j,) if len(shape) == 1 else (i, j))])

    def losses(self, step: DifferenceStep) -> tuple[str, str]:
        """Both losses in as many decimals as a reader needs to come to the same quotient."""
        least = self.walk.slips.decimals
        least = LEAST_DECIMALS if least is None else least
        for decimals in range(least, MOST_DECIMALS + 1):
            here, there = (f"{v:.{decimals}f}" for v in (step.here, step.there))
            by_hand = (float(there) - float(here)) / self.width
            if math.isfinite(by_hand) and rounds_to(by_hand, step.slope, self.digits):
                break
        return typeset(here), typeset(there)

    @property
    def width(self) -> float:
        """What the difference is divided by."""
        return self.walk.h * (2 if self.walk.sides == "central" else 1)

    def start(self) -> str:
        """Before the first entry."""
        h = self.said(self.walk.h)
        return say(
            "Every entry of {name} in turn is raised by h = {h}, and the loss computed again.",
            name=self.walk.name,
            h=h,
        )

    def at_rest(self, final: bool) -> str:
        """With all entries found."""
        worst = max((s for s in self.walk), key=lambda s: abs(s.slope - s.exact))
        off = self.said(abs(worst.slope - worst.exact))
        return say(
            "All entries are found, with {losses} losses where backpropagation needs one pass; off"
            " by at most {off}, at {entry}.",
            losses=self.total * (2 if self.walk.sides == "central" else 1),
            off=off,
            entry=self.entry(worst.place),
        )

    def say(self, step: DifferenceStep) -> str:
        """What this entry shows."""
        here, there = self.losses(step)
        entry, value = self.entry(step.place), self.said(step.value)
        moved = typeset(number(step.moved, max(self.digits, 6)))
        told = {
            "entry": entry,
            "value": value,
            "here": here,
            "there": there,
            "slope": self.said(step.slope),
        }
        if self.walk.sides == "central":
            return say(
                "Around {entry} = {value} the loss goes from {here} at −h to {there} at +h: {slope}"
                " per unit.",
                **told,
            )
        return say(
            "Raising {entry} from {value} to {moved} in turn takes the loss from {here} to {there}:"
            " {slope} per unit."
            if self.walk.slips.keeps and step.number > 1
            else "Raising {entry} from {value} to {moved} takes the loss from {here} to {there}:"
            " {slope} per unit.",
            moved=moved,
            **told,
        )

    def note(self, step: DifferenceStep) -> str:
        """What backpropagation finds, and what goes wrong."""
        off = abs(step.slope - step.exact)
        told = [
            say(
                "By backpropagation {exact}, so it is off by {off}.",
                exact=self.said(step.exact),
                off=self.said(off),
            )
        ]
        told += [short] if (short := self._short(step)) else []
        slips = self.walk.slips
        if slips.cut is not None:
            value, decimals = slips.cut
            told.append(
                say(
                    "{value} is cut to {decimals} decimals in L(W) alone.",
                    value=value,
                    decimals=decimals,
                )
            )
        if slips.keeps and step.number > 1:
            told.append(say("The h of earlier entries was never taken back."))
        return " ".join(told)

    def _short(self, step: DifferenceStep) -> str:
        """What would be left with fewer decimals than the difference of the losses needs."""
        here, there = (f"{v:.{FEW_DECIMALS}f}" for v in (step.here, step.there))
        found = (float(there) - float(here)) / self.width
        if self.walk.slips.cut is not None or not math.isfinite(found):
            return ""
        if abs(found - step.slope) <= NOTICED * abs(step.slope):
            return ""
        return say(
            "Losses of {decimals} decimals would give {value}.",
            decimals=FEW_DECIMALS,
            value=self.said(found),
        )

    def of(self, step: DifferenceStep) -> Formula:
        """The quotient with its numbers."""
        walk = self.walk
        entry, h = self.maths(step.place), M.name("h")
        whole, (here, there) = M.name(walk.name), self.losses(step)
        low = M.sub(whole, h) if walk.sides == "central" else whole
        loss = walk.output
        over = M.sub(M.call(loss, M.add(whole, h)), M.call(loss, low))
        by = M.number(number(self.width, self.digits))
        under = M.mul(M.number("2"), h) if walk.sides == "central" else h
        filled = M.sub(M.number(there, role="value"), M.number(here, role="value"))
        return Formula(
            M.partial(loss, entry),
            "≈",
            M.div(over, under),
            M.div(filled, by),
            M.number(number(step.slope, self.digits), role="hot"),
            digits=self.digits,
        )
