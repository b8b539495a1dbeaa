"""From columns to a trace: everything that is recorded is checked against the graph."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from gradviz.errors import TraceFormatError
from gradviz.graph.graph import Edge, Graph
from gradviz.trace.columns import NONE, SEED, ZERO, Edges, Gradients, Scalars
from gradviz.trace.io import Made
from gradviz.trace.io.columnar.audit import audit
from gradviz.trace.io.columnar.column import Columns
from gradviz.trace.io.columnar.nodes import Nodes
from gradviz.trace.io.consistency import contradiction
from gradviz.trace.io.plain import FETCH, Decoder
from gradviz.trace.io.rebuild import check_wrt, namespace, say_edge
from gradviz.trace.io.schema import ColumnsRow
from gradviz.trace.step import Recording


def rebuild(row: ColumnsRow, made: Callable[..., Made], fetch: FETCH | None = None) -> Made:
    """The trace that a document describes. `fetch` gives the arrays that an `.npz` keeps.

    Raises TraceFormatError.
    """
    xp = namespace(row)
    if xp.name != "numpy":
        raise TraceFormatError("only floats are kept in columns", where="backend", got=row.backend)
    return _Rebuilder(row, Columns(Decoder(xp, fetch))).trace(made)


class _Rebuilder:
    """Reads the recorded run."""

    def __init__(self, row: ColumnsRow, columns: Columns) -> None:
        self.row, self.columns, self.xp = row, columns, columns.xp
        self.nodes = Nodes(row, columns)
        self.graph: Graph = self.nodes.graph
        self.size = len(self.nodes.kind)
        self.first = row.steps.forward + 1
        """How many steps come before the first contribution."""

    def trace(self, made: Callable[..., Made]) -> Made:
        """Everything, checked."""
        row, graph, columns = self.row, self.graph, self.columns
        check_wrt(row.wrt, {n.id for n in graph.inputs})
        self.values = columns.numbers(row.values, self.size, "values")
        self._check_turn()
        self._read_steps()
        self._check_edges()
        self._check_order()
        self._check_sums()
        seed = self._check_gradients()
        typecode = "d" if row.dtype == "float64" else "f"
        local, contribution, after = (
            packed(typecode, column) for column in (self.local, self.contribution, self.after)
        )
        last = packed("i", self.last)
        found = made(
            graph,
            Scalars(packed(typecode, self.values), self.xp),
            Gradients(after, last, seed, self.xp),
            seed,
            Recording(self._edges(), local, contribution, after),
            wrt=row.wrt,
            backend=row.backend,
            dtype=row.dtype,
            note=row.note,
            xp=self.xp,
        )
        audit(found, self)
        return found

    def _edges(self) -> Edges:
        return Edges(*(packed("i", ids) for ids in (self.source, self.target, self.slot)))

    def _check_turn(self) -> None:
        """The forward steps are as many as computed nodes; the seed is at the output."""
        computed, steps = self.nodes.computed, self.row.steps
        if steps.forward != computed:
            raise TraceFormatError(
                "the forward steps are not the graph's nodes in order",
                where="steps.forward",
                expected=computed,
                got=steps.forward,
            )
        if steps.seed not in (None, self.graph.output):
            raise TraceFormatError(
                "the backward pass does not begin with its seed",
                where="steps.seed",
                expected=f"the output, node {self.graph.output}",
                got=steps.seed,
            )
        if steps.seed is None and steps.contribute.count:
            raise TraceFormatError(
                "the trace has gradients, but its seed step is missing",
                where="steps.seed",
                expected=f"the output, node {self.graph.output}",
            )

    def _read_steps(self) -> None:
        rows, columns, where = self.row.steps.contribute, self.columns, "steps.contribute"
        self.source, self.target, self.slot = (
            columns.ids(getattr(rows, name), rows.count, f"{where}.{name}")
            for name in ("source", "target", "slot")
        )
        self.local, self.contribution, self.after = (
            columns.numbers(getattr(rows, name), rows.count, f"{where}.{name}")
            for name in ("local", "contribution", "after")
        )

    def _check_edges(self) -> None:
        """Each is an edge of the graph, and contributes once."""
        import numpy as np

        nodes, size = self.nodes, self.size
        inside = (self.source < size) & (self.target < size)
        target = np.where(inside, self.target, 0)
        there = inside & (self.slot < nodes.counts[target])
        self.place = np.where(there, nodes.starts[target] + self.slot, 0)
        if len(nodes.operands):
            there &= nodes.operands[self.place] == self.source
        self._refuse(
            ~there, "a step uses an edge that the graph does not have", "an edge of the graph"
        )
        _, first = np.unique(self.place, return_index=True)
        again = np.ones(len(self.place), bool)
        again[first] = False
        self._refuse(again, "an edge contributes twice")

    def _check_order(self) -> None:
        """A node passes its gradient on only after all contributions to it."""
        import numpy as np

        count = len(self.source)
        steps = np.arange(count)
        self.last = np.full(self.size, NONE, np.int32)
        if self.row.steps.seed is not None:
            self.last[self.row.wrt] = ZERO
            self.last[self.graph.output] = SEED
        output = self.source == self.graph.output
        self.last[self.source[~output]] = steps[~output]
        passes = np.full(self.size, count)
        passes[self.target[::-1]] = steps[::-1]
        early = (self.last[self.target] == NONE) | (passes[self.source] < steps) | output
        self._refuse(
            early,
            "the contributions come in an impossible order",
            "all contributions to a node before it passes its gradient on",
        )

    def _check_sums(self) -> None:
        """Each contribution was added to what was there, to the last bit; −0 is 0 here."""
        import numpy as np

        order = np.argsort(self.source, kind="stable")
        same = self.source[order][1:] == self.source[order][:-1]
        later, earlier = order[1:][same], order[:-1][same]
        before = np.zeros_like(self.after)
        before[later] = self.after[earlier]
        with self.xp.quiet():
            total = before + self.contribution
            first = np.ones(len(order), bool)
            first[later] = False
            right = (
                first & alike(self.after, self.contribution)
                | alike(self.after, total)
                | alike(self.after + 0.0, total + 0.0)
            )
        for k in np.flatnonzero(~right)[:1].tolist():
            raise contradiction(
                self.first + k + 1,
                "after is not before plus the contribution",
                where=f"steps.contribute.after[{k}]",
                expected=total[k],
                got=self.after[k],
            )

    def _check_gradients(self) -> Any:
        """Every gradient is what its last contribution left, or 0; returns the output's."""
        import numpy as np

        row, needed = self.row, np.flatnonzero(self.last != NONE)
        nodes = self.columns.ids(row.gradients.node, len(needed), "gradients.node")
        found = self.columns.numbers(row.gradients.value, len(needed), "gradients.value")
        for k in np.flatnonzero(nodes != needed)[:1].tolist():
            raise TraceFormatError(
                "the gradients are not those of the nodes that receive one, in order",
                where=f"gradients.node[{k}]",
                expected=needed[k],
                got=nodes[k],
            )
        steps = self.last[needed]
        expected = np.zeros_like(found)
        expected[steps >= 0] = self.after[steps[steps >= 0]]
        expected[steps == SEED] = found[steps == SEED]
        for k in np.flatnonzero(~alike(found, expected))[:1].tolist():
            raise contradiction(
                self.first + max(int(steps[k]) + 1, 0),
                "a gradient does not follow from the steps",
                where=f"gradients.value[{k}]",
                expected=f"the sum of the contributions to node {needed[k]}: {expected[k]}",
                got=found[k],
            )
        seeds = self.columns.numbers(row.seeds, 0 if row.steps.seed is None else 1, "seeds")
        seed = found[steps == SEED]
        if not alike(seeds, seed).all():
            raise contradiction(
                self.first,
                "the seed is not the gradient of the output",
                where="seeds[0]",
                expected=seed[0],
                got=seeds[0],
            )
        self.gradients = np.zeros_like(self.values)
        self.gradients[needed] = found
        return self.xp.float(seed[0]) if len(seed) else None

    def _refuse(self, wrong: Any, what: str, expected: str = "") -> None:
        """Raise TraceFormatError about the first contribution that is wrong."""
        import numpy as np

        for k in np.flatnonzero(wrong)[:1].tolist():
            raise TraceFormatError(
                what,
                where=f"steps.contribute[{k}], step {self.first + k + 1}",
                expected=expected,
                got=say_edge(Edge(int(self.source[k]), int(self.target[k]), int(self.slot[k]))),
            )


def alike(a: Any, b: Any) -> Any:
    """Where numbers are the same bit for bit; all NaNs are the same."""
    import numpy as np

    bits = np.dtype(f"i{a.dtype.itemsize}")
    return (a.view(bits) == b.view(bits)) | np.isnan(a) & np.isnan(b)


def packed(typecode: str, column: Any) -> array[Any]:
    """A column as Python's array."""
    found = array(typecode)
    found.frombytes(column.astype(found.typecode).tobytes())
    return found
