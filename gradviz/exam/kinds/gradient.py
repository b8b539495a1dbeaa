"""The gradient at a node of a graph of scalars, as a number."""

from __future__ import annotations

from gradviz.exam.answers.number import Numeric, Wrong
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import wrong_gradients
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.question import Draft, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, nice_sample
from gradviz.exam.question.short_numbers import is_telling, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, say

FEWEST = 2
"""The least number of mistakes that must give different numbers."""


def drawn(
    stream: Stream, level: int, fewest: int = FEWEST
) -> tuple[Sample, int, tuple[Wrong, ...]]:
    """A suitable graph, a node to ask about (a branch, if any), and its wrong gradients."""
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


KIND = Kind("gradient", "Gradient at a node", generate)
