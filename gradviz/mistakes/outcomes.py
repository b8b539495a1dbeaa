"""The numbers that mistakes lead to: what a diagnosis, the quiz and the marking look up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gradviz.mistakes.chance import room, share
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Results
from gradviz.mistakes.made import Trial, trials
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.working import FAILURES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What slips lead to, one number for each claim; `rough` if that is only known about."""

    trials: tuple[Trial, ...]
    bits: float
    results: Results
    rough: bool = False

    @property
    def solved(self) -> float:
        """Bits of numbers that were solved for, not tried one by one."""
        return sum(t.made.solved for t in self.trials)


def tried(asked: Asked, *which: Trial) -> Outcome | None:
    """The outcome of slips made together; None where they cannot be made."""
    edit = which[0].made.edit
    for trial in which[1:]:
        edit = edit | trial.made.edit
    try:
        with asked.working.xp.quiet():
            results = asked.give(edit)
    except FAILURES:
        return None
    return Outcome(which, sum(t.bits for t in which), results)


def outcomes(asked: Asked, mistakes: Iterable[Mistake]) -> list[Outcome]:
    """Of every slip, the likeliest first."""
    made = (roughly(asked, trial) for trial in trials(asked, mistakes))
    return [outcome for outcome in made if outcome is not None]


def roughly(asked: Asked, trial: Trial) -> Outcome | None:
    """The outcome of one slip, as far as it is known without working again."""
    near = trial.made.near
    return tried(asked, trial) if near is None else Outcome((trial,), trial.bits, near, rough=True)


def chance_of(asked: Asked, best: Outcome, found: Sequence[Outcome]) -> float:
    """The share of equally wrong numbers that something as simple would fit."""
    around = room(asked.claims, asked.true, [o.results for o in found])
    cheaper = [o.results for o in found if o.bits <= best.bits]
    return share(around, cheaper, best.solved)
