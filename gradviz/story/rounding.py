"""Where terms cancel, the few last bits that floats leave behind are rounding, not an answer.

Which sums these are is said in one place, `gradviz.arrays.digits.is_rounding`. They are shown as 0,
and where one comes up its formula adds what was left. A trace keeps the raw numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from gradviz.arrays.digits import is_rounding
from gradviz.graph.graph import Edge
from gradviz.ops.contributions import contribution, reduction
from gradviz.story.values import flat, is_small
from gradviz.trace import Trace
from gradviz.trace.step import Recording

SUSPICIOUS: Final = 2.0**-40
"""A result this much smaller than what it is made of is looked at closely."""


def settled(trace: Trace) -> Trace:
    """The trace with 0 for every gradient and contribution that is nothing but rounding; the trace
    itself where there is none. Only numbers that are written out are looked at.
    """
    if not trace.has_backward or trace.xp.name == "exact":
        return trace
    if trace not in _KNOWN:
        found = _Settling(trace).result()
        _KNOWN[trace] = None if found is trace else found
    known = _KNOWN[trace]
    return trace if known is None else known


_KNOWN: WeakKeyDictionary[Trace, Trace | None] = WeakKeyDictionary()
"""What was found, as long as the trace is in use; None for the trace itself."""


def _same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether numbers are equal; NaN is NaN."""
    return all(x == y or x != x != y != y for x, y in zip(a, b, strict=True))


class _Settling:
    def __init__(self, trace: Trace) -> None:
        self.trace, self.xp, self.graph = trace, trace.xp, trace.graph
        self.numbers = self.graph.is_scalar
        self.gradients: dict[int, list[Any]] = {}
        self.contribution: dict[int, list[Any]] = {}
        self.after: dict[int, list[Any]] = {}
        self.largest: dict[int, list[float]] = {}

    def result(self) -> Trace:
        trace, record = self.trace, self.trace.recording
        self.uses = Counter(edge.source for edge in record.edges)
        for i, edge in enumerate(record.edges):
            if self._may_differ(edge) and is_small(self.graph.nodes[edge.source].shape or ()):
                self._settle(i, edge)
        if not self.contribution and not self.after:
            return trace
        gradients = list(trace.gradients)
        for node, values in self.gradients.items():
            gradients[node] = self._array(node, values)
        sources = [edge.source for edge in record.edges]
        columns = [
            [
                self._array(source, new[i]) if i in new else raw
                for i, (source, raw) in enumerate(zip(sources, old, strict=True))
            ]
            for old, new in ((record.contribution, self.contribution), (record.after, self.after))
        ]
        found = Trace(
            self.graph,
            trace.values,
            gradients,
            trace.seed,
            Recording(record.edges, record.local, *columns),
            wrt=trace.wrt,
            backend=trace.backend,
            dtype=trace.dtype,
            note=trace.note,
            xp=trace.xp,
        )
        return found if trace.updates is None else found.with_updates(trace.updates)

    def _settle(self, i: int, edge: Edge) -> None:
        """Settle one contribution, and the gradient it is added to."""
        source, uses = edge.source, self.uses[edge.source]
        raw = self._plain(self.trace.recording.contribution[i])
        new = self._contribution(i, edge, raw)
        if not _same(new, raw):
            self.contribution[i] = new
        after = self._plain(self.trace.recording.after[i]) if uses > 1 else raw
        total = new if uses == 1 else self._total(source, raw, new, after)
        if not _same(total, after):
            self.after[i] = self.gradients[source] = total
        else:
            self.gradients.pop(source, None)

    def _may_differ(self, edge: Edge) -> bool:
        """Whether it is added to others, adds up products, or passes on what was settled."""
        return self.uses[edge.source] > 1 or edge.target in self.gradients or self._is_sum(edge)

    def _is_sum(self, edge: Edge) -> bool:
        """Whether an edge may add up several products; those of a folded scope are not known."""
        if self.numbers:
            return False
        op = self.graph.op(edge.target)
        return bool(self.graph.nodes[edge.target].shape and not op.hidden) and (
            not op.elementwise or bool(self.trace.summed(edge))
        )

    def _total(
        self, source: int, raw: list[float], new: list[float], after: list[float]
    ) -> list[float]:
        """The gradient once a contribution is in."""
        largest = self.largest.setdefault(source, [0.0] * len(after))
        for place, (before, now) in enumerate(zip(raw, new, strict=True)):
            if now == before:
                largest[place] = max(largest[place], abs(now))
        return [
            0.0
            if value == value and (not most or is_rounding(value, (most,), self.trace.dtype))
            else value
            for value, most in zip(after, largest, strict=True)
        ]

    def _contribution(self, i: int, edge: Edge, raw: list[float]) -> list[float]:
        arrived = self.gradients.get(edge.target)
        if arrived is not None and not any(arrived):
            return [0.0] * len(raw)
        elementwise = self.graph.op(edge.target).elementwise and len(raw) == len(arrived or ())
        if arrived is not None and elementwise and not self.trace.summed(edge):
            before = self._plain(self.trace.gradients[edge.target])
            return [
                0.0 if now == 0 != then else value
                for value, now, then in zip(raw, arrived, before, strict=True)
            ]
        if not self._is_sum(edge) or not self._suspicious(edge, raw):
            return raw
        terms = zip(*self._terms(i, edge), strict=True)
        return [
            0.0 if is_rounding(value, own, self.trace.dtype) else value
            for value, own in zip(raw, terms, strict=True)
        ]

    def _suspicious(self, edge: Edge, raw: list[float]) -> bool:
        if not is_small(self.graph.nodes[edge.target].shape or ()):
            return False
        upstream = self._plain(self.trace.gradients[edge.target])
        largest = max(map(abs, (*raw, *upstream)), default=0.0)
        return any(0 < abs(v) < SUSPICIOUS * largest for v in raw)

    def _terms(self, i: int, edge: Edge) -> Iterator[list[float]]:
        """What each element of the upstream gradient brings on its own."""
        xp, row, op = self.xp, self.graph.nodes[edge.target], self.graph.op(edge.target)
        upstream = self._plain(self.trace.gradients[edge.target])
        value, *operands = [self.trace.values[n] for n in (edge.target, *row.inputs)]
        options = {k: xp.number(v) for k, v in row.options.items()}
        reduced = reduction(op, row.shape or (), self.graph.nodes[edge.source].shape or ())
        routes = self.graph.routes(edge)
        for place, own in enumerate(upstream):
            alone = [0.0] * len(upstream)
            alone[place] = own
            one = xp.reshape(xp.asarray(alone), row.shape)
            with xp.quiet():
                _, brought = contribution(
                    xp, op, edge.slot, routes, reduced, one, value, operands, options, told=False
                )
            yield self._plain(brought)

    def _plain(self, value: Any) -> list[float]:
        return flat(self.xp.plain(value))

    def _array(self, node: int, values: list[float]) -> Any:
        shape = self.graph.nodes[node].shape or ()
        return (
            self.xp.reshape(self.xp.asarray(values), shape) if shape else self.xp.asarray(values[0])
        )
