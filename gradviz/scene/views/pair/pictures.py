"""The pictures of two runs on one graph: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from itertools import product
from typing import Any, ClassVar, Final

from gradviz.layout import text
from gradviz.layout.curves import Box, Curve, Point
from gradviz.layout.rows import Room
from gradviz.scene.blocks import NUMBER, SMALL, wide
from gradviz.scene.describe import MOST_NODES
from gradviz.scene.foot import wrapped
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item, Scene, Text
from gradviz.scene.page import LARGEST, Figure, Page
from gradviz.scene.views.graph.draw import GraphDrawing
from gradviz.scene.views.graph.notes import WIDTH, Notes
from gradviz.scene.views.graph.place import FEWER, PlacedGraph, place
from gradviz.scene.views.pair.blocks import MARK
from gradviz.scene.views.pair.figures import PairFigures
from gradviz.scene.views.plot.marks import mark, series
from gradviz.story.languages import listed, pattern, say
from gradviz.story.moments import Moment
from gradviz.story.pair.frames import PairFrame, PairStory
from gradviz.story.values import briefly

NAMES: Final = 24.0
"""The height of the line that names both runs."""
LETTERS: Final = 14.0
NEAR: Final = 4.0
"""Nothing of the graph is nearer to the names than this."""
REMEDY: Final = pattern("compare the numbers with --view table, or draw a poster with --slide none")
LEGIBLE: Final = 14.0
"""The points that numbers should have in a lecture."""
WAYS: Final = ((), ("value",), ("value", "gradient"))
"""What stands beside each other where that makes numbers larger."""
PARTED: Final = 28.0
"""Between the names of the runs."""


class PairDrawing(GraphDrawing):
    """One frame of the graph of both runs."""

    frame: PairFrame  # type: ignore[assignment]

    def _ringed(self) -> int | None:
        return None

    def _known(self, node: int) -> bool:
        return self.frame.is_known(node)


class PairPictures:
    """Scenes of one story, in which nothing moves from step to step; see
    `gradviz.scene.views.graph.pictures`.
    """

    options: ClassVar = ("engine",)
    moments: ClassVar = True

    def __init__(self, story: PairStory, framing: Framing = SLIDE, *, engine: str = "auto") -> None:
        self.story, self.page = story, Page(story, framing)
        self._placed = self._largest(engine)

    def _largest(self, engine: str) -> PlacedGraph:
        """The graph with matrices below or beside each other, whichever makes it larger."""
        room = self.page.room
        settings: Any = {
            "engine": engine,
            "room": Room(room.width, room.height - NAMES, NUMBER, LARGEST),
            "words": self._owners(),
        }

        def placed(digits: int, beside: Sequence[str]) -> PlacedGraph:
            figures = partial(PairFigures, beside=beside)
            graph, story = self.story.walk.union.graph, self.story
            return place(graph, story, digits=digits, figures=figures, **settings)

        digits = self.story.digits
        best = placed(digits, ())
        for fewer, beside in product((digits, min(digits, FEWER)), WAYS):
            if best.points >= LEGIBLE:
                break
            best = max(best, placed(fewer, beside), key=lambda found: found.points)
        return best

    def _owners(self) -> Notes:
        """Below each op that only one run has the name of that run."""
        found = {}
        for k, pair in enumerate(self.story.walk.union.nodes):
            if None in pair and not self.story.walk.union.graph.nodes[k].is_leaf:
                name = self.story.walk.names[0 if pair[1] is None else 1]
                found[k] = tuple(wrapped(name, SMALL, WIDTH))
        return found

    @property
    def notes(self) -> list[str]:
        """Notes to the user: another layout engine was used, or the numbers are small."""
        small = self.page.note(*self._measures, REMEDY)
        return [*self._placed.notes, *([small] if small else [])]

    @property
    def _measures(self) -> tuple[float, float, float]:
        """The width and height of the figure, and the size of its numbers."""
        width = max(self._placed.width, self._names_width)
        return width, self._placed.height + self._above, NUMBER

    @property
    def _above(self) -> float:
        """The height of the line of names above the graph, if there is one."""
        return NAMES if self._free is None else 0.0

    @cached_property
    def _free(self) -> Point | None:
        """A corner of the graph where the names of the runs meet nothing; None if there is none."""
        placed, width, names = self._placed, self._placed.width, self._names_width
        taken = [placed.card(node).grown(NEAR) for node in placed.drawn]
        taken += [placed.card(tag).grown(NEAR) for tag in placed.tags.values()]
        taken += [box for wire in placed.wires.values() for box in _pieces(wire)]
        corners = [(x, y) for y in (0.0, placed.height - NAMES) for x in (0.0, width - names)]
        for x, y in corners if names < width else ():
            if not any(Box(x, y, names, NAMES).meets(box) for box in taken):
                return Point(x, y)
        return None

    @cached_property
    def _names_width(self) -> float:
        return sum(wide(name, LETTERS) + 18 for name in self.story.walk.names) + PARTED

    @cached_property
    def _corner(self) -> Point:
        return self.page.corner(*self._measures)

    @cached_property
    def centred(self) -> PlacedGraph:
        """The laid-out graph where it stands in every frame."""
        width, *_ = self._measures
        x = self._corner.x + (width - self._placed.width) / 2
        return self._placed.at(x, self._corner.y + self._above)

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        items = (*self._names(), *PairDrawing(self.centred, frame).items())  # type: ignore[arg-type]
        about = self._title(frame), self._description(frame)
        return self.page.scene(Figure(*self._measures, *about, items, self._placed.engine), frame)

    def _names(self) -> list[Item]:
        """What the marks stand for, above the graph or in a corner of it."""
        free = self._free or Point(0.0, 0.0)
        x, y = self._corner.x + free.x, self._corner.y + free.y + text.cap_height(LETTERS) + 3
        items: list[Item] = []
        for side, name in enumerate(self.story.walk.names):
            at = Point(x + MARK + 1, y - text.cap_height(LETTERS) / 2)
            items.append(mark(f"side-{side}-mark", side + 1, at, MARK + 1))
            role = f"name {series(side + 1)}"
            items.append(Text(f"side-{side}", role, x + 16, y, name, LETTERS, "semibold", "start"))
            x += wide(name, LETTERS) + 18 + PARTED
        return items

    def _title(self, frame: PairFrame) -> str:
        step = f"{frame.heading.lower()}, {frame.progress}" if frame.number else say("the inputs")
        return say(
            "{names} compared: {step}",
            names=listed(self.story.walk.names),
            step=frame.heading.lower() if frame.moment else step,
        )

    def _description(self, frame: PairFrame) -> str:
        """The step's sentence, then what is known of every node in both runs."""
        labels = self.story.labels
        nodes = [self._told(frame, node) for node in labels][:MOST_NODES]
        more = len(labels) - len(nodes)
        body = "; ".join(
            [*nodes, *([say("and {count} more nodes", count=more)] if more > 0 else [])]
        )
        lead = f"{frame.sentence} {frame.note}".strip()
        names = listed(self.story.walk.names)
        told = say("A graph with the numbers of {names}: {nodes}.", names=names, nodes=body)
        return f"{lead} {told}"

    def _told(self, frame: PairFrame, node: int) -> str:
        state = frame.node(node)
        known = []
        if state.state != "unknown":
            known.append(say("value {value}", value=self._both(state.value)))
        if state.gradient is not None:
            known.append(say("gradient {gradient}", gradient=self._both(state.gradient)))
        return f"{self.story.labels[node]}: {', '.join(known) or say('not yet computed')}"

    def _both(self, values: tuple[object, object]) -> str:
        said = [
            None if value is None else briefly(own.trace.xp, value, "alt", self.story.digits)
            for own, value in zip(self.story.stories, values, strict=True)
        ]
        if None in said:
            return next(text for text in said if text is not None)
        return said[0] if said[0] == said[1] else " / ".join(map(str, said))  # type: ignore[return-value]


PICTURES: Final = PairPictures


def _pieces(wire: Curve) -> list[Box]:
    """The boxes of the pieces of a curve."""
    found = []
    for k in range(0, len(wire) - 1, 3):
        xs, ys = zip(*wire[k : k + 4], strict=True)
        left, top = min(xs), min(ys)
        found.append(Box(left, top, max(xs) - left, max(ys) - top).grown(NEAR))
    return found
