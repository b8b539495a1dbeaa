"""A convolution of one channel by hand: its output, and the gradient of its kernel."""

from __future__ import annotations

from typing import Any

from gradviz.exam.answers.matrix import Matrix, WrongMatrix
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import as_rows, wrong_matrices
from gradviz.exam.question.keys import KeyMismatchError
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, sample
from gradviz.exam.question.short_numbers import matrix, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, numeral, say
from gradviz.mistakes import XP, about
from gradviz.mistakes.formulas import convolved
from gradviz.story.maths import M


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 asks for the output, 2 for it with stride and padding, 3 for the output and dw."""
    stride, padding = (2, 1) if level == 2 else (1, 0)
    side, kernel = (4, 2) if level == 2 else (3, 2)
    x, w = matrix(stream, side, side, 4), matrix(stream, kernel, kernel, 2)
    out = (side + 2 * padding - kernel) // stride + 1
    g = matrix(stream, out, out, 2)
    require(
        all(v != 0 for row in (*w, *g) for v in row) and len({v for row in w for v in row}) >= 2
    )
    layer = f"y = conv2d(x, w, stride={stride}, padding={padding})"
    made = sample(f"{layer}; f = sum(g*y)", {"x": (x,), "w": ((w,),), "g": (g,)})
    value = made.value(made.id("y"))[0]
    by_cells = convolved(XP.asarray(x), XP.asarray(w), stride, padding)
    if not (value == by_cells).all():
        raise KeyMismatchError(
            "two ways to compute a convolution disagree: no paper is made",
            expected=by_cells,
            got=value,
        )
    wrong = _wrong(as_rows(value), XP.asarray(x), XP.asarray(w), stride, padding)
    require(len(wrong) >= 2)
    parts = [
        Part("a" if level == 3 else "", (M.name("y"), " ="), Matrix(as_rows(value), wrong=wrong))
    ]
    text: list[Text] = [
        say(
            "A convolution slides the kernel w over the input x without flipping it, with a stride"
            " of {s}, a padding of {p} and no bias:",
            s=stride,
            p=padding,
        ),
        (
            M.relation("=", M.name("x"), numeral(x)),
            ", ",
            M.relation("=", M.name("w"), numeral(w)),
            ".",
        ),
    ]
    asked = "Give the output y."
    if level == 3:
        node = made.id("w")
        key = as_rows(made.gradient(node)[0, 0])
        parts.append(
            Part(
                "b",
                (M.differential(M.name("w")), " ="),
                Matrix(key, wrong=wrong_matrices(made, node, ("conv2d",))),
            )
        )
        text.append(
            say(
                "The upstream gradient at the output is {g}.",
                g=M.relation("=", M.differential(M.name("y")), numeral(g)),
            )
        )
        asked = "Give the output y and the gradient of w."
    return Draft(
        (*text, say(asked)),
        tuple(parts),
        difficulty(made),
        Solution(run=made.run, steps=_steps(made)),
        Figure(layer, (("x", x), ("w", w)), (("y", g),) if level == 3 else (), form="grids"),
    )


def _wrong(key: Any, x: Any, w: Any, stride: int, padding: int) -> tuple[WrongMatrix, ...]:
    seen, found = [key], []
    for mistake in about("convolution"):
        assert mistake.formula is not None
        value = mistake.formula(x=x, w=w, stride=stride, padding=padding)
        if value is not None and value.size and as_rows(value) not in seen:
            seen.append(as_rows(value))
            found.append(WrongMatrix(seen[-1], mistake.name, mistake.feedback))
    return tuple(found)


def _steps(made: Sample) -> tuple[int, ...]:
    ops = made.case.graph.nodes
    return tuple(
        s.number for s in made.trace.steps if s.kind != "seed" and ops[s.node].op == "conv2d"
    )


KIND = Kind("convolution", "A convolution by hand", generate)
