"""The places of the matrices of a convolution, set out as for multiplying by hand (Falk's scheme):
X above the output, W to its left, so that a row and a column meet in the cell that they make. The
image stands in the corner that is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gradviz.layout.curves import Point
from gradviz.scene.blocks import wide
from gradviz.scene.page import Room
from gradviz.scene.views.cells.numbers import CellNumbers
from gradviz.scene.views.cells.place import HEADING, CellLayout, Panel
from gradviz.scene.views.cells.sheets import MOST_NUMBERS, Sheet
from gradviz.story.languages import say
from gradviz.story.walks.im2col import ColumnStory

NUMBER: Final = 14.0
LINE: Final = 26.0
"""The height of a cell."""
GAP: Final = 30.0
"""Between W and the output, and between X and the output."""
TOP: Final = 40.0
"""The headings and the numbers of the columns, above X."""
EXTENTS: Final = ((4, 9), (4, 7), (4, 5), (3, 5), (2, 5), (2, 3))
"""How many cells a long row of W shows at each end, and how many columns of X are drawn at once."""
LEAST: Final = 11.0
"""The points of legible numbers."""
MOST_KERNELS: Final = 4
UNPADDED: Final = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix and its top left corner."""

    sheet: Sheet
    x: float
    y: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.sheet.width


class ColumnLayout:
    """The places of W, X, the output and the image, from the corner (0, 0) on.

    room    what the figure should fill: of several extents the largest is drawn whose numbers are
            legible there. Without one, as for a report, it is the largest of all.
    length  the places of a row of W that are drawn; None for dots.
    """

    def __init__(self, story: ColumnStory, room: Room | None = None) -> None:
        self.story, self.walk = story, story.walk
        self.cells, self.numbers = CellLayout(story), CellNumbers(story)
        for self.ends, self.most_columns in EXTENTS:
            self._place()
            if room is None or room.scale(self.width, self.height, NUMBER) * NUMBER >= LEAST:
                break

    def _place(self) -> None:
        self.length = _drawn(self.walk.length, self.ends)
        columns = min(self.walk.windows, self.most_columns)
        kernels = min(self.walk.group, MOST_KERNELS)
        across = max(30.0, self.numbers.widest(NUMBER) + 8)
        size = across, LINE
        count = len(self.length)
        row = Sheet.of((kernels, count), UNPADDED, size, NUMBER, as_numbers=True)
        tall = Sheet.of((count, columns), UNPADDED, size, NUMBER, as_numbers=True)
        made = Sheet.of((kernels, columns), UNPADDED, size, NUMBER, as_numbers=True)
        slots = None, *range(len(self.walk.row.inputs))
        headings = [self.heading("w", slot is not None, slot) for slot in slots]
        headings += [self.image_heading(None), self.image_heading(0)]
        left = max(row.width, *(wide(h, HEADING) for h in headings))
        self.W = Matrix(row, left - row.width, TOP + tall.height + GAP)
        self.X = Matrix(tall, left + GAP, TOP)
        self.out = Matrix(made, left + GAP, TOP + tall.height + GAP)
        right = [self.heading(key, True, 0) for key in ("x", "out")] + [self.heading("out")]
        wider = max(wide(h, HEADING) for h in right)
        self.width = max(self.X.right, self.X.x + wider)
        self.height = self.out.y + made.height
        self.corner = left, tall.height

    def image(self, panel: Panel) -> tuple[Sheet, Point]:
        """The image in its corner: in numbers if these fit, else as a heatmap."""
        width, height = self.corner
        pads, size = panel.sheet.pads, panel.view.size
        rows, columns = (n + sum(pad) for n, pad in zip(size, pads, strict=True))
        cell = min(self.W.sheet.cell[0], width / columns), min(LINE, height / rows)
        fits = cell[0] >= self.numbers.widest(NUMBER) + 4 and cell[1] >= 1.5 * NUMBER
        small = max(rows, columns) <= MOST_NUMBERS and fits
        side = min(width, height) if max(rows, columns) > 1 else LINE
        sheet = Sheet.of(size, pads, cell, NUMBER, side, as_heat=not small)
        return sheet, Point((width - sheet.width) / 2, TOP + (height - sheet.height) / 2)

    def kernels(self, kernel: int) -> range:
        """The kernels that are drawn while one is at work: of its group."""
        group = self.walk.group
        first = kernel // group * group
        return _page(first, group, kernel, MOST_KERNELS)

    def columns(self, window: int) -> range:
        """The windows that are drawn while one is at work."""
        return _page(0, self.walk.windows, window, self.most_columns)

    def heading(self, key: str, back: bool = False, slot: int | None = None) -> str:
        """The heading of a matrix."""
        walk = self.walk
        length, windows, group = walk.length, walk.windows, walk.group
        shapes = {"w": (group, length), "x": (length, windows), "out": (group, windows)}
        shape = "{:,}×{:,}".format(*shapes[key])
        if key == "out":
            head = say("upstream gradient" if back else "output {name}", name=walk.output)
            return f"{head}, {shape}"
        if key == "w":
            if slot == 2:
                return say("gradient for {name} so far", name=walk.name(2))
            if slot == 1:
                return say("gradient for {name} so far, {shape}", name=walk.name(1), shape=shape)
            return say("{name}, kernels as rows, {shape}", name=walk.name(1), shape=shape)
        told = say(
            "gradient so far, windows as columns, {shape}"
            if slot == 0
            else "windows as columns, {shape}",
            shape=shape,
        )
        if windows <= self.most_columns:
            return told
        return say("{heading}, {shown} shown", heading=told, shown=self.most_columns)

    def image_heading(self, slot: int | None) -> str:
        """The heading of the image."""
        name, channels = self.walk.name(0), self.cells.parts.spanned(0)
        more = say(", channel {number} of {count}", number=1, count=channels)
        head = say("gradient for {name} so far" if slot == 0 else "input {name}", name=name)
        return head + more if channels > 1 else head


def _drawn(length: int, ends: int) -> tuple[int | None, ...]:
    """Which places of so many are drawn; None for dots."""
    if length <= 2 * ends + 1:
        return tuple(range(length))
    return (*range(ends), None, *range(length - ends, length))


def _page(first: int, count: int, at: int, most: int) -> range:
    """The stretch of so many from `first` on that is drawn while `at` is at work; the last one is
    as long as the others.
    """
    length = min(count, most)
    start = min((at - first) // length * length, count - length)
    return range(first + start, first + start + length)
