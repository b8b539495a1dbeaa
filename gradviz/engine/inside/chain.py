"""Finding the layers of a network in its graph: a chain of weighted sums and activations.

A layer is recognised by what its ops declare, not by their names: a product of a signal and of
weights (`combine="products"` without a window, or numbers times numbers, added up), a bias that is
added, and an activation that makes each value from its own sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from gradviz.errors import ValueInputError
from gradviz.graph.declared import is_parameter
from gradviz.graph.graph import INPUT, Node, labels
from gradviz.ops.op import Shape
from gradviz.trace.cells import Places
from gradviz.trace.trace import Trace

MOST_WEIGHTS: Final = 1_000_000
MOST_PRODUCTS: Final = 2_000_000
WEIGHTS: Final = ("w", "theta", "θ")
"""How names of weights begin, where nothing else tells weights from inputs."""


Cells = tuple[tuple[int, ...], ...]
"""Places of a node's elements, as full indices."""


class Ref(NamedTuple):
    """An element of a node's value: the node, and the element's place in C order."""

    node: int
    place: int


@dataclass(frozen=True)
class Link:
    """One layer of a chain.

    inputs   the elements that it weighs.
    weights  a row for each unit, with an element for each input.
    bias     an element for each unit, empty without a bias; `sign` is −1 where it is subtracted.
    total    the node of the weighted sums, `value` that of what the activation makes of them.
    bend     the nodes after `total` up to `value`.
    own      whether each value depends on its own sum alone.
    units    of a layer of single numbers the nodes of the sum and of the value of each unit;
             `total`, `value` and `bend` are then those of the last one.
    """

    inputs: tuple[Ref, ...]
    weights: tuple[tuple[Ref, ...], ...]
    bias: tuple[Ref, ...]
    sign: int
    total: int
    value: int
    bend: tuple[int, ...]
    own: bool
    units: tuple[tuple[int, int], ...] = ()

    @property
    def values(self) -> tuple[int, ...]:
        """The nodes of its values."""
        return tuple(value for _, value in self.units) or (self.value,)

    @property
    def signals(self) -> tuple[int, ...]:
        """The nodes of its inputs."""
        return tuple(dict.fromkeys(ref.node for ref in self.inputs))


@dataclass(frozen=True)
class Chain:
    """The layers of a network, and what follows them."""

    links: tuple[Link, ...]
    tail: tuple[int, ...]


def chain(trace: Trace) -> Chain:
    """The layers of a trace's graph. Raises ValueInputError, with the reason, where it is none."""
    return _Finder(trace).chain()


@dataclass(frozen=True)
class Product:
    """A product of a matrix and one or several columns, with what is added to it.

    node     the product; `total`: the sum with the bias, the product itself without one.
    signal   the node of the columns before they are stretched into rows; `operand`: as it is taken.
    weights  the rows of the matrix; `columns`: the elements of each column.
    sums     for each column the places of its sums, one for each row.
    bias     an element for each row, empty without a bias; `sign` is −1 where it is subtracted.
    """

    node: int
    total: int
    signal: int
    operand: int
    weights: tuple[tuple[Ref, ...], ...]
    columns: tuple[tuple[Ref, ...], ...]
    sums: tuple[tuple[int, ...], ...]
    bias: tuple[Ref, ...]
    sign: int


def product(trace: Trace, node: int | None = None) -> Product:
    """A product of a matrix and columns, and what it weighs; unless a node is given, the first
    that the output depends on.

    Raises ValueInputError, with the reason, where there is none.
    """
    return _Finder(trace, "a matrix view").product(node)


