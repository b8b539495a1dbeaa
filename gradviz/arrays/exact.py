"""The namespace of exact numbers and symbols: NumPy's object arrays of sympy expressions.

They are written as text in our own grammar. Only this module and `exact_*` beside it import sympy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from sympy.logic.boolalg import Boolean
from sympy.printing.str import StrPrinter

from gradviz.arrays import exact_growth
from gradviz.arrays.namespace import Backend, Value, frozen
from gradviz.arrays.objects import NUMPY, ObjectArrays
from gradviz.errors import DomainError, ValueInputError


def lift(function: Callable[..., Any], operands: int) -> Callable[..., Any]:
    """A function of sympy expressions as one of object arrays, broadcasting as NumPy does."""
    spread = np.frompyfunc(function, operands, 1)

    def lifted(*values: Any) -> Any:
        with np.errstate(all="ignore"):  # what sympy tries in floats concerns nobody
            return spread(*(boxed(v) for v in values))

    return lifted


def boxed(value: Any) -> Any:
    """An object array of sympy expressions from numbers, nested lists, arrays or expressions."""
    if isinstance(value, sp.Basic):
        return _zero_d(value)
    array = np.asarray(value, dtype=object)
    if all(isinstance(v, sp.Basic) for v in array.flat):
        return array
    return _zero_d(number(array[()])) if array.ndim == 0 else np.frompyfunc(number, 1, 1)(array)


def _zero_d(value: Value) -> Value:
    array = np.empty((), dtype=object)
    array[()] = value
    return array


def number(value: Any) -> Any:
    """One exact number: a float is read as its shortest decimal, so 0.1 is one tenth.

    Raises DomainError for NaN and infinities, ValueInputError for what is not a real number.
    """
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, str) and value == "pi":
        return sp.pi
    if isinstance(value, bool | np.bool_):
        return sp.true if value else sp.false
    if isinstance(value, int | np.integer):
        return sp.Integer(int(value))
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    try:
        fraction = Fraction(value if isinstance(value, str) else repr(float(value)))
    except (ValueError, TypeError, OverflowError):
        if isinstance(value, float | np.floating) or str(value).lower().strip("-+") in (
            "nan",
            "infinity",
            "inf",
        ):
            raise DomainError(
                "the exact backend takes finite numbers only",
                got=value,
                hint="leave --backend exact out",
            ) from None
        raise ValueInputError("not a real number", got=f"{value!r:.40}") from None
    return sp.Rational(fraction.numerator, fraction.denominator)


def _decided(condition: Value) -> bool | None:
    """A condition's truth, or None while it depends on a symbol."""
    if condition in (True, sp.true):
        return True
    return False if condition in (False, sp.false) else None


def _is_condition(value: Value) -> bool:
    """Whether a value is a condition; to sympy a symbol could be one."""
    return isinstance(value, bool | Boolean) and not isinstance(value, sp.Symbol)


def real(value: Value) -> Value:
    """A number unchanged; a condition becomes 1 where it holds, else 0."""
    return choose(value, sp.Integer(1), sp.Integer(0)) if _is_condition(value) else value


def choose(condition: Value, a: Value, b: Value) -> Value:
    """a where the condition holds, else b; a Piecewise while it is undecided."""
    if not _is_condition(condition):
        condition = sp.Ne(condition, 0)
    truth = _decided(condition)
    if truth is None:
        return a if a == b else sp.Piecewise((a, condition), (b, True))
    return a if truth else b


def _exp(x: Value) -> Value:
    exact_growth.require_small_exponential(x)
    return sp.exp(x)


def _root(x: Value) -> Value:
    exact_growth.require_small_root(x)
    return sp.sqrt(x)


def _larger(a: Value, b: Value) -> Value:
    return choose(sp.Ge(a, b), a, b)


def _smaller(a: Value, b: Value) -> Value:
    return choose(sp.Le(a, b), a, b)


