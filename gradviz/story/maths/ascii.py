"""ASCII text for terminals and files that take no other characters."""

from __future__ import annotations

import re

from gradviz.story.maths import unicode
from gradviz.story.maths.names import SIGNS
from gradviz.story.maths.tree import Maths

SIZES = re.compile(r"(?<=\d)×(?=\d)")
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾"
EXPONENT = re.compile(f"[{RAISED}]+")
LOWERED = str.maketrans(RAISED, "0123456789-()")
OTHERS = {
    "−": "-",
    "∂": "d",
    "√": "sqrt",
    "ᵀ": "^T",
    "×": "*",
    "÷": "/",
    "∫": "integral ",
    "ˣ": "^x",
    "ⁿ": "^n",
    "…": "...",
    "⋮": ":",
    "′": "'",
    "\N{COMBINING CIRCUMFLEX ACCENT}": "_hat",
    **dict(zip("⎡⎢⎣⎤⎥⎦", "[|[]|]", strict=True)),
}
"""What formulas and the sentences around them are written with besides the signs of `names`."""

CHARACTERS = str.maketrans(
    {sign.unicode: sign.ascii for sign in SIGNS if len(sign.unicode) == 1}
    | {digit: str(i) for i, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")}
    | {letter: f"_{index}" for index, letter in unicode.SUBSCRIPTS.items()}
    | OTHERS
)


def write(maths: Maths) -> str:
    """The formula as ASCII text, except for names that contain other letters."""
    return to_ascii(unicode.text(maths))


def to_ascii(text: str) -> str:
    """Signs and Greek letters in ASCII; other letters stay as they are."""
    if text.isascii():
        return text
    text = EXPONENT.sub(lambda found: "^" + found[0].translate(LOWERED), text)
    return SIZES.sub("x", text).translate(CHARACTERS)
