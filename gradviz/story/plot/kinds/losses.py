"""Losses told: where each run begins and ends, and which ends lowest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.languages import pattern, say
from gradviz.story.plot.kinds import AWAY, LOGARITHMIC, listed, said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.losses import CALLED, History, Losses

DIGITS: Final = 3


class LossesTeller:
    """The words of losses."""

    heading = pattern("Loss")
    formula: Formula | None = None

    def __init__(self, content: Losses, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(DIGITS, self.digits))

    @property
    def subtitle(self) -> str:
        """How many passes, and what differs."""
        runs = self.content.runs
        passes = sorted({len(run.losses) for run in runs})
        told = say(
            "{count} pass" if passes == [1] else "{count} passes",
            count=listed([f"{n:,}" for n in passes]),
        )
        if len(runs) == 1:
            return f"{' '.join(self.content.trace.source.split()):.60}, {told}"
        words = [say(CALLED.get(key, key)) for key in self.content.differing]
        return say(
            "{count} runs of {passes}, by {settings}" if words else "{count} runs of {passes}",
            count=len(runs),
            passes=told,
            settings=listed(words),
        )

    @cached_property
    def shown(self) -> list[float]:
        """The losses that the axis holds: not those of runs that run away, unless most do."""
        there = [v for run in self.content.runs for _, v in run.typical if math.isfinite(v)]
        begin = max((run.typical[0][1] for run in self.content.runs), key=abs)
        kept = [v for v in there if v <= AWAY * abs(begin)]
        return (kept if 2 * len(kept) > len(there) else there) or [0.0]

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is one of logarithms."""
        return min(self.shown) > 0 and max(self.shown) > LOGARITHMIC * min(self.shown)

    def last(self, run: History) -> float:
        """The loss at the end: of all samples, or where there are none of the last pass."""
        return run.end[0] if run.end is not None else run.losses[-1]

    @property
    def sentence(self) -> str:
        """From where to where; of several which is lowest."""
        runs = self.content.runs
        if len(runs) == 1:
            return self._single(runs[0])
        finite = [run for run in runs if math.isfinite(self.last(run))]
        told = []
        if finite:
            told.append(self._ends(finite))
        if gone := [run.name for run in runs if not math.isfinite(self.last(run))]:
            told.append(
                say(
                    "{names} runs away." if len(gone) == 1 else "{names} run away.",
                    names=listed(gone),
                )
            )
        return " ".join(told)

    def _ends(self, runs: Sequence[History]) -> str:
        """Which ends lowest, unless their losses are different functions."""
        ends = [self.said(self.last(run)) for run in runs]
        if not self.content.is_one_loss:
            pairs = zip(runs, ends, strict=True)
            told = listed([say("{name} at {loss}", name=run.name, loss=end) for run, end in pairs])
            return say("These are different losses, each with its own scale: {runs}.", runs=told)
        lowest = self.said(min(map(self.last, runs)))
        best = [run.name for run, end in zip(runs, ends, strict=True) if end == lowest]
        if len(best) == len(runs) > 1:
            return say(
                "Both end at {loss}." if len(runs) == 2 else "All end at {loss}.", loss=lowest
            )
        if any("," in name for name in best):
            return say("Lowest at the end, at {loss}: {runs}.", loss=lowest, runs="; ".join(best))
        return say("Lowest at the end: {runs}, {loss}.", runs=listed(best), loss=lowest)

    def _single(self, run: History) -> str:
        first, last = run.losses[0], self.last(run)
        if not math.isfinite(last):
            return say(
                "The loss runs away: {why}." if run.stopped else "The loss runs away.",
                why=say(run.stopped),
            )
        if last == first:
            return say("The loss stays at {loss}.", loss=self.said(first))
        return say(
            "The loss falls from {first} to {last}{right}."
            if last < first
            else "The loss rises from {first} to {last}{right}.",
            first=self.said(first),
            last=self.said(last),
            right=self._right(run),
        )

    def _right(self, run: History) -> str:
        score = run.held_out or run.end
        if score is None or score[1] is None:
            return ""
        return say(
            "; {share} % of the samples are right"
            if run.held_out is None
            else "; {share} % of the held-out samples are right",
            share=self.said(100 * score[1]),
        )

    @property
    def pale(self) -> bool:
        """Whether each pass is drawn too, beside the mean: of a run alone."""
        runs = self.content.runs
        return len(runs) == 1 and runs[0].window > 1

    @property
    def note(self) -> str:
        """What the lines are."""
        windows = sorted({run.window for run in self.content.runs})
        if windows == [1]:
            return ""
        passes = say(
            "the mean of up to {count} passes"
            if len(windows) > 1
            else "the mean of {count} passes",
            count=windows[-1],
        )
        return say("Strong: {mean}." if self.pale else "Each line is {mean}.", mean=passes)

    @property
    def alt(self) -> str:
        """The first, the middle and the last loss of each."""
        told = []
        for run in self.content.runs:
            middle = run.losses[len(run.losses) // 2]
            first, half, last = (self.said(v) for v in (run.losses[0], middle, run.losses[-1]))
            told.append(
                say(
                    "{name}: {first}, {half} halfway, {last} in the last pass",
                    name=run.name,
                    first=first,
                    half=half,
                    last=last,
                )
            )
        return "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """Every loss."""
        return {
            "source": self.content.trace.source,
            "differing": list(self.content.differing),
            "runs": [
                {
                    "name": run.name,
                    "losses": named(list(run.losses)),
                    "typical": named([list(p) for p in run.typical]),
                    "window": run.window,
                    "end": _score(run.end),
                    "held_out": _score(run.held_out),
                    "stopped": run.stopped,
                }
                for run in self.content.runs
            ],
        }


def _score(score: tuple[float, float | None] | None) -> dict[str, Any] | None:
    return None if score is None else {"loss": score[0], "accuracy": score[1]}


TELLER: Final = LossesTeller
