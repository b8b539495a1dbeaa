"""The story of a walk whose steps are derived from a trace: what they all have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar, cast

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.shown import Shown
from gradviz.story.accumulation import Accumulation, Branch
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.frame import PHASES, retold, step_of
from gradviz.story.languages import say
from gradviz.story.moments import MOMENTS, Moment
from gradviz.trace.step import Phase

USUAL: Final = 3
"""Significant digits where none are asked for: a circle holds −0.291, not −0.2913."""
Frame = TypeVar("Frame")
Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Lit:
    """Paths that are lit: the pairs of numbers that they connect, and how they are told."""

    hops: frozenset[tuple[Any, Any]]
    words: Mapping[str, Any]

    @property
    def spots(self) -> frozenset[Any]:
        """All numbers on them."""
        return frozenset(spot for hop in self.hops for spot in hop)


NOTHING_LIT: Final = Lit(frozenset(), {})


class DerivedStory(Generic[Frame]):
    """Tells one walk; the counterpart of `gradviz.story.frame.Story`.

    A subclass gives the walk, the class of its frames, and what makes its formulas and sentences.
    """

    FRAME: Any
    walk: Any
    rules: Rules
    formulas: Any
    words: Any

    def __init__(self, walk: Any, digits: int = DIGITS) -> None:
        self.walk, self.rules = walk, Rules(walk.trace, USUAL if digits == DIGITS else digits)

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.walk)

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        passes: list[Phase] = ["forward", "backward"] if self.walk.has_backward else ["forward"]
        return [say(PHASES[phase].title) for phase in passes]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return step_of(self.total, self.total)

    def frame(self, k: int | Moment) -> Frame:
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
            number = self.total if k == "final" else self.walk.forward_steps
            return self.FRAME(self, number, k)  # type: ignore[no-any-return]
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= self.total:
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {self.total}",
                got=k,
            )
        return self.FRAME(self, k)  # type: ignore[no-any-return]

    def lit(self, paths: str) -> Lit:
        """The paths that a text such as `x_1..s_2` means.

        Raises ValueInputError for a view without paths, and what a view with them raises.
        """
        raise ValueInputError(
            f"{self.walk.kind} have no paths", expected="the view graph", got=f"path {paths:.60}"
        )

    def along(self, lit: Lit) -> Frame:
        """The end of the walk, told along some paths."""
        frame: Any = self.frame("final")
        return cast(Frame, retold(frame, lit=lit, **lit.words))

    def __iter__(self) -> Iterator[Frame]:
        """Every frame from the first step to the last."""
        return (self.frame(k) for k in range(1, self.total + 1))


class DerivedFrame(Shown, Generic[Step]):
    """A walk after `number` steps, or at a moment at which nothing is at work."""

    story: Any
    walk: Any
    lit: Lit = NOTHING_LIT
    """The paths that it tells; usually none."""

    def __init__(self, story: Any, number: int, moment: Moment | None = None) -> None:
        self.story, self.walk, self.number, self.moment = story, story.walk, number, moment

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number} of {self.total}: {self.sentence}>"

    @property
    def total(self) -> int:
        """The number of steps of the whole walk."""
        return len(self.walk)

    @cached_property
    def step(self) -> Step | None:
        """The step at work; None before the first."""
        return self.walk.step(self.number) if self.is_at_work else None

    @property
    def is_at_work(self) -> bool:
        """Whether a step is at work: not before the first, and not at a moment."""
        return bool(self.number) and self.moment is None

    @property
    def phase(self) -> Phase:
        """start, forward or backward."""
        return self.walk.phase(self.number)  # type: ignore[no-any-return]

    @property
    def heading(self) -> str:
        """The pass that it belongs to: `Forward`."""
        if self.moment:
            return say("All values" if self.moment == "values" else "All gradients")
        return say(PHASES[self.phase].title)

    @property
    def progress(self) -> str:
        """`step 3 of 12`; empty where nothing is at work."""
        return "" if self.moment else step_of(self.number, self.total)

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""
        return self.walk.trace_step(self.number)  # type: ignore[no-any-return]

    @cached_property
    def sentence(self) -> str:
        """One sentence on what happens in this step, and why."""
        words = self.story.words
        if self.moment:
            return words.at_rest(self.moment == "final")  # type: ignore[no-any-return]
        return words.start() if self.step is None else words.say(self.step)  # type: ignore[no-any-return]

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
