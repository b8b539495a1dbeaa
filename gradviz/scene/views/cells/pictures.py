"""The pictures of an op cell by cell: laid out once, then a scene for every step."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from gradviz.scene.blocks import wide
from gradviz.scene.model import Item, Scene, Text
from gradviz.scene.page import Bar, Footer
from gradviz.scene.views.cells.draw import CellDrawing
from gradviz.scene.views.cells.place import CellLayout
from gradviz.story.cells.frames import CellFrame, CellStory

MARGIN: Final = 36.0
HEAD: Final = 58.0
FOOT: Final = 34.0
NARROWEST: Final = 840.0
SIZE: Final = 14.0
BASELINE: Final = 34.0
BAR: Final = 150.0
MOST_MEASURED: Final = 200
FEW: Final = 24
"""Of a walk of more than MOST_MEASURED steps so many are measured: a step of a large tensor takes a
while.
"""
LEGENDS: Final = (("value", "value"), ("gradient", "gradient"), ("hot", "this step"))


class CellPictures:
    """Scenes of one walk over cells, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.

    `width` is the width in pixels at which a picture is meant to be seen; by default a user unit is
    a pixel.
    """

    def __init__(self, story: CellStory, *, width: float | None = None) -> None:
        self.story, self._wanted = story, width
        self.layout = CellLayout(story)

    @property
    def notes(self) -> list[str]:
        """What the user should be told."""
        return []

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the operands only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        hairline = HEAD + self.layout.height + FOOT
        items = [
            *self._header(frame),
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

    def _header(self, frame: CellFrame) -> list[Item]:
        """The pass and the op, how far the phase has come, and the bar of the whole walk."""
        role = "hot" if frame.number else "muted"
        after = MARGIN + self._heading_width + 14
        bar = Bar(frame.total, len(self.story.trace.places), BASELINE - 4.9)
        return [
            Text("header-phase", role, MARGIN, BASELINE, frame.heading, SIZE, "semibold", "start"),
            Text("header-step", "muted", after, BASELINE, frame.progress, SIZE, "regular", "start"),
            *bar.items(frame.number, self._bar, self._width - MARGIN - self._bar),
        ]

    @cached_property
    def _heading_width(self) -> float:
        words, slots = self.story.words, self.story.trace.slots
        said = [
            words.heading("forward", None),
            *(words.heading("backward", slot) for slot in slots),
        ]
        return max(wide(h, SIZE) for h in said)

    @property
    def _bar(self) -> float:
        """Where the bar begins."""
        windows = len(self.story.trace.places)
        progress = f"{self.story.words.unit} {windows} of {windows}"
        return MARGIN + self._heading_width + 14 + wide(progress, SIZE) + 20

    @cached_property
    def _width(self) -> float:
        return max(NARROWEST, self._bar + BAR + MARGIN, self.layout.width + 2 * MARGIN)

    @cached_property
    def _footer(self) -> Footer:
        most = MOST_MEASURED if self.story.total <= MOST_MEASURED else FEW
        return Footer(self.story, self._width, MARGIN, LEGENDS, most)

    def _title(self, frame: CellFrame) -> str:
        step = f", step {frame.number} of {frame.total}" if frame.number else ""
        return f"{frame.heading}: {frame.progress}{step}"

    def _description(self, frame: CellFrame) -> str:
        """The sentence and the formula, then what the grids are."""
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
