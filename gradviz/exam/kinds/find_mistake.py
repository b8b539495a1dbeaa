"""A backward pass with one mistake in it: which line is wrong?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gradviz.exam.answers.choice import Choice, Option
from gradviz.exam.kinds import Kind
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.keys import KeyMismatchError
from gradviz.exam.question.question import Draft, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, nice_sample
from gradviz.exam.question.short_numbers import is_short, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, derivative, numeral, say
from gradviz.graph.graph import Edge
from gradviz.mistakes import XP, Mistake, Pass
from gradviz.story.maths import M

FEWEST = 3


@dataclass(frozen=True)
class Line:
    """One line of a student's backward pass: a contribution, or a sum at a branch."""

    text: Text
    is_right: bool
    edge: Edge


def generate(stream: Stream, level: int) -> Draft:
    """Show every line; exactly one does not follow from those before it."""
    sample = nice_sample(stream, level)
    mistakes = [
        (m, done)
        for m, done in sample.mistakes
        if done.first is not None and _is_whole(sample, done)
    ]
    require(bool(mistakes))
    mistake, done = stream.pick(mistakes)
    lines = _lines(sample, done)
    require(len(lines) >= FEWEST and sum(not line.is_right for line in lines) == 1)
    require(sum(v == 0 for v in done.contributions.values()) * 3 <= len(lines))
    wrong = next(line for line in lines if not line.is_right)
    if wrong.edge != done.first:
        raise KeyMismatchError(
            "the wrong line is not where the rule was changed", expected=done.first, got=wrong.edge
        )
    return Draft(
        (
            *stem(sample),
            say(
                "A student ran the backward pass. One line does not follow from the lines before"
                " it. Which one?"
            ),
        ),
        (Part("", (), Choice(tuple(_option(line, mistake, sample) for line in lines))),),
        difficulty(sample),
        Solution((say(mistake.feedback),), sample.run),
        figure(sample),
    )


def _is_whole(sample: Sample, done: Pass) -> bool:
    """Whether all wrong numbers are short too."""
    shapes = all(XP.shape(v) == () for v in done.contributions.values())
    return shapes and all(
        is_short(v)
        for v in (*done.contributions.values(), *(g for g in done.gradients if g is not None))
    )


def _lines(sample: Sample, done: Pass) -> list[Line]:
    """The lines in the order of the backward pass.

    A line is right if it follows from the lines before it.
    """
    arrived, lines = dict[int, list[Fraction]](), list[Line]()
    for edge in sample.edges:
        brought = done.contributions[edge]
        right = brought == done.gradients[edge.target] * sample.case.slope(edge)
        asked, uses = derivative("f", sample.labels[edge.source]), sample.uses[edge.source]
        if uses == 1:
            lines.append(Line((M.relation("=", asked, numeral(brought)),), right, edge))
            continue
        through = M.name(sample.labels[edge.target])
        said = say(
            "{name} receives {brought} through {through}",
            name=M.name(sample.labels[edge.source]),
            brought=brought,
            through=through,
        )
        lines.append(Line(said, right, edge))
        arrived.setdefault(edge.source, []).append(brought)
        if len(arrived[edge.source]) == uses:
            total = done.gradients[edge.source]
            lines.append(
                Line(
                    (M.relation("=", asked, numeral(total)),),
                    total == sum(arrived[edge.source]),
                    edge,
                )
            )
    return lines


def _option(line: Line, mistake: Mistake, sample: Sample) -> Option:
    step = sample.trace.step_of(line.edge)
    if not line.is_right:
        return Option(line.text, True, mistake.feedback, step=step)
    return Option(
        line.text, False, "This line follows from the lines before it.", "right-line-accused", step
    )


KIND = Kind("find-mistake", "Find the mistake", generate, levels=(2, 3))
