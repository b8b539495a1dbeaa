"""Sums and means: taken for each other, over the wrong numbers, or with terms missing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.graph.graph import Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    always,
    another_value,
    cells,
    computed,
    is_real,
    put,
    scaled,
    value_of,
)
from gradviz.ops import get
from gradviz.trace.findings import At, Place

REDUCING = ("sum", "mean")


def _count(asked: Asked, node: Any) -> float:
    return float(value_of(asked, node.inputs[0]).size / max(value_of(asked, node).size, 1))


def _mean_for_sum(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, *REDUCING):
        count = _count(asked, node)
        if count > 1:
            how, factor = ("averaged", 1 / count) if node.op == "sum" else ("summed", count)
            details = {"node": At(node.id), "how": how}
            edit = scaled(asked, node.id, factor)
            yield Made(edit, Place(node.id), 0.0, details, kind=node.op)


def _one_less(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "mean"):
        count = _count(asked, node)
        if count > 1:
            edit = scaled(asked, node.id, count / (count - 1))
            spread = 0.0 if _is_spread(asked, node) else 2.0
            yield Made(edit, Place(node.id), spread, {"node": At(node.id)})


def _is_spread(asked: Asked, node: Node) -> bool:
    """Whether a mean is a variance: of squares of numbers that average 0."""
    square = asked.working.graph.nodes[node.inputs[0]]
    if square.op not in ("square", "pow", "mul"):
        return False
    base = value_of(asked, square.inputs[0])
    options = asked.working.program.options[node.id]
    axis = options.get("axis")
    return bool(np.allclose(base.mean(axis), 0, atol=1e-9 * max(1.0, abs(base).max())))


def _other_count(asked: Asked) -> Iterator[Made]:
    """Divided by the number of rows, or of columns, or by twice the number."""
    for node in computed(asked, "mean"):
        count, shape = _count(asked, node), value_of(asked, node.inputs[0]).shape
        for other in {float(n) for n in shape} | {2 * count, 2.0}:
            if other not in (count, 1.0):
                edit = scaled(asked, node.id, count / other)
                details = {"node": At(node.id), "other": f"{other:g}"}
                yield Made(edit, Place(node.id), float(other > count), details)
        terms = asked.working.graph.nodes[node.inputs[0]]
        for i in terms.inputs if terms.op == "mul" else ():
            weights = value_of(asked, i)
            if (
                weights.shape == shape
                and shape
                and is_real(weights)
                and weights.sum() not in (0, 1)
            ):
                edit = scaled(asked, node.id, count / float(weights.sum()))
                details = {"node": At(node.id), "other": "the sum of the weights"}
                yield Made(edit, Place(node.id), 1.0, details, kind="weights")


def _other_axis(asked: Asked) -> Iterator[Made]:
    """Rows for columns, or everything for each row."""
    for node in computed(asked, *REDUCING, "max", "min"):
        op, options = asked.working.graph.op(node), asked.working.program.options[node.id]
        axes = range(value_of(asked, node.inputs[0]).ndim)
        for axis in (None, *axes):
            if axis == options.get("axis"):
                continue

            def changed(
                xp: Any, y: Any, x: Any, op: Any = op, axis: Any = axis, options: Any = options
            ) -> Any:
                made = op.forward(xp, x, **{**options, "axis": axis})
                return made if xp.shape(made) == xp.shape(y) else made + 0 * y

            yield from another_value(asked, node, changed)


def _term(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, *REDUCING):
        x = value_of(asked, node.inputs[0])
        if value_of(asked, node).shape or not x.shape:
            continue
        share = 1 if node.op == "sum" else 1 / x.size
        for cell in cells(x.shape):
            if x[cell]:

                def changed(operands: Any, y: Any, cell: Any = cell, share: float = share) -> Any:
                    return y - operands[0][cell] * share

                details = {"node": At(node.id), "cell": cell, "source": At(node.inputs[0], cell)}
                yield Made(Edit(values={node.id: changed}), Place(node.id, cell=cell), 0.0, details)


def _term_alone(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, *REDUCING):
        x = value_of(asked, node.inputs[0])
        for cell in cells(x.shape) if not value_of(asked, node).shape else ():
            edit = Edit(values={node.id: partial(_picked, cell)})
            details = {"node": At(node.id), "source": At(node.inputs[0], cell)}
            if x.size > 1 and x[cell] != value_of(asked, node):
                yield Made(edit, Place(node.id, cell=cell), 0.0, details)


def _picked(cell: tuple[int, ...], operands: Any, y: Any) -> Any:
    return operands[0][cell]


def _product_term(asked: Asked) -> Iterator[Made]:
    """A term of a product of a matrix and a column, or of two rows of numbers."""
    wanted = {c.place for c in asked.claims if c.of.kind == "value"}
    for node in computed(asked, "matmul", "dot"):
        a, b = (value_of(asked, i) for i in node.inputs[:2])
        if a.ndim == b.ndim == 2:
            yield from _matrix_terms(asked, node, a, b)
        if b.ndim != 1 or a.ndim not in (1, 2) or not cells(a.shape):
            continue
        for cell in cells(a.shape):
            row, k = cell[:-1], cell[-1]
            if not a[cell] * b[k]:
                continue

            def changed(operands: Any, y: Any, cell: Any = cell, row: Any = row, k: int = k) -> Any:
                return put(y, row, y[row] - operands[0][cell] * operands[1][k])

            details = {
                "node": At(node.id),
                "first": At(node.inputs[0], cell),
                "second": At(node.inputs[1], (k,)),
            }
            bits = 0.0 if row in wanted or len(wanted) != 1 else 1.0
            place = Place(node.id, cell=row)
            yield Made(Edit(values={node.id: changed}), place, bits, details)


def _matrix_terms(asked: Asked, node: Node, a: Any, b: Any) -> Iterator[Made]:
    """The terms of those cells of a matrix product that are claimed."""
    claimed = [c.place for c in asked.claims if c.of.kind == "value" and c.of.node == node.id]
    for row, column in claimed:
        for k in range(a.shape[1]) if a.shape[1] <= MOST_TERMS else ():
            term = a[row, k] * b[k, column]
            if not term:
                continue
            details = {
                "node": At(node.id),
                "first": At(node.inputs[0], (row, k)),
                "second": At(node.inputs[1], (k, column)),
            }
            edit = Edit(values={node.id: partial(_less_in_cell, (row, column), term)})
            yield Made(edit, Place(node.id, cell=(row, column)), 0.0, details)


MOST_TERMS = 16
"""Nobody adds up longer sums by hand."""


def _less_in_cell(cell: tuple[int, ...], term: float, operands: Any, y: Any) -> Any:
    return put(y, cell, y[cell] - term)


def _product_sign(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "matmul", "dot"):
        a, b = (value_of(asked, i) for i in node.inputs[:2])
        if b.ndim != 1 or a.ndim not in (1, 2) or not cells(a.shape):
            continue
        for cell in cells(a.shape):
            row, k = cell[:-1], cell[-1]
            if a[cell] * b[k]:

                def changed(
                    operands: Any, y: Any, cell: Any = cell, row: Any = row, k: int = k
                ) -> Any:
                    return put(y, row, y[row] - 2 * operands[0][cell] * operands[1][k])

                details = {
                    "node": At(node.id),
                    "first": At(node.inputs[0], cell),
                    "second": At(node.inputs[1], (k,)),
                }
                bits = 0.0 if a[cell] * b[k] < 0 else 2.0
                yield Made(Edit(values={node.id: changed}), Place(node.id, cell=row), bits, details)


def _order(asked: Asked) -> Iterator[Made]:
    """The square of the mean for the mean of the squares."""
    working = asked.working
    graph, values, options = working.graph, working.truth.values, working.program.options
    for node in computed(asked, *REDUCING, "max", "min", "matmul", "norm"):
        inner = graph.nodes[node.inputs[-1]]
        if inner.is_leaf or not graph.op(inner).elementwise or len(graph.consumers[inner.id]) > 1:
            continue
        if any(value_of(asked, i).shape for i in inner.inputs[1:]):
            continue

        def turned(xp: Any, y: Any, *operands: Any, node: Any = node, inner: Any = inner) -> Any:
            rest = [values[i] for i in inner.inputs[1:]]
            taken = (*operands[:-1], values[inner.inputs[0]])
            first = xp.asarray(graph.op(node).forward(xp, *taken, **options[node.id]))
            return graph.op(inner).forward(xp, first, *rest, **options[inner.id])

        yield from another_value(asked, node, turned, source=At(inner.id))


def _root_of_the_sum(asked: Asked) -> Iterator[Made]:
    """√Σ/n where √(Σ/n) stands."""
    for node in computed(asked, "sqrt"):
        inner = asked.working.graph.nodes[node.inputs[0]]
        if inner.op == "mean":
            change = partial(_divided_by, _count(asked, inner) ** 0.5)
            yield from another_value(asked, node, change)


def _divided_by(factor: float, xp: Any, y: Any, x: Any) -> Any:
    return y / factor


def _deep_order(asked: Asked) -> Iterator[Made]:
    """f(g(mean x)) for mean f(g(x))."""
    working = asked.working
    graph, options = working.graph, working.program.options
    for node in computed(asked, *REDUCING):
        chain, inner = [], graph.nodes[node.inputs[0]]
        while not inner.is_leaf and len(inner.inputs) == 1 and graph.op(inner).elementwise:
            chain.append(inner)
            inner = graph.nodes[inner.inputs[0]]
        for depth in range(2, len(chain) + 1):
            value = graph.op(node).forward(
                working.xp, working.truth.values[chain[depth - 1].inputs[0]], **options[node.id]
            )
            for step in reversed(chain[:depth]):
                value = graph.op(step).forward(working.xp, value, **options[step.id])
            yield from another_value(asked, node, always(value), source=At(chain[depth - 1].id))


def _too_much(asked: Asked) -> Iterator[Made]:
    """A function too many on the terms of a sum, or on its result."""
    working = asked.working
    graph = working.graph
    last = {graph.output} | {of.node for of in asked.quantities if of.kind == "value"}
    for node in computed(asked):
        feeds = any(graph.nodes[e.target].op in REDUCING for e in graph.consumers[node.id])
        feeds = feeds or node.op in REDUCING
        end = node.id in last and not asked.is_backward
        if not (feeds or end) or not is_real(value_of(asked, node)):
            continue
        for how, change in TOO_MANY:
            yield from another_value(asked, node, change, how=how)
        for name in ("sigmoid", "tanh") if end and node.name else ():
            if any(n.op == name and n.id < node.id for n in graph.nodes) and node.op != name:
                change = partial(_function_of, name)
                yield from another_value(asked, node, change, how=f"put through {name} too")


def _function_of(name: str, xp: Any, y: Any, *operands: Any) -> Any:
    return get(name).forward(xp, y)


TOO_MANY: tuple[tuple[str, Any], ...] = (
    ("squared", lambda xp, y, *operands: y * y),
    ("replaced by its absolute value", lambda xp, y, *operands: abs(y)),
    ("replaced by its root", lambda xp, y, *operands: xp.sqrt(y)),
    ("cut off at 0", lambda xp, y, *operands: xp.maximum(y, 0 * y)),
    ("replaced by its logarithm", lambda xp, y, *operands: xp.log(y)),
    ("replaced by its exponential", lambda xp, y, *operands: xp.exp(y)),
)


def _by_number(size: float, xp: Any, y: Any, a: Any, b: Any) -> Any:
    return a / size + 0 * y


def _normalised(asked: Asked) -> Iterator[Made]:
    """A quotient by a sum of its own terms: divided by the count, the largest, or another sum."""
    graph = asked.working.graph
    ways = {
        "their number": lambda top: float(np.size(top)),
        "the largest one": lambda top: top.max(),
        "the sum of the others": lambda top: top.sum() - top,
        "the root of the sum of squares": lambda top: np.sqrt((top * top).sum()),
    }
    for node in computed(asked, "div"):
        top, below = (graph.nodes[i] for i in node.inputs)
        size = value_of(asked, below.inputs[0]).size if below.op == "sum" else 0
        if size > 1 and top.id not in below.inputs:
            count = partial(_by_number, float(size))
            yield from another_value(asked, node, count, how=f"the number of all, {size}")
        if below.op != "sum" or top.id not in below.inputs or not value_of(asked, top).shape:
            continue
        for how, of in ways.items():

            def changed(xp: Any, y: Any, a: Any, b: Any, of: Any = of) -> Any:
                return a / of(np.asarray(a))

            yield from another_value(asked, node, changed, how=how)


MISTAKES = (
    Mistake(
        "sum-and-mean-confused",
        about="working",
        places=_mean_for_sum,
        says="it was {how} at {node}",
        bits=3.25,
    ),
    Mistake(
        "divided-by-one-less",
        about="working",
        places=_one_less,
        says="it was divided by n − 1, not by n, at {node}",
        bits=5.5,
    ),
    Mistake(
        "divided-by-another-count",
        about="working",
        places=_other_count,
        says="it was divided by {other} at {node}",
        bits=5.5,
    ),
    Mistake(
        "another-axis",
        about="working",
        places=_other_axis,
        says="{node} was taken over another axis",
        bits=5.0,
    ),
    Mistake(
        "term-of-sum-left-out",
        about="working",
        places=_term,
        says="the term {source} was left out of {node}",
        bits=5.0,
    ),
    Mistake(
        "term-of-sum-alone",
        about="working",
        places=_term_alone,
        says="{source} alone was taken, not {node} of all",
        bits=6.0,
    ),
    Mistake(
        "term-of-product-left-out",
        about="working",
        places=_product_term,
        says="the term {first} · {second} was left out of {node}",
        bits=4.5,
    ),
    Mistake(
        "term-of-product-with-other-sign",
        about="working",
        places=_product_sign,
        says="the term {first} · {second} was given the other sign in {node}",
        bits=5.5,
    ),
    Mistake(
        "order-swapped",
        about="working",
        places=_order,
        says="{node} was taken before {source}, not after it",
        bits=5.0,
    ),
    Mistake(
        "root-of-the-sum",
        about="working",
        places=_root_of_the_sum,
        says="the sum was divided by the number only after its root was taken",
        bits=5.0,
    ),
    Mistake(
        "order-swapped-over-several-steps",
        about="working",
        places=_deep_order,
        says="{node} was taken before {source}, not after it",
        bits=5.5,
    ),
    Mistake(
        "function-too-many", about="working", places=_too_much, says="{node} was {how}", bits=6.5
    ),
    Mistake(
        "normalised-by-another",
        about="working",
        places=_normalised,
        says="it was divided by {how}, not by the sum, at {node}",
        bits=5.0,
    ),
)
