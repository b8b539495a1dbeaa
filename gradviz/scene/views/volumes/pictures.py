"""The pictures of a network as volumes: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.blocks import wide
from gradviz.scene.derived import DerivedPictures
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item
from gradviz.scene.page import ASIDE, Page
from gradviz.scene.views.volumes.draw import VolumeDrawing
from gradviz.scene.views.volumes.place import NUMBER, VolumeLayout
from gradviz.story.languages import pattern, say
from gradviz.story.volumes.frames import VolumeFrame, VolumeStory
from gradviz.story.volumes.names import how, size

BETWEEN: Final = " · "


class VolumePictures(DerivedPictures):
    """Scenes of one walk over volumes."""

    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("ink", pattern("beneath: channels, rows×columns")),
        ("muted", pattern("kernel, parameters")),
        ("gradient", pattern("‖∂‖: length of the gradient")),
        ("hot", pattern("this step")),
    )
    REMEDY: ClassVar = pattern("draw fewer layers, or a poster with --slide none")

    def __init__(self, story: VolumeStory, framing: Framing = SLIDE) -> None:
        super().__init__(story, framing)
        self.page = Page(story, framing, self.LEGENDS, BETWEEN)
        self.layout = VolumeLayout(story, self.page.room)
        self.page.asked = self._aside()
        if self.page.aside:
            self.page.aside = self.page.asked

    def _aside(self) -> str:
        """The scale, and as much of the rest as fits on one line."""
        room = self.page.room.width
        told: tuple[str, ...] = self.layout.scale
        for count in range(len(told), 1, -1):
            words = BETWEEN.join(told[:count])
            if wide(words, ASIDE) <= room:
                return words
        return told[0]

    def items(self, frame: VolumeFrame, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""
        return VolumeDrawing(self.layout, frame, corner).items()

    def told(self, frame: VolumeFrame) -> str:
        """Every layer with its size, window and parameters, and the gradients that are known."""
        layers = "; ".join(self._told(frame, k) for k in range(len(frame.walk.layers)))
        return say("Layers: {layers}.", layers=layers)

    def _told(self, frame: VolumeFrame, k: int) -> str:
        layer = frame.walk.layers[k]
        said = [f"{self.story.names.full[k]} {size(layer.shape)}"]
        if window := how(layer):
            said.append(window)
        if layer.parameters:
            said.append(say("{count} parameters", count=f"{layer.parameters:,}"))
        length = frame.walk.length(k) if frame.knows_gradient(k) else None
        if length is not None:
            said.append(say("gradient of length {length}", length=self.story.formulas.said(length)))
        return ", ".join(said)


PICTURES: Final = VolumePictures
