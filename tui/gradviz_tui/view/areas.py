"""How the screen is divided, and where the picture is in its part; all sizes in cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradviz.layout.grid import Placed

NARROWEST, LOWEST = 30, 8
WIDE, HIGH = 150, 36
"""From this size on the words stand beside the picture."""
LEAST_NODE = 12
"""Rows that the step leaves to the node below it."""
LEAST_PICTURE = 5
"""Rows that the words leave to the picture, however many they need."""


class Areas(NamedTuple):
    """The parts of a screen.

    fits      whether there is room for anything.
    header, scrubber   whether they are shown.
    picture   rows of the picture.
    words     rows of the step and the node, the line above them included; `most` at the most.
    step, node   their columns; no node in a narrow screen.
    beside    whether the words stand beside the picture, the step above the node; `words` are then
              the rows of both, which are the picture's too.
    above     rows of the step where it stands above the node.
    array     rows of the arrays, when they are shown.
    """

    fits: bool
    header: bool
    scrubber: bool
    picture: int
    words: int
    most: int
    step: int
    node: int
    array: int
    beside: bool = False
    above: int = 0


def shared(width: int, height: int, wanted: int = 0) -> Areas:
    """Divide a screen: the words stand beside the picture where there is room, else below it.

    wanted   rows that the words need; they borrow them from the picture.
    """
    if width < WIDE or height < HIGH:
        return below(width, height, wanted)
    found = below(width, height)
    rows, column = height - 3, min(max(width * 9 // 20, 60), 110) - 2
    return found._replace(
        picture=rows,
        words=rows,
        most=rows,
        step=column,
        node=column,
        beside=True,
        above=max(rows // 4, min(wanted + 1, rows - LEAST_NODE)),
    )


def below(width: int, height: int, wanted: int = 0) -> Areas:
    """Divide a screen: the picture takes what the words below it leave."""
    header, scrubber = height >= 12, height >= 10
    rows = height - header - scrubber - 1
    usual = min(max(height * 3 // 10, 3), 13)
    most = max(usual, rows - LEAST_PICTURE)
    words = min(max(usual, wanted + 1), most)
    node = min(max(width * 2 // 5, 34), 60) if width >= 64 else 0
    return Areas(
        width >= NARROWEST and height >= LOWEST,
        header,
        scrubber,
        rows - words,
        words,
        most,
        width - 2 - (node + 1 if node else 0),
        node,
        max(3, height // 4, min(height // 3, 10)),
    )


def picture(parts: Areas, width: int) -> tuple[int, int]:
    """The columns and rows of the picture."""
    return width - parts.step - 3 if parts.beside else width, parts.picture


def needed(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """The smallest screen, at least as wide and as high as this one where that is not the matter,
    whose picture has room for so many columns and rows.
    """
    while below(max(width, columns), rows).picture < height:
        rows += 1
    return max(width, columns), rows


def beside_bars(width: int, height: int, whole: tuple[int, int]) -> tuple[int, int]:
    """The columns and rows of a view that scroll bars leave free."""
    across, down = whole[0] > width, False
    for _ in range(2):
        down = whole[1] > height - across
        across = whole[0] > width - down
    return width - down, height - across


def reveal(
    boxes: Sequence[Placed], offset: tuple[int, int], room: tuple[int, int]
) -> tuple[int, int]:
    """The offset at which the first box is in the view, and if there is room all are."""
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    right, bottom = max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)
    if right - left > room[0] or bottom - top > room[1]:
        left, top, right, bottom = (
            boxes[0].x,
            boxes[0].y,
            boxes[0].x + boxes[0].width,
            boxes[0].y + boxes[0].height,
        )
    return _inside(offset[0], room[0], left - 2, right + 2), _inside(
        offset[1], room[1], top - 1, bottom + 1
    )


def _inside(offset: int, room: int, start: int, stop: int) -> int:
    """This offset if a stretch is inside the view then, else one with the stretch in the middle."""
    if start >= offset and stop <= offset + room:
        return offset
    return max(0, start if stop - start >= room else (start + stop - room) // 2)


def begins(offset: int, room: int, whole: int) -> int:
    """The first position shown in a view; something smaller than the view is centred."""
    return offset if whole > room else -((room - whole) // 2)
