"""The pictures of a walk as one SVG, in which every step is a difference to the one before it.

Every element that ever appears is written once, in drawing order; its role is its class, so that
the page's theme colours it. A frame lists the elements whose role or text changes.
"""

from __future__ import annotations

import base64
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from html import escape
from typing import Any, Final

from gradviz import fonts
from gradviz.export.formats.page.lines import path
from gradviz.export.formats.svg import SHARES, WRITERS, _glyph_id, _n, _transform, _Writer
from gradviz.layout import text as measured
from gradviz.scene.images import as_text, indexed, palette
from gradviz.scene.model import (
    LEVELS,
    Area,
    Cells,
    Image,
    Item,
    Line,
    Maths,
    Path,
    Rect,
    Scene,
    Text,
)
from gradviz.scene.themes import Look, Theme

OFF: Final = "off"
"""The class of what a step does not show."""
HEADER: Final = 33
"""Where the palette of an indexed PNG begins."""


class Sheet:
    """The elements of all scenes, and `frames`: for each scene the changes, as lists of an
    element's place in the document, an index into `roles` and, for a text, one into `texts`.
    `bold` are the letters of bold texts.
    """

    def __init__(self, scenes: Iterable[Scene], theme: Theme) -> None:
        self.roles, self.texts = [OFF], [""]
        self.width = self.height = 0.0
        self.bold: set[str] = set()
        self.theme, self._shapes = theme, _Shapes(theme)
        self._index: dict[tuple[int, str], int] = {}
        self._known: dict[Item, tuple[str, int, int]] = {}
        self._elements: list[_Element] = []
        self._order: list[tuple[float, int]] = []
        self._copies: dict[str, list[int]] = defaultdict(list)
        found, before = [], dict[int, tuple[int, int]]()
        for scene in scenes:
            self.width, self.height = scene.width, scene.height
            now = self._placed(scene)
            changed = [(e, *look) for e, look in now.items() if before.get(e) != look]
            changed += [(e, 0, 0) for e in before if e not in now]
            found.append(changed)
            before = now
        places = {e: place for place, (_, e) in enumerate(self._order)}
        self.frames = [
            [[places[e], role, text] if text else [places[e], role] for e, role, text in changed]
            for changed in found
        ]
        self._last = {places[e]: look for e, look in before.items()}

    def _placed(self, scene: Scene) -> dict[int, tuple[int, int]]:
        """The elements of a scene, in drawing order, each with its role and its text."""
        now: dict[int, tuple[int, int]] = {}
        at, before, self._known = 0.0, self._known, {}
        for item in scene.items:
            self._known[item] = shape, role, text = before.get(item) or self._read(item)
            element = self._element(shape, at, now)
            now[element], at = (role, text), self._elements[element].place
        return now

    def _read(self, item: Item) -> tuple[str, int, int]:
        """An item as a shape, a role and a text."""
        role, text = self._of(0, item.role), 0
        if isinstance(item, Text) and item.weight == "bold":
            self.bold |= set(item.text)
        if isinstance(item, Text) and fonts.characters().issuperset(fonts.spelt(item.text)):
            text, item = self._of(1, fonts.spelt(item.text)), replace(item, text="")
        return self._shapes.of(item), role, text

    def _of(self, table: int, text: str) -> int:
        known = (self.roles, self.texts)[table]
        if text not in known[:1] and (table, text) not in self._index:
            self._index[table, text] = len(known)
            known.append(text)
        return self._index.get((table, text), 0)

    def _element(self, shape: str, at: float, now: dict[int, tuple[int, int]]) -> int:
        """The element of a shape that is drawn after the place `at`; a second copy of it where
        scenes draw it in different orders.
        """
        for element in self._copies[shape]:
            if self._elements[element].place > at and element not in now:
                return element
        following = bisect_right(self._order, (at, len(self._elements)))
        after = self._order[following][0] if following < len(self._order) else at + 2.0
        place = (at + after) / 2
        if not at < place < after:
            self._spread()
            return self._element(shape, self._last_of(now), now)
        element = len(self._elements)
        self._elements.append(_Element(shape, place))
        insort(self._order, (place, element))
        self._copies[shape].append(element)
        return element

    def _spread(self) -> None:
        """Put the places one apart again."""
        self._order = [(float(n), e) for n, (_, e) in enumerate(self._order, 1)]
        for place, element in self._order:
            self._elements[element].place = place

    def _last_of(self, now: dict[int, tuple[int, int]]) -> float:
        return self._elements[next(reversed(now))].place if now else 0.0

    def svg(self, label: str) -> str:
        """The SVG as the last scene shows it, so that it says something without a script."""
        body = []
        for place, (_, element) in enumerate(self._order):
            role, text = self._last.get(place, (0, 0))
            shape = self._elements[element].shape
            shape = shape.replace("@", f' class="{css_class(self.roles[role])}"' if role else "", 1)
            body.append(shape.replace("></text>", f">{escape(self.texts[text])}</text>"))
        glyphs = self._shapes.glyphs.items()
        marks = "".join(f'<path id="{name}" d="{path}"/>' for path, name in glyphs)
        return (
            f'<svg class="picture" id="graph" viewBox="0 0 {_n(self.width)} {_n(self.height)}" '
            f'role="group" aria-label="{escape(label)}"><defs>{marks}</defs>'
            f'<g id="items" aria-hidden="true">{"".join(body)}</g></svg>'
        )


class _Element:
    """A shape and its place in the drawing order."""

    __slots__ = ("place", "shape")

    def __init__(self, shape: str, place: float) -> None:
        self.shape, self.place = shape, place


