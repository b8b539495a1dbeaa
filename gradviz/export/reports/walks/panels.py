"""Two walks side by side as text: each step of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, Line
from gradviz.export.reports.walks.neurons import equations, told
from gradviz.progress import each
from gradviz.story.languages import listed, say
from gradviz.story.walks.panels import PanelStory

OPTIONS: Final = ()
INDENT: Final = 12


def lines(
    story: PanelStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of two walks that are gone through together."""
    yield [(say("Side by side"), HEADING), (f"  {listed(story.names)}", MUTED)]
    heading = ""
    for k in each("steps told", range(1, len(story.walk) + 1) if steps is None else steps):
        frame = story.frame(k)
        if frame.heading != heading:
            heading = frame.heading
            yield from [[], [(heading, HEADING)]]
        yield from told(frame, width)
        for _, own in frame.told if frame.formula is None else ():
            for text in equations(own.formula, width - INDENT):
                yield [(" " * INDENT, ""), (plain_minus(text), HOT)]
