"""The pictures of an op cell by cell: laid out once, then a scene for every step."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Final

from gradviz.scene.model import Scene
from gradviz.scene.page import Footer, Header, Measures
from gradviz.scene.views.cells.draw import CellDrawing
from gradviz.scene.views.cells.place import CellLayout
from gradviz.story.cells.frames import CellFrame, CellStory

MARGIN: Final = 36.0
HEAD: Final = 58.0
FOOT: Final = 34.0
NARROWEST: Final = 840.0
MEASURES: Final = Measures(letters=14.0, gaps=(14.0, 20.0), bar=150.0, lift=4.9)
MOST_MEASURED: Final = 200
FEW: Final = 24
"""Of a walk of more than MOST_MEASURED steps only FEW are measured: a large tensor's step takes a
while.
"""
LEGENDS: Final = (("value", "value"), ("gradient", "gradient"), ("hot", "this step"))


class CellPictures:
    """Scenes of one walk over cells, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.

    `width` is the width in pixels at which a picture is meant to be seen; by default a user unit is
    a pixel.
    """

    options: ClassVar = ("width",)

    def __init__(self, story: CellStory, *, width: float | None = None) -> None:
        self.story, self._wanted = story, width
        self.layout = CellLayout(story)

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        return []

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        hairline = HEAD + self.layout.height + FOOT
        items = [
            *self._header.items(frame, self._width),
            *CellDrawing(self.layout, frame, MARGIN, HEAD).items(),
            *self._footer.items(frame, hairline),
        ]
        zoom = self._wanted / self._width if self._wanted else 1.0
        return Scene(
            self._width,
            hairline + self._footer.height,
            self._title(frame),
            self._description(frame),
            tuple(items),
            zoom,
        )

    @cached_property
    def _header(self) -> Header:
        return Header(self.story, MARGIN, MEASURES)

    @cached_property
    def _width(self) -> float:
        return max(NARROWEST, self._header.width, self.layout.width + 2 * MARGIN)

    @cached_property
    def _footer(self) -> Footer:
        most = MOST_MEASURED if self.story.total <= MOST_MEASURED else FEW
        return Footer(self.story, self._width, MARGIN, LEGENDS, most)

    def _title(self, frame: CellFrame) -> str:
        step = f", step {frame.number} of {frame.total}" if frame.number else ""
        return f"{frame.heading}: {frame.progress}{step}"

    def _description(self, frame: CellFrame) -> str:
        """The sentence and the formula, then the grids."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        panels = [
            self.layout.heading(p.kind, p.slot, frame.phase == "backward")
            for p in self.layout.panels
            if p.kind in ("operand", "output") or p.slot == frame.slot
        ]
        return (
            f"{frame.sentence} {frame.note}{formula} Grids of cells: {'; '.join(panels)}.".replace(
                "  ", " "
            )
        )


PICTURES: Final = CellPictures
