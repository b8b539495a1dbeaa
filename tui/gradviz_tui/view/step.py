"""The pane of the step: what it does; and at both ends of a walk what concerns the whole run."""

from __future__ import annotations

from gradviz.export.reports.text import Line
from gradviz.layout.grid import wrap
from gradviz.story.frame import Frame
from gradviz_tui.view.panes import MUTED, WARNING
from gradviz_tui.view.step_pane import step_lines
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.summing import why_not

LAST = "The last step. →: all gradients, what can follow."


def step_pane(
    frame: Frame, walk: Walk, width: int, height: int, *, ascii: bool = False
) -> list[Line]:
    """The step; where there is no backward pass why, at the start and at the end; and at the end,
    where a row is left, that something follows.
    """
    if walk.outer is not None or 0 < walk.k < walk.total:
        return step_lines(frame, width, height, ascii=ascii)
    why = [[(line, WARNING)] for line in wrap(why_not(walk.root.opened), width) if line]
    lines = [*step_lines(frame, width, max(1, height - len(why)), ascii=ascii), *why]
    follows = walk.k and not walk.opened.has_next and len(lines) < height
    return [*lines, [(LAST, MUTED)]] if follows else lines[:height]
