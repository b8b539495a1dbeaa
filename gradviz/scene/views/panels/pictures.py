"""The pictures of two walks side by side: each laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from gradviz.graph.graph import Graph, labels
from gradviz.layout import text
from gradviz.scene import views
from gradviz.scene.blocks import wide
from gradviz.scene.foot import Foot
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.hidden import KINDS
from gradviz.scene.model import Item, Path, Scene, Text, enlarged, shifted
from gradviz.scene.page import ASIDE, Figure, Page
from gradviz.scene.shapes import straight
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story, retold
from gradviz.story.languages import listed, say
from gradviz.story.moments import Moment
from gradviz.story.own import is_own
from gradviz.story.walks import WalkFrame
from gradviz.story.walks.panels import PanelFrame, PanelStory
from gradviz.trace.panels import KEYS

TITLE: Final = 15.0
"""The size of the name of a panel."""
ABOVE: Final = 30.0
"""From the top of a panel to its figure: the room of its name."""
GUTTER: Final = 36.0
"""Between two panels."""
ROWS: Final = 1.1
"""Panels stand below each other where that makes their numbers this much larger."""
REMEDY: Final = "draw smaller graphs, or a slide for each"


class PanelPage(Page):
    """The pages of two walks: each panel has a foot of its own; `rows` says whether they stand
    below each other.
    """

    rows = False

    def foot(
        self, frame: WalkFrame | None, left: float, right: float, top: float
    ) -> Iterator[Item]:
        """The feet of both walks, beside each other; of a walk that waits nothing is said."""
        apart = isinstance(frame, PanelFrame) and not frame.says_the_same and not is_own(frame)
        if self.framing.caption or not apart:
            yield from super().foot(frame, left, right, top)
            return
        middle = (left + right) / 2
        spans = ((left, middle - GUTTER / 2), (middle + GUTTER / 2, right))
        said = "sentence" in self.parts, "formula" in self.parts
        if any(said):
            yield Path("footer-line", "line", straight(left, top, right, top), 1.0)
        assert isinstance(frame, PanelFrame)
        for key, name, told, span in zip(KEYS, frame.story.names, frame.feet, spans, strict=True):
            if told is not None:
                named = retold(told, sentence=f"{name}: {told.sentence}") if self.rows else told
                foot = Foot(*span, *said, names=self.names)
                items = foot.items(named, top)
                yield from (_keyed(i, key) for i in items if i.id != "footer-line")


@dataclass(frozen=True, slots=True)
class Arranged:
    """The pictures of both walks in panels of one shape.

    rows    whether they stand below each other.
    decks   those of each walk.
    points  the size of the numbers of both: that of the smaller ones.
    sizes   the width and height of each figure at that size.
    """

    rows: bool
    decks: tuple[views.Deck, views.Deck]
    points: float
    sizes: tuple[tuple[float, float], tuple[float, float]]


class PanelPictures:
    """Scenes of two walks, in which nothing moves from step to step, at one size of numbers.

    Runs of one graph are laid out alike. Beside its forward pass the backward pass of a run has its
    gradients in colour; the values that they are computed with step back. The options are those of
    the view of each walk; names that only one of the graphs has are that one's.
    """

    options: ClassVar = (
        "engine", "images", "edges", "constants", "hide", "paths", "window", "note",
    )  # fmt: skip
    moments: ClassVar = True

    def __init__(self, story: PanelStory, framing: Framing = SLIDE, **options: Any) -> None:
        self.story, self.page, self._options = story, PanelPage(story, framing, legends=()), options
        self._arrangement = self._better()
        asides = dict.fromkeys(filter(None, (d.page.asked for d in self._arrangement.decks)))
        if asides:
            both = "; ".join(asides)
            said = both if wide(both, ASIDE) <= self.page.room.width else next(iter(asides))
            self.page = PanelPage(story, framing, legends=(), aside=said)
            self._arrangement = self._better()
        self.page.rows = self._arrangement.rows

    def _better(self) -> Arranged:
        """Panels beside each other, or below each other where that makes numbers larger."""
        columns, rows = self._arranged(rows=False), self._arranged(rows=True)
        return rows if rows.points > ROWS * columns.points else columns

    def _arranged(self, *, rows: bool) -> Arranged:
        """Both walks laid out in panels beside or below each other."""
        room = self.page.room
        if rows:
            size = room.width, (room.height - GUTTER) / 2 - ABOVE
        else:
            size = (room.width - GUTTER) / 2, room.height - ABOVE
        framing = Framing("none", frozenset(), room=size, panel=True)
        decks = self._decks(framing)
        drawn = [_drawn(deck) for deck in decks]
        points = min(number for measures in drawn for *_, number in measures)
        first, second = (_largest(measures, points) for measures in drawn)
        return Arranged(rows, decks, points, (first, second))

    def _decks(self, framing: Framing) -> tuple[views.Deck, views.Deck]:
        first, second = self.story.stories
        given = _shared(self._options, [story.walk.trace.graph for story in (first, second)])
        if second is first:
            deck = views.pictures(first, framing, given[0])
            return deck, deck
        if not isinstance(first, Story) or not isinstance(second, Story):
            drawn = views.pictures(first, framing, given[0])
            return drawn, views.pictures(second, framing, given[1])
        if _alike(first, second):
            both = Pictures(first, framing, others=[second], **_own(given[0]))
            return both.of(first), both.of(second)
        one, other = (
            Pictures(story, framing, **_own(options))
            for story, options in zip((first, second), given, strict=True)
        )
        if one.digits > other.digits:
            one = Pictures(first, framing, digits=other.digits, **_own(given[0]))
        elif other.digits > one.digits:
            other = Pictures(second, framing, digits=one.digits, **_own(given[1]))
        return one, other

    @property
    def notes(self) -> list[str]:
        """Notes to the user: those of the layouts, and that the numbers are small."""
        found = [note for deck in self._arrangement.decks for note in deck.notes]
        small = self.page.note(*self._figure_size, REMEDY)
        return list(dict.fromkeys([*found, *([small] if small else [])]))

    @property
    def _widths(self) -> tuple[float, float]:
        """The width of each panel: that of its figure, or of a name that is longer."""
        (first, _), (second, _) = self._arrangement.sizes
        most = max(first, second, self.page.room.width / 3)
        one, other = (min(wide(name, TITLE), most) for name in self.story.names)
        return max(first, one), max(second, other)

    @property
    def _figure_size(self) -> tuple[float, float, float]:
        """The width and height of both panels together, and the size of their numbers."""
        (_, first), (_, second) = self._arrangement.sizes
        one, other = self._widths
        if self._arrangement.rows:
            width, height = max(one, other), first + second + 2 * ABOVE + GUTTER
        else:
            width, height = one + other + GUTTER, max(first, second) + ABOVE
        return width, height, self._arrangement.points

    def scene(self, k: int | Moment) -> Scene:
        """The picture after k steps, or at a moment; 0 shows the state before the first.

        Raises ValueInputError beyond the end.
        """
        frame = self.story.frame(k)
        scenes, told = list[Scene](), list[WalkFrame]()
        for deck, shown in zip(self._arrangement.decks, frame.shown, strict=True):
            scene = deck.scene(shown)
            factor = self._arrangement.points / deck.page.measures[2]
            items = scene.items
            if factor != 1:
                items = tuple(enlarged(item, factor) for item in items)
            width, height = scene.width * factor, scene.height * factor
            scenes.append(replace(scene, items=items, width=width, height=height))
            told.append(deck.page.told or frame)
        frame = retold(frame, frames=tuple(told))
        corner = self.page.corner(*self._figure_size)
        drawn = [*self._divided(), *self._panels(frame, scenes)]
        figure = Figure(
            *self._figure_size,
            title=self._title(frame),
            description=self._description(frame, scenes),
            items=tuple(shifted(item, *corner) for item in drawn),
            engine=", ".join(dict.fromkeys(filter(None, (scene.engine for scene in scenes)))),
        )
        return self.page.scene(figure, frame)

    def _divided(self) -> list[Item]:
        """The line between the panels."""
        width, height, _ = self._figure_size
        if self._arrangement.rows:
            y = ABOVE + self._arrangement.sizes[0][1] + GUTTER / 2
            line = straight(0.0, y, width, y)
        else:
            x = self._widths[0] + GUTTER / 2
            line = straight(x, 0.0, x, height)
        return [Path("panels-line", "line", line, 1.0)]

    def _panels(self, frame: PanelFrame, scenes: Sequence[Scene]) -> Iterator[Item]:
        """The name and the figure of each walk."""
        width, height, _ = self._figure_size
        left = top = 0.0
        for side, (key, name) in enumerate(zip(KEYS, self.story.names, strict=True)):
            own, (across, down) = self._widths[side], self._arrangement.sizes[side]
            own = width if self._arrangement.rows else own
            said = text.fit(name, TITLE, "semibold", own)
            y = top + TITLE
            yield Text(f"{key}-name", "ink", left + own / 2, y, said, TITLE, "semibold")
            free = 0.0 if self._arrangement.rows else (height - ABOVE - down) / 2
            place = left + (own - across) / 2, top + ABOVE + free
            yield from self._figure(side, scenes[side], place)
            if self._arrangement.rows:
                top += ABOVE + down + GUTTER
            else:
                left += own + GUTTER

    def _figure(self, side: int, scene: Scene, place: tuple[float, float]) -> Iterator[Item]:
        """The figure of a walk with its top left corner at a place."""
        across, down = self._arrangement.sizes[side]
        x, y = place[0] - (scene.width - across) / 2, place[1] - (scene.height - down) / 2
        for item in scene.items:
            if side and self.story.walk.passes and item.role == "value":
                item = replace(item, role="muted")
            yield _keyed(shifted(item, x, y), KEYS[side])

    def _title(self, frame: PanelFrame) -> str:
        heading = frame.heading.lower()
        step = f"{heading}, {frame.progress}" if frame.number else say("the inputs")
        step = heading if frame.moment else step
        return say("{names} side by side: {step}", names=listed(self.story.names), step=step)

    def _description(self, frame: PanelFrame, scenes: Sequence[Scene]) -> str:
        """What is seen in each panel."""
        both = zip(self.story.names, scenes, strict=True)
        return " ".join(f"{name}: {scene.description}" for name, scene in both)


PICTURES: Final = PanelPictures


def _drawn(deck: Any) -> list[tuple[float, float, float]]:
    """The width and height of a figure, and the size of its numbers: for each pass where these
    differ.
    """
    if not hasattr(deck, "passes"):
        deck.scene(0)
        return [deck.page.measures]
    found = []
    for measures in deck.passes:
        scale = deck.page.scale(*measures)
        width, height, number = (length * scale for length in measures)
        found.append((width, height, number))
    return found


def _largest(measures: Sequence[tuple[float, float, float]], points: float) -> tuple[float, float]:
    """The width and height that figures take with numbers of this size."""
    widths, heights = zip(*((w * points / n, h * points / n) for w, h, n in measures), strict=True)
    return max(widths), max(heights)


def _keyed(item: Item, key: str) -> Item:
    return replace(item, id=f"{key}-{item.id}")


def _own(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of pictures of graphs."""
    return {name: options[name] for name in Pictures.options if name in options}


