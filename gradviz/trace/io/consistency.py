"""Whether a trace agrees with the formulas of its ops: what was computed, and what was contributed.

Exact numbers are computed again exactly. A float agrees if it lies between what the formula gives
when its operands move in their last digits. So a sum that cancels, a tie that an earlier edition
decided otherwise, and another machine's last digit pass, and a changed number does not.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any
from zlib import crc32

from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.graph import Graph, Node, labels
from gradviz.graph.work import work
from gradviz.ops.contributions import contribution, reduction, sum_broadcast
from gradviz.ops.op import Op
from gradviz.trace.io import Recorded
from gradviz.trace.step import Step

WORK = 100_000
"""Elements of work: a trace that takes more is checked on a sample when it is read."""
SAMPLE = 64
"""Elements of a large elementwise step that a sample looks at."""
EXACT = 100
"""How many floats take as long as one exact number."""
DRAWS = 2
"""How many random directions the operands are moved in, each there and back."""

FAILURES = (GradvizError, ArithmeticError, LookupError, TypeError, ValueError)
"""What a formula raises on operands that it cannot take, such as a label beyond the classes."""

DIGITS = {"float64": 1e-12, "float32": 1e-4}
"""How far the last digits of a number reach, relative to it."""

Formula = Callable[..., Any]


def check(trace: Recorded, at_most: int | None = WORK) -> None:
    """Raise TraceFormatError for a trace that contradicts itself, naming the step.

    at_most  how many elements of work it may take; beyond that a fixed sample of the steps, and of
             the elements of elementwise steps, is checked. None checks everything.
    """
    audit = _Audit(trace)
    steps = list(audit.checkable())
    with audit.xp.quiet():
        if at_most is None or sum(map(audit.work, steps)) <= at_most:
            for number in steps:
                audit.check(number)
        else:
            audit.check_some(steps, at_most)


def check_steps(trace: Recorded, numbers: Iterable[int]) -> None:
    """Raise TraceFormatError if one of these steps does not agree with the formula of its op."""
    audit = _Audit(trace)
    with audit.xp.quiet():
        for number in numbers:
            audit.check(number)


def contradiction(number: int, what: str, **parts: Any) -> TraceFormatError:
    """The error about a trace that contradicts itself at a step, counted from 1."""
    where = parts.pop("where", f"steps[{number - 1}]")
    return TraceFormatError(
        f"this trace contradicts itself at step {number}: {what}",
        where=where,
        hint=parts.pop("hint", "make the trace again from its source"),
        **parts,
    )


class _Audit:
    """One trace, as NumPy's floats."""

    def __init__(self, trace: Recorded) -> None:
        from gradviz.arrays import for_backend

        self.trace, self.graph, self.steps = trace, trace.graph, trace.steps
        self.exact = trace.backend == "exact"
        self.xp = for_backend("numpy", "float64" if self.exact else trace.dtype)
        self.forward = [n.id for n in self.graph.nodes if not n.is_leaf]
        self.floats: Callable[[Any], Any] = (
            in_floats(trace.graph) if self.exact else lambda value: value
        )
        self._work: dict[int, int] = {}
        self.exactly = for_backend("exact") if self.exact else None

    def checkable(self) -> Iterable[int]:
        """The numbers of the steps that an op's formula stands behind: not those of folded
        scopes.
        """
        hidden = {i for i in self.forward if self.graph.op(i).hidden}
        edges = self.trace.recording.edges
        yield from (k for k, node in enumerate(self.forward, 1) if node not in hidden)
        first = len(self.forward) + 2
        yield from (k for k, edge in enumerate(edges, first) if edge.target not in hidden)

    def _target(self, number: int) -> int:
        if number <= len(self.forward):
            return self.forward[number - 1]
        found: int = self.trace.recording.edges[number - len(self.forward) - 2].target
        return found

    def _shape(self, node: int) -> tuple[int, ...]:
        return self.graph.nodes[node].shape or ()

    def work(self, number: int) -> int:
        """How much work it is to compute a step again, in elements."""
        target = self._target(number)
        if target not in self._work:
            self._work[target] = self._work_of(self.graph.nodes[target])
        return self._work[target]

    def _work_of(self, node: Node) -> int:
        return work(self.graph, node) * (EXACT if self.exact else 1)

    def check_some(self, steps: list[int], at_most: int) -> None:
        """Check a fixed sample of the steps, and of the elements of elementwise ones."""
        for number in random.Random(0).sample(steps, len(steps)):
            work = self.work(number)
            sampled = work > SAMPLE and self.can_be_sampled(number)
            work = min(work, SAMPLE) if sampled else work
            if work <= at_most:
                at_most -= work
                self.check(number, sampled=sampled)

    def can_be_sampled(self, number: int) -> bool:
        """Whether the elements of a step can be computed each by itself."""
        if not self.graph.op(self._target(number)).elementwise or self.exact:
            return False
        return number <= len(self.forward) or not self.steps[number - 1].summed

    def check(self, number: int, *, sampled: bool = False) -> None:
        """Compute a step again. Raises TraceFormatError if it comes out differently."""
        target = self._target(number)
        op, node = self.graph.op(target), self.graph.nodes[target]
        if self.exact:
            self._check_exactly(number, op, node)
        options = {k: self.xp.number(v) for k, v in node.options.items()}
        values = [self.floats(self.trace.values[i]) for i in node.inputs]
        for slot in self.graph.truths.get(target, ()):
            values[slot] = self.xp.asreal(values[slot])
        value = self.floats(self.trace.values[target])
        step = self.steps[number - 1] if number > len(self.forward) else None
        given = [] if step is None else [self.floats(step.upstream), value]
        chosen = self._places(node.shape or ()) if sampled else None
        if chosen is not None:
            wide = self._shape(target)
            values, given = self._at(chosen, wide, values), self._at(chosen, wide, given)
            value = self._at(chosen, wide, [value])[0]
        moving = [op.differentiable(slot) for slot in range(len(values))]
        if step is not None:
            self._backward(step, op, given, values, moving, options, chosen)
            return
        self._compare(
            number,
            "value",
            value,
            lambda *operands: op.forward(self.xp, *operands, **options),
            values,
            moving,
        )

    def _check_exactly(self, number: int, op: Op, node: Node) -> None:
        """Compute an exact step again with exact numbers. Raises TraceFormatError if it comes out
        differently; what cannot be computed so is left to the floats.
        """
        xp: Any = self.exactly
        options = {k: xp.number(v) for k, v in node.options.items()}
        values = [self.trace.values[i] for i in node.inputs]
        for slot in self.graph.truths.get(node.id, ()):
            values[slot] = xp.asreal(values[slot])
        value = self.trace.values[node.id]
        pairs: dict[str, tuple[Any, Any]] = {}
        try:
            if number <= len(self.forward):
                pairs["value"] = value, op.forward(xp, *values, **options)
            elif not _ties(xp, op, value, values, options):
                step = self.steps[number - 1]
                edge = step.edge
                assert edge is not None
                reduced = reduction(op, self._shape(edge.target), self._shape(edge.source))
                local, brought = contribution(
                    xp,
                    op,
                    edge.slot,
                    self.graph.routes(edge),
                    reduced,
                    step.upstream,
                    value,
                    values,
                    options,
                )
                if step.local is not None and local is not None:
                    pairs["local"] = step.local, local
                pairs["contribution"] = step.contribution, brought
        except FAILURES:
            return
        for name, (found, expected) in pairs.items():
            wrong = _different(self.graph, found, expected)
            if wrong.any():
                raise self._contradiction(number, name, found, expected, wrong)

    def _at(self, places: Any, wide: tuple[int, ...], arrays: Sequence[Any]) -> list[Any]:
        """Some elements of arrays that broadcast to a shape."""
        import numpy as np

        return [np.broadcast_to(array, wide)[places] for array in arrays]

    def _backward(
        self,
        step: Step,
        op: Op,
        given: list[Any],
        values: list[Any],
        moving: list[bool],
        options: dict[str, Any],
        chosen: Any,
    ) -> None:
        edge, xp, number = step.edge, self.xp, step.number
        assert edge is not None
        wide = self._shape(edge.target)
        routes = self.graph.routes(edge)
        reduced = reduction(op, wide, self._shape(edge.source))
        recorded = self.floats(step.contribution)
        local = None if step.local is None else self.floats(step.local)
        if chosen is not None:
            reduced = (), xp.shape(given[0]), xp.shape(given[0])
            recorded, local = self._at(chosen, wide, [recorded, local])

        def again(upstream: Any, value: Any, *operands: Any) -> Any:
            return contribution(
                xp, op, edge.slot, routes, reduced, upstream, value, operands, options
            )

        def product(upstream: Any, factor: Any) -> Any:
            return sum_broadcast(xp, upstream * factor, *reduced)

        arguments, moved = [*given, *values], [True, True, *moving]
        scale = given[0]
        if local is not None:
            self._compare(number, "local", local, lambda *xs: again(*xs)[0], arguments, moved)
        # A routed gradient is selected: 0, and not 0 · ∞. Earlier editions multiplied.
        if op.elementwise and self._agrees(recorded, product, [given[0], local], [True] * 2, scale):
            return
        self._compare(
            number, "contribution", recorded, lambda *xs: again(*xs)[1], arguments, moved, scale
        )

    def _places(self, shape: tuple[int, ...]) -> Any:
        """The places of a fixed sample of an array's elements."""
        import numpy as np

        size = math.prod(shape)
        flat = sorted(random.Random(size).sample(range(size), min(size, SAMPLE)))
        return np.unravel_index(flat, shape)

    def _agrees(self, *given: Any) -> bool:
        return strange(*given) is None

    def _compare(
        self,
        number: int,
        name: str,
        found: Any,
        again: Formula,
        arguments: list[Any],
        moving: list[bool],
        scale: Any = 1.0,
    ) -> None:
        """Raise TraceFormatError unless what was recorded agrees with the formula."""
        try:
            odd = strange(found, again, arguments, moving, scale)
        except FAILURES as error:
            raise contradiction(
                number,
                f"{self._said(number)} cannot be computed from the values in it",
                got=error.what if isinstance(error, GradvizError) else error,
            ) from None
        if odd is not None:
            raise self._contradiction(number, name, found, *odd)

    def _said(self, number: int) -> str:
        target = self._target(number)
        return (
            f"{labels(self.graph).get(target, f'node {target}')} = {self.graph.op(target).name}(…)"
        )

    def _contradiction(
        self, number: int, name: str, found: Any, expected: Any, wrong: Any
    ) -> TraceFormatError:
        import numpy as np

        told = {
            "value": "the value of {} is not what its op gives",
            "local": "the local gradient of {} is not what its op gives",
            "contribution": "the contribution of {} is not what its op gives",
        }[name].format(self._said(number))
        place = tuple(int(i) for i in np.argwhere(np.asarray(wrong))[0]) if np.ndim(wrong) else ()
        where = f"steps[{number - 1}]"
        where += f".{name}" if name != "value" else f", values.{self._target(number)}"
        at = f" at {list(place)}" if place else ""
        expected, found = (
            np.broadcast_to(np.asarray(a), np.shape(wrong))[place] for a in (expected, found)
        )
        return contradiction(
            number, told, where=where, expected=f"{expected}{at}", got=f"{found}{at}"
        )


