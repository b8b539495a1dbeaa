"""What stands in the grids at a step: the numbers known, and what is lit."""

from __future__ import annotations

from gradviz.fonts import Weight
from gradviz.scene.views.cells.sheets import Spot
from gradviz.scene.views.stamps.place import Key, StampLayout
from gradviz.story.stamps.frames import StampFrame
from gradviz.trace.stamps import Stamp

Shown = tuple[str, str, Weight]
"""A number as text, its role, its weight."""


class StampContents:
    """One frame, grid by grid."""

    def __init__(self, layout: StampLayout, frame: StampFrame) -> None:
        self.layout, self.frame, self.walk = layout, frame, frame.walk
        self.step = frame.step
        latest = max(frame.number, 1) - 1
        self.place: Stamp = self.walk.places[latest]

    @property
    def channel(self) -> int:
        """The channel of the output that is shown."""
        return self.place.channel

    @property
    def own(self) -> int:
        """The channel of the input that is shown."""
        return self.place.cell[-3]

    def lit(self, key: Key) -> list[Spot]:
        """The spots at work."""
        if self.step is None:
            return []
        if key == "x":
            return [(self.place.cell[-2], self.place.cell[-1])]
        if key == "y":
            found = [one.target for one in self.step.imprints if one.target is not None]
            return [(place[-2], place[-1]) for place in found]
        rows, columns = self.layout.grids[key].sheet.size
        return [(i, j) for i in range(rows) for j in range(columns)]

    def numbers(self, key: Key) -> dict[Spot, Shown]:
        """The numbers of a grid that are known."""
        return {"x": self._x, "w": self._w, "stamp": self._stamp, "y": self._y}[key]()

    def _x(self) -> dict[Spot, Shown]:
        lit = set(self.lit("x"))
        array = self.walk.value(0)[self.place.cell[:-2]]
        return self._array("x", array, lit, "value")

    def _w(self) -> dict[Spot, Shown]:
        array = self.walk.value(1)[self.kernel]
        return self._array("w", array, set(self.lit("w")), "ink")

    @property
    def kernel(self) -> tuple[int, ...]:
        """Where the kernel that is shown stands among all kernels."""
        step = self.step or self.walk.step(max(self.frame.number, 1))
        return step.rows[0][0].place[:-2]

    def _array(self, key: Key, array: object, lit: set[Spot], role: str) -> dict[Spot, Shown]:
        rows, columns = self.layout.grids[key].sheet.size
        found: dict[Spot, Shown] = {}
        for i in range(rows):
            for j in range(columns):
                hot = (i, j) in lit and key == "x"
                said = self.layout.said(float(array[i, j]))  # type: ignore[index]
                found[i, j] = said, "hot" if hot else role, "bold" if hot else "medium"
        return found

    def _stamp(self) -> dict[Spot, Shown]:
        if self.step is None:
            return {}
        return {
            (i, j): (
                self.layout.said(one.product),
                "muted" if one.target is None else "hot",
                "semibold",
            )
            for i, row in enumerate(self.step.rows)
            for j, one in enumerate(row)
        }

    def _y(self) -> dict[Spot, Shown]:
        lit = set(self.lit("y"))
        found: dict[Spot, Shown] = {}
        for place, value in self.reached.items():
            spot = place[-2], place[-1]
            hot = spot in lit
            found[spot] = (
                self.layout.said(value),
                "hot" if hot else "value",
                "bold" if hot else "medium",
            )
        return found

    @property
    def reached(self) -> dict[tuple[int, ...], float]:
        """What stands on the channel that is shown."""
        found = self.walk.reached(self.frame.number)
        return {place: value for place, value in found.items() if place[-3] == self.channel}
