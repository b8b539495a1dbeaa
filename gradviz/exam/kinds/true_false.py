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


@dataclass(frozen=True)
class Fact:
    """What ∂f/∂x follows from, and what people think it follows from.

    source    the graph.
    right     the rule that gives ∂f/∂x.
    wrong     the rule that people take for it; about as long, so that lengths tell nothing.
    mistaken  `(x, y)`: what the wrong rule gives for ∂f/∂x.
    """

    source: str
    right: str
    wrong: str
    mistaken: Callable[[Fraction, Fraction], Fraction]


def _is(condition: bool) -> Fraction:
    return Fraction(condition)


FACTS = {
    1: (
        Fact(
            "x*y",
            "× passes on the upstream gradient times the other input",
            "× passes on the upstream gradient times the input itself",
            lambda x, y: x,
        ),
        Fact(
            "x + y",
            "+ passes the upstream gradient on unchanged",
            "+ splits the upstream gradient between its inputs",
            lambda x, y: Fraction(1, 2),
        ),
        Fact(
            "y - x",
            "− flips the sign of the gradient for its second input",
            "− passes the upstream gradient on unchanged to both inputs",
            lambda x, y: Fraction(1),
        ),
        Fact(
            "x - y",
            "− flips the sign of the gradient for its second input only",
            "− flips the sign of the gradient for both inputs",
            lambda x, y: Fraction(-1),
        ),
        Fact(
            "x**2 + y",
            "the square passes on the upstream gradient times twice its input",
            "the square passes on the upstream gradient times its input",
            lambda x, y: x,
        ),
        Fact(
            "x**3 + y",
            "the cube has the slope 3 · x²",
            "the cube has the slope x², its exponent lowered by 1",
            lambda x, y: x * x,
        ),
        Fact(
            "4*x + y",
            "a constant factor is the local gradient of its product",
            "the value of a product is its local gradient",
            lambda x, y: 4 * x,
        ),
        Fact(
            "x/y",
            "÷ passes on the upstream gradient divided by the divisor",
            "÷ passes on the upstream gradient times the divisor",
            lambda x, y: y,
        ),
        Fact(
            "y/x",
            "the slope with respect to a divisor has the opposite sign: −y/x²",
            "the slope with respect to a divisor keeps the sign of the quotient: y/x²",
            lambda x, y: y / (x * x),
        ),
        Fact(
            "-x*y",
            "the minus sign belongs to the local gradient as well: −y",
            "the minus sign changes the value of f, not its slope y",
            lambda x, y: y,
        ),
        Fact(
            "relu(x) + y",
            "an open ReLU passes the upstream gradient on unchanged",
            "an open ReLU passes on the upstream gradient times its input",
            lambda x, y: max(x, Fraction(0)),
        ),
        Fact(
            "abs(x) + y",
            "the slope of the absolute value is the sign of its input",
            "the slope of the absolute value is 1 everywhere",
            lambda x, y: Fraction(1),
        ),
    ),
    2: (
        Fact(
            "x*x + y*x",
            "the gradients of all uses add up, and x · x uses x twice",
            "each gate that takes x counts once, and x · x is one gate",
            lambda x, y: x + y,
        ),
        Fact(
            "relu(x*y)",
            "ReLU passes the gradient on if its input is above 0, and nothing otherwise",
            "ReLU passes the gradient on if its input is below 0, and nothing otherwise",
            lambda x, y: y if x * y < 0 else Fraction(0),
        ),
        Fact(
            "max(x, y)",
            "max passes the whole gradient to the larger input",
            "max splits the gradient between its inputs",
            lambda x, y: Fraction(1, 2),
        ),
        Fact(
            "min(x, y)",
            "min passes the whole gradient to the smaller input",
            "min passes the whole gradient to the larger input",
            lambda x, y: _is(x > y),
        ),
        Fact(
            "x*y + x",
            "the use of x in + adds 1 to the gradient through ×",
            "only the use of x in × counts, since + has no factor",
            lambda x, y: y,
        ),
        Fact(
            "(x + y)*x",
            "both uses of x count: the one in the sum as well as the factor",
            "only the use of x as a factor counts: the sum is a constant for it",
            lambda x, y: x + y,
        ),
        Fact(
            "(x + y)**2",
            "the square passes on twice the whole sum, which + leaves unchanged",
            "the square acts on each term by itself, so x receives twice x",
            lambda x, y: 2 * x,
        ),
        Fact(
            "relu(x + y)",
            "the ReLU is open if the sum is above 0, whatever the sign of x is",
            "the ReLU is open for x if x itself is above 0",
            lambda x, y: _is(x > 0),
        ),
        Fact(
            "x*y*y",
            "both of the factors y multiply the gradient on its way to x",
            "a repeated factor y counts only once on the way to x",
            lambda x, y: y,
        ),
        Fact(
            "x - x*y",
            "− flips the sign of what comes through its second input ×",
            "− passes the gradient on unchanged, and both uses of x add up",
            lambda x, y: 1 + y,
        ),
        Fact(
            "max(x*y, y)",
            "the winner of max passes the gradient on, and × multiplies it by y",
            "the winner of max passes the gradient on to x as it is",
            lambda x, y: _is(x * y > y),
        ),
        Fact(
            "y*abs(x)",
            "the gradient is y times the sign of x",
            "the gradient is y, since |x| has the slope 1",
            lambda x, y: y,
        ),
    ),
    3: (
        Fact(
            "(x + y)**2 * x",
            "the paths through the square and through the last × add up",
            "only the path through the square counts",
            lambda x, y: 2 * (x + y) * x,
        ),
        Fact(
            "relu(x) - relu(-x*y)",
            "each ReLU is open or closed by its own input, and open paths add up",
            "both ReLUs let the gradient through, whatever their inputs are, and add up",
            lambda x, y: 1 + y,
        ),
        Fact(
            "x*max(x, y)",
            "x reaches f through × and, if it is the larger one, through max too",
            "only × uses x directly, so only × passes a gradient on to x",
            lambda x, y: max(x, y),
        ),
        Fact(
            "x*relu(x*y)",
            "x reaches f along two paths, and the gradients of both add up",
            "x reaches f along two paths, but the ReLU holds one of them back",
            lambda x, y: max(x * y, Fraction(0)),
        ),
        Fact(
            "(x*y + x)**2",
            "inside the square, both uses of x pass on a gradient",
            "inside the square, only the product x · y passes on a gradient",
            lambda x, y: 2 * (x * y + x) * y,
        ),
        Fact(
            "max(x, y)*min(x, y)",
            "x wins either max or min, and receives the value of the other gate",
            "x is an input of both gates, and receives the sum of their values",
            lambda x, y: x + y,
        ),
        Fact(
            "x*y - (x - y)**2",
            "the outer − flips the sign of the path through the square",
            "the outer − leaves the sign of the path through the square as it is",
            lambda x, y: y + 2 * (x - y),
        ),
        Fact(
            "y*relu(x - y)",
            "the ReLU is closed where x is below y, and then nothing arrives",
            "the factor y is passed on to x, whatever the ReLU does",
            lambda x, y: y,
        ),
        Fact(
            "x**2 * y + x * y**2",
            "y² is a constant factor for x and is passed on as it is",
            "y² passes on its own slope 2 · y when it multiplies x",
            lambda x, y: 2 * x * y + 2 * y,
        ),
        Fact(
            "(x + y)*(x - y)",
            "x reaches both factors with the slope 1, so the values of the factors add up",
            "x reaches the second factor with the slope −1: their values are subtracted",
            lambda x, y: -2 * y,
        ),
        Fact(
            "relu(x + y) + relu(x - y)",
            "each ReLU that is open adds 1 to the gradient of x",
            "the two ReLUs share one gradient: x receives 1 as soon as either is open",
            lambda x, y: _is(x + y > 0 or x - y > 0),
        ),
        Fact(
            "(x*y)**2 / 2",
            "the chain rule multiplies the slopes of the square and of ×",
            "the slope of the square is the whole gradient, as × has no slope",
            lambda x, y: x * y,
        ),
    ),
}


