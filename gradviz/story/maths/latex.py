"""Mathematics as LaTeX (amsmath)."""

from __future__ import annotations

from collections.abc import Callable

from gradviz.arrays.digits import plain_minus
from gradviz.story.maths import names
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths

SPECIAL = {c: "\\" + c for c in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def write(m: Maths) -> str:
    """The formula as LaTeX, for use inside maths mode."""
    return WRITERS[m.kind](m)


def escape(text: str) -> str:
    """Plain text for LaTeX's text mode."""
    return "".join(SPECIAL.get(c, c) for c in text)


def name(text: str) -> str:
    """A variable: `w0` as w with an index, Greek names as letters, longer words upright."""
    if text in names.SYMBOLS:
        return names.SYMBOLS[text].latex
    base, index = names.split(text)
    if letter := names.greek(base):
        head = letter.latex
    elif len(base) == 1 and base.isascii() and base.isalpha():
        head = base
    else:
        head = rf"\mathrm{{{escape(base)}}}" if base.isascii() else rf"\text{{{escape(base)}}}"
    if not index:
        return head
    return f"{head}_{{{index}}}" if index.isdigit() else f"{head}_{{\\text{{{escape(index)}}}}}"


def number(text: str) -> str:
    """A number: proper infinity, and powers of ten for exponents."""
    text = plain_minus(text)
    if text.lstrip("-") == "∞":
        return text.replace("∞", names.INFINITY.latex)
    if text in names.WORDS:
        return rf"\text{{{text}}}"
    if match := names.SCIENTIFIC.fullmatch(text):
        return rf"{match[1]} \cdot 10^{{{match[2]}}}"
    if match := names.FRACTION.fullmatch(text):
        return rf"{match[1]}\frac{{{match[2]}}}{{{match[3]}}}"
    return text


def _in(part: Maths, level: int) -> str:
    return rf"\left({write(part)}\right)" if part.level < level else write(part)


def _infix(symbol: str, left: int, right: int) -> Callable[[Maths], str]:
    return lambda m: f"{_in(m.parts[0], left)} {symbol} {_in(m.parts[1], right)}"


def _call(m: Maths) -> str:
    arguments = ", ".join(map(write, m.parts))
    sign = names.FUNCTIONS.get(m.text) or names.SYMBOLS.get(m.text)
    named = name(m.text) if len(m.text) == 1 else rf"\operatorname{{{escape(m.text)}}}"
    head = sign.latex if sign else named
    return rf"{head}\left({arguments}\right)"


def _grid(m: Maths) -> str:
    rows = r" \\ ".join(map(write, m.parts))
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _cases(m: Maths) -> str:
    condition, a, b = map(write, m.parts)
    return (
        rf"\begin{{cases}} {a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}} \end{{cases}}"
    )


def _choice(m: Maths) -> str:
    rows = zip(map(write, m.parts[:-1:2]), map(write, m.parts[1::2]), strict=True)
    cases = "".join(rf"{value} & \text{{where }} {{{condition}}} \\ " for value, condition in rows)
    return rf"\begin{{cases}} {cases}{write(m.parts[-1])} & \text{{else}} \end{{cases}}"


def _bars(m: Maths) -> str:
    bar = names.BARS[m.text].latex
    return rf"\left{bar} {write(m.parts[0])} \right{bar}"


def _axes(text: str) -> str:
    return rf"_{{\text{{{text}}}}}" if text else ""


def _said(m: Maths) -> str:
    first, *others = (rf"\text{{{escape(words)}}}" if words else "" for words in m.text.split("{}"))
    return first + "".join(write(p) + words for p, words in zip(m.parts, others, strict=True))


def _given(m: Maths) -> str:
    body, *definitions = map(write, m.parts)
    return rf"{body}, \quad\text{{with }} " + r",\; ".join(definitions)


WRITERS: dict[str, Callable[[Maths], str]] = {
    "name": lambda m: name(m.text),
    "number": lambda m: number(m.text),
    "phrase": lambda m: rf"\text{{{escape(m.text)}}}",
    "grid": _grid,
    "row": lambda m: " & ".join(map(write, m.parts)),
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("-", SUM, SUM + 11),
    "mul": lambda m: _infix(names.PRODUCTS[m.text].latex, PRODUCT, PRODUCT)(m),
    "div": lambda m: rf"\frac{{{write(m.parts[0])}}}{{{write(m.parts[1])}}}",
    "over": _infix("/", PRODUCT, POWER),
    "product": _infix(r"\,", PRODUCT, POWER),
    "neg": lambda m: "-" + _in(m.parts[0], PRODUCT),
    "pow": lambda m: f"{_in(m.parts[0], ATOM)}^{{{write(m.parts[1])}}}",
    "root": lambda m: rf"\sqrt{{{write(m.parts[0])}}}",
    "bars": _bars,
    "call": _call,
    "relation": lambda m: (
        f"{write(m.parts[0])} {names.RELATIONS[m.text].latex} {write(m.parts[1])}"
    ),
    "iverson": lambda m: rf"\left[{write(m.parts[0])}\right]",
    "rounding": lambda m: (
        rf"{write(m.parts[0])} \text{{ ({names.ROUNDING}: }} {write(m.parts[1])})"
    ),
    "cases": _cases,
    "choice": _choice,
    "total": lambda m: f"{names.TOTALS[m.text].latex} {_in(m.parts[0], POWER)}",
    "transpose": lambda m: rf"{_in(m.parts[0], ATOM)}^{{\top}}",
    "at": lambda m: f"{{{write(m.parts[0])}}}_{{{m.text}}}",
    "sum_over": lambda m: rf"\sum_{{{m.text}}} {_in(m.parts[0], SUM)}",
    "sum_axes": lambda m: rf"\sum{_axes(m.text)} {_in(m.parts[0], POWER)}",
    "subscript": lambda m: f"{{{_in(m.parts[0], ATOM)}}}_{{[{escape(m.text)}]}}",
    "said": _said,
    "given": _given,
    "partial": lambda m: rf"\frac{{\partial {write(m.parts[0])}}}{{\partial {write(m.parts[1])}}}",
    "differential": lambda m: rf"\mathrm{{d}}{write(m.parts[0])}",
    "hat": lambda m: rf"\hat{{{write(m.parts[0])}}}",
}
