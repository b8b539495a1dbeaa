"""Running a graph once, or compiling it to run repeatedly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from inspect import signature
from typing import Any, Final, NamedTuple

from gradviz.arrays import for_backend
from gradviz.arrays.kernels.scratch import Pool
from gradviz.arrays.scalars import MOST_WHOLE
from gradviz.calls import unnamed
from gradviz.engine import inputs as given_inputs
from gradviz.engine import memory
from gradviz.engine.program import Program
from gradviz.engine.replays import Replays
from gradviz.engine.scalars import ScalarProgram, program_of, scalar_program
from gradviz.engine.straight import StraightLine, is_worth
from gradviz.errors import ShapeError, ValueInputError
from gradviz.graph.graph import Edge, Graph, Node
from gradviz.progress import Progress, each
from gradviz.sources import as_graph
from gradviz.trace import ReadOnly, Recording, Trace
from gradviz.trace.scalars import ScalarTrace

Wrt = str | Iterable[Any] | None


def run(
    source: Any,
    /,
    *,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
    **inputs: Any,
) -> Trace:
    """Run a graph forward and backward and record every step.

    source    text, the text of a network such as "net:lenet5", an expression built from
              `gv.inputs`, or a graph.
    inputs    a value for every input: a number, nested lists, an array, or the text of a number or
              an array; `values` holds the inputs whose names clash with the other arguments. A
              parameter that is not given is initialised. A `label` given to a network without one
              adds its loss.
    wrt       the inputs to differentiate with respect to, all by default.
    upstream  the gradient that arrives at the output, in its shape; 1 for a scalar.
    backend   "numpy", "numpy-fast" (large 3×3 convolutions a quarter faster, and rounded about five
              times as much), "cupy" or "exact" (fractions, surds; with no values at all, symbols).
              What CuPy computed stays on the GPU until it is read from the trace, as NumPy's
              arrays.
    dtype     "float64" or "float32".

    An output that is not a scalar gets its forward pass only, and `trace.note` says so, unless
    `upstream` is given. Raises ParseError, ValueInputError, UnknownNameError, ShapeError,
    BackendError for what does not fit into memory, and with the exact backend DomainError.
    """
    graph = as_graph(source, given={*inputs, *(values or ())})
    compiled = compile_graph(graph, wrt=wrt, backend=backend, dtype=dtype)
    return compiled.trace(values=values, upstream=upstream, **inputs)


def prepare(
    source: Any,
    /,
    *,
    values: Mapping[str, Any] | None = None,
    wrt: Wrt = None,
    upstream: Any = None,
    backend: str = "numpy",
    dtype: str = "float64",
) -> Prepared:
    """Check the arguments of `run` and bind the graph; `.trace()` then computes.

    Arguments as for `run`. Raises what `run` raises, except for errors that only the numbers show.
    """
    graph = as_graph(source, given=values or ())
    compiled = compile_graph(graph, wrt=wrt, backend=backend, dtype=dtype)
    return compiled.prepare(values=values, upstream=upstream)


OPTIONS: Final = {
    p.name: p.default for p in signature(run).parameters.values() if p.kind is p.KEYWORD_ONLY
}
"""The options of a run, with their defaults."""


def chosen(options: Mapping[str, Any]) -> list[str]:
    """The options of a run that differ from their defaults; a finished run cannot take them.

    Arrays are not compared.
    """

    def is_usual(value: Any, usual: Any) -> bool:
        if usual is None:
            return value is None or (isinstance(value, Mapping) and not value)
        return isinstance(value, str) and value == usual

    return [name for name, value in options.items() if not is_usual(value, OPTIONS[name])]


Signature = tuple[tuple[tuple[int, ...], ...], frozenset[int]]
"""What a program is compiled for: the inputs' shapes, and the labels that hold real numbers."""


class Batch(NamedTuple):
    """The results for many samples: arrays with a leading axis of samples."""

    value: Any
    gradients: dict[str, Any]


class Prepared(NamedTuple):
    """A run whose arguments have been checked, ready to be computed.

    program  the program of the bound graph.
    seed     the gradient that the backward pass starts from; if None, `note` says why.
    trace    computes it and records every step.
    """

    program: Program
    seed: Any
    note: str
    trace: Callable[[], Trace]

    @property
    def graph(self) -> Graph:
        """The graph with its shapes."""
        return self.program.graph

    @property
    def edges(self) -> Sequence[Edge] | None:
        """The edges that will contribute, in order; None without a backward pass."""
        return None if self.seed is None else self.program.schedule


