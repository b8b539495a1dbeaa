"""The namespace that writes JavaScript: running formulas on it gives their arithmetic as terms.

Arrays are NumPy's object arrays of terms, so that everything is written out element by element.
Where its arithmetic is that of IEEE 754 the results are NumPy's, bit for bit; exponentials, powers
and the like may differ in the last place, and long sums in the order of their terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from gradviz.arrays.choosing import Choosing
from gradviz.arrays.comparisons import COMPARISONS
from gradviz.arrays.javascript.helpers import HELPERS, MATH
from gradviz.arrays.javascript.terms import IEEE, Term, Terms
from gradviz.arrays.namespace import Backend, Value
from gradviz.arrays.objects import NUMPY, ObjectArrays


class JavaScript(Choosing, ObjectArrays):
    """Values are terms, or object arrays of terms; conditions that are known are booleans."""

    name, dtype = "javascript", "float64"
    grows, is_symbolic = False, True
    pi = math.pi
    reshape = staticmethod(NUMPY.reshape)

    def __init__(self) -> None:
        self.terms = Terms()

    def __getattr__(self, name: str) -> Any:
        if name in COMPARISONS:
            return self._lifted(partial(self.terms.compare, name), 2)
        if name in MATH or name in HELPERS:
            operands = 2 if name in TWO else 1
            return self._lifted(partial(self.terms.call, name), operands)
        raise AttributeError(name=name, obj=self)

    def _lifted(self, function: Callable[..., Any], operands: int) -> Callable[..., Any]:
        """A function of single values as one of arrays, which broadcast."""
        spread = np.frompyfunc(function, operands, 1)

        def lifted(*values: Any) -> Any:
            return spread(*map(self.asarray, values))

        return lifted

    def sqrt(self, x: Value) -> Value:
        """The square root."""
        return self._lifted(partial(self.terms.call, "sqrt"), 1)(x)

    def leaf(self, text: str, shape: tuple[int, ...]) -> Value:
        """What is known by a text: a number, or the elements of a flat array in this shape."""
        if not shape:
            return self.asarray(self.terms.term(text))
        terms = [self.terms.term(f"{text}[{i}]") for i in range(math.prod(shape))]
        return self.asarray(terms).reshape(shape)

    def asarray(self, value: Any) -> Value:
        """`value` as an object array of terms; conditions stay conditions."""
        if isinstance(value, np.ndarray) and value.dtype == object:
            array = value
        else:
            if isinstance(value, str):
                value = math.pi if value == "pi" else float(value)
            array = np.empty((), dtype=object)
            if isinstance(value, list | tuple | np.ndarray):
                array = np.array(value, dtype=object)
            else:
                array[()] = value
        made = np.frompyfunc(self._entry, 1, 1)(array)
        if isinstance(made, np.ndarray):
            return made
        array = np.empty((), dtype=object)
        array[()] = made
        return array

    def _entry(self, value: Any) -> Any:
        if isinstance(value, np.generic | np.ndarray):
            value = value.item()
        return value if isinstance(value, Term | bool) else self.terms.number(value)

    asindex = staticmethod(np.asarray)

    def asreal(self, value: Any) -> Value:
        """The same, but a condition becomes 1 where it holds, else 0."""
        return self.asarray(np.frompyfunc(self.terms.number, 1, 1)(self.asarray(value)))

    def number(self, value: Any) -> Any:
        """An option as formulas use it."""
        return IEEE.number(value)

    def where(self, condition: Value, a: Value, b: Value) -> Value:
        """`a` where the condition holds, else `b`."""
        return self._lifted(self.terms.choose, 3)(condition, a, b)

    def average(self, x: Value, total: Callable[[Value], Value], count: Value) -> Value:
        """total(x)/count, also where a total overflows and its mean does not."""
        found, down = total(x) / count, 2.0**-614
        return self.where(self.isfinite(found), found, total(x * down) / count / down)

    def length(self, x: Value, total: Callable[[Value], Value], plus: Any = 0) -> Value:
        """√(total(x²) + plus), also where squares overflow or vanish and the root does not."""
        found = self.sqrt(total(x * x) + plus)
        large, small = self.equal(found, math.inf), self.less(found, 2.0**-486)
        for outside, by in ((large, 2.0**-614), (small, 2.0**614)):
            scaled = x * by
            root = self.sqrt(total(scaled * scaled) + plus * by * by) / by
            found = self.where(outside, root, found)
        return found

    def max(self, x: Value, axis: Any = None, *, keepdims: bool = False) -> Value:
        """The largest element along axes."""
        return self._over("maximum", x, axis, keepdims)

    def min(self, x: Value, axis: Any = None, *, keepdims: bool = False) -> Value:
        """The smallest element along axes."""
        return self._over("minimum", x, axis, keepdims)

    def _over(self, name: str, x: Value, axis: Any, keepdims: bool) -> Value:
        x = self.asarray(x)
        gone = (
            tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        )
        gone = tuple(a % x.ndim for a in gone)
        kept = [a for a in range(x.ndim) if a not in gone]
        rows = np.transpose(x, (*kept, *gone)).reshape(*(x.shape[a] for a in kept), -1)
        pick = getattr(self, name)
        found = self.asarray(reduce(pick, np.moveaxis(rows, -1, 0)))
        wide = [1 if a in gone else n for a, n in enumerate(x.shape)]
        return found.reshape(wide) if keepdims else found

    def stabiliser(self, x: Value, axis: Any) -> Value:
        """What softmax subtracts so that exp cannot overflow: the largest element along axes."""
        return self.max(x, axis, keepdims=True)

    def winner(self, x: Value) -> Value:
        """Which element along the last axis is the first largest: a condition."""
        x = self.asarray(x)
        out = np.empty(x.shape, dtype=object)
        for place in np.ndindex(x.shape[:-1]):
            first = self.terms.call("winner", *x[place])
            out[place] = [self.terms.compare("equal", first, i) for i in range(x.shape[-1])]
        return out

    def broadcast_to(self, value: Value, shape: tuple[int, ...]) -> Value:
        """A value repeated along axes."""
        return np.broadcast_to(self.asarray(value), shape)

    def isnan(self, value: Value) -> Value:
        """Where a value is NaN."""
        return self._lifted(lambda x: self.terms.compare("not_equal", x, x), 1)(value)

    def isfinite(self, value: Value) -> Value:
        """Where a value is finite."""
        return self._lifted(self._is_finite, 1)(value)

    def _is_finite(self, value: Any) -> Any:
        number = self.terms.number(value)
        if number.value is not None:
            return math.isfinite(number.value)
        return self.terms.condition("isFinite({0})", number)

    def whole(self, value: Value) -> Value:
        """Labels or indices as an array of integers; they have to be known.

        Raises ValueInputError for anything but whole numbers.
        """
        return IEEE.whole(value)

    def plain(self, value: Any) -> Any:
        """A value as terms in nested lists."""
        return self.asarray(value).tolist()

    def require_small_power(self, base: Any, exponent: Any) -> None:
        """Nothing to refuse: floats have room for so many digits and no more."""

    def check(self, value: Value, op: str) -> None:
        """Nothing to refuse: floats follow IEEE."""


TWO = ("maximum", "minimum", "logaddexp", "arctan2")


if TYPE_CHECKING:
    _: Backend = JavaScript()
