"""Mathematics as typst, with each number in the colour of its role where a painter is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from gradviz.arrays.digits import plain_minus
from gradviz.story.languages import say
from gradviz.story.maths import names
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths, Painter, unpainted
from gradviz.story.maths.unicode import powers

SIGN = re.compile(
    r"(?<![\w.])-(?=[\d∞])"
)  # the hyphen of a negative number, which text does not turn into a minus


def write(m: Maths, paint: Painter = unpainted) -> str:
    """The formula as typst, for use between dollar signs.

    `paint(role, source)` colours a number's source.
    """
    source = WRITERS[m.kind](m, partial(write, paint=paint))
    return paint(m.role, source) if m.role else source


def quote(text: str) -> str:
    """Upright text inside maths."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def printed(text: str) -> str:
    """Words in a formula, whose numbers have real minus signs and powers of ten."""
    return powers(SIGN.sub("−", text))


def name(text: str) -> str:
    """A variable: `w0` as w with an index, Greek names as letters, longer words upright."""
    if text in names.SYMBOLS:
        return names.SYMBOLS[text].typst
    base, index = names.split(text)
    if letter := names.greek(base):
        head = letter.typst
    else:
        is_letter = len(base) == 1 and base.isascii() and base.isalpha()
        head = base if is_letter else f"upright({quote(base)})"
    if not index:
        return head
    return f"{head}_{index}" if index.isdigit() else f"{head}_{quote(index)}"


def number(text: str) -> str:
    """A number: proper infinity, and powers of ten for exponents."""
    text = plain_minus(text)
    if text.lstrip("-") == "∞":
        return text.replace("∞", names.INFINITY.typst)
    if text in names.WORDS:
        return quote(text)
    if match := names.SCIENTIFIC.fullmatch(text):
        return f"{match[1]} dot 10^({match[2]})"
    if match := names.FRACTION.fullmatch(text):
        return f"{match[1]}{match[2]}/{match[3]}"
    return text


Inner = Callable[[Maths], str]


def _in(part: Maths, level: int, w: Inner) -> str:
    return f"({w(part)})" if part.level < level else w(part)


def _infix(symbol: str, left: int, right: int) -> Callable[[Maths, Inner], str]:
    return lambda m, w: f"{_in(m.parts[0], left, w)} {symbol} {_in(m.parts[1], right, w)}"


def _call(m: Maths, w: Inner) -> str:
    sign = names.FUNCTIONS.get(m.text) or names.SYMBOLS.get(m.text)
    named = name(m.text) if len(m.text) == 1 else f"op({quote(m.text)})"
    head = sign.typst if sign else named
    return f"{head}({', '.join(map(w, m.parts))})"


def _grid(m: Maths, w: Inner) -> str:
    return f'mat(delim: "[", {"; ".join(map(w, m.parts))})'


def _cases(m: Maths, w: Inner) -> str:
    condition, a, b = map(w, m.parts)
    return f"cases({a} & {quote(say('if'))} {condition}, {b} & {quote(say('otherwise'))})"


def _choice(m: Maths, w: Inner) -> str:
    rows = zip(map(w, m.parts[:-1:2]), map(w, m.parts[1::2]), strict=True)
    where = f'class("relation", {quote(say("where"))})'  # after it a minus is a sign, no operator
    cases = "".join(f"{value} & {where} {condition}, " for value, condition in rows)
    return f"cases({cases}{w(m.parts[-1])} & {quote(say('else'))})"


def _axes(text: str) -> str:
    return f"_({quote(text)})" if text else ""


def _said(m: Maths, w: Inner) -> str:
    first, *others = (quote(words) if words else "" for words in m.text.split("{}"))
    pieces = (f"{w(p)} {words}" for p, words in zip(m.parts, others, strict=True))
    return f"{first} {' '.join(pieces)}".strip()


def _given(m: Maths, w: Inner) -> str:
    body, *definitions = map(w, m.parts)
    return f'{body} "," quad {quote(say("with") + " ")} ' + ' "," thick '.join(definitions)


def _at(m: Maths, w: Inner) -> str:
    inner, letters = w(m.parts[0]), " ".join(m.text)
    return f"({inner})_({letters})" if m.parts[0].kind == "partial" else f"{inner}_({letters})"


def _differential(m: Maths, w: Inner) -> str:
    space = "" if len(m.parts[0].text) == 1 else " "
    return f"upright(d){space}{w(m.parts[0])}"


WRITERS: dict[str, Callable[[Maths, Inner], str]] = {
    "name": lambda m, w: name(m.text),
    "number": lambda m, w: number(m.text),
    "phrase": lambda m, w: quote(printed(m.text)),
    "grid": _grid,
    "row": lambda m, w: ", ".join(map(w, m.parts)),
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("-", SUM, SUM + 11),
    "mul": lambda m, w: _infix(names.PRODUCTS[m.text].typst, PRODUCT, PRODUCT)(m, w),
    "div": lambda m, w: f"frac({w(m.parts[0])}, {w(m.parts[1])})",
    "over": _infix("\\/", PRODUCT, POWER),
    "product": _infix("thin", PRODUCT, POWER),
    "neg": lambda m, w: "-" + _in(m.parts[0], PRODUCT, w),
    "pow": lambda m, w: f"{_in(m.parts[0], ATOM, w)}^({w(m.parts[1])})",
    "root": lambda m, w: f"sqrt({w(m.parts[0])})",
    "bars": lambda m, w: f"{names.BARS[m.text].typst}({w(m.parts[0])})",
    "call": _call,
    "relation": lambda m, w: f"{w(m.parts[0])} {names.RELATIONS[m.text].typst} {w(m.parts[1])}",
    "iverson": lambda m, w: f"[{w(m.parts[0])}]",
    "rounding": lambda m, w: (
        f"{w(m.parts[0])} {quote(f' ({say(names.ROUNDING)}: ')} {w(m.parts[1])})"
    ),
    "cases": _cases,
    "choice": _choice,
    "total": lambda m, w: f"{names.TOTALS[m.text].typst} {_in(m.parts[0], POWER, w)}",
    "transpose": lambda m, w: f"{_in(m.parts[0], ATOM, w)}^top",
    "at": _at,
    "sum_over": lambda m, w: f"sum_({' '.join(m.text)}) {_in(m.parts[0], SUM, w)}",
    "sum_axes": lambda m, w: f"sum{_axes(m.text)} {_in(m.parts[0], POWER, w)}",
    "subscript": lambda m, w: f"{_in(m.parts[0], ATOM, w)}{quote('[' + m.text + ']')}",
    "said": _said,
    "given": _given,
    "partial": lambda m, w: f"frac(partial {w(m.parts[0])}, partial {w(m.parts[1])})",
    "differential": _differential,
    "hat": lambda m, w: f"hat({w(m.parts[0])})",
}
