"""A statement: true or false, and why. A run decides whether it is true, not its author."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from gradviz.exam.answers.choice import Choice, Option
from gradviz.exam.kinds import Kind
from gradviz.exam.question.keys import KeyMismatchError
from gradviz.exam.question.keys import derivative as measured
from gradviz.exam.question.question import Difficulty, Draft, Part, Solution
from gradviz.exam.question.sample import is_at_kink
from gradviz.exam.question.short_numbers import require, whole
from gradviz.exam.stream import Stream
from gradviz.exam.text import Text, decimal, derivative, equation, expression, numeral, say
from gradviz.mistakes import Case
from gradviz.story.maths import Maths

Reasons = tuple[str, str, str]
"""The true reason, a reason for the opposite verdict, and an irrelevant fact."""


@dataclass(frozen=True)
class Fact:
    """One statement about ∂f/∂x.

    source   the graph.
    mistake  `(x, y)`: the wrong value for ∂f/∂x, which a false statement gives.
    reasons  as in `Reasons`.
    """

    source: str
    mistake: Callable[[Fraction, Fraction], Fraction]
    reasons: Reasons


FACTS = {
    1: (
        Fact(
            "x*y",
            lambda x, y: x,
            (
                "× passes the upstream gradient times the other input",
                "× passes the upstream gradient times the input itself",
                "f is linear in both inputs",
            ),
        ),
        Fact(
            "x + y",
            lambda x, y: Fraction(1, 2),
            (
                "+ passes the upstream gradient on unchanged",
                "+ splits the upstream gradient between its inputs",
                "a sum is never negative",
            ),
        ),
        Fact(
            "y - x",
            lambda x, y: Fraction(1),
            (
                "the second input of − receives the gradient with its sign flipped",
                "− passes the upstream gradient on unchanged to both inputs",
                "the value of f does not matter here",
            ),
        ),
    ),
    2: (
        Fact(
            "x*x + y*x",
            lambda x, y: x + y,
            (
                "gradients add up over all uses of x, and x·x uses it twice",
                "every gate that takes x counts once",
                "x is the first input",
            ),
        ),
        Fact(
            "relu(x*y)",
            lambda x, y: y if x * y < 0 else Fraction(0),
            (
                "ReLU passes the gradient on if its input is above 0, and nothing otherwise",
                "ReLU passes the gradient on if its input is below 0, and nothing otherwise",
                "ReLU has no parameters",
            ),
        ),
        Fact(
            "max(x, y)",
            lambda x, y: Fraction(1, 2),
            (
                "max passes the whole gradient to the larger input",
                "max splits the gradient between its inputs",
                "max is not differentiable anywhere",
            ),
        ),
    ),
    3: (
        Fact(
            "(x + y)**2 * x",
            lambda x, y: 2 * (x + y) * x,
            (
                "the paths through the square and through × add up",
                "only the path through the square counts",
                "the square is never negative",
            ),
        ),
        Fact(
            "relu(x) - relu(-x*y)",
            lambda x, y: Fraction(x > 0) + y,
            (
                "each ReLU is open or closed by its own input, and the open paths add up",
                "both ReLUs are open, whatever their inputs are",
                "a difference has no gradient at 0",
            ),
        ),
        Fact(
            "x*max(x, y)",
            lambda x, y: max(x, y),
            (
                "x reaches f through × and, if it is the larger one, through max too",
                "only × uses x directly, so only × passes it a gradient",
                "max is linear",
            ),
        ),
    ),
}


def generate(stream: Stream, level: int) -> Draft:
    """State the true or a wrong gradient; each of the four options is a verdict with a reason."""
    fact = stream.pick(FACTS[level])
    x, y = whole(stream, 6), whole(stream, 6)
    case = Case(f"f = {fact.source}", {"x": x, "y": y})
    require(x != y and not any(is_at_kink(case, n) for n in case.graph.nodes))
    node = case.graph.find("x")
    true = case.backward().gradients[node]
    if true != (slope := measured(case, node)) and abs(true - slope) > Fraction(1, 10**12):
        raise KeyMismatchError(
            "the gradient of a statement differs from the measured one", expected=slope, got=true
        )
    mistaken = fact.mistake(x, y)
    require(mistaken != true)
    holds = stream.chance(2)
    claim = true if holds else mistaken
    right, contrary, beside = fact.reasons
    verdict, other = ("True", "False") if holds else ("False", "True")
    statement: tuple[str | Maths, ...] = (derivative("f", "x"), " is ", numeral(claim), ".")
    found = [
        Option((f"{verdict}, because {right}.",), True, "That is right."),
        Option(
            (f"{verdict}, because {beside}.",),
            False,
            "The verdict is right, but not for this reason.",
            "wrong-reason",
        ),
        Option(
            (f"{other}, because {contrary}.",),
            False,
            f"That is not true: {right}.",
            "true-for-false",
        ),
        Option(
            (f"{other}, because {beside}.",), False, f"That is not true: {right}.", "true-for-false"
        ),
    ]
    why: Text = say(f"{verdict}: {right}. The gradient is {{g}}.", g=true)
    at = say(
        "Let {f}, with {x} and {y}. True or false, and why?",
        f=equation("f", expression(fact.source)),
        x=equation("x", x),
        y=equation("y", y),
    )
    return Draft(
        (at, statement),
        (Part("", (), Choice(tuple(stream.shuffled(found)))),),
        Difficulty(len(case.program.schedule), 0, len(decimal(true))),
        Solution((why,)),
    )


KIND = Kind("true-false", "True or false, with a reason", generate)
