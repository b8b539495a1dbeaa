"""A fit told: how far it is off, and how far it was."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count as number_of
from gradviz.story.maths import M, unicode
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.plot.kinds import said, said_pass, said_when
from gradviz.trace.io.plain import named
from gradviz.trace.plots.fit import Fit

DIGITS: Final = 3
MOST_DRAWN: Final = 1_000
"""Samples that are drawn of many; all of them are counted."""
EXACT: Final = 1e-9
"""A residual below this part of the largest target is none."""
LARGEST: Final = 16
"""Nodes of a model whose formula is short enough to be read."""


class FitTeller:
    """The words of a fit."""

    heading = pattern("Fit")

    def __init__(self, content: Fit, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(DIGITS, self.digits))

    @property
    def subtitle(self) -> str:
        """The samples, and the pass."""
        content = self.content
        count = len(content.residuals)
        told = say("{data}, {samples:sample}", data=content.data, samples=number_of(count))
        return f"{told}, {self.when}" if self.when else told

    @property
    def when(self) -> str:
        """The pass of the last curve, in words; empty for a source that was not trained."""
        name = self.content.curves[-1].name
        return said_when(f"as {name} begins") if name.startswith("pass") else name

    @property
    def sentence(self) -> str:
        """The mean of the squares, and what it was at first."""
        content = self.content
        first, last = content.curves[0], content.curves[-1]
        told = say(
            "The mean of the squared residuals is {now}."
            if len(content.curves) == 1
            else "The mean of the squared residuals is {now}; as pass 1 began it was {first}.",
            now=self.said(last.squared),
            first=self.said(first.squared),
        )
        return f"{told} {self._largest()}"

    def _largest(self) -> str:
        worst = self.content.largest
        if not math.isfinite(worst.size):
            return say("Somewhere it has no finite value.")
        size, variable = self.said(abs(worst.size)), unicode.name(self.content.variable)
        most = max(abs(r.target) for r in self.content.residuals)
        if abs(worst.size) <= EXACT * max(most, 1e-300):
            return say("It goes through every sample.")
        return say(
            "It is off the most at {variable} = {x}: {size} below the sample."
            if worst.size > 0
            else "It is off the most at {variable} = {x}: {size} above the sample.",
            variable=variable,
            x=self.said(worst.x),
            size=size,
        )

    @property
    def note(self) -> str:
        """What is drawn between samples and curve."""
        earlier = len(self.content.curves) > 1
        told = [say("A thin line from a sample to the curve is its residual.")]
        told += [say("Pale curves are earlier passes.")] if earlier else []
        if self.every > 1:
            told.append(say("One sample in {every} is drawn.", every=self.every))
        return " ".join(told)

    @property
    def every(self) -> int:
        """One in so many samples is drawn."""
        return -(-len(self.content.residuals) // MOST_DRAWN) or 1

    @cached_property
    def formula(self) -> Formula | None:
        """The model, where it is short enough to be read."""
        graph = self.content.trace.graph
        rule = of_graph(graph) if len(graph.nodes) <= LARGEST else None
        return None if rule is None else Formula(M.name(self.content.output), "=", rule, None, None)

    @property
    def alt(self) -> str:
        """The mean of the squares of each curve, and some samples."""
        content = self.content
        curves = "; ".join(
            say(
                "{name}: mean square {square}",
                name=said_pass(c.name) or say("the model"),
                square=self.said(c.squared),
            )
            for c in content.curves
        )
        some = ", ".join(
            f"({self.said(r.x)}, {self.said(r.target)})" for r in content.residuals[:12]
        )
        return say("{curves}. Samples: {samples}.", curves=curves, samples=some)

    def data(self) -> dict[str, Any]:
        """The samples, [x, target, what the model says], and the curves."""
        content = self.content
        return {
            "source": content.trace.source,
            "data": content.data,
            "variable": content.variable,
            "target": content.target,
            "output": content.output,
            "samples": named([list(r) for r in content.residuals]),
            "curves": [
                {
                    "name": curve.name,
                    "mean_square": named([curve.squared])[0],
                    "points": named([list(p) for p in curve.points]),
                }
                for curve in content.curves
            ],
        }


TELLER: Final = FitTeller
