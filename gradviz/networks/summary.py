"""Summaries of networks: one row per layer with its output, parameters, work and memory.

Nothing is allocated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gradviz.graph.declared import is_parameter
from gradviz.graph.graph import Graph, Node, labels
from gradviz.ops.op import Shape

FLOAT32 = 4

Reach = tuple[tuple[int, int], ...]
"""Per spatial axis, how many input cells an output cell depends on, and the step to the next one.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A layer, all nodes of one scope, or a node outside all scopes.

    ops         their ops, in order, each once.
    shape       of its last node.
    parameters  how many numbers are trained; a parameter shared by several layers counts for the
                first.
    work        multiply-adds of a forward pass, products and sums only.
    field       receptive field: rows and columns of the image that a value depends on; None without
                an image.
    memory      bytes of its parameters and of its nodes' values in float32; gradients take the same
                again.
    """

    layer: str
    ops: tuple[str, ...]
    shape: Shape
    parameters: int
    work: int
    field: tuple[int, ...] | None
    memory: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The rows of a network, inputs first, and their totals."""

    source: str
    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(r.parameters for r in self.rows)

    @property
    def work(self) -> int:
        """The multiply-adds of a forward pass."""
        return sum(r.work for r in self.rows)

    @property
    def memory(self) -> int:
        """The bytes of all values in float32."""
        return sum(r.memory for r in self.rows)

    def __getitem__(self, layer: str) -> Row:
        """The row of a layer. Raises KeyError."""
        return {r.layer: r for r in self.rows}[layer]

    def data(self) -> dict[str, Any]:
        """The same as plain data, for JSON."""
        totals = {"parameters": self.parameters, "work": self.work, "memory": self.memory}
        return {"source": self.source, "layers": [asdict(r) for r in self.rows], "total": totals}


def summarise(graph: Graph) -> Summary:
    """The summary of a graph; unknown shapes are taken from its inputs' declarations, for one
    sample.

    Raises ShapeError if shapes do not fit, ValueInputError for an input without a known shape.
    """
    bound = graph if graph.is_bound else graph.bind({})
    reaches = _reaches(bound)
    rows = [_row(bound, name, nodes, reaches) for name, nodes in _layers(bound).items()]
    return Summary(graph.source, tuple(rows))


def _layers(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each layer, by name; parameters and constants belong to their first consumer."""
    names = labels(graph)
    found: dict[str, list[Node]] = {}
    owners: dict[int, str] = {}
    for node in graph.nodes:
        uses = graph.consumers[node.id]
        if (
            not node.is_leaf
            or node.scope
            or (not is_parameter(node.options) and node.op == "input")
            or not uses
        ):
            owners[node.id] = node.scope or names.get(node.id, node.op)
    for node in graph.nodes:
        if node.id not in owners:
            owners[node.id] = owners[graph.consumers[node.id][0].target]
    first = sorted(
        graph.nodes, key=lambda n: (n.is_leaf and (bool(n.scope) or is_parameter(n.options)), n.id)
    )
    for node in first:
        found.setdefault(owners[node.id], []).append(node)
    return found


def _row(graph: Graph, name: str, nodes: list[Node], reaches: list[Reach | None]) -> Row:
    applied = [n for n in nodes if not n.is_leaf]
    last = max(applied or nodes, key=lambda n: n.id)
    ops = tuple(dict.fromkeys(n.op for n in applied)) or (last.op,)
    trained = sum(_size(n) for n in nodes if n.op == "input" and is_parameter(n.options))
    reach = reaches[last.id]
    return Row(
        name,
        ops,
        last.shape or (),
        trained,
        sum(_work(graph, n) for n in applied),
        None if reach is None else tuple(size for size, _ in reach),
        FLOAT32 * sum(map(_size, nodes)),
    )


def _size(node: Node) -> int:
    return math.prod(node.shape or ())


def _work(graph: Graph, node: Node) -> int:
    op = graph.op(node)
    return op.work(node.shape, *_shapes(graph, node), **node.options) if op.work else 0


def _shapes(graph: Graph, node: Node) -> list[Shape]:
    return [graph.nodes[i].shape or () for i in node.inputs]


def _reaches(graph: Graph) -> list[Reach | None]:
    """The reach of every node that depends on the image, the only input with rows and columns."""
    images = [
        n for n in graph.inputs if not is_parameter(n.options) and len(n.shape or ()) in (3, 4)
    ]
    found: list[Reach | None] = [None] * len(graph.nodes)
    if len(images) != 1:
        return found
    whole = (images[0].shape or ())[-2:]
    found[images[0].id] = tuple((1, 1) for _ in whole)
    for node in graph.nodes:
        before = [r for i in node.inputs if (r := found[i]) is not None]
        if before:
            found[node.id] = _after(graph, node, _widest(before), whole)
    return found


def _widest(reaches: Iterable[Reach]) -> Reach:
    """Per axis the largest field and step of several operands."""
    return tuple(
        (max(f for f, _ in axis), max(s for _, s in axis)) for axis in zip(*reaches, strict=True)
    )


def _after(graph: Graph, node: Node, before: Reach, whole: Shape) -> Reach:
    op = graph.op(node)
    if op.window is not None:
        window = op.window(*_shapes(graph, node), **node.options)
        axes = zip(before, window.span, window.stride, strict=True)
        return tuple(
            (field + (span - 1) * step, step * stride) for (field, step), span, stride in axes
        )
    if op.elementwise or op.in_place:
        return before
    return tuple((size, size) for size in whole)
