"""A scene: what one picture shows, as plain data.

All lengths are user units (pixels at natural size), x to the right, y downwards. An item says what
it is by its role, a word or two such as `value` or `wire hot`; a theme (`gradviz.scene.themes`)
says how that looks. Items stand in drawing order. The same part of a picture has the same id in
every frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from typing import Literal

from gradviz.fonts import Weight, characters, spelt
from gradviz.fonts.faces import Family
from gradviz.fonts.others import runs
from gradviz.layout.curves import Curve, Point
from gradviz.scene.typeset import SIZE, Setting, families
from gradviz.story.maths.source import Source

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its top left corner, with round corners of `radius`."""

    id: str
    role: str
    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle about (x, y)."""

    id: str
    role: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Path:
    """A cubic Bezier curve of 3k + 1 points, the first and every third on the curve; never filled.

    `width` overrides the thickness of its role, `dash` its dashes.
    """

    id: str
    role: str
    points: Curve
    width: float | None = None
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed, filled shape with straight sides."""

    id: str
    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Straight strokes from point to point, never filled; it ends where its picture does, so that
    no format need clip it. `width` and `dash` override those of its role.
    """

    id: str
    role: str
    points: tuple[Point, ...]
    width: float | None = None
    dash: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A filled region with straight borders: what lies inside an odd number of its loops."""

    id: str
    role: str
    loops: tuple[tuple[Point, ...], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text whose baseline is at y; x is its left end, middle or right end, as `anchor`
    says.
    """

    id: str
    role: str
    x: float
    y: float
    text: str
    size: float
    weight: Weight = "regular"
    anchor: Anchor = "middle"


@dataclass(frozen=True, slots=True)
class Maths:
    """A formula by its top left corner. `source` is typst maths, which knows its LaTeX; `setting`
    is its glyphs, to be scaled by `scale`.

    Marks of the setting that have a role of their own take that one, the others the item's.
    """

    id: str
    role: str
    x: float
    y: float
    source: Source
    setting: Setting
    scale: float = 1.0

    @property
    def width(self) -> float:
        """Its width in the picture."""
        return self.setting.width * self.scale

    @property
    def height(self) -> float:
        """Its height in the picture."""
        return self.setting.height * self.scale

    @property
    def size(self) -> float:
        """The size of its letters."""
        return SIZE * self.scale


@dataclass(frozen=True, slots=True)
class Cells:
    """A heatmap: equal cells row by row, each a level from -LEVELS to LEVELS, or None for a cell
    that is not a number.
    """

    id: str
    role: str
    x: float
    y: float
    width: float
    height: float
    levels: tuple[tuple[int | None, ...], ...]

    def strips(self) -> Iterator[tuple[int | None, list[tuple[int, int, int]]]]:
        """Each level, and its cells side by side as (row, first column, the column beyond); cells
        that are not numbers come last.
        """
        found: dict[int | None, list[tuple[int, int, int]]] = {}
        for i, row in enumerate(self.levels):
            j = 0
            for level, side_by_side in groupby(row):
                start, j = j, j + len(list(side_by_side))
                found.setdefault(level, []).append((i, start, j))
        yield from sorted(found.items(), key=lambda item: (item[0] is None, item[0] or 0))


@dataclass(frozen=True, slots=True)
class Image:
    """A raster image, a PNG, stretched to its rectangle with sharp edges between its pixels."""

    id: str
    role: str
    x: float
    y: float
    width: float
    height: float
    png: bytes


Item = Rect | Circle | Path | Polygon | Line | Area | Text | Maths | Cells | Image

LEVELS = 8
"""The number of colour levels of a heatmap on each side of zero."""

LENGTHS: dict[type, tuple[str, ...]] = {
    Rect: ("x", "y", "width", "height", "radius"),
    Circle: ("x", "y", "radius"),
    Text: ("x", "y", "size"),
    Maths: ("x", "y", "scale"),
    Cells: ("x", "y", "width", "height"),
    Image: ("x", "y", "width", "height"),
}
"""The lengths of each kind of item; those of what is made of points are in their points."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: its size, a title, a description for people who cannot see it, and its items.

    `heading` is its title among the pictures of its walk, empty for one that stands alone. `zoom`
    says how many pixels a user unit is meant to take, `engine` which layout engine placed a
    graph, by name and version, `stroke` how many times their usual thickness lines have. On a
    `slide` a unit is a point.
    """

    width: float
    height: float
    title: str
    description: str
    items: tuple[Item, ...]
    zoom: float = 1.0
    engine: str = ""
    heading: str = ""
    stroke: float = 1.0
    slide: bool = False

    @property
    def families(self) -> Iterator[Family]:
        """The fonts that are not shipped and draw texts of it, some more than once."""
        for item in self.items:
            if isinstance(item, Maths):
                yield from families(item.source)
            elif isinstance(item, Text) and not characters().issuperset(spelt(item.text)):
                yield from (run.family for run in runs(item.text) if run.family)


def enlarged(item: Item, factor: float) -> Item:
    """An item with all its lengths multiplied by a factor, but for the usual thickness of lines,
    which is the scene's.
    """
    if isinstance(item, Path | Line):
        width = item.width * factor if item.width is not None else None
        return replace(item, points=_enlarged(item.points, factor), width=width)
    if isinstance(item, Polygon):
        return replace(item, points=_enlarged(item.points, factor))
    if isinstance(item, Area):
        return replace(item, loops=tuple(_enlarged(loop, factor) for loop in item.loops))
    lengths = {name: getattr(item, name) * factor for name in LENGTHS[type(item)]}
    return replace(item, **lengths)


def shifted(item: Item, x: float, y: float) -> Item:
    """An item moved to the right and down."""
    if isinstance(item, Path | Line | Polygon):
        return replace(item, points=_shifted(item.points, x, y))
    if isinstance(item, Area):
        return replace(item, loops=tuple(_shifted(loop, x, y) for loop in item.loops))
    return replace(item, x=item.x + x, y=item.y + y)


@lru_cache(maxsize=20_000)
def _shifted(points: tuple[Point, ...], x: float, y: float) -> tuple[Point, ...]:
    """Points of a picture, most of which stand in its next frame too."""
    return tuple([Point(point.x + x, point.y + y) for point in points])


@lru_cache(maxsize=20_000)
def _enlarged(points: tuple[Point, ...], factor: float) -> tuple[Point, ...]:
    """Points of a picture, most of which stand in its next frame too."""
    return tuple([Point(x * factor, y * factor) for x, y in points])
