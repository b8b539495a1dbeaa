"""Two runs on one graph as text: each step of both, then their numbers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports import plots
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.export.reports.walks.neurons import told
from gradviz.progress import each
from gradviz.story.languages import listed, say
from gradviz.story.pair.frames import PairStory

OPTIONS: Final = ()


def lines(
    story: PairStory, steps: Sequence[int] | None, width: int, *, ascii: bool
) -> Iterator[Line]:
    """The lines of a walk through two runs; the table stands in the place of the last step."""
    first, second = story.walk.names
    yield [(say("Compare"), HEADING), (f"  {listed([first, second])}", MUTED)]
    heading = ""
    for k in each("steps told", range(1, len(story.walk) + 1) if steps is None else steps):
        frame = story.frame(k)
        if frame.heading != heading:
            heading = frame.heading
            yield from [[], [(heading, HEADING)]]
        if frame.is_last:
            for line in plots.lines(story.teller, width, ascii=ascii):
                yield [(plain_minus(text), role) for text, role in line]
            yield []
            yield from wrapped(plain_minus(frame.sentence), width)
        elif frame.formula is not None:
            yield from told(frame, width)
        else:
            number = f"{k:>{len(str(frame.total))}}"
            lead = f" {say('{number} of {total}', number=number, total=frame.total)}  "
            for n, line in enumerate(wrapped(plain_minus(frame.sentence), width - len(lead))):
                yield [(" " * len(lead) if n else lead, MUTED), *line]
