"""Where the grids of W · x + b = s stand: one after the other about an axis."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from gradviz.arrays.digits import typeset as minus
from gradviz.layout.curves import Box
from gradviz.scene.blocks import wide
from gradviz.scene.images import can_be_image
from gradviz.scene.typeset import SIZE, typeset
from gradviz.scene.views.neurons.place import Written
from gradviz.story.languages import pattern, say
from gradviz.story.maths.source import source
from gradviz.story.maths.tree import M, Maths
from gradviz.story.maths.unicode import powers
from gradviz.story.matrix.frames import MatrixStory
from gradviz.trace.matrix import MatrixStep, Slot, Term

Key = TypeVar("Key")

NUMBER: Final = 13.0
SMALL: Final = 11.0
NAME: Final = 15.0
LABEL: Final = 13.5
"""The size of numbers, of words, of the names of grids, of elements and rows."""
PAD: Final = 5.5
TALL: Final = (29.0, 44.0)
"""The height of a cell with one number, and with a gradient below it."""
FIRST, SECOND = 14.0, 31.5
"""The middles of both in a cell of two."""
NARROWEST: Final = 38.0
ROWS_GAP: Final = 22.0
COLUMNS_GAP: Final = 26.0
"""In place of rows and columns that are not drawn."""
HEADS: Final = 25.0
OVER: Final = 32.0
"""Above all, for the arrow from an image."""
SUM: Final = 27.0
"""Below, for the sum of the products."""
SIGN: Final = 25.0
"""For an operator between two grids."""
TIE: Final = 15.0
AFTER: Final = 6.0
IMAGE: Final = 112.0
SPACE: Final = 28.0
"""Between an image and W."""
MOST_PIXELS: Final = 16
"""An image of more is drawn without its numbers."""
PIXEL: Final = (58.0, 50.0)
TRUE: Final = pattern("true class")


@dataclass(frozen=True)
class Grid:
    """The cells of an array: the left edge and width of each column, the top and height of each
    row; `end` is the right edge of the grid and of its head.
    """

    across: dict[int, tuple[float, float]]
    down: dict[int, tuple[float, float]]
    left: float
    right: float
    top: float
    bottom: float
    end: float

    def cell(self, i: int, j: int) -> Box:
        """The box of a cell."""
        (left, width), (top, height) = self.across[j], self.down[i]
        return Box(left, top, width, height)

    @property
    def middle(self) -> float:
        """The middle from left to right."""
        return (self.left + self.right) / 2


def spread(
    slots: Sequence[Slot], start: float, step: float, gap: float
) -> tuple[dict[int, tuple[float, float]], float]:
    """The start and length of each slot; a gap goes by the first index that it stands for, negative
    so that it is none of those drawn. With the end.
    """
    found = {}
    for slot in slots:
        key, size = (slot, step) if isinstance(slot, int) else (-slot.start, gap)
        found[key] = start, size
        start += size
    return found, start


class MatrixLayout:
    """The places of one walk, from the top left corner of the figure."""

    def __init__(self, story: MatrixStory) -> None:
        self.story, self.walk, self.f = story, story.walk, story.formulas
        self.equation = self.walk.equation
        rows, columns = self.walk.rows, self.walk.columns
        self.tall = TALL[self.walk.has_backward]
        high = [self._length(slots) for slots in (rows, columns)]
        self.over = OVER if self.has_image else 0.0
        self.axis = self.over + HEADS + max(*high, self.image_size[1] if self.has_image else 0) / 2
        self.height = self.axis + max(high) / 2 + SUM
        if self.has_label and self.walk.batch > 1:
            self.height += max(0.0, high[0] / 2 + 44 - max(high) / 2 - SUM)
        self.heads = self._set(
            {
                "W": self.f.whole(),
                "x": self.f.column_head(),
                "b": M.name(self.f.offset),
                "s": self.f.sums_head(self.f.sums),
                "u": self.f.sums_head(self.f.upstream),
            },
            NAME,
        )
        self.names: dict[tuple[str, int], Written] = self._set(
            {
                (k, n): self.f.maths(k, n)
                for k, slots in ((("x", columns), ("s", rows)) if self.walk.batch == 1 else ())
                for n in self.drawn(slots)
            },
            LABEL,
        )
        self._place()

    def _length(self, slots: Sequence[Slot]) -> float:
        return spread(slots, 0.0, self.tall, ROWS_GAP)[1]

    def _place(self) -> None:
        eq, rows, columns = self.equation, self.walk.rows, self.walk.columns
        drawn = {"r": self.drawn(rows), "c": self.drawn(columns)}
        x = 0.0
        if self.has_image:
            self.image = Box(0.0, self.axis - self.image_size[1] / 2, *self.image_size)
            x += self.image.w + SPACE
        weights = [eq.weights[i][j] for i in drawn["r"] for j in drawn["c"]]
        outer = [] if eq.outer is None else [eq.outer[i][j] for i in drawn["r"] for j in drawn["c"]]
        self.W = self._grid(x, rows, columns, self._wide(weights, outer), "W")
        x = self.W.end + SIGN
        self.dot = x - SIGN / 2 - 2
        x += max((w.width + 6 for (k, _), w in self.names.items() if k == "x"), default=0.0)
        one: Sequence[Slot] = (0,)
        samples = [eq.samples[n] for n in self.drawn(self.walk.samples)]
        back = [s.back[j] for s in samples if s.back is not None for j in drawn["c"]]
        cell = self._wide([s.inputs[j] for s in samples for j in drawn["c"]], back)
        self.x = self._grid(x, columns, self.walk.samples, cell, "x")
        self.products = max(self.x.right + TIE, self.x.end + 6) + self._products() + 2
        x = self.products + AFTER
        if eq.bias is not None:
            self.plus = x + SIGN / 2 - 2
            bias = [eq.bias[i] for i in drawn["r"]]
            down = [] if eq.down is None else [eq.down[i] for i in drawn["r"]]
            cell = self._wide(bias, down, second=self.f.shown)
            self.b = self._grid(x + SIGN, rows, one, cell, "b")
            x = self.b.end
        self.equals = x + SIGN / 2
        scores = [s.scores[i] for s in samples for i in drawn["r"]]
        up = [s.upstream[i] for s in samples if s.upstream is not None for i in drawn["r"]]
        cell = self._wide(scores, up, first=self.f.digits, second=self.f.shown)
        self.s = self._grid(x + SIGN, rows, self.walk.samples, cell, "s")
        self.width = max(self.s.end, self.s.right + 9 + self._classes())

    def _classes(self) -> float:
        """The width of what stands beside s: names of rows or classes, and the true one."""
        widest = [w.width for (k, _), w in self.names.items() if k == "s"]
        if self.walk.classes:
            widest = [wide(self.walk.classes[i], LABEL) for i in self.drawn(self.walk.rows)]
        return max([*widest, wide(say(TRUE), SMALL) * self.has_label], default=-9.0)

    @property
    def has_label(self) -> bool:
        """Whether a row that is drawn is that of a true class."""
        return any(label is not None and label in self.walk.rows for label in self.walk.labels)

    def _grid(
        self, left: float, rows: Sequence[Slot], columns: Sequence[Slot], cell: float, key: str
    ) -> Grid:
        """A grid with its head above it, which may be wider."""
        across, right = spread(columns, 0.0, cell, COLUMNS_GAP)
        head = self.head_width(key)
        shift = left + max(0.0, (head - right) / 2)
        across = {k: (at + shift, size) for k, (at, size) in across.items()}
        top = self.axis - self._length(rows) / 2
        down, bottom = spread(rows, top, self.tall, ROWS_GAP)
        end = max(shift + right, left + head)
        return Grid(across, down, shift, shift + right, top, bottom, end)

    def head_width(self, key: str) -> float:
        """The width of a grid's name and shape."""
        shape = self.shape(key)
        return self.heads[key].width + (7 + wide(shape, SMALL) if shape else 0.0)

    def shape(self, key: str) -> str:
        """The shape beside the name of W and x."""
        rows, columns = self.walk.shape
        shapes = {"W": f"{rows:,}×{columns:,}", "x": f"{columns:,}×{self.walk.batch:,}"}
        return shapes.get(key, "")

    def _wide(
        self,
        values: Iterable[float],
        gradients: Iterable[float],
        first: int | None = None,
        second: int | None = None,
    ) -> float:
        """The width of cells that hold these."""
        f = self.f
        texts = [self.said(v, first or f.shown) for v in values]
        texts += [self.said(v, second or f.digits) for v in gradients]
        return max(NARROWEST, *(wide(t, NUMBER) + 2 * PAD for t in texts))

    def _products(self) -> float:
        """The width of the widest product, and of the word above them."""
        widest = wide(say("products"), SMALL)
        for step in self.walk:
            if step.place.kind in ("row", "inputs"):
                slots = self.walk.columns if step.place.kind == "row" else self.walk.rows
                said = [self.product(step.terms[k]) for k in slots if isinstance(k, int)]
                said += [self.said(v) for v in step.parts]
                said.append(self.total(step))
                widest = max(widest, *(wide(t, NUMBER) for t in said))
        return widest

    def said(self, value: float, digits: int | None = None) -> str:
        """A number in the figure."""
        return powers(minus(self.f.said(value, digits)))

    def product(self, term: Term) -> str:
        """A product, with ≈ where the factors as they are shown do not give it."""
        return ("" if self.f.comes_out(term) else "≈ ") + self.said(term.product)

    def total(self, step: MatrixStep) -> str:
        """The sum of a step's products."""
        assert step.total is not None
        total = self.f.settled(step.total, [t.product for t in step.terms])
        sign = "Σ " if self.f.adds_up(step.parts, total) else "Σ ≈ "
        return sign + self.said(total)

    @staticmethod
    def drawn(slots: Sequence[Slot]) -> list[int]:
        """The indices that are drawn."""
        return [slot for slot in slots if isinstance(slot, int)]

    @cached_property
    def has_image(self) -> bool:
        """Whether an image stands before W."""
        return self.walk.image and self.walk.batch == 1 and can_be_image(self.pixels)

    @cached_property
    def pixels(self) -> tuple[int, ...]:
        """The shape of the image."""
        trace = self.walk.trace
        return tuple(trace.xp.shape(trace.values[self.equation.column]))

    @property
    def has_numbers(self) -> bool:
        """Whether the image is so small that it is drawn with its numbers."""
        return (
            len(self.pixels) == 2
            and len(self.equation.inputs) <= MOST_PIXELS
            and (not any(isinstance(slot, range) for slot in self.walk.columns))
        )

    @property
    def image_size(self) -> tuple[float, float]:
        """The width and height of the image."""
        shape = self.pixels
        if len(shape) == 1:
            return IMAGE, IMAGE
        rows, columns = shape[-2:]
        if self.has_numbers:
            width = max(PIXEL[0], *(27 + wide(self.said(v, self.f.shown), NUMBER) for v in
                                    self.equation.inputs))  # fmt: skip
            return columns * width, rows * PIXEL[1]
        size = IMAGE / max(rows, columns)
        return max(columns * size, 8.0), max(rows * size, 8.0)

    def _set(self, written: dict[Key, Maths], size: float) -> dict[Key, Written]:
        sources = {key: source(maths) for key, maths in written.items()}
        made = typeset(sources.values())
        return {key: Written(s, made[s], size / SIZE) for key, s in sources.items()}
