"""A transposed convolution as stamps of its kernel on the output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np

from gradviz.engine.inside.views import View
from gradviz.errors import GradvizError, ValueInputError
from gradviz.ops.op import say_shape
from gradviz.trace.cells import CellTrace, Place
from gradviz.trace.stamps import Imprint, Stamp, StampStep, StampTrace
from gradviz.trace.trace import Trace
from gradviz.trace.walks import Walk

MOST_STAMPS: Final = 400
"""With more stamps than this, only those on the first channel of the output are walked through."""
MOST_CELLS: Final = 1_000_000
"""Of all stamps together."""
CLOSE: Final = {"float64": 1e-9, "float32": 1e-3}


def stamps(trace: Trace) -> StampTrace:
    """The walk over the first transposed convolution of a trace. Raises ValueInputError without
    one, for exact numbers and for more cells than are walked through.
    """
    nodes = (n.id for n in trace.graph.nodes if not n.is_leaf and _stamps(trace, n.id))
    node = next(nodes, None)
    if node is None:
        raise ValueInputError(
            "there is no transposed convolution, whose input cells stamp its kernel",
            expected="a graph with a transposed convolution in it",
        )
    return _Maker(trace, node).walk()


def inside(walk: Walk) -> StampTrace:
    """The same for the node that was stepped into; raises likewise."""
    if isinstance(walk, CellTrace):
        if not _stamps(walk.trace, walk.node):
            raise ValueInputError(
                f"the cells of {walk.op.called} stamp nothing", expected="a transposed convolution"
            )
        return _Maker(walk.trace, walk.node).walk()
    return stamps(walk.trace)


VIEW = View("a transposed convolution, stamp by stamp", stamps, inside)


def _stamps(trace: Trace, node: int) -> bool:
    """Whether an op has a kernel without a window that slides over its input."""
    op = trace.graph.op(node)
    return op.window is None and op.combine == "products" and "kernel" in op.roles


class _Maker:
    """Makes the stamps of one node from what its trace recorded."""

    def __init__(self, trace: Trace, node: int) -> None:
        if trace.backend == "exact":
            raise ValueInputError(
                "stamps are drawn of decimal numbers", expected="--backend numpy", got="exact ones"
            )
        self.trace, self.node = trace, node
        self.row, self.op = trace.graph.nodes[node], trace.graph.op(node)
        self.operands = [self._array(i) for i in trace.graph.args[node]]
        self.x, self.w = self.operands[:2]
        self.b = self.operands[2] if len(self.operands) > 2 else None
        self.y = self._array(node)
        self.lead = (0,) * (self.y.ndim - 3)  # the first sample of a batch
        self.channels = self.y.shape[-3]
        channel = math.prod(self.y.shape[-2:]) * self.w[0, 0].size * self.x.shape[-3]
        if channel > MOST_CELLS:
            raise ValueInputError(
                "this transposed convolution is too large to be walked through stamp by stamp",
                expected=f"at most {MOST_CELLS:,} products of a channel",
                got=f"{channel:,}, from {say_shape(self.x.shape)} and {say_shape(self.w.shape)}",
            )
        self.targets = lru_cache(maxsize=8)(self._targets)

    def _array(self, node: int) -> Any:
        return np.asarray(self.trace.xp.plain(self.trace.values[node]), dtype=float)

    def walk(self) -> StampTrace:
        """The walk, with as many channels of the output as are stepped through."""
        places = self._places(0)
        if len(places) * self.channels <= MOST_STAMPS:
            places = [p for channel in range(self.channels) for p in self._places(channel)]
        known = self.trace.known_since(self.node)
        made = StampTrace(
            trace=self.trace,
            node=self.node,
            places=tuple(places),
            held=(known,) * len(places),
            make=lru_cache(maxsize=64)(self.step),
            reached=lru_cache(maxsize=64)(self.reached),
        )
        self.stamped = made.places
        self._check()
        return made

    def _places(self, channel: int) -> list[Stamp]:
        """The cells that stamp on a channel of the output, in order."""
        cells = {cell for cell, _ in self.targets(channel)}
        return [Stamp(channel, cell) for cell in sorted(cells)]

    def _targets(self, channel: int) -> dict[tuple[Place, Place], Place]:
        """By input cell and weight, the place on a channel of the output."""
        shapes = [tuple(v.shape) for v in self.operands]
        found: dict[tuple[Place, Place], Place] = {}
        for at in np.ndindex(*self.y.shape[-2:]):
            place = (*self.lead, channel, *at)
            cells, weights, *_ = self.op.cells_at(place, *shapes, **self.row.options)
            for cell, weight in zip(cells or (), weights or (), strict=True):
                found[tuple(cell), tuple(weight)] = place
        return found

    def reached(self, k: int) -> dict[Place, float]:
        """What stands on each cell of the output that was stamped by step k; with a bias all of a
        channel that was begun.
        """
        found: dict[Place, float] = {}
        for place in self.stamped[:k]:
            self._begin(found, place.channel)
            for (cell, weight), target in self._of(place):
                found[target] = found.get(target, 0.0) + float(self.x[cell]) * float(self.w[weight])
        return found

    def _begin(self, found: dict[Place, float], channel: int) -> None:
        if self.b is not None and (*self.lead, channel, 0, 0) not in found:
            for at in np.ndindex(*self.y.shape[-2:]):
                found[(*self.lead, channel, *at)] = float(self.b[channel])

    def _of(self, place: Stamp) -> Sequence[tuple[tuple[Place, Place], Place]]:
        pairs = self.targets(place.channel).items()
        return [(pair, target) for pair, target in pairs if pair[0] == place.cell]

    def step(self, number: int) -> StampStep:
        """One stamp."""
        place = self.stamped[number - 1]
        before = dict(self.reached(number - 1))
        self._begin(before, place.channel)
        on = {weight: target for (_, weight), target in self._of(place)}
        lead = next(iter(on))[:-2]
        value = float(self.x[place.cell])
        rows = tuple(
            tuple(
                self._imprint(value, (*lead, i, j), on.get((*lead, i, j)), before)
                for j in range(self.w.shape[-1])
            )
            for i in range(self.w.shape[-2])
        )
        return StampStep(number, place, value, rows)

    def _imprint(
        self, value: float, weight: Place, target: Place | None, found: dict[Place, float]
    ) -> Imprint:
        met = float(self.w[weight])
        product = value * met
        was = found.get(target) if target is not None else None
        now = None if target is None else product + (0.0 if was is None else was)
        return Imprint(weight, met, product, target, was, now)

    def _check(self) -> None:
        """Raise GradvizError where the stamps do not add up to what the trace recorded."""
        with np.errstate(all="ignore"):
            made = self.reached(len(self.stamped))
        close = CLOSE.get(self.trace.dtype, 1e-3)
        size = float(np.abs(self.x).max(initial=0.0) * np.abs(self.w).sum())
        for place, value in made.items():
            recorded = float(self.y[place])
            if math.isfinite(value) and not abs(value - recorded) <= close * (size + abs(value)):
                raise GradvizError(
                    f"the stamps of {self.op.name} do not add up to its recorded value",
                    where=f"at {place}",
                    expected=recorded,
                    got=value,
                )
