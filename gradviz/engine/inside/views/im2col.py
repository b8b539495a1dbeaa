"""A convolution as a product of matrices: kernels as rows, windows as columns."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from gradviz.engine.inside.cells import cells
from gradviz.engine.inside.views import View
from gradviz.errors import ValueInputError
from gradviz.trace.cells import CellTrace, Place
from gradviz.trace.im2col import ColumnTrace
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk


def im2col(trace: Trace) -> ColumnTrace:
    """The walk over the first convolution of a trace. Raises ValueInputError without one."""
    nodes = (n.id for n in trace.graph.nodes if not n.is_leaf and _slides(trace, n.id))
    node = next(nodes, None)
    if node is None:
        raise ValueInputError(
            "there is no convolution whose windows could become columns",
            expected="a graph with conv1d or conv2d in it",
        )
    return _columns(cells(trace, node))


def inside(walk: Walk) -> ColumnTrace:
    """The same for the node that was stepped into; raises likewise."""
    if isinstance(walk, CellTrace):
        if not _slides(walk.trace, walk.node):
            raise ValueInputError(
                f"{walk.op.called} has no kernel whose windows could become columns",
                expected="a convolution",
            )
        return _columns(walk)
    return im2col(walk.trace)


VIEW = View("a convolution as a matrix product, its windows as columns (im2col)", im2col, inside)


def _slides(trace: Trace, node: int) -> bool:
    """Whether a node's op slides a kernel over its input."""
    op = trace.graph.op(node)
    return op.window is not None and op.combine == "products"


def _columns(walk: CellTrace) -> ColumnTrace:
    known = {f.name: getattr(walk, f.name) for f in fields(walk)}

    def sent(first: int, kernels: int, place: Place) -> tuple[Any, ...]:
        return _sent(made, first, kernels, place)

    made = ColumnTrace(**known, sent=sent)
    return made


def _sent(walk: ColumnTrace, first: int, kernels: int, place: Place) -> tuple[Any, ...]:
    """The sum over some kernels of the upstream gradient times the weights."""
    _, window = walk.at(place)
    sums: list[list[Any]] = [[] for _ in range(walk.length)]
    for kernel in range(first, first + kernels):
        upstream = walk.upstream[walk.place(kernel, window)]
        weights = walk.cells(1, kernel, window)
        for t, cell in enumerate(weights):
            assert cell is not None
            sums[t].append(upstream * walk.value(1)[cell])
    return tuple(walk.add(terms) for terms in sums)
