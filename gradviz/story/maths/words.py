"""Mathematics in words, for whoever hears it: `write` for formulas, `say` for sentences.

Nothing is left but letters, digits and the marks of prose; `WORDS` is the one table of what a
symbol is called. Brackets that group are said, so that nothing depends on how the eye joins things.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gradviz.story import languages
from gradviz.story.languages import pattern, translated
from gradviz.story.maths import names, unicode
from gradviz.story.maths.tree import ATOM, POWER, PRODUCT, SUM, Maths

OPEN, CLOSE = pattern("open bracket"), pattern("close bracket")
WORDS: Final = {
    "+": pattern("plus"),
    "−": pattern("minus"),
    "·": pattern("times"),
    "*": pattern("times"),
    "×": pattern("times"),
    "⊙": pattern("times elementwise"),
    "∗": pattern("convolved with"),
    "@": pattern("times"),
    "÷": pattern("divided by"),
    "/": pattern("over"),
    "**": pattern("to the power of"),
    "^": pattern("to the power of"),
    "√": pattern("the square root of"),
    "±": pattern("plus or minus"),
    "=": pattern("equals"),
    "==": pattern("equals"),
    "≈": pattern("is about"),
    "≠": pattern("is not"),
    "!=": pattern("is not"),
    "<": pattern("is less than"),
    ">": pattern("is greater than"),
    "≤": pattern("is at most"),
    "<=": pattern("is at most"),
    "≥": pattern("is at least"),
    ">=": pattern("is at least"),
    "∧": pattern("and"),
    "&": pattern("and"),
    "→": pattern("becomes"),
    "->": pattern("becomes"),
    "←": pattern("gets"),
    "<-": pattern("gets"),
    "∂": pattern("d"),
    "∫": pattern("the integral of"),
    "Σ": pattern("the sum of"),
    "∑": pattern("the sum of"),
    "Π": pattern("the product of"),
    "∏": pattern("the product of"),
    "∞": pattern("infinity"),
    "%": pattern("percent"),
    "°": pattern("degrees"),
    "…": pattern("and so on"),
    "′": pattern("prime"),
    "ᵀ": pattern("transposed"),
    "²": pattern("squared"),
    "³": pattern("cubed"),
    "½": pattern("one half"),
    "↦": pattern("is mapped to"),
    "Φ": pattern("Phi"),
} | {letter: name for name, letter in names.LETTERS.items()}
"""What a symbol is called."""
MINUS: Final = WORDS["−"]
FUNCTIONS: Final = {
    "log₂": pattern("log to base 2"),
    "log₁₀": pattern("log to base 10"),
    "x̂": pattern("x hat"),
    "ŷ": pattern("y hat"),
}
TOTALS: Final = {
    "sum": pattern("the sum of"),
    "prod": pattern("the product of"),
    "max": pattern("the largest of"),
    "min": pattern("the smallest of"),
}
BARS: Final = {"|": pattern("the absolute value of"), "‖": pattern("the length of")}
HAT: Final = "\N{COMBINING CIRCUMFLEX ACCENT}"

_LOWERED = {low: c for c, low in unicode.FURTHER.items()} | {
    chr(ord("₀") + n): str(n) for n in range(10)
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿˣ⁽⁾", "0123456789−nx()", strict=True))


# --- formulas


def word(sign: str) -> str:
    """What a sign is called."""
    return translated(WORDS[sign])


def _bracketed(said: str) -> str:
    return f"{translated(OPEN)} {said} {translated(CLOSE)}"


def write(maths: Maths) -> str:
    """The formula in words."""
    return WRITERS[maths.kind](maths)


def _in(part: Maths, level: int) -> str:
    """A part, in spoken brackets if it binds more loosely than `level`; numbers need none."""
    said = write(part)
    grouped = part.level < level and not _stands_alone(part)
    return _bracketed(said) if grouped else said


def _stands_alone(part: Maths) -> bool:
    """Whether a part is a number or a name, perhaps with a minus, which no bracket need hold."""
    inner = part.parts[0] if part.kind == "neg" else part
    return inner.kind == "name" or (inner.kind == "number" and not set("/e") & set(inner.text))


def _infix(sign: str, left: int, right: int) -> Callable[[Maths], str]:
    return lambda m: f"{_in(m.parts[0], left)} {translated(sign)} {_in(m.parts[1], right)}"


def _power(m: Maths) -> str:
    base, exponent = m.parts
    if base.kind == "name" and base.text == "e":
        return languages.say("exp of {x}", x=_in(exponent, ATOM))
    raised = {"2": word("²"), "3": word("³")}.get(exponent.text if not exponent.parts else "")
    said = _in(base, ATOM)
    said = _bracketed(said) if said.startswith(translated(MINUS)) else said
    return f"{said} {raised or to_the_power(_in(exponent, ATOM))}"


def to_the_power(exponent: str) -> str:
    """`to the power of 4`."""
    return languages.say("to the power of {exponent}", exponent=exponent)


def _call(m: Maths) -> str:
    function = translated(FUNCTIONS.get(m.text, "")) or say(m.text.replace("_", " "))
    if len(m.parts) == 1:
        return languages.say("{function} of {x}", function=function, x=_in(m.parts[0], ATOM))
    given = list(map(write, m.parts))
    between = "; " if any("," in said for said in given) else ", "
    return languages.say("{function} of {x}", function=function, x=_bracketed(between.join(given)))


def _grid(m: Maths) -> str:
    rows = m.parts
    if len(rows) == 1:
        return languages.say("the row {cells}", cells=write(rows[0]))
    if all(len(row.parts) == 1 for row in rows):
        return languages.say("the column {cells}", cells=", ".join(map(write, rows)))
    said = "; ".join(
        languages.say("row {number}: {cells}", number=n, cells=write(row))
        for n, row in enumerate(rows, 1)
    )
    return languages.say("the matrix with {rows}; end of the matrix", rows=said)


def _choice(m: Maths) -> str:
    pairs = zip(m.parts[:-1:2], m.parts[1::2], strict=True)
    where, else_ = translated("where"), translated("else")
    said = [f"{write(value)} {where} {write(condition)}" for value, condition in pairs]
    return ", ".join([*said, f"{else_} {write(m.parts[-1])}"])


def _at(m: Maths) -> str:
    return f"{write(m.parts[0])} {_low(m.text)}"


def _low(letters: str) -> str:
    """Index letters or digits: `sub 1 2`."""
    parts = letters.split(",") if "," in letters else list(letters)
    return f"{translated('sub')} " + " ".join(parts)


def _sum_over(m: Maths) -> str:
    return languages.say(
        "the sum over {indices} of {x}",
        indices=languages.listed(list(m.text)),
        x=_in(m.parts[0], SUM),
    )


def _sum_axes(m: Maths) -> str:
    body = _in(m.parts[0], POWER)
    if not m.text:
        return languages.say("the sum of {x}", x=body)
    return languages.say("the sum along {axes} of {x}", axes=say(m.text.replace("=", " ")), x=body)


def _said(m: Maths) -> str:
    first, *others = m.text.split("{}")
    pieces = [_worded(first)]
    for part, said in zip(m.parts, others, strict=True):
        pieces += [write(part), _worded(said)]
    return _tidy(" ".join(pieces))


def _given(m: Maths) -> str:
    return f"{write(m.parts[0])}, {translated('with')} {', '.join(map(write, m.parts[1:]))}"


def _iverson(m: Maths) -> str:
    return _truth(write(m.parts[0]))


def _truth(condition: str) -> str:
    return _bracketed(f"1 {translated('if')} {condition}, {translated('else')} 0")


WRITERS: Final[dict[str, Callable[[Maths], str]]] = {
    "name": lambda m: translated(FUNCTIONS.get(m.text, "")) or say(m.text),
    "number": lambda m: say(unicode.text(m)),
    "phrase": lambda m: say(m.text),
    "grid": _grid,
    "row": lambda m: ", ".join(map(write, m.parts)),
    "add": _infix(WORDS["+"], SUM, SUM + 11),
    "sub": _infix(MINUS, SUM, SUM + 11),
    "mul": lambda m: _infix(WORDS[m.text], PRODUCT, PRODUCT)(m),
    "div": _infix(WORDS["/"], PRODUCT, PRODUCT + 1),
    "over": _infix(WORDS["/"], PRODUCT, PRODUCT + 1),
    "product": _infix(WORDS["·"], PRODUCT, POWER),
    "neg": lambda m: f"{translated(MINUS)} {_in(m.parts[0], PRODUCT)}",
    "pow": _power,
    "root": lambda m: f"{word('√')} {_in(m.parts[0], ATOM)}",
    "bars": lambda m: f"{translated(BARS[m.text])} {_in(m.parts[0], ATOM)}",
    "call": _call,
    "relation": lambda m: f"{write(m.parts[0])} {word(m.text)} {write(m.parts[1])}",
    "iverson": _iverson,
    "rounding": lambda m: f"{write(m.parts[0])}, {translated(names.ROUNDING)}: {write(m.parts[1])}",
    "cases": lambda m: languages.say(
        "{a} if {condition}, else {b}",
        a=write(m.parts[1]),
        condition=write(m.parts[0]),
        b=write(m.parts[2]),
    ),
    "choice": _choice,
    "total": lambda m: f"{translated(TOTALS[m.text])} {_in(m.parts[0], POWER)}",
    "transpose": lambda m: f"{_in(m.parts[0], ATOM)} {word('ᵀ')}",
    "at": _at,
    "sum_over": _sum_over,
    "sum_axes": _sum_axes,
    "subscript": lambda m: f"{_in(m.parts[0], ATOM)} {say(f'a[{m.text}]').removeprefix('a ')}",
    "said": _said,
    "given": _given,
    "partial": lambda m: languages.say(
        "the gradient of {f} in {x}", f=write(m.parts[0]), x=_in(m.parts[1], ATOM)
    ),
    "differential": lambda m: languages.say("the gradient of {x}", x=_in(m.parts[0], ATOM)),
    "hat": lambda m: f"{write(m.parts[0])} {translated('hat')}",
}


# --- sentences

_LOW, _HIGH = "".join(_LOWERED), "".join(_RAISED)
_TOKEN = rf"[\w{HAT}][\w.{_LOW}{HAT}]*"
_FIXED: Final = {
    **FUNCTIONS,
    HAT: pattern(" hat"),
    "(…)": "",
    "=…": pattern(" equals a value, "),
    "`": "",
    "≈ because": pattern("It is only about equal, because"),
    "→ because": pattern("It is a limit, because"),
}
_Replaced = str | Callable[[re.Match[str]], str]


def _raised(found: re.Match[str]) -> str:
    power = "".join(_RAISED[c] for c in found[0])
    return f" { ({'2': word('²'), '3': word('³')}.get(power) or to_the_power(power)) }"


def _lowered(found: re.Match[str]) -> str:
    return " " + _low("".join(_LOWERED.get(c, c) for c in found[0]))


def _in_words(said: str) -> Callable[[re.Match[str]], str]:
    """What replaces a text, in the reader's language."""
    return lambda _: translated(said)


