"""A trace as JSON text, format `gradviz.trace/1`, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gradviz.errors import TraceFormatError
from gradviz.graph.graph import CONSTANT, Graph, Node
from gradviz.trace.io import SCHEMA, Beside, Made, Parts, Recorded
from gradviz.trace.io.columnar import writing
from gradviz.trace.io.plain import FETCH, compact, encode, lines, option_of, options_of
from gradviz.trace.step import Step
from gradviz.trace.updates import Updates

OPEN = Callable[[str], FETCH]
"""Given the SHA-256 of the `.npz` that belongs to a text (empty if it does not say), what fetches
arrays from it.
"""


def dumps(trace: Recorded, arrays: Beside | None = None) -> str:
    """The trace as strict JSON, one node or step per line; the same trace gives the same text.

    `arrays` may take arrays out of the text, and long traces of single numbers as columns
    (`gradviz.trace.io.columnar`); all arrays stand inline by default. Raises TraceFormatError for a
    graph that holds what JSON cannot.
    """
    if arrays is not None and writing.fits(trace):
        return _document(trace, writing.parts(trace, arrays), arrays)
    write = _Writer(trace.xp, arrays)
    nodes = lines(map(write.node, trace.graph.nodes), "[]")
    parts = Parts(
        source_of(trace.graph),
        nodes,
        write.table("values", trace.values),
        write.table("gradients", trace.gradients),
        compact([write.value(v, f"seeds/{i}") for i, v in enumerate(trace.seeds)]),
        lines(map(write.step, trace.steps), "[]"),
    )
    return _document(trace, parts, arrays, code_of(trace.graph))


def nodes_of(graph: Graph, arrays: Beside | None = None) -> str:
    """The nodes of a bound graph as JSON, one per line."""
    from gradviz.arrays import for_backend

    return lines(map(_Writer(for_backend(), arrays).node, graph.nodes), "[]")


def code_of(graph: Graph) -> str:
    """The code of a graph as a further entry of its JSON; empty where it is not known."""
    code = graph.code
    if code is None:
        return ""
    places = {str(node): list(place) for node, place in code.places.items()}
    lines = [list(line) for line in code.lines]
    return f', "code": {compact({"name": code.name, "lines": lines, "places": places})}'


def _document(trace: Recorded, parts: Parts, arrays: Beside | None, code: str = "") -> str:
    graph, digest = trace.graph, arrays.sha256() if arrays is not None else ""
    outputs = f'"output": {graph.output}, "outputs": {compact(list(graph.outputs))}'
    entries = [
        f'"schema": {compact(SCHEMA)}',
        f'"source": {compact(parts.source)}',
        f'"backend": {compact(trace.backend)}, "dtype": {compact(trace.dtype)}',
        f'"graph": {{"nodes": {parts.nodes}, {outputs}{code}}}',
        f'"wrt": {compact(list(trace.wrt))}',
        *([f'"note": {compact(trace.note)}'] if trace.note else []),
        f'"values": {parts.values}',
        f'"gradients": {parts.gradients}',
        f'"seeds": {parts.seeds}',
        f'"steps": {parts.steps}',
        *([] if trace.updates is None else [f'"updates": {_updates(trace.updates)}']),
        *([f'"arrays": {compact({"sha256": digest})}'] if digest else []),
    ]
    return "{" + ",\n ".join(entries) + "}"


def _updates(updates: Updates) -> str:
    from gradviz.trace.io.updates import write

    return write(updates)


def loads(text: str | bytes, made: Callable[..., Made], arrays: OPEN | None = None) -> Made:
    """The trace of a text that `dumps` wrote, equal to the first in all that it answers; spans are
    not kept.

    `arrays` opens what is kept elsewhere, see `OPEN`. Everything is checked, the ops' own formulas
    on a sample where they take long (`gradviz.trace.io.consistency`). Raises TraceFormatError.
    """
    if not isinstance(text, str | bytes | bytearray):
        raise TraceFormatError("a trace is read from JSON", expected="text", got=f"{text!r:.60}")
    from gradviz.trace.io.columnar import reading
    from gradviz.trace.io.consistency import check
    from gradviz.trace.io.rebuild import rebuild
    from gradviz.trace.io.schema import ColumnsRow, read

    row = read(text)
    fetch = None if arrays is None else arrays(row.arrays.sha256 if row.arrays else "")
    if isinstance(row, ColumnsRow):
        return reading.rebuild(row, made, fetch)
    found = rebuild(row, made, fetch)
    check(found)
    return found


def source_of(graph: Graph) -> str:
    """The text of the graph; for one that was built in Python, written from its nodes."""
    if graph.source:
        return graph.source
    from gradviz.graph.text.writer import write

    return write(graph)


class _Writer:
    """Writes the parts of one trace, whose values are of the namespace `xp`."""

    def __init__(self, xp: Any, arrays: Beside | None) -> None:
        self.xp, self.arrays = xp, arrays

    def value(self, value: Any, key: str) -> Any:
        """A value as plain data, or its placeholder."""
        return (self.arrays and self.arrays.store(value, key)) or encode(self.xp, value)

    def table(self, name: str, values: Iterable[Any]) -> str:
        rows = ((i, v) for i, v in enumerate(values) if v is not None)
        return lines((f'"{i}": {compact(self.value(v, f"{name}/{i}"))}' for i, v in rows), "{}")

    def node(self, node: Node) -> str:
        return compact(
            {
                "id": node.id,
                "op": node.op,
                "name": node.name,
                "inputs": list(node.inputs),
                "options": self.options(node),
                "shape": list(node.shape or ()),
                "scope": node.scope,
            }
        )

    def options(self, node: Node) -> dict[str, Any]:
        value = node.options["value"] if node.op == CONSTANT else None
        if self.arrays and hasattr(value, "shape"):
            large = self.arrays.store(value, f"constants/{node.id}")
            return {"value": large or option_of(node, value)}
        return options_of(node)

    def step(self, step: Step) -> str:
        if step.update is not None:
            from gradviz.trace.io.updates import step_row

            return compact(step_row(step, self.value))
        if step.edge is None:
            return compact({"kind": step.kind, "node": step.node})
        row: dict[str, Any] = {"kind": step.kind, "edge": step.edge._asdict()}
        for name in ("upstream", "local", "contribution", "before", "after"):
            value = getattr(step, name)
            row[name] = None if value is None else self.value(value, f"steps/{step.number}/{name}")
        if step.summed:
            row["summed"] = list(step.summed)
        return compact(row)
