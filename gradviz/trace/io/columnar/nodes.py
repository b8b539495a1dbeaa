"""From columns to a graph, whose nodes are made when something asks for them."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import Any

from gradviz.errors import TraceFormatError
from gradviz.graph.graph import CONSTANT, INPUT, LEAVES, Graph, Node
from gradviz.ops.registry import get
from gradviz.trace.io.columnar.column import Columns
from gradviz.trace.io.columnar.writing import FLOATS, INTEGERS
from gradviz.trace.io.consistency import FAILURES
from gradviz.trace.io.graphs import call_options, constant, input_options, output_of
from gradviz.trace.io.schema import ColumnsRow, KindRow, NodeRow

WHERE = "graph.nodes"
NUMBER = re.compile("0|[1-9][0-9]{0,9}")


class Nodes:
    """The graph of a document, and the columns that it was made of.

    kind      the kind of each node, an index of `kinds`.
    operands  of all nodes in a row: `counts[i]` of them from `starts[i]` on are those of node i.
    computed  how many nodes are not leaves.
    """

    def __init__(self, row: ColumnsRow, columns: Columns) -> None:
        import numpy as np

        self.row, self.columns = row.graph.nodes, columns
        self.kinds, size = self.row.kinds, self.row.count
        self.kind = columns.ids(self.row.kind, size, f"{WHERE}.kind")
        self._check_kinds_used()
        self.counts = np.array([kind.operands for kind in self.kinds], np.int64)[self.kind]
        self.starts = np.cumsum(self.counts) - self.counts
        total = int(self.counts.sum())
        self.operands = columns.ids(self.row.operands, total, f"{WHERE}.operands")
        self._check_operands()
        self.options = [self._options(k, kind) for k, kind in enumerate(self.kinds)]
        self._check_names()
        self.computed = int((~self._are(INPUT) & ~self._are(CONSTANT)).sum())
        self.graph = self._graph(row)

    def _are(self, op: str) -> Any:
        """Which nodes are of an op."""
        import numpy as np

        return np.array([kind.op == op for kind in self.kinds])[self.kind]

    def _check_kinds_used(self) -> None:
        import numpy as np

        known = len(self.kinds)
        for i in np.flatnonzero(self.kind >= known)[:1].tolist():
            raise TraceFormatError(
                "a node is of no kind",
                where=f"{WHERE}.kind[{i}]",
                expected=f"0 to {known - 1}",
                got=self.kind[i],
            )
        for k in np.flatnonzero(np.bincount(self.kind, minlength=known) == 0)[:1].tolist():
            raise TraceFormatError("no node is of this kind", where=f"{WHERE}.kinds[{k}]")

    def _check_operands(self) -> None:
        import numpy as np

        target = np.repeat(np.arange(len(self.kind)), self.counts)
        for k in np.flatnonzero(self.operands >= target)[:1].tolist():
            raise TraceFormatError(
                f"node {target[k]} uses a node that does not come before it",
                where=f"{WHERE}.operands[{k}]",
                expected=f"operands below {target[k]}",
                got=self.operands[k],
            )

    def _options(self, k: int, kind: KindRow) -> dict[str, Any]:
        """The options of a kind, checked; of constants that are in a column, none."""
        where = f"{WHERE}.kinds[{k}]"
        operands = list(range(kind.operands))
        row = NodeRow(kind.operands, kind.op, "", operands, kind.options, [], kind.scope)
        if kind.op in LEAVES and operands:
            raise TraceFormatError(f"an {kind.op} node takes no operands", where=where)
        if kind.op == INPUT:
            return input_options(row, where)
        if kind.op == CONSTANT:
            return {} if _column_of(kind) else {"value": constant(row, None, where)}
        options = call_options(row, where)
        self._check_op(kind, options, where)
        return options

    def _check_op(self, kind: KindRow, options: dict[str, Any], where: str) -> None:
        op = get(kind.op, hidden=True)
        try:
            fits = op.shape(*[()] * kind.operands, **options) == ()
        except (*FAILURES, AttributeError) as error:
            raise TraceFormatError(
                "an op cannot take its options", where=where, got=error
            ) from None
        if not fits or not Graph([Node(0, kind.op, (), options)], 0).computes_numbers:
            raise TraceFormatError(
                f"{kind.op} does not make a number of numbers, as columns hold them", where=where
            )

    def _check_names(self) -> None:
        import numpy as np

        inputs = np.flatnonzero(self._are(INPUT)).tolist()
        if inputs != list(range(len(inputs))):
            raise TraceFormatError("the inputs do not come first", where=f"{WHERE}.kind")
        ids = {str(i): i for i in inputs}
        for key in self.row.names:
            if key not in ids:
                if not (NUMBER.fullmatch(key) and int(key) < len(self.kind)):
                    raise TraceFormatError(
                        "a name belongs to no node", where=f"{WHERE}.names", got=f"{key:.40}"
                    )
                ids[key] = int(key)
        self.names = {ids[key]: name for key, name in self.row.names.items() if name}
        names = [self.names.get(i, "") for i in inputs]
        if "" in names or len(set(names)) < len(names):
            raise TraceFormatError(
                "inputs need names of their own", where=f"{WHERE}.names", got=names
            )

    def _constants(self) -> list[tuple[int, Any]]:
        """The constants, each with its value."""
        import numpy as np

        columns = {name: self._column(name) for name in (FLOATS, INTEGERS)}
        following = [columns.get(_column_of(kind), iter(())) for kind in self.kinds]
        constants = np.flatnonzero(self._are(CONSTANT))
        return [
            (i, self.options[k]["value"] if self.options[k] else next(following[k]))
            for i, k in zip(constants.tolist(), self.kind[constants].tolist(), strict=True)
        ]

    def _column(self, name: str) -> Any:
        import numpy as np

        kinds = np.array([_column_of(kind) == name for kind in self.kinds])
        count, data = int(kinds[self.kind].sum()), getattr(self.row, name)
        read = self.columns.doubles if name == FLOATS else self.columns.integers
        return iter(read(data, count, f"{WHERE}.{name}").tolist())

    def _graph(self, row: ColumnsRow) -> Graph:
        output = output_of(row.graph.output, row.graph.outputs, len(self.kind))
        operands = iter(self.operands.tolist())
        args = [tuple(islice(operands, count)) for count in self.counts.tolist()]
        known = [None if kind.op in LEAVES else get(kind.op) for kind in self.kinds]
        kinds, constants = self.kind.tolist(), self._constants()
        make = partial(_made, self.kinds, self.options, kinds, args, self.names, dict(constants))
        ops = tuple(map(known.__getitem__, kinds))
        graph = Graph.of_columns(make, ops, args, output, row.source)
        inputs = range(int(self._are(INPUT).sum()))
        graph.__dict__.update(
            constants=constants,
            settings=self._by_node(
                [o if op else None for op, o in zip(known, self.options, strict=True)]
            ),
            input_names=tuple([self.names[i] for i in inputs]),
            input_options=tuple([self.options[kinds[i]] for i in inputs]),
            names=self.names,
            scopes=self._by_node([kind.scope for kind in self.kinds]),
            is_bound=True,
            is_scalar=True,
        )
        return graph

    def _by_node(self, facts: list[Any]) -> dict[int, Any]:
        """By node what is known of its kind, where that is anything."""
        import numpy as np

        having = np.flatnonzero(np.array([bool(fact) for fact in facts])[self.kind])
        kinds = self.kind[having].tolist()
        return {i: facts[k] for i, k in zip(having.tolist(), kinds, strict=True)}


def _column_of(kind: KindRow) -> str:
    """The column that holds the constants of a kind; empty if there is none."""
    value = kind.options.get("value")
    if kind.op != CONSTANT or list(kind.options) != ["value"] or not isinstance(value, dict):
        return ""
    name = value.get("column")
    return name if name in (FLOATS, INTEGERS) and list(value) == ["column"] else ""


def _made(
    kinds: list[KindRow],
    options: list[dict[str, Any]],
    kind: list[int],
    args: list[tuple[int, ...]],
    names: dict[int, str],
    constants: dict[int, Any],
    i: int,
) -> Node:
    """The node of a place."""
    k = kind[i]
    found = {"value": constants[i]} if i in constants else options[k]
    return Node(i, kinds[k].op, args[i], found, names.get(i, ""), kinds[k].scope, None, ())
