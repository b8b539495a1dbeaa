"""The namespace of exact fractions, for hand arithmetic checked digit by digit.

Scalars are `fractions.Fraction`, arrays are NumPy's object arrays of them. Arithmetic is exact;
exponentials, logarithms and roots are correct to `DIGITS` significant digits, and what would need
a series (sines, arcs, erf) raises DomainError. The engine's `Program` runs on it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from gradviz.arrays import growth
from gradviz.arrays.namespace import Backend, Value, frozen
from gradviz.arrays.objects import NUMPY, ObjectArrays
from gradviz.errors import DomainError, ValueInputError

DIGITS = 60
PRECISE = Context(prec=DIGITS, Emax=10**6, Emin=-(10**6))
PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494")


def fraction(value: Any) -> Fraction:
    """One number exactly; a float is read as its shortest decimal, so 0.1 is one tenth."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and value == "pi":
        return PI
    if isinstance(value, float | np.floating):
        return Fraction(repr(float(value)))
    return (
        Fraction(int(value)) if isinstance(value, int | np.integer | np.bool_) else Fraction(value)
    )


def lift(function: Callable[..., Any], operands: int) -> Callable[..., Any]:
    """A function of numbers as one of numbers or object arrays."""
    spread = np.frompyfunc(function, operands, 1)

    def lifted(*values: Any) -> Value:
        return (
            spread(*values) if any(isinstance(v, np.ndarray) for v in values) else function(*values)
        )

    return lifted


def compare(function: Callable[..., Any]) -> Callable[..., Any]:
    """A comparison of numbers as one of numbers or arrays, which then are of booleans."""
    lifted = lift(function, 2)

    def compared(a: Value, b: Value) -> Value:
        found = lifted(a, b)
        return found.astype(bool) if isinstance(found, np.ndarray) else found

    return compared


LARGEST_EXPONENT = 10_000
"""e to this has 4,343 digits; answers that no key comes near must not take seconds to mark."""


def _decimal(x: Fraction) -> Decimal:
    return PRECISE.divide(Decimal(x.numerator), Decimal(x.denominator))


def _exp(x: Fraction) -> Fraction:
    if x > LARGEST_EXPONENT:
        raise DomainError(
            "exp is too large to be worked out digit by digit",
            expected=f"a number up to {LARGEST_EXPONENT:,}",
            got=x,
        )
    if x < -LARGEST_EXPONENT:
        return Fraction(0)
    return Fraction(1) if x == 0 else Fraction(PRECISE.exp(_decimal(x)))


def _log(x: Fraction) -> Fraction:
    _require(x > 0, "log", "a number above 0", x)
    return Fraction(0) if x == 1 else Fraction(PRECISE.ln(_decimal(x)))


def _sqrt(x: Fraction) -> Fraction:
    _require(x >= 0, "sqrt", "a number of 0 or more", x)
    above, below = (PRECISE.sqrt(Decimal(n)) for n in (x.numerator, x.denominator))
    return Fraction(above) / Fraction(below)


def _sigmoid(x: Fraction) -> Fraction:
    return rounded(1 / (1 + _exp(-x)))


def _tanh(x: Fraction) -> Fraction:
    return rounded(1 - 2 / (_exp(2 * x) + 1))


def _sinh(x: Fraction) -> Fraction:
    return rounded((_exp(x) - _exp(-x)) / 2)


def _cosh(x: Fraction) -> Fraction:
    return rounded((_exp(x) + _exp(-x)) / 2)


def _require(holds: bool, function: str, expected: str, got: Fraction) -> None:
    if not holds:
        raise DomainError(f"{function} has no real value here", expected=expected, got=got)


def _inexact(name: str) -> Callable[..., NoReturn]:
    """A function that fractions do not support."""

    def refuse(*_: Value) -> NoReturn:
        raise DomainError(
            f"{name} is not supported on fractions",
            expected="arithmetic, exponentials, logarithms and roots",
            hint="run on floats, or on the exact backend",
        )

    return refuse


def rounded(x: Fraction) -> Fraction:
    """`x` to DIGITS significant digits, so that fractions do not grow without end."""
    return Fraction(_decimal(x)) if x.denominator.bit_length() > 4 * DIGITS else x


