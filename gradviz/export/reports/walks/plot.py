"""A plot as text, drawn in characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports import plots
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.story.plot.frames import PlotStory

OPTIONS: Final = ()


def lines(
    story: PlotStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a plot: its heading, the picture, what can be read from it."""
    for line in _lines(story, width, ascii=ascii):
        yield [(plain_minus(text), role) for text, role in line]


def _lines(story: PlotStory, width: int, *, ascii: bool) -> Iterator[Line]:
    frame = story.frame(1)
    yield [(frame.heading, HEADING), (f"  {frame.progress}" if frame.progress else "", MUTED)]
    yield []
    yield from plots.lines(story.teller, width, ascii=ascii)
    yield []
    yield from wrapped(frame.sentence, width)
    if frame.note:
        yield from wrapped(frame.note, width, MUTED)
