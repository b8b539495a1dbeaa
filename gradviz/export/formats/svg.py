"""SVG: self-contained pictures, with the fonts that they need embedded.

A file holds one picture, or several: an animation, or fragments of a slide. Of several pictures
every element is written once, with the pictures that show it; without animation a viewer shows the
last one.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any, Final, get_args

from gradviz import fonts
from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats._turns import animated, in_browsers, in_fragments, merged
from gradviz.fonts import Weight
from gradviz.fonts.letters import Letters
from gradviz.fonts.outlines import outline, outline_of
from gradviz.layout import text as measured
from gradviz.layout.curves import Curve, Point
from gradviz.layout.text import Placed
from gradviz.progress import each
from gradviz.scene.images import as_text
from gradviz.scene.model import (
    LEVELS,
    Area,
    Cells,
    Circle,
    Image,
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
    writer = _Writer(theme, embed_fonts, outlined, letters)
    body = writer.items(scene)
    return writer.document(scene, scene.title, scene.description, [text for _, text in body])


def several(
    scenes: Sequence[Scene],
    theme: Theme,
    title: str,
    *,
    seconds: float,
    fragments: bool = False,
    outlined: bool = False,
) -> str:
    """Pictures that take turns in one place: an animation in a loop, each picture shown for so many
    seconds, or the fragments of a slide of reveal.js. A viewer that animates nothing, is asked for
    little motion, or prints, shows the last picture.
    """
    writer = _Writer(theme, True, outlined, None)
    shown = merged([writer.items(scene) for scene in each("pictures written", scenes)])
    body, css = in_fragments(shown) if fragments else animated(shown, seconds)
    told = " ".join(scene.heading for scene in scenes)
    description = f"{len(scenes)} pictures. {told} {scenes[-1].description}"
    return writer.document(scenes[-1], title, description, body, css, made_of=scenes)


class _Writer:
    """Writes scenes in one theme."""

    def __init__(
        self, theme: Theme, embed_fonts: bool, outlined: bool, letters: Letters | None
    ) -> None:
        self.theme = theme
        self.embeds, self.outlined = embed_fonts and not outlined, outlined
        self.letters = Letters() if self.embeds else letters
        self.weights: dict[Weight, set[str]] = {}
        self.glyphs: dict[str, str] = {}
        self.stroke = 1.0
        self.follows: dict[str, str] = {}
        self._paint = _Paints(self)

    def items(self, scene: Scene) -> list[tuple[str, str]]:
        """The id and the element of each of its items."""
        self.stroke = scene.stroke
        self._paint.clear()
        return [(item.id, WRITERS[type(item)](self, item)) for item in scene.items]

    def document(
        self,
        scene: Scene,
        title: str,
        description: str,
        body: Iterable[str],
        css: str = "",
        made_of: Sequence[Scene] = (),
    ) -> str:
        """The whole file, as large as the scene."""
        key = hashlib.sha256(f"{title}\n{description}".encode()).hexdigest()[:8]
        width, height = _n(scene.width), _n(scene.height)
        family = "" if self.outlined else f' font-family="{self._family()}"'
        head = [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(scene.width * scene.zoom)}"'
                f' height="{_n(scene.height * scene.zoom)}" viewBox="0 0 {width} {height}"'
                f' role="img" aria-labelledby="title-{key} desc-{key}"{family}'
                ' text-rendering="geometricPrecision">'
            ),
            f'<title id="title-{key}">{escape(title, quote=False)}</title>',
            f'<desc id="desc-{key}">{escape(description, quote=False)}</desc>',
            f"<!-- {mark(scene.engine, made_of or [scene])} -->",
        ]
        ground = []
        if not self.theme.transparent:
            paint = self._paint["ground"]
            ground.append(f'<rect id="ground" width="{width}" height="{height}"{paint}/>')
        styles = [*self._faces(), *filter(None, [self._dark(), css])]
        if styles:
            head.append(f"<style>{''.join(styles)}</style>")
        if self.glyphs:
            shapes = "".join(
                f'<path id="{name}" d="{path}"/>' for path, name in self.glyphs.items()
            )
            head.append(f"<defs>{shapes}</defs>")
        return "\n".join([*head, *ground, *body, "</svg>\n"])

    def _faces(self) -> list[str]:
        """The fonts that the file brings, as CSS."""
        if not self.embeds:
            return []
        faces = [
            _face(w, "".join(sorted(self.weights[w] - set(COMMON)))) for w in sorted(self.weights)
        ]
        return faces + (self.letters.css() if self.letters else [])

    def _dark(self) -> str:
        """The colours for viewers that prefer dark ones, as CSS."""
        if not self.follows:
            return ""
        rules = "".join(f"{in_browsers(n)}{{{rule}}}" for n, rule in sorted(self.follows.items()))
        return f"@media (prefers-color-scheme:dark){{{rules}}}"

    def _family(self) -> str:
        return FALLBACKS if self.embeds else fonts.FAMILY

    def painted(self, look: Look) -> str:
        """The colours and lines of a look, as attributes."""
        names, line = {"fill": look.fill}, ""
        if self.theme.colour(look.stroke):
            names["stroke"] = look.stroke
            line = f' stroke-width="{_n(look.width * self.stroke)}" stroke-linecap="round"'
        dash = " ".join(_n(length * self.stroke) for length in look.dash)
        return self._colours(names, line + (f' stroke-dasharray="{dash}"' if dash else ""))

    def _colours(self, names: Mapping[str, str], further: str = "") -> str:
        """Attributes with these colours; where they follow the viewer, with classes for the dark
        ones.
        """
        said = "".join(f' {of}="{self.theme.colour(name) or "none"}"' for of, name in names.items())
        dark, classes = self.theme.dark, list[str]()
        if dark is not None:
            known = [(of, name) for of, name in names.items() if name in dark.colours]
            classes = [self._follow(of, name, dark.colours[name]) for of, name in known]
        return said + further + (f' class="{" ".join(classes)}"' if classes else "")

    def _follow(self, of: str, name: str, dark: str) -> str:
        """The class of what has another colour where the viewer prefers dark ones."""
        found = f"gradviz-{of}-{name.replace(' ', '-')}"
        self.follows[found] = f"{of}:{dark}"
        return found

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
            usual = self.stroke
            width = look.width if item.width is None else item.width / usual
            dash = look.dash if item.dash is None else tuple(v / usual for v in item.dash)
            paint = self.painted(replace(look, width=width, dash=dash))
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
        if self.outlined or self._lacks(words):
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
        if family is None and self._lacks(words):
            return self._shape(placed, item, weight, left)
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

    def _lacks(self, words: str) -> bool:
        """Whether a PDF could not be read from the glyphs of a text in the shipped fonts: a letter
        with a mark that it has no character with becomes glyphs without characters.
        """
        is_pdf = self.letters is not None and not self.embeds
        return is_pdf and not words.isascii() and any(map(unicodedata.combining, words))

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
            colour = self.theme.looks[mark.role or item.role].fill
            if mark.stroke:
                line = f' stroke-width="{_n(mark.stroke, 3)}"'
                paint = self._colours({"fill": "", "stroke": colour}, line)
                parts.append(
                    f'<path d="{mark.path}"{paint} transform="{_transform(mark.matrix)}"/>'
                )
            else:
                glyph = self.glyphs.setdefault(mark.path, _glyph_id(mark.path))
                own = mark.role and mark.role != item.role
                paint = self._colours({"fill": colour}) if own else ""
                parts.append(f'<use href="#{glyph}" transform="{_transform(mark.matrix)}"{paint}/>')
        paint = self._colours({"fill": self.theme.looks[item.role].fill})
        place = f"translate({_n(item.x)} {_n(item.y)}){scale}"
        return f'<g id="{item.id}" transform="{place}"{paint}>{"".join(parts)}</g>'

    def _cells(self, item: Cells) -> str:
        rows, columns = len(item.levels), len(item.levels[0])
        across, down = item.width / columns, item.height / rows
        parts = []
        for level, strips in item.strips():
            boxes = (
                f"M{_n(start * across)} {_n(row * down)}h{_n((stop - start) * across)}v{_n(down)}"
                f"h{_n(-(stop - start) * across)}z"
                for row, start, stop in strips
            )
            parts.append(f'<path{self._heat(level)} d="{"".join(boxes)}"/>')
        place = f'transform="translate({_n(item.x)} {_n(item.y)})" shape-rendering="crispEdges"'
        return f'<g id="{item.id}" {place}>{"".join(parts)}</g>'

    def _heat(self, level: int | None) -> str:
        """The paint of a level of a heatmap."""
        if level is None:
            return self._colours({"fill": self.theme.looks["heat invalid"].fill})
        paint, dark, at = (
            f' fill="{self.theme.heat[level + LEVELS]}"',
            self.theme.dark,
            level + LEVELS,
        )
        if dark is None:
            return paint
        return f'{paint} class="{self._follow("fill", f"heat {at}", dark.heat[at])}"'

    def _image(self, item: Image) -> str:
        return (
            f'<image id="{item.id}" x="{_n(item.x)}" y="{_n(item.y)}" width="{_n(item.width)}"'
            f' height="{_n(item.height)}" preserveAspectRatio="none"'
            ' image-rendering="optimizeSpeed" style="image-rendering:pixelated"'
            f' href="{as_text(item.png)}"/>'
        )


class _Paints(dict[str, str]):
    """The paint of each role that a scene uses, as attributes."""

    def __init__(self, writer: _Writer) -> None:
        super().__init__()
        self.writer = writer

    def __missing__(self, role: str) -> str:
        found = self[role] = self.writer.painted(self.writer.theme.looks[role])
        return found


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
    scenes = drawing.alike(list(frames))
    if len(scenes) == 1:
        return svg(scenes[0], drawing.theme, outlined=outlined)
    return several(
        scenes,
        drawing.theme,
        drawing.title,
        seconds=drawing.look.seconds,
        fragments=drawing.look.fragments,
        outlined=outlined,
    )


def mark(engine: str, scenes: Iterable[Scene]) -> str:
    """The maker of pictures, their layout engine, and the fonts in them that are not shipped; two
    dashes would end a comment.
    """
    return ", ".join([MARK, *made_with(engine, scenes)]).replace("--", "- -")


def made_with(engine: str, scenes: Iterable[Scene]) -> list[str]:
    """The layout engine and the fonts of pictures that are not shipped, in words."""
    titles = sorted({family.title for scene in scenes for family in scene.families})
    engines = [f"laid out by {engine}"] if engine else []
    return engines + ([f"with letters of {', '.join(titles)}"] if titles else [])


def _is_ours(content: bytes) -> bool:
    return content.startswith(b"<svg") and f"<!-- {MARK}".encode() in content


FORMAT = Format(
    suffixes=(".svg",),
    holds="either",
    draws=(*PICTURE, "letters", "time", "fragments"),
    write=_write,
    is_ours=_is_ours,
    follows=True,
)
