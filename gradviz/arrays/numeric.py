"""The namespace of NumPy's floating-point arrays, and what CuPy's has in common with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Any

from gradviz.arrays.kernels import matrices, products
from gradviz.arrays.kernels.scratch import fresh
from gradviz.arrays.namespace import (
    Backend,
    Formulas,
    Value,
    frozen,
    functions,
    keep_mask,
    other_products,
)
from gradviz.arrays.scalars import MOST_WHOLE
from gradviz.errors import ValueInputError

MOST_LABEL = 2.0**63
LARGEST = 2**1023
"""Beyond it a float overflows, which is another error."""


class Numeric:
    """Values are arrays of one float type; a scalar has shape () or is a NumPy scalar."""

    grows, is_symbolic = False, False

    def __init__(self, module: Any, name: str, dtype: str, *, is_fast: bool = False) -> None:
        self.module, self.name, self.dtype, self.is_fast = module, name, dtype, is_fast
        self.float = module.dtype(dtype).type
        self.pi = self.float(math.pi)
        self._array_type = module.ndarray
        self._of, self._byte = module.dtype(dtype), module.dtype("int8")
        self._bits = module.dtype("int64" if dtype == "float64" else "int32")
        special = {"erf": math.erf, "erfc": math.erfc} if name == "numpy" else {}
        self._each = {k: module.vectorize(f, otypes=[dtype]) for k, f in special.items()}
        # A root of squares below `_least` may lack squares that vanished; scaling by `_up` or
        # `_down`, powers of 2, brings any square that matters back into range.
        digits, exponents = module.finfo(dtype).nmant, module.finfo(dtype).maxexp
        self._least = self.float(2.0 ** ((digits - exponents) // 2))
        self._up = self.float(2.0 ** (exponents * 3 // 5))
        self._down = 1 / self._up
        for shared in SHARED:
            setattr(self, shared, getattr(module, shared))

    if TYPE_CHECKING:  # what is SHARED

        def __getattr__(self, name: str) -> Any: ...

    def matmul(self, a: Value, b: Value, out: Any = None) -> Value:
        """The matrix product, optionally into an existing array."""
        if (
            getattr(a, "ndim", 0) != 2
            or getattr(b, "ndim", 0) != 2
            or a.dtype != b.dtype
            or a.shape[1] != b.shape[0]
        ):
            return self.module.matmul(a, b) if out is None else self.module.matmul(a, b, out=out)
        return matrices.product(self, a, b, out)

    def asarray(self, value: Any) -> Value:
        """`value` as an array of this namespace's float type; conditions stay booleans."""
        if type(value) is self.float:
            return value
        if isinstance(value, float | int | Fraction) and not isinstance(value, bool):
            return self._scalar(value)
        if isinstance(value, str):
            return self.float(math.pi if value == "pi" else float(value))
        if type(value) is self._array_type and value.dtype is self._of and value.ndim:
            return value
        array = self._array(value)
        if array.dtype.kind not in "fiub":
            array = self._of_objects(array, f"an array of {array.dtype}")
        if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
            for number in {int(array.min()), int(array.max())}:
                fits_a_float(number)
        if array.dtype.kind != "b" and array.dtype != self.dtype:
            with self.quiet():  # too large a number becomes infinite
                array = array.astype(self.dtype)
        return array[()] if array.ndim == 0 else array

    def _array(self, value: Any) -> Any:
        """Any array-like as an array of whatever type. Raises ValueInputError for a mask."""
        if hasattr(value, "mask") and getattr(value.mask, "any", bool)():
            raise ValueInputError(
                "a masked array holds places without a value",
                expected="a number at every place",
                hint="fill them first, for example with .filled(0)",
            )
        return self.module.asarray(
            _plain_numbers(value) if isinstance(value, list | tuple) else value
        )

    def _of_objects(self, array: Any, got: str) -> Any:
        """Turn the result of arithmetic between floats and a Fraction back into floats."""
        if array.dtype.kind != "O" or not all(isinstance(v, Real) for v in array.flat):
            symbols = any(hasattr(v, "free_symbols") for v in array.flat)
            hint = "symbols need the exact backend (--backend exact)" if symbols else ""
            raise ValueInputError("values must be real numbers", got=got, hint=hint)
        for number in array.flat:
            if isinstance(number, int):
                fits_a_float(number)
        try:
            return array.astype(self.dtype)
        except OverflowError:
            raise _too_large(next(v for v in array.flat if not -LARGEST < v < LARGEST)) from None

    def _scalar(self, value: float | int | Fraction) -> Any:
        if isinstance(value, int):
            fits_a_float(value)
        try:
            with nullcontext() if self.dtype == "float64" else self.quiet():
                number = self.float(value)
        except OverflowError:
            raise _too_large(value) from None
        return number

    def asindex(self, value: Any) -> Value:
        """`value` unconverted, for operands without a gradient: conditions, labels, indices."""
        if isinstance(value, str):
            return self.asarray(value)
        array = self._array(value)
        if array.dtype.kind not in "fiub":
            array = self._of_objects(array, f"{value!r:.40}")
        return array

    def asreal(self, value: Any) -> Value:
        """`value` as numbers to compute with: as `asarray`, but a condition becomes 1 or 0."""
        array = self.asarray(value)
        return array.astype(self.dtype) if array.dtype.kind == "b" else array

    def number(self, value: Any) -> Any:
        """An option as formulas use it."""
        return float(value) if isinstance(value, Fraction) else frozen(value)

    def quiet(self) -> Formulas:
        """The context in which formulas run: overflow and NaN give no warning."""
        return Formulas(self, self.module.errstate(all="ignore"))

    def ones(self, shape: tuple[int, ...]) -> Value:
        """An array of ones."""
        return self.module.ones(shape, self.dtype)

    def zeros(self, shape: tuple[int, ...]) -> Value:
        """An array of zeros."""
        return self.module.zeros(shape, self.dtype) if shape else self.asarray(0)

    def where(self, condition: Value, value: Value, other: Value) -> Value:
        """`value` where the condition holds, else `other`, in this float type."""
        if isinstance(value, int | float) and isinstance(other, int | float):
            if (value, other) == (1, 0) and hasattr(condition, "astype"):
                holds = condition if condition.dtype.kind == "b" else condition != 0
                return holds.astype(self.dtype)  # many times faster
            value, other = self.float(value), self.float(other)
        if getattr(condition, "ndim", 0) and getattr(value, "dtype", None) is self._of:
            return self._selected(condition, value, other)
        return self.module.where(condition, value, other)

    def _selected(self, condition: Value, value: Value, other: Value) -> Value:
        """The same by their bits: the library's own `where` takes up to fifty times as long where
        a condition changes often.
        """
        if condition.dtype.kind != "b" or not value.ndim:
            return self.module.where(condition, value, other)
        chosen, bits = -condition.view(self._byte), value.view(self._bits)
        if isinstance(other, int) and other == 0 and chosen.shape == bits.shape:
            out = fresh(self, bits.shape, self._bits)
            return self.module.bitwise_and(bits, chosen, out=out).view(self._of)
        if getattr(other, "dtype", None) is not self._of or not other.ndim:
            return self.module.where(condition, value, other)
        others = other.view(self._bits)
        picked = bits ^ others
        if picked.shape != chosen.shape:
            return (others ^ (picked & chosen)).view(self._of)
        picked &= chosen
        picked ^= others
        return picked.view(self._of)

    def sigmoid(self, x: Value) -> Value:
        """1/(1 + exp(−x))."""
        return 1 / (1 + self.exp(-x))

    def erf(self, x: Value) -> Value:
        """The error function."""
        return self._special("erf", x)

    def erfc(self, x: Value) -> Value:
        """1 − erf(x), accurate where that is almost 0."""
        return self._special("erfc", x)

    def _special(self, name: str, x: Value) -> Value:
        return self.asarray(self.module.asarray(self._each[name](x), self.dtype))

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula `computed` where the condition holds, else the equal one `written`."""
        condition = True if where is None else where(*operands)
        if not self.shape(condition):
            return (computed if condition else written)(*operands)
        return patch(self, written(*operands), condition, computed, operands)

    def average(self, x: Value, total: Callable[[Value], Value], count: Value) -> Value:
        """total(x)/count, also where a total overflows and its mean does not."""
        found = total(x) / count
        if self.finite(found):
            return found
        scaled = total(x * self._down) / count * self._up
        return self.module.where(self.isfinite(found), found, scaled)

    def length(self, x: Value, total: Callable[[Value], Value], plus: Any = 0) -> Value:
        """√(total(x²) + plus), also where squares overflow or vanish and the root does not."""
        found = self.sqrt(total(x * x) + plus)
        large, small = found == math.inf, found < self._least
        for outside, by in ((large, self._down), (small, self._up)):
            if self.module.any(outside):
                scaled = x * by
                root = self.sqrt(total(scaled * scaled) + plus * by * by) / by
                found = self.module.where(outside, root, found)
        return found

    def product(self, x: Value) -> Value:
        """The products along the last axis, also where products of some factors overflow."""
        parts = products.split(self, x)
        if not x.shape[-1] or products.stays_in_range(self, parts):
            return self.prod(x, axis=-1)
        return products.joined(self, products.product(self, parts))[..., 0]

    def others(self, x: Value, g: Value) -> Value:
        """g times the product of all elements but each itself, along the last axis."""
        first, parts = (products.split(self, v) for v in (g, x))
        if not x.shape[-1] or products.stays_in_range(self, first, parts):
            return g * other_products(self, x)
        return products.joined(self, products.others(self, parts, first))

    def limit(self, value: Value, where: Value, instead: Value) -> Value:
        """`value`, or its limit `instead` where the written formula is undefined."""
        return self.where(where, instead, value)

    def winner(self, x: Value) -> Value:
        """Which element along the last axis is the first largest: a condition.

        A NaN wins, as in NumPy's max.
        """
        first = self.module.argmax(x, axis=-1)
        return self.module.arange(x.shape[-1]) == first[..., None]

    def stabiliser(self, x: Value, axis: Any) -> Value:
        """What softmax subtracts so that exp cannot overflow: the largest element along axes."""
        return self.max(x, axis=axis, keepdims=True)

    def whole(self, value: Value) -> Value:
        """Labels or indices as an array of integers.

        Raises ValueInputError for anything but whole numbers.
        """
        array = self.module.asarray(value)
        if array.dtype.kind in "iub":
            return array.astype("int64")
        beyond = self.module.abs(array) >= MOST_LABEL
        self.refuse(
            ~(array == self.module.floor(array)) | beyond,
            lambda wrong: ValueInputError(
                "labels and indices are whole numbers", got=f"{float(array[wrong][0])}"
            ),
        )
        return array.astype("int64")

    def refuse(self, wrong: Value, error: Callable[[Any], Exception]) -> None:
        """Raise the error of what is wrong, if anything is."""
        if wrong.any():
            raise error(wrong)

    def one_hot(self, places: Value, count: int) -> Value:
        """One row of `count` elements for each of `places`: 1 at that place, 0 elsewhere."""
        return (places[..., None] == self.module.arange(count)).astype(self.dtype)

    def kept(self, x: Value, drop: Any, seed: int) -> Value:
        """Which elements of x dropout keeps: 1 or 0, the same on every backend and machine."""
        return self.asarray(keep_mask(tuple(self.shape(x)), drop, seed).astype(self.dtype))

    def take_index(self, x: Value, index: tuple[Any, ...]) -> Value:
        """x[index]."""
        return x[index]

    def scatter_add(self, shape: tuple[int, ...], index: tuple[Any, ...], g: Value) -> Value:
        """Zeros of `shape` with `g` added at `index`; repeated places add up."""
        out = self.module.zeros(shape, self.dtype)
        if any(isinstance(i, list) or getattr(i, "ndim", 0) for i in index):
            self.module.add.at(out, index, g)
        else:
            out[index] = g
        return out

    def plain(self, value: Any) -> Any:
        """A value as Python floats or booleans in nested lists."""
        return value.tolist() if hasattr(value, "tolist") else value

    def finite(self, value: Value) -> bool:
        """Whether every element is finite."""
        return bool(self.module.all(self.isfinite(value)))

    def foresee(self, base: Value, exponent: Value) -> None:
        """Nothing to refuse: floats have room for so many digits and no more."""

    def check(self, value: Value, op: str) -> None:
        """Floats follow IEEE: infinities and NaN are values, so there is nothing to refuse."""


SHARED = tuple(name for name in functions(Backend) if name not in vars(Numeric))
"""The functions that the library itself provides."""


def patch(
    xp: Numeric, found: Value, condition: Value, computed: Callable[..., Value], operands: Any
) -> Value:
    """A new array, with `computed` of the operands put in wherever the condition holds."""
    if condition.any():
        condition, *wide = (
            v if v.shape == found.shape else xp.broadcast_to(v, found.shape)
            for v in (condition, *operands)
        )
        there = xp.module.flatnonzero(condition)
        xp.module.put(found, there, computed(*(v.take(there) for v in wide)))
    return found


def fits_a_float(number: int) -> None:
    """Raise ValueInputError for a whole number of more digits than a float keeps."""
    if abs(number) > MOST_WHOLE and abs(number) < LARGEST and int(float(number)) != number:
        raise ValueInputError(
            "this whole number has more digits than a float keeps",
            expected="whole numbers up to 2^53 = 9007199254740992",
            got=f"{number!s:.30}, which would become {int(float(number))!s:.30}",
            hint="the exact backend keeps every digit; a number with a point, such as"
            f" {float(number)!r}, may be rounded",
        )


def _too_large(value: Any) -> ValueInputError:
    return ValueInputError("this number is too large for a float", got=f"{value!s:.30}…")


def _plain_numbers(value: Any) -> Any:
    """Nested lists with fractions and our names for non-finite numbers turned into floats."""
    if isinstance(value, list | tuple):
        return [_plain_numbers(v) for v in value]
    return float(value) if isinstance(value, Fraction | str) else value
