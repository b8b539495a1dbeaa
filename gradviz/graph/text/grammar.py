"""The grammar of expressions, as tables that the parser and the writer share.

Expressions follow Python, as far as they are mathematics. The tables at the end list habits from
other languages, with what to write instead.
"""

from __future__ import annotations

import keyword
import math
from dataclasses import dataclass

LIMIT = 200_000
"""The longest text that is parsed, in characters."""

DEEPEST_LITERAL = 32
"""How deep array literals nest; NumPy's arrays long had at most this many axes."""

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 7)
"""How tightly expressions bind, loosest first."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A symbol that stands for an op.

    op the `operator` that the op declares; empty for unary plus, which changes nothing. level how
    tightly it binds. left the least level of its left operand; 0 if it has none.
    right    the least level of its right operand.
    written  how it is written, with the spaces around it.
    """

    symbol: str
    op: str
    level: int
    left: int
    right: int
    written: str

    @property
    def chains(self) -> bool:
        """Whether it may follow itself without brackets."""
        return min(self.left, self.right) <= self.level


INFIX = {
    operator.symbol: operator
    for operator in (
        *(
            Operator(symbol, symbol, COMPARISON, SUM, SUM, f" {symbol} ")
            for symbol in ("<", "<=", ">", ">=", "==", "!=")
        ),
        Operator("+", "+", SUM, SUM, PRODUCT, " + "),
        Operator("-", "-", SUM, SUM, PRODUCT, " - "),
        Operator("*", "*", PRODUCT, PRODUCT, SIGN, "*"),
        Operator("/", "/", PRODUCT, PRODUCT, SIGN, "/"),
        Operator("@", "@", PRODUCT, PRODUCT, SIGN, " @ "),
        Operator("**", "**", POWER, ATOM, SIGN, "**"),
    )
}

PREFIX = {"-": Operator("-", "-x", SIGN, 0, SIGN, "-"), "+": Operator("+", "", SIGN, 0, SIGN, "+")}

BRACKETS = {"(": ")", "[": "]"}

CONSTANTS: dict[str, int | float | bool | str] = {
    "pi": "pi",
    "inf": math.inf, "Infinity": math.inf, "nan": math.nan, "NaN": math.nan,
    "True": True, "False": False,
}  # fmt: skip
"""Names with a fixed value, and what a constant node holds for them."""

RESERVED = frozenset({*keyword.kwlist, *CONSTANTS})
"""Names that no input and no intermediate result can have."""

NEW_AXIS = ("None", "newaxis")
"""How a new axis is written in an index; the first is how the writer writes it."""

# Habits
# -------------------------------------------------------------------------------------------------

_BOTH = "conditions are numbers: multiply them where both must hold, (a > 0)*(b > 0)"
_EITHER = "maximum(a > 0, b > 0) is where either holds"
_CHOICE = "where(condition, a, b) chooses element by element"
_ONCE = "a name is assigned once: write a new one, such as y = x + 1"
_CALLS = "an expression only computes: inputs, numbers, operators and calls of ops"
_GROUP = "group with ( ), write arrays with [ ]"

KEYWORDS = {
    "and": _BOTH, "or": _EITHER, "not": "1 - condition is its opposite",
    "if": _CHOICE, "else": _CHOICE, "elif": _CHOICE, "is": "compare with ==",
    "in": "compare with == and add up: sum(x == a)",
    "lambda": "write the expression itself; as a name for a number, try lam",
    "for": "ops work on whole arrays: sum(x**2), x @ y", "while": "ops work on whole arrays",
    "return": "the last statement is the output: leave out the word",
}  # fmt: skip
"""What to write in place of Python's keywords; the others share `KEYWORD_HINT`."""

KEYWORD_HINT = _CALLS

FOREIGN = {
    "^": "a power is written **, as in x**2",
    "//": "/ divides; rounding down has no gradient",
    "%": "there is no remainder: it has no useful gradient",
    "&&": _BOTH,
    "&": _BOTH,
    "||": _EITHER,
    "|": f"the absolute value is abs(x); {_EITHER}",
    "!": "1 - condition is its opposite; not equal is !=",
    "~": "1 - condition is its opposite",
    ":=": "name a result in a statement of its own: q = W @ x; sum(q**2)",
    "===": "compare with ==",
    "!==": "compare with !=",
    "=<": "write <=",
    "=>": "write >=",
    "<>": "write !=",
    "->": _CALLS,
    "<<": _CALLS,
    ">>": _CALLS,
    "?": _CHOICE,
    "$": "leave out the $",
    "{": _GROUP,
    "}": _GROUP,
    "`": "leave out the quote marks",
    "\\": "a line continues while a bracket is open: put the expression in ( )",
    "'": "text is written between matching quotes; the transpose is x.T",
    '"': "text is written between matching quotes, on one line",
}
"""Symbols of other languages, and what to write in their place."""

ASSIGNING_HINT = _ONCE

LOOK_ALIKES = {
    **dict.fromkeys("×·⋅∙•∗⋆", "*"),
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("‘’‚′“”„″", "a plain quote"),
    "√": "sqrt(x)",
    "∛": "x**(1/3)",
    "²": "**2",
    "³": "**3",
    "¹": "**1",
    "⁰": "**0",
    "ⁿ": "**n",
    "⁻": "**-",
    "≤": "<=",
    "⩽": "<=",
    "≥": ">=",
    "⩾": ">=",
    "≠": "!=",
    "≈": "==",
    "≡": "==",
    "∞": "inf",
    "∑": "sum(x)",
    "∏": "prod(x)",
    "∫": "sum(x)",
    "‖": "norm(x)",
    "∣": "abs(x)",
    "¬": "1 - condition",
    "∧": "*",
    "∨": "maximum(a, b)",
    "…": "...",
    "⊙": "*",
    "∘": "*",
    "∇": "the function itself: gradviz computes the gradient",
    "∂": "the function itself: gradviz computes the gradient",
    "ᵀ": ".T",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "⟨": "dot(a, b)",
    **{sup: f"**{n}" for n, sup in enumerate("⁴⁵⁶⁷⁸⁹", 4)},
    **{sub: f"{n} (as in x{n})" for n, sub in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}
"""Characters that look like mathematics, and what to write in their place."""
