"""A frame: the state after a step, its sentence and its formula."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, TypeVar

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Edge
from gradviz.shown import Shown
from gradviz.story.accumulation import (
    Accumulation,
    Branch,
    accumulation,
    branch,
    progress,
    remark,
    so_far,
)
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths import M
from gradviz.story.moments import MOMENTS, Moment
from gradviz.story.sentences import Words
from gradviz.story.updating import UpdateRules
from gradviz.trace import Step, Trace
from gradviz.trace.step import Phase

Told = TypeVar("Told")
State = Literal["unknown", "value", "partial", "complete"]


class PhaseName(NamedTuple):
    """The names of a phase: as a title, and in one word."""

    title: str
    short: str


PHASES: Final[dict[Phase, PhaseName]] = {
    "start": PhaseName(pattern("Start"), pattern("the inputs")),
    "forward": PhaseName(pattern("Forward"), pattern("forward")),
    "seed": PhaseName(pattern("Backward"), pattern("the loss")),
    "backward": PhaseName(pattern("Backward"), pattern("backward")),
    "update": PhaseName(pattern("Update"), pattern("update")),
}


def step_of(number: int, total: int) -> str:
    """`step 3 of 12`, before the first `12 steps`."""
    if not number:
        return say("{total:step}", total=count(total))
    return say("step {number} of {total}", number=number, total=total)


@dataclass(frozen=True, slots=True)
class NodeState:
    """The state of a node.

    state     unknown; value (forward pass only so far); partial (some contributions are in);
              complete.
    value     its value, None while unknown.
    gradient  its gradient so far, None while nothing has arrived.
    arrived   how many contributions are in, `of` how many.
    """

    state: State
    value: Any
    gradient: Any
    arrived: int
    of: int

    @property
    def progress(self) -> str:
        """`2 of 3` at a branch whose gradient is partial, else the empty string."""
        return progress(self.arrived, self.of)


class Story:
    """Tells one trace: its frames share the formulas' and the sentences' preparation.

    `recorded` is the trace itself; `trace`, which is shown, has 0 for every gradient that is
    nothing but rounding (`gradviz.story.rounding`).
    """

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.rules = Rules(trace, digits)
        self.recorded, self.trace = trace, self.rules.trace
        self.words, self.updating = Words(self.rules), UpdateRules(self.rules)
        self._branches: dict[tuple[int, int], Branch | None] = {}

    @property
    def walk(self) -> Trace:
        """The walk that is told: the one over the graph."""
        return self.trace

    @property
    def title(self) -> str:
        """Empty: the walk leads through the graph itself, not a part of it."""
        return ""

    @property
    def headings(self) -> list[str]:
        """The headings of its frames."""
        passes: list[Phase] = ["forward", "backward"] if self.trace.has_backward else ["forward"]
        passes += ["update"] if self.trace.updates is not None else []
        return [say(PHASES[phase].title) for phase in passes]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return self.step_named(len(self.trace))

    def step_named(self, number: int) -> str:
        """`step 3 of 12`; of a pass of a training run with the pass: `pass 3 of 800, step 3 of 12`.
        Before the first step `12 steps`.
        """
        total, updates = len(self.trace), self.trace.updates
        if updates is None:
            return step_of(number, total)
        return say(
            "pass {pass_} of {passes}, step {number} of {total}"
            if number
            else "pass {pass_} of {passes}, {total:step}",
            pass_=f"{updates.number:,}",
            passes=f"{updates.passes:,}",
            number=number,
            total=count(total),
        )

    @property
    def labels(self) -> dict[int, str]:
        """The label of every node; see `gradviz.graph.graph`."""
        return self.rules.labels

    def frame(self, k: int | Moment) -> Frame:
        """The frame after k steps, or at a moment between them; 0 shows the inputs only.

        Raises ValueInputError beyond the end, and for the gradients of a run without any.
        """
        if k == "final" and not self.trace.has_backward:
            raise ValueInputError(
                "there are no gradients to show at the end",
                expected="a run with a backward pass, or values",
                got=self.trace.note or "a forward pass only",
            )
        if k in MOMENTS:
            return Frame(
                self, self.trace.pass_steps if k == "final" else self.trace.forward_steps, k
            )
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k <= len(self.trace):
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {len(self.trace)}",
                got=k,
            )
        return Frame(self, k)

    def branch(self, node: int, step: int) -> Branch | None:
        """The sum of a node's contributions after `step` steps; None for fewer than two of them."""
        key = node, self.trace.contributions_by(node, step)
        if key not in self._branches:
            self._branches[key] = branch(self.rules, node, step)
        return self._branches[key]

    def so_far(self, node: int, step: int, longest: int) -> str:
        """The terms of a node's gradient that are in after `step` steps, see
        `gradviz.story.accumulation.so_far`.
        """
        found = self.branch(node, step)
        return so_far(self.rules, found, longest) if found else ""

    def __iter__(self) -> Any:
        """Every frame from the first step to the last."""
        return (self.frame(k) for k in range(1, len(self.trace) + 1))


def retold(frame: Told, **words: Any) -> Told:
    """The same state in other words: a sentence, a note, a formula."""
    told = copy(frame)
    vars(told).update(words)
    return told