def strange(
    found: Any,
    again: Formula,
    arguments: list[Any],
    moving: list[bool],
    scale: Any,
    *,
    each: bool = False,
) -> tuple[Any, Any] | None:
    """What the formula gives, and a mask of the elements that disagree; None if all agree.

    scale  what the formula's own rounding is relative to.
    each   whether the elements are values of their own, and not those of one array.
    """
    import numpy as np

    expected: Any = again(*arguments)
    if np.shape(found) == () and found == expected:
        return None
    found, expected = np.asarray(found), np.asarray(expected)
    if found.dtype.kind == "b" or expected.dtype.kind == "b":
        wrong = np.not_equal(found.astype(float), expected.astype(float))
        return (expected, wrong) if wrong.any() else None
    info = np.finfo(found.dtype if found.dtype.kind == "f" else float)
    digits = DIGITS.get(info.dtype.name, DIGITS["float64"])
    if not _outside(found, expected, expected, digits, 0).any():
        return None
    size = np.abs(scale) if each else _largest(scale)
    lowest = highest = expected
    for moved in _moved(arguments, moving, digits, 1e8 * float(info.tiny)):
        near = np.asarray(again(*moved))
        near = np.where(np.isfinite(near), near, expected)
        lowest, highest = np.minimum(lowest, near), np.maximum(highest, near)
    wrong = _outside(found, lowest, highest, digits, 8 * float(info.eps) * size)
    # Where numbers leave the range of floats on the way, other editions' formulas may do so too.
    extreme = [_extreme(np.asarray(a, dtype=float), float(info.max) ** (1 / 3)) for a in arguments]
    beyond = reduce(np.logical_or, extreme) if each else any(e.any() for e in extreme)
    wrong = wrong & ~(beyond & (np.isnan(found) | np.isinf(found) & np.isfinite(expected)))
    return (expected, wrong) if wrong.any() else None


