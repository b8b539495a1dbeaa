"""The pictures of a story: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any, ClassVar, Final, Literal

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.graph.graph import INPUT, Graph, labels
from gradviz.graph.window import Window
from gradviz.layout.rows import Room
from gradviz.ops.op import say_shape
from gradviz.scene.blocks import NUMBER
from gradviz.scene.describe import description, title
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.hidden import Asked, Curtain, Hidden, Shown, hidden, known_before, moment_of
from gradviz.scene.images import can_be_image
from gradviz.scene.model import Item, Scene
from gradviz.scene.page import LARGEST, Figure, Page
from gradviz.scene.views.graph.draw import GraphDrawing
from gradviz.scene.views.graph.gates import Constants
from gradviz.scene.views.graph.joint import JointFigures
from gradviz.scene.views.graph.magnitudes import Magnitudes
from gradviz.scene.views.graph.notes import notes
from gradviz.scene.views.graph.place import PlacedGraph, place
from gradviz.scene.views.graph.spotlight import lit as lit_items
from gradviz.scene.views.graph.spotlight import spot
from gradviz.story.frame import Frame, Story
from gradviz.story.languages import pattern, say
from gradviz.story.moments import Moment
from gradviz.story.paths import told
from gradviz.trace.paths import BETWEEN
from gradviz.trace.paths import paths as between

NONE: Final[Hidden] = frozenset()
FOLD_OR_SPLIT: Final = pattern(
    "fold scopes with --depth 1, draw a window of it with --around NODE, or a poster with --slide"
    " none"
)
SPLIT: Final = pattern("draw a window of it with --around NODE, or a poster with --slide none")
NARROW: Final = pattern("draw a smaller window with --hops 1, or a poster with --slide none")


class Pictures:
    """Scenes of one story, in which nothing moves from step to step.

    framing what stands around the graph, see `gradviz.scene.page`.
    engine  the layout engine, see `gradviz.layout.engines`.
    images  names of inputs that are drawn as images, besides those that `gradviz.scene.images`
            finds.
    edges   plain, or magnitude: wires are the thicker the greater the norm of what they bring back.
    constants  in the gates of their ops, or apart, on cards of their own.

    hide    numbers to leave out, see `gradviz.scene.hidden`.

    answers whether every frame has its numbers, but for one that is `Asked`.

    spotlight  nodes, or paths as `x..f`, all but which step back; others are not asked for.

    paths   the ends of paths that are lit, see `gradviz.trace.paths`; told at the end of the run.

    window  the part of the graph that is drawn; all of it by default.

    note    words below nodes, as `a=the gate`; see `gradviz.scene.views.graph.notes`.

    others  stories of further runs of the same graph, which have room in the same places: `of`
            gives the pictures of each.

    digits  of the numbers on cards at most; by default as many as the story has.

    Raises TooLargeError or LayoutError where the graph cannot be placed, and ValueInputError for a
    name that no shipped font can write, for an image that is none, and for exact numbers by
    magnitude. Raises UnknownNameError for a number to hide that does not exist.
    """

    options: ClassVar = (
        "engine",
        "images",
        "edges",
        "constants",
        "hide",
        "answers",
        "spotlight",
        "paths",
        "window",
        "note",
    )

    def __init__(
        self,
        subject: Story | Graph,
        framing: Framing = SLIDE,
        *,
        engine: str = "auto",
        digits: int | None = None,
        images: Sequence[str] = (),
        edges: Literal["plain", "magnitude"] = "plain",
        constants: Constants = "gates",
        hide: Sequence[str] = (),
        answers: bool = False,
        spotlight: Sequence[str] = (),
        paths: str | None = None,
        window: Window | None = None,
        note: Sequence[str] = (),
        others: Sequence[Story] = (),
    ) -> None:
        self.story = subject if isinstance(subject, Story) else None
        self.graph = subject.trace.graph if isinstance(subject, Story) else subject
        weighed = self.story if edges == "magnitude" else None
        self._magnitudes = Magnitudes(weighed.trace) if weighed else None
        self._digits = digits or (self.story.rules.digits if self.story else DIGITS)
        names = self.story.labels if self.story else labels(self.graph)
        if self.story:
            hidden(self.graph, names, hide)  # slips are told before anything is laid out
        self._hide, self._answers, self._spotlight = hide, answers, spotlight
        trace = self.story.trace if self.story else None
        self._spot = spot(names, spotlight, trace) if spotlight else None
        self._ends = paths
        self._paths = between(self.story.trace, paths) if self.story and paths is not None else None
        self.page = Page(self.story, framing, aside=window.words if window else "")
        self._settings: Any = {
            "engine": engine,
            "digits": self._digits,
            "constants": constants,
            "window": window,
        }
        self._note = note
        words = notes(names, (text.partition("=")[::2] for text in note))
        room = Room(self.page.room.width, self.page.room.height, NUMBER, LARGEST)
        found = _images(self.graph, images) if self.story else set()
        if others:
            self._settings["figures"] = lambda story, *given: JointFigures([story, *others], *given)
        self._placed = place(
            self.graph, self.story, images=found, room=room, words=words, **self._settings
        )

    def of(self, story: Story) -> Pictures:
        """The pictures of one of several stories, in the places of all."""
        found = copy(self)
        vars(found).pop("centred", None)
        found.story, found._placed = story, copy(self._placed)
        assert isinstance(self._placed.figures, JointFigures)
        found._placed.figures = self._placed.figures.own(story)
        found.page = Page(story, self.page.framing, aside=self.page.asked)
        found._magnitudes = Magnitudes(story.trace) if self._magnitudes else None
        found._paths = between(story.trace, self._ends) if self._ends is not None else None
        return found

    @classmethod
    def of_graph(
        cls,
        graph: Graph,
        framing: Framing = SLIDE,
        *,
        engine: str = "auto",
        digits: int = DIGITS,
        constants: Constants = "gates",
        spotlight: Sequence[str] = (),
        window: Window | None = None,
        note: Sequence[str] = (),
    ) -> Pictures:
        """The picture of a graph without values: names, gates and constants; only `bare` can be
        asked for.
        """
        return cls(
            graph,
            framing,
            engine=engine,
            digits=digits,
            constants=constants,
            spotlight=spotlight,
            window=window,
            note=note,
        )

    @property
    def digits(self) -> int:
        """The digits of the numbers on cards: fewer than asked for where that is what it takes."""
        figures = self._placed.figures
        return self._digits if figures is None else figures.digits

    @property
    def notes(self) -> list[str]:
        """Notes to the user: another layout engine was used, or the numbers are small."""
        scopes = any(node.scope for node in self.graph.nodes)
        help_ = FOLD_OR_SPLIT if scopes else SPLIT
        small = self.page.note(*self._measures, NARROW if self._placed.window else help_)
        thick = [self._magnitudes.note] if self._magnitudes else []
        return [*self._placed.notes, *thick, *([small] if small else [])]

    def scene(self, k: Shown) -> Scene:
        """The picture after k steps, or at a moment, or with a question; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        if self.story is None:
            raise ValueInputError(
                "a graph without values has no steps", hint="give its inputs values"
            )
        along = self._paths.edges if self._paths else ()
        assert self._curtain is not None
        frame = told(self.story, self._paths) if self._paths else self.story.frame(moment_of(k))
        frame, without = self._curtain.told(frame, k), self._curtain.without(k)
        frame = self._magnitudes.said(frame) if self._magnitudes else frame
        seen = known_before(k)
        drawing = GraphDrawing(self.centred, frame, self._magnitudes, without, along, seen)
        return self._scene(drawing.items(), frame, without)

    def asks(self, k: int | Moment, before: int | Moment | None) -> bool:
        """Whether a frame shows numbers to ask for that the one before did not."""
        return self._curtain is not None and bool(self._curtain.without(Asked(k, before)))

    @cached_property
    def _curtain(self) -> Curtain | None:
        """What hides numbers, of those that stand in the picture; what is asked is in the light."""
        asked = self._stand
        if self._answers and self._spot is not None:
            asked &= self._spot
        return Curtain(self.story, self._hide, self._answers, asked) if self.story else None

    @cached_property
    def _stand(self) -> frozenset[int]:
        """The nodes that stand in the picture."""
        return frozenset((*self._placed.axes, *self._placed.strip.entries))

    def bare(self) -> Scene:
        """The graph without values."""
        if self.story is not None:
            lit = [word for word in self._spotlight if BETWEEN not in word]
            framing, note = self.page.framing, self._note
            return Pictures(self.graph, framing, spotlight=lit, note=note, **self._settings).bare()
        return self._scene(GraphDrawing(self.centred, None).items(), None)

    def _scene(self, items: Sequence[Item], frame: Frame | None, without: Hidden = NONE) -> Scene:
        alt = description(self.graph, self._placed.labels, frame, without, self._placed.window)
        said = [f"{self._placed.labels[i]}: {' '.join(w)}" for i, w in self._placed.words.items()]
        alt += f" Notes: {'; '.join(said)}." if said else ""
        if self._spot is not None:
            items = list(lit_items(items, self._placed, self._spot))
            names = self._placed.labels
            named = (names[i] for i in sorted(self._spot & self._stand) if i in names)
            alt += " " + say("In the spotlight: {names}.", names=", ".join(named))
        about = title(self.graph, frame), alt
        figure = Figure(*self._measures, *about, tuple(items), self._placed.engine)
        return self.page.scene(figure, frame)

    @property
    def _measures(self) -> tuple[float, float, float]:
        """The width and height of the graph, and the size of its numbers."""
        return self._placed.width, self._placed.height, NUMBER

    @cached_property
    def centred(self) -> PlacedGraph:
        """The laid-out graph where it stands in every frame."""
        return self._placed.at(*self.page.corner(*self._measures))


PICTURES: Final = Pictures


def _images(graph: Graph, names: Sequence[str]) -> set[int]:
    """The inputs of these names.

    Raises UnknownNameError, and ValueInputError for an input that cannot be an image.
    """
    found = set()
    for name in names:
        node = graph.nodes[graph.find(name)]
        if node.op != INPUT or not can_be_image(node.shape or ()):
            raise ValueInputError(
                f"{name} cannot be drawn as an image",
                expected="an input of the shape H×W, 1×H×W or 3×H×W, or of H·H pixels",
                got=(
                    f"the shape {say_shape(node.shape or ())}"
                    if node.op == INPUT
                    else f"the result of {node.op}"
                ),
            )
        found.add(node.id)
    return found
