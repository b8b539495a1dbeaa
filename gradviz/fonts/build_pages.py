"""Make the fonts of web pages: Gradviz Math from the original Latin Modern Math, and the usual
characters of Gradviz Sans.

    python -m gradviz.fonts.build_pages latinmodern-math.otf       # needs brotli

The maths font keeps what MathML of formulas needs: upright and slanted letters, Greek, signs, and
the table of measures with the taller fences, roots and sums. All are shipped compressed (WOFF2), as
web pages embed them as they are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from fontTools import subset
from fontTools.ttLib import TTFont

from gradviz.fonts import MATHS, MATHS_FAMILY, NUMBERS, ON_PAGES, Weight, page_font, path

RANGES = (
    (0x20, 0x7E), (0x391, 0x3A9), (0x3B1, 0x3C9),
    (0x1D434, 0x1D467), (0x1D6E2, 0x1D71B),  # slanted letters
)  # fmt: skip
SIGNS = "\u00a0\u2061\u2062ℎϑϕϱϵ½⅓¼−×·÷±∓∂∇∑∏√∞≤≥≠≈≡←→⇒↦∈∉∘⊙⊗⊕⊤∣‖∥…⋯⋮⋱⌊⌋⌈⌉⟨⟩′″°¬∧∨∗⋅ˆ¯"
NAMES = {1: MATHS_FAMILY, 4: MATHS_FAMILY, 6: MATHS_FAMILY.replace(" ", "")}


def maths(original: Path) -> None:
    """Write Gradviz Math beside this file."""
    kept = {c for first, last in RANGES for c in range(first, last + 1)} | set(map(ord, SIGNS))
    font = _reduced(original, kept, features=[])
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID]
    font.save(MATHS)


def sans(weight: Weight) -> None:
    """Write the usual characters of a weight; in bold there are only numbers."""
    kept = NUMBERS if weight == "bold" else ON_PAGES
    _reduced(path(weight), map(ord, kept), features=["mark", "mkmk"]).save(page_font(weight))


def _reduced(original: Path, kept: Iterable[int], features: list[str]) -> TTFont:
    options = subset.Options(
        layout_features=features, notdef_outline=True, hinting=False, desubroutinize=True
    )
    options.name_IDs = [0, 1, 4, 6, 13, 14]
    font = TTFont(original, recalcTimestamp=False)
    reducer = subset.Subsetter(options)
    reducer.populate(unicodes=kept)
    reducer.subset(font)
    font.flavor = "woff2"
    return font


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gradviz.fonts.build_pages latinmodern-math.otf")
    maths(Path(sys.argv[1]))
    for each in get_args(Weight):
        sans(each)
