"""The gradient at a node of a graph of scalars, as a number."""

from __future__ import annotations

from gradviz.exam.answers.forms import Numeric, Wrong
from gradviz.exam.kinds import Kind, Samples
from gradviz.exam.question.distractors import wrong_gradients
from gradviz.exam.question.identity import Stream
from gradviz.exam.question.nice import Sample, difficulty, is_telling, nice_sample, require
from gradviz.exam.question.question import Draft, Part, Question, Solution
from gradviz.exam.question.text import decimal, derivative, say
from gradviz.exam.question.wording import figure, samples, stem

FEWEST = 2
"""So many different mistakes must be told apart by their numbers."""


def drawn(
    stream: Stream, level: int, fewest: int = FEWEST
) -> tuple[Sample, int, tuple[Wrong, ...]]:
    """A nice graph, a node to ask about (a branch where there is one), and what mistakes make of
    its gradient.
    """
    sample = nice_sample(stream, level)
    nodes = [n.id for n in sample.case.graph.nodes if n.id != sample.case.graph.output]
    node = stream.pick([n for n in sample.branching if n in nodes] or nodes)
    require(is_telling(sample.gradient(node)) and sample.gradient(node) != sample.value(node))
    wrong = wrong_gradients(sample, node)
    require(len(wrong) >= fewest)
    return sample.proved(node), node, wrong


def generate(stream: Stream, level: int) -> Draft:
    """Ask for df/dv at one node."""
    sample, node, wrong = drawn(stream, level)
    asked = derivative("f", sample.labels[node])
    return Draft(
        (
            *stem(sample),
            say("Run the forward and the backward pass. What is {asked}?", asked=asked),
        ),
        (Part("", (asked, " ="), Numeric(sample.gradient(node), wrong=wrong)),),
        difficulty(sample),
        Solution(run=sample.run),
        figure(sample),
    )


def own_samples(question: Question) -> Samples:
    """The usual ones, and a number as people write it."""
    usual, answer = samples(question), question.parts[0].answer
    assert isinstance(answer, Numeric)
    key = decimal(answer.key)
    more = (
        {"": key.replace("-", "−")},
        {"": key.replace(".", ",")},
        {"": f"{key} units"},
        {"": f"x = {key}"},
    )
    return Samples((*usual.right, *more), usual.wrong, usual.malformed)


KIND = Kind("gradient", "Gradient at a node", generate, own_samples)
