"""Nested lists of numbers: `@file.json`."""

from __future__ import annotations

from typing import Any

from gradviz.errors import FileError
from gradviz.files import read_text
from gradviz.sources.values import Asked, Given, Value

SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
"""Numbers that JSON lacks, as saved traces write them."""

MOST_AXES = 32

Place = tuple[int, ...]


def read(asked: Asked) -> Given:
    """A number or nested lists of numbers, rows of equal length.

    Integers of any size stay exact. Raises FileError or ParseError.
    """
    import json

    text = read_text(asked.path)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _unreadable(asked, "JSON", error) from None
    except RecursionError:
        raise _unreadable(asked, "a few levels of lists", "lists nested too deep") from None
    return Given(_checked(asked, found))


def _checked(asked: Asked, found: Any) -> Any:
    """The same with special numbers replaced; all lists of one level must have one length."""
    level: list[tuple[Place, Any]] = [((), found)]
    shape: list[int] = []
    while level and isinstance(level[0][1], list):
        size = len(level[0][1])
        if len(shape) == MOST_AXES:
            raise _unreadable(asked, f"at most {MOST_AXES} levels of lists", "more")
        for place, value in level:
            if not isinstance(value, list) or len(value) != size:
                got = f"{len(value)}" if isinstance(value, list) else _kind(value)
                raise _unreadable(asked, f"a list of {size}{_where(place)}, as in the first", got)
        shape.append(size)
        level = [((*place, k), v) for place, row in level for k, v in enumerate(row)]
    numbers = iter([_number(asked, place, value) for place, value in level])
    return _nested(numbers, shape)


def _nested(numbers: Any, shape: list[int]) -> Any:
    return [_nested(numbers, shape[1:]) for _ in range(shape[0])] if shape else next(numbers)


def _number(asked: Asked, place: Place, value: Any) -> float | int:
    if isinstance(value, str) and value in SPECIAL:
        return SPECIAL[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable(asked, f"a number{_where(place)}", _kind(value))
    return value


def _where(place: Place) -> str:
    return f" at [{', '.join(str(k + 1) for k in place)}]" if place else ""


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(value)[:60]}" if value else "an object"
    if isinstance(value, list):
        return "a list"
    import json

    return json.dumps(value)[:60]


def _unreadable(asked: Asked, expected: str, got: object) -> FileError:
    return FileError(
        f"{asked.path.name} does not contain an array of numbers",
        where=str(asked.path),
        expected=expected,
        got=got,
        hint="nested lists, as in [[1, 2], [3, 4]]",
    )


VALUE = Value("an array in a file", read, suffixes=(".json",))
