"""Wires of different values kept apart, so that an eye can follow each."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from gradviz.layout.cards import CardLayout
from gradviz.layout.curves import Box, Curve, Point, hull, pieces
from gradviz.layout.detour import Column, clear, columns, detour
from gradviz.layout.engines import Wire

NEAR: Final = 2.4
TOGETHER: Final = 22.0
"""Wires run together where they are nearer than NEAR for longer than TOGETHER."""
STEP: Final = 2.0
CELL: Final = 4.0
FORWARD: Final = ((0, 0), (1, 0), (-1, 1), (0, 1), (1, 1))
"""A cell and half of those around it, so that every pair of neighbours is met once."""
WAYS: Final = tuple(
    (lean, shift) for shift in (0, -7, 7, -14, 14) for lean in (0.5, 0.35, 0.65, 0.2, 0.8)
)
"""The detours that are tried: where in a channel they bend, and how much lower they run."""
AROUND: Final = 7.0
"""How far from a crossing a wire is cased."""
Track = list[Point]
Cells = dict[tuple[float, float], list[Point]]


class _Tracks:
    """The tracks of wires, and the cells of each once they are asked for."""

    def __init__(self, wires: Mapping[Wire, Curve]) -> None:
        self.of = {wire: track(curve) for wire, curve in wires.items()}
        self._cells: dict[Wire, Cells] = {}

    def cells(self, wire: Wire) -> Cells:
        """The points of a wire by the cells that they lie in or next to."""
        if wire not in self._cells:
            self._cells[wire] = _cells(self.of[wire])
        return self._cells[wire]

    def move(self, wire: Wire, curve: Curve) -> None:
        """Run a wire another way."""
        self.of[wire] = track(curve)
        self._cells.pop(wire, None)

    def are_together(self, one: Wire, other: Wire) -> bool:
        """Whether two wires run together."""
        return _together(self.of[one], self.cells(other))

    def pairs(self) -> Iterator[tuple[Wire, Wire]]:
        """The pairs of wires of different values that run together."""
        at: dict[tuple[float, float], set[Wire]] = {}
        for wire, way in self.of.items():
            for cell in {(point.x // CELL, point.y // CELL) for point in way}:
                at.setdefault(cell, set()).add(wire)
        near = {
            (min(a, b), max(a, b))
            for (column, row), here in at.items()
            for there in (at.get((column + i, row + j)) for i, j in FORWARD)
            if there is not None
            for a in here
            for b in there
            if a[0] != b[0]
        }
        return (pair for pair in sorted(near) if self.are_together(*pair))


def kept_apart(layout: CardLayout) -> CardLayout:
    """The layout with each wire that runs together with one of another value on another way, if
    there is one that is clear.
    """
    tracks = _Tracks(layout.wires)
    standing = columns(layout.boxes.values())
    wires = dict(layout.wires)
    tried: set[Wire] = set()  # so that a bundle of wires that cannot part is soon left as it is
    for one, other in list(tracks.pairs()):
        left = [wire for wire in (other, one) if wire not in tried]
        if not left or not tracks.are_together(one, other):
            continue
        for wire in left:
            tried.add(wire)
            if curve := _another(wire, wires[wire], standing, tracks, layout):
                wires[wire] = curve
                tracks.move(wire, curve)
                break
    return replace(layout, wires=wires)


def _another(
    wire: Wire, curve: Curve, standing: list[Column], tracks: _Tracks, layout: CardLayout
) -> Curve:
    """Another way for a wire, clear of all cards and apart from all other wires; empty if none."""
    start, end = curve[0], curve[-1]
    lefts = [column.left for column in standing]
    between = standing[bisect_right(lefts, start.x) - 1 : bisect_left(lefts, end.x + 0.5)]
    others = [key for key in tracks.of if key[0] != wire[0]]
    bounds = Box(0.0, 0.0, layout.width, layout.height)
    for lean, shift in WAYS:
        tried = detour(start, end, between, lean, shift)
        around = hull(tried)
        inside = bounds.x <= around.x and around.right <= bounds.right
        inside = inside and bounds.y <= around.y and around.bottom <= bounds.bottom
        if not inside or not clear(tried, standing, lefts):
            continue
        way = track(tried)
        if not any(_together(way, tracks.cells(key)) for key in others):
            return tried
    return ()


Crossings = Mapping[Wire, Sequence[Curve]]


def crossings(curves: Mapping[Wire, Curve]) -> Crossings:
    """For each wire the pieces of it where it crosses wires of other values."""
    tracks = {wire: track(curve) for wire, curve in curves.items()}
    at: dict[tuple[float, float], dict[Wire, int]] = {}
    for wire, way in tracks.items():
        for i, point in enumerate(way):
            at.setdefault((point.x // CELL, point.y // CELL), {}).setdefault(wire, i)
    spans: dict[Wire, list[tuple[int, int]]] = {}
    for cell, sharing in at.items():
        if len({wire[0] for wire in sharing}) < 2:
            continue
        middle = Point((cell[0] + 0.5) * CELL, (cell[1] + 0.5) * CELL)
        for wire, start in sharing.items():
            way = tracks[wire]
            if all(math.dist(p, middle) > 2 * AROUND for p in (way[0], way[-1])):
                spans.setdefault(wire, []).append(_near(way, start, middle))
    return {
        wire: [polyline(tracks[wire][a : b + 1]) for a, b in _merged(found) if a < b]
        for wire, found in spans.items()
    }


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches from index to index, those that meet as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _near(way: Track, start: int, middle: Point) -> tuple[int, int]:
    """The first and the last point of the stretch of a track, about one of its points, that is near
    a place.
    """
    first = last = start
    while first > 0 and math.dist(way[first - 1], middle) < AROUND:
        first -= 1
    while last + 1 < len(way) and math.dist(way[last + 1], middle) < AROUND:
        last += 1
    return first, last


def polyline(points: Sequence[Point]) -> Curve:
    """A line through points, as a curve."""
    found = [points[0]]
    for there in points[1:]:
        here = found[-1]
        third = Point((there.x - here.x) / 3, (there.y - here.y) / 3)
        found += [
            Point(here.x + third.x, here.y + third.y),
            Point(there.x - third.x, there.y - third.y),
            there,
        ]
    return tuple(found)


def track(curve: Curve) -> Track:
    """Points along a curve, at most STEP apart: a cubic moves at most thrice its longest leg."""
    found = [curve[0]]
    for a, b, c, d in pieces(curve):
        leg = max(math.dist(a, b), math.dist(b, c), math.dist(c, d))
        count = max(1, math.ceil(3 * leg / STEP))
        for k in range(1, count + 1):
            t = k / count
            s = 1 - t
            w, x, y, z = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            found.append(
                Point(w * a.x + x * b.x + y * c.x + z * d.x, w * a.y + x * b.y + y * c.y + z * d.y)
            )
    return found


def _cells(way: Track) -> Cells:
    """The points of a track by the square cells that they lie in or next to."""
    within: Cells = {}
    for point in way:
        within.setdefault((point.x // CELL, point.y // CELL), []).append(point)
    found: Cells = {}
    for (column, row), points in within.items():
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                found.setdefault((column + i, row + j), []).extend(points)
    return found


def _together(way: Sequence[Point], cells: Cells) -> bool:
    """Whether a track runs together with the one in these cells."""
    length = 0.0
    before = way[0]
    for here in way:
        x, y = here
        for there in cells.get((x // CELL, y // CELL), ()):
            if (there[0] - x) ** 2 + (there[1] - y) ** 2 < NEAR * NEAR:
                length += math.dist(before, here)
                if length > TOGETHER:
                    return True
                break
        else:
            length = 0.0
        before = here
    return False