class _Shapes(_Writer):
    """Writes items without colours; `@` stands where the class will."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, False, False, None)

    def painted(self, look: Look) -> str:
        return ""

    def of(self, item: Item) -> str:
        """The element of an item."""
        write = WRITERS_OF_PAGES.get(type(item)) or WRITERS[type(item)]
        return write(self, item).replace(f' id="{item.id}"', f'@ data-i="{item.id}"', 1)

    def _stroke(self, item: Path | Line) -> str:
        said = "" if item.width is None else f"stroke-width:{_n(item.width)};"
        if item.dash is not None:
            said += f"stroke-dasharray:{' '.join(map(_n, item.dash)) or 'none'}"
        return f' style="{said}"' if said else ""

    def _formula(self, item: Maths) -> str:
        parts = []
        for mark in item.setting.marks:
            own = mark.role if mark.role and mark.role != item.role else ""
            colour = variable(self.theme, self.theme.looks[mark.role or item.role].fill)
            matrix = f'transform="{_transform(mark.matrix)}"'
            if mark.stroke:
                style = f"fill:none;stroke:{colour};stroke-width:{_n(mark.stroke, 3)}"
                parts.append(f'<path d="{mark.path}" style="{style}" {matrix}/>')
                continue
            glyph = self.glyphs.setdefault(mark.path, _glyph_id(mark.path))
            style = f' style="fill:{colour}"' if own else ""
            parts.append(f'<use href="#{glyph}" {matrix}{style}/>')
        scale = f" scale({_n(item.scale, 4)})" if item.scale != 1 else ""
        place = f"translate({_n(item.x)} {_n(item.y)}){scale}"
        return f'<g id="{item.id}" transform="{place}">{"".join(parts)}</g>'

    def _line(self, item: Line) -> str:
        d = path([item.points])
        return f'<path id="{item.id}" d="{d}"{self._stroke(item)} stroke-linejoin="round"/>'

    def _area(self, item: Area) -> str:
        return f'<path id="{item.id}" d="{path(item.loops, closed=True)}" fill-rule="evenodd"/>'

    def _heatmap(self, item: Cells) -> str:
        place = f'x="{_n(item.x)}" y="{_n(item.y)}"'
        size = f'width="{_n(item.width)}" height="{_n(item.height)}"'
        return (
            f'<image id="{item.id}" {place} {size} preserveAspectRatio="none" data-heat=""'
            f' style="image-rendering:pixelated" href="{as_text(heatmap(item, self.theme))}"/>'
        )


WRITERS_OF_PAGES: Final[dict[type, Callable[[Any, Any], str]]] = {
    Maths: _Shapes._formula,
    Cells: _Shapes._heatmap,
    Line: _Shapes._line,
    Area: _Shapes._area,
}


def css_class(role: str) -> str:
    """The class of a role."""
    return role.replace(" ", "-")


def variable(theme: Theme, colour: str) -> str:
    """A colour of a theme in CSS: a variable that the page's theme sets."""
    if colour in theme.colours:
        return f"var(--{css_class(colour)})"
    return colour or "none"


def heatmap(cells: Cells, theme: Theme) -> bytes:
    """A heatmap as an indexed PNG of one pixel a cell."""
    invalid = 2 * LEVELS + 1
    rows = [bytes(invalid if v is None else v + LEVELS for v in row) for row in cells.levels]
    return indexed(rows, _colours(theme))


def palette_text(theme: Theme) -> str:
    """The palette as it stands in the base64 text of a heatmap: it begins and ends where a letter
    does, so a page can put that of another theme in its place.
    """
    chunk = palette(_colours(theme))
    assert len(chunk) % 3 == HEADER % 3 == 0
    return base64.b64encode(chunk).decode("ascii")


def _colours(theme: Theme) -> list[str]:
    """The colours of a heatmap: its levels, lowest first, and what is no number."""
    return [*theme.heat, theme.colour(theme.looks["heat invalid"].fill)]


def node_boxes(scene: Scene, nodes: Iterable[int]) -> dict[int, list[float]]:
    """Where the gate, the name and the numbers of each node stand: x, y, width, height."""
    found: dict[int, Box] = {}
    wanted = {str(node) for node in nodes}
    for item in scene.items:
        kind, number, *_ = [*item.id.split("-", 2), ""]
        box = _bounds(item) if kind == "node" and number in wanted else None
        if box is not None:
            found[int(number)] = _around(found.get(int(number), box), box)
    return {n: [round(v, 1) for v in grown(box)] for n, box in sorted(found.items())}


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
PAD: Final = 5.0


def grown(box: Box) -> list[float]:
    """A box with some room around what is in it: x, y, width, height."""
    left, top, right, bottom = box
    return [left - PAD, top - PAD, right - left + 2 * PAD, bottom - top + 2 * PAD]


def _around(one: Box, other: Box) -> Box:
    (left, top, right, bottom), (x, y, x2, y2) = one, other
    return min(left, x), min(top, y), max(right, x2), max(bottom, y2)


def _bounds(item: Item) -> Box | None:
    """The room that an item takes; None for wires and dots."""
    match item:
        case Text():
            wide = measured.width(item.text, item.size, item.weight)
            left = item.x - SHARES[item.anchor] * wide
            top, bottom = item.y - measured.ascent(item.size), item.y + measured.descent(item.size)
            return left, top, left + wide, bottom
        case Rect() | Cells() | Maths() | Image():
            return item.x, item.y, item.x + item.width, item.y + item.height
    return None
