"""A convolution as a product of two matrices (im2col): each kernel stretched into a row, each
window into a column.

With the kernels as the rows of W and the windows as the columns of X, the output is W X, its
channels in rows; the backward pass brings G Xᵀ to W and Wᵀ G to X, whose cells then go back to
where they were copied from. (Chellapilla, Puri and Simard, 2006.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gradviz.trace.cells import CellTrace, Place


@dataclass(frozen=True, eq=False)
class ColumnTrace(CellTrace):
    """The walk over the cells of a convolution, each the product of a row and a column.

    sent  `(first, kernels, place)`: what the window of an output cell receives from so many
          kernels, the first one on: a number for each of its cells, those of padding included.
    """

    kind: ClassVar = "im2col"

    sent: Callable[[int, int, Place], tuple[Any, ...]] = field(kw_only=True)

    @property
    def channel(self) -> int:
        """The axis of the output that counts its channels, from the end."""
        axis = self.op.channel_axis
        assert axis is not None
        return axis

    @property
    def length(self) -> int:
        """The cells of a window: the length of a row of W, and of a column of X."""
        return math.prod(self.shape(1)[1:])

    @property
    def windows(self) -> int:
        """The windows of an image: the columns of X."""
        return math.prod(self.shape(None)[self.channel + 1 :])

    @property
    def group(self) -> int:
        """The kernels that meet the same windows: all of them, without groups."""
        groups: int = self.row.options.get("groups", 1)
        return self.shape(1)[0] // groups

    def at(self, place: Place) -> tuple[int, int]:
        """The row and the column of an output cell: its kernel and its window."""
        sizes, column = self.shape(None)[self.channel + 1 :], 0
        for index, size in zip(place[self.channel + 1 :], sizes, strict=True):
            column = column * size + index
        return place[self.channel], column

    def place(self, kernel: int, window: int) -> Place:
        """The output cell of a kernel and a window."""
        rest: list[int] = []
        for size in reversed(self.shape(None)[self.channel + 1 :]):
            window, index = divmod(window, size)
            rest.append(index)
        lead = self.places[0][: len(self.shape(None)) + self.channel]
        return (*lead, kernel, *reversed(rest))

    def cells(self, slot: int, kernel: int, window: int) -> tuple[Place | None, ...]:
        """The cells of a row of W (slot 1) or of a column of X (slot 0)."""
        return self.window(self.place(kernel, window))[slot] or ()

    def number(self, slot: int, kernel: int, window: int, t: int) -> Any:
        """The number at place t of a row or a column; None for padding."""
        cell = self.cells(slot, kernel, window)[t]
        return None if cell is None else self.value(slot)[cell]
