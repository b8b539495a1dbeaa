"""The output shape of convolution and pooling layers."""

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
from gradviz.mistakes.formulas import counted_size, output_size

NEAR = Fraction(1, 10)
"""The tolerance: answers are whole numbers."""


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 has no stride or padding, level 2 has them, level 3 adds pooling."""
    size, channels, filters = (
        stream.pick((7, 11, 16, 27, 28, 32, 64)),
        stream.pick((1, 3, 8)),
        stream.pick((4, 6, 16, 32)),
    )
    kernel = stream.pick((2, 3, 5, 7))
    stride = 1 if level == 1 else stream.pick((1, 2, 3))
    padding = 0 if level == 1 else stream.between(0, 3)
    require(kernel <= size and padding < kernel and (level == 1 or stride > 1 or padding > 0))
    out = output_size(size, kernel, stride, padding)
    agree("an output size", out, counted_size(size, kernel, stride, padding))
    require(out > 2)
    said = [
        say("The input has {c} of {n}×{n} cells.", c=channels_of(channels), n=str(size)),
        _layer(kernel, stride, padding, filters),
    ]
    if level == 3:
        said.append(say("It is followed by max pooling with 2×2 windows and a stride of 2."))
        wrong = by_formula(
            "output-size",
            Fraction(out),
            NEAR,
            size=size,
            kernel=kernel,
            stride=stride,
            padding=padding,
        )
        pooled = output_size(out, 2, 2)
        agree("an output size", pooled, counted_size(out, 2, 2))
        parts: tuple[Part, ...] = (
            Part(
                "a", ("height after the convolution:",), Numeric(Fraction(out), NEAR, wrong=wrong)
            ),
            Part(
                "b",
                ("height after the pooling:",),
                Numeric(
                    Fraction(pooled),
                    NEAR,
                    wrong=by_formula(
                        "output-size",
                        Fraction(pooled),
                        NEAR,
                        size=out,
                        kernel=2,
                        stride=2,
                        padding=0,
                    ),
                ),
            ),
            Part(
                "c",
                ("channels after the pooling:",),
                Numeric(
                    Fraction(filters),
                    NEAR,
                    wrong=by_formula(
                        "pooling-channels", Fraction(filters), NEAR, channels=filters, size=2
                    ),
                ),
            ),
        )
    else:
        wrong = by_formula(
            "output-size",
            Fraction(out),
            NEAR,
            size=size,
            kernel=kernel,
            stride=stride,
            padding=padding,
        )
        require(len(wrong) >= level)
        parts = (
            Part("a", ("height of the output:",), Numeric(Fraction(out), NEAR, wrong=wrong)),
            Part(
                "b",
                ("channels of the output:",),
                Numeric(
                    Fraction(filters),
                    NEAR,
                    wrong=by_formula(
                        "output-channels", Fraction(filters), NEAR, filters=filters, inputs=channels
                    ),
                ),
            ),
        )
    rule = f"({size} + 2·{padding} − {kernel}) / {stride}, rounded down, plus 1: {out}."
    return Draft(
        (*said, say("What is the shape of the output?")),
        parts,
        Difficulty(len(parts), 0, 6),
        Solution((say(rule),)),
    )


def channels_of(count: int) -> str:
    """`1 channel`, `3 channels`."""
    return f"{count} channel{'s' * (count > 1)}"


def _layer(kernel: int, stride: int, padding: int, filters: int) -> Text:
    side = f"{kernel}×{kernel}"
    return say(
        f"A convolution has {filters} filters of {side} cells, a stride of {stride} and a padding"
        f" of {padding}."
    )


KIND = Kind("output-shape", "Output shape", generate)
