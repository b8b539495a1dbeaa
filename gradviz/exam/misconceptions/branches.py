"""At a branch, where gradients add."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from gradviz.exam.backward import Changed
from gradviz.exam.misconceptions import Misconception


def _product(arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a * b, arrived)


def _mean(arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a + b, arrived) / len(arrived)


MISCONCEPTIONS = (
    Misconception(
        "last-path-only",
        "You kept only the path that arrives last: at a branch the gradients of all paths add.",
        Changed(accumulate=lambda arrived: arrived[-1]),
    ),
    Misconception(
        "first-path-only",
        "You kept only the path that arrives first: at a branch the gradients of all paths add.",
        Changed(accumulate=lambda arrived: arrived[0]),
    ),
    Misconception(
        "paths-multiplied",
        "You multiplied the gradients of the paths: along a path they multiply, at a branch they"
        " add.",
        Changed(accumulate=_product),
    ),
    Misconception(
        "paths-averaged",
        "You averaged the gradients of the paths: at a branch they add, whatever their number.",
        Changed(accumulate=_mean),
    ),
    Misconception(
        "gradient-not-reset",
        "You counted a second backward pass: the gradients of an earlier one must be set to zero"
        " first.",
        Changed(report=lambda value, gradient: 2 * gradient),
    ),
    Misconception(
        "value-for-gradient",
        "This is the value from the forward pass; the gradient was asked for.",
        Changed(report=lambda value, gradient: value),
    ),
)
