"""The trace: every value, gradient and step of one run, recorded once and never changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

from gradviz.arrays import for_backend
from gradviz.calls import answering
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.files import as_path
from gradviz.graph.graph import Edge, Graph
from gradviz.ops.shapes import summed_axes
from gradviz.shown import Shown
from gradviz.trace.step import Phase, Recording, Step
from gradviz.trace.updates import Updates


@answering("Trace", "value", "gradient", "contributions", "to_json", "from_json", "save", "load")
class Trace(Shown):
    """A run of a bound graph, and the walk over it node by node (`gradviz.trace.walks`).

    Its arrays are read-only: whoever changes a copy does not change what was recorded.
    `values[i]` and `gradients[i]` belong to node i; a node that is not between a `wrt` input and
    the output has the gradient None. `seed` is None when there was no backward pass; `note` then
    says why. `xp` is the array namespace of the values, where it is not that of the backend.
    `updates` is what follows the backward pass in training; `values` stay those before it.
    """

    kind: ClassVar = "graph"
    updates: Updates | None = None

    def __init__(
        self,
        graph: Graph,
        values: Sequence[Any],
        gradients: Sequence[Any],
        seed: Any,
        recording: Recording,
        *,
        wrt: Sequence[int],
        backend: str = "numpy",
        dtype: str = "float64",
        note: str = "",
        xp: Any = None,
    ) -> None:
        self.graph, self.values, self.gradients = graph, values, gradients
        self.seed, self.recording, self.wrt = seed, recording, tuple(wrt)
        self.backend, self.dtype, self.note = backend, dtype, note
        if xp is not None:
            self.xp = xp
        _read_only(seed)
        if isinstance(values, list):  # otherwise what cannot be changed
            columns = (values, gradients, recording.local, recording.contribution, recording.after)
            for array in {id(a): a for column in columns for a in column}.values():
                _read_only(array)

    @cached_property
    def forward_nodes(self) -> tuple[int, ...]:
        """The nodes that are computed, in order."""
        return tuple(i for i, op in enumerate(self.graph.ops) if op is not None)

    @cached_property
    def _writes(self) -> list[list[int]]:
        """For each node the steps that contribute to its gradient, ascending."""
        writes: list[list[int]] = [[] for _ in self.graph.ops]
        for k, edge in enumerate(self.recording.edges, self.seed_step + 1):
            writes[edge.source].append(k)
        return writes

    @cached_property
    def _step_of(self) -> dict[Edge, int]:
        return {edge: k for k, edge in enumerate(self.recording.edges, self.seed_step + 1)}

    @cached_property
    def _forward_step(self) -> dict[int, int]:
        return {node: k for k, node in enumerate(self.forward_nodes, 1)}

    def __repr__(self) -> str:
        return f"<Trace of {self.graph.source or 'a graph'!r}: {len(self)} steps>"

    def __len__(self) -> int:
        """The number of steps."""
        return self.pass_steps + (len(self.updates.each) if self.updates is not None else 0)

    def with_updates(self, updates: Updates) -> Trace:
        """The same pass, followed by these updates."""
        found = copy(self)
        found.updates = updates
        vars(found).pop("_update_step", None)
        for update in updates.each:
            _read_only(update.after)
        return found

    @property
    def source(self) -> str:
        """The text of the graph."""
        return self.graph.source

    @property
    def trace(self) -> Trace:
        """The trace that the walk leads through: itself."""
        return self

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass."""
        return len(self.forward_nodes)

    @property
    def pass_steps(self) -> int:
        """The number of steps in the forward and the backward pass together."""
        return len(self.forward_nodes) + (1 + len(self.recording.edges) if self.has_backward else 0)

    def phase(self, number: int) -> Phase:
        """The pass that step `number` belongs to; `start` for 0."""
        if number > self.pass_steps:
            return "update"
        if number == 0:
            return "start"
        if number == self.seed_step:
            return "seed"
        return "forward" if number < self.seed_step else "backward"

    def trace_step(self, number: int) -> int:
        """The step of the trace that step `number` belongs to: itself."""
        return number

    @property
    def has_backward(self) -> bool:
        """Whether there was a backward pass."""
        return self.seed is not None

    @property
    def seeds(self) -> tuple[Any, ...]:
        """The gradient that the backward pass starts from, for each of the graph's outputs; empty
        without a backward pass.
        """
        return (self.seed,) if self.has_backward else ()

    @property
    def seed_step(self) -> int:
        """The number of the seed step, the turning point."""
        return len(self.forward_nodes) + 1

    @cached_property
    def xp(self) -> Any:
        """The array namespace of the values; those of a GPU are read on the host."""
        backend = "numpy" if self.backend == "cupy" else self.backend
        return for_backend(backend, self.dtype if backend != "exact" else "float64")

    @property
    def steps(self) -> Steps:
        """Every step in order, made when asked for: `steps[0]` is step 1."""
        return Steps(self)

    def step(self, number: int) -> Step:
        """Step `number`, counted from 1. Raises ValueInputError beyond the end."""
        if not isinstance(number, Integral) or not 1 <= number <= len(self):
            raise ValueInputError(
                f"there is no step {number}", expected=f"a step from 1 to {len(self)}", got=number
            )
        if number < self.seed_step:
            return Step(number, "forward", self.forward_nodes[number - 1])
        if number == self.seed_step:
            return Step(number, "seed", self.graph.output, after=self.seed)
        if self.updates is not None and number > self.pass_steps:
            update = self.updates.each[number - self.pass_steps - 1]
            hidden, after = update.hidden, update.after
            before = self.values[update.node] if hidden is None else hidden.before
            return Step(number, "update", update.node, before=before, after=after, update=update)
        i = number - self.seed_step - 1
        edge, record, array = self.recording.edges[i], self.recording, self.xp.asarray
        return Step(
            number,
            "contribute",
            edge.target,
            edge,
            upstream=self.gradients[edge.target],
            local=None if record.local[i] is None else array(record.local[i]),
            contribution=array(record.contribution[i]),
            before=self._before(edge.source, number),
            after=array(record.after[i]),
            summed=self.summed(edge),
        )

    def sender(self, number: int) -> int | None:
        """The node that passes its gradient back in step `number`; None for a step that is not a
        contribution.
        """
        place = number - self.seed_step - 1
        is_contribution = 0 <= place < len(self.recording.edges)
        return self.recording.edges[place].target if is_contribution else None

    def summed(self, edge: Edge) -> tuple[int, ...]:
        """The target's axes over which an elementwise op's contribution was summed for its
        source.
        """
        if self.graph.is_scalar or not self.graph.op(edge.target).elementwise:
            return ()
        shapes = self.graph.nodes[edge.target].shape, self.graph.nodes[edge.source].shape
        return summed_axes(*shapes)  # type: ignore[arg-type]

    def _before(self, node: int, number: int) -> Any:
        place = bisect_right(self._writes[node], number - 1)
        if place == 0:
            return self._zero(node)
        return self.after(node, place)

    def _zero(self, node: int) -> Any:
        """What a node's gradient is before the first contribution."""
        shape = () if self.graph.is_scalar else self.graph.nodes[node].shape
        return _read_only(self.xp.zeros(shape))

    def after(self, node: int, arrived: int) -> Any:
        """A node's gradient after the given number of contributions, from 1. O(1)."""
        return self.xp.asarray(
            self.recording.after[self._writes[node][arrived - 1] - self.seed_step - 1]
        )

    def value(self, key: Any) -> Any:
        """The value of a node given by name, id, `Node` or expression."""
        return _bare(self.values[self.graph.find(key)])

    def gradient(self, key: Any) -> Any:
        """The gradient of the output with respect to a node, given as for `value`.

        Raises UnknownNameError for a node that is not on a path from a `wrt` input to the output.
        """
        node = self.graph.find(key)
        if self.gradients[node] is None:
            why = self.note or "it lies on no way from an input asked for to the output"
            raise UnknownNameError(f"{key!r} has no gradient in this trace", got=why)
        return _bare(self.gradients[node])

    def contributions(self, key: Any) -> tuple[Step, ...]:
        """The steps that contributed to a node's gradient, in order."""
        return tuple(self.step(k) for k in self._writes[self.graph.find(key)])

    def uses(self, node: int) -> int:
        """How many contributions a node's gradient is the sum of."""
        return len(self._writes[node])

    def known_since(self, node: int) -> int:
        """The step that gave a node its value; 0 for inputs and constants."""
        return self._forward_step.get(node, 0)

    def updated_in(self, node: int) -> int | None:
        """The step that gives a parameter its new value; None for a node that has none."""
        return self._update_step.get(node)

    @cached_property
    def _update_step(self) -> dict[int, int]:
        updates = () if self.updates is None else self.updates.each
        numbered = enumerate(updates, self.pass_steps + 1)
        return {update.node: k for k, update in numbered if update.hidden is None}

    def value_by(self, node: int, step: int) -> Any:
        """A node's value as it stands after `step` steps, None while it is unknown: from its update
        on, a parameter's new one.
        """
        if self.known_since(node) > step:
            return None
        new = self.updated_in(node)
        if new is None or new > step or self.updates is None:
            return self.values[node]
        return self.updates.each[new - self.pass_steps - 1].after

    def contributions_by(self, node: int, step: int) -> int:
        """How many of a node's contributions are in after `step` steps. O(log n)."""
        return bisect_right(self._writes[node], step)

    def step_of(self, edge: Edge) -> int | None:
        """The number of the step in which an edge contributes, None for one that never does."""
        return self._step_of.get(edge)

    def gradient_by(self, node: int, step: int) -> Any:
        """A node's gradient as it stands after `step` steps, or None while nothing has arrived.

        O(log n).
        """
        if not self.has_backward or step < self.seed_step:
            return None
        if node == self.graph.output:
            return self.seed
        place = self.contributions_by(node, step)
        return self.after(node, place) if place else None

    def result(self) -> dict[str, Any]:
        """The gradient of every `wrt` input, by name; labels and conditions, which take none, are
        left out.

        Empty without a backward pass.
        """
        if not self.has_backward:
            return {}
        taking = [i for i in self.wrt if i not in self.graph.index_leaves]
        return {self.graph.nodes[i].name: self.gradients[i] for i in taking}

    def inputs(self) -> dict[str, Any]:
        """The value of every input, by name."""
        return {n.name: self.values[n.id] for n in self.graph.inputs}

    def to_json(self) -> str:
        """The trace as JSON text, format `gradviz.trace/1`, all arrays inline."""
        from gradviz.trace.io.json import dumps

        return dumps(self)

    @staticmethod
    def from_json(text: str | bytes) -> Trace:
        """The trace of a JSON text. Raises TraceFormatError for anything else."""
        from gradviz.trace.io.json import loads

        return loads(text, Trace)

    def save(self, path: str | Path) -> None:
        """Write the trace; arrays over 1,000 elements, and the columns of a long trace of single
        numbers, go to an `.npz` with the same name.
        """
        from gradviz.trace.io.files import save

        save(self, as_path(path))

    @staticmethod
    def load(path: str | Path) -> Trace:
        """Read a saved trace. Raises FileError or TraceFormatError."""
        from gradviz.trace.io.files import load

        return load(as_path(path), Trace)


