"""The namespace that writes Python: running a formula on it gives its float arithmetic as text."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

from gradviz.arrays.choosing import Choosing
from gradviz.arrays.namespace import ScalarNamespace, functions
from gradviz.arrays.scalars import Floats

FLOATS = Floats()


class Term:
    """A piece of Python: an expression that gives a float, or a condition.

    `value` is its value if that is known; arithmetic on known values is done at once.
    """

    __slots__ = ("text", "value")

    def __init__(self, text: str, value: float | None = None) -> None:
        self.text, self.value = text, value

    def __add__(self, other: Any) -> Term:
        return _binary("+", operator.add, self, other)

    def __radd__(self, other: Any) -> Term:
        return _binary("+", operator.add, other, self)

    def __sub__(self, other: Any) -> Term:
        return _binary("-", operator.sub, self, other)

    def __rsub__(self, other: Any) -> Term:
        return _binary("-", operator.sub, other, self)

    def __mul__(self, other: Any) -> Term:
        return _binary("*", operator.mul, self, other)

    def __rmul__(self, other: Any) -> Term:
        return _binary("*", operator.mul, other, self)

    def __truediv__(self, other: Any) -> Term:
        return _binary("/", operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Term:
        return _binary("/", operator.truediv, other, self)

    def __pow__(self, other: Any) -> Term:
        return _power(self, other)

    def __rpow__(self, other: Any) -> Term:
        return _power(other, self)

    def __neg__(self) -> Term:
        return Term(f"(-{self.text})") if self.value is None else number(-self.value)

    def __bool__(self) -> NoReturn:
        raise TypeError("a formula that depends on a number's value cannot be written as code")

    def __getattr__(self, name: str) -> NoReturn:
        raise TypeError("a formula that takes a number apart cannot be written as code")


def number(value: Any) -> Term:
    """A number, or a term as it is. Raises TypeError for anything else."""
    if isinstance(value, Term):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise TypeError(f"{value!r} is not a number that can be written as code")
    value = float(value)
    text = repr(value)  # also inf and nan, which are among the NAMES
    return Term(f"({text})" if text.startswith("-") else text, value)


def _binary(sign: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Term:
    a, b = number(a), number(b)
    if a.value is not None and b.value is not None:
        try:
            return number(apply(a.value, b.value))
        except ArithmeticError:  # left to the run, which takes such a step with NumPy
            pass
    return Term(f"({a.text} {sign} {b.text})")


def _power(a: Any, b: Any) -> Term:
    """A power, kept real where Python could give a complex number."""
    base, exponent = number(a), number(b)
    if exponent.value == 1:
        return base
    power = f"({base.text} ** {exponent.text})"
    return Term(
        power if exponent.value is not None and exponent.value.is_integer() else f"real{power}"
    )


def _compared(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def written(a: Any, b: Any) -> Any:
        a, b = number(a), number(b)
        known = a.value is not None and b.value is not None
        return compare(a.value, b.value) if known else Term(f"({a.text} {sign} {b.text})")

    return written


def _where(condition: Any, a: Any, b: Any) -> Any:
    if isinstance(condition, bool):
        return a if condition else b
    return Term(f"({number(a).text} if {condition.text} else {number(b).text})")


def _called(name: str) -> Callable[..., Term]:
    def written(*operands: Any) -> Term:
        terms = [number(o) for o in operands]
        if all(t.value is not None for t in terms):
            try:
                return number(FUNCTIONS[name](*(t.value for t in terms)))
            except (ArithmeticError, ValueError):  # left to the run, which follows IEEE 754
                pass
        return Term(f"{name}({', '.join(t.text for t in terms)})")

    return written


class Code(Choosing):
    """Values are terms; a function that is not written out becomes a call of that of `Floats`."""

    name, pi = FLOATS.name, FLOATS.pi
    greater = staticmethod(_compared(">", operator.gt))
    greater_equal = staticmethod(_compared(">=", operator.ge))
    less = staticmethod(_compared("<", operator.lt))
    less_equal = staticmethod(_compared("<=", operator.le))
    equal = staticmethod(_compared("==", operator.eq))
    not_equal = staticmethod(_compared("!=", operator.ne))
    where = staticmethod(_where)

    def maximum(self, a: Any, b: Any) -> Term:
        """The larger of two values; NaN if either is."""
        return self._chosen("maximum", ">", a, b)

    def minimum(self, a: Any, b: Any) -> Term:
        """The smaller of two values; NaN if either is."""
        return self._chosen("minimum", "<", a, b)

    def _chosen(self, name: str, sign: str, a: Any, b: Any) -> Term:
        a, b = number(a), number(b)
        if a.text.isidentifier() and (b.text.isidentifier() or b.value is not None):
            return Term(
                f"({a.text} if {a.text} {sign} {b.text} or {a.text} != {a.text} else {b.text})"
            )
        return _called(name)(a, b)

    def asarray(self, value: Any) -> Any:
        """A number, a Fraction or "pi" as a term; a condition stays one."""
        if isinstance(value, bool):
            return value
        return number(math.pi if isinstance(value, str) and value == "pi" else value)

    def __getattr__(self, name: str) -> Callable[..., Term]:
        return _called(name) if name in FUNCTIONS else getattr(FLOATS, name)


def real(value: Any) -> float:
    """A float unchanged, a whole number as a float.

    Raises TypeError for what is not a float, such as a complex number.
    """
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise TypeError(f"{value!r} is not a float")


FUNCTIONS = {name: getattr(FLOATS, name) for name in functions(ScalarNamespace)}
NAMES = {**FUNCTIONS, "real": real, "nan": math.nan, "inf": math.inf}
"""The names that the text of a term refers to."""


if TYPE_CHECKING:
    _: ScalarNamespace = Code()
