"""Mistakes in a step of an optimiser: each wrong number by hand."""

from __future__ import annotations

import math
from fractions import Fraction as F

import pytest

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import question
from gradviz.exam.question.question import Question
from gradviz.mistakes import about, get

W, G, LR = F(6, 5), F(-6), F(1, 2)
M, V = F(9, 10), F(2)

NUMBERS = {
    # gradient descent from w = 1.2 with g = −6 and lr = 0.5: the direction is −6
    ("uphill", "sgd"): (1.2 + 0.5 * -6, {"w": W, "lr": LR, "direction": G}),
    ("no-learning-rate", "sgd"): (1.2 + 6, {"w": W, "lr": LR, "direction": G}),
    ("step-for-weight", "sgd"): (3, {"w": W, "lr": LR, "direction": G}),
    # the first step of Adam divides g by |g|: the direction is −1, the right weight 1.7
    ("uphill", "adam"): (0.7, {"w": W, "lr": LR, "direction": F(-1)}),
    ("no-learning-rate", "adam"): (2.2, {"w": W, "lr": LR, "direction": F(-1)}),
    ("step-for-weight", "adam"): (0.5, {"w": W, "lr": LR, "direction": F(-1)}),
}
MOMENTUM = {
    # v = 2 and momentum = 0.9: the right velocity is 1.8 − 6 = −4.2
    "momentum-ignored": 1.2 + 0.5 * 6,
    "momentum-on-gradient": 1.2 - 0.5 * (2 - 5.4),
    "momentum-dampened": 1.2 - 0.5 * (1.8 - 0.6),
    "gradient-forgotten": 1.2 - 0.5 * 1.8,
}
ADAM = {
    # m = −0.6 and v = 0.036 in the first step, −6 and 36 corrected
    "adam-as-descent": 1.2 + 0.5 * 6,
    "adam-root-forgotten": 1.2 + 0.5 * 6 / 36,
    "adam-not-corrected": 1.2 + 0.5 * 0.6 / math.sqrt(0.036),
}
MOMENTS = {
    ("decay-swapped", 1): -5.4,
    ("decay-swapped", 2): 0.999 * 36,
    ("square-forgotten", 2): -0.006,
}


@pytest.mark.parametrize(("name", "rule"), NUMBERS)
def test_mistakes_of_every_rule(name: str, rule: str) -> None:
    number, given = NUMBERS[name, rule]
    assert float(get(name).formula(**given)) == pytest.approx(number)  # type: ignore[misc]


def test_mistakes_of_momentum_and_of_adam() -> None:
    momentum = {"w": W, "g": G, "lr": LR, "momentum": M, "v": V}
    adam = {"w": W, "g": G, "lr": LR, "beta1": F(9, 10), "beta2": F(999, 1000)}
    for numbers, given, subject in ((MOMENTUM, momentum, "momentum"), (ADAM, adam, "adam")):
        assert {m.name for m in about(subject)} == set(numbers)
        for name, number in numbers.items():
            assert float(get(name).formula(**given)) == pytest.approx(number), name  # type: ignore[misc]


def test_mistakes_in_the_moments_of_adam() -> None:
    for (name, power), number in MOMENTS.items():
        beta = F(9, 10) if power == 1 else F(999, 1000)
        assert float(get(name).formula(g=G, beta=beta, power=power)) == pytest.approx(number)  # type: ignore[misc]
    assert {m.name for m in about("moment")} == {name for name, _ in MOMENTS}


def given(asked: Question) -> dict[str, float]:
    """The numbers of a question, from its text."""
    from gradviz.exam.text import plain

    said = " ".join(map(plain, asked.text)).replace("−", "-")
    import re

    return {
        name: float(value)
        for name, value in re.findall(r"\b(w|g|lr|momentum|v) = (-?[\d.]+\d|-?\d)", said)
    }


@pytest.mark.parametrize("level", [1, 2, 3])
def test_questions_name_the_mistake_that_was_made(level: int) -> None:
    """A step uphill in the rule of the question, from the numbers in its text."""
    for seed in range(25):
        asked = question("optimiser-step", level, seed)
        n, answer = given(asked), asked.parts[-1].answer
        assert isinstance(answer, Numeric)
        direction = {
            1: n["g"],
            2: n.get("momentum", 0) * n.get("v", 0) + n["g"],
            3: math.copysign(1, n["g"]),
        }
        right, uphill = (n["w"] - sign * n["lr"] * direction[level] for sign in (1, -1))
        assert float(answer.key) == pytest.approx(right, abs=6e-4)
        named = {w.misconception: float(w.value) for w in answer.wrong}
        if "uphill" in named:
            assert named["uphill"] == pytest.approx(uphill, abs=6e-4)
        else:
            assert min(abs(v - uphill) for v in [right, *named.values()]) < 3e-3
