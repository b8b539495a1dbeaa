"""What stands in the matrices of a convolution at a step: the numbers known, and what is lit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradviz.fonts import Weight
from gradviz.scene.views.im2col.place import NUMBER, ColumnLayout
from gradviz.story.cells.frames import CellFrame
from gradviz.trace.im2col import ColumnTrace

Shown = tuple[str, str, Weight]
"""A number as text, its role, its weight."""
Spot = tuple[int, int]
DOTS: Shown = ("…", "muted", "regular")


class ColumnContents:
    """One frame: the numbers of each matrix by row and column of what is drawn."""

    def __init__(self, layout: ColumnLayout, frame: CellFrame) -> None:
        self.layout, self.frame, self.slot = layout, frame, frame.slot
        self.walk: ColumnTrace = layout.walk
        step = frame.step
        place = step.place if step is not None else self.walk.places[0]
        self.kernel, self.window = self.walk.at(place)
        self.kernels = layout.kernels(self.kernel)
        self.columns = layout.columns(self.window)
        self.is_at_work, self.back = step is not None, frame.phase == "backward"

    def lit(self, key: str) -> list[Spot]:
        """What is at work in a matrix: a row of W, a column of X, a cell of the output."""
        if not self.is_at_work:
            return []
        i, j = self.kernels.index(self.kernel), self.columns.index(self.window)
        length = range(len(self.layout.length))
        if key == "out":
            return [(i, j)]
        if self.slot == 2:
            return [(i, 0)] if key == "w" else []
        return [(i, t) for t in length] if key == "w" else [(t, j) for t in length]

    def numbers(self, key: str) -> dict[Spot, Shown]:
        """The numbers of a matrix that are known."""
        return dict({"w": self._w, "x": self._x, "out": self._out}[key]())

    def _w(self) -> Iterator[tuple[Spot, Shown]]:
        for i, kernel in enumerate(self.kernels):
            hot = self.is_at_work and kernel == self.kernel
            if self.slot == 2:
                yield from self._bias(i, kernel)
                continue
            for t, at in enumerate(self.layout.length):
                if at is None:
                    yield (i, t), DOTS
                elif self.slot != 1:
                    yield (i, t), self._plain(self.walk.number(1, kernel, 0, at), hot)
                elif kernel <= self.kernel:
                    cell = self.walk.cells(1, kernel, 0)[at]
                    yield (i, t), self._gradient(self._so_far(1)[cell], hot)

    def _bias(self, i: int, kernel: int) -> Iterator[tuple[Spot, Shown]]:
        if kernel <= self.kernel:
            yield (i, 0), self._gradient(self._so_far(2)[(kernel,)], kernel == self.kernel)

    def _x(self) -> Iterator[tuple[Spot, Shown]]:
        for j, window in enumerate(self.columns):
            hot = self.is_at_work and window == self.window and self.slot != 2
            sent = self._sent(window) if self.slot == 0 else ()
            for t, at in enumerate(self.layout.length):
                if at is None:
                    yield (t, j), DOTS
                elif self.slot != 0:
                    number = self.walk.number(0, self.kernel, window, at)
                    yield (t, j), self._plain(0 if number is None else number, hot)
                elif sent:
                    yield (t, j), self._gradient(sent[at], hot)

    def _out(self) -> Iterator[tuple[Spot, Shown]]:
        walk, places = self.walk, self.walk.places
        array = walk.upstream if self.back else walk.value(None)
        for i, kernel in enumerate(self.kernels):
            for j, window in enumerate(self.columns):
                place = walk.place(kernel, window)
                made = places.number(place) - places.start
                if not self.back and not 0 <= made < self.frame.known:
                    continue
                now = self.is_at_work and (kernel, window) == (self.kernel, self.window)
                role = "hot" if now else "gradient" if self.back else "value"
                yield (i, j), (self.said(array[place]), role, "bold" if now else "medium")

    def _so_far(self, slot: int) -> Any:
        return self.walk.gradient(slot, self.frame.windows_back(slot))

    def _sent(self, window: int) -> tuple[Any, ...]:
        """What a column has received so far; empty before its first kernel."""
        group = self.walk.group
        first = max(self.kernel // group * group, self.walk.at(self.walk.places[0])[0])
        kernels = self.kernel - first + (window <= self.window)
        place = self.walk.place(self.kernel, window)
        return self.walk.sent(first, kernels, place) if kernels else ()

    def said(self, value: Any) -> str:
        """A number as it is shown."""
        return self.layout.numbers.text(value, NUMBER)

    def _plain(self, value: Any, hot: bool) -> Shown:
        return self.said(value), "ink" if hot else "muted", "medium" if hot else "regular"

    def _gradient(self, value: Any, hot: bool) -> Shown:
        if hot:
            return self.said(value), "hot", "bold"
        return self.said(value), "gradient", "semibold"
