"""A plane of features told: how many samples are given their class, and what a line could do."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any, Final

from gradviz.story import languages
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count as number_of
from gradviz.story.maths import M, unicode
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.plot.kinds import said, said_when
from gradviz.trace.io.plain import named
from gradviz.trace.plots.plane import Border, Pane, Plane

DIGITS: Final = 3
MOST_DRAWN: Final = 2_000
"""Samples that are drawn of many; all of them are counted."""
LARGEST: Final = 24


class PlaneTeller:
    """The words of a plane."""

    heading = pattern("Data plane")

    def __init__(self, content: Plane, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(DIGITS, self.digits))

    @property
    def labelled(self) -> int:
        """How many samples have a class."""
        return sum(d.label >= 0 for d in self.content.panes[0].dots)

    @property
    def subtitle(self) -> str:
        """The data, and the pass."""
        count = len(self.content.panes[0].dots)
        samples = say("{data}, {samples:sample}", data=self.content.data, samples=number_of(count))
        return f"{samples}, {said_when(self.content.when)}" if self.content.when else samples

    @property
    def rule(self) -> str:
        """What decides: the output against a number, or the highest score."""
        content = self.content
        if content.level is None:
            return say("The highest score decides")
        low, high = content.classes
        return say(
            "Class {high} where {output} > {level}, else {low}",
            high=high,
            output=self.output,
            level=self.said(content.level),
            low=low,
        )

    @property
    def output(self) -> str:
        """The name of what decides, as it is typeset."""
        return unicode.name(self.content.output)

    @property
    def sentence(self) -> str:
        """How many are right, and whether a straight line could do it."""
        count, right = self.labelled, self.content.right
        if not count:
            return f"{self.rule}."
        if right == count:
            told = say(
                "all {count} samples are right" if count > 1 else "the sample is right",
                count=f"{count:,}",
            )
        else:
            told = say(
                "{right} of {samples} samples are right, {share} %",
                right=f"{right:,}",
                samples=f"{count:,}",
                share=self.said(100 * right / count),
            )
        return f"{self.rule}: {told}. {self.separation}".strip()

    @property
    def separation(self) -> str:
        """Whether a straight line separates two classes, in each of the planes."""
        first, *more = self.content.separable
        if first is None:
            return ""
        if not more:
            return say(
                "A straight line separates the two classes."
                if first
                else "No straight line separates the two classes."
            )
        names = [languages.listed(map(self.axis, pane.variables)) for pane in self.content.panes]
        if first == more[0]:
            return say(
                "A straight line separates the classes, by {one} or by {other}."
                if first
                else "No straight line separates the classes, by {one} or by {other}.",
                one=names[0],
                other=names[1],
            )
        able, unable = names if first else names[::-1]
        return say(
            "A straight line separates the classes by {able}, none by {unable}.",
            able=able,
            unable=unable,
        )

    def axis(self, name: str) -> str:
        """The name of an axis, as it is typeset."""
        return unicode.name(name) if name.isidentifier() else name

    @property
    def note(self) -> str:
        """What the rings mean, and how many samples are drawn."""
        missed = any(d.missed for d in self.content.panes[0].dots)
        told = [say("Ringed samples are missed.")] if missed else []
        if self.every > 1:
            told.append(say("One sample in {every} is drawn.", every=self.every))
        return " ".join(told)

    @property
    def every(self) -> int:
        """One in so many samples is drawn."""
        return -(-len(self.content.panes[0].dots) // MOST_DRAWN) or 1

    @cached_property
    def formula(self) -> Formula | None:
        """What decides, where it is short enough to be read."""
        graph = self.content.trace.graph
        if len(graph.nodes) > LARGEST:
            return None
        rule = of_graph(graph)
        return None if rule is None else Formula(M.name(self.content.output), "=", rule, None, None)

    def counted(self, label: int) -> tuple[int, int]:
        """How many samples of a class there are, and how many of them are right."""
        own = [d for d in self.content.panes[0].dots if d.label == label]
        return len(own), sum(not d.missed for d in own)

    @property
    def alt(self) -> str:
        """The samples by class, those that are missed, and the axes."""
        content, told = self.content, []
        missed = Counter(d.label for d in content.panes[0].dots if d.missed)
        for label, name in enumerate(content.classes):
            count, _ = self.counted(label)
            if count:
                told.append(
                    say(
                        "{count} of class {name}, {missed} missed",
                        count=count,
                        name=name,
                        missed=missed[label],
                    )
                )
        axes = say("; then ").join(
            ", ".join(
                say(
                    "{name} from {low} to {high}",
                    name=name,
                    low=self.said(low),
                    high=self.said(high),
                )
                for name, (low, high) in zip(pane.variables, pane.spans, strict=True)
            )
            for pane in content.panes
        )
        samples = "; ".join(told) or len(content.panes[0].dots)
        return say("Plane of {axes}. Samples: {samples}.", axes=axes, samples=samples)

    def data(self) -> dict[str, Any]:
        """The samples, [x, y, class, the class that they get], the grid, and the border."""
        content = self.content
        return {
            "source": content.trace.source,
            "data": content.data,
            "classes": list(content.classes),
            "output": content.output,
            "level": content.level,
            "right": content.right,
            "separable": list(content.separable),
            "planes": [self._pane(pane) for pane in content.panes],
        }

    def _pane(self, pane: Pane) -> dict[str, Any]:
        return {
            "variables": list(pane.variables),
            "x": list(pane.xs),
            "y": list(pane.ys),
            "margins": named([[list(row) for row in grid] for grid in pane.margins]),
            "border": _strokes(pane.border),
            "scores": [_strokes(border) for border in pane.scores],
            "samples": [list(d) for d in pane.dots],
        }


def _strokes(border: Border | None) -> list[list[list[float]]]:
    return [] if border is None else [[list(p) for p in stroke] for stroke in border.strokes]


TELLER: Final = PlaneTeller