class Exact(ObjectArrays):
    """Values are object arrays of sympy expressions; undecided comparisons give Piecewise."""

    name, dtype, is_symbolic = "exact", "exact", True
    pi = sp.pi
    exp, log, sqrt, erf, erfc = (
        staticmethod(lift(f, 1)) for f in (_exp, sp.log, _root, sp.erf, sp.erfc)
    )
    sin, cos, tan, sinh, cosh, tanh = (
        staticmethod(lift(f, 1)) for f in (sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh)
    )
    arcsin, arccos, arctan, abs, sign = (
        staticmethod(lift(f, 1)) for f in (sp.asin, sp.acos, sp.atan, sp.Abs, sp.sign)
    )
    arctan2 = staticmethod(lift(sp.atan2, 2))
    log2, log10 = (staticmethod(lift(lambda x, base=base: sp.log(x, base), 1)) for base in (2, 10))
    log1p = staticmethod(lift(lambda x: sp.log(1 + x), 1))
    expm1 = staticmethod(lift(lambda x: _exp(x) - 1, 1))
    sigmoid = staticmethod(lift(lambda x: 1 / (1 + _exp(-x)), 1))
    logaddexp = staticmethod(lift(lambda a, b: sp.log(_exp(a) + _exp(b)), 2))
    greater, greater_equal, less, less_equal, equal, not_equal = (
        staticmethod(lift(f, 2)) for f in (sp.Gt, sp.Ge, sp.Lt, sp.Le, sp.Eq, sp.Ne)
    )
    where = staticmethod(lift(choose, 3))
    maximum, minimum = staticmethod(lift(_larger, 2)), staticmethod(lift(_smaller, 2))
    reshape = staticmethod(NUMPY.reshape)
    broadcast_to = staticmethod(lambda x, shape: np.broadcast_to(boxed(x), shape))

    def asarray(self, value: Any) -> Value:
        """`value` as an object array of sympy expressions."""
        return boxed(value)

    asindex = asarray

    def asreal(self, value: Any) -> Value:
        """`value` as numbers to compute with: a condition is 1 where it holds, else 0."""
        return boxed(lift(real, 1)(value))

    def symbol(self, name: str) -> Value:
        """A real symbol, as a scalar."""
        return _zero_d(sp.Symbol(name, real=True))

    def number(self, value: Any) -> Any:
        """An option as formulas use it: floats become fractions."""
        return number(value) if isinstance(value, float | Fraction) else frozen(value)

    def limit(self, value: Value, where: Value, instead: Value) -> Value:
        """`value`, or its limit `instead` where the condition is known to hold."""
        return lift(lambda v, c, i: i if _decided(c) else v, 3)(value, where, instead)

    def max(self, x: Value, axis: Any = None, keepdims: bool = False) -> Value:
        """The largest element along axes."""
        return self._fold(_larger, x, axis, keepdims)

    def min(self, x: Value, axis: Any = None, keepdims: bool = False) -> Value:
        """The smallest element along axes."""
        return self._fold(_smaller, x, axis, keepdims)

    def _fold(self, function: Any, x: Value, axis: Any, keepdims: bool) -> Value:
        gone = tuple(range(x.ndim)) if axis is None else tuple(np.atleast_1d(axis) % max(x.ndim, 1))
        rest = tuple(i for i in range(x.ndim) if i not in gone)
        lined = np.transpose(x, rest + gone).reshape(*(x.shape[i] for i in rest), -1)
        folded = boxed(np.frompyfunc(function, 2, 1).reduce(lined, axis=-1))
        return (
            folded.reshape([1 if i in gone else n for i, n in enumerate(x.shape)])
            if keepdims
            else folded
        )

    def winner(self, x: Value) -> Value:
        """Which element along the last axis is the first largest: a condition."""
        out = np.empty(x.shape, dtype=object)
        for place in np.ndindex(x.shape):
            row, here = x[place[:-1]], place[-1]
            before = [sp.Gt(row[here], row[i]) for i in range(here)]
            after = [sp.Ge(row[here], row[i]) for i in range(here + 1, len(row))]
            out[place] = sp.And(*before, *after)
        return out

    def whole(self, value: Value) -> Value:
        """Labels or indices as an array of integers.

        Raises ValueInputError for anything but whole numbers.
        """
        elements = [real(v) for v in boxed(value).flat]
        for element in elements:
            if not isinstance(element, sp.Integer):
                raise ValueInputError(
                    "labels and indices are whole numbers",
                    got=write(element),
                    hint="give their values" if element.free_symbols else "",
                )
            if not -(2**63) <= element < 2**63:
                raise ValueInputError("this label or index is too large", got=write(element))
        return np.array([int(v) for v in elements], dtype=np.int64).reshape(boxed(value).shape)

    def plain(self, value: Any) -> Any:
        """A value as nested lists of text in gradviz's own grammar."""
        array = boxed(value)
        return write(array[()]) if array.ndim == 0 else [self.plain(v) for v in array]

    def require_small_power(self, base: Any, exponent: Any) -> None:
        """Refuse a power that would have too many digits. Raises DomainError."""
        exact_growth.require_small_power(base, exponent)

    def check(self, value: Value, op: str) -> None:
        """Refuse results that are not real and finite, or have too many digits.

        Raises DomainError naming the op.
        """
        for element in dict.fromkeys(boxed(value).flat):  # many are often the same
            exact_growth.require_small_number(element)
            endless = element.has(sp.zoo, sp.oo, -sp.oo)
            if (
                endless
                or element.has(sp.nan)
                or getattr(element, "is_extended_real", None) is False
            ):
                raise DomainError(
                    f"{op} has no real, finite value here",
                    expected="real numbers inside the op's domain",
                    got=(
                        "infinity"
                        if endless
                        else "0/0"
                        if element.has(sp.nan)
                        else f"{write(element)}, not real"
                    ),
                    hint="leave --backend exact out: floats go on with infinity or NaN",
                )


