"""A program on a GPU: neighbouring elementwise nodes are one kernel, written from the formulas of
their ops, and so are neighbouring contributions of the backward pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from gradviz.arrays.cuda import PARAMETERS, Cuda, Term, kernel, let, number, put
from gradviz.engine.changes import Changes
from gradviz.engine.program import Program
from gradviz.ops.contributions import contribution, sum_broadcast
from gradviz.ops.routing import cases, select
from gradviz.trace import Fetched, Recording

CUDA = Cuda()
UNWRITABLE = (TypeError, AttributeError)
"""What comes of a formula that no kernel can be written from: it runs call by call."""
Key: TypeAlias = tuple[str, int]
"""What an array is: ("value", node), ("gradient", node), or ("local" or "brought", edge)."""


class Kernel:
    """A kernel that is being written.

    given   by key, the terms of the arrays that it may read.
    known   by key, the terms of what it has computed.
    """

    def __init__(self, types: Callable[[Key], Any], dtype: str) -> None:
        self._types, self._dtype = types, dtype
        self.given: dict[Key, Term] = {}
        self.known: dict[Key, Term] = {}
        self.lines: list[str] = []

    def term(self, key: Key) -> Term:
        """What stands for an array."""
        if key in self.known:
            return self.known[key]
        if key not in self.given:
            dtype, name = self._types(key), f"x{len(self.given)}"
            plain = dtype.kind == "b" or dtype.name == self._dtype
            text = name if plain else f"T({name})"
            self.given[key] = Term(text, is_condition=dtype.kind == "b")
        return self.given[key]

    def keep(self, key: Key, found: Any) -> Term:
        """Compute a term once, and know it by a key. Raises TypeError if it is none."""
        term = found if isinstance(found, Term) else number(found)
        if term.value is None and not term.text.isidentifier():
            name = f"v{len(self.lines)}"
            self.lines.append(let(name, term.text))
            term = Term(name, is_condition=term.is_condition)
        self.known[key] = term
        return term


@dataclass(frozen=True, slots=True)
class Fusion:
    """A kernel, and the keys of the arrays that it reads and of those that it makes.

    terms  what each key that was asked for is: the key of an array, or a number.
    """

    run: Any
    taken: tuple[Key, ...]
    made: tuple[tuple[Key, str], ...]
    terms: dict[Key, Key | float]


def fusion(xp: Any, written: Kernel, wanted: Sequence[Key]) -> Fusion:
    """The kernel that makes what is `wanted`."""
    by_text = {term.text: key for key, term in written.given.items()}
    made: list[tuple[Key, str]] = []
    stores: list[str] = []
    terms: dict[Key, Key | float] = {}
    for key in wanted:
        term = written.known[key]
        if term.value is not None:
            terms[key] = term.value
            continue
        if term.text not in by_text:
            by_text[term.text] = key
            stores.append(put(f"y{len(made)}", term.text))
            made.append((key, "bool" if term.is_condition else xp.dtype))
        terms[key] = by_text[term.text]
    lines = [*written.lines, *stores]
    used = set(re.findall(r"\bx\d+\b", "\n".join(lines)))
    taken = [
        (key, name)
        for key, term in written.given.items()
        if (name := term.text.removeprefix("T(").rstrip(")")) in used
    ]
    parameters = [f"{written._types(key).name} {name}" for key, name in taken]
    results = [f"{dtype} y{k}" for k, (_, dtype) in enumerate(made)]
    run = kernel(xp.module, "fused", parameters, results, lines, xp.dtype) if made else None
    return Fusion(run, tuple(key for key, _ in taken), tuple(made), terms)


Size: TypeAlias = tuple[tuple[int, ...], set[Key], set[Key]]
"""A shape, and the keys of the arrays that are read and made."""


@dataclass(slots=True)
class Group:
    """Neighbouring nodes, or numbers of edges, of one shape that make one kernel.

    taken, made  the keys of the arrays that it may read and make.
    sums     the nodes whose gradients are summed behind it.
    read     the nodes whose values it may read.
    fusions  the kernel, by the types of what it reads.
    """

    shape: tuple[int, ...]
    members: list[int] = field(default_factory=list)
    taken: set[Key] = field(default_factory=set)
    made: set[Key] = field(default_factory=set)
    sums: set[int] = field(default_factory=set)
    read: tuple[int, ...] = ()
    fusions: dict[Any, Fusion] = field(default_factory=dict)

    def is_full(self, size: Size) -> bool:
        """Whether one kernel cannot take so many more arrays: each with its sizes and strides."""
        shape, taken, made = size
        count = len((self.taken | taken) - self.made) + len(self.made | made)
        return count * (16 + 16 * max(1, len(shape))) > PARAMETERS


class Fused(Program):
    """A program whose elementwise nodes are written as kernels."""

    def forward(self, inputs: Sequence[Any], changes: Changes | None = None) -> list[Any]:
        """As of any program; changed values are computed node by node."""
        if changes is not None:
            return super().forward(inputs, changes)
        xp, values = self.xp, [None] * len(self.ops)
        values[: len(inputs)] = inputs
        for node, value in self.constants:
            values[node] = value
        with xp.quiet():
            for part in self._forward_parts:
                if isinstance(part, Group):
                    self._run_nodes(part, values)
                    continue
                op = self.ops[part]
                assert op is not None
                operands = self.operands(values, part)
                values[part] = xp.asarray(op.forward(xp, *operands, **self.options[part]))
        return values

    def record(
        self, values: list[Any], seed: Any, changes: Changes | None = None
    ) -> tuple[list[Any], Recording]:
        """As of any program; the columns of the recording are read on the host."""
        gradients, found = super().record(values, seed, changes)
        columns = map(Fetched, (found.local, found.contribution, found.after))
        return gradients, Recording(found.edges, *columns)

    def recorded(self, values: list[Any]) -> Sequence[Any]:
        """Values or gradients as a trace keeps them: on the device until they are read."""
        return Fetched(values)

    @cached_property
    def _forward_parts(self) -> list[Group | int]:
        """The computed nodes in order, neighbours in groups where kernels can be written."""

        def sizes(node: int) -> Size | None:
            op, shape = self.ops[node], self.graph.nodes[node].shape
            if op is None or not op.elementwise or shape is None:
                return None
            trial = Kernel(self._trial_type, self.xp.dtype)
            try:
                self._write_node(trial, node)
            except UNWRITABLE:
                return None
            return shape, set(trial.given), set(trial.known)

        return list(_grouped(self.computed, sizes, lambda group, node: False))

    def _trial_type(self, key: Key) -> Any:
        """The type that a value probably has; a run looks at the arrays."""
        op = self.ops[key[1]]
        holds = key[0] == "value" and op is not None and op.is_condition
        return self.xp.module.dtype("bool" if holds else self.xp.dtype)

    def _operand_terms(self, written: Kernel, node: int) -> list[Term]:
        terms = [written.term(("value", j)) for j in self.args[node]]
        for slot in self.truths.get(node, ()):
            terms[slot] = number(terms[slot])
        return terms

    def _write_node(self, written: Kernel, node: int) -> None:
        op = self.ops[node]
        assert op is not None
        terms = self._operand_terms(written, node)
        written.keep(("value", node), op.forward(CUDA, *terms, **self.options[node]))

    def _run_nodes(self, group: Group, values: list[Any]) -> None:
        """The values of a group of nodes."""
        if not group.read:
            group.read = tuple({j for i in group.members for j in self.args[i]} - {*group.members})
        key = tuple(values[j].dtype for j in group.read)
        if key not in group.fusions:
            written = Kernel(lambda k: values[k[1]].dtype, self.xp.dtype)
            for node in group.members:
                self._write_node(written, node)
            wanted = [("value", node) for node in group.members]
            group.fusions[key] = fusion(self.xp, written, wanted)
        found = self._launch(group.fusions[key], group.shape, lambda k: values[k[1]])
        for node in group.members:
            values[node] = found("value", node)

    def _launch(
        self, kernel: Fusion, shape: tuple[int, ...], given: Callable[[Key], Any]
    ) -> Callable[[str, int], Any]:
        """Run a kernel; the result finds the arrays that it made, and those that it was given."""
        module = self.xp.module
        made = [module.empty(shape, dtype) for _, dtype in kernel.made]
        if made:
            kernel.run(*map(given, kernel.taken), *made)
        arrays = dict(zip((key for key, _ in kernel.made), made, strict=True))

        def found(kind: str, number: int) -> Any:
            term = kernel.terms[kind, number]
            if not isinstance(term, tuple):
                array = self.xp.asarray(term)
            else:
                array = arrays[term] if term in arrays else given(term)
            return array if array.shape == shape else module.broadcast_to(array, shape)

        return found

    def _sweep(
        self, values: list[Any], seed: Any, recording: Recording | None, changes: Changes | None
    ) -> list[Any]:
        if changes is not None:
            return super()._sweep(values, seed, recording, changes)
        gradients: list[Any] = [None] * len(self.ops)
        gradients[self.graph.output] = seed
        with self.xp.quiet(checked=True):
            for part in self._backward_parts:
                if isinstance(part, Group):
                    self._run_edges(part, values, gradients, recording)
                else:
                    self._run_edge(part, values, gradients, recording)
        self._fill_unused(gradients)
        return gradients if recording is not None else self._own(gradients, seed)

    def _own(self, gradients: list[Any], seed: Any) -> list[Any]:
        """Gradients that the caller may change: a copy of what would be the same array twice."""
        seen = {id(seed)}
        for node in self.wrt:
            if id(gradients[node]) in seen:
                gradients[node] = gradients[node].copy()
            seen.add(id(gradients[node]))
        return gradients

    def _run_edge(
        self, k: int, values: list[Any], gradients: list[Any], recording: Recording | None
    ) -> None:
        """The contribution of one edge."""
        target, op = self.schedule[k].target, self.ops[self.schedule[k].target]
        assert op is not None
        local, brought = contribution(
            self.xp,
            op,
            self.schedule[k].slot,
            self.routes[k],
            self.reduced[k],
            gradients[target],
            values[target],
            self.operands(values, target),
            self.options[target],
            told=recording is not None,
        )
        self._arrive(k, local, brought, gradients, recording)

    def _arrive(
        self,
        k: int,
        local: Any,
        brought: Any,
        gradients: list[Any],
        recording: Recording | None,
        total: Any = None,
    ) -> None:
        """Add a contribution to the gradient of its source; `total` is their sum if it is known."""
        edge = self.schedule[k]
        so_far = gradients[edge.source]
        gradients[edge.source] = (
            total if total is not None else brought if so_far is None else so_far + brought
        )
        if recording is not None:
            recording.edges.append(edge)
            recording.local.append(local)
            recording.contribution.append(brought)
            recording.after.append(gradients[edge.source])

    @cached_property
    def _firsts(self) -> list[bool]:
        """Whether each edge brings the first contribution to its source."""
        seen: set[int] = set()
        return [not (e.source in seen or seen.add(e.source)) for e in self.schedule]  # type: ignore[func-returns-value]

    @cached_property
    def _backward_parts(self) -> list[Group | int]:
        """The edges by number in order, neighbours in groups where kernels can be written."""

        def sizes(k: int) -> Size | None:
            target = self.schedule[k].target
            op, shape = self.ops[target], self.graph.nodes[target].shape
            if op is None or not op.elementwise or shape is None:
                return None
            trial = Kernel(self._trial_type, self.xp.dtype)
            try:
                self._write_edge(trial, k)
            except UNWRITABLE:
                return None
            return shape, set(trial.given), set(trial.known)

        def parts(group: Group, k: int) -> bool:
            """Whether an edge needs a gradient that is summed only behind the group's kernel."""
            return self.schedule[k].target in group.sums

        return list(_grouped(range(len(self.schedule)), sizes, parts, self._summed))

    def _summed(self, k: int) -> int | None:
        """The source of an edge whose contribution is summed over axes."""
        return self.schedule[k].source if self.reduced[k][0] else None

    def _write_edge(self, written: Kernel, k: int) -> None:
        edge = self.schedule[k]
        target, op = edge.target, self.ops[edge.target]
        assert op is not None
        upstream, y = written.term(("gradient", target)), written.term(("value", target))
        operands, options = self._operand_terms(written, target), self.options[target]
        routes = self.routes[k]
        if routes is None:
            local = number(op.rule_for(edge.slot)(CUDA, y, *operands, **options))
            local = written.keep(("local", k), local)
            brought = upstream if local.value == 1 else upstream * local  # type: ignore[operator]
        else:
            found = cases(routes, CUDA, y, *operands, **options)
            written.keep(("local", k), select(CUDA, 1, found))
            brought = select(CUDA, upstream, found)
        term = written.keep(("brought", k), number(brought))
        if self._summed(k) is None:
            key = "gradient", edge.source
            so_far = None if self._firsts[k] else written.term(key)
            total = term if so_far is None else so_far + term  # type: ignore[operator]
            written.keep(("after", k), total)
            written.known[key] = written.known["after", k]

    def _run_edges(
        self, group: Group, values: list[Any], gradients: list[Any], recording: Recording | None
    ) -> None:
        """The contributions of a group of edges."""
        told, before = recording is not None, {i: gradients[i] for i in self._ends(group)}

        def given(key: Key) -> Any:
            return values[key[1]] if key[0] == "value" else before[key[1]]

        key = told, tuple(values[i].dtype for i in self._read(group))
        if key not in group.fusions:
            written = Kernel(lambda k: given(k).dtype, self.xp.dtype)
            for k in group.members:
                self._write_edge(written, k)
            group.fusions[key] = fusion(self.xp, written, list(self._wanted(group, told=told)))
        found = self._launch(group.fusions[key], group.shape, given)
        terms = group.fusions[key].terms
        for k in group.members:
            local = found("local", k) if told else None
            axes, wide, narrow = self.reduced[k]
            if axes:
                brought = sum_broadcast(self.xp, found("brought", k), axes, wide, narrow)
                self._arrive(k, local, brought, gradients, recording)
            elif told or ("after", k) in terms:
                brought = found("brought", k) if told else None
                self._arrive(k, local, brought, gradients, recording, found("after", k))

    def _read(self, group: Group) -> tuple[int, ...]:
        """The nodes whose values the kernel of a group of edges may read."""
        if not group.read:
            targets = {self.schedule[k].target for k in group.members}
            group.read = tuple(targets.union(*(self.args[i] for i in targets)))
        return group.read

    def _ends(self, group: Group) -> Iterator[int]:
        """The nodes at the ends of a group's edges."""
        for k in group.members:
            yield from (self.schedule[k].source, self.schedule[k].target)

    def _wanted(self, group: Group, *, told: bool) -> Iterator[Key]:
        """What a group's kernel stores: everything if it is told, else what others go on with."""
        last = {self.schedule[k].source: k for k in group.members}
        for k in group.members:
            source, summed = self.schedule[k].source, self._summed(k) is not None
            if told:
                yield "local", k
            if told or summed:
                yield "brought", k
            if summed:
                continue
            if told or (last[source] == k and self._goes_on(source, group)):
                yield "after", k

    def _goes_on(self, node: int, group: Group) -> bool:
        """Whether a node's gradient is used outside a group of edges."""
        inside = set(group.members)
        return node in self.wrt or any(k not in inside for k in self._edges_at.get(node, ()))

    @cached_property
    def _edges_at(self) -> dict[int, list[int]]:
        """By node, the numbers of the edges at either end of which it is."""
        found: dict[int, list[int]] = {}
        for k, edge in enumerate(self.schedule):
            for node in (edge.source, edge.target):
                found.setdefault(node, []).append(k)
        return found


def _grouped(
    members: Sequence[int],
    sizes: Callable[[int], Size | None],
    parts: Callable[[Group, int], bool],
    summed: Callable[[int], int | None] = lambda member: None,
) -> Iterator[Group | int]:
    """Members in order, in groups of one shape; those without sizes by themselves.

    parts   whether a member cannot join a group.
    summed  a node that a member makes only behind its group.
    """
    group: Group | None = None
    for member in members:
        size = sizes(member)
        if size is None:
            if group is not None:
                yield group
            group = None
            yield member
            continue
        shape, taken, made = size
        if group is None or group.shape != shape or parts(group, member) or group.is_full(size):
            if group is not None:
                yield group
            group = Group(shape)
        group.members.append(member)
        group.taken |= taken - group.made
        group.made |= made
        if (node := summed(member)) is not None:
            group.sums.add(node)
    if group is not None:
        yield group
