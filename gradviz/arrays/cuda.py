"""The namespace that writes CUDA: running a formula on it gives its arithmetic as text, from which
`kernel` makes one launch on the device.

A kernel is straight-line: every statement gives a name to an expression, or stores one. Expressions
are calls, arithmetic and comparisons, so that a text means the same in C++ and in any language with
the functions of `PREAMBLE`. `T` is the float type; `i` counts the elements of the outputs.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from gradviz.arrays.choosing import Choosing
from gradviz.arrays.comparisons import COMPARISONS
from gradviz.arrays.namespace import ScalarNamespace, functions
from gradviz.arrays.scalars import Floats

FLOATS = Floats()

PREAMBLE = """
template<class A, class B> __device__ auto select(bool c, A a, B b) { return c ? a : b; }
template<class X, class I, class F> __device__ F load(const X& x, bool inside, I at, F otherwise) {
  return inside ? F(x[at]) : otherwise;
}
template<class A, class B> __device__ auto over(A a, B b) { return a / b; }
template<class A, class B> __device__ auto rest(A a, B b) { return a % b; }
template<class I> __device__ int narrow(I i) { return int(i); }
template<class T> __device__ T maximum(T a, T b) { return a > b || a != a ? a : b; }
template<class T> __device__ T minimum(T a, T b) { return a < b || a != a ? a : b; }
template<class T> __device__ T square(T x) { return x * x; }
template<class T> __device__ T power(T a, T b) { return pow(a, b); }
template<class T> __device__ T sign(T x) { return x > T(0) ? T(1) : x < T(0) ? T(-1) : x; }
template<class T> __device__ T sigmoid(T x) { return T(1) / (T(1) + exp(-x)); }
template<class T> __device__ T logaddexp(T a, T b) {
  if (a == b) return a + T(0.69314718055994530942);
  T d = a - b;
  return d > T(0) ? a + log1p(exp(-d)) : d <= T(0) ? b + log1p(exp(d)) : d;
}
template<class T> __device__ T absolute(T x) { return fabs(x); }
template<class T> __device__ T arcsin(T x) { return asin(x); }
template<class T> __device__ T arccos(T x) { return acos(x); }
template<class T> __device__ T arctan(T x) { return atan(x); }
template<class T> __device__ T arctan2(T y, T x) { return atan2(y, x); }
template<class T> __device__ T infinity(T one) { return one / T(0); }
"""
"""What a kernel may call besides the functions of CUDA's own mathematics."""

INFINITY = "infinity(T(1.0))"
PARAMETERS = 3900
"""Bytes of a kernel's parameters; CUDA takes 4 KiB everywhere."""


class Term:
    """A piece of CUDA: a number of the type T, or a condition.

    `value` is its value if that is known; arithmetic on known values is done at once.
    """

    __slots__ = ("is_condition", "text", "value")

    def __init__(
        self, text: str, value: float | None = None, *, is_condition: bool = False
    ) -> None:
        self.text, self.value, self.is_condition = text, value, is_condition

    def __neg__(self) -> Term:
        term = number(self)
        return Term(f"(-{term.text})") if term.value is None else number(-term.value)

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula that depends on a number's value cannot be written as a kernel")

    def __getattr__(self, name: str) -> NoReturn:
        raise TypeError("a formula that takes a number apart cannot be written as a kernel")

    __hash__ = None  # type: ignore[assignment]


def number(value: Any) -> Term:
    """A number, or a term as one: a condition is 1 or 0. Raises TypeError for anything else."""
    if isinstance(value, Term):
        return Term(f"T({value.text})") if value.is_condition else value
    if isinstance(value, bool):
        return number(int(value))
    if not isinstance(value, int | float | Fraction):
        raise TypeError(f"{value!r} is not a number that can be written as a kernel")
    value = float(value)
    if math.isnan(value):
        return Term(f"({INFINITY} - {INFINITY})", value)
    if math.isinf(value):
        return Term(INFINITY if value > 0 else f"(-{INFINITY})", value)
    return Term(f"T({value!r})", value)


