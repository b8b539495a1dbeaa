"""Mathematics as lines of Unicode text; matrices stand over several lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from gradviz.arrays.digits import typeset
from gradviz.fonts.cells import cells, rjust, widest
from gradviz.story.languages import say
from gradviz.story.maths import names
from gradviz.story.maths.tree import ATOM, NEGATIVE, POWER, PRODUCT, SUM, Maths

SUPERSCRIPTS = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
SUBSCRIPTS = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ", "l": "ₗ", "m": "ₘ", "n": "ₙ"}
FURTHER = dict(zip("aehoprstuvx", "ₐₑₕₒₚᵣₛₜᵤᵥₓ", strict=True)) | SUBSCRIPTS
"""All letters that Unicode has as subscripts, for the indices of names."""
SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

LOW = "".join(FURTHER.values()) + "₀₁₂₃₄₅₆₇₈₉"
HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀˣⁿ"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of equal width, in cells of a terminal; `base` is the line that stands on the line of
    the text around it.
    """

    lines: tuple[str, ...]
    base: int = 0

    def __add__(self, other: Block | str) -> Block:
        other = other if isinstance(other, Block) else Block((other,))
        above = max(self.base, other.base)
        below = max(len(self.lines) - self.base, len(other.lines) - other.base)
        rows = range(-above, below)
        return Block(
            tuple(_line(self, self.base + i) + _line(other, other.base + i) for i in rows), above
        )

    def __radd__(self, other: str) -> Block:
        return Block((other,)) + self

    @property
    def flat(self) -> str:
        """The text of a block of one line."""
        return self.lines[0] if len(self.lines) == 1 else "\n".join(self.lines)


def _line(block: Block, i: int) -> str:
    return block.lines[i] if 0 <= i < len(block.lines) else " " * cells(block.lines[0])


def write(maths: Maths) -> Block:
    """The block of a formula."""
    return WRITERS[maths.kind](maths)


def text(maths: Maths) -> str:
    """The formula as text; several lines where it holds a matrix of several rows."""
    return write(maths).flat


def _in(part: Maths, level: int) -> Block:
    """A part, in brackets if it binds more loosely than `level`."""
    block = write(part)
    return "(" + block + ")" if part.level < level else block


def _infix(symbol: str, left: int, right: int) -> Callable[[Maths], Block]:
    return lambda m: _in(m.parts[0], left) + symbol + _after(m.parts[1], right)


def _product(m: Maths) -> Block:
    """A product without brackets inside it, except around a negative factor that is not the
    first.
    """
    factors = [m.parts[0]]
    while m.parts[1].kind == "mul" and m.parts[1].text == m.text:
        (m,) = m.parts[1:]
        factors.append(m.parts[0])
    is_negative = factors[0].level == NEGATIVE
    block = _in(factors[0], NEGATIVE if is_negative else PRODUCT)
    for factor in factors[1:]:
        block = block + f" {m.text} " + _after(factor, PRODUCT)
    return block + f" {m.text} " + _after(m.parts[1], PRODUCT + 1)


def _after(part: Maths, level: int) -> Block:
    """A part that follows a sign: in brackets also where it begins with a minus."""
    block = _in(part, level)
    return "(" + block + ")" if block.lines[block.base].startswith("−") else block


def _over(m: Maths) -> Block:
    above = write(m.parts[0])
    loose = m.parts[0].level < PRODUCT + 1 and m.parts[0].kind not in ("neg", "number")
    if loose or "/" in above.flat:
        above = "(" + above + ")"
    return above + "/" + _in(m.parts[1], PRODUCT + 1)


def _power(m: Maths) -> Block:
    base, exponent = m.parts
    raised = text(exponent)
    if base.kind == "name" and base.text == "e":
        return "exp(" + write(exponent) + ")"
    if raised and all(c in "0123456789-−" for c in raised):
        return _in(base, ATOM) + raised.translate(SUPERSCRIPTS)
    return _in(base, ATOM) + "^" + _in(exponent, ATOM)


def _call(m: Maths) -> Block:
    block = Block((m.text + "(",))
    for i, part in enumerate(m.parts):
        block = block + (", " if i else "") + write(part)
    return block + ")"


def _grid(m: Maths) -> Block:
    rows = [[text(cell) for cell in row.parts] for row in m.parts]
    widths = [widest(column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(rjust, row, widths)) for row in rows]
    if len(lines) == 1:
        return "[" + write(m.parts[0]) + "]"
    left, right = "⎡" + "⎢" * (len(lines) - 2) + "⎣", "⎤" + "⎥" * (len(lines) - 2) + "⎦"
    return Block(
        tuple(a + line + b for a, line, b in zip(left, lines, right, strict=True)),
        (len(lines) - 1) // 2,
    )


def _cases(m: Maths) -> Block:
    condition, a, b = m.parts
    return write(a) + f" {say('if')} " + write(condition) + f" {say('else')} " + write(b)


def _choice(m: Maths) -> Block:
    block = Block(("",))
    for value, condition in zip(m.parts[:-1:2], m.parts[1::2], strict=True):
        block = block + write(value) + f" {say('where')} " + write(condition) + ", "
    return block + f"{say('else')} " + write(m.parts[-1])


