"""Numbers as people type them: ½, √2, 1,5, 50 %, 2², 3×10⁻²."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Final

import gradviz as gv
from gradviz.errors import ParseError, ValueInputError
from gradviz.graph.text.literals import value as read_literal

LONGEST: Final = 200
"""Characters of an answer."""
EXPECTED: Final = "a number such as -3, 0.25, 1/4, ½, √2, 50 % or 2*0.5"
SIGNS: Final = str.maketrans(
    {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∕": "/", "⁄": "/", "π": "pi"}
)
RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
EXPONENT: Final = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
ROOT: Final = re.compile(r"√\s*(\d+(?:\.\d+)?|pi|\()")
DECIMAL: Final = re.compile(r"(?<![\d.,])(\d*),(\d+)(?![\d.,])")
PERCENT: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*%")
WHAT_IT_IS: Final = re.compile(r"\s*[A-Za-z∂][\w/∂₀-₉\[\], ]*\s*[=≈]\s*(?!=)")
"""`dx = ` before a number."""
LOST: Final = re.compile(
    r"\W*(\?+|idk|help|hint|(i )?(don'?t|do not) know|no idea)\W*", re.IGNORECASE
)
"""What asks for a hint."""


def asks_for_help(text: str) -> bool:
    """Whether an answer says that it is not known."""
    return LOST.fullmatch(text.replace("’", "'").strip()) is not None


def read(text: str) -> float:
    """The number that a text stands for.

    Raises ParseError for anything else, with what may be typed.
    """
    plain = plainly(text)
    if len(plain) > LONGEST:
        raise ParseError("This is too long for an answer", expected=EXPECTED)
    try:
        found = read_literal(plain)
        if isinstance(found, gv.Graph):
            trace = gv.run(found)
            found = trace.xp.plain(trace.values[trace.graph.output])
    except gv.GradvizError as error:
        raise ParseError("I cannot read that as one number", expected=EXPECTED) from error
    if isinstance(found, bool) or not isinstance(found, int | float | Fraction):
        raise ParseError("This is not one number", expected=EXPECTED)
    try:
        return float(found)
    except OverflowError as error:
        raise ValueInputError("This number is too large", expected=EXPECTED) from error


def plainly(text: str) -> str:
    """An answer as an expression in text: `1,5` as `1.5`, `√2` as `sqrt(2)`.

    Raises ParseError for a comma that could part thousands as well as decimals.
    """
    text = text.strip()
    before = WHAT_IT_IS.match(text)
    text = text[before.end() :] if before is not None else text
    text = _fractions(text.translate(SIGNS)).rstrip(" .")
    text = EXPONENT.sub(lambda m: f"**({m[0].translate(RAISED)})", text)
    text = text.replace("^", "**")
    if re.fullmatch(r"-?[1-9]\d{0,2},000", text):
        shown = text.replace(",", "")
        raise ParseError(
            f"{text} can be read in two ways", expected=f"{text.replace(',', '.')} or {shown}"
        )
    if "(" not in text and "[" not in text:
        text = DECIMAL.sub(lambda m: f"{m[1] or 0}.{m[2]}", text)
    text = PERCENT.sub(r"(\1/100)", text)
    text = re.sub(r"(?<=[\d)])\s*(?=√)", "*", text)
    return ROOT.sub(lambda m: "sqrt(" if m[1] == "(" else f"sqrt({m[1]})", text)


def _fractions(text: str) -> str:
    """½ as (1/2), and 1½ as (1+1/2)."""

    def written(found: re.Match[str]) -> str:
        whole, sign = found.groups()
        part = Fraction(unicodedata.numeric(sign)).limit_denominator(1000)
        return f"({whole}+{part})" if whole else f"({part})"

    return re.sub(r"(\d*)([¼-¾⅐-⅞↉])", written, text)


def digits_of(text: str) -> tuple[int, float] | None:
    """Of a plain decimal number: its significant digits, and half a unit of its last place."""
    found = re.fullmatch(r"[-+]?(\d*)\.?(\d*)", plainly(text))
    if found is None:
        return None
    whole, part = found.groups()
    return len((whole + part).lstrip("0")), 0.5 * 10.0 ** -len(part)
