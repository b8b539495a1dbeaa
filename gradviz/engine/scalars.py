"""Graphs of scalars, interpreted on Python floats: several times as fast as on arrays."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from gradviz.arrays.scalars import DEPARTURES
from gradviz.engine.changes import Changes
from gradviz.engine.kernels import Kernel, local_of, locals_of, value_of
from gradviz.engine.program import Program, schedule
from gradviz.errors import GradvizError
from gradviz.graph.graph import Edge, Graph, shape_of
from gradviz.ops.contributions import Reduction
from gradviz.ops.op import Op
from gradviz.progress import Progress
from gradviz.trace import Recording
from gradviz.trace.columns import NONE, SEED, ZERO, Edges, Scalars, Sums, packed
from gradviz.trace.scalars import Found, ScalarTrace

LONG = 100_000
"""Fewer nodes, or steps, than this take no second."""


def program_of(graph: Graph, xp: Any, wrt: Sequence[int]) -> Program:
    """The program of a bound graph: on Python floats if every node is scalar and elementwise."""
    if (
        _floats(xp)
        and all(op.elementwise for op in graph.kinds)
        and all(n.shape == () for n in graph.nodes)
    ):
        program = ScalarProgram(graph, xp, wrt)
        return Program(graph, xp, wrt) if program.truths else program
    if xp.name == "cupy":
        from gradviz.engine.fused import Fused

        return Fused(graph, xp, wrt)
    return Program(graph, xp, wrt)


def scalar_program(graph: Graph, xp: Any, wrt: Sequence[int]) -> ScalarProgram | None:
    """The program of a graph that is not bound yet, for inputs that are single numbers.

    None where one of its nodes would not be one, or has to be looked at more closely.
    """
    if not _floats(xp) or not graph.computes_numbers or any(graph.input_options):
        return None
    try:
        fits = all(
            graph.ops[i].shape(*[()] * len(graph.args[i]), **options) == ()  # type: ignore[union-attr]
            for i, options in graph.settings.items()
        )
        if not fits or any(shape_of(value) for _, value in graph.constants):
            return None
        return ScalarProgram(graph.bind_scalars(), xp, wrt)
    except GradvizError:
        return None  # binding the graph says where


def _floats(xp: Any) -> bool:
    return bool(xp.name == "numpy" and xp.dtype == "float64")


class ScalarProgram(Program):
    """A program whose every value is one float64.

    If a formula fails on Python's floats, or returns anything but a float, it is run again on
    NumPy's scalars, which follow IEEE 754. Values are returned as NumPy scalars.
    """

    def __init__(self, graph: Graph, xp: Any, wrt: Sequence[int]) -> None:
        self.graph, self.xp, self.wrt = graph, xp, tuple(wrt)
        self.ops, self.args = graph.ops, graph.args
        self._numbers = self._constants()
        self._values = self._kernels()
        self._schedule()
        self.one = xp.float(1)

    # What only a changed run, a diagnosis or an exam reads.
    @cached_property
    def options(self) -> list[Any]:  # type: ignore[override]
        """By node."""
        settings, number = self.graph.settings, self.xp.number
        return [
            {k: number(v) for k, v in settings.get(i, {}).items()} for i in range(len(self.ops))
        ]

    @cached_property
    def computed(self) -> list[int]:  # type: ignore[override]
        """The nodes that are not leaves."""
        return [i for i, op in enumerate(self.ops) if op is not None]

    @cached_property
    def truths(self) -> Any:  # type: ignore[override]
        """None: a graph with any runs on arrays."""
        return {} if self.graph.computes_numbers else self.graph.truths

    @cached_property
    def constants(self) -> list[tuple[int, Any]]:  # type: ignore[override]
        """Each with its value."""
        places = (i for i, _ in self.graph.constants)
        return [(i, self.xp.asarray(v)) for i, v in zip(places, self._numbers, strict=True)]

    @cached_property
    def schedule(self) -> Edges:  # type: ignore[override]
        """The edges that contribute, in order."""
        return Edges(self._sources, self._targets, self._slots)

    @cached_property
    def routes(self) -> list[Any]:  # type: ignore[override]
        """By edge of the schedule."""
        return [self.graph.routes(edge) for edge in self.schedule]

    @cached_property
    def reduced(self) -> list[Reduction]:  # type: ignore[override]
        """By edge of the schedule: nothing is summed."""
        return [((), (), ())] * len(self._sources)

    def _reduction(self, edge: Edge) -> Reduction:
        return (), (), ()

    # What every run reads.
    def _constants(self) -> list[Any]:
        asreal, asindex = self.xp.asreal, self.xp.asindex
        if not self.graph.computes_numbers:
            indices = self.graph.index_leaves
            return [
                (asindex if i in indices else asreal)(value).item()
                for i, value in self.graph.constants
            ]
        return [
            value if value.__class__ is float else asreal(value).item()
            for _, value in self.graph.constants
        ]

    def _kernels(self) -> list[Kernel | None]:
        """The function that computes each node; None for leaves."""
        usual = {op: value_of(op) for op in self.graph.kinds if not op.options}
        found: list[Kernel | None] = list(map(usual.get, self.ops))  # type: ignore[arg-type]
        for i, op in enumerate(self.ops) if len(usual) < len(self.graph.kinds) else ():
            if op is not None and op.options:
                found[i] = value_of(op, self._options(i))
        return found

    def _options(self, node: int) -> dict[str, Any]:
        return {k: self.xp.number(v) for k, v in self.graph.settings.get(node, {}).items()}

    def _schedule(self) -> None:
        """The contributing edges in order, see `gradviz.engine.program.schedule`: where each comes
        from and leads to, and its local gradient.
        """
        self._sources: Sequence[int] = []
        self._targets: Sequence[int] = []
        self._locals: list[Kernel | float] = []
        if self.graph.computes_numbers:
            self._follow()
            return
        edges = schedule(self.graph, self.wrt)
        self._sources, self._targets = [e.source for e in edges], [e.target for e in edges]
        self._slots = [e.slot for e in edges]
        self._locals = [self._local(edge) for edge in edges]

    def _follow(self) -> None:
        """Fill the columns where every operand takes a gradient."""
        args, ops, flows, usual = self.args, self.ops, self._flows(), self._usual_locals()
        waiting = self._uses(flows)
        from_, to, through = self._sources.append, self._targets.append, self._locals.append  # type: ignore[attr-defined]
        order = [self.graph.output]
        for target in order if args[self.graph.output] else ():
            locals_ = usual.get(ops[target]) or self._own_locals(target)
            for source, local in zip(args[target], locals_, strict=True):
                if flows[source]:
                    from_(source)
                    to(target)
                    through(local)
                    waiting[source] = left = waiting[source] - 1
                    if not left and args[source]:
                        order.append(source)

    @cached_property
    def _slots(self) -> Sequence[int]:
        """Counted from the columns, which hold every use of an operand."""
        found = array("i")
        last, slot = -1, -1
        for source, target in zip(self._sources, self._targets, strict=True):
            slot = self.args[target].index(source, slot + 1 if target == last else 0)
            last = target
            found.append(slot)
        return found

    def _flows(self) -> list[bool]:
        """Which nodes depend on a `wrt` input."""
        flows = [False] * len(self.args)
        for node in self.wrt:
            flows[node] = True
        for node, operands in enumerate(self.args):
            for source in operands:
                if flows[source]:
                    flows[node] = True
                    break
        return flows

    def _uses(self, flows: list[bool]) -> list[int]:
        """How many contributions each node will receive."""
        args, output = self.args, self.graph.output
        uses = [0] * len(args)
        uses[output] = 1
        for node in range(output, -1, -1):
            if uses[node]:
                for source in args[node]:
                    if flows[source]:
                        uses[source] += 1
        return uses

    def _usual_locals(self) -> dict[Op | None, Sequence[Any]]:
        """By op the local gradients for its operands, where they are the same at every node."""
        return {
            op: locals_of(op)
            for op in self.graph.kinds
            if not op.options and op.fixed_routes is None
        }

    def _own_locals(self, target: int) -> list[Kernel | float]:
        operands = enumerate(self.args[target])
        return [self._local(Edge(source, target, slot)) for slot, source in operands]

    def _local(self, edge: Edge) -> Kernel | float:
        op = self.graph.op(edge.target)
        fixed = op.fixed_routes is not None and self.graph.meets_fixed(edge)
        options = self._options(edge.target) if op.options else {}
        return local_of(op, edge.slot, options, fixed=fixed)

    @property
    def bytes_of_steps(self) -> int:
        """What is recorded of the backward pass: three floats and an edge a step."""
        return 33 * len(self._sources)

    @cached_property
    def sums_at(self) -> Sequence[int]:
        """See `gradviz.trace.scalars.ScalarTrace`."""
        seen = bytearray(len(self.ops))
        found, sums = array("i"), 0
        for source in self._sources:
            again = seen[source]
            found.append(sums if again else -1)
            sums += again
            seen[source] = 1
        return found

    @cached_property
    def last(self) -> Sequence[int]:
        """See `gradviz.trace.scalars.ScalarTrace`."""
        found = array("i", (NONE,)) * len(self.ops)
        for node in self.wrt:
            found[node] = ZERO
        found[self.graph.output] = SEED
        for k, source in enumerate(self._sources):
            found[source] = k
        return found

    def forward(self, inputs: Sequence[Any], changes: Changes | None = None) -> list[Any]:
        """Every node's value, from the values of the inputs."""
        if changes is not None:
            return super().forward(inputs, changes)
        return self.values([v.item() for v in inputs])

    def values(self, inputs: Sequence[float]) -> list[Any]:
        """Every node's value as Python's float, from floats."""
        values = list(inputs)
        with Progress("forward pass", values, len(self.args), least=LONG):
            self._go_forward(values)
        return values

    def _go_forward(self, values: list[Any]) -> None:
        append, constant, first = values.append, iter(self._numbers).__next__, len(values)
        rows = zip(islice(self._values, first, None), islice(self.args, first, None), strict=True)
        for kernel, operands in rows:
            if kernel is None:
                append(constant())
                continue
            try:
                if len(operands) == 2:
                    i, j = operands
                    value = kernel(values[i], values[j])
                else:
                    value = kernel(*[values[i] for i in operands])
                if value.__class__ is not float:
                    value = self._proper(value, len(values), values)
            except DEPARTURES:
                value = self._by_ieee(len(values), values)
            append(value)

    def _proper(self, value: Any, node: int, values: list[Any]) -> Any:
        """A float or a condition, from what Python returned (even an int or a complex number)."""
        if type(value) is bool:
            return value
        return float(value) if type(value) is int else self._by_ieee(node, values)

    def _by_ieee(self, node: int, values: Sequence[Any], slot: int | None = None) -> Any:
        """A node's value, or its local gradient for the operand at `slot`."""
        op, asarray = self.ops[node], self.xp.asarray
        assert op is not None
        operands = [asarray(values[j]) for j in self.args[node]]
        with self.xp.quiet():
            if slot is None:
                found = op.forward(self.xp, *operands, **self._options(node))
            else:
                y = asarray(values[node])
                found = op.rule_for(slot)(self.xp, y, *operands, **self._options(node))
            return asarray(found).item()

    def differentiated(self, values: Sequence[Any], seed: float) -> tuple[list[Any], Found]:
        """Every node's gradient, and all that was found on the way."""
        gradients: list[Any] = [None] * len(self.ops)
        gradients[self.graph.output] = seed
        found = Found(values, [], [], [])
        with Progress("backward pass", found.local, len(self._sources), least=LONG):
            self._go_back(values, gradients, found)
        self._fill_unused(gradients)
        return gradients, found

    def _go_back(self, values: Sequence[Any], gradients: list[Any], found: Found) -> None:
        args, ops = self.args, self.ops
        _, locals_, contributions, sums = found
        keep, bring, total = locals_.append, contributions.append, sums.append  # type: ignore[attr-defined]
        for source, target, local in zip(self._sources, self._targets, self._locals, strict=True):
            brought = gradients[target]
            if local.__class__ is float:
                if not local and ops[target].routes is not None:  # type: ignore[union-attr]
                    brought = 0.0
                elif local != 1.0:
                    brought = brought * local
            else:
                operands = args[target]
                try:
                    if len(operands) == 2:
                        i, j = operands
                        local = local(values[target], values[i], values[j])  # type: ignore[operator]
                    else:
                        local = local(values[target], *[values[i] for i in operands])  # type: ignore[operator]
                    if local.__class__ is not float:
                        local = self._proper_local(local, len(locals_), values)
                except DEPARTURES:
                    local = self._by_ieee(target, values, self._slots[len(locals_)])
                if local or ops[target].routes is None:  # type: ignore[union-attr]
                    brought = brought * local
                else:
                    brought = 0.0
            so_far = gradients[source]
            if so_far is None:
                gradients[source] = brought
            else:
                gradients[source] = so_far = so_far + brought
                total(so_far)
            keep(local)
            bring(brought)

    def _proper_local(self, local: Any, k: int, values: Sequence[Any]) -> float:
        if type(local) is int:
            return float(local)
        found: float = self._by_ieee(self._targets[k], values, self._slots[k])
        return found

    def trace(self, inputs: Sequence[float]) -> ScalarTrace:
        """The trace of a run on floats."""
        _, found = self.differentiated(self.values(inputs), 1.0)
        return ScalarTrace(self, Found(*map(packed, found)), self.one)

    def _sweep(
        self, values: list[Any], seed: Any, recording: Recording | None, changes: Changes | None
    ) -> list[Any]:
        if changes is not None:
            asarray = self.xp.asarray
            return super()._sweep([asarray(v) for v in values], asarray(seed), recording, changes)
        seed = seed.item() if hasattr(seed, "item") else seed
        gradients, found = self.differentiated(values, seed)
        if recording is not None:
            recording.edges, recording.local = self.schedule, found.local
            recording.contribution = found.contribution
            recording.after = Sums(found.contribution, found.sums, self.sums_at)
        return gradients

    def recorded(self, values: list[Any]) -> Sequence[Any]:
        """Python floats as NumPy scalars, for a trace."""
        return Scalars(values, self.xp)
