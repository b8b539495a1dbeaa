"""A drawing, prepared once for all its files and frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gradviz.export.classes import called
from gradviz.export.look import AUTO, USUAL, Look
from gradviz.export.renaming import rename
from gradviz.graph.graph import Graph
from gradviz.graph.window import Window
from gradviz.layout.cards import TooLargeError
from gradviz.progress import each
from gradviz.scene.themes import FOLLOWING, Theme, theme
from gradviz.story import walks
from gradviz.story.walks import WalkStory
from gradviz.trace import Trace
from gradviz.trace.walks import Walk

if TYPE_CHECKING:
    from gradviz.scene.framing import Framing
    from gradviz.scene.model import Scene
    from gradviz.scene.views import Deck
    from gradviz.scene.views.graph.pictures import Pictures

Subject = Walk | Graph
"""The subject of a drawing: a walk (a run, or an op cell by cell) or a graph without values."""


Listing = Callable[[Trace], str]
"""Writes a run as a program in the language of a format. Raises GradvizError for one that cannot be
written.
"""


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
        window: Window | None = None,
        listing: Listing | None = None,
    ) -> None:
        self._asked = look
        named = called(rename(subject, look.names), look.classes)
        self.graph, self.walk = parts(named)
        self.look, self.window, self.listing = look.in_new_names, window, listing
        self._laid_out: Deck | Pictures | None = None
        self._said: list[str] = []

    def like(self, subject: Subject) -> Drawing:
        """A drawing of something else that looks the same. Raises what drawings raise."""
        return Drawing(subject, self._asked)

    @property
    def total(self) -> int:
        """The number of steps; 0 without values."""
        return 0 if self.walk is None else len(self.walk)

    @property
    def title(self) -> str:
        """The title of a document: the expression, on one line, and what is stepped into."""
        source = self.graph.title or "a graph built in Python"
        inside = "" if self.walk is None else self.story.title
        return f"{source}: {inside}" if inside else source

    @cached_property
    def story(self) -> WalkStory:
        """The story of the walk."""
        assert self.walk is not None
        return walks.of(self.walk, self.look.digits)

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

        look = self.look
        with _advice():
            self._laid_out = Pictures.of_graph(
                self.graph,
                look.framing,
                engine=look.engine,
                digits=look.digits,
                constants=look.constants,
                window=self.window,
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

    def scenes(self, frames: Sequence[Any]) -> list[Scene]:
        """The scene of each frame, or of the bare graph if there are none."""
        if self.walk is None:
            return [self.bare.bare()]
        deck = self.deck
        if len(frames) > 1:
            deck.page.foresee(map(self.story.frame, frames))
        return [deck.scene(k) for k in each("pictures drawn", frames)]

    def alike(self, frames: Sequence[Any]) -> list[Scene]:
        """The same, all as large as the largest, for pictures that take turns in one place."""
        scenes = self.scenes(frames)
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


def sample(subject: Subject, look: Look) -> str:
    """The texts of a drawing that are its user's own."""
    graph, _ = parts(subject)
    names = (node.name for node in graph.nodes if node.name)
    return "\n".join([subject.source or "", look.caption or "", *look.names.values(), *names])
