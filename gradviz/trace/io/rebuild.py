"""From a well-formed document to a trace: every recorded step is checked against the graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from gradviz.arrays import BACKENDS, DTYPES, for_backend
from gradviz.errors import TraceFormatError, ValueInputError, did_you_mean
from gradviz.graph.graph import Edge, Graph
from gradviz.ops.shapes import summed_axes
from gradviz.trace.io import Made
from gradviz.trace.io.consistency import contradiction, equal
from gradviz.trace.io.graphs import rebuild_graph
from gradviz.trace.io.plain import FETCH, Decoder
from gradviz.trace.io.schema import (
    ContributeRow,
    DocumentRow,
    ForwardRow,
    SeedRow,
    TraceRow,
    UpdateRow,
)
from gradviz.trace.io.updates import read as read_updates
from gradviz.trace.step import Recording


def rebuild(row: TraceRow, made: Callable[..., Made], fetch: FETCH | None = None) -> Made:
    """The trace that a document describes. `fetch` gives the arrays that an `.npz` keeps.

    A trace that was made with CuPy is read into NumPy's arrays. Raises TraceFormatError.
    """
    xp = namespace(row)
    graph = rebuild_graph(row, fetch)
    names = {n.name for n in graph.inputs}
    return _Rebuilder(row, graph, Decoder(xp, fetch, symbols=names)).trace(made)


def namespace(row: DocumentRow) -> Any:
    """The namespace of a document's values. Raises TraceFormatError if there is none."""
    exact = row.backend == "exact"
    for key, given, allowed in (
        ("backend", row.backend, BACKENDS),
        ("dtype", row.dtype, ("exact",) if exact else DTYPES),
    ):
        if given not in allowed:
            raise TraceFormatError(
                f"the trace has the unknown {key} {given!r:.40}",
                where=key,
                expected=" or ".join(allowed),
                hint=did_you_mean(given, allowed),
            )
    return for_backend("exact") if exact else for_backend("numpy", row.dtype)


def check_wrt(wrt: list[int], inputs: set[int]) -> None:
    """Raise TraceFormatError unless `wrt` are ids of inputs, in order."""
    if wrt != sorted(set(wrt)) or not inputs.issuperset(wrt):
        raise TraceFormatError(
            "wrt is not a list of inputs",
            where="wrt",
            expected="different ids of inputs, in order",
            got=wrt,
        )


