"""SVG: one self-contained picture per file, with the fonts that it needs embedded."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any, Final, get_args

from gradviz import fonts
from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.fonts import Weight
from gradviz.fonts.letters import Letters
from gradviz.fonts.outlines import outline, outline_of
from gradviz.layout import text as measured
from gradviz.layout.curves import Curve, Point
from gradviz.layout.text import Placed
from gradviz.scene.images import as_text
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

MARK: Final = "made by gradviz"
COMMON: Final = "".join(map(chr, range(0x20, 0x7F))) + "−×·∂Σσ←→∞…ᵀ⊙√≥≤₀₁₂₃²³±"
"""Characters that every embedded font holds, so that the pictures of a run share one subset."""
FALLBACKS: Final = f"'{fonts.FAMILY}', Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
"""The fonts of a file of its own: programs that ignore embedded fonts take the first they have."""

SHARES: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a text is left of its place."""


def svg(
    scene: Scene,
    theme: Theme,
    *,
    embed_fonts: bool = True,
    outlined: bool = False,
    letters: Letters | None = None,
) -> str:
    """The scene as SVG text. The same scene and theme give the same text everywhere, if texts that
    the shipped fonts cannot draw find the same fonts.

    embed_fonts  The file brings its fonts, and says how wide each text is, for programs that take
                 another font. Without them, a viewer needs the shipped fonts, or the widths of
                 texts will differ.
    outlined     Texts are drawn as paths, so no font is needed, nor embedded.
    letters      takes the letters of fonts that are not shipped, for a PDF that is given those.
                 Without it, and with no fonts embedded, their texts are paths; in a PDF, whose text
                 must be readable from its glyphs, those with glyphs that share characters.
    """
    return _Writer(scene, theme, embed_fonts, outlined, letters).document()


