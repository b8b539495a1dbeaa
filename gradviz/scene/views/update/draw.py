"""Drawing one update: the parameter, its gradient, the parameter after, the loss, and its way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, Literal

from gradviz.arrays.digits import number, typeset
from gradviz.layout.curves import Box, Point
from gradviz.layout.labels import Room, Wish
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import wide
from gradviz.scene.model import Circle, Item, Maths, Path, Polygon, Rect, Text
from gradviz.scene.shapes import joined, straight, with_arrow
from gradviz.scene.views.neurons.place import Written
from gradviz.scene.views.update.place import (
    BARS,
    CELL,
    LEFT,
    NUMBER,
    SMALL,
    STRIP,
    WORDS,
    UpdateLayout,
    element,
)
from gradviz.story.descent.frames import UpdateFrame
from gradviz.story.languages import say
from gradviz.story.maths.unicode import powers

ROLES: Final = ("value", "gradient", "hot")
MOST_MARKS: Final = 12
"""So many passes of the strip have a mark and a number of their own."""
FARTHEST: Final = 17.0
"""A loss stands so near its mark, or not at all."""
ROOM: Final = 26.0
"""Between the losses and the top of the strip, for their numbers."""
Weight = Literal["regular", "medium", "semibold", "bold"]
Anchor = Literal["start", "middle", "end"]


class UpdateDrawing:
    """One update of a laid-out pass, its top left corner at `corner`."""

    def __init__(self, layout: UpdateLayout, frame: UpdateFrame, corner: Point) -> None:
        self.layout, self.frame, self.corner = layout, frame, corner
        self.k = max(frame.number, 1) - 1
        updates = layout.trace.updates
        assert updates is not None
        self.updates = updates
        self.under: list[Item] = []
        self.over: list[Item] = []
        self.texts: list[Item] = []

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        done = bool(self.frame.number)
        for n, start in enumerate(self.layout.starts):
            if n < 2 or done:
                self._grid(n, start)
        self._operators(done)
        self._losses(done and self.frame.number == self.frame.total)
        if len(self.layout.history) > 1:
            self._strip()
        return [*self.under, *self.over, *self.texts]

    # Pieces.

    def _say(self, key: str, role: str, x: float, middle: float, words: str, size: float,
             weight: Weight = "medium", anchor: Anchor = "middle") -> None:  # fmt: skip
        at = self.corner.x + x, self.corner.y + middle + cap_height(size) / 2
        self.texts.append(Text(key, role, *at, words, size, weight, anchor))

    def _write(self, key: str, role: str, left: float, baseline: float, what: Written) -> None:
        at = self.corner.x + left, self.corner.y + baseline - what.rise
        self.texts.append(Maths(key, role, *at, what.source, what.setting, what.scale))

    def _rect(self, key: str, role: str, box: Box, radius: float = 0.0) -> Rect:
        at = box.x + self.corner.x, box.y + self.corner.y
        return Rect(key, role, *at, box.w, box.h, radius)

    def _point(self, x: float, y: float) -> Point:
        return Point(x + self.corner.x, y + self.corner.y)

    def _line(
        self, key: str, role: str, points: Sequence[Point], width: float | None = None
    ) -> None:
        curves = [straight(a.x, a.y, b.x, b.y) for a, b in pairwise(points)]
        if curves:
            self.under.append(Path(key, role, joined(*curves), width))

    # Grids.

    def _grid(self, n: int, start: float) -> None:
        layout, k = self.layout, self.k
        shown, across, down = layout.shown[k], layout.across(k, n), layout.down(k)
        size = layout.size(k, n)
        left = start + (layout.grids[n] - size[0]) / 2
        top = layout.top + (layout.deep - size[1]) / 2
        name = layout.names[k][n == 1]
        head = min(left, start + layout.grids[n] - layout.head(k, n))
        self._write(f"head-{n}", "ink", head + 2, top - 12, name)
        self._say(f"word-{n}", "muted", head + name.width + 10, top - 16, WORDS[n], SMALL,
                  "regular", "start")  # fmt: skip
        cell = layout.cell(k, n)
        shape = layout.graph.nodes[layout.walk.places[k].node].shape or ()
        lit = element(shape, layout.walk.places[k].element)
        for i in shown.rows:
            for j in shown.columns:
                if i is None or j is None:
                    continue
                box = Box(left + across[j], top + down[i], cell, CELL)
                key = f"cell-{n}-{i}-{j}"
                is_lit = (i, j) == lit and bool(self.frame.number)
                self.under.append(self._rect(key, "grid", box))
                if is_lit:
                    self.under.append(self._rect(f"{key}-tint", "window tint", box, 3))
                    self.over.append(self._rect(f"{key}-box", "window", box, 3))
                said = layout.numbers[k][n][i, j]
                weight: Weight = "bold" if is_lit else "semibold"
                middle = box.x + cell / 2, box.y + CELL / 2
                self._say(f"{key}-number", ROLES[n], *middle, said, NUMBER, weight)
        self._elisions(n, left, top, across, down, cell)

    def _elisions(self, n: int, left: float, top: float, across: dict[int, float],
                  down: dict[int, float], cell: float) -> None:  # fmt: skip
        """Dots for the rows and columns that are left out."""
        shown, size = self.layout.shown[self.k], self.layout.size(self.k, n)
        for place, j in enumerate(shown.columns):
            if j is None:
                before = shown.columns[place - 1] or 0
                self._dots(
                    f"dots-{n}-c{place}", left + across[before] + cell + 11, top + size[1] / 2
                )
        for place, i in enumerate(shown.rows):
            if i is None:
                before = shown.rows[place - 1] or 0
                self._dots(f"dots-{n}-r{place}", left + size[0] / 2, top + down[before] + CELL + 11)

    def _dots(self, key: str, x: float, y: float) -> None:
        for step in (-5.0, 0.0, 5.0):
            at = self._point(x + step, y)
            self.under.append(Circle(f"{key}-{step:g}", "dot", *at, 1.3))

    def _operators(self, done: bool) -> None:
        layout = self.layout
        middle = layout.top + layout.deep / 2
        x = layout.grids[0] + layout.between / 2
        if sign := layout.operator:
            self._write("operator", "ink", x - sign.width / 2, middle + 6, sign)
        if layout.said:
            self._say("rate", "muted", x, middle + 26, layout.said, SMALL, "regular")
        if not done:
            return
        left, right = layout.starts[1] + layout.grids[1], layout.starts[2]
        a, b = self._point(left + 12, middle), self._point(right - 12, middle)
        body, tip = with_arrow(straight(a.x, a.y, b.x, b.y))
        self.under += [Path("arrow", "wire hot", body), Polygon("arrow-tip", "arrow", tip)]
        if not layout.is_plain:
            words = self.updates.rule.name
            self._say("optimizer", "hot", (left + right) / 2, middle - 16, words, SMALL, "semibold")

    # The loss.

    def _losses(self, done: bool) -> None:
        """Before and after as bars to scale, with what the slope promised."""
        layout, u = self.layout, self.updates
        x, top = layout.bars, layout.bars_top
        self._say("loss", "muted", x, top - 16, "loss", SMALL, "regular", "start")
        most = max((abs(v) for v in (u.before, u.after) if math.isfinite(v)), default=0.0)
        rows = [("before", u.before, "value", "progress forward")]
        rows += [("after", u.after, "hot", "progress now")] if done else []
        for n, (word, value, role, fill) in enumerate(rows):
            y = top + 10 + 52 * n
            self._say(f"loss-{word}", "muted", x, y, word, SMALL, "regular", "start")
            said = powers(typeset(number(value, layout.digits)))
            self._say(f"loss-{word}-number", role, x + BARS, y, said, NUMBER, "bold", "end")
            self.under.append(self._rect(f"loss-{word}-ground", "progress ahead",
                                         Box(x, y + 16, BARS, 8), 1.5))  # fmt: skip
            share = min(1.0, abs(value) / most) if most and math.isfinite(value) else 0.0
            if share * BARS > 0.5:
                box = Box(x, y + 16, BARS * share, 8)
                self.under.append(self._rect(f"loss-{word}-bar", fill, box, 1.5))
        if not done or not (math.isfinite(u.promised) and math.isfinite(u.after)):
            return
        promised = powers(typeset(number(u.promised, layout.digits)))
        words = say("slope promised {promised}", promised=promised)
        y = top + 10 + 52 + 44
        size = min(SMALL, SMALL * BARS / wide(words, SMALL))
        self._say("promised", "muted", x + BARS, y, words, size, "regular", "end")
        if 0 <= u.promised <= most:
            at = x + BARS * (u.promised / most if most else 0.0)
            tick = [self._point(at, y - 34), self._point(at, y - 14)]
            self.over.append(Path("promised-tick", "pixel", straight(*tick[0], *tick[1]), 1.6))

    def _strip(self) -> None:
        """The loss as each pass begins, this pass hot."""
        layout, u = self.layout, self.updates
        known = [(k, v) for k, v in layout.history if math.isfinite(v)]
        if len(known) < 2:
            return
        half = wide(powers(typeset(number(known[-1][1], layout.digits))), SMALL) / 2 + 6
        left, right = LEFT, layout.strip_right - max(30.0, half)
        top, bottom = layout.strip + ROOM, layout.strip + STRIP - 26
        first, last = layout.history[0][0], layout.history[-1][0]
        high, low = max(v for _, v in known), min(0.0, *(v for _, v in known))
        span = (high - low) or 1.0

        def at(k: int, v: float) -> Point:
            x = left + (right - left) * (k - first) / max(1, last - first)
            return self._point(x, bottom - (bottom - top) * ((v - low) / span))

        lines = say("loss as each"), say("pass begins"), say("pass")
        for k, (line, y) in enumerate(zip(lines, (top + 4, top + 20, bottom + 16), strict=True), 1):
            self._say(f"strip-words-{k}", "muted", 0, y, line, SMALL, "regular", "start")
        ends = self._point(left, bottom), self._point(right, bottom)
        self.under.append(Path("strip-axis", "line", straight(*ends[0], *ends[1])))
        self._line("strip-losses", "wire", [at(k, v) for k, v in known])
        here = [(k, v) for k, v in known if k in (u.number, u.number + 1)]
        if len(here) == 2 and len(known) <= 4 * MOST_MARKS:
            self._line("strip-step", "wire hot", [at(*p) for p in here])
        marks = known if len(known) <= MOST_MARKS else [p for p in known if p[0] in (first, last)]
        for k, v in marks:
            if k != u.number:
                point = at(k, v)
                self.over += [Circle(f"strip-{k}", "dot", *point, 5.0),
                              Circle(f"strip-{k}-in", "ground", *point, 3.4)]  # fmt: skip
        self._labels(known, marks, at, bottom)

    def _labels(
        self,
        known: list[tuple[int, float]],
        marks: list[tuple[int, float]],
        at: Callable[[int, float], Point],
        bottom: float,
    ) -> None:
        """The numbers of passes below, and losses above the first, this, the next and the last."""
        u, place = self.updates, dict(known)
        if u.number in place:
            self.over.append(Circle("strip-now", "dot hot", *at(u.number, place[u.number]), 6.5))
        room = self._room([at(*p) for p in known], [at(*p) for p in marks], bottom)
        after = [u.number + 1] if len(known) <= 4 * MOST_MARKS else []
        wanted = [u.number, *after, known[0][0], known[-1][0]]
        for k in dict.fromkeys(wanted):
            if k not in place:
                continue
            said = powers(typeset(number(place[k], self.layout.digits)))
            wish = Wish(wide(said, SMALL) + 8, cap_height(SMALL) + 6, [at(k, place[k])])
            if (box := room.place(wish, farthest=FARTHEST)) is None:
                continue
            role = "hot" if k in (u.number, u.number + 1) else "ink"
            middle = box.x + box.w / 2 - self.corner.x, box.y + box.h / 2 - self.corner.y
            self._say(f"strip-loss-{k}", role, *middle, said, SMALL, "bold")
        ends: list[tuple[float, float]] = []
        below = [u.number, known[0][0], known[-1][0], *(k for k, _ in marks)]
        for k in dict.fromkeys(below):
            if k not in place:
                continue
            said, x = f"{k:,}", at(k, place[k]).x - self.corner.x
            half = wide(said, SMALL) / 2 + 5
            if any(a < x + half and x - half < b for a, b in ends):
                continue
            ends.append((x - half, x + half))
            now = k == u.number
            role = "hot" if now else "muted"
            weight: Weight = "bold" if now else "regular"
            self._say(f"strip-pass-{k}", role, x, bottom + 16, said, SMALL, weight)

    def _room(self, curve: Sequence[Point], marks: Sequence[Point], bottom: float) -> Room:
        """The room for numbers in the strip: beside the curve and its marks, above the axis."""
        layout = self.layout
        start = self._point(LEFT - 40, layout.strip)
        size = layout.strip_right - LEFT + 40, bottom - 3 - start.y + self.corner.y
        room = Room(Box(*start, *size))
        room.line(curve, 3.0)
        for x, y in marks:
            room.box(Box(x - 6, y - 6, 12, 12))
        return room
