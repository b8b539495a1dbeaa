"""The boxes that texts take in a scene, from the fonts' measures and the settings of formulas
alone.
"""

from __future__ import annotations

from gradviz.layout import text
from gradviz.layout.curves import Box
from gradviz.scene.model import Maths, Rect, Scene, Text

DESCENDING = set("gjpqyQ,;()[]{}|_@")


def text_box(item: Text) -> Box:
    """Where the ink of a text can be in the boldest weight."""
    width = text.width(item.text, item.size, "bold")
    left = {"start": item.x, "middle": item.x - width / 2, "end": item.x - width}[item.anchor]
    top = item.y - text.cap_height(item.size)
    bottom = item.y + (0.21 * item.size if DESCENDING & set(item.text) else 0.02 * item.size)
    return Box(left, top, width, bottom - top)


def boxes(scene: Scene) -> dict[str, Box]:
    """The box of every text and formula of a scene, by id."""
    found = {}
    for item in scene.items:
        if isinstance(item, Text):
            found[item.id] = text_box(item)
        elif isinstance(item, Maths):
            found[item.id] = Box(item.x, item.y, item.width, item.height)
    return found


def rect(item: Rect) -> Box:
    """The box of a rectangle."""
    return Box(item.x, item.y, item.width, item.height)