def generate(stream: Stream, level: int) -> Draft:
    """State the true or a wrong gradient; the options cross both verdicts with both rules."""
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
    mistaken = fact.mistaken(x, y)
    require(mistaken != true)
    holds = stream.chance(2)
    claim = true if holds else mistaken
    verdict = "True" if holds else "False"
    statement: tuple[str | Maths, ...] = (derivative("f", "x"), " is ", numeral(claim), ".")
    found = [
        _option(said, rule, said == verdict, fact)
        for said in ("True", "False")
        for rule in (fact.right, fact.wrong)
    ]
    why: Text = say(f"{verdict}: {fact.right}. The gradient is {{g}}.", g=true)
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


def _option(verdict: str, rule: str, holds: bool, fact: Fact) -> Option:
    """A verdict with a reason; `holds` says whether the verdict is right."""
    text = (f"{verdict}, because {rule}.",)
    if holds and rule == fact.right:
        return Option(text, True, "That is right.")
    if holds:
        return Option(text, False, "The verdict is right, but not for this reason.", "wrong-reason")
    said = (
        "The reason is right, but the verdict does not follow from it."
        if rule == fact.right
        else f"That is not true: {fact.right}."
    )
    return Option(text, False, said, "true-for-false")


KIND = Kind("true-false", "True or false, with a reason", generate)
