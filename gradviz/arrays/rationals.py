"""The namespace of exact fractions, for hand arithmetic checked digit by digit.

Scalars are `fractions.Fraction`, arrays are NumPy's object arrays of them. Arithmetic is exact;
exponentials, logarithms and roots are correct to `DIGITS` significant digits. The engine's
`Program` runs on it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

DIGITS = 60
PRECISE = Context(prec=DIGITS, Emax=10**6, Emin=-(10**6))


def fraction(value: Any) -> Fraction:
    """One number exactly; a float is read as its shortest decimal, so 0.1 is one tenth."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float | np.floating):
        return Fraction(repr(float(value)))
    return (
        Fraction(int(value)) if isinstance(value, int | np.integer | np.bool_) else Fraction(value)
    )


def lift(function: Callable[..., Any], operands: int) -> Callable[..., Any]:
    """A function of numbers as one of numbers or object arrays."""
    spread = np.frompyfunc(function, operands, 1)

    def lifted(*values: Any) -> Any:
        return (
            spread(*values) if any(isinstance(v, np.ndarray) for v in values) else function(*values)
        )

    return lifted


def compare(function: Callable[..., Any]) -> Callable[..., Any]:
    """A comparison of numbers as one of numbers or arrays, which then are of booleans."""
    lifted = lift(function, 2)

    def compared(a: Any, b: Any) -> Any:
        found = lifted(a, b)
        return found.astype(bool) if isinstance(found, np.ndarray) else found

    return compared


def extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """A choice between two numbers as one between arrays, perhaps into an array that is there."""
    lifted = lift(function, 2)

    def chosen(a: Any, b: Any, out: Any = None) -> Any:
        if out is None:
            return lifted(a, b)
        out[...] = lifted(a, b)
        return out

    return chosen


def _decimal(x: Fraction) -> Decimal:
    return PRECISE.divide(Decimal(x.numerator), Decimal(x.denominator))


def _exp(x: Fraction) -> Fraction:
    return Fraction(1) if x == 0 else Fraction(PRECISE.exp(_decimal(x)))


def _log(x: Fraction) -> Fraction:
    return Fraction(0) if x == 1 else Fraction(PRECISE.ln(_decimal(x)))


def _sqrt(x: Fraction) -> Fraction:
    above, below = (PRECISE.sqrt(Decimal(n)) for n in (x.numerator, x.denominator))
    return Fraction(above) / Fraction(below)


def _sigmoid(x: Fraction) -> Fraction:
    return rounded(1 / (1 + _exp(-x)))


def _tanh(x: Fraction) -> Fraction:
    return rounded(1 - 2 / (_exp(2 * x) + 1))


def rounded(x: Fraction) -> Fraction:
    """`x` to DIGITS significant digits, so that fractions do not grow without end."""
    return Fraction(_decimal(x)) if x.denominator.bit_length() > 4 * DIGITS else x


