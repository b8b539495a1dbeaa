"""Questions about the next steps, and grading of the answers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import gradviz as gv
from gradviz.arrays.digits import number
from gradviz.errors import ParseError
from gradviz.graph.text.literals import value as read_literal
from gradviz.story.frame import Story
from gradviz.story.maths import unicode
from gradviz.story.values import flat
from gradviz.trace.findings import Written

RELATIVE = 0.005
"""An answer is right within this fraction of the true number …"""
ABSOLUTE = 5e-5
"""… or within this distance of it, so that a number shown as 0.0001 may be answered as shown."""
SHOWN = 4
"""Decimals of an answer that is worked out, not written."""
MOST_LOOKED_AT = 4096
"""In a larger array, only the first numbers are asked about."""


class Element(NamedTuple):
    """An element of the array that a step of a run makes."""

    trace: gv.Trace
    place: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One number that the next step brings.

    step      the step that brings it.
    prompt    the question.
    answer    the number, `shown` as it is written.
    asked     the element that is asked for, and the run; nothing is said of wrong answers without.
    """

    step: int
    prompt: str
    answer: float
    shown: str
    asked: Element | None = None


Verdict = Literal["right", "wrong", "unreadable"]


class Graded(NamedTuple):
    """The verdict on an answer, and one sentence about it."""

    verdict: Verdict
    says: str


def grade(question: Question, text: str) -> Graded:
    """Grade an answer: a number, a fraction, or an expression such as `2*3 + 1`."""
    try:
        given = read(text)
    except gv.GradvizError as error:
        return Graded("unreadable", error.what)
    if close(given, question.answer):
        return Graded("right", f"Right: {question.shown}.")
    return Graded("wrong", why(question, text, given) or "That is not right.")


def why(question: Question, text: str, given: float) -> str:
    """What led to a wrong number, as far as its digits tell; empty if nothing simple did."""
    if question.asked is None or not math.isfinite(given):
        return ""
    trace, place = question.asked
    step = trace.step(question.step)
    if step.edge is not None:
        source = step.edge.source
        of = trace.uses(source)
        if trace.contributions_by(source, step.number) < of:
            total = at(trace, trace.gradients[source], place)
            if total is not None and close(given, total) and not close(total, question.answer):
                return f"That is already the sum of all {of} paths."
    from gradviz.mistakes.chance import SURE
    from gradviz.mistakes.one_step import reason
    from gradviz.story.findings import FindingWords, capital

    found = reason(trace, question.step, place, _written(text, given))
    if found is None:
        return ""
    says = found.feedback
    if found.slip is not None and found.run is not None and not says:
        says = f"{capital(FindingWords(found.run).clause(found.slip))}."
    return says if found.chance <= SURE else f"Perhaps: {says}"


def _written(text: str, given: float) -> Written:
    """The digits of an answer; of a fraction or an expression, as many as a number shows."""
    from gradviz.mistakes.claims import written

    try:
        return written(text)
    except gv.GradvizError:
        return Written(given, SHOWN, text)


def read(text: str) -> float:
    """The number that a text stands for. Raises ParseError for anything else."""
    found = read_literal(text.replace("−", "-"))
    if isinstance(found, gv.Graph):
        trace = gv.run(found)
        found = trace.xp.plain(trace.values[trace.graph.output])
    if isinstance(found, bool) or not isinstance(found, int | float | Fraction):
        raise ParseError("this is not a number", expected="one number, such as -3, 1/4 or 2*0.5")
    return float(found)


def at(trace: gv.Trace, value: Any, place: tuple[int, ...]) -> float | None:
    """One element as a float; None if it is not a finite number."""
    if len(tuple(trace.xp.shape(value))) != len(place) or 0 in tuple(trace.xp.shape(value)):
        return None
    plain = trace.xp.plain(value[place] if place else value)
    try:
        found = read(plain) if isinstance(plain, str) else float(plain)
    except (gv.GradvizError, ValueError):
        return None
    return found if math.isfinite(found) and not isinstance(plain, bool) else None


def close(given: float, true: float) -> bool:
    """Whether a number is right within the tolerance."""
    if math.isnan(true) or math.isinf(true) or not math.isfinite(given):
        return given == true or (math.isnan(given) and math.isnan(true))
    return abs(given - true) <= max(RELATIVE * abs(true), min(ABSOLUTE, abs(true) / 2 or ABSOLUTE))


def ask(story: Story, k: int) -> Question | None:
    """The question about step k; None where the step brings nothing to work out."""
    trace = story.trace
    step = trace.step(k)
    if step.kind == "forward":
        return _ask_forward(story, step)
    return _ask_contribution(story, step) if step.kind == "contribute" else None


def questions(story: Story, after: int) -> Iterable[Question]:
    """The questions about all steps after this one."""
    asked = (ask(story, k) for k in range(after + 1, len(story.trace) + 1))
    return (q for q in asked if q is not None)


