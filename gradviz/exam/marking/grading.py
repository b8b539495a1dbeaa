"""Marking one question: right, right from a wrong start, partly right, wrong, blank, or
unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.marking import reading
from gradviz.exam.marking.follow import follow_through
from gradviz.exam.marking.reading import UnreadableError
from gradviz.exam.question.question import Part, Question

Verdict = Literal["right", "follows", "partly", "wrong", "blank", "unreadable", "by hand"]


@dataclass(frozen=True, slots=True)
class PartMark:
    """The mark of one part.

    credit         from 0 to 1.
    misconception  the likely one, by its name; empty where there is none.
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
        """From 0 to 1, weighed by the parts' points."""
        total = sum(
            (p.credit * w for p, w in zip(self.parts, self.points, strict=True)), Fraction(0)
        )
        return total / sum(self.points)


def mark(question: Question, answers: Mapping[str, str]) -> Mark:
    """Mark answers by part id; what is missing is blank.

    Never raises for anything a student writes.
    """
    marks = tuple(_part(question, part, answers) for part in question.parts)
    return Mark(marks, tuple(part.points for part in question.parts))


def _part(question: Question, part: Part, answers: Mapping[str, str]) -> PartMark:
    text = answers.get(part.id, "").strip()
    if isinstance(part.answer, Drawing):
        return _by_hand(part.id, text)
    if not text:
        return PartMark(part.id, Fraction(0), "blank")
    try:
        found = _marked(part, text)
        if found.credit < 1 and part.follows:
            followed = follow_through(question, part, answers)
            if followed is not None and _is_near(text, followed, part):
                says = "This follows rightly from your earlier answer."
                return PartMark(part.id, Fraction(1), "follows", says=says)
    except UnreadableError as error:
        return PartMark(part.id, Fraction(0), "unreadable", says=f"{error}.")
    return found


def _by_hand(id: str, text: str) -> PartMark:
    """The share that a person gave, from 0 to 1 or in percent; anything else waits for one."""
    try:
        share = min(reading.numbers(text))
    except UnreadableError:
        share = Fraction(-1)
    if not 0 <= share <= 1:
        return PartMark(
            id, Fraction(0), "by hand", says="A person marks this: from 0 to 1, or in percent."
        )
    verdict: Verdict = "right" if share == 1 else "partly" if share else "wrong"
    return PartMark(id, share, verdict, says="Marked by hand.")


def _is_near(text: str, value: Fraction, part: Part) -> bool:
    assert isinstance(part.answer, Numeric)
    return any(abs(n - value) <= part.answer.tolerance for n in reading.numbers(text))


def _marked(part: Part, text: str) -> PartMark:
    answer = part.answer
    if isinstance(answer, Numeric):
        return _numeric(part.id, answer, text)
    if isinstance(answer, Choice):
        return _choice(part.id, answer, text)
    if isinstance(answer, Matrix):
        return _matrix(part.id, answer, text)
    if isinstance(answer, Symbolic):
        return _symbolic(part.id, answer, text)
    assert isinstance(answer, Ordering)
    return _ordering(part.id, answer, text)


def _right(id: str) -> PartMark:
    return PartMark(id, Fraction(1), "right", says="That is right.")


def _wrong(id: str, misconception: str = "", says: str = "") -> PartMark:
    return PartMark(id, Fraction(0), "wrong", misconception, says)


def _numeric(id: str, answer: Numeric, text: str) -> PartMark:
    readings = reading.numbers(text)
    if any(abs(n - answer.key) <= answer.tolerance for n in readings):
        return _right(id)
    for wrong in answer.wrong:
        if any(abs(n - wrong.value) <= answer.tolerance for n in readings):
            return _wrong(id, wrong.misconception, wrong.feedback)
    return _wrong(id)


def _choice(id: str, answer: Choice, text: str) -> PartMark:
    chosen, right = set(reading.choice(text, len(answer.options))), set(answer.right)
    if not answer.several and len(chosen) > 1:
        raise UnreadableError("more than one option is chosen, where one is right")
    if chosen == right:
        return _right(id)
    slips = sorted(chosen - right)
    first = answer.options[slips[0]] if slips else None
    hits = len(chosen & right) - len(slips)
    credit = Fraction(max(hits, 0), len(right)) if answer.several else Fraction(0)
    says = first.feedback if first else "Something is missing."
    return PartMark(
        id, credit, "partly" if credit else "wrong", first.misconception if first else "", says
    )


def _matrix(id: str, answer: Matrix, text: str) -> PartMark:
    rows = reading.matrix(text)
    if answer.is_vector and len(rows) > 1 and len(rows[0]) == 1:
        rows = (tuple(row[0] for row in rows),)  # a column is as good
    if _near(rows, answer.rows, answer.tolerance):
        return _right(id)
    for wrong in answer.wrong:
        if _near(rows, wrong.rows, answer.tolerance):
            return _wrong(id, wrong.misconception, wrong.feedback)
    if (len(rows), len(rows[0])) != (len(answer.rows), len(answer.rows[0])):
        shape = f"{len(answer.rows)}×{len(answer.rows[0])}"
        return _wrong(
            id, says=f"The shape is {shape}: a gradient has the shape of what it belongs to."
        )
    pairs = [
        (a, b) for x, y in zip(rows, answer.rows, strict=True) for a, b in zip(x, y, strict=True)
    ]
    hits = sum(abs(a - b) <= answer.tolerance for a, b in pairs)
    if 2 * hits < len(pairs):
        return _wrong(id)
    return PartMark(
        id,
        Fraction(hits, 2 * len(pairs)),
        "partly",
        says=f"{hits} of {len(pairs)} entries are right.",
    )


def _near(
    a: tuple[tuple[Fraction, ...], ...], b: tuple[tuple[Fraction, ...], ...], tolerance: Fraction
) -> bool:
    if [len(row) for row in a] != [len(row) for row in b]:
        return False
    return all(
        abs(x - y) <= tolerance
        for p, q in zip(a, b, strict=True)
        for x, y in zip(p, q, strict=True)
    )


def _symbolic(id: str, answer: Symbolic, text: str) -> PartMark:
    given = reading.expression(text, answer.variables)
    if reading.equal(given, reading.expression(answer.source, answer.variables), answer.variables):
        return _right(id)
    for wrong in answer.wrong:
        if reading.equal(
            given, reading.expression(wrong.source, answer.variables), answer.variables
        ):
            return _wrong(id, wrong.misconception, wrong.feedback)
    return _wrong(id)


def _ordering(id: str, answer: Ordering, text: str) -> PartMark:
    order = reading.choice(text, len(answer.items))
    if order == answer.key:
        return _right(id)
    place = {item: i for i, item in enumerate(order)}
    pairs = [(a, b) for i, a in enumerate(answer.key) for b in answer.key[i + 1 :]]
    kept = sum(a in place and b in place and place[a] < place[b] for a, b in pairs)
    # Half of all pairs stand right by chance, so only more than that earns something.
    credit = max(Fraction(2 * kept - len(pairs), len(pairs)), Fraction(0)) / 2
    return PartMark(
        id,
        credit,
        "partly" if credit else "wrong",
        says=f"{kept} of {len(pairs)} pairs stand in the right order.",
    )
