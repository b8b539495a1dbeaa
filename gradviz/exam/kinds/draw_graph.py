"""A graph to be drawn by hand, with the values of its forward pass."""

from __future__ import annotations

from gradviz.exam.answers.drawing import Drawing
from gradviz.exam.kinds import Kind
from gradviz.exam.question.given import stem
from gradviz.exam.question.question import Draft, Figure, Part, Solution, fractions
from gradviz.exam.question.sample import difficulty, nice_sample
from gradviz.exam.stream import Stream
from gradviz.exam.text import say

HEIGHTS = {1: 5, 2: 6, 3: 7}


def generate(stream: Stream, level: int) -> Draft:
    """Ask for a drawing of a random graph."""
    sample = nice_sample(stream, level)
    values = tuple((name, fractions(sample.value(node))) for node, name in sample.labels.items())
    forward = tuple(range(1, len(sample.trace.forward_nodes) + 1))
    return Draft(
        (
            *stem(sample),
            say(
                "Draw the computation graph, with a circle for each operation and a wire for each"
                " use of a value. Above each wire, write its value in the forward pass."
            ),
        ),
        (Part("", (), Drawing(HEIGHTS[level])),),
        difficulty(sample),
        Solution(run=sample.run, steps=forward, figure=Figure(sample.run.source, values)),
    )


KIND = Kind("draw-graph", "Draw a computation graph", generate)
