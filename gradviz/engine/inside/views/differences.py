"""The numerical gradient of an input, entry by entry."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradviz.engine.changes import Changes
from gradviz.engine.inside.views import View
from gradviz.engine.program import Program
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.ops.op import say_shape
from gradviz.trace import Trace
from gradviz.trace.differences import DifferenceStep, DifferenceTrace, Sides, Slips

H: Final = 0.001
MOST_ROWS, MOST_COLUMNS = 8, 8
MOST_DECIMALS: Final = 15


def differences(
    trace: Trace,
    name: str | None = None,
    *,
    h: float = H,
    sides: Sides = "forward",
    decimals: int | None = None,
    cut: tuple[str, int] | None = None,
    keeps: bool = False,
) -> DifferenceTrace:
    """The walk over the numerical gradient of an input: h is added to one entry after the other.

    name      the input; by default the first array that has a gradient, else the first number.
    h         the step.
    sides     "forward" for (L(W + h) − L(W))/h, "central" for (L(W + h) − L(W − h))/2h.
    decimals  round the losses to so many, as on a slide.
    cut       ("f", 3): cut the values of f to three decimals, in L(W) alone.
    keeps     never take an h back.

    Raises ValueInputError for a run without a single loss or of exact numbers, for an h that is not
    above 0, and for an input of too many entries; UnknownNameError for a name that does not exist.
    """
    if trace.backend == "exact":
        raise ValueInputError(
            "differences are taken of decimal numbers", expected="--backend numpy", got="exact ones"
        )
    if trace.graph.nodes[trace.graph.output].shape or not trace.has_backward:
        raise ValueInputError(
            "a numerical gradient is that of a single number",
            expected="a scalar output",
            got=trace.note or "an array",
        )
    if isinstance(h, bool) or not isinstance(h, int | float) or not 0 < h < math.inf:
        raise ValueInputError("h is a number above 0", got=f"{h!r:.40}")
    if sides not in ("forward", "central"):
        raise ValueInputError(
            "h goes to one side or to both", expected="forward or central", got=f"{sides!r:.40}"
        )
    _check(decimals, cut)
    return _Maker(trace, _input(trace, name), float(h), sides, Slips(decimals, cut, keeps)).walk()


def _check(decimals: Any, cut: Any) -> None:
    """Raise ValueInputError for decimals that are none."""

    def is_count(value: Any) -> bool:
        return type(value) is int and 0 <= value <= MOST_DECIMALS

    if decimals is not None and not is_count(decimals):
        raise ValueInputError(
            "this is no number of decimals",
            expected=f"a whole number from 0 to {MOST_DECIMALS}",
            got=f"{decimals!r:.40}",
        )
    pair = isinstance(cut, tuple) and len(cut) == 2 and isinstance(cut[0], str)
    if cut is not None and not (pair and is_count(cut[1])):
        raise ValueInputError(
            "this does not say what is cut",
            expected='a node and its decimals: ("f", 3)',
            got=f"{cut!r:.40}",
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number above 0, such as 0.01") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_DECIMALS:
        raise ValueError(f"a whole number from 0 to {MOST_DECIMALS}")
    return int(text)


def _pair(text: str) -> tuple[str, int]:
    name, _, decimals = text.rpartition(":")
    if not name:
        raise ValueError("a node and its decimals, such as f:3")
    return name, _count(decimals)


def _truth(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("yes or no")
    return text == "yes"


VIEW = View(
    "the numerical gradient, entry by entry",
    differences,
    options={
        "name": str,
        "h": _number,
        "sides": str,
        "decimals": _count,
        "cut": _pair,
        "keeps": _truth,
    },
)


def _input(trace: Trace, name: str | None) -> int:
    nodes = [trace.graph.nodes[i] for i in trace.wrt]
    if not nodes:
        raise ValueInputError(
            "a numerical gradient is that of an input, and this run has none",
            expected="a run with an input",
        )
    if name is None:
        node = next((n for n in nodes if n.shape), nodes[0])
    else:
        there = {n.name: n for n in nodes}
        if name not in there:
            raise UnknownNameError(
                f"there is no input {name!r:.60} with a gradient",
                expected=", ".join(there),
                hint=did_you_mean(name, there),
            )
        node = there[name]
    rows, columns = _sides(node.shape or ())
    if not 0 < rows <= MOST_ROWS or not 0 < columns <= MOST_COLUMNS:
        raise ValueInputError(
            f"{node.name} is too large for a table of differences",
            expected=f"at most {MOST_ROWS} rows and {MOST_COLUMNS} columns",
            got=say_shape(node.shape or ()),
            hint="--wrt names another input",
        )
    return node.id


def _sides(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of the table."""
    if len(shape) < 2:
        return 1, math.prod(shape)
    return math.prod(shape[:-1]), shape[-1]


