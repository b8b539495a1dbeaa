"""One row of the picture while it is being composed, and the row of a box placed in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from gradviz.fonts.cells import cells, fit, split, window
from gradviz.layout.grid.glyphs import HEAVY, HORIZONTAL, VERTICAL, Glyphs
from gradviz.layout.grid.model import Placed
from gradviz.layout.grid.paint import HOT, NOTE, Face, Run


class Strip:
    """The cells of a row from column `start` to before `stop`, each with its role."""

    def __init__(self, start: int, cells: list[str], roles: list[str]) -> None:
        self.start = start
        self.stop = start + len(cells)
        self.cells = cells
        self.roles = roles

    def put(self, x: int, text: str, role: str) -> int:
        """Write `text` from column `x`, as far as it is inside; returns the column after it."""
        parts = split(text)
        after = x + len(parts)
        first, last = max(x, self.start), min(after, self.stop)
        if first < last:
            inside = slice(first - self.start, last - self.start)
            self.cells[inside] = window(parts, first - x, last - x)
            self.roles[inside] = [role] * (last - first)
        return after

    def runs(self) -> list[Run]:
        """The cells as runs of one role."""
        runs: list[Run] = []
        index = 0
        for role, group in groupby(self.roles):
            after = index + len(list(group))
            runs.append(("".join(self.cells[index:after]), role))
            index = after
        return runs


def box_row(face: Face, box: Placed, y: int, leaving: int, glyphs: Glyphs) -> Iterator[Run]:
    """Row `y` of a box; `leaving` is the arm of the wire that starts at its right border, or 0."""
    hot = face.role == HOT
    weight = HEAVY if hot else 1
    side, bar = glyphs.lines[weight * VERTICAL], glyphs.lines[weight * HORIZONTAL]
    top_left, top_right, bottom_left, bottom_right = glyphs.corners[hot]
    inner, index = box.width - 2, y - box.y - 1
    if box.height == 1:
        left, right = glyphs.compact[hot]
        yield left, face.role
        yield fit(face.title, inner, cut=glyphs.cut), face.title_role or face.role
        yield right, face.role
    elif index < 0:
        title = fit(face.title, min(cells(face.title), max(0, inner - 2)), fill=bar, cut=glyphs.cut)
        yield (top_left + bar)[: 1 + inner], face.role
        yield title, face.title_role or face.role
        yield bar * (inner - 1 - cells(title)) + top_right, face.role
    elif index == box.height - 2:
        mark = fit(face.mark, min(cells(face.mark), inner))
        yield bottom_left + mark + bar * (inner - cells(mark)) + bottom_right, face.role
    else:
        line = face.lines[index] if index < len(face.lines) else ""
        note = face.notes[index] if index < len(face.notes) else ""
        role = face.line_roles[index] if index < len(face.line_roles) else face.role
        yield side, face.role
        yield fit(line, max(0, inner - cells(note)), cut=glyphs.cut), role
        if note:
            yield fit(note, min(inner, cells(note)), cut=glyphs.cut), NOTE
        yield glyphs.lines[weight * VERTICAL | leaving], face.role
