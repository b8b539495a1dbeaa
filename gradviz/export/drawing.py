"""A drawing, prepared once for all its files and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from gradviz.arrays.digits import writing
from gradviz.errors import ValueInputError
from gradviz.export.classes import called
from gradviz.export.look import AUTO, USUAL, Look
from gradviz.export.renaming import rename
from gradviz.export.windows import Windows
from gradviz.graph.graph import Graph, labels
from gradviz.graph.window import Window
from gradviz.layout.cards import TooLargeError
from gradviz.progress import each
from gradviz.scene.hidden import Asked, Curtain, Shown, moment_of
from gradviz.scene.themes import FOLLOWING, Theme, theme
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.story.own import in_own_words
from gradviz.story.walks import WalkFrame, WalkStory
from gradviz.trace import Trace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk

if TYPE_CHECKING:
    from gradviz.scene.framing import Framing
    from gradviz.scene.model import Scene
    from gradviz.scene.views import Deck
    from gradviz.scene.views.graph.pictures import Pictures
    from gradviz.scene.views.graph.spotlight import Spot

Subject = Walk | Graph
"""The subject of a drawing: a walk (a run, or an op cell by cell) or a graph without values."""


Listing = Callable[[Trace], str]
"""Writes a run as a program in the language of a format. Raises GradvizError for one that cannot be
written.
"""


class Told(NamedTuple):
    """A scene, and its frame as it is told: without words that give away what is hidden. None for a
    graph without values.
    """

    scene: Scene
    frame: WalkFrame | None


class Drawing:
    """A walk, or a graph without values, and how it looks.

    The layout is made once, for the first picture. `listing` writes a run as a program, for formats
    that compute. Raises what `gradviz.export.renaming.rename`
    and `gradviz.export.classes.called` raise.
    """

    def __init__(
        self,
        subject: Subject,
        look: Look = USUAL,
        window: Windows | None = None,
        listing: Listing | None = None,
    ) -> None:
        self._asked = look
        named = called(rename(subject, look.names), look.classes)
        self.look, self.window, self.listing = look.in_new_names, window, listing
        if isinstance(named, PanelWalk):
            named = named.discreet(self.look.hide)
        self.graph, self.walk = parts(named)
        self._laid_out: Deck | Pictures | None = None
        self._said: list[str] = []
        self._check_sayings()

    def _check_sayings(self) -> None:
        """Raise ValueInputError for words to a step that there is not."""
        for k in self.look.sayings:
            if self.walk is None or (isinstance(k, int) and k > self.total):
                raise ValueInputError(
                    f"there is no step {k} to say anything at",
                    expected=f"a step from 0 (the inputs only) to {self.total}"
                    if self.walk is not None
                    else "a value for every input",
                    got=f"say {k}={self.look.sayings[k]:.40}",
                )

    def like(self, subject: Subject) -> Drawing:
        """A drawing of something else that looks the same. Raises what drawings raise."""
        return Drawing(subject, self._asked)

    @property
    def total(self) -> int:
        """The number of steps; 0 without values."""
        return 0 if self.walk is None else len(self.walk)

    @property
    def title(self) -> str:
        """The title of a document: the expression, on one line, or those of both walks, and what
        is stepped into.
        """
        both = self.walk.source if isinstance(self.walk, PanelWalk) else ""
        source = both or self.graph.title or "a graph built in Python"
        inside = "" if self.walk is None else self.story.title
        return f"{source}: {inside}" if inside else source

    @cached_property
    def story(self) -> WalkStory:
        """The story of the walk, with the user's own words."""
        assert self.walk is not None
        return in_own_words(walks.of(self.walk, self.look.digits), self.look.sayings)

    @cached_property
    def theme(self) -> Theme:
        """The colours. Raises UnknownNameError for a theme that does not exist."""
        found = FOLLOWING if self.look.theme == AUTO else theme(self.look.theme)
        return replace(found, transparent=True) if self.look.transparent else found

    @cached_property
    def deck(self) -> Deck:
        """The layout of all frames.

        Raises LayoutError, with a hint about what to do with a large graph.
        """
        return self.framed(self.look.framing)

    def framed(self, framing: Framing, window: Window | None = None) -> Deck:
        """The layout of all frames with something else around them, or in another window. Raises
        what `deck` raises.
        """
        from gradviz.scene import views

        settings = vars(self.look) | {"window": window or self.window}
        with _advice():
            self._laid_out = views.pictures(self.story, framing, settings)
        return self._laid_out

    @cached_property
    def bare(self) -> Pictures:
        """The layout of a graph without values. Raises what `deck` raises."""
        from gradviz.scene.views.graph.pictures import Pictures

        look, window = self.look, self.window
        assert window is None or isinstance(window, Window)
        with _advice():
            self._laid_out = Pictures.of_graph(
                self.graph,
                look.framing,
                engine=look.engine,
                digits=look.digits,
                constants=look.constants,
                spotlight=tuple(look.spotlight),
                window=window,
                note=tuple(look.note),
            )
        return self._laid_out

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the pictures, if any were laid out."""
        laid_out = self._laid_out.notes if self._laid_out is not None else ()
        return (*laid_out, *self._said)

    def say(self, note: str) -> None:
        """Add a note to the user."""
        self._said.append(note)

    def turns(self, frames: Sequence[Any], *, laid_out: bool = True) -> Sequence[Any]:
        """The frames to show: with answers, one that has a hidden number which was not shown before
        is first asked, then answered.

        laid_out  whether the format draws the layout, where not every node may stand.

        Raises ValueInputError where nothing is asked.
        """
        if not self.look.answers or self.walk is None:
            return frames
        asks = self.deck.asks if laid_out else self._asks  # type: ignore[attr-defined]
        found: list[Any] = []
        for before, k in zip([None, *frames], frames, strict=False):
            is_asked = asks(k, before)
            found += [Asked(k, before), Asked(k, before, True)] if is_asked else [k]
        if len(found) == len(frames):
            raise ValueInputError(
                "there is nothing to answer: no frame shows a number that is hidden",
                expected="a hidden number, and a step at which it is known",
                got=f"hide {', '.join(self.look.hide):.60}",
            )
        return found

    def _asks(self, k: Any, before: Any) -> bool:
        """Whether a frame of a graph has a hidden number that was not shown before."""
        return bool(self.curtain.without(Asked(k, before)))

    @property
    def curtain(self) -> Curtain:
        """What hides numbers of a graph, wherever they stand; what is asked is in the light."""
        assert isinstance(self.story, Story)
        asked = self.spot if self.look.answers else None
        return Curtain(self.story, self.look.hide, self.look.answers, asked)

    @property
    def spot(self) -> Spot | None:
        """The nodes of a graph that are in the light; None where all are."""
        from gradviz.scene.views.graph.spotlight import spot

        trace = self.walk if isinstance(self.walk, Trace) else None
        names, words = labels(self.graph), self.look.spotlight
        return spot(names, words, trace) if words else None

    def shown(self, frames: Sequence[Shown]) -> list[Told]:
        """The scene of each frame, and what is told with it; or the bare graph if there are
        none.
        """
        if self.walk is None:
            return [Told(self.bare.bare(), None)]
        deck = self.deck
        if len(frames) > 1:
            deck.page.foresee(self.story.frame(moment_of(k)) for k in frames)
        return [Told(deck.scene(k), deck.page.told) for k in each("pictures drawn", frames)]

    def scenes(self, frames: Sequence[Shown]) -> list[Scene]:
        """The scene of each frame, or of the bare graph if there are none."""
        return [told.scene for told in self.shown(frames)]

    def alike(self, frames: Sequence[Any]) -> list[Scene]:
        """The same, all as large as the largest, for pictures that take turns in one place."""
        return alike(self.scenes(frames))


def alike(scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes, all as large as the largest."""
    width, height = (max(getattr(s, side) for s in scenes) for side in ("width", "height"))
    zoom = min(scene.zoom for scene in scenes)
    return [replace(scene, width=width, height=height, zoom=zoom) for scene in scenes]


@contextmanager
def _advice() -> Iterator[None]:
    """Add a hint about what to do with a graph that is too large."""
    try:
        yield
    except TooLargeError as error:
        error.hint = (
            "fold scopes with --depth 1, draw a part of the graph, or write a .dot or .txt"
            " file, which has no limit"
        )
        raise


def parts(subject: Subject) -> tuple[Graph, Walk | None]:
    """The graph to draw, and the walk through it, if it was run."""
    return (subject, None) if isinstance(subject, Graph) else (subject.trace.graph, subject)


def written(subject: Subject, look: Look) -> AbstractContextManager[None]:
    """Write numbers as a look has them while a drawing is made."""
    walk = parts(subject)[1]
    return writing(look.numbers, "float64" if walk is None else walk.trace.dtype)


def sample(subject: Subject, look: Look) -> str:
    """The texts of a drawing that are its user's own."""
    graph, _ = parts(subject)
    names = (node.name for node in graph.nodes if node.name)
    own = (look.caption or "", *look.sayings.values(), *look.names.values())
    return "\n".join([subject.source or "", *own, *names])
