"""Mistakes at a gate: what a single op passes back."""

from __future__ import annotations

from gradviz.engine.changes import Changes
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.places import at

ADDED = "You added the local gradient to the upstream gradient: along a path they multiply."
CHOICES = ("relu", "maximum", "minimum")
"""Ops that select an operand. Students add there in single steps, but not in whole passes."""

MISTAKES = (
    Mistake(
        "upstream-dropped",
        "You used the local gradient alone: it must be multiplied by the upstream gradient.",
        Changes(contribute=lambda use: None if use.local is None else use.local + 0 * use.upstream),
        says="the upstream gradient was left out",
        bits=4.5,
    ),
    Mistake(
        "upstream-added",
        ADDED,
        Changes(
            contribute=lambda use: (
                None if use.local is None or use.op.name in CHOICES else use.upstream + use.local
            )
        ),
        says="the local gradient was added to the upstream gradient, not multiplied",
        bits=5.5,
    ),
    Mistake(
        "upstream-added-at-a-choice",
        ADDED,
        Changes(
            contribute=lambda use: use.upstream + use.local if use.op.name in CHOICES else None
        ),
        about="step",
        says="the local gradient was added to the upstream gradient, not multiplied",
        bits=6.5,
    ),
    Mistake(
        "product-not-swapped",
        "At × each input receives the upstream gradient times the other input, not times itself.",
        at("mul", lambda use: use.upstream * use.own),
        says="it was multiplied by its own input, not by the other factor",
        bits=4.5,
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
        says="it was multiplied by the output of the gate",
        bits=6.0,
    ),
    Mistake(
        "sigmoid-slope-of-input",
        "You used the input of σ in y(1 − y): y is its output.",
        at("sigmoid", lambda use: use.upstream * use.own * (1 - use.own)),
        says="x(1 − x) was taken for s(1 − s), with the input",
        bits=5.0,
    ),
    Mistake(
        "sigmoid-twice",
        "You applied σ to its own output again: the slope is y(1 − y), where y is the output.",
        at(
            "sigmoid",
            lambda use: use.upstream * use.xp.sigmoid(use.value) * (1 - use.xp.sigmoid(use.value)),
        ),
        says="σ was applied twice in its slope",
        bits=5.0,
    ),
    Mistake(
        "tanh-slope-of-input",
        "You used the input of tanh in 1 − y²: y is its output.",
        at("tanh", lambda use: use.upstream * (1 - use.own * use.own)),
        says="1 − x² was taken for 1 − y², with the input",
        bits=5.0,
    ),
    Mistake(
        "tanh-not-squared",
        "The slope of tanh is 1 − y²; you left the square out.",
        at("tanh", lambda use: use.upstream * (1 - use.value)),
        says="1 − y was taken for 1 − y²",
        bits=5.0,
    ),
    Mistake(
        "relu-ungated",
        "ReLU passes nothing back where its input is below 0.",
        at("relu", lambda use: use.upstream),
        says="nothing was stopped, though the input is below 0",
        bits=4.5,
    ),
    Mistake(
        "relu-times-input",
        "An open ReLU passes the upstream gradient on unchanged, not times its input.",
        at("relu", lambda use: use.upstream * use.value),
        says="it was multiplied by the input",
        bits=5.5,
    ),
    Mistake(
        "minus-forgotten",
        "The second input of − receives the upstream gradient with its sign flipped.",
        at("sub", lambda use: use.upstream, slot=1),
        says="the second input of − received it without the minus sign",
        bits=4.0,
    ),
    Mistake(
        "reciprocal-not-squared",
        "The slope of 1/x is −1/x²; you left the square out.",
        at("reciprocal", lambda use: -use.upstream / use.own),
        says="−1/x was taken for −1/x²",
        bits=5.0,
    ),
    Mistake(
        "reciprocal-sign",
        "The slope of 1/x is −1/x²; you lost the sign.",
        at("reciprocal", lambda use: use.upstream / (use.own * use.own)),
        says="the minus sign of −1/x² was lost",
        bits=5.0,
    ),
    Mistake(
        "square-factor-dropped",
        "The slope of x² is 2x; you left the 2 out.",
        at("square", lambda use: use.upstream * use.own),
        says="the 2 of 2x was left out",
        bits=3.5,
    ),
    Mistake(
        "max-to-both",
        "max passes the gradient to the larger input only; the other one receives 0.",
        at("maximum", lambda use: use.upstream),
        says="max passed it to both inputs",
        bits=4.5,
    ),
    Mistake(
        "max-halved",
        "max passes the whole gradient to the larger input; it does not split it.",
        at("maximum", lambda use: use.upstream / 2),
        says="max passed half of it",
        bits=5.5,
    ),
    Mistake(
        "sum-halved",
        "+ passes the whole upstream gradient to each input; it does not split it.",
        at("add", lambda use: use.upstream / 2),
        says="+ passed half of it",
        bits=6.0,
    ),
)