class _Writer:
    """Writes one scene in one theme."""

    def __init__(
        self, scene: Scene, theme: Theme, embed_fonts: bool, outlined: bool, letters: Letters | None
    ) -> None:
        self.scene, self.theme = scene, theme
        self.embeds, self.outlined = embed_fonts and not outlined, outlined
        self.letters = Letters() if self.embeds else letters
        self.weights: dict[Weight, set[str]] = {}
        self.glyphs: dict[str, str] = {}
        self._paint = {role: self._painted(look) for role, look in theme.looks.items()}

    def document(self) -> str:
        """The whole file."""
        scene = self.scene
        body = [self._item(item) for item in scene.items]
        key = hashlib.sha256(f"{scene.title}\n{scene.description}".encode()).hexdigest()[:8]
        width, height = _n(scene.width), _n(scene.height)
        family = "" if self.outlined else f' font-family="{self._family()}"'
        head = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(scene.width * scene.zoom)}"'
                f' height="{_n(scene.height * scene.zoom)}" viewBox="0 0 {width} {height}"'
                f' role="img" aria-labelledby="title-{key} desc-{key}"{family}'
                ' text-rendering="geometricPrecision">'
            ),
            f'<title id="title-{key}">{escape(scene.title, quote=False)}</title>',
            f'<desc id="desc-{key}">{escape(scene.description, quote=False)}</desc>',
            f"<!-- {mark(scene)} -->",
        ]
        if self.embeds:
            faces = [
                _face(w, "".join(sorted(self.weights[w] - set(COMMON))))
                for w in sorted(self.weights)
            ]
            faces += self.letters.css() if self.letters else []
            head.append(f"<style>{''.join(faces)}</style>")
        if self.glyphs:
            shapes = "".join(
                f'<path id="{name}" d="{path}"/>' for path, name in self.glyphs.items()
            )
            head.append(f"<defs>{shapes}</defs>")
        if not self.theme.transparent:
            ground = self._paint["ground"]
            head.append(f'<rect id="ground" width="{width}" height="{height}"{ground}/>')
        return "\n".join([*head, *body, "</svg>\n"])

    def _family(self) -> str:
        return FALLBACKS if self.embeds else fonts.FAMILY

    def _painted(self, look: Look) -> str:
        fill, stroke = self.theme.colour(look.fill), self.theme.colour(look.stroke)
        said = f' fill="{fill or "none"}"'
        if stroke:
            wide = look.width * self.scene.stroke
            said += f' stroke="{stroke}" stroke-width="{_n(wide)}" stroke-linecap="round"'
        dash = " ".join(_n(length * self.scene.stroke) for length in look.dash)
        return said + (f' stroke-dasharray="{dash}"' if dash else "")

    def _item(self, item: Item) -> str:
        return WRITERS[type(item)](self, item)

    def _rect(self, item: Rect) -> str:
        radius = f' rx="{_n(item.radius)}"' if item.radius else ""
        return (
            f'<rect id="{item.id}" x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}" '
            f'height="{_n(item.height)}"{radius}{self._paint[item.role]}/>'
        )

    def _circle(self, item: Circle) -> str:
        place = f'cx="{_n(item.x)}" cy="{_n(item.y)}" r="{_n(item.radius)}"'
        return f'<circle id="{item.id}" {place}{self._paint[item.role]}/>'

    def _path(self, item: Path) -> str:
        return f'<path id="{item.id}" d="{_curve(item.points)}"{self._stroke(item)}/>'

    def _stroke(self, item: Path | Line) -> str:
        """The paint of a line, with a thickness and dashes of its own."""
        paint, look = self._paint[item.role], self.theme.looks[item.role]
        if item.width is not None or item.dash is not None:
            usual = self.scene.stroke
            width = look.width if item.width is None else item.width / usual
            dash = look.dash if item.dash is None else tuple(v / usual for v in item.dash)
            paint = self._painted(replace(look, width=width, dash=dash))
        return paint

    def _line(self, item: Line) -> str:
        points = " ".join(map(_point, item.points))
        return (
            f'<polyline id="{item.id}" points="{points}"{self._stroke(item)}'
            ' stroke-linejoin="round"/>'
        )

    def _area(self, item: Area) -> str:
        loops = "".join(f"M{'L'.join(map(_point, loop))}Z" for loop in item.loops)
        return f'<path id="{item.id}" d="{loops}" fill-rule="evenodd"{self._paint[item.role]}/>'

    def _polygon(self, item: Polygon) -> str:
        paint = self._paint[item.role]
        return f'<polygon id="{item.id}" points="{" ".join(map(_point, item.points))}"{paint}/>'

    def _text(self, item: Text) -> str:
        look = self.theme.looks[item.role]
        weight = look.weight or item.weight
        words = fonts.spelt(item.text)
        if not fonts.characters().issuperset(words):
            return self._mixed(item, weight)
        if self.outlined:
            return self._outline(item, words, weight)
        self.weights.setdefault(weight, set()).update(words)
        anchor = "" if item.anchor == "start" else f' text-anchor="{item.anchor}"'
        return (
            f'<text id="{item.id}" x="{_n(item.x)}" y="{_n(item.y)}" font-size="{_n(item.size)}" '
            f'font-weight="{fonts.CSS_WEIGHTS[weight]}"{anchor}{self._width(item, words, weight)}'
            f"{self._paint[item.role]}>{escape(words, quote=False)}</text>"
        )

    def _mixed(self, item: Text, weight: Weight) -> str:
        """A text in several fonts, each run in its place; as paths, where the font is not there."""
        runs = measured.placed(_closed(item.text), item.size, weight)
        left = item.x - SHARES[item.anchor] * sum(placed.width for placed in runs)
        if self.outlined or (self.letters is None and all(p.run.family for p in runs)):
            path = "".join(self._shape(placed, item, weight, left) for placed in runs)
            return f'<path id="{item.id}" d="{path}"{self._paint[item.role]}/>'
        parts = [self._run(placed, item, weight, left) for placed in runs]
        spans = "".join(part for part in parts if part.startswith("<tspan"))
        shapes = [part for part in parts if not part.startswith("<tspan")]
        text = (
            f'<text y="{_n(item.y)}" font-size="{_n(item.size)}"'
            f' font-weight="{fonts.CSS_WEIGHTS[weight]}" xml:space="preserve">{spans}</text>'
        )
        paths = f'<path d="{"".join(shapes)}"/>' if shapes else ""
        return f'<g id="{item.id}"{self._paint[item.role]}>{text}{paths}</g>'

    def _shape(self, placed: Placed, item: Text, weight: Weight, left: float) -> str:
        words, family, _ = placed.run
        x, y = left + placed.left, item.y
        if family is None:
            return outline(words, item.size, weight, x, y)
        return outline_of(family, words, item.size, weight, x, y)

    def _run(self, placed: Placed, item: Text, weight: Weight, left: float) -> str:
        """A run as text, or as a path if the viewer has no font for it.

        Renderers count letters differently where glyphs share them, so such a run says no width.
        """
        words, family, _ = placed.run
        said, apart = "", family is None or family.shaped(words, weight).apart
        if family is None:
            self.weights.setdefault(weight, set()).update(words)
        elif self.letters is None or not (self.embeds or apart):
            return self._shape(placed, item, weight, left)
        else:
            face = self.letters.take(family, weight, words)
            said = f""" font-family="'{face.alias}', '{face.family}', sans-serif\""""
        if self.embeds and apart and len(words) > 1:
            said += f' textLength="{_n(placed.width)}" lengthAdjust="spacingAndGlyphs"'
        return f'<tspan x="{_n(left + placed.left)}"{said}>{escape(words, quote=False)}</tspan>'

    def _width(self, item: Text, words: str, weight: Weight) -> str:
        """How wide a text is to be in any font; of one character, the font decides."""
        if not self.embeds or len(words) < 2:
            return ""
        wide = measured.width(_closed(words), item.size, weight)
        return f' textLength="{_n(wide)}" lengthAdjust="spacingAndGlyphs"'

    def _outline(self, item: Text, words: str, weight: Weight) -> str:
        words = _closed(words)
        left = item.x - SHARES[item.anchor] * measured.width(words, item.size, weight)
        shape = outline(words, item.size, weight, left, item.y)
        return f'<path id="{item.id}" d="{shape}"{self._paint[item.role]}/>'

    def _maths(self, item: Maths) -> str:
        scale = f" scale({_n(item.scale, 4)})" if item.scale != 1 else ""
        parts = []
        for mark in item.setting.marks:
            look = self.theme.looks[mark.role or item.role]
            colour = self.theme.colour(look.fill)
            if mark.stroke:
                paint = f'fill="none" stroke="{colour}" stroke-width="{_n(mark.stroke, 3)}"'
                parts.append(
                    f'<path d="{mark.path}" {paint} transform="{_transform(mark.matrix)}"/>'
                )
            else:
                glyph = self.glyphs.setdefault(mark.path, _glyph_id(mark.path))
                paint = "" if not mark.role or mark.role == item.role else f' fill="{colour}"'
                parts.append(f'<use href="#{glyph}" transform="{_transform(mark.matrix)}"{paint}/>')
        colour = self.theme.colour(self.theme.looks[item.role].fill)
        place = f"translate({_n(item.x)} {_n(item.y)}){scale}"
        return f'<g id="{item.id}" transform="{place}" fill="{colour}">{"".join(parts)}</g>'

    def _cells(self, item: Cells) -> str:
        rows, columns = len(item.levels), len(item.levels[0])
        across, down = item.width / columns, item.height / rows
        by_level: dict[int | None, list[str]] = {}
        for i, row in enumerate(item.levels):
            j = 0
            while j < columns:
                stop = j + 1
                while stop < columns and row[stop] == row[j]:
                    stop += 1
                wide = (stop - j) * across
                box = f"M{_n(j * across)} {_n(i * down)}h{_n(wide)}v{_n(down)}h{_n(-wide)}z"
                by_level.setdefault(row[j], []).append(box)
                j = stop
        parts = []
        for level in sorted(by_level, key=lambda v: (v is None, v or 0)):
            look = self.theme.looks["heat invalid"].fill
            colour = self.theme.colour(look) if level is None else self.theme.heat[level + LEVELS]
            parts.append(f'<path fill="{colour}" d="{"".join(by_level[level])}"/>')
        place = f'transform="translate({_n(item.x)} {_n(item.y)})" shape-rendering="crispEdges"'
        return f'<g id="{item.id}" {place}>{"".join(parts)}</g>'

    def _image(self, item: Image) -> str:
        return (
            f'<image id="{item.id}" x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}"'
            f' height="{_n(item.height)}" preserveAspectRatio="none"'
            ' image-rendering="optimizeSpeed" style="image-rendering:pixelated"'
            f' href="{as_text(item.png)}"/>'
        )


