"""The pictures of the updates of a pass: laid out once, then a scene for every parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from gradviz.arrays.digits import number
from gradviz.layout.curves import Point
from gradviz.scene.derived import DerivedPictures
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item
from gradviz.scene.views.update.draw import UpdateDrawing
from gradviz.scene.views.update.place import NUMBER, UpdateLayout
from gradviz.story.descent.frames import UpdateFrame, UpdateStory
from gradviz.story.languages import pattern, say


class UpdatePictures(DerivedPictures):
    """Scenes of the updates of one pass."""

    moments: ClassVar = False
    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("value", pattern("value")),
        ("gradient", pattern("gradient")),
        ("hot", pattern("this step")),
    )
    REMEDY: ClassVar = pattern("draw fewer digits, or a poster with --slide none")

    def __init__(self, story: UpdateStory, framing: Framing = SLIDE) -> None:
        super().__init__(story, framing)
        self.layout = UpdateLayout(story)

    def items(self, frame: UpdateFrame, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""
        return UpdateDrawing(self.layout, frame, corner).items()

    def told(self, frame: UpdateFrame) -> str:
        """What is known of the loss."""
        updates = frame.walk.trace.updates
        assert updates is not None
        before, after = (number(v) for v in (updates.before, updates.after))
        return say(
            "The loss was {before}, then {after}." if frame.number else "The loss was {before}.",
            before=before,
            after=after,
        )


PICTURES: Final = UpdatePictures
