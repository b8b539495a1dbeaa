"""The losses of training runs, pass by pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from gradviz.trace.trace import Trace

CALLED: Final[Mapping[str, str]] = {
    "lr": "rate", "clip_value": "clip value", "clip_norm": "clip norm",
}  # fmt: skip
"""What settings are called, where not by their names."""


class History(NamedTuple):
    """The losses of a training run.

    name    what tells it from the others.
    losses  of the samples fed, as each pass begins; NaN and infinity where it ran away.
    typical  (pass, mean loss of the `window` passes up to it), evenly spaced.
    end     loss and share of right samples on all samples after the last pass, and on those held
            out; None where there are none.
    """

    name: str
    losses: tuple[float, ...]
    typical: tuple[tuple[int, float], ...]
    window: int
    end: tuple[float, float | None] | None
    held_out: tuple[float, float | None] | None
    stopped: str


@dataclass(frozen=True, slots=True)
class Losses:
    """The losses of training runs, pass by pass.

    differing    the settings in which the runs differ.
    is_one_loss  whether the losses are the same function, so that their numbers compare.
    """

    form: ClassVar = "losses"

    runs: tuple[History, ...]
    differing: tuple[str, ...]
    trace: Trace
    is_one_loss: bool = True
