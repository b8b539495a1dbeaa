"""Mistakes in losses: hinge, softmax and cross-entropy, squared error."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gradviz.mistakes.case import XP
from gradviz.mistakes.mistake import Mistake


def _margins(scores: Sequence[Fraction], label: int, margin: int = 1) -> list[Fraction]:
    return [s - scores[label] + margin for j, s in enumerate(scores) if j != label]


def _positive(values: Sequence[Fraction]) -> Fraction:
    return sum((max(v, Fraction(0)) for v in values), Fraction(0))


def _softmax(scores: Sequence[Fraction]) -> list[Fraction]:
    raised = [XP.exp(s) for s in scores]
    return [e / sum(raised) for e in raised]


def _share(scores: Sequence[Fraction], label: int) -> Any:
    """The score itself divided by the sum of the scores."""
    total = sum(scores)
    return scores[label] / total if total else None


MISTAKES = (
    Mistake(
        "hinge-counts-label",
        "You counted the right class too: the sum is over the other classes only.",
        formula=lambda scores, label: _positive(_margins(scores, label)) + 1,
        about="hinge",
    ),
    Mistake(
        "hinge-without-margin",
        "You left the margin of 1 out.",
        formula=lambda scores, label: _positive(_margins(scores, label, 0)),
        about="hinge",
    ),
    Mistake(
        "hinge-not-cut",
        "You added negative terms: max(0, …) cuts each of them at 0.",
        formula=lambda scores, label: sum(_margins(scores, label)),
        about="hinge",
    ),
    Mistake(
        "hinge-largest-only",
        "You kept only the largest term: all open terms add.",
        formula=lambda scores, label: max([Fraction(0), *_margins(scores, label)]),
        about="hinge",
    ),
    Mistake(
        "hinge-one-open",
        "You counted one open term: the right class receives −1 for every open one.",
        formula=lambda scores, label: -1 if any(m > 0 for m in _margins(scores, label)) else None,
        about="hinge-gradient",
    ),
    Mistake(
        "hinge-all-open",
        "You counted closed terms too: only terms above 0 pass a gradient.",
        formula=lambda scores, label: -(len(scores) - 1),
        about="hinge-gradient",
    ),
    Mistake(
        "hinge-sign",
        "You lost the sign: raising the right score lowers the loss.",
        formula=lambda scores, label: sum(m > 0 for m in _margins(scores, label)),
        about="hinge-gradient",
    ),
    Mistake(
        "softmax-without-exp",
        "You divided the scores themselves: softmax divides their exponentials.",
        formula=_share,
        about="softmax",
    ),
    Mistake(
        "softmax-not-normalised",
        "You stopped at exp(s): softmax divides by the sum over all classes.",
        formula=lambda scores, label: XP.exp(scores[label]),
        about="softmax",
    ),
    Mistake(
        "softmax-leaves-label-out",
        "You left the class itself out of the sum in the denominator.",
        formula=lambda scores, label: (
            XP.exp(scores[label]) / sum(XP.exp(s) for j, s in enumerate(scores) if j != label)
        ),
        about="softmax",
    ),
    Mistake(
        "log-base-10",
        "You took the logarithm to base 10: the loss uses the natural logarithm.",
        formula=lambda scores, label: -XP.log(_softmax(scores)[label]) / XP.log(Fraction(10)),
        about="cross-entropy",
    ),
    Mistake(
        "log-sign",
        "You lost the sign: the loss is −log p, which is never negative.",
        formula=lambda scores, label: XP.log(_softmax(scores)[label]),
        about="cross-entropy",
    ),
    Mistake(
        "loss-of-score",
        "You used the score itself: the loss is −log of the probability.",
        formula=lambda scores, label: -scores[label],
        about="cross-entropy",
    ),
    Mistake(
        "label-not-subtracted",
        "You gave p itself: at the right class the gradient is p − 1.",
        formula=lambda scores, label: _softmax(scores)[label],
        about="cross-entropy-gradient",
    ),
    Mistake(
        "gradient-turned",
        "You gave 1 − p: the gradient is p − 1, so that descent raises the right score.",
        formula=lambda scores, label: 1 - _softmax(scores)[label],
        about="cross-entropy-gradient",
    ),
    Mistake(
        "stopped-at-log",
        "You stopped at −1/p, the slope of −log p: it must be multiplied by the slope of softmax.",
        formula=lambda scores, label: -1 / _softmax(scores)[label],
        about="cross-entropy-gradient",
    ),
    Mistake(
        "softmax-diagonal-only",
        "You gave p(1 − p), the slope of softmax alone: it must be multiplied by that of the loss.",
        formula=lambda scores, label: _softmax(scores)[label] * (1 - _softmax(scores)[label]),
        about="cross-entropy-gradient",
    ),
    Mistake(
        "square-factor-dropped-in-mean",
        "You left out the 2 from the slope of the square.",
        formula=lambda p, t, n: (p - t) / n,
        about="squared-error",
    ),
    Mistake(
        "not-averaged",
        "You left out the division by the number of elements.",
        formula=lambda p, t, n: 2 * (p - t),
        about="squared-error",
    ),
    Mistake(
        "target-minus-prediction",
        "You subtracted the wrong way round: it is prediction minus target.",
        formula=lambda p, t, n: 2 * (t - p) / n,
        about="squared-error",
    ),
    Mistake(
        "error-for-gradient",
        "This is the error: the gradient of the mean square is twice that, divided by the number"
        " of elements.",
        formula=lambda p, t, n: p - t,
        about="squared-error",
    ),
)
