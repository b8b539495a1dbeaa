"""Formulas as people write them, in the words of the grammar.

`3y e^(2x)` becomes `3*y*exp(2*x)`: products without a sign, powers of e, functions with a power or
without brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from gradviz.exam.answers.form import AmbiguousError, UnreadableError

CALLS = {
    "exp": "exp({})", "ln": "log({})", "log": "log({})", "sqrt": "sqrt({})", "√": "sqrt({})",
    "tanh": "tanh({})", "sigmoid": "sigmoid({})", "σ": "sigmoid({})", "sigma": "sigmoid({})",
    "relu": "relu({})", "abs": "abs({})",
    "sech": "(2/(exp({0}) + exp(-({0}))))", "cosh": "((exp({0}) + exp(-({0})))/2)",
    "sinh": "((exp({0}) - exp(-({0})))/2)", "coth": "(1/tanh({}))",
}  # fmt: skip
"""The functions that may occur, as the grammar writes them."""

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d_]+|√)"
    r"|(?P<sign>\*\*|[-+*/^()\[\]{}]))"
)
HALVES = re.compile(r"-?\d{1,2}(?:/2|\.5)")
DEEPEST, LARGEST = 40, 4000
"""The levels of brackets, and the letters of the rewritten text."""


def rewritten(text: str, variables: Sequence[str]) -> str:
    """A formula in these variables as text of the grammar.

    Raises AmbiguousError for one such as `e^3x`, UnreadableError for what is none.
    """
    reader = _Reader(_tokens(text, variables), variables)
    found = reader.sum(0)
    if reader.left:
        raise UnreadableError(f"{text!r:.40} is not an expression")
    return found


def _tokens(text: str, variables: Sequence[str]) -> list[str]:
    """Numbers, names and signs; `xy` is split into variables, and so is `yexp`."""
    found, place = list[str](), 0
    while text[place:].strip():
        match = TOKEN.match(text, place)
        if match is None:
            raise UnreadableError(f"{text!r:.40} is not an expression")
        place = match.end()
        name = match["name"]
        if name:
            found += _names(name, variables)
        elif match["number"]:
            found.append(match["number"].replace(",", "."))
        else:
            found.append({"**": "^", "[": "(", "{": "(", "]": ")", "}": ")"}.get(
                match["sign"], match["sign"]
            ))  # fmt: skip
    return found


def _names(name: str, variables: Sequence[str]) -> list[str]:
    if name in variables or name in CALLS or name == "e":
        return [name]
    call = next((c for c in sorted(CALLS, key=len, reverse=True) if name.endswith(c)), "")
    letters = name.removesuffix(call)
    if not all(letter in variables or letter == "e" for letter in letters):
        raise UnreadableError(f"{name} does not occur in the question")
    together = ["(", *letters, ")"] if len(letters) > 1 and not call else list(letters)
    return [*together, *([call] if call else [])]


class _Reader:
    """Recursive descent over tokens; every method returns text of the grammar."""

    def __init__(self, tokens: list[str], variables: Sequence[str]) -> None:
        self.left, self.variables = tokens, variables

    @property
    def next(self) -> str:
        return self.left[0] if self.left else ""

    def take(self, *expected: str) -> str:
        if not self.left or (expected and self.next not in expected):
            raise UnreadableError("the expression is not complete")
        return self.left.pop(0)

    def sum(self, depth: int) -> str:
        found = self.product(depth)
        while self.next in ("+", "-"):
            found += f" {self.take()} {self.product(depth)}"
        return found

    def product(self, depth: int) -> str:
        found = self.signed(depth)
        while self.next and self.next not in ("+", "-", ")"):
            if self.next[0].isdigit():
                raise UnreadableError("a sign is missing before a number")
            sign = self.take() if self.next in ("*", "/") else "*"
            found += f"{sign}{self.signed(depth)}"
        return found

    def signed(self, depth: int) -> str:
        signs = 0
        while self.next in ("+", "-"):
            signs += self.take() == "-"
        found = self.power(depth)
        return f"(-{found})" if signs % 2 else found

    def power(self, depth: int) -> str:
        if depth > DEEPEST:
            raise UnreadableError("the expression is nested too deeply")
        if self.next == "e":
            self.take()
            return self.raised_e(depth)
        base = self.call(depth) if self.next in CALLS else self.atom(depth)
        return self.raised(base, depth)

    def raised_e(self, depth: int) -> str:
        if self.next != "^":
            return "exp(1)"
        self.take()
        first, second, *_ = (*self.left, "", "")
        sign, start = ("", first) if first not in ("+", "-") else (first.strip("+"), second)
        found = f"exp({self.exponent(depth)})"
        if start[:1].isdigit() and self.next in (*self.variables, "e", "(", *CALLS):
            power, factor = f"{sign}{start}", self.next.replace("(", "(…)")
            raise AmbiguousError(
                f"e^{power}{factor} can be read in two ways: write e^({power}{factor}), or"
                f" e^({power})*{factor}"
            )
        return found

    def raised(self, base: str, depth: int) -> str:
        if self.next != "^":
            return base
        self.take()
        exponent = self.exponent(depth)
        halves = HALVES.fullmatch(re.sub("[() ]", "", exponent))
        if halves is None:
            return f"({base})**({exponent})"
        return f"(sqrt({base}))**({2 * Fraction(halves[0])})"

    def exponent(self, depth: int) -> str:
        """One factor, with its sign, and raised in turn."""
        if self.next in ("+", "-"):
            sign = self.take()
            return f"{sign}{self.exponent(depth)}"
        return self.power(depth + 1)

    def call(self, depth: int) -> str:
        pattern, power = CALLS[self.take()], ""
        if self.next == "^":  # tanh^2(x)
            self.take()
            power = self.exponent(depth)
        inner = self.atom(depth) if self.next == "(" else self.argument(depth)
        found = pattern.format(inner)  # twice for sech and its like
        if len(found) > LARGEST:
            raise UnreadableError("the expression is too long")
        return f"({found})**({power})" if power else found

    def argument(self, depth: int) -> str:
        """What a function without brackets applies to: `ln x`, `tanh 3x`."""
        found = self.power(depth + 1)
        while self.next in (*self.variables, "e") and found[0].isdigit():
            found += f"*{self.power(depth + 1)}"
        return found

    def atom(self, depth: int) -> str:
        piece = self.take()
        if piece == "(":
            inner = self.sum(depth + 1)
            self.take(")")
            return f"({inner})"
        if piece in self.variables or piece[0].isdigit() or piece[0] == ".":
            return f"0{piece}" if piece[0] == "." else piece
        raise UnreadableError(f"{piece} does not belong there")