class Compiled:
    """A graph, compiled once for each signature of its inputs and replayed as often as needed.

    The signature is their shapes, and which labels hold real numbers.
    """

    def __init__(
        self, graph: Graph, *, wrt: Wrt = None, backend: str = "numpy", dtype: str = "float64"
    ) -> None:
        self.graph, self.backend, self.dtype = graph, backend, dtype
        self._xp = for_backend(backend, dtype)
        given_inputs.refuse_logic(graph)
        self._wrt = given_inputs.wanted(graph, wrt)
        self._labels = graph.label_leaves
        self._indices = graph.index_leaves | self._labels
        self._asked = self._labels.intersection(() if wrt is None else self._wrt)
        self._programs: dict[Signature, Program] = {}
        self._drawn: dict[int, Any] = {}
        self._pool = Pool()
        self._straight: StraightLine | None = None
        self._scalar_runs = 0
        self._input_names = graph.input_names

    @property
    def wrt(self) -> tuple[int, ...]:
        """The inputs that get a gradient."""
        return tuple(self._wrt)

    def __repr__(self) -> str:
        return f"<Compiled {self.graph.source or 'graph'!r}>"

    def _read(
        self,
        values: Mapping[str, Any] | None,
        named: Mapping[str, Any],
        reals: frozenset[int] = frozenset(),
    ) -> tuple[Program, list[Any]]:
        """The program for these values, and the values; None where one is not yet initialised.

        `reals` are labels that are differentiated even where these values are whole.
        """
        if self._replays and not reals:
            found = self._replays.read(values, named, self._drawn)
            if found is not None:
                return found
        given = given_inputs.collect(self.graph, values, named)
        given_inputs.require(self.graph, given, symbols=self.backend == "exact")
        arrays = given_inputs.to_arrays(self.graph, given, self._xp, self._indices)
        program = self._program(arrays, reals)
        for i in self._labels - program.graph.index_leaves:
            arrays[i] = self._xp.asreal(arrays[i])
        return program, arrays

    def _reals(self, arrays: list[Any]) -> frozenset[int]:
        """The labels to differentiate: those whose numbers are not whole, and those asked for."""
        return self._asked.union(
            i for i in self._labels - self._asked if not given_inputs.is_whole(arrays[i], self._xp)
        )

    def _prepare(
        self,
        values: Mapping[str, Any] | None,
        named: Mapping[str, Any],
        reals: frozenset[int] = frozenset(),
    ) -> tuple[Program, list[Any]]:
        program, arrays = self._read(values, named, reals)
        self._write_out(program)
        return program, self._complete(arrays)

    def prepare(
        self, *, values: Mapping[str, Any] | None = None, upstream: Any = None, **inputs: Any
    ) -> Prepared:
        """Check the arguments of a run and bind the graph; nothing is computed or sampled yet."""
        program, arrays = self._read(values, inputs)
        if self.backend == "exact":  # samples nothing, and may say so at once
            arrays = self._complete(arrays)
        seed, note = given_inputs.seed_for(program.graph, upstream, self._xp)
        run = partial(self._run, program, arrays, seed, note)
        return Prepared(program, seed, note, run)

    def _run(self, program: Program, arrays: list[Any], seed: Any, note: str) -> Trace:
        """Compute a prepared run and record every step."""
        arrays = self._complete(arrays)
        with self._pool.open():
            found = None if seed is None else self._replayed("record", program, arrays, seed)
            if found is not None:
                columns: list[Any] = [ReadOnly(c) for c in found]
                recording = Recording(program.schedule, *columns[2:])
                return self._traced(program, columns[0], columns[1], seed, recording)
            known = program.forward(arrays)
            if seed is None:
                return self._traced(program, known, [None] * len(known), None, Recording(), note)
            gradients, recording = program.record(known, seed)
        return self._traced(program, known, gradients, seed, recording)

    @cached_property
    def _replays(self) -> Replays | None:
        numpy = self._xp.name == "numpy"
        return Replays(self.graph.inputs, self._labels, self._xp) if numpy else None

    @cached_property
    def _names(self) -> list[str]:
        """Of the inputs that get a gradient."""
        return [self.graph.nodes[i].name for i in self._wrt]

    @cached_property
    def _scalars(self) -> ScalarProgram | None:
        """The program for single numbers, where every node is one then."""
        with Progress("preparing the run"):
            found = scalar_program(self.graph, self._xp, self._wrt)
        if found is not None:
            size = len(found.ops)
            needed = 2 * 8 * size + found.bytes_of_steps
            memory.refuse(needed, self._xp, "a graph of {:,} nodes", size)
        return found

    def _written_out(
        self, what: str, values: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> Any:
        """What straight-line code gives; None if there is none, or not for these inputs."""
        if not self._straight:
            return None
        if values is None:
            found = self._straight.replay(what, named)
            if found is not None:
                return found
        numbers = self._floats(values, named)
        return None if numbers is None else self._straight.replay(what, numbers)

    def _floats(
        self, values: Mapping[str, Any] | None, named: Mapping[str, Any]
    ) -> dict[str, float] | None:
        """The inputs in order, if they are given in one way and are all single numbers."""
        given = values if values and not named else named
        if (
            (values and named)
            or not isinstance(given, dict)
            or len(given) != len(self._input_names)
        ):
            return None
        found = {}
        for name in self._input_names:
            value = given.get(name)
            if type(value) is int and -MOST_WHOLE <= value <= MOST_WHOLE:
                value = float(value)
            if type(value) is not float:
                return None
            found[name] = value
        return found

    def _replayed(
        self, what: str, program: Program, arrays: list[Any], seed: Any
    ) -> list[list[Any]] | None:
        """What `Written.run` gives for a run that repeats earlier ones; None for others."""
        if self._replays is None or isinstance(program, ScalarProgram):
            return None
        whole = not self._labels or not (self._labels - program.graph.index_leaves)
        return self._replays.known(program, arrays, labels=whole).run(what, arrays, seed)

    def _write_out(self, program: Program) -> None:
        """Turn a graph of scalars into straight-line Python, once that pays off."""
        if self._straight is None and isinstance(program, ScalarProgram):
            self._scalar_runs += 1
            if is_worth(program, self._scalar_runs):
                self._straight = StraightLine(program)

    def _program(
        self, arrays: list[Any], reals: frozenset[int] = frozenset(), *, samples: bool = False
    ) -> Program:
        """The program for inputs of this signature; None marks a parameter not yet initialised.

        `samples`: each input holds one number a sample.
        """
        rows = list(zip(self.graph.inputs, arrays, strict=True))
        shapes = tuple(
            tuple(n.options["shape"] if a is None else self._xp.shape(a)) for n, a in rows
        )
        signature = shapes, reals | self._reals(arrays) if self._labels else reals
        if not any(shapes) and self._scalars is not None:
            return self._scalars
        if signature not in self._programs:
            bind = partial(self.graph.bind, reals=signature[1])
            bound = bind({n.name: shape for (n, _), shape in zip(rows, shapes, strict=True)})
            given_inputs.refuse_misleading(bound)
            again = memory.Again(bind, self._wrt, samples)
            memory.check(bound, self._xp, again)
            with Progress("preparing the run"):
                self._programs[signature] = found = program_of(bound, self._xp, self._wrt)
            memory.check(bound, self._xp, again, found.schedule)
        return self._programs[signature]

    def _complete(self, arrays: list[Any]) -> list[Any]:
        """The arrays, with the parameters that were not given; each is initialised only once."""
        if all(a is not None for a in arrays):
            return arrays
        parameters = list(zip(self.graph.inputs, arrays, strict=True))
        for node, array in each("initial values", parameters):
            if array is None and node.id not in self._drawn:
                self._drawn[node.id] = given_inputs.drawn(node, self._xp)
        return [self._drawn[n.id] if a is None else a for n, a in parameters]

    def trace(
        self,
        *surplus: Any,
        values: Mapping[str, Any] | None = None,
        upstream: Any = None,
        **inputs: Any,
    ) -> Trace:
        """Run and record every step."""
        if surplus:
            raise unnamed("trace", surplus)
        if upstream is None:
            straight = self._straight
            if straight and (found := self._written_out("record", values, inputs)):
                return ScalarTrace(straight.program, found, straight.program.one)
            if (numbers := self._floats(values, inputs)) is not None and self._scalars:
                self._write_out(self._scalars)
                return self._scalars.trace(list(numbers.values()))
        prepared = self.prepare(values=values, upstream=upstream, **inputs)
        self._write_out(prepared.program)
        return prepared.trace()

    def _traced(
        self,
        program: Program,
        values: Any,
        gradients: Any,
        seed: Any,
        recording: Recording,
        note: str = "",
    ) -> Trace:
        return Trace(
            program.graph,
            program.recorded(values),
            program.recorded(gradients),
            None if seed is None else program.recorded([seed])[0],
            recording,
            wrt=program.wrt,
            backend=self.backend,
            dtype=self._xp.dtype,
            note=note,
        )

    def value(self, *surplus: Any, values: Mapping[str, Any] | None = None, **inputs: Any) -> Any:
        """The output's value."""
        if surplus:
            raise unnamed("value", surplus)
        if (found := self._written_out("value", values, inputs)) is not None:
            return found
        return self._valued(*self._prepare(values, inputs))

    def _valued(self, program: Program, arrays: list[Any]) -> Any:
        with self._pool.open():
            found = self._replayed("value", program, arrays, None)
            return _bare(found[0][0] if found else program.forward(arrays)[self.graph.output])

    def gradients(
        self,
        *surplus: Any,
        values: Mapping[str, Any] | None = None,
        upstream: Any = None,
        **inputs: Any,
    ) -> dict[str, Any]:
        """The gradient of every `wrt` input, by name; nothing is recorded.

        Raises ShapeError for an output that is not a scalar when `upstream` is not given.
        """
        if surplus:
            raise unnamed("gradients", surplus)
        if upstream is None and (found := self._written_out("gradients", values, inputs)):
            return found  # type: ignore[no-any-return]
        return self._computed("gradients", *self._prepare(values, inputs), upstream)[1]

    def value_and_gradients(
        self, values: Mapping[str, Any] | None = None, /, **inputs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The output's value, and what `gradients` gives; raises likewise."""
        return self._computed("both", *self._prepare(values, inputs))

    def repeated(
        self, values: Mapping[str, Any]
    ) -> Callable[[list[Any]], tuple[Any, Sequence[Any]]]:
        """The same for runs on many inputs of the shapes and types of these: a function of the
        arrays of all inputs, in the order of the graph, to the value and the gradients in the order
        of `wrt`. It checks nothing.
        """
        program, arrays = self._prepare(values, {})
        seed, note = given_inputs.seed_for(program.graph, None, self._xp)
        if seed is None:
            raise ShapeError("the output has no gradient to start from", got=note)
        reals = tuple(self._labels - program.graph.index_leaves)
        is_plain = self._replays is not None and not isinstance(program, ScalarProgram)
        replay = None
        if is_plain and self._replays is not None:
            replay = self._replays.known(program, arrays, labels=not reals)

        def run(given: list[Any]) -> tuple[Any, Sequence[Any]]:
            for i in reals:
                given[i] = self._xp.asreal(given[i])
            with self._pool.open():
                found = None if replay is None else replay.run("both", given, seed)
                if found is not None:
                    return found[0][0], found[-1]
                known = program.forward(given)
                gradients = program.backward(known, seed)
                return known[self.graph.output], [gradients[i] for i in self._wrt]

        return run

    def _computed(
        self, what: str, program: Program, arrays: list[Any], upstream: Any = None
    ) -> tuple[Any, dict[str, Any]]:
        """The output's value and the gradients, where `what` is "both"; else "gradients" only."""
        seed, note = given_inputs.seed_for(program.graph, upstream, self._xp)
        if seed is None:
            raise ShapeError("the output has no gradient to start from", got=note)
        with self._pool.open():
            found = self._replayed(what, program, arrays, seed)
            if found is None:
                known = program.forward(arrays)
                gradients = program.backward(known, seed)
                found = [[known[self.graph.output]], [gradients[i] for i in self._wrt]]
        value = _bare(found[0][0]) if what == "both" else None
        return value, dict(zip(self._names, map(_bare, found[-1]), strict=True))

    def batch(self, *surplus: Any, values: Mapping[str, Any] | None = None, **inputs: Any) -> Batch:
        """One value and one gradient per sample. Each given input has a leading axis of samples.

        Parameters that are not given are the same for all samples. A graph of scalars runs on all
        samples at once. Raises ShapeError if the leading axes differ.
        """
        if surplus:
            raise unnamed("batch", surplus)
        given = given_inputs.collect(self.graph, values, inputs)
        given_inputs.require(self.graph, given, symbols=False)
        arrays = given_inputs.to_arrays(self.graph, given, self._xp, self._indices)
        rows = [(n, a) for n, a in zip(self.graph.inputs, arrays, strict=True) if a is not None]
        count = self._samples(rows)
        elementwise = all(n.is_leaf or self.graph.op(n).elementwise for n in self.graph.nodes)
        scalars = all(a is not None and len(self._xp.shape(a)) == 1 for a in arrays)
        if (
            elementwise
            and scalars
            and not any(_has_axes(n.options.get("value")) for n in self.graph.nodes)
        ):
            return self._at_once(arrays, count)
        stack = self._xp.stack
        values_, gradients = [], []
        reals = self._reals(arrays)
        self._check_results(self._read({n.name: a[0] for n, a in rows}, {}, reals)[0].graph, count)
        for k in each("samples", range(count)):
            sample = {n.name: a[k] for n, a in rows}
            value, found = self._computed("both", *self._prepare(sample, {}, reals))
            values_.append(value)
            gradients.append(found)
        names = gradients[0] if gradients else {}
        as_rows = [self._xp.asarray(v) for v in values_]
        columns = {n: stack([self._xp.asarray(g[n]) for g in gradients]) for n in names}
        return Batch(stack(as_rows), columns)

    def _check_results(self, graph: Graph, count: int) -> None:
        """Raise BackendError if the results of so many samples do not fit into memory: each stands
        there twice while they are stacked.
        """
        if self._xp.name == "exact":
            return
        kept = [graph.output, *self._wrt]
        bytes_of_one = memory.itemsize(self._xp) * sum(
            math.prod(graph.nodes[i].shape or ()) for i in kept
        )
        memory.refuse(2 * count * bytes_of_one, self._xp, "a batch of {:,}", count)

    def _samples(self, rows: list[tuple[Node, Any]]) -> int:
        leading = {tuple(self._xp.shape(a))[:1] for _, a in rows}
        if len(leading) != 1 or () in leading or (0,) in leading:
            got = ", ".join(f"{n.name}: {tuple(self._xp.shape(a))}" for n, a in rows)
            raise ShapeError(
                "the inputs of a batch do not line up",
                expected="the same leading axis, of at least one sample, for every input",
                got=got or "no inputs",
            )
        return int(leading.pop()[0])

    def _at_once(self, arrays: list[Any], count: int) -> Batch:
        program = self._program(arrays, samples=True)
        if program.graph.nodes[self.graph.output].shape == (count,) and self._replays:
            found = self._replays.columns(arrays, self._program)
            if found is not None:
                return Batch(found[0], dict(zip(self._names, found[1:], strict=True)))
        known = program.forward(arrays)
        output = self._xp.broadcast_to(known[self.graph.output], (count,))
        if program.graph.nodes[self.graph.output].shape != (count,):
            return Batch(output, {name: self._xp.zeros((count,)) for name in self._names})
        gradients = program.backward(known, self._xp.ones((count,)))
        rows = zip(self._names, self._wrt, strict=True)
        return Batch(output, {name: gradients[i] for name, i in rows})


def compile_graph(
    source: Any, /, *, wrt: Wrt = None, backend: str = "numpy", dtype: str = "float64"
) -> Compiled:
    """Compile a graph for repeated runs: `.gradients(…)`, `.trace(…)`, `.value(…)`, `.batch(…)`.

    Arguments and errors as for `run`.
    """
    graph = as_graph(source)
    if not graph.ops:
        raise ValueInputError("the graph is empty", expected="an output")
    return Compiled(graph, wrt=wrt, backend=backend, dtype=dtype)


def bind_graph(source: Any, values: Mapping[str, Any]) -> Graph:
    """The graph with its shapes, taken from values or declared by inputs; nothing is computed.

    Raises what `run` raises for values that do not fit, and ValueInputError if a shape stays
    unknown.
    """
    graph = as_graph(source, given=values)
    given, xp = given_inputs.collect(graph, values, {}), for_backend()
    shapes = {
        name: tuple(
            value.shape if _is_of_objects(value) else given_inputs.to_array(value, name, xp).shape
        )
        for name, value in given.items()
    }
    return graph.bind(shapes)


def _is_of_objects(value: Any) -> bool:
    """Whether a value is an array of exact numbers or symbols."""
    return getattr(getattr(value, "dtype", None), "kind", "") == "O"


def _bare(value: Any) -> Any:
    """A scalar as Python's own number (or the exact one), an array as it is."""
    if getattr(value, "shape", ()) != ():
        return value
    return value.item() if hasattr(value, "item") else value


def _has_axes(value: Any) -> bool:
    return isinstance(value, list | tuple) or bool(getattr(value, "shape", ()))
