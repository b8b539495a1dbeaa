"""Marking one question part by part.

A part is right, right given an earlier wrong answer, partly right, wrong, blank or unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

from gradviz.errors import ValueInputError
from gradviz.exam.answers import Judgement, UnreadableError, Verdict
from gradviz.exam.answers.number import Numeric, numbers
from gradviz.exam.question.question import PREFIX, Part, Question, parsed
from gradviz.mistakes import Case

REFERENCE = re.compile(rf"\b{PREFIX}(\w+)\b")


UNEARNED = (0, 1, -1)
"""Numbers that earn nothing by following from a wrong one: they also come from giving up."""


@dataclass(frozen=True, slots=True)
class PartMark:
    """The mark of one part.

    credit         from 0 to 1.
    misconception  the name of the likely mistake; empty if there is none.
    says           a sentence to the student.
    """

    id: str
    credit: Fraction
    verdict: Verdict
    misconception: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a question, part by part."""

    parts: tuple[PartMark, ...]
    points: tuple[int, ...]

    @property
    def credit(self) -> Fraction:
        """The credit from 0 to 1, weighted by the parts' points."""
        total = sum(
            (p.credit * w for p, w in zip(self.parts, self.points, strict=True)), Fraction(0)
        )
        return total / sum(self.points)


def grade(question: Question, answers: Mapping[str, object] | object) -> Mark:
    """The mark of a question. No answer, however malformed, raises an error.

    answers  by the id of the part, or the answer to the only part; None is blank, and a number or a
             list counts as its text.
    Raises ValueInputError for the id of a part that the question does not have.
    """
    if not isinstance(question, Question):
        raise ValueInputError(
            "only a question can be marked", expected="gv.exam.question(…)", got=f"{question!r:.60}"
        )
    ids = [part.id for part in question.parts]
    by_part = (
        answers
        if isinstance(answers, Mapping)
        else {ids[0]: answers}
        if len(ids) == 1
        else {"": answers}
    )
    given = {part: "" if answer is None else str(answer) for part, answer in by_part.items()}
    if not set(given) <= set(ids):
        raise ValueInputError(
            "the answers do not match the question's parts",
            where=f"question {question.id}",
            expected=f"answers by part: {', '.join(map(repr, ids))}",
            got=repr(answers)[:80],
        )
    return mark(question, given)


def mark(question: Question, answers: Mapping[str, str]) -> Mark:
    """Mark answers by part id; missing answers are blank.

    No answer, however malformed, raises an error.
    """
    marks = []
    for part in question.parts:
        found = _judged(question, part, answers)
        marks.append(
            PartMark(part.id, found.credit, found.verdict, found.misconception, found.says)
        )
    return Mark(tuple(marks), tuple(part.points for part in question.parts))


def _judged(question: Question, part: Part, answers: Mapping[str, str]) -> Judgement:
    text = answers.get(part.id, "").strip()
    if not text and not part.answer.by_hand:
        return Judgement(Fraction(0), "blank")
    try:
        found = part.answer.mark(text)
        if found.credit < 1 and part.follows and _follows(question, part, answers):
            says = "This follows correctly from your earlier answer."
            return Judgement(Fraction(1), "follows", says=says)
    except UnreadableError as error:
        return Judgement(Fraction(0), "unreadable", says=f"{error}.")
    return found


def _follows(question: Question, part: Part, answers: Mapping[str, str]) -> bool:
    assert isinstance(part.answer, Numeric)
    followed = follow_through(question, part, answers)
    if _is_one_number(answers):
        return False
    if followed is None or any(part.answer.is_near([followed], Fraction(n)) for n in UNEARNED):
        return False
    return part.answer.is_near(numbers(answers[part.id]), followed)


def _is_one_number(answers: Mapping[str, str]) -> bool:
    """Whether several parts were all answered with the same number, which is copied, not worked."""
    given = list[Fraction]()
    for text in answers.values():
        with suppress(UnreadableError):
            given.append(numbers(text)[0])
    return len(given) > 2 and len(set(given)) == 1


def earlier(part: Part) -> tuple[str, ...]:
    """The ids of the parts that this one follows from."""
    return tuple(dict.fromkeys(REFERENCE.findall(part.follows)))


def expected(part: Part, answers: Mapping[str, Fraction]) -> Fraction:
    """The answer to the part that follows from earlier answers."""
    case = Case(
        part.follows,
        {n.name: answers[n.name.removeprefix(PREFIX)] for n in parsed(part.follows).inputs},
    )
    return Fraction(case.output)


def follow_through(question: Question, part: Part, answers: Mapping[str, str]) -> Fraction | None:
    """The right answer to the part given the student's own earlier numbers.

    None if it does not depend on them, or if nothing follows from them, as with the logarithm of a
    negative number. Blank or unreadable answers count as their keys, so that they cost no later
    marks.
    """
    keys: dict[str, Fraction] = {}
    for name in earlier(part):
        answer = question.part(name).answer
        assert isinstance(answer, Numeric)
        keys[name] = answer.key
    given = dict(keys)
    for name in keys:
        with suppress(UnreadableError):
            given[name] = numbers(answers.get(name, ""))[0]
    try:
        followed = expected(part, given)
        return followed if followed != expected(part, keys) else None
    except (ArithmeticError, ValueError):
        return None