class _Finder:
    """Finds layers; `view` is who needs them, for messages."""

    def __init__(self, trace: Trace, view: str = "neurons") -> None:
        self.trace, self.graph, self.xp, self.view = trace, trace.graph, trace.xp, view
        self.labels = labels(trace.graph)
        self.do = "" if view == "neurons" else "s"

    def chain(self) -> Chain:
        links: list[Link] = []
        for node in self.path:
            if not self._is_product(node):
                continue
            if links and not self._continues(links[-1], node):
                if self._meets(links[-1], node):
                    break
                continue
            links.append(self._link(node, links))
        links = links or self._numbers()
        last = links[-1].values
        tail = tuple(sorted(set().union(*map(self._after, last)) & set(self.path) - set(last)))
        self._check(links, tail)
        return Chain(tuple(links), tail)

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

    def _continues(self, last: Link, node: int) -> bool:
        """Whether a product weighs what follows the last layer."""
        after = self._after(last.total)
        return sum(i in after for i in self.graph.args[node][:2]) == 1

    def _meets(self, last: Link, node: int) -> bool:
        """Whether both factors follow the last layer: the loss has begun."""
        return set(self.graph.args[node][:2]) <= self._after(last.total)

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

    def _numbers(self) -> list[Link]:
        """Layers of single numbers: units that each add up products of numbers."""
        units = self._units()
        found, layer = list[Link](), [u for u in units if not self._follows(u, units)]
        while layer:
            found.append(self._joined(layer, found[-1].values if found else ()))
            units = [unit for unit in units if unit not in layer]
            layer = [unit for unit in units if not self._follows(unit, units)]
        if not found:
            raise ValueInputError(
                "there are no neurons here: no weights are multiplied with inputs and added up",
                expected="layers such as W @ x + b, or a sum such as w1*x1 + w2*x2 + b",
            )
        return found

    def _follows(self, unit: Link, units: Sequence[Link]) -> bool:
        """Whether a unit weighs the value of another."""
        return any(other.value in unit.signals for other in units)

    def _units(self) -> list[Link]:
        """Every unit of single numbers, in order."""
        found, used = list[Link](), set[int]()
        for node in self.path:
            terms = [] if self._is_part(node) else self._terms(node)
            products = [term for term, _ in terms if self._is_pair(term)]
            if not products or used.intersection(products):
                continue
            if (unit := self._unit(node, terms, {u.value for u in found})) is not None:
                found.append(unit)
                used.update(products)
        return found

    def _unit(self, total: int, terms: Sequence[tuple[int, int]], values: set[int]) -> Link | None:
        """A unit that adds up these terms, each with its sign; None where it is none."""
        pairs = [self._factors(term, values) for term, _ in terms if self._is_pair(term)]
        biases = [(node, sign) for node, sign in terms if not self._is_pair(node)]
        signs = [sign for term, sign in terms if self._is_pair(term)]
        if None in pairs or min(signs) < 0 or len(biases) > 1:
            return None
        if any(self.graph.args[node] for node, _ in biases):
            return None
        weights, inputs = zip(*(pair for pair in pairs if pair), strict=True)
        if len(set(inputs)) < len(inputs):
            return None
        bias, sign = tuple(Ref(node, 0) for node, _ in biases), biases[0][1] if biases else 1
        if not bias:
            bias, sign, total = self._added_bias(total, inputs[0])
        row = tuple(Ref(node, 0) for node in weights)
        made = self._bent(tuple(Ref(i, 0) for i in inputs), (row,), bias, sign, total)
        is_weight = self.graph.nodes[weights[0]].name.lower().startswith(WEIGHTS)
        signs_of_one = len(pairs) > 1, inputs[0] in values
        facts = is_weight, bool(bias), bool(made.bend)
        return made if any(signs_of_one) or sum(facts) > 1 else None

    def _factors(self, product: int, values: set[int]) -> tuple[int, int] | None:
        """The weight and the signal of a product; the signal is a leaf or the value of a unit."""
        pair = self.graph.args[product]
        known = [i in values for i in pair]
        slot = known.index(True) if sum(known) == 1 else self._by_name(*pair)
        weight, signal = pair[1 - slot], pair[slot]
        is_leaf = not self.graph.args[weight] and (known[slot] or not self.graph.args[signal])
        is_scale = known[slot] and self.graph.nodes[weight].op != INPUT
        return (weight, signal) if is_leaf and not is_scale else None

    def _joined(self, layer: Sequence[Link], before: Sequence[int]) -> Link:
        """Units as one layer. Raises ValueInputError where they are none."""
        first = layer[0]
        order = before or tuple(dict.fromkeys(i for unit in layer for i in unit.signals))
        for unit in layer:
            if set(unit.signals) != set(order):
                raise ValueInputError(
                    "each neuron of a layer needs a weight for every value of the layer before",
                    where=self._said(unit.total),
                    expected=", ".join(map(self._said, order)),
                    got=", ".join(map(self._said, unit.signals)),
                )
            if self._bend_of(unit) != self._bend_of(first) or bool(unit.bias) != bool(first.bias):
                raise ValueInputError(
                    "the neurons of a layer need the same activation, and all a bias or none",
                    where=f"{self._said(first.value)} and {self._said(unit.value)}",
                )
            if unit.sign != first.sign:
                raise ValueInputError(
                    "the biases of a layer are all added or all subtracted",
                    where=f"{self._said(first.total)} and {self._said(unit.total)}",
                )
        if len(layer) == 1 and order == first.signals:
            return first
        inputs = tuple(Ref(i, 0) for i in order)
        rows = tuple(
            tuple(row[unit.inputs.index(ref)] for ref in inputs)
            for unit in layer
            for row in unit.weights
        )
        bias = tuple(ref for unit in layer for ref in unit.bias)
        last, units = layer[-1], tuple((unit.total, unit.value) for unit in layer)
        ends = last.total, last.value, last.bend, last.own
        return Link(inputs, rows, bias, first.sign, *ends, units if len(layer) > 1 else ())

    def _bend_of(self, unit: Link) -> list[tuple[Any, ...]]:
        """The activation of a unit: its ops, with their options and the constants they take."""
        inside = [unit.total, *unit.bend]
        row = self.graph.nodes
        return [
            (
                row[i].op,
                str(row[i].options),
                [inside.index(j) if j in inside else str(row[j].options) for j in row[i].inputs],
            )
            for i in unit.bend
        ]

    def _is_weighed(self, signal: int, link: Link) -> bool:
        """Whether a single number goes to the units of one layer only."""
        if self._shape(signal):
            return False
        products = {
            edge.target for edge in self.graph.consumers[signal] if edge.target in set(self.path)
        }
        weights = {ref.node for row in link.weights for ref in row}
        return len(products) == len(link.weights) and all(
            self._is_pair(node) and weights.intersection(self.graph.args[node]) for node in products
        )

    def _is_pair(self, node: int) -> bool:
        """Whether a node is the product of two numbers."""
        op = self.graph.ops[node]
        return op is not None and op.operator == "*" and not op.variadic

    def _is_part(self, node: int) -> bool:
        """Whether a node goes on in a sum, or is neither a sum nor a product of numbers."""
        edge, op = self._only(node), self.graph.ops[node]
        if op is None or self._shape(node) or op.operator not in ("+", "-", "*") or op.variadic:
            return True
        after = None if edge is None else self.graph.op(edge[0])
        return after is not None and after.operator == "+" and not after.variadic

    def _terms(self, node: int, sign: int = 1) -> list[tuple[int, int]]:
        """The terms of a sum of numbers, each with its sign."""
        op = self.graph.ops[node]
        if self._shape(node) or op is None or op.operator not in ("+", "-") or op.variadic:
            return [(node, sign)]
        first, second = self.graph.args[node]
        other = sign if op.operator == "+" else -sign
        return [*self._terms(first, sign), *self._terms(second, other)]

    def _check(self, links: Sequence[Link], tail: Iterable[int]) -> None:
        """Raise ValueInputError where values go elsewhere than to the next layer, or where what
        follows the last one is no loss.
        """
        ahead = [*links[1:], None]
        for link, following in zip(links, ahead, strict=True):
            if following is not None and set(following.signals) != set(link.values):
                raise ValueInputError(
                    "neurons need one layer after the other, each of a weighted sum and an"
                    " activation of each unit's own",
                    where=f"between {self._said(link.total)} and {self._said(following.total)}",
                )
        last = links[-1].values
        if last != (self.graph.output,) and self._size(self.graph.output) != 1:
            raise ValueInputError(
                "neurons end in their last layer or in a loss, which is one number",
                got=f"{self._said(self.graph.output)} of "
                + "×".join(map(str, self._shape(self.graph.output))),
            )
        passed = set().union(*map(self._after, links[0].signals))
        for node in tail:
            for i in self.graph.args[node]:
                if i in passed and i not in tail and i not in last:
                    raise ValueInputError(
                        f"neurons need one layer after the other, and {self._said(i)} skips some",
                        where=f"{self._said(i)} goes to {self._said(node)}",
                    )
        self._check_uses(links)

    def _check_uses(self, links: Sequence[Link]) -> None:
        """Raise ValueInputError where a layer's value is weighed twice."""
        path = set(self.path)
        for link, signal in ((one, node) for one in links for node in one.signals):
            if self._only(signal) is None and not self._is_weighed(signal, link):
                uses = [e.target for e in self.graph.consumers[signal] if e.target in path]
                named = " and ".join(self._said(i) for i in uses[:3])
                raise ValueInputError(
                    f"neurons need one layer after the other, and {self._said(signal)} goes to"
                    f" {named}"
                )


def flat(value: Any) -> list[Any]:
    """The elements of nested lists, in order."""
    return [w for v in value for w in flat(v)] if isinstance(value, list | tuple) else [value]


def same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Whether elements are equal; NaN is NaN."""
    return len(a) == len(b) and all(
        x == y or (x != x and y != y) for x, y in zip(a, b, strict=True)
    )
