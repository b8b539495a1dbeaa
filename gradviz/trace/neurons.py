"""A network as layers of units: what every unit computes, and what the backward pass brings it.

A unit (a neuron) weighs the values of the layer before it, adds its bias, and bends the sum z by an
activation: h = φ(Σ w x + b). On the way back δ = ∂L/∂z: a sum over the arcs that leave the unit,
times the slope of φ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple

from gradviz.trace.derived import DerivedWalk
from gradviz.trace.trace import Trace
from gradviz.trace.ways import Hop

Kind = Literal["unit", "loss", "delta", "weights", "inputs"]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer of units. Numbers are plain floats, one for each unit; None stands for what the trace
    does not hold.

    name        what its values are called in the graph; empty where they have no name.
    node        the node of its values; `total` that of its sums.
    bend        the nodes of its activation, in order, the last being `node`; empty without one.
    shown       the units that are drawn and stepped through, in order: all of a small layer.
    values      h; sums: z, which is h without an activation.
    weights     a row for each unit, with a number for each unit of the layer before; no rows for
                the inputs.
    bias        what each unit adds.
    slopes      ∂h/∂z, where z alone makes h.
    gradients   ∂L/∂h; deltas: ∂L/∂z; of the inputs ∂L/∂x is both.
    weight_gradients, bias_gradients   as weights and bias.
    names       the names of its units, where each has its own; weight_names: those of its weights,
                likewise, row by row.
    nodes       the nodes of its units, where each is one of its own; `node` is then the last.
                `totals`: those of their sums, likewise.
    weight_nodes, bias_nodes  the node of its weights, or one for each weight, row by row; that of
                its biases, or one for each unit, empty without a bias.
    shares_bias whether one number is the bias of several units.
    """

    name: str
    node: int
    total: int
    bend: tuple[int, ...]
    shown: tuple[int, ...]
    values: Sequence[float]
    sums: Sequence[float]
    weights: Sequence[Sequence[float]] = ()
    bias: Sequence[float] | None = None
    slopes: Sequence[float | None] | None = None
    gradients: Sequence[float] | None = None
    deltas: Sequence[float] | None = None
    weight_gradients: Sequence[Sequence[float]] | None = None
    bias_gradients: Sequence[float] | None = None
    names: tuple[str, ...] = ()
    weight_names: tuple[tuple[str, ...], ...] = ()
    nodes: tuple[int, ...] = ()
    totals: tuple[int, ...] = ()
    weight_nodes: tuple[int, ...] = ()
    bias_nodes: tuple[int, ...] = ()
    shares_bias: bool = False

    @property
    def size(self) -> int:
        """The number of its units."""
        return len(self.values)


class Place(NamedTuple):
    """What a step is about: a layer, and the unit where it is about one."""

    kind: Kind
    layer: int
    unit: int | None = None


class Term(NamedTuple):
    """An arc's part of a sum: the unit at its other end, its weight, what the weight meets there (a
    value on the way forward, a δ on the way back), and their product.
    """

    unit: int
    weight: float
    met: float
    product: float


@dataclass(frozen=True, slots=True, eq=False)
class UnitStep:
    """One step, counted from 1.

    unit     a unit computes its value: `terms` over the layer before, `weighted`, their sum, `bias`
             (None without one), `sum` and `value`.
    loss     what follows the last layer is computed: `value`.
    delta    a unit receives its gradient: `terms` over the layer after it (none for the last layer,
             whose gradient comes from the loss), `gradient` = ∂L/∂h, the `slope` of its activation
             (None where it has none of its own), `delta`.
    weights  every weight of a layer receives its gradient; `unit` and `terms[0]` show the one with
             the largest: δ · input = `gradient`, plus the `rest` that other uses of the weight
             bring (None without any).
    inputs   every input receives its gradient; `unit` and `terms` show the largest.
    """

    number: int
    place: Place
    unit: int | None
    terms: tuple[Term, ...] = ()
    weighted: float | None = None
    bias: float | None = None
    sum: float | None = None
    value: float | None = None
    gradient: float | None = None
    slope: float | None = None
    delta: float | None = None
    rest: float | None = None


@dataclass(frozen=True, eq=False)
class UnitTrace(DerivedWalk[UnitStep]):
    """The walk (`gradviz.trace.walks`) over a network of units.

    layers   the inputs, then every layer; the last is the output.
    places   what each step is about; `held` the step of the trace that each belongs to.
    tail     the nodes that follow the last layer: the loss. Empty without one.
    targets  the inputs of the graph that only the loss takes.
    image    whether the inputs are the pixels of an image, row by row.
    make     makes step k from what the trace recorded.
    """

    kind: ClassVar = "neurons"

    trace: Trace
    layers: tuple[Layer, ...]
    places: tuple[Place, ...]
    held: tuple[int, ...]
    tail: tuple[int, ...]
    targets: tuple[int, ...]
    image: bool
    make: Callable[[int], UnitStep]

    def __repr__(self) -> str:
        sizes = "-".join(str(layer.size) for layer in self.layers)
        return f"<UnitTrace of {sizes} units, {len(self)} steps>"

    @property
    def outputs(self) -> int:
        """The number of units of the last layer, which may be called as classes."""
        return self.layers[-1].size

    def with_classes(self, names: tuple[str, ...]) -> UnitTrace:
        """The same with names for the units of the last layer."""
        return replace(self, layers=(*self.layers[:-1], replace(self.layers[-1], names=names)))

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass: one a unit, and one for the loss."""
        return sum(place.kind in ("unit", "loss") for place in self.places)

    def hops(self, units: Sequence[Sequence[int]]) -> Iterator[Hop]:
        """The hops from unit to unit, each a pair of a layer and a number in it, over some units of
        each layer; the loss follows the last layer as its only unit.

        The factors of a local gradient are the weight and, for a unit that bends its sum, the
        slope.
        """
        for k, (before, own) in enumerate(pairwise(units), 1):
            for unit in own:
                for source in before:
                    yield Hop((k - 1, source), (k, unit), self._factors(k, unit, source))

    def _factors(self, layer: int, unit: int, source: int) -> tuple[float, ...] | None:
        if layer == len(self.layers):
            arriving = self.layers[-1].gradients
            return None if arriving is None else (arriving[source],)
        own = self.layers[layer]
        if not own.bend:
            return (own.weights[unit][source],)
        slope = own.slopes[unit] if own.slopes is not None else None
        return None if slope is None else (own.weights[unit][source], slope)

    def since(self, place: Place) -> int | None:
        """The step after which a number is known; None for one that never is.

        The units of a large layer that have no step of their own follow the last that has one.
        """
        if place.kind == "unit" and not place.layer:
            return 0
        if place in self._numbers:
            return self._numbers[place]
        if place.unit is None:
            return None
        last = Place(place.kind, place.layer, self.layers[place.layer].shown[-1])
        return self._numbers.get(last)

    @cached_property
    def _numbers(self) -> dict[Place, int]:
        return {place: k for k, place in enumerate(self.places, 1)}