def condition(value: Any) -> Any:
    """A condition: a bool if it is known; a number holds where it is not 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Term) and value.is_condition:
        return value
    return not_equal(value, 0)


def _binary(sign: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Term]:
    def written(a: Any, b: Any) -> Term:
        a, b = number(a), number(b)
        if a.value is not None and b.value is not None:
            try:
                return number(apply(a.value, b.value))
            except ArithmeticError:  # left to the device, which follows IEEE 754
                pass
        return Term(f"({a.text} {sign} {b.text})")

    return written


def _compared(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def written(a: Any, b: Any) -> Any:
        a, b = number(a), number(b)
        if a.value is not None and b.value is not None:
            return compare(a.value, b.value)
        return Term(f"({a.text} {sign} {b.text})", is_condition=True)

    return written


def _power(a: Any, b: Any) -> Term:
    """A power; those that NumPy computes another way are computed so here."""
    base, exponent = number(a), number(b)
    if base.value is not None and exponent.value is not None:
        return _called("power", math.pow)(base, exponent)
    if exponent.value == 1:
        return base
    if exponent.value in SHORT_POWERS:
        return Term(SHORT_POWERS[exponent.value].format(base.text))
    return Term(f"power({base.text}, {exponent.text})")


SHORT_POWERS = {2.0: "square({})", 0.5: "sqrt({})", -1.0: "(T(1.0) / {})"}


def _called(name: str, compute: Callable[..., Any]) -> Callable[..., Term]:
    def written(*operands: Any) -> Term:
        terms = [number(o) for o in operands]
        if all(t.value is not None for t in terms):
            try:
                return number(compute(*(t.value for t in terms)))
            except (ArithmeticError, ValueError):  # left to the device, which follows IEEE 754
                pass
        return Term(f"{name}({', '.join(t.text for t in terms)})")

    return written


OPERATORS = {
    "add": _binary("+", operator.add),
    "sub": _binary("-", operator.sub),
    "mul": _binary("*", operator.mul),
    "truediv": _binary("/", operator.truediv),
    "pow": _power,
}
not_equal = _compared(*COMPARISONS["not_equal"][:2])


def _reflected(written: Callable[[Any, Any], Term]) -> Callable[[Any, Any], Term]:
    return lambda a, b: written(b, a)


for _name, _written in OPERATORS.items():
    setattr(Term, f"__{_name}__", _written)
    setattr(Term, f"__r{_name}__", _reflected(_written))
for _sign, _compare, _method in COMPARISONS.values():
    setattr(Term, _method, _compared(_sign, _compare))


RENAMED = {"abs": "absolute"}


class Cuda(Choosing):
    """Values are terms."""

    name, pi = "cupy", FLOATS.pi

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in COMPARISONS:
            return _compared(*COMPARISONS[name][:2])
        if name in CALLABLE:
            return _called(RENAMED.get(name, name), getattr(FLOATS, name))
        raise AttributeError(f"kernels have no function {name}")

    def where(self, holds: Any, a: Any, b: Any) -> Any:
        """`a` where the condition holds, else `b`."""
        holds = condition(holds)
        if isinstance(holds, bool):
            return a if holds else b
        both = all(isinstance(v, bool) or (isinstance(v, Term) and v.is_condition) for v in (a, b))
        a, b = number(a), number(b)
        chosen = Term(f"select({holds.text}, {a.text}, {b.text})")
        return not_equal(chosen, 0) if both else chosen

    def asarray(self, value: Any) -> Any:
        """A number, a Fraction or "pi" as a term; a condition stays one."""
        if isinstance(value, bool) or (isinstance(value, Term) and value.is_condition):
            return value
        return number(math.pi if isinstance(value, str) and value == "pi" else value)

    def asreal(self, value: Any) -> Term:
        """A value as a number; a condition becomes 1 or 0."""
        return number(value)


CALLABLE = frozenset(functions(ScalarNamespace)) - set(COMPARISONS) - set(vars(Cuda))


def kernel(
    module: Any,
    name: str,
    taken: Sequence[str],
    made: Sequence[str],
    statements: Iterable[str],
    dtype: str,
) -> Any:
    """Statements as a kernel of CuPy, the `module`: compiled once for each text.

    taken, made  its parameters, "float32 x" for the element that is due, "raw float32 x" for an
                 array that is indexed.
    """
    return _kernel(module, name, ", ".join(taken), ", ".join(made), "\n".join(statements), dtype)


@cache
def _kernel(module: Any, name: str, taken: str, made: str, text: str, dtype: str) -> Any:
    c_type = {"float32": "float", "float64": "double"}[dtype]
    return module.ElementwiseKernel(
        taken,
        made,
        f"typedef {c_type} T;\n{text}",
        name=f"gradviz_{name}",
        preamble=PREAMBLE,
        return_tuple=True,
    )


def let(name: str, expression: str) -> str:
    """A statement that gives a name to an expression."""
    return f"const auto {name} = {expression};"


def put(target: str, expression: str) -> str:
    """A statement that stores an expression in an output, or at a place of one."""
    return f"{target} = {expression};"


if TYPE_CHECKING:
    _: ScalarNamespace = Cuda()
