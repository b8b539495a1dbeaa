"""Text in ASCII for terminals and files that take no other."""

from __future__ import annotations

import re

SIZES = re.compile(r"(?<=\d)×(?=\d)")
WORDS = {
    "−": "-",
    "·": "*",
    "×": "*",
    "÷": "/",
    "∂": "d",
    "Σ": "sum",
    "Π": "prod",
    "σ": "sigmoid",
    "√": "sqrt",
    "←": "<-",
    "→": "->",
    "⊙": "(*)",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "∞": "inf",
    "π": "pi",
    "∫": "integral ",
    "ˣ": "^x",
    "Φ": "Phi",
    "φ": "phi",
    "‖": "||",
    "…": "...",
    "ᵀ": "^T",
    "⎡": "[",
    "⎢": "|",
    "⎣": "[",
    "⎤": "]",
    "⎥": "|",
    "⎦": "]",
    "⁻": "^-",
    "ⁿ": "^n",
    "²": "^2",
    "³": "^3",
    "¹": "^1",
    "⁰": "^0",
    "⁴": "^4",
    "⁵": "^5",
    "⁶": "^6",
    "⁷": "^7",
    "⁸": "^8",
    "⁹": "^9",
    "ᵢ": "_i",
    "ⱼ": "_j",
    "ₖ": "_k",
    "ₗ": "_l",
    "ₘ": "_m",
    "ₙ": "_n",
    "₀": "0",
    "₁": "1",
    "₂": "2",
    "₃": "3",
    "₄": "4",
    "₅": "5",
    "₆": "6",
    "₇": "7",
    "₈": "8",
    "₉": "9",
}


def to_ascii(text: str) -> str:
    """Our own signs in ASCII; names that a user chose stay as they are."""
    if text.isascii():
        return text
    return "".join(WORDS.get(c, c) for c in SIZES.sub("x", text))
