"""What has to be drawn anew from one picture of a walk to the next, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from gradviz.export.formats.svg import SHARES
from gradviz.layout import text as measured
from gradviz.layout.curves import Box
from gradviz.scene.model import Area, Circle, Item, Line, Maths, Path, Polygon, Scene, Text
from gradviz.scene.themes import Theme

CORNER: Final = 4.0
"""How many times half its thickness a line reaches beyond its points at a sharp corner, by SVG's
`stroke-miterlimit`.
"""
ABOVE, BELOW, BESIDE = 2.5, 1.5, 1.0
"""How far letters, with marks upon marks, reach beyond the line of their text, in its sizes."""
EDGE: Final = 2.0
"""How many pixels a shape reaches beyond its borders, as these are blended, at the very most."""


@dataclass(frozen=True)
class Redrawn:
    """Parts of a picture.

    scene  the picture with all that meets these parts, and perhaps without what does not.
    boxes  the parts; outside of them it looks as the picture before does.
    """

    scene: Scene
    boxes: tuple[Box, ...]


def redrawn(scene: Scene, before: Scene | None, theme: Theme, scale: float) -> Redrawn:
    """What is new in a picture of `scale` pixels a unit after another one: all of it after none,
    and where what stays is drawn in another order.
    """
    whole = Redrawn(scene, (Box(0.0, 0.0, scene.width, scene.height),))
    if before is None or (before.width, before.height, before.zoom, before.stroke) != (
        scene.width,
        scene.height,
        scene.zoom,
        scene.stroke,
    ):
        return whole
    was, now = dict.fromkeys(before.items), dict.fromkeys(scene.items)
    if len(was) < len(before.items) or len(now) < len(scene.items):
        return whole  # one item drawn twice, which blends otherwise than once
    if [item for item in was if item in now] != [item for item in now if item in was]:
        return whole
    gone, new = ([i for i in a if i not in b] for a, b in ((was, now), (now, was)))
    thick = {role: look.width * scene.stroke for role, look in theme.looks.items()}
    edge = EDGE / scale
    boxes = bands(reach(item, thick[item.role], edge) for item in [*gone, *new])
    kept = [item for item in now if _meets(reach(item, thick[item.role], edge), boxes)]
    return Redrawn(replace(scene, items=tuple(kept)), boxes)


def bands(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Boxes that hold these, none of which is beside another one."""
    found: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if found and box.y <= found[-1].y + found[-1].h:
            found[-1] = _around(found[-1], box)
        else:
            found.append(box)
    return tuple(found)


def _around(one: Box, other: Box) -> Box:
    left, top = min(one.x, other.x), min(one.y, other.y)
    right, bottom = max(one.x + one.w, other.x + other.w), max(one.y + one.h, other.y + other.h)
    return Box(left, top, right - left, bottom - top)


def _meets(box: Box, others: Sequence[Box]) -> bool:
    x, y, w, h = box
    return any(x <= a + c and a <= x + w and y <= b + d and b <= y + h for a, b, c, d in others)


@lru_cache(maxsize=20_000)
def reach(item: Item, thick: float, edge: float) -> Box:
    """A box that holds all the ink of an item, and an edge around it. Its lines are so thick unless
    it says how thick.
    """
    if isinstance(item, Text):
        # No weight is wider than the boldest.
        wide = measured.width(item.text, item.size, "bold")
        left, size = item.x - SHARES[item.anchor] * wide, item.size
        about = Box(left, item.y - ABOVE * size, wide, (ABOVE + BELOW) * size)
        return _grown(about, BESIDE * size + edge)
    if isinstance(item, Maths):
        about = Box(item.x, item.y, item.width, item.height)
        return _grown(about, item.size + edge)
    if isinstance(item, Path | Line) and item.width is not None:
        thick = item.width
    if isinstance(item, Circle):
        side = 2 * item.radius
        about = Box(item.x - item.radius, item.y - item.radius, side, side)
    elif isinstance(item, Path | Line | Polygon):
        about = _of_points(item.points)
    elif isinstance(item, Area):
        about = _of_points([point for loop in item.loops for point in loop])
    else:
        about = Box(item.x, item.y, item.width, item.height)
    return _grown(about, thick / 2 * CORNER + edge)


def _of_points(points: Sequence[tuple[float, float]]) -> Box:
    """A box that holds points, and a curve of which they are the handles."""
    if not points:
        return Box(0.0, 0.0, 0.0, 0.0)
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top = min(across), min(down)
    return Box(left, top, max(across) - left, max(down) - top)


def _grown(box: Box, by: float) -> Box:
    return Box(box.x - by, box.y - by, box.w + 2 * by, box.h + 2 * by)