def _at(m: Maths) -> Block:
    return write(m.parts[0]) + subscript(m.text)


def subscript(letters: str) -> str:
    """Index letters or digits as subscripts."""
    return "".join(SUBSCRIPTS.get(c, c) for c in letters).translate(SUBSCRIPT_DIGITS)


def name(text: str) -> str:
    """A variable as the other notations typeset it: θ₁ for `theta_1`.

    An index with letters that Unicode does not have as subscripts stays after its `_`.
    """
    base, index = names.split(text)
    letter = names.greek(base)
    head = letter.unicode if letter else base
    low = "".join(FURTHER.get(c, c) for c in index).translate(SUBSCRIPT_DIGITS)
    if set(low) & set(index):
        return f"{head}_{index}"
    return head + low


@lru_cache(maxsize=256)
def _words(variables: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Where these variables stand in a sentence, and how those that change are written."""
    changed = {v: low for v in variables if (low := name(v)) != v}
    longest = sorted(changed, key=len, reverse=True)
    words = rf"(?<![\w.])(d?)({'|'.join(map(re.escape, longest))})(?=(\W|[{LOW}{HIGH}]|$))(?!\()"
    return re.compile(words), changed


def named(sentence: str, variables: Iterable[str]) -> str:
    """A sentence in which these variables are written as `name` writes them.

    So are their differentials: dx₁. A word before a bracket is a function, and an index before a
    further one stays as it is.
    """
    words, changed = _words(tuple(variables))
    if not changed:
        return sentence

    def written(found: re.Match[str]) -> str:
        d, name, after = found.groups()
        low = changed[name]
        return d + (name if after and after in LOW and low[-1] in LOW else low)

    return words.sub(written, sentence)


_TENS = re.compile(
    r"([/^]?)([−-]?)(?<![\w.])(\d+(?:\.\d+)?)e([−-]?\d+)(?![A-Za-z_]|\.?\d)([\^⁰¹²³⁴-⁹⁻]?)"
)


def powers(text: str) -> str:
    """A text whose numbers have powers of ten as formulas have them: 9·10⁻⁸ for 9e−8.

    They are in brackets where something is divided by them, and in powers.
    """

    def written(found: re.Match[str]) -> str:
        before, sign, digits, exponent, after = found.groups()
        number = f"{sign}{digits}·10{exponent.translate(SUPERSCRIPTS)}"
        return f"{before}({number}){after}" if before or after else number

    return _TENS.sub(written, text) if "e" in text else text


def _axes(text: str) -> str:
    return f"[{text}]" if text else ""


def _said(m: Maths) -> Block:
    first, *others = m.text.split("{}")
    block = Block((first,))
    for part, words in zip(m.parts, others, strict=True):
        block = block + write(part) + words
    return block


def _given(m: Maths) -> Block:
    block = write(m.parts[0]) + f", {say('with')} "
    for i, definition in enumerate(m.parts[1:]):
        block = block + (", " if i else "") + write(definition)
    return block


WRITERS: dict[str, Callable[[Maths], Block]] = {
    "name": lambda m: Block((m.text,)),
    "number": lambda m: Block((typeset(m.text),)),
    "phrase": lambda m: Block((m.text,)),
    "grid": _grid,
    "row": lambda m: Block(("  ".join(map(text, m.parts)),)),
    "add": _infix(" + ", SUM, SUM + 11),
    "sub": _infix(" − ", SUM, SUM + 11),
    "mul": _product,
    "div": _over,
    "over": _over,
    "product": _infix(" ", PRODUCT, POWER),
    "neg": lambda m: "−" + _in(m.parts[0], PRODUCT),
    "pow": _power,
    "root": lambda m: "√" + _in(m.parts[0], ATOM),
    "bars": lambda m: m.text + write(m.parts[0]) + m.text,
    "call": _call,
    "relation": lambda m: write(m.parts[0]) + f" {m.text} " + write(m.parts[1]),
    "iverson": lambda m: "[" + write(m.parts[0]) + "]",
    "rounding": lambda m: (
        write(m.parts[0]) + f" ({say(names.ROUNDING)}: " + write(m.parts[1]) + ")"
    ),
    "cases": _cases,
    "choice": _choice,
    "total": lambda m: names.TOTALS[m.text].unicode + " " + _in(m.parts[0], POWER),
    "transpose": lambda m: _in(m.parts[0], ATOM) + "ᵀ",
    "at": _at,
    "sum_over": lambda m: "Σ" + subscript(m.text) + " " + _in(m.parts[0], SUM),
    "sum_axes": lambda m: f"Σ{_axes(m.text)} " + _in(m.parts[0], POWER),
    "subscript": lambda m: _in(m.parts[0], ATOM) + f"[{m.text}]",
    "said": _said,
    "given": _given,
    "partial": lambda m: "∂" + write(m.parts[0]) + "/∂" + write(m.parts[1]),
    "differential": lambda m: "d" + write(m.parts[0]),
    "hat": lambda m: write(m.parts[0]) + "\u0302",
}
