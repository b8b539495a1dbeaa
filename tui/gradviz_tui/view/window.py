"""The arrays of a window, as heatmaps with the window and the cell that it makes on them."""

from __future__ import annotations

from typing import Any

from gradviz.export.reports.text import Line
from gradviz.scene.views.cells.contents import CellContents
from gradviz.scene.views.cells.place import Panel
from gradviz.trace.cells import Place
from gradviz_tui.view.arrays import heat_role, largest_in, legend
from gradviz_tui.view.half_blocks import RAMP, finite
from gradviz_tui.view.panes import merged

WINDOW = ("▒▒", "hot")
TO_COME = ("· ", "muted")
"""A cell that no window has made yet."""
CELL = 2
"""Columns of an element, which makes it about square."""


def maps(contents: CellContents, width: int, height: int, *, plain: bool = False) -> list[Line]:
    """What the window slides over with the window on it, and below it what is made of it with this
    step's cell, both whole, every nth element where they are larger than the room; and a legend.

    Arrays whose numbers are shown as numbers are left out. `plain` says that there are no colours.
    """
    panels = [contents.layout.of("operand", 0), contents.layout.of("output")]
    shown = [panel for panel in panels if panel is not None and panel.sheet.heat]
    if not shown or contents.step is None:
        return []
    sizes = [panel.sheet.size for panel in shown]
    room, every = height - 2 * len(shown), 1
    while (
        sum(-(-rows // every) for rows, _ in sizes) > room
        or max(-(-columns // every) for _, columns in sizes) * CELL > width
    ) and every < max(max(size) for size in sizes):
        every += 1
    lines: list[Line] = []
    for panel in shown:
        lines += [*_map(contents, panel, every, width, plain), []]
    return lines[:-1] if len(lines) > 1 else lines


def _map(contents: CellContents, panel: Panel, every: int, width: int, plain: bool) -> list[Line]:
    """One channel of an array: its name, its elements, and what their colours mean."""
    lead = contents.leads(panel)[0]
    is_output = panel.slot is None
    sampled = _sampled(contents, panel, lead, every)
    largest = largest_in(sampled)
    rows, columns = panel.sheet.size
    at = _made(contents, panel) if is_output else under(contents)
    lit = {(i // every, j // every) for i, j in at if 0 <= i < rows and 0 <= j < columns}
    name = contents.trace.output if is_output else contents.trace.name(0)
    if is_output and contents.back:
        name = f"upstream gradient of {name}"
    channel = f", channel {lead[-1] + 1}" if lead else ""
    told = f", one row and column in {every}" if every > 1 else ""
    lines: list[Line] = [[(f"{name}{channel}{told}", "muted")]]
    for i, row in enumerate(sampled):
        cells = [
            WINDOW
            if (i, j) in lit
            else (_cell(v, largest, plain), heat_role(v, largest))
            if not is_output or _is_made(contents, panel.view.place(lead, (i * every, j * every)))
            else TO_COME
            for j, v in enumerate(row)
        ]
        lines.append(merged(cells))
    return [*lines, legend(largest, width, plain=plain)]


def _cell(value: Any, largest: float, plain: bool) -> str:
    if not plain or not largest:
        return " " * CELL
    return RAMP[round(abs(finite(value)) / largest * (len(RAMP) - 1))] * CELL


def _is_made(contents: CellContents, place: Place) -> bool:
    """Whether an output cell is known by now."""
    places = contents.trace.places
    return contents.back or 0 <= places.number(place) - places.start < contents.frame.known


def _made(contents: CellContents, panel: Panel) -> list[tuple[int, int]]:
    """The row and column of the output cell of this step's window."""
    assert contents.step is not None
    return [panel.view.split(contents.step.place)[1]]


def under(contents: CellContents) -> list[tuple[int, int]]:
    """The rows and columns of the first operand that are in this step's window."""
    panel = contents.layout.of("operand", 0)
    assert panel is not None and contents.step is not None
    cells = contents.step.cells[0] or ()
    return list(dict.fromkeys(panel.view.split(cell)[1] for cell in cells if cell is not None))


def _sampled(
    contents: CellContents, panel: Panel, lead: tuple[int, ...], every: int
) -> list[list[Any]]:
    rows, columns = panel.sheet.size
    array = contents.trace.value(panel.slot)
    if panel.slot is None and contents.back:
        array = contents.trace.upstream
    if len(panel.view.shape) < 2:
        return [
            [array[panel.view.place(lead, (i, j))] for j in range(0, columns, every)]
            for i in range(0, rows, every)
        ]
    found: list[list[Any]] = contents.xp.plain(contents.xp.asarray(array[lead][::every, ::every]))
    return found