class Frame(Shown):
    """The state after `number` steps.

    Everything is worked out when asked for, in O(log n) per node.
    """

    def __init__(self, story: Story, number: int, moment: Moment | None = None) -> None:
        self.story, self.trace, self.number, self.moment = story, story.trace, number, moment
        at_work = number and moment is None
        self.step: Step | None = self.trace.step(number) if at_work else None

    def __repr__(self) -> str:
        return f"<Frame {self.number} of {len(self.trace)}: {self.sentence}>"

    @property
    def total(self) -> int:
        """The number of steps of the whole run."""
        return len(self.trace)

    @property
    def phase(self) -> Phase:
        """start, forward, seed or backward; start where nothing is at work."""
        return "start" if self.moment else self.trace.phase(self.number)

    @property
    def heading(self) -> str:
        """The pass that it belongs to: `Forward`."""
        if self.moment:
            return say("All values" if self.moment == "values" else "All gradients")
        return say(PHASES[self.phase].title)

    @property
    def progress(self) -> str:
        """`step 3 of 12`; empty where nothing is at work."""
        return "" if self.moment else self.story.step_named(self.number)

    @property
    def trace_step(self) -> int:
        """The step of the trace that the frame belongs to."""
        return self.number

    @property
    def focus(self) -> int | None:
        """The node at work: the one computed, seeded, or passing its gradient back."""
        return self.step.node if self.step else None

    @property
    def edge(self) -> Edge | None:
        """The edge that brings its contribution in this step."""
        return self.step.edge if self.step else None

    def node(self, node: int) -> NodeState:
        """What is known of a node."""
        trace, k = self.trace, self.number
        if trace.known_since(node) > k:
            return NodeState("unknown", None, None, 0, 0)
        gradient, of = trace.gradient_by(node, k), trace.uses(node)
        arrived = trace.contributions_by(node, k)
        state: State = "value" if gradient is None else "complete" if arrived == of else "partial"
        return NodeState(state, trace.value_by(node, k), gradient, arrived, of)

    def contribution(self, edge: Edge) -> Any:
        """The contribution of an edge to its source so far, or None."""
        k = self.trace.step_of(edge)
        return self.trace.step(k).contribution if k is not None and k <= self.number else None

    @cached_property
    def sentence(self) -> str:
        """One sentence on what happens in this step, and why."""
        words, step, formula = self.story.words, self.step, self.formula
        if self.moment:
            return words.at_rest(self.moment == "final")
        if step is None or formula is None:
            return words.start()
        if step.kind == "forward":
            return words.forward(step.node, formula)
        if step.kind == "seed":
            return words.seed()
        if step.kind == "update":
            return self.story.updating.sentence(step)
        return words.contribute(step, formula, self.branch)

    @cached_property
    def note(self) -> str:
        """What is still to come at a branch, and the `remark`; usually empty."""
        waiting = ""
        if self.edge is not None and self.branch is not None:
            waiting = self.story.words.waiting(self.edge.source, self.branch)
        return f"{waiting} {self.remark}".strip()

    @cached_property
    def remark(self) -> str:
        """What to do about NaN and infinities, and why a result does not follow exactly from the
        numbers shown; usually empty.
        """
        said = [self.story.words.remedy(self.step) if self.step is not None else ""]
        said += [self.formula.remark if self.formula else ""]
        said += [remark(self.accumulation.written)] if self.accumulation else []
        said += [self.branch.remark] if self.branch else []
        return " ".join(dict.fromkeys(filter(None, said)))

    @cached_property
    def accumulation(self) -> Accumulation | None:
        """The effect of this step's contribution on its gradient; None in other steps."""
        step = self.step
        if step is None or step.edge is None:
            return None
        left = M.differential(self.story.rules.label(step.edge.source))
        result = self.formula.result if self.formula is not None else None
        return accumulation(
            self.story.rules,
            left,
            step.before,
            step.contribution,
            step.after,
            column=result is not None and result.shape != tuple(self.trace.xp.shape(step.after)),
        )

    @cached_property
    def branch(self) -> Branch | None:
        """The sum that this step's contribution belongs to; None where the value is used once."""
        return self.branch_at(self.edge.source) if self.edge is not None else None

    def branch_at(self, node: int) -> Branch | None:
        """A node's gradient as the sum of what its uses bring; None for fewer than two of them."""
        return self.story.branch(node, self.number)

    @cached_property
    def formula(self) -> Formula | None:
        """The formula of this step; None before the first."""
        rules, step = self.story.rules, self.step
        if step is None:
            return None
        if step.kind == "forward":
            return rules.forward(step.node)
        if step.kind == "update":
            return self.story.updating.formula(step)
        return rules.seed() if step.kind == "seed" else rules.contribute(step)

    @cached_property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity, or a number that means nothing."""
        step = self.step
        if step is None:
            return False
        if step.kind == "contribute" and self.story.words.remedy(step):
            return True
        brought = {
            "forward": lambda: self.trace.values[step.node],
            "seed": lambda: self.trace.seed,
            "contribute": lambda: step.contribution,
            "update": lambda: step.after,
        }[step.kind]()
        return not self.trace.xp.finite(brought)
