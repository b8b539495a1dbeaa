"""Text as keyboards, word processors and LaTeX produce it, in the signs that readers expect."""

from __future__ import annotations

import re
import unicodedata

SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\u02d7\ufe63\u2796", "-"),
        **dict.fromkeys("\u00b7\u00d7\u2217\u22c5\u2219\u2022\u2715\u2a2f", "*"),
        **dict.fromkeys("\u2044\u2215\u00f7", "/"),
        **dict.fromkeys("\u2032\u200b\u200c\u200d\u200e\u200f\ufeff\u00ad\u2061\u2062", ""),
        "\u2248": "=",
        "\u2243": "=",
        "\u2245": "=",
        "\u02c6": "^",
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    }
)
"""Signs of minus, times and division, marks without width, and East Asian letters of full width."""

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣʸⁿ", "0123456789+-()xyn", strict=True))
FRACTION = re.compile("[¼-¾⅐-⅞↉]")
"""Fractions as single characters, such as word processors make of 1/2."""

WORDS = re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad|big|Big|[,;:!> ])(?![a-zA-Z])")
WRAPPED = re.compile(r"\\(?:operatorname\*?|mathrm|text|mathbf|mathit|boldsymbol)\s*\{([^{}]*)\}")
GROUPS = (
    (re.compile(r"\^\s*\{([^{}]*)\}"), r"^(\1)"),
    (re.compile(r"\\sqrt\s*\{([^{}]*)\}"), r"sqrt(\1)"),
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"((\1)/(\2))"),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"(\1/\2)"),
)
COMMANDS = {
    "cdot": "*", "times": "*", "div": "/", "partial": "∂", "sigma": "σ", "approx": "=", "ln": "ln",
    "log": "log", "exp": "exp", "tanh": "tanh", "cosh": "cosh", "sinh": "sinh", "max": "max",
}  # fmt: skip


def plainly(text: str) -> str:
    """The text on which readers work: plain signs, `^(…)` for what is raised, no LaTeX."""
    text = FRACTION.sub(lambda found: f" {unicodedata.normalize('NFKC', found[0])}", text)
    raised = "".join(RAISED)
    text = re.sub(f"[{raised}]+", lambda found: f"^({''.join(RAISED[c] for c in found[0])})", text)
    text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    text = text.translate(SIGNS).strip().rstrip(".;!")
    return _without_latex(text).strip() if any(c in text for c in "\\$^{") else text.strip()


def _without_latex(text: str) -> str:
    text = re.sub(r"\\[()\[\]]", "", text).replace("$", "")
    text, before = WORDS.sub("", text), ""
    while text != before:
        before, text = text, WRAPPED.sub(r"\1", text)
        for group, plain in GROUPS:
            text = group.sub(plain, text)
    return re.sub(r"\\([A-Za-z]+)", lambda found: COMMANDS.get(found[1], found[0]), text)
