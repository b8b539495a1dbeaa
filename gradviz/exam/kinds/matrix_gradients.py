"""The gradients of a linear layer: dW, dx, db, with their shapes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from gradviz.exam.answers.matrix import Matrix
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import as_rows, wrong_matrices
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, sample
from gradviz.exam.question.short_numbers import is_short, matrix, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, equation, given, numeral, say
from gradviz.mistakes import XP
from gradviz.story.maths import M

FEWEST = 1
LAYER = ("matmul", "add")


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 a matrix product, level 2 a layer with a bias, level 3 a batch of samples."""
    if level == 3:
        source, values = (
            "y = X @ W + b; f = sum(g*y)",
            {
                "X": matrix(stream, 2, 2),
                "W": matrix(stream, 2, 3),
                "b": matrix(stream, 1, 3)[0],
                "g": matrix(stream, 2, 3, 2),
            },
        )
        asked: tuple[str, ...] = ("W", "X", "b")
        layer = "y = X @ W + b"
    else:
        rows, columns = stream.pick([(2, 3), (3, 2), (2, 2)])
        layer = "y = W @ x" if level == 1 else "y = W @ x + b"
        values = {"W": matrix(stream, rows, columns), "x": matrix(stream, 1, columns)[0]}
        values |= {"b": matrix(stream, 1, rows)[0]} if level == 2 else {}
        values["g"] = matrix(stream, 1, rows)[0]
        source = f"{layer}; f = sum(g*y)"
        asked = ("W", "x") if level == 1 else ("W", "x", "b")
    made = sample(source, values)
    require(
        all(
            is_short(v, 0, 30)
            for name in asked
            for row in as_rows(made.gradient(made.id(name)))
            for v in row
        )
    )
    require(all(_is_telling(made, name) for name in asked))
    shown = {name: value for name, value in values.items() if name != "g"}
    parts = []
    for letter, name in zip("abc", asked, strict=False):
        node = made.id(name)
        wrong = wrong_matrices(made, node, LAYER)
        is_vector = len(XP.shape(made.gradient(node))) == 1
        answer = Matrix(as_rows(made.gradient(node)), wrong=wrong, is_vector=is_vector)
        parts.append(
            Part(
                letter, (M.differential(M.name(name)), " ="), answer, points=2 if name == "W" else 1
            )
        )
    require(sum(len(p.answer.wrong) for p in parts if isinstance(p.answer, Matrix)) >= FEWEST)
    return Draft(
        (
            say("A layer computes {layer}, with", layer=equation("y", layer.removeprefix("y = "))),
            (*given(shown), "."),
            _upstream(values["g"]),
            say(
                "Give the gradients of the loss with respect to {names}, each in the shape of its"
                " variable.",
                names=", ".join(asked[:-1]) + " and " + asked[-1],
            ),
        ),
        tuple(parts),
        difficulty(made),
        Solution(run=made.run, steps=_steps(made)),
        _figure(layer, shown, values["g"], parts),
    )


def _figure(layer: str, shown: dict[str, Any], upstream: Any, parts: list[Part]) -> Figure:
    """The layer with its inputs and upstream gradient, and a box for each gradient asked for."""
    blanks = tuple((name, "gradient", part.id) for name, part in zip(shown, parts, strict=True))
    return Figure(layer, tuple(shown.items()), (("y", upstream),), blanks)


def _upstream(value: Any) -> Text:
    return say(
        "The upstream gradient from the loss is {g}.",
        g=M.relation("=", M.differential(M.name("y")), numeral(value)),
    )


def _steps(made: Sample) -> tuple[int, ...]:
    """The steps of the layer, without those that only introduce the given gradient."""
    ops = made.case.graph.nodes
    return tuple(
        step.number
        for step in made.trace.steps
        if step.kind != "seed" and ops[step.node].op in LAYER
    )


def _is_telling(made: Sample, name: str) -> bool:
    """Whether a gradient has few zeros and is not the same everywhere."""
    cells = [v for row in as_rows(made.gradient(made.id(name))) for v in row]
    return sum(v == Fraction(0) for v in cells) * 3 <= len(cells) and len(set(cells)) > 1


KIND = Kind("matrix-gradients", "Gradients of a linear layer", generate)
