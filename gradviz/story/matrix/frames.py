"""The story of W · x + b = s: the sentence and the formula of each step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.story.accumulation import Accumulation, Branch
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.frame import PHASES
from gradviz.story.matrix.formulas import MatrixFormulas
from gradviz.story.matrix.sentences import MatrixWords
from gradviz.story.moments import MOMENTS, Moment
from gradviz.trace.matrix import Kind, MatrixStep, MatrixTrace, Place
from gradviz.trace.step import Phase

MATRIX_DIGITS: Final = 3
"""Significant digits where none are asked for, as for neurons."""


class MatrixStory:
    """Tells one walk over a product; the counterpart of `gradviz.story.frame.Story`."""

    def __init__(self, walk: MatrixTrace, digits: int = DIGITS) -> None:
        self.walk = walk
        self.rules = Rules(walk.trace, MATRIX_DIGITS if digits == DIGITS else digits)
        self.formulas = MatrixFormulas(walk, self.rules)
        self.words = MatrixWords(walk, self.formulas)

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.walk)

    @property
    def title(self) -> str:
        """`W · x + b, 3×4`."""
        f, (rows, columns) = self.formulas, self.walk.shape
        bias = "" if self.walk.equation.bias is None else f" + {f.plain(f.offset)}"
        return f"{f.matrix_text} · {f.plain(f.column)}{bias}, {rows:,}×{columns:,}"

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        passes: list[Phase] = ["forward", "backward"] if self.walk.has_backward else ["forward"]
        return [PHASES[phase].title for phase in passes]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return f"step {self.total} of {self.total}"

    def frame(self, k: int | Moment) -> MatrixFrame:
        """The frame after k steps, or at a moment between them; 0 shows the inputs only.

        Raises ValueInputError beyond the end, and for the gradients of a run without any.
        """
        if k == "final" and not self.walk.has_backward:
            raise ValueInputError(
                "there are no gradients to show at the end",
                expected="a run with a backward pass, or values",
                got=self.walk.trace.note or "a forward pass only",
            )
        if k in MOMENTS:
            return MatrixFrame(self, self.total if k == "final" else self.walk.forward_steps, k)
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= self.total:
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {self.total}",
                got=k,
            )
        return MatrixFrame(self, k)

    def __iter__(self) -> Iterator[MatrixFrame]:
        """Every frame from the first step to the last."""
        return (self.frame(k) for k in range(1, self.total + 1))


class MatrixFrame:
    """The walk after `number` steps."""

    def __init__(self, story: MatrixStory, number: int, moment: Moment | None = None) -> None:
        self.story, self.walk, self.number, self.moment = story, story.walk, number, moment

    def __repr__(self) -> str:
        return f"<MatrixFrame {self.number} of {self.total}: {self.sentence}>"

    @property
    def total(self) -> int:
        """The number of steps of the whole walk."""
        return len(self.walk)

    @cached_property
    def step(self) -> MatrixStep | None:
        """The step at work; None before the first."""
        return self.walk.step(self.number) if self._at_work else None

    @property
    def _at_work(self) -> bool:
        """Whether a step is at work: not before the first, and not at a moment."""
        return bool(self.number) and self.moment is None

    @property
    def place(self) -> Place | None:
        """What the step is about."""
        return self.walk.places[self.number - 1] if self._at_work else None

    def knows(self, kind: Kind, index: int | None = None) -> bool:
        """Whether a number is known by now: s_i (`row`), a gradient of W, b or x."""
        since = self.walk.since(kind, index)
        return since is not None and since <= self.number

    @property
    def knows_upstream(self) -> bool:
        """Whether the backward pass has brought u."""
        return self.phase == "backward" and self.walk.equation.upstream is not None

    @property
    def phase(self) -> Phase:
        """start, forward or backward."""
        return self.walk.phase(self.number)

    @property
    def heading(self) -> str:
        """The pass that it belongs to: `Forward`."""
        if self.moment:
            return "All values" if self.moment == "values" else "All gradients"
        return PHASES[self.phase].title

    @property
    def progress(self) -> str:
        """`step 3 of 12`; empty where nothing is at work."""
        if self.moment:
            return ""
        if not self.number:
            return f"{self.total} step{'s' * (self.total != 1)}"
        return f"step {self.number} of {self.total}"

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""
        return self.walk.trace_step(self.number)

    @property
    def focus(self) -> int | None:
        """The node at work: that of s, or what receives its gradient."""
        place, eq = self.place, self.walk.equation
        if place is None:
            return None
        nodes = {"row": eq.sums, "weights": eq.matrix, "bias": eq.offset, "inputs": eq.column}
        return nodes[place.kind]

    @cached_property
    def sentence(self) -> str:
        """One sentence on what happens in this step, and why."""
        words = self.story.words
        if self.moment:
            return words.at_rest(self.moment == "final")
        return words.start() if self.step is None else words.say(self.step)

    @cached_property
    def note(self) -> str:
        """What happens to what is not drawn, and why a result does not follow exactly from the
        numbers shown; usually empty.
        """
        if self.step is None or self.formula is None:
            return ""
        said = self.story.words.note(self.step), self.formula.remark
        return " ".join(filter(None, said))

    @cached_property
    def formula(self) -> Formula | None:
        """The formula of this step; None before the first."""
        return None if self.step is None else self.story.formulas.of(self.step)

    @property
    def accumulation(self) -> Accumulation | None:
        """Always None: sums are in the formula."""
        return None

    @property
    def branch(self) -> Branch | None:
        """Always None, likewise."""
        return None

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        step = self.step
        if step is None:
            return False
        brought = (step.total, step.result, *(t.product for t in step.terms))
        return not all(math.isfinite(v) for v in brought if v is not None)