def _largest(array: Any) -> float:
    import numpy as np

    return float(np.max(np.abs(array), initial=0))


def _outside(found: Any, lowest: Any, highest: Any, digits: float, floor: float) -> Any:
    import numpy as np

    slack = np.maximum(np.abs(lowest), np.abs(highest)) * digits + floor
    inside = (found >= lowest - slack) & (found <= highest + slack) & np.isfinite(found)
    same = (found == lowest) & (found == highest) | np.isnan(found) & np.isnan(lowest)
    return ~(inside & np.isfinite(lowest) & np.isfinite(highest) | same)


def _moved(
    arguments: list[Any], moving: list[bool], small: float, tiny: float
) -> Iterable[list[Any]]:
    """The arguments with each number moved in its last digits, and 0 to the smallest floats."""
    import numpy as np

    rng = np.random.default_rng(0)
    for _ in range(DRAWS):
        signs = [rng.choice([-1.0, 1.0], np.shape(a)) for a in arguments]
        for way in (small, -small):
            yield [
                (a + way * s * (np.abs(a) + tiny / small)).astype(np.asarray(a).dtype)
                if moves and np.asarray(a).dtype.kind == "f"
                else a
                for a, s, moves in zip(arguments, signs, moving, strict=True)
            ]


def _extreme(numbers: Any, most: float) -> Any:
    """Which finite numbers are beyond `most`, or as near to 0."""
    import numpy as np

    sizes = np.abs(numbers)
    return np.isfinite(sizes) & (sizes > most) | (sizes != 0) & (sizes < 1 / most)