def _gradient(found: re.Match[str]) -> str:
    return languages.say("the gradient of {f} in {x}", f=found[1], x=found[2])


def _range(found: re.Match[str]) -> str:
    """Two numbers in brackets where a function maps into them; others stay as they are."""
    if found[1] != translated("into "):
        return found[0]
    told = languages.say("the range from {low} to {high}", low=found[2], high=found[3])
    return f"{found[1]}{told}"


def _of_ten(found: re.Match[str]) -> str:
    return languages.say(
        "{number} times 10 to the power of {power}", number=found[1], power=found[2]
    )


_FIRST: Final[tuple[tuple[str, _Replaced], ...]] = (
    (r"(?<=\bu) (?=\w+ᵀ)|(?<=ᵀ) (?=u\b)", " · "),  # u beside a matrix, without a sign
    (r"(\w+ )\(([^(),]+), ([^(),]+)\)", _range),
    (r"(log₁?[₂₀]) (?=\w)", r"\1 of "),
    *((re.escape(text), _in_words(said)) for text, said in _FIXED.items()),
    (r"\*\*2(?![\w.])", "²"),
    (r"\*\*3(?![\w.])", "³"),
    (rf"∂({_TOKEN})/∂({_TOKEN})", _gradient),
    (r"(?<![\w.])(\d+(?:\.\d+)?)e([−-]?\d+)(?!\w)", _of_ten),
    (f"[{_HIGH}]+", _raised),
    (f"[{_LOW}]+(?:,[{_LOW}]+)*", _lowered),
    (r"(?<=[\dn])×(?=[\dn])", _in_words(pattern(" by "))),
)
"""What is replaced before brackets are said, in this order."""
_LAST: Final[tuple[tuple[str, _Replaced], ...]] = (
    (r"(?<![\w)\]])[−-](?=[\d.∞])|\s-\s", " − "),
    (
        "|".join(re.escape(sign) for sign in sorted(WORDS, key=len, reverse=True)),
        lambda found: f" {word(found[0])} ",
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
_POWERS = (
    pattern("squared"), pattern("cubed"), pattern("to the power"), pattern("transposed"),
    pattern("sub"),
)  # fmt: skip


def say(text: str) -> str:
    """A sentence whose symbols are words; words, numbers and names stay as they are."""
    return _tidy(_worded(text)).lstrip(",; ")


def _worded(text: str) -> str:
    text = _without_brackets(_replaced(text, _FIRST))
    return _replaced(text, _LAST)


def _replaced(text: str, by: Sequence[tuple[str, _Replaced]]) -> str:
    for found, said in by:
        text = re.sub(found, said, text)
    return text


def _without_brackets(text: str) -> str:
    """Bars, square and round brackets said, from the inside out."""
    while _BARS.search(text):
        text = _BARS.sub(lambda found: f"{translated(BARS[found[1]])} {_grouped(found[2])}", text)
    while (rows := _ROWS.search(text)) is not None:
        said = "; ".join(row.strip("[]") for row in re.split(r"(?<=\]), (?=\[)", rows[1]))
        said = languages.say("the rows {cells}", cells=said)
        text = f"{text[: rows.start()]} {said} {text[rows.end() :]}"
    while (found := _SQUARE.search(text) or _ROUND.search(text)) is not None:
        said = _squared(found) if found.re is _SQUARE else _rounded(found)
        text = text[: found.start()] + said + text[found.end() :]
    return text


def _squared(found: re.Match[str]) -> str:
    """`x[0, 1]` is x at 0, 1; `[x > 0]` is 1 or 0; `[1, 2]` is a list of numbers."""
    before, inside = found[1], found[2].strip()
    if before:
        places = ", ".join(map(_place, inside.split(", ")))
        return languages.say("{name} at {places}", name=before, places=places) + " "
    if translated(" from ") in inside:
        return f" {translated('an array of {}').replace('{}', inside)} "
    if _OPERATORS & set(inside.replace("−", "")) and "," not in inside:
        return f" {_truth(inside)} "
    cells = re.sub(r"(?<=[^,;])  +", ", ", inside)
    return f" {languages.say('the list {cells}', cells=cells)} "


def _place(index: str) -> str:
    """An index or a slice: `1`, `all`, `0 up to 2`."""
    found = _SLICE.fullmatch(index)
    if found is None:
        return index
    start, stop, by = found.groups()
    told = translated("all")
    if stop:
        told = languages.say("{start} up to {stop}", start=start or 0, stop=stop)
    elif start:
        told = languages.say("{start} and on", start=start)
    return languages.say("{places} by {step}", places=told, step=by) if by else told


def _rounded(found: re.Match[str]) -> str:
    """`f(x)` is f of x; brackets around one number go, except below a power; a remark in brackets
    stands in commas.
    """
    before, inside = found[1], found[2].strip(" ,")
    rest = found.string[found.end() :].lstrip()
    below_a_power = rest.startswith(tuple(map(translated, _POWERS))) and inside.startswith(
        ("−", "-")
    )
    if before and not before[0].isdigit():
        return languages.say("{function} of {x}", function=before, x=_grouped(inside)) + " "
    if not (_is_grouping(inside) or below_a_power):
        return f"{before} {inside} "
    if _OPERATORS & set(inside) and not _PROSE.search(inside):
        return f"{before} {_bracketed(inside)} "
    return f"{before}, {inside}, "


def _grouped(inside: str) -> str:
    return _bracketed(inside) if _is_grouping(inside) else inside


def _is_grouping(inside: str) -> bool:
    return " " in inside.strip() or bool(_OPERATORS & set(inside[1:]))


def _tidy(text: str) -> str:
    """Single spaces, none before a mark, no mark twice."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" (?=[,.;:!?])", "", text)
    return re.sub(r"(?<=[,;:]),", "", re.sub(r"[,;]+(?=[,.;:!?])", "", text))
