"""What is pending: what the parser holds before it becomes a node.

An operand may still turn out to be the value of an option.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from gradviz.errors import Span


class Ref(NamedTuple):
    """An expression that is already a node."""

    node: int
    span: Span


class Plain(NamedTuple):
    """A number, boolean, text or None as written.

    `bare` means without brackets around it.
    """

    value: Any
    span: Span
    bare: bool = True

    @property
    def is_number(self) -> bool:
        """Whether it can be an operand."""
        return isinstance(self.value, int | float)


class Row(NamedTuple):
    """Parts between brackets, with commas: `[…]` is an array or option, `(…)` only an option."""

    items: tuple[Part, ...]
    span: Span
    bracket: str

    @property
    def depth(self) -> int:
        """How many brackets are nested directly."""
        return 1 + max((item.depth for item in self.items if isinstance(item, Row)), default=0)

    @property
    def is_number(self) -> bool:
        """Whether it is an array literal of numbers only."""
        inner = all(not isinstance(item, Ref) and item.is_number for item in self.items)
        return self.bracket == "[" and inner


Part = Ref | Plain | Row


def plain(part: Part) -> Any:
    """The value of a literal, `(…)` as a tuple, `[…]` as a list; otherwise the part itself."""
    return _value(part) if _is_plain(part) else part


def _is_plain(part: Part) -> bool:
    return all(map(_is_plain, part.items)) if isinstance(part, Row) else not isinstance(part, Ref)


def _value(part: Part) -> Any:
    if isinstance(part, Row):
        values = [_value(item) for item in part.items]
        return values if part.bracket == "[" else tuple(values)
    return part.value if isinstance(part, Plain) else part


def misfit(row: Row) -> Part | None:
    """The first item, at any depth, whose rows do not fit those before it; None if there is none.

    The shape of a node is unknown and fits everything.
    """
    return _measure(row)[2]


def _measure(part: Part) -> tuple[tuple[int, ...], bool, Part | None]:
    """The leading sizes of an array literal, whether these are all its sizes, and its first
    misfit.
    """
    if not isinstance(part, Row):
        return (), isinstance(part, Plain), None
    sizes: tuple[int, ...] = ()
    complete = False
    for item in part.items:
        found, all_of_it, wrong = _measure(item)
        if wrong is None and not _agree(sizes, complete, found, all_of_it):
            wrong = item
        if wrong is not None:
            return (), True, wrong
        if len(found) > len(sizes):
            sizes = found
        complete = complete or all_of_it
    return (len(part.items), *sizes), complete or not part.items, None


def _agree(a: Sequence[int], a_complete: bool, b: Sequence[int], b_complete: bool) -> bool:
    """Whether two runs of leading sizes can belong to arrays of one shape."""
    shared = min(len(a), len(b))
    if list(a[:shared]) != list(b[:shared]):
        return False
    return not (a_complete and len(b) > len(a)) and not (b_complete and len(a) > len(b))
