"""A convolution as a product of matrices, as text: for every step the matrices, the sentence, the
formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.export.reports.walks.cells import beside, said
from gradviz.progress import each
from gradviz.scene.brackets import ROLES, bracketed
from gradviz.scene.views.im2col.contents import ColumnContents
from gradviz.scene.views.im2col.place import ColumnLayout
from gradviz.story.walks.im2col import ColumnStory
from gradviz.trace.cells import foresee

OPTIONS: Final = ()


def lines(
    story: ColumnStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk; the row and the column at work stand in [ ]."""
    told = range(1, story.total + 1) if steps is None else steps
    foresee(story.walk, told)
    layout, heading = ColumnLayout(story), ""
    for k in each("steps told", told):
        frame = story.frame(k)
        if frame.heading != heading:
            yield from [[], [(frame.heading, HEADING)]] if heading else [[(frame.heading, HEADING)]]
            heading = frame.heading
        yield []
        yield from said(frame, width)
        yield []
        contents = ColumnContents(layout, frame)
        blocks = (_matrix(layout, contents, key) for key in ("w", "x", "out"))
        yield from beside(blocks, width)
    note = story.walk.trace.note
    if steps is None and not story.walk.has_backward and note:
        yield []
        yield from wrapped(note, width, MUTED)


def _matrix(layout: ColumnLayout, contents: ColumnContents, key: str) -> list[Line]:
    """A matrix below its heading."""
    sheet = {"w": layout.W, "x": layout.X, "out": layout.out}[key].sheet
    columns = 1 if key == "w" and contents.slot == 2 else sheet.size[1]
    known = {spot: (words, ROLES[role]) for spot, (words, role, _) in contents.numbers(key).items()}
    heading = layout.heading(key, contents.back, contents.slot)
    grid = bracketed((sheet.size[0], columns), known, set(contents.lit(key)))
    return [[(heading, MUTED)], *grid]
