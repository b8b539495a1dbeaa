"""A transposed convolution as text: for every stamp the grids, the sentence, the formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.export.reports.walks.cells import beside
from gradviz.progress import each
from gradviz.scene.views.stamps.characters import grid
from gradviz.scene.views.stamps.contents import StampContents
from gradviz.scene.views.stamps.place import KEYS, StampLayout
from gradviz.story.stamps.frames import StampFrame, StampStory

OPTIONS: Final = ()


def lines(
    story: StampStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk; the cell that stamps and its stamp on the output stand in [ ]."""
    layout = StampLayout(story)
    yield [(story.heading, HEADING)]
    for k in each("steps told", range(1, story.total + 1) if steps is None else steps):
        frame = story.frame(k)
        yield []
        yield from _said(frame, width)
        yield []
        contents = StampContents(layout, frame)
        yield from beside((grid(layout, contents, key) for key in KEYS), width)


def _said(frame: StampFrame, width: int) -> Iterator[Line]:
    """The number of a step, its sentence and its formula."""
    mark = "!" if frame.strange else " "
    yield [(f"{mark}{frame.progress}", MUTED)]
    for line in wrapped(frame.sentence, width - 2, WARNING if frame.strange else ""):
        yield [("  ", ""), *((plain_minus(text), role) for text, role in line)]
    if frame.formula is not None:
        for text in frame.formula.block.lines:
            yield [("  ", ""), (plain_minus(text.rstrip()), HOT)]
    if frame.note:
        for line in wrapped(frame.note, width - 2, MUTED):
            yield [("  ", ""), *line]
