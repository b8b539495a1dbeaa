"""A graph as a function of one or two of its numbers, everything else being held."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.program import Program
from gradviz.engine.run import compile_graph
from gradviz.errors import ShapeError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.graph import Graph
from gradviz.ops.op import say_shape
from gradviz.trace import Trace

NAME: Final = re.compile(r"([^\W\d][\w.]*)(?:\[(\d+(?:\s*,\s*\d+)*)\])?")
CHUNK: Final = 4096
"""So many points are computed at once."""
MOST_NUMBERS: Final = 1 << 20
"""So many numbers at most are held for them."""


class Variable(NamedTuple):
    """A number of a graph's inputs: a scalar input, or an element of an array, `W[0,1]`."""

    name: str
    place: tuple[int, ...] = ()

    @classmethod
    def read(cls, text: str, graph: Graph) -> Variable:
        """The variable that a text names. Raises UnknownNameError, and ValueInputError."""
        found = NAME.fullmatch(text.strip())
        if found is None:
            raise ValueInputError(
                f"{text!r:.60} is no number of an input",
                expected="the name of an input, or an element of one: w, or W[0,1]",
            )
        if found[1] not in graph.input_names:
            raise UnknownNameError(
                f"there is no input {found[1]!r:.60}",
                expected=", ".join(graph.input_names) or "a graph with inputs",
                hint=did_you_mean(found[1], graph.input_names),
            )
        return cls(found[1], tuple(map(int, found[2].split(","))) if found[2] else ())

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.place))}]" if self.place else self.name


class Values(NamedTuple):
    """The output at each point of a list, and its slopes with respect to each variable."""

    values: Any
    slopes: Any


class Cut:
    """A graph's output as a function of some of its numbers.

    variables  the numbers that vary; `given` their values, where they have one.

    Raises ValueInputError for an input without a value and for an output that is not one number,
    ShapeError for elements that do not exist, and what `gv.run` raises.
    """

    def __init__(
        self, graph: Graph, variables: Sequence[Variable], given: Mapping[str, Any]
    ) -> None:
        self.graph, self.variables = graph, tuple(variables)
        self._program = compile_graph(graph, wrt=list(dict.fromkeys(v.name for v in variables)))
        declared = {node.name for node in graph.parameters}
        for v in self.variables:
            if v.place and v.name not in given and v.name not in declared:
                raise ValueInputError(
                    f"{v} is an element of {v.name}, which has no value",
                    expected=f"a value for {v.name}, whose other elements are held",
                )
        held = {v.name: 1.0 for v in self.variables if not v.place} | dict(given)
        run = self._program.trace(values=held)
        self._held = {name: run.inputs()[name] for name in graph.input_names}
        self._check(run)
        self.given = {v: float(self._held[v.name][v.place]) for v in variables if v.name in given}
        self._pieces = _pieces(run)

    def _check(self, run: Trace) -> None:
        shape = run.graph.nodes[run.graph.output].shape or ()
        if shape:
            raise ShapeError(
                "a plot needs a function with a single number as its value",
                expected="a scalar output",
                got=f"an array of {say_shape(shape)}",
                hint="sum(…) or mean(…) around it, or one element of it: f[0]",
            )
        for v in self.variables:
            shape = np.shape(self._held[v.name])
            inside = len(v.place) == len(shape) and all(
                k < n for k, n in zip(v.place, shape, strict=True)
            )
            if not inside:
                raise ShapeError(
                    f"{v} is no single number",
                    expected=f"an element of {v.name}, which has the shape {say_shape(shape)}"
                    if shape
                    else f"{v.name}, which is a scalar",
                    got=str(v),
                    hint=f"{v.name}[{', '.join('0' * len(shape))}]" if shape else v.name,
                )

    @property
    def kinked(self) -> bool:
        """Whether any of its ops declares where it is not differentiable."""
        return self._pieces is not None

    def many(self, points: Any) -> Values:
        """The values and slopes at some points, one a row."""
        points = np.asarray(points, dtype=float).reshape(-1, len(self.variables))
        count = max(
            1, min(CHUNK, MOST_NUMBERS // max(1, sum(np.size(v) for v in self._held.values())))
        )
        parts = [self._some(points[k : k + count]) for k in range(0, len(points), count)]
        return Values(
            np.concatenate([p.values for p in parts]), np.concatenate([p.slopes for p in parts])
        )

    def _some(self, points: Any) -> Values:
        found = self._program.batch(values=self._rows(points))
        columns = [found.gradients[v.name][(slice(None), *v.place)] for v in self.variables]
        # A loser of a maximum receives -0.0, and nothing should be drawn or said of that.
        return Values(
            np.asarray(found.value, dtype=float) + 0.0,
            np.stack([np.asarray(c, dtype=float) for c in columns], axis=1) + 0.0,
        )

    def _rows(self, points: Any) -> dict[str, Any]:
        """Every input at these points, one a row."""
        points = np.asarray(points, dtype=float)
        rows: dict[str, Any] = {
            name: np.repeat(np.asarray(value)[None], len(points), axis=0)
            for name, value in self._held.items()
        }
        for k, v in enumerate(self.variables):
            if rows[v.name].dtype.kind != "f":
                rows[v.name] = rows[v.name].astype(float)
            rows[v.name][(slice(None), *v.place)] = points[:, k]
        return rows

    def at(self, *point: float) -> tuple[float, tuple[float, ...]]:
        """The value and the slopes at one point."""
        found = self.many([point])
        return float(found.values[0]), tuple(map(float, found.slopes[0]))

    def trace(self, *point: float) -> Trace:
        """A run at one point."""
        return self._program.trace(values={k: v[0] for k, v in self._rows([point]).items()})

    def pieces(self, *point: float) -> tuple[bytes, ...]:
        """Which smooth piece each op is on: equal at points of the same piece."""
        if self._pieces is None:
            return ()
        inputs = {k: v[0] for k, v in self._rows([point]).items()}
        return self._pieces(inputs)


def _pieces(run: Trace) -> Callable[[Mapping[str, Any]], tuple[bytes, ...]] | None:
    """What says which pieces a run is on; None where no op has any."""
    graph, xp = run.graph, for_backend()
    pieced = [n.id for n in graph.nodes if not n.is_leaf and graph.op(n).pieces is not None]
    if not pieced:
        return None
    program = Program(graph, xp, ())

    def of(inputs: Mapping[str, Any]) -> tuple[bytes, ...]:
        values = program.forward([xp.asarray(inputs[n.name]) for n in graph.inputs])
        found = []
        with xp.quiet():
            for node in pieced:
                op = program.ops[node]
                assert op is not None and op.pieces is not None
                operands = program.operands(values, node)
                piece = op.pieces(xp, *operands, **program.options[node])
                found.append((np.asarray(piece) + 0.0).tobytes())
        return tuple(found)

    return of
