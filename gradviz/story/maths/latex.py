"""Mathematics as LaTeX (amsmath)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gradviz.arrays.digits import plain_minus
from gradviz.story.languages import say
from gradviz.story.maths import names
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths, Painter, unpainted

SPECIAL = {c: "\\" + c for c in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


Inner = Callable[[Maths], str]


def write(m: Maths, paint: Painter = unpainted) -> str:
    """The formula as LaTeX, for use inside maths mode; `paint(role, source)` colours a number."""
    source = WRITERS[m.kind](m, partial(write, paint=paint))
    return paint(m.role, source) if m.role else source


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


def _in(part: Maths, level: int, w: Inner) -> str:
    return rf"\left({w(part)}\right)" if part.level < level else w(part)


def _infix(symbol: str, left: int, right: int) -> Callable[[Maths, Inner], str]:
    return lambda m, w: f"{_in(m.parts[0], left, w)} {symbol} {_in(m.parts[1], right, w)}"


def _call(m: Maths, w: Inner) -> str:
    arguments = ", ".join(map(w, m.parts))
    sign = names.FUNCTIONS.get(m.text) or names.SYMBOLS.get(m.text)
    named = name(m.text) if len(m.text) == 1 else rf"\operatorname{{{escape(m.text)}}}"
    head = sign.latex if sign else named
    return rf"{head}\left({arguments}\right)"


def _grid(m: Maths, w: Inner) -> str:
    rows = r" \\ ".join(map(w, m.parts))
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _cases(m: Maths, w: Inner) -> str:
    condition, a, b = map(w, m.parts)
    if_, otherwise = escape(say("if")), escape(say("otherwise"))
    return (
        rf"\begin{{cases}} {a} & \text{{{if_} }} {condition} \\ {b} & \text{{{otherwise}}}"
        r" \end{cases}"
    )


def _choice(m: Maths, w: Inner) -> str:
    rows = zip(map(w, m.parts[:-1:2]), map(w, m.parts[1::2]), strict=True)
    where, else_ = escape(say("where")), escape(say("else"))
    cases = "".join(
        rf"{value} & \text{{{where} }} {{{condition}}} \\ " for value, condition in rows
    )
    return rf"\begin{{cases}} {cases}{w(m.parts[-1])} & \text{{{else_}}} \end{{cases}}"


def _bars(m: Maths, w: Inner) -> str:
    bar = names.BARS[m.text].latex
    return rf"\left{bar} {w(m.parts[0])} \right{bar}"


def _axes(text: str) -> str:
    return rf"_{{\text{{{text}}}}}" if text else ""


def _said(m: Maths, w: Inner) -> str:
    first, *others = (rf"\text{{{escape(words)}}}" if words else "" for words in m.text.split("{}"))
    return first + "".join(w(p) + words for p, words in zip(m.parts, others, strict=True))


def _given(m: Maths, w: Inner) -> str:
    body, *definitions = map(w, m.parts)
    return rf"{body}, \quad\text{{{escape(say('with'))} }} " + r",\; ".join(definitions)


WRITERS: dict[str, Callable[[Maths, Inner], str]] = {
    "name": lambda m, w: name(m.text),
    "number": lambda m, w: number(m.text),
    "phrase": lambda m, w: rf"\text{{{escape(m.text)}}}",
    "grid": _grid,
    "row": lambda m, w: " & ".join(map(w, m.parts)),
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("-", SUM, SUM + 11),
    "mul": lambda m, w: _infix(names.PRODUCTS[m.text].latex, PRODUCT, PRODUCT)(m, w),
    "div": lambda m, w: rf"\frac{{{w(m.parts[0])}}}{{{w(m.parts[1])}}}",
    "over": _infix("/", PRODUCT, POWER),
    "product": _infix(r"\,", PRODUCT, POWER),
    "neg": lambda m, w: "-" + _in(m.parts[0], PRODUCT, w),
    "pow": lambda m, w: f"{_in(m.parts[0], ATOM, w)}^{{{w(m.parts[1])}}}",
    "root": lambda m, w: rf"\sqrt{{{w(m.parts[0])}}}",
    "bars": _bars,
    "call": _call,
    "relation": lambda m, w: f"{w(m.parts[0])} {names.RELATIONS[m.text].latex} {w(m.parts[1])}",
    "iverson": lambda m, w: rf"\left[{w(m.parts[0])}\right]",
    "rounding": lambda m, w: (
        rf"{w(m.parts[0])} \text{{ ({say(names.ROUNDING)}: }} {w(m.parts[1])})"
    ),
    "cases": _cases,
    "choice": _choice,
    "total": lambda m, w: f"{names.TOTALS[m.text].latex} {_in(m.parts[0], POWER, w)}",
    "transpose": lambda m, w: rf"{_in(m.parts[0], ATOM, w)}^{{\top}}",
    "at": lambda m, w: f"{{{w(m.parts[0])}}}_{{{m.text}}}",
    "sum_over": lambda m, w: rf"\sum_{{{m.text}}} {_in(m.parts[0], SUM, w)}",
    "sum_axes": lambda m, w: rf"\sum{_axes(m.text)} {_in(m.parts[0], POWER, w)}",
    "subscript": lambda m, w: f"{{{_in(m.parts[0], ATOM, w)}}}_{{[{escape(m.text)}]}}",
    "said": _said,
    "given": _given,
    "partial": lambda m, w: rf"\frac{{\partial {w(m.parts[0])}}}{{\partial {w(m.parts[1])}}}",
    "differential": lambda m, w: rf"\mathrm{{d}}{w(m.parts[0])}",
    "hat": lambda m, w: rf"\hat{{{w(m.parts[0])}}}",
}
