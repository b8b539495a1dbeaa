"""How a screen is divided at a step, so that its equation and its node are shown whole."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.export.reports.text import Line
from gradviz.story.frame import Frame
from gradviz_tui.view.areas import LEAST_NODE, Areas, shared
from gradviz_tui.view.node_pane import node_lines
from gradviz_tui.view.step_pane import step_lines


def divided(
    frame: Frame,
    node: int,
    width: int,
    height: int,
    least: int = 0,
    also: Sequence[Line] = (),
    *,
    ascii: bool = False,
) -> Areas:
    """The parts of a screen at a step, with at least so many rows of words."""
    usual = shared(width, height)
    if not usual.fits:
        return usual
    rows, most = usual.words - 1, usual.most - 1
    if usual.beside:
        rows, most = usual.above, usual.most - LEAST_NODE
    needed = len(step_lines(frame, usual.step, rows, most, ascii=ascii))
    if usual.node and not usual.beside:
        lines = node_lines(frame, node, usual.node, rows, also, most, ascii=ascii)
        needed = max(needed, len(lines))
    return shared(width, height, max(needed, least))
