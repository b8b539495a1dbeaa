"""The slopes of a function from the left and from the right, measured by differences of values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.changes import Changes
from gradviz.engine.program import Program
from gradviz.graph.graph import Graph

SAMPLE = 20
"""At most this many elements of an input are moved."""
EPS = float(np.finfo(float).eps)
WHOLE = 2.0**53
LEAST = float(np.finfo(float).smallest_subnormal)
GOOD = 1e-7
"""The relative error up to which the first differences are taken as they are."""
ACCEPT = 1e-4
"""The relative error up to which a slope counts as measured."""
NOTHING = 1e-6
"""An error below which a slope counts as measured, whatever its size."""
RATIO, STEPS = 8.0, 20
"""Smaller and smaller steps: each an eighth of the one before."""
SAFETY = 4.0
"""Noise is estimated from few samples: this many times the largest is allowed for."""
TRIALS = 3
JUMP, DIVERGES, STEADY = 0.01, 0.995, 5
"""A difference of values that changes by less than JUMP over STEADY ever smaller steps is a jump;
slopes whose increments shrink by less than DIVERGES grow without end.
"""

Kind = Literal["slope", "jump", "vertical", "undefined", "unknown"]


@dataclass(frozen=True, slots=True)
class Side:
    """The slope towards one side.

    kind   "slope" for a number; "jump" where the function jumps and "vertical" where the slope
           grows beyond all bounds (`value` is then ±∞); "undefined" where there is no finite value
           on this side; "unknown" where the differences do not settle.
    value  the slope; NaN where undefined.
    error  an estimate of its absolute error.
    """

    kind: Kind
    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The slopes on both sides of an element, and the nodes whose kink lies there."""

    left: Side
    right: Side
    kinks: tuple[int, ...] = field(default=())

    @classmethod
    def nothing(cls) -> Measured:
        """Of an element that was not moved."""
        return cls(Side("unknown", np.nan, np.inf), Side("unknown", np.nan, np.inf))


Noise = Callable[["_Point"], float]


@dataclass(frozen=True, slots=True)
class _Point:
    """A value of the function at a distance, the slope of the chord, and the smooth pieces."""

    step: float
    move: float
    value: float
    slope: float
    pieces: list[Any]


