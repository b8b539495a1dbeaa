"""Questions about the next steps, and grading of the answers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import gradviz as gv
from gradviz.arrays.digits import number
from gradviz.story.cells.frames import CellStory
from gradviz.story.cells.sentences import cell_name
from gradviz.story.frame import Story
from gradviz.story.maths import unicode
from gradviz.story.values import flat
from gradviz.trace.findings import Written
from gradviz_tui.walk.answers import EXPECTED, asks_for_help, digits_of, plainly, read

RELATIVE = 0.005
"""An answer is right within this fraction of the true number …"""
ABSOLUTE = 5e-5
"""… or within this distance of it, so that a number shown as 0.0001 may be answered as shown."""
ENOUGH = 3
"""So many digits are enough …"""
NEAR = 0.2
"""… and a number of fewer digits that is as near as this is asked for once more."""
SOON = 3
"""So many other questions come before a question that went wrong is asked again …"""
ROUNDS = 3
"""… and so often it is asked at the most."""
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
    hint      what helps to find it; may be empty.
    """

    step: int
    prompt: str
    answer: float
    shown: str
    asked: Element | None = None
    hint: str = ""

    @property
    def precision(self) -> str:
        """How many digits count; empty for a short number."""
        long = sum(c.isdigit() for c in self.shown.lower().split("e")[0].lstrip("-0.")) > ENOUGH
        return "Three digits are enough." if long else ""


Verdict = Literal["right", "wrong", "rough", "unreadable"]
"""A rough answer is right as far as it goes, and it goes not far enough; it costs no try."""


class Graded(NamedTuple):
    """The verdict on an answer, and one sentence about it."""

    verdict: Verdict
    says: str


def grade(question: Question, text: str) -> Graded:
    """Grade an answer: a number, a fraction, or an expression such as `2*3 + 1`."""
    try:
        given = read(text)
    except gv.GradvizError as error:
        return Graded("unreadable", f"{error.what}. Type {error.expected or EXPECTED}.")
    if close(given, question.answer):
        return Graded("right", f"Right: {question.shown}.")
    if _is_rough(text, given, question.answer):
        said = f"{text.strip()} is right as far as it goes, but three digits count."
        return Graded("rough", said)
    return Graded("wrong", why(question, text, given) or "That is not right.")


def _is_rough(text: str, given: float, true: float) -> bool:
    """Whether a number is the right one, rounded to fewer digits than count."""
    found = digits_of(text)
    if found is None or not given:
        return False
    digits, half = found
    near = abs(given - true) <= min(half * (1 + 1e-9), NEAR * abs(true))
    return 0 < digits < ENOUGH and near


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
                return f"That is already the sum of {'both' if of == 2 else f'all {of}'} paths."
    from gradviz.mistakes.one_step import reason
    from gradviz.story.findings import FindingWords, capital, perhaps

    found = reason(trace, question.step, place, _written(text, given))
    if found is None:
        return ""
    sure = found.is_sure
    if found.slip is not None and found.run is not None and not found.feedback:
        clause = FindingWords(found.run).clause(found.slip)
        return f"{capital(clause)}." if sure else f"Perhaps {clause}."
    return found.feedback if sure else perhaps(found.feedback)


def _written(text: str, given: float) -> Written:
    """The digits of an answer; of a fraction or an expression, as many as a number shows."""
    from gradviz.mistakes.claims import written

    try:
        return written(plainly(text))
    except gv.GradvizError:
        return Written(given, SHOWN, text)


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


def ask(story: Story | CellStory, k: int) -> Question | None:
    """The question about step k; None where the step brings nothing to work out."""
    if isinstance(story, CellStory):
        return _ask_window(story, k)
    trace = story.trace
    step = trace.step(k)
    if step.kind == "forward":
        return _ask_forward(story, step)
    return _ask_contribution(story, step) if step.kind == "contribute" else None


def questions(story: Story | CellStory, after: int) -> Iterable[Question]:
    """The questions about all steps after this one."""
    asked = (ask(story, k) for k in range(after + 1, len(story.walk) + 1))
    return (q for q in asked if q is not None)


