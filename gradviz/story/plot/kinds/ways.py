"""Ways to minimise, told: which comes lowest, what a gradient by differences costs."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final

from gradviz.arrays.digits import typeset
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern
from gradviz.story.plot.kinds import AWAY, LOGARITHMIC, said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.ways import Way, Ways

DIGITS: Final = 3
DEEPEST: Final = 1e-9
"""Of the first loss: lower ones are drawn at the foot."""
ROUNDING: Final = 1e-24
"""Of the first loss: what is lower is the square of a rounding error."""
SECOND: Final = 1.0
MILLI: Final = 1e-3


class WaysTeller:
    """The words of ways to minimise."""

    heading = pattern("Ways to minimise")
    formula: Formula | None = None

    def __init__(self, content: Ways, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        if not math.isfinite(value):
            return "runs away"
        if 0 < abs(value) < ROUNDING * abs(self.begin):
            return "≈ 0"
        return said(value, min(DIGITS, self.digits))

    def counted(self, value: float) -> str:
        """A number of evaluations or gradients."""
        return f"{value:,.0f}" if value == int(value) else typeset(f"{value:.3g}")

    def lasted(self, way: Way) -> str:
        """How long a way took, in two digits."""
        if way.seconds >= SECOND:
            return f"{said(way.seconds, 2)} s"
        unit, size = ("ms", MILLI) if way.seconds >= MILLI else ("µs", 1e-6)
        return f"{said(way.seconds / size, 2)} {unit}"

    @property
    def subtitle(self) -> str:
        """Of what loss, with how many parameters and samples."""
        c = self.content
        source = " ".join(c.trace.source.split())
        told = [source if len(source) <= 60 else f"{source[:59]}…"]
        told.append(f"{c.parameters:,} parameter{'s' * (c.parameters != 1)}")
        if c.samples:
            told.append(f"{c.samples:,} samples of {c.data:.30}")
        return ", ".join(told)

    @property
    def begin(self) -> float:
        """The loss at the start."""
        return self.content.ways[0].steps[0].loss

    @cached_property
    def shown(self) -> list[float]:
        """The losses that the axis holds: not those of ways that run away."""
        there = [s.loss for way in self.content.ways for s in way.steps if math.isfinite(s.loss)]
        most = AWAY * abs(self.begin)
        kept = [v for v in there if abs(v) <= most] if most else there
        if self._falls(kept):
            kept = [max(v, DEEPEST * max(kept)) for v in kept]
        return kept or [0.0]

    @staticmethod
    def _falls(losses: list[float]) -> bool:
        return bool(losses) and min(losses) >= 0 and max(losses) > LOGARITHMIC * min(losses)

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is one of logarithms."""
        return min(self.shown) > 0 and self._falls(self.shown)

    def up(self, loss: float) -> float:
        """The height of a loss on the axis."""
        if not self.logarithmic or not math.isfinite(loss):
            return loss
        return math.log10(max(loss, min(self.shown)))

    @cached_property
    def sentence(self) -> str:
        """Which comes lowest, and what numerical gradients cost beside the same descent."""
        finite = [way for way in self.content.ways if math.isfinite(way.end.loss)]
        told = []
        if finite:
            best = min(finite, key=lambda way: way.end.loss)
            passes = self.counted(best.end.passes)
            told.append(f"Lowest: {best.name}, {self.said(best.end.loss)}, after {passes} passes.")
        if dear := self._dear():
            told.append(dear)
        if gone := [way.name for way in self.content.ways if not math.isfinite(way.end.loss)]:
            told.append(f"{' and '.join(gone)} {'runs' if len(gone) == 1 else 'run'} away.")
        return " ".join(told)

    def _dear(self) -> str:
        """How much more numerical gradients cost than backpropagation for the same steps."""
        by_name = {way.name: way for way in self.content.ways}
        slow, quick = by_name.get("numerical gradient"), by_name.get("GD")
        if slow is None or quick is None or slow.diverged or quick.diverged:
            return ""
        n = self.content.parameters
        return (
            f"A numerical gradient takes 2·{n:,} = {2 * n:,} passes, backpropagation one forward"
            " and one backward."
        )

    @property
    def note(self) -> str:
        """What is counted."""
        return "A pass goes through all samples once, forward or backward; times are measured."

    @property
    def alt(self) -> str:
        """The rows of the table."""
        told = [
            f"{way.name} ({way.how}): {self.counted(way.end.evaluations)} evaluations,"
            f" {self.counted(way.end.gradients)} gradients, loss {self.said(way.end.loss)}"
            for way in self.content.ways
        ]
        return f"From a loss of {self.said(self.begin)}. {'; '.join(told)}."

    def data(self) -> dict[str, Any]:
        """Every step: [evaluations, gradients, loss]."""
        c = self.content
        return {
            "source": c.trace.source,
            "parameters": c.parameters,
            "samples": c.samples,
            "data": c.data,
            "notes": list(c.left_out),
            "ways": [
                {
                    "name": way.name,
                    "settings": way.how,
                    "evaluations": way.end.evaluations,
                    "gradients": way.end.gradients,
                    "seconds": way.seconds,
                    "loss": named([way.end.loss])[0],
                    "diverged": way.diverged,
                    "found": {name: named(value) for name, value in way.found},
                    "steps": named([list(step) for step in way.steps]),
                }
                for way in c.ways
            ],
        }


TELLER: Final = WaysTeller
