"""Mistakes in one step of an optimiser.

The arguments are the parameter, its gradient, the learning rate and the state.
"""

from __future__ import annotations

from typing import Any

from gradviz.mistakes.mistake import Mistake


def _swapped(w: Any, g: Any, lr: Any, momentum: Any = None, v: Any = None) -> Any:
    return None if momentum is None else w - lr * (v + momentum * g)


def _dampened(w: Any, g: Any, lr: Any, momentum: Any = None, v: Any = None) -> Any:
    return None if momentum is None else w - lr * (momentum * v + (1 - momentum) * g)


def _velocity_only(w: Any, g: Any, lr: Any, momentum: Any = None, v: Any = None) -> Any:
    return None if momentum is None else w - lr * momentum * v


def _direction(g: Any, momentum: Any, v: Any) -> Any:
    return g if momentum is None else momentum * v + g


MISTAKES = (
    Mistake(
        "uphill",
        "You added the step: descent goes against the gradient, w − lr · g.",
        formula=lambda w, g, lr, momentum=None, v=None: w + lr * _direction(g, momentum, v),
        about="update",
    ),
    Mistake(
        "no-learning-rate",
        "You left the learning rate out: the step is lr times the gradient.",
        formula=lambda w, g, lr, momentum=None, v=None: w - _direction(g, momentum, v),
        about="update",
    ),
    Mistake(
        "step-for-weight",
        "This is the step itself; the new weight was asked for.",
        formula=lambda w, g, lr, momentum=None, v=None: -lr * _direction(g, momentum, v),
        about="update",
    ),
    Mistake(
        "momentum-ignored",
        "You left the old velocity out: v becomes momentum · v + g.",
        formula=lambda w, g, lr, momentum=None, v=None: None if momentum is None else w - lr * g,
        about="update",
    ),
    Mistake(
        "momentum-on-gradient",
        "You multiplied the gradient by the momentum: it belongs to the old velocity.",
        formula=_swapped,
        about="update",
    ),
    Mistake(
        "momentum-dampened",
        "You scaled the gradient by 1 − momentum: here it is added in full.",
        formula=_dampened,
        about="update",
    ),
    Mistake(
        "gradient-forgotten",
        "You left the gradient out of the velocity: v becomes momentum · v + g.",
        formula=_velocity_only,
        about="update",
    ),
)
