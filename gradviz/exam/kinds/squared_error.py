"""The mean squared error and its gradient."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import difficulty, sample
from gradviz.exam.question.short_numbers import is_short, is_telling, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, given, say

FINE = Fraction(1, 1000)
SIZES = {1: 2, 2: 4, 3: 5}


def generate(stream: Stream, level: int) -> Draft:
    """Ask for the loss and for the gradient of one prediction."""
    n, places = SIZES[level], 1 if level == 1 else 10
    p = tuple(Fraction(stream.between(-3 * places, 5 * places), places) for _ in range(n))
    t = tuple(Fraction(stream.between(-3, 5)) for _ in range(n))
    made = sample("L = mean((p - t)**2)", {"p": p, "t": t})
    place = stream.below(n)
    key, loss = made.gradient(made.id("p"))[place], made.case.output
    require(all(is_short(v, 3) and is_telling(v) for v in (key, loss)))
    wrong = by_formula("squared-error", key, FINE, p=p[place], t=t[place], n=n)
    require(len(wrong) >= 2)
    summed = by_formula("squared-error-loss", loss, FINE, p=p, t=t)
    return Draft(
        (
            say("A network predicts p for the targets t, with"),
            (*given({"p": p, "t": t}), "."),
            say(
                "The loss L is the mean squared error over the {n} elements. Elements are numbered"
                " from 0.",
                n=n,
            ),
        ),
        (
            Part("a", ("L =",), Numeric(loss, FINE, wrong=summed)),
            Part("b", (derivative("L", f"p{place}"), " ="), Numeric(key, FINE, wrong=wrong)),
        ),
        difficulty(made),
        Solution(run=made.run),
        Figure(made.run.source, made.run.values, blanks=(("L", "value", "a"),)),
    )


KIND = Kind("squared-error", "Mean squared error and its gradient", generate)
