"""One op cell by cell: the cells of each window and what they yield, in both directions.

A cell is an element of an array; its place is a full index tuple. A window is the set of cells from
which one output cell is made: what a kernel covers, or a row and a column.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar, Literal, overload

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Edge, Node, labels
from gradviz.graph.work import work
from gradviz.limits import Way, fitting, say_count, too_large
from gradviz.ops.op import Op, Shape
from gradviz.shown import Shown
from gradviz.trace.step import Phase
from gradviz.trace.trace import Trace

Place = tuple[int, ...]
Rule = Literal["products", "max", "min", "mean", "norm"]
"""How a window becomes one number; `norm` is the root of the sum of squares."""


class Places(Sequence[Place]):
    """A stretch of an array's places in C order, each made when asked for."""

    def __init__(self, shape: Shape, start: int = 0, stop: int | None = None) -> None:
        self.shape, self.start = tuple(shape), start
        self.stop = math.prod(shape) if stop is None else stop

    def __len__(self) -> int:
        return self.stop - self.start

    @overload
    def __getitem__(self, i: int) -> Place: ...
    @overload
    def __getitem__(self, i: slice) -> list[Place]: ...
    def __getitem__(self, i: int | slice) -> Place | list[Place]:
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        if not -len(self) <= i < len(self):
            raise IndexError(f"place {i} of {len(self)}")
        rest, found = self.start + i % len(self), []
        for size in reversed(self.shape):
            rest, index = divmod(rest, size)
            found.append(index)
        return tuple(reversed(found))

    def number(self, place: Place) -> int:
        """How many places of the whole array come before this one."""
        found = 0
        for index, size in zip(place, self.shape, strict=True):
            found = found * size + index
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the stretch covers the whole array."""
        return self.start == 0 and self.stop == math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class CellStep:
    """One window, in the forward pass or on the way back to one operand.

    number        counted from 1 over the whole walk; `window` of `of` within its phase.
    slot          the operand that receives, None in the forward pass.
    place         the output cell.
    cells         per operand the places in the window, None for a cell of padding; None for an
                  operand that takes no part. Where two operands multiply, their lists pair up.
    numbers       the numbers in these cells, in the same form; None for padding.
    parts         what is added up or compared: the products, the squares, or the numbers of the
                  window.
    winner        which of the parts is the result, where one is picked.
    bias          what is added last, None without one.
    result        the output cell's recorded value.

    On the way back, lists run over the window's cells of the operand that receives, each cell once:

    upstream      the gradient that arrived at the output cell.
    targets       the places; cells of padding are left out.
    through       what the upstream gradient is multiplied with on its way to each.
    contributions upstream times through.
    before, after each cell's gradient, as far as the walk has come, without and with this window.
    """

    number: int
    window: int
    of: int
    slot: int | None
    place: Place
    cells: tuple[tuple[Place | None, ...] | None, ...]
    numbers: tuple[tuple[Any, ...] | None, ...]
    parts: tuple[Any, ...]
    winner: int | None
    bias: Any
    result: Any
    upstream: Any = None
    targets: tuple[Place, ...] = ()
    through: tuple[Any, ...] = ()
    contributions: tuple[Any, ...] = ()
    before: tuple[Any, ...] = ()
    after: tuple[Any, ...] = ()


@dataclass(frozen=True, eq=False)
class CellTrace(Shown):
    """The walk (`gradviz.trace.walks`) over a node of a trace cell by cell: every window forward,
    then every window back to each operand in turn.

    places   the output cells that are walked over, in order.
    slots    the operands that receive a gradient, in order; a phase for each follows the forward
             pass.
    make     makes step k; `gradient(slot, windows)` is an operand's gradient after so many windows.
             Both are worked out when asked for, from what the trace recorded.
    add      adds numbers up, without rounding errors where they are decimal.
    finite   whether all numbers are finite. Else gradients are added up window by window.
    """

    kind: ClassVar = "cells"

    trace: Trace
    node: int
    rule: Rule
    places: Places
    slots: tuple[int, ...]
    make: Callable[[int], CellStep]
    gradient: Callable[[int, int], Any]
    add: Callable[[Sequence[Any]], Any]
    finite: bool

    def __repr__(self) -> str:
        return f"<CellTrace of {self.row.op}: {len(self.places)} windows, {len(self)} steps>"

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.places) * (1 + len(self.slots))

    def step(self, number: int) -> CellStep:
        """Step `number`, counted from 1. Raises ValueInputError beyond the end."""
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(self):
            raise ValueInputError(
                f"there is no step {number}", expected=f"a step from 1 to {len(self)}", got=number
            )
        return self.make(number)

    def __iter__(self) -> Iterator[CellStep]:
        """Every step in order."""
        return (self.step(k) for k in range(1, len(self) + 1))

    def where(self, number: int) -> tuple[int | None, int]:
        """The receiving slot (None forward) and the window, counted from 1, of a step; (None, 0)
        for step 0.
        """
        if number == 0:
            return None, 0
        phase, window = divmod(number - 1, len(self.places))
        return (self.slots[phase - 1] if phase else None), window + 1

    def total(self, step: CellStep, terms: Sequence[int] | None = None) -> Any:
        """What some of the parts of a window add up to; all of them by default."""
        chosen = step.parts if terms is None else [step.parts[k] for k in terms]
        return self.add([p for p in chosen if p is not None])

    @property
    def source(self) -> str:
        """The text of the graph."""
        return self.trace.source

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass: one per window."""
        return len(self.places)

    def phase(self, number: int) -> Phase:
        """The pass that step `number` belongs to; `start` for 0."""
        return "start" if not number else "forward" if self.where(number)[0] is None else "backward"

    def trace_step(self, number: int) -> int:
        """The step of the trace that step `number` belongs to: the one that computes the node, or
        that sends its gradient to the operand.
        """
        slot, window = self.where(number)
        if slot is None:
            return self.trace.known_since(self.node) if window else 0
        edge = Edge(self.row.inputs[slot], self.node, slot)
        found = self.trace.step_of(edge)
        assert found is not None
        return found

    def first_step(self, slot: int | None) -> int:
        """The number of the first step of a phase."""
        phase = 0 if slot is None else 1 + self.slots.index(slot)
        return phase * len(self.places) + 1

    @property
    def row(self) -> Node:
        """The node."""
        return self.trace.graph.nodes[self.node]

    @property
    def op(self) -> Op:
        """The op of the node."""
        return self.trace.graph.op(self.node)

    @cached_property
    def labels(self) -> dict[int, str]:
        """The label of every node of the trace."""
        return labels(self.trace.graph)

    def name(self, slot: int) -> str:
        """The name of the operand at `slot`: its label in the trace, or the op's name for it."""
        return self.labels.get(self.row.inputs[slot], self.op.inputs[slot])

    @property
    def output(self) -> str:
        """The name of the node."""
        return self.labels.get(self.node, "y")

    def value(self, slot: int | None) -> Any:
        """The array of an operand; of the output for None."""
        return self.trace.values[self.node if slot is None else self.row.inputs[slot]]

    def shape(self, slot: int | None) -> Shape:
        """The shape of an operand; of the output for None."""
        return tuple(self.trace.xp.shape(self.value(slot)))

    def window(self, place: Place) -> tuple[tuple[Place | None, ...] | None, ...]:
        """Per operand the places that feed an output cell, as the op declares them."""
        shapes = [self.shape(slot) for slot in range(len(self.row.inputs))]
        fed = self.op.cells_at(place, *shapes, **self.row.options)
        return tuple(None if cells is None else tuple(cells) for cells in fed)

    def reached(self, slot: int, windows: int) -> set[Place]:
        """The cells of an operand that so many windows hold.

        The windows are looked at once, as far as asked for.
        """
        found, seen = self._first_windows.setdefault(slot, ({}, [0]))
        for k in range(seen[0], windows):
            for cell in self.window(self.places[k])[slot] or ():
                if cell is not None:
                    found.setdefault(cell, k)
        seen[0] = max(seen[0], windows)
        return {cell for cell, first in found.items() if first < windows}

    @cached_property
    def _first_windows(self) -> dict[int, tuple[dict[Place, int], list[int]]]:
        """Per operand: the first window that holds each cell, and how many windows were looked
        at.
        """
        return {}

    @property
    def upstream(self) -> Any:
        """The node's gradient as the trace recorded it; None without a backward pass."""
        return self.trace.gradients[self.node]

    @property
    def has_backward(self) -> bool:
        """Whether any operand receives a gradient."""
        return bool(self.slots)


