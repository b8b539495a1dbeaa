"""What a wide screen shows below a node: the paths of its gradient, and the values of all nodes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from gradviz.arrays.digits import plain_minus
from gradviz.errors import GradvizError
from gradviz.export.reports.text import Line
from gradviz.fonts.cells import cells, cut, ljust
from gradviz.story.frame import Frame, Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import briefly
from gradviz_tui.view.panes import GRADIENT, HEADING, HOT, MUTED, VALUE
from gradviz_tui.walk.state import Walk

if TYPE_CHECKING:
    from gradviz_tui.walk.whence import Whence

MANY: Final = 200
"""In a graph of more nodes no paths are looked for."""
MOST_PATHS: Final = 12
LEAST_ROWS: Final = 4
"""A table of fewer rows is not worth its heading."""
PENDING: Final = "?"
UNKNOWN: Final = "·"
GAP: Final = 3


def overview(frame: Frame, walk: Walk, width: int, height: int, *, ascii: bool) -> list[Line]:
    """The paths of the node's gradient, and at the bottom the table, in so many rows."""
    paths = [[], *_paths(frame, walk.subject, width, ascii=ascii)]
    if len(paths) < 2 or len(paths) > height:
        paths = []
    rows = table(frame, width, height - len(paths) - 1, ascii=ascii)
    gap = height - len(paths) - len(rows)
    return [*paths, *([[]] * gap), *rows] if rows else paths


def _said(text: str, ascii: bool) -> str:
    shown = plain_minus(text)
    return to_ascii(shown) if ascii else shown


def _paths(frame: Frame, node: int, width: int, *, ascii: bool) -> list[Line]:
    """Every path by which a gradient comes, with what it has brought by now, and the sum."""
    found = _whence(frame.story, node)
    if found is None:
        return []
    arrived = [row.step <= frame.number for row in found.rows]
    shown = found.rows[:MOST_PATHS]
    ways = [_said(row.way, ascii) for row in shown]
    wide = min(max(map(cells, ways)), max(8, width // 2))
    lines: list[Line] = [[(cut(_said(found.title, ascii), width), MUTED)]]
    for row, way, done in zip(shown, ways, arrived, strict=False):
        way = ljust(cut(way, wide), wide)
        brings = cut(_said(row.brings, ascii) if done else PENDING, max(1, width - wide - GAP))
        role = HOT if row.step == frame.number else GRADIENT if done else MUTED
        lines.append([(way + " " * GAP, MUTED), (brings, role)])
    if len(found.rows) > len(shown):
        lines.append([(f"and {len(found.rows) - len(shown)} more", MUTED)])
    total = _said(found.total, ascii)
    if len(found.rows) > 1 and all(arrived) and cells(total) <= width:
        lines.append([(total, GRADIENT)])
    return lines


@lru_cache(maxsize=64)
def _whence(story: Story, node: int) -> Whence | None:
    """The paths; None for a node without a gradient, and in large graphs."""
    trace = story.trace
    if len(trace.graph.nodes) > MANY or not trace.contributions(node):
        return None
    from gradviz_tui.walk.whence import whence  # only wide screens need it

    try:
        return whence(story, node)
    except GradvizError:
        return None


def table(frame: Frame, width: int, height: int, *, ascii: bool = False) -> list[Line]:
    """Every node with its value and its gradient as far as they are known, this step's lit; where
    there is no room for all, a page of them, so that few rows change from step to step.
    """
    story = frame.story
    nodes = [row.id for row in frame.trace.graph.nodes if row.id in story.labels]
    room = height - 1
    if room < min(LEAST_ROWS, len(nodes)) or not nodes:
        return []
    focus = frame.edge.source if frame.edge is not None else frame.focus
    at = nodes.index(focus) if focus in nodes else 0
    first = max(0, min(at // room * room, len(nodes) - room))
    rows = [("node", "value", "gradient" if frame.trace.has_backward else "")]
    rows += [
        tuple(_said(text, ascii) for text in _row(frame, node))  # type: ignore[misc]
        for node in nodes[first : first + room]
    ]
    name = min(max(cells(row[0]) for row in rows), max(6, width // 4))
    value = min(max(cells(row[1]) for row in rows), max(8, (width - name - 2 * GAP) // 2))
    last = max(1, width - name - value - 2 * GAP)
    lines: list[Line] = []
    for node, row in zip([None, *nodes[first : first + room]], rows, strict=True):
        parts = (
            ljust(cut(row[0], name), name + GAP),
            ljust(cut(row[1], value), value + GAP),
            cut(row[2], last),
        )
        roles = (MUTED,) * 3 if node is None else ("plain", VALUE, GRADIENT)
        if node is not None and node == focus:
            roles = (HEADING, *((HOT, GRADIENT) if frame.edge is None else (VALUE, HOT)))
        lines.append(list(zip(parts, roles, strict=True)))
    return lines


def _row(frame: Frame, node: int) -> tuple[str, str, str]:
    """A node's name, value and gradient; how far a gradient has come at a branch."""
    story, state, xp = frame.story, frame.node(node), frame.trace.xp
    value, gradient = (
        UNKNOWN if v is None else briefly(xp, v, "panel", story.rules.digits)
        for v in (state.value, state.gradient)
    )
    if frame.trace.gradients[node] is None:
        gradient = ""
    elif state.progress and state.gradient is not None and state.arrived < state.of:
        gradient = f"{gradient}  {state.progress}"
    return story.labels[node], value, gradient
