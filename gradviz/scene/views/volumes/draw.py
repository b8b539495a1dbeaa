"""Drawing one frame of a network as volumes: cuboids, kernels with the cells they make, texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from gradviz.layout.curves import Point
from gradviz.scene.model import Cells, Image, Item, Path, Polygon, Rect, Text
from gradviz.scene.shapes import joined, straight, with_arrow
from gradviz.scene.views.volumes.place import NAME, NUMBER, SMALL, Body, Column, VolumeLayout
from gradviz.story.volumes.frames import VolumeFrame
from gradviz.trace.volumes import Layer

RAY, HOT_RAY = 0.9, 1.7
LARGE: Final = 9.0
"""A marked cell that is larger is drawn as a frame."""
Weight = Literal["regular", "medium", "semibold", "bold"]
State = Literal["", " quiet", " hot"]
WEIGHTS: Final[tuple[tuple[float, Weight], ...]] = (
    (NAME, "semibold"),
    (NUMBER, "medium"),
    (NUMBER, "medium"),
    (SMALL, "regular"),
    (SMALL, "regular"),
)
KEYS: Final = ("name", "channels", "sides", "window", "parameters")


class VolumeDrawing:
    """One frame of a laid-out network, its top left corner at `corner`."""

    def __init__(self, layout: VolumeLayout, frame: VolumeFrame, corner: Point) -> None:
        self.layout, self.frame, self.corner = layout, frame, corner
        self.walk = frame.walk
        self.found: list[Item] = []

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        for body in self.layout.bodies:
            self._body(body)
        at = self.frame.place.layer if self.frame.place and self.frame.place.kind != "loss" else 0
        order = [k for k in range(1, len(self.walk.layers)) if k != at]
        for k in [*order, *([at] if at else [])]:
            self._made(k)
        for k, layer in enumerate(self.walk.layers):
            for n, skip in enumerate(layer.skips):
                self._skip(k, n, skip.source)
        for column in self.layout.columns:
            self._texts(column)
        return self.found

    # Pieces.

    def _at(self, x: float, y: float) -> Point:
        return Point(x + self.corner.x, y + self.corner.y)

    def _polygon(self, key: str, role: str, *points: tuple[float, float]) -> None:
        self.found.append(Polygon(key, role, tuple(self._at(*p) for p in points)))

    def _rect(self, key: str, role: str, x: float, y: float, width: float, height: float) -> None:
        self.found.append(Rect(key, role, *self._at(x, y), width, height))

    def _line(self, key: str, role: str, ends: Sequence[float], width: float | None = None) -> None:
        line = straight(*self._at(*ends[:2]), *self._at(*ends[2:]))
        self.found.append(Path(key, role, line, width))

    def _tie(self, key: str, state: State, ends: Sequence[float], *, back: bool) -> None:
        """A line from what is read to what is made; an arrow the other way where the gradient goes
        back now.
        """
        role, width = ("wire hot", HOT_RAY) if state == " hot" else (f"tie{state}", RAY)
        if not back:
            return self._line(key, role, ends, width)
        body, tip = with_arrow(straight(*self._at(*ends[2:]), *self._at(*ends[:2])))
        self.found.append(Path(key, role, body, width))
        self.found.append(Polygon(f"{key}-tip", "arrow", tip))
        return None

    def _state(self, k: int) -> State:
        """How a layer looks: at work, known, or not reached."""
        if self.frame.is_at("layer", k) or self.frame.is_at("back", k):
            return " hot"
        return "" if self.frame.knows(k) else " quiet"

    # Volumes.

    def _body(self, body: Body) -> None:
        k, state = body.layer, self._state(body.layer)
        layer = self.walk.layers[k]
        look = state or (" pool" if layer.form == "pool" else "")
        if not body.is_bar:
            x, y, dx, dy = body.x, body.y, body.across, -body.up
            right, bottom = body.right, body.bottom
            top = (x, y), (x + dx, y + dy), (right + dx, y + dy), (right, y)
            side = (right, y), (right + dx, y + dy), (right + dx, bottom + dy), (right, bottom)
            self._polygon(f"top-{k}", f"face{look}", *top)
            self._polygon(f"side-{k}", f"side{look}", *side)
        self._rect(f"front-{k}", f"face{look}", body.x, body.y, body.width, body.height)
        if self._front(body):
            is_gradient = self._shows_gradient(k) and state != " hot"
            role = "frame gradient" if is_gradient else f"frame{state}"
            self._rect(f"frame-{k}", role, body.x, body.y, body.width, body.height)

    def _shows_gradient(self, k: int) -> bool:
        return self.frame.knows_gradient(k)

    def _front(self, body: Body) -> bool:
        """The numbers of the first map of this run, or of its gradient. Returns whether any."""
        k, fronts = body.layer, self.layout.fronts
        if not self.walk.has_values or not self.frame.knows(k):
            return False
        place = *self._at(body.x, body.y), body.width, body.height
        gradient = self._shows_gradient(k)
        if k or gradient or fronts.image is None:
            key = f"gradient-{k}" if gradient else f"heat-{k}"
            levels = fronts.levels(k, gradient=gradient)
            self.found.append(Cells(key, "heat", *place, levels))
        else:
            self.found.append(Image("image", "image", *place, fronts.image))
        return True

    # What makes what.

    def _made(self, k: int) -> None:
        layer, state = self.walk.layers[k], self._state(k)
        before = self.layout.of[k - 1]
        if self.layout.of[k].is_bar or before.is_bar or layer.window is None:
            self._fan(before, self.layout.of[k], state)
        else:
            self._kernel(k, layer, state)

    def _fan(self, a: Body, b: Body, state: State) -> None:
        """The lines from all of a volume or vector to the ends of a vector."""
        starts = [(a.right, a.y), (a.right, a.bottom)]
        if not a.is_bar:
            starts = [(a.right + a.across, a.y - a.up), (a.right, a.bottom)]
        ends = [(b.x, b.y), (b.x, b.bottom)]
        pairs = [(0, 0), (1, 1)]
        if a.is_bar and self.walk.layers[b.layer].form != "flat":
            pairs += [(0, 1), (1, 0)]
        for n, (i, j) in enumerate(pairs):
            back = self.frame.is_at("back", b.layer) and i == j
            self._tie(f"fan-{b.layer}-{n}", state, (*starts[i], *ends[j]), back=back)

    def _kernel(self, k: int, layer: Layer, state: State) -> None:
        """The window on the volume before, its prism through all channels, the cell it makes."""
        window, layout = layer.window, self.layout
        assert window is not None
        cell = self._marked(k)
        start = [
            at * s - before
            for at, s, (before, _) in zip(cell, window.stride, window.padding, strict=True)
        ]
        x0, y0, x1, y1 = layout.cell(k - 1, start, window.span)
        dx, dy = layout.into(k - 1)
        if dx > 3:
            for n, (x, y) in enumerate(((x0, y0), (x1, y0), (x1, y1), (x0, y1))):
                self._line(f"prism-{k}-{n}", f"prism{state}", (x, y, x + dx, y + dy))
            corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
            back = [(x + dx, y + dy) for x, y in corners]
            for n, (a, b) in enumerate(zip(back, [*back[1:], back[0]], strict=True)):
                self._line(f"prism-{k}-{n + 4}", f"prism{state}", (*a, *b))
        self._rect(f"casing-{k}", "kernel casing", x0, y0, x1 - x0, y1 - y0)
        self._rect(f"kernel-{k}", f"kernel{state}", x0, y0, x1 - x0, y1 - y0)
        a0, b0, a1, b1 = layout.cell(k, cell)
        hot = state == " hot"
        middle = (b0 + b1) / 2
        for n, y in enumerate((y0, y1)):
            ends = (x1, y, a0, middle)
            self._line(f"ray-casing-{k}-{n}", "arc casing", ends, 3.2 if hot else 2.4)
            self._tie(f"ray-{k}-{n}", state, ends, back=self.frame.is_at("back", k))
        self._cell(k, state, (a0, b0, a1 - a0, b1 - b0))

    def _cell(self, k: int, state: State, place: tuple[float, float, float, float]) -> None:
        """The marked cell: a square that hides its number only where it is too small to show it."""
        if place[2] > LARGE:
            self._rect(f"cell-casing-{k}", "kernel casing", *place)
            self._rect(f"cell-{k}", f"kernel{state}", *place)
        else:
            self._rect(f"cell-{k}", f"dot{state}", *place)
            self._rect(f"cell-casing-{k}", "cell casing", *place)

    def _marked(self, k: int) -> tuple[int, int]:
        """The row and column of the marked cell of a layer."""
        _, row, column = self.walk.marked[k]
        return row, column

    def _skip(self, k: int, n: int, source: int) -> None:
        """An arc above the row, from the layer whose value is added."""
        a, b = self.layout.of[source], self.layout.of[k]
        state = self._state(k)
        level = 10.0
        start = Point(a.x + a.across + a.seen / 2 + 3, a.y - a.up)
        end = Point(b.x + b.across + b.seen / 2 - 3, b.y - b.up - 1)
        curve = joined(
            straight(start.x, start.y, start.x, level),
            straight(start.x, level, end.x, level),
            straight(end.x, level, end.x, end.y),
        )
        moved = tuple(self._at(p.x, p.y) for p in curve)
        body, tip = with_arrow(moved)
        role = "wire hot" if state == " hot" else f"tie{state}"
        width = HOT_RAY if state == " hot" else 1.2
        self.found.append(Path(f"skip-{k}-{n}", role, body, width))
        self.found.append(Polygon(f"skip-tip-{k}-{n}", f"dot{state}", tip))

    # Texts.

    def _texts(self, column: Column) -> None:
        layout, members = self.layout, column.members
        k, states = members[0], {self._state(i) for i in members}
        hot, quiet = " hot" in states, states == {" quiet"}
        base = layout.floor + layout.below - layout.lines[-1] - 5
        for key, words, (size, weight), line in zip(
            KEYS, column.texts[:5], WEIGHTS, layout.lines[:5], strict=True
        ):
            if words:
                small = size == SMALL
                role = "hot" if hot else "muted" if quiet or small else "ink"
                y = base + line
                place = self._at(column.centre, y)
                self.found.append(Text(f"{key}-{k}", role, *place, words, size, weight))
        self._length(column, base)

    def _length(self, column: Column, base: float) -> None:
        """The length of the gradient that the first of a column's layers has by now."""
        known = [k for k in column.members if self.frame.knows_gradient(k)]
        if not known or not (words := self.layout.length(known[0])):
            return
        now = self.frame.is_at("back", known[0] + 1)
        place = self._at(column.centre, base + self.layout.lines[-1])
        role = "hot" if now else "gradient"
        key = f"length-{column.members[0]}"
        self.found.append(Text(key, role, *place, words, SMALL, "semibold"))
