"""The contents of each grid of a cell figure at a step: the lit cells, and the known numbers with
their roles.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from gradviz.fonts import Weight
from gradviz.layout import text
from gradviz.scene.blocks import SMALL
from gradviz.scene.views.cells.place import HEADING, CellLayout, Panel
from gradviz.scene.views.cells.sheets import Spot
from gradviz.story.cells.frames import CellFrame
from gradviz.trace.cells import CellStep, Place

Shown = tuple[str, str, Weight]
"""A number as text, its role, its weight."""


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
    def panels(self) -> list[Panel]:
        """The panels that are shown: of the gradients the one that fills up, no window before the
        first step.
        """
        return [
            p
            for p in self.layout.panels
            if not (p.kind == "gradient" and p.slot != self.frame.slot)
            and not (p.kind == "patch" and not self.frame.number)
        ]

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
        return self.layout.leads(panel.slot, self.cells[panel.slot])

    def heading(self, panel: Panel) -> str:
        """The heading of the panel in this step."""
        words = self.layout.heading(panel.kind, panel.slot, self.back)
        kernels = self.trace.shape(panel.slot)[0] if words.startswith("kernel") else 1
        if panel.kind == "operand" and kernels > 1 and self.step is not None:
            weights = self.cells[panel.slot]
            own = weights[0][0] + 1 if weights and weights[0] is not None else 1
            words = f"kernel {own} of {kernels}, {self.trace.name(panel.slot or 0)}"
            words = text.fit(words, HEADING, "bold", panel.width + 40)
        return words

    def lit(self, panel: Panel, lead: Place) -> list[Spot]:
        """The spots of the window in one grid, padding and all."""
        step, slot = self.step, panel.slot
        if step is None or not self._takes_part(panel):
            return []
        if panel.kind == "gradient":
            routed = step.winner is not None
            reached = [
                t
                for t, way in zip(step.targets, step.through, strict=True)
                if not routed or way != 0
            ]
            return self._spots(panel, lead, reached)
        if slot == 0 and self.layout.window is not None and panel.kind == "operand":
            inside = any(c is None or panel.view.split(c)[0] == lead for c in self.cells[0])
            return self._under(panel) if inside else []
        return self._spots(panel, lead, self.cells[slot])

    def _takes_part(self, panel: Panel) -> bool:
        """Whether an array is read or written in this step."""
        if panel.kind in ("output", "gradient") or not self.back or self.trace.rule != "products":
            return True
        return panel.slot != self.frame.slot and panel.slot in (0, 1) and self.frame.slot in (0, 1)

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
            axes.insert(0, list(range(panel.view.size[0])))
        return [(i, j) for i, j in itertools.product(*axes)]

    def patch(self, panel: Panel, lead: Place) -> dict[Spot, Any]:
        """The numbers under the window in one grid; None for padding."""
        step, (rows, columns) = self.step, panel.sheet.size
        assert step is not None
        cells, numbers = step.cells[0] or (), step.numbers[0] or ()
        met = list(dict.fromkeys(panel.view.split(c)[0] for c in cells if c is not None))
        if lead not in met:
            return {}
        start = met.index(lead) * rows * columns
        return {
            divmod(k, columns): v for k, v in enumerate(numbers[start : start + rows * columns])
        }

    def numbers_in(self, panel: Panel, lead: Place, lit: set[Spot]) -> Iterator[tuple[Spot, Shown]]:
        """The numbers of one grid that are known so far."""
        if panel.kind == "patch":
            for spot, value in self.patch(panel, lead).items():
                if value is not None:
                    yield spot, (self.numbers.text(value, panel.sheet.number), "ink", "medium")
            return
        rows, columns = panel.view.size
        spots = list(itertools.product(range(rows), range(columns)))
        by_kind = {"gradient": self._gradients, "output": self._outputs, "operand": self._operands}
        yield from by_kind[panel.kind](panel, lead, spots, lit)

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
                yield (
                    spot,
                    (
                        f"{parts[0]} + ({parts[1]})"
                        if parts[1].startswith("−")
                        else " + ".join(parts)
                    ),
                )