class _Maker:
    """Computes the losses of one table."""

    def __init__(self, trace: Trace, node: int, h: float, sides: Sides, slips: Slips) -> None:
        self.trace, self.node, self.h, self.sides, self.slips = trace, node, h, sides, slips
        graph, self.xp = trace.graph, trace.xp
        self.program = Program(graph, self.xp, ())
        self.inputs = [trace.values[n.id] for n in graph.inputs]
        self.slot = [n.id for n in graph.inputs].index(node)
        self.shape = graph.nodes[node].shape or ()
        self.table = np.asarray(trace.values[node], dtype=float).reshape(_sides(self.shape))
        self.exact = np.asarray(trace.gradients[node], dtype=float).reshape(self.table.shape)
        self.cut = None if slips.cut is None else (graph.find(slips.cut[0]), slips.cut[1])

    def walk(self) -> DifferenceTrace:
        """The walk."""
        graph = self.trace.graph
        places = tuple((int(i), int(j)) for i, j in np.ndindex(self.table.shape))
        return DifferenceTrace(
            trace=self.trace,
            name=graph.nodes[self.node].name,
            output=graph.names.get(graph.output, "") or "f",
            rows=_rows(self.table),
            exact=_rows(self.exact),
            shape=tuple(self.shape),
            h=self.h,
            sides=self.sides,
            places=places,
            held=(self.trace.forward_steps,) * len(places),
            make=lru_cache(maxsize=None)(self.step),
            slips=self.slips,
        )

    def step(self, number: int) -> DifferenceStep:
        """Entry `number`."""
        i, j = divmod(number - 1, self.table.shape[1])
        there, here = self._loss(number, self.h), self._loss(0, 0.0, cuts=True)
        width = self.h
        if self.sides == "central":
            here, width = self._loss(number, -self.h), 2 * self.h
        value, exact = float(self.table[i, j]), float(self.exact[i, j])
        slope = (there - here) / width
        moved = value + self.h
        return DifferenceStep(number, (i, j), value, moved, here, there, slope, exact)

    def _loss(self, number: int, h: float, *, cuts: bool = False) -> float:
        """The loss with h added to an entry, counted from 1, and to those before that keep it."""
        moved = self.table.copy()
        kept = range(1, number + 1) if self.slips.keeps else range(number, number + 1)
        for k in kept:
            if k:
                moved[divmod(k - 1, self.table.shape[1])] += h
        inputs = [*self.inputs]
        inputs[self.slot] = self.xp.asarray(moved.reshape(self.shape))
        changes = Changes(value=self._cut) if cuts and self.cut is not None else None
        with self.xp.quiet():
            values = self.program.forward(inputs, changes)
        loss = float(np.asarray(values[self.trace.graph.output]))
        return loss if self.slips.decimals is None else round(loss, self.slips.decimals)

    def _cut(self, node: Any, operands: Any, value: Any) -> Any:
        """The values of the node that is cut, without their further decimals."""
        assert self.cut is not None
        if node.id != self.cut[0]:
            return None
        scale = 10.0 ** self.cut[1]
        digits = np.round(np.asarray(value) * scale, 9)  # −0.118 · 1000 is not quite −118
        return self.xp.asarray(np.trunc(digits) / scale)


def _rows(table: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, row)) for row in table)
