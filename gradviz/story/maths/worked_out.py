"""What a formula of numbers gives, worked out from the numbers as they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, Underflow
from fractions import Fraction
from typing import Any, Final

from gradviz.arrays.digits import plain_minus
from gradviz.ops.op import Shape
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


SMALLEST: Final = Decimal(2) ** -1075
"""Half of the smallest float: what is smaller is 0."""
PLACES: Final = 20


def underflows(maths: Maths) -> list[bool]:
    """For each number that a formula gives, whether it is not 0 but smaller than any float; empty
    where that cannot be told. It is worked out in decimals of any exponent.
    """
    context = Context(PLACES, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
    try:
        found = _decimals(maths, context)
    except UnknownError:
        return []
    is_small = (not v.is_nan() and v.copy_abs() < SMALLEST for v in found)
    return [
        small and (v != 0 or bool(context.flags[Underflow]))
        for v, small in zip(found, is_small, strict=True)
    ]


def _decimals(maths: Maths, context: Context) -> list[Decimal]:
    """The numbers of a formula, one, or one for each cell of its grids."""
    kind = maths.kind
    if kind == "number":
        return [_decimal(maths.text)]
    if kind == "grid":
        return [_decimal(cell.text) for row in maths.parts for cell in row.parts]
    if kind == "pow" and (maths.parts[0].kind, maths.parts[0].text) == ("name", "e"):
        return list(map(context.exp, _decimals(maths.parts[1], context)))
    if kind == "call" and maths.text == "exp":
        return list(map(context.exp, _decimals(maths.parts[0], context)))
    if kind == "transpose":
        return _turned(_decimals(maths.parts[0], context), maths.parts[0].shape)
    if kind == "product":
        a, b = maths.parts
        return _multiplied(_decimals(a, context), a.shape, _decimals(b, context), b.shape, context)
    if kind not in DECIMAL or (kind == "mul" and maths.text == "∗"):
        raise UnknownError(kind)
    parts = [_decimals(part, context) for part in maths.parts]
    size = max(map(len, parts))
    if any(len(part) not in (1, size) for part in parts):
        raise UnknownError("arrays of several sizes")
    cells = zip(*(part * (size // len(part)) for part in parts), strict=True)
    return [DECIMAL[kind](context, *cell) for cell in cells]


def _turned(cells: list[Decimal], shape: Shape) -> list[Decimal]:
    if len(shape) != 2:
        raise UnknownError("a transpose that is not of a matrix")
    return [cells[i * shape[1] + j] for j in range(shape[1]) for i in range(shape[0])]


def _multiplied(
    a: list[Decimal], shape: Shape, b: list[Decimal], other: Shape, context: Context
) -> list[Decimal]:
    """A product of matrices, or of a matrix and a vector. Raises UnknownError for other arrays."""
    if not 1 <= len(shape) <= 2 or not 1 <= len(other) <= 2 or shape[-1] != other[0]:
        raise UnknownError("a product of other arrays than matrices")
    inner, columns = shape[-1], other[1] if len(other) == 2 else 1
    if len(a) % inner or len(b) != inner * columns:
        raise UnknownError("arrays that are not written out")
    found = []
    for i in range(len(a) // inner):
        for j in range(columns):
            total = Decimal(0)
            for k in range(inner):
                met = context.multiply(a[i * inner + k], b[k * columns + j])
                total = context.add(total, met)
            found.append(total)
    return found


def _decimal(text: str) -> Decimal:
    try:
        fraction = Fraction(plain_minus(text))
    except ValueError:
        raise UnknownError(text) from None
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


DECIMAL: Final[Mapping[str, Callable[..., Decimal]]] = {
    "add": Context.add,
    "sub": Context.subtract,
    "mul": Context.multiply,
    "div": Context.divide,
    "neg": Context.minus,
    "pow": Context.power,
    "root": Context.sqrt,
}
