"""What is drawn, prepared once for all files and frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from gradviz.export.look import USUAL, Look
from gradviz.graph.graph import Graph
from gradviz.layout.cards import TooLargeError
from gradviz.scene.themes import Theme, theme
from gradviz.story.frame import Story
from gradviz.trace import Trace
from gradviz.trace.cells import CellTrace

if TYPE_CHECKING:
    from gradviz.scene.model import Scene
    from gradviz.scene.views.graph.pictures import Pictures
    from gradviz.story.cells.frames import CellStory

Subject = Trace | Graph | CellTrace
"""What can be drawn: a run, a graph without values, an op cell by cell."""


class Deck(Protocol):
    """Pictures that were laid out once, of which each step's can be asked for."""

    @property
    def notes(self) -> list[str]:
        """What the user should be told."""

    def scene(self, k: int) -> Scene:
        """The picture after k steps."""


class Drawing:
    """A trace, a graph without values, or a walk over cells, and how it looks.

    Nothing is laid out before the first picture, and then once.
    """

    def __init__(self, subject: Subject, look: Look = USUAL) -> None:
        self.trace = subject if isinstance(subject, Trace) else None
        self.cells = subject if isinstance(subject, CellTrace) else None
        self.graph, self.look = graph_of(subject), look

    @property
    def total(self) -> int:
        """The number of steps; 0 without values."""
        return len(self.trace or self.cells or ())

    @property
    def title(self) -> str:
        """What a document is called: the expression, on one line, and the op that is stepped
        into.
        """
        source = " ".join((self.graph.source or "a graph built in Python").split())
        return source if self.cells is None else f"{source}: {self.cell_story.title}"

    @cached_property
    def story(self) -> Story:
        """The story of the trace."""
        assert self.trace is not None
        return Story(self.trace, self.look.digits)

    @cached_property
    def cell_story(self) -> CellStory:
        """The story of a walk over cells."""
        from gradviz.story.cells.frames import CellStory

        assert self.cells is not None
        return CellStory(self.cells, self.look.digits)

    def sentence(self, k: int) -> str:
        """What step k says."""
        return (self.story if self.cells is None else self.cell_story).frame(k).sentence

    @cached_property
    def theme(self) -> Theme:
        """The colours. Raises UnknownNameError for a theme that does not exist."""
        return theme(self.look.theme)

    @cached_property
    def pictures(self) -> Pictures:
        """The layout of all frames.

        Raises LayoutError, which says what else can be done with a large graph.
        """
        from gradviz.scene.views.graph.pictures import Pictures

        look = self.look
        try:
            if self.trace is None:
                return Pictures.of_graph(
                    self.graph, width=look.width, engine=look.engine, digits=look.digits
                )
            return Pictures(
                self.story,
                width=look.width,
                engine=look.engine,
                images=tuple(look.images),
                by_magnitude=look.edges == "magnitude",
            )
        except TooLargeError as error:
            error.hint = (
                "fold scopes with --depth 1, draw a part of the graph, or write a .dot or .txt"
                " file, which has no limit"
            )
            raise

    @cached_property
    def deck(self) -> Deck:
        """The pictures of every step."""
        if self.cells is None:
            return self.pictures
        from gradviz.scene.views.cells.pictures import CellPictures

        return CellPictures(self.cell_story, width=self.look.width)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the pictures say about themselves, if any were laid out."""
        made = next((vars(self)[name] for name in ("deck", "pictures") if name in vars(self)), None)
        return tuple(made.notes) if made is not None else ()

    def scenes(self, frames: Sequence[int]) -> list[Scene]:
        """The scene of each frame; of the bare graph where there are none."""
        bare = self.trace is None and self.cells is None
        return [self.pictures.bare()] if bare else [self.deck.scene(k) for k in frames]


def graph_of(subject: Subject) -> Graph:
    """The graph of what is drawn."""
    if isinstance(subject, CellTrace):
        return subject.trace.graph
    return subject.graph if isinstance(subject, Trace) else subject
