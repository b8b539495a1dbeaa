"""Line-drawing characters, by the weight of their four arms.

The arms of a cell are one byte, two bits per direction: 0 no arm, 1 light, 2 heavy.
"""

from __future__ import annotations

UP, RIGHT, DOWN, LEFT = 1, 4, 16, 64
"""A light arm in each direction; doubled, it is a heavy one."""
HEAVY = 2
VERTICAL = UP | DOWN
HORIZONTAL = RIGHT | LEFT

# In base three: up, right, down, left, the last changing fastest.
_LINES = " ╴╸╷┐┑╻┒┓╶─╾┌┬┭┎┰┱╺╼━┍┮┯┏┲┳╵┘┙│┤┥╽┧┪└┴┵├┼┽┟╁╅┕┶┷┝┾┿┢╆╈╹┚┛╿┦┩┃┨┫┖┸┹┞╀╃┠╂╉┗┺┻┡╄╇┣╊╋"


def arms(up: int = 0, right: int = 0, down: int = 0, left: int = 0) -> int:
    """The byte of a cell from its four weights (0, 1 or 2)."""
    return up * UP | right * RIGHT | down * DOWN | left * LEFT


def only(cell: int, direction: int) -> int:
    """The arm of `cell` in one direction, the others removed."""
    return cell & 3 * direction


def _table(ascii_only: bool) -> tuple[str, ...]:
    table = [" "] * 256
    for index, line in enumerate(_LINES):
        up, right, down, left = index // 27, index // 9 % 3, index // 3 % 3, index % 3
        table[arms(up, right, down, left)] = _plain(up, right, down, left) if ascii_only else line
    return tuple(table)


def _plain(up: int, right: int, down: int, left: int) -> str:
    """The ASCII character of a cell: heavy lines as = and #."""
    upright, level = max(up, down), max(right, left)
    if not upright:
        return " -="[level]
    if not level:
        return " |#"[upright]
    return "#" if HEAVY in (upright, level) else "+"


Corners = tuple[str, str, str, str]
"""Top left, top right, bottom left, bottom right."""


class Glyphs:
    """One set of drawing characters.

    `lines` maps the arms of a cell to its character; `corners` holds the corners of a light and of
    a heavy box, `compact` the ends of a light and of a heavy box that is one row high; `forward`
    and `backward` are the arrowheads; `cut` marks the end of a truncated text.
    """

    def __init__(
        self,
        lines: tuple[str, ...],
        corners: tuple[Corners, Corners],
        heads: tuple[str, str],
        cut: str,
    ) -> None:
        self.lines = lines
        self.corners = corners
        self.forward, self.backward = heads
        self.cut = cut
        self.compact = (("[", "]"), (lines[HEAVY * VERTICAL], lines[HEAVY * VERTICAL]))


UNICODE = Glyphs(_table(False), (("╭", "╮", "╰", "╯"), ("┏", "┓", "┗", "┛")), ("►", "◄"), "…")
ASCII = Glyphs(_table(True), (("+",) * 4, ("#",) * 4), (">", "<"), ">")
