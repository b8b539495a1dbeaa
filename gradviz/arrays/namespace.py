"""The contract of `xp`, the array namespace that every formula of an op takes.

One declaration of an op runs on floats, on arrays, on exact numbers and fractions, on terms that
write Python or JavaScript, and on the graph itself, because it uses only what is declared here. A
name taken from NumPy means the same as in NumPy.

The tiers:

    ScalarNamespace   what elementwise ops may use
    ArrayNamespace    what all other ops may use in addition, in `forward`, `vjp` and `facts`
    Backend           what the engine needs to bring values in and out; no formula uses it

and who implements them:

    Floats     gradviz.arrays.scalars     single Python floats      ScalarNamespace
    Code       gradviz.arrays.code        terms that write Python   ScalarNamespace
    Cuda       gradviz.arrays.cuda        terms that write CUDA     ScalarNamespace
    Symbols    gradviz.graph.symbols      the graph's expressions   ScalarNamespace
    Numeric    gradviz.arrays.numeric     NumPy's arrays            Backend
    Device     gradviz.arrays.device      CuPy's arrays             Backend
    Recorder   gradviz.arrays.recorder    arrays, calls kept        ArrayNamespace
    Exact      gradviz.arrays.exact       sympy expressions         Backend
    Rationals  gradviz.arrays.rationals   fractions                 Backend
    JavaScript gradviz.arrays.javascript  terms that write it       Backend

`expand` is given `Symbols`, which also has every op under its name, and a few helpers.

Values take the operators + − * / ** and comparisons among themselves and with Python's whole
numbers. Arrays take indices and `@` too. A constant that is not whole is a quotient, `x / 6`, or
`xp.asarray(Fraction(1, 6))`: never a float, whose exact value would be a guess. A bare `Fraction`
may be combined with a value in arithmetic, but not on a GPU, nor inside a function such as `exp`.

Rationals are exact for arithmetic and correct to 60 digits for exponentials, logarithms and roots.
They raise DomainError for `sin`, `cos`, `tan`, their inverses, `erf` and `erfc`.

A formula is written as it is taught, since the story prints it. Where floats would lose its digits,
in a difference of almost equal numbers or a square out of range, `stable`, `average` and `length`
compute the same another way.
"""
# ruff: noqa: D102 -- functions taken from NumPy are documented there

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from gradviz.errors import BackendError, did_you_mean

Value: TypeAlias = Any
"""The values of an implementation: floats, arrays, terms, expressions."""
Shape: TypeAlias = tuple[int, ...]
Axes: TypeAlias = int | tuple[int, ...] | None


