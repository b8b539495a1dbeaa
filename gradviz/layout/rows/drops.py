"""Values that leave a row where they are made: their wires drop between two columns, where they
meet nothing, and need not run along the row to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from gradviz.layout.cards import CardLayout, trimmed
from gradviz.layout.curves import BEND, Box, Point, crosses
from gradviz.layout.detour import columns
from gradviz.layout.rows.stack import LANE, Row

AFTER: Final = BEND + 2
"""How far right of its column a wire drops."""
TRIED: Final = 3
"""The places in a channel that are tried, a lane apart."""
APART: Final = 4.0
"""The least distance of a wire that drops from all else."""


def dropped(row: Row, layout: CardLayout) -> tuple[CardLayout, Mapping[int, float]]:
    """The layout of a row without the wires to its end of values that can drop, and the x at which
    each of these drops.
    """
    boxes, wires = dict(layout.boxes), dict(layout.wires)
    found: dict[int, float] = {}
    ends = {s: (s, row.leave(s), 0) for s in row.leaving if (s, row.leave(s), 0) in wires}
    for source in sorted(ends, key=lambda s: (-wires[ends[s]][0].y, s)):
        start, end = wires[ends[source]][0], row.leave(source)
        left = replace(
            layout,
            boxes={key: box for key, box in boxes.items() if key != end},
            wires={wire: curve for wire, curve in wires.items() if wire != ends[source]},
        )
        x = next((x for x in _places(left, start, found) if _is_free(left, source, start, x)), None)
        if x is not None:
            found[source], boxes, wires = x, left.boxes, left.wires
    if not found:
        return layout, {}
    return _without(replace(layout, boxes=boxes, wires=wires), found)


def _places(layout: CardLayout, start: Point, taken: Mapping[int, float]) -> Iterator[float]:
    """Where a wire may drop right of the column in which it starts."""
    standing = columns(layout.boxes.values())
    here = next(i for i, column in enumerate(standing) if column.right >= start.x)
    right = standing[here].right
    room = standing[here + 1].left - right if here + 1 < len(standing) else 1e9
    first = min(AFTER, room / 2)
    for place in range(TRIED):
        x = right + first + LANE * place
        if x - right < room - APART and all(abs(x - other) >= LANE for other in taken.values()):
            yield x


def _is_free(layout: CardLayout, source: int, start: Point, x: float) -> bool:
    """Whether a wire meets nothing on its way to x and down from there."""
    down = Box(x - APART, start.y + 1, 2 * APART, layout.height - start.y)
    along = Box(start.x + 1, start.y - APART, x - start.x, 2 * APART)
    own = Box(x - 1, start.y + BEND, 2, layout.height - start.y)
    if any(box.meets(down) for box in layout.boxes.values()):
        return False
    return not any(
        crosses(curve, own) if wire[0] == source else crosses(curve, down) or crosses(curve, along)
        for wire, curve in layout.wires.items()
    )


def _without(
    layout: CardLayout, found: Mapping[int, float]
) -> tuple[CardLayout, Mapping[int, float]]:
    """The layout as small as it is without the wires that drop, and where these drop in it."""
    marks = {-1 - source: (Point(x, 0.0),) for source, x in found.items()}
    width, height, boxes, wires, forks = trimmed(
        layout.boxes, layout.wires, {**layout.forks, **marks}
    )
    drops = {source: forks.pop(-1 - source)[0].x for source in found}
    wide = max(width, *(x + 1 for x in drops.values()))
    return replace(layout, width=wide, height=height, boxes=boxes, wires=wires, forks=forks), drops
