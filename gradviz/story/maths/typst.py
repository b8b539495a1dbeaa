"""Mathematics as typst, with each number in the colour of its role where a painter is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from gradviz.arrays.digits import plain_minus
from gradviz.story.maths.latex import GREEK
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths

Painter = Callable[[str, str], str]
CHARACTERS = {"log₂": "log_2", "log₁₀": "log_10", "σ": "sigma", "Φ": "Phi", "φ": "phi", "π": "pi"}
KNOWN_FUNCTIONS = {
    "log",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "arcsin",
    "arccos",
    "arctan",
    "exp",
    "max",
    "min",
}
RELATIONS = {"≥": ">=", "≤": "<=", "≠": "!=", "→": "->"}
PRODUCTS = {"·": "dot", "⊙": "dot.o", "∗": "ast.op"}
TOTALS = {"sum": "sum", "prod": "product", "max": "max", "min": "min"}
SIGN = re.compile(
    r"(?<![\w.])-(?=[\d∞])"
)  # the hyphen of a negative number, which text does not turn into a minus


def _unpainted(role: str, source: str) -> str:
    return source


def write(m: Maths, paint: Painter = _unpainted) -> str:
    """The formula as typst, for use between dollar signs.

    `paint(role, source)` colours a number's source.
    """
    source = WRITERS[m.kind](m, partial(write, paint=paint))
    return paint(m.role, source) if m.role else source


def quote(text: str) -> str:
    """Upright text inside maths."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def name(text: str) -> str:
    """A variable: `w0` as w with an index, greek names as letters, longer words upright."""
    if text in CHARACTERS:
        return CHARACTERS[text]
    base, _, index = text.partition("_")
    if not index and (match := re.fullmatch(r"([^\W\d]+?)(\d+)", text)):
        base, index = match.groups()
    if not base:
        base, index = text, ""
    head = (
        base if base in GREEK or (len(base) == 1 and base.isascii()) else f"upright({quote(base)})"
    )
    if not index:
        return head
    return f"{head}_{index}" if index.isdigit() else f"{head}_{quote(index)}"


def number(text: str) -> str:
    """A number: proper infinity, and powers of ten for exponents."""
    text = plain_minus(text)
    if text.lstrip("-") == "∞":
        return text.replace("∞", "infinity")
    if text in ("NaN", "true", "false"):
        return quote(text)
    if match := re.fullmatch(r"(-?[\d.]+)e(-?\d+)", text):
        return f"{match[1]} dot 10^({match[2]})"
    if match := re.fullmatch(r"(-?)(\d+)/(\d+)", text):
        return f"{match[1]}{match[2]}/{match[3]}"
    return text


Inner = Callable[[Maths], str]


def _in(part: Maths, level: int, w: Inner) -> str:
    return f"({w(part)})" if part.level < level else w(part)


def _infix(symbol: str, left: int, right: int) -> Callable[[Maths, Inner], str]:
    return lambda m, w: f"{_in(m.parts[0], left, w)} {symbol} {_in(m.parts[1], right, w)}"


def _call(m: Maths, w: Inner) -> str:
    head = m.text if m.text in KNOWN_FUNCTIONS else CHARACTERS.get(m.text, f"op({quote(m.text)})")
    return f"{head}({', '.join(map(w, m.parts))})"


def _grid(m: Maths, w: Inner) -> str:
    rows = "; ".join(", ".join(number(c.text) for c in row.parts) for row in m.parts)
    return f'mat(delim: "[", {rows})'


def _cases(m: Maths, w: Inner) -> str:
    condition, a, b = map(w, m.parts)
    return f'cases({a} & "if" {condition}, {b} & "otherwise")'


def _axes(text: str) -> str:
    return f"_({quote('axis ' + text.replace(' ', ', '))})" if text else ""


WRITERS: dict[str, Callable[[Maths, Inner], str]] = {
    "name": lambda m, w: name(m.text),
    "number": lambda m, w: number(m.text),
    "phrase": lambda m, w: quote(SIGN.sub("−", m.text)),
    "grid": _grid,
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("-", SUM, SUM + 11),
    "mul": lambda m, w: _infix(PRODUCTS[m.text], PRODUCT, PRODUCT)(m, w),
    "div": lambda m, w: f"frac({w(m.parts[0])}, {w(m.parts[1])})",
    "product": _infix("thin", PRODUCT, POWER),
    "neg": lambda m, w: "-" + _in(m.parts[0], PRODUCT, w),
    "pow": lambda m, w: f"{_in(m.parts[0], ATOM, w)}^({w(m.parts[1])})",
    "root": lambda m, w: f"sqrt({w(m.parts[0])})",
    "bars": lambda m, w: f"{'abs' if m.text == '|' else 'norm'}({w(m.parts[0])})",
    "call": _call,
    "relation": lambda m, w: f"{w(m.parts[0])} {RELATIONS.get(m.text, m.text)} {w(m.parts[1])}",
    "iverson": lambda m, w: f"[{w(m.parts[0])}]",
    "cases": _cases,
    "total": lambda m, w: f"{TOTALS[m.text]} {_in(m.parts[0], POWER, w)}",
    "transpose": lambda m, w: f"{_in(m.parts[0], ATOM, w)}^top",
    "at": lambda m, w: f"({w(m.parts[0])})_({' '.join(m.text)})" if m.parts[0].kind == "partial"
    else f"{w(m.parts[0])}_({' '.join(m.text)})",
    "sum_over": lambda m, w: f"sum_({' '.join(m.text)}) {w(m.parts[0])}",
    "sum_axes": lambda m, w: f"sum{_axes(m.text)} {_in(m.parts[0], POWER, w)}",
    "subscript": lambda m, w: f"{w(m.parts[0])}_({quote('[' + m.text + ']')})",
    "partial": lambda m, w: f"frac(partial {w(m.parts[0])}, partial {w(m.parts[1])})",
    "differential": lambda m, w: f"upright(d){w(m.parts[0])}" if len(m.parts[0].text) == 1
    else f"upright(d) {w(m.parts[0])}",
}  # fmt: skip
