"""A numerical gradient as text: each entry's sentence and formula, then the whole table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.export.reports.walks.neurons import told
from gradviz.story.differences.frames import DifferenceStory

OPTIONS: Final = ()


def lines(
    story: DifferenceStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a table."""
    yield [(story.title[0].upper() + story.title[1:], HEADING)]
    shown = range(1, story.total + 1) if steps is None else steps
    for k in shown:
        yield from told(story.frame(k), width)
    last = max(shown, default=0)
    yield []
    yield from _table(story, last)


def _table(story: DifferenceStory, last: int) -> Iterator[Line]:
    """The quotients known after an entry; those to come are `?`."""
    columns = len(story.walk.rows[0])
    cells = [
        plain_minus(story.said(story.walk.step(k).slope)) if k <= last else "?"
        for k in range(1, story.total + 1)
    ]
    wide = max(map(len, cells))
    name = f"d{story.walk.name}"
    for n in range(0, len(cells), columns):
        row = "  ".join(cell.rjust(wide) for cell in cells[n : n + columns])
        yield [(f"  {name if not n else ' ' * len(name)}  ", MUTED), (row, "gradient")]
