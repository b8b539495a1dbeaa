"""The pictures of a walk whose steps are derived from a trace: what they all have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from gradviz.graph.graph import labels
from gradviz.layout.curves import Point
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import wide
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.hidden import TASK, box, hidden
from gradviz.scene.model import Item, Maths, Scene, Text
from gradviz.scene.page import Figure, Page
from gradviz.story.frame import retold
from gradviz.story.languages import say
from gradviz.story.moments import Moment

Quantity = tuple[int, str]
"""A node, and its value or its gradient."""
BLANK = 26.0
"""The width of every box in place of a number, so that it tells nothing of it."""


class DerivedPictures:
    """Scenes of one walk, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.

    layout   is made once, with a width and a height.
    LEGENDS  what its colours mean: role and words.
    NUMBER   the size of its numbers.
    REMEDY   what helps where they come out small.
    shown    the numbers of the graph, as (node, value or gradient), that a text of the figure
             shows, by its key; `concerned`: those that the words of a frame tell.

    hide     numbers to leave out, see `gradviz.scene.hidden`. Raises UnknownNameError
             for one that does not exist.

    paths    the ends of paths that are lit, told at the end of the walk. Raises what the story's
             `lit` raises.
    """

    options: ClassVar[tuple[str, ...]] = ()
    moments: ClassVar = True
    LEGENDS: ClassVar[tuple[tuple[str, str], ...]]
    NUMBER: ClassVar[float]
    REMEDY: ClassVar[str]
    layout: Any

    def __init__(
        self,
        story: Any,
        framing: Framing = SLIDE,
        *,
        hide: Sequence[str] = (),
        paths: str | None = None,
    ) -> None:
        self.story, self.page = story, Page(story, framing, self.LEGENDS)
        graph = story.walk.trace.graph
        self._hidden = hidden(graph, labels(graph), hide)
        self._lit = story.lit(paths) if paths is not None else None

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, self.REMEDY)
        return [small] if small else []

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k) if self._lit is None else self.story.along(self._lit)
        items = self.items(frame, self._corner)
        if self._hidden:
            items = [item for given in items for item in self._covered(given)]
            frame = self._discreet(frame)
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, tuple(items)), frame)

    @abstractmethod
    def items(self, frame: Any, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""

    @abstractmethod
    def shown(self, key: str) -> Iterable[Quantity]:
        """The numbers of the graph that the text of this key shows."""

    @abstractmethod
    def concerned(self, frame: Any) -> set[Quantity]:
        """The numbers of the graph that the words of a frame tell."""

    def _covered(self, item: Item) -> list[Item]:
        """An item, or an empty box in its place if it shows a hidden number."""
        if not isinstance(item, Text | Maths) or self._hidden.isdisjoint(self.shown(item.id)):
            return [item]
        if isinstance(item, Maths):
            width = item.width
            return box(item.id, item.x + width / 2, item.y + item.height / 2)
        width = wide(item.text, item.size)
        left = {"start": 0.0, "middle": width / 2, "end": width}[item.anchor]
        middle = item.x - left + width / 2, item.y - cap_height(item.size) / 2
        return box(item.id, *middle, size=(BLANK, item.size + 1.5))

    def _discreet(self, frame: Any) -> Any:
        """A frame whose words give no hidden number away."""
        is_told = self._hidden.intersection(self.concerned(frame))
        if not is_told and frame.moment is None:
            return frame
        return retold(frame, sentence=TASK, note="", formula=None)

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
        step = f"{frame.heading}, {frame.progress}" if frame.number else say("the inputs")
        step = frame.heading.lower() if frame.moment else step
        return f"{self.story.title}: {step}"

    def _description(self, frame: Any) -> str:
        """The sentence and the formula, then what is known."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        known = "" if self._hidden else self.told(frame)
        return f"{frame.sentence} {frame.note}{formula} {known}".replace("  ", " ").strip()
