"""The pictures of a network unit by unit: laid out once, then a scene for every step."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.neurons.draw import UnitDrawing
from gradviz.scene.views.neurons.labels import Labels
from gradviz.scene.views.neurons.place import NUMBER, UnitLayout
from gradviz.story.moments import Moment
from gradviz.story.neurons.frames import UnitFrame, UnitStory

LEGENDS: Final = (
    ("value", "z: weighted sum, bold: value"),
    ("gradient", "δ = ∂L/∂z, under w: ∂L/∂w"),
    ("muted", "dashed: w < 0, width: |w|"),
    ("hot", "this step"),
)
REMEDY: Final = "draw fewer units or layers, or a poster with --slide none"
MOST_TOLD: Final = 12
"""The units of a layer that a description lists."""


class UnitPictures:
    """Scenes of one walk over units, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.
    """

    options: ClassVar = ()
    moments: ClassVar = True

    def __init__(self, story: UnitStory, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, LEGENDS)
        self.layout = UnitLayout(story, self.page.room)
        self.labels = Labels(self.layout)

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, REMEDY)
        return [small] if small else []

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        items = UnitDrawing(self.layout, self.labels, frame, self._corner).items()
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, tuple(items)), frame)

    @cached_property
    def _corner(self) -> Point:
        return self.page.corner(*self._measures)

    @property
    def _measures(self) -> tuple[float, float, float]:
        return self.layout.width, self.layout.height, NUMBER

    def _title(self, frame: UnitFrame) -> str:
        step = f"{frame.heading}, {frame.progress}" if frame.number else "the inputs"
        step = frame.heading.lower() if frame.moment else step
        return f"{self.story.title}: {step}"

    def _description(self, frame: UnitFrame) -> str:
        """The sentence and the formula, then what is known of every layer."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        layers = "; ".join(self._told(frame, k) for k in range(len(self.layout.layers)))
        told = f"{frame.sentence} {frame.note}{formula} Layers of units: {layers}."
        return told.replace("  ", " ")

    def _told(self, frame: UnitFrame, k: int) -> str:
        own, said = self.layout.layers[k], self.layout.said
        units = []
        for unit in own.shown[:MOST_TOLD]:
            words = self.story.names.text(k, unit)
            if frame.knows("unit", k, unit):
                words += f" {said(own.values[unit])}"
            knows = frame.knows("delta", k, unit) if k else frame.knows("inputs", 0)
            if own.deltas is not None and knows:
                words += f" with δ {said(own.deltas[unit])}"
            units.append(words)
        more = own.size - len(units)
        return f"{self.layout.head(k)}: {', '.join(units)}" + (f" and {more} more" if more else "")


PICTURES: Final = UnitPictures
