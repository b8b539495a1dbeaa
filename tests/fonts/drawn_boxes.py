"""Fonts made for tests: each character a box, so that widths are known with nothing installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

EM = 1000


def boxes(
    characters: str | Mapping[str, int], family: str, weight: int = 400, *, inked: bool = True
) -> TTFont:
    """A font in which each character is a box of its advance, 800 by default, and 700 high."""
    advances = dict.fromkeys(characters, 800) if isinstance(characters, str) else dict(characters)
    names = {c: f"u{ord(c):04X}" for c in advances}
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap({ord(c): name for c, name in names.items()})
    wide = {".notdef": 500, **{names[c]: advance for c, advance in advances.items()}}
    builder.setupGlyf({name: _box(advance if inked else 0) for name, advance in wide.items()})
    builder.setupHorizontalMetrics({name: (advance, 50) for name, advance in wide.items()})
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable(
        {"familyName": family, "styleName": "Regular", "version": "Version 1.25"}
    )
    builder.setupOS2(usWeightClass=weight, sTypoAscender=900, sTypoDescender=-200)
    builder.setupPost()
    font: TTFont = builder.font
    return font


def saved(path: Path, *fonts: TTFont) -> Path:
    """A file of one font, or a collection of several."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(fonts) == 1:
        fonts[0].save(path)
    else:
        collection = TTCollection()
        collection.fonts = list(fonts)
        collection.save(path)
    return path


def _box(advance: int):
    pen = TTGlyphPen(None)
    if advance:
        left, right = 50, advance - 50
        pen.moveTo((left, 0))
        pen.lineTo((left, 700))
        pen.lineTo((right, 700))
        pen.lineTo((right, 0))
        pen.closePath()
    return pen.glyph()
