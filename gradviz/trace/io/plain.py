"""Values as plain JSON data, and back, bit for bit."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from itertools import chain
from typing import Any

from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.declared import DECLARED
from gradviz.graph.graph import INPUT, Node
from gradviz.ops.op import Shape, say_shape
from gradviz.trace.io.exact import ExactReader

NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How floats that JSON lacks are written."""

FRACTION = re.compile(r"-?[0-9]{1,4000}/[1-9][0-9]{0,3999}")
FETCH = Callable[[str], Any]
"""What gives the array that an `.npz` keeps under a key."""
PLAIN = bool | int | float | str | None

compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def lines(rows: Iterable[str], brackets: str) -> str:
    """JSON of a list or an object, a row on each line."""
    body = ",\n  ".join(rows)
    return f"{brackets[0]}\n  {body}\n {brackets[1]}" if body else brackets


def encode(xp: Any, value: Any) -> Any:
    """A value of the namespace `xp` as numbers, truth values or text in nested lists."""
    data = xp.plain(value)
    return data if not isinstance(data, float) and xp.finite(value) else named(data)


def named(data: Any) -> Any:
    """Nested lists with NaN and infinities as text."""
    if isinstance(data, list):
        return [named(v) for v in data]
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
    return data


def encode_option(value: Any) -> Any:
    """An option's value as plain JSON data; a fraction is text such as "1/3".

    Raises TypeError for a value that has no such form.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [encode_option(v) for v in value]
    if isinstance(value, dict):
        return {str(k): encode_option(v) for k, v in value.items()}
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if value is None or isinstance(value, bool | int | float | str):
        return named(value)
    raise TypeError(type(value).__name__)


def options_of(node: Node) -> dict[str, Any]:
    """The options of a node as plain JSON data.

    Of what else an input may hold, arrays and functions are left out: what they made stands among
    the values. Raises TraceFormatError for an option that JSON cannot hold.
    """
    declared = DECLARED if node.op == INPUT else node.options
    kept = {k: v for k, v in node.options.items() if k in declared or isinstance(v, PLAIN)}
    return {k: option_of(node, v) for k, v in kept.items()}


def option_of(node: Node, value: Any) -> Any:
    """One option of a node as plain JSON data. Raises TraceFormatError if JSON cannot hold it."""
    try:
        return encode_option(value)
    except TypeError as error:
        raise TraceFormatError(
            f"node {node.id}, {node.op}, has an option that JSON cannot hold",
            expected="numbers, truth values, text, None, fractions, or lists and arrays of them",
            got=error,
        ) from None


def decode_option(data: Any) -> Any:
    """Inverse of `encode_option`; sequences come as lists."""
    if isinstance(data, list):
        return [decode_option(v) for v in data]
    if isinstance(data, dict):
        return {k: decode_option(v) for k, v in data.items()}
    if isinstance(data, str):
        return Fraction(data) if FRACTION.fullmatch(data) else NAMES.get(data, data)
    return data


def flat(data: Any, shape: Shape, where: str) -> list[Any]:
    """The elements of nested lists of a known shape.

    Raises TraceFormatError if their shape is a different one.
    """
    level = [data]
    for size in shape:
        for row in level:
            if type(row) is not list or len(row) != size:
                got = f"a list of {len(row)}" if type(row) is list else f"{row!r:.40}"
                raise _misfit(shape, where, f"{got} where a list of {size} should be")
        level = list(chain.from_iterable(level))
    if list in set(map(type, level)):
        raise _misfit(shape, where, "lists that are nested deeper")
    return level


def _misfit(shape: Shape, where: str, got: str) -> TraceFormatError:
    expected = f"the shape {say_shape(shape)}" if shape else "a scalar"
    return TraceFormatError(
        "a value does not have the shape of its node", where=where, expected=expected, got=got
    )


class Decoder:
    """Reads values of one trace into the arrays of a namespace.

    `fetch` gives the array that an `.npz` keeps under a key; None if there is no such file.
    `symbols` are the names that stand for themselves in exact values.
    """

    def __init__(
        self, xp: Any, fetch: FETCH | None = None, *, symbols: Collection[str] = ()
    ) -> None:
        self.xp, self.fetch = xp, fetch
        self._exact = ExactReader(xp, symbols) if xp.name == "exact" else None

    def __call__(
        self, data: Any, shape: Shape, where: str, *, as_is: bool = False, condition: bool = False
    ) -> Any:
        """The array of `shape` that `data` stands for. Raises TraceFormatError naming `where`.

        as_is      whole numbers and truth values stay what they are: indices, labels and
                   conditions.
        condition  an empty array is read as truth values rather than as numbers.
        """
        if is_reference(data):
            return self._fetched(data["npz"], shape, where, as_is)
        try:
            elements = flat(data, shape, where)
            if not elements:
                empty = self.xp.zeros(shape)
                return self.xp.greater(empty, empty) if condition and self._exact is None else empty
            if self._exact is not None:
                return self.xp.reshape(
                    self.xp.stack([self._text(e, where) for e in elements]), shape
                )
            return self._numbers(elements, shape, where, as_is)
        except TraceFormatError as error:
            error.where = error.where or where
            raise
        except (GradvizError, ValueError, OverflowError) as error:
            raise TraceFormatError("a value cannot be read", where=where, got=error) from None

    def _text(self, element: Any, where: str) -> Any:
        if not isinstance(element, str) or self._exact is None:
            raise TraceFormatError(
                "a value is not exact",
                where=where,
                expected='text such as "1/3"',
                got=f"{element!r:.40}",
            )
        return self._exact(element)

    def _numbers(self, elements: list[Any], shape: Shape, where: str, as_is: bool) -> Any:
        kinds = set(map(type, elements))
        if str in kinds:
            elements = [NAMES.get(e, e) if isinstance(e, str) else e for e in elements]
            kinds = set(map(type, elements))
        if not (kinds == {bool} or kinds <= {int, float}):
            wrong = next(e for e in elements if type(e) not in (int, float))
            raise TraceFormatError(
                "a value is not a number",
                where=where,
                expected=f"numbers, {', '.join(map(repr, NAMES))}, or truth values throughout",
                got=f"{wrong!r:.40}",
            )
        if kinds != {bool} and not (as_is and kinds == {int}):
            elements = list(map(float, elements))
        make = self.xp.asindex if as_is else self.xp.asarray
        with self.xp.quiet():
            array = make(elements if shape else elements[0])
        if array.dtype.kind not in "fiub":
            raise TraceFormatError("an index is too large", where=where, got=f"{elements!r:.40}")
        return self.xp.reshape(array, shape) if shape else array

    def _fetched(self, key: str, shape: Shape, where: str, as_is: bool) -> Any:
        if self.fetch is None:
            raise TraceFormatError(
                "this trace keeps large arrays in a file next to it",
                where=where,
                expected="arrays written inline",
                got=f"the entry {key!r} of an .npz",
                hint="read it from its file: Trace.load(path)",
            )
        found = self.fetch(key)
        if tuple(found.shape) != shape:
            raise _misfit(shape, where, f"{say_shape(found.shape)} in the .npz, under {key!r}")
        if found.dtype.kind not in "fiub" or self._exact is not None:
            raise TraceFormatError(
                "the .npz holds an array of the wrong type",
                where=where,
                got=f"{key!r}: {found.dtype}",
            )
        return self.xp.asindex(found) if as_is else self.xp.asarray(found)

    def bits(self, value: Any) -> Any:
        """A key that is equal for values that are the same bit for bit; all NaNs are the same."""
        if self._exact is not None:
            return value.tolist()
        return self.xp.where(self.xp.isnan(value), math.nan, value).tobytes()


def is_reference(data: Any) -> bool:
    """Whether data stands for an array that is kept in an `.npz`."""
    return isinstance(data, dict) and list(data) == ["npz"] and isinstance(data["npz"], str)