class Rationals(ObjectArrays):
    """Values are fractions, or object arrays of them; conditions are booleans."""

    name, dtype = "rationals", "rationals"
    pi = PI
    exp, log, sqrt, sigmoid = (staticmethod(lift(f, 1)) for f in (_exp, _log, _sqrt, _sigmoid))
    sinh, cosh, tanh = (staticmethod(lift(f, 1)) for f in (_sinh, _cosh, _tanh))
    sin, cos, tan, arcsin, arccos, arctan, arctan2, erf, erfc = (
        staticmethod(_inexact(name))
        for name in ("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "erf", "erfc")
    )
    log2, log10 = (
        staticmethod(lift(lambda x, base=base: rounded(_log(x) / _log(base)), 1))
        for base in (Fraction(2), Fraction(10))
    )
    log1p = staticmethod(lift(lambda x: _log(1 + x), 1))
    expm1 = staticmethod(lift(lambda x: _exp(x) - 1, 1))
    logaddexp = staticmethod(lift(lambda a, b: _log(_exp(a) + _exp(b)), 2))
    abs = staticmethod(lift(abs, 1))
    sign = staticmethod(lift(lambda x: Fraction((x > 0) - (x < 0)), 1))
    greater, greater_equal, less, less_equal, equal, not_equal = (
        staticmethod(compare(f))
        for f in (operator.gt, operator.ge, operator.lt, operator.le, operator.eq, operator.ne)
    )
    where = staticmethod(lift(lambda condition, a, b: a if condition else b, 3))
    limit = staticmethod(lift(lambda value, condition, instead: instead if condition else value, 3))
    maximum = staticmethod(lift(lambda a, b: a if a >= b else b, 2))
    minimum = staticmethod(lift(lambda a, b: a if a <= b else b, 2))
    max, min = staticmethod(NUMPY.max), staticmethod(NUMPY.min)

    def asarray(self, value: Any) -> Value:
        """A number as a fraction, anything with axes as an object array of fractions; conditions
        stay booleans.
        """
        if isinstance(value, Fraction | bool):
            return value
        if not isinstance(value, list | tuple | np.ndarray):
            return fraction(value)
        if isinstance(value, np.ndarray) and value.dtype == bool:
            return value if value.ndim else bool(value)
        array = np.asarray(value, dtype=object)
        return np.frompyfunc(fraction, 1, 1)(array) if array.ndim else fraction(array[()])

    asindex = staticmethod(np.asarray)

    def asreal(self, value: Any) -> Value:
        """As `asarray`, but a condition becomes 1 where it holds, else 0."""
        found = self.asarray(value)
        if isinstance(found, bool):
            return fraction(found)
        return (
            self.asarray(found.astype(int)) if self.shape(found) and found.dtype == bool else found
        )

    def plain(self, value: Any) -> Any:
        """A value as fractions or booleans in nested lists."""
        return value.tolist() if isinstance(value, np.ndarray) else value

    def require_small_power(self, base: Fraction, exponent: Fraction) -> None:
        """Refuse a power that would have too many digits. Raises DomainError."""
        growth.require_small(base, exponent)

    def check(self, value: Value, op: str) -> None:
        """Refuse numbers of too many digits; a formula without a value has raised already.

        Raises DomainError.
        """
        for element in value.flat if isinstance(value, np.ndarray) else (value,):
            if isinstance(element, Fraction):
                growth.require_small(element)

    def whole(self, value: Value) -> Value:
        """Labels or indices as an array of integers.

        Raises ValueInputError for anything but whole numbers.
        """
        array = np.asarray(value, dtype=object)
        for element in map(fraction, array.flat):
            if element.denominator != 1:
                raise ValueInputError("labels and indices are whole numbers", got=element)
        return array.astype(np.int64)

    def number(self, value: Any) -> Any:
        """An option as formulas use it."""
        return fraction(value) if isinstance(value, float) else frozen(value)

    def reshape(self, value: Value, shape: tuple[int, ...]) -> Value:
        """The same elements in another shape."""
        return self.asarray(np.reshape(np.asarray(value, dtype=object), shape))

    def broadcast_to(self, value: Value, shape: tuple[int, ...]) -> Value:
        """A value repeated along axes."""
        return np.broadcast_to(np.asarray(value, dtype=object), shape) if shape else value

    def winner(self, x: Value) -> Value:
        """Which element along the last axis is the first largest: a condition."""
        out = np.zeros(x.shape, bool)
        for row in np.ndindex(x.shape[:-1]):
            out[(*row, max(range(x.shape[-1]), key=lambda i: (x[(*row, i)], -i)))] = True
        return out


if TYPE_CHECKING:
    _: Backend = Rationals()
