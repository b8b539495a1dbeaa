"""Things on one row that each cover some columns, found by the window that they touch."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Stretches(Generic[Item]):
    """Items with their first and last columns. A window costs what it holds, however long the row is."""

    def __init__(self, items: Iterable[tuple[int, int, Item]]) -> None:
        self._items = sorted(((place, *item) for place, item in enumerate(items)), key=lambda item: item[1])
        self._firsts = [first for _, first, _, _ in self._items]
        self._lasts = list(accumulate((last for _, _, last, _ in self._items), max))

    def within(self, start: int, stop: int) -> list[Item]:
        """The items that touch the columns from `start` to before `stop`, in the order in which they were given."""
        near = self._items[bisect_left(self._lasts, start) : bisect_left(self._firsts, stop)]
        return [item for _, _, last, item in sorted(near) if last >= start]
