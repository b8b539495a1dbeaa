"""Mathematics in words, for whoever hears it: `write` for formulas, `say` for sentences.

Nothing is left but letters, digits and the marks of prose; `WORDS` is the one table of what a
symbol is called. Brackets that group are said, so that nothing depends on how the eye joins things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gradviz.story.languages import translated
from gradviz.story.maths import names, unicode
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths

OPEN, CLOSE = "open bracket", "close bracket"
WORDS: Final = {
    "+": "plus",
    "−": "minus",
    "·": "times",
    "*": "times",
    "×": "times",
    "⊙": "times elementwise",
    "∗": "convolved with",
    "@": "times",
    "÷": "divided by",
    "/": "over",
    "**": "to the power of",
    "^": "to the power of",
    "√": "the square root of",
    "±": "plus or minus",
    "=": "equals",
    "==": "equals",
    "≈": "is about",
    "≠": "is not",
    "!=": "is not",
    "<": "is less than",
    ">": "is greater than",
    "≤": "is at most",
    "<=": "is at most",
    "≥": "is at least",
    ">=": "is at least",
    "∧": "and",
    "&": "and",
    "→": "becomes",
    "->": "becomes",
    "←": "gets",
    "<-": "gets",
    "∂": "d",
    "∫": "the integral of",
    "Σ": "the sum of",
    "∑": "the sum of",
    "Π": "the product of",
    "∏": "the product of",
    "∞": "infinity",
    "%": "percent",
    "°": "degrees",
    "…": "and so on",
    "′": "prime",
    "ᵀ": "transposed",
    "²": "squared",
    "³": "cubed",
    "½": "one half",
    "↦": "is mapped to",
    "Φ": "Phi",
} | {letter: name for name, letter in names.LETTERS.items()}
"""What a symbol is called."""
MINUS: Final = WORDS["−"]
FUNCTIONS: Final = {"log₂": "log to base 2", "log₁₀": "log to base 10", "x̂": "x hat", "ŷ": "y hat"}
TOTALS: Final = {
    "sum": "the sum of",
    "prod": "the product of",
    "max": "the largest of",
    "min": "the smallest of",
}
BARS: Final = {"|": "the absolute value of", "‖": "the length of"}
HAT: Final = "\N{COMBINING CIRCUMFLEX ACCENT}"

_LOWERED = {low: c for c, low in unicode.FURTHER.items()} | {
    chr(ord("₀") + n): str(n) for n in range(10)
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿˣ⁽⁾", "0123456789−nx()", strict=True))


# --- formulas


def write(maths: Maths) -> str:
    """The formula in words."""
    return WRITERS[maths.kind](maths)


def _in(part: Maths, level: int) -> str:
    """A part, in spoken brackets if it binds more loosely than `level`; numbers need none."""
    said = write(part)
    grouped = part.level < level and not _stands_alone(part)
    return f"{OPEN} {said} {CLOSE}" if grouped else said


def _stands_alone(part: Maths) -> bool:
    """Whether a part is a number or a name, perhaps with a minus, which no bracket need hold."""
    inner = part.parts[0] if part.kind == "neg" else part
    return inner.kind == "name" or (inner.kind == "number" and not set("/e") & set(inner.text))


def _infix(sign: str, left: int, right: int) -> Callable[[Maths], str]:
    return lambda m: f"{_in(m.parts[0], left)} {sign} {_in(m.parts[1], right)}"


def _power(m: Maths) -> str:
    base, exponent = m.parts
    if base.kind == "name" and base.text == "e":
        return f"exp of {_in(exponent, ATOM)}"
    raised = {"2": "squared", "3": "cubed"}.get(exponent.text if not exponent.parts else "")
    said = _in(base, ATOM)
    said = f"{OPEN} {said} {CLOSE}" if said.startswith(MINUS) else said
    return f"{said} {raised or f'to the power of {_in(exponent, ATOM)}'}"


def _call(m: Maths) -> str:
    function = FUNCTIONS.get(m.text) or say(m.text.replace("_", " "))
    if len(m.parts) == 1:
        return f"{function} of {_in(m.parts[0], ATOM)}"
    given = list(map(write, m.parts))
    between = "; " if any("," in said for said in given) else ", "
    return f"{function} of {OPEN} {between.join(given)} {CLOSE}"


def _grid(m: Maths) -> str:
    rows = m.parts
    if len(rows) == 1:
        return f"the row {write(rows[0])}"
    if all(len(row.parts) == 1 for row in rows):
        return f"the column {', '.join(map(write, rows))}"
    said = "; ".join(f"row {n}: {write(row)}" for n, row in enumerate(rows, 1))
    return f"the matrix with {said}; end of the matrix"


def _choice(m: Maths) -> str:
    pairs = zip(m.parts[:-1:2], m.parts[1::2], strict=True)
    said = [f"{write(value)} where {write(condition)}" for value, condition in pairs]
    return ", ".join([*said, f"else {write(m.parts[-1])}"])


def _at(m: Maths) -> str:
    return f"{write(m.parts[0])} {_low(m.text)}"


def _low(letters: str) -> str:
    """Index letters or digits: `sub 1 2`."""
    parts = letters.split(",") if "," in letters else list(letters)
    return "sub " + " ".join(parts)


def _sum_over(m: Maths) -> str:
    return f"the sum over {listed(list(m.text))} of {_in(m.parts[0], SUM)}"


def _sum_axes(m: Maths) -> str:
    along = f" along {say(m.text.replace('=', ' '))}" if m.text else ""
    return f"the sum{along} of {_in(m.parts[0], POWER)}"


def _said(m: Maths) -> str:
    first, *others = m.text.split("{}")
    pieces = [_worded(first)]
    for part, said in zip(m.parts, others, strict=True):
        pieces += [write(part), _worded(said)]
    return _tidy(" ".join(pieces))


def _given(m: Maths) -> str:
    return f"{write(m.parts[0])}, with {', '.join(map(write, m.parts[1:]))}"


def _iverson(m: Maths) -> str:
    return f"{OPEN} 1 if {write(m.parts[0])}, else 0 {CLOSE}"


WRITERS: Final[dict[str, Callable[[Maths], str]]] = {
    "name": lambda m: FUNCTIONS.get(m.text) or say(m.text),
    "number": lambda m: say(unicode.text(m)),
    "phrase": lambda m: say(m.text),
    "grid": _grid,
    "row": lambda m: ", ".join(map(write, m.parts)),
    "add": _infix("plus", SUM, SUM + 11),
    "sub": _infix(MINUS, SUM, SUM + 11),
    "mul": lambda m: _infix(WORDS[m.text], PRODUCT, PRODUCT)(m),
    "div": _infix("over", PRODUCT, PRODUCT + 1),
    "over": _infix("over", PRODUCT, PRODUCT + 1),
    "product": _infix("times", PRODUCT, POWER),
    "neg": lambda m: f"{MINUS} {_in(m.parts[0], PRODUCT)}",
    "pow": _power,
    "root": lambda m: f"the square root of {_in(m.parts[0], ATOM)}",
    "bars": lambda m: f"{BARS[m.text]} {_in(m.parts[0], ATOM)}",
    "call": _call,
    "relation": lambda m: f"{write(m.parts[0])} {WORDS[m.text]} {write(m.parts[1])}",
    "iverson": _iverson,
    "rounding": lambda m: f"{write(m.parts[0])}, {translated(names.ROUNDING)}: {write(m.parts[1])}",
    "cases": lambda m: f"{write(m.parts[1])} if {write(m.parts[0])}, else {write(m.parts[2])}",
    "choice": _choice,
    "total": lambda m: f"{TOTALS[m.text]} {_in(m.parts[0], POWER)}",
    "transpose": lambda m: f"{_in(m.parts[0], ATOM)} transposed",
    "at": _at,
    "sum_over": _sum_over,
    "sum_axes": _sum_axes,
    "subscript": lambda m: f"{_in(m.parts[0], ATOM)} {say(f'a[{m.text}]').removeprefix('a ')}",
    "said": _said,
    "given": _given,
    "partial": lambda m: f"the gradient of {write(m.parts[0])} in {_in(m.parts[1], ATOM)}",
    "differential": lambda m: f"the gradient of {_in(m.parts[0], ATOM)}",
    "hat": lambda m: f"{write(m.parts[0])} hat",
}


# --- sentences

_LOW, _HIGH = "".join(_LOWERED), "".join(_RAISED)
_TOKEN = rf"[\w{HAT}][\w.{_LOW}{HAT}]*"
_FIXED: Final = {
    **FUNCTIONS,
    HAT: " hat",
    "(…)": "",
    "=…": " equals a value, ",
    "`": "",
    "≈ because": "It is only about equal, because",
    "→ because": "It is a limit, because",
}
_Replaced = str | Callable[[re.Match[str]], str]


def _raised(found: re.Match[str]) -> str:
    power = "".join(_RAISED[c] for c in found[0])
    return {"2": " squared", "3": " cubed"}.get(power) or f" to the power of {power}"


def _lowered(found: re.Match[str]) -> str:
    return " " + _low("".join(_LOWERED.get(c, c) for c in found[0]))


_FIRST: Final[tuple[tuple[str, _Replaced], ...]] = (
    (r"(?<=\bu) (?=\w+ᵀ)|(?<=ᵀ) (?=u\b)", " · "),  # u beside a matrix, without a sign
    (r"(?<=into )\(([^(),]+), ([^(),]+)\)", r"the range from \1 to \2"),
    (r"(log₁?[₂₀]) (?=\w)", r"\1 of "),
    *((re.escape(text), said) for text, said in _FIXED.items()),
    (r"\*\*2(?![\w.])", "²"),
    (r"\*\*3(?![\w.])", "³"),
    (rf"∂({_TOKEN})/∂({_TOKEN})", r"the gradient of \1 in \2"),
    (r"(?<![\w.])(\d+(?:\.\d+)?)e([−-]?\d+)(?!\w)", r"\1 times 10 to the power of \2"),
    (f"[{_HIGH}]+", _raised),
    (f"[{_LOW}]+(?:,[{_LOW}]+)*", _lowered),
    (r"(?<=[\dn])×(?=[\dn])", " by "),
)
"""What is replaced before brackets are said, in this order."""
_LAST: Final[tuple[tuple[str, _Replaced], ...]] = (
    (r"(?<![\w)\]])[−-](?=[\d.∞])|\s-\s", " − "),
    (
        "|".join(re.escape(sign) for sign in sorted(WORDS, key=len, reverse=True)),
        lambda found: f" {WORDS[found[0]]} ",
    ),
    (r"\b(Is [^?]*?) is (?=(?:less|greater|at|not)\b)", r"\1 "),
    (r"\b(Is [^?]*?) equals (?=[^?]*\?)", r"\1 equal to "),
)
"""What is replaced after it."""
_BARS = re.compile(r"([|‖])([^|‖]+)\1")
_SQUARE = re.compile(r"([\w)]?)\[([^\[\]]*)\]")
_ROWS = re.compile(r"\[(\[[^\[\]]*\](?:, \[[^\[\]]*\])*)\]")
_ROUND = re.compile(r"(\w*)\(([^()]*)\)")
_SLICE = re.compile(r"(-?\d*):(-?\d*)(?::(-?\d+))?")
_PROSE = re.compile(r"[a-z]{3,} [a-z]{2,}")
_OPERATORS = frozenset("+−·*×⊙∗@÷/^√=≈≠<>≤≥")
_POWERS = ("squared", "cubed", "to the power", "transposed", "sub ")


def say(text: str) -> str:
    """A sentence whose symbols are words; words, numbers and names stay as they are."""
    return _tidy(_worded(text)).lstrip(",; ")


def _worded(text: str) -> str:
    text = _without_brackets(_replaced(text, _FIRST))
    return _replaced(text, _LAST)


def _replaced(text: str, by: Sequence[tuple[str, _Replaced]]) -> str:
    for pattern, said in by:
        text = re.sub(pattern, said, text)
    return text


def listed(parts: Sequence[str]) -> str:
    """`x, y and z`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _without_brackets(text: str) -> str:
    """Bars, square and round brackets said, from the inside out."""
    while _BARS.search(text):
        text = _BARS.sub(lambda found: f"{BARS[found[1]]} {_grouped(found[2])}", text)
    while (rows := _ROWS.search(text)) is not None:
        said = "; ".join(row.strip("[]") for row in re.split(r"(?<=\]), (?=\[)", rows[1]))
        text = f"{text[: rows.start()]} the rows {said} {text[rows.end() :]}"
    while (found := _SQUARE.search(text) or _ROUND.search(text)) is not None:
        said = _squared(found) if found.re is _SQUARE else _rounded(found)
        text = text[: found.start()] + said + text[found.end() :]
    return text


