"""A namespace of very many digits, and derivatives by differences in it: what floats should find.

An op's `forward` runs on it as it is written, without the tricks that floats need, and no rule of
ours takes part in the derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mpmath
import numpy as np

from gradviz.arrays.rationals import Rationals
from gradviz.ops import Op

DIGITS = 1_200
"""Enough that 1 + exp(−708) and a difference of 10⁻²⁰⁰ of 10⁻³⁰⁰ leave 50 digits and more."""
STEP = mpmath.mpf(10) ** -200

WITHIN = {"float64": 1e-12, "float32": 3e-5}
"""How far an op may be off, by dtype: relative to the true number for elementwise ops, to the sum
of the absolute values of their terms for ops that add. Winograd's convolution has a bound of its
own, `gradviz.arrays.kernels.winograd.GROWTH`. float32 has 6e-8 where float64 has 1e-16; arguments
of exponentials make 100 times that.
"""

mpmath.mp.dps = DIGITS


def _lift(function: Any, operands: int) -> Any:
    spread = np.frompyfunc(function, operands, 1)
    return staticmethod(
        lambda *v: spread(*v) if any(isinstance(x, np.ndarray) for x in v) else function(*v)
    )


def _of(value: Any) -> Any:
    if isinstance(value, str):
        return mpmath.pi()
    if hasattr(value, "numerator") and not isinstance(value, float):
        return mpmath.mpf(int(value.numerator)) / int(value.denominator)
    return mpmath.mpf(value)


class Precise(Rationals):
    """Values are numbers of DIGITS digits; a float is taken as exactly the number that it is."""

    name, dtype = "rationals", "precise"
    pi = mpmath.pi()
    exp, log, sqrt, erf, erfc = (
        _lift(f, 1) for f in (mpmath.exp, mpmath.log, mpmath.sqrt, mpmath.erf, mpmath.erfc)
    )
    sin, cos, tan, arcsin, arccos, arctan = (
        _lift(f, 1)
        for f in (mpmath.sin, mpmath.cos, mpmath.tan, mpmath.asin, mpmath.acos, mpmath.atan)
    )
    arctan2 = _lift(mpmath.atan2, 2)
    sinh, cosh, tanh = (_lift(f, 1) for f in (mpmath.sinh, mpmath.cosh, mpmath.tanh))
    log2, log10 = (
        _lift(lambda x, base=base: mpmath.log(x) / mpmath.log(base), 1) for base in (2, 10)
    )
    log1p = _lift(lambda x: mpmath.log(1 + x), 1)
    expm1 = _lift(lambda x: mpmath.exp(x) - 1, 1)
    sigmoid = _lift(lambda x: 1 / (1 + mpmath.exp(-x)), 1)
    logaddexp = _lift(lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)), 2)
    sign = _lift(lambda x: mpmath.mpf((x > 0) - (x < 0)), 1)

    def asarray(self, value: Any) -> Any:
        """A number of many digits, or an object array of such; conditions stay booleans."""
        if isinstance(value, mpmath.mpf | bool):
            return value
        if isinstance(value, np.ndarray) and value.dtype == bool:
            return value if value.ndim else bool(value)
        array = np.asarray(value, dtype=object)
        return np.frompyfunc(_of, 1, 1)(array) if array.ndim else _of(array[()])

    def asreal(self, value: Any) -> Any:
        """As `asarray`, but a condition becomes 1 where it holds, else 0."""
        array = np.asarray(value)
        return self.asarray(array.astype(int) if array.dtype == bool else value)

    def number(self, value: Any) -> Any:
        """An option's number as formulas use it."""
        return _of(value) if isinstance(value, float) else value


XP = Precise()


def value_of(op: Op, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """The op's value, as an array of numbers of many digits. Raises where it has no real one."""
    given = {k: XP.number(v) for k, v in options.items()}
    found = np.asarray(XP.asreal(op.forward(XP, *inputs, **given)), dtype=object)
    if any(not isinstance(v, mpmath.mpf) or not mpmath.isfinite(v) for v in found.flat):
        raise ValueError(f"{op.name} has no real value here")
    return found


def moved(x: Any, place: tuple[int, ...], by: Any) -> Any:
    """An array, or a number, with the element at one place moved."""
    if not place:
        return x + by
    found = x.copy()
    found[place] = found[place] + by
    return found


def slopes(op: Op, inputs: Sequence[Any], slot: int, options: dict[str, Any]) -> tuple[Any, Any]:
    """The value, and ∂(value)/∂(an element of one operand) with that element's axes first.

    Raises ValueError where slopes from the left and from the right differ.
    """
    x = inputs[slot]
    shape = np.shape(x)
    here = value_of(op, inputs, options)
    found = np.empty(shape + here.shape, dtype=object)
    for place in np.ndindex(shape):
        size = abs(x[place] if place else x)
        step = STEP * min(1, size or mpmath.mpf(10) ** -300)
        sides = []
        for by in (step, -step):
            given = [moved(v, place, by) if i == slot else v for i, v in enumerate(inputs)]
            sides.append(value_of(op, given, options))
        right, left = (sides[0] - here) / step, (here - sides[1]) / step
        if np.any(np.abs(right - left) > np.abs(right) / 10**50):
            raise ValueError(f"{op.name} has a kink here")
        found[place] = (right + left) / 2
    return here, found


def ordinary(value: Any, dtype: Any = np.float64) -> bool:
    """Whether the nearest float is an ordinary one: 0, or neither subnormal nor infinite."""
    about = np.finfo(dtype)
    return value == 0 or about.tiny <= abs(value) <= about.max


def digits_lost(ours: float, exact: Any) -> float:
    """The relative error of a float; of 0 the absolute one."""
    if not math.isfinite(ours):
        return math.inf
    error = abs(mpmath.mpf(float(ours)) - exact)
    return float(error / abs(exact)) if exact else float(error)


def floats_of(value: Any) -> Any:
    """The nearest floats to numbers of many digits."""
    return np.frompyfunc(float, 1, 1)(np.asarray(value, dtype=object)).astype(float)
