"""The places of the grids of a cell figure: operands, output, gradient, from left to right.

The places are chosen once for the whole walk, so that nothing moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from gradviz.layout.curves import Box
from gradviz.scene.blocks import wide
from gradviz.scene.views.cells.numbers import CellNumbers
from gradviz.scene.views.cells.sheets import Sheet, View
from gradviz.story.cells.frames import CellStory
from gradviz.trace.cells import CellTrace, Place

Kind = Literal["operand", "patch", "output", "gradient"]
MOST_CHANNELS: Final = 4
HEADING: Final = 13.0
CAPTION: Final = 11.0
OVER: Final = 12.0
"""How far a heading stands above its grids, and a caption above its grid."""
LINE: Final = 18.0
BETWEEN: Final = 16.0
COLUMN: Final = 64.0
SIZES: Final = ((44.0, 15.0), (38.0, 14.0), (34.0, 13.0))
"""Sides of cells with the sizes of the numbers in them, the best first."""
ROOM: Final = (1080.0, 460.0)
SAID: Final = ("input", "kernel", "bias")
"""The roles of operands that stand in a heading."""
SHAPE: Final = 2.4
"""The aspect ratio aimed for: width over height of the figure without header and footer."""


@dataclass(frozen=True, slots=True)
class Panel:
    """An array in a figure: a block of grids, one per channel, with its top left corner below its
    heading.

    slot    the operand, None for the output. A patch shows the window of its operand, magnified.
    count   how many grids there is room for, `across` of them side by side.
    """

    key: str
    kind: Kind
    slot: int | None
    view: View
    sheet: Sheet
    count: int
    across: int
    heading_width: float
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """The width of the grids, or of the heading if that is wider."""
        columns = min(self.count, self.across)
        return max(columns * self.sheet.width + (columns - 1) * BETWEEN, self.heading_width)

    @property
    def caption(self) -> float:
        """The height of a grid's caption."""
        return LINE if self.count > 1 else 0.0

    @property
    def height(self) -> float:
        """The height of the grids with their captions."""
        rows = math.ceil(self.count / self.across)
        return rows * (self.sheet.height + self.caption) + (rows - 1) * BETWEEN / 2

    def origin(self, n: int) -> tuple[float, float]:
        """The top left corner of the nth grid."""
        row, column = divmod(n, self.across)
        x = self.x + column * (self.sheet.width + BETWEEN)
        return x, self.y + row * (self.sheet.height + self.caption + BETWEEN / 2) + self.caption

    def box(self, n: int) -> Box:
        """The nth grid, padding and all."""
        return Box(*self.origin(n), self.sheet.width, self.sheet.height)


