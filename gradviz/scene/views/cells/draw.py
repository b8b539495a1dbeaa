"""Drawing one frame of a cell figure: grids, the window, numbers, and the arrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradviz.layout.curves import Box
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import SMALL, wide
from gradviz.scene.model import Item, Path, Polygon, Rect, Text
from gradviz.scene.views.cells.arrows import arrow
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import CAPTION, HEADING, OVER, CellLayout, Panel
from gradviz.scene.views.cells.sheets import Spot, View
from gradviz.story.cells.frames import CellFrame
from gradviz.trace.cells import Place

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
        self.windows: dict[str, list[Box]] = {}
        """By panel, the boxes that the arrow may leave from and lead to."""

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        for panel in self.contents.panels:
            self._panel(panel)
        self._arrow()
        return self.layers.items

    def _panel(self, panel: Panel) -> None:
        heading = self.contents.heading(panel)
        self._say(
            f"{panel.key}-heading", heading, self.x + panel.x, self.y + panel.y - OVER, HEADING
        )
        for n, lead in enumerate(self.contents.leads(panel)):
            x, y = panel.origin(n)
            key = f"{panel.key}-{n}" if panel.count > 1 else panel.key
            self._grid(panel, key, lead, self.x + x, self.y + y)
            if panel.caption:
                self._say(
                    f"{key}-caption", f"channel {lead[-1] + 1}", self.x + x, self.y + y - 7, CAPTION
                )

    def _say(self, key: str, words: str, x: float, y: float, size: float) -> None:
        self.layers.texts.append(Text(key, "muted", x, y, words, size, "medium", "start"))

    def _grid(self, panel: Panel, key: str, lead: Place, x: float, y: float) -> None:
        sheet, lit, layers = panel.sheet, self.contents.lit(panel, lead), self.layers
        layers.grids += sheet.paper(key, x, y)
        layers.lines += sheet.lines(key, x, y)
        if panel.kind == "patch":
            self.windows.setdefault(panel.key, []).append(sheet.box(x, y, sheet.inside))
        elif lit:
            layers.tints += sheet.tints(key, x, y, lit)
            layers.windows.append(sheet.outline(key, x, y, lit))
            self.windows.setdefault(panel.key, []).append(sheet.box(x, y, lit))
        if sheet.heat:
            self._heat(panel, key, lead, x, y)
        else:
            shown = dict(self.contents.numbers_in(panel, lead, set(lit)))
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
        if panel.kind == "patch":
            under, (rows, columns) = contents.patch(panel, lead), panel.sheet.size
            grid = [[under.get((i, j)) or 0 for j in range(columns)] for i in range(rows)]
            levels = levels_of(contents.xp.asarray(grid), View(panel.sheet.size), ())
        elif panel.kind == "gradient" and slot is not None:
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
        """From the window to the output cell; on the way back from the upstream gradient to where
        it goes.
        """
        boxes = self.windows
        operand = next((key for key in ("operand-1", "patch-0", "operand-0") if key in boxes), "")
        if self.contents.back:
            starts, ends = boxes.get("output", [])[:1], boxes.get(f"gradient-{self.frame.slot}")
        else:
            starts, ends = boxes.get(operand, []), boxes.get("output")
        if not starts or not ends:
            return
        start, end = _around(starts), ends[0]
        room = Box(self.x - 24, self.y - 10, self.layout.width + 48, self.layout.height + 24)
        blocks = self._block(start), self._block(end)
        body, head = arrow(start, end, blocks, [*map(_ink, self.layers.texts)], room)
        self.layers.arrow += [Path("arrow-wire", "wire hot", body), Polygon("arrow", "arrow", head)]

    def _block(self, box: Box) -> Box:
        """The block of grids that a box lies in."""
        for panel in self.layout.panels:
            block = _around([panel.box(n) for n in range(panel.count)])
            block = Box(block.x + self.x, block.y + self.y, block.w, block.h)
            if block.grown(1).meets(box):
                return block
        return box


def _around(boxes: Sequence[Box]) -> Box:
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(x, y, max(b.right for b in boxes) - x, max(b.bottom for b in boxes) - y)


def _ink(item: Text) -> Box:
    """The box that the ink of a text can cover."""
    width = wide(item.text, item.size)
    left = item.x if item.anchor == "start" else item.x - width / 2
    return Box(left, item.y - cap_height(item.size), width, 1.21 * cap_height(item.size))
