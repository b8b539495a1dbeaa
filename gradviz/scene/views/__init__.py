"""The pictures of frames, one folder per kind of picture.

A view that draws walks is named after the kind of walk that it draws (`gradviz.trace.walks`); its
`pictures.py` declares `PICTURES`, called with a story, what stands around its figures
(`gradviz.scene.framing`) and the options that it lists: it lays the story out once for all frames.

Its `characters.py`, where it has one, draws the same on a character grid, for the terminal and for
`gradviz show`: it declares `CHARACTERS`, called with a story and whether to use ASCII characters
only. It gives ways to draw the story, each a `Sheet`, the fullest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from gradviz import plugins
from gradviz.layout.grid import Run
from gradviz.scene.framing import Framing
from gradviz.story.walks import WalkStory

if TYPE_CHECKING:
    from gradviz.scene.model import Scene
    from gradviz.scene.page import Page


class Deck(Protocol):
    """Pictures that are laid out once; each step's picture can be requested."""

    page: Page

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""

    def scene(self, k: Any) -> Scene:
        """The picture after k steps; 0 shows the state before the first. Views that hide numbers
        also draw a frame that is `gradviz.scene.hidden.Asked`, and know what it `asks`.

        Raises ValueInputError beyond the end.
        """


class Sheet(Protocol):
    """A story on a character grid, laid out once: so many columns and rows in every frame."""

    width: int
    height: int

    def rows(self, frame: Any) -> list[list[Run]]:
        """The rows of a frame."""


class Fitting(NamedTuple):
    """The fullest sheet that fits a room, or None and the size of the one that needs least more."""

    sheet: Sheet | None
    least: tuple[int, int]


def pictures(story: WalkStory, framing: Framing, options: Mapping[str, Any]) -> Deck:
    """The pictures of a story, framed, with those of the options that its view takes."""
    view = plugins.entry(f"{__name__}.{story.walk.kind}", "pictures").PICTURES
    taken = {name: options[name] for name in view.options if name in options}
    return cast(Deck, view(story, framing, **taken))


def has_moments(kind: str) -> bool:
    """Whether the view of a kind of walk also draws the moments between the passes."""
    return bool(getattr(plugins.entry(f"{__name__}.{kind}", "pictures").PICTURES, "moments", False))


def options(kind: str) -> tuple[str, ...]:
    """The names of the options that the view of a kind of walk takes."""
    return tuple(plugins.entry(f"{__name__}.{kind}", "pictures").PICTURES.options)


def has_characters(kind: str) -> bool:
    """Whether the view of a kind of walk can be drawn in characters."""
    return plugins.has(f"{__name__}.{kind}", "characters")


def fitting(story: WalkStory, width: int, height: int | None = None, *, ascii: bool) -> Fitting:
    """A story in characters, as full as a room of so many columns and rows allows; without a
    height any number of rows.
    """
    made = plugins.entry(f"{__name__}.{story.walk.kind}", "characters").CHARACTERS
    sheets: Iterable[Sheet] = made(story, ascii=ascii)
    sizes = []
    for sheet in sheets:
        if sheet.width <= width and (height is None or sheet.height <= height):
            return Fitting(sheet, (sheet.width, sheet.height))
        lack = max(0, sheet.width - width), max(0, sheet.height - (height or sheet.height))
        sizes.append((lack[0] + 2 * lack[1], (sheet.width, sheet.height)))  # a row is two columns
    return Fitting(None, min(sizes)[1])
