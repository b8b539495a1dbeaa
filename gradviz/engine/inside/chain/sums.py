"""Weighted sums in a graph: what is weighed, by which weights, with which bias and activation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gradviz.engine.inside.chain.parts import Link, Ref, flat, same
from gradviz.errors import ValueInputError
from gradviz.graph.declared import is_parameter
from gradviz.graph.graph import INPUT, Node, labels
from gradviz.ops.op import Shape
from gradviz.trace.cells import Places
from gradviz.trace.trace import Trace

MOST_WEIGHTS: Final = 1_000_000
WEIGHTS: Final = ("w", "theta", "θ")
"""How names of weights begin, where nothing else tells weights from inputs."""


class Sums:
    """Finds weighted sums; `view` is who needs them, for messages."""

    def __init__(self, trace: Trace, view: str = "neurons") -> None:
        self.trace, self.graph, self.xp, self.view = trace, trace.graph, trace.xp, view
        self.labels = labels(trace.graph)
        self.do = "" if view == "neurons" else "s"

    @cached_property
    def path(self) -> tuple[int, ...]:
        """The nodes that the output depends on, in order."""
        found, waiting = {self.graph.output}, [self.graph.output]
        while waiting:
            new = set(self.graph.args[waiting.pop()]) - found
            found |= new
            waiting += new
        return tuple(sorted(found))

    def _after(self, node: int) -> set[int]:
        """A node and all that depend on it."""
        if node not in self._afters:
            found = {node}
            for i in self.path:
                if found.intersection(self.graph.args[i]):
                    found.add(i)
            self._afters[node] = found
        return self._afters[node]

    @cached_property
    def _afters(self) -> dict[int, set[int]]:
        return {}

    def _before(self, node: int) -> set[int]:
        """A node and all that it depends on."""
        found, waiting = {node}, [node]
        while waiting:
            new = set(self.graph.args[waiting.pop()]) - found
            found |= new
            waiting += new
        return found

    def _is_product(self, node: int) -> bool:
        op = self.graph.ops[node]
        return (
            op is not None
            and op.combine == "products"
            and op.window is None
            and (op.channel_axis is None and len(self.graph.args[node]) > 1)
        )

    def _shape(self, node: int) -> Shape:
        return tuple(self.xp.shape(self.trace.values[node]))

    def _size(self, node: int) -> int:
        return math.prod(self._shape(node))

    def _plain(self, node: int) -> list[Any]:
        return flat(self.xp.plain(self.trace.values[node]))

    def _said(self, node: int) -> str:
        return self.labels.get(node, "a constant")

    def _link(self, product: int, links: Sequence[Link]) -> Link:
        row, op = self.graph.nodes[product], self.graph.op(product)
        slot = self._signal_slot(row, links)
        operand, weights = row.inputs[slot], row.inputs[1 - slot]
        signal, one = self._stripped(operand)
        if not links and self.view == "neurons":
            self._check_inputs(signal)
        units, sources = self._size(product), self._size(operand)
        if units * sources != self._size(weights):
            self._refuse_batch(operand)
        if units * sources > MOST_WEIGHTS:
            raise ValueInputError(
                f"{self.view} cannot show a layer of {units * sources:,} weights",
                expected=f"up to {MOST_WEIGHTS:,}",
            )
        shapes = [self._shape(i) for i in row.inputs]
        rows, places = [], Places(shapes[1 - slot])
        for place in Places(self._shape(product)):
            cells = op.cells_at(place, *shapes, **row.options)[1 - slot]
            rows.append(tuple(Ref(weights, places.number(cell)) for cell in cells))
        bias, sign = self._own_bias(row), 1
        if one is not None and not bias:  # a column of weights that meets a 1 is the bias
            bias, rows = tuple(r[-1] for r in rows), [r[:-1] for r in rows]
            sign = one
        total = product
        if not bias:
            bias, sign, total = self._added_bias(product, signal)
        inputs = tuple(Ref(signal, i) for i in range(self._size(signal)))
        return self._bent(inputs, tuple(rows), bias, sign, total)

    def _bent(
        self,
        inputs: tuple[Ref, ...],
        rows: tuple[tuple[Ref, ...], ...],
        bias: tuple[Ref, ...],
        sign: int,
        total: int,
    ) -> Link:
        bend, own = self._activation(total)
        return Link(inputs, rows, bias, sign, total, bend[-1] if bend else total, bend, own)

    def _signal_slot(self, row: Node, links: Sequence[Link]) -> int:
        """Which of two factors is the signal; the other is the weights."""
        first, second = row.inputs[:2]
        if links:
            return int(second in self._after(links[-1].total))
        out = self._size(row.id)
        fits = [out * self._size(i) == self._size(j) for i, j in ((first, second), (second, first))]
        if fits == [True, False]:
            return 0
        if fits == [False, True]:
            return 1
        return self._by_name(first, second)

    def _by_name(self, first: int, second: int) -> int:
        """The same where sizes do not tell: parameters are weights, else names tell, else what is
        given is, else the first factor.
        """
        nodes = self.graph.nodes[first], self.graph.nodes[second]
        for are_weights in (
            [n.op == INPUT and is_parameter(n.options) for n in nodes],
            [n.op == INPUT and n.name.lower().startswith(WEIGHTS) for n in nodes],
            [n.op == INPUT for n in nodes],
        ):
            if are_weights[0] != are_weights[1]:
                return int(are_weights[0])
        return 1

    def _stripped(self, node: int) -> tuple[int, int | None]:
        """The node of which another holds the same elements, and the number appended to them."""
        one = None
        while (op := self.graph.ops[node]) is not None and op.moves:
            if len(self.graph.args[node]) != 1:
                break
            (before,) = self.graph.args[node]
            own, given = self._plain(node), self._plain(before)
            if len(own) == len(given) + 1 and one is None and same(own[:-1], given):
                one = own[-1]
            elif not (len(own) == len(given) and same(own, given)):
                break
            node = before
        return node, one

    def _check_inputs(self, signal: int) -> None:
        """Raise ValueInputError unless the first layer takes what was given."""
        for node in sorted(self._before(signal)):
            op = self.graph.ops[node]
            if op is not None and not op.moves:
                raise ValueInputError(
                    f"neurons begin at the inputs, but {op.in_prose} comes before the first"
                    " weighted sum",
                    where=self._said(node),
                )

    def _refuse_batch(self, operand: int) -> None:
        shape = self._shape(operand)
        if len(shape) > 1 and shape[0] > 1:
            raise ValueInputError(
                f"{self.view} show{self.do} one sample, and {self._said(operand)} holds {shape[0]}",
                expected="one sample; gradients of a batch are sums over all of them",
                got="×".join(map(str, shape)),
                hint=f"give one row of {self._said(operand)}",
            )
        raise ValueInputError(
            f"{self.view} need{self.do} a weight for each input of each unit, and this product has"
            " other shapes",
            where=self._said(operand),
        )

    def _own_bias(self, row: Node) -> tuple[Ref, ...]:
        """The bias that an op takes itself."""
        op = self.graph.op(row.id)
        for slot, node in enumerate(row.inputs):
            if op.role(slot) == "bias":
                return self._spread(node, row.id)
        return ()

    def _spread(self, node: int, over: int) -> tuple[Ref, ...]:
        """The element of a node that is added to each element of another."""
        count = self._size(over)
        return tuple(Ref(node, i if self._size(node) > 1 else 0) for i in range(count))

    def _added_bias(self, product: int, signal: int) -> tuple[tuple[Ref, ...], int, int]:
        """The bias that is added to a product, its sign, and the node of the sum."""
        found = self._added_to(product, signal)
        if found is None or self._size(found[0]) not in (1, self._size(product)):
            return (), 1, product
        other, sign, target = found
        return self._spread(other, product), sign, target

    def _added_to(self, product: int, signal: int) -> tuple[int, int, int] | None:
        """The node that is added to a product, its sign, and the node of the sum; None where it is
        no bias.
        """
        edge = self._only(product)
        op = None if edge is None else self.graph.op(edge[0])
        if edge is None or op is None or op.operator not in ("+", "-") or op.variadic:
            return None
        target, slot = edge
        other = self.graph.args[target][1 - slot]
        sign = 1 if op.operator == "+" else -1
        if (
            (sign < 0 and (slot or not self._is_threshold(other, target)))
            or self._size(target) != self._size(product)
            or other in self._after(signal)
            or any(map(self._is_product, self._before(other)))
        ):
            return None
        return other, sign, target

    def _is_threshold(self, node: int, difference: int) -> bool:
        """Whether what is subtracted is a threshold, not what a loss compares with."""
        row = self.graph.nodes[node]
        if row.op == INPUT and is_parameter(row.options):
            return True
        return bool(self._activation(difference)[0])

    def _only(self, node: int) -> tuple[int, int] | None:
        """The only use of a node that matters, as (target, slot)."""
        uses = [e for e in self.graph.consumers[node] if e.target in set(self.path)]
        return (uses[0].target, uses[0].slot) if len(uses) == 1 else None

    def _activation(self, total: int) -> tuple[tuple[int, ...], bool]:
        """The nodes from a sum to the value that an activation makes of it, and whether each value
        depends on its own sum alone.
        """
        if total not in self._bends:
            self._bends[total] = self._find_activation(total)
        return self._bends[total]

    @cached_property
    def _bends(self) -> dict[int, tuple[tuple[int, ...], bool]]:
        return {}

    def _find_activation(self, total: int) -> tuple[tuple[int, ...], bool]:
        after, shape = self._after(total), self._shape(total)
        found: list[int] = []
        for node in self.path:
            if node not in after or node == total:
                continue
            if not self._is_elementwise(node, {total, *found}) or self._shape(node) != shape:
                break
            found.append(node)
        edge = self._only(total)
        if edge is not None and (not found or self.graph.op(edge[0]).operator == ""):
            op = self.graph.op(edge[0])
            alone = len(self.graph.args[edge[0]]) == 1
            if edge[0] in found and self._closes(total, [edge[0]]):
                return (edge[0],), True
            if (
                alone
                and not op.moves
                and not op.combine
                and self._shape(edge[0]) == shape
                and (not self._is_product(edge[0]))
            ):
                return (edge[0],), False
        while found and not (
            self._closes(total, found) and self.graph.op(found[-1]).operator != "**"
        ):
            found.pop()
        return tuple(found), True

    def _is_elementwise(self, node: int, of: set[int]) -> bool:
        """Whether a node is made element by element of these nodes and of constants."""
        op = self.graph.ops[node]
        return (
            op is not None
            and op.elementwise
            and not op.hidden
            and all(i in of or i in self.graph.fixed for i in self.graph.args[node])
        )

    def _closes(self, total: int, nodes: Sequence[int]) -> bool:
        """Whether nothing but the last of these nodes is used outside them."""
        inside = {total, *nodes[:-1]}
        uses = (e for i in inside for e in self.graph.consumers[i])
        return all(e.target in nodes for e in uses if e.target in set(self.path))
