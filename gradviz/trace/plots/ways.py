"""Ways to minimise one loss, and what each of them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from gradviz.trace.trace import Trace


class Spent(NamedTuple):
    """What a way to minimise has cost so far, in evaluations and gradients of the loss of all
    samples (a batch is a part of one), and the lowest loss it has, or that of its last step.
    """

    evaluations: float
    gradients: float
    loss: float

    @property
    def passes(self) -> float:
        """Forward and backward passes together."""
        return self.evaluations + self.gradients


@dataclass(frozen=True, slots=True)
class Way:
    """A way to minimise a loss.

    name     what it is called; `how` its settings in words.
    steps    what it has cost and reached as it begins, and after each of its steps; where these are
             many, after some.
    seconds  how long it took; unlike all else it is measured.
    found    the parameters at the end, by name, as nested lists.
    diverged whether it left all bounds.
    """

    name: str
    how: str
    steps: tuple[Spent, ...]
    seconds: float
    found: tuple[tuple[str, Any], ...]
    diverged: bool = False

    @property
    def end(self) -> Spent:
        """What it has cost and reached at the end."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to minimise one loss from one start.

    parameters  how many numbers are to be found; `samples` from how many samples, 0 without data.
    data        what the samples are called.
    left_out    what is said of ways that this loss does not have.
    """

    form: ClassVar = "ways"

    ways: tuple[Way, ...]
    parameters: int
    samples: int
    data: str
    left_out: tuple[str, ...]
    trace: Trace
