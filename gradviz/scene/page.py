"""The page: what stands around the figure that a view draws, and where the figure stands.

By default a page is a 16:9 slide of 960 by 540 points. Its head and its foot have fixed sizes; only
the figure is scaled, to fill the room between them. The room is known before a view lays its figure
out, and is the same in every frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gradviz.graph.graph import labels
from gradviz.layout.curves import Point
from gradviz.scene.code import GAP as CODE_GAP
from gradviz.scene.code import WIDEST, CodePanel
from gradviz.scene.foot import Foot
from gradviz.scene.foot import height as foot_height
from gradviz.scene.framing import SLIDE, Framing, Part
from gradviz.scene.head import Head
from gradviz.scene.model import Item, Scene, Text, enlarged
from gradviz.story.code import lit
from gradviz.story.languages import pattern, say
from gradviz.story.maths import unicode
from gradviz.story.own import is_own
from gradviz.story.walks import WalkFrame, WalkStory
from gradviz.trace import Trace

SIZES: Final = {"16:9": (960.0, 540.0), "4:3": (720.0, 540.0)}
"""The width and height of a slide in points, as presentation programs have them."""
LARGEST: Final = 22.0
"""The points that numbers on a slide have at most: a figure of few nodes does not fill the room."""
LEGIBLE: Final = 10.0
"""The points that numbers on a slide should have at least."""
MARGIN: Final = 26.0
HEAD: Final = 44.0
BARE: Final = 16.0
"""The margin of a figure with nothing around it, and above and below one without head or foot."""
ASIDE: Final = 12.0
GAP: Final = 10.0
"""Between the figure and the foot."""
NARROWEST: Final = 760.0
LEGENDS: Final = (
    ("value", pattern("value above the wire")),
    ("gradient", pattern("gradient below")),
    ("hot", pattern("this step")),
)
SMALL: Final = pattern(
    "On a {slide} slide the numbers are {size:.1f} points high, too small for the back row (10):"
    " {help}."
)
SMALL_PICTURE: Final = pattern(
    "At a width of {width:.0f} the numbers are only {size:.1f} pixels high; the picture needs"
    " {needed:.0f}."
)


@dataclass(frozen=True, slots=True)
class Room:
    """The room for a figure, in points. On a page without a slide it is the shape to aim for."""

    width: float
    height: float

    def scale(self, width: float, height: float, number: float) -> float:
        """How many points a unit of a figure takes here, whose numbers are `number` units high:
        as many as fit, until the numbers are LARGEST.
        """
        fits = min(self.width / max(width, 1e-9), self.height / max(height, 1e-9))
        return min(fits, LARGEST / number)


@dataclass(frozen=True, slots=True)
class Figure:
    """What a view draws of a frame, in units of its own: its size, and its items, which begin at
    `Page.corner`.

    number  the size of its numbers.
    engine  the layout engine that placed it, by name and version.
    """

    width: float
    height: float
    number: float
    title: str
    description: str
    items: tuple[Item, ...]
    engine: str = ""


_BARE: Final[dict[bool, frozenset[Part]]] = {False: frozenset(), True: frozenset(("sentence",))}
"""What stands around a figure without steps, with or without a caption."""


class Page:
    """The pages of all frames of a story; without a story, of a figure that has no steps.

    told     the frame of the last scene as it is told: without words that give away what is hidden.
    measures the width and height of the figure of the last scene, and the size of its numbers, in
             points.
    legends  the roles of the legend with their words, for pages that have one.
    aside    a line under the head, on pages that have room around the figure; `asked` is that line
             on any page.
    """

    def __init__(
        self,
        story: WalkStory | None,
        framing: Framing = SLIDE,
        legends: Sequence[tuple[str, str]] = LEGENDS,
        aside: str = "",
    ) -> None:
        self.story, self.framing = story, framing
        self.told: WalkFrame | None = None
        self.measures = (0.0, 0.0, 0.0)
        self.parts = framing.parts if story is not None else _BARE[bool(framing.caption)]
        backward = story is not None and story.walk.has_backward
        shown = [(role, say(words)) for role, words in legends if backward or role != "gradient"]
        self._legends = tuple(shown) if "legend" in self.parts else ()
        self._size = framing.room if framing.panel else SIZES.get(framing.slide)
        self.asked = aside
        self.aside = aside if (self.parts or self._size) and not framing.panel else ""
        self._code = self._panel()

    @property
    def room(self) -> Room:
        """The room for the figure; the same in every frame."""
        width, height = self._size or self.framing.room or SIZES["16:9"]
        across = width - 2 * self.margin - self._beside
        return Room(across, height - self._above - self._below)

    def _panel(self) -> CodePanel | None:
        """The code beside the figure, if it is asked for and known."""
        code = self.story.walk.trace.graph.code if self.story is not None else None
        if code is None or not self.framing.code:
            return None
        width, _ = self._size or SIZES["16:9"]
        return CodePanel(code, WIDEST * (width - 2 * self.margin))

    @property
    def _beside(self) -> float:
        """The width of the code, with the gap after it."""
        return self._code.width + CODE_GAP if self._code is not None else 0.0

    @property
    def margin(self) -> float:
        """At the left and at the right."""
        if self.framing.panel:
            return 0.0
        return MARGIN if self.parts or self._size else BARE

    @property
    def _above(self) -> float:
        return self._head + (ASIDE + GAP if self.aside else 0.0)

    @property
    def _head(self) -> float:
        if self.framing.panel:
            return 0.0
        return HEAD if "header" in self.parts else BARE

    @property
    def _foot(self) -> float:
        return foot_height("sentence" in self.parts, "formula" in self.parts, bool(self._legends))

    @property
    def _below(self) -> float:
        if self.framing.panel:
            return 0.0
        return self._foot + GAP if self._foot else BARE

    def scale(self, width: float, height: float, number: float) -> float:
        """How many points a unit of such a figure takes on this page."""
        return self.room.scale(width, height, number) if self._size else 1.0

    def corner(self, width: float, height: float, number: float) -> Point:
        """Where such a figure has its top left corner on every page, in its own units."""
        scale = self.scale(width, height, number)
        across, down = self._sides(width, height, scale)
        below = down - self._above - self._below
        return Point(
            (self._beside + (across - self._beside - width * scale) / 2) / scale
            if self._beside
            else (across - width * scale) / 2 / scale,
            (self._above + (below - height * scale) / 2) / scale,
        )

    def _sides(self, width: float, height: float, scale: float) -> tuple[float, float]:
        """The width and height of a page with such a figure, in points."""
        if self._size:
            return self._size
        least = NARROWEST if self.parts else 0.0
        across = max(least, width * scale + 2 * self.margin + self._beside)
        inside = max(height * scale, self._code.height if self._code is not None else 0.0)
        return across, inside + self._above + self._below

    def scene(self, figure: Figure, frame: WalkFrame | None = None) -> Scene:
        """The page of a frame: the figure, which stands at its `corner`, the head and the foot."""
        self.told = frame
        size = figure.width, figure.height
        scale = self.scale(*size, figure.number)
        self.measures = figure.width * scale, figure.height * scale, figure.number * scale
        width, height = self._sides(*size, scale)
        items = figure.items if scale == 1 else [enlarged(item, scale) for item in figure.items]
        return Scene(
            width,
            height,
            figure.title,
            figure.description,
            (*self._around(frame, width, height), *map(self._typeset, items)),
            self.framing.width / width if self.framing.width else 1.0,
            figure.engine,
            self._heading(frame),
            stroke=scale,
            slide=self._size is not None and not self.framing.panel,
        )

    def foresee(self, frames: Iterable[WalkFrame]) -> None:
        """Prepare the pages of several frames at once, which is faster than one by one."""
        Foot(0.0, 0.0, formula="formula" in self.parts).foresee(frames)

    def _heading(self, frame: WalkFrame | None) -> str:
        """The title of the page in a document: its step and what is said."""
        if frame is None:
            return ""
        said = self._caption(frame) or unicode.powers(unicode.named(frame.sentence, self.names))
        steps = frame.total and (frame.focus is not None or not frame.number)
        at = say("Step {number}", number=frame.number) if steps else ""
        return ": ".join(filter(None, [at or frame.heading, said]))

    def _caption(self, frame: WalkFrame | None) -> str:
        """The words in place of every sentence, but for a step with words of its own."""
        return "" if is_own(frame) else self.framing.caption

    def _around(self, frame: WalkFrame | None, width: float, height: float) -> Iterator[Item]:
        """The head and the foot, in points."""
        right = width - self.margin
        if "header" in self.parts and self.story is not None and frame is not None:
            yield from map(self._typeset, Head(self.story, self.margin, right).items(frame))
        if self.aside:
            place = self.margin, self._head + ASIDE - 3
            yield self._typeset(
                Text("aside", "muted", *place, self.aside, ASIDE, "regular", "start")
            )
        if self._code is not None and self.story is not None and frame is not None:
            found = lit(self.story.walk, frame.number)
            inside = height - self._above - self._below
            if found is not None:
                yield from self._code.items(found, self.margin, self._above, inside)
        yield from self.foot(frame, self.margin, right, height - self._foot)

    def foot(
        self, frame: WalkFrame | None, left: float, right: float, top: float
    ) -> Iterator[Item]:
        """The foot of a frame, in points."""
        said = "sentence" in self.parts, "formula" in self.parts
        foot = Foot(left, right, *said, self._legends, self._caption(frame), self.names)
        yield from foot.items(frame, top)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names that the graph writes in another way than they were typed; a folded scope keeps
        its own.
        """
        if self.story is None:
            return ()
        walk = self.story.walk
        runs: Sequence[Trace] = getattr(walk, "runs", (walk.trace,))
        found = (
            name
            for run in runs
            for i, name in labels(run.graph).items()
            if "title" not in run.graph.nodes[i].options
        )
        return tuple(name for name in dict.fromkeys(found) if unicode.name(name) != name)

    def _typeset(self, item: Item) -> Item:
        """An item whose text has names as the graph has them; they never get wider."""
        if not self.names or not isinstance(item, Text):
            return item
        said = unicode.named(item.text, self.names)
        return item if said == item.text else replace(item, text=said)

    def note(self, width: float, height: float, number: float, remedy: str) -> str:
        """A note with the remedy if the numbers of such a figure come out small; else empty."""
        size = number * self.scale(width, height, number)
        if self.framing.panel:
            return ""
        if self._size:
            said = say(SMALL, slide=self.framing.slide, size=size, help=say(remedy))
            return said if round(size, 1) < LEGIBLE else ""
        if not self.framing.width:
            return ""
        needed, _ = self._sides(width, height, 1.0)
        size *= self.framing.width / needed
        said = say(SMALL_PICTURE, width=self.framing.width, size=size, needed=needed)
        return said if size < LEGIBLE else ""
