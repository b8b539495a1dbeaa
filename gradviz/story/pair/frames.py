"""Two runs on one graph as frames: what each knows after so many steps, a sentence on both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Edge, labels
from gradviz.shown import Shown
from gradviz.story.accumulation import progress
from gradviz.story.formula import Formula
from gradviz.story.frame import PHASES, Frame, State, Story, step_of
from gradviz.story.languages import say
from gradviz.story.moments import MOMENTS, Moment
from gradviz.story.pair.words import PairWords
from gradviz.story.plot.kinds import teller
from gradviz.trace.pair import PairTrace
from gradviz.trace.step import Phase
from gradviz.trace.updates import Update

COMPARED = "Compare"
"""The heading of the last step."""


class At(NamedTuple):
    """Where a step is at work in the graph of both."""

    node: int
    edge: Edge | None
    update: Update | None


class Waiting(NamedTuple):
    """What stands under a gradient that is not complete."""

    note: str


@dataclass(frozen=True, slots=True)
class PairState:
    """What both runs know of a node; the counterpart of `gradviz.story.frame.NodeState`.

    value     those of both, None in a run that lacks it or has not computed it yet.
    gradient  None while neither has any, else both likewise.
    arrived   how many contributions are in, for each; None where there is no gradient yet.
    """

    state: State
    value: tuple[Any, Any]
    gradient: tuple[Any, Any] | None
    arrived: tuple[int | None, int | None]
    progress: str


class PairStory:
    """Tells one walk; the counterpart of `gradviz.story.frame.Story`."""

    title = ""

    def __init__(self, walk: PairTrace, digits: int = DIGITS) -> None:
        self.walk, self.digits = walk, digits
        self.stories = Story(walk.runs[0], digits), Story(walk.runs[1], digits)
        self.labels = _labels(walk)
        for story, places in zip(self.stories, walk.union.places, strict=True):
            own = {i: self.labels[k] for i, k in places.items() if k in self.labels}
            story.rules.labels = own
        self.words = PairWords(walk, self.stories, self.labels)
        self.teller = teller(walk.comparison, digits)

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        found = [heading for story in self.stories for heading in story.headings]
        return [*dict.fromkeys(found), COMPARED]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return step_of(len(self.walk), len(self.walk))

    def frame(self, k: int | Moment) -> PairFrame:
        """The frame after k steps, or at a moment between them; 0 shows the inputs only.

        Raises ValueInputError beyond the end, and for the gradients of runs without any.
        """
        total = len(self.walk)
        if k == "final" and not self.walk.has_backward:
            raise ValueInputError(
                "there are no gradients to show at the end",
                expected="runs with a backward pass, or values",
                got=self.walk.trace.note or "forward passes only",
            )
        if k in MOMENTS:
            return PairFrame(self, total if k == "final" else self.walk.forward_steps, k)
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= total:
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {total}",
                got=k,
            )
        return PairFrame(self, k)


def _labels(walk: PairTrace) -> dict[int, str]:
    """A label for every node of the union but unnamed numbers; an output is f in both."""
    found = dict(labels(walk.union.graph))
    for run, places in zip(walk.runs, walk.union.places, strict=True):
        if (
            run.graph.output not in run.graph.names
            and not walk.union.graph.nodes[places[run.graph.output]].name
        ):
            found[places[run.graph.output]] = labels(run.graph).get(run.graph.output, "f")
    return found


class PairFrame(Shown):
    """Both runs after `number` steps of the walk."""

    accumulation = branch = None

    def __init__(self, story: PairStory, number: int, moment: Moment | None = None) -> None:
        self.story, self.walk, self.number, self.moment = story, story.walk, number, moment
        self.counts = self.walk.counts(number)
        self.steps = (None, None) if moment else self.walk.steps(number)

    def __repr__(self) -> str:
        return f"<PairFrame {self.number} of {self.total}: {self.sentence}>"

    @property
    def total(self) -> int:
        """The number of steps of the walk."""
        return len(self.walk)

    @property
    def is_last(self) -> bool:
        """Whether everything is known, and both are compared."""
        return self.moment is None and self.number == self.total

    @property
    def phase(self) -> Phase:
        """The pass; start where nothing is at work."""
        return "start" if self.moment or self.is_last else self.walk.phase(self.number)

    @property
    def heading(self) -> str:
        """The pass that it belongs to: `Forward`; at the end `Compare`."""
        if self.moment:
            return say("All values" if self.moment == "values" else "All gradients")
        return say(COMPARED if self.is_last else PHASES[self.phase].title)

    @property
    def progress(self) -> str:
        """`step 3 of 12`; empty where nothing is at work."""
        return "" if self.moment else step_of(self.number, self.total)

    @property
    def trace_step(self) -> int:
        """The step of the first run that the frame belongs to."""
        return self.counts[0]

    @cached_property
    def step(self) -> At | None:
        """Where this step is at work; None where nothing is."""
        for side, step in enumerate(self.steps):
            if step is not None:
                union = self.walk.union
                edge = None if step.edge is None else union.drawn[side][step.edge]
                return At(union.places[side][step.node], edge, step.update)
        return None

    @property
    def focus(self) -> int | None:
        """The node of both graphs that is at work."""
        return self.step.node if self.step else None

    def is_known(self, node: int) -> bool:
        """Whether any run has the value of a node."""
        return self.node(node).state != "unknown"

    def node(self, node: int) -> PairState:
        """What is known of a node of both graphs."""
        values, gradients, arrived, notes = [], [], [], []
        for side, own in enumerate(self.walk.union.nodes[node]):
            trace, k = self.story.stories[side].trace, self.counts[side]
            value = None if own is None else trace.value_by(own, k)
            gradient = None if own is None else trace.gradient_by(own, k)
            values.append(value)
            gradients.append(gradient)
            count = None if own is None else trace.contributions_by(own, k)
            arrived.append(None if gradient is None else count)
            of = 0 if own is None else trace.uses(own)
            notes.append(progress(count or 0, of) if gradient is not None else "")
        known = [v for v in values if v is not None]
        some = any(g is not None for g in gradients)
        partial = any(notes)
        state: State = (
            "unknown"
            if not known
            else "value"
            if not some
            else "partial"
            if partial
            else "complete"
        )
        return PairState(
            state,
            (values[0], values[1]),
            (gradients[0], gradients[1]) if some else None,
            (arrived[0], arrived[1]),
            " / ".join(dict.fromkeys(filter(None, notes))),
        )

    def branch_at(self, node: int) -> Waiting | None:
        """How much of a node's gradient is in, while some is to come."""
        said = self.node(node).progress
        return Waiting(said) if said else None

    def contribution(self, edge: Edge) -> Any:
        """What an edge brings in both runs, once all of it is known; else None."""
        found = []
        for side, own in enumerate(self.walk.union.edges[edge]):
            trace = self.story.stories[side].trace
            k = None if own is None else trace.step_of(own)
            if k is not None and k > self.counts[side]:
                return None
            found.append(None if k is None else trace.step(k).contribution)
        return tuple(found) if any(c is not None for c in found) else None

    @property
    def frames(self) -> list[tuple[int, Frame]]:
        """The frames of the runs that make this step, with their places."""
        return [
            (side, self.story.stories[side].frame(step.number))
            for side, step in enumerate(self.steps)
            if step is not None
        ]

    @cached_property
    def sentence(self) -> str:
        """One sentence on what happens in both runs."""
        if self.is_last or self.moment == "final":
            return self.story.teller.sentence
        if self.moment:
            return self.story.words.values()
        if not self.number:
            return self.story.words.start()
        return self.story.words.say(self.steps, self.frames)

    @cached_property
    def note(self) -> str:
        """What to do about strange numbers; usually empty."""
        said = [frame.remark for _, frame in self.frames]
        return " ".join(dict.fromkeys(filter(None, said)))

    @cached_property
    def formula(self) -> Formula | None:
        """The formula of this step with the numbers of the first run, then with those of the
        second.
        """
        made = [frame.formula for _, frame in self.frames if frame.formula is not None]
        if not made:
            return None
        first, last = made[0], made[-1]
        if len(made) < 2 or first.unicode == last.unicode:
            return first
        shorter = replace(first.symbols, then=None, shorter=None)
        if first.then is not None or last.then is not None:
            same = shorter.unicode == replace(last.symbols, then=None, shorter=None).unicode
            return shorter if same and first.then is last.then else None
        rest = last
        if last.filled is not None:
            sign = last.sign if last.sign == "←" else "="
            rest = replace(last, rule=last.filled, filled=None, sign=sign)
        return replace(first, then=replace(rest, where=(), shapes=""), shorter=shorter)

    @cached_property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        return any(frame.strange for _, frame in self.frames)
