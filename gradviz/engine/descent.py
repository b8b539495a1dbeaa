"""A way to descend: an optimiser with its settings, which all parameters of a run share.

The gradient is clipped first, then weight decay is added, then the optimiser's own rule applies, as
in PyTorch. All parameters are updated as one vector: every line works element by element, so this
changes no bit, and a step costs a few calls of NumPy however many layers there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

from gradviz.engine.optimisers import SYMBOLS, Optimiser, optimiser
from gradviz.engine.schedules import RATE, SCHEDULES, Schedule
from gradviz.engine.schedules import read as read_schedule
from gradviz.errors import ValueInputError
from gradviz.trace.rules import GRADIENT, WEIGHT, Line, Rule, worked_out

FAINT: Final = 1e-6
"""What PyTorch adds to a norm before it divides by it."""


class Extra(NamedTuple):
    """What is done to a gradient before the optimiser takes it."""

    name: str
    line: Line
    words: str
    symbol: str


EXTRAS: Final = (
    Extra(
        "clip_value",
        Line(GRADIENT, "maximum(minimum(g, clip_value), -clip_value)"),
        "Each element of the gradient is kept between −{clip_value} and {clip_value}.",
        "c",
    ),
    Extra(
        "clip_norm",
        Line(GRADIENT, f"minimum(1, clip_norm/(length + {FAINT}))*g"),
        "All gradients together are scaled down to the length {clip_norm} if they are longer.",
        "c",
    ),
    Extra(
        "l1",
        Line(GRADIENT, "g + l1*sign(w)"),
        "Weight decay adds {l1} times the sign of {name} to its gradient.",
        "λ1",
    ),
    Extra(
        "l2",
        Line(GRADIENT, "g + l2*w"),
        "Weight decay adds {l2} times {name} to its gradient.",
        "λ2",
    ),
)
"""In their order. The last two are the gradients of l1·‖w‖₁ and l2/2·‖w‖²; both together are an
elastic net.
"""


@dataclass(frozen=True)
class Descent:
    """An optimiser with its settings. Arguments as for `descent`."""

    optimiser: Optimiser
    options: Mapping[str, float]
    schedule: Schedule = SCHEDULES["constant"]
    schedule_options: Mapping[str, float] = field(default_factory=dict)
    extras: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What is worked out for every parameter."""
        before = [extra.line for extra in EXTRAS if extra.name in self.extras]
        return (*self.schedule.line(), *before, *self.optimiser.lines)

    @property
    def state(self) -> tuple[str, ...]:
        """What is kept between steps, by name."""
        return self.optimiser.state

    def rule(self, k: int, passes: int, norm: float = math.nan) -> Rule:
        """The rule of pass k, from 1, of so many; `norm` is the length of all gradients together,
        for a descent that clips by it.
        """
        own = {extra.name: extra.symbol for extra in EXTRAS}
        symbols = SYMBOLS | own | (RATE if self.schedule.text else {})
        words = [extra.words for extra in EXTRAS if extra.name in self.extras]
        lines = self.lines
        used = {node.name for line in lines for node in line.graph.inputs}
        used |= {line.name for line in lines}
        return Rule(
            self.optimiser.name,
            " ".join([*words, self.optimiser.words]),
            lines,
            self.numbers(k, passes, norm),
            {name: sign for name, sign in symbols.items() if name in used},
        )

    def numbers(self, k: int, passes: int, norm: float = math.nan) -> dict[str, float]:
        """The numbers that the lines of pass k take."""
        known = {**self.options, **self.extras}
        if self.schedule.text:
            given = {"rate": known.pop("lr"), **self.schedule_options}
            known = self.schedule.numbers(given, k - 1, passes) | known
        if "clip_norm" in self.extras:
            known["length"] = norm
        if self._counts:
            known["t"] = k
        return known

    @cached_property
    def _counts(self) -> bool:
        """Whether a line asks for the number of the step."""
        return any(node.name == "t" for line in self.lines for node in line.graph.inputs)

    def step(self, w: Any, g: Any, state: Mapping[str, Any], k: int, passes: int, xp: Any) -> Any:
        """One step of all parameters at once: the new ones and the new state.

        w, g, state  vectors of all parameters, their gradients, and each part of the state.
        k            the number of the pass, from 1, of so many `passes`.
        """
        norm = length(g) if "clip_norm" in self.extras else math.nan
        known = {**self.numbers(k, passes, norm), **state, WEIGHT: w, GRADIENT: g}
        found = worked_out(self.lines, known, xp)
        return found[WEIGHT], {name: found[name] for name in self.state}


def length(g: Any) -> float:
    """The Euclidean length of all gradients together, without overflow."""
    largest = float(abs(g).max()) if g.size else 0.0
    if not 0 < largest < math.inf:
        return largest
    scaled = g / largest
    return largest * math.sqrt(float((scaled * scaled).sum()))


def descent(
    name: str = "sgd",
    *,
    lr: float | None = None,
    schedule: str = "constant",
    l1: float = 0.0,
    l2: float = 0.0,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    **options: float,
) -> Descent:
    """An optimiser by name, with its settings checked.

    lr          the learning rate; the optimiser's own default, PyTorch's, if None.
    schedule    how the rate changes, as typed: `cosine`, `step,factor=0.5,every=100`.
    l1, l2      weight decay: the gradients of l1·‖w‖₁ and of l2/2·‖w‖² are added.
    clip_value  the largest element that a gradient may have; clip_norm: the greatest length of all
                gradients together.
    options     those of the optimiser, such as momentum.

    Raises UnknownNameError, and ValueInputError for a number that is not valid.
    """
    rule = optimiser(name)
    rule.check(options)
    given = {k: v for k, v in {"lr": lr, **options}.items() if v is not None}
    asked = (clip_value, clip_norm, l1 or None, l2 or None)
    extras = {extra.name: v for extra, v in zip(EXTRAS, asked, strict=True) if v is not None}
    numbers = {k: _checked(k, v) for k, v in {**rule.options, **given}.items()}
    planned, plan_options = read_schedule(schedule)
    checked = {k: _checked(k, v) for k, v in extras.items()}
    return Descent(rule, numbers, planned, plan_options, checked)


def _checked(name: str, value: Any) -> float:
    """A setting as a number. Raises ValueInputError."""
    words = {"lr": "the learning rate"}.get(name, name)
    shares = ("momentum", "alpha", "beta1", "beta2")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if name in shares:
        holds, expected = 0 <= found < 1, "a number from 0 to below 1"
    elif name in ("eps", "decay"):
        holds, expected = 0 <= found < math.inf, "a number of 0 or more"
    else:
        holds, expected = 0 < found < math.inf, "a number above 0"
    if not holds:
        hint = "0.1 is a usual start" if name == "lr" else ""
        raise ValueInputError(
            f"{words} is not valid", expected=expected, got=f"{value!r:.40}", hint=hint
        )
    return found
