"""The backward pass of a convolution by hand: the gradients of its kernel, bias and input."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.answers.number import EXACT, Numeric, Wrong, apart
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import as_rows, wrong_matrices
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, sample
from gradviz.exam.question.short_numbers import is_telling, matrix, require, whole
from gradviz.exam.stream import Stream
from gradviz.exam.text import given, numeral, say
from gradviz.story.maths import M

SIZES = {1: (3, 2, 1), 2: (3, 2, 1), 3: (5, 3, 2)}
"""The side lengths of the input and the kernel, and the stride, by level."""

ASKED = {1: ("w", "b"), 2: ("w", "b", "x"), 3: ("b", "x")}


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 asks for dw and db, level 2 for dx too, level 3 for db and dx with a stride of 2."""
    side, kernel, stride = SIZES[level]
    x, w = matrix(stream, side, side, 3), matrix(stream, kernel, kernel, 3)
    out = (side - kernel) // stride + 1
    g, bias = matrix(stream, out, out, 2), whole(stream, 3)
    require(all(v != 0 for row in (*w, *g) for v in row) and len({v for row in g for v in row}) > 1)
    layer = f"y = conv2d(x, w, b, stride={stride})"
    made = sample(f"{layer}; f = sum(g*y)", {"x": (x,), "w": ((w,),), "b": (bias,), "g": (g,)})
    parts = [_part(made, letter, name) for letter, name in zip("abc", ASKED[level], strict=False)]
    require(all(isinstance(p.answer, Matrix | Numeric) and p.answer.wrong for p in parts))
    asked = [made.id(name) for name in ASKED[level]]
    steps = tuple(
        s.number for s in made.trace.steps if s.edge is not None and s.edge.source in asked
    )
    names = M.differential(M.name(ASKED[level][0])), M.differential(M.name(ASKED[level][-1]))
    more = ", {middle}" if level == 2 else ""
    return Draft(
        (
            say(
                "A convolution slides the kernel w over the input x without flipping it, with a"
                " stride of {s} and no padding, and adds the bias b:",
                s=stride,
            ),
            (*given({"x": x, "w": w, "b": bias}), "."),
            say(
                "The upstream gradient at its output y is {g}.",
                g=M.relation("=", M.differential(M.name("y")), numeral(g)),
            ),
            say(
                f"Give the gradients {{first}}{more} and {{last}}.",
                first=names[0],
                last=names[1],
                middle=M.differential(M.name("b")),
            ),
        ),
        tuple(parts),
        difficulty(made),
        Solution(run=made.run, steps=steps),
        Figure(layer, (("x", x), ("w", w)), (("y", g),), form="grids"),
    )


def _part(made: Sample, letter: str, name: str) -> Part:
    node = made.id(name)
    key, wrong = made.gradient(node), wrong_matrices(made, node, ("conv2d",))
    prompt = (M.differential(M.name(name)), " =")
    if name != "b":
        key = key[0, 0] if name == "w" else key[0]
        require(_is_full(as_rows(key)))
        return Part(letter, prompt, Matrix(as_rows(key), wrong=wrong), points=2)
    numbers = [
        Wrong(w.rows[0][0], w.misconception, w.feedback, w.step)
        for w in wrong
        if len(w.rows) == len(w.rows[0]) == 1
    ]
    answer = Numeric(key[0], wrong=apart(key[0], numbers, EXACT))
    require(is_telling(key[0]) and any(w.misconception.startswith("bias-") for w in answer.wrong))
    return Part(letter, prompt, answer)


def _is_full(rows: tuple[tuple[Any, ...], ...]) -> bool:
    """Whether a gradient has few zeros and no large numbers."""
    cells = [v for row in rows for v in row]
    return sum(v == Fraction(0) for v in cells) * 3 <= len(cells) and all(
        abs(v) < 30 for v in cells
    )


KIND = Kind("conv-backward", "Gradients of a convolution", generate)
