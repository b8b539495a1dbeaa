"""The kinds of questions, one file a kind; the files of the folder are all there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from gradviz import plugins
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.exam.marking.grading import Mark, mark
from gradviz.exam.question.identity import Stream
from gradviz.exam.question.question import Draft, Question

Answers = Mapping[str, str]
"""What a student wrote, by the id of the part."""


@dataclass(frozen=True, slots=True)
class Samples:
    """A kind's own test cases for one question: answers that earn everything, not everything, and
    what cannot be read.
    """

    right: tuple[Answers, ...]
    wrong: tuple[Answers, ...]
    malformed: tuple[Answers, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    generate  `(stream, level)`: a draft; raises `gradviz.exam.question.nice.UnfitError` to be
              called with another stream.
    samples   `(question)`: its own right, wrong and malformed answers.
    grade     `(question, answers)`: the mark; by the forms of the parts' answers unless a kind
              knows better.
    """

    name: str
    title: str
    generate: Callable[[Stream, int], Draft]
    samples: Callable[[Question], Samples]
    grade: Callable[[Question, Answers], Mark] = mark
    levels: tuple[int, ...] = (1, 2, 3)


def grade(question: Question, answers: Mapping[str, object] | object) -> Mark:
    """The mark that a question's own kind gives. Never raises for what somebody answers.

    answers  by the id of the part, or the answer to the only part; None is blank, and a number or a
             list is as good as its text.
    Raises ValueInputError for the id of a part that the question does not have.
    """
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
            "the answers do not belong to the question's parts",
            where=f"question {question.id}",
            expected=f"answers by part: {', '.join(map(repr, ids))}",
            got=repr(answers)[:80],
        )
    return get(question.kind).grade(question, given)


@cache
def every() -> Mapping[str, Kind]:
    """All kinds by name."""
    found = plugins.declared(__name__, "KIND")
    return {kind.name: kind for kind in sorted(found, key=lambda k: k.name)}


def get(name: str, level: int | None = None) -> Kind:
    """The kind of this name.

    Raises UnknownNameError, and ValueInputError for a level that it does not have.
    """
    known = every()
    if name not in known:
        raise UnknownNameError(
            f"there is no kind of question {name!r:.60}",
            expected=", ".join(known),
            hint=did_you_mean(str(name), known),
        )
    kind = known[name]
    if level is not None and level not in kind.levels:
        raise ValueInputError(
            f"{name} has no level {level}",
            expected=f"one of {', '.join(map(str, kind.levels))}",
            got=level,
        )
    return kind
