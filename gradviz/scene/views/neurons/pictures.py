"""The pictures of a network unit by unit: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.derived import DerivedPictures, Quantity
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item
from gradviz.scene.views.neurons import quantities
from gradviz.scene.views.neurons.draw import UnitDrawing
from gradviz.scene.views.neurons.labels import Labels
from gradviz.scene.views.neurons.place import NUMBER, UnitLayout
from gradviz.story.languages import pattern, say
from gradviz.story.neurons.frames import UnitFrame, UnitStory
from gradviz.trace.ways import Spot

MOST_TOLD: Final = 12
"""The units of a layer that a description lists."""


class UnitPictures(DerivedPictures):
    """Scenes of one walk over units."""

    options: ClassVar = ("hide", "answers", "spotlight", "paths")
    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("value", pattern("z: weighted sum, bold: value")),
        ("gradient", pattern("δ = ∂L/∂z, under w: ∂L/∂w")),
        ("muted", pattern("dashed: w < 0, width: |w|")),
        ("hot", pattern("this step")),
    )
    REMEDY: ClassVar = pattern("draw fewer units or layers, or a poster with --slide none")

    def __init__(
        self,
        story: UnitStory,
        framing: Framing = SLIDE,
        *,
        hide: Sequence[str] = (),
        answers: bool = False,
        spotlight: Sequence[str] = (),
        paths: str | None = None,
    ) -> None:
        marks = {"hide": hide, "spotlight": spotlight}
        super().__init__(story, framing, answers=answers, paths=paths, **marks)
        self.layout = UnitLayout(story, self.page.room)
        self.labels = Labels(self.layout)

    def items(self, frame: UnitFrame, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""
        return UnitDrawing(self.layout, self.labels, frame, corner).items()

    def shown(self, key: str) -> Iterable[Quantity]:
        """The numbers of the graph that the text of this key shows."""
        return quantities.shown(self.story.walk, key)

    def is_lit(self, key: str, spot: Collection[Spot]) -> bool:
        """Whether what bears this key belongs to numbers in the light."""
        return quantities.is_lit(self.story.walk, key, spot)

    def concerned(self, frame: UnitFrame) -> set[Quantity]:
        """The numbers of the graph that the words of a frame tell."""
        return quantities.concerned(frame)

    def told(self, frame: UnitFrame) -> str:
        """What is known of every layer."""
        layers = "; ".join(self._told(frame, k) for k in range(len(self.layout.layers)))
        return say("Layers of units: {layers}.", layers=layers)

    def _told(self, frame: UnitFrame, k: int) -> str:
        own, said = self.layout.layers[k], self.layout.said
        units = []
        for unit in own.shown[:MOST_TOLD]:
            words = self.story.names.text(k, unit)
            if frame.knows("unit", k, unit):
                words += f" {said(own.values[unit])}"
            knows = frame.knows("delta", k, unit) if k else frame.knows("inputs", 0)
            if own.deltas is not None and knows:
                words = say("{unit} with δ {delta}", unit=words, delta=said(own.deltas[unit]))
            units.append(words)
        more = own.size - len(units)
        told = f"{self.layout.head(k)}: {', '.join(units)}"
        return say("{units} and {more} more", units=told, more=more) if more else told


PICTURES: Final = UnitPictures
