"""Wires that swing out above or below all cards, pulled in as far as these allow.

An engine draws smooth curves, which swing out; what they take from the height of a picture makes
its numbers smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Final

from gradviz.layout.curves import Box, Curve, Point, crosses, extent
from gradviz.layout.engines import Wire

LANE: Final = 7.0
"""Between wires that pass all cards, and between the nearest of them and these."""
CLEARANCE: Final = 1.5
"""The least distance of such a wire from each card."""


def pulled_in(boxes: Mapping[int, Box], wires: Mapping[Wire, Curve]) -> dict[Wire, Curve]:
    """The wires with those that swing out beyond all cards pulled in, side by side."""
    found = dict(wires)
    top, bottom = min(b.y for b in boxes.values()), max(b.bottom for b in boxes.values())
    around = {wire: extent(curve) for wire, curve in wires.items()}
    below = {wire: box.bottom - bottom for wire, box in around.items() if box.bottom > bottom}
    above = {wire: top - box.y for wire, box in around.items() if box.y < top}
    for out, edge, way in ((below, bottom, 1.0), (above, top, -1.0)):
        taken: list[tuple[float, float, float]] = []
        for wire in sorted(out, key=lambda wire: (out[wire], wire)):
            left, right = around[wire].x, around[wire].right
            for lane in count():
                by = LANE * lane
                if by >= out[wire]:
                    by = out[wire]
                    break
                if any(by == y and a < right and left < b for a, b, y in taken):
                    continue
                curve = _within(found[wire], edge + way * by, way)
                if _is_clear(curve, boxes.values()):
                    found[wire] = curve
                    break
            taken.append((left, right, by))
    return found


def _is_clear(curve: Curve, boxes: Iterable[Box]) -> bool:
    """Whether a wire keeps clear of all cards but those at its ends."""
    around, ends = extent(curve), (curve[0], curve[-1])
    return not any(
        crosses(curve, card)
        for box in boxes
        if (card := box.grown(CLEARANCE)).meets(around)
        and not any(_touches(box, end) for end in ends)
    )


def _touches(box: Box, point: Point) -> bool:
    return box.x <= point.x <= box.right and box.y <= point.y <= box.bottom


def _within(curve: Curve, edge: float, way: float) -> Curve:
    """A curve with no point beyond an edge, above (way -1) or below (1), and without kinks."""
    points = [Point(p.x, edge if (p.y - edge) * way > 0 else p.y) for p in curve]
    for i in range(3, len(points) - 1, 3):
        before, here, after = points[i - 1 : i + 2]
        is_moved = before != curve[i - 1] or after != curve[i + 1]
        if is_moved and after.x - before.x > 1e-6:
            slope = (after.y - before.y) / (after.x - before.x)
            points[i - 1] = Point(before.x, here.y - slope * (here.x - before.x))
            points[i + 1] = Point(after.x, here.y + slope * (after.x - here.x))
    return tuple(points)
