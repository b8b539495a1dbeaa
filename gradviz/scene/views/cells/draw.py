"""Drawing one frame of a cell figure: grids, the window, numbers, and the arrow."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradviz.fonts import Weight
from gradviz.layout.curves import Box
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import SMALL, wide
from gradviz.scene.model import Item, Path, Polygon, Rect, Text
from gradviz.scene.shapes import straight
from gradviz.scene.views.cells.arrows import End, arrow
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import (
    BEHIND,
    CAPTION,
    FOOT,
    GAPS,
    HEADING,
    OVER,
    CellLayout,
    Panel,
)
from gradviz.scene.views.cells.sheets import Spot
from gradviz.story.cells.frames import CellFrame
from gradviz.trace.cells import Place

SIGN = 20.0
ASIDE = 3.0
"""How much further than from numbers the arrow stays from words."""
NOTE_CELL = 38.0
"""Cells are at least this high where a sum stands below the number."""


@dataclass
class Layers:
    """Items in drawing order."""

    grids: list[Item] = field(default_factory=list)
    tints: list[Item] = field(default_factory=list)
    lines: list[Item] = field(default_factory=list)
    windows: list[Item] = field(default_factory=list)
    arrow: list[Item] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """All items in drawing order."""
        return [*self.grids, *self.tints, *self.lines, *self.windows, *self.arrow, *self.texts]


class CellDrawing:
    """One frame of a laid-out walk, its top left corner at (x, y)."""

    def __init__(self, layout: CellLayout, frame: CellFrame, x: float, y: float) -> None:
        self.layout, self.frame, self.x, self.y = layout, frame, x, y
        self.contents = CellContents(layout, frame)
        self.layers = Layers()
        self.ends: dict[str, list[End]] = {}
        """By panel, where the arrow may leave from and lead to."""

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        for panel in self.contents.panels:
            self._sign(panel)
            self._panel(panel)
        self._arrow()
        return self.layers.items

    def _sign(self, panel: Panel) -> None:
        """The sign before a panel, in the middle of the gap."""
        if panel.sign in ("", "→") or not self.frame.number:
            return
        x = self.x + panel.x - GAPS[panel.sign] / 2
        for n in range(panel.count):
            box, key = panel.box(n), f"{panel.key}-{n}" if panel.count > 1 else panel.key
            y = self.y + box.y + box.h / 2 + cap_height(SIGN) / 2
            sign = Text(f"{key}-sign", "muted", x, y, panel.sign, SIGN, "medium")
            self.layers.texts.append(sign)

    def _panel(self, panel: Panel) -> None:
        heading = self.contents.heading(panel)
        self._say(
            f"{panel.key}-heading", heading, self.x + panel.x, self.y + panel.y - OVER, HEADING
        )
        if panel.kind == "terms":
            self._terms(panel)
            return
        for n, lead in enumerate(self.contents.leads(panel)):
            x, y = panel.origin(n)
            key = f"{panel.key}-{n}" if panel.count > 1 else panel.key
            self._grid(panel, key, n, lead, self.x + x, self.y + y)
            if caption := panel.captioned and self.contents.caption(panel, lead):
                self._say(f"{key}-caption", caption, self.x + x, self.y + y - 7, CAPTION)
        self._feet(panel)

    def _say(self, key: str, words: str, x: float, y: float, size: float) -> None:
        self.layers.texts.append(Text(key, "muted", x, y, words, size, "medium", "start"))

    def _terms(self, panel: Panel) -> None:
        """What a step adds up, line by line, and the sum below a rule."""
        size, right = panel.sheet.number, self.x + panel.x + panel.sheet.width
        column = self.layout.number_width * size + 8
        terms, line = self.contents.terms(panel), panel.sheet.cell[1]
        top = self.y + panel.y
        for n, term in enumerate(terms):
            y, key = top + (n + 0.5) * line + cap_height(size) / 2, f"{panel.key}-{n}"
            left = (
                "hot" if term.weight == "bold" else "ink" if term.weight != "regular" else "muted"
            )
            end = right - column if term.right else right
            part = "left" if term.right else "more"
            self.layers.texts.append(
                Text(f"{key}-{part}", left, end, y, term.left, size, "regular", "end")
            )
            if term.right:
                self.layers.texts.append(
                    Text(f"{key}-right", "hot", right, y, term.right, size, term.weight, "end")
                )
            if term.weight == "bold" and n and terms[n - 1].weight != "bold":
                rule = straight(right - column + 8, top + n * line, right, top + n * line)
                self.layers.lines.append(Path(f"{key}-rule", "arc hot", rule))
        if terms:
            last = Box(right - column, top + (len(terms) - 1) * line, column + 4, line)
            whole = Box(right - column, top, column + 4, len(terms) * line)
            self._end(panel, last if panel.slot is None else whole, last)

    def _feet(self, panel: Panel) -> None:
        """The lines below what a step makes of its window."""
        block, size = panel.block, panel.sheet.number
        right = max(block.right, panel.x + panel.foot)
        for n, (words, role) in enumerate(self.contents.feet(panel)):
            hot = role == "hot"
            height = size if hot else CAPTION
            middle = block.bottom + (n + 0.5) * FOOT + 2
            at = self.x + right, self.y + middle + cap_height(height) / 2
            weight: Weight = "bold" if hot else "medium"
            self.layers.texts.append(
                Text(f"{panel.key}-foot-{n}", role, *at, words, height, weight, "end")
            )
            box = Box(self.x + right, self.y + middle - 8, 4, 16)
            if hot:
                self._end(panel, box, box)

    def _end(self, panel: Panel, box: Box, grid: Box) -> None:
        """An end of the arrow that has no cells."""
        self.ends.setdefault(panel.key, []).append(End(box, grid, (box.w, box.h)))

    def _grid(self, panel: Panel, key: str, n: int, lead: Place, x: float, y: float) -> None:
        sheet, lit, layers = panel.sheet, self.contents.lit(panel, lead), self.layers
        for depth in range(panel.behind, 0, -1):
            by = depth * BEHIND
            at = x + by, y + by, sheet.width, sheet.height
            layers.grids.append(Rect(f"{key}-behind-{depth}", "paper", *at))
        layers.grids += sheet.paper(key, x, y)
        layers.lines += sheet.lines(key, x, y)
        inside = sheet.box(x, y, sheet.inside)
        if lit:
            layers.tints += sheet.tints(key, x, y, lit)
            layers.windows += sheet.outlines(key, x, y, lit)
            whole = Box(x, y, sheet.width, sheet.height)
            box = sheet.box(x, y, lit)
            cell = (box.w, box.h) if sheet.heat else sheet.cell
            self.ends.setdefault(panel.key, []).append(End(box, whole, cell))
        elif panel.kind == "parts" and panel.slot is not None:
            whole = Box(inside.x, inside.y, max(inside.w, panel.foot), inside.h)
            self._end(panel, inside, whole)
        if sheet.heat:
            self._heat(panel, key, lead, x, y)
        else:
            shown = dict(self.contents.numbers_in(panel, n, lead, set(lit)))
            layers.texts += sheet.texts(key, x, y, shown, self._notes(panel, lead))

    def _notes(self, panel: Panel, lead: Place) -> dict[Spot, str]:
        """The sums for which there is room below the numbers."""
        across, down = panel.sheet.cell
        if panel.kind != "gradient" or down < NOTE_CELL:
            return {}
        return {
            s: note
            for s, note in self.contents.notes(panel, lead)
            if wide(note, SMALL) <= across - 5
        }

    def _heat(self, panel: Panel, key: str, lead: Place, x: float, y: float) -> None:
        slot, trace, contents, levels_of = (
            panel.slot,
            self.frame.walk,
            self.contents,
            self.layout.numbers.levels,
        )
        if panel.kind == "gradient" and slot is not None:
            levels = levels_of(
                trace.gradient(slot, self.frame.windows_back(slot)), panel.view, lead
            )
        else:
            array = (
                trace.upstream if panel.kind == "output" and contents.back else trace.value(slot)
            )
            levels = levels_of(array, panel.view, lead, (panel.kind, slot, contents.back))
        self.layers.grids.append(panel.sheet.heatmap(key, x, y, levels))
        if panel.kind == "output" and not contents.back:
            rows, columns = panel.view.size
            before = trace.places.number(panel.view.place(lead, (0, 0))) - trace.places.start
            known = min(max(self.frame.known - before, 0), rows * columns)
            self.layers.grids += panel.sheet.cover(key, x, y, known)
        self.layers.lines.append(
            Rect(f"{key}-edge", "grid", *panel.sheet.box(x, y, panel.sheet.inside))
        )

    def _arrow(self) -> None:
        """From what the window makes to the output cell; on the way back from what the upstream
        gradient brings to where it goes.
        """
        slot = self.frame.slot
        forward = ["parts", "terms", "patch-0", "operand-1", "operand-0"]
        backward = [f"parts-{slot}", f"terms-{slot}", "output"]
        keys = backward if self.contents.back else forward
        starts = next((self.ends[key] for key in keys if key in self.ends), [])
        ends = self.ends.get(f"gradient-{slot}" if self.contents.back else "output", [])
        if not starts or not ends:
            return
        start, end = starts[len(starts) // 2], ends[len(ends) // 2]
        inks = [_ink(t).grown(ASIDE * (t.size in (HEADING, CAPTION))) for t in self.layers.texts]
        body, head = arrow(start, end, inks)
        self.layers.arrow += [Path("arrow-wire", "wire hot", body), Polygon("arrow", "arrow", head)]


def _ink(item: Text) -> Box:
    """The box that the ink of a text can cover."""
    width = wide(item.text, item.size)
    left = {"start": item.x, "middle": item.x - width / 2, "end": item.x - width}[item.anchor]
    return Box(left, item.y - cap_height(item.size), width, 1.21 * cap_height(item.size))
