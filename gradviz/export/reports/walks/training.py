"""A training run as text: its losses in a table, and the plane at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.export.reports import plots
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.story.languages import say
from gradviz.story.training.frames import TrainingStory
from gradviz.trace.training import Mark

OPTIONS: Final = ()
ROWS: Final = 12
"""Passes in the table, where none are asked for."""
COLUMN: Final = 12


def lines(
    story: TrainingStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a run: a row for each pass that is asked for, and what is seen at the last."""
    walk = story.walk
    asked = [k for k in steps or () if k]
    if asked and len(asked) < len(walk):
        marks = [story.frame(k).moment.mark for k in asked]
    else:
        every = -(-len(walk.marks) // ROWS)
        marks = [m for n, m in enumerate(walk.marks) if n % every == 0 or m is walk.marks[-1]]
    frame = story.frame(marks[-1].number)
    yield [(frame.heading, HEADING), (f"  {story.setting}", MUTED)]
    yield []
    first = marks[0]
    heads = [say("pass"), say("loss"), *([say("right")] if first.right is not None else [])]
    if first.test_loss is not None:
        heads += [say("loss (test)")]
        heads += [say("right (test)")] if first.right is not None else []
    yield [("".join(f"{head:>{COLUMN}}" for head in heads), MUTED)]
    for mark in marks:
        yield [("".join(f"{cell:>{COLUMN}}" for cell in _row(story, mark)), "")]
    yield []
    teller = story.plane(frame.moment)
    yield from plots.lines(teller, width, ascii=ascii)
    yield []
    yield from wrapped(frame.sentence, width)


def _row(story: TrainingStory, mark: Mark) -> list[str]:
    cells = ["end" if mark.number > story.walk.passes else f"{mark.number:,}"]
    for loss, right in ((mark.loss, mark.right), (mark.test_loss, mark.test_right)):
        cells += [] if loss is None else [story.said(loss)]
        cells += [] if right is None else [f"{story.said(100 * right)} %"]
    return cells