WRITERS: Final[dict[type, Callable[[_Writer, Any], str]]] = {
    Rect: _Writer._rect, Circle: _Writer._circle, Path: _Writer._path, Polygon: _Writer._polygon,
    Line: _Writer._line, Area: _Writer._area, Text: _Writer._text, Maths: _Writer._maths,
    Cells: _Writer._cells, Image: _Writer._image,
}  # fmt: skip


def _n(value: float, places: int = 2) -> str:
    """A number, rounded, in its shortest form."""
    if value == int(value):
        return str(int(value))
    said = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said


def _closed(words: str) -> str:
    """A text with single spaces, as viewers show it (`white-space: normal`)."""
    return re.sub(" +", " ", words).strip(" ")


def _point(point: Point) -> str:
    return f"{_n(point.x)},{_n(point.y)}"


@lru_cache(maxsize=20_000)
def _curve(points: Curve) -> str:
    first, *rest = map(_point, points)
    return f"M{first}C{' '.join(rest)}"


@lru_cache(maxsize=50_000)
def _transform(matrix: Iterable[float]) -> str:
    a, b, c, d, e, f = matrix
    if (a, b, c, d) == (1, 0, 0, 1):
        return f"translate({_n(e)} {_n(f)})"
    return f"matrix({' '.join(_n(v, 4) for v in (a, b, c, d))} {_n(e)} {_n(f)})"


