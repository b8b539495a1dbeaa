"""Building a graph node by node, shared by the text parser, Python and every importer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gradviz.errors import Span
from gradviz.files import clean_line
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.ops.registry import get


class Builder:
    """Collects nodes; `graph` puts inputs first and numbers them.

    The ids handed out while building are provisional: use them only with the same builder.
    """

    def __init__(self, source: str = "") -> None:
        self.source = source
        self._rows: list[Node] = []
        self._inputs: dict[str, int] = {}

    def input(self, name: str, *, span: Span | None = None, scope: str = "", **options: Any) -> int:
        """The input of this name, created at its first mention."""
        if name not in self._inputs:
            self._inputs[name] = self._add(INPUT, (), options, name=name, span=span, scope=scope)
        return self._inputs[name]

    def constant(self, value: Any, *, span: Span | None = None, scope: str = "") -> int:
        """A constant: a number, nested lists of numbers, an array, or "pi"."""
        return self._add(CONSTANT, (), {"value": value}, span=span, scope=scope)

    def apply(
        self,
        op: str,
        inputs: Sequence[int],
        options: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        span: Span | None = None,
        scope: str = "",
    ) -> int:
        """The application of an op to nodes.

        Raises UnknownNameError for an op that does not exist.
        """
        return self._add(
            get(op).name, tuple(inputs), options or {}, name=name, span=span, scope=scope
        )

    def name(self, node: int, name: str) -> None:
        """Name a node; a node that already has a name keeps it."""
        if not self._rows[node].name:
            self._rows[node] = replace(self._rows[node], name=clean_line(name))

    def named(self, node: int) -> str:
        """The name of a node, or the empty string."""
        return self._rows[node].name

    def _add(
        self, op: str, inputs: tuple[int, ...], options: Mapping[str, Any], **rest: Any
    ) -> int:
        rest |= {key: clean_line(rest[key]) for key in ("name", "scope") if rest.get(key)}
        self._rows.append(Node(len(self._rows), op, inputs, options, **rest))
        return len(self._rows) - 1

    def order(self) -> list[int]:
        """The provisional ids in the order in which `graph` numbers them: inputs first."""
        first = [r.id for r in self._rows if r.op == INPUT]
        return first + [r.id for r in self._rows if r.op != INPUT]

    def graph(self, output: int) -> Graph:
        """The finished graph."""
        order = self.order()
        place = {old: new for new, old in enumerate(order)}
        rows = (self._rows[old] for old in order)
        nodes = (
            Node(
                new,
                r.op,
                tuple([place[i] for i in r.inputs]),
                r.options,
                r.name,
                r.scope,
                r.span,
                r.shape,
            )
            for new, r in enumerate(rows)
        )
        return Graph(nodes, place[output], self.source)
