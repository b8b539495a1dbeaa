"""Text as LaTeX prints it with its oldest fonts: in ASCII, with accents and signs as commands, so
that every engine prints the same, whatever its fonts and its encoding.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from gradviz.story.maths import latex, names
from gradviz.story.maths.typst import printed

_CAPITALS: Final = dict(
    zip(
        "ΓΔΘΛΞΠΣΥΦΨΩ",
        [
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Pi",
            "Sigma",
            "Upsilon",
            "Phi",
            "Psi",
            "Omega",
        ],
        strict=True,
    )
)
SIGNS: Final = {
    **{letter: f"\\{name}" for name, letter in names.LETTERS.items()},
    **{letter: f"\\{name}" for letter, name in _CAPITALS.items()},
    "−": "-", "→": r"\rightarrow", "×": r"\times", "·": r"\cdot", "∂": r"\partial", "≤": r"\le",
    "≥": r"\ge", "ε": r"\varepsilon", "≈": r"\approx", "½": r"\frac12", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "∞": r"\infty", "√": r"\surd", "←": r"\leftarrow", "↔": r"\leftrightarrow",
    "↑": r"\uparrow", "↓": r"\downarrow", "↦": r"\mapsto", "≠": r"\ne", "≡": r"\equiv",
    "±": r"\pm", "÷": r"\div", "∗": r"\ast", "⋅": r"\cdot", "⊙": r"\odot", "⊕": r"\oplus",
    "∘": r"\circ", "•": r"\bullet", "●": r"\bullet", "○": r"\circ", "∏": r"\prod", "∑": r"\sum",
    "∫": r"\int", "∇": r"\nabla", "∈": r"\in", "∧": r"\wedge", "∨": r"\vee", "¬": r"\neg",
    "∣": "|", "‖": r"\|", "′": "'", "¼": r"\frac14", "¾": r"\frac34", "°": r"^{\circ}",
    "⋮": r"\vdots", "⋯": r"\cdots", "…": r"\ldots", "⟨": r"\langle", "⟩": r"\rangle",
    "µ": r"\mu", "⊤": r"\top", "ς": r"\varsigma", "ϵ": r"\epsilon", "ο": "o", "φ": r"\varphi",
    "⁄": "/", "∕": "/", "⟵": r"\longleftarrow", "⟶": r"\longrightarrow", "⇒": r"\Rightarrow",
}  # fmt: skip
"""Signs and Greek letters as mathematics."""
LETTERS: Final = {
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}",
    "Ø": r"\O{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "¿": "?`", "¡": "!`", "–": "--",
    "—": "---", "‘": "`", "’": "'", "“": "``", "”": "''", "…": r"\ldots{}", "\u00a0": "~",
    "§": r"\S{}", "‐": "-", "‑": "-",
}  # fmt: skip
"""Letters and marks of text."""
ACCENTS: Final = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u",
    "\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d",
    "\u0327": "c",
}  # fmt: skip
"""The commands for the marks on a letter."""
_SPECIAL: Final = {
    **{c: f"\\{c}" for c in "#$%&_"},
    **{c: f"$\\{c}$" for c in "{}"},
    **{c: f"${c}$" for c in "<>|"},
    **{c: f"{c}{{}}" for c in "-'`,?!"},
    "\\": r"$\backslash$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", '"': "''{}",
}  # fmt: skip
"""Characters of ASCII that mean something else to LaTeX, or become another sign beside one."""
_PLACES: Final = {"<sub>": "_", "<super>": "^"}
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]")
_WORDS = re.compile(r"\\(text|mathrm)\{((?:\\.|[^\\{}]|\{\})*)\}")
_PLAIN = re.compile(r"(?:[A-Za-z0-9]|\\_)*")
_WRITTEN = {written: c for c, written in latex.SPECIAL.items()}
_ESCAPES = re.compile("|".join(map(re.escape, sorted(_WRITTEN, key=len, reverse=True))))


class Letter(NamedTuple):
    """A character as LaTeX writes it, raised (`^`), lowered (`_`) or on the line."""

    code: str
    place: str = ""


def text(said: str) -> str | None:
    """A text for LaTeX's text mode; None where its oldest fonts lack a character of it.

    Whatever the text says, it is printed and never obeyed: it has no line breaks, and what means
    something to LaTeX is escaped.
    """
    said = re.sub(r"\s", " ", unicodedata.normalize("NFC", said))
    letters = [_letter(cluster) for cluster in _CLUSTER.findall(said)]
    found = [letter for letter in letters if letter is not None]
    if len(found) < len(letters):
        return None
    parts = []
    for place, run in groupby(found, key=lambda letter: letter.place):
        code = "".join(letter.code for letter in run)
        upright = rf"\mathrm{{{code}}}" if any(map(str.isalpha, code)) else code
        parts.append(f"${place}{{{upright}}}$" if place else code)
    return re.sub(r"(?<=[-'`,?!])\{\}(?![-'`,])", "", "".join(parts))


def maths(source: str) -> str | None:
    """A formula of `latex.write` with nothing but ASCII, the texts in it as `text` writes them;
    None where that cannot be.
    """
    found: list[str | None] = []
    at = 0
    for match in _WORDS.finditer(source):
        if match[1] == "mathrm" and _PLAIN.fullmatch(match[2]):
            continue
        inside = text(printed(_ESCAPES.sub(lambda escape: _WRITTEN[escape[0]], match[2])))
        found += [_signs(source[at : match.start()]), inside and rf"\text{{{inside}}}"]
        at = match.end()
    parts = [*found, _signs(source[at:])]
    whole = [part for part in parts if part is not None]
    return "".join(whole) if len(whole) == len(parts) else None


def _signs(source: str) -> str | None:
    if not {c for c in source if not c.isascii()} <= SIGNS.keys():
        return None
    return "".join(c if c.isascii() else f"{SIGNS[c]} " for c in source)


@lru_cache(maxsize=4096)
def _letter(cluster: str) -> Letter | None:
    """A character with its marks."""
    if cluster in LETTERS:
        return Letter(LETTERS[cluster])
    if cluster in SIGNS:
        return Letter(f"${SIGNS[cluster]}$")
    if cluster.isascii():
        return Letter(_SPECIAL.get(cluster, cluster)) if cluster.isprintable() else None
    tag, _, code = unicodedata.decomposition(cluster[0]).partition(" ")
    if tag in _PLACES and len(cluster) == 1 and " " not in code:
        base = chr(int(code, 16))
        inside = SIGNS.get(base) or (base if base.isascii() and base not in _SPECIAL else None)
        return Letter(inside, _PLACES[tag]) if inside else None
    letter, *marks = list(unicodedata.normalize("NFD", cluster))
    if not (letter.isascii() and letter.isalpha() and marks and set(marks) <= ACCENTS.keys()):
        return None
    dotless = rf"\{letter}{{}}" if letter in "ij" and set(marks) != {"\u0323"} else letter
    return Letter(
        "".join(f"\\{ACCENTS[m]}{{" for m in reversed(marks)) + dotless + "}" * len(marks)
    )
