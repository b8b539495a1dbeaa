"""What the elements of a value add up: the products of a matrix product or a convolution, the
elements of a sum or a mean. So it is known where terms cancel, and where products are too small.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, Final

from gradviz.arrays.digits import is_rounding, underflows
from gradviz.story.values import flat, is_written_out
from gradviz.trace import Trace

MOST_TERMS: Final = 10_000
"""With more terms than this a value is shown as it was recorded."""

Terms = list[tuple[float, ...]]


def terms(trace: Trace, node: int) -> list[Terms]:
    """For each element of a node's value the terms that it adds up, each as its factors; none for
    an op that adds nothing up, for large arrays and for exact numbers.
    """
    row, op = trace.graph.nodes[node], trace.graph.op(node)
    if not (op.cancels or op.combine in ("products", "mean")) or trace.xp.name == "exact":
        return []
    operands = [trace.values[i] for i in row.inputs]
    shapes = [tuple(trace.xp.shape(v)) for v in operands]
    shape = tuple(trace.xp.shape(trace.values[node]))
    if not is_written_out(shape, "formula") or 0 in shape or op.cells is None:
        return []
    most = MOST_TERMS // max(1, prod(shape))
    found = []
    for place in product(*map(range, shape)):
        cells = op.cells_at(place, *shapes, **row.options)
        if len(cells[0] or ()) > most:
            return []
        numbers = [
            [0.0 if c is None else float(trace.xp.plain(v[tuple(c)])) for c in own or ()]
            for own, v in zip(cells, operands, strict=True)
        ]
        found.append(_met(numbers, products=op.combine == "products"))
    return found


def _met(numbers: list[list[float]], *, products: bool) -> Terms:
    if not products:
        return [(v,) for v in numbers[0]]
    bias = [(v,) for own in numbers[2:] for v in own]
    return [*zip(*numbers[:2], strict=True), *bias]


def settled(trace: Trace, node: int, value: Any, found: list[Terms]) -> Any:
    """A value with 0 for each element that is nothing but what rounding left of its terms."""
    if not found:
        return value
    plain = flat(trace.xp.plain(value))
    if len(plain) != len(found) or not all(isinstance(v, float) for v in plain):
        return value
    share = _share(trace, node, found)
    new = [
        0.0 if is_rounding(v * share, map(prod, own), trace.dtype) else v
        for v, own in zip(plain, found, strict=True)
    ]
    if new == plain or any(v != v for v in plain):
        return value
    shape = trace.xp.shape(value)
    return trace.xp.reshape(trace.xp.asarray(new), shape) if shape else trace.xp.asarray(new[0])


def lost(trace: Trace, node: int, value: Any, found: list[Terms]) -> bool:
    """Whether some element is 0 only because floats hold no number so small."""
    if not found:
        return False
    plain = flat(trace.xp.plain(value))
    share = _share(trace, node, found)
    return len(plain) == len(found) and any(
        underflows(v, own, trace.dtype, share) for v, own in zip(plain, found, strict=True)
    )


def _share(trace: Trace, node: int, found: list[Terms]) -> int:
    """What the sums are divided by: 1, or for a mean how many numbers there are."""
    op = trace.graph.op(node)
    return max(map(len, found), default=1) if op.combine == "mean" or op.averages else 1
