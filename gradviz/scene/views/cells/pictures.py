"""The pictures of an op cell by cell: laid out once, then a scene for every step."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.cells.draw import CellDrawing
from gradviz.scene.views.cells.place import SIZES, CellLayout
from gradviz.story.cells.frames import CellFrame, CellStory

LEGENDS: Final = (("value", "value"), ("gradient", "gradient"), ("hot", "this step"))


SPLIT: Final = "take a smaller array, or a poster with --slide none"


class CellPictures:
    """Scenes of one walk over cells, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.
    """

    options: ClassVar = ()

    def __init__(self, story: CellStory, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, LEGENDS)
        self.layout = CellLayout(story)

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, SPLIT)
        return [small] if small else []

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        items = tuple(CellDrawing(self.layout, frame, *self._corner).items())
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, items), frame)

    @cached_property
    def _corner(self) -> Point:
        return self.page.corner(*self._measures)

    @property
    def _measures(self) -> tuple[float, float, float]:
        """The width and height of the grids, and the size of their numbers."""
        number = min((p.sheet.number for p in self.layout.panels), default=SIZES[0][1])
        return self.layout.width, self.layout.height, number

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
