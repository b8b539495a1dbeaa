"""A trace as JSON text, format `gradviz.trace/1`, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from gradviz.errors import TraceFormatError
from gradviz.graph.declared import DECLARED
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.trace.io import SCHEMA, Made, Recorded
from gradviz.trace.io.plain import FETCH, encode, encode_option
from gradviz.trace.step import Step

PLAIN = bool | int | float | str | None
STORE = Callable[[Any, str], "dict[str, str] | None"]


def dumps(trace: Recorded, store: STORE | None = None) -> str:
    """The trace as strict JSON, one node or step per line; the same trace gives the same text.

    `store` may take an array, offered with the key that it would have, and returns what stands for
    it in the text; all arrays stand inline by default. Raises TraceFormatError for a graph that
    holds what JSON cannot.
    """
    write = _Writer(trace, store)
    graph = trace.graph
    nodes = _lines(map(write.node, graph.nodes), "[]")
    outputs = _compact(list(graph.outputs))
    note = [f'"note": {_compact(trace.note)}'] if trace.note else []
    entries = [
        f'"schema": {_compact(SCHEMA)}',
        f'"source": {_compact(source_of(graph))}',
        f'"backend": {_compact(trace.backend)}, "dtype": {_compact(trace.dtype)}',
        f'"graph": {{"nodes": {nodes}, "output": {graph.output}, "outputs": {outputs}}}',
        f'"wrt": {_compact(list(trace.wrt))}',
        *note,
        f'"values": {write.table("values", trace.values)}',
        f'"gradients": {write.table("gradients", trace.gradients)}',
        f'"seeds": {_compact([write.value(v, f"seeds/{i}") for i, v in enumerate(trace.seeds)])}',
        f'"steps": {_lines(map(write.step, trace.steps), "[]")}',
    ]
    return "{" + ",\n ".join(entries) + "}"


def loads(text: str | bytes, made: Callable[..., Made], fetch: FETCH | None = None) -> Made:
    """The trace of a text that `dumps` wrote, equal to the first in all that it answers; spans are
    not kept.

    `fetch` gives the arrays that are kept elsewhere, by key. Everything is checked, the ops' own
    formulas on a sample where they take long (`gradviz.trace.io.consistency`). Raises
    TraceFormatError.
    """
    if not isinstance(text, str | bytes | bytearray):
        raise TraceFormatError("a trace is read from JSON", expected="text", got=f"{text!r:.60}")
    from gradviz.trace.io.consistency import check
    from gradviz.trace.io.rebuild import rebuild
    from gradviz.trace.io.schema import read

    found = rebuild(read(text), made, fetch)
    check(found)
    return found


def source_of(graph: Graph) -> str:
    """The text of the graph; for one that was built in Python, written from its nodes."""
    if graph.source:
        return graph.source
    from gradviz.graph.text.writer import write

    return write(graph)


_compact = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def _lines(rows: Iterable[str], brackets: str) -> str:
    body = ",\n  ".join(rows)
    return f"{brackets[0]}\n  {body}\n {brackets[1]}" if body else brackets


class _Writer:
    """Writes the parts of one trace."""

    def __init__(self, trace: Recorded, store: STORE | None) -> None:
        self.xp, self.store = trace.xp, store

    def value(self, value: Any, key: str) -> Any:
        """A value as plain data, or its placeholder."""
        return (self.store and self.store(value, key)) or encode(self.xp, value)

    def table(self, name: str, values: Iterable[Any]) -> str:
        rows = ((i, v) for i, v in enumerate(values) if v is not None)
        return _lines((f'"{i}": {_compact(self.value(v, f"{name}/{i}"))}' for i, v in rows), "{}")

    def node(self, node: Node) -> str:
        return _compact(
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
        if node.op == CONSTANT:
            value = node.options["value"]
            large = (
                self.store(value, f"constants/{node.id}")
                if self.store and hasattr(value, "shape")
                else None
            )
            return {"value": large or self.option(node, value)}
        # Of what else an input may hold, arrays and functions are left out: what they made stands
        # among the values.
        declared = DECLARED if node.op == INPUT else node.options
        kept = {k: v for k, v in node.options.items() if k in declared or isinstance(v, PLAIN)}
        return {k: self.option(node, v) for k, v in kept.items()}

    @staticmethod
    def option(node: Node, value: Any) -> Any:
        try:
            return encode_option(value)
        except TypeError as error:
            raise TraceFormatError(
                f"node {node.id}, {node.op}, has an option that JSON cannot hold",
                expected=(
                    "numbers, truth values, text, None, fractions, or lists and arrays of them"
                ),
                got=error,
            ) from None

    def step(self, step: Step) -> str:
        if step.edge is None:
            return _compact({"kind": step.kind, "node": step.node})
        row: dict[str, Any] = {"kind": step.kind, "edge": step.edge._asdict()}
        for name in ("upstream", "local", "contribution", "before", "after"):
            value = getattr(step, name)
            row[name] = None if value is None else self.value(value, f"steps/{step.number}/{name}")
        if step.summed:
            row["summed"] = list(step.summed)
        return _compact(row)
