"""Schedules: how the learning rate changes from pass to pass, each declared once.

A schedule is an expression of our own grammar, over the first rate `rate`, its own options, `k`,
the number of passes done before this one, and `passes`, the number of all. To add one, add an
entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.trace.rules import Line

RATE: Final = {"rate": "η0", "factor": "γ"}
"""How the names of schedules are written in formulas."""


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """One schedule.

    name     its name.
    summary  what it does, in a few words.
    text     the rate of a pass; empty where it is the first rate.
    options  name -> default.
    source   where the formula comes from.
    """

    name: str
    summary: str
    text: str
    options: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    def line(self) -> tuple[Line, ...]:
        """The line that gives the rate `lr`; none for a constant one."""
        return (Line("lr", self.text),) if self.text else ()

    def numbers(self, given: Mapping[str, Any], k: int, passes: int) -> dict[str, float]:
        """What its text takes in the pass after k others, of so many."""
        known = {**self.options, **given}
        found = {**known, "k": k, "passes": passes}
        if "every" in known:
            found["drops"] = k // int(known["every"])
        used = {node.name for line in self.line() for node in line.graph.inputs}
        return {name: value for name, value in found.items() if name in used}


SCHEDULES: Final = {
    schedule.name: schedule
    for schedule in (
        Schedule("constant", "the same rate in every pass", ""),
        Schedule(
            "step",
            "the rate is multiplied by a factor every so many passes",
            "rate*factor**drops",
            {"factor": 0.1, "every": 100},
            "torch.optim.lr_scheduler.StepLR",
        ),
        Schedule(
            "exponential",
            "the rate is multiplied by a factor after every pass",
            "rate*factor**k",
            {"factor": 0.99},
            "torch.optim.lr_scheduler.ExponentialLR",
        ),
        Schedule(
            "cosine",
            "half a cosine, from the first rate down to 0",
            "rate*(1 + cos(pi*k/passes))/2",
            source="Loshchilov and Hutter, SGDR, 2017; torch.optim.lr_scheduler.CosineAnnealingLR",
        ),
        Schedule(
            "warmup",
            "the rate grows in equal steps over the first passes, then stays",
            "rate*minimum(1, (k + 1)/over)",
            {"over": 10},
            "Goyal et al., Accurate, Large Minibatch SGD, 2017",
        ),
        Schedule(
            "warmup-cosine",
            "a warm-up, then half a cosine down to 0",
            "rate*minimum(1, (k + 1)/over)"
            "*(1 + cos(pi*maximum(0, k - over)/maximum(1, passes - over)))/2",
            {"over": 10},
            "Loshchilov and Hutter, SGDR, 2017, after a warm-up",
        ),
    )
}


def schedule(name: str) -> Schedule:
    """The schedule of this name. Raises UnknownNameError with the nearest one."""
    if name not in SCHEDULES:
        raise UnknownNameError(
            f"there is no schedule {name!r:.40}",
            expected=", ".join(SCHEDULES),
            hint=did_you_mean(str(name), SCHEDULES),
        )
    return SCHEDULES[name]


def read(text: str) -> tuple[Schedule, dict[str, float]]:
    """A schedule and its options as they are typed: `step`, `step,factor=0.5,every=100`.

    Raises UnknownNameError and ValueInputError.
    """
    name, *pieces = (piece.strip() for piece in text.split(","))
    found, options = schedule(name), dict[str, float]()
    for piece in pieces:
        key, _, value = (part.strip() for part in piece.partition("="))
        if key not in found.options:
            raise UnknownNameError(
                f"the schedule {name} has no option {key!r:.40}",
                expected=", ".join(found.options) or "no options",
                hint=did_you_mean(key, found.options),
            )
        options[key] = _number(key, value)
    return found, options


def _number(key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    whole = key in ("every", "over")
    if not 0 < value < float("inf") or (whole and value != int(value)):
        raise ValueInputError(
            f"{key} of a schedule is not valid",
            expected="a whole number from 1 on" if whole else "a number above 0",
            got=text or "nothing",
        )
    return value
