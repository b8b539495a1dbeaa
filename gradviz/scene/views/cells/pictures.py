"""The pictures of an op cell by cell: laid out once, then a scene for every step."""

from __future__ import annotations

from typing import ClassVar, Final

from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.cells.draw import CellDrawing
from gradviz.scene.views.cells.place import CellLayout, Placed
from gradviz.story.cells.frames import CellFrame, CellStory
from gradviz.story.languages import pattern, say

LEGENDS: Final = (
    ("value", pattern("value")),
    ("gradient", pattern("gradient")),
    ("hot", pattern("this step")),
)


SPLIT: Final = pattern("take a smaller array, or a poster with --slide none")


class CellPictures:
    """Scenes of one walk over cells, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.
    """

    options: ClassVar = ()

    def __init__(self, story: CellStory, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, LEGENDS)
        self.layout = CellLayout(story, self.page.room, is_scaled=framing.slide != "none")

    @property
    def notes(self) -> list[str]:
        """Notes to the user: of the pass whose numbers come out smallest."""
        said = [self.page.note(*measures, SPLIT) for measures in self.passes]
        return [note for note in said if note][:1]

    @property
    def passes(self) -> list[tuple[float, float, float]]:
        """The width and height of the figure of each pass, and the size of its numbers."""
        return [_measures(self.layout.at(slot)) for slot in (None, *self.story.walk.slots)]

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        measures = _measures(self.layout.at(frame.slot))
        corner = self.page.corner(*measures)
        items = tuple(CellDrawing(self.layout, frame, *corner).items())
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*measures, *about, items), frame)

    def _title(self, frame: CellFrame) -> str:
        return titled(frame)

    def _description(self, frame: CellFrame) -> str:
        """The sentence and the formula, then the grids."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        panels = [
            self.layout.heading(p.kind, p.slot, frame.phase == "backward", p.count)
            for p in self.layout.at(frame.slot).panels
            if frame.number or p.kind in ("operand", "output")
        ]
        grids = say("Grids of cells: {panels}.", panels="; ".join(panels))
        return f"{frame.sentence} {frame.note}{formula} {grids}".replace("  ", " ")


def titled(frame: CellFrame) -> str:
    """What a frame shows, and its step."""
    title = f"{frame.heading}: {frame.progress}"
    if not frame.number:
        return title
    step = say("step {number} of {total}", number=frame.number, total=frame.total)
    return f"{title}, {step}"


def _measures(placed: Placed) -> tuple[float, float, float]:
    """The width and height of a figure, and the size of its numbers."""
    return placed.width, placed.height, placed.number


PICTURES: Final = CellPictures
