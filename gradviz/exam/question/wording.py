"""What the kinds share: how a graph is given in words, and test cases made from a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gradviz.exam.answers.forms import Choice, Drawing, Matrix, Numeric, Ordering, Symbolic
from gradviz.exam.kinds import Samples
from gradviz.exam.question.nice import Sample
from gradviz.exam.question.question import Figure, Part, Question
from gradviz.exam.question.text import Text, decimal, equation, given, nested
from gradviz.story.maths.tree import Maths


def stem(sample: Sample) -> tuple[Text, ...]:
    """What is given: the statements and the inputs' values."""
    return (
        statements(sample.run.source),
        ("The inputs are ", *given(dict(sample.run.values)), "."),
    )


def statements(source: str) -> Text:
    """`Let a = x + y and f = a · z.`"""
    said: list[str | Maths] = ["Let "]
    parts = [s.split(" = ", 1) for s in source.split("; ")]
    for i, (name, right) in enumerate(parts):
        said += [] if not i else [" and " if i == len(parts) - 1 else ", "]
        said.append(equation(name, right))
    return (*said, ".")


def figure(sample: Sample) -> Figure:
    """The graph with its inputs' values."""
    return Figure(sample.run.source, values=sample.run.values)


def right_answer(part: Part) -> str:
    """The key of a part as a student would write it; nothing for a drawing."""
    answer = part.answer
    if isinstance(answer, Numeric):
        return decimal(answer.key)
    if isinstance(answer, Matrix):
        return nested(answer.rows[0] if answer.is_vector else answer.rows)
    if isinstance(answer, Symbolic):
        return answer.source
    places = (
        answer.right
        if isinstance(answer, Choice)
        else answer.key
        if isinstance(answer, Ordering)
        else ()
    )
    return ", ".join(chr(ord("A") + i) for i in places)


def wrong_answers(part: Part) -> Iterator[str]:
    """Answers that do not earn everything: every expected mistake, and one beside the key."""
    answer = part.answer
    if isinstance(answer, Numeric):
        yield decimal(answer.key + 3 * answer.tolerance)
        yield from (decimal(w.value) for w in answer.wrong)
    elif isinstance(answer, Matrix):
        yield from (nested(w.rows) for w in answer.wrong)
        yield nested(tuple(tuple(v + 1 for v in row) for row in answer.rows))
    elif isinstance(answer, Symbolic):
        yield f"{answer.source} + 1"
        yield from (w.source for w in answer.wrong)
    elif isinstance(answer, Choice):
        wrong = [i for i, option in enumerate(answer.options) if not option.correct]
        yield from (chr(ord("A") + i) for i in wrong)
        if answer.several and len(answer.right) > 1:
            yield chr(ord("A") + answer.right[0])
    elif isinstance(answer, Ordering):
        turned = (answer.key[1], answer.key[0], *answer.key[2:])
        yield ", ".join(chr(ord("A") + i) for i in turned)
    elif isinstance(answer, Drawing):
        yield from ("0", "1/2", "75%")


MALFORMED: Mapping[type, tuple[str, ...]] = {
    Numeric: ("no idea", "1/0", "4 5", "2 * 3 = 6!", "--1", "1e999"),
    Matrix: ("none", "[[1, 2], [3]]", "1 2; 3"),
    Symbolic: ("x +", "__import__('os')", "9**9**9**9", "x if y else z", "zeta + 1"),
    Choice: ("?", "Z", "17"),
    Ordering: ("?", "first", "Z, Y"),
    Drawing: ("a nice graph", "2", "-1"),
}


WHOLE = "1"
"""The share of its points that a person gives for a drawing without a fault."""


def samples(question: Question) -> Samples:
    """Test cases by the forms of the answers: all right; one part wrong, the rest right; each part
    unreadable.
    """
    right = {part.id: right_answer(part) or WHOLE for part in question.parts}
    wrong = [right | {part.id: text} for part in question.parts for text in wrong_answers(part)]
    malformed = [
        {part.id: text} for part in question.parts for text in MALFORMED[type(part.answer)]
    ]
    return Samples((right,), tuple(wrong), tuple(malformed))
