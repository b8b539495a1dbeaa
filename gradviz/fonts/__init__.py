"""The shipped fonts: four weights of Gradviz Sans, which is Inter with tabular digits and no
kerning; and for the formulas of web pages Gradviz Math, a part of Latin Modern Math.

For other rooms, besides what stands here:

- cells
- estimates
- faces
- letters
- others
- outlines
"""

from __future__ import annotations

import functools
import json
import unicodedata
from pathlib import Path
from typing import Final, Literal, TypedDict, get_args

from gradviz.errors import UnknownNameError, did_you_mean

Weight = Literal["regular", "medium", "semibold", "bold"]

FAMILY: Final = "Gradviz Sans"
"""The family name inside the files, to be named in SVG, HTML and typst."""

MATHS_FAMILY: Final = "Gradviz Math"
MATHS: Final = Path(__file__).with_name("GradvizMath.woff2")
"""The font of MathML, compressed as web pages embed it."""
NUMBERS: Final = "0123456789.,-−+e/∞NaNtruefalse?≈→Σ()· "
"""The characters of numbers."""
ON_PAGES: Final = (
    "".join(map(chr, range(0x20, 0x7F))) + "\u00a0−×·∂Σσ←→↑↓∞…ᵀ⊙√≥≤≈≠δη₀₁₂₃₄₅₆₇₈₉²³±½–—’“”"
)
"""The characters of the fonts of web pages (`page_font`); in bold there are only `NUMBERS`."""

CSS_WEIGHTS: Final[dict[str, int]] = {"regular": 400, "medium": 500, "semibold": 600, "bold": 700}
"""What `font-weight` is called in SVG and CSS for each weight."""

_STYLES: Final = {"regular": "Regular", "medium": "Medium", "semibold": "SemiBold", "bold": "Bold"}

PACKING: Final = {"fontTools.ttLib.tables.otBase:USE_HARFBUZZ_REPACKER": False}
"""Tables are packed by fontTools, for the same bytes whether or not HarfBuzz is installed."""
_AM: Final = (("\u0e4d\u0e32", "\u0e33"), ("\u0ecd\u0eb2", "\u0eb3"))


class Metrics(TypedDict):
    """The measures in units of `unitsPerEm`, and for each weight the advances of `characters`, in
    order.
    """

    unitsPerEm: int
    ascent: int
    descent: int
    capHeight: int
    xHeight: int
    characters: str
    regular: list[int]
    medium: list[int]
    semibold: list[int]
    bold: list[int]


def path(weight: Weight) -> Path:
    """The OpenType file of a weight; raises UnknownNameError for a weight that is not shipped."""
    if weight not in _STYLES:
        raise UnknownNameError(
            f"there is no font weight {weight!r}",
            expected=", ".join(get_args(Weight)),
            hint=did_you_mean(str(weight), get_args(Weight)),
        )
    return Path(__file__).parent / f"GradvizSans-{_STYLES[weight]}.otf"


def page_font(weight: Weight) -> Path:
    """The usual characters of a weight, compressed as web pages embed them."""
    return path(weight).with_suffix(".woff2")


def files() -> list[Path]:
    """The OpenType files of all weights, lightest first: what a renderer must be given."""
    weights: tuple[Weight, ...] = get_args(Weight)
    return [path(weight) for weight in weights]


@functools.cache
def metrics() -> Metrics:
    """The measures and advances of all weights, read from the table that `build` wrote beside the
    fonts.
    """
    table: Metrics = json.loads(
        Path(__file__).with_name("advances.json").read_text(encoding="utf-8")
    )
    return table


def spelt(text: str) -> str:
    """`text` in the characters that renderers look up.

    Letters with marks are composed (NFC) where the fonts have the composed letter, else they are in
    parts if the fonts have those. The vowel am of Thai and Lao, which compatible names (NFKC) have
    in two characters, is one.
    """
    if text.isascii():
        return text
    whole = unicodedata.normalize("NFC", text)
    for parts, vowel in _AM:
        whole = whole.replace(parts, vowel)
    return "".join(map(_parts, whole))


@functools.cache
def characters() -> frozenset[str]:
    """The characters that the shipped fonts have."""
    return frozenset(metrics()["characters"])


def _parts(character: str) -> str:
    parts = unicodedata.decomposition(character)
    if character in characters() or not parts or parts.startswith("<"):
        return character
    spelt = "".join(_parts(chr(int(code, 16))) for code in parts.split())
    return spelt if characters().issuperset(spelt) else character


def subset(weight: Weight, text: str) -> bytes:
    """The font of a weight with just the characters of `text`, as an OpenType file to embed
    (`font/otf`).

    The same characters give the same bytes on every machine, which is why the file is not
    compressed. Characters that the font lacks are left out; `gradviz.layout.text.missing` names
    them.
    """
    return _subset(weight, "".join(sorted(set(spelt(text)))))


@functools.lru_cache(maxsize=64)
def _subset(weight: Weight, characters: str) -> bytes:
    import io

    from fontTools import subset as reducing
    from fontTools.ttLib import TTFont

    options = reducing.Options(
        layout_features=["mark", "mkmk"], bidi_closure=False, notdef_outline=True
    )
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14, 16, 17]
    font = TTFont(path(weight), recalcTimestamp=False, cfg=PACKING)
    reducer = reducing.Subsetter(options)
    reducer.populate(text=characters)
    reducer.subset(font)
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()
