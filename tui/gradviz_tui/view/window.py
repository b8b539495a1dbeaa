"""An array that a window slides over, as a heatmap with the window on it."""

from __future__ import annotations

from typing import Any

from gradviz.export.reports.text import Line
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import Panel
from gradviz_tui.view.arrays import heat_role, largest_in
from gradviz_tui.view.panes import merged

WINDOW = ("▒▒", "hot")
CELL = 2
"""Columns of an element, which makes it about square."""


def picture(contents: CellContents, width: int, height: int) -> list[Line]:
    """The first operand's channel at work, every nth element where it is larger than the room;
    empty where its numbers are shown as numbers.

    The elements under the window are marked, in the forward pass and on the way back alike.
    """
    panel = contents.layout.of("operand", 0)
    if panel is None or not panel.sheet.heat or contents.step is None:
        return []
    lead = contents.leads(panel)[0]
    rows, columns = panel.sheet.size
    every = max(1, -(-rows // max(1, height - 1)), -(-columns // max(1, width // CELL)))
    sampled = _sampled(contents, panel, lead, every)
    largest = largest_in(sampled)
    lit = {
        (i // every, j // every) for i, j in under(contents) if 0 <= i < rows and 0 <= j < columns
    }
    channel = f", channel {lead[-1] + 1}" if lead else ""
    told = f", one row and column in {every}" if every > 1 else ""
    lines: list[Line] = [[(f"{contents.trace.name(0)}{channel}{told}", "muted")]]
    for i, row in enumerate(sampled):
        lines.append(
            merged(
                [
                    WINDOW if (i, j) in lit else (" " * CELL, heat_role(v, largest))
                    for j, v in enumerate(row)
                ]
            )
        )
    return lines


def under(contents: CellContents) -> list[tuple[int, int]]:
    """The rows and columns of the first operand that are in this step's window."""
    panel = contents.layout.of("operand", 0)
    assert panel is not None and contents.step is not None
    cells = contents.step.cells[0] or ()
    return list(dict.fromkeys(panel.view.split(cell)[1] for cell in cells if cell is not None))


def _sampled(
    contents: CellContents, panel: Panel, lead: tuple[int, ...], every: int
) -> list[list[Any]]:
    array, (rows, columns) = contents.trace.value(0), panel.sheet.size
    if len(panel.view.shape) < 2:
        return [
            [array[panel.view.place(lead, (i, j))] for j in range(0, columns, every)]
            for i in range(0, rows, every)
        ]
    found: list[list[Any]] = contents.xp.plain(contents.xp.asarray(array[lead][::every, ::every]))
    return found
