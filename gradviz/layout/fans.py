"""Many wires that come from one column to one card, side by side without a crossing."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from gradviz.layout.curves import BEND, Box, Curve, Point, rounded
from gradviz.layout.detour import columns
from gradviz.layout.engines import Wire

FEWEST: Final = 4
"""The least number of wires that make a fan."""
EDGE: Final = 5.0
"""The distance of the outermost lanes from the cards."""


def fans(boxes: Mapping[int, Box], ends: Mapping[Wire, tuple[Point, Point]]) -> dict[Wire, Curve]:
    """The wires of every fan: all wires between two columns, which lead to one card in the order in
    which they start.

    boxes  where the cards are; ends: where each wire starts and where it ends.
    """
    standing = columns(boxes.values())
    rights = [column.right for column in standing]
    running: dict[int, list[Wire]] = {}
    for wire, (start, end) in ends.items():
        first = bisect_left(rights, start.x)
        for gap in range(first, max(first + 1, bisect_left(rights, end.x))):
            running.setdefault(gap, []).append(wire)
    found: dict[Wire, Curve] = {}
    for gap, wires in running.items():
        ordered = sorted(wires, key=lambda wire: (ends[wire][0].y, ends[wire][1].y))
        heights = [ends[wire][1].y for wire in ordered]
        only = len({wire[1] for wire in wires}) == 1 and len({wire[0] for wire in wires}) > 1
        if only and len(wires) >= FEWEST and heights == sorted(heights):
            here, there = standing[gap], standing[gap + 1]
            starts_here = all(here.left < ends[wire][0].x for wire in wires)
            if starts_here and all(ends[wire][1].x < there.right for wire in wires):
                ordered_ends = [(wire, *ends[wire]) for wire in ordered]
                found |= _fan(ordered_ends, (here.right, there.left))
    return found


def _fan(
    wires: Sequence[tuple[Wire, Point, Point]], room: tuple[float, float]
) -> dict[Wire, Curve]:
    """Wires from the top: of those that lead down the topmost turns last, and of those that lead up
    the lowest.
    """
    down = [wire for wire in wires if wire[1].y < wire[2].y]
    up = [wire for wire in reversed(wires) if wire[1].y >= wire[2].y]
    left, right = room[0] + EDGE, room[1] - EDGE
    lane = (right - left) / max(1, len(down) - 1, len(up) - 1)
    found = {}
    for side in (down, up):
        for k, (wire, start, end) in enumerate(side):
            x = right - k * lane if len(side) > 1 else (left + right) / 2
            corners = [start, Point(x, start.y), Point(x, end.y), end]
            found[wire] = rounded(corners if start.y != end.y else [start, end], BEND)
    return found
