"""The pictures of a convolution as a product of matrices, laid out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.blocks import wide
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Rect, Scene, Text
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.pictures import LEGENDS, titled
from gradviz.scene.views.cells.place import CAPTION, HEADING, OVER, Panel
from gradviz.scene.views.im2col.contents import ColumnContents
from gradviz.scene.views.im2col.place import NUMBER, ColumnLayout, Matrix
from gradviz.story.cells.frames import CellFrame
from gradviz.story.languages import pattern, say
from gradviz.story.walks.im2col import ColumnStory

SMALLER: Final = pattern("take a smaller kernel, or a poster with --slide none")


class ColumnPictures:
    """Scenes of one walk, in which nothing moves from step to step."""

    options: ClassVar = ()

    def __init__(self, story: ColumnStory, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, LEGENDS)
        self.layout = ColumnLayout(story, self.page.room)
        self._measures = self.layout.width, self.layout.height, NUMBER

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, SMALLER)
        return [small] if small else []

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        drawing = ColumnDrawing(self.layout, frame, self.page.corner(*self._measures))
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        shown = "; ".join(drawing.headings)
        matrices = say("Matrices: {shown}.", shown=shown)
        said = f"{frame.sentence} {frame.note}{formula} {matrices}".replace("  ", " ")
        title = titled(frame)
        items = tuple(drawing.items())
        return self.page.scene(Figure(*self._measures, title, said, items), frame)


class ColumnDrawing:
    """One frame, its top left corner at `corner`."""

    def __init__(self, layout: ColumnLayout, frame: CellFrame, corner: Point) -> None:
        self.layout, self.frame, self.corner = layout, frame, corner
        self.contents = ColumnContents(layout, frame)
        slot, back = frame.slot, self.contents.back
        keys = ("w", "x", "out")
        self.heads = {key: layout.heading(key, back, slot) for key in keys}
        self.headings = [*self.heads.values(), layout.image_heading(slot)]

    def items(self) -> Iterator[Item]:
        """All items, in drawing order."""
        layout, sheet = self.layout, self.layout.W.sheet
        single = replace(sheet, size=(sheet.size[0], 1))
        bias = Matrix(single, layout.W.right - single.width, layout.W.y)
        yield from self._matrix("w", bias if self.frame.slot == 2 else layout.W)
        yield from self._matrix("x", layout.X)
        yield from self._matrix("out", layout.out)
        yield from self._numbers_of_columns()
        yield from self._image()

    def _matrix(self, key: str, matrix: Matrix) -> Iterator[Item]:
        x, y = matrix.x + self.corner.x, matrix.y + self.corner.y
        sheet, lit = matrix.sheet, self.contents.lit(key)
        yield from sheet.paper(key, x, y)
        yield from sheet.tints(key, x, y, lit)
        yield from sheet.lines(key, x, y)
        yield from sheet.outlines(key, x, y, lit) if lit else ()
        yield from sheet.texts(key, x, y, self.contents.numbers(key), {})
        above = y - OVER - (14 if key == "x" else 0)
        heading = self.heads[key]
        start = min(x, x + sheet.width - wide(heading, HEADING)) if key == "w" else x
        yield self._say(key, start, above, heading)

    def _say(self, key: str, x: float, y: float, words: str) -> Text:
        return Text(f"{key}-heading", "muted", x, y, words, HEADING, "medium", "start")

    def _numbers_of_columns(self) -> Iterator[Item]:
        """The number of each window, above its column."""
        matrix = self.layout.X
        across = matrix.sheet.cell[0]
        for j, window in enumerate(self.contents.columns):
            at = matrix.x + (j + 0.5) * across + self.corner.x, matrix.y - 6 + self.corner.y
            yield Text(f"column-{j}", "muted", *at, f"{window + 1:,}", CAPTION)

    def _image(self) -> Iterator[Item]:
        """The image with its window; on the way back to it, its gradient so far."""
        slot = self.frame.slot
        cells = CellContents(self.layout.cells, self.frame)
        placed, back = self.layout.cells.at(0 if slot == 0 else None), slot == 0
        panel = placed.of("gradient", 0) if back else placed.of("operand", 0)
        assert panel is not None
        sheet, at = self.layout.image(self._padded(panel))
        panel = replace(panel, sheet=sheet, count=1)
        lead = self.layout.cells.leads(panel, cells.cells[0])[0]
        x, y = at.x + self.corner.x, at.y + self.corner.y
        lit = cells.lit(panel, lead) if slot != 2 else []
        yield from sheet.paper("image", x, y)
        yield from sheet.tints("image", x, y, lit)
        if sheet.heat:
            array = self.frame.walk.value(0) if slot != 0 else self._gradient()
            levels = self.layout.numbers.levels(array, panel.view, lead)
            yield sheet.heatmap("image", x, y, levels)
            yield Rect("image-edge", "grid", *sheet.box(x, y, sheet.inside))
        yield from sheet.lines("image", x, y)
        yield from sheet.outlines("image", x, y, lit) if lit else ()
        if not sheet.heat:
            shown = dict(cells.numbers_in(panel, 0, lead, set(lit)))
            yield from sheet.texts("image", x, y, shown, {})
        heading = self.layout.image_heading(slot)
        most = self.layout.corner[0] - wide(heading, HEADING)
        yield self._say("image", self.corner.x + min(at.x, most), y - OVER, heading)

    def _padded(self, panel: Panel) -> Panel:
        """The panel with the padding of the input, so that an image stays where it is."""
        source = self.layout.cells.at(None).of("operand", 0)
        assert source is not None
        return replace(panel, sheet=replace(panel.sheet, pads=source.sheet.pads))

    def _gradient(self) -> object:
        return self.frame.walk.gradient(0, self.frame.windows_back(0))


PICTURES: Final = ColumnPictures
