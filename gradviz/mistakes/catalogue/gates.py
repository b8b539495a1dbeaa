"""Mistakes at a gate: what a single op passes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.mistake import Mistake


def at(op: str, brings: Callable[[Use], Any], slot: int | None = None) -> Changes:
    """A rule that changes the contribution of one op, at one operand or at all of them."""
    return Changes(
        contribute=lambda use: (
            brings(use) if use.op.name == op and slot in (None, use.edge.slot) else None
        )
    )


ADDED = "You added the local gradient to the upstream gradient: along a path they multiply."
CHOICES = ("relu", "maximum", "minimum")
"""Ops that select an operand. Students add there in single steps, but not in whole passes."""

MISTAKES = (
    Mistake(
        "upstream-dropped",
        "You used the local gradient alone: it must be multiplied by the upstream gradient.",
        Changes(contribute=lambda use: None if use.local is None else use.local + 0 * use.upstream),
    ),
    Mistake(
        "upstream-added",
        ADDED,
        Changes(
            contribute=lambda use: (
                None if use.local is None or use.op.name in CHOICES else use.upstream + use.local
            )
        ),
    ),
    Mistake(
        "upstream-added-at-a-choice",
        ADDED,
        Changes(
            contribute=lambda use: use.upstream + use.local if use.op.name in CHOICES else None
        ),
        about="step",
    ),
    Mistake(
        "product-not-swapped",
        "At × each input receives the upstream gradient times the other input, not times itself.",
        at("mul", lambda use: use.upstream * use.own),
    ),
    Mistake(
        "output-as-slope",
        "You multiplied by the gate's output: the local gradient is the slope, not the value.",
        Changes(
            contribute=lambda use: (
                use.upstream * use.value
                if use.op.name in ("mul", "square", "sigmoid", "tanh")
                else None
            )
        ),
    ),
    Mistake(
        "sigmoid-slope-of-input",
        "You used the input of σ in y(1 − y): y is its output.",
        at("sigmoid", lambda use: use.upstream * use.own * (1 - use.own)),
    ),
    Mistake(
        "sigmoid-twice",
        "You applied σ to its own output again: the slope is y(1 − y), where y is the output.",
        at(
            "sigmoid",
            lambda use: use.upstream * use.xp.sigmoid(use.value) * (1 - use.xp.sigmoid(use.value)),
        ),
    ),
    Mistake(
        "tanh-slope-of-input",
        "You used the input of tanh in 1 − y²: y is its output.",
        at("tanh", lambda use: use.upstream * (1 - use.own * use.own)),
    ),
    Mistake(
        "tanh-not-squared",
        "The slope of tanh is 1 − y²; you left the square out.",
        at("tanh", lambda use: use.upstream * (1 - use.value)),
    ),
    Mistake(
        "relu-ungated",
        "ReLU passes nothing back where its input is below 0.",
        at("relu", lambda use: use.upstream),
    ),
    Mistake(
        "relu-times-input",
        "An open ReLU passes the upstream gradient on unchanged, not times its input.",
        at("relu", lambda use: use.upstream * use.value),
    ),
    Mistake(
        "minus-forgotten",
        "The second input of − receives the upstream gradient with its sign flipped.",
        at("sub", lambda use: use.upstream, slot=1),
    ),
    Mistake(
        "reciprocal-not-squared",
        "The slope of 1/x is −1/x²; you left the square out.",
        at("reciprocal", lambda use: -use.upstream / use.own),
    ),
    Mistake(
        "reciprocal-sign",
        "The slope of 1/x is −1/x²; you lost the sign.",
        at("reciprocal", lambda use: use.upstream / (use.own * use.own)),
    ),
    Mistake(
        "square-factor-dropped",
        "The slope of x² is 2x; you left the 2 out.",
        at("square", lambda use: use.upstream * use.own),
    ),
    Mistake(
        "max-to-both",
        "max passes the gradient to the larger input only; the other one receives 0.",
        at("maximum", lambda use: use.upstream),
    ),
    Mistake(
        "max-halved",
        "max passes the whole gradient to the larger input; it does not split it.",
        at("maximum", lambda use: use.upstream / 2),
    ),
    Mistake(
        "sum-halved",
        "+ passes the whole upstream gradient to each input; it does not split it.",
        at("add", lambda use: use.upstream / 2),
    ),
)