def _read_only(value: Any) -> Any:
    """The array itself, which can no longer be written to."""
    if hasattr(value, "setflags"):
        value.setflags(write=False)
    return value


class ReadOnly(Sequence[Any]):
    """Arrays that are made read-only when someone reads them."""

    __slots__ = ("_arrays",)

    def __init__(self, arrays: Sequence[Any]) -> None:
        self._arrays = arrays

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, i: Any) -> Any:
        found = self._arrays[i]
        return [_read_only(a) for a in found] if isinstance(i, slice) else _read_only(found)

    def __iter__(self) -> Iterator[Any]:
        return map(_read_only, self._arrays)


class Fetched(Sequence[Any]):
    """Arrays on a GPU, each copied to the host, and given up there, when someone reads it."""

    __slots__ = ("_arrays",)

    def __init__(self, arrays: Sequence[Any]) -> None:
        self._arrays = list(arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        found = self._arrays[i]
        if hasattr(found, "get"):
            self._arrays[i] = found = _read_only(found.get())
        return found


def _bare(value: Any) -> Any:
    """A scalar as NumPy's scalar (a float) or the exact number itself, an array as it is."""
    return (
        value[()]
        if getattr(value, "shape", None) == () and type(value).__module__ == "numpy"
        else value
    )


class Steps(Sequence[Step]):
    """The steps of a trace as a sequence; each is made when asked for."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __len__(self) -> int:
        return len(self._trace)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self._trace.step(k + 1) for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"step {i} of {len(self)}")
        return self._trace.step(i % len(self) + 1)

    def __iter__(self) -> Iterator[Step]:
        return (self._trace.step(k) for k in range(1, len(self) + 1))