def _ties(xp: Any, op: Op, value: Any, values: list[Any], options: dict[str, Any]) -> bool:
    """Whether an op may have to decide a tie, which earlier editions decided otherwise."""
    if op.tied is None:
        return op.routes is not None or op.combine in ("max", "min")
    found = xp.asarray(op.tied(xp, value, *values, **options))
    return any(str(tie) != "False" for tie in found.flat)


def equal(graph: Graph, a: Any, b: Any) -> bool:
    """Whether exact arrays hold the same numbers."""
    return not _different(graph, a, b).any()


def _different(graph: Graph, a: Any, b: Any) -> Any:
    from gradviz.arrays.exact import different

    return different(a, b, _point(graph))


def in_floats(graph: Graph) -> Callable[[Any], Any]:
    """A function that gives exact values as floats; symbols stand for fixed numbers."""
    from gradviz.arrays.exact import floats

    return lambda value: floats(value, _point(graph))[()]


def _point(graph: Graph) -> Mapping[str, float]:
    """Fixed numbers for the inputs that are symbols, and for symbols within them."""
    return _Point({n.name: 0.4 + 0.61803 * k for k, n in enumerate(graph.inputs, 1)})


class _Point(dict[str, float]):
    def __missing__(self, name: str) -> float:
        return 0.3 + crc32(name.encode()) % 10_007 / 6_000
