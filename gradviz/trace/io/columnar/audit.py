"""Whether columns agree with the formulas of the ops: all steps of a kind are computed at once.

What stands out is judged by `gradviz.trace.io.consistency`, step by step.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Any, Protocol

from gradviz.graph.graph import Edge, Graph
from gradviz.ops.contributions import contribution
from gradviz.ops.op import Op
from gradviz.trace.io import Recorded
from gradviz.trace.io.columnar.nodes import Nodes
from gradviz.trace.io.consistency import FAILURES, check_steps, strange

GROUPS = 1_000
"""How many kinds of steps are computed again; of more, which differ in options, a fixed sample."""


class Run(Protocol):
    """The columns of a run; see `gradviz.trace.io.columnar.reading`."""

    nodes: Nodes
    graph: Graph
    xp: Any
    first: int
    values: Any
    source: Any
    target: Any
    slot: Any
    local: Any
    contribution: Any
    after: Any
    gradients: Any


def audit(trace: Recorded, run: Run) -> None:
    """Raise TraceFormatError for a run that contradicts itself, naming the step."""
    found = _Audit(run)
    checks = [partial(found.forward, *group) for group in found.nodes()]
    checks += [partial(found.backward, *group) for group in found.edges()]
    if len(checks) > GROUPS:
        checks = random.Random(0).sample(checks, GROUPS)
    with run.xp.quiet():
        suspects = [number for check in checks for number in check()]
    if suspects:
        check_steps(trace, sorted(suspects))


class _Audit:
    def __init__(self, run: Run) -> None:
        import numpy as np

        self.run, self.xp = run, run.xp
        kinds = [
            (kind.op, kind.operands, repr(options))
            for kind, options in zip(run.nodes.kinds, run.nodes.options, strict=True)
        ]
        alike = {key: k for k, key in enumerate(kinds)}
        self.kind = np.array([alike[key] for key in kinds])[run.nodes.kind]
        """By node a kind that stands for all with the same op and options: scopes do not matter."""
        self.number = np.cumsum([op is not None for op in run.graph.ops])
        """By node the number of its forward step."""

    def nodes(self) -> Iterator[tuple[int, Any]]:
        """The computed nodes of each kind."""
        for kind, members in _groups(self.kind):
            if self.run.graph.ops[members[0]] is not None:
                yield kind, members

    def edges(self) -> Iterator[tuple[int, int, bool, Any]]:
        """The contributions by kind of target, slot, and whether another operand is fixed."""
        run = self.run
        if not len(run.source):
            return
        slots = int(run.slot.max()) + 1
        keys = (self.kind[run.target] * slots + run.slot) * 2 + self._meets_fixed()
        for key, members in _groups(keys):
            yield key // 2 // slots, key // 2 % slots, bool(key % 2), members

    def _meets_fixed(self) -> Any:
        """Whether another operand of each contribution's target is fixed, where that matters."""
        import numpy as np

        run, graph = self.run, self.run.graph
        found = np.zeros(len(run.source), bool)
        asking = [op for op in graph.kinds if op.fixed_routes is not None]
        if asking:
            matters = np.array([op in asking for op in graph.ops])[run.target]
            for k in np.flatnonzero(matters).tolist():
                edge = Edge(int(run.source[k]), int(run.target[k]), int(run.slot[k]))
                found[k] = graph.meets_fixed(edge)
        return found

    def forward(self, kind: int, members: Any) -> list[int]:
        """The numbers of the steps whose value is not what the op gives."""
        op, options, values = self._formula(kind, members)
        found = self.run.values[members]
        wrong = _wrong(found, lambda *xs: op.forward(self.xp, *xs, **options), values, 1.0)
        steps: list[int] = self.number[members[wrong]].tolist()
        return steps

    def backward(self, kind: int, slot: int, fixed: bool, members: Any) -> list[int]:
        """The numbers of the steps whose local gradient or contribution is not what it gives."""
        run, xp = self.run, self.xp
        targets = run.target[members]
        op, options, values = self._formula(kind, targets)
        upstream, shape = run.gradients[targets], (len(members),)
        routes = None if op.routes is None else op.routes_for(slot, fixed=fixed)

        def again(upstream: Any, value: Any, *operands: Any) -> Any:
            reduced = (), shape, shape
            return contribution(xp, op, slot, routes, reduced, upstream, value, operands, options)

        local, brought = run.local[members], run.contribution[members]
        given = [upstream, run.values[targets], *values]
        wrong = _wrong(local, lambda *xs: again(*xs)[0], given, upstream)
        # A routed gradient is selected: 0, and not 0 · ∞. Earlier editions multiplied.
        off = _wrong(brought, lambda u, factor: u * factor, [upstream, local], upstream)
        if off.any():
            off &= _wrong(brought, lambda *xs: again(*xs)[1], given, upstream)
        steps: list[int] = (run.first + 1 + members[wrong | off]).tolist()
        return steps

    def _formula(self, kind: int, members: Any) -> tuple[Op, dict[str, Any], list[Any]]:
        """The op of a kind with its options, and the operands of its nodes, by slot."""
        run, nodes = self.run, self.run.nodes
        options = {k: self.xp.number(v) for k, v in nodes.options[kind].items()}
        places = nodes.starts[members]
        operands = range(nodes.kinds[kind].operands)
        op = run.graph.op(int(members[0]))
        return op, options, [run.values[nodes.operands[places + k]] for k in operands]


def _wrong(found: Any, again: Any, arguments: list[Any], scale: Any) -> Any:
    """Which entries of a column are not what a formula gives."""
    import numpy as np

    try:
        found_strange = strange(found, again, arguments, [True] * len(arguments), scale, each=True)
    except FAILURES:
        return np.ones(len(found), bool)
    return np.zeros(len(found), bool) if found_strange is None else found_strange[1]


def _groups(keys: Any) -> Iterator[tuple[int, Any]]:
    """The places of each key."""
    import numpy as np

    order = np.argsort(keys, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(keys[order])) + 1):
        yield int(keys[members[0]]), members
