"""The items of a scene as TikZ: one command each, in a style of its role, named by its id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from gradviz.export.tikz.overlays import Drawn
from gradviz.export.tikz.paths import at, curve, glyphs, n, outlined, polygon, wrapped
from gradviz.fonts import Weight
from gradviz.layout import text as measured
from gradviz.layout.curves import Point
from gradviz.scene.blocks import wide
from gradviz.scene.images import png
from gradviz.scene.model import (
    LEVELS,
    Area,
    Cells,
    Circle,
    Image,
    Item,
    Line,
    Maths,
    Path,
    Polygon,
    Rect,
    Scene,
    Text,
)
from gradviz.scene.themes import Look, Theme
from gradviz.story.maths import letters

SET: Final = 10.0
"""The points at which all text is set; nodes are scaled."""
BOLD: Final = ("semibold", "bold")
"""The weights that are bold where there is but one of them."""
TALLER: Final = 1.15
"""How much higher than measured a formula may be: brackets grow more than in pictures."""
MEETS: Final = 0.1
"""Texts this near to each other are one for the reader, in units."""
ANCHORS: Final = {"start": "base west", "middle": "base", "end": "base east"}
MOST_CELLS: Final = 400
"""A heatmap of more cells is an image."""
LONGEST_REMARK: Final = 60
_LEFT, _RIGHT = re.compile(r"\\left(?![a-z])"), re.compile(r"\\right(\\.|[^a-z])")
_UNNAMED = re.compile(r"[^A-Za-z0-9]+")


class Items:
    """Writes items in a theme, and keeps what they need: colours, styles and images.

    stroke  how many times their usual thickness lines have.
    stem    what the names of the files of images begin with.
    """

    def __init__(self, theme: Theme, stroke: float = 1.0, stem: str = "picture") -> None:
        self.theme, self.stroke, self._stem = theme, stroke, name(stem) or "picture"
        self.colours: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        self.images: dict[bytes, str] = {}
        self._known: dict[Item, Drawn | None] = {}

    def of(self, scene: Scene) -> list[Drawn]:
        """The items of a scene that are seen."""
        found = []
        joined = {item.id: item for item in _joined(scene.items)}
        for item in scene.items:
            item = joined.get(item.id, item)
            if item not in self._known:
                code = WRITERS[type(item)](self, item)
                self._known[item] = Drawn(item.id, code) if code else None
            if (drawn := self._known[item]) is not None:
                found.append(drawn)
        return found

    def colour(self, name: str) -> str:
        """A colour of the theme, by name or as `#rrggbb`."""
        value = self.theme.colour(name)
        spelt = f"gv-{_UNNAMED.sub('-', name.lower()).strip('-')}"
        self.colours[spelt] = value.removeprefix("#").upper()
        return spelt

    def _shape(self, role: str) -> tuple[str, str]:
        """The command that draws a role, empty if it is not seen, and its style."""
        look = self.theme.looks[role]
        command = {(1, 1): "filldraw", (1, 0): "fill", (0, 1): "draw"}.get(
            (bool(look.fill), bool(look.stroke)), ""
        )
        style = f"gv {role}"
        if command and style not in self.styles:
            self.styles[style] = self._look(look)
        return command and f"\\{command}", style

    def _look(self, look: Look) -> str:
        parts = [f"fill={self.colour(look.fill)}"] if look.fill else []
        if look.stroke:
            parts += [f"draw={self.colour(look.stroke)}", "line cap=round", "line join=round"]
            dash = tuple(v * self.stroke for v in look.dash)
            parts += self._line(look.width * self.stroke, dash or None)
        return ", ".join(parts)

    @staticmethod
    def _line(width: float | None, dash: Any) -> list[str]:
        parts = [f"line width={n(width)}\\gvunit"] if width is not None else []
        if dash == ():
            parts.append("solid")
        elif dash:
            lengths = [*dash] * (1 + len(dash) % 2)
            pairs = zip(lengths[::2], lengths[1::2], strict=True)
            said = " ".join(f"on {n(on)}\\gvunit off {n(off)}\\gvunit" for on, off in pairs)
            parts.append(f"dash pattern={said}")
        return parts

    def _words(self, role: str) -> str:
        """The style of the texts of a role."""
        style = f"gv {role} text"
        if style not in self.styles:
            colour = self.colour(self.theme.looks[role].fill)
            self.styles[style] = f"gv text, text={colour}"
        return style

    def _box(self, item: Rect) -> str:
        command, style = self._shape(item.role)
        return (
            f"\\node[{style}, {_size(item, item.radius)}] {_placed(item)} {{}};" if command else ""
        )

    def _circle(self, item: Circle) -> str:
        command, style = self._shape(item.role)
        place = f"({name(item.id)}) at {at(Point(item.x, item.y))}"
        return f"\\node[{style}, gv circle={n(2 * item.radius)}] {place} {{}};" if command else ""

    def _path(self, item: Path) -> str:
        return self._stroke(item, curve(item.points, name(item.id)))

    def _lines(self, item: Line) -> str:
        return self._stroke(item, wrapped(polygon(item.points, name(item.id), closed=False)))

    def _stroke(self, item: Path | Line, path: str) -> str:
        command, style = self._shape(item.role)
        own = ", ".join([style, *self._line(item.width, item.dash)])
        return f"{command}[{own}] {path};" if command else ""

    def _polygon(self, item: Polygon) -> str:
        command, style = self._shape(item.role)
        return f"{command}[{style}] {polygon(item.points, name(item.id))};" if command else ""

    def _area(self, item: Area) -> str:
        command, style = self._shape(item.role)
        names = [name(item.id), *([""] * len(item.loops))]
        loops = " ".join(polygon(loop, key) for loop, key in zip(item.loops, names, strict=False))
        return f"{command}[{style}, even odd rule] {wrapped(loops)};" if command and loops else ""

    def _text(self, item: Text) -> str:
        weight = self.theme.looks[item.role].weight or item.weight
        said = " ".join(item.text.split())
        words = letters.text(said)
        if words is None:
            return self._outlined(item, weight)
        if not words:
            return ""
        room = measured.width(said, item.size, weight) / item.size * SET
        parts = [self._words(item.role), f"gv size={n(item.size)}"]
        parts += ["gv bold"] if _is_bold(words, weight) else []
        parts += [f"anchor={ANCHORS[item.anchor]}"] if item.anchor != "middle" else []
        place = at(Point(item.x, item.y))
        body = f"\\gvfit{{{n(room)}}}{{{words}}}"
        return f"\\node[{', '.join(parts)}] ({name(item.id)}) at {place} {{{body}}};"

    def _outlined(self, item: Text, weight: Weight) -> str:
        """A text that the fonts of LaTeX cannot print, as outlines."""
        colour = self.colour(self.theme.looks[item.role].fill)
        path = wrapped(outlined(item, weight))
        named = f"\\coordinate ({name(item.id)}) at {at(Point(item.x, item.y))};"
        return f"{named}{remark(item.text)}\n\\fill[{colour}] {path};"

    def _maths(self, item: Maths) -> str:
        formula = letters.maths(item.source.latex(self._painted))
        if formula is None:
            return self._glyphs(item)
        formula = _close(formula)
        parts = [self._words(item.role), "gv maths", f"gv size={n(item.size)}", "anchor=west"]
        place = at(Point(item.x, _middle(item).y))
        sides = item.width, TALLER * item.height
        room = "".join(f"{{{n(side / item.size * SET)}}}" for side in sides)
        body = f"\\gvmaths{room}{{{formula}}}"
        return f"\\node[{', '.join(parts)}] ({name(item.id)}) at {place} {{{body}}};"

    def _painted(self, role: str, source: str) -> str:
        return f"\\textcolor{{{self.colour(self.theme.looks[role].fill)}}}{{{source}}}"

    def _glyphs(self, item: Maths) -> str:
        """A formula with letters that the fonts of LaTeX cannot print, as outlines."""
        lines = [f"\\coordinate {_placed(item)};{remark(item.source.latex())}"]
        for role, width, path in glyphs(item):
            colour = self.colour(self.theme.looks[role].fill)
            drawn = (
                f"\\draw[{colour}, line width={n(width)}\\gvunit]" if width else f"\\fill[{colour}]"
            )
            lines.append(f"{drawn} {wrapped(path)};")
        return "\n".join(lines)

    def _cells(self, item: Cells) -> str:
        rows, columns = len(item.levels), len(item.levels[0])
        if rows * columns > MOST_CELLS:
            pixels = [[self._pixel(level) for level in row] for row in item.levels]
            return self._included(item, png(pixels))
        across, down = item.width / columns, item.height / rows
        lines = [f"\\node[{_size(item)}] {_placed(item)} {{}};"]
        for level, strips in item.strips():
            boxes = []
            for row, start, stop in strips:
                corner = Point(item.x + start * across, item.y + row * down)
                end = Point(item.x + stop * across, item.y + (row + 1) * down)
                boxes.append(f"{at(corner)} rectangle {at(end)}")
            lines.append(f"\\path[gv cell={self._heat(level)}] {wrapped(' '.join(boxes))};")
        return "\n".join(lines)

    def _heat(self, level: int | None) -> str:
        """The colour of a level: `gv-heat-3`, `gv-heat-minus-3`."""
        if level is None:
            return self.colour(self.theme.looks["heat invalid"].fill)
        spelt = f"gv-heat-{'minus-' * (level < 0)}{abs(level)}"
        self.colours[spelt] = self.theme.heat[level + LEVELS].removeprefix("#").upper()
        return spelt

    def _pixel(self, level: int | None) -> bytes:
        hot = self.theme.colour(self.theme.looks["heat invalid"].fill)
        return bytes.fromhex((hot if level is None else self.theme.heat[level + LEVELS])[1:])

    def _image(self, item: Image) -> str:
        return self._included(item, item.png)

    def _included(self, item: Image | Cells, content: bytes) -> str:
        """An image in a file of its own; the same image is one file."""
        file = self.images.setdefault(content, f"{self._stem}-image-{len(self.images) + 1}.png")
        size = f"width={n(item.width)}\\gvunit, height={n(item.height)}\\gvunit"
        return f"\\node[gv image] {_placed(item)} {{\\includegraphics[{size}]{{{file}}}}};"


WRITERS: Final[dict[type, Callable[[Items, Any], str]]] = {
    Rect: Items._box, Circle: Items._circle, Path: Items._path, Polygon: Items._polygon,
    Line: Items._lines, Area: Items._area, Text: Items._text, Maths: Items._maths,
    Cells: Items._cells, Image: Items._image,
}  # fmt: skip


def _middle(item: Rect | Maths | Cells | Image) -> Point:
    return Point(item.x + item.width / 2, item.y + item.height / 2)


def _placed(item: Rect | Maths | Cells | Image) -> str:
    """The name of an item and its middle."""
    return f"({name(item.id)}) at {at(_middle(item))}"


def _size(item: Rect | Cells, radius: float = 0.0) -> str:
    """The size of a box with round corners."""
    radius = min(radius, item.width / 2, item.height / 2)
    return f"gv box={{{n(item.width)}}}{{{n(item.height)}}}{{{n(radius)}}}"


def _joined(items: Sequence[Item]) -> Iterator[Text]:
    """The texts that another goes on from, held by their right ends, so that no gap opens between
    them in a narrower font.
    """
    texts = [item for item in items if isinstance(item, Text) and item.anchor == "start"]
    starts = {(item.x, item.y) for item in texts}
    for item in texts:
        least = item.x + measured.width(item.text, item.size, item.weight) - MEETS
        most = item.x + wide(item.text, item.size) + MEETS
        for x in (x for x, y in starts if y == item.y and least <= x <= most):
            yield replace(item, x=x, anchor="end")


def _is_bold(words: str, weight: Weight) -> bool:
    """Whether a text is bold; a sign that stands alone is so in any weight but the regular."""
    is_sign = words in "+=" or (words.startswith("$") and words.count("$") == 2)
    return weight in BOLD or (weight == "medium" and is_sign)


def _close(formula: str) -> str:
    """A formula in which a function stands next to its bracket, however large that is."""
    return _RIGHT.sub(r"\\right\1\\mathclose{}", _LEFT.sub(r"\\mathopen{}\\left", formula))


def name(id_: str) -> str:
    """An id as TikZ can name a node: letters, digits and hyphens."""
    return _UNNAMED.sub("-", id_).strip("-")


def remark(text: str) -> str:
    """A remark after a command, on the same line."""
    said = " ".join(text.split())
    return f" % {said[:LONGEST_REMARK]}{'…' * (len(said) > LONGEST_REMARK)}"