@lru_cache(maxsize=4096)
def _glyph_id(path: str) -> str:
    """A name from the shape itself: the same in every picture, so pictures can share a page."""
    return "glyph-" + hashlib.sha256(path.encode()).hexdigest()[:10]


@lru_cache(maxsize=64)
def _face(weight: Weight, further: str) -> str:
    data = base64.b64encode(fonts.subset(weight, COMMON + further)).decode("ascii")
    return (
        f'@font-face{{font-family:"{fonts.FAMILY}";font-weight:{fonts.CSS_WEIGHTS[weight]};'
        f'src:url(data:font/otf;base64,{data}) format("opentype")}}'
    )


def faces(text: str) -> str:
    """CSS that embeds the fonts for this text, for a page of pictures without embedded fonts."""
    further = "".join(sorted(c for c in set(fonts.spelt(text)) - set(COMMON) if c.isprintable()))
    return "".join(_face(weight, further) for weight in get_args(Weight))


def _write(drawing: Drawing, frames: Sequence[Any]) -> str:
    outlined = drawing.look.text == "outline"
    return svg(drawing.scenes(list(frames))[0], drawing.theme, outlined=outlined)


def mark(scene: Scene) -> str:
    """The maker of the picture, its layout engine, and the fonts in it that are not shipped; two
    dashes would end a comment.
    """
    return ", ".join([MARK, *made_with(scene.engine, [scene])]).replace("--", "- -")


def made_with(engine: str, scenes: Iterable[Scene]) -> list[str]:
    """The layout engine and the fonts of pictures that are not shipped, in words."""
    titles = sorted({family.title for scene in scenes for family in scene.families})
    engines = [f"laid out by {engine}"] if engine else []
    return engines + ([f"with letters of {', '.join(titles)}"] if titles else [])


def _is_ours(content: bytes) -> bool:
    return content.startswith(b"<svg") and f"<!-- {MARK}".encode() in content


FORMAT = Format((".svg",), "frame", (*PICTURE, "letters"), _write, _is_ours)
