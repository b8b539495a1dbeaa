"""The strip above a graph: values that several scopes use, each once, with its gradient so far.

Within the scopes such a value is a tag, which shows what its use brings back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gradviz.layout import text
from gradviz.layout.curves import Box
from gradviz.scene.blocks import SMALL, Block, wide
from gradviz.scene.typeset import SIZE, Setting
from gradviz.scene.views.graph.values import Figures

HEADING: Final = 13.0
NAME: Final = 17.0
PAD: Final = 10.0
GAP: Final = 12.0
"""Between entries, and between the parts of one."""
BELOW: Final = 14.0
"""Between the strip and the graph."""
LONGEST: Final = 40
"""The most characters of a sum."""
LEADING: Final = 13.0
LOWEST: Final = 34.0
"""The least height of an entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value, measured from everything that its entry will ever hold.

    notes  the lines that may stand beside its gradient.
    """

    node: int
    name: Setting
    values: Sequence[Block]
    gradients: Sequence[Block]
    notes: Sequence[str]

    @property
    def parts(self) -> tuple[float, float, float, float]:
        """The widths of the name, the value, the gradient and the notes."""
        return (
            self.name.width * NAME / SIZE,
            max((block.width for block in self.values), default=0.0),
            max((block.width for block in self.gradients), default=0.0),
            max((wide(note, SMALL) for note in self.notes), default=0.0),
        )

    @property
    def width(self) -> float:
        """The width of the entry."""
        return 2 * PAD + sum(part + GAP for part in self.parts if part) - GAP

    @property
    def height(self) -> float:
        """The height of the entry."""
        blocks = [block.height for block in (*self.values, *self.gradients)]
        return max(LOWEST, *(height + 14 for height in blocks), self.name.height * NAME / SIZE + 8)

    def lefts(self, x: float) -> tuple[float, float, float, float]:
        """Where its parts begin, if it begins at x."""
        found, at = [], x + PAD
        for part in self.parts:
            found.append(at)
            at += part + GAP if part else 0.0
        return found[0], found[1], found[2], found[3]


class Strip:
    """Entries side by side, in as many lines as it takes, and where each stands.

    boxes  the place of each entry, from the strip's top left corner.
    """

    def __init__(self, entries: Sequence[Entry], heading: str, room: float) -> None:
        self.entries = {entry.node: entry for entry in entries}
        self.heading, self.boxes, self.width = heading, dict[int, Box](), 0.0
        first = wide(heading, HEADING) + GAP
        x, y, high = first, 0.0, 0.0
        for entry in entries:
            if x > first and x + entry.width > room:
                x, y, high = first, y + high + GAP / 2, 0.0
            self.boxes[entry.node] = Box(x, y, entry.width, entry.height)
            self.width = max(self.width, x + entry.width)
            x, high = x + entry.width + GAP, max(high, entry.height)
        self.height = y + high + BELOW if entries else 0.0

    @property
    def baseline(self) -> float:
        """The baseline of the heading."""
        first = next(iter(self.boxes.values()))
        return first.h / 2 + text.cap_height(HEADING) / 2


def notes(figures: Figures, node: int, step: int) -> tuple[str, ...]:
    """What stands beside a gradient after so many steps: the sum, and how many of its terms are
    in while some are missing.
    """
    branch = figures.story.branch(node, step)
    if branch is None or not branch.arrived:
        return ()
    said = figures.story.so_far(node, step, LONGEST), branch.progress
    return tuple(filter(None, said)) or (branch.note,)


def all_notes(figures: Figures, node: int) -> list[str]:
    """Every line that will stand beside the gradient of a value."""
    steps = [step.number for step in figures.trace.contributions(node)]
    return list(dict.fromkeys(note for step in steps for note in notes(figures, node, step)))
