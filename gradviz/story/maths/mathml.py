"""Mathematics as MathML Core, which browsers show without any script."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from gradviz.arrays.digits import typeset
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eta": "η",
    "lambda": "λ",
    "mu": "μ",
    "sigma": "σ",
    "theta": "θ",
}


def write(m: Maths) -> str:
    """One formula."""
    return f"<math>{_row(m)}</math>"


def _row(m: Maths) -> str:
    return f"<mrow>{WRITERS[m.kind](m)}</mrow>"


def _in(part: Maths, level: int) -> str:
    return f"<mrow><mo>(</mo>{_row(part)}<mo>)</mo></mrow>" if part.level < level else _row(part)


def _sign(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _infix(sign: str, left: int, right: int) -> Callable[[Maths], str]:
    return lambda m: _in(m.parts[0], left) + _sign(sign) + _in(m.parts[1], right)


def _name(m: Maths) -> str:
    base, _, index = m.text.partition("_")
    if not index and (match := re.fullmatch(r"([^\W\d]+?)(\d+)", m.text)):
        base, index = match.groups()
    said = f"<mi>{escape(GREEK.get(base, base))}</mi>"
    return f"<msub>{said}<mn>{escape(index)}</mn></msub>" if index else said


def _number(m: Maths) -> str:
    text = typeset(m.text)
    sign, digits = ("<mo>−</mo>", text[1:]) if text.startswith("−") else ("", text)
    if "/" in digits:
        above, below = digits.split("/", 1)
        return f"{sign}<mfrac><mn>{above}</mn><mn>{below}</mn></mfrac>"
    return f"{sign}<mn>{escape(digits)}</mn>"


def _call(m: Maths) -> str:
    arguments = "<mo>,</mo>".join(map(_row, m.parts))
    return f"<mi>{escape(m.text)}</mi><mo>(</mo>{arguments}<mo>)</mo>"


def _grid(m: Maths) -> str:
    rows = "".join(
        f"<mtr>{''.join(f'<mtd>{_number(cell)}</mtd>' for cell in row.parts)}</mtr>"
        for row in m.parts
    )
    return f"<mo>[</mo><mtable>{rows}</mtable><mo>]</mo>"


def _partial(m: Maths) -> str:
    above, below = m.parts
    return (
        f"<mfrac><mrow><mo>∂</mo>{_row(above)}</mrow><mrow><mo>∂</mo>{_row(below)}</mrow></mfrac>"
    )


WRITERS: dict[str, Callable[[Maths], str]] = {
    "name": _name,
    "number": _number,
    "phrase": lambda m: f"<mtext>{escape(m.text)}</mtext>",
    "grid": _grid,
    "add": _infix("+", SUM, SUM + 11),
    "sub": _infix("−", SUM, SUM + 11),
    "mul": lambda m: _in(m.parts[0], PRODUCT) + _sign(m.text) + _in(m.parts[1], PRODUCT),
    "div": lambda m: f"<mfrac>{_row(m.parts[0])}{_row(m.parts[1])}</mfrac>",
    "product": lambda m: _in(m.parts[0], PRODUCT) + _in(m.parts[1], POWER),
    "neg": lambda m: _sign("−") + _in(m.parts[0], PRODUCT),
    "pow": lambda m: f"<msup>{_in(m.parts[0], ATOM)}{_row(m.parts[1])}</msup>",
    "root": lambda m: f"<msqrt>{_row(m.parts[0])}</msqrt>",
    "bars": lambda m: f"<mo>{m.text}</mo>{_row(m.parts[0])}<mo>{m.text}</mo>",
    "call": _call,
    "relation": lambda m: _row(m.parts[0]) + _sign(m.text) + _row(m.parts[1]),
    "iverson": lambda m: f"<mo>[</mo>{_row(m.parts[0])}<mo>]</mo>",
    "cases": lambda m: (
        f"{_row(m.parts[1])}<mtext> if </mtext>{_row(m.parts[0])}<mtext>, else"
        f" </mtext>{_row(m.parts[2])}"
    ),
    "total": lambda m: (
        f"<mo>{ {'sum': 'Σ', 'prod': 'Π'}.get(m.text, m.text) }</mo>{_in(m.parts[0], POWER)}"
    ),
    "transpose": lambda m: f"<msup>{_in(m.parts[0], ATOM)}<mo>⊤</mo></msup>",
    "at": lambda m: f"<msub>{_row(m.parts[0])}<mi>{escape(m.text)}</mi></msub>",
    "sum_over": lambda m: f"<munder><mo>Σ</mo><mi>{escape(m.text)}</mi></munder>{_row(m.parts[0])}",
    "sum_axes": lambda m: f"<mo>Σ</mo>{_in(m.parts[0], POWER)}",
    "subscript": lambda m: f"<msub>{_row(m.parts[0])}<mtext>[{escape(m.text)}]</mtext></msub>",
    "partial": _partial,
    "differential": lambda m: f"<mi>d</mi>{_row(m.parts[0])}",
}
