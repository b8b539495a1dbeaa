"""The grids of a transposed convolution, side by side: the input, the kernel, the stamp that a cell
makes of it, and the output that it is put on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gradviz.arrays.digits import DIGITS, number
from gradviz.layout import text
from gradviz.scene.blocks import as_shown, wide
from gradviz.scene.views.cells.place import HEADING, OVER
from gradviz.scene.views.cells.sheets import MOST_NUMBERS, Sheet
from gradviz.story.languages import say
from gradviz.story.stamps.frames import StampStory

Key = Literal["x", "w", "stamp", "y"]
KEYS: Final[tuple[Key, ...]] = ("x", "w", "stamp", "y")
NUMBER: Final = 14.0
CELL: Final = 36.0
GAPS: Final[dict[Key, float]] = {"x": 0.0, "w": 40.0, "stamp": 40.0, "y": 62.0}
"""What stands before each: the dot, the equals sign, the arrow."""
WIDEST: Final = 4.6
"""A number takes no more than this many times its size; a longer one loses digits."""
UNPADDED: Final = ((0, 0), (0, 0))


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid, its heading and its top left corner."""

    sheet: Sheet
    heading: str
    x: float
    y: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.sheet.width

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.sheet.height / 2


class StampLayout:
    """The places of all grids, from the corner (0, 0) on."""

    def __init__(self, story: StampStory) -> None:
        self.story, self.walk = story, story.walk
        walk = self.walk
        sizes: dict[Key, tuple[int, int]] = {
            "x": (walk.shape(0)[-2], walk.shape(0)[-1]),
            "w": (walk.shape(1)[-2], walk.shape(1)[-1]),
            "stamp": (walk.shape(1)[-2], walk.shape(1)[-1]),
            "y": (walk.shape(-1)[-2], walk.shape(-1)[-1]),
        }
        across = max(CELL, self._widest() + 10)
        sheets = {
            key: Sheet.of(size, UNPADDED, (across, CELL), NUMBER) for key, size in sizes.items()
        }
        self.height = max(sheet.height for sheet in sheets.values()) + OVER + HEADING
        axis = OVER + HEADING + (self.height - OVER - HEADING) / 2
        self.grids: dict[Key, Grid] = {}
        x = 0.0
        for key, sheet in sheets.items():
            heading = self.heading(key)
            x += GAPS[key]
            self.grids[key] = Grid(sheet, heading, x, axis - sheet.height / 2)
            x += max(sheet.width, wide(heading, HEADING))
        self.width, self.axis = x, axis

    def heading(self, key: Key) -> str:
        """What stands above a grid."""
        x, w, *_, y = self.walk.names
        return {
            "x": say("input {name}", name=x),
            "w": say("kernel {name}", name=w),
            "stamp": say("stamp"),
            "y": say("output {name}", name=y),
        }[key]

    def caption(self, key: Key, channel: int, own: int) -> str:
        """The channel that a grid shows, where there are several: of the input or the output."""
        count = {"x": self.walk.shape(0)[-3], "y": self.walk.shape(-1)[-3]}.get(key, 1)
        at = {"x": own, "y": channel}.get(key, 0)
        return say(", channel {number} of {count}", number=at + 1, count=count) if count > 1 else ""

    def said(self, value: float) -> str:
        """A number with as many digits as fit into a cell."""
        for digits in range(max(1, min(DIGITS, self.story.digits) - 1), 0, -1):
            if wide(said := as_shown(number(value, digits)), NUMBER) <= WIDEST * NUMBER:
                return said
        return text.fit(said, NUMBER, "bold", WIDEST * NUMBER)

    def _widest(self) -> float:
        """The width of the widest number of any step."""
        walk, found = self.walk, 0.0
        if max(walk.shape(-1)[-2:]) > MOST_NUMBERS * 4:
            return WIDEST * NUMBER
        xp = walk.trace.xp
        values = [v for slot in (0, 1) for v in _flat(xp.plain(walk.value(slot)))]
        for step in walk:
            values += [v for i in step.imprints for v in (i.product, i.after or 0.0)]
        for value in dict.fromkeys(values):
            found = max(found, wide(self.said(value), NUMBER))
        return found


def _flat(plain: object) -> list[float]:
    if isinstance(plain, list | tuple):
        return [v for part in plain for v in _flat(part)]
    return [float(plain)]  # type: ignore[arg-type]
