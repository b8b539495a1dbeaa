"""Stepping into an op that computes its output cell by cell: convolution, pool, matrix product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, cast

from gradviz.errors import GradvizError, ValueInputError
from gradviz.ops.op import Op, Shape, say_shape
from gradviz.trace.cells import CellStep, CellTrace, Place, Places, Rule
from gradviz.trace.trace import Trace

MOST_WINDOWS: Final = 400
"""The most windows for a walk over all channels; if there are more, it takes the first channel."""


def chosen(
    op: Op, shape: Shape, at: Sequence[int] | None, channel: int | None, sample: int
) -> Places:
    """The output cells of a walk: one sample, all of its channels or one of them, from `at` on.

    Raises ValueInputError for what does not exist.
    """
    spatial = min(2, len(shape)) if op.channel_axis is None else -1 - op.channel_axis
    outer = len(shape) - spatial
    channels = shape[outer - 1] if outer and op.channel_axis is not None else 1
    inner = math.prod(shape[outer:])
    samples = math.prod(shape) // max(inner * channels, 1)
    for name, given, count in (("sample", sample, samples), ("channel", channel or 0, channels)):
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < count:
            raise ValueInputError(
                f"there is no {name} {given} in the output of {op.name}",
                expected=f"a number from 0 to {count - 1}",
                got=f"an output of shape {say_shape(shape)}",
            )
    if channel is None and inner * channels <= MOST_WINDOWS:
        start, stop = sample * channels * inner, (sample + 1) * channels * inner
    else:
        start = (sample * channels + (channel or 0)) * inner
        stop = start + inner
    places = Places(shape, start, stop)
    return places if at is None else _from(places, at)


def _from(places: Places, at: Sequence[int]) -> Places:
    """The places from `at` on."""
    try:
        place: Place = tuple(int(i) for i in at)
    except (TypeError, ValueError):
        place = ()
    fits = len(place) == len(places.shape) and all(
        0 <= i < n for i, n in zip(place, places.shape, strict=True)
    )
    start = places.number(place) if fits else -1
    if not places.start <= start < places.stop:
        raise ValueInputError(
            "this output cell is not in the walk",
            got=at,
            expected=f"a place from {places[0]} to {places[-1]}",
        )
    return Places(places.shape, start, places.stop)


CLOSE: Final = {"float64": 1e-9, "float32": 1e-4}
"""How far a sum over cells may be from the recorded one, relative to the size of its terms."""


def cells(
    trace: Trace,
    node: Any,
    *,
    at: Sequence[int] | None = None,
    channel: int | None = None,
    sample: int = 0,
) -> CellTrace:
    """A node of a trace cell by cell: forward window by window, then back to each operand in turn.

    node     a name, a label, an id, a `Node` or an expression; its op must declare its `cells`.
    at       an output cell (a full index, counted from 0) to start from; earlier windows are
             skipped.
    channel  the only output channel to walk over. By default all of them, or the first if together
             they have more than 400 windows.
    sample   the sample of a batch.

    Nothing is computed before a step is requested, and nothing is kept: each step is made from what
    the trace recorded. A step raises GradvizError if its cells do not add up to the recorded value
    or gradient. Raises UnknownNameError for an unknown node, ValueInputError for a node whose op
    has no cells and for a place, channel or sample that does not exist.
    """
    row = trace.graph.nodes[trace.graph.find(node)]
    if row.is_leaf or not trace.graph.op(row).combine:
        what = "an input or a constant" if row.is_leaf else f"a node of {row.op}"
        raise ValueInputError(
            "this node is not computed cell by cell",
            expected="a convolution, a pool or a matrix product",
            got=what,
        )
    walk = _Walk(trace, row.id)
    shape = tuple(trace.xp.shape(trace.values[row.id]))
    places = chosen(walk.op, shape, at, channel, sample)
    make, gradient = walk.step_of(places), walk.gradient_of(places)
    how = make, gradient, walk.total, walk.is_finite
    return CellTrace(trace, row.id, walk.rule, places, walk.slots, *how)


class _Walk:
    """Makes the steps of one node from what its trace recorded."""

    def __init__(self, trace: Trace, node: int) -> None:
        self.trace, self.node, self.xp = trace, node, trace.xp
        self.row, self.op = trace.graph.nodes[node], trace.graph.op(node)
        self.options = {k: self.xp.number(v) for k, v in self.row.options.items()}
        taken = enumerate(trace.values[i] for i in self.row.inputs)
        self.operands = [
            self.xp.asreal(v) if self.op.takes_number(slot) else v for slot, v in taken
        ]
        self.shapes = [tuple(self.xp.shape(v)) for v in self.operands]
        self.output, self.upstream = trace.values[node], trace.gradients[node]
        edges = {(e.target, e.slot) for e in trace.recording.edges}
        self.slots = tuple(slot for slot in range(len(self.operands)) if (node, slot) in edges)
        self.rule: Rule = cast("Rule", self.op.combine)
        self._bound: float | None = None
        self._added: dict[int, list[tuple[int, Any]]] = {}
        """By operand, how many windows were added up, and its gradient from them."""

    def gradient_of(self, places: Places) -> Any:
        """`(slot, windows)`: an operand's gradient from the first windows, by the op's own rule."""
        xp = self.xp

        def gradient(slot: int, windows: int) -> Any:
            if windows == 0:
                return xp.zeros(self.shapes[slot])
            if not self.is_finite:
                return self._window_by_window(slot, windows, places)
            upstream = xp.asarray(self.upstream)
            shape, size = tuple(xp.shape(upstream)), math.prod(xp.shape(upstream))
            flat, stop = xp.reshape(upstream, (size,)), places.start + windows
            parts = [xp.zeros((places.start,)), flat[places.start : stop], xp.zeros((size - stop,))]
            only = xp.reshape(xp.concatenate([p for p in parts if p.shape[0]]), shape)
            with xp.quiet():
                rule = self.op.rule_for(slot)
                return xp.asarray(rule(xp, only, self.output, *self.operands, **self.options))

        return gradient

    def _window_by_window(self, slot: int, windows: int, places: Places) -> Any:
        """An operand's gradient from the first windows, added up in order: the op's own rule would
        multiply the gradients of the others, 0, with infinities.

        The last two are kept, from which a walk goes on.
        """
        cells = Places(self.shapes[slot])
        kept = self._added.setdefault(slot, [(0, self.xp.zeros((len(cells),)))])
        done, made = next((k for k in reversed(kept) if k[0] <= windows), (0, None))
        fresh = self.xp.zeros((len(cells),))
        made = fresh if made is None else fresh + made
        with self.xp.quiet():
            for window in range(done + 1, windows + 1):
                brought = self._brought(self.forward(window, window, places), slot)
                for target, (_, contribution) in brought.items():
                    made[cells.number(target)] += contribution
        if windows not in (k for k, _ in kept):
            self._added[slot] = [*kept[-1:], (windows, made)]
        return self.xp.reshape(made, cells.shape)

    @cached_property
    def is_finite(self) -> bool:
        """Whether all numbers are finite."""
        known = [*self.operands, self.output, *([] if self.upstream is None else [self.upstream])]
        return all(self.xp.finite(self.xp.asarray(v)) for v in known)

    def step_of(self, places: Places) -> Any:
        """`(number)`: one step of a walk."""
        gradient = self.gradient_of(places)

        def make(number: int) -> CellStep:
            phase, window = divmod(number - 1, len(places))
            forward = self.forward(number, window + 1, places)
            return (
                self.backward(forward, self.slots[phase - 1], gradient, places)
                if phase
                else forward
            )

        return make

    def forward(self, number: int, window: int, places: Places) -> CellStep:
        """A window and its result. Raises GradvizError if that is not the recorded value."""
        place = places[window - 1]
        fed = self.op.cells_at(place, *self.shapes, **self.row.options)
        cells = tuple(None if c is None else tuple(c) for c in fed)
        numbers = tuple(
            None if c is None else tuple(None if p is None else self._number(v, p) for p in c)
            for c, v in zip(cells, self.operands, strict=True)
        )
        result = self._number(self.output, place)
        bias = (
            numbers[2][0] if self.rule == "products" and len(numbers) > 2 and numbers[2] else None
        )
        parts = self._parts(numbers)
        winner = self._winner(parts) if self.rule in ("max", "min") else None
        self._check_result(numbers[0] or (), parts, winner, bias, result)
        return CellStep(
            number, window, len(places), None, place, cells, numbers, parts, winner, bias, result
        )

    def _parts(self, numbers: Sequence[Sequence[Any] | None]) -> tuple[Any, ...]:
        first = numbers[0] or ()
        if self.rule == "products":
            padded = ([self._zero if n is None else n for n in ns or ()] for ns in numbers[:2])
            return tuple(a * b for a, b in zip(*padded, strict=True))
        if self.rule == "norm":
            return tuple(self._zero if a is None else a * a for a in first)
        return tuple(first)

    def _winner(self, parts: Sequence[Any]) -> int:
        """The first largest (or smallest) of a window; a NaN wins."""
        best = -1
        for i, part in enumerate(parts):
            if part is None or (best >= 0 and parts[best] != parts[best]):
                continue
            beats = (
                best < 0
                or part != part
                or (part > parts[best] if self.rule == "max" else part < parts[best])
            )
            if beats not in (True, False):
                raise GradvizError(
                    "the winning cell of the window is undecided",
                    got=f"{part} and {parts[best]}",
                    hint="give the inputs values",
                )
            best = i if beats else best
        return best

    def _check_result(
        self,
        numbers: Sequence[Any],
        parts: Sequence[Any],
        winner: int | None,
        bias: Any,
        result: Any,
    ) -> None:
        there = [p for p in parts if p is not None]
        if self.rule == "mean":  # shares cannot overflow
            there = [p / self.share(parts) for p in there]
        if winner is not None:
            made, size = parts[winner], 0.0
        elif self.rule == "norm":
            made = self._length([n for n in numbers if n is not None])
            size = 0.0 if self.exact else made
        else:
            made = self.total(there if bias is None else [*there, bias])
            size = 0.0 if self.exact else self.total([*map(abs, there), abs(bias or 0.0)])
        if not self._same(made, result, size):
            raise GradvizError(
                f"the cells of {self.op.name} do not add up to its recorded value",
                expected=result,
                got=made,
            )

    def share(self, parts: Sequence[Any]) -> int:
        """The divisor of a window's mean."""
        whole = self.options.get("count_include_pad", True)
        return len(parts) if whole else sum(p is not None for p in parts)

    def backward(self, forward: CellStep, slot: int, gradient: Any, places: Places) -> CellStep:
        """The way back of a window to one operand.

        Raises GradvizError if it differs from the op's own rule.
        """
        found = self._brought(forward, slot)
        targets = tuple(found)
        through, brought = (tuple(both[i] for both in found.values()) for i in (0, 1))
        before_, after_ = gradient(slot, forward.window - 1), gradient(slot, forward.window)
        before = tuple(self._number(before_, t) for t in targets)
        after = tuple(b + c for b, c in zip(before, brought, strict=True))
        for target, was, more, now in zip(targets, before, brought, after, strict=True):
            expected = self._number(after_, target)
            if not self._same(now, expected, 0.0 if self.exact else abs(was) + abs(more)):
                raise GradvizError(
                    f"the cells of {self.op.name} do not add up to the gradient of its operand",
                    where=f"at {target}",
                    expected=expected,
                    got=now,
                )
        self._check_end(slot, after_, forward, places)
        return CellStep(
            forward.number,
            forward.window,
            forward.of,
            slot,
            forward.place,
            forward.cells,
            forward.numbers,
            forward.parts,
            forward.winner,
            forward.bias,
            forward.result,
            self._number(self.upstream, forward.place),
            targets,
            through,
            brought,
            before,
            after,
        )

    def _brought(self, forward: CellStep, slot: int) -> dict[Place, tuple[Any, Any]]:
        """What the upstream gradient is multiplied with on its way to each cell of a window, and
        what the cell receives.
        """
        upstream = self._number(self.upstream, forward.place)
        through: dict[Place, Any] = {}
        for cell, local in zip(forward.cells[slot] or (), self._local(forward, slot), strict=True):
            if cell is not None:
                through[cell] = through[cell] + local if cell in through else local
        routed = forward.winner is not None
        return {
            cell: (local, self._zero if routed and local == 0 else upstream * local)
            for cell, local in through.items()
        }

    def _local(self, step: CellStep, slot: int) -> list[Any]:
        """The factor of the upstream gradient for each cell of the window."""
        own = step.cells[slot] or ()
        if self.rule == "products":
            if slot > 1:
                return [self._one] * len(own)
            return [self._zero if n is None else n for n in step.numbers[1 - slot] or ()]
        if step.winner is not None:
            return [self._one if i == step.winner else self._zero for i in range(len(own))]
        if self.rule == "mean":
            return [self._one / self.share(step.parts)] * len(own)
        if self.rule == "norm":
            flat = bool(step.result == 0)
            return [
                self._zero if n is None or flat else n / step.result
                for n in step.numbers[slot] or ()
            ]
        return [self._one] * len(own)

    def _check_end(self, slot: int, made: Any, step: CellStep, places: Places) -> None:
        """Check that the last window of a full walk completes the recorded contribution."""
        if step.window < step.of or not places.is_whole or self.exact:
            return
        edges = self.trace.recording.edges
        index = next(i for i, e in enumerate(edges) if (e.target, e.slot) == (self.node, slot))
        recorded = self.xp.asarray(self.trace.recording.contribution[index])
        if 0 in self.xp.shape(recorded):
            return
        with self.xp.quiet():
            worst = self.xp.max(self.xp.abs(self.xp.asarray(made) - recorded))
            size = self.xp.max(self.xp.abs(recorded))
        if not self._same(float(worst), 0.0, float(size)) and self.xp.finite(recorded):
            raise GradvizError(
                f"the windows of {self.op.name} do not add up to the recorded contribution",
                where=f"operand {self.op.inputs[slot]}",
                expected="no difference",
                got=float(worst),
            )

    @property
    def exact(self) -> bool:
        """Whether numbers are exact."""
        return bool(self.xp.name == "exact")

    @property
    def _one(self) -> Any:
        return self._number(self.xp.asarray(1), ())

    @property
    def _zero(self) -> Any:
        return self._number(self.xp.asarray(0), ())

    def _number(self, array: Any, place: Place) -> Any:
        """A cell as a Python float, or as an exact number."""
        return self.xp.asarray(array)[place] if self.exact else float(self.xp.asarray(array)[place])

    def total(self, parts: Sequence[Any]) -> Any:
        """A sum without rounding errors; infinities and NaN as floats add them."""
        if self.exact or not all(map(math.isfinite, parts)):
            return sum(parts, self._zero)
        try:
            return math.fsum(parts)
        except OverflowError:
            return sum(parts, self._zero)

    def _length(self, numbers: Sequence[Any]) -> Any:
        """The root of the sum of squares."""
        if self.exact:
            return self._number(self.xp.sqrt(self.xp.asarray(sum(n * n for n in numbers))), ())
        return math.hypot(*numbers)

    def _same(self, made: Any, recorded: Any, size: float) -> bool:
        if self.exact:
            return bool(made == recorded) or (made - recorded).equals(0) is not False
        if not (math.isfinite(made) and math.isfinite(recorded)):
            return bool(made == recorded) or (math.isnan(made) and math.isnan(recorded))
        close = CLOSE[self.trace.dtype]
        return bool(
            abs(made - recorded) <= close * size + close * close + 1e-3 * close * self._scale
        )

    @property
    def _scale(self) -> float:
        """The largest product in any window, to which fast algorithms round in proportion."""
        if self._bound is None:
            sizes = [
                float(self.xp.max(self.xp.abs(v))) if math.prod(s) else 0.0
                for v, s in zip(self.operands, self.shapes, strict=True)
            ]
            self._bound = math.prod([s for s in sizes[:2] if math.isfinite(s)])
        return self._bound