def sampled(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The elements to move: all of them, or always the same `SAMPLE` evenly spread ones."""
    size = int(np.prod(shape))
    flat = (
        range(size)
        if size <= SAMPLE
        else [round(i * (size - 1) / (SAMPLE - 1)) for i in range(SAMPLE)]
    )
    return [tuple(int(i) for i in np.unravel_index(k, shape)) for k in flat]


class Slopes:
    """One-sided slopes of `sum(upstream · output)` in float64.

    graph     bound.
    values    the value of every node as NumPy arrays; conditions and indices as they are.
    upstream  in the output's shape.
    """

    def __init__(self, graph: Graph, values: Sequence[Any], upstream: Any) -> None:
        self.graph, self.xp = graph, for_backend()
        self.program = Program(graph, self.xp, ())
        self.program.constants = [(i, _double(values[i])) for i, _ in self.program.constants]
        self.inputs = [_double(values[n.id]) for n in graph.inputs]
        self.upstream = np.asarray(upstream, dtype=float)
        self.pieced = [
            n.id for n in graph.nodes if not n.is_leaf and graph.op(n).pieces is not None
        ]
        self.values = self.program.forward(self.inputs)
        self.here = self._total(self.values)
        self.pieces = self._pieces(self.values)
        self.noise = self._noise(self.inputs, self.here)

    def at(self, node: int, place: tuple[int, ...]) -> Measured:
        """The slopes with respect to one element of an input."""
        x = float(np.asarray(self.inputs[node])[place])
        if not (np.isfinite(x) and np.isfinite(self.here)):
            return Measured.nothing()
        with np.errstate(all="ignore"):
            step = float(np.cbrt(EPS)) * max(1.0, abs(x))
            sides = [
                [self._point(node, place, x, sign * h) for h in (step, step / 2)]
                for sign in (-1, 1)
            ]
            if found := self._smooth(sides) or self._plain_kink(sides):
                return found
            closer = [self._closer(node, place, x, sign) for sign in (-1, 1)]
            coarse = [abs(p.slope) for points in closer for p in points[:STEADY]]
            usual = max((s for s in coarse if np.isfinite(s)), default=0.0)
            left, right = (
                self._settled(points, usual, self._noise_beside(node, place, x, points))
                for points in closer
            )
        near = [points[-1] for points in closer if points]
        return Measured(left, right, self._changed(near))

    def _smooth(self, sides: list[list[_Point]]) -> Measured | None:
        """By central differences with one Richardson extrapolation, where nothing speaks against
        it.
        """
        (below, below2), (above, above2) = sides
        if self._changed([below, below2, above, above2]):
            return None
        whole, half = (
            (a.value - b.value) / (a.step + b.step) for a, b in ((above, below), (above2, below2))
        )
        slope = (4 * half - whole) / 3
        noise = self._rounding(above2.step)
        error = abs(half - whole) + noise
        left, right = _extrapolated(below, below2), _extrapolated(above, above2)
        if error <= GOOD * abs(slope) and abs(left - right) <= ACCEPT * abs(slope):
            side = Side("slope", slope, error)
            return Measured(side, side)
        if error == 0 and left == right == slope:
            return Measured(Side("slope", slope, 0.0), Side("slope", slope, 0.0))
        return None

    def _plain_kink(self, sides: list[list[_Point]]) -> Measured | None:
        """Where the element lies on a kink, and on each side there is one smooth piece."""
        found = []
        for far, near in sides:
            if self._differ(far.pieces, near.pieces) or not self._differ(near.pieces, self.pieces):
                return None
            slope, noise = _extrapolated(far, near), self._rounding(near.step)
            error = abs(slope - near.slope) + noise
            if not error <= ACCEPT * abs(slope) and not error == slope == 0:
                return None
            found.append(Side("slope", slope, error))
        left, right = found
        return Measured(left, right, self._changed([side[1] for side in sides]))

    def _closer(self, node: int, place: tuple[int, ...], x: float, sign: int) -> list[_Point]:
        """Points nearer and nearer to the element, on every scale that the input has."""
        magnitudes = np.abs(np.asarray(self.inputs[node], dtype=float))
        finite = magnitudes[np.isfinite(magnitudes)]
        scales = {1.0, abs(x), float(finite.max(initial=0.0))} - {0.0}
        steps = sorted({s / RATIO**k for s in scales for k in range(1, STEPS + 1)}, reverse=True)
        least = 8 * float(np.spacing(abs(x)))
        kept: list[float] = []
        for step in steps:
            if step >= least and (not kept or step <= kept[-1] / 2):
                kept.append(step)
        return [self._point(node, place, x, sign * step) for step in kept]

    def _settled(self, points: list[_Point], usual: float, noise: Noise) -> Side:
        """The slope that the points lead to, from the farthest to the nearest.

        usual  how steep the function is in the wider surroundings.
        noise  how far rounding moves the value at a point.
        """
        finite = [np.isfinite(p.value) for p in points]
        if len(points) < STEADY or not any(finite[-3:]):
            return Side("undefined" if points and not any(finite[-3:]) else "unknown", np.nan, 0.0)
        points = [p for p, ok in zip(points, finite, strict=True) if ok and np.isfinite(p.slope)]
        points = self._of_the_nearest_piece(points, usual, noise)
        if len(points) < STEADY:
            return Side("unknown", np.nan, np.inf)
        return self._unbounded(points, noise) or _limit(points, [noise(p) for p in points], usual)

    def _of_the_nearest_piece(
        self, points: list[_Point], usual: float, noise: Noise
    ) -> list[_Point]:
        """Without the points beyond another kink, and without those lost in rounding."""
        reach = [max(usual, abs(p.slope)) * p.step for p in points]
        points = [p for p, r in zip(points, reach, strict=True) if SAFETY * noise(p) <= r] or points
        beyond = [i for i, p in enumerate(points) if self._differ(p.pieces, points[-1].pieces)]
        return points[beyond[-1] + 1 :] if beyond else points

    def _unbounded(self, points: list[_Point], noise: Noise) -> Side | None:
        """A jump or a vertical slope."""
        points = _evenly(points)
        least = 10 * SAFETY
        last = [p for p in points if abs(p.value - self.here) > least * noise(p)][-STEADY:]
        if len(last) < STEADY or last[-1] is not points[-1]:
            return None
        rises = [p.value - self.here for p in last]
        infinite = float(np.copysign(np.inf, last[-1].slope))
        if max(rises) - min(rises) <= JUMP * abs(rises[-1]):
            return Side("jump", infinite, 0.0)
        growth = [b.slope - a.slope for a, b in pairwise(last)]
        if all(g * infinite > 0 for g in growth) and all(
            abs(b) >= DIVERGES * abs(a) for a, b in pairwise(growth)
        ):
            return Side("vertical", infinite, 0.0)
        return None

    def _rounding(self, step: float) -> float:
        """The error of a slope over this step that rounding accounts for."""
        return SAFETY * self.noise / step

    def _noise_beside(
        self, node: int, place: tuple[int, ...], x: float, points: Sequence[_Point]
    ) -> Noise:
        """How far rounding moves the value at a point on one side."""
        least = self.noise
        if points:
            nearest = points[-1]
            inputs = self._moved(node, place, x + nearest.move)
            least = max(least, self._noise(inputs, nearest.value))
        return lambda point: max(least, EPS * abs(point.value))

    def _noise(self, inputs: Sequence[Any], value: float) -> float:
        """How far rounding moves the output: the spread when every result, and every operand of a
        sum, is moved at random by one unit in its last place.
        """
        if not np.isfinite(value):
            return 0.0
        spread = max(EPS * abs(value), LEAST)
        for seed in range(TRIALS):
            random = np.random.default_rng(seed)
            moved = self._total(self.program.forward(inputs, _rounded(self.graph, random)))
            spread = max(spread, abs(moved - value)) if np.isfinite(moved) else spread
        return float(spread)

    def _point(self, node: int, place: tuple[int, ...], x: float, step: float) -> _Point:
        values = self.program.forward(self._moved(node, place, x + step))
        value, moved_by = self._total(values), (x + step) - x
        slope = (value - self.here) / moved_by
        return _Point(abs(moved_by), moved_by, value, slope, self._pieces(values))

    def _moved(self, node: int, place: tuple[int, ...], value: float) -> list[Any]:
        """The inputs with another value for one element."""
        moved = np.array(self.inputs[node], dtype=float)
        moved[place] = value
        inputs = [*self.inputs]
        inputs[node] = self.xp.asarray(moved)
        return inputs

    def _total(self, values: Sequence[Any]) -> float:
        with self.xp.quiet():
            output = np.asarray(values[self.graph.output], dtype=float)
            return float(np.sum(np.where(self.upstream == 0, 0.0, self.upstream * output)))

    def _pieces(self, values: Sequence[Any]) -> list[Any]:
        found = []
        with self.xp.quiet():
            for node in self.pieced:
                op = self.program.ops[node]
                assert op is not None and op.pieces is not None
                operands = self.program.operands(values, node)
                found.append(op.pieces(self.xp, *operands, **self.program.options[node]))
        return found

    def _changed(self, points: Sequence[_Point]) -> tuple[int, ...]:
        """The nodes whose smooth piece is another one at some of these points."""
        return tuple(
            node
            for i, node in enumerate(self.pieced)
            if any(_unlike(p.pieces[i], self.pieces[i]) for p in points)
        )

    def _differ(self, a: list[Any], b: list[Any]) -> bool:
        return any(map(_unlike, a, b))


def gradient_noise(slopes: Slopes, wrt: Sequence[int], dtype: str) -> dict[int, Any]:
    """How far rounding moves the gradient of each of these inputs, as arrays: the spread when every
    result, contribution, and operand of a sum is moved at random by one unit in its last place.
    """
    if not wrt or dtype == "exact":
        return {}
    program = Program(slopes.graph, slopes.xp, wrt)
    program.constants = slopes.program.constants
    seed = slopes.xp.asarray(slopes.upstream)

    def gradients(changes: Changes | None) -> list[Any]:
        values = program.forward(slopes.inputs, changes)
        return program.backward(values, seed, changes)

    here, units = gradients(None), float(np.finfo(dtype).eps) / EPS
    spread = {node: np.zeros(np.shape(here[node])) for node in wrt}
    for seed_ in range(TRIALS):
        moved = gradients(_rounded(slopes.graph, np.random.default_rng(seed_)))
        with slopes.xp.quiet():
            for node in wrt:
                change = SAFETY * units * np.abs(moved[node] - here[node])
                spread[node] = np.fmax(spread[node], change)
    return spread


def _unlike(a: Any, b: Any) -> bool:
    return not np.array_equal(a, b, equal_nan=True)


def _double(value: Any) -> Any:
    """Floats in double precision; conditions and whole numbers as they are."""
    array = np.asarray(value)
    return (array.astype(float) if array.dtype.kind == "f" else array)[()]


def _extrapolated(far: _Point, near: _Point) -> float:
    """The slope at the element itself, from two chords."""
    ratio = far.step / near.step
    return (ratio * near.slope - far.slope) / (ratio - 1)


def _evenly(points: list[_Point]) -> list[_Point]:
    """From the nearest point outwards, those whose steps grow by the whole ratio each time."""
    kept = points[-1:]
    for point in reversed(points):
        if point.step >= 0.99 * RATIO * kept[-1].step:
            kept.append(point)
    return kept[::-1]


def _limit(points: list[_Point], noise: list[float], usual: float) -> Side:
    """The limit of the chords' slopes: the finest that is good enough, improved by coarser ones
    that agree with it.
    """
    found = _estimates(points, noise)
    good = [
        i
        for i, (slope, error) in enumerate(found)
        if error <= max(ACCEPT * max(abs(slope), usual), NOTHING)
    ]
    if not good:
        slope, error = min(found, key=lambda e: e[1])
        return Side("unknown", slope, error)
    finest = best = good[-1]
    for i in range(finest - 1, -1, -1):
        if abs(found[i][0] - found[finest][0]) > 2 * (found[i][1] + found[finest][1]):
            break
        best = i if found[i][1] < found[best][1] else best
    return Side("slope", *found[best])


def _estimates(points: list[_Point], noise: list[float]) -> list[tuple[float, float]]:
    """From the coarsest to the finest, extrapolated slopes and estimates of their errors."""
    slopes = [_extrapolated(a, b) for a, b in pairwise(points)]
    rounding = [2 * SAFETY * n / p.step for n, p in zip(noise[1:], points[1:], strict=True)]
    found = []
    for i in range(1, len(slopes)):
        change = abs(slopes[i] - slopes[i - 1])
        before = abs(slopes[i - 1] - slopes[i - 2]) if i > 1 else 0.0
        slow = change / before if before > 0 else 0.0
        # Slopes that settle slowly have as far to go as the geometric series says.
        ahead = change if slow < 0.5 else change * slow / (1 - slow) if slow < 1 else np.inf
        if change <= rounding[i]:
            ahead = change
        found.append((slopes[i], float(ahead + rounding[i])))
    return found


def _all_whole(values: Sequence[Any]) -> bool:
    """Whether these are whole numbers, small enough for exact arithmetic."""
    return all(
        bool(np.all((np.asarray(v) == np.round(v)) & (np.abs(v) < WHOLE)))
        for v in values
        if np.asarray(v).dtype.kind == "f"
    )


def _rounded(graph: Graph, random: Any) -> Changes:
    """Every result, contribution, and operand of an op that adds, moved by a unit in its last
    place.

    What is compared stays, so that no decision changes; so do whole numbers from whole numbers,
    which are exact.
    """

    compared = {e.source for e in graph.edges if graph.op(e.target).is_condition}

    def moved(value: Any) -> Any:
        array = np.asarray(value)
        if array.dtype.kind != "f":
            return None
        return array * (1 + EPS * random.choice([-1.0, 1.0], array.shape))

    return Changes(
        value=lambda node, operands, value: (
            None if node.id in compared or _all_whole([value, *operands]) else moved(value)
        ),
        operand=lambda edge, operand: (
            None if graph.op(edge.target).elementwise or _all_whole([operand]) else moved(operand)
        ),
        contribute=lambda use: moved(use.contribution),
    )
