"""Families of fonts that are not shipped: what they can draw, how wide it is, and as what shapes.

HarfBuzz, which the extra `fonts` installs, shapes their texts, as browsers and renderers do:
letters join, marks find their place. Lengths are shares of the font size.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from gradviz.errors import FileError, GradvizError
from gradviz.fonts import CSS_WEIGHTS, Weight

EXTRA: Final = 'pip install "gradviz-explainer[fonts]"'
"""How HarfBuzz and fonts for other scripts are installed."""

MOST_FACES: Final = 64
"""A collection of fonts is read as far as this."""

RIGHT_TO_LEFT: Final = ("R", "AL")
"""The classes of characters that are written from right to left (Unicode standard annex 9)."""

OBEYED: Final = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
"""Categories of characters that a renderer obeys instead of drawing them."""
UNSEEN: Final = ("Z", "C", "M")
"""Categories of characters that may have no ink of their own."""

FORMS: Final = ("NFC", "NFKD")
"""The forms in which shaping looks characters up too: whole, and in parts."""


class Shaped(NamedTuple):
    """A text in one font: its width, and each glyph with its place on the baseline.

    apart  Each glyph stands for characters of its own, so that text can be read back from them.
    """

    width: float
    glyphs: tuple[tuple[int, float, float], ...]
    apart: bool


class Face:
    """One font: a file, or the `number`-th of a collection. `file` may be any path; raises
    FileError for what is not a font with outlines.
    """

    def __init__(self, file: Path, number: int = 0) -> None:
        hb = harfbuzz()
        try:
            blob = hb.Blob.from_file_path(str(file))
        except hb.HarfBuzzError:
            raise FileError(f"{file.name:.60} cannot be read", where=str(file)) from None
        self.file, self.number = file, number
        self._face = hb.Face(blob, number)
        if not self._face.glyph_count or not {"glyf", "CFF ", "CFF2"} & set(self._face.table_tags):
            raise FileError(
                f"{file.name:.60} is not a font that can be drawn",
                where=str(file),
                expected="a .ttf, .otf or .ttc file with outlines",
            )
        self._fonts: dict[float, Any] = {}

    @cached_property
    def count(self) -> int:
        """How many fonts the file holds."""
        return min(int(self._face.count), MOST_FACES)

    @cached_property
    def family(self) -> str:
        """Its family name, as the file says it."""
        return _clean(self._named(16) or self._named(1) or self.file.stem)

    @cached_property
    def title(self) -> str:
        """Its family name and its version."""
        found = re.search(r"\d+(\.\d+)+", self._named(5))
        return f"{self.family} {found[0]}" if found else self.family

    @cached_property
    def alias(self) -> str:
        """The family name of its subsets: no other font on any machine has it."""
        sum_ = bytes(self._face.reference_table("head").data[8:12])
        return f"{self.family} {sum_.hex()}"

    @cached_property
    def weights(self) -> tuple[float, float]:
        """The lightest and the boldest that it can be, as CSS counts; the same if it is fixed."""
        hb = harfbuzz()
        for axis in self._face.axis_infos:
            if axis.tag == "wght":
                return axis.min_value, axis.max_value
        own = float(hb.Font(self._face).get_style_value(hb.StyleTag.WEIGHT))
        return own, own

    def nearest(self, weight: Weight) -> float:
        """The weight nearest to this that it can be."""
        lightest, boldest = self.weights
        return min(max(float(CSS_WEIGHTS[weight]), lightest), boldest)

    def has(self, character: str) -> bool:
        """Whether it maps a character to a glyph."""
        return self.font("regular").get_nominal_glyph(ord(character)) is not None

    def font(self, weight: Weight) -> Any:
        """HarfBuzz's font of a weight."""
        value = self.nearest(weight)
        if value not in self._fonts:
            font = harfbuzz().Font(self._face)
            if self.weights[0] != self.weights[1]:
                font.set_variations({"wght": value})
            self._fonts[value] = font
        return self._fonts[value]

    def shaped(self, text: str, weight: Weight) -> Shaped:
        """A text as it is drawn, in one direction."""
        hb = harfbuzz()
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.language = "en"  # else that of the machine
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if is_right_to_left(text) else "ltr"
        hb.shape(self.font(weight), buffer, {"locl": False})
        em, across, glyphs = self._face.upem, 0, []
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x, y = across + place.x_offset, place.y_offset
            glyphs.append((info.codepoint, x / em, y / em))
            across += place.x_advance
        apart = len({info.cluster for info in buffer.glyph_infos}) == len(glyphs)
        return Shaped(across / em, tuple(glyphs), apart)

    def draws(self, text: str) -> bool:
        """Whether no glyph of a text is missing, or empty where there should be something."""
        glyphs = self.shaped(text, "regular").glyphs
        if any(glyph == 0 for glyph, _, _ in glyphs):
            return False
        if all(unicodedata.category(c)[0] in UNSEEN for c in text):
            return True
        font = self.font("regular")
        sizes = (font.get_glyph_extents(glyph) for glyph, _, _ in glyphs)
        return any(size is not None and size.width and size.height for size in sizes)

    def outline(self, shaped: Shaped, weight: Weight, pen: Any) -> None:
        """Draw a shaped text with a pen of fontTools, in shares of the font size, y upwards."""
        from fontTools.pens.transformPen import TransformPen

        em = 1 / self._face.upem
        for glyph, x, y in shaped.glyphs:
            self.font(weight).draw_glyph_with_pen(glyph, TransformPen(pen, (em, 0, 0, em, x, y)))

    def subset(self, characters: str, weight: Weight) -> bytes:
        """The font with what texts of these characters need, under the name of its alias, its
        weight fixed.
        """
        hb = harfbuzz()
        wanted = hb.SubsetInput()
        whole = characters + "".join(unicodedata.normalize(form, characters) for form in FORMS)
        wanted.unicode_set.update(map(ord, whole))
        wanted.flags = hb.SubsetFlags.NOTDEF_OUTLINE | hb.SubsetFlags.DOWNGRADE_CFF2
        wanted.layout_feature_tag_set.discard(int.from_bytes(b"locl", "big"))
        if self._face.axis_infos:
            wanted.pin_all_axes_to_default(self._face)
        if self.weights[0] != self.weights[1]:
            wanted.pin_axis_location(self._face, "wght", self.nearest(weight))
        made = hb.subset(self._face, wanted)
        return _renamed(bytes(made.blob.data), self.alias, CSS_WEIGHTS[weight])

    def _named(self, number: int) -> str:
        return self._face.get_name(number) or ""


