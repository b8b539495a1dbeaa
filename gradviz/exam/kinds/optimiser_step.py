"""One step of gradient descent, momentum or Adam."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gradviz.arrays.rationals import fraction
from gradviz.engine.optimisers import optimiser
from gradviz.exam.answers.number import Numeric, Wrong, apart, rounded
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.keys import agree
from gradviz.exam.question.question import PREFIX, Difficulty, Draft, Part, Solution
from gradviz.exam.question.short_numbers import is_telling, require, whole
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, decimal, equation, expression, given, say
from gradviz.mistakes import XP
from gradviz.story.maths import M

RATES = (Fraction(1, 10), Fraction(1, 5), Fraction(1, 2), Fraction(1, 100))
FINE = Fraction(1, 100_000)


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 gradient descent, level 2 momentum, level 3 the first step of Adam."""
    w, g, rate = Fraction(stream.between(-30, 30), 10), whole(stream, 8), stream.pick(RATES)
    require(w != 0 and abs(w) != abs(g))
    return (_descent, _momentum, _adam)[level - 1](stream, w, g, rate)


def _descent(stream: Stream, w: Fraction, g: Fraction, rate: Fraction) -> Draft:
    new, _ = optimiser("sgd").step(XP, w, g, {"lr": rate})
    agree("a step of gradient descent", _by_floats("sgd", w, g, {"lr": rate}), new)
    require(is_telling(new))
    wrong = by_formula("update", new, FINE, w=w, lr=rate, direction=(w - new) / rate)
    return _draft(
        "gradient descent",
        w,
        g,
        {"lr": rate},
        {},
        (Part("", say("new {w} =", w=M.name("w")), Numeric(new, FINE, wrong=wrong)),),
        "w - lr*g",
        steps=2,
    )


def _momentum(stream: Stream, w: Fraction, g: Fraction, rate: Fraction) -> Draft:
    momentum, v = stream.pick((Fraction(9, 10), Fraction(1, 2), Fraction(4, 5))), whole(stream, 8)
    require(v not in (g, -g))
    options = {"lr": rate, "momentum": momentum}
    new, state = optimiser("momentum").step(XP, w, g, options, {"v": v})
    agree("a step with momentum", _by_floats("momentum", w, g, options, {"v": v}), new)
    require(is_telling(new) and is_telling(state["v"]))
    wrong = _wrong("momentum", new, FINE, w=w, g=g, lr=rate, momentum=momentum, v=v)
    return _draft(
        "gradient descent with momentum, as in PyTorch",
        w,
        g,
        {"lr": rate, "momentum": momentum},
        {"v": v},
        (
            Part("a", say("new {v} =", v=M.name("v")), Numeric(state["v"], FINE)),
            Part(
                "b",
                say("new {w} =", w=M.name("w")),
                Numeric(new, FINE, wrong=wrong),
                follows=f"{decimal(w)} - {decimal(rate)} * {PREFIX}a",
            ),
        ),
        "w - lr*v",
        steps=3,
    )


def _adam(stream: Stream, w: Fraction, g: Fraction, rate: Fraction) -> Draft:
    new, state = optimiser("adam").step(XP, w, g, {"lr": rate})
    agree("a step of Adam", _by_floats("adam", w, g, {"lr": rate}), new)
    m, v = state["m"], state["v"]
    require(m != 0 and abs(g) > 1)
    betas = {name: fraction(optimiser("adam").options[name]) for name in ("beta1", "beta2")}
    wrong = _wrong("adam", new, Fraction(1, 1000), w=w, g=g, lr=rate, **betas)
    of_m = by_formula("moment", m, FINE, g=g, beta=betas["beta1"], power=1)
    of_v = by_formula("moment", v, FINE, g=g, beta=betas["beta2"], power=2)
    return _draft(
        "Adam, the first one (t = 1, m = v = 0, β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸)",
        w,
        g,
        {"lr": rate},
        {},
        (
            Part("a", say("new {m} =", m=M.name("m")), Numeric(m, FINE, wrong=of_m)),
            Part("b", say("new {v} =", v=M.name("v")), Numeric(v, FINE, wrong=of_v)),
            Part(
                "c",
                ("bias-corrected m =",),
                Numeric(g, Fraction(1, 1000)),
                follows=f"{PREFIX}a / 0.1",
            ),
            Part(
                "d",
                ("bias-corrected v =",),
                Numeric(g * g, Fraction(1, 100)),
                follows=f"{PREFIX}b / 0.001",
            ),
            Part(
                "e",
                say("new {w}, to 3 decimals =", w=M.name("w")),
                rounded(new, 3, 1, wrong),
                follows=f"{decimal(w)} - {decimal(rate)} * {PREFIX}c / sqrt({PREFIX}d)",
            ),
        ),
        "w - lr*m/sqrt(v)",
        steps=6,
    )


def _wrong(
    rule: str, new: Fraction, near: Fraction, w: Fraction, lr: Fraction, **others: Fraction
) -> tuple[Wrong, ...]:
    """The mistakes of any rule in its own direction, and then those that only this rule has."""
    direction = (w - new) / lr
    found = by_formula("update", new, near, w=w, lr=lr, direction=direction)
    own = by_formula(rule, new, near, w=w, lr=lr, **others)
    return apart(new, (*found, *own), near)


def _by_floats(
    rule: str,
    w: Fraction,
    g: Fraction,
    options: Mapping[str, Fraction],
    state: Mapping[str, Fraction] | None = None,
) -> Fraction:
    """The same step with the engine's floats, as a check."""
    from gradviz.arrays import for_backend

    new, _ = optimiser(rule).step(
        for_backend(), float(w), float(g), _floats(options), _floats(state or {})
    )
    return fraction(float(new))


def _floats(values: Mapping[str, Fraction]) -> dict[str, float]:
    return {k: float(v) for k, v in values.items()}


def _draft(
    name: str,
    w: Fraction,
    g: Fraction,
    options: dict[str, Fraction],
    state: dict[str, Fraction],
    parts: tuple[Part, ...],
    rule: str,
    *,
    steps: int,
) -> Draft:
    parameter: Text = (
        *say(
            "A parameter has the value {w} and the gradient {g}.",
            w=equation("w", w),
            g=equation("g", g),
        ),
    )
    said: Text = ("Take one step of ", name, ", with ", *given(options | state), ".")
    solution = say("The new weight is {rule}.", rule=M.relation("=", M.name("w"), expression(rule)))
    return Draft((parameter, said), parts, Difficulty(steps, 0, 3 * steps), Solution((solution,)))


KIND = Kind("optimiser-step", "One step of an optimiser", generate)
