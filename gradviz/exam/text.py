"""The text of a question: words and mathematics, which every format writes in its own way."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from gradviz.arrays.digits import typeset
from gradviz.graph.text.parser import parse
from gradviz.story.maths import M, Maths, latex, typst, unicode
from gradviz.story.maths.of_graph import of_graph

Text = tuple[str | Maths, ...]
"""One paragraph: a sequence of words and pieces of mathematics."""

HOLE = re.compile(r"\{(\w+)\}")


def say(template: str, /, **pieces: str | Maths | Fraction | int) -> Text:
    """A paragraph from a template: `say("What is {g}?", g=…)`. Numbers become mathematics."""
    parts: list[str | Maths] = []
    for i, part in enumerate(HOLE.split(template)):
        piece = pieces[part] if i % 2 else part
        parts.append(piece if isinstance(piece, str | Maths) else numeral(piece))
    return tuple(part for part in parts if part != "")


def decimal(value: Fraction | int) -> str:
    """A number as a student writes it: `-2.5`, or `1/3` for an endless decimal. ASCII minus."""
    value = Fraction(value)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if rest != 1 or places > 12:
        return f"{value.numerator}/{value.denominator}"
    scaled = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{scaled[:-places]}.{scaled[-places:]}" if places else f"{sign}{scaled}"


def nested(value: Any) -> str:
    """A number, nested lists or an array as text of the grammar: `[[1, 0.5], [2, 3]]`."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return (
        f"[{', '.join(map(nested, value))}]" if isinstance(value, list | tuple) else decimal(value)
    )


def numeral(value: Any) -> Maths:
    """A number, a vector (as a row) or a matrix as mathematics."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return M.number(decimal(value))
    rows = value if isinstance(value[0], list | tuple) else [value]
    return M.grid([[decimal(v) for v in row] for row in rows])


@lru_cache(maxsize=4096)
def expression(source: str) -> Maths:
    """A text of the grammar as mathematics."""
    found = of_graph(parse(source))
    assert found is not None, "expressions of questions are short"
    return found


def equation(name: str, right: Any) -> Maths:
    """`name = right`, where right is mathematics, text of the grammar, or a number."""
    if isinstance(right, str):
        right = expression(right)
    return M.relation("=", M.name(name), right if isinstance(right, Maths) else numeral(right))


def given(values: Mapping[str, Any]) -> Text:
    """`x = -2, y = 5 and z = -4`."""
    parts: list[str | Maths] = []
    last = len(values) - 1
    for i, (name, value) in enumerate(values.items()):
        parts += [" and " if i == last and i else ", " if i else "", equation(name, value)]
    return tuple(part for part in parts if part != "")


def derivative(of: str, by: str) -> Maths:
    """∂of/∂by."""
    return M.partial(of, M.name(by))


def write(
    text: Sequence[str | Maths], words: Callable[[str], str], maths: Callable[[Maths], str]
) -> str:
    """A paragraph in a format, given how it writes words and mathematics."""
    return "".join(words(part) if isinstance(part, str) else maths(part) for part in text)


def plain(text: Text) -> str:
    """One line of Unicode text, with matrices as nested lists."""
    return write(text, str, lambda m: unicode.text(_on_one_line(m)))


def in_latex(text: Text) -> str:
    """LaTeX: mathematics between `$` signs."""
    return write(text, latex.escape, lambda m: f"${latex.write(m)}$")


def in_typst(text: Text) -> str:
    """typst markup: words are quoted, so that none is taken for markup.

    Mathematics carries its own description in words.
    """
    return write(text, lambda s: f"#{typst.quote(s)};", _typst_maths)


def _typst_maths(m: Maths) -> str:
    return f"#math.equation(alt: {typst.quote(plain((m,)))}, ${typst.write(m)}$);"


def _on_one_line(m: Maths) -> Maths:
    if m.kind == "grid":
        rows = ["[" + ", ".join(typeset(cell.text) for cell in row.parts) + "]" for row in m.parts]
        return M.phrase(rows[0] if len(rows) == 1 else f"[{', '.join(rows)}]")
    return replace(m, parts=tuple(map(_on_one_line, m.parts)))


def as_data(text: Text) -> dict[str, str]:
    """A paragraph for JSON: plain, and with LaTeX."""
    return {"text": plain(text), "latex": in_latex(text)}