def _alike(first: Story, second: Story) -> bool:
    """Whether two runs are of one graph, with arrays of the same shapes."""
    one, other = first.trace.graph, second.trace.graph
    return one is other or [*map(_about, one.nodes)] == [*map(_about, other.nodes)]


def _about(node: Any) -> tuple[Any, ...]:
    return node.op, node.inputs, node.options, node.name, node.shape, node.scope


def _shared(options: Mapping[str, Any], graphs: Sequence[Graph]) -> list[dict[str, Any]]:
    """The options for the view of each graph: its own window, and of words about nodes those whose
    nodes it has; what neither has is left to the first, which refuses it.
    """
    known = [{*labels(graph).values(), *KINDS} for graph in graphs]

    def has(side: int, word: str, sign: str, count: int = 1) -> bool:
        named = {part.strip() for part in word.split(sign)[:count]}
        return named <= known[side] or (side == 0 and not named <= known[1])

    def own(side: int, keep: Callable[[str], bool], name: str) -> list[str]:
        return [word for word in options.get(name) or () if keep(word)]

    found = []
    for side in range(len(graphs)):
        given = dict(options)
        given["hide"] = own(side, lambda word, s=side: has(s, word, ":"), "hide")  # type: ignore[misc]
        given["note"] = own(side, lambda word, s=side: has(s, word, "="), "note")  # type: ignore[misc]
        given["images"] = own(side, lambda word, s=side: has(s, word, "\0"), "images")  # type: ignore[misc]
        window = options.get("window")
        given["window"] = window[side] if window else None
        ends = options.get("paths")
        given["paths"] = ends if ends and has(side, ends, "..", 10**6) else None
        found.append(given)
    return found