class _Rebuilder:
    """Reads the recorded run on a graph."""

    def __init__(self, row: TraceRow, graph: Graph, decode: Decoder) -> None:
        self.row, self.graph, self.decode, self.xp = row, graph, decode, decode.xp
        self.recording = Recording()
        self.last: dict[int, Any] = {}  # the gradient so far, of each node that has one
        self.left_at: dict[int, int] = {}  # the step that left it
        self.spent: set[int] = set()  # nodes that have passed their gradient on
        self.used: set[Edge] = set()

    def trace(self, made: Callable[..., Made]) -> Made:
        """Everything, checked."""
        check_wrt(self.row.wrt, {n.id for n in self.graph.inputs})
        values = self._values()
        row, graph = self.row, self.graph
        gradients = self._table("gradients", row.gradients)
        contributing = self._check_order()
        self._check_gradients(gradients, contributing)
        updating = [step for step in row.steps if isinstance(step, UpdateRow)]
        first = len(row.steps) - len(updating)
        for k, step in enumerate(contributing, first - len(contributing)):
            self._contribute(step, k, gradients)
        self._check_totals(gradients)
        seed = gradients[graph.output] if gradients else None
        self._check_seeds(seed)
        updates = read_updates(row.updates, updating, graph, values, gradients, self.decode, first)
        found = made(
            graph,
            values,
            [gradients.get(n.id) for n in graph.nodes],
            seed,
            self.recording,
            wrt=row.wrt,
            backend=row.backend,
            dtype=row.dtype,
            note=row.note,
            xp=self.xp,
        )
        return found if updates is None else cast(Made, found.with_updates(updates))

    @cached_property
    def seed_step(self) -> int:
        """The number of the seed step."""
        return sum(not n.is_leaf for n in self.graph.nodes) + 1

    def _shape(self, node: int) -> tuple[int, ...]:
        return self.graph.nodes[node].shape or ()

    def _values(self) -> list[Any]:
        as_is = self.graph.index_leaves
        ids = [str(n.id) for n in self.graph.nodes]
        _check_keys("values", self.row.values, ids)
        values = [
            self.decode(
                self.row.values[key],
                self._shape(i),
                f"values.{key}",
                as_is=i in as_is,
                condition=self._is_condition(i),
            )
            for i, key in enumerate(ids)
        ]
        if reals := self._reals(values):
            self.graph = self.graph.bind({n.name: n.shape or () for n in self.graph.inputs}, reals)
        for i in reals:
            values[i] = self.xp.asreal(values[i])
        return values

    def _reals(self, values: list[Any]) -> set[int]:
        """The labels that the recorded run differentiated, or whose values are not whole."""
        sources = {step.edge.source for step in self.row.steps if isinstance(step, ContributeRow)}
        return {i for i in self.graph.label_leaves if i in sources or not self._is_whole(values[i])}

    def _is_whole(self, value: Any) -> bool:
        try:
            self.xp.whole(value)
        except ValueInputError:
            return False
        return True

    def _is_condition(self, node: int) -> bool:
        n = self.graph.nodes[node]
        return not n.is_leaf and not any(
            self.graph.op(n).differentiable(s) for s in range(len(n.inputs))
        )

    def _table(self, name: str, rows: dict[str, Any]) -> dict[int, Any]:
        ids = {str(n.id): n.id for n in self.graph.nodes}
        _check_keys(name, {k: v for k, v in rows.items() if k not in ids}, [])
        return {ids[k]: self.decode(v, self._shape(ids[k]), f"{name}.{k}") for k, v in rows.items()}

    def _check_order(self) -> list[ContributeRow]:
        """The order must be forward steps, seed, contributions; returns the contributions."""
        steps, output = self.row.steps, self.graph.output
        expected = [n.id for n in self.graph.nodes if not n.is_leaf]
        for k, node in enumerate(expected):
            step = steps[k] if k < len(steps) else None
            if not isinstance(step, ForwardRow) or step.node != node:
                raise TraceFormatError(
                    "the forward steps are not the graph's nodes in order",
                    where=f"steps[{k}]",
                    expected=f"forward of node {node}",
                    got=_say(step),
                )
        rest = steps[len(expected) :]
        if rest and not (isinstance(rest[0], SeedRow) and rest[0].node == output):
            raise TraceFormatError(
                "the backward pass does not begin with its seed",
                where=f"steps[{len(expected)}]",
                expected=f"seed of the output, node {output}",
                got=_say(rest[0]),
            )
        found: list[ContributeRow] = []
        for k, step in enumerate(rest[1:], len(expected) + 1):
            if isinstance(step, UpdateRow) and all(isinstance(s, UpdateRow) for s in steps[k:]):
                break
            if not isinstance(step, ContributeRow):
                raise TraceFormatError(
                    "a step is in the wrong place",
                    where=f"steps[{k}]",
                    expected="contribute steps to the end",
                    got=_say(step),
                )
            found.append(step)
        if not rest and self.row.gradients:
            raise TraceFormatError(
                "the trace has gradients, but its seed step is missing",
                where="steps",
                expected=f"seed of the output, node {output}",
                got="the end of the steps",
            )
        return found

    def _check_gradients(self, gradients: dict[int, Any], steps: list[ContributeRow]) -> None:
        """There is a gradient for each node that something contributed to, the output and every
        `wrt` input.
        """
        needed = {step.edge.source for step in steps}
        if any(isinstance(step, SeedRow) for step in self.row.steps):
            needed |= {self.graph.output, *self.row.wrt}
        _check_keys("gradients", self.row.gradients, [str(i) for i in sorted(needed)])

    def _contribute(self, row: ContributeRow, k: int, gradients: dict[int, Any]) -> None:
        where = f"steps[{k}]"
        edge = Edge(row.edge.source, row.edge.target, row.edge.slot)
        self._check_edge(edge, where, gradients)
        narrow, wide = self._shape(edge.source), self._shape(edge.target)
        first = edge.source not in self.last
        upstream = self.decode(row.upstream, wide, f"{where}.upstream")
        self._same(
            upstream,
            gradients[edge.target],
            k + 1,
            f"{where}.upstream",
            f"the gradient of node {edge.target}",
        )
        before = self.decode(row.before, narrow, f"{where}.before")
        so_far = self.xp.zeros(narrow) if first else self.last[edge.source]
        self._same(
            before,
            so_far,
            k + 1,
            f"{where}.before",
            "zeros" if first else "what the step before left",
        )
        contribution = self.decode(row.contribution, narrow, f"{where}.contribution")
        after = self.decode(row.after, narrow, f"{where}.after")
        if first and self.decode.bits(after) == self.decode.bits(contribution):
            after = contribution
        elif not self._adds_up(before, contribution, after):
            raise contradiction(
                k + 1,
                "after is not before plus the contribution",
                where=f"{where}.after",
                expected=shorten(self.xp, self._sum(before, contribution)),
                got=shorten(self.xp, after),
            )
        self.last[edge.source], self.left_at[edge.source] = after, k + 1
        self.spent.add(edge.target)
        record = self.recording
        record.edges.append(edge)
        record.local.append(self._local(row, edge, where))
        record.contribution.append(contribution)
        record.after.append(after)

    def _sum(self, before: Any, contribution: Any) -> Any:
        with self.xp.quiet():
            return self.xp.asarray(before + contribution)

    def _adds_up(self, before: Any, contribution: Any, after: Any) -> bool:
        """Whether the contribution was added, to the last bit.

        What a folded scope contributes is a sum already, in another order than it was recorded.
        """
        total = self._sum(before, contribution)
        if self.decode.bits(total) == self.decode.bits(after):
            return True
        if self.xp.name == "exact":
            return equal(self.graph, total, after)
        if not self.is_folded:  # −0 is 0 here
            return bool(self.decode.bits(total + 0.0) == self.decode.bits(after + 0.0))
        return close(self.xp, after, total, before, contribution)

    @cached_property
    def is_folded(self) -> bool:
        """Whether some of the graph is folded away."""
        return any(op is not None and op.hidden for op in self.graph.ops)

    def _check_edge(self, edge: Edge, where: str, gradients: dict[int, Any]) -> None:
        nodes = self.graph.nodes
        inputs = nodes[edge.target].inputs if edge.target < len(nodes) else ()
        if edge.slot >= len(inputs) or inputs[edge.slot] != edge.source:
            raise TraceFormatError(
                "a step uses an edge that the graph does not have",
                where=f"{where}.edge",
                expected="an edge of the graph",
                got=say_edge(edge),
            )
        if not self.graph.takes_gradient(edge):
            raise TraceFormatError(
                "a step uses an edge along which no gradient flows",
                where=f"{where}.edge",
                got=say_edge(edge),
            )
        if edge in self.used:
            raise TraceFormatError(
                "an edge contributes twice", where=f"{where}.edge", got=say_edge(edge)
            )
        self.used.add(edge)
        if (
            edge.target not in gradients
            or edge.source in self.spent
            or edge.source == self.graph.output
        ):
            raise TraceFormatError(
                "the contributions come in an impossible order",
                where=f"{where}.edge",
                expected="all contributions to a node before it passes its gradient on",
                got=say_edge(edge),
            )

    def _local(self, row: ContributeRow, edge: Edge, where: str) -> Any:
        """The local gradient: there for an elementwise op, and from scalar to scalar but for a
        folded scope.
        """
        wide = self._shape(edge.target)
        op = self.graph.op(edge.target)
        elementwise = op.elementwise
        summed = summed_axes(wide, self._shape(edge.source)) if elementwise else ()
        if tuple(row.summed) != summed:
            raise TraceFormatError(
                "a contribution is not summed over the axes that the shapes call for",
                where=f"{where}.summed",
                expected=list(summed),
                got=row.summed,
            )
        wanted = elementwise or (wide == () == self._shape(edge.source) and not op.hidden)
        if wanted != (row.local is not None):
            raise TraceFormatError(
                (
                    "a local gradient is missing"
                    if wanted
                    else "a local gradient stands where there is none"
                ),
                where=f"{where}.local",
                expected="the local gradient" if wanted else "null",
            )
        return self.decode(row.local, wide, f"{where}.local") if wanted else None

    def _check_totals(self, gradients: dict[int, Any]) -> None:
        """Every gradient is what its last contribution left, or zeros."""
        for node, gradient in gradients.items():
            if node != self.graph.output:
                total = self.last.get(node)
                expected = self.xp.zeros(self._shape(node)) if total is None else total
                self._same(
                    gradient,
                    expected,
                    self.left_at.get(node, self.seed_step),
                    f"gradients.{node}",
                    "the sum of the node's contributions",
                )

    def _check_seeds(self, seed: Any) -> None:
        """The seeds, where the document has them, are the gradients of the outputs."""
        rows, count = self.row.seeds, 0 if seed is None else len(self.graph.outputs)
        if rows is None:
            return
        if len(rows) != count:
            raise TraceFormatError(
                "the seeds do not match the outputs",
                where="seeds",
                expected=f"{count} seed" if count else "no seeds without a backward pass",
                got=len(rows),
            )
        for i, (row, node) in enumerate(zip(rows, self.graph.outputs, strict=False)):
            where = f"seeds[{i}]"
            found = self.decode(row, self._shape(node), where)
            self._same(
                found, seed, self.seed_step, where, f"the gradient of node {node}, an output"
            )

    def _same(self, found: Any, expected: Any, step: int, where: str, what: str) -> None:
        """`step` is the step that says what is expected, counted from 1."""
        if self.decode.bits(found) != self.decode.bits(expected):
            name = where.rpartition(".")[2] if where.startswith("steps[") else "a gradient"
            raise contradiction(
                step,
                f"{name} does not follow from the steps",
                where=where,
                expected=f"{what}: {shorten(self.xp, expected)}",
                got=shorten(self.xp, found),
            )


