"""A comparison told: which run has the lower loss, and how many samples each gets right."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final

from gradviz.ops.op import say_shape
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern
from gradviz.story.plot.kinds import listed, said
from gradviz.trace.compared import Difference
from gradviz.trace.io.plain import named
from gradviz.trace.plots.comparison import Compared, Comparison, Large, Side

DIGITS: Final = 4
ABSENT: Final = "–"


class ComparisonTeller:
    """The words of a comparison."""

    heading = pattern("Compare")
    formula: Formula | None = None

    def __init__(self, content: Comparison, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float | None) -> str:
        """A number in the table."""
        return ABSENT if value is None else said(value, min(DIGITS, self.digits))

    def name(self, row: Compared) -> str:
        """What a row is about, without its label."""
        return f"gradient of {row.name}" if row.kind == "gradient" else row.name

    @property
    def subtitle(self) -> str:
        """The runs, and in what they differ."""
        sides = [side.name for side in self.content.sides]
        told = f"{' and '.join([', '.join(sides[:-1]), sides[-1]])}"
        if self.content.differing and self.content.measured:
            return f"{told}, with other numbers for {listed(list(self.content.differing))}"
        return told

    @cached_property
    def sentence(self) -> str:
        """Which is lower, where that can be said; how many samples are right."""
        told = [self._by_size(), self._right()]
        return " ".join(filter(None, told))

    def _by_size(self) -> str:
        sides = [(side, side.loss) for side in self.content.sides if side.loss is not None]
        if len(sides) < len(self.content.sides):
            return "What they compute is no single number, so there is none to compare."
        if not self.content.measured:
            return self._apart(sides)
        if strange := [(side, loss) for side, loss in sides if not math.isfinite(loss)]:
            told = listed([f"{side.name} gives {self.said(loss)}" for side, loss in strange])
            return f"{told}: no number to compare by size."
        least = min(loss for _, loss in sides)
        best = [side.name for side, loss in sides if self.said(loss) == self.said(least)]
        word = "loss" if self.content.is_loss else "result"
        if len(best) == len(sides):
            return f"The {word} is the same for all: {self.said(least)}."
        rest = listed([f"{s.name} {self.said(v)}" for s, v in sides if s.name not in best])
        if self.content.is_loss:
            verb, whose = ("fits", "its") if len(best) == 1 else ("fit", "their")
            degree = "better" if len(sides) == 2 else "best"
            return f"{listed(best)} {verb} {degree}: {whose} loss is {self.said(least)}, {rest}."
        verb = "gives" if len(best) == 1 else "give"
        degree = "lower" if len(sides) == 2 else "lowest"
        return f"{listed(best)} {verb} the {degree} result, {self.said(least)}; {rest}."

    def _apart(self, sides: list[tuple[Side, float]]) -> str:
        told = listed([f"{side.name} is {self.said(value)}" for side, value in sides])
        if not self.content.is_loss:
            return f"{told}."
        return f"{told}: each loss has a scale of its own, so compare their gradients."

    def _right(self) -> str:
        rights = [(side.name, side.right) for side in self.content.sides if side.right is not None]
        if len(rights) < 2 or all(right[1] == 1 for _, right in rights):
            return ""
        if len({right for _, right in rights}) == 1:
            found, count = rights[0][1]
            return f"The right class scores highest for {found} of {count} samples in each."
        told = listed([f"{found} with {name}" for name, (found, _) in rights])
        return f"Of {rights[0][1][1]} samples the right class scores highest for {told}."

    @property
    def note(self) -> str:
        """Always empty: of what has no rows it is told how it differs."""
        return ""

    def extents(self, large: Large) -> list[list[str]]:
        """How large an array is in each run, and how it differs from that of the first."""
        said = [
            [f"norm {self.said(norm)}"] if norm is not None else [ABSENT] for norm in large.norms
        ]
        for words, apart in zip(said[1:], large.differences, strict=True):
            words += [] if apart is None else self._extent(apart)
        return said

    def _extent(self, apart: Difference) -> list[str]:
        if apart.count is None:
            first, second = (say_shape(shape) if shape else "a number" for shape in apart.shapes)
            return [f"{second} instead of {first}"]
        if apart.is_none:
            return [f"all {apart.size:,} the same"]
        assert apart.largest is not None and apart.place is not None
        place = ", ".join(map(str, apart.place))
        return [
            f"{apart.count:,} of {apart.size:,} differ",
            f"by up to {said(apart.largest, 3)} at [{place}]",
        ]

    def of_large(self, large: Large) -> str:
        """What the first column says of a large array."""
        return f"gradient of {large.name}" if large.kind == "gradient" else large.name

    @property
    def alt(self) -> str:
        """Every row."""
        names = ", ".join(side.name for side in self.content.sides)
        rows = [
            f"{self.name(row)}{f' {row.label}' if row.label else ''}"
            f" {', '.join(map(self.said, row.numbers))}"
            for row in self.content.rows
        ]
        for large in self.content.large:
            told = [", ".join(words) for words in self.extents(large)]
            rows.append(f"{self.of_large(large)} {'; '.join(told)}")
        return f"For {names}: {'; '.join(rows)}."

    def data(self) -> dict[str, Any]:
        """The runs and every row."""
        c = self.content
        return {
            "differing": list(c.differing),
            "runs": [
                {
                    "name": side.name,
                    "source": side.source,
                    "result": named([side.loss])[0],
                    "right": None if side.right is None else list(side.right),
                }
                for side in c.sides
            ],
            "rows": [
                {
                    "name": row.name,
                    "label": row.label,
                    "kind": row.kind,
                    "numbers": named(list(row.numbers)),
                }
                for row in c.rows
            ],
            "left_out": c.left_out,
            "large": [
                {
                    "name": large.name,
                    "kind": large.kind,
                    "norms": named(list(large.norms)),
                    "differences": [apart and apart.data() for apart in large.differences],
                }
                for large in c.large
            ],
        }


TELLER: Final = ComparisonTeller
