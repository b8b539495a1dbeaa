"""Symbols of the exact backend, one for each element: `symbols`, `symbols:2x3`."""

from math import prod

from gradviz.errors import ValueInputError
from gradviz.ops.op import Shape
from gradviz.sources.values import Asked, Given, Value

PREFIX = "symbols"
UPSTREAM = "u"
MOST = 1000
"""Elements; formulas of more are unreadable."""


def read(asked: Asked) -> Given:
    """Real symbols named after the input, x, or W_12 in row 1 and column 2, counted from 1; those
    of an upstream gradient are called u.

    Without a shape, they have the one that the input declares, or are a scalar. Raises
    ValueInputError.
    """
    from gradviz.arrays.exact import symbols

    name = UPSTREAM if asked.name == "upstream" else asked.name
    return Given(symbols(name, _shape(asked)))


def _shape(asked: Asked) -> Shape:
    word, colon, sizes = asked.text.partition(":")
    try:
        shape = tuple(map(int, sizes.split("x"))) if colon else asked.shape or ()
        if word != PREFIX or min(shape, default=1) < 1 or prod(shape) > MOST:
            raise ValueError
    except ValueError:
        raise ValueInputError(
            f"the value of {asked.name} cannot be made of symbols",
            expected=f"symbols or symbols:2x3, up to {MOST:,} of them",
            got=asked.text,
        ) from None
    return shape


VALUE = Value("symbols", read, prefix=PREFIX, is_fitted=True)
