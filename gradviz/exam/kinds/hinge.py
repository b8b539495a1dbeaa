"""The multiclass hinge loss and its gradient."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import Numeric
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.question import Draft, Figure, Part, Solution
from gradviz.exam.question.sample import difficulty, sample
from gradviz.exam.question.short_numbers import is_telling, require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, expression, given, say
from gradviz.story.maths import M

CLASSES = {1: 3, 2: 3, 3: 4}
FINE = Fraction(1, 1000)


def generate(stream: Stream, level: int) -> Draft:
    """Ask for the loss and its gradient for the right class and for another class."""
    count, places = CLASSES[level], 1 if level == 1 else 10
    label = stream.below(count)
    scores = [Fraction(stream.between(-5 * places, 6 * places), places) for _ in range(count)]
    others = [j for j in range(count) if j != label]
    margins = {j: scores[j] - scores[label] + 1 for j in others}
    require(
        0 not in margins.values()
        and len(set(scores)) == count
        and sum(m > 0 for m in margins.values()) >= (2 if level == 3 else 1)
    )
    terms = " + ".join(f"max(0, 1 + s{j} - s{label})" for j in others)
    made = sample(f"L = {terms}", {f"s{j}": s for j, s in enumerate(scores)})
    loss, at_label = made.case.output, made.gradient(made.id(f"s{label}"))
    require(is_telling(loss))
    other = stream.pick(others)
    wrong = by_formula("hinge", loss, FINE, scores=scores, label=label)
    require(len(wrong) >= 2)
    return Draft(
        (
            say("An image of class {label} has the scores", label=label),
            (*given({f"s{j}": s for j, s in enumerate(scores)}), "."),
            say("The hinge loss is {loss}.", loss=M.relation("=", M.name("L"), expression(terms))),
        ),
        (
            Part("a", (M.name("L"), " ="), Numeric(loss, FINE, wrong=wrong), points=2),
            Part(
                "b",
                (derivative("L", f"s{label}"), " ="),
                Numeric(
                    at_label,
                    FINE,
                    wrong=by_formula("hinge-gradient", at_label, FINE, scores=scores, label=label),
                ),
            ),
            Part(
                "c",
                (derivative("L", f"s{other}"), " ="),
                Numeric(made.gradient(made.id(f"s{other}")), FINE),
            ),
        ),
        difficulty(made),
        Solution(run=made.run),
        Figure(
            made.run.source,
            made.run.values,
            blanks=(
                ("L", "value", "a"),
                (f"s{label}", "gradient", "b"),
                (f"s{other}", "gradient", "c"),
            ),
        ),
    )


KIND = Kind("hinge", "Hinge loss and its gradient", generate)
