"""The contents of each grid of a cell figure at a step: the lit cells, and the known numbers with
their roles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from gradviz.fonts import Weight
from gradviz.scene.blocks import SMALL
from gradviz.scene.views.cells.panels import KEPT, MOST_TERMS
from gradviz.scene.views.cells.place import CellLayout, Panel, Placed
from gradviz.scene.views.cells.sheets import Spot
from gradviz.story.cells.frames import CellFrame
from gradviz.story.languages import pattern, say
from gradviz.trace.cells import CellStep, Place, largest

Shown = tuple[str, str, Weight]
"""A number as text, its role, its weight."""

CAPTIONS: Final = (
    (pattern("matrix {number}"), pattern("matrix {number} of {channels}")),
    (pattern("channel {number}"), pattern("channel {number} of {channels}")),
)
"""Of an op without channels and of one with them: of several grids, and of one that is shown."""


@dataclass(frozen=True, slots=True)
class Term:
    """A line of a sum: what is multiplied, `3 · (−1) =`, and what comes of it.

    weight  bold for the sum itself, regular for a line that stands for several terms.
    """

    left: str
    right: str
    weight: Weight = "semibold"


class CellContents:
    """One frame of a walk, panel by panel."""

    def __init__(self, layout: CellLayout, frame: CellFrame) -> None:
        self.layout, self.frame, self.trace = layout, frame, frame.walk
        self.numbers, self.xp = layout.numbers, frame.walk.trace.xp

    @property
    def step(self) -> CellStep | None:
        """The window at work."""
        return self.frame.step

    @property
    def back(self) -> bool:
        """Whether this is the backward pass."""
        return self.frame.phase == "backward"

    @property
    def placed(self) -> Placed:
        """The panels of this pass with their places."""
        return self.layout.at(self.frame.slot)

    @property
    def panels(self) -> list[Panel]:
        """The panels that are shown: nothing that a window makes before the first step."""
        made = ("patch", "parts", "terms")
        return [p for p in self.placed.panels if self.frame.number or p.kind not in made]

    @cached_property
    def cells(self) -> dict[int | None, tuple[Place | None, ...]]:
        """By array, the cells of this step's window; of a first window before the first step."""
        if self.step is None:
            return self.layout.sample
        return {
            None: (self.step.place,),
            **{slot: cells or () for slot, cells in enumerate(self.step.cells)},
        }

    def leads(self, panel: Panel) -> list[Place]:
        """Which grids of the panel's array are shown."""
        slot = None if panel.kind in ("parts", "terms") else panel.slot
        return self.layout.leads(panel, self.cells[slot])

    def heading(self, panel: Panel) -> str:
        """The heading of the panel in this step."""
        slot, kind = panel.slot, panel.kind
        if self.step is None or kind != "operand" or slot is None:
            return self.layout.heading(kind, slot, self.back, panel.count)
        kernels = self.cells.get(1, ())
        own = next((c[0] for c in kernels if c), None)
        return self.layout.heading(kind, slot, self.back, panel.count, own)

    def caption(self, panel: Panel, lead: Place) -> str:
        """What stands above one grid of several."""
        if not lead or panel.kind in ("patch", "parts"):
            return ""
        if panel.slot == 1 and self.trace.op.role(1) == "kernel" and self.layout.window is None:
            return say("kernel {number}", number=lead[0] + 1)  # one for each channel of the input
        channels = self.layout.parts.channels(panel.slot)
        told = CAPTIONS[self.trace.op.channel_axis is not None][panel.count == 1 and channels > 1]
        return say(told, number=lead[-1] + 1, channels=channels)

    def lit(self, panel: Panel, lead: Place) -> list[Spot]:
        """The spots of the window in one grid, padding and all."""
        step, slot, kind = self.step, panel.slot, panel.kind
        if step is None or kind in ("parts", "terms"):
            return []
        if kind == "gradient" and panel.sheet.has_padding and step.winner is None:
            return self._under(panel)
        if kind == "gradient":
            routed = step.winner is not None
            reached = [
                t
                for t, way in zip(step.targets, step.through, strict=True)
                if not routed or way != 0
            ]
            return self._spots(panel, lead, reached)
        if kind == "patch":
            rows, columns = panel.sheet.size
            return list(itertools.product(range(rows), range(columns)))
        if slot == 0 and self.layout.window is not None:
            inside = any(c is None or panel.view.split(c)[0] == lead for c in self.cells[0])
            return self._under(panel) if inside else []
        return self._spots(panel, lead, self.cells[slot])

    def _spots(self, panel: Panel, lead: Place, cells: Sequence[Place | None]) -> list[Spot]:
        split = [panel.view.split(cell) for cell in cells if cell is not None]
        return list(dict.fromkeys(spot for own, spot in split if own == lead))

    def _under(self, panel: Panel) -> list[Spot]:
        """All spots under the sliding window, in the padding too."""
        window, step = self.layout.window, self.step
        assert window is not None and step is not None
        at = step.place[len(step.place) - len(window.size) :]
        axes = [
            [
                i * window.stride[a] - window.padding[a][0] + t * window.dilation[a]
                for t in range(window.size[a])
            ]
            for a, i in enumerate(at)
        ]
        if len(axes) == 1:
            rows = {panel.view.split(c)[1][0] for c in step.cells[0] or () if c is not None}
            axes.insert(0, sorted(rows) or list(range(panel.view.size[0])))
        return [(i, j) for i, j in itertools.product(*axes)]

    def _channel(self, panel: Panel, n: int, values: Sequence[Any]) -> dict[Spot, Any]:
        """The nth channel's share of what stands in a window."""
        rows, columns = panel.sheet.size
        start = n * rows * columns
        share = values[start : start + rows * columns]
        return {divmod(k, columns): value for k, value in enumerate(share)}

    def patch(self, panel: Panel, n: int) -> dict[Spot, Any]:
        """The numbers under the window in one channel; None for padding."""
        assert self.step is not None
        return self._channel(panel, n, self.step.numbers[0] or ())

    def made(self, panel: Panel, n: int) -> dict[Spot, Any]:
        """What a step makes of one channel of its window: products, squares, or what the cells of
        an operand receive; None where there is nothing.
        """
        step = self.step
        assert step is not None
        if panel.slot is None:
            return self._channel(panel, n, step.parts)
        brought = dict(zip(step.targets, step.contributions, strict=True))
        cells = step.cells[panel.slot] or ()
        return self._channel(panel, n, [None if c is None else brought[c] for c in cells])

    def terms(self, panel: Panel) -> list[Term]:
        """What a step adds up, or sends to each cell, line by line: the largest terms where there
        are many, and what the others come to.
        """
        step, slot = self.step, panel.slot
        assert step is not None
        if slot is None:
            pairs = [(a or 0, b or 0) for a, b in self._pairs(step)]
            parts: Sequence[Any] = step.parts
        else:
            pairs = [(step.upstream, local) for local in step.through]
            parts = step.contributions
        kept = range(len(parts)) if len(parts) <= MOST_TERMS else largest(parts, KEPT)
        lines = [self._product(*pairs[k], parts[k]) for k in kept]
        if rest := [k for k in range(len(parts)) if k not in kept]:
            others = say("… and {count} more", count=f"{len(rest):,}")
            lines.append(
                Term(others, self._said(self.trace.total(step, rest)), "regular")
                if slot is None
                else Term(say("{others} likewise", others=others), "", "regular")
            )
        if slot is not None:
            return lines
        shown = [parts[k] for k in kept] + ([self.trace.total(step, rest)] if rest else [])
        return [*lines, *self._sums(step, shown)]

    def _pairs(self, step: CellStep) -> Iterator[tuple[Any, Any]]:
        return zip(step.numbers[0] or (), step.numbers[1] or (), strict=True)

    def _product(self, a: Any, b: Any, product: Any) -> Term:
        first, second, made = map(self._said, (a, b, product))
        factors = [self.numbers.rounded(v) for v in (a, b)]
        exact = self._agree(math.prod(factors), product) and (product != 0 or 0 in factors)
        return Term(f"{first} · {_bracketed(second)} {'=' if exact else '≈'}", made)

    def _sums(self, step: CellStep, shown: Sequence[Any]) -> Iterator[Term]:
        """The sum of the products, and what a bias makes of it."""
        yield Term(f"Σ {self._equals(step, shown)}", self._said(self._settled(step)), "bold")
        if step.bias is not None:
            total, bias = self._said(self._settled(step)), self._said(step.bias)
            sign = self._equal([self._settled(step), step.bias], step.result)
            yield Term(f"{total} + {_bracketed(bias)} {sign}", self._said(step.result), "bold")

    def _equals(self, step: CellStep, shown: Sequence[Any]) -> str:
        """The sign before the sum of a step, of which these terms are shown."""
        return self._equal(shown, self._settled(step))

    def _equal(self, terms: Sequence[Any], total: Any) -> str:
        """= where the numbers shown add up to the sum shown, else ≈."""
        shown = self._rounded(terms)
        made = math.fsum(shown) if all(map(math.isfinite, shown)) else math.nan
        return "=" if self._agree(made, total) else "≈"

    def _rounded(self, terms: Sequence[Any]) -> list[float]:
        return [self.numbers.rounded(v) for v in terms if v is not None]

    def _settled(self, step: CellStep) -> Any:
        """The sum of a step's parts; 0 where nothing but rounding is left of it."""
        terms = [self.xp.asarray(p) for p in step.parts if p is not None]
        total = self.xp.asarray(self.trace.total(step))
        return self.frame.story.rules.settled_sum(terms, total)

    def feet(self, panel: Panel) -> list[tuple[str, str]]:
        """The lines below the parts of a window, each with its role: what the channels that are not
        shown add, the sum, and what becomes of it.
        """
        step = self.step
        if step is None or not panel.feet:
            return []
        if panel.slot is not None:
            upstream = self.numbers.text(step.upstream, panel.sheet.number)
            met = say("times {met}", met=self.layout.met(panel.slot))
            return [(f"{upstream} {met}", "muted")]
        lines, spanned = [], self.layout.parts.spanned(0)
        size = math.prod(panel.sheet.size)
        shown = list(step.parts[: panel.count * size])
        if hidden := spanned - panel.count:
            rest = range(panel.count * size, len(step.parts))
            shown.append(self.trace.total(step, rest))
            channels = f"{hidden:,} more channel{'s' * (hidden > 1)}"
            lines.append((f"… {channels}: {self._said(self.trace.total(step, rest))}", "muted"))
        return [*lines, (self._sum(step, shown), "hot")]

    def _sum(self, step: CellStep, shown: Sequence[Any]) -> str:
        """`Σ = 1.5`, `Σ + b = 1.5 + 1 = 2.5`, `Σ/4 = 8/4 = 2`, `√Σ = 3.742`."""
        result, total = self._said(step.result), self._said(self._settled(step))
        sign = self._equals(step, shown)
        if self.trace.rule == "norm":
            squares = sum(self._rounded(shown))
            ends = "=" if self._agree(squares**0.5, step.result) else "≈"
            return f"√Σ {ends} {result}"
        if self.trace.rule == "mean":
            share = self.frame.story.formulas.share(step)
            total_of = self.numbers.rounded(self._settled(step))
            made = total_of / share
            is_lost = step.result == 0 != total_of
            ends = "=" if self._agree(made, step.result) and not is_lost else "≈"
            return f"Σ/{share} {sign} {total}/{share} {ends} {result}"
        if step.bias is None:
            return f"Σ {sign} {total}"
        bias = _bracketed(self._said(step.bias))
        ends = self._equal([self._settled(step), step.bias], step.result)
        return f"Σ + {self.trace.name(2)} {sign} {total} + {bias} {ends} {result}"

    def _said(self, value: Any) -> str:
        return self.numbers.text(value, self.placed.number)

    def _agree(self, made: float, shown: Any) -> bool:
        """Whether the numbers shown give the result shown."""
        return math.isnan(made) or self._said(self.xp.asarray(made)) == self._said(shown)

    def numbers_in(
        self, panel: Panel, n: int, lead: Place, lit: set[Spot]
    ) -> Iterator[tuple[Spot, Shown]]:
        """The numbers of a panel's nth grid that are known so far."""
        if panel.kind in ("patch", "parts"):
            yield from self._of_window(panel, n)
            return
        rows, columns = panel.view.size
        spots = list(itertools.product(range(rows), range(columns)))
        by_kind = {"gradient": self._gradients, "output": self._outputs, "operand": self._operands}
        yield from by_kind[panel.kind](panel, lead, spots, lit)

    def _of_window(self, panel: Panel, n: int) -> Iterator[tuple[Spot, Shown]]:
        """The numbers under the window, or what is made of them; padding is 0 where it counts."""
        is_patch = panel.kind == "patch"
        won = self.step.winner if self.step is not None and is_patch else None
        columns = panel.sheet.size[1]
        for spot, value in (self.patch if is_patch else self.made)(panel, n).items():
            is_sent = not is_patch and panel.slot is not None
            if value is None and (is_sent or not self._padding_counts):
                continue
            shown = self.numbers.text(0 if value is None else value, panel.sheet.number)
            if spot[0] * columns + spot[1] == won:
                yield spot, (shown, "hot", "bold")
            elif is_patch or self.trace.rule == "mean":
                yield spot, (shown, "ink", "medium")
            else:
                yield spot, (shown, "muted" if not value else "hot", "semibold")

    def _operands(
        self, panel: Panel, lead: Place, spots: list[Spot], lit: set[Spot]
    ) -> Iterator[tuple[Spot, Shown]]:
        step, array, size = self.step, self.trace.value(panel.slot), panel.sheet.number
        winner = (
            (step.cells[0] or ())[step.winner]
            if step is not None and step.winner is not None
            else None
        )
        for spot in spots:
            place = panel.view.place(lead, spot)
            words = self.numbers.text(array[place], size)
            bold = place == winner and panel.slot == 0
            yield (
                spot,
                (
                    words,
                    "hot" if bold else "ink" if spot in lit else "muted",
                    "bold" if bold else "regular",
                ),
            )
        if panel.slot == 0 and self._padding_counts:
            (top, bottom), (left, right) = panel.sheet.pads
            rows, columns = panel.view.size
            for spot in itertools.product(
                range(-top, rows + bottom), range(-left, columns + right)
            ):
                if not (0 <= spot[0] < rows and 0 <= spot[1] < columns):
                    yield spot, ("0", "ink" if spot in lit else "muted", "regular")

    @property
    def _padding_counts(self) -> bool:
        """Whether cells of padding are zeros that are computed with."""
        return self.trace.rule in ("products", "norm") or (
            self.trace.rule == "mean"
            and bool(self.trace.row.options.get("count_include_pad", True))
        )

    def _outputs(
        self, panel: Panel, lead: Place, spots: list[Spot], lit: set[Spot]
    ) -> Iterator[tuple[Spot, Shown]]:
        array = self.trace.upstream if self.back else self.trace.value(None)
        places, size = self.trace.places, panel.sheet.number
        for spot in spots:
            place = panel.view.place(lead, spot)
            made = places.number(place) - places.start
            if not self.back and not 0 <= made < self.frame.known:
                continue
            now = spot in lit
            role = "hot" if now else "gradient" if self.back else "value"
            yield spot, (self.numbers.text(array[place], size), role, "bold" if now else "medium")

    def _gradients(
        self, panel: Panel, lead: Place, spots: list[Spot], lit: set[Spot]
    ) -> Iterator[tuple[Spot, Shown]]:
        slot, step, size = panel.slot, self.step, panel.sheet.number
        assert slot is not None and step is not None
        windows = self.frame.windows_back(slot)
        array, reached = self.trace.gradient(slot, windows), self.trace.reached(slot, windows)
        after = dict(zip(step.targets, step.after, strict=True))
        changed = {t for t, c in zip(step.targets, step.contributions, strict=True) if c != 0}
        for spot in spots:
            place = panel.view.place(lead, spot)
            if place not in reached:
                continue
            value = after.get(place, array[place])
            words = self.numbers.text(value, size)
            if place in changed:
                yield spot, (words, "hot", "bold")
            elif spot in lit:
                yield spot, (words, "ink", "regular")
            else:
                yield (
                    spot,
                    (
                        (words, "muted", "regular")
                        if value == 0
                        else (words, "gradient", "semibold")
                    ),
                )

    def notes(self, panel: Panel, lead: Place) -> Iterator[tuple[Spot, str]]:
        """`1 + 3` for the cells to which something is added."""
        step = self.step
        if step is None:
            return
        for target, before, more in zip(step.targets, step.before, step.contributions, strict=True):
            own, spot = panel.view.split(target)
            if own == lead and before != 0 and more != 0:
                parts = [self.numbers.text(v, SMALL) for v in (before, more)]
                yield (spot, (f"{parts[0]} + {_bracketed(parts[1])}"))


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("−") else number
