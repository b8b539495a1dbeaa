"""The pictures of a story: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Final, Literal

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.graph.graph import INPUT, Graph
from gradviz.ops.op import say_shape
from gradviz.scene.blocks import NUMBER
from gradviz.scene.describe import description, title
from gradviz.scene.images import can_be_image
from gradviz.scene.model import Item, Scene
from gradviz.scene.page import Footer, Header
from gradviz.scene.views.graph.draw import GraphDrawing, alone
from gradviz.scene.views.graph.magnitudes import Magnitudes
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.scene.views.graph.values import Figures
from gradviz.story.frame import Story

MARGIN: Final = 36.0
HEAD: Final = 80.0
"""From the top of the picture to the graph."""
FOOT: Final = 30.0
"""From the graph to the hairline."""
NARROWEST: Final = 760.0
LEGIBLE: Final = 10.0
SMALL_NOTE: Final = (
    "At a width of {width:.0f} the numbers are only {size:.1f} pixels high; the picture needs"
    " {needed:.0f}."
)


class Pictures:
    """Scenes of one story, in which nothing moves from step to step.

    width   the width in pixels at which a picture is meant to be seen: its `zoom` is chosen for
            that. By default a user unit is a pixel.
    engine  the layout engine, see `gradviz.layout.engines`.
    images  names of inputs that are drawn as images, besides those that `gradviz.scene.images`
            finds.
    edges   plain, or magnitude: wires are the thicker the greater the norm of what they bring back.

    Raises TooLargeError or LayoutError where the graph cannot be placed, and ValueInputError for a
    name that no shipped font can write, for an image that is none, and for exact numbers by
    magnitude.
    """

    options: ClassVar = ("width", "engine", "images", "edges")

    def __init__(
        self,
        subject: Story | Graph,
        *,
        width: float | None = None,
        engine: str = "auto",
        digits: int = DIGITS,
        images: Sequence[str] = (),
        edges: Literal["plain", "magnitude"] = "plain",
    ) -> None:
        self.story = subject if isinstance(subject, Story) else None
        self.graph = subject.trace.graph if isinstance(subject, Story) else subject
        figures = Figures(self.story, images=_images(self.graph, images)) if self.story else None
        weighed = self.story if edges == "magnitude" else None
        self._magnitudes = Magnitudes(weighed.trace) if weighed else None
        self._digits = self.story.rules.digits if self.story else digits
        self._placed = PlacedGraph(self.graph, figures, engine, self._digits)
        self._wanted = width

    @classmethod
    def of_graph(
        cls, graph: Graph, *, width: float | None = None, engine: str = "auto", digits: int = DIGITS
    ) -> Pictures:
        """The picture of a graph without values: names, gates and constants; only `bare` can be
        asked for.
        """
        return cls(graph, width=width, engine=engine, digits=digits)

    @property
    def notes(self) -> list[str]:
        """Notes to the user: another layout engine was used, or the numbers are small."""
        width = self._width if self.story else self._placed.width + 2 * MARGIN
        size = NUMBER * self._zoom(width)
        small = SMALL_NOTE.format(width=width * self._zoom(width), size=size, needed=width)
        thick = [self._magnitudes.note] if self._magnitudes else []
        return [*self._placed.notes, *thick, *([small] if size < LEGIBLE else [])]

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the inputs only.

        Raises ValueInputError beyond the end.
        """
        if self.story is None:
            raise ValueInputError(
                "a graph without values has no steps", hint="give its inputs values"
            )
        frame = self.story.frame(k)
        width, graph_height = self._width, self._placed.height
        hairline = HEAD + graph_height + FOOT
        items: list[Item] = [
            *self._header.items(frame, width),
            *GraphDrawing(self.centred, frame, self._magnitudes).items(),
            *self._footer.items(frame, hairline),
        ]
        about = title(self.graph, frame), description(self.graph, self._placed.labels, frame)
        height = hairline + self._footer.height
        return Scene(width, height, *about, tuple(items), self._zoom(width), self._placed.engine)

    def bare(self) -> Scene:
        """The graph without values."""
        placed = (
            self._placed
            if self.story is None
            else PlacedGraph(self.graph, None, "auto", self._digits)
        )
        made = alone(placed, None, MARGIN)
        return replace(made, zoom=self._zoom(made.width))

    def _zoom(self, width: float) -> float:
        return self._wanted / width if self._wanted else 1.0

    @cached_property
    def _header(self) -> Header:
        assert self.story is not None
        return Header(self.story, MARGIN)

    @cached_property
    def _width(self) -> float:
        return max(NARROWEST, self._header.width, self._placed.width + 2 * MARGIN)

    @cached_property
    def centred(self) -> PlacedGraph:
        """The laid-out graph where it stands in every frame."""
        return self._placed.at((self._width - self._placed.width) / 2, HEAD)

    @cached_property
    def _footer(self) -> Footer:
        assert self.story is not None
        return Footer(self.story, self._width, MARGIN)


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
