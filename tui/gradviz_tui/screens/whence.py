"""The paths that a gradient comes by; Enter goes to the step at which one of them arrives."""

from __future__ import annotations

from gradviz.layout.grid import ljust, widest
from gradviz_tui.screens.steps import Row, StepsScreen
from gradviz_tui.walk.whence import Whence


class WhenceScreen(StepsScreen):
    """The paths with what they bring, and their sum; it begins at that of step k, if one is."""

    def __init__(self, found: Whence, k: int) -> None:
        wide = widest([row.way for row in found.rows])
        steps = [row.step for row in found.rows]
        super().__init__(
            found.title,
            [Row(f"{ljust(row.way, wide)}   {row.brings}", row.step) for row in found.rows],
            found.total,
            first=steps.index(k) if k in steps else 0,
            others="other paths",
        )
