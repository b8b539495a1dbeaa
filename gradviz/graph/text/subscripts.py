"""Subscripts: what is between the brackets of `x[…]`, read into the plain form of the op `index`.

Whole numbers stay, slices are text such as "1:3", an ellipsis is "...", a new axis "newaxis"; a
list of whole numbers picks elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradviz.errors import ParseError
from gradviz.graph.text.cursor import Cursor
from gradviz.graph.text.grammar import NEW_AXIS
from gradviz.graph.text.tokens import NAME, NUMBER, STATEMENT_ENDS, Token

EXPECTED = "whole numbers, slices such as 1:3, ..., None or a list of whole numbers"


def read(cursor: Cursor) -> tuple[list[Any], Token]:
    """The entries between two brackets, and the closing one, which the cursor is left after.

    Raises ParseError.
    """
    entries, last = _listed(cursor, _entry)
    if not entries:
        raise cursor.error("the index is missing", last, expected=EXPECTED)
    return entries, last


def write(entries: Sequence[Any]) -> str:
    """The text between the brackets, inverse of `read`."""
    words = {"newaxis": NEW_AXIS[0]}
    return ", ".join(words.get(e, e) if isinstance(e, str) else str(e) for e in entries)


def _entry(cursor: Cursor) -> Any:
    if cursor.at("..."):
        return cursor.advance().text
    if cursor.token.kind == NAME and cursor.token.text in NEW_AXIS:
        cursor.advance()
        return "newaxis"
    if cursor.at("["):
        return _listed(cursor, _whole)[0]
    first = "" if cursor.at(":") else _whole(cursor)
    if not cursor.at(":"):
        return first
    bounds = [first]
    while cursor.at(":") and len(bounds) < 3:
        cursor.advance()
        bounds.append("" if any(map(cursor.at, ":,]")) else _whole(cursor))
    if bounds[2:] == [""]:
        bounds.pop()
    return ":".join(map(str, bounds))


def _listed(cursor: Cursor, item: Callable[[Cursor], Any]) -> tuple[list[Any], Token]:
    """Items between brackets, separated by commas, and the closing bracket."""
    cursor.enter()
    items = []
    while not cursor.at("]"):
        items.append(item(cursor))
        if not cursor.at(","):
            break
        cursor.advance()
    if not cursor.at("]"):
        raise _unreadable(cursor)
    return items, cursor.leave()


def _whole(cursor: Cursor) -> int:
    """A whole number with its sign."""
    sign = -1 if cursor.at("-") else 1
    if cursor.at("-") or cursor.at("+"):
        cursor.advance()
    value = cursor.token.value
    if cursor.token.kind != NUMBER or not isinstance(value, int):
        raise _unreadable(cursor)
    cursor.advance()
    return sign * value


def _unreadable(cursor: Cursor) -> ParseError:
    if cursor.token.kind in STATEMENT_ENDS or cursor.at(")"):
        return cursor.unclosed()
    hint = "an index is written in plain numbers; where(condition, a, b) chooses by a condition"
    return cursor.error("not a valid index", expected=EXPECTED, hint=hint)