class CellLayout:
    """The places of all panels of one walk, from the corner (0, 0) on."""

    def __init__(self, story: CellStory) -> None:
        self.story, self.trace = story, story.walk
        self.numbers = CellNumbers(story)
        shapes = [self.trace.shape(slot) for slot in range(len(self.trace.row.inputs))]
        op, options = self.trace.op, self.trace.row.options
        self.window = op.window(*shapes, **options) if op.window is not None else None
        self.views = {slot: _view(self.trace, slot) for slot in (None, *range(len(shapes)))}
        self.sample = self._first_windows()
        ways = [(cell, across) for cell in SIZES for across in range(1, MOST_CHANNELS + 1)]
        placed = [self._placed(cell, across) for cell, across in ways]
        self.panels, self.width, self.height = min(placed, key=lambda p: _badness(p[1], p[2], p[0]))

    def of(self, kind: Kind, slot: int | None = None) -> Panel | None:
        """A panel, if it exists."""
        return next((p for p in self.panels if p.kind == kind and p.slot == slot), None)

    def leads(self, slot: int | None, cells: Sequence[Place | None]) -> list[Place]:
        """Which grids of an array are shown while the window holds these cells, at most
        MOST_CHANNELS of them.

        The channels of the window where it spans several, else the block of channels that its own
        is in.
        """
        shape, view = self.trace.shape(slot), self.views[slot]
        met = list(dict.fromkeys(view.split(cell)[0] for cell in cells if cell is not None))
        if len(met) > 1:
            return met[:MOST_CHANNELS]
        if len(shape) < 3:
            return [()]
        own = met[0] if met else (0,) * (len(shape) - 2)
        if slot is None and self._one_channel:
            return [own]
        first = own[-1] // MOST_CHANNELS * MOST_CHANNELS
        return [
            (*own[:-1], c) for c in range(first, min(first + MOST_CHANNELS, shape[len(own) - 1]))
        ]

    def spanned(self, slot: int | None) -> int:
        """How many grids a window spans, or the last leading axis has."""
        if slot is None and self._one_channel:
            return 1
        cells = self.sample[slot]
        met = {self.views[slot].split(cell)[0] for cell in cells if cell is not None}
        shape = self.trace.shape(slot)
        return len(met) if len(met) > 1 else shape[-3] if len(shape) > 2 else 1

    @property
    def _one_channel(self) -> bool:
        """Whether the walk keeps to one grid of the output."""
        first, last = self.trace.places[0], self.trace.places[-1]
        return self.views[None].split(first)[0] == self.views[None].split(last)[0]

    def _first_windows(self) -> dict[int | None, tuple[Place | None, ...]]:
        """By array, the cells of a window that holds more than padding."""
        fed = next((w for w in map(self.trace.window, self.trace.places) if any(w[0] or ())), None)
        fed = fed or self.trace.window(self.trace.places[0])
        return {
            None: (self.trace.places[0],),
            **{slot: cells or () for slot, cells in enumerate(fed)},
        }

    def _placed(
        self, cell: tuple[float, float], across: int
    ) -> tuple[tuple[Panel, ...], float, float]:
        side, number = cell
        size = (max(side, self.numbers.widest(number) + 12), side)
        stacks = list(self._stacks(size, number, across))
        heights = [
            sum(p.height + LINE + 8 for p in stack) + 20 * (len(stack) - 1) for stack in stacks
        ]
        x, tall, found = 0.0, max(heights), []
        for stack, height in zip(stacks, heights, strict=True):
            y = (tall - height) / 2
            for panel in stack:
                y += LINE + 8
                found.append(replace(panel, x=x, y=y))
                y += panel.height + 20
            x += max(panel.width for panel in stack) + COLUMN
        width = x - COLUMN
        if self.trace.slots:
            targets = [
                self._panel("gradient", slot, size, number, across) for slot in self.trace.slots
            ]
            for panel in targets:
                high = panel.height + LINE + 8
                tall = max(tall, high)
                found.append(replace(panel, x=x, y=max(0.0, (max(heights) - high) / 2) + LINE + 8))
                width = max(width, x + panel.width)
        return tuple(found), width, tall

    def _stacks(
        self, size: tuple[float, float], number: float, across: int
    ) -> Iterator[list[Panel]]:
        """Panels that stand below each other, from left to right: x, its window magnified, w over
        b, the output.
        """
        first = self._panel("operand", 0, size, number, across)
        yield [first]
        if first.sheet.heat and self.window is not None:
            yield [self._panel("patch", 0, size, number, across)]
        others = [
            self._panel("operand", slot, size, number, across)
            for slot in range(1, len(self.trace.row.inputs))
        ]
        if others:
            yield others
        yield [self._panel("output", None, size, number, across)]

    def _panel(
        self, kind: Kind, slot: int | None, size: tuple[float, float], number: float, across: int
    ) -> Panel:
        view = self.views[slot]
        pads = (
            self._pads(view)
            if kind == "operand" and slot == 0 and self.window is not None
            else ((0, 0), (0, 0))
        )
        grid, heat = view.size, 208.0
        if kind == "patch" and self.window is not None:
            cells, heat = self.window.size, 120.0
            grid = (cells[0], cells[1]) if len(cells) == 2 else (view.size[0], cells[0])
        sheet = Sheet.of(grid, pads, size, number, heat)
        headings = [self.heading(kind, slot, back) for back in (False, True)]
        count = min(self.spanned(slot), MOST_CHANNELS)
        named = kind if slot is None else f"{kind}-{slot}"
        return Panel(
            named, kind, slot, view, sheet, count, across, max(wide(h, HEADING) for h in headings)
        )

    def _pads(self, view: View) -> tuple[tuple[int, int], tuple[int, int]]:
        assert self.window is not None
        pads = self.window.padding
        return (pads[0], pads[1]) if len(pads) == 2 else ((0, 0), pads[0])

    def heading(self, kind: Kind, slot: int | None, back: bool) -> str:
        """The heading of a panel."""
        if kind == "patch":
            return "the window"
        if kind == "output":
            return "upstream gradient" if back else f"output {self.trace.output}"
        assert slot is not None
        name = self.trace.name(slot)
        if kind == "gradient":
            return f"gradient for {name} so far"
        role = self.trace.op.role(slot)
        word = role if role in SAID else ""
        spanned = self.spanned(slot)
        more = f", {MOST_CHANNELS} of {spanned} channels" if spanned > MOST_CHANNELS else ""
        return f"{word} {name}".strip() + more


def _view(trace: CellTrace, slot: int | None) -> View:
    """How an array is shown; the right operand of a matrix product and what a matrix makes of it
    are columns.
    """
    shape = trace.shape(slot)
    columns = [i for i, role in enumerate(trace.op.roles) if role == "column"]
    is_column = len(shape) == 1 and any(
        slot == i or (slot is None and len(trace.shape(i)) == 1) for i in columns
    )
    return View(shape, is_column)


def _badness(width: float, height: float, panels: Sequence[Panel]) -> tuple[float, float]:
    """How far a layout is from a good figure: first by what does not fit, then by its shape."""
    over = max(0.0, width / ROOM[0] - 1) + max(0.0, height / ROOM[1] - 1)
    number = min((p.sheet.number for p in panels if not p.sheet.heat), default=15.0)
    return over, abs(math.log(width / height / SHAPE)) + (15.0 - number) * 0.15