class ScalarNamespace(Protocol):
    """What the formulas of elementwise ops may use.

    name    the backend: "numpy", "cupy", "exact"; "rationals", "graph" or "javascript".
    pi      π.
    """

    @property
    def name(self) -> str: ...
    @property
    def pi(self) -> Value: ...

    def exp(self, x: Value, /) -> Value: ...
    def expm1(self, x: Value, /) -> Value: ...
    def log(self, x: Value, /) -> Value: ...
    def log2(self, x: Value, /) -> Value: ...
    def log10(self, x: Value, /) -> Value: ...
    def log1p(self, x: Value, /) -> Value: ...
    def logaddexp(self, a: Value, b: Value, /) -> Value: ...
    def sqrt(self, x: Value, /) -> Value: ...
    def sin(self, x: Value, /) -> Value: ...
    def cos(self, x: Value, /) -> Value: ...
    def tan(self, x: Value, /) -> Value: ...
    def arcsin(self, x: Value, /) -> Value: ...
    def arccos(self, x: Value, /) -> Value: ...
    def arctan(self, x: Value, /) -> Value: ...
    def arctan2(self, y: Value, x: Value, /) -> Value: ...
    def sinh(self, x: Value, /) -> Value: ...
    def cosh(self, x: Value, /) -> Value: ...
    def tanh(self, x: Value, /) -> Value: ...
    def abs(self, x: Value, /) -> Value: ...
    def sign(self, x: Value, /) -> Value: ...
    def maximum(self, a: Value, b: Value, /) -> Value: ...
    def minimum(self, a: Value, b: Value, /) -> Value: ...
    def greater(self, a: Value, b: Value, /) -> Value: ...
    def greater_equal(self, a: Value, b: Value, /) -> Value: ...
    def less(self, a: Value, b: Value, /) -> Value: ...
    def less_equal(self, a: Value, b: Value, /) -> Value: ...
    def equal(self, a: Value, b: Value, /) -> Value: ...
    def not_equal(self, a: Value, b: Value, /) -> Value: ...

    def where(self, condition: Value, a: Value, b: Value, /) -> Value:
        """As in NumPy; a condition may also be a real number, which holds where it is not 0."""

    def asarray(self, value: Any, /) -> Value:
        """A value from a number, a Fraction or the text "pi"; an array namespace takes lists too.

        Conditions stay conditions.
        """

    def erf(self, x: Value, /) -> Value:
        """The error function, 2/√π ∫₀ˣ exp(−t²) dt."""

    def erfc(self, x: Value, /) -> Value:
        """1 − erf(x), accurate where that is almost 0."""

    def sigmoid(self, x: Value, /) -> Value:
        """1/(1 + exp(−x))."""

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        /,
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula `written` of the operands, which is printed; floats take the equal formula
        `computed` where the condition `where` holds, by default everywhere.

        All three are functions of the operands that make new values, called only if needed.
        """

    def limit(self, value: Value, where: Value, instead: Value, /) -> Value:
        """`value`, or its limit `instead` where the written formula is undefined."""


class ArrayNamespace(ScalarNamespace, Protocol):
    """What all other ops may use in addition.

    module  the underlying library, NumPy or CuPy: for `gradviz.arrays.kernels` only.
    is_fast whether kernels may round more to be faster.
    is_symbolic  whether comparisons may stay undecided, so that kernels go cell by cell.
    """

    @property
    def module(self) -> Any: ...
    @property
    def is_fast(self) -> bool: ...
    @property
    def is_symbolic(self) -> bool: ...

    def shape(self, x: Value, /) -> Shape: ...
    def reshape(self, x: Value, shape: Shape, /) -> Value: ...
    def transpose(self, x: Value, /, axes: Any = None) -> Value: ...
    def moveaxis(self, x: Value, source: Any, destination: Any, /) -> Value: ...
    def swapaxes(self, x: Value, a: int, b: int, /) -> Value: ...
    def expand_dims(self, x: Value, /, axis: Any) -> Value: ...
    def broadcast_to(self, x: Value, shape: Shape, /) -> Value: ...
    def concatenate(self, xs: Sequence[Value], /, axis: Any = 0) -> Value: ...
    def stack(self, xs: Sequence[Value], /, axis: int = 0) -> Value: ...
    def sum(self, x: Value, /, axis: Axes = None, *, keepdims: bool = False) -> Value: ...
    def prod(self, x: Value, /, axis: Axes = None, *, keepdims: bool = False) -> Value: ...
    def max(self, x: Value, /, axis: Axes = None, *, keepdims: bool = False) -> Value: ...
    def min(self, x: Value, /, axis: Axes = None, *, keepdims: bool = False) -> Value: ...
    def cumprod(self, x: Value, /, axis: int | None = None) -> Value: ...
    def dot(self, a: Value, b: Value, /) -> Value: ...
    def tensordot(self, a: Value, b: Value, /, axes: Any = 2) -> Value: ...
    def isnan(self, x: Value, /) -> Value: ...

    def average(self, x: Value, total: Callable[[Value], Value], count: Value, /) -> Value:
        """total(x)/count, also where a total overflows and its mean does not.

        `total` sums elements of an array of the shape of x.
        """

    def length(self, x: Value, total: Callable[[Value], Value], /, plus: Any = 0) -> Value:
        """√(total(x²) + plus), also where squares overflow or vanish and the root does not."""

    def product(self, x: Value, /) -> Value:
        """The products along the last axis, also where products of some factors overflow."""

    def others(self, x: Value, g: Value, /) -> Value:
        """For each element g, which has a last axis of 1, times the product of all other elements
        along the last axis; no element is divided by, as it may be 0.
        """

    def matmul(self, a: Value, b: Value, /, out: Value = None) -> Value:
        """The matrix product, optionally into an existing array."""

    def ones(self, shape: Shape, /) -> Value:
        """An array of ones, in the namespace's number type."""

    def zeros(self, shape: Shape, /) -> Value:
        """An array of zeros, in the namespace's number type."""

    def asreal(self, value: Any, /) -> Value:
        """`value` as numbers to compute with: as `asarray`, but a condition becomes 1 or 0."""

    def whole(self, value: Value, /) -> Value:
        """Labels or indices as NumPy's (or CuPy's) array of integers.

        Raises ValueInputError for anything but whole numbers.
        """

    def refuse(self, wrong: Value, error: Callable[[Value], Exception], /) -> None:
        """Raise error(wrong) if the condition `wrong` holds anywhere: at once, or on a GPU at the
        end of the pass, so that no number leaves it before.
        """

    def one_hot(self, places: Value, count: int, /) -> Value:
        """One row of `count` elements for each of `places`: 1 at that place, 0 elsewhere."""

    def winner(self, x: Value, /) -> Value:
        """Which element along the last axis is the first largest: a condition."""

    def stabiliser(self, x: Value, axis: Any, /) -> Value:
        """What softmax subtracts so that exp cannot overflow.

        The largest element along axes, which stay as 1; 0 if exponentials cannot overflow.
        """

    def kept(self, x: Value, drop: Any, seed: int, /) -> Value:
        """Which elements of x dropout keeps, 1 or 0, as `keep_mask` samples them."""

    def take_index(self, x: Value, index: tuple[Any, ...], /) -> Value:
        """x[index]."""

    def scatter_add(self, shape: Shape, index: tuple[Any, ...], g: Value, /) -> Value:
        """Zeros of `shape` with `g` added at `index`; repeated places add up."""


