"""From a trace to columns."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import chain
from typing import Any

from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.trace.columns import LONG, Edges
from gradviz.trace.io import Beside, Parts, Recorded
from gradviz.trace.io.plain import compact, encode, lines, named, options_of

FLOATS, INTEGERS = "floats", "integers"
"""The columns of constants."""

Kind = tuple[str, int, str, str]
"""Op, number of operands, options as JSON, scope."""


def fits(trace: Recorded) -> bool:
    """Whether a trace is kept in columns: one of many steps, whose values are all numbers."""
    return (
        trace.backend == "numpy"
        and trace.updates is None
        and len(trace.steps) > LONG
        and trace.graph.computes_numbers
        and trace.graph.is_scalar
    )


def parts(trace: Recorded, arrays: Beside) -> Parts:
    """The parts of the document; what is large goes to `arrays`."""
    return _Writer(trace, arrays).parts()


class _Writer:
    def __init__(self, trace: Recorded, arrays: Beside) -> None:
        self.trace, self.graph, self.arrays = trace, trace.graph, arrays

    def parts(self) -> Parts:
        seeds = [encode(self.trace.xp, seed) for seed in self.trace.seeds]
        return Parts(
            self.graph.source,
            self._nodes(),
            self._numbers("values", self.trace.values),
            self._gradients(),
            compact(seeds),
            self._steps(),
        )

    def _column(self, key: str, column: Any) -> str:
        """A column as JSON: where it stands, or its entries if they are few."""
        return compact(self.arrays.store(column, key) or named(column.tolist()))

    def _numbers(self, key: str, numbers: Any) -> str:
        import numpy as np

        return self._column(key, np.fromiter(numbers, self.trace.dtype, len(numbers)))

    def _ids(self, key: str, ids: Any, count: int = -1) -> str:
        import numpy as np

        return self._column(key, np.fromiter(ids, np.int32, count))

    def _nodes(self) -> str:
        import numpy as np

        graph, kinds = self.graph, _Kinds(self.graph)
        codes = np.fromiter(kinds.codes(), np.int32, len(graph.args))
        codes = codes.astype(np.min_scalar_type(len(kinds.numbered)))
        operands = chain.from_iterable(graph.args)
        entries = [
            f'"count": {len(graph.args)}',
            f'"kinds": {lines(kinds.rows(), "[]")}',
            f'"kind": {self._column("graph/kind", codes)}',
            f'"operands": {self._ids("graph/operands", operands)}',
            f'"{FLOATS}": {self._column("graph/floats", np.array(kinds.floats))}',
            f'"{INTEGERS}": {self._column("graph/integers", np.array(kinds.integers))}',
            f'"names": {compact({str(i): name for i, name in graph.names.items()})}',
        ]
        return "{" + ",\n  ".join(entries) + "}"

    def _gradients(self) -> str:
        rows = [(i, g) for i, g in enumerate(self.trace.gradients) if g is not None]
        nodes = self._ids("gradients/node", (i for i, _ in rows), len(rows))
        values = self._numbers("gradients/value", [g for _, g in rows])
        return f'{{"node": {nodes}, "value": {values}}}'

    def _steps(self) -> str:
        import numpy as np

        record, edges = self.trace.recording, Edges.of(self.trace.recording.edges)
        forward = sum(op is not None for op in self.graph.ops)
        seed = self.graph.output if self.trace.seeds else None
        ids = {"source": edges.sources, "target": edges.targets, "slot": edges.slots}
        numbers = ("local", "contribution", "after")
        columns = [
            f'"count": {len(edges)}',
            *[f'"{k}": {self._column(f"steps/{k}", np.array(v))}' for k, v in ids.items()],
            *[f'"{k}": {self._numbers(f"steps/{k}", getattr(record, k))}' for k in numbers],
        ]
        return (
            f'{{"forward": {forward}, "seed": {compact(seed)},\n  "contribute": {{'
            + ",\n   ".join(columns)
            + "}}"
        )


class _Kinds:
    """What many nodes have in common, numbered in the order in which it occurs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.numbered = _Numbered()
        self.floats, self.integers = array("d"), array("q")

    def codes(self) -> Iterator[int]:
        """The kind of each node; fills the columns of constants."""
        graph, usual = self.graph, dict[Any, int]()
        special = graph.settings.keys() | graph.scopes.keys()
        constants = dict(graph.constants)
        for i, (op, operands) in enumerate(zip(graph.ops, graph.args, strict=True)):
            if op is None:
                yield self._constant(i, constants[i]) if i in constants else self._input(i)
            elif i in special:
                yield self._number(i, op.name, len(operands), graph.settings.get(i, {}))
            else:
                key = op, len(operands)
                if key not in usual:
                    usual[key] = self._number(i, op.name, len(operands), {})
                yield usual[key]

    def _number(self, i: int, op: str, operands: int, options: Any) -> int:
        text = compact(options_of(Node(i, op, (), options)))
        return self.numbered[op, operands, text, self.graph.scopes.get(i, "")]

    def _input(self, i: int) -> int:
        return self._number(i, INPUT, 0, self.graph.input_options[i])

    def _constant(self, i: int, value: Any) -> int:
        if hasattr(value, "tolist"):
            value = value.tolist()
        if type(value) is float:
            self.floats.append(value)
            name = FLOATS
        elif type(value) is int and -(2**63) <= value < 2**63:
            self.integers.append(value)
            name = INTEGERS
        else:
            return self._number(i, CONSTANT, 0, {"value": value})
        return self.numbered[CONSTANT, 0, COLUMN[name], self.graph.scopes.get(i, "")]

    def rows(self) -> Iterator[str]:
        """The kinds as JSON."""
        for op, operands, options, scope in self.numbered:
            scoped = f', "scope": {compact(scope)}' if scope else ""
            yield f'{{"op": {compact(op)}, "options": {options}, "operands": {operands}{scoped}}}'


COLUMN = {name: compact({"value": {"column": name}}) for name in (FLOATS, INTEGERS)}


class _Numbered(dict[Kind, int]):
    """Numbers each new key."""

    def __missing__(self, key: Kind) -> int:
        self[key] = found = len(self)
        return found
