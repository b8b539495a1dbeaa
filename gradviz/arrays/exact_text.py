"""Exact numbers and symbolic expressions as text of our grammar."""

from __future__ import annotations

import sys
from typing import Any

from sympy.printing.str import StrPrinter

from gradviz.errors import DomainError

RELATIONS = {"Eq": "==", "Ne": "!="}
FUNCTIONS = {"Abs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}


class Writer(StrPrinter):  # type: ignore[misc]
    """sympy's text with our names for its functions, `where` for Piecewise, and nothing that we
    cannot read.
    """

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        text = str(self._print(last))
        for value, condition in reversed(cases):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Function(self, expr: Any) -> str:
        name = FUNCTIONS.get(expr.func.__name__, expr.func.__name__)
        return f"{name}({', '.join(map(self._print, expr.args))})"

    _print_Abs = _print_Function  # noqa: N815

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"

    def _print_And(self, expr: Any) -> str:
        return " * ".join(f"({self._print(a)})" for a in sorted(expr.args, key=str))

    def _print_Or(self, expr: Any) -> str:
        return "maximum(" + ", ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_ITE(self, expr: Any) -> str:
        return f"where({', '.join(map(self._print, expr.args))})"

    def _print_Not(self, expr: Any) -> str:
        return f"1 - ({self._print(expr.args[0])})"

    def _print_BooleanTrue(self, expr: Any) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: Any) -> str:
        return "False"

    def _print_Relational(self, expr: Any) -> str:
        symbol = RELATIONS.get(type(expr).__name__, str(expr.rel_op))
        return f"{self._print(expr.lhs)} {symbol} {self._print(expr.rhs)}"


def write(expression: Any) -> str:
    """The text of one exact number, condition or symbolic expression.

    Raises DomainError for a number of more digits than Python writes.
    """
    try:
        return str(Writer({"order": "lex"}).doprint(expression))
    except ValueError:
        raise DomainError(
            "an exact number has too many digits to be written",
            expected=f"at most {sys.get_int_max_str_digits()}",
        ) from None
