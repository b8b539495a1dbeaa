"""A laid-out graph as rows of characters, composed row by row on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.errors import LayoutError
from gradviz.fonts.cells import cells, fit
from gradviz.layout.grid.glyphs import ASCII, RIGHT, UNICODE, Glyphs, only
from gradviz.layout.grid.model import GridLayout, Wire
from gradviz.layout.grid.paint import LABEL, WIRE, Changes, Face, Paint, Run
from gradviz.layout.grid.strip import Strip, box_row
from gradviz.layout.grid.strokes import BAND, Stretches, Strokes, add_heavy, light_arms, light_roles

_BLANK = Face()
_EMPTY = Paint()
_NOTHING = Changes((), ())
_NOWHERE: Stretches[Any] = Stretches(())


class Canvas:
    """The picture of one layout, frame after frame.

    `show` takes a new frame and says which rows changed; `row` and `text` draw the frame shown
    last.
    """

    def __init__(self, layout: GridLayout, paint: Paint = _EMPTY) -> None:
        self.layout = layout
        self.paint = _EMPTY
        self._wires = Strokes(((wire[0], path) for wire, path in layout.paths.items()), merge=True)
        self._active: Strokes[str] = Strokes()
        ports: dict[int, list[tuple[int, int, Wire]]] = {}
        boxes: dict[int, list[tuple[int, int, int]]] = {}
        starts: dict[int, set[tuple[int, int]]] = {}
        ends: dict[int, set[tuple[int, int]]] = {}
        for node, box in layout.boxes.items():
            for band in range(box.y // BAND, (box.y + box.height - 1) // BAND + 1):
                boxes.setdefault(band, []).append((box.x, box.x + box.width - 1, node))
        for wire, path in sorted(layout.paths.items()):
            (x0, y0), (x1, y1) = path[0], path[-1]
            starts.setdefault(y0, set()).add((x0, wire[0]))
            ends.setdefault(y1, set()).add((x1, wire[1]))
            ports.setdefault(y1, []).append((x1 - layout.label_width, x1 - 1, wire))
        self._boxes = {band: Stretches(found) for band, found in boxes.items()}
        self._ports = {y: Stretches(found) for y, found in ports.items()}
        self._starts, self._ends = (
            {y: Stretches((x, x, (x, node)) for x, node in found) for y, found in heads.items()}
            for heads in (starts, ends)
        )
        self.show(paint, _NOTHING)

    def show(self, paint: Paint, changes: Changes | None = None) -> set[int]:
        """Take a frame and return the rows that it changes.

        `changes` names the boxes and the wires whose text may differ; without it all of them
        are compared. Raises LayoutError if the frame names an unknown wire.
        """
        for wire in (*paint.active, *(paint.labels if changes is None else changes.labels)):
            if wire not in self.layout.paths:
                raise LayoutError("this wire is not in the picture", got=f"wire {wire}")
        old, self.paint = self.paint, paint
        self._active = Strokes(
            (role, self.layout.paths[wire]) for wire, role in paint.active.items()
        )
        return self._changed_rows(
            old, paint, self._all_changes(old, paint) if changes is None else changes
        )

    def row(
        self, y: int, start: int = 0, stop: int | None = None, *, ascii: bool = False
    ) -> list[Run]:
        """Row `y` from column `start` to before `stop`, as runs of one role.

        The runs are exactly `stop - start` cells wide. Everything outside the picture is blank.
        """
        stop = max(start, self.layout.width if stop is None else stop)
        glyphs = ASCII if ascii else UNICODE
        arms = light_arms(self._wires, y, start, stop)
        roles = [WIRE if cell else "" for cell in arms]
        if self.paint.lit:
            light_roles(self._wires, roles, self.paint.lit, WIRE, y, start, stop)
        add_heavy(arms, roles, self._active, y, start, stop)
        strip = Strip(start, [glyphs.lines[cell] for cell in arms], roles)
        self._put_heads(strip, y, glyphs)
        for wire in self._ports.get(y, _NOWHERE).within(start, stop):
            if label := self.paint.labels.get(wire):
                width = min(cells(label), self.layout.label_width)
                strip.put(
                    self.layout.paths[wire][-1][0] - width, fit(label, width, cut=glyphs.cut), LABEL
                )
        for node in self._boxes.get(y // BAND, _NOWHERE).within(start, stop):
            box = self.layout.boxes[node]
            if box.y <= y < box.y + box.height:
                border = box.x + box.width - 1 - start
                leaving = only(arms[border], RIGHT) if border < len(arms) else 0
                x = box.x
                for text, role in box_row(
                    self.paint.faces.get(node, _BLANK), box, y, leaving, glyphs
                ):
                    x = strip.put(x, text, role)
        return strip.runs()

    def text(self, *, ascii: bool = False) -> str:
        """The whole picture, one line per row, without trailing blanks."""
        rows = (self.row(y, ascii=ascii) for y in range(self.layout.height))
        return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)

    def _put_heads(self, strip: Strip, y: int, glyphs: Glyphs) -> None:
        flow = self.paint.flow
        if flow == "none":
            return
        heads, head = (
            (self._ends, glyphs.forward) if flow == "forward" else (self._starts, glyphs.backward)
        )
        for x, node in heads.get(y, _NOWHERE).within(strip.start, strip.stop):
            if flow == "forward" or node not in self.paint.silent:
                strip.cells[x - strip.start] = head

    def _all_changes(self, old: Paint, new: Paint) -> Changes:
        nodes = [
            n
            for n in self.layout.boxes
            if old.faces.get(n) != new.faces.get(n) or old.lit.get(n) != new.lit.get(n)
        ]
        return Changes(nodes, _differing(old.labels, new.labels))

    def _changed_rows(self, old: Paint, new: Paint, changes: Changes) -> set[int]:
        rows: set[int] = set()
        for node in changes.boxes:
            box = self.layout.boxes[node]
            rows.update(range(box.y, box.y + box.height))
        for wire in _differing(old.active, new.active):
            rows.update(self._rows_of(wire))
        rows.update(self.layout.paths[wire][-1][1] for wire in changes.labels)
        if turned := {node for node in changes.boxes if old.lit.get(node) != new.lit.get(node)}:
            rows.update(
                y for wire in self.layout.paths if wire[0] in turned for y in self._rows_of(wire)
            )
        if old.flow != new.flow:
            rows.update(self._starts, self._ends)
        return rows

    def _rows_of(self, wire: Wire) -> range:
        ys = [y for _, y in self.layout.paths[wire]]
        return range(min(ys), max(ys) + 1)


def _differing(old: Mapping[Wire, str], new: Mapping[Wire, str]) -> list[Wire]:
    """The wires whose text or role differs, or that cover others in a different order."""
    if [wire for wire in old if wire in new] != [wire for wire in new if wire in old]:
        return [*old, *new]
    return [wire for wire in {**old, **new} if old.get(wire) != new.get(wire)]
