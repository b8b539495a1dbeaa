"""A graph as given in a question: in words, with its inputs' values, and as a figure."""

from __future__ import annotations

from gradviz.exam.question.question import Figure
from gradviz.exam.question.sample import Sample
from gradviz.exam.text import Text, equation, given
from gradviz.story.maths import Maths


def stem(sample: Sample) -> tuple[Text, ...]:
    """The given statements and input values."""
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
