"""Arrays laid out or set against each other otherwise, and what is done over another axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradviz.graph.expression import Expression, call
from gradviz.graph.graph import Node
from gradviz.graph.symbols import Symbols
from gradviz.mistakes.catalogue.plans import nodes_of, rewritten, shape_of
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.plans import Rewrite
from gradviz.ops import get
from gradviz.ops.op import Op
from gradviz.trace import Trace
from gradviz.trace.findings import At


def _broadcast(asked: Asked) -> Iterator[Made]:
    """A column minus a row: every number of one set against every number of the other."""
    for node, op in nodes_of(asked):
        shapes = {shape_of(asked, i) for i in node.inputs}
        if len(node.inputs) != 2 or not op.elementwise or len(shapes) != 1:
            continue
        (shape,) = shapes
        size = int(np.prod(shape))
        if size < 2 or not (len(shape) == 1 or shape[1:] == (1,)):
            continue
        rewrite = partial(_set_against, node, size)
        details = {
            "first": At(asked.working.inner.get(node.inputs[0], 0)),
            "second": At(asked.working.inner.get(node.inputs[1], 0)),
        }
        bits = 0.0 if len(shape) > 1 else 1.5
        yield from rewritten(asked, {node.id: rewrite}, bits=bits, kind="", **details)


def _set_against(
    node: Node, size: int, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    column = call("reshape", operands[0], (size, 1))
    row = call("reshape", operands[1], (1, size))
    return Expression(node.op, (column, row), node.options)


def _reading_order(asked: Asked) -> Iterator[Made]:
    """An array laid out anew in another order: down its columns, or not transposed but refilled."""
    for node, op in nodes_of(asked):
        x, y = shape_of(asked, node.inputs[0]), shape_of(asked, node.id)
        if not op.moves or len(node.inputs) != 1 or len(x) < 2 or np.prod(x) != np.prod(y):
            continue
        refilled: Rewrite = partial(_refilled, y)
        yield from rewritten(asked, {node.id: refilled}, bits=0.0, kind="", how="row by row")
        by_columns: Rewrite = partial(_by_columns, node)
        yield from rewritten(
            asked, {node.id: by_columns}, bits=0.0, kind="", how="column by column"
        )


def _not_transposed(asked: Asked) -> Iterator[Made]:
    """A square matrix used as it is where its transpose stands."""
    for node, op in nodes_of(asked):
        x, y = shape_of(asked, node.inputs[0]), shape_of(asked, node.id)
        if op.name == "transpose" and x == y and len(x) > 1:
            source = At(asked.working.inner.get(node.inputs[0], 0))
            rewrite: Rewrite = partial(_refilled, y)
            yield from rewritten(asked, {node.id: rewrite}, bits=0.0, kind="", source=source)


def _refilled(
    shape: Sequence[int], operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return call("reshape", operands[0], tuple(shape))


def _by_columns(
    node: Node, operands: Sequence[Expression], made: Sequence[Expression]
) -> Expression:
    return Expression(node.op, (call("transpose", operands[0]),), node.options)


class _Turned(Symbols):
    """Writes an op out in simpler ones, but what keeps the shape is done over another axis."""

    def __init__(self, axis: Any, *rest: Any) -> None:
        super().__init__(*rest)
        self._axis = axis

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        op = get(name)
        if "axis" not in op.options or op.variadic:
            return partial(call, op)

        def turned(*args: Any, **options: Any) -> Expression:
            normalises = "keepdims" not in op.options or options.get("keepdims", False)
            return call(op, *args, **options | ({"axis": self._axis} if normalises else {}))

        return turned


def _over_another_axis(asked: Asked) -> Iterator[Made]:
    """What an op does inside over one axis, done over another, or over all."""
    trace = asked.working.trace
    for node, op in nodes_of(asked):
        axes = len(shape_of(asked, node.inputs[0]))
        if op.expand is None or axes < 2 or op.moves:
            continue
        for axis in (None, *range(axes)):
            rewrite = _turned_inside(op, node, _Turned(axis, _given(trace), trace.xp))
            all_of_it = axis is None
            kind = "all" if all_of_it else "other"
            how = "all axes at once" if all_of_it else "another axis"
            bits = float(all_of_it)
            yield from rewritten(asked, {node.id: rewrite}, bits=bits, kind=kind, how=how)


def _given(trace: Trace) -> dict[str, Any]:
    return {n.name: trace.values[n.id] for n in trace.graph.inputs}


def _turned_inside(op: Op, node: Node, symbols: Symbols) -> Rewrite:
    return lambda operands, made: op.expanded(symbols, *operands, **node.options)


MISTAKES = (
    Mistake(
        "broadcast-by-mistake",
        about="working",
        places=_broadcast,
        says="every number of {first} was set against every number of {second}, as a column is"
        " against a row, at {node}",
        bits=5.5,
    ),
    Mistake(
        "not-transposed",
        about="working",
        places=_not_transposed,
        says="{source} was not transposed",
        bits=4.5,
    ),
    Mistake(
        "laid-out-in-another-order",
        about="working",
        places=_reading_order,
        says="the numbers of {node} were laid out {how}",
        bits=5.0,
    ),
    Mistake(
        "over-another-axis",
        about="working",
        places=_over_another_axis,
        says="{node} was taken over {how}",
        bits=4.5,
    ),
)
