"""Wires as rows of arms: straight strokes by row, and their arms in a window of one row."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise
from typing import Generic, NamedTuple, TypeVar

from gradviz.layout.grid.glyphs import DOWN, HEAVY, HORIZONTAL, LEFT, RIGHT, UP, VERTICAL
from gradviz.layout.grid.model import Point

Item = TypeVar("Item")


class Stretches(Generic[Item]):
    """Items with their first and last columns.

    The cost of a window depends on what it contains, not on the length of the row.
    """

    def __init__(self, items: Iterable[tuple[int, int, Item]]) -> None:
        self._items = sorted(
            ((place, *item) for place, item in enumerate(items)), key=lambda item: item[1]
        )
        self._firsts = [first for _, first, _, _ in self._items]
        self._lasts = list(accumulate((last for _, _, last, _ in self._items), max))

    def within(self, start: int, stop: int) -> list[Item]:
        """The items that touch the columns from `start` to before `stop`, in their given order."""
        near = self._items[bisect_left(self._lasts, start) : bisect_left(self._firsts, stop)]
        return [item for _, _, last, item in sorted(near) if last >= start]


Tag = TypeVar("Tag")
BAND = 16
"""Rows that share one list of vertical strokes."""


class Stroke(NamedTuple, Generic[Tag]):
    """A straight line of cells, `first` to `last` inclusive, on row `at` or in column `at`."""

    at: int
    first: int
    last: int
    tag: Tag


class Strokes(Generic[Tag]):
    """The strokes of some wires, each with a tag of its wire; found by row.

    With `merge`, strokes of one tag that overlap become one; without it they keep the order of the
    wires.
    """

    def __init__(
        self, paths: Iterable[tuple[Tag, tuple[Point, ...]]] = (), *, merge: bool = False
    ) -> None:
        across: list[Stroke[Tag]] = []
        along: list[Stroke[Tag]] = []
        for tag, path in paths:
            for (x0, y0), (x1, y1) in _pieces(path):
                if y0 == y1:
                    across.append(Stroke(y0, min(x0, x1), max(x0, x1), tag))
                else:
                    along.append(Stroke(x0, min(y0, y1), max(y0, y1), tag))
        rows: dict[int, list[Stroke[Tag]]] = {}
        bands: dict[int, list[Stroke[Tag]]] = {}
        for stroke in _merged(across) if merge else across:
            rows.setdefault(stroke.at, []).append(stroke)
        for stroke in _merged(along) if merge else along:
            for band in range(stroke.first // BAND, stroke.last // BAND + 1):
                bands.setdefault(band, []).append(stroke)
        self._across = {
            y: Stretches((s.first, s.last, s) for s in found) for y, found in rows.items()
        }
        self._along = {
            band: Stretches((s.at, s.at, s) for s in found) for band, found in bands.items()
        }

    def across(self, y: int, start: int, stop: int) -> list[Stroke[Tag]]:
        """The horizontal strokes on row `y` that touch columns `start` to before `stop`."""
        return self._across[y].within(start, stop) if y in self._across else []

    def along(self, y: int, start: int, stop: int) -> list[Stroke[Tag]]:
        """The vertical strokes through row `y` in the columns from `start` to before `stop`."""
        band = y // BAND
        near = self._along[band].within(start, stop) if band in self._along else []
        return [s for s in near if s.first <= y <= s.last]


def _pieces(path: tuple[Point, ...]) -> Iterable[tuple[Point, Point]]:
    """The straight pieces of a path, extended by a cell at both ends, under box borders."""
    (x0, y0), (x1, y1) = path[0], path[-1]
    points = [(x0 - 1, y0), *path[1:-1], (x1 + 1, y1)]
    return pairwise(points)


def _merged(strokes: Iterable[Stroke[Tag]]) -> list[Stroke[Tag]]:
    groups: dict[tuple[int, Tag], list[Stroke[Tag]]] = {}
    for stroke in strokes:
        groups.setdefault((stroke.at, stroke.tag), []).append(stroke)
    merged: list[Stroke[Tag]] = []
    for (at, tag), group in groups.items():
        spans = sorted((stroke.first, stroke.last) for stroke in group)
        first, last = spans[0]
        for start, stop in spans:
            if start > last:
                merged.append(Stroke(at, first, last, tag))
                first = start
            last = max(last, stop)
        merged.append(Stroke(at, first, last, tag))
    return merged


def light_arms(strokes: Strokes[int], y: int, start: int, stop: int) -> bytearray:
    """The arms of all wires in a window of row `y`; tags are values.

    Where two values cross, the horizontal wire is interrupted; arms of several directions in one
    cell are always arms of one value.
    """
    arms = bytearray(stop - start)
    own: dict[int, list[Stroke[int]]] = {}
    for stroke in strokes.across(y, start, stop):
        own.setdefault(stroke.tag, []).append(stroke)
        for index in _inside(stroke, start, stop):
            x = start + index
            arms[index] |= (RIGHT if x < stroke.last else 0) | (LEFT if x > stroke.first else 0)
    for stroke in strokes.along(y, start, stop):
        x, index = stroke.at, stroke.at - start
        vertical = (UP if y > stroke.first else 0) | (DOWN if y < stroke.last else 0)
        crossing = arms[index] == HORIZONTAL and vertical == VERTICAL
        if crossing and not any(run.first <= x <= run.last for run in own.get(stroke.tag, ())):
            arms[index] = vertical
        else:
            arms[index] |= vertical
    return arms


def light_roles(
    strokes: Strokes[int],
    roles: list[str],
    lit: Mapping[int, str],
    usual: str,
    y: int,
    start: int,
    stop: int,
) -> None:
    """Give the wires of a window the roles of their values; at a crossing the vertical one wins."""
    for stroke in strokes.across(y, start, stop):
        for index in _inside(stroke, start, stop):
            roles[index] = lit.get(stroke.tag, usual)
    for stroke in strokes.along(y, start, stop):
        roles[stroke.at - start] = lit.get(stroke.tag, usual)


def add_heavy(
    arms: bytearray, roles: list[str], strokes: Strokes[str], y: int, start: int, stop: int
) -> None:
    """Paint active wires over the light ones of the same window; tags are roles.

    An active wire interrupts a wire that it crosses; of two active ones the horizontal is
    interrupted. Arms of the same value that are not on the active path stay light.
    """
    for stroke in strokes.across(y, start, stop):
        for index in _inside(stroke, start, stop):
            x = start + index
            cell = 0 if arms[index] == VERTICAL else arms[index]
            cell = _heavier(cell, RIGHT) if x < stroke.last else cell
            arms[index] = _heavier(cell, LEFT) if x > stroke.first else cell
            roles[index] = stroke.tag
    for stroke in strokes.along(y, start, stop):
        index = stroke.at - start
        cell = 0 if arms[index] == HEAVY * HORIZONTAL else arms[index]
        cell = _heavier(cell, UP) if y > stroke.first else cell
        arms[index] = _heavier(cell, DOWN) if y < stroke.last else cell
        roles[index] = stroke.tag


def _heavier(cell: int, direction: int) -> int:
    return cell & ~(3 * direction) | HEAVY * direction


def _inside(stroke: Stroke[Tag], start: int, stop: int) -> range:
    return range(max(stroke.first, start) - start, min(stroke.last + 1, stop) - start)
