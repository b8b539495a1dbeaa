"""The pictures of a walk whose steps are derived from a trace: what they all have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any, ClassVar

from gradviz.graph.graph import labels
from gradviz.layout.curves import Point
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import wide
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.hidden import (
    TASK,
    THESE,
    THIS_NUMBER,
    Asked,
    Shown,
    box,
    hidden,
    is_question,
    moment_of,
)
from gradviz.scene.model import Item, Maths, Scene, Text
from gradviz.scene.page import Figure, Page
from gradviz.scene.spotlight import back
from gradviz.story.frame import retold
from gradviz.story.languages import say, translated
from gradviz.story.moments import Moment
from gradviz.story.own import is_own, usual
from gradviz.trace.ways import Spot

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

    answers  whether every frame has its numbers, but for one that is `Asked`.

    spotlight  numbers by name, or paths, all but which step back; others are not asked for.
    is_lit   whether what bears a key belongs to some of the story's spots.

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
        answers: bool = False,
        spotlight: Sequence[str] = (),
        paths: str | None = None,
    ) -> None:
        self.story, self.page = story, Page(story, framing, self.LEGENDS)
        graph = story.walk.trace.graph
        self._hidden = hidden(graph, labels(graph), hide, given=not answers)
        self._answers, self._spotlight = answers, spotlight
        self._spot = frozenset(spot for word in spotlight for spot in story.spots(word))
        self._lit = story.lit(paths) if paths is not None else None

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""
        small = self.page.note(*self._measures, self.REMEDY)
        return [small] if small else []

    def scene(self, k: Shown) -> Scene:
        """The picture after k steps, or at a moment, or with a question; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        frame = self._frame(moment_of(k))
        items = list(self.items(frame, self._corner))
        blanks, is_discreet = self._blanks(k, items), bool(self._hidden) and not self._answers
        if is_question(k):
            frame = self._asking(frame, len(blanks))
        elif isinstance(k, Asked):
            frame = usual(frame)
        elif is_discreet:
            frame = self._discreet(frame)
        about = self._title(frame), self._description(frame, is_discreet or is_question(k))
        drawn = [p for item in items for p in (_covered(item) if item.id in blanks else (item,))]
        if self._spotlight:
            drawn = [i if self.is_lit(i.id, self._spot) else back(i) for i in drawn]
        return self.page.scene(Figure(*self._measures, *about, tuple(drawn)), frame)

    def asks(self, k: int | Moment, before: int | Moment | None) -> bool:
        """Whether a frame shows numbers to ask for that the one before did not."""
        return bool(self._blanks(Asked(k, before), self.items(self._frame(k), self._corner)))

    def _frame(self, k: int | Moment) -> Any:
        return self.story.frame(k) if self._lit is None else self.story.along(self._lit)

    def _blanks(self, k: Shown, items: Iterable[Item]) -> set[str]:
        """The ids of the items that have a box in their place."""
        if not self._hidden or (k.answered if isinstance(k, Asked) else self._answers):
            return set()
        known = set[tuple[str, str]]()
        if isinstance(k, Asked) and k.before is not None:
            before = self.items(self._frame(k.before), self._corner)
            known = {(i.id, _said(i)) for i in before if isinstance(i, Text | Maths)}
        return {
            item.id
            for item in items
            if isinstance(item, Text | Maths)
            and (item.id, _said(item)) not in known
            and not self._hidden.isdisjoint(self.shown(item.id))
            and not (self._answers and self._spotlight and not self.is_lit(item.id, self._spot))
        }

    def _asking(self, frame: Any, count: int) -> Any:
        """A frame that asks for so many numbers."""
        asked = frame.sentence if is_own(frame) else translated(THESE if count > 1 else THIS_NUMBER)
        return retold(frame, sentence=asked, note="", formula=None)

    @abstractmethod
    def items(self, frame: Any, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""

    def is_lit(self, key: str, spot: Collection[Spot]) -> bool:
        """Whether what bears this key belongs to numbers in the light. Only views that take a
        `spotlight` say so.
        """
        raise NotImplementedError

    @abstractmethod
    def shown(self, key: str) -> Iterable[Quantity]:
        """The numbers of the graph that the text of this key shows."""

    @abstractmethod
    def concerned(self, frame: Any) -> set[Quantity]:
        """The numbers of the graph that the words of a frame tell."""

    def _discreet(self, frame: Any) -> Any:
        """A frame whose words give no hidden number away."""
        is_told = self._hidden.intersection(self.concerned(frame))
        if not is_told and frame.moment is None:
            return frame
        told = frame.sentence if is_own(frame) else TASK
        return retold(frame, sentence=told, note="", formula=None)

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

    def _description(self, frame: Any, is_discreet: bool) -> str:
        """The sentence and the formula, then what is known, unless that must not be told."""
        formula = f" {' '.join(frame.formula.block.flat.split())}." if frame.formula else ""
        known = "" if is_discreet else self.told(frame)
        names = ", ".join(self._spotlight)
        lit = " " + say("In the spotlight: {names}.", names=names) if names else ""
        return f"{frame.sentence} {frame.note}{formula} {known}{lit}".replace("  ", " ").strip()


def _said(item: Text | Maths) -> str:
    return item.text if isinstance(item, Text) else str(item.source)


def _covered(item: Item) -> list[Item]:
    """An empty box in the place of a text."""
    assert isinstance(item, Text | Maths)
    if isinstance(item, Maths):
        return box(item.id, item.x + item.width / 2, item.y + item.height / 2)
    width = wide(item.text, item.size)
    left = {"start": 0.0, "middle": width / 2, "end": width}[item.anchor]
    middle = item.x - left + width / 2, item.y - cap_height(item.size) / 2
    return box(item.id, *middle, size=(BLANK, item.size + 1.5))
