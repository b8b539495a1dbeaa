"""The numbers that mistakes lead to: what a diagnosis, the quiz and the marking look up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from gradviz.mistakes.chance import LIKELY, room, share
from gradviz.mistakes.claims import Asked, all_fit, printed
from gradviz.mistakes.edits import Results
from gradviz.mistakes.made import Trial, trials
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.working import FAILURES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What slips lead to, one for each claim."""

    trials: tuple[Trial, ...]
    bits: float
    results: Results

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


def outcomes(asked: Asked, mistakes: Iterable[Mistake], *, quick: bool = False) -> list[Outcome]:
    """Of every slip, the likeliest first.

    quick  stop at the first that fits, or when so many numbers are explained that one more says
           nothing.
    """
    found: list[Outcome] = []
    around = room(asked.claims, asked.true)
    hits: set[tuple[int, ...] | None] = set()
    for trial in trials(asked, mistakes):
        outcome = tried(asked, trial)
        if outcome is None:
            continue
        found.append(outcome)
        if not quick:
            continue
        if all(map(isfinite, outcome.results)) and around.holds(outcome.results):
            hits.add(printed(asked.claims, outcome.results))
        if all_fit(asked.claims, outcome.results) or len(hits) > LIKELY * around.size + 1:
            break
    return found


def chance_of(asked: Asked, best: Outcome, found: Sequence[Outcome]) -> float:
    """The share of equally wrong numbers that something as simple would fit."""
    around = room(asked.claims, asked.true, [o.results for o in found])
    cheaper = [o.results for o in found if o.bits <= best.bits]
    return share(around, cheaper, best.solved)
