"""What is drawn, prepared once for all files and frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from gradviz.export.look import USUAL, Look
from gradviz.graph.graph import Graph
from gradviz.layout.cards import TooLargeError
from gradviz.scene.themes import Theme, theme
from gradviz.story import walks
from gradviz.story.walks import WalkStory
from gradviz.trace.walks import Walk

if TYPE_CHECKING:
    from gradviz.scene.model import Scene
    from gradviz.scene.views import Deck
    from gradviz.scene.views.graph.pictures import Pictures

Subject = Walk | Graph
"""What can be drawn: a walk, such as a run or an op cell by cell, or a graph without values."""


class Drawing:
    """A walk, or a graph without values, and how it looks.

    Nothing is laid out before the first picture, and then once.
    """

    def __init__(self, subject: Subject, look: Look = USUAL) -> None:
        self.graph, self.walk = parts(subject)
        self.look = look

    @property
    def total(self) -> int:
        """The number of steps; 0 without values."""
        return 0 if self.walk is None else len(self.walk)

    @property
    def title(self) -> str:
        """What a document is called: the expression, on one line, and what is stepped into."""
        source = " ".join((self.graph.source or "a graph built in Python").split())
        inside = "" if self.walk is None else self.story.title
        return f"{source}: {inside}" if inside else source

    @cached_property
    def story(self) -> WalkStory:
        """The story of the walk."""
        assert self.walk is not None
        return walks.of(self.walk, self.look.digits)

    def sentence(self, k: int) -> str:
        """What step k says."""
        return self.story.frame(k).sentence

    @cached_property
    def theme(self) -> Theme:
        """The colours. Raises UnknownNameError for a theme that does not exist."""
        return theme(self.look.theme)

    @cached_property
    def deck(self) -> Deck:
        """The layout of all frames.

        Raises LayoutError, which says what else can be done with a large graph.
        """
        from gradviz.scene import views

        with _advice():
            return views.pictures(self.story, vars(self.look))

    @cached_property
    def bare(self) -> Pictures:
        """The layout of a graph without values. Raises what `deck` raises."""
        from gradviz.scene.views.graph.pictures import Pictures

        look = self.look
        with _advice():
            return Pictures.of_graph(
                self.graph, width=look.width, engine=look.engine, digits=look.digits
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the pictures say about themselves, if any were laid out."""
        made = vars(self).get("deck" if self.walk is not None else "bare")
        return tuple(made.notes) if made is not None else ()

    def scenes(self, frames: Sequence[int]) -> list[Scene]:
        """The scene of each frame; of the bare graph where there are none."""
        return [self.bare.bare()] if self.walk is None else [self.deck.scene(k) for k in frames]


@contextmanager
def _advice() -> Iterator[None]:
    """Say what else can be done with a graph that is too large."""
    try:
        yield
    except TooLargeError as error:
        error.hint = (
            "fold scopes with --depth 1, draw a part of the graph, or write a .dot or .txt"
            " file, which has no limit"
        )
        raise


def parts(subject: Subject) -> tuple[Graph, Walk | None]:
    """The graph of what is drawn, and the walk through it, if it was run."""
    return (subject, None) if isinstance(subject, Graph) else (subject.trace.graph, subject)
