"""The width of a text in the shipped fonts: the sum of its advances, as they have no kerning.

Sizes and widths are in user units (pixels at natural size). A text is measured in the characters
that renderers look up (`fonts.spelt`), where combining marks add no width. Characters that no
shipped font has are refused, because a viewer would take them from a font of unknown width or drop
them.
"""

from __future__ import annotations

import functools
import unicodedata

from gradviz import fonts
from gradviz.errors import ValueInputError
from gradviz.fonts import Weight

ELLIPSIS = "…"


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """The width of a line of text. Raises ValueInputError for characters in no shipped font."""
    advances = _advances(weight)
    try:
        return sum(map(advances.__getitem__, fonts.spelt(text))) * size
    except KeyError:
        raise _missing_error(text) from None


def missing(text: str) -> str:
    """The characters of `text` that no shipped font has, each once, in order of appearance."""
    known = _advances("regular")
    return "".join(dict.fromkeys(c for c in fonts.spelt(text) if c not in known))


def fit(text: str, size: float, weight: Weight, max_width: float) -> str:
    """`text`, shortened with an ellipsis if it is wider than `max_width`.

    The result is never wider than `max_width`: it is empty if not even the ellipsis fits.
    """
    if width(text, size, weight) <= max_width:
        return text
    advances = _advances(weight)
    room = max_width / size - advances[ELLIPSIS]
    if room < 0:
        return ""
    spelling = fonts.spelt(text)
    kept, used = 0, 0.0  # a mark has no advance, so it stays with its letter
    for position, character in enumerate(spelling):
        used += advances[character]
        if used > room:
            break
        kept = position + 1
    return spelling[:kept].rstrip() + ELLIPSIS


def ascent(size: float) -> float:
    """How far the font reaches above the baseline, marks included."""
    return size * fonts.metrics()["ascent"] / fonts.metrics()["unitsPerEm"]


def descent(size: float) -> float:
    """How far the font reaches below the baseline, as a positive number."""
    return size * fonts.metrics()["descent"] / fonts.metrics()["unitsPerEm"]


def height(size: float) -> float:
    """The height of a line: ascent and descent."""
    return ascent(size) + descent(size)


def cap_height(size: float) -> float:
    """The height of a capital or a digit; a baseline half of it below the middle centres a text."""
    return size * fonts.metrics()["capHeight"] / fonts.metrics()["unitsPerEm"]


def x_height(size: float) -> float:
    """The height of a lower-case letter without an ascender."""
    return size * fonts.metrics()["xHeight"] / fonts.metrics()["unitsPerEm"]


@functools.cache
def _advances(weight: Weight) -> dict[str, float]:
    """Each character's advance as a share of the font size."""
    fonts.path(weight)
    table = fonts.metrics()
    return {
        c: units / table["unitsPerEm"]
        for c, units in zip(table["characters"], table[weight], strict=True)
    }


def _missing_error(text: str) -> ValueInputError:
    absent = missing(text)
    named = ", ".join(f"{_shown(c)} (U+{ord(c):04X})" for c in absent[:5])
    return ValueInputError(
        f"no shipped font has a glyph for {named}" + (" and others" if len(absent) > 5 else ""),
        where=f"in the text {text[:60]!r}",
        expected="Latin, Greek or Cyrillic letters, digits, punctuation, arrows and common signs",
        hint="write it with other characters",
    )


def _shown(character: str) -> str:
    return (
        character
        if character.isprintable()
        else unicodedata.name(character, "a control character").lower()
    )
