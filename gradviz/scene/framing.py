"""What stands around a figure, as a user asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gradviz.errors import ValueInputError

Slide = Literal["16:9", "4:3", "none"]
Part = Literal["header", "sentence", "formula", "legend"]

USUAL: Final[frozenset[Part]] = frozenset(("header", "sentence", "formula"))
WIDTHS: Final = (100, 100_000)
"""The pixels that a page may be wide."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What a page has around its figure.

    slide    the shape of the slide; none for a page as large as its figure needs.
    parts    what stands in the head and the foot. Without any, and without a slide, the page is
             the figure alone in a small margin.
    width    the pixels that the page is wide; by default a unit is a pixel.
    caption  words in place of every sentence.
    code     whether the code of the graph stands beside the figure, the line of the step lit.
    room     the width and height whose shape a figure without a slide aims at; by default those of
             a slide.
    panel    whether the room is a part of a picture that the figure has to fit into.

    Raises ValueInputError for a width at which nothing can be read or drawn.
    """

    slide: Slide = "16:9"
    parts: frozenset[Part] = USUAL
    width: float | None = None
    caption: str = ""
    code: bool = False
    room: tuple[float, float] | None = None
    panel: bool = False

    def __post_init__(self) -> None:
        least, most = WIDTHS
        if self.width is not None and not least <= self.width <= most:
            raise ValueInputError(
                f"a picture cannot be {self.width:g} pixels wide",
                expected=f"a width from {least} to {most:,} pixels",
                got=f"{self.width:g}",
            )


SLIDE: Final = Framing()
ALONE: Final = Framing("none", frozenset())
"""A 16:9 slide, and the figure alone."""