if TYPE_CHECKING:
    _: Backend = Exact()


RELATIONS = {"Eq": "==", "Ne": "!="}
FUNCTIONS = {
    "Abs": "abs", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2",
}  # fmt: skip


class Writer(StrPrinter):  # type: ignore[misc]
    """sympy's text, with our names for its functions, in nothing but our own grammar.

    Piecewise becomes `where`.
    """

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        text = str(self._print(last))
        for value, condition in reversed(cases):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Function(self, expr: Any) -> str:
        name = FUNCTIONS.get(expr.func.__name__, expr.func.__name__)
        return f"{name}({', '.join(map(self._print, expr.args))})"

    _print_Abs = _print_Function  # noqa: N815

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"

    def _print_And(self, expr: Any) -> str:
        return " * ".join(f"({self._print(a)})" for a in sorted(expr.args, key=str))

    def _print_Or(self, expr: Any) -> str:
        return "maximum(" + ", ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_ITE(self, expr: Any) -> str:
        return f"where({', '.join(map(self._print, expr.args))})"

    def _print_Not(self, expr: Any) -> str:
        return f"1 - ({self._print(expr.args[0])})"

    def _print_BooleanTrue(self, expr: Any) -> str:
        return "True"

    def _print_BooleanFalse(self, expr: Any) -> str:
        return "False"

    def _print_Relational(self, expr: Any) -> str:
        symbol = RELATIONS.get(type(expr).__name__, str(expr.rel_op))
        return f"{self._print(expr.lhs)} {symbol} {self._print(expr.rhs)}"


@lru_cache(maxsize=1000, typed=True)  # in arrays many elements are often the same
def write(expression: Any) -> str:
    """The text of one exact number, condition or symbolic expression.

    Raises DomainError for a number of more digits than Python writes.
    """
    try:
        return str(Writer({"order": "lex"}).doprint(expression))
    except ValueError:
        raise DomainError(
            "an exact number has too many digits to be written",
            expected=f"at most {sys.get_int_max_str_digits()}",
        ) from None


