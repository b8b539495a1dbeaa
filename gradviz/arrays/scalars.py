"""The namespace of single Python floats, on which scalar graphs run without arrays.

Where Python's floats depart from IEEE (1/0, an overflow, a negative base) a formula raises, and the
engine computes that one step with NumPy's scalars.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradviz.arrays.namespace import ScalarNamespace

DEPARTURES = (ArithmeticError, ValueError, TypeError, AttributeError)
"""Raised where IEEE gives an infinity or NaN, and where a formula needs more than single floats."""

MOST_WHOLE = 2**53
"""Every whole number up to this one is a float."""


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


def _stable(
    written: Callable[..., Any],
    computed: Callable[..., Any],
    where: Callable[..., Any] | None = None,
    *operands: Any,
) -> Any:
    return (computed if where is None or where(*operands) else written)(*operands)


MATH: Any = math
"""Untyped, or its functions would be taken for methods; static methods are slower to call."""


class Floats:
    """Values are Python floats; conditions are booleans."""

    name, pi = "numpy", math.pi
    exp, log, log1p, expm1, sqrt = MATH.exp, MATH.log, MATH.log1p, MATH.expm1, MATH.sqrt
    log2, log10, erf, erfc = MATH.log2, MATH.log10, MATH.erf, MATH.erfc
    sin, cos, tan = MATH.sin, MATH.cos, MATH.tan
    arcsin, arccos, arctan, arctan2 = MATH.asin, MATH.acos, MATH.atan, MATH.atan2
    sinh, cosh, tanh = MATH.sinh, MATH.cosh, MATH.tanh
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
    stable = staticmethod(_stable)

    def asarray(self, value: Any) -> Any:
        """A number, a Fraction or "pi" as a float; a condition stays one."""
        return value if isinstance(value, bool) else math.pi if value == "pi" else float(value)


if TYPE_CHECKING:
    _: ScalarNamespace = Floats()
