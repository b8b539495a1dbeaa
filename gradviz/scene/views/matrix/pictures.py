"""The pictures of W · x + b = s: laid out once, then a scene for every step."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.matrix.draw import MatrixDrawing
from gradviz.scene.views.matrix.place import NUMBER, MatrixLayout
from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.story.moments import Moment

LEGENDS: Final = (
    ("value", "value"),
    ("ink", "weight"),
    ("gradient", "gradient below"),
    ("hot", "this step"),
)
REMEDY: Final = "draw a smaller matrix or fewer digits, or a poster with --slide none"


class MatrixPictures:
    """Scenes of one walk over a product, in which nothing moves from step to step."""

    options: ClassVar = ()
    moments: ClassVar = True

    def __init__(self, story: MatrixStory, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, LEGENDS)
        self.layout = MatrixLayout(story)

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, REMEDY)
        return [small] if small else []

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows W, x and b only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        items = MatrixDrawing(self.layout, frame, self._corner).items()
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, tuple(items)), frame)

    @cached_property
    def _corner(self) -> Point:
        return self.page.corner(*self._measures)

    @property
    def _measures(self) -> tuple[float, float, float]:
        return self.layout.width, self.layout.height, NUMBER

    def _title(self, frame: MatrixFrame) -> str:
        step = f"{frame.heading}, {frame.progress}" if frame.number else "the inputs"
        step = frame.heading.lower() if frame.moment else step
        return f"{self.story.title}: {step}"

    def _description(self, frame: MatrixFrame) -> str:
        """The sentence and the formula, then what is known of s and of x."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        f, eq, walk = self.story.formulas, frame.walk.equation, frame.walk
        known = [
            f"{f.text('s', i)} {self.layout.said(eq.scores[i])}"
            for i in self.layout.drawn(walk.rows)
            if frame.knows("row", i)
        ]
        inputs = [
            f"{f.text('x', j)} {self.layout.said(eq.inputs[j], f.shown)}"
            for j in self.layout.drawn(walk.columns)
        ]
        sums = f"; of {f.sums}: {', '.join(known)}" if known else ""
        told = f"{frame.sentence} {frame.note}{formula} Of {f.column}: {', '.join(inputs)}{sums}."
        return told.replace("  ", " ")


PICTURES: Final = MatrixPictures
