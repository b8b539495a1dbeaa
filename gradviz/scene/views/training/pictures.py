"""The pictures of a training run: everything stands in the same place in each pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from gradviz.layout.curves import Box, Point
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.training.losses import Losses
from gradviz.scene.views.training.network import Network
from gradviz.scene.views.training.passes import HEIGHT, Passes
from gradviz.scene.views.training.plane import key, key_height, plane
from gradviz.story.training.frames import TrainingFrame, TrainingStory

GAP: Final = 12.0
BETWEEN: Final = 26.0
"""Between the network, the plane and the losses."""
PLANE: Final = 0.32
LOSSES: Final = 0.26
"""The parts of the width that the plane and the losses take."""


class TrainingPictures:
    """Scenes of the passes of one run."""

    options: ClassVar[tuple[str, ...]] = ()

    def __init__(self, story: TrainingStory, framing: Framing = SLIDE) -> None:
        self.story, self.notes = story, list[str]()
        self.page = Page(story, framing, legends=())

    def scene(self, k: int) -> Scene:
        """The run as pass k begins. Raises ValueInputError beyond the end."""
        frame = self.story.frame(k)
        width, height = self.page.room.width, self.page.room.height
        corner = self.page.corner(width, height, SIZE)
        told = f"{frame.sentence} {frame.note}".strip()
        figure = Figure(
            width,
            height,
            SIZE,
            title=f"{frame.heading}: {frame.progress}",
            description=f"{told} {self.story.alt(frame.moment)}",
            items=tuple(self._items(frame, Box(corner.x, corner.y, width, height))),
        )
        return self.page.scene(figure, frame)

    def _items(self, frame: TrainingFrame, box: Box) -> Iterator[Item]:
        story, moment = self.story, frame.moment
        teller, room = story.plane(moment), box.h - HEIGHT - GAP
        side = PLANE * box.w
        below = key_height(teller, side)
        side = min(side, room - below)
        tall = min(room, side + below)
        top, right, middle = box.y + (room - tall) / 2, LOSSES * box.w, box.x
        if moment.stages:
            middle = box.right - right - BETWEEN - side
            left = Box(box.x, top, middle - BETWEEN - box.x, tall)
            yield from Network(story, moment, left).items()
        else:
            right = box.w - side - BETWEEN
        yield from plane(teller, Point(middle, top), side)
        yield from key(teller, Box(middle, top + side, side, below))
        yield from Losses(story, frame, Box(box.right - right, top, right, tall)).items()
        yield from Passes(story, frame, Box(box.x, box.bottom - HEIGHT, box.w, HEIGHT)).items()


PICTURES: Final = TrainingPictures
