"""The receptive field of an output cell."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.keys import agree
from gradviz.exam.question.question import Difficulty, Draft, Part, Solution
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, say
from gradviz.mistakes.formulas import receptive_field, traced_field

NEAR = Fraction(1, 10)
KERNELS = {1: (2, 3, 4, 5, 6, 7, 9, 11), 2: (2, 3, 4, 5, 7), 3: (2, 3, 5, 7)}
NAMES = ("first", "second", "third", "fourth")


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 two layers of stride 1, level 2 three layers with strides, level 3 four."""
    layers = [
        (stream.pick(KERNELS[level]), 1 if level == 1 else stream.pick((1, 2)))
        for _ in range(level + 1)
    ]
    require(level == 1 or any(stride > 1 for _, stride in layers[:-1]))
    key = receptive_field(layers)
    agree("a receptive field", key, traced_field(layers))
    wrong = by_formula("receptive-field", Fraction(key), NEAR, layers=layers)
    require(len(wrong) >= 2)
    said: list[Text] = [
        say(f"The {name} layer has {k}×{k} windows and a stride of {s}.")
        for name, (k, s) in zip(NAMES, layers, strict=False)
    ]
    return Draft(
        (
            *said,
            say(
                "How many cells of the input, along one side, does one output cell of the last"
                " layer see?"
            ),
        ),
        (
            Part(
                "",
                ("side length of the receptive field:",),
                Numeric(Fraction(key), NEAR, wrong=wrong),
            ),
        ),
        Difficulty(len(layers), 0, 2 * len(layers)),
        Solution((_worked(layers),)),
    )


def _worked(layers: list[tuple[int, int]]) -> Text:
    terms = [f"({k} − 1)·{jump}" for (k, _), jump in zip(layers, _jumps(layers), strict=True)]
    return say(
        f"1 + {' + '.join(terms)} = {receptive_field(layers)}: after a stride, each step"
        " covers several cells."
    )


def _jumps(layers: list[tuple[int, int]]) -> list[int]:
    jumps = [1]
    for _, stride in layers[:-1]:
        jumps.append(jumps[-1] * stride)
    return jumps


KIND = Kind("receptive-field", "Receptive field", generate)