def _ask_forward(story: Story, step: gv.Step) -> Question | None:
    trace, labels = story.trace, story.labels
    place = _place(trace, trace.values[step.node], step.number)
    true = at(trace, trace.values[step.node], place)
    if true is None:
        return None
    name = labels[step.node] + _index(place)
    rule = _formula(story, step.number)
    prompt = f"Forward: {rule}. What is {name}?" if rule else f"Forward: What is {name}?"
    asked, hint = Element(trace, place), _hint(story, step.number, rule)
    return Question(step.number, prompt, true, _shown(story, true), asked, hint)


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
    asked, hint = Element(trace, place), _hint(story, step.number, "")
    if arrived == 1:
        also = f" {labels[source]} is used {of} times; this is the first path." if of > 1 else ""
        prompt = f"Backward through {via}: what does it contribute to {name}?{also}"
        return Question(step.number, prompt, brought, _shown(story, brought), asked, hint)
    prompt = (
        f"Backward through {via}: {name} is {_shown(story, before)} so far. What is {name} after"
        f" this path ({arrived} of {of})?"
    )
    return Question(step.number, prompt, sum_, _shown(story, sum_), asked, hint)


def _ask_window(story: CellStory, k: int) -> Question | None:
    """What a window makes, or what it brings to the cell that its formula shows."""
    step, walk = story.walk.step(k), story.walk
    where = story.words.progress(step.window).capitalize()
    rule = _formula(story, k)
    if step.slot is None:
        true = _number(walk.trace, step.result)
        name = unicode.text(cell_name(walk, None, step.place))
        asked = f"{where}: {rule}. What is {name}?" if rule else f"{where}: what is {name}?"
    else:
        shown = story.formulas.shown(step)
        if shown is None:
            return None
        before = _number(walk.trace, step.before[shown])
        name = f"d{unicode.text(cell_name(walk, step.slot, step.targets[shown]))}"
        rule = ""
        if not before:
            true = _number(walk.trace, step.contributions[shown])
            asked = f"Backward, {where.lower()}: what does it bring to {name}?"
        else:
            true = _number(walk.trace, step.after[shown])
            so_far = _shown(story, before)
            asked = f"Backward, {where.lower()}: {name} is {so_far} so far. What is it after that?"
    if true is None:
        return None
    return Question(k, asked, true, _shown(story, true), hint=_hint(story, k, rule))


def _number(trace: gv.Trace, value: Any) -> float | None:
    return at(trace, trace.xp.asarray(value), ())


def _formula(story: Story | CellStory, k: int) -> str:
    """The rule of a step, where it takes one line."""
    formula = story.frame(k).formula
    return "" if formula is None or "\n" in formula.alone[0] else formula.alone[0]


def _hint(story: Story | CellStory, k: int, told: str) -> str:
    """What helps with a step: its rule; where that is told already the numbers put in, or how the
    sentence begins.
    """
    formula = story.frame(k).formula
    if formula is None:
        return ""
    rule = "" if "\n" in formula.alone[0] else formula.alone[0]
    if rule and rule != told:
        with_, where = "with ", ", ".join(map(unicode.text, formula.where))
        return f"{rule}, {with_}{where}" if where else rule
    filled = "" if formula.filled is None else unicode.text(formula.filled)
    if filled and "\n" not in filled:
        return f"{unicode.text(formula.left)} = {filled}"
    return story.frame(k).sentence.split(":")[0].rstrip(".")


def _shown(story: Story | CellStory, value: float) -> str:
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


class Again(NamedTuple):
    """A question that went wrong and comes again.

    step   its step.
    due    the number of settled questions after which it comes.
    round  how often it was asked.
    """

    step: int
    due: int
    round: int


