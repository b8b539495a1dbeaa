"""Finding the node to step into, and stepping into its cells or the ops that it is made of."""

from __future__ import annotations

from typing import Any

from gradviz.engine.inside.cells import cells
from gradviz.engine.inside.enter import can_enter, enter
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import INPUT, labels
from gradviz.trace.cells import CellTrace
from gradviz.trace.trace import Trace

MOST_LISTED = 12


def into(trace: Trace, path: Any) -> Trace | CellTrace:
    """Step into a node: its cells if a window slides (`gv.cells`), else the simpler ops that it is
    made of (`gv.enter`), else its cells.

    A node is given by its id, as a `Node` or an expression, or by a path of names: its name or
    label, the one op of that name, or the scope of the one node that can be entered there; `a/b`
    steps into a, then into b inside it. Raises UnknownNameError for a node that does not exist, and
    ValueInputError for one with nothing inside; for a path, with a list of the nodes that can be
    entered.
    """
    if not isinstance(path, str):
        return _inside(trace, trace.graph.find(path))
    node, rest = _find(trace, path)
    if rest:
        _check(trace, node, path, can_enter(trace, node))
        return into(enter(trace, node), rest)
    _check(trace, node, path, can_enter(trace, node) or _has_cells(trace, node))
    return _inside(trace, node)


def _inside(trace: Trace, node: int) -> Trace | CellTrace:
    slides = _has_cells(trace, node) and trace.graph.op(node).window is not None
    if slides or (_has_cells(trace, node) and not can_enter(trace, node)):
        return cells(trace, node)
    return enter(trace, node)


def _has_cells(trace: Trace, node: int) -> bool:
    row = trace.graph.nodes[node]
    return not row.is_leaf and bool(trace.graph.op(row).combine)


def enterable(trace: Trace) -> dict[int, str]:
    """The nodes that can be stepped into, with their labels."""
    known = labels(trace.graph)
    return {
        n.id: known[n.id]
        for n in trace.graph.nodes
        if n.id in known and (can_enter(trace, n.id) or _has_cells(trace, n.id))
    }


def _find(trace: Trace, path: str) -> tuple[int, str]:
    """The node that the longest beginning of a path names, and the rest of the path."""
    parts = path.split("/")
    for count in range(len(parts), 0, -1):
        node = _named(trace, "/".join(parts[:count]))
        if node is not None:
            return node, "/".join(parts[count:])
    names = {label: i for i, label in labels(trace.graph).items()}
    raise UnknownNameError(
        f"there is no node {parts[0]!r:.60} to step into",
        expected=_listed(trace),
        hint=did_you_mean(parts[0], names),
    )


def _named(trace: Trace, name: str) -> int | None:
    try:
        return trace.graph.find(name)
    except UnknownNameError:
        found = enterable(trace)
        for of in ("op", "scope"):
            meant = [i for i in found if name and getattr(trace.graph.nodes[i], of) == name]
            if len(meant) == 1:
                return meant[0]
        return None


def _check(trace: Trace, node: int, path: str, fits: bool) -> None:
    """Raise ValueInputError for a node with nothing to step into."""
    if fits:
        return
    row = trace.graph.nodes[node]
    label = labels(trace.graph).get(node, f"node {node}")
    what = (
        f"{'an' if row.op == INPUT else 'a'} {row.op}" if row.is_leaf else f"one step of {row.op}"
    )
    raise ValueInputError(
        f"{label} is {what}: there is nothing inside",
        where=path if path != label else "",
        expected=_listed(trace),
    )


def _listed(trace: Trace) -> str:
    """The nodes that can be entered, in words."""
    found = [f"{label} ({trace.graph.nodes[i].op})" for i, label in enterable(trace).items()]
    if not found:
        return "a graph with a convolution, a pool, a matrix product or a composite op in it"
    more = f" and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return "one of " + ", ".join(found[:MOST_LISTED]) + more
