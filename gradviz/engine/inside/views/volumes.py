"""A network of convolutions and pools as volumes: layer by layer, forward and backward."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from gradviz.engine.inside.chain.parts import flat
from gradviz.engine.inside.stack import Stack, stack
from gradviz.engine.inside.views import View
from gradviz.errors import GradvizError, ValueInputError
from gradviz.graph.graph import Edge, Graph
from gradviz.ops.op import Shape
from gradviz.trace.cells import CellTrace, Places
from gradviz.trace.step import Recording
from gradviz.trace.trace import Trace
from gradviz.trace.volumes import Cell, Layer, Norms, Place, VolumeStep, VolumeTrace
from gradviz.trace.walks import Walk

DOWN: Final = (0.62, 0.2)
"""How far down the marked cells of layers are, by turns, so that the cell that a layer makes and
the window that the next one lays over it stand apart.
"""
ACROSS: Final = 0.5
CLOSE: Final = {"float64": 1e-9, "float32": 1e-4}
"""How far a sum may be from the recorded one, relative to the size of its terms."""
MOST_SEEN: Final = 9
"""A window of more numbers is not listed."""


def volumes(trace: Trace) -> VolumeTrace:
    """The walk over the layers of a run.

    Raises ValueInputError for a graph that is not a row of layers with windows, and for exact
    numbers.
    """
    if trace.backend == "exact":
        raise ValueInputError(
            "volumes are shown with decimal numbers", expected="--backend numpy", got="exact ones"
        )
    return _Maker(trace).walk()


def bare(graph: Graph) -> VolumeTrace:
    """The same of a graph without values: its sizes alone. Raises likewise, and ShapeError where
    shapes are unknown or do not fit.
    """
    try:
        bound = graph if graph.is_bound else graph.bind({})
    except GradvizError as error:
        error.hint = error.hint or "give values, or a network such as net:vgg16"
        raise
    nothing = (None,) * len(bound.nodes)
    return _Maker(Trace(bound, nothing, nothing, None, Recording(), wrt=())).walk()


def inside(walk: Walk) -> Walk:
    """A layer that was stepped into, window by window. Raises ValueInputError for anything else."""
    if isinstance(walk, CellTrace):
        return walk
    raise ValueInputError(
        "a layer of volumes opens into its windows, and there are none here",
        expected="a convolution or a pool to step into",
    )


VIEW = View("a convolutional network as volumes, layer by layer", volumes, inside, bare)


class _Maker:
    """Makes the steps of one network."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.xp = trace, trace.xp
        self.stack: Stack = stack(trace.graph)
        self.layers = self.stack.layers
        self._lengths: dict[int, float | None] = {}

    def walk(self) -> VolumeTrace:
        """The walk."""
        ahead = [(Place("layer", k), layer) for k, layer in enumerate(self.layers) if k]
        places = [place for place, _ in ahead]
        held = [self.trace.known_since(layer.value) for _, layer in ahead]
        if self.stack.tail:
            places.append(Place("loss", len(self.layers) - 1))
            held.append(self.trace.known_since(self.trace.graph.output))
        for place, step in self._backward():
            places.append(place)
            held.append(max(step, held[-1]))
        found = self.stack
        return VolumeTrace(
            self.trace,
            self.layers,
            tuple(places),
            tuple(held),
            found.tail,
            found.batch,
            found.passed,
            found.parameters,
            tuple(self.at(k) for k in range(len(self.layers))),
            partial(self.step, places),
            self.length,
        )

    def _backward(self) -> Iterator[tuple[Place, int]]:
        """The layers that hand back a gradient, the last first, with the step of the trace in which
        they have done so.
        """
        for k in range(len(self.layers) - 1, 0, -1):
            layer = self.layers[k]
            numbers = [self._edge(layer.node, i) for i in self.trace.graph.args[layer.node]]
            if layer.bias is not None and layer.bias not in self.trace.graph.args[layer.node]:
                numbers.append(self._edge(layer.bends[0], layer.bias))
            found = [n for n in numbers if n is not None]
            if found:
                yield Place("back", k), max(found)

    def _edge(self, target: int, source: int) -> int | None:
        """The step of the trace in which a node contributes to one of its operands."""
        slot = self.trace.graph.args[target].index(source)
        return self.trace.step_of(Edge(source, target, slot))

    def step(self, places: Sequence[Place], number: int) -> VolumeStep:
        """Step `number` of a walk with these steps."""
        place = places[number - 1]
        layer = self.layers[place.layer]
        if place.kind == "layer":
            return VolumeStep(number, place, self._cell(place.layer, layer))
        if place.kind == "loss":
            value = self.trace.values[self.trace.graph.output]
            known = None if value is None else self._floats(value)[0]
            return VolumeStep(number, place, value=known)
        return VolumeStep(number, place, norms=self._norms(layer))

    def _floats(self, value: Any) -> list[float]:
        return [float(v) for v in flat(self.xp.plain(value))]

    # Forward.

    def at(self, k: int) -> Shape:
        """The place of the number of a layer that is marked."""
        shape = self.layers[k].shape
        if len(shape) == 1:
            return (0,)
        return 0, _index(shape[1], DOWN[(k + 1) % 2]), _index(shape[2], ACROSS)

    def _cell(self, k: int, layer: Layer) -> Cell | None:
        graph = self.trace.graph
        if self.trace.values[layer.node] is None:
            return None
        at = self.at(k)
        place = self._full(layer.node, at)
        made = self._number(layer.node, place)
        value = self._number(layer.value, self._full(layer.value, at))
        op, row = graph.op(layer.node), graph.nodes[layer.node]
        if op.cells is None or not op.combine:
            return Cell(at, made, value)
        shapes = [tuple(graph.nodes[i].shape or ()) for i in row.inputs]
        cells = op.cells_at(place, *shapes, **row.options)
        if layer.kernel is None:
            return Cell(at, made, value, self._seen(layer, cells[0], made))
        return self._weighed(layer, at, cells, made, value)

    def _seen(self, layer: Layer, cells: Sequence[Any], made: float) -> tuple[float, ...]:
        """The numbers under a window without weights, if they are few; padding counts as 0 where a
        mean counts it.
        """
        if len(cells) > MOST_SEEN:
            return ()
        own = tuple(self._number(layer.operand, p) for p in cells if p is not None)
        padded = own + (0.0,) * (len(cells) - len(own))
        if layer.combine == "mean" and math.isclose(sum(padded) / len(padded), made, rel_tol=1e-6):
            return padded
        return own

    def _weighed(
        self, layer: Layer, at: Shape, cells: Sequence[Any], made: float, value: float
    ) -> Cell:
        """A number that is a sum of products, which is checked."""
        args = self.trace.graph.args[layer.node]
        slots = args.index(layer.operand), args.index(layer.kernel)  # type: ignore[arg-type]
        pairs = zip(*(cells[slot] for slot in slots), strict=True)
        products = [
            self._number(layer.operand, a) * self._number(args[slots[1]], b)
            for a, b in pairs
            if a is not None and b is not None
        ]
        total = _total(products)
        bias = None
        if layer.bias in args:
            (cell,) = cells[args.index(layer.bias)]
            bias = self._number(layer.bias, cell)
        _check(total + (bias or 0.0), made, [*products, bias or 0.0], CLOSE[self.trace.dtype])
        if bias is None and layer.bias is not None and layer.bends:
            added = self._number(layer.bends[0], self._full(layer.bends[0], at))
            bias, made = added - made, added
        return Cell(at, made, value, (), len(cells[slots[0]]), total, bias)

    def _full(self, node: int, at: Shape) -> Shape:
        """The place of a number in the array of a node: in the first sample of a batch."""
        shape = tuple(self.trace.graph.nodes[node].shape or ())
        lead = int(self.stack.batch is not None)
        own, axes = shape[lead:], self.stack.axes
        if len(at) == 1:
            return (*(0,) * lead, *Places(own)[at[0]])
        return (*(0,) * lead, *at[: len(own) - axes], *at[-axes:])

    def _number(self, node: int, place: Shape | None) -> float:
        if place is None:
            return 0.0
        return float(self.trace.values[node][tuple(place)])

    # Backward.

    def _norms(self, layer: Layer) -> Norms:
        trace, args = self.trace, self.trace.graph.args[layer.node]
        return Norms(
            self._length(trace.gradients[layer.value]),
            self._brought(layer.kernel, layer.node) if layer.kernel in args else None,
            None if layer.bias is None else self._length(trace.gradients[layer.bias]),
            self._brought(layer.operand, layer.node),
            self._length(trace.values[layer.operand]),
            self._length(trace.gradients[layer.node]),
        )

    def length(self, k: int) -> float | None:
        """The length of the gradient of a layer's value; None where it has none."""
        if k not in self._lengths:
            self._lengths[k] = self._length(self.trace.gradients[self.layers[k].value])
        return self._lengths[k]

    def _brought(self, node: int | None, target: int) -> float | None:
        """The length of what a layer sends a node."""
        if node is None or (number := self._edge(target, node)) is None:
            return None
        return self._length(self.trace.step(number).contribution)

    def _length(self, value: Any) -> float | None:
        if value is None:
            return None
        with self.xp.quiet():
            return float(self.xp.length(value, self.xp.sum))


def _index(size: int, share: float) -> int:
    return min(int(size * share), size - 1)


def _total(products: Sequence[float]) -> float:
    """A sum without rounding errors; infinities and NaN as floats add them."""
    return math.fsum(products) if all(map(math.isfinite, products)) else sum(products)


def _check(found: float, recorded: float, terms: Sequence[float], close: float) -> None:
    """Raise GradvizError where a sum of products is not what the trace recorded."""
    size = sum(map(abs, terms))
    if not (math.isfinite(size) and math.isfinite(recorded)):
        return
    if abs(found - recorded) > close * max(size, 1e-300) + 1e-300:
        raise GradvizError(
            "these products do not give what the trace recorded",
            expected=str(recorded),
            got=str(found),
        )
