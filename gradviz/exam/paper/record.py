"""The record of a paper: all that is needed to mark it again, whatever later versions ask.

Questions are written down as plain data, with every key, tolerance, mistake and rule to follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

import msgspec

from gradviz.exam import answers
from gradviz.exam.answers import Answer
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.paper.roster import Student
from gradviz.exam.paper.spec import Exam
from gradviz.exam.question.identity import Identity
from gradviz.exam.question.question import Difficulty, Draft, Part, Question
from gradviz.exam.text import plain
from gradviz.story.maths import Maths


class RecordedPart(msgspec.Struct, frozen=True):
    """One part; `answer` has the name of its form in `form`, beside the form's own fields."""

    id: str
    prompt: str
    answer: dict[str, Any]
    points: int = 1
    follows: str = ""


class Recorded(msgspec.Struct, frozen=True):
    """One question in its place."""

    number: int
    points: int
    version: str
    kind: str
    level: int
    place: str
    text: tuple[str, ...]
    parts: tuple[RecordedPart, ...]


def recorded(paper: Paper) -> tuple[Recorded, ...]:
    """The record of a paper's questions. The seed is not in it."""
    return tuple(map(_recorded, paper.items))


def _recorded(item: Item) -> Recorded:
    question = item.question
    identity = question.identity
    return Recorded(
        item.number,
        item.points,
        identity.version,
        identity.kind,
        identity.level,
        identity.place,
        tuple(map(plain, question.text)),
        tuple(
            RecordedPart(
                part.id,
                plain(part.prompt),
                {"form": part.answer.name} | _data(part.answer),
                part.points,
                part.follows,
            )
            for part in question.parts
        ),
    )


def _data(value: Any) -> Any:
    """Plain data: fractions and mathematics as text, and what equals its default left out."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Maths):
        return plain((value,))
    if is_dataclass(value):
        return {
            field.name: _data(getattr(value, field.name))
            for field in fields(value)
            if getattr(value, field.name) != field.default
        }
    return [_data(v) for v in value] if isinstance(value, tuple) else value


def restored(exam: Exam, student: Student, variant: str, record: Iterable[Recorded]) -> Paper:
    """The paper of a record, to be marked.

    Raises msgspec.ValidationError for a record that does not fit its forms of answers.
    """
    items = tuple(_item(row, student) for row in record)
    return Paper(exam, student, (("", items),), variant)


def _item(row: Recorded, student: Student) -> Item:
    parts = tuple(
        Part(part.id, (part.prompt,), _answer(part.answer), part.points, part.follows)
        for part in row.parts
    )
    identity = Identity(row.kind, row.level, f"/{row.place}", student.id, row.version)
    draft = Draft(tuple((text,) for text in row.text), parts, Difficulty(0))
    return Item(row.number, Question(identity, draft), row.points)


def _answer(data: dict[str, Any]) -> Answer:
    own = {name: value for name, value in data.items() if name != "form"}
    form = answers.every()[data["form"]]
    return msgspec.convert(own, form, dec_hook=lambda kind, text: kind(text))
