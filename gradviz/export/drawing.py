"""What is drawn, prepared once for all files and frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gradviz.graph.graph import Graph
from gradviz.layout.cards import TooLargeError
from gradviz.scene.themes import Theme, theme
from gradviz.story.frame import Story
from gradviz.story.numbers import DIGITS
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz.scene.model import Scene
    from gradviz.scene.pictures import Pictures


class Drawing:
    """A trace, or a graph without values, with the options of its drawing.

    theme   a theme's name or the path of its file.
    width   how wide a frame is meant to be seen, in pixels; as wide as the graph needs by default.
    scale   how many dots of a PNG a pixel is.
    digits  the least number of significant digits.
    engine  which layout engine places the cards; see `gradviz.layout.dot`.

    Nothing is laid out before the first picture, and then once.
    """

    def __init__(
        self,
        subject: Trace | Graph,
        *,
        theme: str = "light",
        width: float | None = None,
        scale: float = 2.0,
        digits: int = DIGITS,
        engine: str = "auto",
    ) -> None:
        self.trace = subject if isinstance(subject, Trace) else None
        self.graph = subject.graph if isinstance(subject, Trace) else subject
        self.theme_name, self.width, self.scale, self.digits, self.engine = theme, width, scale, digits, engine

    @property
    def total(self) -> int:
        """The number of steps; 0 without values."""
        return len(self.trace) if self.trace is not None else 0

    @property
    def title(self) -> str:
        """What a document is called: the expression, on one line."""
        return " ".join((self.graph.source or "a graph built in Python").split())

    @cached_property
    def story(self) -> Story:
        """The story of the trace."""
        assert self.trace is not None
        return Story(self.trace, self.digits)

    @cached_property
    def theme(self) -> Theme:
        """The colours. Raises UnknownNameError for a theme that does not exist."""
        return theme(self.theme_name)

    @cached_property
    def pictures(self) -> Pictures:
        """The layout of all frames. Raises LayoutError, which says what else can be done with a large graph."""
        from gradviz.scene.pictures import Pictures

        try:
            if self.trace is None:
                return Pictures.of_graph(self.graph, width=self.width, engine=self.engine, digits=self.digits)
            return Pictures(self.story, width=self.width, engine=self.engine)
        except TooLargeError as error:
            error.hint = "draw a part of the graph, or write a .dot file, which has no limit, or a .txt"
            raise

    @property
    def notes(self) -> tuple[str, ...]:
        """What the pictures say about themselves, if any were laid out."""
        return tuple(self.pictures.notes) if "pictures" in vars(self) else ()

    def scenes(self, frames: Sequence[int]) -> list[Scene]:
        """The scene of each frame; of the bare graph where there are none."""
        return [self.pictures.scene(k) for k in frames] if self.trace is not None else [self.pictures.bare()]
