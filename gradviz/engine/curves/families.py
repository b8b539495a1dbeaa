"""Families of functions that lectures show side by side; each is plotted by its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Family:
    """Functions of one variable: the name of each, and its text.

    title     its heading, `subtitle` what it shows.
    together  whether they share one panel.
    measured  what their values are.
    heights   the values that are shown where no range is asked for; None for all.
    """

    functions: Mapping[str, str]
    title: str
    subtitle: str
    together: bool = False
    measured: str = "value"
    heights: tuple[float, float] | None = None


FAMILIES: Final[Mapping[str, Family]] = {
    "activations": Family(
        {
            "sigmoid": "1/(1 + exp(-x))",
            "tanh": "tanh(x)",
            "ReLU": "maximum(0, x)",
            "leaky ReLU": "maximum(0.1*x, x)",
            "ELU": "elu(x)",
            "Maxout": "maximum(0.5*x + 1, -x)",
        },
        "Activations",
        "what passes forward, and how much of the gradient passes back",
        heights=(-1.5, 2.3),
    ),
    "losses": Family(
        {
            "hinge": "maximum(1 - m, 0)",
            "cross-entropy": "log(1 + exp(-m))",
            "L1": "abs(1 - m)",
            "L2": "(1 - m)**2",
        },
        "Losses",
        "what each takes from a margin m, the lead of the right class",
        together=True,
        measured="loss",
    ),
}
