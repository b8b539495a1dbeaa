"""Exact values from their text: parsed into a graph, which is then folded with exact numbers and
symbols.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from fractions import Fraction
from typing import Any

from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.graph import CONSTANT, INPUT, Node
from gradviz.graph.text.parser import parse
from gradviz.ops.op import Op
from gradviz.ops.registry import get

NUMBER = re.compile(r"-?[0-9]{1,4000}(/[1-9][0-9]{0,3999})?")
LARGEST_BASE, LARGEST_EXPONENT = 10**6, 1000
"""Limits on powers in a text; without them a short text could use up all memory."""


class ExactReader:
    """Reads texts as arrays of shape () of the exact namespace; each text is read only once.

    `symbols` are the names that stand for themselves.
    """

    def __init__(self, xp: Any, symbols: Collection[str]) -> None:
        self.xp, self.symbols = xp, symbols
        self._one = xp.asarray(1)[()]
        self._known: dict[str, Any] = {}

    def __call__(self, text: str) -> Any:
        """The value of a text. Raises TraceFormatError if it is not an exact value."""
        if text not in self._known:
            self._known[text] = self._read(text)
        return self._known[text]

    def _read(self, text: str) -> Any:
        if NUMBER.fullmatch(text):
            return self.xp.asarray(Fraction(text))
        try:
            graph = parse(text)
            parts: list[tuple[Any, Any]] = []
            for node in graph.nodes:
                parts.append(self._fold(node, [parts[i] for i in node.inputs]))
            found = self.xp.asarray(_whole(parts[graph.output]))
            self.xp.check(found, "text")
        except (
            GradvizError,
            ArithmeticError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
        ) as error:
            why = error.what if isinstance(error, GradvizError) else error
            raise TraceFormatError(
                "this is not an exact value",
                expected="a number or an expression that gradviz wrote",
                got=f"{text:.60} ({why})",
            ) from None
        if found.shape != ():
            raise TraceFormatError(
                "this is not an exact value", expected="one number", got=f"{text:.60}"
            )
        return found

    def _fold(self, node: Node, operands: list[tuple[Any, Any]]) -> tuple[Any, Any]:
        """A node's value as a rational factor and the rest.

        They stay apart while a product is read, because sympy multiplies a number into a sum at
        once: 2*(x + 1)*(y + 1), read from the left, would come back as (2*x + 2)*(y + 1).
        """
        if node.op == INPUT:
            if not self._is_symbol(node.name):
                raise TraceFormatError(f"{node.name} is not an input of the graph")
            return self._one, self.xp.symbol(node.name)[()]
        if node.op == CONSTANT:
            return self._split(self.xp.asarray(node.options["value"])[()])
        op = get(node.op)
        if op.operator == "-x":
            ((factor, rest),) = operands
            return -factor, rest
        if len(operands) > 1 and all(_is_condition(rest) for _, rest in operands[-2:]):
            return self._one, self._joined(op, [rest for _, rest in operands])
        if op.operator in ("*", "/"):
            (a, x), (b, y) = operands
            return (a * b, x * y) if op.operator == "*" else (a / b, x / y)
        if (
            op.operator == "-"
            and operands[0] == (self._one, self._one)
            and _is_condition(operands[1][1])
        ):
            return self._one, ~operands[1][1]
        values = [_whole(operand) for operand in operands]
        if op.operator == "**":
            _check_size(*values)
        options = {k: self.xp.number(v) for k, v in node.options.items()}
        return self._split(
            self.xp.asarray(op.forward(self.xp, *map(self.xp.asarray, values), **options))[()]
        )

    def _is_symbol(self, name: str) -> bool:
        """Whether it stands for itself: an input, an element of one (W_12), or the upstream u."""
        while name and name not in self.symbols and name != "u":
            name, _, index = name.rpartition("_")
            if not index.isdecimal():
                return False
        return bool(name)

    def _joined(self, op: Op, conditions: list[Any]) -> Any:
        """Conditions joined as `gradviz.arrays.exact` writes it: "and" is a product, "or" is a
        maximum.
        """
        if op.operator == "*" or op is get("maximum"):
            a, b = conditions
            return a & b if op.operator == "*" else a | b
        if "condition" in op.roles:
            return self.xp.asarray(self.xp.where(*map(self.xp.asarray, conditions)))[()].rewrite(
                "ITE"
            )
        raise TraceFormatError(f"{op.name} does not take conditions")

    def _split(self, value: Any) -> tuple[Any, Any]:
        return (value, self._one) if getattr(value, "is_Rational", False) else (self._one, value)


def _whole(operand: tuple[Any, Any]) -> Any:
    factor, rest = operand
    return rest if factor == 1 else factor * rest


def _is_condition(value: Any) -> bool:
    return bool(value.is_Relational or value.is_Boolean)


def _check_size(base: Any, exponent: Any) -> None:
    if base.is_Rational and exponent.is_Rational:
        large = max(abs(base.p), base.q) > LARGEST_BASE and abs(exponent) > 1
        if large or abs(exponent) > LARGEST_EXPONENT:
            raise TraceFormatError("a power is too large to be written out")
