"""The pictures of frames, one folder per kind of picture.

A view that draws walks is named after the kind of walk that it draws (`gradviz.trace.walks`); its
`pictures.py` declares `PICTURES`, called with a story, what stands around its figures
(`gradviz.scene.framing`) and the options that it lists: it lays the story out once for all frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from gradviz import plugins
from gradviz.scene.framing import Framing
from gradviz.scene.model import Scene
from gradviz.story.walks import WalkStory

if TYPE_CHECKING:
    from gradviz.scene.page import Page


class Deck(Protocol):
    """Pictures that are laid out once; each step's picture can be requested."""

    page: Page

    @property
    def notes(self) -> list[str]:
        """Notes to the user."""

    def scene(self, k: int) -> Scene:
        """The picture after k steps; 0 shows the state before the first.

        Raises ValueInputError beyond the end.
        """


def pictures(story: WalkStory, framing: Framing, options: Mapping[str, Any]) -> Deck:
    """The pictures of a story, framed, with those of the options that its view takes."""
    view = plugins.entry(f"{__name__}.{story.walk.kind}", "pictures").PICTURES
    return cast(Deck, view(story, framing, **{name: options[name] for name in view.options}))


def has_moments(kind: str) -> bool:
    """Whether the view of a kind of walk also draws the moments between the passes."""
    return bool(getattr(plugins.entry(f"{__name__}.{kind}", "pictures").PICTURES, "moments", False))


def options(kind: str) -> tuple[str, ...]:
    """The names of the options that the view of a kind of walk takes."""
    return tuple(plugins.entry(f"{__name__}.{kind}", "pictures").PICTURES.options)
