"""What a formula of numbers gives, worked out from the numbers as they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from gradviz.arrays.digits import plain_minus
from gradviz.story.maths.tree import Maths


class UnknownError(Exception):
    """A formula holds a piece whose value its text does not give: a name, words."""


def worked_out(maths: Maths, xp: Any) -> Any:
    """The value of a formula of numbers in a namespace. Raises UnknownError where there is none."""
    kind = maths.kind
    if kind == "number":
        return xp.asarray(_read(maths.text))
    if kind == "grid":
        rows = [[_read(cell.text) for cell in row.parts] for row in maths.parts]
        return xp.reshape(xp.asarray(rows), maths.shape)
    if kind not in ARITHMETIC:
        raise UnknownError(kind)
    parts = [worked_out(part, xp) for part in maths.parts]
    return ARITHMETIC[kind](xp, maths, *parts)


def _read(text: str) -> float:
    try:
        return float(Fraction(plain_minus(text)))
    except ValueError:
        raise UnknownError(text) from None


def _mul(xp: Any, maths: Maths, a: Any, b: Any) -> Any:
    if maths.text == "∗" or (maths.text == "·" and xp.shape(a) and xp.shape(b)):
        raise UnknownError("a product of arrays")
    return a * b


def _product(xp: Any, maths: Maths, a: Any, b: Any) -> Any:
    if not (xp.shape(a) and xp.shape(b)):
        raise UnknownError("a product of scalars")
    return xp.matmul(a, b)


def _call(xp: Any, maths: Maths, *arguments: Any) -> Any:
    if maths.text not in FUNCTIONS:
        raise UnknownError(maths.text)
    return getattr(xp, maths.text)(*arguments)


FUNCTIONS: Final = ("exp", "log")
"""Of calls, those that a reader has on a calculator."""
ARITHMETIC: Final[Mapping[str, Callable[..., Any]]] = {
    "add": lambda xp, maths, a, b: a + b,
    "sub": lambda xp, maths, a, b: a - b,
    "mul": _mul,
    "div": lambda xp, maths, a, b: a / b,
    "over": lambda xp, maths, a, b: a / b,
    "product": _product,
    "neg": lambda xp, maths, x: -x,
    "call": _call,
    "pow": lambda xp, maths, base, exponent: base**exponent,
}
