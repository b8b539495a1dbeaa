"""The backward pass of max and average pooling, by hand."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import as_rows, wrong_matrices
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import difficulty, sample
from gradviz.exam.question.short_numbers import matrix, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import numeral, say
from gradviz.story.maths import M

OPS = {1: ("max", 4, 2), 2: ("average", 4, 2), 3: ("max", 3, 1)}
"""The pooling, the side length of its input and its stride, by level; windows are 2×2."""


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 max pooling, 2 average pooling, 3 max pooling with overlapping windows."""
    name, side, stride = OPS[level]
    op = "maxpool2d" if name == "max" else "avgpool2d"
    cells = stream.shuffled([Fraction(n) for n in range(-4, 13)])[: side * side]
    x = tuple(tuple(cells[i * side : (i + 1) * side]) for i in range(side))
    scale = 4 if name == "average" else 1
    g = tuple(tuple(v * scale for v in row) for row in matrix(stream, 2, 2))
    flat = [v for row in g for v in row]
    require(0 not in flat and len(set(flat)) >= 3)
    layer = f"y = {op}(x, 2, stride={stride})"
    made = sample(f"{layer}; f = sum(g*y)", {"x": x, "g": g})
    node = made.id("x")
    key = as_rows(made.gradient(node))
    wrong = wrong_matrices(made, node, (op,))
    require(
        len(wrong) >= 2
        and (level < 3 or any(w.misconception == "windows-overwrite" for w in wrong))
    )
    steps = tuple(
        s.number
        for s in made.trace.steps
        if s.kind != "seed" and made.case.graph.nodes[s.node].op == op
    )
    return Draft(
        (
            say(
                f"The input to {name} pooling with 2×2 windows and a stride of {stride} is {{x}}.",
                x=M.relation("=", M.name("x"), numeral(x)),
            ),
            say(
                "The upstream gradient at its output y is {g}.",
                g=M.relation("=", M.differential(M.name("y")), numeral(g)),
            ),
            say("Give the gradient of x."),
        ),
        (Part("", (M.differential(M.name("x")), " ="), Matrix(key, wrong=wrong)),),
        difficulty(made),
        Solution(run=made.run, steps=steps),
        Figure(layer, (("x", x),), (("y", g),), form="grids"),
    )


KIND = Kind("pool-backward", "Gradients of max and average pooling", generate)
