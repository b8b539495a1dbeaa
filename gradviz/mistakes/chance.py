"""How much a fit can prove: the share of equally wrong numbers that a mistake as simple would fit.

Numbers that can be printed with the claims' digits and lie at most twice as far from the truth are
counted (the room), and among them those that the mistakes as cheap as the best one lead to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, prod

import numpy as np

from gradviz.mistakes.claims import fits, printed
from gradviz.trace.findings import Claim, Verdict

SURE, LIKELY = 0.01, 0.05
"""Below the first share a cause is said plainly, below the second as likely."""
MOST_ON_A_LATTICE = 0.6
"""Where so many results keep to a coarser step, finer digits are no information."""


@dataclass(frozen=True, slots=True)
class Room:
    """The numbers that lie about as far from the truth as the claimed ones.

    reach  by claim, how far; 0 for a right number.
    size   how many they are.
    """

    claims: Sequence[Claim]
    true: Sequence[float]
    reach: Sequence[float]
    size: float

    def holds(self, results: Sequence[float]) -> bool:
        """Whether results are among them."""
        rows = zip(self.claims, results, self.true, self.reach, strict=True)
        return all(abs(r - t) <= max(d, c.written.unit) for c, r, t, d in rows)


def room(
    claims: Sequence[Claim], true: Sequence[float], found: Sequence[Sequence[float]] = ()
) -> Room:
    """The room of claims; `found` are results of slips, which show the lattice they lie on."""
    reach = [
        0.0 if fits(c.written, t) or fits(c.written, t, cut=True) else 2 * abs(c.written.value - t)
        for c, t in zip(claims, true, strict=True)
    ]
    steps = _steps(claims, found)
    size = prod(max(2 * r / step, 1.0) for r, step in zip(reach, steps, strict=True) if r)
    return Room(claims, true, reach, size)


def _steps(claims: Sequence[Claim], found: Sequence[Sequence[float]]) -> list[float]:
    """By claim, the step of the numbers that slips lead to: with short inputs most are short."""
    columns = np.array(found, float).T if len(found) else np.empty((len(claims), 0))
    steps = []
    for claim, column in zip(claims, columns, strict=True):
        column = column[np.isfinite(column)]
        step = claim.written.unit
        for decimals in range(min(claim.written.decimals, 15)):
            scaled = column * 10.0**decimals
            if len(column) and np.mean(abs(scaled - np.round(scaled)) < 1e-7) > MOST_ON_A_LATTICE:
                step = 10.0**-decimals
                break
        steps.append(step)
    return steps


def share(around: Room, cheaper: Sequence[Sequence[float]], solved: float = 0.0) -> float:
    """The share of the room that results of slips as cheap as the best one take.

    solved  bits of numbers that were solved for: so many results stand for all of them.
    """
    true = printed(around.claims, around.true)
    hits = {
        key
        for r in cheaper
        if all(map(isfinite, r)) and around.holds(r) and (key := printed(around.claims, r)) != true
    }
    taken = max(len(hits), 1) + (2**solved if solved else 0)
    return float(min(1.0, taken / max(around.size, 1.0)))


def of_number(
    claimed: Fraction, true: Fraction, known: Sequence[Fraction], tolerance: Fraction
) -> float:
    """The same for one number and the numbers that mistakes are known to lead to.

    known      all of them, also those that do not fit.
    tolerance  how far from one of them a number may be to fit it.
    """
    step = _lattice([true, *known], tolerance)
    reach = 2 * abs(claimed - true)
    hits = sum(abs(k - true) <= reach for k in known)
    width = 2 * (tolerance // step) + 1
    return float(min(Fraction(1), hits * width / max(2 * reach / step, Fraction(1))))


def _lattice(numbers: Sequence[Fraction], finest: Fraction) -> Fraction:
    """The decimal step that most of these numbers keep to, but no finer than `finest`."""
    step = Fraction(1)
    while step / 10 >= finest:
        on_it = sum((n / step).denominator == 1 for n in numbers)
        if on_it > MOST_ON_A_LATTICE * len(numbers):
            break
        step /= 10
    return step


def verdict(chance: float) -> Verdict:
    """What may be said of a cause that fits."""
    if chance <= SURE:
        return "explained"
    return "likely" if chance <= LIKELY else "too-few-digits"
