"""The pictures of a walk whose steps are derived from a trace: what they all have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from gradviz.layout.curves import Point
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Scene
from gradviz.scene.page import Figure, Page
from gradviz.story.moments import Moment


class DerivedPictures:
    """Scenes of one walk, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.

    layout   is made once, with a width and a height.
    LEGENDS  what its colours mean: role and words.
    NUMBER   the size of its numbers.
    REMEDY   what helps where they come out small.
    """

    options: ClassVar = ()
    moments: ClassVar = True
    LEGENDS: ClassVar[tuple[tuple[str, str], ...]]
    NUMBER: ClassVar[float]
    REMEDY: ClassVar[str]
    layout: Any

    def __init__(self, story: Any, framing: Framing = SLIDE) -> None:
        self.story, self.page = story, Page(story, framing, self.LEGENDS)

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, self.REMEDY)
        return [small] if small else []

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        items = self.items(frame, self._corner)
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, tuple(items)), frame)

    @abstractmethod
    def items(self, frame: Any, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""

    @abstractmethod
    def told(self, frame: Any) -> str:
        """What is known in a frame, in words."""

    @cached_property
    def _corner(self) -> Point:
        return self.page.corner(*self._measures)

    @property
    def _measures(self) -> tuple[float, float, float]:
        return self.layout.width, self.layout.height, self.NUMBER

    def _title(self, frame: Any) -> str:
        step = f"{frame.heading}, {frame.progress}" if frame.number else "the inputs"
        step = frame.heading.lower() if frame.moment else step
        return f"{self.story.title}: {step}"

    def _description(self, frame: Any) -> str:
        """The sentence and the formula, then what is known."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        return f"{frame.sentence} {frame.note}{formula} {self.told(frame)}".replace("  ", " ")
