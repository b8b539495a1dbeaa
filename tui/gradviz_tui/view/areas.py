"""How the screen is divided, and where the picture is in its part; all sizes in cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradviz.layout.grid import Placed

NARROWEST, LOWEST = 30, 8


class Areas(NamedTuple):
    """The parts of a screen.

    fits      whether there is room for anything.
    header, scrubber   whether they are shown.
    picture   rows of the picture.
    words     rows of the step and the node, the line above them included.
    step, node   their columns; no node in a narrow screen.
    array     rows of the arrays, when they are shown.
    """

    fits: bool
    header: bool
    scrubber: bool
    picture: int
    words: int
    step: int
    node: int
    array: int


def shared(width: int, height: int) -> Areas:
    """Divide a screen: the picture takes what the words leave."""
    words = min(max(height * 3 // 10, 3), 13)
    node = min(max(width * 2 // 5, 34), 60) if width >= 64 else 0
    header, scrubber = height >= 12, height >= 10
    return Areas(
        width >= NARROWEST and height >= LOWEST,
        header,
        scrubber,
        height - words - header - scrubber - 1,
        words,
        width - 2 - (node + 1 if node else 0),
        node,
        max(3, height // 4, min(height // 3, 10)),
    )


def needed(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """The smallest screen, at least as wide and as high as this one where that is not the matter,
    whose picture has room for so many columns and rows.
    """
    while shared(max(width, columns), rows).picture < height:
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
