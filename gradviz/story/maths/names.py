"""Names and signs as each writer writes them: one table for all five; `words` has its own.

Text in Unicode and ASCII keeps a Greek letter as it was typed (`alpha`); the other writers turn it
into the letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gradviz.story.languages import pattern


@dataclass(frozen=True, slots=True)
class Sign:
    """A letter, a function or an operator.

    unicode  in text.
    latex    in LaTeX's maths mode.
    typst    in typst's maths mode.
    ascii    in text that takes no other characters.
    mathml   the characters inside MathML's element; `unicode` by default.
    """

    unicode: str
    latex: str
    typst: str
    ascii: str
    mathml: str = ""

    @property
    def element(self) -> str:
        """The characters inside MathML's element."""
        return self.mathml or self.unicode


def _by_character(*signs: Sign) -> dict[str, Sign]:
    return {sign.unicode: sign for sign in signs}


def _by_name(names: str) -> dict[str, Sign]:
    return {name: Sign(name, "\\" + name, name, name) for name in names.split()}


LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω",
}  # fmt: skip

GREEK = {name: Sign(letter, "\\" + name, name, name) for name, letter in LETTERS.items()}
"""Letters by the names that stand for them."""
GREEK_LETTERS = _by_character(*GREEK.values())

SYMBOLS = _by_character(
    Sign("σ", r"\sigma", "sigma", "sigmoid"),
    Sign("Φ", r"\Phi", "Phi", "Phi"),
    Sign("φ", r"\varphi", "phi", "phi"),
    Sign("π", r"\pi", "pi", "pi"),
    Sign("log₂", r"\log_{2}", "log_2", "log2", "log_2"),
    Sign("log₁₀", r"\log_{10}", "log_10", "log10", "log_10"),
    Sign("x̂", r"\hat{x}", "hat(x)", "x_hat"),
    Sign("ŷ", r"\hat{y}", "hat(y)", "y_hat"),
)
"""Names that are written as special characters."""

FUNCTIONS = _by_name("log sin cos tan sinh cosh tanh arcsin arccos arctan exp max min")
"""Functions that LaTeX and typst know by name."""

RELATIONS = _by_character(
    Sign("=", "=", "=", "="),
    Sign("<", "<", "<", "<"),
    Sign(">", ">", ">", ">"),
    Sign("≥", r"\ge", ">=", ">="),
    Sign("≤", r"\le", "<=", "<="),
    Sign("≠", r"\ne", "!=", "!="),
    Sign("≈", r"\approx", "approx", "~"),
    Sign("∧", r"\land", "and", "and"),
    Sign("→", r"\to", "->", "->"),
    Sign("←", r"\leftarrow", "arrow.l", "<-"),
)

ROUNDING = pattern("but for rounding")
"""What is said of a sum whose terms cancel."""

PRODUCTS = _by_character(
    Sign("·", r"\cdot", "dot", "*"),
    Sign("⊙", r"\odot", "dot.o", "(*)"),
    Sign("∗", r"\ast", "ast.op", "(conv)"),
)

TOTALS = {
    "sum": Sign("Σ", r"\sum", "sum", "sum", "∑"),
    "prod": Sign("Π", r"\prod", "product", "prod", "∏"),
    "max": Sign("max", r"\max", "max", "max"),
    "min": Sign("min", r"\min", "min", "min"),
}

BARS = _by_character(Sign("|", "|", "abs", "|"), Sign("‖", r"\|", "norm", "||"))

QUAD = Sign(" ", r"\quad", "quad", " ")
"""The space between two equations."""

INFINITY = Sign("∞", r"\infty", "infinity", "inf")

SIGNS = (
    *GREEK.values(),
    *SYMBOLS.values(),
    *FUNCTIONS.values(),
    *RELATIONS.values(),
    *PRODUCTS.values(),
    *TOTALS.values(),
    *BARS.values(),
    INFINITY,
)
"""All rows; where two have the same character, the later says what it is in ASCII."""

WORDS = ("NaN", "true", "false")
"""Values that are words, not digits."""
SCIENTIFIC = re.compile(r"(-?[\d.]+)e(-?\d+)")
MARKS = "".join(map(chr, range(0x300, 0x370)))
"""Combining marks, such as the hat of ŵ."""
_NUMBERED = re.compile(r"([^\W\d_]+?)(\d+)")
FRACTION = re.compile(r"(-?)(\d+)/(\d+)")


def greek(base: str) -> Sign | None:
    """The Greek letter that a name stands for, or is."""
    return GREEK.get(base) or GREEK_LETTERS.get(base)


def split(name: str) -> tuple[str, str]:
    """A variable's name and its index, empty where no subscript is meant.

    A number at the end is an index, with `_` or without: `w0` and `bias_2` are w with 0 and bias
    with 2. A word is one only below a single letter: `W_out` is W with out, while `learning_rate`,
    `x_hat_1` and `_y` are whole.
    """
    base, _, index = name.partition("_")
    if not index:
        match = _NUMBERED.fullmatch(name)
        return (match[1], match[2]) if match else (name, "")
    meant = index.isdigit() or (_is_letter(base) and "_" not in index)
    return (base, index) if base and meant else (name, "")


def _is_letter(base: str) -> bool:
    """Whether a name is one letter, marks aside, or stands for one."""
    return greek(base) is not None or sum(map(str.isalpha, base)) == len(base.rstrip(MARKS)) == 1