class Backend(ArrayNamespace, Protocol):
    """What the engine and the views need of a namespace, besides formulas.

    dtype "float64" or "float32"; otherwise the name of the namespace again.
    grows whether its numbers become longer as they are computed with, without a bound of their own.
    """

    @property
    def grows(self) -> bool: ...

    @property
    def dtype(self) -> str: ...

    def isfinite(self, x: Value, /) -> Value: ...

    def asindex(self, value: Any, /) -> Value:
        """`value` unconverted, for operands without a gradient: conditions, labels, indices."""

    def number(self, value: Any, /) -> Any:
        """An option as formulas use it: its number in their type, its list as a tuple."""

    def plain(self, value: Value, /) -> Any:
        """A value as nested lists of Python numbers, or of text if they are exact."""

    def finite(self, value: Value, /) -> bool:
        """Whether every element is finite."""

    def quiet(self) -> AbstractContextManager[Any]:
        """The context in which formulas run.

        Overflow and invalid operations give infinities and NaN without a warning; a name outside
        the contract is a NamespaceError.
        """

    def foresee(self, base: Value, exponent: Value, /) -> None:
        """Refuse powers that would have too many digits, before they are computed.

        Raises DomainError.
        """

    def check(self, value: Value, op: str, /) -> None:
        """Refuse a result that the backend cannot represent. Raises DomainError naming the op."""


def functions(tier: type) -> tuple[str, ...]:
    """The names of a tier's functions, those of the tiers below it first."""
    return tuple(
        name
        for part in reversed(tier.__mro__)
        for name, found in vars(part).items()
        if not name.startswith("_") and callable(found)
    )


class NamespaceError(BackendError, AttributeError):
    """A formula asked its namespace for a name that is not in the contract."""


class Formulas(AbstractContextManager[None]):
    """A context in which formulas run on `xp`, within another such as NumPy's errstate.

    Raises NamespaceError where a formula asks for a name that `xp` does not have.
    """

    __slots__ = ("_around", "_xp")

    def __init__(self, xp: object, around: AbstractContextManager[Any] | None = None) -> None:
        self._xp, self._around = xp, around

    def __enter__(self) -> None:
        if self._around is not None:
            self._around.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._around is not None:
            self._around.__exit__(kind, error, traceback)
        if isinstance(error, AttributeError) and error.obj is self._xp:
            raise _outside(error) from None


def _outside(error: AttributeError) -> NamespaceError:
    asked = error.__traceback__
    assert asked is not None
    while asked.tb_next is not None:
        asked = asked.tb_next
    return NamespaceError(
        f"a formula uses xp.{error.name}, which array namespaces do not have",
        where=f"line {asked.tb_lineno} of {Path(asked.tb_frame.f_code.co_filename).name}",
        expected="a name declared in gradviz.arrays.namespace",
        hint=did_you_mean(str(error.name), functions(ArrayNamespace)),
    )


def frozen(value: Any) -> Any:
    """Lists, at any depth, as tuples, which NumPy takes everywhere."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def other_products(xp: Any, x: Value) -> Value:
    """For each element the product of those before it times that of those after it, along the last
    axis.
    """
    ones = xp.ones((*xp.shape(x)[:-1], 1))
    before = xp.cumprod(xp.concatenate([ones, x], -1), -1)[..., :-1]
    after = xp.cumprod(xp.concatenate([ones, x[..., ::-1]], -1), -1)[..., -2::-1]
    return before * after


def keep_mask(shape: Shape, drop: Any, seed: int) -> Any:
    """Which elements are kept when each is dropped with the probability `drop`.

    Only the seed matters: NumPy samples the mask for every backend and machine.
    """
    import numpy as np

    return np.asarray(np.random.Generator(np.random.PCG64(seed)).random(shape) >= float(drop))