def shorten(xp: Any, value: Any) -> str:
    """A value in one short line."""
    text = str(xp.plain(value))
    return text if len(text) < 60 else text[:59] + "…"


def close(xp: Any, found: Any, total: Any, *parts: Any) -> bool:
    """Whether a sum agrees but for the rounding of its parts."""
    import numpy as np

    rounding = 1e-4 if xp.dtype == "float32" else 1e-9
    with np.errstate(all="ignore"):
        size = sum(np.where(np.isfinite(p), np.abs(p), 0) for p in (found, *parts))
        return bool(np.all((np.abs(found - total) <= rounding * size) | ~np.isfinite(total)))


def _check_keys(name: str, rows: dict[str, Any], ids: list[str]) -> None:
    wanted = set(ids)
    extra = [k for k in rows if k not in wanted]
    missing = [k for k in ids if k not in rows]
    for what, keys in (("has none for node", missing), ("has one too many, for node", extra)):
        if keys:
            raise TraceFormatError(
                f"{name} {what} {keys[0][:20]}",
                where=name,
                expected=f"{len(ids)} of them, by node id",
                got=f"{len(rows)}",
            )


def _say(step: ForwardRow | SeedRow | ContributeRow | UpdateRow | None) -> str:
    if step is None:
        return "the end of the steps"
    if isinstance(step, ContributeRow):
        return (
            f"contribute along {say_edge(Edge(step.edge.source, step.edge.target, step.edge.slot))}"
        )
    kinds = {SeedRow: "seed", ForwardRow: "forward", UpdateRow: "update"}
    return f"{kinds[type(step)]} of node {step.node}"


def say_edge(edge: Edge) -> str:
    """An edge in a few words."""
    return f"{edge.source} to slot {edge.slot} of {edge.target}"
