"""Softmax, cross-entropy, and the gradient p − y."""

from __future__ import annotations

from fractions import Fraction

from gradviz.exam.answers.number import rounded
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import by_formula
from gradviz.exam.question.question import PREFIX, Difficulty, Draft, Figure, Part, Solution
from gradviz.exam.question.sample import sample
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, given, say
from gradviz.story.maths import M

PLACES = 3
CLASSES = {1: 2, 2: 3, 3: 4}


def generate(stream: Stream, level: int) -> Draft:
    """Ask for the probability of the right class, the loss, and two gradients."""
    count = CLASSES[level]
    label = stream.below(count)
    scores = [Fraction(stream.between(-6, 6), 2) for _ in range(count)]
    require(len(set(scores)) == count)
    exps, below = (
        "; ".join(f"e{j} = exp(s{j})" for j in range(count)),
        " + ".join(f"e{j}" for j in range(count)),
    )
    made = sample(
        f"{exps}; p = e{label} / ({below}); L = -log(p)",
        {f"s{j}": s for j, s in enumerate(scores)},
        nodes=("p",),
    )
    p, loss = made.value(made.id("p")), made.case.output
    require(Fraction(1, 20) < p < Fraction(19, 20))
    other = stream.pick([j for j in range(count) if j != label])
    slopes = {j: made.gradient(made.id(f"s{j}")) for j in (label, other)}
    fine = Fraction(2, 10**PLACES)
    loss_slack = int(2 / p)  # an error in p is divided by p in the loss
    return Draft(
        (
            say("An image of class {label} has the scores", label=label),
            (*given({f"s{j}": s for j, s in enumerate(scores)}), "."),
            say(
                "The loss is softmax followed by cross-entropy with the natural logarithm. Round to"
                " {n} decimals.",
                n=PLACES,
            ),
        ),
        (
            Part(
                "a",
                (M.name(f"p{label}"), " ="),
                rounded(p, PLACES, 2, by_formula("softmax", p, fine, scores=scores, label=label)),
            ),
            Part(
                "b",
                (M.name("L"), " ="),
                rounded(
                    loss,
                    PLACES,
                    loss_slack,
                    by_formula("cross-entropy", loss, fine, scores=scores, label=label),
                ),
                follows=f"-log({PREFIX}a)",
            ),
            Part(
                "c",
                (derivative("L", f"s{label}"), " ="),
                rounded(
                    slopes[label],
                    PLACES,
                    2,
                    by_formula(
                        "cross-entropy-gradient", slopes[label], fine, scores=scores, label=label
                    ),
                ),
                follows=f"{PREFIX}a - 1",
            ),
            Part("d", (derivative("L", f"s{other}"), " ="), rounded(slopes[other], PLACES, 2)),
        ),
        Difficulty(len(made.trace), 1, 3 * count),
        Solution(run=made.run),
        Figure(
            made.run.source,
            made.run.values,
            blanks=(
                ("p", "value", "a"),
                ("L", "value", "b"),
                (f"s{label}", "gradient", "c"),
                (f"s{other}", "gradient", "d"),
            ),
        ),
    )


KIND = Kind("softmax", "Softmax, cross-entropy and their gradient", generate)
