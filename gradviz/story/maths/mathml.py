"""Mathematics as presentation MathML, limited to MathML Core, which browsers render without a
script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import Final

from gradviz.arrays.digits import plain_minus, typeset
from gradviz.story.languages import say
from gradviz.story.maths import names
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths
from gradviz.story.maths.unicode import powers


def write(m: Maths, *, marked: bool = False) -> str:
    """One formula. Where it is `marked`, a piece with a role has that as its class, and `data-ref`
    says what of the trace a piece shows; `data-level` around a number how tightly it must bind
    to stand there without brackets.
    """
    return f"<math>{_row(m if marked else _unmarked(m))}</math>"


def _unmarked(m: Maths) -> Maths:
    return replace(m, parts=tuple(map(_unmarked, m.parts)), role="", ref="")


def name(text: str) -> str:
    """A variable: `w0` as w with an index, Greek names as letters."""
    sign = names.SYMBOLS.get(text)
    base, index = names.split(sign.element if sign else text)
    letter = names.greek(base)
    head = _letter(letter.element if letter else base)
    if not index:
        return head
    return f"<msub>{head}{f'<mn>{index}</mn>' if index.isdigit() else _words(index)}</msub>"


def number(text: str) -> str:
    """A number: proper infinity, fractions, and powers of ten for exponents."""
    text = plain_minus(text)
    sign, digits = ("<mo>−</mo>", text[1:]) if text.startswith("-") else ("", text)
    if digits == names.INFINITY.unicode:
        return sign + _letter(names.INFINITY.element)
    if text in names.WORDS:
        return _words(text)
    if match := names.SCIENTIFIC.fullmatch(digits):
        ten = f"<msup><mn>10</mn><mrow>{number(match[2])}</mrow></msup>"
        return f"{sign}<mn>{match[1]}</mn>{_sign('·')}{ten}"
    if match := names.FRACTION.fullmatch(digits):
        return f"{sign}<mfrac><mn>{match[2]}</mn><mn>{match[3]}</mn></mfrac>"
    return f"{sign}<mn>{escape(typeset(digits))}</mn>"


def _bare(m: Maths) -> str:
    made = WRITERS[m.kind](m)
    marks = f' class="{m.role}"' if m.role else ""
    marks += f' data-ref="{escape(m.ref)}"' if m.ref else ""
    return f"<mrow{marks}>{made}</mrow>" if marks else made


def _row(m: Maths) -> str:
    return f"<mrow>{_bare(m)}</mrow>"


def _in(part: Maths, level: int) -> str:
    made = _fenced("(", ")", part) if part.level < level else _row(part)
    is_slot = part.ref and part.kind == "number"
    return f'<mrow data-level="{level}">{made}</mrow>' if is_slot else made


TALL: Final = frozenset(
    ("div", "partial", "grid", "cases", "choice", "total", "sum_over", "sum_axes")
)
"""The kinds of pieces that are higher than a line."""


def _fenced(left: str, right: str, *parts: Maths) -> str:
    """Pieces between fences, which are as high as these. One that may stretch has the width of
    the widest in some browsers, so those of usual height must not.
    """
    fixed = "" if any(map(_is_tall, parts)) else ' stretchy="false"'
    marks = f'{fixed} lspace="0" rspace="0"'
    inside = _sign(",").join(map(_row, parts))
    return f"<mrow><mo{marks}>{left}</mo>{inside}<mo{marks}>{right}</mo></mrow>"


def _is_tall(m: Maths) -> bool:
    return m.kind in TALL or any(map(_is_tall, m.parts))


def _letter(text: str) -> str:
    return f"<mi>{escape(text)}</mi>"


def _sign(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _words(text: str) -> str:
    return f"<mtext>{escape(text)}</mtext>"


def _infix(sign: str, left: int, right: int) -> Callable[[Maths], str]:
    return lambda m: _in(m.parts[0], left) + _sign(sign) + _in(m.parts[1], right)


def _call(m: Maths) -> str:
    sign = names.FUNCTIONS.get(m.text) or names.SYMBOLS.get(m.text)
    head = name(m.text) if sign else _letter(m.text)
    return head + _fenced("(", ")", *m.parts)


def _indices(text: str) -> str:
    """Index letters and digits, each as a separate element."""
    each = [f"<mn>{c}</mn>" if c.isdigit() else _letter(c) for c in text]
    return each[0] if len(each) == 1 else f"<mrow>{''.join(each)}</mrow>"


def _cases(m: Maths) -> str:
    condition, a, b = map(_row, m.parts)
    rows = (
        (a, _words(f"{say('if')}\N{NO-BREAK SPACE}") + condition),
        (b, _words(say("otherwise"))),
    )
    cells = "".join(f"<mtr><mtd>{x}</mtd><mtd>{when}</mtd></mtr>" for x, when in rows)
    return f'<mo>{{</mo><mtable columnalign="left">{cells}</mtable>'


def _choice(m: Maths) -> str:
    where = _words(f"{say('where')}\N{NO-BREAK SPACE}")
    pairs = zip(map(_row, m.parts[:-1:2]), map(_row, m.parts[1::2]), strict=True)
    rows = [(value, where + condition) for value, condition in pairs]
    rows.append((_row(m.parts[-1]), _words(say("else"))))
    cells = "".join(f"<mtr><mtd>{x}</mtd><mtd>{when}</mtd></mtr>" for x, when in rows)
    return f'<mo>{{</mo><mtable columnalign="left">{cells}</mtable>'


def _sum(below: str, body: str) -> str:
    sign = _sign(names.TOTALS["sum"].element)
    return (f"<munder>{sign}{below}</munder>" if below else sign) + body


def _sum_axes(m: Maths) -> str:
    below = _words(m.text) if m.text else ""
    return _sum(below, _in(m.parts[0], POWER))


def _subscript(m: Maths) -> str:
    return f"<msub><mrow>{_in(m.parts[0], ATOM)}</mrow>{_words(f'[{m.text}]')}</msub>"


def _said(m: Maths) -> str:
    first, *others = (
        m.text.replace("{} ", "{}\N{NO-BREAK SPACE}")
        .replace(" {}", "\N{NO-BREAK SPACE}{}")
        .split("{}")
    )
    pieces = (
        _row(p) + (_words(words) if words else "") for p, words in zip(m.parts, others, strict=True)
    )
    return (_words(first) if first else "") + "".join(pieces)


def _given(m: Maths) -> str:
    body, *definitions = map(_row, m.parts)
    return (
        body
        + _words(f",\N{NO-BREAK SPACE}{say('with')}\N{NO-BREAK SPACE}")
        + _sign(",").join(definitions)
    )


def _partial(m: Maths) -> str:
    above, below = (f"<mrow><mo>∂</mo>{_row(part)}</mrow>" for part in m.parts)
    return f"<mfrac>{above}{below}</mfrac>"


WRITERS: dict[str, Callable[[Maths], str]] = {
    "name": lambda m: name(m.text),
    "number": lambda m: number(m.text),
    "phrase": lambda m: _words(powers(m.text)),
    "grid": lambda m: f"<mo>[</mo><mtable>{''.join(map(_bare, m.parts))}</mtable><mo>]</mo>",
    "row": lambda m: f"<mtr>{''.join(f'<mtd>{_bare(cell)}</mtd>' for cell in m.parts)}</mtr>",
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("−", SUM, SUM + 11),
    "mul": lambda m: _infix(m.text, PRODUCT, PRODUCT)(m),
    "div": lambda m: f"<mfrac>{_row(m.parts[0])}{_row(m.parts[1])}</mfrac>",
    "over": _infix("/", PRODUCT, POWER),
    "product": lambda m: _in(m.parts[0], PRODUCT) + _in(m.parts[1], POWER),
    "neg": lambda m: _sign("−") + _in(m.parts[0], PRODUCT),
    "pow": lambda m: f"<msup>{_in(m.parts[0], ATOM)}{_row(m.parts[1])}</msup>",
    "root": lambda m: f"<msqrt>{_row(m.parts[0])}</msqrt>",
    "bars": lambda m: _fenced(m.text, m.text, m.parts[0]),
    "call": _call,
    "relation": lambda m: _row(m.parts[0]) + _sign(m.text) + _row(m.parts[1]),
    "iverson": lambda m: _fenced("[", "]", m.parts[0]),
    "rounding": lambda m: (
        _row(m.parts[0])
        + _words(f"\N{NO-BREAK SPACE}({say(names.ROUNDING)}:\N{NO-BREAK SPACE}")
        + f"{_row(m.parts[1])}<mo>)</mo>"
    ),
    "cases": _cases,
    "choice": _choice,
    "total": lambda m: _sign(names.TOTALS[m.text].element) + _in(m.parts[0], POWER),
    "transpose": lambda m: f"<msup>{_in(m.parts[0], ATOM)}<mo>⊤</mo></msup>",
    "at": lambda m: f"<msub>{_row(m.parts[0])}{_indices(m.text)}</msub>",
    "sum_over": lambda m: _sum(_indices(m.text), _in(m.parts[0], SUM)),
    "sum_axes": _sum_axes,
    "subscript": lambda m: _subscript(m),
    "said": _said,
    "given": _given,
    "partial": _partial,
    "differential": lambda m: f"<mi>d</mi>{_row(m.parts[0])}",
    "hat": lambda m: f'<mover accent="true">{_row(m.parts[0])}<mo>^</mo></mover>',
}