def _ask_forward(story: Story, step: gv.Step) -> Question | None:
    trace, labels = story.trace, story.labels
    place = _place(trace, trace.values[step.node], step.number)
    true = at(trace, trace.values[step.node], place)
    if true is None:
        return None
    name = labels[step.node] + _index(place)
    what = (
        f"{_formula(story, step.number)}. What is {name}?"
        if trace.graph.nodes[step.node].shape == ()
        else f"What is {name}?"
    )
    asked = Element(trace, place)
    return Question(step.number, f"Forward: {what}", true, _shown(story, true), asked)


def _ask_contribution(story: Story, step: gv.Step) -> Question | None:
    assert step.edge is not None
    trace, labels = story.trace, story.labels
    source, target = step.edge.source, step.edge.target
    if source not in labels:
        return None
    arrived, of = trace.contributions_by(source, step.number), trace.uses(source)
    place = _place(trace, step.contribution, step.number)
    brought, sum_ = at(trace, step.contribution, place), at(trace, step.after, place)
    before = at(trace, step.before, place)
    if brought is None or sum_ is None or before is None:
        return None
    name = f"d{labels[source]}{_index(place)}"
    via = (
        f"{trace.graph.op(target).symbol} ({labels[target]})"
        if target in labels
        else trace.graph.op(target).symbol
    )
    asked = Element(trace, place)
    if arrived == 1:
        also = f" {labels[source]} is used {of} times; this is the first path." if of > 1 else ""
        prompt = f"Backward through {via}: what does it contribute to {name}?{also}"
        return Question(step.number, prompt, brought, _shown(story, brought), asked)
    prompt = (
        f"Backward through {via}: {name} is {_shown(story, before)} so far. What is {name} after"
        f" this path ({arrived} of {of})?"
    )
    return Question(step.number, prompt, sum_, _shown(story, sum_), asked)


def _formula(story: Story, k: int) -> str:
    formula = story.frame(k).formula
    return formula.unicode[0] if formula is not None else ""


def _shown(story: Story, value: float) -> str:
    return number(value, story.rules.digits)


def _index(place: tuple[int, ...]) -> str:
    """The index of an element as in mathematics, counted from 1: `W₁₂`."""
    numbers = [str(i + 1) for i in place]
    return unicode.subscript(("" if all(len(n) == 1 for n in numbers) else ",").join(numbers))


def _place(trace: gv.Trace, value: Any, seed: int) -> tuple[int, ...]:
    """Which element of an array is asked for: one that is not 0 where there is one, another at
    every step.
    """
    shape = tuple(trace.xp.shape(value))
    if not shape:
        return ()
    elements = flat(trace.xp.plain(value.reshape(-1)[:MOST_LOOKED_AT]))
    telling = [i for i, v in enumerate(elements) if v not in (0, "0")] or list(range(len(elements)))
    if not telling:
        return ()
    index, place = telling[seed % len(telling)], []
    for size in reversed(shape):
        place.append(index % size)
        index //= size
    return tuple(reversed(place))


@dataclass(frozen=True)
class Quiz:
    """The state of a quiz.

    question  the current question; None when all are answered.
    tries     how often this question was answered wrong.
    last      the verdict on the last answer.
    first, second, missed   how many were right on the first try, on the second try, or missed.
    """

    question: Question | None
    tries: int = 0
    last: Graded | None = None
    done: bool = False
    first: int = 0
    second: int = 0
    missed: int = 0

    @property
    def asked(self) -> int:
        """How many questions are settled."""
        return self.first + self.second + self.missed

    def answer(self, text: str) -> Quiz:
        """The quiz after an answer; `done` is set when the question is settled."""
        if self.question is None or self.done:
            return self
        graded = grade(self.question, text)
        if graded.verdict == "unreadable":
            return replace(self, last=graded)
        if graded.verdict == "right":
            at_once = self.tries == 0
            return replace(
                self,
                last=graded,
                done=True,
                first=self.first + at_once,
                second=self.second + (not at_once),
            )
        if self.tries == 0:
            return replace(self, last=Graded("wrong", f"{graded.says} Try again."), tries=1)
        says = f"{graded.says} The answer is {self.question.shown}."
        return replace(self, last=Graded("wrong", says), tries=2, done=True, missed=self.missed + 1)

    def skip(self) -> Quiz:
        """Reveal the answer; the question counts as missed."""
        if self.question is None or self.done:
            return self
        says = Graded("wrong", f"The answer is {self.question.shown}.")
        return replace(self, last=says, done=True, missed=self.missed + 1)

    def next(self, story: Story, after: int) -> Quiz:
        """The next question after a step."""
        following = next(iter(questions(story, after)), None)
        return replace(self, question=following, tries=0, last=None, done=False)

    @property
    def score(self) -> str:
        """The score in words."""
        if not self.asked:
            return "No question was answered."
        parts = [f"{self.first} of {self.asked} right on the first try"]
        if self.second:
            parts.append(f"{self.second} on the second try")
        if self.missed:
            parts.append(f"{self.missed} missed")
        return ", ".join(parts) + "."
