"""A neuron by hand: ReLU, sigmoid, tanh."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric, rounded
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import wrong_gradients
from gradviz.exam.question.given import figure, stem
from gradviz.exam.question.question import PREFIX, Draft, Part, Solution
from gradviz.exam.question.sample import difficulty, sample
from gradviz.exam.question.short_numbers import is_telling, require, whole
from gradviz.exam.stream import Stream
from gradviz.exam.text import decimal, derivative, say
from gradviz.story.maths import M

ACTIVATIONS = {1: "relu", 2: "sigmoid", 3: "tanh"}
PLACES = 3
SLOPES = {
    "relu": f"({PREFIX}a > 0)",
    "sigmoid": f"{PREFIX}b * (1 - {PREFIX}b)",
    "tanh": f"1 - {PREFIX}b * {PREFIX}b",
}


def generate(stream: Stream, level: int) -> Draft:
    """Ask for z, the activation, and the gradients of z, a weight and an input."""
    op = ACTIVATIONS[level]
    values = {
        "w0": whole(stream, 3),
        "x0": whole(stream, 3),
        "w1": whole(stream, 3),
        "x1": whole(stream, 3),
    }
    values["b"] = Fraction(2 * stream.between(-4, 4) + 1, 2)
    z = values["w0"] * values["x0"] + values["w1"] * values["x1"] + values["b"]
    require(0 < z <= 12 if op == "relu" else Fraction(1, 2) <= abs(z) <= Fraction(5, 2))
    made = sample(f"z = w0*x0 + w1*x1 + b; f = {op}(z)", values, nodes=("z",))
    asked = [made.id(stream.pick(["w0", "w1"])), made.id(stream.pick(["x0", "x1"]))]
    nodes = [made.id("z"), *asked]
    require(op != "relu" or all(is_telling(made.gradient(n)) for n in asked))
    rounds = None if op == "relu" else PLACES
    parts = [
        Part("a", (M.name("z"), " ="), Numeric(z)),
        Part(
            "b", (M.name("f"), " ="), rounded(made.case.output, rounds), follows=f"{op}({PREFIX}a)"
        ),
    ]
    for letter, node in zip("cde", nodes, strict=True):
        name = made.labels[node]
        other = {"w0": "x0", "x0": "w0", "w1": "x1", "x1": "w1"}.get(name, "")
        slack = 2 if name == "z" else 2 * max(1, abs(int(values[other])))
        answer = rounded(made.gradient(node), rounds, slack)
        wrong = wrong_gradients(made, node, tolerance=answer.tolerance)
        follows = f"{PREFIX}c * ({decimal(values[other])})" if other else SLOPES[op]
        parts.append(
            Part(
                letter,
                (derivative("f", name), " ="),
                rounded(made.gradient(node), rounds, slack, wrong),
                follows=follows,
            )
        )
    said = f" Round to {PLACES} decimals, and continue with the rounded numbers." if rounds else ""
    return Draft(
        (*stem(made), say(f"Run the neuron forward and backward by hand.{said}")),
        tuple(parts),
        difficulty(made),
        Solution(run=made.run),
        figure(made),
    )


KIND = Kind("neuron", "A neuron by hand", generate)
