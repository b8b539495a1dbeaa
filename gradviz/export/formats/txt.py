"""Plain text: the walk-through as `gradviz show` prints it, or in words, for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.formats import Format
from gradviz.export.reports import plain as speech
from gradviz.export.reports import walks
from gradviz.export.reports.text import WIDTH, plain
from gradviz.fonts.estimates import estimating
from gradviz.story.moments import MOMENTS
from gradviz.trace.walks import is_graph_walk

MARK: Final = "# A walk-through, made by gradviz"
NARROWEST: Final = 40


def _write(drawing: Drawing, frames: Sequence[Any]) -> str:
    """The steps, and the result if all steps are included; the width is in columns."""
    columns = WIDTH if drawing.look.width is None else int(drawing.look.width)
    if columns < NARROWEST:
        raise ValueInputError(
            "the width is too small", expected=f"at least {NARROWEST} columns", got=columns
        )
    if frames and frames[0] in MOMENTS:
        raise ValueInputError(
            "a walk-through is told in steps",
            expected=f"steps from 1 to {drawing.total}",
            got=frames[0],
        )
    if 0 in frames and drawing.total:
        raise ValueInputError(
            "a walk-through has no step 0", expected=f"steps from 1 to {drawing.total}", got=0
        )
    assert drawing.walk is not None
    everything = list(frames) == list(range(1, drawing.total + 1)) or not drawing.total
    if drawing.look.plain:
        chosen = None if everything else frames
        told = speech.lines(drawing.walk, steps=chosen, digits=drawing.look.digits)
        return "\n".join([MARK, "", *plain(told), ""])
    steps = None if everything and is_graph_walk(drawing.walk) else frames
    lines = walks.lines(drawing.walk, steps=steps, width=columns, digits=drawing.look.digits)
    with estimating():
        return "\n".join([MARK, "", *plain(lines), ""])


FORMAT = Format(
    suffixes=(".txt",),
    holds="frames",
    draws=("size", "numbers", "names", "classes", "words"),
    write=_write,
    is_ours=lambda data: data.startswith(MARK.encode()),
    bare=False,
)
