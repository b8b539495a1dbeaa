"""How many multiply-adds a convolution takes."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.kinds.output_shape import channels_of
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.keys import agree
from gradviz.exam.question.question import PREFIX, Difficulty, Draft, Part, Solution
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import say
from gradviz.mistakes.formulas import counted_size, multiply_adds, output_size

NEAR = Fraction(1, 10)


def generate(stream: Stream, level: int) -> Draft:
    """Ask for the output's side, then the multiply-adds; stride and padding from level 2 on."""
    size, kernel = stream.between(5, 16), stream.pick((2, 3, 5))
    channels, filters = (
        (stream.pick((1, 2, 3)) if level == 1 else stream.pick((3, 4, 8))),
        stream.pick((2, 4, 5, 10)),
    )
    stride, padding = (
        (1, 0) if level == 1 else (stream.pick((1, 2)), stream.between(0, 1 if level == 2 else 2))
    )
    require(padding < kernel <= size)
    out = output_size(size, kernel, stride, padding)
    agree("an output size", out, counted_size(size, kernel, stride, padding))
    key = multiply_adds(out, kernel, channels, filters)
    agree(
        "a number of multiply-adds",
        key,
        sum(
            kernel * kernel
            for _ in range(out * out)
            for _ in range(filters)
            for _ in range(channels)
        ),
    )
    require(1 < out < size)
    wrong = by_formula(
        "multiply-adds",
        Fraction(key),
        NEAR,
        out=out,
        kernel=kernel,
        inputs=channels,
        filters=filters,
        size=size,
    )
    each = kernel * kernel * channels * filters
    return Draft(
        (
            say(
                f"A convolution maps {channels_of(channels)} of {size}×{size} cells to"
                f" {channels_of(filters)}, with {kernel}×{kernel} kernels, a stride of {stride} and"
                f" a padding of {padding}."
            ),
            say("How many multiply-adds does it take? Count the padding, but not the biases."),
        ),
        (
            Part(
                "a",
                ("side length of the output:",),
                Numeric(
                    Fraction(out),
                    NEAR,
                    wrong=by_formula(
                        "output-size",
                        Fraction(out),
                        NEAR,
                        size=size,
                        kernel=kernel,
                        stride=stride,
                        padding=padding,
                    ),
                ),
            ),
            Part(
                "b",
                ("multiply-adds:",),
                Numeric(Fraction(key), NEAR, wrong=wrong),
                2,
                f"{PREFIX}a * {PREFIX}a * {each}",
            ),
        ),
        Difficulty(3, 0, 10),
        Solution(
            (
                say(
                    f"{out}·{out} places, {filters} filters, {kernel}·{kernel}·{channels} products"
                    f" each: {key}."
                ),
            )
        ),
    )


KIND = Kind("multiply-adds", "Number of multiply-adds", generate)
