"""The words of a step: what it does, its node, and at both ends of a walk what concerns the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from gradviz.export.reports.text import Line
from gradviz.layout.grid import wrap
from gradviz.story.frame import Frame
from gradviz_tui.view.node_pane import NodeText
from gradviz_tui.view.overview import overview
from gradviz_tui.view.panes import MUTED, WARNING
from gradviz_tui.view.step_pane import StepText
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.summing import why_not

LAST = "The last step; → tells what can follow."


class Words:
    """What is said of a step of a walk, worked out once for each width: the division of the screen
    and both panes take it from here.

    about  in so many columns, what else is said of the node.
    """

    def __init__(
        self,
        frame: Frame,
        walk: Walk,
        about: Callable[[int], Sequence[Line]] = lambda width: (),
        *,
        ascii: bool = False,
    ) -> None:
        self._frame, self._walk, self._about, self._ascii = frame, walk, about, ascii
        self.step = cache(self._step)
        self.node = cache(self._node)

    def _step(self, width: int) -> StepText:
        return StepText.of_graph(self._frame, width, ascii=self._ascii)

    def _node(self, width: int) -> NodeText:
        about = self._about(width)
        return NodeText(self._frame, self._walk.subject, width, about, ascii=self._ascii)

    def node_lines(self, width: int, height: int, *, beside: bool) -> list[Line]:
        """The node; beside the picture, where rows are left, also where its gradient comes from and
        the table of all values.
        """
        node = self.node(width).lines(height)
        left = height - len(node)
        if not beside or left < 2:
            return node
        return [*node, *overview(self._frame, self._walk, width, left, ascii=self._ascii)]

    def step_lines(self, width: int, height: int) -> list[Line]:
        """The step; where there is no backward pass why, at the start and at the end; and at the
        end, where a row is left, that something follows.
        """
        walk, step = self._walk, self.step(width)
        if walk.outer is not None or 0 < walk.k < walk.total:
            return step.lines(height)
        why = [[(line, WARNING)] for line in wrap(why_not(walk.root.opened), width) if line]
        lines = [*step.lines(max(1, height - len(why))), *why]
        follows = walk.k and not walk.opened.has_next and len(lines) < height
        return [*lines, [(LAST, MUTED)]] if follows else lines[:height]