class Family:
    """The fonts of one family, of one or several weights; the first says what it can draw."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self.faces = tuple(faces)
        self._drawn: dict[str, bool] = {}
        self.shaped = lru_cache(maxsize=4096)(self._shaped)

    @property
    def title(self) -> str:
        """Its name and version."""
        return self.faces[0].title

    def draws(self, cluster: str) -> bool:
        """Whether it can draw a character with its marks."""
        found = self._drawn.get(cluster)
        if found is None:
            face, first = self.faces[0], unicodedata.category(cluster[0])
            found = first not in OBEYED and face.has(cluster[0]) and face.draws(cluster)
            self._drawn[cluster] = found
        return found

    def at(self, weight: Weight) -> Face:
        """Its font of a weight, or the nearest."""
        wanted = CSS_WEIGHTS[weight]
        return min(self.faces, key=lambda face: abs(face.nearest(weight) - wanted))

    def _shaped(self, text: str, weight: Weight) -> Shaped:
        return self.at(weight).shaped(text, weight)


def is_right_to_left(text: str) -> bool:
    """Whether a text of one direction is written from right to left."""
    return any(unicodedata.bidirectional(c) in RIGHT_TO_LEFT for c in text)


def families(faces: Iterable[Face]) -> tuple[Family, ...]:
    """Fonts by their family, in order of appearance."""
    found: dict[str, list[Face]] = {}
    for face in faces:
        found.setdefault(face.family, []).append(face)
    return tuple(map(Family, found.values()))


@cache
def faces(file: Path) -> tuple[Face, ...]:
    """The fonts of a file. Raises FileError."""
    first = Face(file)
    return (first, *(Face(file, number) for number in range(1, first.count)))


@cache
def is_there() -> bool:
    """Whether HarfBuzz is installed."""
    from importlib.util import find_spec

    return find_spec("uharfbuzz") is not None


def harfbuzz() -> Any:
    """HarfBuzz. Raises GradvizError where it is not installed."""
    if not is_there():
        raise GradvizError("fonts that are not shipped need HarfBuzz", hint=EXTRA)
    import uharfbuzz

    return uharfbuzz


def _clean(name: str) -> str:
    """A family name without what CSS and typst would read as something else."""
    return " ".join(re.sub(r"[^\w .+-]", " ", name).split())[:60] or "a font"


def _renamed(data: bytes, family: str, weight: int) -> bytes:
    """A font under another family name, as the only style of its weight."""
    from fontTools.ttLib import TTFont, newTable

    font = TTFont(io.BytesIO(data), recalcTimestamp=False, recalcBBoxes=False)
    names = newTable("name")
    names.names = []
    for number, said in ((1, family), (2, "Regular"), (4, family), (6, family.replace(" ", "-"))):
        names.setName(said, number, 3, 1, 0x409)
    font["name"] = names
    font["OS/2"].usWeightClass = weight
    for tag in {"STAT", "DSIG", "vhea", "vmtx", "VORG", "BASE"} & set(font.keys()):
        del font[tag]
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()