def largest(parts: Sequence[Any], count: int) -> list[int]:
    """Which `count` of some terms are the largest in size, in order; NaN is larger than all."""

    def size(k: int) -> float:
        try:
            found = abs(float(parts[k]))
        except TypeError:  # padding, and numbers that depend on symbols
            return 0.0 if parts[k] is None else math.inf
        return math.inf if math.isnan(found) else found

    return sorted(sorted(range(len(parts)), key=size, reverse=True)[:count])


MOST = 10**12
"""More operations than this, an hour of work, are not begun."""
TELLING = 10**6
"""The operations that could be done while a step is told."""
ADDING = 2_000
"""The operations that could be done while one cell of a window is added up."""


def foresee(walk: CellTrace, steps: Sequence[int]) -> None:
    """Raise ValueInputError if making these steps takes more than `MOST` operations.

    On the way back each step runs the op's whole rule, once for its window. Where numbers are not
    finite, it adds up its window, and the first step also those before it.
    """
    needs = list(accumulate(_operations(walk, steps)))
    if not needs or needs[-1] <= MOST:
        return

    def until(stop: int) -> int:
        count = bisect_right(steps, stop)
        return needs[count - 1] if count else 0

    said = too_large(
        f"{len(steps):,} steps through {walk.row.op} need",
        f"about {say_count(needs[-1])} operations",
        f"at most {say_count(MOST)} are done",
        fitting([Way(f"--steps {steps[0]}-{{}}", steps[-1], until)], MOST),
    )
    raise ValueInputError(said)


def _operations(walk: CellTrace, steps: Sequence[int]) -> Iterator[int]:
    """What each step takes."""
    rule = work(walk.trace.graph, walk.row)
    cells = max(map(len, filter(None, walk.window(walk.places[0]))), default=0) if steps else 0
    before: tuple[int | None, int] = None, 0
    for k in steps:
        slot, window = walk.where(k)
        if slot is None:
            yield TELLING
        elif walk.finite:
            yield TELLING + rule
        else:
            done = before[1] if before[0] == slot and before[1] <= window else 0
            yield TELLING + ADDING * cells * (window - done)
        before = slot, window
