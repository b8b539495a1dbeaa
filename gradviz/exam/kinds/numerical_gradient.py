"""A gradient estimated from differences of the loss."""

from __future__ import annotations

from fractions import Fraction

from gradviz.arrays.rationals import fraction
from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.keys import agree
from gradviz.exam.question.keys import derivative as measured
from gradviz.exam.question.question import PREFIX, Difficulty, Draft, Part, Run, Solution
from gradviz.exam.question.short_numbers import is_short, is_telling, require, whole
from gradviz.exam.stream import Stream
from gradviz.exam.text import decimal, derivative, equation, numeral, say
from gradviz.mistakes import Case
from gradviz.story.maths import M, Maths

STEPS = {
    1: (Fraction(1, 10), Fraction(1, 100)),
    2: (Fraction(1, 10), Fraction(1, 100)),
    3: (Fraction(1, 10), Fraction(1, 2), Fraction(1)),
}
FUNCTIONS = ("x**2 + {a}*x", "{a}*x**2 - x", "x**3 + {a}", "x**3 - {a}*x", "{a}*x**2 + {b}*x + 1")


def generate(stream: Stream, level: int) -> Draft:
    """Level 1 a forward difference, 2 a central one, 3 both by hand and the true slope."""
    h = stream.pick(STEPS[level])
    return _by_hand(stream, h) if level == 3 else _given(stream, h, central=level == 2)


def _given(stream: Stream, h: Fraction, *, central: bool) -> Draft:
    loss = Fraction(stream.between(50, 300), 100)
    change = Fraction(stream.between(2, 60), 10000) * (-1 if stream.chance(2) else 1)
    above, below = (
        loss + change,
        loss - Fraction(stream.between(2, 60), 10000) * (-1 if stream.chance(2) else 1),
    )
    low, distance = (below, 2 * h) if central else (loss, h)
    key = (above - low) / distance
    require(above != low and is_telling(key) and is_short(key, 4))
    wrong = by_formula("difference", key, EXACT, above=above, below=low, distance=distance, h=h)
    require(len(wrong) >= 2)
    agree("a difference", fraction((float(above) - float(low)) / float(distance)), key)
    w, at = M.name("w"), {"w": M.name("w"), "h": equation("h", h)}
    lower = M.sub(w, M.name("h")) if central else w
    return Draft(
        (
            say("The loss L is evaluated around a weight {w}, with a step of {h}:", **at),
            say(
                "{above} and {below}.",
                above=_loss(M.add(w, M.name("h")), above),
                below=_loss(lower, low),
            ),
            say("What is the numerical gradient of the loss with respect to {w}?", w=w),
        ),
        (Part("", (derivative("L", "w"), " ≈"), Numeric(key, EXACT, wrong=wrong)),),
        Difficulty(2, 0, 8),
        Solution((say("The difference between the losses, divided by {d}.", d=numeral(distance)),)),
    )


EXACT = Fraction(1, 20_000)


def _loss(at: Maths, value: Fraction) -> Maths:
    return M.relation("=", M.call("L", at), numeral(value))


def _by_hand(stream: Stream, h: Fraction) -> Draft:
    source = "f = " + stream.pick(FUNCTIONS).format(a=stream.between(2, 4), b=stream.between(2, 5))
    x = whole(stream, 3)
    here, above, below = (Case(source, {"x": v}).output for v in (x, x + h, x - h))
    slope = measured(Case(source, {"x": x}), 0)
    true = Case(source, {"x": x}).backward().gradients[0]
    agree("a slope", true, slope)
    forward, central = (above - here) / h, (above - below) / (2 * h)
    require(
        all(is_short(v, 4) and is_telling(v) for v in (forward, central, true)) and forward != true
    )
    parts = (
        Part("a", (M.call("f", M.add(M.name("x"), M.name("h"))), " ="), Numeric(above, EXACT)),
        Part("b", (M.call("f", M.sub(M.name("x"), M.name("h"))), " ="), Numeric(below, EXACT)),
        Part(
            "c",
            ("forward difference:",),
            Numeric(
                forward,
                EXACT,
                wrong=by_formula(
                    "difference", forward, EXACT, above=above, below=here, distance=h, h=h
                ),
            ),
            follows=f"({PREFIX}a - ({decimal(here)})) / {decimal(h)}",
        ),
        Part(
            "d",
            ("central difference:",),
            Numeric(
                central,
                EXACT,
                wrong=by_formula(
                    "difference", central, EXACT, above=above, below=below, distance=2 * h, h=h
                ),
            ),
            follows=f"({PREFIX}a - {PREFIX}b) / {decimal(2 * h)}",
        ),
        Part("e", ("true slope:",), Numeric(true, EXACT)),
    )
    return Draft(
        (
            say(
                "Consider {f} around {x}.",
                f=equation("f", source.removeprefix("f = ")),
                x=equation("x", x),
            ),
            say(
                "Estimate its slope there with {h}, by a forward and by a central difference, and"
                " compare with the true slope.",
                h=equation("h", h),
            ),
        ),
        parts,
        Difficulty(5, 0, 14),
        Solution(run=Run(source, (("x", x),))),
    )


KIND = Kind("numerical-gradient", "A numerical gradient", generate)
