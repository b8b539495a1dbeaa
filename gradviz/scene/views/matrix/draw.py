"""Drawing one frame of W · x + b = s: grids, what is at work in a box, its products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

from gradviz.graph.graph import INPUT
from gradviz.layout.curves import Box, Point
from gradviz.layout.text import cap_height
from gradviz.scene.blocks import wide
from gradviz.scene.images import image, png, unflattened
from gradviz.scene.model import Circle, Image, Item, Maths, Path, Polygon, Rect, Text
from gradviz.scene.shapes import straight, with_arrow
from gradviz.scene.views.matrix.place import (
    FIRST,
    HEADS,
    LABEL,
    NUMBER,
    SECOND,
    SMALL,
    TIE,
    TRUE,
    Grid,
    MatrixLayout,
)
from gradviz.scene.views.neurons.place import Written
from gradviz.story.languages import pattern, say
from gradviz.story.matrix.frames import MatrixFrame
from gradviz.trace.matrix import Slot

STRETCHED: Final = (pattern("stretched into a column, row by row"), pattern("row by row"))
Weight = Literal["regular", "medium", "semibold", "bold"]
Anchor = Literal["start", "middle", "end"]
_WEIGHTS: Final[dict[bool, tuple[str, Weight]]] = {False: ("ink", "regular"), True: ("hot", "bold")}
"""The look of what W and b hold, and of what is at work."""


class MatrixDrawing:
    """One frame of a laid-out product, its top left corner at `corner`."""

    def __init__(self, layout: MatrixLayout, frame: MatrixFrame, corner: Point) -> None:
        self.layout, self.frame, self.corner = layout, frame, corner
        self.walk, self.equation, self.f = frame.walk, frame.walk.equation, layout.f
        self.kind = frame.place.kind if frame.place else ""
        self.index = frame.place.at if frame.place else None
        self.sample = frame.place.sample if frame.place else 0
        self.lit = frame.lit.spots | {
            ("W", target[1], source[1]) for source, target in frame.lit.hops if source[0] == "x"
        }
        self.under: list[Item] = []
        self.lines: list[Item] = []
        self.boxes: list[Item] = []
        self.texts: list[Item] = []

    def items(self) -> list[Item]:
        """All items, in drawing order."""
        if self.layout.has_image:
            self._image()
            self._stretch()
        self._matrix()
        self._column()
        self._sum()
        self._bias()
        self._scores()
        self._operators()
        self._passed()
        return [*self.under, *self.lines, *self.boxes, *self.texts]

    # Pieces.

    def _say(
        self,
        key: str,
        role: str,
        x: float,
        middle: float,
        words: str,
        size: float = NUMBER,
        weight: Weight = "medium",
        anchor: Anchor = "middle",
    ) -> None:
        at = self.corner.x + x, self.corner.y + middle + cap_height(size) / 2
        self.texts.append(Text(key, role, *at, words, size, weight, anchor))

    def _write(self, key: str, role: str, left: float, baseline: float, what: Written) -> None:
        at = self.corner.x + left, self.corner.y + baseline - what.rise
        self.texts.append(Maths(key, role, *at, what.source, what.setting, what.scale))

    def _rect(self, key: str, role: str, box: Box, radius: float = 0.0) -> Rect:
        at = box.x + self.corner.x, box.y + self.corner.y
        return Rect(key, role, *at, box.w, box.h, radius)

    def _line(self, key: str, role: str, x: float, y: float, to_x: float, to_y: float) -> None:
        ends = x + self.corner.x, y + self.corner.y, to_x + self.corner.x, to_y + self.corner.y
        self.lines.append(Path(key, role, straight(*ends)))

    def _head(self, key: str, grid: Grid) -> None:
        """The name of a grid and its shape, above it."""
        name, shape = self.layout.heads[key], self.layout.shape(key)
        left = grid.middle - self.layout.head_width(key) / 2
        self._write(f"{key}-head", "ink", left, grid.top - 9, name)
        if shape:
            at = left + name.width + 7
            self._say(f"{key}-shape", "muted", at, grid.top - 13, shape, SMALL, "medium", "start")

    def _cells(self, key: str, grid: Grid, rows: Sequence[Slot], columns: Sequence[Slot]) -> None:
        """The cells that are drawn, and dots for the others."""
        for i in rows:
            for j in columns:
                if isinstance(i, int) and isinstance(j, int):
                    self.under.append(self._rect(f"{key}-cell-{i}-{j}", "grid", grid.cell(i, j)))
                    continue
                box = grid.cell(_key(i), _key(j))
                x, y = box.x + box.w / 2, box.y + box.h / 2
                for step in (-5.0, 0.0, 5.0):
                    across = step * isinstance(j, range), step * isinstance(i, range)
                    at = x + across[0] + self.corner.x, y + across[1] + self.corner.y
                    name = f"{key}-dots-{_key(i)}-{_key(j)}-{step:g}"
                    self.under.append(Circle(name, "dot", *at, 1.2))

    def _box(self, key: str, box: Box) -> None:
        """What is at work, in a box."""
        at = f"{self.kind}-{self.index}" + (f"-{self.sample}" if self.sample else "")
        self.under.append(self._rect(f"{key}-tint-{at}", "window tint", box, 3))
        self.boxes.append(self._rect(f"{key}-box-{at}", "window", box, 3))

    def _ring(self, key: str, box: Box) -> None:
        """What goes into this step from elsewhere."""
        self.boxes.append(self._rect(f"{key}-ring", "ring", box, 3))

    def _number(self, key: str, box: Box, value: float, role: str, weight: Weight, at: int) -> None:
        """A number in a cell: the upper of two, where gradients come."""
        middle = FIRST if self.walk.has_backward else box.h / 2
        said = self.layout.said(value, at)
        self._say(key, role, box.x + box.w / 2, box.y + middle, said, NUMBER, weight)

    def _gradient(self, key: str, box: Box, value: float, at: int, *, hot: bool) -> None:
        role = "hot" if hot else "gradient"
        said = self.layout.said(value, at)
        x, y = box.x + box.w / 2, box.y + SECOND
        self._say(f"{key}-gradient", role, x, y, said, NUMBER, "bold")

    def _is(self, kind: str, index: int | None = None, sample: int | None = None) -> bool:
        is_there = sample is None or self.sample == sample
        return self.kind == kind and (index is None or self.index == index) and is_there

    def _passed(self) -> None:
        """Rings around the entries that a path leads through."""
        grids = {"W": self.layout.W, "x": self.layout.x, "s": self.layout.s}
        if self.equation.bias is not None:
            grids["b"] = self.layout.b
        shown = {
            "W": (self.walk.rows, self.walk.columns),
            "x": (self.walk.columns, self.walk.samples),
            "s": (self.walk.rows, self.walk.samples),
            "b": (self.walk.rows, (0,)),
        }
        for what, i, j in sorted(spot for spot in self.lit if len(spot) == 3):
            if i in shown[what][0] and j in shown[what][1]:
                self._ring(f"path-{what}-{i}-{j}", grids[what].cell(i, j))

    # The image.

    def _image(self) -> None:
        layout, box, trace = self.layout, self.layout.image, self.walk.trace
        node = trace.graph.nodes[self.equation.column]
        value = trace.values[self.equation.column]
        is_input = node.op == INPUT
        name = node.name if 0 < len(node.name) < 13 else say("image" if is_input else "features")
        if name == self.f.column:
            name = "image" if is_input and name != "image" else ""
        self._say("image-name", "muted", box.x + box.w / 2, box.y - 12, name or "pixels", SMALL)
        if layout.has_numbers:
            self._pixels(box)
        else:
            photo = image(trace.xp, unflattened(trace.xp, value, node))
            at = self.corner.x + box.x, self.corner.y + box.y
            self.under.append(Image("image", "image", *at, box.w, box.h, photo.png))
            rows, columns = photo.shape[-2:]
            words = f"{rows}×{columns}{' pixels' if is_input else ''}"
            below = box.y + box.h + 13
            self._say("image-size", "muted", box.x + box.w / 2, below, words, SMALL)
        self.lines.append(self._rect("image-frame", "grid", box))

    def _pixels(self, box: Box) -> None:
        """Each pixel: a strip, the brighter the larger its number, its name and the number."""
        _, columns = self.layout.pixels
        inputs = self.equation.inputs
        low, high = min(0.0, *inputs), max(0.0, *inputs)
        scale = 255 / (high - low) if 0 < high - low < math.inf else 0.0
        across = box.w / columns
        down = box.h / (len(inputs) // columns)
        for k, value in enumerate(inputs):
            left, top = box.x + k % columns * across, box.y + k // columns * down
            at = self.corner.x + left, self.corner.y + top
            shade = png([[bytes([round(scale * (value - low)) if scale else 0])]])
            self.under.append(Image(f"pixel-{k}-shade", "image", *at, across, 0.42 * down, shade))
            self.under.append(self._rect(f"pixel-{k}", "grid", Box(left, top, across, down)))
            name, y = self.layout.names["x", k], top + 0.72 * down
            said = self.layout.said(value, self.f.shown)
            whole = name.width + 6 + wide(said, NUMBER)
            start = left + (across - whole) / 2
            self._write(f"pixel-{k}-name", "muted", start, y + 4, name)
            at_number = start + name.width + 6
            self._say(f"pixel-{k}-value", "value", at_number, y, said, NUMBER, "bold", "start")

    def _stretch(self) -> None:
        """The arrow from the image over W to the column."""
        layout, box, dx, dy = self.layout, self.layout.image, self.corner.x, self.corner.y
        start, end = (box.x + box.w + 5, box.y + box.h / 2), layout.x.middle
        top, low = 9.0, layout.x.top - HEADS - 1
        rise = layout.W.left - 6
        begin = rise + 16
        fitting = (s for s in map(say, STRETCHED) if wide(s, SMALL) + 12 <= end - 12 - begin)
        said = next(fitting, say(STRETCHED[-1]))
        words = wide(said, SMALL) / 2 + 6
        middle = max((layout.W.left + layout.x.left) / 2, begin + words)
        first = (
            Point(start[0] + dx, start[1] + dy),
            Point(rise - 7 + dx, start[1] + dy),
            Point(rise - 10 + dx, top + dy),
            Point(begin + dx, top + dy),
        )
        left, right = middle - words, middle + words
        self.lines.append(Path("stretch-0", "wire", first))
        self._line("stretch-1", "wire", begin, top, left, top)
        bend = max(right + 4, end - 34)
        self._line("stretch-2", "wire", right, top, bend, top)
        last = (
            Point(bend + dx, top + dy),
            Point(end + dx - 4, top + dy),
            Point(end + dx, top + dy),
            Point(end + dx, low + dy),
        )
        body, tip = with_arrow(last)
        self.lines += [Path("stretch-3", "wire", body), Polygon("stretch-tip", "dot", tip)]
        self._say("stretch", "muted", middle, top, said, SMALL)

    # Grids.

    def _matrix(self) -> None:
        grid, eq, f = self.layout.W, self.equation, self.f
        rows, columns = self.walk.rows, self.walk.columns
        self._head("W", grid)
        self._cells("W", grid, rows, columns)
        for i in self.layout.drawn(rows):
            for j in self.layout.drawn(columns):
                key, box = f"W-{i}-{j}", grid.cell(i, j)
                hot = self._is("row", i) or self._is("inputs", j) or ("W", i, j) in self.lit
                self._number(key, box, eq.weights[i][j], *_WEIGHTS[hot], f.shown)
                if eq.outer is not None and self.frame.knows("weights", i):
                    now = self._is("weights", i)
                    self._gradient(key, box, eq.outer[i][j], f.digits, hot=now)
        if self._is("row") or self._is("weights"):
            top, height = grid.down[self.index or 0]
            self._box("W", Box(grid.left, top, grid.right - grid.left, height))
        elif self._is("inputs"):
            left, width = grid.across[self.index or 0]
            self._box("W", Box(left, grid.top, width, grid.bottom - grid.top))

    def _column(self) -> None:
        grid, walk = self.layout.x, self.walk
        self._head("x", grid)
        self._cells("x", grid, walk.columns, walk.samples)
        for (what, j), name in self.layout.names.items():
            if what == "x":
                box = grid.cell(j, 0)
                at = box.y + (FIRST if walk.has_backward else box.h / 2)
                self._write(f"x-{j}-name", "muted", grid.left - 6 - name.width, at + 4, name)
        for n in self.layout.drawn(walk.samples):
            for j in self.layout.drawn(walk.columns):
                self._input(j, n)
        left, width = grid.across[self.sample]
        column = Box(left, grid.top, width, grid.bottom - grid.top)
        if self._is("row"):
            self._box("x", column)
        elif self._is("weights"):
            row = self.frame.step.element if self.frame.step else None
            if row is None:
                self._ring("x", _whole(grid))
            else:
                self._ring(f"x-{row}", _row(grid, row))
        elif self._is("inputs"):
            self._box("x", grid.cell(self.index or 0, self.sample))

    def _input(self, j: int, n: int) -> None:
        """An element of x, and its gradient once it is known."""
        f, sample, box = self.f, self.equation.samples[n], self.layout.x.cell(j, n)
        key = f"x-{j}" + (f"-{n}" if n else "")
        role = "hot" if self._is("row", sample=n) else "value"
        self._number(key, box, sample.inputs[j], role, "bold", f.shown)
        if sample.back is not None and self.frame.knows("inputs", j, n):
            self._gradient(key, box, sample.back[j], f.digits, hot=self._is("inputs", j, n))

    def _sum(self) -> None:
        """The products of this step, and their sum beneath."""
        step, layout = self.frame.step, self.layout
        if step is None or step.total is None:
            return
        forward = self._is("row")
        slots, grid = (self.walk.columns, layout.x) if forward else (self.walk.rows, layout.s)
        kind = "product" if forward else "back"
        for slot, part in zip(slots, step.parts, strict=True):
            key = _key(slot)
            top, height = grid.down[key]
            y = top + height / 2
            if forward and self.walk.has_backward and isinstance(slot, int):
                y = top + FIRST
            if isinstance(slot, int):
                said = layout.product(step.terms[slot])
                self._say(
                    f"{kind}-{slot}", "hot", layout.products, y, said, NUMBER, "semibold", "end"
                )
                if forward:
                    end = layout.products - wide(said, NUMBER) - 5
                    start = layout.x.right + 3
                    self._line(f"tie-{slot}", "arc hot", start, y, min(end, start + TIE - 6), y)
            else:
                said = layout.said(part)
                self._say(
                    f"{kind}-rest-{slot.start}", "hot", layout.products, y, said, NUMBER,
                    "regular", "end",
                )  # fmt: skip
        said = layout.total(step)
        self._say(f"{kind}s", "muted", layout.products, grid.top - 13, say("products"), SMALL,
                  "medium", "end")  # fmt: skip
        below = grid.bottom + 4
        self._line(f"{kind}-rule", "arc hot", layout.products - wide(said, NUMBER), below,
                   layout.products, below)  # fmt: skip
        self._say(f"{kind}-total", "hot", layout.products, below + 12, said, NUMBER, "bold", "end")

    def _bias(self) -> None:
        eq, f = self.equation, self.f
        if eq.bias is None:
            return
        grid = self.layout.b
        self._head("b", grid)
        self._cells("b", grid, self.walk.rows, (0,))
        for i in self.layout.drawn(self.walk.rows):
            hot, box = self._is("row", i) or ("b", i, 0) in self.lit, grid.cell(i, 0)
            self._number(f"b-{i}", box, eq.bias[i], *_WEIGHTS[hot], f.shown)
            if eq.down is not None and self.frame.knows("bias"):
                self._gradient(f"b-{i}", box, eq.down[i], f.shown, hot=self._is("bias"))
        if self._is("row"):
            self._box("b", grid.cell(self.index or 0, 0))
        elif self._is("bias"):
            self._box("b", _whole(grid))

    def _scores(self) -> None:
        walk, layout, grid = self.walk, self.layout, self.layout.s
        self._head("s", grid)
        self._cells("s", grid, walk.rows, walk.samples)
        for n in layout.drawn(walk.samples):
            for i in layout.drawn(walk.rows):
                self._score(i, n)
        for i in layout.drawn(walk.rows):
            known = self.frame.knows("row", i)
            self._class(i, grid, "hot" if self._is("row", i) else "ink" if known else "muted")
        if self.equation.upstream is not None and self.frame.knows_upstream:
            sign = layout.heads["u"]
            self._write("u-head", "gradient", grid.middle - sign.width / 2, grid.bottom + 15, sign)
        if self._is("row"):
            self._box("s", grid.cell(self.index or 0, self.sample))
        if walk.batch > 1 and layout.has_label:
            self._say_true("true", grid.right - wide(say(TRUE), SMALL), grid.bottom + 30)

    def _score(self, i: int, n: int) -> None:
        """An element of s, and of u once the backward pass has begun."""
        f, sample, box = self.f, self.equation.samples[n], self.layout.s.cell(i, n)
        key = f"s-{i}" + (f"-{n}" if n else "")
        if self.frame.knows("row", i, n):
            role = "hot" if self._is("row", i, n) else "value"
            self._number(key, box, sample.scores[i], role, "bold", f.digits)
        if self.walk.batch > 1 and self.walk.labels[n] == i:
            y = box.y + (FIRST if self.walk.has_backward else box.h / 2) + 7.2
            half, middle = wide(self.layout.said(sample.scores[i], f.digits), NUMBER) / 2, box.x
            middle += box.w / 2
            self._line(f"{key}-true", "pixel", middle - half, y, middle + half, y)
        if sample.upstream is not None and self.frame.knows_upstream:
            used = self._is("weights", i) or self._is("inputs", sample=n) or self._is("bias")
            self._gradient(key, box, sample.upstream[i], f.shown, hot=False)
            if used:
                ring = Box(box.x + 3, box.y + SECOND - 8.5, box.w - 6, 17)
                self._ring(f"{key}-u", ring)

    def _class(self, i: int, grid: Grid, role: str) -> None:
        """The name of a row or of its class, and whether it is the true one."""
        box, x = grid.cell(i, self.layout.drawn(self.walk.samples)[0]), grid.right + 9
        y = box.y + box.h / 2
        is_true = self.walk.batch == 1 and i == self.walk.label
        if self.walk.classes:
            words, middle = self.walk.classes[i], y - 7 if is_true else y
            self._say(f"class-{i}", role, x, middle, words, LABEL, "medium", "start")
        elif ("s", i) in self.layout.names:
            name = self.layout.names["s", i]
            self._write(f"class-{i}", role, x, y + (-3 if is_true else 4), name)
        if is_true:
            self._say_true("true", x, y + 9)

    def _say_true(self, key: str, x: float, y: float) -> None:
        self._say(key, "ink", x, y, say(TRUE), SMALL, "medium", "start")
        self._line(f"{key}-line", "pixel", x, y + 7, x + wide(say(TRUE), SMALL), y + 7)

    def _operators(self) -> None:
        layout, y = self.layout, self.layout.axis
        at = layout.dot + self.corner.x, y + self.corner.y
        self.under.append(Circle("dot", "dot", *at, 2.4))
        if self.equation.bias is not None:
            self._say("plus", "ink", layout.plus, y, "+", 17, "medium")
        self._say("equals", "ink", layout.equals, y, "=", 17, "medium")


def _key(slot: Slot) -> int:
    return slot if isinstance(slot, int) else -slot.start


def _whole(grid: Grid) -> Box:
    return Box(grid.left, grid.top, grid.right - grid.left, grid.bottom - grid.top)


def _row(grid: Grid, row: int) -> Box:
    top, height = grid.down[row]
    return Box(grid.left, top, grid.right - grid.left, height)
