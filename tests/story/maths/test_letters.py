"""Text for LaTeX's oldest fonts: ASCII that prints what was said and does nothing else."""

from __future__ import annotations

import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from gradviz.story.maths import M, latex, letters
from gradviz.story.maths.source import source

BACK = {
    **{f"\\{c}": c for c in "#$%&_"},
    **{f"$\\{c}$": c for c in "{}"},
    **{f"${c}$": c for c in "<>|"},
    **{c + "{}": c for c in "-'`,?!"},
    r"$\backslash$": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    "''": '"',
    "''{}": '"',
}
"""What LaTeX prints for a command, from LaTeX: a document preparation system, C.1 and 3.2."""
READ = re.compile("|".join(map(re.escape, sorted(BACK, key=len, reverse=True))) + "|.", re.DOTALL)
PLAIN = set(string.ascii_letters + string.digits + " .:;!?()[]/*+=@-'`,")


def printed(code: str) -> str:
    """What LaTeX prints for the escapes of ASCII; anything else that it could obey is an error."""
    found = []
    for match in READ.finditer(code):
        assert match[0] in BACK or match[0] in PLAIN, (match[0], code)
        found.append(BACK.get(match[0], match[0]))
    return "".join(found)


@given(some.text(string.printable.translate(dict.fromkeys(map(ord, "\t\n\r\v\f")))))
def test_ascii_is_printed_as_it_stands(said: str) -> None:
    code = letters.text(said)
    assert code is not None and printed(code) == said


@pytest.mark.parametrize("pair", ["--", "``", "''", ",,", "?`", "!`", "---"])
def test_no_two_signs_become_a_third(pair: str) -> None:
    """TeX's fonts join these: – “ ” „ ¿ ¡."""
    code = letters.text(f"a{pair}b")
    assert code is not None and pair not in code and printed(code) == f"a{pair}b"


@given(some.text())
def test_any_text_is_ascii_on_one_line_or_nothing(said: str) -> None:
    code = letters.text(said)
    if code is None:
        return
    assert code.isascii() and code.isprintable()
    depth = 0
    for brace in re.findall(r"\\.|[{}]", code):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0 and re.sub(r"\\\$", "", code).count("$") % 2 == 0
    assert "%" not in re.sub(r"\\%", "", code) and "#" not in re.sub(r"\\#", "", code)
    assert "^^" not in code and "\\\\" not in code


WRITTEN = {
    "x₁₂ · −1.5": r"x$_{12}$ $\cdot$ $-$1.5",
    "10⁻⁷ aᵀ W⁽¹⁾": r"10$^{-7}$ a$^{\mathrm{T}}$ W$^{(1)}$",
    "∂f/∂a ≤ ½": r"$\partial$f/$\partial$a $\le$ $\frac12$",
    "Zoë Łódź Ångström ß": r"Zo\"{e} \L{}\'{o}d\'{z} \r{A}ngstr\"{o}m \ss{}",
    "ŷ x̂ í ĵ ṇ ǘ": r"\^{y} \^{x} \'{\i{}} \^{\j{}} \d{n} \'{\"{u}}",
    "“a” – b…": r"``a'' -- b\ldots{}",
    "δ Σ π ε": r"$\delta$ $\Sigma$ $\pi$ $\varepsilon$",
    "two\nlines\tand\u2028more": "two lines and more",
}


@pytest.mark.parametrize("said", WRITTEN)
def test_signs_and_accents_are_commands(said: str) -> None:
    assert letters.text(said) == WRITTEN[said]


def test_composed_and_decomposed_letters_are_the_same() -> None:
    for said in ("Zoë", "Nguyễn", "Łódź"):
        assert letters.text(unicodedata.normalize("NFD", said)) == letters.text(said)


@pytest.mark.parametrize("said", ["重み", "손실", "שלום", "😀", "вес", "Đỗ", "a\0", "\u0301"])
def test_what_old_fonts_lack_is_said(said: str) -> None:
    assert letters.text(f"a {said}") is None
    assert letters.maths(latex.write(M.phrase(said))) is None


FORMULAS = {
    r"\input{x} 1": r"\text{$\backslash$input$\{$x$\}$ 1}",
    "a_b é": r"\text{a\_b \'{e}}",
    "-2 to 1e-7": r"\text{$-$2 to 1$\cdot$10$^{-7}$}",
}


@pytest.mark.parametrize("said", FORMULAS)
def test_words_in_formulas(said: str) -> None:
    assert letters.maths(latex.write(M.phrase(said))) == FORMULAS[said]


def test_names_that_are_no_words_are_text_in_formulas() -> None:
    """Maths mode drops spaces and knows no \\textbackslash."""
    formula = letters.maths(latex.write(M.mul(M.name("100% #1"), M.name(r"\end"))))
    assert formula == r"\text{100\% \#1} \cdot \text{$\backslash$end}"
    assert letters.maths(latex.write(M.name("learning_rate"))) == r"\mathrm{learning\_rate}"
    assert letters.maths("β_{1} + …") == r"\beta _{1} + \ldots "


def test_a_source_knows_its_latex() -> None:
    made = source(M.add(M.name("x_1"), M.number(2, role="value")))
    assert made == "x_1 + 2" and made.latex() == "x_{1} + 2"
    assert made.latex(lambda role, code: f"[{role}:{code}]") == "x_{1} + [value:2]"
