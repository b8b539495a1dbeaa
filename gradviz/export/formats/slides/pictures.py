"""Formulas, heatmaps and images as pictures: SVG, and PNG for programs that do not draw that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from gradviz.export.formats.png import png
from gradviz.export.formats.svg import svg
from gradviz.layout.curves import Box
from gradviz.scene.model import Cells, Image, Maths, Scene
from gradviz.scene.themes import Theme

Drawn = Maths | Cells | Image
DOTS: Final = 4.0
"""Pixels per point of the PNG."""
MOST: Final = 800_000
"""Pixels of one PNG; larger pictures get fewer per point."""
ROOM: Final = 1.0
"""Around a formula, whose slanted letters may lean over its sides."""


def around(item: Drawn) -> Box:
    """The box of a picture of it."""
    box = Box(item.x, item.y, item.width, item.height)
    return box.grown(ROOM) if isinstance(item, Maths) else box


@dataclass
class Pictures:
    """The pictures of a deck, each drawn once, in the colours of a theme; `unit` says how many
    points a unit of its scenes takes.
    """

    theme: Theme
    unit: float = 1.0
    _known: dict[tuple[Any, ...], tuple[bytes, bytes]] = field(default_factory=dict)

    def drawn(self, item: Drawn, frame: Box, alt: str) -> tuple[bytes, bytes]:
        """A picture as large as a frame, with the item where it stands in that: SVG and PNG."""
        within = replace(item, id="picture", x=item.x - frame.x, y=item.y - frame.y)
        key = *_look(within), frame.w, frame.h
        if key not in self._known:
            scene = Scene(frame.w, frame.h, alt, "", (within,), self.unit)
            theme = replace(self.theme, transparent=True)
            dots = min(DOTS, (MOST / max(frame.w * frame.h * self.unit**2, 1.0)) ** 0.5)
            made = svg(scene, theme, embed_fonts=False).encode(), png(scene, theme, scale=dots)
            self._known[key] = made
        return self._known[key]


def _look(item: Drawn) -> tuple[Any, ...]:
    """What an item looks like; a formula is set from its source."""
    if isinstance(item, Maths):
        return item.role, item.x, item.y, item.source, item.scale
    return (item,)
