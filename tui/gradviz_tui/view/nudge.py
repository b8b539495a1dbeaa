"""A nudge in the panes: the number and the loss before and after, and their ratio."""

from __future__ import annotations

from gradviz.export.reports.text import Line
from gradviz.layout.grid import wrap
from gradviz_tui.view.panes import HOT, MUTED
from gradviz_tui.walk.nudge import Nudge


def nudge_lines(nudge: Nudge, width: int) -> list[Line]:
    """What was moved, the slope beside the gradient, and the way there."""
    moved, slope = nudge.lines
    way = "The numbers that changed are lit; the ones before stand beside them."
    return [
        *([(line, "plain")] for line in wrap(moved, width)),
        *([(line, HOT)] for line in wrap(slope, width)),
        *([(line, MUTED)] for line in wrap(way, width)),
    ]
