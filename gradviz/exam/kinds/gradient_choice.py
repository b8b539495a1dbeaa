"""The gradient at a node, chosen from the results of likely mistakes."""

from __future__ import annotations

from gradviz.exam.answers.choice import Choice
from gradviz.exam.kinds import Kind
from gradviz.exam.kinds.gradient import drawn
from gradviz.exam.question.distractors import options
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.question import Draft, Part, Solution
from gradviz.exam.question.sample import difficulty
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, say


def generate(stream: Stream, level: int) -> Draft:
    """Ask for df/dv at one node; four options."""
    sample, node, wrong = drawn(stream, level, 3)
    found = options(stream, sample.gradient(node), wrong)
    asked = derivative("f", sample.labels[node])
    return Draft(
        (*stem(sample), say("Which of these is {asked}?", asked=asked)),
        (Part("", (), Choice(found)),),
        difficulty(sample),
        Solution(run=sample.run),
        figure(sample),
    )


KIND = Kind("gradient-choice", "Gradient at a node, multiple choice", generate)