@dataclass(frozen=True)
class Quiz:
    """The state of a quiz.

    question  the current question; None when all are answered.
    tries     how often this question was answered wrong.
    last      the verdict on the last answer.
    hinted    whether the hint of this question was shown.
    first, second, helped, missed
              how many were right on the first try, on the second try, after a hint, or missed.
    again     questions that come again; `repeats` how many did, `recovered` how many of them were
              right then.
    round     how often the current question was asked; `reached` is the furthest step asked about.
    """

    question: Question | None
    tries: int = 0
    last: Graded | None = None
    done: bool = False
    first: int = 0
    second: int = 0
    missed: int = 0
    helped: int = 0
    hinted: bool = False
    again: tuple[Again, ...] = ()
    round: int = 1
    reached: int = 0
    repeats: int = 0
    recovered: int = 0

    @property
    def asked(self) -> int:
        """How many questions are settled, each counted once."""
        return self.first + self.second + self.helped + self.missed

    def answer(self, text: str) -> Quiz:
        """The quiz after an answer; `done` is set when the question is settled."""
        if self.question is None or self.done:
            return self
        if asks_for_help(text):
            return self.skip()
        graded = grade(self.question, text)
        if graded.verdict in ("unreadable", "rough"):
            return replace(self, last=graded)
        if graded.verdict == "right":
            return self._settled(graded, right=True)
        if self.tries == 0:
            return replace(self, last=Graded("wrong", f"{graded.says} Try again."), tries=1)
        says = f"{graded.says} The answer is {self.question.shown}."
        return replace(self._settled(Graded("wrong", says), right=False), tries=2)

    def skip(self) -> Quiz:
        """Show a hint, and then the answer, which counts as missed."""
        if self.question is None or self.done:
            return self
        if self.question.hint and not self.hinted:
            says = Graded("unreadable", f"Hint: {self.question.hint}.")
            return replace(self, last=says, hinted=True)
        says = Graded("wrong", f"The answer is {self.question.shown}.")
        return self._settled(says, right=False)

    def _settled(self, graded: Graded, *, right: bool) -> Quiz:
        """With the question settled; one that went wrong comes again."""
        assert self.question is not None
        settled = replace(self, last=graded, done=True)
        if self.round > 1:
            counted = replace(
                settled, repeats=self.repeats + 1, recovered=self.recovered + bool(right)
            )
        elif not right:
            counted = replace(settled, missed=self.missed + 1)
        elif self.hinted:
            counted = replace(settled, helped=self.helped + 1)
        elif self.tries:
            counted = replace(settled, second=self.second + 1)
        else:
            counted = replace(settled, first=self.first + 1)
        smooth = right and not self.tries and not self.hinted
        if smooth or self.round == ROUNDS:
            return counted
        due = counted.asked + counted.repeats + SOON
        return replace(counted, again=(*self.again, Again(self.question.step, due, self.round + 1)))

    def next(self, story: Story | CellStory, after: int) -> Quiz:
        """The next question after a step: one that went wrong a while ago, else a new one, and
        when there is none what is still to come again.
        """
        passed = self.asked + self.repeats
        due = next((one for one in self.again if one.due <= passed), None)
        following = None
        if due is None:
            following = next(iter(questions(story, max(after, self.reached))), None)
            due = self.again[0] if following is None and self.again else None
        turn = replace(self, tries=0, last=None, done=False, hinted=False, round=1)
        if due is not None:
            left = tuple(one for one in self.again if one is not due)
            return replace(turn, question=_once_more(story, due), again=left, round=due.round)
        reached = self.reached if following is None else following.step
        return replace(turn, question=following, reached=reached)

    @property
    def score(self) -> str:
        """The score in words."""
        if not self.asked:
            return "No question was answered."
        parts = [f"{self.first} of {self.asked} right on the first try"]
        if self.second:
            parts.append(f"{self.second} on the second try")
        if self.helped:
            parts.append(f"{self.helped} after a hint")
        if self.missed:
            parts.append(f"{self.missed} missed")
        if self.repeats:
            parts.append(f"{self.recovered} of {self.repeats} right when asked again")
        return ", ".join(parts) + "."


def _once_more(story: Story | CellStory, again: Again) -> Question | None:
    """A question again, and said so."""
    found = ask(story, again.step)
    return None if found is None else replace(found, prompt=f"Once more. {found.prompt}")
