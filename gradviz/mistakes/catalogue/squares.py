"""Mistakes in the value of the mean squared error.

The arguments are the predictions and the targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradviz.mistakes.mistake import Mistake


def _squares(p: Sequence[Fraction], t: Sequence[Fraction]) -> Fraction:
    return sum(((a - b) ** 2 for a, b in zip(p, t, strict=True)), Fraction(0))


MISTAKES = (
    Mistake(
        "sum-for-mean",
        "This is the sum of the squares: the mean divides by their number.",
        formula=_squares,
        about="squared-error-loss",
    ),
    Mistake(
        "spurious-half",
        "You halved the loss: there is no ½ in front of this one.",
        formula=lambda p, t: _squares(p, t) / len(p) / 2,
        about="squared-error-loss",
    ),
    Mistake(
        "mean-then-square",
        "You squared the mean error: the errors are squared one by one, then averaged.",
        formula=lambda p, t: (sum(a - b for a, b in zip(p, t, strict=True)) / len(p)) ** 2,
        about="squared-error-loss",
    ),
)
