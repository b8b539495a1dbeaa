"""The updates of a pass as text: the sentence and the arithmetic of each, and the loss."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import number
from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.export.reports.walks.graph import chain
from gradviz.story.descent.frames import UpdateStory
from gradviz.story.languages import say

OPTIONS: Final = ()


def lines(
    story: UpdateStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of the updates of a pass."""
    updates = story.walk.trace.updates
    assert updates is not None
    head = say(
        "Update of pass {pass_} of {passes}",
        pass_=f"{updates.number:,}",
        passes=f"{updates.passes:,}",
    )
    yield [(head, HEADING)]
    for k in range(1, story.total + 1) if steps is None else steps:
        frame = story.frame(k)
        at = f"{k:>{len(str(story.total))}}"
        mark = "!" if frame.strange else " "
        head = f"{mark}{say('{number} of {total}', number=at, total=story.total)}  "
        assert frame.formula is not None
        yield from chain(frame, frame.formula, width, head, " " * len(head))
    digits = story.rules.digits
    yield []
    said = [number(v, digits) for v in (updates.before, updates.after, updates.promised)]
    loss = say("loss {before} -> {after}", before=said[0], after=said[1])
    promised = say("the slope promised {change}", change=said[2])
    yield [(loss, ""), (f"   {promised}", MUTED)]
