"""A network of convolutions and pools as volumes: rows × columns × channels, layer by layer.

A layer takes the volume before it and makes the next; a vector is what is left when a volume is
flattened or averaged. Activations, normalisation and dropout change numbers and no sizes: they
belong to the layer that they follow, and a layer's value is what comes after them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from gradviz.ops.op import Shape
from gradviz.ops.windows.window import Window
from gradviz.trace.derived import DerivedWalk
from gradviz.trace.trace import Trace

Form = Literal["image", "conv", "pool", "flat", "dense", "other"]
"""The image; what is made by a kernel, by a window without weights, by writing a volume as a
vector, by weighing everything, and by anything else.
"""


@dataclass(frozen=True, slots=True)
class Skip:
    """What is added to a layer besides what it makes itself.

    source  the layer whose value is added; `node` the sum.
    taken   the node that is added or passed on: of a layer's, perhaps not the last.
    via     the layer that this value passes on its way, such as a convolution of 1×1; None where
            it is added as it is.
    """

    source: int
    node: int
    taken: int
    via: Layer | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer, its sizes without the batch.

    name     its scope or what it is called in the graph, else a word and a number: `conv1`.
    node     the node of its op; `value` that of what it hands on. Of the image both are its node.
    source   the layer it takes; `operand` the node of that.
    shape    channels, rows, columns; of a vector the number of its units alone.
    takes    the same of what it takes.
    window   slides over rows and columns; None where none does.
    combine  how a window becomes one number, as ops declare it.
    kernel, bias  the nodes of its weights and of what it adds, None without any.
    weights  the shape of the kernel.
    parameters  how many numbers of it are trained; `shared` if an earlier layer counts them.
    work     its multiply-adds for one sample.
    bends    the nodes from its op to its value.
    skips    what is added on the way.
    """

    name: str
    form: Form
    node: int
    value: int
    source: int
    operand: int
    shape: Shape
    takes: Shape = ()
    window: Window | None = None
    combine: str = ""
    kernel: int | None = None
    bias: int | None = None
    weights: Shape = ()
    parameters: int = 0
    shared: bool = False
    work: int = 0
    bends: tuple[int, ...] = ()
    skips: tuple[Skip, ...] = ()

    @property
    def is_vector(self) -> bool:
        """Whether it is one row of units."""
        return len(self.shape) == 1

    @property
    def places(self) -> int:
        """How many places its window takes."""
        return math.prod(self.shape[1:])

    @property
    def products(self) -> int:
        """How many products make one of its numbers; 0 without weights."""
        if self.kernel is None or self.form not in ("conv", "dense"):
            return 0
        return math.prod(self.weights[1:]) if self.form == "conv" else math.prod(self.takes)


class Place(NamedTuple):
    """What a step is about."""

    kind: Literal["layer", "loss", "back"]
    layer: int


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The number of a layer that is marked, and what makes it.

    at     its place in the layer's shape; `seen` the numbers under a window without weights.
    count  how many products were added up to `total`, and the `bias` (None without one).
    sum    what the op makes, `value` what the layer hands on.
    """

    at: Shape
    sum: float
    value: float
    seen: tuple[float, ...] = ()
    count: int = 0
    total: float | None = None
    bias: float | None = None


class Norms(NamedTuple):
    """The lengths ‖·‖ of arrays of one layer; None for what has no gradient in this run."""

    output: float | None = None
    kernel: float | None = None
    bias: float | None = None
    input: float | None = None
    taken: float | None = None
    upstream: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class VolumeStep:
    """One step, counted from 1.

    layer  a layer makes its volume; `cell` is the number that is marked, None without values.
    loss   what follows the last layer is computed: `value`.
    back   a layer hands back gradients: `norms` holds the lengths of ∂L/∂ its value, its kernel,
           its bias and what it takes, of what it takes (`taken`), and of ∂L/∂ its op (`upstream`).
    """

    number: int
    place: Place
    cell: Cell | None = None
    value: float | None = None
    norms: Norms = field(default_factory=Norms)


@dataclass(frozen=True, eq=False)
class VolumeTrace(DerivedWalk[VolumeStep]):
    """The walk (`gradviz.trace.walks`) over the layers of a network.

    layers  the image, then every layer in order.
    places  what each step is about; `held` the step of the trace that each belongs to.
    tail    the nodes that follow the last layer: the loss. Empty without one.
    batch   how many samples the run holds, the first of which is shown; None without a batch.
    passed  the nodes of what changes numbers and no sizes, which is not drawn.
    parameters  how many numbers the whole network trains.
    marked  the place of the number of each layer that is marked.
    make    makes step k from what the trace recorded.
    length  the length ‖∂L/∂ value‖ of a layer, None where it has no gradient.

    The trace of a graph without values holds None for each of them.
    """

    kind: ClassVar = "volumes"

    trace: Trace
    layers: tuple[Layer, ...]
    places: tuple[Place, ...]
    held: tuple[int, ...]
    tail: tuple[int, ...]
    batch: int | None
    passed: tuple[int, ...]
    parameters: int
    marked: tuple[Shape, ...]
    make: Callable[[int], VolumeStep]
    length: Callable[[int], float | None]

    def __repr__(self) -> str:
        return f"<VolumeTrace of {len(self.layers)} layers, {len(self)} steps>"

    @property
    def forward_steps(self) -> int:
        """The number of steps in the forward pass: one a layer, and one for the loss."""
        return sum(place.kind != "back" for place in self.places)

    @property
    def has_values(self) -> bool:
        """Whether the network was run."""
        return self.trace.values[self.layers[0].value] is not None

    def since(self, kind: str, layer: int) -> int | None:
        """The step after which a layer's value (`layer`) or all of its gradient (`back`) is known;
        None for one that never is. A gradient comes from the layer after.
        """
        if kind == "layer":
            return 0 if not layer else self._numbers[Place("layer", layer)]
        if self.trace.gradients[self.layers[layer].value] is None:
            return None
        if layer == len(self.layers) - 1:
            return self.forward_steps + 1 if self.has_backward else None
        return self._numbers.get(Place("back", layer + 1))

    @cached_property
    def _numbers(self) -> dict[Place, int]:
        return {place: k for k, place in enumerate(self.places, 1)}
