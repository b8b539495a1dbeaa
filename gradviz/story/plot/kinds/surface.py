"""A surface told: its minima and saddles, and where each way of an optimiser leads."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.maths import M
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.plot.kinds import PLURALS, listed, said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.surface import Critical, Descent, Surface

DIGITS: Final = 3
"""Of losses and places on the picture."""
LARGEST: Final = 24
MOST_TOLD: Final = 4


class SurfaceTeller:
    """The words of a surface."""

    def __init__(self, content: Surface, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(DIGITS, self.digits))

    @property
    def heading(self) -> str:
        """What is drawn."""
        return "Optimizers" if self.content.descents else "Surface"

    @property
    def subtitle(self) -> str:
        """The two variables, and the steps."""
        x, y = self.content.variables
        ways = self.content.descents
        what = f"{self.content.output} over {x} and {y}"
        if not ways:
            return what
        steps = max(len(way.places) - 1 for way in ways)
        return f"{what}, one start, {steps} step{'s' * (steps != 1)}{' each' * (len(ways) > 1)}"

    def word(self, point: Critical) -> str:
        """What a critical point is called: the lowest minimum in the picture is the minimum."""
        if point.kind != "minimum":
            return point.kind
        lowest = next(c for c in self.content.critical if c.kind == "minimum")
        return "minimum" if point.value <= lowest.value + 1e-12 else "local minimum"

    def named(self, point: Critical) -> str:
        """A critical point with its value, as it is labelled."""
        said = f"{self.word(point)} {self.said(point.value)}"
        return f"{said}, a kink" if point.is_kink else said

    @cached_property
    def sentence(self) -> str:
        """Where each way ends; without any, the critical points."""
        if self.content.descents:
            return self._ways()
        points = self.content.critical
        if not points:
            return (
                "This window has no isolated minimum or maximum, and no saddle where"
                f" {self.content.output} is smooth."
            )
        told = [self._counted(kind) for kind in PLURALS]
        return f"In this window: {'; '.join(filter(None, told))}."

    def _counted(self, kind: str) -> str:
        found = [c for c in self.content.critical if c.kind == kind]
        if not found:
            return ""
        if len(found) > MOST_TOLD:
            return f"{len(found)} {PLURALS[kind]}"
        x, y = self.content.variables
        places = [
            f"{self.said(c.value)} at {x} = {self.said(c.x)}, {y} = {self.said(c.y)}"
            + (", a kink," if c.is_kink else "")
            for c in found
        ]
        word = f"a {kind}" if len(found) == 1 else f"{NUMBERS[len(found)]} {PLURALS[kind]}"
        return f"{word} of {listed(places)}".removesuffix(",")

    def _ways(self) -> str:
        minima = [c for c in self.content.critical if c.kind == "minimum"]
        groups: dict[tuple[str, str], list[Descent]] = {}
        for way in self.content.descents:
            groups.setdefault(self.ending(way, minima), []).append(way)
        parts = [self._together(ending, ways) for ending, ways in groups.items()]
        steps = max(len(way.places) - 1 for way in self.content.descents)
        return f"After {steps} step{'s' * (steps != 1)} {'; '.join(parts)}."

    def _together(self, ending: tuple[str, str], ways: list[Descent]) -> str:
        names = listed([f"{way.name} ({self.said(way.places[-1].loss)})" for way in ways])
        return f"{names} {ending[len(ways) > 1]}"

    def leaves(self, way: Descent) -> bool:
        """Whether a way leaves the picture."""
        across, up = self.content.spans
        return not all(across.holds(p.x) and up.holds(p.y) for p in way.places)

    def ending(self, way: Descent, minima: list[Critical]) -> tuple[str, str]:
        """Where a way is after its last step, as the end of a sentence on one and on several."""
        last = way.places[-1]
        across, up = self.content.spans
        if way.diverged:
            words = f"beyond all numbers in step {len(way.places)}"
            return f"runs {words}", f"run {words}"
        if not (across.holds(last.x) and up.holds(last.y)):
            return "is outside the picture", "are outside the picture"
        if not minima:
            return "ends in the picture", "end in the picture"
        near = min(
            minima,
            key=lambda c: math.hypot((c.x - last.x) / across.length, (c.y - last.y) / up.length),
        )
        words = f"nearest the {self.word(near)} {self.said(near.value)}"
        return f"is {words}", f"are {words}"

    @property
    def note(self) -> str:
        """Which ways leave the picture."""
        gone = [way.name for way in self.content.descents if self.leaves(way)]
        return (
            f"{listed(gone)} {'leaves' if len(gone) == 1 else 'leave'} the picture." if gone else ""
        )

    @cached_property
    def formula(self) -> Formula | None:
        """The function, where it is short enough to be read."""
        graph = self.content.trace.graph
        if len(graph.nodes) > LARGEST:
            return None
        rule = of_graph(graph)
        return None if rule is None else Formula(M.name(self.content.output), "=", rule, None, None)

    @property
    def alt(self) -> str:
        """The critical points and the ends of the ways."""
        x, y = self.content.variables
        told = [
            f"{self.named(c)} at {x} {self.said(c.x)}, {y} {self.said(c.y)}"
            for c in self.content.critical
        ]
        for way in self.content.descents:
            last, loss = way.places[-1], self.said(way.places[-1].loss)
            where = f"{x} {self.said(last.x)}, {y} {self.said(last.y)}"
            told.append(f"{way.name} ends at {where} with {loss}")
        across, up = ("{} to {}".format(*map(self.said, span)) for span in self.content.spans)
        return f"Contours for {x} from {across} and {y} from {up}. " + "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """The grid, the critical points, and every step of each way: [x, y, loss]."""
        c = self.content
        return {
            "source": c.source,
            "variables": list(c.variables),
            "output": c.output,
            "x": list(c.xs),
            "y": list(c.ys),
            "values": named([list(row) for row in c.values]),
            "critical": [
                {
                    "kind": p.kind,
                    "at": [p.x, p.y],
                    "value": p.value,
                    "eigenvalues": None if p.eigenvalues is None else list(p.eigenvalues),
                }
                for p in c.critical
            ],
            "paths": [
                {
                    "name": w.name,
                    "optimizer": w.rule,
                    "options": dict(w.options),
                    "diverged": w.diverged,
                    "steps": [list(p) for p in w.places],
                }
                for w in c.descents
            ],
        }


NUMBERS: Final = ("no", "one", "two", "three", "four")

TELLER: Final = SurfaceTeller