def unknowns(name: str, shape: tuple[int, ...]) -> Value:
    """An array of real symbols, one for each element."""
    array = np.empty(shape, dtype=object)
    for place in np.ndindex(shape):
        array[place] = sp.Dummy(name, real=True)
    return array


def symbols(name: str, shape: tuple[int, ...]) -> Value:
    """Real symbols, W_12 in row 1 and column 2 of W; with more than nine of either W_1_12."""
    between = "_" if max(shape, default=1) > 9 else ""
    found = np.empty(shape, object)
    for place in np.ndindex(shape):
        index = between.join(str(i + 1) for i in place)
        found[place] = sp.Symbol(f"{name}_{index}" if shape else name, real=True)
    return found


def symbols_in(values: Iterable[Value]) -> list[str]:
    """The names of the symbols in some exact arrays, in order."""
    return sorted({s.name for v in values for e in boxed(v).flat for s in e.free_symbols})


def as_float(expression: Any, digits: int = 30) -> float:
    """The float nearest to an exact number; NaN unless the number is real and finite."""
    try:
        exact_growth.require_in_reach(expression)
        found = float(sp.N(expression, digits))
    except (TypeError, DomainError, OverflowError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def floats(value: Value, point: Mapping[str, float] | None = None) -> Value:
    """An exact array as float64; conditions stay unchanged.

    point  the numbers that symbols stand for, by name.
    """
    array = boxed(value)
    if point:
        array = np.array([_at(v, point) for v in array.flat], dtype=object).reshape(array.shape)
    if array.size and all(map(_is_condition, array.flat)):
        return np.array([bool(v) for v in array.flat]).reshape(array.shape)
    return np.array([as_float(v) for v in array.flat], dtype=float).reshape(array.shape)


def _at(expression: Any, point: Mapping[str, float]) -> Any:
    symbols = expression.free_symbols
    return expression.subs({s: point[s.name] for s in symbols}) if symbols else expression


ALIKE = sp.Float("1e-60", 60)
"""Numbers that agree in so many digits are the same, where sympy writes them differently."""


def different(a: Value, b: Value, point: Mapping[str, float]) -> Value:
    """Where two exact arrays hold different numbers: a condition for each element.

    point  the numbers that symbols stand for, by name. What has no real value there, or too many
           digits to be worked out, counts as equal.
    """
    pairs = np.broadcast_arrays(boxed(a), boxed(b))
    found = [_differ(x, y, point) for x, y in zip(*(p.flat for p in pairs), strict=True)]
    return np.array(found, dtype=bool).reshape(pairs[0].shape)


def _differ(a: Value, b: Value, at: Mapping[str, float]) -> bool:
    if a == b:
        return False
    if a.is_Rational and b.is_Rational:
        return True
    if _is_condition(a) or _is_condition(b):
        return None not in (_decided(a), _decided(b)) and _decided(a) != _decided(b)
    try:
        a, b = (_put_in(v, at) for v in (a, b))
        size = max(abs(sp.N(v, 20)) for v in (a, b))
        return bool(abs(sp.N(a - b, 30)) > ALIKE * size)
    except (DomainError, TypeError, ValueError, ArithmeticError):
        return False


def _put_in(expression: Any, at: Mapping[str, float]) -> Any:
    """The number that an expression is at a point. Raises DomainError for one of too many
    digits.
    """
    there = {s: number(at[s.name]) for s in expression.free_symbols}
    exact_growth.require_small(expression, there)
    found = expression.subs(there) if there else expression
    exact_growth.require_in_reach(found)
    return found


def same(a: Value, b: Value) -> bool | None:
    """Whether two expressions are equal everywhere, or None where sympy cannot tell."""
    difference = boxed(a)[()] - boxed(b)[()]
    if difference == 0:
        return True
    found = sp.simplify(difference.rewrite(sp.exp)).equals(0)
    return None if found is None else bool(found)
