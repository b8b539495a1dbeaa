"""Make the shipped fonts and their table of advances from the original Inter files.

    python -m gradviz.fonts.build FOLDER        # the folder that holds Inter-Regular.otf and its
    sisters

Renderers differ in which font features they apply, and resvg applies none on request. So what the
pictures need is baked in: the tabular figures are the digits, and kerning and substitutions are
dropped, which makes the width of a text the sum of its advances in every renderer. Placing of
combining marks is kept; it moves no advance. A few signs of calculus that Inter lacks are made from
its own shapes. The same originals give the same bytes.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from fontTools import subset
from fontTools.misc.transform import Identity, Transform
from fontTools.pens.basePen import AbstractPen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.reverseContourPen import ReverseContourPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from gradviz.fonts import PACKING

HERE = Path(__file__).parent
FAMILY = "Gradviz Sans"
WEIGHTS = {"regular": "Regular", "medium": "Medium", "semibold": "SemiBold", "bold": "Bold"}
HEAVIER = {"Regular": "SemiBold", "Medium": "Bold", "SemiBold": "ExtraBold", "Bold": "Black"}

RANGES = (
    (0x0020, 0x007E),  # Latin
    (0x00A0, 0x024F),  # Latin-1, Extended-A and -B
    (0x02B0, 0x036F),  # modifier letters, combining marks
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x1D00, 0x1DBF),  # superscript letters
    (0x1E00, 0x1EFF),  # Latin with marks
    (
        0x2000,
        0x23FF,
    ),  # punctuation, super- and subscripts, currency, letterlike, arrows, operators, technical
    (0x25A0, 0x27FF),  # geometric shapes, symbols, arrows
    (0x2C7C, 0x2C7C),  # the subscript j
)
IGNORED = {0x00AD, 0x034F, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)}
"""Characters that renderers hide or obey instead of drawing: not shipped, so no width depends on
them.
"""

SAME = {0x22C5: 0x00B7, 0x2218: 0x25E6, 0x2225: 0x2016}
"""Signs drawn as another character's glyph: dot and ring operators, parallel bars."""


def build(originals: Path, target: Path = HERE) -> None:
    """Write `GradvizSans-*.otf` and `advances.json` into `target` from the Inter files in
    `originals`.
    """
    fonts = {weight: _font(originals, style) for weight, style in WEIGHTS.items()}
    for weight, font in fonts.items():
        font.save(target / f"GradvizSans-{WEIGHTS[weight]}.otf")
    (target / "advances.json").write_text(_table(fonts), encoding="utf-8")


def _font(originals: Path, style: str) -> TTFont:
    font = TTFont(originals / f"Inter-{style}.otf", recalcTimestamp=False, cfg=PACKING)
    heavier = TTFont(originals / f"Inter-{HEAVIER[style]}.otf")
    _bake_figures(font)
    _bake_marks(font)
    _add_signs(font, heavier)
    _reduce(font)
    _rename(font, style)
    return font


def _bake_figures(font: TTFont) -> None:
    """Point the digits and the marks that stand between them at their tabular glyphs, all of one
    width.
    """
    tabular, names = _single_substitutions(font, "tnum"), font.getBestCmap()
    for group in ("0123456789", ".,:;"):
        glyphs = {ord(c): tabular[names[ord(c)]] for c in group}
        width = max(font["hmtx"][glyph][0] for glyph in glyphs.values())
        for code, glyph in glyphs.items():
            _draw(font, glyph, width, font.getGlyphSet()[glyph].draw)
            _map(font, code, glyph)


def _single_substitutions(font: TTFont, feature: str) -> dict[str, str]:
    table = font["GSUB"].table
    records = [r.Feature for r in table.FeatureList.FeatureRecord if r.FeatureTag == feature]
    lookups = {index for record in records for index in record.LookupListIndex}
    found: dict[str, str] = {}
    for index in sorted(lookups):
        for subtable in table.LookupList.Lookup[index].SubTable:
            found.update(getattr(subtable, "ExtSubTable", subtable).mapping)
    return found


def _bake_marks(font: TTFont) -> None:
    """Give combining marks no advance, as shaping does; interpolation left the heavier weights a
    little.
    """
    for code, glyph in font.getBestCmap().items():
        if unicodedata.category(chr(code)).startswith("M") and font["hmtx"][glyph][0]:
            _draw(font, glyph, 0, font.getGlyphSet()[glyph].draw)


