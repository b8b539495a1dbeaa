"""The common part of namespaces on NumPy's object arrays: of exact numbers, or of terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from gradviz.arrays.namespace import Formulas, Value, keep_mask, other_products
from gradviz.arrays.written import AsWritten

NUMPY: Any = np
"""Untyped, since NumPy's type hints do not cover object arrays."""


class ObjectArrays(AsWritten, ABC):
    """What NumPy does by the objects' own arithmetic, and what follows from `asarray`."""

    module, grows, is_fast, is_symbolic = NUMPY, True, False, False
    sum, prod, cumprod = (
        staticmethod(NUMPY.sum),
        staticmethod(NUMPY.prod),
        staticmethod(NUMPY.cumprod),
    )
    matmul, dot = staticmethod(NUMPY.matmul), staticmethod(NUMPY.dot)
    tensordot = staticmethod(NUMPY.tensordot)
    transpose, moveaxis = staticmethod(NUMPY.transpose), staticmethod(NUMPY.moveaxis)
    swapaxes, expand_dims = staticmethod(NUMPY.swapaxes), staticmethod(NUMPY.expand_dims)
    concatenate, stack = staticmethod(NUMPY.concatenate), staticmethod(NUMPY.stack)

    @abstractmethod
    def asarray(self, value: Any) -> Value:
        """`value` as an exact number, or an object array of such."""

    @abstractmethod
    def require_small_power(self, base: Value, exponent: Value) -> None:
        """Refuse one power that would have too many digits. Raises DomainError."""

    def foresee(self, base: Value, exponent: Value) -> None:
        """Refuse powers that would have too many digits, before they are computed.

        Bases and exponents of shapes that do not broadcast are taken each with each. Raises
        DomainError.
        """
        bases, exponents = (np.asarray(self.asreal(v), dtype=object) for v in (base, exponent))
        try:
            pairs = list(np.broadcast(bases, exponents))
        except ValueError:
            pairs = [(b, e) for b in bases.flat for e in exponents.flat]
        for one, power in pairs:
            self.require_small_power(one, power)

    @abstractmethod
    def asreal(self, value: Any) -> Value:
        """`value` as numbers to compute with: a condition is 1 where it holds, else 0."""

    def refuse(self, wrong: Value, error: Callable[[Value], Exception]) -> None:
        """Raise the error of what is wrong, if anything is."""
        if np.any(wrong):
            raise error(wrong)

    def shape(self, value: Value) -> tuple[int, ...]:
        """The shape; anything but an array is a scalar."""
        return tuple(value.shape) if isinstance(value, np.ndarray) else ()

    def ones(self, shape: tuple[int, ...]) -> Value:
        """An array of ones."""
        return self.asarray(np.ones(shape, dtype=int))

    def zeros(self, shape: tuple[int, ...]) -> Value:
        """An array of zeros."""
        return self.asarray(np.zeros(shape, dtype=int))

    def isfinite(self, value: Value) -> Value:
        """True everywhere: values that are not finite are refused."""
        return np.ones(self.shape(value), bool)

    def isnan(self, value: Value) -> Value:
        """False everywhere: exact values are never NaN."""
        return np.zeros(self.shape(value), bool)

    def finite(self, value: Value) -> bool:
        """Always true."""
        return True

    def quiet(self) -> Formulas:
        """The context in which formulas run; exact numbers may pass through floats unheard."""
        return Formulas(self, NUMPY.errstate(all="ignore"))

    def product(self, x: Value) -> Value:
        """The products along the last axis: nothing overflows."""
        return self.prod(x, axis=-1)

    def others(self, x: Value, g: Value) -> Value:
        """g times the product of all elements but each itself, along the last axis."""
        return g * other_products(self, x)

    @abstractmethod
    def sqrt(self, x: Value) -> Value:
        """The square root."""

    def stabiliser(self, x: Value, axis: Any) -> Value:
        """0: these exponentials cannot overflow, so softmax needs no shift."""
        return 0

    def one_hot(self, places: Value, count: int) -> Value:
        """One row of `count` elements for each of `places`: 1 at that place, 0 elsewhere."""
        return self.asarray((places[..., None] == np.arange(count)).astype(int))

    def kept(self, x: Value, drop: Any, seed: int) -> Value:
        """Which elements of x dropout keeps: 1 or 0, the same on every backend and machine."""
        return self.asarray(keep_mask(self.shape(x), drop, seed).astype(int))

    def take_index(self, x: Value, index: tuple[Any, ...]) -> Value:
        """x[index]."""
        return self.asarray(np.asarray(x, dtype=object)[index])

    def scatter_add(self, shape: tuple[int, ...], index: tuple[Any, ...], g: Value) -> Value:
        """Zeros of `shape` with `g` added at `index`; repeated places add up."""
        out = self.zeros(shape)
        np.add.at(out, index, self.asarray(g))
        return out
