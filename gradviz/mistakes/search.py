"""Why is this number different? The likeliest mistakes that give every digit of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from math import log2, prod
from typing import Any

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.mistakes import chance as chances
from gradviz.mistakes import claims as claiming
from gradviz.mistakes.catalogue import every, select
from gradviz.mistakes.chance import LIKELY
from gradviz.mistakes.claims import Asked, all_fit, all_near, fits, groups
from gradviz.mistakes.edits import NOTHING, Edit, Numerical
from gradviz.mistakes.made import Trial, is_looked_for
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.outcomes import Outcome, chance_of, outcomes, tried
from gradviz.mistakes.telling import slip
from gradviz.mistakes.working import Working
from gradviz.trace import Trace
from gradviz.trace.findings import Claim, Diagnosis, Explanation, Finding, Quantity, Verdict

CUT_BITS = 2.0
"""What it takes more that all numbers were cut off where rounding is usual."""
NEAR = 3.0
"""Explanations within so many bits of the best one are told too."""
PAIRS = 20_000
"""At most so many combinations of two slips are tried."""
CARRIED = 4.0
"""Pairs may take so many bits more than the digits of a claim carry."""
Row = tuple[float, Outcome, bool]
FOLLOWS = Explanation((), 1.0, ())
NO_SLIP = Trial(Mistake("none"), Made(NOTHING), 0.0)


def diagnose(
    trace: Trace,
    claims: Sequence[str],
    *,
    h: float | None = None,
    lr: float | None = None,
    slips: int = 1,
    only: Collection[str] = (),
    mistakes: Iterable[Mistake] = (),
    wrt: Collection[str] = (),
) -> Diagnosis:
    """What is wrong with numbers that somebody claims of a run.

    claims    such as "L=1.6688" or "dW[0,1]=0.5", in the order in which they were worked out;
              indices count from 0.
    h, lr     the step of differences, the learning rate.
    slips     how many mistakes may be made at once, 1 or 2.
    only      families of the catalogue, or single mistakes.
    mistakes  more of them, besides the catalogue.
    wrt       the inputs that are trained.
    """
    if slips not in (1, 2):
        raise ValueInputError("slips made at once are counted", expected="1 or 2", got=slips)
    if trace.backend not in ("numpy", "numpy-fast"):
        raise ValueInputError(
            "a diagnosis needs numbers with digits",
            expected="a run with numpy",
            got=f"the {trace.backend} backend",
        )
    working = Working(trace, weights=wrt)
    made = claiming.read(working, claims)
    claiming.check_settings(made, lr, h)
    chosen = [*(select(only) if only else every()), *mistakes]
    search = Search(working, [m for m in chosen if is_looked_for(m)], lr, h, pairs=slips == 2)
    return search.run(made)


class Search:
    """A search through some mistakes for claims about one working."""

    def __init__(
        self,
        working: Working,
        mistakes: Sequence[Mistake],
        lr: float | None = None,
        h: float | None = None,
        *,
        pairs: bool = False,
    ) -> None:
        self.working, self.mistakes, self.lr, self.h = working, mistakes, lr, h
        self.pairs = pairs
        self._known: dict[Any, list[Outcome]] = {}
        self._right: tuple[Claim, ...] = ()

    def run(self, claims: Sequence[Claim]) -> Diagnosis:
        """Quantity by quantity, from the right numbers and from those claimed before; then all
        wrong ones by one slip.
        """
        claimed = Claimed(self.working)
        self._right = tuple(c for c in claims if self._is_right(c))
        findings = []
        for group in groups(claims):
            findings.append(self._find(group, claimed))
            claimed.add(group)
        together = self._together(tuple(claims), findings)
        chance = prod(f.chance for f in findings if not f.is_right)
        if together is not None:
            chance = together.chance
        return Diagnosis(
            self.working.trace,
            tuple(findings),
            together,
            _whole(findings, together, chance),
            chance,
        )

    def _asked(self, claims: tuple[Claim, ...], before: Edit = NOTHING) -> Asked:
        return Asked(self.working, claims, self.lr, self.h, before)

    def _together(self, claims: tuple[Claim, ...], findings: Sequence[Finding]) -> Finding | None:
        """One explanation of all claims that is simpler than one for each."""
        wrong = [f for f in findings if not f.is_right]
        if len(wrong) < 2 or all(f.verdict == "follows" for f in wrong[1:]):
            return None
        found = self.explain(self._asked(claims))
        if found.best is None:
            return None
        each = sum(f.best.bits for f in wrong if f.best is not None)
        unexplained = any(f.best is None for f in wrong)
        return found if unexplained or found.best.bits < each else None

    def _find(self, group: tuple[Claim, ...], claimed: Claimed) -> Finding:
        """What is found out about one quantity; with a step h, gradients may be measured ones."""
        finding, of = self._found(group, claimed), group[0].of
        is_input = self.working.graph.nodes[of.node].is_leaf
        if self.h is None or finding.is_right or of.kind != "gradient" or not is_input:
            return finding
        slope = Quantity("slope", of.node)
        measured = self._found(tuple(c._replace(of=slope) for c in group), claimed)
        return measured if _is_simpler(measured, finding) else finding

    def _found(self, group: tuple[Claim, ...], claimed: Claimed) -> Finding:
        asked = self._asked(group)
        plain = self.explain(asked)
        before = claimed.edit(group)
        if plain.is_right or before is NOTHING:
            return plain
        after = self._asked(group, before)
        follows = tried(after, NO_SLIP)
        if follows is not None and all_fit(group, follows.results):
            room = chances.room(group, plain.true)
            best = replace(FOLLOWS, gives=follows.results)
            chance = 1 / max(room.size, 1.0)
            return replace(plain, verdict="follows", best=best, others=(), chance=chance)
        from_there = self.explain(after)
        if from_there.best is None:
            return plain
        if plain.best is None or from_there.best.bits + 1 < plain.best.bits:
            return from_there
        return plain

    def explain(self, asked: Asked) -> Finding:
        """What is found out about claims, taken on their own."""
        group, true = asked.claims, self._asked(asked.claims).true
        if all_fit(group, true):
            return Finding(group, true, "right")
        if all_fit(group, true, cut=True):
            return Finding(group, true, "right", cut=True)
        found = self._outcomes(asked)
        finding = self._judged(asked, true, found)
        if self.pairs and finding.best is None:
            finding = self._judged(asked, true, found + self._both(asked, true, found))
        return finding

    def _outcomes(self, asked: Asked) -> list[Outcome]:
        """What all slips give; the same for other numbers with as many digits."""
        if asked.before is not NOTHING:
            return outcomes(asked, self.mistakes)
        key = tuple((c.of, c.place, c.written.decimals) for c in asked.claims)
        if key not in self._known:
            tried_once = [m for m in self.mistakes if m.about != "solved"]
            self._known[key] = outcomes(asked, tried_once)
        solved = [m for m in self.mistakes if m.about == "solved"]
        return self._known[key] + outcomes(asked, solved)

    def _both(self, asked: Asked, true: Sequence[float], found: Sequence[Outcome]) -> list[Outcome]:
        """Two slips at once, the likeliest first, as long as the digits can carry them."""
        carries = log2(max(chances.room(asked.claims, true).size, 1.0)) + CARRIED
        moving = [o for o in found if not np.allclose(o.results, true, rtol=1e-12, equal_nan=True)]
        couples = sorted(
            (a.bits + b.bits, i, j)
            for (i, a), (j, b) in combinations(enumerate(moving), 2)
            if a.bits + b.bits < carries and not (_is_written(a) and _is_written(b))
        )
        made = (tried(asked, *moving[i].trials, *moving[j].trials) for _, i, j in couples[:PAIRS])
        return [outcome for outcome in made if outcome is not None]

    def _judged(self, asked: Asked, true: Sequence[float], found: Sequence[Outcome]) -> Finding:
        """Which outcomes give every digit, and how much that can prove."""
        group = asked.claims
        fitting: list[Row] = []
        for about in found:
            outcome = about
            if about.rough and all_near(group, about.results):
                outcome = tried(asked, *about.trials) or about
            if outcome.rough:
                continue
            if all_fit(group, outcome.results):
                fitting.append((outcome.bits, outcome, False))
            elif all_fit(group, outcome.results, cut=True):
                fitting.append((outcome.bits + CUT_BITS, outcome, True))
        fitting.sort(key=lambda row: row[0])
        fitting = _in_plain_words(fitting)
        fitting = [row for row in fitting if self._agrees(asked, row[1])] or fitting
        wrong = tuple(
            k
            for k, (c, t) in enumerate(zip(group, true, strict=True))
            if not fits(c.written, t) and not fits(c.written, t, cut=True)
        )
        unexplained = Finding(group, tuple(true), "unexplained", tried=len(found), wrong=wrong)
        if not fitting:
            return unexplained
        bits, best, _ = fitting[0]
        chance = chance_of(asked, replace(best, bits=bits), found)
        if chance > LIKELY and best.solved:  # numbers solved for, from too few digits
            return unexplained
        told = [self._told(*row) for row in fitting if row[0] <= bits + NEAR]
        return replace(
            unexplained,
            verdict=chances.verdict(chance),
            best=told[0],
            others=tuple(told[1:]),
            chance=chance,
        )

    def _is_right(self, claim: Claim) -> bool:
        (true,) = self._asked((claim,)).true
        return fits(claim.written, true) or fits(claim.written, true, cut=True)

    def _agrees(self, asked: Asked, outcome: Outcome) -> bool:
        """Whether the numbers that are right elsewhere stay right with the slips."""
        others = tuple(c for c in self._right if c.of not in asked.quantities)
        if not others:
            return True
        found = tried(self._asked(others, asked.before), *map(_unwritten, outcome.trials))
        return found is not None and all(
            fits(c.written, r) or fits(c.written, r, cut=True)
            for c, r in zip(others, found.results, strict=True)
        )

    def _told(self, bits: float, outcome: Outcome, cut: bool) -> Explanation:
        slips = tuple(slip(self.working, trial) for trial in outcome.trials)
        return Explanation(slips, bits, outcome.results, cut)


class Claimed:
    """The numbers claimed so far, from which somebody may have gone on."""

    def __init__(self, working: Working) -> None:
        self.working = working
        self.values: dict[int, Any] = {}
        self.gradients: dict[int, Any] = {}
        self.moved: dict[tuple[int, tuple[int, ...], int], float] = {}
        self.base: float | None = None

    def add(self, group: Sequence[Claim]) -> None:
        """Note what is claimed of one quantity."""
        of, truth = group[0].of, self.working.truth
        if of.kind == "moved":
            for claim in group:
                self.moved[of.node, claim.place, of.sign] = claim.written.value
        if of.kind not in ("value", "gradient"):
            return
        column = self.values if of.kind == "value" else self.gradients
        right = truth.values if of.kind == "value" else truth.gradients
        array = np.array(column.get(of.node, right[of.node]), float)
        for claim in group:
            array[claim.place] = claim.written.value
        column[of.node] = array
        if of.kind == "value" and of.node == self.working.graph.output and not array.shape:
            self.base = float(array)

    def edit(self, group: Sequence[Claim]) -> Edit:
        """The working that goes on from these numbers to the claimed ones."""
        of, asarray = group[0].of, self.working.xp.asarray
        graph = self.working.graph

        def known(array: Any) -> Any:
            return asarray(array) if np.ndim(array) else asarray(float(array))

        values = {n: a for n, a in self.values.items() if (of.kind, of.node) != ("value", n)}
        reads = {
            edge: _always(known(a))
            for n, a in values.items()
            if graph.nodes[n].is_leaf
            for edge in graph.consumers[n]
        }
        computed = {n: _always(known(a)) for n, a in values.items() if not graph.nodes[n].is_leaf}
        gradients = {
            n: _always(known(a))
            for n, a in self.gradients.items()
            if (of.kind, of.node) != ("gradient", n)
        }
        numerical = None
        if of.kind in ("slope", "moved") and (values or self.base is not None or self.moved):
            numerical = Numerical(base_only=True, base=self.base, moved=dict(self.moved))
        if not (reads or computed or gradients or numerical):
            return NOTHING
        return Edit(values=computed, reads=reads, gradients=gradients, numerical=numerical)


def _in_plain_words(fitting: list[Row]) -> list[Row]:
    """Without general mistakes at gates where another one says the same."""
    named = {o.trials[0].made.place for _, o, _ in fitting if not o.trials[0].mistake.general}
    return [
        row
        for row in fitting
        if not row[1].trials[0].mistake.general or row[1].trials[0].made.place not in named
    ]


def _is_simpler(one: Finding, other: Finding) -> bool:
    """Whether a finding says more plainly what happened than another one does."""
    if one.is_right or one.best is None or other.best is None:
        return one.is_right or (other.best is None and one.best is not None)
    return one.best.bits < other.best.bits


def _always(value: Any) -> Callable[..., Any]:
    return lambda *_: value


def _unwritten(trial: Trial) -> Trial:
    """What a slip changes before anything is written down."""
    return replace(trial, made=replace(trial.made, edit=replace(trial.made.edit, written=None)))


def _is_written(outcome: Outcome) -> bool:
    return any(t.made.edit.written is not None for t in outcome.trials)


def _whole(findings: Sequence[Finding], together: Finding | None, chance: float) -> Verdict:
    """What is said of all numbers."""
    wrong = [f for f in findings if not f.is_right]
    if not wrong:
        return "right"
    if together is not None:
        return together.verdict
    if any(f.best is None for f in wrong):
        return "unexplained"
    if all(f.verdict == "follows" for f in wrong):
        return "follows"
    return chances.verdict(chance)
