"""A plane of features told: how many samples are given their class, and what a line could do."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.maths import M, unicode
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.plot.kinds import said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.plane import Border, Pane, Plane

DIGITS: Final = 3
MOST_DRAWN: Final = 2_000
"""Samples that are drawn of many; all of them are counted."""
LARGEST: Final = 24


class PlaneTeller:
    """The words of a plane."""

    heading = "Data plane"

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
        samples = f"{self.content.data}, {count:,} sample{'s' * (count != 1)}"
        return f"{samples}, {self.content.when}" if self.content.when else samples

    @property
    def rule(self) -> str:
        """What decides: the output against a number, or the highest score."""
        content = self.content
        if content.level is None:
            return "The highest score decides"
        low, high = content.classes
        return f"Class {high} where {self.output} > {self.said(content.level)}, else {low}"

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
            told = f"all {count:,} samples are right" if count > 1 else "the sample is right"
        else:
            share = self.said(100 * right / count)
            told = f"{right:,} of {count:,} samples are right, {share} %"
        return f"{self.rule}: {told}. {self.separation}".strip()

    @property
    def separation(self) -> str:
        """Whether a straight line separates two classes, in each of the planes."""
        first, *more = self.content.separable
        if first is None:
            return ""
        if not more:
            return f"{'A' if first else 'No'} straight line separates the two classes."
        names = [" and ".join(map(self.axis, pane.variables)) for pane in self.content.panes]
        if first == more[0]:
            word = "A" if first else "No"
            return f"{word} straight line separates the classes, by {names[0]} or by {names[1]}."
        able, unable = names if first else names[::-1]
        return f"A straight line separates the classes by {able}, none by {unable}."

    def axis(self, name: str) -> str:
        """The name of an axis, as it is typeset."""
        return unicode.name(name) if name.isidentifier() else name

    @property
    def note(self) -> str:
        """What the rings mean, and how many samples are drawn."""
        missed = any(d.missed for d in self.content.panes[0].dots)
        told = ["Ringed samples are missed."] if missed else []
        if self.every > 1:
            told.append(f"One sample in {self.every} is drawn.")
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
                told.append(f"{count} of class {name}, {missed[label]} missed")
        axes = "; then ".join(
            "{} from {} to {}, {} from {} to {}".format(
                pane.variables[0],
                *map(self.said, pane.spans[0]),
                pane.variables[1],
                *map(self.said, pane.spans[1]),
            )
            for pane in content.panes
        )
        return f"Plane of {axes}. Samples: {'; '.join(told) or len(content.panes[0].dots)}."

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
