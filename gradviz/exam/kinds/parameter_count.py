"""How many parameters layers have."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.kinds.output_shape import channels_of
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.keys import agree
from gradviz.exam.question.question import Difficulty, Draft, Part, Solution
from gradviz.exam.stream import Stream
from gradviz.exam.text import say
from gradviz.mistakes.formulas import conv_parameters, linear_parameters, output_size

NEAR = Fraction(1, 10)


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 a linear layer, 2 a convolution, 3 a convolution, pooling and a linear layer."""
    if level == 1:
        inputs, outputs = stream.between(3, 40), stream.pick((2, 5, 10, 20))
        key = linear_parameters(inputs, outputs)
        agree("a number of parameters", key, sum(inputs + 1 for _ in range(outputs)))
        wrong = by_formula("linear-parameters", Fraction(key), NEAR, inputs=inputs, outputs=outputs)
        said = f"A linear layer with biases maps {inputs} inputs to {outputs} outputs."
        part = Part("", ("number of parameters:",), Numeric(Fraction(key), NEAR, wrong=wrong))
        rule = f"{inputs}·{outputs} weights and {outputs} biases: {key}."
        return Draft(
            (say(said), say("How many parameters does it have?")),
            (part,),
            Difficulty(2, 0, 4),
            Solution((say(rule),)),
        )
    size, kernel, channels, filters = (
        stream.pick((12, 16, 28, 32)),
        stream.pick((3, 5)),
        stream.pick((1, 3, 4, 8, 16)),
        stream.pick((4, 5, 6, 8, 10, 16, 20)),
    )
    out = output_size(size, kernel)
    key = conv_parameters(kernel, channels, filters)
    agree(
        "a number of parameters",
        key,
        sum(1 + sum(1 for _ in range(kernel * kernel * channels)) for _ in range(filters)),
    )
    wrong = by_formula(
        "conv-parameters",
        Fraction(key),
        NEAR,
        kernel=kernel,
        inputs=channels,
        filters=filters,
        out=out,
    )
    said = (
        f"A convolution with biases maps {channels_of(channels)} of {size}×{size} cells to"
        f" {channels_of(filters)}, with {kernel}×{kernel} kernels, a stride of 1 and no padding."
    )
    parts = [
        Part(
            "a" if level == 3 else "",
            ("parameters of the convolution:",),
            Numeric(Fraction(key), NEAR, wrong=wrong),
            points=2,
        )
    ]
    more, rule = "", f"({kernel}·{kernel}·{channels} + 1)·{filters} = {key}."
    if level == 3:
        inputs = filters * (out // 2) ** 2
        last = linear_parameters(inputs, 10)
        agree("a number of parameters", last, 10 * (inputs + 1))
        more = (
            " It is followed by max pooling with 2×2 windows and a stride of 2, and then by a"
            " linear layer with biases and 10 outputs."
        )
        wrong = by_formula("linear-parameters", Fraction(last), NEAR, inputs=inputs, outputs=10)
        parts += [
            Part(
                "b",
                ("parameters of the pooling layer:",),
                Numeric(
                    Fraction(0),
                    NEAR,
                    wrong=by_formula(
                        "pooling-parameters", Fraction(0), NEAR, kernel=2, channels=filters
                    ),
                ),
            ),
            Part(
                "c",
                ("parameters of the linear layer:",),
                Numeric(Fraction(last), NEAR, wrong=wrong),
                points=2,
            ),
        ]
        rule += (
            f" Pooling has none. The linear layer has {filters}·{out // 2}·{out // 2} = {inputs}"
            f" inputs: {inputs}·10 + 10 = {last}."
        )
    return Draft(
        (say(said + more), say("How many parameters are there?")),
        tuple(parts),
        Difficulty(3 * len(parts), 0, 8),
        Solution((say(rule),)),
    )


KIND = Kind("parameter-count", "Number of parameters", generate)
