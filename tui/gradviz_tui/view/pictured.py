"""The picture of a walk, in cards as large as a wide screen has room for."""

from __future__ import annotations

from typing import Final

from gradviz.scene.characters import CharacterScene
from gradviz.story.frame import Story
from gradviz_tui.view import areas

USUAL: Final = (0, 0)
"""No room that is to be filled: the words stand below the picture and borrow rows from it."""


def pictured(
    story: Story,
    room: tuple[int, int],
    *,
    compact: bool = False,
    ascii: bool = False,
    old: Story | None = None,
) -> CharacterScene:
    """The picture of a walk; in larger cards where a wide screen has so much room for it."""
    if room == USUAL or compact:
        return CharacterScene(story, compact=compact, ascii=ascii, old=old)
    return CharacterScene.filling(story, *room, ascii=ascii, old=old)


def room_of(width: int, height: int) -> tuple[int, int]:
    """The room that a picture may fill; USUAL where the words stand below it."""
    parts = areas.shared(width, height)
    return areas.picture(parts, width) if parts.beside else USUAL
