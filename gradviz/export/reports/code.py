"""The code of a graph as text, the line of a step lit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gradviz.export.reports.text import HEADING, HOT, MUTED, Line
from gradviz.layout.grid import cut
from gradviz.story.code import Lit

MOST: Final = 30
"""So many lines are listed."""


def listing(found: Lit, width: int) -> Iterator[Line]:
    """The code with the numbers of its lines, a mark in front of those that are lit."""
    if found.code.name:
        yield [(found.code.name, HEADING)]
    rows = found.window(MOST)
    digits = len(str(rows[-1][0]))
    for number, text in rows:
        mark = ">" if found.on(number) else " "
        room = width - digits - 4
        yield [(f"{mark} {number:>{digits}}  ", MUTED), *_parts(found, number, text, room)]


def line(found: Lit, width: int) -> Line:
    """The first lit line with its number, in one line: `9  z2 = Theta1 @ a1`."""
    number, text = next((n, text) for n, text in found.code.lines if found.on(n))
    head = f"line {number}  "
    indent = len(text) - len(text.lstrip())
    parts = _parts(found, number, text, width - len(head) + indent)
    return [(head, MUTED), (parts[0][0][indent:], parts[0][1]), *parts[1:]]


def _parts(found: Lit, number: int, text: str, width: int) -> Line:
    """A line in its parts, cut to a width."""
    shown = cut(text, max(8, width))
    before, hot, after = found.parts(number, shown)
    return [(before, ""), (hot, HOT), (after, "")] if hot else [(before, "")]
