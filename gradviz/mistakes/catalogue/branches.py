"""Mistakes at a branch, where gradients add."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from gradviz.engine.changes import Changes
from gradviz.graph.graph import Node
from gradviz.mistakes.mistake import Mistake


def _product(node: Node, arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a * b, arrived)


def _mean(node: Node, arrived: Sequence[Any]) -> Any:
    return reduce(lambda a, b: a + b, arrived) / len(arrived)


MISTAKES = (
    Mistake(
        "last-path-only",
        "You kept only the path that arrives last: at a branch the gradients of all paths add.",
        Changes(accumulate=lambda node, arrived: arrived[-1]),
    ),
    Mistake(
        "first-path-only",
        "You kept only the path that arrives first: at a branch the gradients of all paths add.",
        Changes(accumulate=lambda node, arrived: arrived[0]),
    ),
    Mistake(
        "paths-multiplied",
        "You multiplied the gradients of the paths: along a path they multiply, at a branch they"
        " add.",
        Changes(accumulate=_product),
    ),
    Mistake(
        "paths-averaged",
        "You averaged the gradients of the paths: at a branch they add, whatever their number.",
        Changes(accumulate=_mean),
    ),
    Mistake(
        "gradient-not-reset",
        "This includes the gradient of an earlier backward pass: gradients must be set to zero"
        " first.",
        Changes(report=lambda node, value, gradient: 2 * gradient),
    ),
    Mistake(
        "value-for-gradient",
        "This is the value from the forward pass; the gradient was asked for.",
        Changes(report=lambda node, value, gradient: value),
    ),
)
