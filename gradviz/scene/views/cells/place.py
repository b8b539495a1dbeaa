"""The places of the panels of a cell figure, from left to right as they are read.

Each pass has places of its own, chosen once for all of its steps, so that nothing moves in it. Of
several arrangements the one is taken whose numbers come out largest on the page.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gradviz.layout.curves import Box
from gradviz.scene.blocks import wide
from gradviz.scene.page import Room
from gradviz.scene.views.cells.numbers import CellNumbers
from gradviz.scene.views.cells.panels import MOST_CHANNELS, SAID, Kind, Panels, Part
from gradviz.scene.views.cells.sheets import HEAT, MOST_NUMBERS, Sheet, View
from gradviz.story.cells.frames import CellStory
from gradviz.story.languages import pattern, say
from gradviz.trace.cells import Place

HEADING: Final = 13.0
CAPTION: Final = 11.0
OVER: Final = 12.0
"""How far a heading stands above its grids, and a caption above its grid."""
LINE: Final = 18.0
TOP: Final = LINE + 8
BETWEEN: Final = 10.0
"""Between the grids of a panel."""
STACKED: Final = 20.0
"""Between panels that stand below each other."""
COLUMN: Final = 64.0
GAPS: Final = {"": 34.0, "→": 58.0, "⊙": 40.0, "×": 40.0, "=": 40.0}
"""Between panels side by side, by the sign that stands there."""
BEHIND: Final = 5.0
"""How far each sheet of a stack shows behind the one before it."""
DEEPEST: Final = 2
UNDER: Final = 26.0
"""Room below what an arrow leads to."""
FOOT: Final = 24.0
"""The height of a line below what a step makes."""
SIZES: Final = ((44.0, 15.0), (37.0, 14.0), (31.0, 14.0))
"""Sides of cells with the sizes of the numbers in them, the best first."""
KEPT: Final = 0.7
"""All passes have one scale where each keeps so large a share of the size that it could have, and
none falls below what is good.
"""
MAGNIFIED: Final = 146.0
"""The side of an operand as a heatmap beside what is at work in numbers; with several channels they
are as high as their windows, but not below LEAST_HEAT.
"""
LEAST_HEAT: Final = 84.0
ROOM: Final = Room(908.0, 390.0)
"""The room for a figure where no page is known."""
LEAST, GOOD, MOST = 10.0, 12.0, 20.0
"""Points of numbers: fewer than the least count twice, beyond what is good less than half, and none
more than the most.
"""
LOSSES: Final = {"size": 0.6, "heat": 3.0, "row": 1.5, "fold": 0.5, "bare": 1.0}
"""How many points must be gained for smaller cells, an input without numbers, a channel less,
products below the window, and a gradient without padding.
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """An array in a figure, or what a step makes: grids below each other, one per channel, with
    its top left corner below its heading.

    slot    the operand, None for the output. A patch shows the window of its operand, parts and
            terms what comes of it, on the way back to the operand `slot`.
    sign    what stands before it.
    count   how many grids there is room for, `pitch` apart.
    behind  how many sheets stand behind each, for channels that are not at work.
    feet    how many lines stand below its grids, each of a width of at most `foot`.
    """

    key: str
    kind: Kind
    slot: int | None
    view: View
    sheet: Sheet
    sign: str
    count: int
    pitch: float
    behind: int
    captioned: bool
    feet: int
    foot: float
    heading_width: float
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """The width of the grids, or of the heading or the lines below if these are wider."""
        grids = self.sheet.width + self.behind * BEHIND
        return max(grids, self.heading_width, self.foot)

    @property
    def caption(self) -> float:
        """The height of a grid's caption."""
        return LINE if self.captioned else 0.0

    @property
    def height(self) -> float:
        """The height of the grids with their captions."""
        return (self.count - 1) * (self.pitch + BETWEEN) + self.pitch + self.behind * BEHIND

    @property
    def below(self) -> float:
        """The height of what stands below the grids."""
        return self.feet * FOOT + (UNDER if self.sign == "→" else 0.0)

    def origin(self, n: int) -> tuple[float, float]:
        """The top left corner of the nth grid, in the middle of its pitch."""
        top = self.y + n * (self.pitch + BETWEEN) + self.caption
        return self.x, top + (self.pitch - self.caption - self.sheet.height) / 2

    def box(self, n: int) -> Box:
        """The nth grid, padding and all."""
        return Box(*self.origin(n), self.sheet.width, self.sheet.height)

    @property
    def block(self) -> Box:
        """The block of its grids."""
        first, last = self.box(0), self.box(self.count - 1)
        return Box(first.x, first.y, first.w, last.bottom - first.y)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One way to lay out a pass: the size of its cells and numbers, the channels shown at once,
    whether operands whose numbers at work stand beside them are heatmaps, whether the products
    stand below the window, and whether the gradient of the input has its padding, from which what
    arrives is dropped.
    """

    cell: tuple[float, float]
    rows: int
    magnified: bool
    folded: bool = False
    padded: bool = False

    @property
    def loss(self) -> float:
        """What this arrangement must make up for, in points."""
        smaller = [cell for cell, _ in SIZES].index(self.cell[0])
        return (
            LOSSES["size"] * smaller
            + LOSSES["heat"] * self.magnified
            + LOSSES["fold"] * self.folded
            + LOSSES["bare"] * (not self.padded)
            + LOSSES["row"] * (MOST_CHANNELS - self.rows)
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """The panels of a pass with their places, from the corner (0, 0) on."""

    panels: tuple[Panel, ...]
    width: float
    height: float

    @property
    def number(self) -> float:
        """The size of its numbers."""
        return min((p.sheet.number for p in self.panels), default=SIZES[0][1])

    def of(self, kind: Kind, slot: int | None = None) -> Panel | None:
        """A panel, if it exists."""
        return next((p for p in self.panels if p.kind == kind and p.slot == slot), None)


class CellLayout:
    """The places of all panels of one walk, pass by pass.

    room       what the figure should fill; None for a report, which has the room that it takes.
    is_scaled  whether the figure is scaled to its room, as on a slide.
    """

    def __init__(
        self, story: CellStory, room: Room | None = None, *, is_scaled: bool = True
    ) -> None:
        self.story, self.trace, self.room = story, story.walk, room
        self.is_scaled = is_scaled
        self.numbers = CellNumbers(story)
        self.parts = Panels(self.trace)
        self.window, self.views, self.sample = (
            self.parts.window,
            self.parts.views,
            self.parts.sample,
        )
        self._passes: dict[int | None, Placed] = {}

    def at(self, slot: int | None) -> Placed:
        """The panels of a pass: forward, or back to an operand."""
        if not self._passes:
            self._passes = self._alike()
        return self._passes[slot]

    def _alike(self) -> dict[int | None, Placed]:
        """All passes, at one scale where that makes none of them much smaller."""
        slots = (None, *self.trace.slots)
        own = {slot: self._chosen(slot) for slot in slots}
        if self.room is None or len(slots) == 1:
            return own
        points = {slot: self._points(placed) for slot, placed in own.items()}
        least = {slot: max(KEPT * size, min(size, GOOD)) for slot, size in points.items()}
        best, most = own, 0.0
        for smaller, size in enumerate(SIZES):
            found = {slot: self._chosen(slot, size) for slot in slots}
            scale = min(self.room.scale(p.width, p.height, p.number) for p in found.values())
            made = scale * size[1]
            worth = _legible(made) - LOSSES["size"] * smaller
            if worth > most and made >= max(least.values()) - 1e-9:
                best = {slot: self._at_scale(p, scale) for slot, p in found.items()}
                most = worth
        return best

    def _points(self, placed: Placed) -> float:
        """How large the numbers of a pass are in its room."""
        assert self.room is not None
        return placed.number * self.room.scale(placed.width, placed.height, placed.number)

    def _at_scale(self, placed: Placed, scale: float) -> Placed:
        """A pass in the middle of a width at which it is drawn at this scale."""
        assert self.room is not None
        wide = max(placed.width, self.room.width / scale) if self.is_scaled else placed.width
        aside = (wide - placed.width) / 2
        panels = tuple(replace(panel, x=panel.x + aside) for panel in placed.panels)
        return Placed(panels, wide, placed.height)

    def of(self, kind: Kind, slot: int | None = None) -> Panel | None:
        """A panel of the forward pass, if it exists."""
        return self.at(None).of(kind, slot)

    def _chosen(self, slot: int | None, size: tuple[float, float] | None = None) -> Placed:
        """The best arrangement of a pass; with cells of a size."""
        if self.room is None:
            return self._placed(slot, Arrangement(SIZES[0], MOST_CHANNELS, False))
        room = self.room

        def worth(tried: tuple[Arrangement, Placed]) -> float:
            way, placed = tried
            scale = room.scale(placed.width, placed.height, placed.number)
            return _legible(scale * placed.number) - way.loss

        ways = (way for way in self._ways(slot) if size in (None, way.cell))
        tried = [(way, self._placed(slot, way)) for way in ways]
        return max(tried, key=worth)[1]

    def _ways(self, slot: int | None) -> Iterator[Arrangement]:
        """The arrangements that a pass could have, the plainest first."""
        spanned = self.parts.spanned(0) > 1 and self.window is not None
        most = range(MOST_CHANNELS, 0, -1) if spanned else [MOST_CHANNELS]
        for cell, rows, heat, fold in itertools.product(SIZES, most, (False, True), (False, True)):
            may_fold = slot is None and self.parts.of_kernel and (rows == 1 or not spanned)
            if (not heat or self._may_be_heat) and (not fold or may_fold):
                yield Arrangement(cell, rows, heat, fold)
                if slot == 0 and not self.parts.is_large:
                    yield Arrangement(cell, rows, heat, fold, padded=True)

    @property
    def _may_be_heat(self) -> bool:
        """Whether operands may be heatmaps: what is at work stands beside them in numbers."""
        return self.parts.has_grids or self.trace.rule == "products"

    def leads(self, panel: Panel, cells: Sequence[Place | None]) -> list[Place]:
        """Which grids of a panel's array are shown while the window holds these cells: the channels
        of the window where it spans several, else the one at work.
        """
        slot = panel.slot
        if panel.kind in ("parts", "terms") or slot is None:
            own = self.views[None].split(cells[0] or ())[0] if cells else ()
            return [own] * panel.count if panel.kind == "parts" else [own]
        view = self.views[slot]
        met = list(dict.fromkeys(view.split(cell)[0] for cell in cells if cell is not None))
        if not met:
            met = [view.split(c)[0] for c in self.sample[slot] if c is not None]
            met = list(dict.fromkeys(met)) or [(0,) * max(len(view.shape) - 2, 0)]
        return met[: panel.count]

    def _placed(self, slot: int | None, way: Arrangement) -> Placed:
        columns = [
            [self._panel(part, way, slot is not None) for part in column]
            for column in self.parts.of(slot, magnified=way.magnified, folded=way.folded)
        ]
        pitch = max((p.pitch for c in columns for p in c if p.count > 1), default=0.0)
        columns = [
            [replace(p, pitch=pitch) if p.count > 1 else p for p in column] for column in columns
        ]
        lifts = [self._lift(columns) * self._is_lifted(c) for c in columns]
        tops = [c[0].height / 2 + lift for c, lift in zip(columns, lifts, strict=True)]
        axis = max(tops) + TOP
        x, below, found = 0.0, 0.0, []
        for n, (column, top) in enumerate(zip(columns, tops, strict=True)):
            x += max(GAPS[p.sign] for p in column) if n else 0.0
            y = axis - top
            for panel in column:
                found.append(replace(panel, x=x, y=y))
                y += panel.height + panel.below + STACKED + TOP
            below = max(below, y - STACKED - TOP)
            x += max(panel.width for panel in column)
        return Placed(tuple(found), x, below)

    def _lift(self, columns: Sequence[Sequence[Panel]]) -> float:
        """How far the window and the kernel stand above the middle: products below them need
        room.
        """
        made = [c[1] for c in columns if c[0].kind == "patch" and len(c) > 1]
        return sum(p.height + p.below + STACKED + TOP for p in made) / 2

    def _is_lifted(self, column: Sequence[Panel]) -> bool:
        return column[0].kind == "patch" or column[0].sign == "⊙"

    @cached_property
    def number_width(self) -> float:
        """The width of the widest number, for numbers of size 1."""
        return self.numbers.widest(1.0)

    def _panel(self, part: Part, way: Arrangement, back: bool) -> Panel:
        kind, slot = part.kind, part.slot
        side, number = way.cell
        size = (max(side, self.number_width * number + 10), side)
        view = self.views[slot]
        spans = self.parts.spanned(slot) if slot is not None else 1
        source = 0 if kind in ("patch", "parts") else slot
        if kind in ("patch", "parts") and self.window is not None:
            spans = self.parts.spanned(0) if slot is None or kind == "patch" else spans
        count = min(spans, way.rows) if kind != "terms" else 1
        channels = self.parts.channels(slot) if kind in ("operand", "output", "gradient") else 1
        captioned = kind in ("operand", "output", "gradient") and source != 1 and channels > 1
        captioned = captioned or count > 1
        sheet = self._sheet(part, size, number, way, back)
        second = self.trace.shape(1) if len(self.trace.row.inputs) > 1 else ()
        last = second[0] - 1 if second else None
        headings = [self.heading(kind, slot, back, count, last) for back in (False, True)]
        named = kind if slot is None else f"{kind}-{slot}"
        feet, foot = self._feet(part, number, count)
        pads = LINE if captioned else 0.0
        return Panel(
            named,
            kind,
            slot,
            view,
            sheet,
            part.sign,
            count,
            sheet.height + pads,
            min(DEEPEST, channels - 1) if spans == 1 and slot != 1 else 0,
            captioned,
            feet,
            foot,
            max(wide(h, HEADING) for h in headings),
        )

    def _is_background(self, part: Part, back: bool) -> bool:
        """Whether what is at work in a panel also stands in numbers beside it."""
        if max(self.views[part.slot].size) <= MOST_NUMBERS // 2:
            return False
        if part.kind == "output":
            return back and self.trace.rule == "products"
        grids = self.parts.has_grids
        return part.kind == "operand" and (part.slot == 0 or (part.slot == 1 and not grids))

    def _sheet(
        self, part: Part, size: tuple[float, float], number: float, way: Arrangement, back: bool
    ) -> Sheet:
        kind, slot = part.kind, part.slot
        grid = self.parts.size(kind, slot)
        if kind == "terms":
            width = 3 * self.number_width * number + wide(" · (−) = ", number) + 10
            return Sheet(grid, ((0, 0), (0, 0)), (width, number * 1.6), number, False)
        pads = ((0, 0), (0, 0))
        is_padded = kind == "operand" or (kind == "gradient" and way.padded)
        if is_padded and slot == 0 and self.window is not None:
            pads = self._pads(self.views[0])
        heat = way.magnified and self._is_background(part, back)
        many = min(self.parts.spanned(0), way.rows) > 1 and self.parts.has_grids
        side = max(LEAST_HEAT, self._window_height(size)) if many else MAGNIFIED
        return Sheet.of(grid, pads, size, number, side if heat else HEAT, as_heat=heat)

    def _window_height(self, size: tuple[float, float]) -> float:
        """The height of a window in numbers."""
        return self.parts.size("patch", 0)[0] * size[1]

    def _feet(self, part: Part, number: float, count: int) -> tuple[int, float]:
        """How many lines stand below what a step makes, and their width."""
        if part.kind != "parts":
            return 0, 0.0
        widest = self.number_width * number
        if part.slot is not None:
            return 1, wide(
                f" {say('times {met}', met=self.met(part.slot))}", CAPTION
            ) + widest * CAPTION / number
        bias = widest + wide(" + () =", number) if len(self.trace.row.inputs) > 2 else 0.0
        mean = wide("/ 99 =", number) + widest if self.trace.rule == "mean" else 0.0
        sums = wide("√Σ ≈ ", number) + widest + 2 * bias + mean
        rest = self.parts.spanned(0) - count
        more = (
            wide(say("… {rest} more channels: ", rest=rest), CAPTION) + widest if rest > 0 else 0.0
        )
        return (2 if more else 1), max(sums, more)

    def met(self, slot: int) -> str:
        """What the upstream gradient is multiplied with on its way to an operand."""
        return say("the window" if slot == 1 else "the kernel {name}", name=self.trace.name(1))

    def _pads(self, view: View) -> tuple[tuple[int, int], tuple[int, int]]:
        assert self.window is not None
        pads = self.window.padding
        return (pads[0], pads[1]) if len(pads) == 2 else ((0, 0), pads[0])

    def heading(
        self,
        kind: Kind,
        slot: int | None,
        back: bool,
        count: int = MOST_CHANNELS,
        own: int | None = None,
    ) -> str:
        """The heading of a panel; `count` channels are shown of those that the window spans, `own`
        is the kernel at work.
        """
        trace = self.trace
        if kind == "patch":
            return say("window")
        if kind == "terms":
            return say("products" if slot is None else "contributions")
        if kind == "parts":
            made = {"mean": "window", "norm": "squares"}.get(trace.rule, "products")
            return say("contributions") if slot is not None else say(MADE[made])
        if kind == "output":
            return say("upstream gradient" if back else "output {name}", name=trace.output)
        assert slot is not None
        name, spanned = trace.name(slot), self.parts.spanned(slot)
        more = say(", {count} of {spanned} channels", count=count, spanned=spanned)
        more = more if spanned > count else ""
        if kind == "gradient":
            return say("gradient for {name} so far", name=name) + more
        role = trace.op.role(slot)
        if own is None or len(trace.row.inputs) == 1:
            return say(SAID.get(role, "{name}"), name=name) + more
        kernels, groups = trace.shape(1)[0], trace.row.options.get("groups", 1)
        if role == "kernel" and kernels > 1 and self.window is not None:
            told = say(
                "kernel {number} of {kernels}, {name}", number=own + 1, kernels=kernels, name=name
            )
            return told + more
        if role == "input" and groups > 1:
            group = own // (kernels // groups) + 1
            more += say(", group {number} of {groups}", number=group, groups=groups)
        return say(SAID.get(role, "{name}"), name=name) + more


MADE: Final = {
    "window": pattern("window"), "squares": pattern("squares"), "products": pattern("products"),
}  # fmt: skip


def _legible(points: float) -> float:
    """What numbers of so many points are worth, in points."""
    short, extra = max(0.0, LEAST - points), max(0.0, min(points, MOST) - GOOD)
    return min(points, GOOD) - short + 0.4 * extra
