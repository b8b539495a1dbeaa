"""At a gate: what a single op passes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.exam.backward import XP, Changed, Use
from gradviz.exam.misconceptions import Misconception


def at(op: str, brings: Callable[[Use], Any], slot: int | None = None) -> Changed:
    """A rule for one op (at one operand), which brings something else than it should."""
    return Changed(
        lambda use: brings(use) if use.op.name == op and slot in (None, use.edge.slot) else None
    )


MISCONCEPTIONS = (
    Misconception(
        "upstream-dropped",
        "You took the local gradient alone: it has to be multiplied by the upstream gradient.",
        Changed(lambda use: None if use.local is None else use.local + 0 * use.upstream),
    ),
    Misconception(
        "upstream-added",
        "You added the local gradient to the upstream gradient: along a path they multiply.",
        Changed(
            lambda use: (
                None
                if use.local is None or use.op.name in ("relu", "maximum", "minimum")
                else use.upstream + use.local
            )
        ),
    ),
    Misconception(
        "product-not-swapped",
        "At × each input receives the upstream gradient times the other input, not times itself.",
        at("mul", lambda use: use.upstream * use.own),
    ),
    Misconception(
        "output-as-slope",
        "You multiplied by the gate's output: the local gradient is the slope, not the value.",
        Changed(
            lambda use: (
                use.upstream * use.value
                if use.op.name in ("mul", "square", "sigmoid", "tanh")
                else None
            )
        ),
    ),
    Misconception(
        "sigmoid-slope-of-input",
        "You put the input of σ into σ(1 − σ): the slope is made of its output.",
        at("sigmoid", lambda use: use.upstream * use.own * (1 - use.own)),
    ),
    Misconception(
        "sigmoid-twice",
        "You applied σ to its own output once more: the slope is y(1 − y) with y the output.",
        at(
            "sigmoid",
            lambda use: use.upstream * XP.sigmoid(use.value) * (1 - XP.sigmoid(use.value)),
        ),
    ),
    Misconception(
        "tanh-slope-of-input",
        "You put the input of tanh into 1 − y²: y is its output.",
        at("tanh", lambda use: use.upstream * (1 - use.own * use.own)),
    ),
    Misconception(
        "tanh-not-squared",
        "The slope of tanh is 1 − y²; you left the square out.",
        at("tanh", lambda use: use.upstream * (1 - use.value)),
    ),
    Misconception(
        "relu-ungated",
        "ReLU passes nothing back where its input is below 0.",
        at("relu", lambda use: use.upstream),
    ),
    Misconception(
        "relu-times-input",
        "An open ReLU passes the upstream gradient on as it is, not times its input.",
        at("relu", lambda use: use.upstream * use.value),
    ),
    Misconception(
        "minus-forgotten",
        "The second input of − receives the upstream gradient with its sign turned.",
        at("sub", lambda use: use.upstream, slot=1),
    ),
    Misconception(
        "reciprocal-not-squared",
        "The slope of 1/x is −1/x²; you left the square out.",
        at("reciprocal", lambda use: -use.upstream / use.own),
    ),
    Misconception(
        "reciprocal-sign",
        "The slope of 1/x is −1/x²; you lost the sign.",
        at("reciprocal", lambda use: use.upstream / (use.own * use.own)),
    ),
    Misconception(
        "square-factor-dropped",
        "The slope of x² is 2x; you left the 2 out.",
        at("square", lambda use: use.upstream * use.own),
    ),
    Misconception(
        "max-to-both",
        "max passes the gradient to the larger input only; the other one receives 0.",
        at("maximum", lambda use: use.upstream),
    ),
    Misconception(
        "max-halved",
        "max passes the whole gradient to the larger input; it does not share it out.",
        at("maximum", lambda use: use.upstream / 2),
    ),
    Misconception(
        "sum-halved",
        "+ passes the whole upstream gradient to each input; it does not share it out.",
        at("add", lambda use: use.upstream / 2),
    ),
)
