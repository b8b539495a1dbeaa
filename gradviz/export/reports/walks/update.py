"""The updates of a pass as text: the sentence and the arithmetic of each, and the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import number
from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.export.reports.walks.graph import chain
from gradviz.story.descent.frames import UpdateStory

OPTIONS: Final = ()


def lines(
    story: UpdateStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of the updates of a pass."""
    updates = story.walk.trace.updates
    assert updates is not None
    yield [(f"Update of pass {updates.number:,} of {updates.passes:,}", HEADING)]
    for k in range(1, story.total + 1) if steps is None else steps:
        frame = story.frame(k)
        head = f"{'!' if frame.strange else ' '}{k:>{len(str(story.total))}} of {story.total}  "
        assert frame.formula is not None
        yield from chain(frame, frame.formula, width, head, " " * len(head))
    digits = story.rules.digits
    yield []
    said = [number(v, digits) for v in (updates.before, updates.after, updates.promised)]
    yield [(f"loss {said[0]} -> {said[1]}", ""), (f"   the slope promised {said[2]}", MUTED)]
