"""What an edit changed at a node: the number before it, or the cells of an array one by one."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

from gradviz.arrays.digits import number, plain_minus
from gradviz.export.reports.text import Line
from gradviz.layout.grid import cut
from gradviz.story.frame import Frame, Story
from gradviz.story.maths import M, unicode
from gradviz_tui.view.panes import MUTED

MOST_CELLS: Final = 3
"""So many cells of an array are told, of its value and of its gradient each."""
MOST_COMPARED: Final = 10_000
"""Larger arrays are not compared cell by cell."""


def change_lines(old: Story, frame: Frame, node: int, width: int) -> list[Line]:
    """The value before, and where it is known and an array, what changed of the gradient too."""
    trace, state = frame.trace, frame.node(node)
    shape = trace.graph.nodes[node].shape or ()
    name = M.name(frame.story.labels.get(node, ""))
    lines: list[Line] = []
    if state.value is not None:
        if shape:
            lines += _cells(name, old.trace.values[node], trace.values[node], shape, width)
        elif not bool(old.trace.values[node] == trace.values[node]):
            text = old.rules.alone(node, "panel", old.trace.values[node])
            lines.append([("was   ", MUTED), (cut(text, width - 6), MUTED)])
    known = state.gradient is not None and state.arrived == state.of
    before, after = old.trace.gradients[node], trace.gradients[node]
    if shape and known and before is not None and after is not None:
        lines += _cells(M.differential(name), before, after, shape, width)
    return lines


def _cells(name: Any, before: Any, after: Any, shape: tuple[int, ...], width: int) -> list[Line]:
    """`W₁₂ 0.6 → 0.9` for each cell that changed."""
    if tuple(getattr(before, "shape", shape)) != shape:
        return [[("was of another shape", MUTED)]]
    size = 1
    for side in shape:
        size *= side
    if size > MOST_COMPARED:
        return [[("too many cells to compare", MUTED)]]
    changed = [at for at in product(*map(range, shape)) if not bool(before[at] == after[at])]
    lines: list[Line] = []
    for at in changed[:MOST_CELLS]:
        cell = unicode.text(M.element(name, [str(k + 1) for k in at]))
        text = f"{cell} {_said(before[at])} → {_said(after[at])}"
        lines.append([(cut(plain_minus(text), width), MUTED)])
    more = len(changed) - MOST_CELLS
    return lines + ([[(f"and {more} more cells changed", MUTED)]] if more > 0 else [])


def _said(value: Any) -> str:
    try:
        return number(float(value))
    except TypeError:  # symbols
        return str(value)
