"""The story of an op cell by cell: the sentence and the formula of each window."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.story.accumulation import Accumulation, Branch, accumulation
from gradviz.story.cells.formulas import CellFormulas
from gradviz.story.cells.sentences import CellWords, cell_name
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M
from gradviz.trace.cells import CellStep, CellTrace
from gradviz.trace.step import Phase


class CellStory:
    """Tells one walk over cells; the cells' counterpart of `gradviz.story.frame.Story`."""

    WORDS: ClassVar = CellWords

    def __init__(self, walk: CellTrace, digits: int = DIGITS) -> None:
        self.walk = walk
        self.rules = Rules(walk.trace, digits)
        self.words: CellWords = self.WORDS(walk, self.rules)
        self.formulas = CellFormulas(walk, self.rules)

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.walk)

    @property
    def title(self) -> str:
        """The title of the walk: `max pooling 3×3, stride 2`."""
        return self.words.title

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        back = [self.words.heading("backward", slot) for slot in self.walk.slots]
        return [self.words.heading("forward", None), *back]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return self.words.progress(len(self.walk.places))

    def frame(self, k: int) -> CellFrame:
        """The frame after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= self.total:
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {self.total}",
                got=k,
            )
        return CellFrame(self, k)

    def __iter__(self) -> Iterator[CellFrame]:
        """Every frame from the first step to the last."""
        return (self.frame(k) for k in range(1, self.total + 1))


class CellFrame(Shown):
    """The walk after `number` steps."""

    def __init__(self, story: CellStory, number: int) -> None:
        self.story, self.walk, self.number = story, story.walk, number
        self.slot, self.window = self.walk.where(number)

    def __repr__(self) -> str:
        return f"<CellFrame {self.number} of {self.total}: {self.sentence}>"

    @property
    def total(self) -> int:
        """The number of steps of the whole walk."""
        return len(self.walk)

    @cached_property
    def step(self) -> CellStep | None:
        """The window at work; None before the first."""
        return self.walk.step(self.number) if self.number else None

    @property
    def phase(self) -> Phase:
        """start, forward or backward."""
        return self.walk.phase(self.number)

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""
        return self.walk.trace_step(self.number)

    @property
    def focus(self) -> int:
        """The node whose cells these are."""
        return self.walk.node

    @property
    def heading(self) -> str:
        """`Backward through max pooling 3×3, stride 2`; where several operands receive, `…, to
        w`.
        """
        return self.story.words.heading(self.phase, self.slot)

    @property
    def progress(self) -> str:
        """`window 3 of 4`, within the phase."""
        return self.story.words.progress(self.window if self.number else 0)

    @property
    def known(self) -> int:
        """How many windows have computed their output cell so far."""
        return (
            self.window if self.phase == "forward" else len(self.walk.places) if self.number else 0
        )

    def windows_back(self, slot: int) -> int:
        """How many windows have sent their gradient back to an operand so far."""
        begun = self.number - self.walk.first_step(slot) + 1
        return max(0, min(begun, len(self.walk.places)))

    @cached_property
    def sentence(self) -> str:
        """One sentence on what happens in this step, and why."""
        return self.story.words.start() if self.step is None else self.story.words.say(self.step)

    @cached_property
    def note(self) -> str:
        """The cell that the formula is written out for, where a window reaches several, and why
        its result does not follow exactly from the numbers shown; what to do about NaN and
        infinities.
        """
        if self.step is None or self.formula is None:
            return ""
        note = self.story.words.note(self.step, self.story.formulas.shown(self.step))
        folded = self.story.formulas.folded(self.step, self.formula.digits)
        said = (note, self.story.words.remedy(self.step), folded, self.formula.remark)
        return " ".join(filter(None, said))

    @cached_property
    def formula(self) -> Formula | None:
        """The formula of this step; None before the first."""
        return None if self.step is None else self.story.formulas.of(self.step)

    @cached_property
    def accumulation(self) -> Accumulation | None:
        """The effect of this window on the gradient of the cell that its formula shows.

        None in the forward pass, and for a window that reaches no cell.
        """
        step = self.step
        shown = None if step is None else self.story.formulas.shown(step)
        if step is None or shown is None:
            return None
        xp = self.walk.trace.xp
        parts = (step.before[shown], step.contributions[shown], step.after[shown])
        left = M.differential(cell_name(self.walk, step.slot, step.targets[shown]))
        return accumulation(self.story.rules, left, *map(xp.asarray, parts))

    @property
    def branch(self) -> Branch | None:
        """Always None: the contributions of windows are summed in `accumulation`, cell by cell."""
        return None

    @cached_property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        if self.step is None:
            return False
        xp = self.walk.trace.xp
        brought = self.step.contributions if self.step.slot is not None else (self.step.result,)
        return not all(xp.finite(v) for v in brought)
