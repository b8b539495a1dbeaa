"""The picture of a plot, which fills the page."""

from __future__ import annotations

from typing import ClassVar, Final

from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Scene
from gradviz.scene.page import Figure, Page
from gradviz.scene.views.plot.axes import SIZE
from gradviz.scene.views.plot.kinds import drawer
from gradviz.story.plot.frames import PlotStory


class PlotPictures:
    """The scene of one plot."""

    options: ClassVar[tuple[str, ...]] = ()

    def __init__(self, story: PlotStory, framing: Framing = SLIDE) -> None:
        self.story, self.notes = story, list[str]()
        self.page = Page(story, framing, legends=())

    def scene(self, k: int) -> Scene:
        """The plot. Raises ValueInputError for a step other than 0 and 1."""
        frame = self.story.frame(k)
        size = self.page.room.width, self.page.room.height
        corner = self.page.corner(*size, SIZE)
        draw = drawer(self.story.walk.content)
        items = tuple(draw(self.story.teller, corner, *size))
        source = " ".join((self.story.walk.source or "a function").split())
        told = f"{frame.sentence} {frame.note}".strip()
        figure = Figure(
            *size,
            SIZE,
            title=f"{frame.heading}: {frame.progress}" if frame.progress else source,
            description=f"{told} {self.story.teller.alt}",
            items=items,
        )
        return self.page.scene(figure, frame)


PICTURES: Final = PlotPictures