def _add_signs(font: TTFont, heavier: TTFont) -> None:
    """Add ∇ (∆ upside down), ⊙ (a dot in a ring), ᵀ (a small, heavier T) and what equals another
    sign.
    """
    names, advance = font.getBestCmap(), font["hmtx"].metrics
    glyphs, heavy = font.getGlyphSet(), heavier.getGlyphSet()
    capital = font["OS/2"].sCapHeight
    delta, plus, ring, dot = (names[ord(c)] for c in "∆+○•")
    heavy_letter = heavier.getBestCmap()[ord("T")]

    def nabla(pen: AbstractPen) -> None:
        turned = Transform(1, 0, 0, -1, 0, capital)
        glyphs[delta].draw(TransformPen(ReverseContourPen(pen), turned))

    def odot(pen: AbstractPen) -> None:
        for glyph, middle, scale in ((ring, 1024, 0.82), (dot, 816, 0.6)):
            moved = Identity.translate(advance[plus][0] / 2, 800).scale(scale)
            glyphs[glyph].draw(TransformPen(pen, moved.translate(-advance[glyph][0] / 2, -middle)))

    def transpose(pen: AbstractPen) -> None:
        heavy[heavy_letter].draw(TransformPen(pen, Transform(0.6, 0, 0, 0.6, 0, capital / 2)))

    # Each takes the place of a private glyph, which the reduction below would drop.
    _draw(font, "uniE000", advance[delta][0], nabla)
    _draw(font, "uniE002", advance[plus][0], odot)
    _draw(font, "uniE003", round(0.6 * heavier["hmtx"][heavy_letter][0]), transpose)
    for code, glyph in ((0x2207, "uniE000"), (0x2299, "uniE002"), (0x1D40, "uniE003")):
        _map(font, code, glyph)
    for code, other in SAME.items():
        _map(font, code, names[other])


def _map(font: TTFont, code: int, glyph: str) -> None:
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[code] = glyph


def _draw(font: TTFont, glyph: str, width: int, draw: Callable[[AbstractPen], None]) -> None:
    """Replace a glyph's outline and its advance, in the metrics and in the outline's own record."""
    strings = font["CFF "].cff.topDictIndex[0].CharStrings
    old = strings[glyph]
    recording, bounds = DecomposingRecordingPen(font.getGlyphSet()), BoundsPen(font.getGlyphSet())
    draw(recording)
    recording.replay(bounds)
    # A charstring holds its width as the difference from the nominal one.
    pen = T2CharStringPen(width - old.private.nominalWidthX, font.getGlyphSet())
    recording.replay(pen)
    strings[glyph] = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)
    font["hmtx"][glyph] = (width, round(bounds.bounds[0]))


def _reduce(font: TTFont) -> None:
    options = subset.Options(
        layout_features=["mark", "mkmk"], hinting=False, notdef_outline=True, name_IDs=["*"]
    )
    options.drop_tables += ["GSUB"]
    reducer = subset.Subsetter(options)
    reducer.populate(
        unicodes=[c for first, last in RANGES for c in range(first, last + 1) if c not in IGNORED]
    )
    reducer.subset(font)


def _rename(font: TTFont, style: str) -> None:
    """Give the font a name of its own: "Inter" is a trademark, and an installed Inter has other
    widths.
    """
    linked = style in ("Regular", "Bold")
    postscript, full = f"{FAMILY.replace(' ', '')}-{style}", f"{FAMILY} {style}"
    table = font["name"]
    version = table.getDebugName(5)
    table.names = [name for name in table.names if name.nameID in (0, 8, 9, 11, 13, 14)]
    named = {
        1: FAMILY if linked else full,
        2: style if linked else "Regular",
        3: f"{postscript}:{version}",
        4: full,
    }
    named |= {
        5: f"{version}; modified for gradviz",
        6: postscript,
        7: 'Made from Inter; "Inter" is a trademark of rsms.',
    }
    if not linked:
        named |= {16: FAMILY, 17: style}
    for number, text in named.items():
        table.setName(text, number, 3, 1, 0x409)
    outlines = font["CFF "].cff
    outlines.fontNames = [postscript]
    outlines.topDictIndex[0].FullName, outlines.topDictIndex[0].FamilyName = full, FAMILY


def _table(fonts: Mapping[str, TTFont]) -> str:
    """The advances of every character in each weight, as JSON: what `gradviz.layout.text` measures
    with.
    """
    regular = fonts["regular"]
    codes = sorted(regular.getBestCmap())
    rows = {w: [f["hmtx"][f.getBestCmap()[c]][0] for c in codes] for w, f in fonts.items()}
    metrics = {
        "unitsPerEm": regular["head"].unitsPerEm,
        "ascent": regular["hhea"].ascent,
        "descent": -regular["hhea"].descent,
        "capHeight": regular["OS/2"].sCapHeight,
        "xHeight": regular["OS/2"].sxHeight,
        "characters": "".join(map(chr, codes)),
    }
    lines = [
        f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in metrics.items()
    ]
    lines += [
        f"  {json.dumps(weight)}: {json.dumps(row, separators=(',', ':'))}"
        for weight, row in rows.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gradviz.fonts.build FOLDER_OF_THE_INTER_FILES")
    build(Path(sys.argv[1]))
