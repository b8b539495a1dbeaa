"""Texts as outlines, for programs that ignore embedded fonts."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any, Final

from gradviz import fonts
from gradviz.fonts import Weight
from gradviz.fonts.faces import Family

PLACES: Final = 2
"""Decimals of a coordinate, in user units."""


def outline(text: str, size: float, weight: Weight, x: float, y: float) -> str:
    """SVG path data of a line of text whose left end is at `x` and whose baseline is at `y`.

    Characters that the shipped font lacks are left out; `gradviz.layout.text.missing` names them.
    """
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen

    font = _font(weight)
    scale = size / font.units
    pen = SVGPathPen(font.glyphs, ntos=_number)
    for glyph, across, up in font.placed(fonts.spelt(text)):
        moved = (scale, 0, 0, -scale, x + across * scale, y - up * scale)
        font.glyphs[glyph].draw(TransformPen(pen, moved))
    return str(pen.getCommands())


def outline_of(family: Family, text: str, size: float, weight: Weight, x: float, y: float) -> str:
    """The same for a text in another family, all of which it can draw."""
    from fontTools.pens.svgPathPen import SVGPathPen
    from fontTools.pens.transformPen import TransformPen

    pen = SVGPathPen(None, ntos=_number)
    moved = TransformPen(pen, (size, 0, 0, -size, x, y))
    family.at(weight).outline(family.shaped(text, weight), weight, moved)
    return str(pen.getCommands())


class _Outlines:
    """The glyphs of one font, and where they stand in a line."""

    def __init__(self, weight: Weight) -> None:
        from fontTools.ttLib import TTFont

        font = TTFont(fonts.path(weight))
        self.glyphs, self.names = font.getGlyphSet(), font.getBestCmap()
        self.units, self.advances = font["head"].unitsPerEm, font["hmtx"]
        lookups = font["GPOS"].table.LookupList.Lookup
        self.marks: list[Any] = [table for lookup in lookups for table in lookup.SubTable]

    def placed(self, text: str) -> list[tuple[str, float, float]]:
        """Each glyph with its place from the left end and above the baseline, in font units.

        A mark stands where its anchor meets that of its letter (OpenType: GPOS, lookup type 4).
        """
        found: list[tuple[str, float, float]] = []
        base, start, pen = "", 0.0, 0.0
        for character in text:
            glyph = self.names.get(ord(character))
            if glyph is None:
                continue
            if unicodedata.combining(character) and (met := self._met(base, glyph)):
                found.append((glyph, start + met[0], met[1]))
                continue
            base, start = glyph, pen
            found.append((glyph, pen, 0.0))
            pen += self.advances[glyph][0]
        return found

    def _met(self, base: str, mark: str) -> tuple[float, float] | None:
        """How far a mark is moved from the origin of its letter; None if the font does not say."""
        for table in self.marks:
            bases, marks = table.BaseCoverage.glyphs, table.MarkCoverage.glyphs
            if base in bases and mark in marks:
                own = table.MarkArray.MarkRecord[marks.index(mark)]
                anchors = table.BaseArray.BaseRecord[bases.index(base)].BaseAnchor
                if at := anchors[own.Class]:
                    held = own.MarkAnchor
                    return (at.XCoordinate - held.XCoordinate, at.YCoordinate - held.YCoordinate)
        return None


@functools.cache
def _font(weight: Weight) -> _Outlines:
    return _Outlines(weight)


def _number(value: float) -> str:
    said = f"{value:.{PLACES}f}".rstrip("0").rstrip(".")
    return "0" if said == "-0" else said