class Rationals:
    """Values are fractions, or object arrays of them; conditions are booleans."""

    name, dtype, module = "rationals", "rationals", np
    exp, log, sqrt, sigmoid, tanh = (
        staticmethod(lift(f, 1)) for f in (_exp, _log, _sqrt, _sigmoid, _tanh)
    )
    log1p = staticmethod(lift(lambda x: _log(1 + x), 1))
    expm1 = staticmethod(lift(lambda x: _exp(x) - 1, 1))
    logaddexp = staticmethod(lift(lambda a, b: _log(_exp(a) + _exp(b)), 2))
    abs = staticmethod(lift(abs, 1))
    sign = staticmethod(lift(lambda x: Fraction((x > 0) - (x < 0)), 1))
    greater, less = (
        staticmethod(compare(lambda a, b: a > b)),
        staticmethod(compare(lambda a, b: a < b)),
    )
    greater_equal, less_equal = (
        staticmethod(compare(lambda a, b: a >= b)),
        staticmethod(compare(lambda a, b: a <= b)),
    )
    equal, not_equal = (
        staticmethod(compare(lambda a, b: a == b)),
        staticmethod(compare(lambda a, b: a != b)),
    )
    where = staticmethod(lift(lambda condition, a, b: a if condition else b, 3))
    limit = staticmethod(lift(lambda value, condition, instead: instead if condition else value, 3))
    maximum = staticmethod(extreme(lambda a, b: a if a >= b else b))
    minimum = staticmethod(extreme(lambda a, b: a if a <= b else b))
    matmul, dot, tensordot = (
        staticmethod(np.matmul),
        staticmethod(np.dot),
        staticmethod(np.tensordot),
    )
    transpose, moveaxis, swapaxes = (
        staticmethod(np.transpose),
        staticmethod(np.moveaxis),
        staticmethod(np.swapaxes),
    )
    expand_dims, concatenate, stack = (
        staticmethod(np.expand_dims),
        staticmethod(np.concatenate),
        staticmethod(np.stack),
    )
    sum: Any = staticmethod(np.sum)
    prod, cumprod = staticmethod(np.prod), staticmethod(np.cumprod)
    max, min = staticmethod(np.max), staticmethod(np.min)

    def asarray(self, value: Any) -> Any:
        """A number as a fraction, anything with axes as an object array of fractions."""
        if isinstance(value, Fraction | bool):
            return value
        if isinstance(value, list | tuple | np.ndarray):
            array = np.asarray(value, dtype=object)
            exact = np.frompyfunc(fraction, 1, 1)(array)
            return exact if isinstance(exact, np.ndarray) and exact.ndim else fraction(array[()])
        return fraction(value)

    asindex = staticmethod(np.asarray)

    def asreal(self, value: Any) -> Any:
        """The same; a condition is 1 where it holds, else 0."""
        return fraction(value) if isinstance(value, bool) else self.asarray(value)

    def number(self, value: Any) -> Any:
        """An option's number as formulas use it."""
        return fraction(value) if isinstance(value, float) else value

    def quiet(self) -> AbstractContextManager[Any]:
        """Nothing to silence."""
        return nullcontext()

    def shape(self, value: Any) -> tuple[int, ...]:
        """The shape; a number is a scalar."""
        return tuple(value.shape) if isinstance(value, np.ndarray) else ()

    def reshape(self, value: Any, shape: tuple[int, ...]) -> Any:
        """The same elements in another shape."""
        return self.asarray(np.reshape(np.asarray(value, dtype=object), shape))

    def broadcast_to(self, value: Any, shape: tuple[int, ...]) -> Any:
        """A value repeated along axes."""
        return np.broadcast_to(np.asarray(value, dtype=object), shape) if shape else value

    def finite(self, value: Any) -> bool:
        """Always true: fractions are."""
        return True

    def isnan(self, value: Any) -> Any:
        """Nowhere true: fractions are numbers."""
        return np.zeros(self.shape(value), bool)

    def ones(self, shape: tuple[int, ...]) -> Any:
        """An array of ones."""
        return self.asarray(np.ones(shape, dtype=int))

    def zeros(self, shape: tuple[int, ...]) -> Any:
        """An array of zeros."""
        return self.asarray(np.zeros(shape, dtype=int))

    def winner(self, x: Any) -> Any:
        """1 at the first largest element along the last axis, 0 elsewhere."""
        out = self.zeros(x.shape)
        for row in np.ndindex(x.shape[:-1]):
            out[(*row, max(range(x.shape[-1]), key=lambda i: (x[(*row, i)], -i)))] = Fraction(1)
        return out

    def take_index(self, x: Any, index: tuple[Any, ...]) -> Any:
        """x[index]."""
        return self.asarray(x[index])

    def scatter_add(self, shape: tuple[int, ...], index: tuple[Any, ...], g: Any) -> Any:
        """Zeros of `shape` with `g` added at `index`; repeated places add up."""
        out = self.zeros(shape)
        np.add.at(out, index, g)
        return out
