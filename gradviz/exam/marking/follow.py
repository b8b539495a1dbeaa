"""Follow-through: what a later part should be, given what the student wrote for the earlier
ones.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from gradviz.exam.answers.forms import Numeric
from gradviz.exam.marking import reading
from gradviz.exam.marking.reading import UnreadableError
from gradviz.exam.question.question import Part, Question, parsed
from gradviz.mistakes import Case

PREFIX = "part_"
REFERENCE = re.compile(rf"\b{PREFIX}(\w+)\b")


def earlier(part: Part) -> tuple[str, ...]:
    """The ids of the parts that this one follows from."""
    return tuple(dict.fromkeys(REFERENCE.findall(part.follows)))


def expected(part: Part, answers: Mapping[str, Fraction]) -> Fraction:
    """The part's answer that follows from earlier ones."""
    case = Case(
        part.follows,
        {n.name: answers[n.name.removeprefix(PREFIX)] for n in parsed(part.follows).inputs},
    )
    return Fraction(case.output)


def follow_through(question: Question, part: Part, answers: Mapping[str, str]) -> Fraction | None:
    """What the part should be from the student's own earlier numbers.

    None where none of them can be read, or nothing follows from them, as from the logarithm of a
    negative number. What is blank or unreadable counts as its key: nobody loses the later marks for
    it.
    """
    given: dict[str, Fraction] = {}
    own = False
    for name in earlier(part):
        answer = question.part(name).answer
        assert isinstance(answer, Numeric)
        try:
            found = reading.numbers(answers.get(name, ""))
            given[name], own = found[0], True
        except UnreadableError:
            given[name] = answer.key
    try:
        return expected(part, given) if own else None
    except (ArithmeticError, ValueError):
        return None
