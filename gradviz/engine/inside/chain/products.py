"""Products of a matrix and one or several columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gradviz.engine.inside.chain.parts import Product, Ref
from gradviz.engine.inside.chain.sums import Sums
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Node
from gradviz.ops.op import Shape
from gradviz.trace.cells import Places
from gradviz.trace.trace import Trace

MOST_PRODUCTS: Final = 2_000_000

Cells = tuple[tuple[int, ...], ...]
"""Places of a node's elements, as full indices."""


def product(trace: Trace, node: int | None = None) -> Product:
    """A product of a matrix and columns, and what it weighs; unless a node is given, the first
    that the output depends on.

    Raises ValueInputError, with the reason, where there is none.
    """
    return Products(trace, "a matrix view").product(node)


class Products(Sums):
    """Finds products."""

    def product(self, wanted: int | None) -> Product:
        """The first product, or that of a node."""
        for node in self.path if wanted is None else (wanted,):
            if self._is_product(node) and self.graph.op(node).operator != "*":
                return self._columns(node) or self._column(node)
        raise ValueInputError(
            "there is no product of a matrix and a column here",
            expected="a layer such as W @ x + b",
        )

    def _column(self, node: int) -> Product:
        """A product with one column."""
        link = self._link(node, ())
        args = self.graph.args[node]
        operand = args[1 - args.index(link.weights[0][0].node)]
        sums = (tuple(range(len(link.weights))),)
        inputs, bias = link.inputs, link.bias
        signal = inputs[0].node
        made = link.weights, (inputs,), sums, bias, link.sign
        return Product(node, link.total, signal, operand, *made)

    def _columns(self, node: int) -> Product | None:
        """A product with several columns; None for one, and where it is none of a matrix."""
        row, op = self.graph.nodes[node], self.graph.op(node)
        shapes, outputs = [self._shape(i) for i in row.inputs], Places(self._shape(node))
        slot = self._signal_slot(row, ())
        operand, matrix = row.inputs[slot], row.inputs[1 - slot]
        if not len(outputs):
            return None
        count = len(outputs) * len(op.cells_at(outputs[0], *shapes, **row.options)[slot])
        if count == self._size(matrix):
            return None
        if count > MOST_PRODUCTS:
            raise ValueInputError(
                f"{self.view} cannot show a product of {count:,} multiplications",
                expected=f"up to {MOST_PRODUCTS:,}",
                hint=f"give fewer samples in {self._said(operand)}",
            )
        signal, one = self._stripped(operand)
        if one is not None:
            return None
        weights, columns = dict[Cells, int](), dict[Cells, int]()
        at = dict[tuple[int, int], int]()
        for number, place in enumerate(outputs):
            cells = op.cells_at(place, *shapes, **row.options)
            ends = weights, columns
            keys = tuple(cells[1 - slot]), tuple(cells[slot])
            i, n = (found.setdefault(k, len(found)) for found, k in zip(ends, keys, strict=True))
            at[i, n] = number
        if len(at) != len(weights) * len(columns) or len(weights) * len(next(iter(weights))) != (
            self._size(matrix)
        ):
            return None
        sums = tuple(tuple(at[i, n] for i in range(len(weights))) for n in range(len(columns)))
        rows = tuple(self._refs(matrix, shapes[1 - slot], row) for row in weights)
        taken = tuple(self._refs(signal, shapes[slot], column) for column in columns)
        bias, sign, total = self._column_bias(row, signal, sums)
        return Product(node, total, signal, operand, rows, taken, sums, bias, sign)

    def _refs(self, node: int, shape: Shape, cells: Cells) -> tuple[Ref, ...]:
        """Cells as elements of a node of that shape, or of one that holds the same in order."""
        places = Places(shape)
        return tuple(Ref(node, places.number(cell)) for cell in cells)

    def _column_bias(
        self, row: Node, signal: int, sums: Sequence[Sequence[int]]
    ) -> tuple[tuple[Ref, ...], int, int]:
        """What is added to each row of all columns, its sign, and the node of the sum."""
        op = self.graph.op(row.id)
        own = next((n for slot, n in enumerate(row.inputs) if op.role(slot) == "bias"), None)
        if own is not None:
            return self._by_row(own, row.id, sums), 1, row.id
        found = self._added_to(row.id, signal)
        bias = () if found is None else self._by_row(found[0], row.id, sums)
        return (bias, found[1], found[2]) if found is not None and bias else ((), 1, row.id)

    def _by_row(self, node: int, over: int, sums: Sequence[Sequence[int]]) -> tuple[Ref, ...]:
        """The element of a node that is added to each row; none where columns differ."""
        shape, whole = self._shape(node), Places(self._shape(over))
        places, lead = Places(shape), len(whole.shape) - len(shape)

        def ref(number: int) -> Ref:
            cell = whole[number][lead:]
            return Ref(
                node, places.number(tuple(min(k, n - 1) for k, n in zip(cell, shape, strict=True)))
            )

        found = {tuple(map(ref, column)) for column in sums}
        return found.pop() if len(found) == 1 and lead >= 0 else ()