def _squared(found: re.Match[str]) -> str:
    """`x[0, 1]` is x at 0, 1; `[x > 0]` is 1 or 0; `[1, 2]` is a list of numbers."""
    before, inside = found[1], found[2].strip()
    if before:
        return f"{before} at {', '.join(map(_place, inside.split(', ')))} "
    if " from " in inside:
        return f" an array of {inside} "
    if _OPERATORS & set(inside.replace("−", "")) and "," not in inside:
        return f" {OPEN} 1 if {inside}, else 0 {CLOSE} "
    return f" the list {re.sub(r'(?<=[^,;])  +', ', ', inside)} "


def _place(index: str) -> str:
    """An index or a slice: `1`, `all`, `0 up to 2`."""
    found = _SLICE.fullmatch(index)
    if found is None:
        return index
    start, stop, by = found.groups()
    first, last = f"{start or 0}" if start or stop else "all", f" up to {stop}" if stop else ""
    return first + (last or (" and on" if start else "")) + (f" by {by}" if by else "")


def _rounded(found: re.Match[str]) -> str:
    """`f(x)` is f of x; brackets around one number go, except below a power; a remark in brackets
    stands in commas.
    """
    before, inside = found[1], found[2].strip(" ,")
    rest = found.string[found.end() :].lstrip()
    below_a_power = rest.startswith(_POWERS) and inside.startswith(("−", "-"))
    if before and not before[0].isdigit():
        return f"{before} of {_grouped(inside)} "
    if not (_is_grouping(inside) or below_a_power):
        return f"{before} {inside} "
    if _OPERATORS & set(inside) and not _PROSE.search(inside):
        return f"{before} {OPEN} {inside} {CLOSE} "
    return f"{before}, {inside}, "


def _grouped(inside: str) -> str:
    return f"{OPEN} {inside} {CLOSE}" if _is_grouping(inside) else inside


def _is_grouping(inside: str) -> bool:
    return " " in inside.strip() or bool(_OPERATORS & set(inside[1:]))


def _tidy(text: str) -> str:
    """Single spaces, none before a mark, no mark twice."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" (?=[,.;:!?])", "", text)
    return re.sub(r"(?<=[,;:]),", "", re.sub(r"[,;]+(?=[,.;:!?])", "", text))
