"""The namespace of single Python floats: what a graph of scalars runs on, without the weight of
arrays.

A formula that leaves what Python's floats do as IEEE does (1/0, an overflow, a negative base)
raises; the engine then takes that one step with NumPy's scalars.
"""

from __future__ import annotations

import math
from typing import Any

DEPARTURES = (ArithmeticError, ValueError, TypeError)
"""What Python's own arithmetic raises where IEEE goes on with an infinity or NaN."""


def _maximum(a: float, b: float) -> float:
    return a if a > b or a != a else b


def _minimum(a: float, b: float) -> float:
    return a if a < b or a != a else b


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _logaddexp(a: float, b: float) -> float:
    if a == b:
        return a + math.log(2)
    high, low = (a, b) if a >= b else (b, a)
    return high + math.log1p(math.exp(low - high))


class Floats:
    """Values are Python floats; conditions are booleans."""

    name, dtype = "numpy", "float64"
    pi = math.pi
    exp, log, log1p, expm1, sqrt, erf = (
        math.exp,
        math.log,
        math.log1p,
        math.expm1,
        math.sqrt,
        math.erf,
    )
    log2, log10 = math.log2, math.log10
    sin, cos, tan, arcsin, arccos, arctan = (
        math.sin,
        math.cos,
        math.tan,
        math.asin,
        math.acos,
        math.atan,
    )
    sinh, cosh, tanh = math.sinh, math.cosh, math.tanh
    abs = staticmethod(abs)
    sign, sigmoid, logaddexp = staticmethod(_sign), staticmethod(_sigmoid), staticmethod(_logaddexp)
    maximum, minimum = staticmethod(_maximum), staticmethod(_minimum)
    greater = staticmethod(lambda a, b: a > b)
    greater_equal = staticmethod(lambda a, b: a >= b)
    less = staticmethod(lambda a, b: a < b)
    less_equal = staticmethod(lambda a, b: a <= b)
    equal = staticmethod(lambda a, b: a == b)
    not_equal = staticmethod(lambda a, b: a != b)
    where = staticmethod(lambda condition, a, b: a if condition else b)
    limit = staticmethod(lambda value, condition, instead: instead if condition else value)

    def number(self, value: Any) -> Any:
        """An option's number as formulas use it."""
        return value
