"""A reader of printed equations: LaTeX is evaluated as it stands, in arithmetic of 40 digits.

It knows nothing of gradviz but the notation of its formulas, so that a result can be compared with
what a student gets by hand. Arrays are NumPy arrays of mpmath's numbers.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np

TOKEN = re.compile(
    r"\\text\{[^{}]*\}|\\operatorname\{[^{}]*\}|\\mathrm\{[^{}]*\}|\\begin\{\w+\}|\\end\{\w+\}"
    r"|\\\\|\\,|\\[{}|]|\\left|\\right|\\[a-zA-Z]+|\d+(?:\.\d+)?|[A-Za-z]|\S"
)
m = mpmath.MPContext()
m.dps = 40


class Unreadable(Exception):
    """The text holds names or words: nothing can be worked out."""


def _gelu(x: Any) -> Any:
    return x * m.ncdf(x)


FUNCTIONS: dict[str, Any] = {
    "exp": m.exp, "log": m.log, "sin": m.sin, "cos": m.cos, "tan": m.tan, "sinh": m.sinh,
    "cosh": m.cosh, "tanh": m.tanh, "arcsin": m.asin, "arccos": m.acos, "arctan": m.atan,
    "sigma": lambda x: 1 / (1 + m.exp(-x)), "Phi": m.ncdf, "varphi": m.npdf, "erf": m.erf,
    "max": lambda *v: max(v), "min": lambda *v: min(v), "sign": m.sign, "sgn": m.sign,
    "ReLU": lambda x: max(x, m.mpf(0)), "relu": lambda x: max(x, m.mpf(0)), "GELU": _gelu,
    "gelu": _gelu, "softplus": lambda x: m.log1p(m.exp(x)), "log1p": m.log1p, "expm1": m.expm1,
    "silu": lambda x: x / (1 + m.exp(-x)), "SiLU": lambda x: x / (1 + m.exp(-x)),
    "log_sigmoid": lambda x: -m.log1p(m.exp(-x)), "logsigmoid": lambda x: -m.log1p(m.exp(-x)),
    "huber": lambda p, t: (p - t) ** 2 / 2 if abs(p - t) <= 1 else abs(p - t) - m.mpf(1) / 2,
    "mse": lambda p, t: (p - t) ** 2, "squared_error": lambda p, t: (p - t) ** 2,
    "floor": m.floor, "leaky_relu": lambda x: max(x, x / 100),
    "elu": lambda x: x if x > 0 else m.expm1(x), "l1": lambda p, t: abs(p - t),
    "hinge": lambda s, y: max(m.mpf(0), 1 - s * y),
    "squared_hinge": lambda s, y: max(m.mpf(0), 1 - s * y) ** 2,
    "sigmoid_cross_entropy": lambda s, t: m.log1p(m.exp(s)) - s * t,
}  # fmt: skip


def evaluate(latex: str) -> Any:
    """The value of a formula of numbers. Raises Unreadable for one with names or words."""
    reader = _Reader(TOKEN.findall(latex))
    value = reader.relation()
    if reader.here:
        raise Unreadable(f"{reader.here} in {latex}")
    return value


def numbers(value: Any) -> list[Any]:
    """The elements of a value in order."""
    return list(np.asarray(value, dtype=object).reshape(-1))


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0

    @property
    def here(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.here
        if expected and token != expected:
            raise Unreadable(f"{token!r} instead of {expected!r} in {' '.join(self.tokens)}")
        self.place += 1
        return token

    def relation(self) -> Any:
        left = self.sum()
        if self.here not in RELATIONS:
            return left
        return _each(RELATIONS[self.take()], left, self.sum())

    def sum(self) -> Any:
        total = self.signed()
        while self.here in ("+", "-"):
            sign, term = self.take(), self.product()
            total = total + term if sign == "+" else total - term
        return total

    def signed(self) -> Any:
        if self.here == "-":
            self.take()
            return -self.product()
        return self.product()

    def product(self) -> Any:
        value = self.power()
        while self.here in (r"\cdot", r"\odot", r"\,"):
            sign = self.take()
            right = self.power() if self.here != "-" else self.signed()
            value = PRODUCTS[sign](value, right)
        return value

    def power(self) -> Any:
        value = self.atom()
        if self.here != "^":
            return value
        self.take()
        if self.tokens[self.place : self.place + 3] == ["{", r"\top", "}"]:
            self.place += 3
            return np.asarray(value, dtype=object).T
        exponent = self.group()
        return _each(_power, value, exponent)

    def group(self) -> Any:
        self.take("{")
        value = self.sum()
        self.take("}")
        return value

    def atom(self) -> Any:
        token = self.take()
        name = re.sub(r"^\\(operatorname|mathrm)?\{?|\}$", "", token).replace(r"\_", "_")
        if re.fullmatch(r"[\d.]+", token):
            return m.mpf(token)
        if token == "-":
            return -self.atom()
        if token == r"\frac":
            above, below = self.group(), self.group()
            return _each(_over, above, below)
        if token == r"\sqrt":
            return _each(m.sqrt, self.group())
        if token == r"\left":
            return self.bracketed()
        if token == r"\begin{bmatrix}":
            return self.matrix()
        if token == r"\infty":
            return m.inf
        if token == r"\pi":
            return m.pi
        if token == r"\text{NaN}":
            return m.nan
        if token in (r"\text{true}", r"\text{false}"):
            return m.mpf(token == r"\text{true}")
        if token in TOTALS and self.here != r"\left":
            return self.total(TOTALS[token])
        if token == r"\begin{cases}":
            return self.cases()
        if name == "log" and self.here == "_":
            self.take()
            base = self.group()
            return self.call(lambda x: m.log(x, base))
        if token == "e" and self.here == "^":
            return m.e
        if self.here == r"\left" and name in FUNCTIONS:
            return self.call(FUNCTIONS[name])
        raise Unreadable(f"{token} in {' '.join(self.tokens)}")

    def bracketed(self) -> Any:
        opening = self.take()
        if opening not in ("(", "|", r"\|"):
            raise Unreadable(opening)
        value = self.sum()
        self.take(r"\right")
        self.take()
        if opening == r"\|":
            return m.sqrt(sum(v * v for v in numbers(value)))
        return _each(abs, value) if opening == "|" else value

    def call(self, function: Any) -> Any:
        self.take(r"\left")
        self.take("(")
        arguments = [self.sum()]
        while self.here == ",":
            self.take()
            arguments.append(self.sum())
        self.take(r"\right")
        self.take(")")
        return _each(function, *arguments)

    def matrix(self) -> Any:
        rows = [[self.sum()]]
        while self.here != r"\end{bmatrix}":
            if self.take() == "&":
                rows[-1].append(self.sum())
            else:
                rows.append([self.sum()])
        self.take()
        return np.array(rows, dtype=object)

    def cases(self) -> Any:
        value = self.sum()
        self.take("&")
        self.take(r"\text{if }")
        condition = self.relation()
        self.take("\\\\")
        other = self.sum()
        self.take("&")
        self.take(r"\text{otherwise}")
        self.take(r"\end{cases}")
        return _each(lambda c, a, b: a if c else b, condition, value, other)

    def total(self, function: Any) -> Any:
        axes: Any = None
        if self.here == "_":
            self.take()
            self.take("{")
            found = re.fullmatch(r"\\text\{axis ([\d, ]+)\}", self.take())
            if not found:
                raise Unreadable("an index")
            axes = tuple(map(int, found[1].split(",")))
            self.take("}")
        value = np.asarray(self.power(), dtype=object)
        return function(value, axis=axes, keepdims=axes is not None)


def _matrix(a: Any, b: Any) -> Any:
    a, b = (np.asarray(v, dtype=object) for v in (a, b))
    if a.ndim == b.ndim == 2 and a.shape[1] != b.shape[0]:
        raise Unreadable("a row that stands for a column")
    return a @ b if a.ndim and b.ndim else a * b


def _dot(a: Any, b: Any) -> Any:
    if not (np.ndim(a) and np.ndim(b)):
        return a * b
    try:
        return (a * b).sum() if np.shape(a)[0] == np.shape(b)[0] == 1 else a * b
    except ValueError:
        return _matrix(a, b)


PRODUCTS = {r"\cdot": _dot, r"\odot": lambda a, b: a * b, r"\,": _matrix}
TOTALS = {r"\sum": np.sum, r"\prod": np.prod, r"\max": np.max, r"\min": np.min}
RELATIONS = {
    "<": lambda a, b: m.mpf(a < b), ">": lambda a, b: m.mpf(a > b),
    r"\le": lambda a, b: m.mpf(a <= b), r"\ge": lambda a, b: m.mpf(a >= b),
    "=": lambda a, b: m.mpf(a == b), r"\ne": lambda a, b: m.mpf(a != b),
}  # fmt: skip


def _power(base: Any, exponent: Any) -> Any:
    if base == 0 and exponent < 0:
        return m.inf
    return base**exponent


def _over(a: Any, b: Any) -> Any:
    if b == 0:
        return m.nan if a == 0 or m.isnan(a) else m.sign(a) * m.inf
    return a / b


def _each(function: Any, *arguments: Any) -> Any:
    if any(isinstance(a, np.ndarray) for a in arguments):
        return np.vectorize(function, otypes=[object])(*arguments)
    return function(*arguments)


SENTENCE = re.compile(r"(?:(?<=[ :])|^)[(−\d√][\d.()·+−/ ²³e^]*$")
SAID = re.compile(r"−?+\d++(?:\.\d++)?+(?:e−?+\d++)?+(?![·/²^]| [·+−/])")
RAISED = str.maketrans({"²": "**2", "³": "**3", "·": "*", "−": "-", "^": "**"})


def spoken(sentence: str) -> list[tuple[Any, Any, str]]:
    """The equations of a sentence: what a reader gets for the left side, the number said, all."""
    found = []
    pieces = sentence.split(" = ")
    for before, after in pairwise(pieces):
        left, right = SENTENCE.search(before), SAID.match(after)
        if not left or not right or not re.search(r"[·+/²³^]|\d −", left[0]):
            continue
        text = left[0].translate(RAISED)
        text = re.sub(r"\d+(?:\.\d+)?(?:e-?\d+)?", lambda n: f"m.mpf('{n[0]}')", text)
        text = re.sub(r"\*\*m\.mpf\('(\d+)'\)", r"**\1", text)
        try:
            value = eval(text, {"m": m})
        except (SyntaxError, TypeError, ZeroDivisionError):
            continue
        found.append((value, m.mpf(right[0].replace("−", "-")), f"{left[0]} = {right[0]}"))
    return found
