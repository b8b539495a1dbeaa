"""Make the shipped font of formulas, Gradviz Math, from the original Latin Modern Math.

    python -m gradviz.fonts.build_maths latinmodern-math.otf       # needs brotli

It keeps what MathML of formulas needs: upright and slanted letters, Greek, signs, and the table of
measures with the taller fences, roots and sums. It is shipped compressed (WOFF2), as web pages
embed it as it is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from gradviz.fonts import MATHS, MATHS_FAMILY

RANGES = (
    (0x20, 0x7E), (0x391, 0x3A9), (0x3B1, 0x3C9),
    (0x1D434, 0x1D467), (0x1D6E2, 0x1D71B),  # slanted letters
)  # fmt: skip
SIGNS = "\u00a0\u2061\u2062ℎϑϕϱϵ½⅓¼−×·÷±∓∂∇∑∏√∞≤≥≠≈≡←→⇒↦∈∉∘⊙⊗⊕⊤∣‖∥…⋯⋮⋱⌊⌋⌈⌉⟨⟩′″°¬∧∨∗⋅ˆ¯"
RENAMED = {1: MATHS_FAMILY, 4: MATHS_FAMILY, 6: MATHS_FAMILY.replace(" ", "")}


def build(original: Path) -> None:
    """Write the font beside this file."""
    characters = {c for first, last in RANGES for c in range(first, last + 1)} | set(
        map(ord, SIGNS)
    )
    options = subset.Options(
        layout_features=[], notdef_outline=True, hinting=False, desubroutinize=True
    )
    options.name_IDs = [0, *RENAMED, 13, 14]
    font = TTFont(original, recalcTimestamp=False)
    reducer = subset.Subsetter(options)
    reducer.populate(unicodes=characters)
    reducer.subset(font)
    for record in font["name"].names:
        if record.nameID in RENAMED:
            record.string = RENAMED[record.nameID]
    font.flavor = "woff2"
    font.save(MATHS)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gradviz.fonts.build_maths latinmodern-math.otf")
    build(Path(sys.argv[1]))
