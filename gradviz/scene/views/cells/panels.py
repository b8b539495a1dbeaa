"""The panels of a pass over windows: which arrays a step reads and writes, and what it makes of
them on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from gradviz.scene.views.cells.sheets import MOST_NUMBERS, View
from gradviz.story.languages import pattern
from gradviz.trace.cells import CellTrace, Place

Kind = Literal["operand", "patch", "parts", "terms", "output", "gradient"]
MOST_CHANNELS: Final = 4
MOST_SIDE: Final = 5
"""A window with more rows or columns than this is told by its largest products, not by grids."""
MOST_TERMS: Final = 8
KEPT: Final = 5
"""Of more terms, so many of the largest are written out; one line tells the sum of the others."""
LOOKED_AT: Final = 400
"""So many windows are looked at for the most cells that any holds."""
SAID: Final = {
    "input": pattern("input {name}"),
    "kernel": pattern("kernel {name}"),
    "bias": pattern("bias {name}"),
}
"""The headings of operands that have a role."""
GRIDS: Final = ("mean", "norm")


@dataclass(frozen=True, slots=True)
class Part:
    """A panel before it has a place.

    slot  the operand, None for the output, and for what a step makes of several.
    sign  what stands before it: `⊙`, `=`, `→`.
    """

    kind: Kind
    slot: int | None
    sign: str = ""


class Panels:
    """The panels of each pass of one walk."""

    def __init__(self, trace: CellTrace) -> None:
        self.trace, self.op = trace, trace.op
        shapes = [trace.shape(slot) for slot in range(len(trace.row.inputs))]
        find = self.op.window
        self.window = find(*shapes, **trace.row.options) if find else None
        self.views = {slot: _view(trace, slot) for slot in (None, *range(len(shapes)))}

    @property
    def _grid(self) -> tuple[int, int]:
        """The rows and columns of a window in one channel."""
        assert self.window is not None
        size = self.window.size
        if len(size) == 2:
            return size[0], size[1]
        second = self.trace.shape(1) if len(self.trace.row.inputs) > 1 else ()
        rows = second[-2] if len(second) > 1 else 1
        return rows, size[0]

    @cached_property
    def has_grids(self) -> bool:
        """Whether what a window holds and makes is small enough to stand in grids of its size."""
        return bool(self.window is not None and max(self._grid) <= MOST_SIDE)

    @property
    def of_kernel(self) -> bool:
        """Whether a window meets a kernel of its size, in grids."""
        return bool(self.has_grids) and len(self.trace.row.inputs) > 1

    def size(self, kind: Kind, slot: int | None) -> tuple[int, int]:
        """The rows and columns of the grids of a panel; of terms its lines."""
        if kind == "terms":
            return self.lines(slot), 1
        if kind in ("patch", "parts"):
            return self._grid
        return self.views[slot].size

    def of(self, slot: int | None, *, magnified: bool, folded: bool) -> Iterator[list[Part]]:
        """The panels of a pass in columns from left to right; those of a column stand below each
        other.

        magnified  whether the window is shown apart although its numbers stand in the input.
        folded     whether the products stand below the window.
        """
        apart = magnified or self.is_large
        yield from self._forward(apart, folded) if slot is None else self._backward(slot, apart)

    @cached_property
    def is_large(self) -> bool:
        """Whether the input, with its padding, is too large for a grid of numbers."""
        sizes = self.views[0].size
        pads = self.window.padding if self.window else ()
        padded = zip(reversed(sizes), [*reversed(pads), (0, 0), (0, 0)], strict=False)
        return any(n + sum(pad) > MOST_NUMBERS for n, pad in padded)

    def _forward(self, magnified: bool, folded: bool) -> Iterator[list[Part]]:
        others = [Part("operand", i) for i in range(1, len(self.trace.row.inputs))]
        yield [Part("operand", 0)]
        if self.of_kernel:
            made = Part("parts", None, "=")
            bias = others[1:] if self.spanned(0) == 1 else []
            yield [Part("patch", 0), *([made] if folded else [])]
            yield [Part("operand", 1, "⊙"), *bias]
            yield from [] if folded else [[made]]
        else:
            if others:
                yield others
            if self.trace.rule == "products":
                yield [Part("terms", None)]
            elif self.has_grids and self.trace.rule in GRIDS:
                yield [Part("parts", None)]
            elif magnified and self.has_grids:
                yield [Part("patch", 0)]
        yield [Part("output", None, "→")]

    def _backward(self, slot: int, magnified: bool) -> Iterator[list[Part]]:
        made = self.trace.rule == "products" and slot < 2
        sources = [1 - slot] if made else [0] if self.trace.rule in ("max", "min", "norm") else []
        for source in sources:
            yield [Part("operand", source)]
        if magnified and self.has_grids and 0 in sources:
            yield [Part("patch", 0)]
        yield [Part("output", None, "×" if made and self.has_grids else "")]
        if made:
            yield [Part("parts", slot, "=") if self.has_grids else Part("terms", slot)]
        yield [Part("gradient", slot, "→")]

    def lines(self, slot: int | None) -> int:
        """How many lines the terms of a step take at most, their sum included."""
        most = self._most_cells[slot or 0]
        lines = most if most <= MOST_TERMS else KEPT + 1
        bias = len(self.trace.row.inputs) > 2
        return max(lines, 1) + (1 + bias if slot is None else 0)

    @cached_property
    def _most_cells(self) -> list[int]:
        """How many cells of each operand a window holds at most."""
        first = self.trace.places[: min(LOOKED_AT, len(self.trace.places))]
        windows = [self.trace.window(place) for place in first]
        return [max(len(cells or ()) for cells in column) for column in zip(*windows, strict=True)]

    @cached_property
    def sample(self) -> dict[int | None, tuple[Place | None, ...]]:
        """By array, the cells of a window that holds more than padding."""
        fed = next((w for w in map(self.trace.window, self.trace.places) if any(w[0] or ())), None)
        fed = fed or self.trace.window(self.trace.places[0])
        return {
            None: (self.trace.places[0],),
            **{slot: cells or () for slot, cells in enumerate(fed)},
        }

    def spanned(self, slot: int | None) -> int:
        """How many grids of an array one window spans."""
        cells = self.sample[slot]
        return max(1, len({self.views[slot].split(cell)[0] for cell in cells if cell is not None}))

    def channels(self, slot: int | None) -> int:
        """How many grids of an array there are beside the one at work, that one included."""
        shape = self.trace.shape(slot)
        return shape[-3] if len(shape) > 2 else 1


def _view(trace: CellTrace, slot: int | None) -> View:
    """How an array is shown; the right operand of a matrix product and what a matrix makes of it
    are columns.
    """
    shape = trace.shape(slot)
    columns = [i for i, role in enumerate(trace.op.roles) if role == "column"]
    is_column = len(shape) == 1 and any(
        slot == i or (slot is None and len(trace.shape(i)) == 1) for i in columns
    )
    return View(shape, is_column)
